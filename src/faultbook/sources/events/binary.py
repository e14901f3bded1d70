"""Windows event logs as Windows keeps them (.evtx)."""

import json
from collections.abc import Iterator
from typing import Any, Final

from faultbook.evidence import Gap, instant
from faultbook.sources.events.log import Event, Log, event
from faultbook.sources.items import Item, Limits, Read, clean
from faultbook.sources.times import Clock, clock

MAGIC: Final = b"ElfFile\x00"
_MOST_DAMAGE: Final = 10_000


def read(item: Item, limits: Limits) -> Read:
    """The events of an .evtx file. A damaged part is passed over and becomes a gap between its neighbours."""
    try:
        from evtx import PyEvtxParser
    except ImportError:
        return Read(
            kind="windows.events",
            format="evtx",
            problems=["Reading .evtx needs a part that is not installed. Install faultbook[evidence]."],
        )
    log = Log(limits.events)
    try:
        records = PyEvtxParser(str(item.path), 1).records_json()
    except (RuntimeError, OSError) as broken:
        return Read(
            kind="windows.events", format="evtx", problems=[f"The event log cannot be opened ({clean(str(broken))})."]
        )
    damage = _collect(records, log)
    if damage:
        log.problems.append(f"{len(damage)} damaged parts of the event log were passed over ({damage[0]}).")
    return log.finish("evtx", item.shown)


def _collect(records: Iterator[Any], log: Log) -> list[str]:
    """After damage the iterator goes on when asked again; a run of errors without end is cut short."""
    damage: list[str] = []
    before: str | None = None
    open_gap = False
    while len(damage) < _MOST_DAMAGE:
        try:
            record = next(records)
        except StopIteration:
            break
        except (RuntimeError, OSError, ValueError) as broken:
            damage.append(clean(str(broken), 160))
            before, open_gap = before if open_gap else log.last_time, True
            continue
        one = _record(record)
        if one is None:
            damage.append("a record without time or id")
            continue
        if open_gap:
            _gap(log, before, one["time"])
            open_gap = False
        log.add(one)
    return damage


def _gap(log: Log, before: str | None, after: str) -> None:
    start, end = instant(before), instant(after)
    if start and end and start < end:
        log.gaps.append(Gap(start, end, "a damaged part of the event log"))


def _record(record: dict[str, Any]) -> Event | None:
    try:
        parsed = json.loads(record["data"])
    except (ValueError, KeyError, RecursionError):
        return None
    return of_json(parsed, str(record.get("timestamp", "")))


def of_json(parsed: Any, stamp: str = "") -> Event | None:
    """An event in the JSON form of evtx parsers: ``{"Event": {"System": …, "EventData": …}}``."""
    body = parsed.get("Event") if isinstance(parsed, dict) else None
    system = body.get("System") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(system, dict):
        return None
    at = clock(_attribute(system, "TimeCreated", "SystemTime")) or clock(stamp.removesuffix(" UTC"))
    number = _plain(system.get("EventID"))
    if at is None or not number.isdigit():
        return None
    record_id = _plain(system.get("EventRecordID"))
    rendering = body.get("RenderingInfo")
    return event(
        Clock(at.at, zoned=True),
        provider=_attribute(system, "Provider", "Name") or _attribute(system, "Provider", "EventSourceName"),
        event_id=int(number),
        level=_plain(system.get("Level")),
        channel=_plain(system.get("Channel")),
        computer=_plain(system.get("Computer")),
        message=_plain(rendering.get("Message")) if isinstance(rendering, dict) else "",
        data=data_of(body.get("EventData") or body.get("UserData")),
        record_id=int(record_id) if record_id.isdigit() else None,
    )


def data_of(section: Any) -> dict[str, str]:
    """Named values under their names; nameless ones under 1, 2, … as insertion strings are counted."""
    values: dict[str, str] = {}
    if not isinstance(section, dict):
        return values
    for key, value in section.items():
        if key in ("#attributes", "Binary"):
            continue
        inner = value.get("#text", value) if isinstance(value, dict) else value
        if key == "Data":
            strings = inner if isinstance(inner, list) else [inner]
            values.update({str(number): _plain(text) for number, text in enumerate(strings, 1) if text is not None})
        elif isinstance(inner, dict):
            values.update(data_of(inner))
        else:
            values[key] = _plain(inner)
    return values


def _attribute(system: dict[str, Any], element: str, name: str) -> str:
    holder = system.get(element)
    attributes = holder.get("#attributes") if isinstance(holder, dict) else None
    attributes = attributes if isinstance(attributes, dict) else system.get(f"{element}_attributes")
    return _plain(attributes.get(name)) if isinstance(attributes, dict) else ""


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("#text", "")
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)
