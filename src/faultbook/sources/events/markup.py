"""Event XML: Event Viewer's export, ``wevtutil qe /f:xml``, one root element, many, or none."""

import codecs
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from faultbook.sources.events.log import Event, Log, event
from faultbook.sources.federation import NotXml, local, tree
from faultbook.sources.items import Item, Limits, Read, encoding_of
from faultbook.sources.times import Clock, clock

_BLOCK: Final = 1 << 20
_LONGEST: Final = 8 << 20
_END: Final = "</Event>"
_NAMES_AFTER: Final = (" ", ">", "\t", "\r", "\n")


def is_events(head: str) -> bool:
    """Whether the first text looks like event XML."""
    return "schemas.microsoft.com/win/2004/08/events" in head or ("<Event" in head and "<System>" in head)


def read(item: Item, limits: Limits) -> Read:
    """The events of an XML export, read as a stream: each ``<Event>`` by itself, so that a cut-off end costs one event."""
    log = Log(limits.events)
    with item.path.open("rb") as stream:
        decoder = codecs.getincrementaldecoder(encoding_of(item.head))("replace")
        blocks = iter(lambda: stream.read(_BLOCK), b"")
        collect((decoder.decode(block) for block in blocks), log)
    return log.finish("event XML", item.shown)


def collect(blocks: Iterator[str], log: Log) -> None:
    """Take every event out of the text; broken and over-long ones are counted."""
    broken: list[str] = []
    for piece in _pieces(blocks, broken):
        try:
            one = of_element(tree(piece))
        except NotXml as reason:
            broken.append(str(reason))
            continue
        if one is None:
            broken.append("An event has no id or no time.")
        else:
            log.add(one)
    if broken:
        log.problems.append(f"{len(broken)} events could not be read and were left out. The first: {broken[0]}")


def _pieces(blocks: Iterator[str], broken: list[str]) -> Iterator[str]:
    rest = ""
    searched = 0
    for block in blocks:
        rest += block
        at = 0
        while (end := rest.find(_END, max(at, searched))) >= 0:
            start = _start(rest, at, end)
            if start >= 0:
                yield rest[start : end + len(_END)]
            at = end + len(_END)
            searched = at
        rest = rest[at:]
        searched = max(len(rest) - len(_END), 0)
        if len(rest) > _LONGEST:
            broken.append(f"An event is longer than {_LONGEST >> 20} MB.")
            rest, searched = "", 0
    if _start(rest, 0, len(rest)) >= 0:
        broken.append("The file ends inside an event.")


def _start(text: str, at: int, end: int) -> int:
    start = text.find("<Event", at, end)
    while start >= 0 and not text.startswith(_NAMES_AFTER, start + 6):
        start = text.find("<Event", start + 6, end)
    return start


def of_element(root: Element) -> Event | None:
    """An event from its element, or None where id or time are missing."""
    parts = {local(child): child for child in root}
    system = {local(child): child for child in parts["System"]} if "System" in parts else {}
    created = system.get("TimeCreated")
    at = clock(created.get("SystemTime", "")) if created is not None else None
    number = _text(system.get("EventID"))
    if at is None or not number.isdigit():
        return None
    provider = system.get("Provider")
    rendering = {local(child): child for child in parts["RenderingInfo"]} if "RenderingInfo" in parts else {}
    record_id = _text(system.get("EventRecordID"))
    section = parts.get("EventData", parts.get("UserData"))
    return event(
        Clock(at.at, zoned=True),
        provider="" if provider is None else provider.get("Name") or provider.get("EventSourceName") or "",
        event_id=int(number[:9]),
        level=_text(system.get("Level")),
        channel=_text(system.get("Channel")),
        computer=_text(system.get("Computer")),
        message=_text(rendering.get("Message")),
        data={} if section is None else _data(section),
        record_id=int(record_id[:18]) if record_id.isdigit() else None,
    )


def _data(section: Element) -> dict[str, str]:
    values: dict[str, str] = {}
    nameless = 0
    for element in section.iter():
        if element is section or len(element) or local(element) == "Binary":
            continue
        if local(element) == "Data" and not element.get("Name"):
            nameless += 1
            values[str(nameless)] = _text(element)
        else:
            values[element.get("Name") or local(element)] = _text(element)
    return values


def _text(element: Element | None) -> str:
    return "" if element is None else (element.text or "").strip()
