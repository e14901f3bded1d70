"""The emulated cloud: asked by the product's own collector and repair, judged by the published descriptions, refused in every way it can refuse."""

import datetime as dt
import json
import os
import re
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from tests_root import ROOT, module_at

httpx2 = pytest.importorskip("httpx2", reason="the extra live is not installed")
pytest.importorskip("joserfc", reason="the extra web is not installed")
small = module_at("small_tenant", Path(__file__).with_name("small_tenant.py"))

import anyio  # noqa: E402
from msgspec import structs  # noqa: E402

from faultbook.evidence.asks import KINDS  # noqa: E402
from faultbook.sources.live.ask import Whom  # noqa: E402
from faultbook_lab import people, records  # noqa: E402
from faultbook_lab.cloud import Contract, application, missing, serve  # noqa: E402

BASE = "https://lab.test"
POWER_BI = "https://analysis.windows.net/powerbi/api"
OPENAPI = Path(os.environ.get("FAULTBOOK_OPENAPI", Path(__file__).parents[3] / "shared/openapi"))
NEED = pytest.mark.skipif(
    bool(missing(OPENAPI)), reason="the published API descriptions are not beside this checkout (FAULTBOOK_OPENAPI)"
)
WHOM = Whom(
    code=str(small.CODE), at=small.ONSET + dt.timedelta(minutes=20), user=people.KIM.upn, domain="partners.example", app_id=people.POWER_BI[1],
    dataset=small.DATASET, workspace=small.WORKSPACE,
)  # fmt: skip
CLOUD = {name for name, kind in KINDS.items() if kind.endpoint.startswith("/")} | {"federation.realm"}
DELEGATED_ONLY = {"graph.onPremisesSynchronization", "graph.authenticationAgents"}


def served(tenant, **more):
    return application(tenant, now=lambda: small.NOW, key=small.KEY, **more)


class Asking:
    """One client of one application, with tokens that it fetches like anybody else."""

    def __init__(self, tenant, *, delegated=False, now=lambda: small.NOW, **more):
        self.app = application(tenant, now=now, key=small.KEY, **more)
        self.tenant = tenant
        self.delegated = delegated
        self.tokens = {}

    def run(self, *requests):
        async def main():
            return [await self._one(*request) for request in requests]

        answers = anyio.run(main)
        return answers[0] if len(answers) == 1 else answers

    def get(self, path, **params):
        return self.run(("GET", path, params))

    async def _one(self, method, path, params=None, body=None, headers=None):
        resource = POWER_BI if path.startswith("/v1.0/myorg") else BASE
        async with self.client() as client:
            given = {"Authorization": f"Bearer {await self.token(resource)}", **(headers or {})}
            return await client.request(method, path, params=params, json=body, headers=given)

    def client(self):
        return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=self.app), base_url=BASE)

    async def token(self, resource):
        if resource not in self.tokens:
            where = f"/{self.tenant.id}/oauth2/v2.0"
            scope = {"client_id": small.READER, "scope": f"{resource}/.default"}
            async with self.client() as client:
                if self.delegated:
                    code = (await client.post(f"{where}/devicecode", data=scope)).json()["device_code"]
                    how = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": code}
                else:
                    how = {"grant_type": "client_credentials", "client_secret": small.SECRET}
                answer = await client.post(f"{where}/token", data={**scope, **how})
            self.tokens[resource] = answer.json()["access_token"]
        return self.tokens[resource]


class Ticking:
    """A clock that moves only when somebody sleeps on it."""

    def __init__(self):
        self.at = 0.0
        self.slept = []

    def clock(self):
        return self.at

    async def sleep(self, seconds):
        self.slept.append(round(seconds, 3))
        self.at += seconds

    def timing(self):
        from faultbook.sources.live.connection import Timing

        return Timing(ends=2000.0, clock=self.clock, sleep=self.sleep, now=lambda: small.NOW, jitter=lambda: 0.0)


