"""Files that Faultbook's own parts write: the collector's for a sync server, and what was seen of an address."""

import datetime as dt
from typing import Any, Final

import msgspec

from faultbook.evidence import Fact, Window, instant
from faultbook.sources import connect, descriptors, directory, events
from faultbook.sources.events import rows
from faultbook.sources.items import Read, clean

MARK: Final = "faultbook"
COLLECTOR: Final = "collector-1"
ENDPOINT: Final = "endpoint-1"
_SERVER: Final = ("services", "tls", "reach")
_PARTS: Final = ("events", "settings", "versions", "connectors", "accounts", "rights", "users", *_SERVER)


def read(document: Any, by: str, most_events: int) -> list[Read] | None:
    """What the document is of ours; None where it is nothing of ours."""
    if not isinstance(document, dict) or not isinstance(document.get(MARK), str):
        return None
    if document[MARK] == COLLECTOR:
        return _collector(document, by, most_events)
    if document[MARK] == ENDPOINT:
        return [_endpoint(document, by)]
    return [
        Read(
            format="Faultbook's own",
            problems=[
                f"It is marked {clean(document[MARK], 40)!r}, which this version does not know. Update Faultbook."
            ],
        )
    ]


def _endpoint(document: dict[str, Any], by: str) -> Read:
    value = {key: inner for key, inner in document.items() if key != MARK}
    url = str(value.get("url") or "")
    if not url or not isinstance(value.get("ok"), bool) or not isinstance(value.get("stage"), str):
        return Read(format="address check", problems=["The check of an address lacks its address, stage or outcome."])
    fact = Fact(kind="endpoint.check", target=url, value=value, true_at=instant(str(value.get("at") or "")), by=by)
    return Read(kind="endpoint.check", format="address check", facts=[fact], rows=1)


def _collector(document: dict[str, Any], by: str, most_events: int) -> list[Read]:
    """Each part by the reader that knows what the same cmdlet prints; a part that is missing or of another shape costs itself only."""
    computer = clean(str(document.get("computer") or ""), 80)
    reads = [
        read
        for read in (_events(document, by, most_events), *_settings(document, by), *_accounts(document, by))
        if read
    ]
    value = {part: document[part] for part in _SERVER if document.get(part)}
    if value:
        fact = Fact(
            kind="connect.server",
            target=computer,
            value={"computer": computer, **value},
            true_at=instant(str(document.get("collectedAt") or "")),
            by=by,
        )
        reads.append(Read(kind="connect.server", format="collector", facts=[fact], rows=1))
    problems = [_trouble(one) for one in _list(document.get("errors"))]
    strangers = sorted(
        part for part in _PARTS if part in document and not isinstance(document[part], list | dict | None)
    )
    problems += [
        f"The part {part!r} has not the shape that the collector writes and was left out." for part in strangers
    ]
    if not reads:
        problems.append("The collector's file holds nothing that could be used.")
    reads.append(Read(format="collector", problems=problems)) if problems else None
    for read in reads:
        read.format = "collector"
    return reads


def _events(document: dict[str, Any], by: str, most: int) -> Read | None:
    found = _list(document.get("events"))
    start, end = instant(str(document.get("since") or "")), instant(str(document.get("collectedAt") or ""))
    if not found:
        whole = "events" in document and document["events"] in (None, []) and not _failed(document, "events")
        return _no_events(document, by, start, end) if whole else None
    log = events.Log(most)
    rows.collect(found, log)
    read = log.finish("collector", by)
    if start and end and not _failed(document, "events"):
        read.facts = [_whole(fact, start, end) for fact in read.facts]
    return read


def _whole(fact: Fact, start: dt.datetime, end: dt.datetime) -> Fact:
    """The log was read from one time to another, so that silence in it means silence; a log without zones stays what it is."""
    if fact.window is None:
        return fact
    return msgspec.structs.replace(fact, window=Window(min(start, fact.window.start), max(end, fact.window.end)))


def _no_events(document: dict[str, Any], by: str, start: dt.datetime | None, end: dt.datetime | None) -> Read:
    fact = Fact(
        kind="windows.events",
        target=str(document.get("computer") or "").lower(),
        value=[],
        window=Window(start, end) if start and end and start <= end else None,
        by=by,
    )
    return Read(kind="windows.events", facts=[fact], window=fact.window)


def _settings(document: dict[str, Any], by: str) -> list[Read | None]:
    records = [*_list(document.get("settings")), *_list(document.get("versions"))]
    return [connect.of_json(records, by)] if records else []


def _accounts(document: dict[str, Any], by: str) -> list[Read | None]:
    records = [{**one, "faultbookConnector": "true"} for one in _list(document.get("accounts"))]
    records += [*_list(document.get("connectors")), *_list(document.get("users"))]
    rights = _list(document.get("rights"))
    return [
        directory.of_records(records, by, "collector") if records else None,
        descriptors.of_records(rights, by) if rights else None,
    ]


def _list(part: Any) -> list[dict[str, Any]]:
    """The objects of a part: ConvertTo-Json writes a list of one as the one."""
    if isinstance(part, dict):
        return [part]
    return [one for one in part if isinstance(one, dict)] if isinstance(part, list) else []


def _failed(document: dict[str, Any], part: str) -> bool:
    return any(one.get("part") == part for one in _list(document.get("errors")))


def _trouble(error: dict[str, Any]) -> str:
    return f"On the server, {clean(str(error.get('part') or 'a part'), 40)} could not be read: {clean(str(error.get('message') or 'no reason given'), 200)}"
