"""Directory audit exports of every shape, mapped back to the names that Microsoft Graph gives them."""

import csv
import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec

from faultbook.evidence import Window, instant, iso
from faultbook.sources import FileReport
from faultbook.sources.columns import Records, Table, folded, format_of, records_of, table_of, text_of
from faultbook.sources.items import encoding_of
from faultbook.sources.signins.load import HEAD, RETENTION, SigninFile
from faultbook.sources.signins.unwrap import bounded_lines, piecewise, to_lines, transcoded
from faultbook.sources.times import clock, is_day_first

_AUDIT: Final = "graph.v1:microsoft.graph.directoryAudit."
FIELDS: Final = tuple(
    _AUDIT + name
    for name in (
        "id", "activityDateTime", "activityDisplayName", "category", "loggedByService", "operationType", "result", "resultReason",
        "correlationId", "initiatedBy.user.id", "initiatedBy.user.displayName", "initiatedBy.user.userPrincipalName",
        "initiatedBy.user.ipAddress", "initiatedBy.app.appId", "initiatedBy.app.displayName", "initiatedBy.app.servicePrincipalId",
        "initiatedBy.app.servicePrincipalName", "targetResources.id", "targetResources.displayName", "targetResources.type",
        "targetResources.userPrincipalName", "targetResources.groupType", "targetResources.modifiedProperties.displayName",
        "targetResources.modifiedProperties.oldValue", "targetResources.modifiedProperties.newValue", "additionalDetails.key",
        "additionalDetails.value",
    )
)  # fmt: skip

PORTAL_MOST: Final = 250_000
"""Rows at which the portal ends a download of audits."""

_TIMES: Final = (
    "activitydatetime",
    "activitydatetimeutc",
    "dateutc",
    "date",
    "timegenerated",
    "timegeneratedutc",
    "time",
)
_TEXTS: Final = {
    "id": ("id",),
    "activityDisplayName": ("activitydisplayname", "activity", "operationname"),
    "category": ("category",),
    "loggedByService": ("loggedbyservice", "service"),
    "operationType": ("operationtype", "aadoperationtype"),
    "result": ("result", "resulttype"),
    "resultReason": ("resultreason", "resultdescription"),
    "correlationId": ("correlationid",),
}
_TARGET: Final = ("id", "displayName", "type", "userPrincipalName", "groupType")
_CHANGE: Final = ("displayName", "oldValue", "newValue")
_USER: Final = ("id", "displayName", "userPrincipalName", "ipAddress")
_APP: Final = ("appId", "displayName", "servicePrincipalId", "servicePrincipalName")
_NUMBERED: Final = re.compile(
    r"target(\d{1,2})(?:modifiedproperty(\d{1,2}))?([a-z]+)|additionaldetail(\d{1,2})(key|value)"
)
_FIELD_SIZE: Final = 16 << 20

Row = Mapping[str, Any]


def detect(head: bytes) -> str | None:
    """The format of an audit export by the first bytes of its content, or None where it is no such export."""
    return format_of(head, _json_format, _is_audit, "operationname")


def read(file: SigninFile) -> tuple[list[dict[str, Any]], FileReport]:
    """The audits of one file, oldest first and each once, in the shape of Graph's ``directoryAudit``; and the report."""
    problems: list[str] = []
    with TemporaryDirectory(prefix="faultbook-") as folder:
        rows = list(_rows(file, Path(folder), problems))
    day_first = is_day_first(str(said) for row in rows[:5000] if (said := _first(row, _TIMES)))
    audits: dict[str, dict[str, Any]] = {}
    timeless = zoneless = 0
    for number, row in enumerate(rows):
        moment = clock(str(_first(row, _TIMES) or ""), day_first=bool(day_first))
        if moment is None:
            timeless += 1
            continue
        zoneless += not moment.zoned and not {"dateutc", "timegeneratedutc", "activitydatetimeutc"} & row.keys()
        audit = {"activityDateTime": _precise(str(_first(row, _TIMES))) or iso(moment.at), **_audit(row)}
        audits.setdefault(str(audit.get("id") or f"\x00{number}"), audit)
    if timeless:
        problems.append(f"{timeless:,} row(s) without a readable time were left out.")
    if zoneless:
        problems.append("The times carry no zone; they were taken as UTC, as Entra prints them.")
    if len(rows) == PORTAL_MOST:
        problems.append(
            f"The file has exactly {PORTAL_MOST:,} rows, at which the portal ends a download; earlier changes may be missing."
        )
    found = sorted(
        audits.values(),
        key=lambda audit: (instant(audit["activityDateTime"]), msgspec.json.encode(audit, order="deterministic")),
    )
    return found, _report(file, found, len(rows) - timeless, problems)


