"""Answers of Graph, told by context or shape."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from faultbook.sources.graph import kind_hinted

GRAPH = "https://graph.microsoft.com/v1.0/$metadata#"
ISSUE = {
    "id": "MO1",
    "service": "Identity Service",
    "title": "t",
    "feature": "Authentication",
    "impactDescription": "i",
    "startDateTime": "2026-03-02T08:00:00Z",
    "endDateTime": "2026-03-02T09:00:00Z",
    "status": "serviceRestored",
    "classification": "incident",
}
OBJECTS: dict[str, tuple[str, dict[str, Any]]] = {
    "graph.serviceHealthIssues": ("admin/serviceAnnouncement/issues", ISSUE),
    "graph.organization": (
        "organization",
        {
            "id": "1",
            "displayName": "Contoso",
            "onPremisesSyncEnabled": True,
            "onPremisesLastSyncDateTime": "2026-03-02T08:00:00Z",
            "verifiedDomains": [],
        },
    ),
    "graph.domains": ("domains", {"id": "contoso.example", "authenticationType": "Federated", "isVerified": True}),
    "graph.federationConfiguration": (
        "domains('contoso.example')/federationConfiguration",
        {
            "id": "1",
            "issuerUri": "urn:contoso",
            "passiveSignInUri": "https://sts.contoso.example/",
            "signingCertificate": "x",
        },
    ),
    "graph.onPremisesSynchronization": (
        "directory/onPremisesSynchronization",
        {"id": "1", "configuration": {}, "features": {"passwordWritebackEnabled": False}},
    ),
    "graph.conditionalAccessPolicies": (
        "identity/conditionalAccess/policies",
        {"id": "1", "state": "enabled", "conditions": {}, "grantControls": None},
    ),
    "graph.authorizationPolicy": (
        "policies/authorizationPolicy/$entity",
        {
            "id": "authorizationPolicy",
            "allowedToUseSSPR": True,
            "defaultUserRolePermissions": {"permissionGrantPoliciesAssigned": []},
        },
    ),
    "graph.applications": (
        "applications",
        {"id": "1", "appId": "2", "displayName": "a", "passwordCredentials": [], "signInAudience": "AzureADMyOrg"},
    ),
    "graph.servicePrincipals": (
        "servicePrincipals",
        {"id": "1", "appId": "2", "displayName": "a", "servicePrincipalType": "Application"},
    ),
    "graph.oauth2PermissionGrants": (
        "oauth2PermissionGrants",
        {"id": "1", "clientId": "2", "consentType": "AllPrincipals", "resourceId": "3", "scope": "User.Read"},
    ),
    "graph.userRegistrationDetails": (
        "reports/authenticationMethods/userRegistrationDetails",
        {"id": "1", "userPrincipalName": "kim@contoso.example", "isMfaRegistered": False, "methodsRegistered": []},
    ),
    "graph.authenticationAgents": (
        "onPremisesPublishingProfiles('authentication')/agents",
        {"id": "1", "machineName": "pta01.contoso.example", "externalIp": "203.0.113.9", "status": "active"},
    ),
    "graph.users": (
        "users(id,userPrincipalName,onPremisesSyncEnabled)",
        {"id": "1", "userPrincipalName": "kim@contoso.example", "onPremisesSyncEnabled": True},
    ),
}


def pascal(value: Any) -> Any:
    """Names as PowerShell's objects have them."""
    if isinstance(value, dict):
        return {key[:1].upper() + key[1:]: pascal(inner) for key, inner in value.items()}
    return [pascal(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("kind", OBJECTS)
@pytest.mark.parametrize("form", ["answer", "no context", "array", "single", "pascal", "batch", "utf-16", "lines"])
def test_each_kind_is_told_in_each_form(read: Callable[..., Any], kind: str, form: str) -> None:
    """With its context, without, as a bare list or object, from PowerShell, in a batch, with a Windows encoding, one a line."""
    context, obj = OBJECTS[kind]
    answer = {"@odata.context": GRAPH + context, "value": [obj, {**obj, "id": "other"}]}
    document = {
        "answer": answer,
        "no context": {"value": answer["value"]},
        "array": answer["value"],
        "single": {**obj, "@odata.context": GRAPH + context + "/$entity"},
        "pascal": pascal(answer["value"]),
        "batch": {"responses": [{"id": "1", "status": 200, "body": answer}]},
        "utf-16": answer,
        "lines": answer["value"],
    }[form]
    text = "\n".join(json.dumps(row) for row in document) if form == "lines" else json.dumps(document)
    facts, report = read(text.encode("utf-16" if form == "utf-16" else "utf-8"))
    assert (report.kind, report.problems) == (kind, ()) or kind == "graph.federationConfiguration"
    assert facts[0].kind == kind
    assert facts[0].value[0] == obj
    assert len(facts[0].value) == (1 if form == "single" else 2)


@pytest.mark.parametrize("kind", OBJECTS)
def test_an_empty_answer_is_an_answer(read: Callable[..., Any], kind: str) -> None:
    """No issues, no policies: that is a fact, and not a missing file."""
    facts, report = read(json.dumps({"@odata.context": GRAPH + OBJECTS[kind][0], "value": []}))
    assert [(fact.kind, fact.value) for fact in facts] == [(kind, [])]
    assert report.rows == 0


def test_health_overviews_give_the_issues_inside(read: Callable[..., Any]) -> None:
    """And without them say what to export."""
    overview = {"service": "Identity Service", "status": "serviceDegradation", "id": "x"}
    facts, _ = read(json.dumps({"value": [{**overview, "issues": [ISSUE]}, {**overview, "issues": []}]}))
    assert facts[0].value == [ISSUE]


def test_health_overviews_without_issues_say_what_to_export(read: Callable[..., Any]) -> None:
    """They know the present state only."""
    facts, report = read(
        json.dumps({"value": [{"service": "Identity Service", "status": "serviceOperational", "id": "x"}]})
    )
    assert facts == ()
    assert "$expand=issues" in report.problems[0]


def test_a_page_of_several_is_marked(read: Callable[..., Any]) -> None:
    """Absence from one page proves nothing."""
    answer = {
        "@odata.nextLink": "https://graph.microsoft.com/v1.0/users?$skiptoken=x",
        "value": [OBJECTS["graph.users"][1]],
    }
    facts, report = read(json.dumps(answer))
    assert facts[0].detail.startswith("incomplete")
    assert "one page" in report.problems[0]


def test_a_cut_off_answer_is_marked(read: Callable[..., Any]) -> None:
    """Its complete objects are used."""
    facts, report = read(json.dumps({"value": [OBJECTS["graph.users"][1]] * 2})[:-20])
    assert len(facts[0].value) == 1
    assert facts[0].detail.startswith("incomplete")
    assert "cut off" in report.problems[0]


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("Authorization_RequestDenied", "not-permitted"),
        ("Authentication_RequestFromNonPremiumTenantOrB2CTenant", "not-licensed"),
        ("TooManyRequests", "throttled"),
        ("Request_ResourceNotFound", "not-found"),
        ("SomethingNew", "source-failed"),
    ],
)
def test_a_refusal_becomes_a_reason(read: Callable[..., Any], code: str, why: str) -> None:
    """The file's name says of what; the code says why."""
    facts, report = read(json.dumps({"error": {"code": code, "message": "No."}}), "issues.json")
    assert (facts[0].kind, facts[0].why_unknown, facts[0].value) == ("graph.serviceHealthIssues", why, None)
    assert code in report.problems[0]


