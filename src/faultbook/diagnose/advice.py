"""Whether to try again, who has to act, and what to do: the book's word, overruled by findings where they know better."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from faultbook.book.page import asked
from faultbook.diagnose.diagnosis import Advice, Check, Remedy, Whose
from faultbook.diagnose.weigh import SOMETHING_ELSE, Ranked, Weighing
from faultbook.evidence import Occurrence
from faultbook.model import Cause, Entry, Fix
from faultbook.probes import Probe

NOT_AGAIN: Final = {
    120005: "AADSTS120005 stands beside it: the new password is already set on premises, only the cloud did not follow",
    120008: "AADSTS120008 stands beside it: the change was terminated half-way and Microsoft calls that not retryable",
    53003: "AADSTS53003 stands beside it: a Conditional Access policy blocks the sign-in, and will block the next one",
}
"""Errors of the same person that make another attempt useless or harmful."""


def retry(
    entry: Entry, weighing: Weighing, history: Mapping[str, Any], occurrence: Occurrence, user: str | None
) -> Advice:
    """The entry's retry advice, adjusted by what stands beside the error and by the leading cause."""
    book = entry.retry
    advice = Advice(advice=book.advice, wait=book.wait, most=book.most, why=book.why)
    if book.advice not in {"wait-then-retry", "retry-once"}:
        return advice
    for code in _beside(history, occurrence, user):
        return Advice(advice="do-not-retry", why=book.why, changed=True, because=f"{NOT_AGAIN[code]}.")
    first = weighing.ranked[0] if weighing.ranked else None
    if first is None or weighing.verdict not in {"established", "likely"}:
        return advice
    cause = next(one for one in entry.causes if one.id == first.cause)
    if _passes_alone(entry, cause):
        return advice
    because = f"{cause.title} ({first.word}): that does not pass by itself."
    return Advice(advice="fix-first", why=book.why, changed=True, because=because)


def whose(entry: Entry, weighing: Weighing, who: Mapping[str, str]) -> tuple[Whose, ...]:
    """Who would have to act, each with the share of the causes that are theirs; *something else* belongs to nobody."""
    shares = {one.cause: one.share for one in weighing.ranked}
    mine: dict[str, float] = {}
    for cause in entry.causes:
        owner = _owner(entry, cause)
        mine[owner] = mine.get(owner, 0.0) + shares[cause.id]
    if not mine:
        mine = dict.fromkeys(entry.who_fixes, 0.0)
    rows = [Whose(who=name, title=who.get(name, name), share=float(f"{share:.9g}")) for name, share in mine.items()]
    return tuple(sorted(rows, key=lambda one: -one.share)) if entry.causes else tuple(rows)


def remedies(
    entry: Entry, weighing: Weighing, probes: Mapping[str, Probe], who: Mapping[str, str]
) -> tuple[Remedy, ...]:
    """The fixes of the leading cause where the verdict names one; otherwise only those that change nothing."""
    causes = {cause.id: cause for cause in entry.causes}
    fixes = {fix.id: fix for fix in entry.fixes}
    settled = weighing.verdict in {"established", "likely"}
    chosen: dict[str, Remedy] = {}
    for one in _leading(weighing.ranked, 1 if settled else 3):
        for name in causes[one.cause].fixes:
            fix = fixes.get(name)
            if fix is not None and name not in chosen and (settled or fix.risk == "none"):
                chosen[name] = _remedy(fix, one.cause, probes, who, entry.origin_of(f"fix[{fix.id}]"))
    return tuple(chosen.values())


def _beside(history: Mapping[str, Any], occurrence: Occurrence, user: str | None) -> Iterable[int]:
    """Codes of `NOT_AGAIN` among the same person's other failures and in the error's own chain."""
    rows = [row for row in history.get("siblings") or () if isinstance(row, dict)]
    seen = {row.get("code") for row in rows if user and str(row.get("user", "")).casefold() == user.casefold()}
    seen |= {int(code[6:]) for code in occurrence.chain if code.startswith("AADSTS") and code[6:].isdigit()}
    return [code for code in NOT_AGAIN if code in seen]


def _passes_alone(entry: Entry, cause: Cause) -> bool:
    """Whether one of the cause's fixes is nothing but waiting: the user or Microsoft acts and nothing is changed."""
    mine = [fix for fix in entry.fixes if fix.id in cause.fixes]
    return any(fix.risk == "none" and not fix.changes and fix.who in {"user", "microsoft"} for fix in mine)


def _owner(entry: Entry, cause: Cause) -> str:
    mine = [fix for fix in entry.fixes if fix.id in cause.fixes]
    changing = [fix.who for fix in mine if fix.changes]
    if changing:
        return changing[0]
    if "microsoft" in entry.who_fixes:
        return "microsoft"
    return mine[0].who if mine else next(iter(entry.who_fixes), "")


def _leading(ranked: Iterable[Ranked], most: int) -> list[Ranked]:
    named = [one for one in ranked if one.cause != SOMETHING_ELSE]
    return [one for one in named if one.word != "ruled-out"][:most]


def _remedy(fix: Fix, cause: str, probes: Mapping[str, Probe], who: Mapping[str, str], origin: str) -> Remedy:
    verify = fix.verify
    check = None
    if verify is not None:
        question = asked(probes[verify.probe].question if verify.probe in probes else verify.probe, verify.params)
        check = Check(probe=verify.probe, question=question, turns=verify.turns, watch=verify.watch)
    return Remedy(
        id=fix.id,
        title=fix.title,
        cause=cause,
        who=who.get(fix.who, fix.who),
        risk=fix.risk,
        changes=fix.changes,
        steps=tuple(fix.steps),
        undo=fix.undo,
        verify=check,
        origin=origin,
    )
