"""The diagnosis as Markdown, for a ticket or a chat; nothing from evidence is read as markup."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from faultbook.diagnose.diagnosis import Diagnosis, Remedy
from faultbook.diagnose.sentences import (
    advice,
    based,
    brief,
    by_hint,
    clean,
    coverage,
    how,
    provenance,
    telling,
    weight,
)
from faultbook.diagnose.statistics import percent
from faultbook.diagnose.weigh import Ranked

_MARKUP: Final = re.compile(r"[\\`*_\[\]<>#|~&]|(?<=!)\[|://|@(?=\w)|(?<=www)\.|^(?:[-+]|\d+[.)])(?=\s)")
"""What begins markup, a link or an address; dashes and dots only where they begin a list."""


def markdown(diagnosis: Diagnosis) -> str:
    """The whole diagnosis."""
    return "\n".join(_lines(diagnosis)).rstrip() + "\n"


def escaped(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _MARKUP.sub(lambda found: _shown(found[0]), clean(text))


def _shown(mark: str) -> str:
    if mark == "://":
        return "\\://"
    return f"\\{mark}" if len(mark) == 1 else f"{mark[:-1]}\\{mark[-1]}"


def _lines(diagnosis: Diagnosis) -> Iterator[str]:
    five = brief(diagnosis)
    yield f"# {escaped(diagnosis.error.code)}: {escaped(diagnosis.verdict)}"
    yield ""
    for label, text in (("What", five.what), ("Whose", five.whose), ("Waiting", five.waiting), ("Cause", five.cause), ("Next", five.next)):  # fmt: skip
        yield f"- **{label}** {escaped(text)}"
    yield from _occurrence(diagnosis)
    yield from _causes(diagnosis)
    yield from _fixes(diagnosis)
    yield from _open(diagnosis)
    if diagnosis.statistics:
        yield from _list("The sign-in history in numbers", [*diagnosis.statistics.sentences, *(one.sentence for one in diagnosis.statistics.shared)])  # fmt: skip
    yield from _evidence(diagnosis)
    yield from _list("Covered", [*coverage(diagnosis), provenance(diagnosis)])


def _occurrence(diagnosis: Diagnosis) -> Iterator[str]:
    found = diagnosis.occurrence
    rows = [
        ("Correlation id", found.correlation_id),
        ("Trace id", found.trace_id),
        ("Request id", found.request_id),
        ("Time", found.at),
    ]
    told = [f"{label} {escaped(value)}" for label, value in rows if value]
    if told:
        yield f"- **Ids** {' · '.join(told)}"
    yield ""


def _causes(diagnosis: Diagnosis) -> Iterator[str]:
    yield "## Causes"
    yield ""
    yield escaped(diagnosis.sentence)
    yield ""
    if not diagnosis.ranked:
        return
    yield "| Word | Now | Before | Cause | Basis |"
    yield "| --- | ---: | ---: | --- | --- |"
    for one in diagnosis.ranked:
        yield f"| {one.word} | {percent(one.share)} | {percent(one.share_before)} | {escaped(one.title)} | {escaped(based(one))} |"
    yield ""
    for one in diagnosis.ranked:
        yield from _findings(one)


def _findings(one: Ranked) -> Iterator[str]:
    known = [finding for finding in one.findings if finding.answer != "unknown"]
    if not known:
        return
    yield f"**{escaped(one.title)}**"
    yield ""
    for finding in sorted(known, key=lambda finding: (not finding.counted, -abs(finding.weight))):
        aside = "" if finding.counted else " (not counted: a stronger finding of its kind is)"
        facts = f" [{', '.join(finding.facts)}]" if finding.facts else ""
        yield f"- {weight(finding)} dB, {finding.answer}: {escaped(finding.sentence + aside + facts)}"
    yield ""


def _fixes(diagnosis: Diagnosis) -> Iterator[str]:
    told, why = advice(diagnosis.retry)
    yield "## What to do"
    yield ""
    yield f"**{escaped(told)}** {escaped(why)}"
    yield ""
    for fix in diagnosis.fixes:
        yield from _fix(fix)


def _fix(fix: Remedy) -> Iterator[str]:
    yield f"### {escaped(fix.title)}"
    yield ""
    yield f"{escaped(fix.who)}; risk: {fix.risk}{f'; of {escaped(fix.origin)}' if fix.origin else ''}."
    if fix.changes:
        yield f"Changes: {escaped(fix.changes)}"
    yield ""
    for number, step in enumerate(fix.steps, 1):
        yield f"{number}. {escaped(step)}"
    yield ""
    if fix.undo:
        yield f"Undo: {escaped(fix.undo)}"
        yield ""
    if fix.verify:
        yield f"Done when the answer to *{escaped(fix.verify.question)}* is {fix.verify.turns}."
        yield ""


def _open(diagnosis: Diagnosis) -> Iterator[str]:
    if diagnosis.next_checks:
        yield "## Next checks"
        yield ""
    for number, check in enumerate(diagnosis.next_checks, 1):
        yield f"{number}. **{escaped(check.title)}**: settles {telling(check)} of what is open."
        for line in how(check.way):
            yield f"   - {escaped(line)}"
        for way in check.instead:
            yield f"   - Instead: {escaped(way.title)}: {escaped(way.file)}"
    if diagnosis.unchecked:
        yield ""
        yield "## Not checked"
        yield ""
    for hint, rows in by_hint(diagnosis.unchecked).items():
        for row in rows:
            yield f"- {escaped(row.question)} {escaped(row.sentence)} ({row.why_unknown})"
        if hint:
            yield f"  - {escaped(hint)}"
    yield ""


def _evidence(diagnosis: Diagnosis) -> Iterator[str]:
    if not diagnosis.evidence:
        return
    yield "## Evidence"
    yield ""
    yield "| Fact | What | Source | Covers |"
    yield "| --- | --- | --- | --- |"
    for fact in diagnosis.evidence:
        span = f"{fact.window.start} to {fact.window.end}" if fact.window else (fact.why_unknown or "")
        target = f" {fact.target}" if fact.target else ""
        yield f"| `{fact.hash}` | {escaped(fact.title + target)} | {escaped(fact.source)} | {escaped(span)} |"
    yield ""


def _list(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield f"## {title}"
    yield ""
    for line in lines:
        yield f"- {escaped(line)}"
    yield ""
