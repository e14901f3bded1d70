"""The Application log of sync servers as probes read it: which events, whom they name, and what time the log speaks for."""

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable
from functools import cache
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from faultbook.evidence import Fact, Facts, Outcome, Subject, Unknown, no, unknown, yes
from faultbook.probes.graph import time_of
from faultbook.probes.subject import moment
from faultbook.probes.words import many, short, span, utc

_AGENTS: Final = ("passwordresetservice", "adsync", "directorysynchronization", "azureadsync")
_LOUD: Final = frozenset({"critical", "error", "warning", "1", "2", "3"})
_UPN: Final = re.compile(r"UserPrincipalName[\"']?\s*[:=]\s*[\"']?([^\s,;\"']+@[^\s,;\"']+)", re.IGNORECASE)
_ANCHOR: Final = re.compile(r"User_([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})", re.IGNORECASE)


_ENGINE: Final = re.compile(r"\bADSync\b|\bMicrosoft (?:Azure AD|Entra(?: ID| Connect)?) Sync\b", re.IGNORECASE)
_ENDED: Final = frozenset({7000, 7009, 7023, 7024, 7031, 7034, 7038, 7041})  # ended by itself, or did not start
_TURNED: Final = 7036
_RUNNING: Final = re.compile(r"\brunning\b", re.IGNORECASE)


class Event(Struct, frozen=True):
    """One event, with the row it was read from."""

    at: dt.datetime
    provider: str
    id: int
    computer: str
    row: dict[str, Any]

    def __str__(self) -> str:
        where = f" on {self.computer}" if self.computer else ""
        return f"Event {self.id} of {self.provider}{where} at {utc(self.at)}"

    @property
    def text(self) -> str:
        """Its message and data in one string; made on demand, since few events of a log are ever looked into."""
        data = self.row.get("data")
        said = (f"{key}: {value}" for key, value in data.items()) if isinstance(data, dict) else ()
        return ", ".join(part for part in (str(self.row.get("message") or ""), *said) if part)

    @property
    def from_agent(self) -> bool:
        """Whether password writeback or the sync engine wrote it."""
        return any(agent in _letters(self.provider) for agent in _AGENTS)

    def concerns(self, about: Subject) -> bool:
        """Whether it may be about the affected user: not when it names another one."""
        if about.user and (named := _UPN.search(self.text)):
            return named[1].casefold() == about.user.casefold()
        if about.user_id and (anchor := _ANCHOR.search(self.text)):
            return anchor[1].casefold() == about.user_id.casefold()
        return True


class Log(Struct, frozen=True):
    """Events of one or more logs in order of time, each log with the span for which it speaks.

    ``zoneless`` is a log whose times say no zone and were taken as UTC: it may be hours off, so what it does not show proves nothing.
    """

    events: tuple[Event, ...]
    spans: tuple[tuple[dt.datetime, dt.datetime], ...]
    holes: tuple[tuple[dt.datetime, dt.datetime], ...]
    zoneless: bool = False

    @property
    def caveat(self) -> str:
        """What to add to an answer that rests on the times of this log."""
        return " The log's times carry no zone and were taken as UTC." if self.zoneless else ""

    def of(self, ids: Collection[int], start: dt.datetime | None = None, end: dt.datetime | None = None) -> list[Event]:
        """Events with these ids in this time, both ends included."""
        return [
            event
            for event in self.events
            if event.id in ids and (start is None or start <= event.at) and (end is None or event.at <= end)
        ]

    def covers(self, start: dt.datetime, end: dt.datetime) -> bool:
        """Whether one log speaks for all of this time, so that absence from it means something."""
        return any(first <= start and end <= last for first, last in self.spans) and not any(
            first < end and start < last for first, last in self.holes
        )


def agent_log(facts: Facts) -> Log:
    """The events of the writeback agent and the sync engine.

    Raises Unknown where the evidence holds none of them: then it is the log of another machine, or was filtered.
    """
    log = read_log(facts, lambda events: any(event.from_agent for event in events))
    if not log.events:
        raise Unknown(
            "not-found",
            "The event log holds no event of PasswordResetService or ADSync; export the Application log of the sync server.",
        )
    return replace(log, events=tuple(event for event in log.events if event.from_agent))


def engine_turns(facts: Facts) -> list[tuple[Event, bool]]:
    """When Windows saw the service that hosts the agent start (true) or end: the System log, which names it in the message."""
    return [(event, alive) for event in read_log(facts).events if (alive := turned(event, _ENGINE)) is not None]


def turned(event: Event, service: re.Pattern[str]) -> bool | None:
    """Whether Windows says that a service started (true) or ended; None where the event says neither, or speaks of another."""
    if "servicecontrolmanager" not in _letters(event.provider) or not service.search(event.text):
        return None
    if event.id == _TURNED:
        return _RUNNING.search(event.text) is not None
    return False if event.id in _ENDED else None


