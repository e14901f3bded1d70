"""The process of a lab: starts the parts, lives a past, then goes on in real time and takes orders until it is told to stop.

Usage: python -m faultbook_lab.server FOLDER --address ADDRESS --seed N --hours N [--without PART]
"""

import argparse
import datetime as dt
import signal
import sys
import threading
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from faultbook.errors import FaultbookError, UsageError
from faultbook_lab import founding, life, messages, parts, places, process
from faultbook_lab.control import Listener, Order
from faultbook_lab.faults import FAULTS, Fault
from faultbook_lab.places import Place
from faultbook_lab.records import stamp

_TICK: Final = 1.0
_FILE_EVERY: Final = 10
_KEPT: Final = dt.timedelta(hours=48)


@dataclass(frozen=True)
class Turn:
    """When a fault began, or ended."""

    at: dt.datetime
    fault: Fault
    broken: bool


class Lab:
    """A running lab. Orders and the passing of time take turns under one lock."""

    def __init__(self, started: parts.Started, place: Place) -> None:
        self.place = place
        self.started = started
        self.world = started.world
        self.turns: list[Turn] = []
        """What was broken and healed, in order of time."""
        self.over = started.world.over
        self._turn = threading.RLock()

    def go_on(self) -> None:
        """Let time go by until the lab is over."""
        ticks = 0
        while not self.over.wait(_TICK):
            with self._turn:
                life.live(self.world, parts.now())
                if ticks % _FILE_EVERY == 0:
                    self._try_server_file()
                if ticks % 600 == 0:
                    self.world.writeback.forget(parts.now() - _KEPT)
            ticks += 1

    def write_server_file(self) -> None:
        """What an administrator would bring from the sync server just now."""
        if found := self.started.server_file(parts.now(), self.world.lived - _KEPT):
            parts.write(self.place.server_file, found)

    def _try_server_file(self) -> None:
        """The same, without anybody who could be told: a full disk ends no lab."""
        try:
            self.write_server_file()
        except FaultbookError as error:
            sys.stderr.write(f"{error}\n")  # into the lab's log

    def answer(self, order: Order) -> Order:
        """Do what an order says."""
        match order:
            case {"do": "status"}:
                return self.status()
            case {"do": "fault", "names": list(names), "since": since}:
                return self.fault(names, since)
            case {"do": "heal", "names": list(names), "since": since}:
                return self.heal(names or list(self.active), float(since))
            case {"do": "reset"}:
                return self.reset()
            case {"do": "without", "grants": list(grants)}:
                return self.without(grants)
            case {"do": "message", "code": str(code), "user": str(user)}:
                with self._turn:
                    found = messages.latest(self.world, parts.now(), code, user=user)
                return {"code": found.code, "text": found.text, "user": found.user, "dataset": found.dataset}
            case {"do": "down"}:
                self.over.set()
                return {}
        raise UsageError(f"The lab knows no such order: {order}.")

    @property
    def active(self) -> dict[str, dt.datetime]:
        """What is broken, and since when."""
        return _active(self.turns)

    def fault(self, names: list[str], since: float | None) -> Order:
        """Break things. The past from their beginning on is lived again; ``since`` is in minutes, None the usual of each fault."""
        chosen = [_fault(name) for name in dict.fromkeys(names)]
        with self._turn:
            for one in chosen:
                self._breakable(one)
            ago = dt.timedelta(minutes=since) if since is not None else max(one.since for one in chosen)
            at = life.minute_of(max(parts.now() - ago, self.started.began))
            was = _active(self._before(at))
            new = [Turn(at, one, broken=True) for one in chosen if one.name not in was]
            return {"since": at.isoformat(), **self._live_again(at, new, without=chosen)}

    def heal(self, names: list[str], since: float) -> Order:
        """End faults, now or some minutes ago."""
        chosen = [_fault(name) for name in dict.fromkeys(names)]
        with self._turn:
            active = self.active
            for one in chosen:
                if one.name not in active:
                    raise UsageError(f"{one.name} is not broken.", do=_broken(active))
            at = life.minute_of(max([parts.now() - dt.timedelta(minutes=since), *(active[one.name] for one in chosen)]))
            lived = self._live_again(at, [Turn(at, one, broken=False) for one in chosen])
            return {"healed": [one.name for one in chosen], **lived}

    def reset(self) -> Order:
        """Heal everything, and live the time since the first fault again as if nothing had happened."""
        with self._turn:
            first = min((one.at for one in self.turns), default=None)
            for name in self.active:
                FAULTS[name].end(self.started.parts, first or parts.now())
            self.turns = []
            self.without([])
            if first:
                self.world.rewind(first)
            return self._lived()

    def _before(self, at: dt.datetime) -> list[Turn]:
        return [one for one in self.turns if one.at < at]

    def _live_again(self, at: dt.datetime, new: list[Turn], *, without: Collection[Fault] = ()) -> Order:
        """Put the parts into the state that they had then, and live on from there, ``without`` what became of some faults later.

        New turns come after those of the same minute.
        """
        before = self._before(at)
        later = [one for one in self.turns if one.at >= at and one.fault not in without]
        coming = sorted([*later, *new], key=lambda one: one.at)
        was = _active(before)
        for name in self.active.keys() - was.keys():
            FAULTS[name].end(self.started.parts, at)
        for name in was.keys() - self.active.keys():
            FAULTS[name].begin(self.started.parts, at)
        self.world.rewind(at)
        self.turns = before
        count = 0
        for one in coming:
            count += life.live(self.world, one.at)
            (one.fault.begin if one.broken else one.fault.end)(self.started.parts, one.at)
            self.turns.append(one)
        lived = self._lived()
        return {"signins": count + lived["signins"]}

    def without(self, grants: list[str]) -> Order:
        """Take grants from the application that Faultbook asks as; those that are not named it has."""
        if unknown := sorted(set(grants) - founding.GRANTS):
            raise UsageError(
                f"The reader holds no grant {', '.join(unknown)}.", do=f"It holds {', '.join(sorted(founding.GRANTS))}."
            )
        with self.world.tenant.lock:
            reader = self.world.tenant.clients[founding.READER]
            reader.roles, reader.scopes = set(founding.GRANTS) - set(grants), set(founding.SCOPES) - set(grants)
        return {"granted": sorted(reader.roles)}

    def status(self) -> Order:
        """What runs, what is broken, what happened in the last hour."""
        with self._turn:
            world = self.world
            since = stamp(parts.now() - dt.timedelta(hours=1))
            failed: dict[str, int] = {}
            for row in world.tenant.signins:
                if str(row["createdDateTime"]) >= since and (code := messages.code_of(row)):
                    failed[f"AADSTS{code}"] = failed.get(f"AADSTS{code}", 0) + 1
            broken = [
                {"name": name, "since": at.isoformat(), "does": FAULTS[name].does} for name, at in self.active.items()
            ]
            return {
                "folder": str(self.place.folder), "parts": self.started.shown(), "missing": self.started.missing, "broken": broken,
                "lived": world.lived.isoformat(), "signins": len(world.tenant.signins), "audits": len(world.tenant.audits),
                "failed": dict(sorted(failed.items())), "granted": sorted(world.tenant.clients[founding.READER].roles),
                "violations": self.started.violations(),
            }  # fmt: skip

    def _lived(self) -> Order:
        count = life.live(self.world, parts.now())
        self.write_server_file()
        return {"signins": count}

    def _breakable(self, one: Fault) -> None:
        if one.name in self.active:
            raise UsageError(f"{one.name} is broken already.", do=f"Heal it first: faultbook lab heal {one.name}.")
        if one.needs and one.needs in self.started.absent:
            raise UsageError(
                f"{one.name} needs the {one.needs}, which this lab runs without.", do=self.started.absent[one.needs]
            )