class Held:
    """The product's tokens, fetched from the emulated cloud."""

    def __init__(self, asking, secrets):
        self._asking = asking
        self._secrets = secrets
        self.delegated = asking.delegated

    async def get(self, scope):
        token = await self._asking.token(scope.removesuffix("/.default"))
        self._secrets.learn(token)
        return token


def collected(tmp_path, asking, kinds=CLOUD, whom=WHOM, ticking=None):
    """Everything that the product's collector gets: records by name, and the settled facts by kind."""
    from faultbook.sources.evidence import gather
    from faultbook.sources.live.capture import Capture, facts_of
    from faultbook.sources.live.clouds import CLOUDS
    from faultbook.sources.live.collecting import Collection, Sources
    from faultbook.sources.live.secrets import Secrets
    from faultbook.sources.live.tokens import SignIn

    cloud = structs.replace(CLOUDS["public"], graph=BASE, powerbi=BASE, authority=BASE)
    secrets = Secrets({})
    capture = Capture(tmp_path / "collection", "key", small.NOW)
    ticking = ticking or Ticking()

    async def main():
        collection = Collection(
            Sources(sign_in=SignIn(cloud=cloud), public=True, authority=BASE), set(kinds), capture, secrets=secrets, timing=ticking.timing(),
            transport=httpx2.ASGITransport(app=asking.app), tokens=Held(asking, secrets),
        )  # fmt: skip
        await collection.run(whom, lambda: whom)

    anyio.run(main)
    with gather([capture.answers]) as gathered:
        facts = facts_of(gathered, capture, gathered.facts_for(whom.code))
    return capture, {fact.kind: fact for fact in facts}


@NEED
def test_the_collector_gets_everything(tmp_path):
    """With all grants, as a person: every kind has a value, and neither a request nor an answer violates what is published."""
    contract = Contract(OPENAPI, strict=True)
    capture, facts = collected(tmp_path, Asking(small.tenant(), delegated=True, contract=contract))
    assert contract.violations == []
    assert contract.judged > 20
    assert {name: record.sentence for name, record in capture.records.items() if record.why} == {}
    assert {kind for kind in CLOUD if kind not in facts or facts[kind].why_unknown} == set()
    assert facts["signins.history"].value["failed"] == 12
    assert facts["powerbi.gatewayStatus"].value["ok"] is True
    assert facts["graph.oauth2PermissionGrants"].value[0]["scope"] == "User.Read"


def needs(kind):
    """Every grant that opens the kind: as long as one of them is left, it is open."""
    from faultbook_lab.cloud import grants

    opened = {
        "signins.history": grants.SIGNINS, "graph.directoryAudits": grants.AUDITS, "graph.serviceHealthIssues": grants.HEALTH,
        "graph.organization": grants.ORGANIZATION, "graph.domains": grants.DOMAINS, "graph.federationConfiguration": grants.FEDERATION,
        "graph.conditionalAccessPolicies": grants.CONDITIONAL_ACCESS, "graph.applications": grants.APPLICATIONS,
        "graph.servicePrincipals": grants.APPLICATIONS, "graph.users": grants.USERS, "graph.userRegistrationDetails": grants.REGISTRATIONS,
        "powerbi.refreshes": grants.DATASETS, "powerbi.refreshSchedule": grants.DATASETS,
    }  # fmt: skip
    return opened[kind].either


@pytest.mark.parametrize("kind", sorted(CLOUD - DELEGATED_ONLY - {"federation.realm", "graph.oauth2PermissionGrants", "powerbi.gatewayStatus"}))  # fmt: skip
def test_each_missing_grant_is_told(tmp_path, kind):
    """Without any grant that opens it the answer is *not-permitted*, and the least one that the product names is among them."""
    assert KINDS[kind].permission in needs(kind)
    tenant = small.tenant()
    tenant.clients[small.READER].roles -= set(needs(kind))
    _, facts = collected(tmp_path, Asking(tenant), {kind})
    assert facts[kind].why_unknown == "not-permitted"


