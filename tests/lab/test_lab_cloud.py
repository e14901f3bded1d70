"""The emulated cloud as the product's own collector sees it: everything, and each way in which it can be refused or has to wait."""

import datetime as dt

import pytest

pytest.importorskip("httpx2", reason="the extra live is not installed")
pytest.importorskip("joserfc", reason="the extra web is not installed")

import small_tenant as small
from asking_cloud import CLOUD, DELEGATED_ONLY, NEED, OPENAPI, Asking, Ticking, collected

from faultbook.evidence.asks import KINDS
from faultbook_lab import records
from faultbook_lab.cloud import Contract


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
        "graph.conditionalAccessPolicies": grants.CONDITIONAL_ACCESS, "graph.authorizationPolicy": grants.AUTHORIZATION, "graph.applications": grants.APPLICATIONS,
        "graph.servicePrincipals": grants.APPLICATIONS, "graph.users": grants.USERS, "graph.userRegistrationDetails": grants.REGISTRATIONS,
        "powerbi.refreshes": grants.DATASETS, "powerbi.refreshSchedule": grants.DATASETS, "powerbi.dataset": grants.DATASETS,
        "powerbi.datasources": grants.DATASETS, "powerbi.gateways": grants.DATASETS, "powerbi.capacities": grants.CAPACITIES, "powerbi.workspace": grants.WORKSPACES,
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
    ticking = Ticking(small.NOW)
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
