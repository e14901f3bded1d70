"""Refresh history, schedule and gateway status."""

import json
from collections.abc import Callable
from typing import Any

import pytest

DATASET = "cfafbeb1-8037-4d0c-896e-a46fb27ff229"
REFRESHES = [
    {
        "requestId": "1",
        "id": 1,
        "refreshType": "Scheduled",
        "startTime": "2026-03-02T08:00:00.17Z",
        "endTime": "2026-03-02T08:05:00Z",
        "status": "Completed",
    },
    {
        "requestId": "2",
        "id": 2,
        "refreshType": "OnDemand",
        "startTime": "2026-03-02T09:00:00Z",
        "endTime": "2026-03-02T09:01:00Z",
        "status": "Failed",
        "serviceExceptionJson": '{"errorCode":"ModelRefreshFailed_CredentialsNotSpecified"}',
    },
]


@pytest.mark.parametrize(
    "document", [REFRESHES, {"@odata.context": "http://x/v1.0/myorg/groups/g/$metadata#refreshes", "value": REFRESHES}]
)
def test_a_history_is_kept_as_published(read: Callable[..., Any], document: Any) -> None:
    """With its span, and the dataset that the file's name gives."""
    facts, report = read(json.dumps(document), f"refreshes-{DATASET}.json")
    assert (facts[0].kind, facts[0].target, facts[0].value) == ("powerbi.refreshes", DATASET, REFRESHES)
    assert report.window is not None
    assert report.window.start.isoformat() == "2026-03-02T08:00:00.170000+00:00"
    assert report.rows == 2


def test_the_dataset_in_the_context_wins_over_the_name(read: Callable[..., Any]) -> None:
    """What the answer itself says is certain."""
    other = "00000000-1111-4222-8333-444444444444"
    facts, _ = read(
        json.dumps({"@odata.context": f"http://x/datasets/{DATASET}/$metadata#refreshes", "value": REFRESHES}),
        f"{other}.json",
    )
    assert facts[0].target == DATASET


def test_an_unpacked_exception_is_packed_again(read: Callable[..., Any]) -> None:
    """Some tools unpack the JSON inside the string; probes read the published form."""
    facts, _ = read(json.dumps([{**REFRESHES[1], "serviceExceptionJson": {"errorCode": "X"}}]))
    assert json.loads(facts[0].value[0]["serviceExceptionJson"]) == {"errorCode": "X"}


def test_a_schedule_is_read(read: Callable[..., Any]) -> None:
    """Also with the names of PowerShell's objects."""
    schedule = {"days": ["Monday"], "times": ["07:00"], "enabled": False, "localTimeZoneId": "UTC"}
    facts, _ = read(json.dumps(schedule))
    assert (facts[0].kind, facts[0].value["enabled"]) == ("powerbi.refreshSchedule", False)


@pytest.mark.parametrize(
    ("content", "name", "ok", "code"),
    [
        (
            '{"error": {"code": "DM_GWPipeline_Client_GatewayUnreachable", "message": "m"}}',
            "whatever",
            False,
            "DM_GWPipeline_Client_GatewayUnreachable",
        ),
        ("", "gateway-status.json", True, None),
        ("{}", "gateway-status.json", True, None),
        ("HTTP/1.1 200 OK\r\nRequestId: x\r\n\r\n", "gateway.txt", True, None),
        ("HTTP/1.1 500 Oops\r\nRequestId: x\r\n\r\n", "gateway.txt", False, "500"),
    ],
)
def test_a_gateway_answers_with_an_error_or_with_nothing(
    read: Callable[..., Any], content: str, name: str, ok: bool, code: str | None
) -> None:
    """Nothing is success, where the name says that a gateway was asked."""
    facts, _ = read(content, name)
    assert (facts[0].kind, facts[0].value["ok"], facts[0].value["code"]) == ("powerbi.gatewayStatus", ok, code)


def test_any_other_empty_file_is_no_success(read: Callable[..., Any]) -> None:
    """Nothing is concluded from nothing."""
    facts, report = read("", "status.json")
    assert facts == ()
    assert report.problems == ("The file is empty.",)


def test_a_long_history_says_when_its_oldest_part_is_dropped(read: Callable[..., Any]) -> None:
    """Beyond the newest twenty refreshes, three days after they began."""
    many = [
        {**REFRESHES[0], "requestId": str(day), "startTime": f"2026-03-{day:02d}T08:00:00Z"} for day in range(1, 22)
    ]
    _, long = read(json.dumps(many))
    _, short = read(json.dumps(many[:20]))
    assert long.expires is not None
    assert long.expires.isoformat() == "2026-03-04T08:00:00+00:00"
    assert short.expires is None


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z", 5, None, {}]
)
def test_an_impossible_time_is_no_time(read: Callable[..., Any], at: Any) -> None:
    """The refresh is read, and bounds nothing."""
    facts, report = read(json.dumps([{**REFRESHES[0], "startTime": at, "endTime": at}] * 30))
    assert len(facts[0].value) == 30
    assert report.window is None


