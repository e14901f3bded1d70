"""Events in rows: PowerShell, Event Viewer, Winlogbeat, NXLog, Log Analytics; as JSON objects or as lines of a table."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from faultbook.sources.events.binary import data_of, of_json
from faultbook.sources.events.log import Event, Log, event
from faultbook.sources.items import Read
from faultbook.sources.tables import Table
from faultbook.sources.times import Clock, clock, is_day_first

_ID: Final = ("EventID", "Event ID", "EventId", "Id", "event_id", "InstanceId")
_PROVIDER: Final = (
    "ProviderName",
    "SourceName",
    "EventSourceName",
    "Source",
    "Provider",
    "source_name",
    "provider_name",
)
_CHANNEL: Final = ("LogName", "Channel", "EventLog", "Log", "Log Name", "log_name", "channel")
_COMPUTER: Final = ("MachineName", "Computer", "Hostname", "computer_name", "host")
_MESSAGE: Final = ("Message", "RenderedDescription", "Description", "message")
_LEVEL: Final = ("LevelDisplayName", "EntryType", "EventLevelName", "Severity", "Level", "level")
_RECORD: Final = ("RecordId", "EventRecordId", "RecordNumber", "record_id", "record_number", "Index", "Record Number")
_UTC: Final = ("@timestamp", "TimeGenerated [UTC]", "TimeGenerated", "UtcTime")
_LOCAL: Final = ("TimeCreated", "Date and Time", "EventTime", "TimeWritten", "Date", "event_created")
_NESTED: Final = ("EventData", "event_data", "EventData_dynamic", "UserData")
_KNOWN: Final = frozenset(
    (*_ID, *_PROVIDER, *_CHANNEL, *_COMPUTER, *_MESSAGE, *_LEVEL, *_RECORD, *_UTC, *_LOCAL, *_NESTED)
)
_VIEWER_COLUMNS: Final = 5


def is_events(row: Any) -> bool:
    """Whether a JSON object looks like one event: an id, a time, and a source, a channel or a computer."""
    if not isinstance(row, dict):
        return False
    if isinstance(row.get("Event"), dict):
        return isinstance(row["Event"].get("System"), dict)
    flat = _unnested(row)
    return (
        _event_id(flat) is not None
        and any(key in flat for key in (*_UTC, *_LOCAL))
        and any(_words(flat, names) for names in (_PROVIDER, _CHANNEL, _COMPUTER))
    )


def is_header(header: list[str]) -> bool:
    """Whether a table's columns are those of events; Event Viewer's five columns are known by their number in any language."""
    return any(name in header for name in _ID) and any(name in header for name in (*_UTC, *_LOCAL))


def collect(rows: Iterable[Any], log: Log) -> None:
    """Take JSON rows in. What is no event is counted."""
    log.take(map(of_row, rows), "objects are no events with an id and a time")


def of_row(row: Any, *, day_first: bool = False) -> tuple[Event, bool] | None:
    """An event from one row, and whether its time has a zone; None where the row is no event."""
    if not isinstance(row, dict):
        return None
    if isinstance(row.get("Event"), dict):
        parsed = of_json(row)
        return (parsed, True) if parsed else None
    flat = _unnested(row)
    number, at = _event_id(flat), _time(flat, day_first)
    if number is None or at is None:
        return None
    record_id = _words(flat, _RECORD)
    one = event(
        at,
        provider=_words(flat, _PROVIDER)
        or ("Microsoft-Windows-Security-Auditing" if flat.get("Type") == "SecurityEvent" else ""),
        event_id=number,
        level=_words(flat, _LEVEL),
        channel=_words(flat, _CHANNEL),
        computer=_words(flat, _COMPUTER),
        message=_words(flat, _MESSAGE),
        data=_data(flat),
        record_id=int(record_id) if record_id.isdigit() and len(record_id) < 19 else None,
    )
    return one, at.zoned


def read_table(found: Table, log: Log, by: str) -> Read:
    """The events of a table."""
    log.problems += found.problems
    names = _viewer_names(found) or found.header
    rows = Table(names, found.rows, []).dicts()
    times = [row[name] for row in rows for name in (*_UTC, *_LOCAL) if name in row]
    first = is_day_first(times)
    log.take((of_row(row, day_first=bool(first)) for row in rows), "rows have no event id or no time that can be read")
    return log.finish("event CSV", by)


def is_viewer(found: Table) -> bool:
    """Whether this is Event Viewer's CSV in any language: five named columns, a message without a name, a number fourth and a time second."""
    return _viewer_names(found) is not None


def _viewer_names(found: Table) -> list[str] | None:
    if len(found.header) != _VIEWER_COLUMNS or not found.rows:
        return None
    first = found.rows[0]
    if len(first) != _VIEWER_COLUMNS + 1 or not first[3].strip().isdigit() or clock(first[1]) is None:
        return None
    return ["Level", "Date and Time", "Source", "Event ID", "Task Category", "Message"]


def _unnested(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with Winlogbeat's inner objects laid open."""
    flat = dict(row)
    for key in ("winlog", "_source"):
        if isinstance(flat.get(key), dict):
            inner = flat.pop(key)
            flat = {**_unnested(inner), **flat}
    if isinstance(flat.get("log"), dict):
        flat.setdefault("level", flat.pop("log").get("level"))
    for key in ("host", "agent", "ecs", "event", "process", "user"):
        inner = flat.get(key)
        if isinstance(inner, dict):
            flat.pop(key)
            if key == "host":
                flat.setdefault("computer_name", inner.get("name"))
    return flat


def _event_id(flat: Mapping[str, Any]) -> int | None:
    for name in _ID:
        value = flat.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value if 0 <= value < 1 << 40 else None
        if isinstance(value, str) and value.strip().isdigit() and len(value) < 12:
            return int(value)
    return None


def _time(flat: Mapping[str, Any], day_first: bool) -> Clock | None:
    """The best time of the row: one with a zone before one without; the vendor's UTC columns need none."""
    best: Clock | None = None
    for name in (*_UTC, *_LOCAL):
        value = flat.get(name)
        text = value.get("DateTime") or value.get("value") if isinstance(value, dict) else value
        at = clock(text, day_first=day_first) if isinstance(text, str) else None
        if at is None:
            continue
        if name in _UTC and "EntryType" not in flat:
            return Clock(at.at, zoned=True)
        if at.zoned:
            return at
        best = best or at
    return best


def _words(flat: Mapping[str, Any], names: tuple[str, ...]) -> str:
    for name in names:
        value = flat.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return ""


def _data(flat: Mapping[str, Any]) -> dict[str, str]:
    for name in _NESTED:
        inner = flat.get(name)
        if isinstance(inner, str) and inner[:1] in "[{":
            try:
                inner = json.loads(inner)
            except (ValueError, RecursionError):
                return {name: str(inner)}
        if isinstance(inner, dict):
            return data_of(inner)
        if isinstance(inner, list):
            return {str(number): str(value) for number, value in enumerate(inner, 1)}
        if isinstance(inner, str) and inner.strip():
            return {name: inner}
    if properties := flat.get("Properties", flat.get("ReplacementStrings")):
        return _properties(properties)
    return {
        key: str(value)
        for key, value in flat.items()
        if key not in _KNOWN and isinstance(value, str | int | float) and value not in ("", "-")
    }


def _properties(properties: Any) -> dict[str, str]:
    if not isinstance(properties, list):
        return {}
    values = [one.get("Value") if isinstance(one, dict) else one for one in properties]
    return {str(number): str(value) for number, value in enumerate(values, 1) if value is not None}