def _report(file: SigninFile, found: list[dict[str, Any]], rows: int, problems: list[str]) -> FileReport:
    ends = [at for audit in (*found[:1], *found[-1:]) if (at := instant(audit["activityDateTime"]))]
    window = Window(ends[0], ends[-1]) if ends else None
    return FileReport(
        path=file.name or str(file.path),
        kind="graph.directoryAudits",
        format=file.format,
        rows=rows,
        window=window,
        expires=window.end + RETENTION if window else None,
        problems=tuple(problems),
    )


def _rows(file: SigninFile, folder: Path, problems: list[str]) -> Iterator[dict[str, Any]]:
    """Rows by folded column name, whatever the file is."""
    path = file.path
    with path.open("rb") as source:
        head = source.read(HEAD)
    encoding = file.encoding or encoding_of(head)
    text = text_of(head, encoding)
    table, records = table_of(text), records_of(text)
    if not text.strip("\x00 \r\n\t"):
        problems.append("The file is empty.")
    elif records is not None:
        if encoding not in {"utf-8", "ascii"}:
            transcoded(path, encoding, folder / "utf8")
            path = folder / "utf8"
        yield from _json_rows(path, records, folder, problems)
    elif table is not None:
        yield from _csv_rows(path, encoding, table, problems)
    else:
        problems.append("The file holds neither a table nor JSON records.")


def _json_rows(path: Path, records: Records, folder: Path, problems: list[str]) -> Iterator[dict[str, Any]]:
    lines = folder / "lines"
    rewrite = {"lines": bounded_lines, "spread": piecewise}.get(records.wrapping, to_lines)
    problems.extend(rewrite(path, lines))
    broken: list[int] = []
    with lines.open("rb") as source:
        for number, line in enumerate(source, 1):
            try:
                record = msgspec.json.decode(line.strip() or b"null")
            except (msgspec.DecodeError, RecursionError):
                broken.append(number)
                continue
            if isinstance(record, dict) and (row := _unfolded(record)) is not None:
                yield row
    if broken:
        problems.append(
            f"{len(broken):,} line(s) are no JSON and were left out, the first is line {broken[0]:,}; all others were used."
        )


def _unfolded(record: dict[str, Any]) -> dict[str, Any] | None:
    """A record by folded names, of a diagnostic setting's line what is inside; None where it is no audit."""
    outer = {folded(key): value for key, value in record.items()}
    properties = outer.get("properties")
    if not isinstance(properties, dict):
        return outer if _is_audit(outer.keys()) else None
    if folded(str(outer.get("category") or "auditlogs")) != "auditlogs":
        return None
    inner = {folded(key): value for key, value in properties.items()}
    around = {name: value for name, value in outer.items() if name not in {"category", "properties", "id"}}
    return {**around, **{name: value for name, value in inner.items() if value is not None}}


def _csv_rows(path: Path, encoding: str, table: Table, problems: list[str]) -> Iterator[dict[str, Any]]:
    csv.field_size_limit(_FIELD_SIZE)
    ragged = 0
    with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, errors="replace", newline="") as source:
        for _ in range(table.skip):
            source.readline()
        reader = csv.reader((line.replace("\x00", "") for line in source), delimiter=table.separator)
        names = [folded(name) for name in next(reader, [])]
        rows = _until_broken(reader, problems)
        for row in rows:
            if not any(row):
                continue
            ragged += len(row) != len(names)
            made: dict[str, Any] = {}
            for name, cell in zip(names, row, strict=False):
                if cell.strip():
                    made.setdefault(name, cell)
            yield made
    if ragged:
        problems.append(f"{ragged:,} row(s) have more or fewer columns than the header; what fits the header was used.")


def _until_broken(reader: Any, problems: list[str]) -> Iterator[list[str]]:
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            problems.append(f"The table breaks at line {reader.line_num:,} ({error}); the rows before it were used.")
            return


def _is_audit(names: Collection[str]) -> bool:
    present = set(names)
    return (
        bool(present.intersection(_TIMES))
        and bool(present & {"activity", "activitydisplayname", "operationname"})
        and bool(
            present
            & {
                "targetresources",
                "initiatedby",
                "actortype",
                "target1displayname",
                "actoruserprincipalname",
                "loggedbyservice",
            }
        )
    )


def _json_format(records: Records) -> str | None:
    for record in records.sample:
        row = _unfolded(record)
        if row is None:
            continue
        names = {folded(key) for key in record}
        if "properties" in names:
            if (
                folded(str(next(value for key, value in record.items() if folded(key) == "category"))) == "auditlogs"
                if "category" in names
                else False
            ):
                return "diagnostic-jsonl"
            continue
        if "timegenerated" in names:
            return "log-analytics-json"
        return "portal-json" if records.wrapping == "array" else "graph-json"
    return None


