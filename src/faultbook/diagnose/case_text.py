"""The words of a support case: what support must read first, and how to read the rest."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from faultbook.diagnose.diagnosis import Diagnosis, Mark
from faultbook.diagnose.markdown import escaped
from faultbook.diagnose.sentences import coverage, provenance, settled
from faultbook.diagnose.statistics import percent
from faultbook.diagnose.weigh import SOMETHING_ELSE, Ranked
from faultbook.evidence import Facts, iso

ATTEMPTS: Final = 20
ADD: Final = (
    "The exact steps, the address of the page and a screenshot of the error.",
    "The support code or session id that the page shows under “More details”.",
    "Whether the user is new, and which licence the user has.",
    "The zipped Application log of the sync server, where the user is synchronised; it holds names, so send it only on request.",
)

_README: Final = """\
# Support case for {code}

| File | What it is |
| --- | --- |
| summary.md | the page for support: error, ids, times in UTC, scope, what was excluded and how |
| report.html | the same diagnosis with its timeline and evidence, for a browser, offline |
| diagnosis.json | the diagnosis as data |
| extracts/ | rows of the logs near the failure |
| facts.zip | every fact behind it, sealed; `faultbook diagnose {code} --evidence facts.zip` judges them again |
| manifest.json | the SHA-256 of every file here |

People, hosts, addresses and organisations are replaced by pseudonyms: the same name is the same pseudonym in every file. Secrets are removed.
Correlation, trace and request ids, application ids and times are as they were, because support searches by them.

Read the extracts once before you send them: a name that stands in free text alone cannot be told from another word.

Before you send it, add:

{add}

{provenance}
"""


def summary(diagnosis: Diagnosis, facts: Facts, changes: Iterable[Mark]) -> str:
    """The page for support; everything in it is redacted already."""
    return "\n".join(_summary(diagnosis, facts, tuple(changes))).rstrip() + "\n"


def readme(diagnosis: Diagnosis) -> str:
    """What lies in the zip and how far it can be trusted."""
    code, add = escaped(diagnosis.error.code), "\n".join(f"- {line}" for line in ADD)
    return _README.format(code=code, add=add, provenance=escaped(provenance(diagnosis)))


def _summary(diagnosis: Diagnosis, facts: Facts, changes: tuple[Mark, ...]) -> Iterator[str]:
    error = diagnosis.error
    yield f"# {escaped(error.code)}{f' ({escaped(error.name)})' if error.name else ''}"
    yield ""
    yield f"For the support of {escaped(error.product)}. {escaped(error.summary)}"
    yield ""
    yield from _ids(diagnosis, facts)
    yield from _attempts(facts)
    yield from _section("Scope", _scope(diagnosis))
    yield from _section("What is known", _known(diagnosis))
    yield from _section("Excluded, and how", _excluded(diagnosis))
    yield from _section("Not checked", [f"{row.question} {row.sentence}" for row in diagnosis.unchecked])
    told = [f"{mark.start}: {mark.label} ({mark.joined})" for mark in changes]
    yield from _section("Changes within 24 hours before it began", told or ["None in the logs at hand."])
    yield from _section("What the logs cover", coverage(diagnosis))
    yield from _section("Our reading", _reading(diagnosis))


def _ids(diagnosis: Diagnosis, facts: Facts) -> Iterator[str]:
    found = diagnosis.occurrence
    rows = (
        ("Error text", found.text[:600]),
        ("Time (UTC)", iso(diagnosis.about.at) if diagnosis.about.at else found.at),
        ("Correlation id", found.correlation_id),
        ("Trace id", found.trace_id),
        ("Request id", found.request_id),
        ("Tenant", found.tenant or _first(facts, "graph.organization", "id")),
        ("Application id", diagnosis.about.app_id),
        ("User (pseudonym)", diagnosis.about.user),
        ("Entra Connect version", _first(facts, "connect.settings", "version")),
        ("Codes in the message", ", ".join(found.chain)),
    )
    yield "| Field | Value |"
    yield "| --- | --- |"
    for label, value in rows:
        yield f"| {label} | {escaped(value) if value else 'not known'} |"
    yield ""


def _attempts(facts: Facts) -> Iterator[str]:
    rows = [row for fact in facts.fresh().all("signins.history") for row in fact.value.get("failures", ())]
    if not rows:
        return
    yield f"## Failing attempts ({min(len(rows), ATTEMPTS)} of {len(rows)}; all in extracts/attempts.jsonl)"
    yield ""
    yield "| Time (UTC) | Request id | Correlation id | User | Application |"
    yield "| --- | --- | --- | --- | --- |"
    for row in rows[:ATTEMPTS]:
        cells = (str(row.get(name) or "") for name in ("at", "id", "correlation_id", "user", "app"))
        yield f"| {' | '.join(escaped(cell) for cell in cells)} |"
    yield ""


def _scope(diagnosis: Diagnosis) -> list[str]:
    numbers = diagnosis.statistics
    if numbers is None:
        return ["No sign-in history was at hand."]
    return [*numbers.sentences, *(one.sentence for one in numbers.shared)]


def _known(diagnosis: Diagnosis) -> list[str]:
    seen = {
        one.sentence: None
        for cause in diagnosis.ranked
        for one in cause.findings
        if one.answer == "yes" and one.sentence
    }
    return list(seen) or ["Nothing speaks for any of the known causes."]


def _excluded(diagnosis: Diagnosis) -> list[str]:
    lines = []
    for cause in diagnosis.ranked:
        against = [one.sentence for one in cause.findings if one.answer == "no" and one.counted and one.weight < 0]
        if cause.cause != SOMETHING_ELSE and cause.word in {"unlikely", "ruled-out"} and against:
            lines.append(f"{cause.title} ({cause.word}, {percent(cause.share)}): {' '.join(against)}")
    return lines or ["Nothing yet."]


def _reading(diagnosis: Diagnosis) -> list[str]:
    leading: list[Ranked] = [one for one in diagnosis.ranked if one.share >= 0.05]
    lines = [diagnosis.sentence]
    lines += [f"{percent(one.share)} {one.title} (before any evidence {percent(one.share_before)})" for one in leading]
    if not settled(diagnosis):
        lines.append("The evidence decides for none of them, which is why this case is opened.")
    return [*lines, provenance(diagnosis)]


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    told = list(lines)
    if not told:
        return
    yield f"## {title}"
    yield ""
    yield from (f"- {escaped(line)}" for line in told)
    yield ""


def _first(facts: Facts, kind: str, key: str) -> str | None:
    """A field of the first fact of a kind, where it is text."""
    value: Any = next((fact.value for fact in facts.fresh().all(kind)), None)
    row = value[0] if isinstance(value, list) and value else value
    found = row.get(key) if isinstance(row, dict) else None
    return found if isinstance(found, str) else None
