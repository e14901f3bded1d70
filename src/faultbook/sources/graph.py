"""Answers of Microsoft Graph: which kind an object is, by its context or by the properties it has."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from faultbook.evidence import Fact, WhyUnknown, Window
from faultbook.patterns import later
from faultbook.sources.items import Read, clean, last_id
from faultbook.sources.times import instants

FIELDS: Final = (
    "graph.v1:microsoft.graph.application.appId",
    "graph.v1:microsoft.graph.application.signInAudience",
    "graph.v1:microsoft.graph.authorizationPolicy.allowedToUseSSPR",
    "graph.v1:microsoft.graph.authorizationPolicy.defaultUserRolePermissions",
    "graph.v1:microsoft.graph.conditionalAccessPolicy.conditions",
    "graph.v1:microsoft.graph.conditionalAccessPolicy.grantControls",
    "graph.v1:microsoft.graph.conditionalAccessPolicy.state",
    "graph.v1:microsoft.graph.domain.authenticationType",
    "graph.v1:microsoft.graph.domain.isVerified",
    "graph.v1:microsoft.graph.internalDomainFederation.issuerUri",
    "graph.v1:microsoft.graph.internalDomainFederation.passiveSignInUri",
    "graph.v1:microsoft.graph.internalDomainFederation.signingCertificate",
    "graph.v1:microsoft.graph.oAuth2PermissionGrant.clientId",
    "graph.v1:microsoft.graph.oAuth2PermissionGrant.consentType",
    "graph.v1:microsoft.graph.oAuth2PermissionGrant.resourceId",
    "graph.v1:microsoft.graph.onPremisesDirectorySynchronization.features",
    "graph.v1:microsoft.graph.organization.onPremisesLastSyncDateTime",
    "graph.v1:microsoft.graph.organization.verifiedDomains",
    "graph.v1:microsoft.graph.serviceHealth.issues",
    "graph.v1:microsoft.graph.serviceHealth.service",
    "graph.v1:microsoft.graph.serviceHealthIssue.endDateTime",
    "graph.v1:microsoft.graph.serviceHealthIssue.impactDescription",
    "graph.v1:microsoft.graph.serviceHealthIssue.service",
    "graph.v1:microsoft.graph.serviceHealthIssue.startDateTime",
    "graph.v1:microsoft.graph.servicePrincipal.appId",
    "graph.v1:microsoft.graph.servicePrincipal.servicePrincipalType",
    "graph.v1:microsoft.graph.user.userPrincipalName",
    "graph.v1:microsoft.graph.userRegistrationDetails.isMfaRegistered",
    "graph.v1:microsoft.graph.userRegistrationDetails.methodsRegistered",
)


class Shape(Struct, frozen=True):
    """How to tell one kind: the context fragment of its answers, and a test over the properties of one object."""

    kind: str
    context: re.Pattern[str]
    has: Callable[[Mapping[str, Any]], bool]
    names: tuple[str, ...]


def _has(*every: str, some: tuple[str, ...] = (), none: tuple[str, ...] = ()) -> Callable[[Mapping[str, Any]], bool]:
    def test(obj: Mapping[str, Any]) -> bool:
        return (
            all(key in obj for key in every)
            and (not some or any(key in obj for key in some))
            and not any(key in obj for key in none)
        )

    return test


def _context(pattern: str) -> re.Pattern[str]:
    return later(rf"^(?:{pattern})(?:\([^')]*\))?(?:/\$entity)?$", re.IGNORECASE)


_PERSON: Final = ("userPrincipalName", "givenName", "mail", "appId")
SHAPES: Final = (
    Shape(
        "graph.serviceHealthIssues",
        _context(r"admin/serviceAnnouncement/(?:issues|healthOverviews\('[^']*'\)/issues)"),
        _has("service", "startDateTime", some=("impactDescription", "featureGroup", "classification"), none=("services",)),
        ("issues", "servicehealth"),
    ),
    Shape(
        "graph.federationConfiguration",
        _context(r"domains\('[^']*'\)/federationConfiguration"),
        _has("issuerUri", some=("passiveSignInUri", "activeSignInUri", "signingCertificate", "metadataExchangeUri")),
        ("federation",),
    ),
    Shape(
        "graph.onPremisesSynchronization",
        _context(r"directory/onPremisesSynchronization"),
        lambda obj: isinstance(obj.get("features"), dict) and ("configuration" in obj or any("Writeback" in key for key in obj["features"])),
        ("sync", "onpremisessynchronization"),
    ),
    Shape(
        "graph.conditionalAccessPolicies",
        _context(r"(?:identity/)?conditionalAccess/policies"),
        _has("conditions", "state", some=("grantControls", "sessionControls")),
        ("policies", "conditionalaccess"),
    ),
    Shape(
        "graph.authorizationPolicy",
        _context(r"policies/authorizationPolicy"),
        _has("defaultUserRolePermissions", some=("allowedToUseSSPR", "allowInvitesFrom")),
        ("authorization", "authorizationpolicy"),
    ),
    Shape(
        "graph.oauth2PermissionGrants",
        _context(r"oauth2PermissionGrants|(?:servicePrincipals|users)\('[^']*'\)/oauth2PermissionGrants"),
        _has("clientId", "consentType", "resourceId"),
        ("grants", "oauth2permissiongrants"),
    ),
    Shape(
        "graph.servicePrincipals",
        _context(r"servicePrincipals"),
        _has("appId", some=("servicePrincipalType", "appOwnerOrganizationId", "servicePrincipalNames", "appRoleAssignmentRequired")),
        ("serviceprincipals", "enterpriseapplications"),
    ),
    Shape(
        "graph.applications",
        _context(r"applications"),
        _has(
            "appId",
            some=("signInAudience", "passwordCredentials", "keyCredentials", "requiredResourceAccess", "publicClient", "publisherDomain"),
            none=("userPrincipalName", "status", "servicePrincipalType"),
        ),
        ("applications", "apps", "appregistrations"),
    ),
    Shape(
        "graph.domains",
        _context(r"domains"),
        _has("authenticationType", some=("isVerified", "isDefault", "isInitial", "supportedServices")),
        ("domains",),
    ),
    Shape(
        "graph.organization",
        _context(r"organization"),
        lambda obj: ("verifiedDomains" in obj or "onPremisesLastSyncDateTime" in obj) and not any(key in obj for key in _PERSON),
        ("organization", "organisation"),
    ),
    Shape(
        "graph.userRegistrationDetails",
        _context(r"reports/authenticationMethods/userRegistrationDetails"),
        _has("userPrincipalName", some=("isMfaRegistered", "methodsRegistered", "isSsprRegistered")),
        ("registration", "userregistrationdetails"),
    ),
    Shape(
        "graph.authenticationAgents",
        _context(r"onPremisesPublishingProfiles\('authentication'\)/agents"),
        _has("machineName", "externalIp", "status"),
        ("agents", "authenticationagents"),
    ),
    Shape(
        "graph.users",
        _context(r"users|me|groups\('[^']*'\)/members"),
        _has(
            "userPrincipalName",
            some=("id", "displayName", "onPremisesSyncEnabled", "accountEnabled", "userType", "onPremisesDistinguishedName"),
            none=("createdDateTimeUtc", "appDisplayName", "distinguishedName", "activityDateTime", "correlationId"),
        ),
        ("users",),
    ),
)  # fmt: skip
_BY_KIND: Final = {shape.kind: shape for shape in SHAPES}
_FRAGMENT: Final = later(r"\$metadata#(.*)$", re.DOTALL)
_DOMAIN_IN_CONTEXT: Final = later(r"domains\('([^']+)'\)", re.IGNORECASE)
_CREDENTIAL: Final = frozenset({"keyId", "startDateTime", "endDateTime", "customKeyIdentifier"})
_WORDS: Final = later(r"[a-z0-9]+", re.IGNORECASE)

REFUSALS: Final[dict[str, WhyUnknown]] = {
    "authorization_requestdenied": "not-permitted",
    "authorization_identitynotfound": "not-permitted",
    "accessdenied": "not-permitted",
    "forbidden": "not-permitted",
    "unauthorized": "not-permitted",
    "unknownerror": "source-failed",
    "authentication_requestfromnonpremiumtenantorb2ctenant": "not-licensed",
    "request_resourcenotfound": "not-found",
    "itemnotfound": "not-found",
    "toomanyrequests": "throttled",
    "activitylimitreached": "throttled",
    "request_timeout": "timed-out",
    "timeout": "timed-out",
}


def read(document: Any, by: str, *, partial: bool = False) -> list[Read]:
    """Everything of Graph in one JSON document, one Read per kind; an empty list where it is nothing of Graph. ``partial``: the file was cut off."""
    return [made for part in _answers(document) if (made := _one(part, by, partial)) is not None]


def _answers(document: Any) -> Iterator[Any]:
    """The document itself, or the bodies of a batch answer."""
    if isinstance(document, dict) and isinstance(document.get("responses"), list):
        for response in document["responses"]:
            if isinstance(response, dict) and isinstance(response.get("body"), dict):
                yield response["body"]
    else:
        yield document


def _one(answer: Any, by: str, partial: bool) -> Read | None:
    context = ""
    paged = False
    objects: list[Any]
    if isinstance(answer, dict):
        match = _FRAGMENT.search(str(answer.get("@odata.context", "")))
        context = match[1] if match else ""
        paged = bool(answer.get("@odata.nextLink"))
        value = answer.get("value")
        objects = value if isinstance(value, list) else [value] if isinstance(value, dict) else [answer]
    elif isinstance(answer, list):
        objects = answer
    else:
        return None
    return _read_objects(
        [camel(obj) for obj in objects if isinstance(obj, dict)], len(objects), context, paged, by, partial=partial
    )


def _read_objects(
    objects: list[dict[str, Any]], given: int, context: str, paged: bool, by: str, *, partial: bool
) -> Read | None:
    if found := _overviews(objects, by) or _credentials(objects, context, by):
        return found
    shape = _shape(objects, context, by, empty=not given)
    if shape is None:
        return None
    kept = [obj for obj in objects if shape.has(obj)] if not _by_context(shape, context) else objects
    problems = []
    if len(kept) < given:
        problems.append(
            f"{given - len(kept)} of {given} elements have not the shape of {shape.kind} and were left out."
        )
    if paged:
        problems.append(
            "The answer is one page of several (@odata.nextLink); what is not in it may still exist. Export all pages."
        )
    kept = [
        {key: value for key, value in obj.items() if key not in ("@odata.context", "@odata.nextLink")} for obj in kept
    ]
    target = ""
    if shape.kind == "graph.federationConfiguration" and (domain := _DOMAIN_IN_CONTEXT.search(context)):
        target = domain[1].lower()
    detail = "incomplete: one page of several" if paged else "incomplete: the file was cut off" if partial else ""
    fact = Fact(kind=shape.kind, target=target, value=kept, detail=detail, by=by)
    return Read(
        kind=shape.kind,
        format="Graph JSON",
        facts=[fact],
        rows=len(kept),
        window=_issue_window(shape.kind, kept),
        problems=problems,
    )


def _overviews(objects: list[dict[str, Any]], by: str) -> Read | None:
    """Health overviews hold the issues inside; without them they say nothing about a past moment."""
    if not objects or not all("service" in obj and "status" in obj and "startDateTime" not in obj for obj in objects):
        return None
    if not any("issues" in obj for obj in objects):
        if not all(str(obj["status"]).startswith("service") for obj in objects):
            return None
        problem = "These health overviews come without their issues. Export /admin/serviceAnnouncement/issues, or add ?$expand=issues."
        return Read(kind="graph.serviceHealthIssues", format="Graph JSON", rows=0, problems=[problem])
    issues = [
        issue
        for obj in objects
        if isinstance(obj.get("issues"), list)
        for issue in obj["issues"]
        if isinstance(issue, dict)
    ]
    fact = Fact(kind="graph.serviceHealthIssues", value=issues, by=by)
    return Read(
        kind="graph.serviceHealthIssues",
        format="Graph JSON",
        facts=[fact],
        rows=len(issues),
        window=_issue_window("graph.serviceHealthIssues", issues),
    )


def _credentials(objects: list[dict[str, Any]], context: str, by: str) -> Read | None:
    """What ``az ad app credential list`` prints: secrets or certificates of one application, which only the file's name can name."""
    if context or not objects or not all(obj.keys() >= _CREDENTIAL and "appId" not in obj for obj in objects):
        return None
    named = last_id(by)
    if not named:
        problem = "These credentials do not say of which application. Name the file after its application id, or export `az ad app show --id ID`."
        return Read(kind="graph.applications", format="Azure CLI JSON", rows=len(objects), problems=[problem])
    kind = "keyCredentials" if any("usage" in obj for obj in objects) else "passwordCredentials"
    fact = Fact(kind="graph.applications", value=[{"appId": named, kind: objects}], by=by)
    return Read(kind="graph.applications", format="Azure CLI JSON", facts=[fact], rows=len(objects))


