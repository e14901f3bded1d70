"""Changes made one by one: the intent is written, the change is made, the outcome is written."""

import datetime as dt
import secrets
from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec import Struct

from faultbook.repairs.change import Change, RepairError, State
from faultbook.repairs.journal import Journal, Line, Step, line
from faultbook.sources.live.failure import Failure


class Maker(Protocol):
    """What can look at, make and take back a change."""

    def state(self, change: Change) -> State:
        """Whether it is there."""

    def apply(self, change: Change) -> None:
        """Make it."""

    def undo(self, change: Change) -> None:
        """Take it back."""


class Made(Struct, frozen=True, kw_only=True):
    """What became of one change."""

    change: Change
    outcome: str
    detail: str = ""


def settle(journal: Journal, maker: Callable[[Change], Maker], now: dt.datetime) -> list[Made]:
    """Write the outcome of steps that a crash has left open, by looking whether the change is there. Nothing is made."""
    made = []
    for left in journal.unsettled():
        there = maker(left.change).state(left.change) == "applied"
        step: Step
        if left.step == "intended":
            step = "applied" if there else "not-applied"
        else:
            step = "not-undone" if there else "undone"
        detail = "found so after an interruption"
        journal.append(line(step, left.change, left.run, now, detail=detail))
        made.append(Made(change=left.change, outcome=step, detail=detail))
    return made


def apply(
    journal: Journal,
    changes: Sequence[Change],
    maker: Callable[[Change], Maker],
    *,
    by: str,
    now: Callable[[], dt.datetime],
) -> list[Made]:
    """Make changes in their order; the first that fails ends it, and what was made before stays, with its undo in the journal."""
    made: list[Made] = []
    run = secrets.token_hex(4)
    for change in changes:
        if change.refused:
            made.append(Made(change=change, outcome="advised", detail=change.refused))
            continue
        last = journal.last(change.id)
        if last and last.step == "applied" and maker(change).state(change) == "applied":
            made.append(Made(change=change, outcome="already applied", detail=f"at {last.at}"))
            continue
        journal.append(line("intended", change, run, now(), by=by))
        try:
            maker(change).apply(change)
        except (RepairError, Failure) as wrong:
            journal.append(line("not-applied", change, run, now(), by=by, detail=str(wrong)))
            made.append(Made(change=change, outcome="not applied", detail=str(wrong)))
            break
        journal.append(line("applied", change, run, now(), by=by))
        made.append(Made(change=change, outcome="applied"))
    return made


def undoable(journal: Journal, id_: str) -> list[Line]:
    """The applied changes with this id, or of this run, newest first. Raises RepairError where there is none."""
    newest: dict[str, Line] = {one.change.id: one for one in journal.lines()}
    found = [
        one for one in newest.values() if id_ in (one.change.id, one.run) and one.step in ("applied", "not-undone")
    ]
    if not found:
        raise RepairError(
            f"The journal holds no applied change {id_} that is not undone already.", do="Look: faultbook repair --list"
        )
    return sorted(found, key=lambda one: one.at, reverse=True)


def undo(
    journal: Journal,
    lines: Sequence[Line],
    maker: Callable[[Change], Maker],
    *,
    by: str,
    now: Callable[[], dt.datetime],
) -> list[Made]:
    """Take changes back, newest first."""
    made = []
    for one in lines:
        change = one.change
        journal.append(line("undoing", change, one.run, now(), by=by))
        try:
            maker(change).undo(change)
        except (RepairError, Failure) as wrong:
            journal.append(line("not-undone", change, one.run, now(), by=by, detail=str(wrong)))
            made.append(Made(change=change, outcome="not undone", detail=str(wrong)))
            break
        journal.append(line("undone", change, one.run, now(), by=by))
        made.append(Made(change=change, outcome="undone"))
    return made