DETAILS = {"server": "sql01.contoso.example", "database": "sales"}
SOURCE = {
    "datasourceType": "Sql",
    "connectionDetails": DETAILS,
    "gatewayId": "1f69e798-5852-4fdd-ab01-33bb14b6e934",
    "datasourceId": "252b9de8-d915-4788-aaeb-ec8c2395f970",
}
CAPACITY = {
    "id": "0f084df7-c13d-451b-af5f-ed0c466403b2",
    "displayName": "BI",
    "admins": [],
    "sku": "F4",
    "state": "Suspended",
    "capacityUserAccessRight": "Admin",
}


@pytest.mark.parametrize(
    ("document", "kind", "target"),
    [
        ({"value": [SOURCE]}, "powerbi.datasources", DATASET),
        ([SOURCE], "powerbi.datasources", DATASET),
        (
            {"value": [{"id": "1", "name": "G", "type": "Resource", "publicKey": {"exponent": "AQAB"}}]},
            "powerbi.gateways",
            "",
        ),
        ({"value": [{"id": "1", "name": "G", "gatewayAnnotation": "{}"}]}, "powerbi.gateways", ""),
        ({"value": [CAPACITY]}, "powerbi.capacities", ""),
    ],
)
def test_a_list_stays_whole(read: Callable[..., Any], document: Any, kind: str, target: str) -> None:
    """Sources belong to the dataset that the file's name gives; gateways and capacities to the tenant."""
    facts, report = read(json.dumps(document), f"answer-{DATASET}.json")
    assert (facts[0].kind, facts[0].target, len(facts[0].value), report.rows) == (kind, target, 1, 1)


def test_a_dataset_is_known_by_its_own_id(read: Callable[..., Any]) -> None:
    """And each of a list is a fact of its own; the keys of the description and of the interface are one."""
    other = "00000000-1111-4222-8333-444444444444"
    rows = [
        {"id": DATASET.upper(), "configuredBy": "kim@contoso.example", "isOnPremGatewayRequired": True},
        {"id": other, "IsOnPremGatewayRequired": False},
    ]
    facts, report = read(json.dumps({"value": rows}), "datasets.json")
    assert {fact.target: fact.value["isOnPremGatewayRequired"] for fact in facts} == {DATASET: True, other: False}
    assert report.rows == 2


def test_one_dataset_needs_no_list(read: Callable[..., Any]) -> None:
    """The answer of /datasets/{id}."""
    facts, _ = read(json.dumps({"id": DATASET, "configuredBy": "kim@contoso.example"}), "whatever.json")
    assert [(fact.kind, fact.target) for fact in facts] == [("powerbi.dataset", DATASET)]


@pytest.mark.parametrize(
    ("ending", "kind"),
    [("#datasources", "powerbi.datasources"), ("#gateways", "powerbi.gateways"), ("#capacities", "powerbi.capacities")],
)
def test_an_empty_list_is_known_by_its_context(read: Callable[..., Any], ending: str, kind: str) -> None:
    """No gateway at all is an answer too."""
    facts, _ = read(json.dumps({"@odata.context": f"http://x/v1.0/myorg/$metadata{ending}", "value": []}), "x.json")
    assert (facts[0].kind, facts[0].value) == (kind, [])


def test_sources_of_a_gateway_are_not_those_of_a_dataset(read: Callable[..., Any]) -> None:
    """They give their details as text, and say nothing about what a dataset is bound to."""
    row = {"id": "1", "gatewayId": "2", "datasourceType": "Sql", "connectionDetails": json.dumps(DETAILS)}
    context = {"@odata.context": "http://x/v1.0/myorg/$metadata#gatewayDatasources"}
    for told in ({}, context):
        facts, _ = read(json.dumps({**told, "value": [row]}), "x.json")
        assert [fact.kind for fact in facts if fact.kind == "powerbi.datasources"] == []


def test_details_of_one_refresh_are_a_history_of_one(read: Callable[..., Any]) -> None:
    """The answer of /refreshes/{id}, with the engine's own messages."""
    detail = {
        "startTime": "2026-03-02T09:00:00Z",
        "endTime": "2026-03-02T09:20:00Z",
        "status": "Failed",
        "extendedStatus": "Failed",
        "messages": [{"code": "0xC11C0020", "message": "evicted", "type": "Error"}],
    }
    facts, _ = read(json.dumps(detail), f"refresh-{DATASET}.json")
    assert (facts[0].kind, facts[0].value) == ("powerbi.refreshes", [detail])


def test_each_workspace_is_a_fact_of_its_own(read: Callable[..., Any]) -> None:
    """A list of them holds many, and one holds the model."""
    rows = [
        {"id": id_, "name": "Sales", "isReadOnly": False, "isOnDedicatedCapacity": True}
        for id_ in ("AAAAAAAA-bbbb-4ccc-8ddd-eeeeeeeeeeee", "11111111-2222-4333-8444-555555555555")
    ]
    facts, _ = read(json.dumps({"value": rows}), "groups.json")
    assert [(fact.kind, fact.target) for fact in facts] == [("powerbi.workspace", row["id"].lower()) for row in rows]
