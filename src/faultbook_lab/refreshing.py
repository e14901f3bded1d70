"""Power BI: datasets that are refreshed through a gateway, and what becomes of it."""

import datetime as dt
import json

from faultbook_lab import founding
from faultbook_lab.people import guid
from faultbook_lab.records import Row, stamp
from faultbook_lab.tenant import Refreshable
from faultbook_lab.world import World

KEPT = 60
_TAKES = dt.timedelta(minutes=4)
_FAILS_AFTER = dt.timedelta(seconds=95)
IN_A_ROW = 4
"""After as many failures the service switches a schedule off."""
GATEWAY_SILENT = "DM_GWPipeline_Client_GatewayUnreachable"
NO_CREDENTIAL = "ModelRefreshFailed_CredentialsNotSpecified"


def scheduled(world: World, dataset: Refreshable, at: dt.datetime) -> None:
    """Refresh by the schedule, if that is on; a row of failures switches it off."""
    if not dataset.schedule["enabled"]:
        return
    refresh(world, dataset, at, "Scheduled")
    with world.tenant.lock:
        last = dataset.refreshes[:IN_A_ROW]
        if len(last) == IN_A_ROW and all(row["status"] == "Failed" for row in last):
            dataset.schedule["enabled"], dataset.given_up = False, at


def refresh(world: World, dataset: Refreshable, at: dt.datetime, how: str) -> None:
    """Refresh once, now; the newest row of the history says how it went."""
    row: Row = {
        "requestId": guid("refresh", dataset.id, at, how),
        "refreshType": how,
        "startTime": stamp(at),
        "status": "Unknown",
    }
    end(world, row, at)
    with world.tenant.lock:
        dataset.refreshes.insert(0, row)
        del dataset.refreshes[KEPT:]


def end(world: World, row: Row, started: dt.datetime) -> None:
    """Write into a refresh how it ended, by the state of the gateway and the credential that the data source holds there."""
    gateway = world.tenant.gateways[founding.GATEWAY]
    code = GATEWAY_SILENT if not gateway.online else "" if founding.SOURCE in gateway.credentials else NO_CREDENTIAL
    row |= {"status": "Failed" if code else "Completed", "endTime": stamp(started + (_FAILS_AFTER if code else _TAKES))}
    if code:
        row["serviceExceptionJson"] = json.dumps({"errorCode": code})