def _audit(row: Row) -> dict[str, Any]:
    texts = {name: str(said) for name, wanted in _TEXTS.items() if (said := _first(row, wanted)) is not None}
    if "result" in texts:
        texts["result"] = texts["result"][:1].lower() + texts["result"][1:]
    opened = {name: _opened(row.get(name)) for name in ("initiatedby", "targetresources", "additionaldetails")}
    by = opened["initiatedby"] if isinstance(opened["initiatedby"], dict) else None
    targets, details = opened["targetresources"], opened["additionaldetails"]
    return {
        **texts,
        "initiatedBy": _initiated(by) if by is not None else _actor(row),
        "targetResources": [_target(one) for one in _objects(targets)] if targets is not None else _targets(row),
        "additionalDetails": [_only(one, ("key", "value")) for one in _objects(details)]
        if details is not None
        else _details(row),
    }


def _initiated(by: Row) -> dict[str, Any]:
    inner = {folded(key): value for key, value in by.items()}
    parts = {"user": _USER, "app": _APP}
    return {name: _only(inner[name], wanted) for name, wanted in parts.items() if isinstance(inner.get(name), dict)}


def _actor(row: Row) -> dict[str, Any]:
    """Who did it, from the portal's columns."""
    user = {
        "id": "actorobjectid",
        "displayName": "actordisplayname",
        "userPrincipalName": "actoruserprincipalname",
        "ipAddress": "ipaddress",
    }
    app = {
        "displayName": "actordisplayname",
        "servicePrincipalId": "actorserviceprincipalid",
        "servicePrincipalName": "actorserviceprincipalname",
    }
    kind = folded(str(row.get("actortype", "")))
    if kind.startswith(("app", "service")) or (
        row.get("actorserviceprincipalid") and not row.get("actoruserprincipalname")
    ):
        return {"app": {name: row[column] for name, column in app.items() if column in row}}
    made = {name: row[column] for name, column in user.items() if column in row}
    return {"user": made} if made else {}


def _target(target: Row) -> dict[str, Any]:
    changes = next((value for key, value in target.items() if folded(key) == "modifiedproperties"), None)
    return {**_only(target, _TARGET), "modifiedProperties": [_only(one, _CHANGE) for one in _objects(_opened(changes))]}


def _targets(row: Row) -> list[dict[str, Any]]:
    """Targets from the portal's numbered columns."""
    names = {
        "type": "type",
        "displayname": "displayName",
        "objectid": "id",
        "id": "id",
        "userprincipalname": "userPrincipalName",
        "grouptype": "groupType",
    }
    inner = {"name": "displayName", "oldvalue": "oldValue", "newvalue": "newValue"}
    targets: dict[int, dict[str, Any]] = {}
    changes: dict[tuple[int, int], dict[str, Any]] = {}
    for column, cell in row.items():
        match = _NUMBERED.fullmatch(column)
        if match is None or match[1] is None:
            continue
        if match[2] and match[3] in inner:
            changes.setdefault((int(match[1]), int(match[2])), {})[inner[match[3]]] = cell
        elif not match[2] and match[3] in names:
            targets.setdefault(int(match[1]), {})[names[match[3]]] = cell
    for (number, _), change in sorted(changes.items()):
        targets.setdefault(number, {}).setdefault("modifiedProperties", []).append(change)
    return [{"modifiedProperties": [], **targets[number]} for number in sorted(targets)]


def _details(row: Row) -> list[dict[str, Any]]:
    pairs: dict[int, dict[str, Any]] = {}
    for column, cell in row.items():
        match = _NUMBERED.fullmatch(column)
        if match and match[4]:
            pairs.setdefault(int(match[4]), {})[match[5]] = cell
    return [pairs[number] for number in sorted(pairs)]


def _only(value: Row, wanted: Iterable[str]) -> dict[str, Any]:
    """The wanted keys in Graph's spelling, as far as they hold something."""
    inner = {folded(key): said for key, said in value.items()}
    return {name: inner[folded(name)] for name in wanted if inner.get(folded(name)) is not None}


def _objects(value: Any) -> list[dict[str, Any]]:
    listed = value if isinstance(value, list) else [value]
    return [one for one in itertools.islice(listed, 1000) if isinstance(one, dict)]


def _opened(value: Any) -> Any:
    """The value, where it is a string of JSON what stands in it; None where it cannot be opened."""
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        return None


def _first(row: Row, names: Iterable[str]) -> Any:
    return next(
        (row[name] for name in names if row.get(name) not in {None, ""} if not isinstance(row[name], dict | list)), None
    )


def _precise(text: str) -> str | None:
    """The time as exported where it is ISO 8601 with its zone; it may be finer than a second."""
    return text if instant(text) and text.endswith(("Z", "+00:00")) else None