@pytest.mark.parametrize(
    ("kind", "left"),
    [("graph.oauth2PermissionGrants", "Application.Read.All"), ("powerbi.gatewayStatus", "Dataset.Read.All")],
)
def test_what_leads_there_is_not_enough(tmp_path, kind, left):
    """What is found by way of another list needs a grant of its own."""
    tenant = small.tenant()
    tenant.clients[small.READER].roles = {left}
    _, facts = collected(tmp_path, Asking(tenant), {kind})
    assert facts[kind].why_unknown == "not-permitted"


@pytest.mark.parametrize("kind", sorted(CLOUD - DELEGATED_ONLY - {"federation.realm"}))
def test_the_least_grant_alone_is_enough(tmp_path, kind):
    """What the product names as the permission of a kind opens it without any other."""
    tenant = small.tenant()
    beside = {"Application.Read.All"} if kind == "graph.oauth2PermissionGrants" else set()
    tenant.clients[small.READER].roles = {KINDS[kind].permission, *beside}
    _, facts = collected(tmp_path, Asking(tenant), {kind})
    assert facts[kind].why_unknown is None


@pytest.mark.parametrize("kind", sorted(DELEGATED_ONLY))
def test_what_only_a_person_may_read(tmp_path, kind):
    """An application is refused even with the grant's name among its roles."""
    tenant = small.tenant()
    tenant.clients[small.READER].roles.add(KINDS[kind].permission)
    _, facts = collected(tmp_path, Asking(tenant), {kind})
    assert facts[kind].why_unknown == "delegated-only"


def test_without_a_licence_there_are_no_signins_and_a_week_of_audits(tmp_path):
    """As Graph treats a tenant without P1."""
    asking = Asking(small.tenant(licences=set(), page=1000))
    _, facts = collected(tmp_path, asking, {"signins.history", "graph.userRegistrationDetails"})
    assert {facts[kind].why_unknown for kind in facts} == {"not-licensed"}
    rows = asking.get("/v1.0/auditLogs/directoryAudits").json()["value"]
    assert rows[-1]["activityDateTime"] == records.stamp(small.NOW - dt.timedelta(days=7))
    licensed = Asking(small.tenant(page=1000)).get("/v1.0/auditLogs/directoryAudits").json()["value"]
    assert licensed[-1]["activityDateTime"] == records.stamp(small.NOW - dt.timedelta(days=30))


def test_throttling_is_waited_out(tmp_path):
    """By turns in seconds, as a date, and without a word: the product waits each time, and gets everything."""
    ticking = Ticking()
    asking = Asking(small.tenant(throttled=True, retry_after=7), delegated=True)
    capture, facts = collected(tmp_path, asking, {"graph.domains", "graph.organization"}, ticking=ticking)
    assert {fact.why_unknown for fact in facts.values()} == {None}
    assert sorted(ticking.slept) == [2.0, 2.0, 7.0, 7.0, 7.0, 7.0]
    assert not [record for record in capture.records.values() if record.why]


def test_the_three_forms_of_a_429():
    """Each with the body that Graph has for it; the fourth request is answered."""
    answers = Asking(small.tenant(throttled=True, retry_after=5)).run(*[("GET", "/v1.0/domains")] * 5)
    assert [answer.status_code for answer in answers] == [429, 429, 429, 200, 429]
    waits = [answer.headers.get("retry-after") for answer in answers[:3]]
    assert waits == ["5", "Mon, 02 Mar 2026 12:00:05 GMT", None]
    assert answers[0].json()["error"]["code"] == "TooManyRequests"


def test_throttled_beyond_the_time_allowed(tmp_path):
    """Who is told to wait longer than there is time gives up and says why."""
    _, facts = collected(tmp_path, Asking(small.tenant(throttled=True, retry_after=100_000)), {"graph.domains"})
    assert facts["graph.domains"].why_unknown == "throttled"