def service_stopped(facts: Facts, about: Subject, service: re.Pattern[str], who: str, machine: str) -> Outcome:
    """Whether a Windows service had stopped, and not started again, when the failure happened; ``who`` and ``machine`` are its names in the sentences."""
    at, log = moment(about), read_log(facts)
    before = [
        (event, alive) for event in log.events if event.at <= at and (alive := turned(event, service)) is not None
    ]
    if before and not before[-1][1]:
        stop = before[-1][0]
        return yes(f"{stop}: {who} stopped {span(at - stop.at)} before the failure.{log.caveat}")
    if before:
        return no(f"{who[0].upper()}{who[1:]} was running: {before[-1][0]} is its last turn before the failure.")
    return unknown(
        "not-found",
        f"The log shows neither a start nor a stop of {who} before {utc(at)}; export the System log of its {machine}.",
    )


def agent_log_if_any(facts: Facts) -> Log:
    """The same, empty where there is none: for questions that another source may still answer."""
    try:
        return agent_log(facts)
    except Unknown:
        return Log((), (), ())


def unfiltered(facts: Facts) -> bool:
    """Whether the logs were exported whole: they show what other programs than the agent said in passing."""
    return any(
        "passwordreset" not in _letters(event.provider) and str(event.row.get("level")).casefold() not in _LOUD
        for event in read_log(facts).events
    )


def read_log(facts: Facts, wanted: Callable[[Iterable[Event]], bool] = bool) -> Log:
    """Every event of the logs that are wanted; a log without a window speaks from its first to its last event.

    Logs with a zone count alone where there are any: events that may be hours off would only blur them.
    """
    read = [(fact, of_fact) for fact in facts.need("windows.events") if wanted(of_fact := _events(fact))]
    zoned = [(fact, of_fact) for fact, of_fact in read if not _zoneless(fact, of_fact)]
    events: list[Event] = []
    spans: list[tuple[dt.datetime, dt.datetime]] = []
    holes: list[tuple[dt.datetime, dt.datetime]] = []
    for fact, of_fact in zoned or read:
        events.extend(of_fact)
        times = [event.at for event in of_fact]
        spans.append((fact.window.start, fact.window.end) if fact.window else (min(times), max(times)))
        holes.extend((gap.start, gap.end) for gap in fact.gaps)
    events.sort(key=lambda event: (event.at, event.id, event.computer, str(event.row.get("message"))))
    return Log(tuple(events), tuple(spans), tuple(holes), zoneless=bool(read) and not zoned)


def _zoneless(fact: Fact, events: list[Event]) -> bool:
    """Whether one gap covers the whole log: so a reader marks times that it could not place."""
    if fact.window is not None or not events:
        return False
    first, last = min(event.at for event in events), max(event.at for event in events)
    return any(gap.start <= first and last <= gap.end for gap in fact.gaps)


def logged(
    facts: Facts,
    about: Subject,
    what: str,
    chosen: Callable[[Event], bool],
    *,
    before: dt.timedelta,
    after: dt.timedelta,
    log: Log | None = None,
) -> Outcome:
    """Whether the agents logged a chosen event around the failure, and not only for another user."""
    at = moment(about)
    log = log or agent_log(facts)
    near = [event for event in log.events if at - before <= event.at <= at + after and chosen(event)]
    mine = [event for event in near if event.concerns(about)]
    if mine:
        nearest = min(mine, key=lambda event: abs(event.at - at))
        more = f" ({many(len(mine), 'such event')} around the failure)" if len(mine) > 1 else ""
        return yes(f"{nearest}{more}: '{short(nearest.text) or 'without text'}'.{log.caveat}")
    if not log.covers(at - before, at):
        return unknown(
            "too-old", f"The event log does not cover the {span(before)} before {utc(at)}; export it again, whole."
        )
    others = f"; {many(len(near), 'such event')} of other users do not count" if near else ""
    return no(f"No event of {what} from {utc(at - before)} to {utc(at + after)}, a time that the log covers{others}.")


def _events(fact: Fact) -> list[Event]:
    rows = fact.value if isinstance(fact.value, list) else []
    return [event for row in rows if isinstance(row, dict) and (event := _event(row, fact.target)) is not None]


def _event(row: dict[str, Any], target: str) -> Event | None:
    at = time_of(row.get("time"))
    try:
        number = int(row.get("event_id") or 0)
    except (TypeError, ValueError):
        return None
    if at is None:
        return None
    return Event(at, str(row.get("provider") or ""), number, str(row.get("computer") or target), row)


@cache
def _letters(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.casefold())
