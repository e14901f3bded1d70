"""Answers of Power BI: refreshes and their schedule, datasets and their sources, gateways and their state, workspaces, capacities."""

import datetime as dt
import json
import re
from collections.abc import Callable
from typing import Any, Final

from faultbook.evidence import Fact, Window
from faultbook.sources.graph import camel
from faultbook.sources.items import Read, last_id
from faultbook.sources.times import instants

FIELDS: Final = (
    "powerbi:Capacity.admins",
    "powerbi:Capacity.capacityUserAccessRight",
    "powerbi:Capacity.sku",
    "powerbi:Capacity.state",
    "powerbi:Dataset.configuredBy",
    "powerbi:Dataset.id",
    "powerbi:Dataset.IsOnPremGatewayRequired",
    "powerbi:Datasource.connectionDetails",
    "powerbi:Datasource.datasourceType",
    "powerbi:Gateway.gatewayAnnotation",
    "powerbi:Gateway.name",
    "powerbi:Gateway.publicKey",
    "powerbi:Gateway.type",
    "powerbi:Group.id",
    "powerbi:Group.isOnDedicatedCapacity",
    "powerbi:Refresh.endTime",
    "powerbi:Refresh.refreshType",
    "powerbi:Refresh.serviceExceptionJson",
    "powerbi:Refresh.startTime",
    "powerbi:Refresh.status",
    "powerbi:RefreshSchedule.enabled",
    "powerbi:RefreshSchedule.localTimeZoneId",
)

_DATASET: Final = re.compile(r"datasets(?:/|\(')([0-9a-f-]{36})", re.IGNORECASE)
_ALWAYS_KEPT: Final = 20
_KEPT: Final = dt.timedelta(days=3)
"""Refreshes beyond the newest twenty are dropped at this age."""
_STATUSES: Final = {"unknown", "completed", "failed", "disabled", "cancelled", "notstarted", "inprogress", "timedout"}
_STATUS_LINE: Final = re.compile(r"^HTTP/[\d.]+ (\d{3})\b[^\n]*\n", re.IGNORECASE)
_GATEWAY_NAME: Final = re.compile(r"gateway", re.IGNORECASE)


def read(document: Any, by: str) -> Read | None:
    """What the document is of Power BI, or None."""
    return (
        _refreshes(document, by)
        or _schedule(document, by)
        or _status_error(document, by)
        or _each(document, by)
        or _listed(document, by)
    )


def _refreshes(document: Any, by: str) -> Read | None:
    context = str(document.get("@odata.context", "")) if isinstance(document, dict) else ""
    value = document.get("value") if isinstance(document, dict) else document
    objects = value if isinstance(value, list) else [document]
    rows = [row for row in (camel(obj) for obj in objects if isinstance(obj, dict)) if _is_refresh(row)]
    if not rows and not (isinstance(value, list) and not value and context.endswith("#refreshes")):
        return None
    times, starts = instants(rows, "startTime", "endTime"), instants(rows, "startTime")
    window = Window(times[0], times[-1]) if times else None
    target = _dataset(context, by)
    fact = Fact(
        kind="powerbi.refreshes", target=target, value=[_as_published(row) for row in rows], window=window, by=by
    )
    return Read(
        kind="powerbi.refreshes",
        format="Power BI JSON",
        facts=[fact],
        rows=len(rows),
        window=window,
        expires=starts[0] + _KEPT if len(starts) > _ALWAYS_KEPT else None,
        problems=[f"{others} elements are no refreshes and were left out."]
        if (others := len(objects) - len(rows))
        else [],
    )


def _is_refresh(row: dict[str, Any]) -> bool:
    status = _text(row.get("status"))
    return (
        status is not None
        and status.lower() in _STATUSES
        and "startTime" in row
        and any(
            key in row
            for key in ("refreshType", "extendedStatus", "commitMode", "serviceExceptionJson", "refreshAttempts")
        )
    )


def _as_published(row: dict[str, Any]) -> dict[str, Any]:
    """The exception is published as JSON inside a string; a tool that unpacked it is undone."""
    unpacked = row.get("serviceExceptionJson")
    return {**row, "serviceExceptionJson": json.dumps(unpacked)} if isinstance(unpacked, dict | list) else row