def test_pages_are_complete_and_in_order():
    """A page after another, newest first, gives each row once, even if new ones appear between two pages."""
    tenant = small.tenant(page=7)
    asking = Asking(tenant)
    path, seen, first = "/v1.0/auditLogs/directoryAudits?$top=50", [], True
    while path:
        document = asking.run(("GET", path)).json()
        seen += document["value"]
        assert len(document["value"]) <= 7
        path = document.get("@odata.nextLink", "").removeprefix(BASE)
        if first:
            at = small.NOW - dt.timedelta(minutes=1)
            tenant.audits.append(records.audit(at, "Add user", "Core Directory", "UserManagement", target="late"))
            tenant.conditions.log_delay = dt.timedelta(0)
            first = False
    times = [row["activityDateTime"] for row in seen]
    assert times == sorted(times, reverse=True)
    assert len({row["id"] for row in seen}) == len(seen) == 121 - 1


def test_a_log_is_late():
    """What happened within the delay is not there yet, and is there when it is over."""
    tenant = small.tenant(log_delay=dt.timedelta(minutes=90))
    row = {**records.signin(people.KIM, small.NOW - dt.timedelta(hours=1), small.CODE, key="late"), "signInEventTypes": ["interactiveUser"]}  # fmt: skip
    tenant.signins.append(row)
    asking = Asking(tenant)
    wanted = {"$filter": f"correlationId eq '{row['correlationId']}'"}
    assert asking.run(("GET", "/v1.0/auditLogs/signIns", wanted)).json()["value"] == []
    assert asking.get(f"/v1.0/auditLogs/signIns/{row['id']}").status_code == 404
    tenant.conditions.log_delay = dt.timedelta(minutes=59)
    assert [found["id"] for found in asking.run(("GET", "/v1.0/auditLogs/signIns", wanted)).json()["value"]] == [row["id"]]  # fmt: skip
    assert asking.get(f"/v1.0/auditLogs/signIns/{row['id']}").json()["id"] == row["id"]


def test_v1_lists_people_and_beta_what_is_asked_for():
    """v1.0 knows no kinds of sign-in; beta lists people, unless the filter says otherwise."""
    asking = Asking(small.tenant(page=1000, log_delay=dt.timedelta(0)))
    rows = asking.get("/v1.0/auditLogs/signIns").json()["value"]
    assert len(rows) == 84
    assert not any("signInEventTypes" in row for row in rows)
    beta = asking.get("/beta/auditLogs/signIns").json()["value"]
    assert {tuple(row["signInEventTypes"]) for row in beta} == {("interactiveUser",)}
    wanted = {
        "$filter": "signInEventTypes/any(t: t eq 'nonInteractiveUser' or t eq 'servicePrincipal') and createdDateTime ge 2026-03-02T00:00:00Z"
    }
    silent = asking.run(("GET", "/beta/auditLogs/signIns", wanted)).json()["value"]
    assert len(silent) == 72
    assert asking.run(("GET", "/v1.0/auditLogs/signIns", wanted)).status_code == 400


def test_policies_of_a_signin_are_hidden_from_who_may_not_read_policies():
    """The list is there, and empty."""
    tenant = small.tenant()
    assert Asking(tenant).get("/v1.0/auditLogs/signIns").json()["value"][0]["appliedConditionalAccessPolicies"]
    tenant.clients[small.READER].roles.discard("Policy.Read.All")
    assert not Asking(tenant).get("/v1.0/auditLogs/signIns").json()["value"][0]["appliedConditionalAccessPolicies"]