def test_a_refusal_of_nobody_knows_what_is_only_reported(read: Callable[..., Any]) -> None:
    """Nothing is guessed."""
    facts, report = read(json.dumps({"error": {"code": "Forbidden", "message": "\x1b[31m"}}))
    assert facts == ()
    assert report.problems[0].isprintable()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("x/issues.json", "graph.serviceHealthIssues"),
        ("federation-contoso.example.json", "graph.federationConfiguration"),
        ("sync.json", "graph.onPremisesSynchronization"),
        ("servicePrincipals.json", "graph.servicePrincipals"),
        ("synchronous-notes.json", None),
        ("users", "graph.users"),
    ],
)
def test_a_name_hints_at_a_kind(name: str, kind: str | None) -> None:
    """Whole words only."""
    assert kind_hinted(name) == kind


@pytest.mark.parametrize(
    "document",
    [
        {"data": [{"ObjectIdentifier": "S-1-5-21-1", "Properties": {}}], "meta": {"type": "users"}},
        {"hello": "world"},
        {},
        [],
        [1, 2],
        "text",
        {"value": "x"},
        {"@odata.context": GRAPH + "me/messages", "value": [{"id": "1", "subject": "hello"}]},
    ],
)
def test_other_peoples_json_is_left_alone(read: Callable[..., Any], document: Any) -> None:
    """It is reported, with what it looks like."""
    facts, report = read(json.dumps(document))
    assert facts == ()
    assert report.kind == ""
    assert report.problems


def test_an_oauth_error_is_sent_to_the_right_door(read: Callable[..., Any]) -> None:
    """It is what one diagnoses, not evidence."""
    _, report = read(json.dumps({"error": "invalid_grant", "error_description": "AADSTS50126: …"}))
    assert "Give it as the error" in report.problems[0]