def _shape(objects: list[dict[str, Any]], context: str, by: str, *, empty: bool) -> Shape | None:
    for shape in SHAPES:
        if _by_context(shape, context):
            return shape
    for shape in SHAPES if not context or objects else ():
        if any(shape.has(obj) for obj in objects):
            return shape
    hinted = kind_hinted(by) if empty and not context else None
    return _BY_KIND[hinted] if hinted else None


def _by_context(shape: Shape, context: str) -> bool:
    return bool(context) and shape.context.match(context) is not None


def kind_hinted(name: str) -> str | None:
    """The kind of Graph answer that a file's name speaks of: asked only where the content cannot say (an empty list, a refusal)."""
    stem = name.rpartition("/")[2].rpartition(".")[0] or name
    words = [word.lower() for word in _WORDS.findall(stem)]
    joined = "".join(words)
    for shape in SHAPES:
        if any(name in words or name == joined for name in shape.names):
            return shape.kind
    return None


def refusal(document: Any, by: str) -> Read | None:
    """An error answer of Graph saved in place of the data: the reason why a kind is unknown, where the file's name says which."""
    if not isinstance(document, dict) or not isinstance(document.get("error"), dict):
        return None
    error = document["error"]
    code = str(error.get("code", ""))
    why = REFUSALS.get(code.lower(), "source-failed")
    said = clean(f"{code}: {error.get('message', '')}", 300)
    kind = kind_hinted(by)
    problem = f"The file holds a refusal instead of data ({said})."
    if kind is None:
        return Read(format="Graph JSON", problems=[f"{problem} Which question was refused, it does not say."])
    return Read(
        kind=kind,
        format="Graph JSON",
        facts=[Fact(kind=kind, why_unknown=why, detail=problem, by=by)],
        problems=[problem],
    )


def camel(value: Any) -> Any:
    """The value with property names as Graph writes them: PowerShell's objects spell them with a capital."""
    if isinstance(value, dict):
        return {_lower_first(key): camel(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [camel(inner) for inner in value]
    return value


def _lower_first(key: str) -> str:
    return key[:1].lower() + key[1:] if key[:2] != key[:2].upper() or len(key) < 2 else key


def _issue_window(kind: str, issues: list[dict[str, Any]]) -> Window | None:
    """From the first start to the last end of the issues: what the list shows, not a bound of what it can speak about."""
    if kind != "graph.serviceHealthIssues":
        return None
    times = instants(issues, "startDateTime", "endDateTime")
    return Window(times[0], times[-1]) if times else None