@pytest.mark.parametrize(
    ("path", "params", "code"),
    [
        ("/v1.0/auditLogs/signIns", {"$filter": "createdDateTime ge '2026-03-02T00:00:00Z'"}, "BadRequest"),
        ("/v1.0/auditLogs/signIns", {"$filter": "createdDateTime ge 2026-03-02T00:00:00Z or appId eq 'x'"}, "BadRequest"),
        ("/v1.0/auditLogs/signIns", {"$filter": "status/errorCode ge 1"}, "BadRequest"),
        ("/v1.0/auditLogs/signIns", {"$filter": "isInteractive eq true"}, "BadRequest"),
        ("/v1.0/auditLogs/signIns", {"$filter": ""}, "BadRequest"),
        ("/v1.0/auditLogs/signIns", {"$skip": "3"}, "BadRequest"),
        ("/v1.0/auditLogs/signIns", {"$top": "-1"}, "BadRequest"),
        ("/v1.0/auditLogs/signIns", {"$skiptoken": "nonsense"}, "BadRequest"),
        ("/v1.0/auditLogs/signIns", {"$orderby": "appId"}, "BadRequest"),
        ("/v1.0/applications", {"$filter": "appId ne 'x'"}, "Request_BadRequest"),
        ("/v1.0/applications", {"$top": "1000"}, "Request_BadRequest"),
        ("/v1.0/domains", {"$expand": "everything"}, "Request_BadRequest"),
        ("/v1.0/domains", {"$nothing": "1"}, "Request_BadRequest"),
        ("/v1.0/nowhere", {}, "BadRequest"),
    ],
)  # fmt: skip
def test_what_graph_does_not_understand(path, params, code):
    """400 with the body of the service that was asked."""
    answer = Asking(small.tenant()).run(("GET", path, params))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("userPrincipalName eq 'KIM@contoso.example'", 7),
        ("startswith(userPrincipalName,'ki') and status/errorCode eq 0", 6),
        ("createdDateTime ge 2026-03-02T08:00:00Z and createdDateTime lt 2026-03-02T09:00:00Z", 3),
        ("status/errorCode eq 120021", 12),
        ("appDisplayName eq 'O''Neill'", 0),
    ],
)
def test_what_graph_does_understand(text, rows):
    """Equality, order, beginnings, joined by *and*."""
    asking = Asking(small.tenant(page=1000, log_delay=dt.timedelta(0)))
    assert len(asking.run(("GET", "/v1.0/auditLogs/signIns", {"$filter": text})).json()["value"]) == rows


def test_selection_and_order():
    """Only the properties named, and the oldest first if asked."""
    wanted = {"$select": "id,createdDateTime", "$orderby": "createdDateTime asc", "$top": "3", "$count": "true"}
    document = Asking(small.tenant()).run(("GET", "/v1.0/auditLogs/signIns", wanted)).json()
    assert {tuple(row) for row in document["value"]} == {("id", "createdDateTime")}
    assert document["value"][0]["createdDateTime"] == records.stamp(small.NOW - dt.timedelta(hours=28))
    assert document["@odata.count"] == 84
    assert document["@odata.context"].endswith("#auditLogs/signIns(id,createdDateTime)")


def signed_in(tenant, where=people.TENANT, **form):
    async def main():
        async with Asking(tenant).client() as client:
            given = {
                "grant_type": "client_credentials", "client_id": small.READER, "client_secret": small.SECRET, "scope": f"{BASE}/.default", **form,
            }  # fmt: skip
            return await client.post(f"/{where}/oauth2/v2.0/token", data=given)

    return anyio.run(main)


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({"client_secret": "wrong"}, 401, 7000215),
        ({"client_secret": "old"}, 401, 7000222),
        ({"client_secret": ""}, 401, 7000218),
        ({"client_id": "11111111-2222-4333-8444-555555555555"}, 400, 700016),
        ({"client_id": ""}, 400, 900144),
        ({"scope": "https://elsewhere.example/.default"}, 400, 500011),
        ({"scope": "User.Read"}, 400, 1002012),
        ({"grant_type": "password"}, 400, 70003),
        ({"where": "nobody.example"}, 400, 90002),
    ],
)
def test_who_gets_no_token(form, status, code):
    """With the body that Entra prints, which the product can read."""
    answer = signed_in(small.tenant(), **form)
    body = answer.json()
    assert (answer.status_code, body["error_codes"]) == (status, [code])
    assert body["error_description"].startswith(f"AADSTS{code}: ")
    assert re.search(r"Trace ID: [0-9a-f-]{36} Correlation ID: [0-9a-f-]{36} Timestamp: 2026-03-02 12:00:00Z$", body["error_description"])  # fmt: skip


