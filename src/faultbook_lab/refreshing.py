"""Power BI: datasets that are refreshed through a gateway, and what becomes of it."""

import datetime as dt
import json

from faultbook_lab import founding
from faultbook_lab.people import guid
from faultbook_lab.records import Row, stamp
from faultbook_lab.tenant import Refreshable
from faultbook_lab.world import World

KEPT = 60
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
            dataset.schedule["enabled"] = False


def refresh(world: World, dataset: Refreshable, at: dt.datetime, how: str) -> Row:
    """Refresh once, now; the newest row of the history says how it went."""
    gateway = world.tenant.gateways[founding.GATEWAY]
    code = GATEWAY_SILENT if not gateway.online else "" if founding.SOURCE in gateway.credentials else NO_CREDENTIAL
    took = dt.timedelta(seconds=95 if code else 240)
    row: Row = {
        "requestId": guid("refresh", dataset.id, at, how), "refreshType": how, "startTime": stamp(at), "endTime": stamp(at + took),
        "status": "Failed" if code else "Completed",
    }  # fmt: skip
    if code:
        row["serviceExceptionJson"] = json.dumps({"errorCode": code})
    with world.tenant.lock:
        dataset.refreshes.insert(0, row)
        del dataset.refreshes[KEPT:]
    return row
