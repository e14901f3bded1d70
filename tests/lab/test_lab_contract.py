"""The emulated cloud against the published descriptions and the vendor's own library: every path, what is wrong is named, and over TLS."""

import datetime as dt
import json
import re
import socket
import ssl
import subprocess
import sys

import pytest

pytest.importorskip("httpx2", reason="the extra live is not installed")
pytest.importorskip("joserfc", reason="the extra web is not installed")

import anyio
import httpx2
import small_tenant as small
from asking_cloud import BASE, NEED, OPENAPI, POWER_BI, Asking

from faultbook_lab import people
from faultbook_lab.cloud import Contract, application, missing, serve
from tests_root import ROOT, module_at


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
        "/groups/{groupId}/reports", "/gateways/{gatewayId}/datasources/{datasourceId}/users", "/capacities/refreshables",
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