def test_a_secret_runs_out():
    """The same secret is refused from its last moment on."""
    tenant = small.tenant()
    assert signed_in(tenant).status_code == 200
    tenant.clients[small.READER].secrets[small.SECRET] = small.NOW
    assert signed_in(tenant).json()["error_codes"] == [7000222]


def test_tokens_are_for_one_resource_and_one_hour():
    """Another audience, another signer and a later hour are 401, as each API prints it."""
    clock = [small.NOW]
    asking = Asking(small.tenant(), now=lambda: clock[0])
    graph, power_bi = anyio.run(asking.token, BASE), anyio.run(asking.token, POWER_BI)
    forged = anyio.run(Asking(small.tenant()).token, BASE)[:-4] + "AAAA"
    for token, said in ((power_bi, "audience"), (forged, "signature"), ("", "empty")):
        answer = asking.run(("GET", "/v1.0/domains", None, None, {"Authorization": f"Bearer {token}"}))
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
        assert said in answer.json()["error"]["message"]
        assert answer.headers["www-authenticate"].startswith("Bearer ")
    answer = asking.run(("GET", "/v1.0/myorg/groups", None, None, {"Authorization": f"Bearer {graph}"}))
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "PowerBINotAuthorizedException")
    clock[0] += dt.timedelta(hours=1)
    assert "expired" in asking.get("/v1.0/domains").json()["error"]["message"]
    late = asking.get("/v1.0/myorg/groups")
    assert (late.status_code, late.json()["error"]["code"]) == (403, "TokenExpired")


def test_ids_and_clock_are_in_the_headers():
    """The id of the request is the one in the body; the date is the cloud's, however wrong."""
    asking = Asking(small.tenant(skew=dt.timedelta(minutes=9)))
    answer = asking.run(("GET", "/v1.0/users/nobody@contoso.example", None, None, {"client-request-id": "mine"}))
    inner = answer.json()["error"]["innerError"]
    assert answer.status_code == 404
    assert answer.headers["date"] == "Mon, 02 Mar 2026 12:09:00 GMT"
    assert (answer.headers["request-id"], answer.headers["client-request-id"]) == (inner["request-id"], "mine")
    assert inner["date"] == "2026-03-02T12:09:00"
    assert asking.get("/v1.0/myorg/groups").headers["requestid"]