def _fault(name: str) -> Fault:
    if name not in FAULTS:
        raise UsageError(f"There is no fault {name}.", do=f"Known are {', '.join(FAULTS)}.")
    return FAULTS[name]


def _active(turns: list[Turn]) -> dict[str, dt.datetime]:
    found: dict[str, dt.datetime] = {}
    for one in turns:
        if one.broken:
            found[one.fault.name] = one.at
        else:
            found.pop(one.fault.name, None)
    return found


def _broken(active: dict[str, Any]) -> str:
    return f"Broken are {', '.join(active)}." if active else "Nothing is broken."


def main(arguments: list[str]) -> int:
    """Run a lab in a folder that ``up`` has made. What prevents it is left there as ``failed.json``."""
    given = argparse.ArgumentParser()
    given.add_argument("folder", type=Path)
    given.add_argument("--address", required=True)
    given.add_argument("--seed", type=int, required=True)
    given.add_argument("--hours", type=float, required=True)
    given.add_argument("--without", action="append", default=[], choices=places.OPTIONAL)
    asked = given.parse_args(arguments)
    place = Place(asked.folder)
    try:
        started = parts.start(place, address=asked.address, seed=asked.seed, hours=asked.hours, without=asked.without)
    except FaultbookError as error:
        parts.write(place.failed, {"what": error.what, "why": error.why, "do": error.do})
        return 1
    lab = Lab(started, place)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):  # who ends it earlier ends its children too
        signal.signal(number, lambda *_: lab.over.set())
    try:
        lab.write_server_file()
        listener = Listener(place.control, lab.answer)
        parts.write(place.ready, lab.status())
        broken = threading.Event()
        runner = threading.Thread(target=_watched, args=(lab, broken), daemon=True)
        runner.start()
        while not lab.over.wait(0.2):
            pass
        listener.close()
        runner.join(30)
    finally:
        started.stop()
    if broken.is_set():  # the folder stays, with the log that says why
        return 1
    process.clear(place)
    return 0


def _watched(lab: Lab, broken: threading.Event) -> None:
    """Time goes by; if it cannot, the lab is over, and its log says why."""
    try:
        lab.go_on()
    finally:
        if not lab.over.is_set():
            broken.set()
            lab.over.set()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
