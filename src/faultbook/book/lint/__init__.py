"""Rules over the whole book: each with a page under ``docs/lint``, and a bad and a good example among the tests."""

import re
import tomllib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

import msgspec

from faultbook.book.files import EntryFile, Problem, line_of
from faultbook.book.lint import causes, identity, language, recognition, relations, repetition, sources
from faultbook.book.lint.causes import ANSWERS
from faultbook.book.lint.rule import Debt, FoundIn, Issue, LintContext, Rule, registered
from faultbook.errors import BookError

__all__ = [
    "ANSWERS",
    "RULES",
    "Debt",
    "Issue",
    "LintContext",
    "Rule",
    "confirmed_cases",
    "lint",
    "read_debt",
    "read_quiet",
]

_MODULES: Final = (
    identity,
    recognition,
    causes,
    sources,
    language,
    repetition,
    relations,
)  # importing them registers their rules
_OF_THE_OTHER_SIDE: Final = frozenset({"B104", "B209", "B502"})
_READ: Final = Rule(id="B000", purpose="Every file below the folder of entries is an entry.")
_DEBT: Final = Rule(id="B901", purpose="Every line of debt.toml is still needed.")

RULES: Final[Mapping[str, Rule]] = {_READ.id: _READ, **registered(), _DEBT.id: _DEBT}
"""Every rule by its id, in order."""


def lint(
    files: Sequence[EntryFile], problems: Sequence[Problem], context: LintContext, only: Collection[str] | None = None
) -> list[Issue]:
    """Hold the entries to every rule; a file that cannot be read breaks the first.

    What ``debt.toml`` allows is left out, and a line of it that allowed nothing is an issue. ``only`` are the paths of the files to look
    at: the others are read as their surroundings, and reported only where what is wrong in them names one of these.
    """
    context = msgspec.structs.replace(context, memo={})
    issues = [_unreadable(problem) for problem in problems]
    used: set[Debt] = set()
    for rule in RULES.values():
        for found in rule.run(files, context, only):
            if only is not None and not _may_concern(rule, found, only):
                continue
            issue = _issue(rule, found)
            owed = [debt for debt in context.debt if (debt.rule, debt.code) == (rule.id, issue.code)]
            used.update(owed)
            if not owed:
                issues.append(issue)
    if only is None:
        issues.extend(_unneeded(context.debt, used))
    else:
        issues = [issue for issue in issues if _concerns(issue, files, only)]
    return sorted(issues, key=lambda issue: (issue.code, issue.rule, issue.where, issue.message))


def _may_concern(rule: Rule, found: FoundIn, only: Collection[str]) -> bool:
    """Whether it is worth working out where an issue stands."""
    return isinstance(found[0], str) or found[0].path in only or rule.id in _OF_THE_OTHER_SIDE


def _concerns(issue: Issue, files: Sequence[EntryFile], only: Collection[str]) -> bool:
    """Whether an issue stands in one of the files, or, where the other side has to change, is about the code of one."""
    if issue.where.partition(":")[0] in only:
        return True
    return issue.rule in _OF_THE_OTHER_SIDE and any(
        re.search(rf"(?<!\w){re.escape(file.entry.code)}(?!\w)", issue.message) for file in files if file.path in only
    )


def _unreadable(problem: Problem) -> Issue:
    line = f":{problem.line}" if problem.line else ""
    where = f"{problem.file}{line}{': ' if problem.where else ''}{problem.where}"
    return Issue(
        rule=_READ.id,
        severity=_READ.severity,
        code=PurePosixPath(problem.file).stem,
        where=where,
        message=problem.message,
    )


def _issue(rule: Rule, found: FoundIn) -> Issue:
    file, path, message = found
    if isinstance(file, str):
        return Issue(rule=rule.id, severity=rule.severity, code=file, where=file, message=message)
    line = line_of(file.text, re.sub(r"\[(\d+)\]", lambda match: f"[{int(match[1]) - 1}]", path))
    where = f"{file.path}:{line}: {path}" if line else f"{file.path}: {path}"
    return Issue(rule=rule.id, severity=rule.severity, code=file.entry.code, where=where, message=message)


def _unneeded(debts: Sequence[Debt], used: set[Debt]) -> Iterator[Issue]:
    for debt in debts:
        if debt not in used:
            message = f"{debt.rule} no longer fires for {debt.code}; take the line out."
            yield Issue(rule=_DEBT.id, severity=_DEBT.severity, code=debt.code, where="debt.toml", message=message)


def confirmed_cases(folder: Path) -> Counter[str]:
    """How many closed cases with a confirmed cause each code has; a case that was made up confirms nothing."""
    counts: Counter[str] = Counter()
    for path in sorted(folder.glob("*/case.toml")):
        try:
            case = tomllib.loads(path.read_bytes().decode())
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise BookError(f"The case {path.parent.name} cannot be read.", why=f"{error}.") from error
        if case.get("origin") == "observed" and case.get("confirmed", "none") != "none":
            counts[str(case.get("code"))] += 1
    return counts


def read_debt(path: Path) -> list[Debt]:
    """The known gaps; none where there is no such file."""
    try:
        data = tomllib.loads(path.read_bytes().decode())
        return msgspec.convert(data.get("debt", []), list[Debt])
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BookError(f"The list of known gaps {path.name} cannot be read.", why=f"{error}.") from error


def read_quiet(folder: Path) -> dict[str, str]:
    """The texts that must yield nothing, by name; what is not UTF-8 is read as far as it goes."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        f"quiet/{path.relative_to(folder).as_posix()}": path.read_text(encoding="utf-8", errors="replace")
        for path in paths
    }