def test_realms_and_discovery():
    """Where a domain signs in, and the configuration by tenant and by domain."""
    asking = Asking(small.tenant())
    realm = asking.get("/common/userrealm/x@partners.example", **{"api-version": "1.0"}).json()
    assert (realm["account_type"], realm["federation_protocol"]) == ("Federated", "WSTrust")
    assert asking.get("/common/userrealm/x@nowhere.example").json()["account_type"] == "Unknown"
    for name in (people.TENANT, "contoso.example"):
        found = asking.get(f"/{name}/v2.0/.well-known/openid-configuration").json()
        assert found["token_endpoint"] == f"{BASE}/{people.TENANT}/oauth2/v2.0/token"
    assert asking.get("/nowhere.example/v2.0/.well-known/openid-configuration").status_code == 400


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
        ticking = Ticking()
        http = client(transport=httpx2.ASGITransport(app=asking.app))
        connection = Connection(
            http, f"{BASE}/v1.0/myorg", timing=ticking.timing(), limits=Limits(ticking.clock, ticking.sleep), secrets=Secrets({}),
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


def filled(path):
    """A path of the descriptions with ids of the small tenant."""
    values = {
        "serviceHealth-id": "PowerBI", "serviceHealthIssue-id": "MO1", "serviceUpdateMessage-id": "MC1", "domain-id": "partners.example",
        "internalDomainFederation-id": small.guid("federation"), "organization-id": people.TENANT, "onPremisesDirectorySynchronization-id": people.TENANT,
        "application-id": small.guid("application"), "appId": people.POWER_BI[1], "servicePrincipal-id": small.guid("principal"),
        "userRegistrationDetails-id": people.KIM.id, "user-id": people.KIM.upn, "conditionalAccessPolicy-id": small.guid("policy", "MFA"),
        "directoryAudit-id": small.tenant().audits[-8]["id"], "signIn-id": small.tenant().signins[-9]["id"],
        "onPremisesPublishingProfile-id": "authentication",
        "groupId": small.WORKSPACE, "datasetId": small.DATASET, "refreshId": small.REFRESH, "gatewayId": small.GATEWAY, "datasourceId": small.SOURCE,
    }  # fmt: skip
    return re.sub(r"\{([^}]*)\}", lambda match: values.get(match[1], "missing"), path)


NOT_SERVED = {
    "/beta": {"/policies/authorizationPolicy", "/reports/userCredentialUsageDetails", "/reports/credentialUserRegistrationDetails"},
    "/v1.0": set(),
    "/v1.0/myorg": {
        "/groups/{groupId}/users", "/groups/{groupId}/datasets/{datasetId}/Default.DiscoverGateways", "/groups/{groupId}/datasets/{datasetId}/parameters",
        "/groups/{groupId}/dataflows", "/groups/{groupId}/dataflows/{dataflowId}/transactions", "/groups/{groupId}/dataflows/{dataflowId}/datasources",
        "/groups/{groupId}/reports", "/gateways/{gatewayId}/datasources/{datasourceId}/users", "/capacities", "/capacities/refreshables",
        "/capacities/{capacityId}/Workloads", "/admin/activityevents", "/admin/groups", "/admin/groups/{groupId}", "/admin/groups/{groupId}/datasets",
        "/admin/datasets", "/admin/datasets/{datasetId}/datasources", "/admin/capacities", "/admin/capacities/refreshables",
    },
}  # fmt: skip
"""Of the published operations: what the product does not ask."""


@NEED
@pytest.mark.parametrize(("base", "name"), [("/v1.0", "graph.v1.json"), ("/beta", "graph.beta.json"), ("/v1.0/myorg", "powerbi.json")])  # fmt: skip
def test_every_published_path_is_answered_as_published(base, name):
    """Each operation with ids of the tenant answers 200 and validates; what is not served is refused in the API's own words."""
    contract = Contract(OPENAPI, strict=True)
    asking = Asking(small.tenant(log_delay=dt.timedelta(0)), delegated=True, contract=contract)
    paths = json.loads((OPENAPI / name).read_text())["paths"]
    answers = asking.run(*[("GET", base + filled(path)) for path in paths])
    refused = {path for path, answer in zip(paths, answers, strict=True) if answer.status_code != 200}
    assert refused == NOT_SERVED[base]
    assert [str(one) for one in contract.violations if "missing" not in one.path] == []


@NEED
def test_a_wrong_answer_is_named():
    """A row of a wrong type: kept as a violation, and with ``strict`` answered with 500 that names the place."""
    tenant = small.tenant()
    tenant.domains[0]["isVerified"] = "yes"
    lenient = Contract(OPENAPI)
    assert Asking(tenant, contract=lenient).get("/v1.0/domains").status_code == 200
    assert "isVerified" in str(lenient.violations[0])
    answer = Asking(tenant, contract=Contract(OPENAPI, strict=True)).get("/v1.0/domains")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "ContractViolation")
    assert "value/0/isVerified" in answer.json()["error"]["message"]


@NEED
@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("GET", "/v1.0/users?$top=1", "no published operation"),
        ("GET", "/v1.0/domains?$format=json", "$format is not offered"),
        ("GET", "/v1.0/domains?$top=many", "$top"),
        ("GET", "/v1.0/myorg/groups/mine/datasets", "groupId"),
        ("DELETE", "/v1.0/domains", "no published operation"),
    ],
)
def test_a_wrong_request_is_named(method, path, said):
    """Unknown paths, methods and options, values of a wrong type."""
    contract = Contract(OPENAPI, strict=True)
    answer = Asking(small.tenant(), contract=contract).run((method, path))
    assert answer.status_code == 500
    assert said in answer.json()["error"]["message"]
    assert contract.violations[0].what == "request"


