"""A diagnosis in sentences: what every printed form says, said once."""

import re
from collections.abc import Iterable
from html import escape
from typing import Final

from msgspec import Struct

from faultbook.diagnose.diagnosis import Advice, Diagnosis, Remedy, Unchecked
from faultbook.diagnose.plan import NextCheck, Way
from faultbook.diagnose.statistics import percent
from faultbook.diagnose.weigh import NAMING_YES, SOMETHING_ELSE, Ranked, Weighed

UNCALIBRATED: Final = "Shares are reviewed guesses: no closed cases have calibrated them yet."

_TIMES: Final = {1: "once", 2: "twice", 3: "three times"}
UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_SPACES: Final = re.compile(r"[ \t\r\n]+")


def based(one: Ranked) -> str:
    """How a cause is known, and whose it is where it is not the book's own."""
    return ", ".join(part for part in (one.basis or "", f"of {one.origin}" if one.origin else "") if part)


class Brief(Struct, frozen=True):
    """What a person must know at three in the morning, one line each."""

    what: str
    whose: str
    waiting: str
    cause: str
    next: str


def clean(text: str) -> str:
    """Text on one line without anything that a terminal or a page would obey: control characters show as their number."""
    return UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", _SPACES.sub(" ", text)).strip()


def escaped(text: str) -> str:
    """Text as HTML and SVG show it: clean, and nothing in it is markup."""
    return escape(clean(text), quote=True)


def brief(diagnosis: Diagnosis) -> Brief:
    """The five lines."""
    error = diagnosis.error
    return Brief(
        what=clean(f"{error.code} ({error.severity}): {error.summary}"),
        whose=clean(_whose(diagnosis)),
        waiting=clean(_waiting(diagnosis.retry)),
        cause=clean(_cause(diagnosis)),
        next=clean(_next(diagnosis)),
    )


def settled(diagnosis: Diagnosis) -> bool:
    """Whether the verdict names a cause."""
    return diagnosis.verdict in {"established", "likely"}


def title_of(diagnosis: Diagnosis, cause: str) -> str:
    """The title of a cause by its id."""
    return next((one.title for one in diagnosis.ranked if one.cause == cause), cause)


def most_telling(diagnosis: Diagnosis) -> Weighed | None:
    """What speaks for the first cause and least for any other: a finding that all causes share says nothing of this one.

    What is established rests on findings that name the error, so one of those is shown.
    """
    first, *others = diagnosis.ranked
    counted = [one for one in first.findings if one.counted and one.answer == "yes" and one.weight]
    naming = [one for one in counted if one.names and one.weight >= NAMING_YES]
    if first.word == "established" and naming:
        counted = naming

    def margin(finding: Weighed) -> float:
        asked = (finding.probe, finding.params)
        return finding.weight - max(
            (other.weight for cause in others for other in cause.findings if (other.probe, other.params) == asked),
            default=0.0,
        )

    return max(counted, key=lambda one: (round(margin(one), 1), one.weight, one.names), default=None)


def weight(one: Weighed) -> str:
    """A weight as it is printed: with its sign, a question mark where nothing is known."""
    return "?" if one.answer == "unknown" else f"{one.weight:+.1f}"


def advice(retry: Advice) -> tuple[str, str]:
    """The retry advice as an imperative, and the reason for it."""
    match retry.advice:
        case "do-not-retry":
            told = "Do not try again."
        case "fix-first":
            told = "Waiting does not help: repair it first."
        case "retry-once":
            told = f"Try once more{f' after {retry.wait} minutes' if retry.wait else ''}, not oftener."
        case _:
            most = (
                f", then try {_TIMES.get(retry.most, f'{retry.most} times')} at most"
                if retry.most
                else ", then try again"
            )
            told = f"Wait {retry.wait} minutes{most}." if retry.wait else "Trying again may help."
    return told, retry.because if retry.changed else retry.why


