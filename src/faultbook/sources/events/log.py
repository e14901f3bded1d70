"""The one shape of an event, and the log that collects them into facts within a bound."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from faultbook.evidence import Fact, Gap, Window, instant, iso
from faultbook.sources.items import Read
from faultbook.sources.times import Clock

Event = dict[str, Any]

_LEVELS: Final = {
    "0": "information",
    "1": "critical",
    "2": "error",
    "3": "warning",
    "4": "information",
    "5": "verbose",
    "info": "information",
    "warn": "warning",
    "err": "error",
    "8": "audit success",
    "16": "audit failure",
    "0x8": "audit success",
}
_TELLING: Final = (
    "passwordresetservice",
    "adsync",
    "directory synchronization",
    "azureactivedirectory",
    "ad fs",
    "entra",
    "aadconnect",
)


def event(
    clock: Clock,
    *,
    provider: str,
    event_id: int,
    level: object = "",
    channel: str = "",
    computer: str = "",
    message: str = "",
    data: Mapping[str, str] | None = None,
    record_id: int | None = None,
) -> Event:
    """One event as a fact holds it.

    Without a rendered message the nameless insertion strings become it: for classic sources, the writeback agent among them, they are the
    message.
    """
    said = str(level or "").strip().lower()
    values = dict(data or {})
    if not message.strip():
        message = "\n".join(text for key, text in values.items() if key.isdigit())
        values = {key: text for key, text in values.items() if not key.isdigit()}
    return {
        "time": iso(clock.at),
        "provider": provider,
        "event_id": event_id & 0xFFFF if event_id > 0xFFFF else event_id,
        "level": _LEVELS.get(said, said),
        "channel": channel,
        "computer": computer,
        "message": message.strip(),
        "data": values,
        "record_id": record_id,
    }


class Log:
    """Collects events up to a bound; beyond it, only those of identity services are kept, and the report says so."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._events: list[Event] = []
        self._narrow = False
        self._full = False
        self.seen = 0
        self.zoned = True
        self.gaps: list[Gap] = []
        self.problems: list[str] = []

    def add(self, one: Event, *, zoned: bool = True) -> None:
        """Take one event in."""
        self.seen += 1
        self.zoned = self.zoned and zoned
        if self._full or (self._narrow and not _telling(one)):
            return
        self._events.append(one)
        if len(self._events) > self._most:
            self._drop()

    def take(self, made: Iterable[tuple[Event, bool] | None], others: str) -> None:
        """Take events in, each with whether its time has a zone. None is none; ``others`` says what such are, behind their number."""
        missed = 0
        for one in made:
            if one is None:
                missed += 1
            else:
                self.add(one[0], zoned=one[1])
        if missed:
            self.problems.append(f"{missed} {others}; they were left out.")

    def _drop(self) -> None:
        if not self._narrow:
            self._narrow = True
            self._events = [one for one in self._events if _telling(one)]
            self.problems.append(
                f"The log holds more than {self._most:,} events; of them only those of identity services were kept."
            )
        if len(self._events) > self._most:
            self._full = True
            self._events.pop()
            self.problems.append(
                f"More than {self._most:,} events of identity services; the rest of the file was not used. Export a shorter span."
            )

    @property
    def last_time(self) -> str | None:
        """When the last event that was kept happened."""
        return self._events[-1]["time"] if self._events else None

    def finish(self, form: str, by: str) -> Read:
        """The facts: one for each computer and channel, for a log of one channel says nothing about another."""
        if not self.seen and not self.problems:
            self.problems.append("No event could be read.")
        groups: dict[tuple[str, str], list[Event]] = {}
        for one in self._events:
            groups.setdefault((one["computer"].lower(), one["channel"].lower()), []).append(one)
        if not self.zoned:
            self.problems.append(
                "The times carry no zone: they are the local time of the machine that exported them, and were taken as UTC. "
                "So no absence is concluded from this log; export it as .evtx or XML (wevtutil epl, or qe /f:xml)."
            )
        facts = [self._fact(computer, group, by) for (computer, _), group in sorted(groups.items())]
        return Read(
            kind="windows.events",
            format=form,
            facts=facts,
            rows=self.seen,
            window=span(self._events),
            gaps=tuple(self.gaps),
            problems=self.problems,
        )

    def _fact(self, computer: str, group: list[Event], by: str) -> Fact:
        group.sort(key=lambda one: (one["time"], one["record_id"] or 0))
        window = span(group)
        gaps = [gap for gap in self.gaps if window and gap.start <= window.end and window.start <= gap.end]
        if window and not self.zoned:
            gaps = [Gap(window.start, window.end, "the times carry no zone, so when the log speaks is not known")]
            window = None
        return Fact(kind="windows.events", target=computer, value=group, window=window, gaps=tuple(gaps), by=by)


def span(events: Iterable[Event]) -> Window | None:
    """From the earliest to the latest event."""
    times = sorted({one["time"] for one in events})
    if not times or (start := instant(times[0])) is None or (end := instant(times[-1])) is None:
        return None
    return Window(start, end)


def _telling(one: Event) -> bool:
    provider = one["provider"].lower()
    return any(name in provider for name in _TELLING)