def _schedule(document: Any, by: str) -> Read | None:
    if not isinstance(document, dict):
        return None
    row = camel(document)
    if (
        not isinstance(row.get("enabled"), bool)
        or "localTimeZoneId" not in row
        or not ("days" in row or "times" in row)
    ):
        return None
    context = str(row.pop("@odata.context", ""))
    fact = Fact(kind="powerbi.refreshSchedule", target=_dataset(context, by), value=row, by=by)
    return Read(kind="powerbi.refreshSchedule", format="Power BI JSON", facts=[fact], rows=1)


def _status_error(document: Any, by: str) -> Read | None:
    error = document.get("error") if isinstance(document, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    if not isinstance(code, str) or not code.startswith(("DM_GWPipeline", "DMTS_")):
        return None
    return _status(by, ok=False, code=code, body=document)


def _each(document: Any, by: str) -> Read | None:
    """Datasets or workspaces, each a fact of its own: a list holds many."""
    found = _rows(document)
    for kind, fits in _EACH:
        if rows := [row for row in found if fits(row)]:
            facts = [Fact(kind=kind, target=(_text(row.get("id")) or "").lower(), value=row, by=by) for row in rows]
            return Read(kind=kind, format="Power BI JSON", facts=facts, rows=len(rows))
    return None


def _listed(document: Any, by: str) -> Read | None:
    """Data sources, gateways or capacities: lists that stay whole. An empty one is known by its context only."""
    found = _rows(document)
    context = str(document.get("@odata.context", "")) if isinstance(document, dict) else ""
    for kind, ending, fits in _LISTS:
        rows = [row for row in found if fits(row)]
        if rows or (not found and re.search(ending, context, re.IGNORECASE)):
            target = _dataset(context, by) if kind == "powerbi.datasources" else ""
            fact = Fact(kind=kind, target=target, value=rows, by=by)
            return Read(kind=kind, format="Power BI JSON", facts=[fact], rows=len(rows))
    return None


def _rows(document: Any) -> list[dict[str, Any]]:
    """The objects of an answer, as the vendor spells their keys."""
    value = document.get("value", [document]) if isinstance(document, dict) else document
    return [camel(row) for row in value if isinstance(row, dict)] if isinstance(value, list) else []


_EACH: Final[tuple[tuple[str, Callable[[dict[str, Any]], bool]], ...]] = (
    ("powerbi.dataset", lambda row: "configuredBy" in row or "isOnPremGatewayRequired" in row),
    ("powerbi.workspace", lambda row: "isOnDedicatedCapacity" in row),
)
_LISTS: Final[tuple[tuple[str, str, Callable[[dict[str, Any]], bool]], ...]] = (
    (
        "powerbi.datasources",
        r"datasources$",
        lambda row: "datasourceType" in row and not isinstance(row.get("connectionDetails", ""), str),
    ),
    (
        "powerbi.gateways",
        r"#gateways$",
        lambda row: "gatewayAnnotation" in row or {"publicKey", "name", "type"} <= row.keys(),
    ),
    (
        "powerbi.capacities",
        r"#capacities$",
        lambda row: {"sku", "state"} <= row.keys() and ("capacityUserAccessRight" in row or "admins" in row),
    ),
)
"""Each list with the end of its context and with what tells its objects from others; data sources of a gateway give their details as text."""


def status_answer(text: str, by: str) -> Read | None:
    """The answer to a gateway status request that has no JSON to know it by: an empty one means that the data source was reached.

    Only a saved status line, or a name that speaks of a gateway, tells such an answer from any other empty file.
    """
    head = _STATUS_LINE.match(text)
    if _GATEWAY_NAME.search(by.rpartition("/")[2]) is None:
        return None
    body = text.replace("\r\n", "\n").partition("\n\n")[2].strip() if head else text.strip()
    if body not in ("", "{}", "null", '""'):
        return None
    ok = head is None or head[1].startswith("2")
    return _status(by, ok=ok, code=None if ok or head is None else head[1], body=None)


def _status(by: str, *, ok: bool, code: str | None, body: Any) -> Read:
    fact = Fact(
        kind="powerbi.gatewayStatus",
        target=last_id(by),
        value={"ok": ok, "code": code, "body": body},
        by=by,
    )
    return Read(kind="powerbi.gatewayStatus", format="Power BI answer", facts=[fact], rows=1)


def _dataset(context: str, by: str) -> str:
    """The dataset that an answer is about: named in its context, or by the last id in the file's path."""
    inside = _DATASET.search(context)
    return inside[1].lower() if inside else last_id(by)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
