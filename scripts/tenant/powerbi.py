"""What Power BI shows of its refreshes: histories, schedules, sources, gateways, capacities; and the log of a gateway's machine."""

import datetime as dt
import json
from collections.abc import Iterable, Sequence

from faultbook_lab import people
from tenant.signins import Row

SALES, STOCK, STAFFING, LEDGER, TARGETS = (
    people.guid("dataset", name) for name in ("sales", "stock", "staffing", "ledger", "targets")
)
GATEWAY = people.guid("gateway", "gw01")
SERVICE = "On-premises data gateway service"
MINUTE = dt.timedelta(minutes=1)


def stamp(at: dt.datetime) -> str:
    """A time as the interface prints it."""
    return f"{at:%Y-%m-%dT%H:%M:%S}Z"


def refresh(
    start: dt.datetime,
    minutes: float,
    error: str = "",
    *,
    kind: str = "Scheduled",
    status: str = "",
) -> Row:
    """One refresh; with an error it failed, unless another status is given."""
    row: Row = {
        "requestId": people.guid("refresh", start, kind),
        "id": int(start.timestamp()) % 1_000_000,
        "refreshType": kind,
        "startTime": stamp(start),
        "endTime": stamp(start + minutes * MINUTE),
        "status": status or ("Failed" if error else "Completed"),
    }
    return {**row, "serviceExceptionJson": error} if error else row


def error(code: str, message: str = "") -> str:
    """An exception as it stands in the history: JSON inside a string."""
    details = (
        [{"code": "DM_ErrorDetailNameCode_UnderlyingErrorMessage", "detail": {"type": 1, "value": message}}]
        if message
        else []
    )
    inner = {"code": code, "parameters": {}, "details": details, "exceptionCulprit": 1}
    return json.dumps({"error": {"code": code, "pbi.error": inner}})


def refreshes(rows: Iterable[Row]) -> str:
    """The answer of ``/datasets/{id}/refreshes``: the newest first."""
    ordered = sorted(rows, key=lambda row: str(row["startTime"]), reverse=True)
    return json.dumps({"@odata.context": f"{_ROOT}refreshes", "value": ordered}, indent=1)


def schedule(*, enabled: bool) -> str:
    """The answer of ``/datasets/{id}/refreshSchedule``."""
    return json.dumps(
        {
            "@odata.context": f"{_ROOT}refreshSchedule",
            "days": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
            "times": ["05:00"],
            "enabled": enabled,
            "localTimeZoneId": "UTC",
            "notifyOption": "MailOnFailure",
        }
    )


def dataset(id: str, owner: str) -> str:
    """The answer of ``/datasets/{id}``."""
    return json.dumps(
        {
            "@odata.context": f"{_ROOT}datasets/$entity",
            "id": id,
            "name": "Sales",
            "configuredBy": owner,
            "isRefreshable": True,
            "isOnPremGatewayRequired": True,
            "targetStorageMode": "Abf",
        }
    )


def source(server: str, *, kind: str = "Sql", bound: bool = True) -> Row:
    """One data source of a dataset; its ids are empty where it is bound to no connection."""
    return {
        "datasourceType": kind,
        "connectionDetails": {"server": server, "database": "sales"},
        "gatewayId": GATEWAY if bound else "",
        "datasourceId": people.guid("source", server) if bound else "",
    }


def sources(rows: Sequence[Row]) -> str:
    """The answer of ``/datasets/{id}/datasources``."""
    return json.dumps({"@odata.context": f"{_ROOT}datasources", "value": list(rows)}, indent=1)


def capacities(*told: tuple[str, str, str]) -> str:
    """The answer of ``/capacities``: name, size and state of each."""
    rows = [
        {
            "id": people.guid("capacity", name),
            "displayName": name,
            "admins": ["admin@contoso.example"],
            "sku": size,
            "state": state,
            "region": "West Europe",
            "capacityUserAccessRight": "Admin",
        }
        for name, size, state in told
    ]
    return json.dumps({"@odata.context": f"{_ROOT}capacities", "value": rows}, indent=1)


def turns(*told: tuple[dt.datetime, str, str]) -> str:
    """The System log of a gateway's machine: when which service turned into which state."""
    return "\n".join(
        f"<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Service Control Manager'/><EventID Qualifiers='16384'>7036</EventID>"
        f"<Level>4</Level><Task>0</Task><Keywords>0x8080000000000000</Keywords><TimeCreated SystemTime='{at:%Y-%m-%dT%H:%M:%S}.4560000Z'/>"
        f"<EventRecordID>{number}</EventRecordID><Channel>System</Channel><Computer>gw01.contoso.example</Computer></System>"
        f"<EventData><Data Name='param1'>{service}</Data><Data Name='param2'>{state}</Data></EventData></Event>"
        for number, (at, service, state) in enumerate(told, 7_001)
    )


def banner(sentence: str, at: dt.datetime) -> str:
    """The error as the refresh history of the portal shows it."""
    return (
        f"Data source error: {sentence} Table: Sales.\n"
        "Cluster URI: WABI-NORTH-EUROPE-redirect.analysis.windows.net\n"
        f"Activity ID: {people.guid('activity', at)}\n"
        f"Request ID: {people.guid('request', at)}\n"
        f"Time: {at:%Y-%m-%d %H:%M:%S}Z\n"
    )


_ROOT = "http://wabi-north-europe-redirect.analysis.windows.net/v1.0/myorg/$metadata#"