@NEED
def test_the_contract_stands_before_any_application():
    """A status, a media type and a body that nobody described."""
    from starlette.responses import PlainTextResponse

    contract = Contract(OPENAPI)
    for status in (200, 302):
        app = contract.wrap(PlainTextResponse("hello", status))

        async def main(app=app):
            async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=BASE) as client:
                return await client.get("/v1.0/domains")

        assert anyio.run(main).text == "hello"
    assert [one.said for one in contract.violations] == ["the media type text/plain is not described", "the status 302 is not described"]  # fmt: skip


def test_without_the_descriptions_it_says_so(tmp_path, monkeypatch):
    """And serves all the same."""
    monkeypatch.delenv("FAULTBOOK_OPENAPI", raising=False)
    assert "FAULTBOOK_OPENAPI" in missing()
    assert "FAULTBOOK_OPENAPI" in missing(tmp_path)
    assert Contract.found(tmp_path) is None
    assert Asking(small.tenant(), contract=Contract.found(tmp_path)).get("/v1.0/domains").status_code == 200


@pytest.fixture
def https(tmp_path):
    """The cloud over TLS with a certificate of its own root; yields (address, root)."""
    fake = module_at("fake_tenant", ROOT / "tests/sources/live/fake_tenant.py")
    leaf, root = fake.certificate(tmp_path)
    tenant = small.tenant()
    tenant.clients[small.READER].secrets[small.SECRET] = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    app = application(tenant, now=lambda: dt.datetime.now(dt.UTC), key=small.KEY)
    serving = serve(app, 0, (leaf, None))
    port = serving.port
    try:
        yield serving, root
    finally:
        serving.stop()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), 2)


def test_azure_identity_signs_in_over_tls(https):
    """The vendor's own library gets its tokens by secret and by device code, and Graph takes them."""
    identity = pytest.importorskip("azure.identity", reason="the extra live is not installed")
    serving, root = https
    common = {"authority": serving.url, "disable_instance_discovery": True, "connection_verify": str(root)}
    shown = []
    secret = identity.ClientSecretCredential(people.TENANT, small.READER, small.SECRET, **common)
    person = identity.DeviceCodeCredential(
        small.READER, tenant_id=people.TENANT, prompt_callback=lambda *told: shown.append(told), **common
    )
    for credential, status in ((secret, 403), (person, 200)):
        token = credential.get_token(f"{serving.url}/.default").token
        answer = httpx2.get(
            f"{serving.url}/v1.0/directory/onPremisesSynchronization", headers={"Authorization": f"Bearer {token}"},
            verify=ssl.create_default_context(cafile=root),
        )  # fmt: skip
        assert answer.status_code == status
        assert credential.get_token(f"{POWER_BI}/.default").token != token
    assert len(shown) == 1


@NEED
@pytest.mark.slow
@pytest.mark.parametrize(("base", "name"), [("/v1.0", "graph.v1.json"), ("/beta", "graph.beta.json"), ("/v1.0/myorg", "powerbi.json")])  # fmt: skip
def test_what_a_fuzzer_sends_is_answered_as_published(tmp_path, https, base, name):
    """schemathesis, an outside judge, finds no answer that the descriptions do not hold; nothing makes the cloud fail."""
    serving, root = https
    form = {"grant_type": "client_credentials", "client_id": small.READER, "client_secret": small.SECRET}
    scope = f"{POWER_BI if name == 'powerbi.json' else serving.url}/.default"
    answer = httpx2.post(
        f"{serving.url}/{people.TENANT}/oauth2/v2.0/token", data={**form, "scope": scope}, verify=ssl.create_default_context(cafile=root)
    )  # fmt: skip
    done = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "run", str(OPENAPI / name), "--url", f"{serving.url}{base}", "--tls-verify", str(root),
            "-H", f"Authorization: Bearer {answer.json()['access_token']}", "--max-examples", "4", "--seed", "1", "--phases", "examples,coverage,fuzzing",
            "--checks", "not_a_server_error,status_code_conformance,response_headers_conformance,response_schema_conformance",
        ],
        check=False, capture_output=True, text=True, timeout=1200, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(re.search(r"(\d+) generated", done.stdout)[1]) > 200
