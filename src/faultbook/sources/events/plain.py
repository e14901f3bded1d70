"""Events as text: Event Viewer's copy, ``wevtutil qe /f:text``, and PowerShell's lists."""

import re
from collections.abc import Iterator
from typing import Final

from faultbook.patterns import later
from faultbook.sources.consoles import blocks
from faultbook.sources.events.log import Event, Log, event
from faultbook.sources.events.markup import of_element
from faultbook.sources.events.rows import of_row
from faultbook.sources.federation import NotXml, tree
from faultbook.sources.items import Read
from faultbook.sources.times import clock, is_day_first

_START: Final = later(r"^[ \t]*+(?:Event\[\d{1,9}+\]:?[ \t]*+\r?\n[ \t]*+)?Log Name:[ \t]*", re.MULTILINE)
_FIELD: Final = later(
    r"^[ \t]*(Log Name|Source|Date|Event ID|Task(?: Category)?|Level|Opcode|Keywords?|User(?: Name)?|Computer):[ \t]*(.*?)[ \t]*\r?$"
)
_DESCRIPTION: Final = later(r"^[ \t]*Description:[ \t]*\r?$|^[ \t]*Description:[ \t]*(?=\S)", re.MULTILINE)
_XML: Final = later(r"^[ \t]*Event Xml:[ \t]*\r?$", re.MULTILINE)
_LIST: Final = later(r"^(?:TimeCreated|ProviderName|TimeGenerated|EntryType)\s*:", re.MULTILINE)
_LIST_ID: Final = later(r"^(?:Id|EventID|InstanceId)\s*:\s*\d+", re.MULTILINE)
_GRID: Final = later(r"^TimeCreated[ \t]{1,40}+Id[ \t]", re.MULTILINE)
_CELLS: Final = later(
    r"(\d{1,4}[-./]\d{1,2}[-./]\d{1,4}[ ,]{1,3}\d{1,2}[:.]\d\d[:.]\d\d(?: [AaPp]\.?[Mm]\.?)?)[ \t]+(\d{1,5})(?:[ \t]+(\S+))?(?:[ \t]+(.*))?"
)
_WIDEST: Final = 2000
"""No console is wider; what a longer line has behind is not looked at."""
_NEXT: Final = later(r"(?<!\s)\s*+Event\[\d{1,9}+\]:?\s*$")


def is_events(text: str) -> bool:
    """Whether the text holds events in one of the textual layouts."""
    return bool(_START.search(text) and "Event ID:" in text) or is_list(text) or _is_grid(text)


def is_list(text: str) -> bool:
    """Whether the text is PowerShell's list of events."""
    return bool(_LIST.search(text) and _LIST_ID.search(text))


def _is_grid(text: str) -> bool:
    return "ProviderName:" in text and _GRID.search(text) is not None


def read(text: str, log: Log, by: str) -> Read:
    """The events of the text."""
    starts = [match.start() for match in _START.finditer(text)]
    if not starts:
        return _list(text, log, by) if is_list(text) else _grid(text, log, by)
    sections = [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
    dates = [date for section in sections if (date := _fields(section).get("Date"))]
    first = bool(is_day_first(dates))
    log.take((_section(section, first) for section in sections), "events have no id or no time that can be read")
    return log.finish("event text", by)


def _section(section: str, day_first: bool) -> tuple[Event, bool] | None:
    if (xml := _XML.search(section)) and (exact := _exact(section[xml.end() :])):
        said = _message(section[: xml.start()])
        return {**exact, "message": said or exact["message"]}, True
    fields = _fields(section)
    at = clock(fields.get("Date", ""), day_first=day_first)
    number = fields.get("Event ID", "")
    if at is None or not number.isdigit() or len(number) > 11:
        return None
    one = event(
        at,
        provider=fields.get("Source", ""),
        event_id=int(number),
        level=fields.get("Level", ""),
        channel=fields.get("Log Name", ""),
        computer=fields.get("Computer", ""),
        message=_message(section),
    )
    return one, at.zoned


def _exact(xml: str) -> Event | None:
    """The XML that Event Viewer puts under its text has the time in UTC, which the text has not."""
    start, end = xml.find("<Event"), xml.rfind("</Event>")
    try:
        return of_element(tree(xml[start : end + 8])) if 0 <= start < end else None
    except NotXml:
        return None


def _fields(section: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in section.splitlines():
        if _DESCRIPTION.match(line):
            break
        if match := _FIELD.match(line):
            fields.setdefault(match[1], match[2])
    return fields


def _message(section: str) -> str:
    match = _DESCRIPTION.search(section)
    return _NEXT.sub("", section[match.end() :]).strip() if match else ""


def _list(text: str, log: Log, by: str) -> Read:
    found = list(_listed(text))
    first = bool(is_day_first(row[name] for row in found for name in ("TimeCreated", "TimeGenerated") if name in row))
    log.take((of_row(row, day_first=first) for row in found), "events have no id or no time that can be read")
    return log.finish("event list", by)


def _grid(text: str, log: Log, by: str) -> Read:
    """What Get-WinEvent prints by itself: a table for each provider, the id set to the right, the message cut off."""
    provider = ""
    rows: list[dict[str, str]] = []
    for line in text.splitlines():
        start = line[:_WIDEST].strip()
        if start.startswith("ProviderName:"):
            provider = start.partition(":")[2].strip()
        elif cells := _CELLS.match(start):
            time, number, level, message = (cell or "" for cell in cells.groups())
            named = {"TimeCreated": time, "Id": number, "LevelDisplayName": level, "Message": message}
            rows.append({**named, "ProviderName": provider})
    first = bool(is_day_first(row["TimeCreated"] for row in rows))
    log.take((of_row(row, day_first=first) for row in rows), "rows have no time that can be read")
    return log.finish("event table", by)


def _listed(text: str) -> Iterator[dict[str, str]]:
    for block in blocks(text):
        if "TimeCreated" in block or "TimeGenerated" in block:
            yield block