def how(way: Way) -> tuple[str, ...]:
    """A way to a fact: what to export, how, and what it asks for."""
    lines = [f"File: {way.file}."]
    if way.command:
        lines.append(f"How: {way.command}")
    if way.grant:
        alone = "a person must sign in, an application alone may not" if way.delegated_only else ""
        limits = [limit for limit in (alone, way.role and f"role {way.role}", way.licence) if limit]
        lines.append(f"Or grant: {way.grant} ({'; '.join(limits)})." if limits else f"Or grant: {way.grant}.")
    elif way.role:
        lines.append(f"Needs: {way.role}.")
    else:
        lines.append("Needs no right.")
    return tuple(lines)


def telling(check: NextCheck) -> str:
    """How much of what is open a check is expected to settle."""
    return percent(check.bits / check.of_bits) if check.of_bits else percent(0.0)


def by_hint(rows: Iterable[Unchecked]) -> dict[str, list[Unchecked]]:
    """Unanswered questions by what would help."""
    groups: dict[str, list[Unchecked]] = {}
    for row in rows:
        groups.setdefault(row.hint, []).append(row)
    return groups


def main_fix(diagnosis: Diagnosis) -> Remedy | None:
    """The fix to begin with: of the leading cause the one that changes something, else the first."""
    return next((fix for fix in diagnosis.fixes if fix.changes), next(iter(diagnosis.fixes), None))


def provenance(diagnosis: Diagnosis) -> str:
    """With what this was judged."""
    book = f"Book {diagnosis.book.book}, " if diagnosis.book.book else ""
    note = "" if diagnosis.book.calibrated else f" {UNCALIBRATED}"
    return f"{book}Faultbook {diagnosis.book.faultbook}.{note}"


def coverage(diagnosis: Diagnosis) -> tuple[str, ...]:
    """What span the evidence can speak about, and where it cannot."""
    window = diagnosis.window
    if window is None:
        return ("No evidence with a time span: nothing can be said about before and after.",)
    lines = [f"The evidence covers {window.start} to {window.end} ({', '.join(window.kinds)})."]
    if window.covers_failure is False:
        lines.append("The failure lies outside that span or in a gap: what is missing there means nothing.")
    lines += [f"Gap {gap.start} to {gap.end}: {gap.why}" for gap in window.gaps]
    return tuple(lines)


def _whose(diagnosis: Diagnosis) -> str:
    if not diagnosis.whose:
        return "Not known."
    first = diagnosis.whose[0]
    if settled(diagnosis):
        if first.who == "microsoft":
            return "Microsoft's; nothing on your side has to change."
        if first.who == "user":
            return "The user's own; no administrator is needed."
        return f"Yours: {first.title} has to act."
    if first.share <= 0:
        return f"Who can act: {', '.join(one.title for one in diagnosis.whose)}."
    parts = [f"{one.title} {percent(one.share)}" for one in diagnosis.whose[:3]]
    return f"Not settled: {', '.join(parts)}."


def _waiting(retry: Advice) -> str:
    told, why = advice(retry)
    return f"{told} {why}"


def _cause(diagnosis: Diagnosis) -> str:
    if not diagnosis.ranked:
        return "The book names no causes for this error yet."
    first = diagnosis.ranked[0]
    if settled(diagnosis):
        finding = most_telling(diagnosis)
        evidence = f" {finding.sentence}" if finding else ""
        return f"{first.word.capitalize()}, {percent(first.share)}: {first.title}.{evidence}"
    if diagnosis.verdict == "no-evidence":
        return f"No evidence yet. By usual shares: {first.title} ({percent(first.share)})."
    named = next(one for one in diagnosis.ranked if one.cause != SOMETHING_ELSE)
    return f"Undecided. First of {len(diagnosis.ranked)}: {named.title} ({percent(named.share)}, was {percent(named.share_before)})."


def _next(diagnosis: Diagnosis) -> str:
    fix = main_fix(diagnosis)
    if settled(diagnosis) and fix is not None:
        return f"{fix.title} ({fix.who}). {fix.steps[0] if fix.steps else ''}"
    if diagnosis.next_checks:
        check = diagnosis.next_checks[0]
        way = check.way
        again = "again, " if check.again else ""
        return f"Get {again}{way.title}, which tells most ({telling(check)} of what is open): {way.command or way.file}"
    return diagnosis.error.first_step
