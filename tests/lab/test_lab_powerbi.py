"""The emulated Power BI, changed through the product's own repair, and how it refuses."""

import datetime as dt

import pytest

pytest.importorskip("httpx2", reason="the extra live is not installed")
pytest.importorskip("joserfc", reason="the extra web is not installed")

import anyio
import httpx2
import small_tenant as small
from asking_cloud import BASE, POWER_BI, Asking, Ticking, collected

from faultbook_lab import records

BASES = f"/v1.0/myorg/groups/{small.WORKSPACE}/datasets/{small.DATASET}"


def repairing(asking, what):
    """The product's repair of a dataset, over the emulated API."""
    from faultbook.repairs.refresh import Refreshes
    from faultbook.sources.live.connection import Connection, client
    from faultbook.sources.live.limits import Limits
    from faultbook.sources.live.secrets import Secrets

    class NoJournal:
        def lines(self):
            return []

    async def main():
        ticking = Ticking(small.NOW)
        http = client(transport=httpx2.ASGITransport(app=asking.app))
        connection = Connection(
            http, f"{BASE}/v1.0/myorg", timing=ticking.timing(2000.0), limits=Limits(ticking.clock, ticking.sleep), secrets=Secrets({}),
            token=lambda: asking.token(POWER_BI),
        )  # fmt: skip
        try:
            return await what(Refreshes(connection, small.WORKSPACE, small.DATASET, NoJournal()))
        finally:
            await http.aclose()

    return anyio.run(main)


def test_the_repair_switches_the_schedule_on_and_refreshes():
    """Planned from what the API says, applied through it, and undone; how the refresh ends is the lab's to decide."""
    tenant = small.tenant()
    dataset = tenant.datasets[small.DATASET]
    dataset.schedule["enabled"] = False
    asked = []

    def fails(which, row):
        asked.append(which.id)
        row.update(status="Failed", endTime=records.stamp(small.NOW), serviceExceptionJson='{"errorCode":"X"}')

    async def walk(refreshes):
        schedule, refresh = await refreshes.plan("", small.NOW, fixed=False)
        assert await refreshes.state(schedule) == "open"
        await refreshes.apply(schedule)
        assert await refreshes.state(schedule) == "applied"
        await refreshes.apply(refresh)
        ended = await refreshes.outcome(small.NOW - dt.timedelta(minutes=1), 1.0)
        await refreshes.undo(schedule)
        return ended

    assert repairing(Asking(tenant, on_refresh=fails), walk) == "Failed"
    assert asked == [small.DATASET]
    assert [row["refreshType"] for row in dataset.refreshes] == ["ViaApi", "Scheduled"]
    assert dataset.schedule["enabled"] is False


def test_a_refresh_that_runs():
    """Is shown as running, with 202 in detail, and no second one begins; sixty are kept."""
    tenant = small.tenant()
    tenant.datasets[small.DATASET].refreshes *= 60
    asking = Asking(tenant, on_refresh=lambda dataset, row: None)
    first = asking.run(("POST", f"{BASES}/refreshes", None, {"notifyOption": "NoNotification"}))
    assert first.status_code == 202
    detail = asking.run(("GET", first.headers["location"].removeprefix(BASE)))
    assert (detail.status_code, detail.json()["extendedStatus"]) == (202, "InProgress")
    assert asking.run(("POST", f"{BASES}/refreshes", None, {})).status_code == 400
    rows = asking.get(f"{BASES}/refreshes").json()["value"]
    assert (len(rows), rows[0]["status"], "endTime" in rows[0]) == (60, "Unknown", False)
    assert len(asking.get(f"{BASES}/refreshes", **{"$top": "2"}).json()["value"]) == 2


def test_a_gateway_that_is_off_or_has_no_credential(tmp_path):
    """400 with the code that the product reads as the state of the data source."""
    tenant = small.tenant()
    tenant.gateways[small.GATEWAY].online = False
    _, facts = collected(tmp_path, Asking(tenant), {"powerbi.gatewayStatus"})
    assert facts["powerbi.gatewayStatus"].value["code"] == "DM_GWPipeline_Client_GatewayUnreachable"
    tenant.gateways[small.GATEWAY].online = True
    tenant.gateways[small.GATEWAY].credentials.clear()
    where = f"/v1.0/myorg/gateways/{small.GATEWAY}/datasources/{small.SOURCE}/status"
    assert Asking(tenant).get(where).json()["error"]["code"] == "DM_GWPipeline_Gateway_InvalidConnectionCredentials"


def test_how_power_bi_refuses():
    """By grant, by place, by name, by rate and by body."""
    tenant = small.tenant()
    asking = Asking(tenant)
    own = asking.get(f"/v1.0/myorg/datasets/{small.DATASET}/refreshes")
    assert (own.status_code, own.json()["Message"]) == (403, "API is not accessible for application")
    person = Asking(tenant, delegated=True)
    assert person.get(f"/v1.0/myorg/datasets/{small.DATASET}/refreshes").status_code == 200
    lost = asking.get(f"/v1.0/myorg/groups/{small.WORKSPACE}/datasets/{small.GATEWAY}")
    assert (lost.status_code, lost.json()["error"]["code"]) == (404, "PowerBIEntityNotFound")
    for body in ({"value": {"enabled": "yes"}}, {"enabled": True}, {"value": {"days": ["Someday"]}}, [1]):
        assert asking.run(("PATCH", f"{BASES}/refreshSchedule", None, body)).status_code == 400
    tenant.conditions.powerbi_throttled = True
    busy = asking.get("/v1.0/myorg/groups")
    assert (busy.status_code, busy.headers["retry-after"]) == (429, "1")
    tenant.conditions.powerbi_throttled = False
    tenant.clients[small.READER].roles = {"Dataset.Read.All"}
    reading = Asking(tenant)
    assert reading.get(f"{BASES}/refreshes").status_code == 200
    denied = reading.run(("POST", f"{BASES}/refreshes", None, {}))
    assert (denied.status_code, denied.json()["error"]["code"]) == (401, "PowerBINotAuthorizedException")
