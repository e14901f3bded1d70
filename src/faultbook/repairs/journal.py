"""The journal of repairs: one line for each step, appended and flushed to the disk before and after acting, never rewritten.

An intent is written before anything is done. After a crash the intent has no outcome; the next run looks whether the change is there and writes
the outcome, so that nothing is done twice and nothing is forgotten. Each line holds the hash of the one before it.
"""

import contextlib
import datetime as dt
import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from faultbook.evidence import iso
from faultbook.repairs.change import Change, RepairError

Step = Literal["intended", "applied", "not-applied", "undoing", "undone", "not-undone"]
_FIRST = "0" * 64


class Line(Struct, frozen=True, kw_only=True):
    """One step: of which change, when (UTC), by whom, with what outcome. ``run`` is the same for the steps of one application."""

    at: str
    step: Step
    run: str
    change: Change
    by: str = ""
    detail: str = ""
    before: str = _FIRST


class Journal:
    """Reads all, appends one. ``locked`` keeps a second process out while changes are made."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def lines(self) -> list[Line]:
        """Every step, oldest first; a last line that a crash has cut off counts as not written. Raises RepairError where one was changed."""
        if not self.path.exists():
            return []
        try:
            rows = self.path.read_bytes().splitlines()
        except OSError as error:
            raise RepairError("The journal of repairs cannot be read.", why=f"{error.strerror}.") from error
        found: list[Line] = []
        before = _FIRST
        for number, row in enumerate(rows, 1):
            try:
                line = msgspec.json.decode(row, type=Line)
            except (msgspec.DecodeError, msgspec.ValidationError) as wrong:
                if number == len(rows) or not row.strip() or _is_cut(rows, number):
                    continue
                raise self._changed(number) from wrong
            if line.before != before:
                raise self._changed(number)
            found.append(line)
            before = hashlib.sha256(row).hexdigest()
        return found

    def _changed(self, number: int) -> RepairError:
        return RepairError(
            f"Line {number} of the journal of repairs was changed after it was written.",
            why="Its hash does not fit the line before.",
            do=f"Look at {self.path.name}; to begin a new journal, move it away.",
        )

    def append(self, line: Line) -> None:
        """Write one step and flush it to the disk, before anybody acts on it."""
        rows = [row for row in (self.path.read_bytes().splitlines() if self.path.exists() else []) if _whole(row)]
        chained = msgspec.structs.replace(line, before=hashlib.sha256(rows[-1]).hexdigest() if rows else _FIRST)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                cut = self.path.stat().st_size and self.path.read_bytes()[-1:] != b"\n"
                os.write(descriptor, (b"\n" if cut else b"") + msgspec.json.encode(chained) + b"\n")
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise RepairError(
                "The journal of repairs cannot be written, so nothing was changed.", why=f"{error.strerror}."
            ) from error

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the journal for this process. Raises RepairError where another one holds it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_name(f"{self.path.name}.lock").open("ab") as held:
            _lock(held.fileno())
            yield

    def last(self, change_id: str) -> Line | None:
        """The newest step of a change, or None."""
        return next((line for line in reversed(self.lines()) if line.change.id == change_id), None)

    def unsettled(self) -> list[Line]:
        """Steps that were begun and have no outcome: the process died between."""
        newest: dict[str, Line] = {line.change.id: line for line in self.lines()}
        return [line for line in newest.values() if line.step in ("intended", "undoing")]


def line(step: Step, change: Change, run: str, now: dt.datetime, *, by: str = "", detail: str = "") -> Line:
    """A step, now."""
    return Line(at=iso(now), step=step, run=run, change=change, by=by, detail=detail)


def default_path(environment: dict[str, str]) -> Path:
    """Where the journal lies if nobody says otherwise: the user's folder for state."""
    state = environment.get("XDG_STATE_HOME") or environment.get("LOCALAPPDATA")
    return (Path(state) if state else Path.home() / ".local/state") / "faultbook/repairs.jsonl"


def _whole(row: bytes) -> bool:
    try:
        msgspec.json.decode(row, type=Line)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return False
    return True


def _is_cut(rows: list[bytes], number: int) -> bool:
    """Whether a broken line is one that a crash has left: the next whole one is chained to the one before it."""
    following = next((row for row in rows[number:] if _whole(row)), None)
    earlier = next((row for row in reversed(rows[: number - 1]) if _whole(row)), None)
    want = hashlib.sha256(earlier).hexdigest() if earlier else _FIRST
    return following is not None and msgspec.json.decode(following, type=Line).before == want


def _lock(descriptor: int) -> None:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise RepairError("Another repair is being made with this journal.", do="Wait until it has ended.") from error
