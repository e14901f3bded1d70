"""Lists of the emulated Graph: paging, logs that are late, filters, and who gets a token for them."""

import base64
import datetime as dt
import re

import pytest

pytest.importorskip("httpx2", reason="the extra live is not installed")
pytest.importorskip("joserfc", reason="the extra web is not installed")

import anyio
import small_tenant as small
from asking_cloud import BASE, POWER_BI, Asking

from faultbook_lab import people, records


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
        *[
            ("/v1.0/auditLogs/signIns", {"$skiptoken": base64.urlsafe_b64encode(held).decode()}, "BadRequest")
            for held in (b"[-1,null]", b"[Infinity,null]", b'[0,"2026-03-02T08:00:00"]', b"7", b"[" * 20_000)
        ],
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
    for token, said in ((power_bi, "audience"), (forged, "signature"), ("", "empty"), ("a.b", "signature"), ("e30.e30.", "signature")):  # fmt: skip
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
