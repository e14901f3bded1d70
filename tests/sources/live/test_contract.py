"""Requests and answers against the vendor's published descriptions, which lie beside a checkout and not in it."""

import json
import os
import re
from pathlib import Path

import fake_tenant as fake
import pytest

from faultbook.evidence.asks import KINDS
from faultbook.sources.live import table
from faultbook.sources.live.ask import Whom

OPENAPI = Path(os.environ.get("FAULTBOOK_OPENAPI", Path(__file__).parents[4] / "shared/openapi"))
NEED = pytest.mark.skipif(
    not OPENAPI.is_dir(), reason="the published API descriptions are not beside this checkout (FAULTBOOK_OPENAPI)"
)
FILES = {"graph": "graph.v1.json", "beta": "graph.beta.json", "powerbi": "powerbi.json"}
WHOM = Whom(
    code="120021", at=fake.ONSET, user="kim@contoso.example", domain="contoso.example", app_id="00000009-0000-0000-c000-000000000000",
    resource_id="00000003-0000-0000-c000-000000000000", correlation_id="66666666-7777-4888-9999-000000000000",
    dataset="cfafbeb1-8037-4d0c-896e-a46fb27ff229", workspace="f089354e-8366-4e18-aea3-4cb4a3a50b48", people=("bo@contoso.example",),
)  # fmt: skip
LEADS = {
    "servicePrincipals-00000009-0000-0000-c000-000000000000": {"value": [{"id": "p1"}]},
    "datasources-cfafbeb1-8037-4d0c-896e-a46fb27ff229": {"value": [{"gatewayId": "g1", "datasourceId": "d1"}]},
}


def asks():
    kinds = set(KINDS)
    return [
        *table.first(kinds, WHOM, fake.ONSET), *table.second(kinds, WHOM, fake.ONSET), *table.third(kinds, WHOM, LEADS.get),
        *table.without_person(WHOM, fake.ONSET), *table.first(kinds, Whom(request_id="11111111-2222-4333-8444-555555555555"), fake.ONSET),
    ]  # fmt: skip


def test_every_kind_that_a_cloud_holds_is_asked_for():
    """A kind with an endpoint has a request, and no request has a kind that nobody knows."""
    asked = {ask.kind for ask in asks()}
    assert asked <= set(KINDS)
    cloud = {name for name, kind in KINDS.items() if kind.endpoint.startswith("/")}
    assert cloud <= asked


def test_beta_is_asked_where_v1_does_not_answer_and_nowhere_else():
    """The agents of pass-through authentication, and sign-ins that nobody watched."""
    beta = {(ask.kind, ask.path) for ask in asks() if ask.api == "beta"}
    assert beta == {
        ("graph.authenticationAgents", "/onPremisesPublishingProfiles/authentication/agents"),
        ("signins.history", "/auditLogs/signIns"),
    }


def test_the_owner_of_a_dataset_is_looked_up_where_nobody_is_named():
    """A refresh runs in that person's name; whoever is named is asked for before."""
    found = {"dataset-d1": {"id": "d1", "configuredBy": "bo@contoso.example"}}.get
    asked = [ask.path for ask in table.third({"graph.users"}, Whom(dataset="d1"), found)]
    assert asked == ["/users/bo%40contoso.example"]
    assert table.third({"graph.users"}, Whom(dataset="d1", user="kim@contoso.example"), found) == []


def operation(document, path):
    for template, item in document["paths"].items():
        pattern = re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(template))
        if re.fullmatch(pattern, path):
            return item["get"]
    return None


@NEED
def test_every_request_is_a_published_one():
    """Path and query options are in the description of the API that is asked."""
    documents = {api: json.loads((OPENAPI / name).read_text()) for api, name in FILES.items()}
    checked = 0
    for ask in asks():
        if ask.api not in documents:
            continue
        found = operation(documents[ask.api], ask.path)
        assert found is not None, ask.path
        offered = {parameter.get("name") for parameter in resolved(documents[ask.api], found.get("parameters", []))}
        assert set(ask.params) <= offered, (ask.path, set(ask.params) - offered)
        checked += 1
    assert checked > 20


def resolved(document, parameters):
    for parameter in parameters:
        if "$ref" in parameter:
            here = document
            for part in parameter["$ref"][2:].split("/"):
                here = here[part]
            yield here
        else:
            yield parameter


@NEED
def test_the_invented_tenant_answers_as_published():
    """Each answer that these tests build on validates against the description of its operation."""
    import jsonschema

    document = json.loads((OPENAPI / FILES["graph"]).read_text())
    tenant = fake.Tenant()
    checked = 0
    for path in tenant.lists:
        _, _, body = tenant.answer("GET", f"https://graph.test/v1.0{path}?$top=1000", {})
        schema = operation(document, path)["responses"]["200"]["content"]["application/json"]["schema"]
        jsonschema.Draft202012Validator({**schema, "components": document["components"]}).validate(body)
        checked += len(body["value"])
    assert checked > 100


def test_unknown_members_nulls_and_missing_fields_break_nothing(collect):
    """Graph's enumerations grow, and its fields are often null."""
    tenant = fake.Tenant()
    for _, rows in tenant.lists.values():
        for row in rows:
            row["fieldOfTomorrow"] = {"a": [None]}
            for key in list(row):
                if key.lower().endswith(("state", "status", "type")) and isinstance(row[key], str):
                    row[key] = "unknownFutureValue"
    for row in tenant.lists["/auditLogs/signIns"][1][::3]:
        for key in ("deviceDetail", "location", "appliedConditionalAccessPolicies", "clientAppUsed", "resourceId"):
            row[key] = None
        row.pop("conditionalAccessStatus", None)
    capture, facts = collect(tenant, {*table.AT_ONCE, "signins.history", "graph.users"})
    assert facts["signins.history", "120021"].value["failed"] > 20
    assert not [record for record in capture.records.values() if record.why == "unexpected-shape"]
