"""Which request answers which question: for every kind of fact that a cloud API or a public address can give.

Endpoints, filters and limits: Microsoft's API reference and permission list as read on 2026-08-07 and 2026-08-20. v1.0 is asked wherever it
answers; beta only for the agents of pass-through authentication and for sign-ins without a person present, which v1.0 does not list.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import quote

from faultbook.evidence import Window, iso
from faultbook.sources.live.ask import Ask, Whom

SIGNINS: Final = "signins.history"
BEFORE: Final = dt.timedelta(hours=24)
AFTER: Final = dt.timedelta(hours=24)
SLICE: Final = dt.timedelta(hours=12)
AUDIT_SLICE: Final = dt.timedelta(hours=24)
"""Five requests in ten seconds are allowed to logs, so a slice holds much; a list that breaks off loses only what it had not reached."""
KEPT: Final = dt.timedelta(days=30)
_USER_FIELDS: Final = (
    "id,userPrincipalName,displayName,accountEnabled,userType,createdDateTime,onPremisesSyncEnabled,"
    "onPremisesDistinguishedName,onPremisesImmutableId"
)
_APP_FIELDS: Final = "id,appId,displayName,signInAudience,publisherDomain,requiredResourceAccess,keyCredentials,passwordCredentials,web,spa,publicClient,isFallbackPublicClient"
_PRINCIPAL_FIELDS: Final = (
    "id,appId,displayName,accountEnabled,appOwnerOrganizationId,appRoleAssignmentRequired,servicePrincipalType,"
    "servicePrincipalNames,preferredSingleSignOnMode,preferredTokenSigningKeyThumbprint,keyCredentials,passwordCredentials,tags"
)
_ISSUES: Final = dt.timedelta(days=14)


def _simple(kind: str, path: str, *, paged: bool = True) -> Callable[[Whom, dt.datetime], Iterator[Ask]]:
    def asks(whom: Whom, now: dt.datetime) -> Iterator[Ask]:
        del whom, now
        yield Ask(name=path.rpartition("/")[2], kind=kind, api="graph", path=path, paged=paged)

    return asks


def _issues(whom: Whom, now: dt.datetime) -> Iterator[Ask]:
    since = iso((whom.at or now) - _ISSUES)
    yield Ask(
        name="issues", kind="graph.serviceHealthIssues", api="graph", path="/admin/serviceAnnouncement/issues",
        params={"$filter": f"lastModifiedDateTime ge {since}", "$top": "100"}, window=Window((whom.at or now) - _ISSUES, now),
    )  # fmt: skip


def _agents(whom: Whom, now: dt.datetime) -> Iterator[Ask]:
    del whom, now
    yield Ask(
        name="authenticationAgents", kind="graph.authenticationAgents", api="beta",
        path="/onPremisesPublishingProfiles/authentication/agents",
    )  # fmt: skip


AT_ONCE: Final[dict[str, Callable[[Whom, dt.datetime], Iterator[Ask]]]] = {
    "graph.organization": _simple("graph.organization", "/organization"),
    "graph.onPremisesSynchronization": _simple(
        "graph.onPremisesSynchronization", "/directory/onPremisesSynchronization"
    ),
    "graph.domains": _simple("graph.domains", "/domains"),
    "graph.conditionalAccessPolicies": _simple(
        "graph.conditionalAccessPolicies", "/identity/conditionalAccess/policies"
    ),
    "graph.authorizationPolicy": _simple("graph.authorizationPolicy", "/policies/authorizationPolicy", paged=False),
    "graph.authenticationAgents": _agents,
}
"""Kinds that need to know nothing about the failure."""


def first(kinds: set[str], whom: Whom, now: dt.datetime) -> list[Ask]:
    """What can be asked before it is known whom the failure hit; the sign-in itself is among it, for it tells."""
    asks = [ask for kind, make in AT_ONCE.items() if kind in kinds for ask in make(whom, now)]
    if SIGNINS in kinds and whom.correlation_id:
        asks.append(
            Ask(
                name=f"signIn-{whom.correlation_id}", kind=SIGNINS, api="graph", path="/auditLogs/signIns", most=2,
                params={"$filter": f"correlationId eq '{_text(whom.correlation_id)}'"}, shown="the failing sign-in, by its correlation id",
            )
        )  # fmt: skip
    elif SIGNINS in kinds and whom.request_id:
        asks.append(
            Ask(
                name=f"signIn-{whom.request_id}", kind=SIGNINS, api="graph", path=f"/auditLogs/signIns/{quote(whom.request_id)}",
                paged=False, shown="the failing sign-in, by its request id",
            )
        )  # fmt: skip
    return asks


def second(kinds: set[str], whom: Whom, now: dt.datetime) -> list[Ask]:
    """What can be asked once person, time and application are known, as far as they are."""
    asks: list[Ask] = []
    if "graph.serviceHealthIssues" in kinds:
        asks += _issues(whom, now)
    if SIGNINS in kinds:
        asks += _signins(whom, now)
    if "graph.directoryAudits" in kinds:
        asks += _audits(whom, now)
    if "graph.users" in kinds and whom.user:
        asks.append(_user(whom.user))
    if whom.domain and "graph.federationConfiguration" in kinds:
        asks.append(
            Ask(
                name=f"federationConfiguration-{whom.domain}", kind="graph.federationConfiguration", api="graph",
                path=f"/domains/{quote(whom.domain)}/federationConfiguration", target=whom.domain,
            )
        )  # fmt: skip
    if whom.domain and "federation.realm" in kinds:
        asks.append(
            Ask(
                name=f"realm-{whom.domain}", kind="federation.realm", api="public", target=whom.domain, paged=False,
                path=f"/common/userrealm/{quote(f'faultbook@{whom.domain}')}", params={"api-version": "1.0"},
            )
        )  # fmt: skip
    if whom.user and "graph.userRegistrationDetails" in kinds:
        asks.append(
            Ask(
                name="userRegistrationDetails", kind="graph.userRegistrationDetails", api="graph",
                path="/reports/authenticationMethods/userRegistrationDetails",
                params={"$filter": f"userPrincipalName eq '{_text(whom.user)}'"},
            )
        )  # fmt: skip
    return [*asks, *_applications(kinds, whom), *_powerbi(kinds, whom)]


def too_old(kinds: set[str], whom: Whom, now: dt.datetime) -> list[Ask]:
    """Logs that cannot speak about the failure any more, because the vendor has dropped what it held."""
    if whom.at is None or whom.at > now - KEPT:
        return []
    logs = {SIGNINS: "/auditLogs/signIns", "graph.directoryAudits": "/auditLogs/directoryAudits"}
    return [Ask(name=path[1:], kind=kind, api="graph", path=path) for kind, path in logs.items() if kind in kinds]


def third(kinds: set[str], whom: Whom, found: Callable[[str], object]) -> list[Ask]:
    """What earlier answers lead to: grants of a service principal, gateways of a dataset, the origin of others who met the error."""
    asks: list[Ask] = []
    if "graph.oauth2PermissionGrants" in kinds and whom.app_id:
        asks += [
            Ask(
                name=f"oauth2PermissionGrants-{row['id']}", kind="graph.oauth2PermissionGrants", api="graph",
                path=f"/servicePrincipals/{quote(str(row['id']))}/oauth2PermissionGrants",
            )
            for row in rows_of(found(f"servicePrincipals-{whom.app_id}"))
            if row.get("id")
        ]  # fmt: skip
    if "powerbi.gatewayStatus" in kinds and whom.dataset:
        asks += [
            Ask(
                name=f"gateway-{row['gatewayId']}-datasource-{row['datasourceId']}", kind="powerbi.gatewayStatus", api="powerbi",
                path=f"/gateways/{quote(str(row['gatewayId']))}/datasources/{quote(str(row['datasourceId']))}/status",
                target=str(row["datasourceId"]), paged=False, errors=True,
            )
            for row in rows_of(found(f"datasources-{whom.dataset}"))
            if row.get("gatewayId") and row.get("datasourceId")
        ]  # fmt: skip
    if "graph.users" in kinds and not whom.user:
        owners = {str(row.get("configuredBy") or "") for row in rows_of(found(f"dataset-{whom.dataset}"))} - {""}
        asks += [_user(owner, "the owner of the dataset") for owner in sorted(owners)]
    if "graph.users" in kinds:
        asks += [_user(user, "the origin of another whom it hit") for user in whom.people[:20] if user != whom.user]
    return asks


def without_person(whom: Whom, now: dt.datetime) -> list[Ask]:
    """Sign-ins of applications, identities and refreshes that nobody watched: only beta lists them, so it is asked where v1.0 knows no such failure."""
    window = _window(whom, now)
    asks = []
    for kind in ("nonInteractiveUser", "servicePrincipal"):
        for part in _slices(window, SLICE, whom.at):
            said = f"signInEventTypes/any(t: t eq '{kind}')"
            asks.append(
                Ask(
                    name=f"{kind}SignIns-{part.start:%Y-%m-%dT%HZ}", kind=SIGNINS, api="beta", path="/auditLogs/signIns",
                    params={"$filter": f"{_between('createdDateTime', part)} and {said}", "$top": "1000"}, window=part, most=5,
                    shown=f"{kind} sign-ins",
                )
            )  # fmt: skip
    return asks


def rows_of(document: object) -> list[dict[str, object]]:
    """The objects of a list answer, or the one object that an answer is."""
    if not isinstance(document, dict):
        return []
    value = document.get("value", [document])
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _signins(whom: Whom, now: dt.datetime) -> Iterator[Ask]:
    """Everything in the hours around the failure, successes included: a share of failures needs both."""
    for part in _slices(_window(whom, now), SLICE, whom.at):
        yield Ask(
            name=f"InteractiveSignIns-{part.start:%Y-%m-%dT%HZ}", kind=SIGNINS, api="graph", path="/auditLogs/signIns",
            params={"$filter": _between("createdDateTime", part), "$top": "1000"}, window=part, most=10,
        )  # fmt: skip


def _audits(whom: Whom, now: dt.datetime) -> Iterator[Ask]:
    around = _window(whom, now)
    for part in _slices(
        Window(around.start, min(around.end, (whom.at or now) + dt.timedelta(hours=2))), AUDIT_SLICE, whom.at
    ):
        yield Ask(
            name=f"directoryAudits-{part.start:%Y-%m-%dT%HZ}", kind="graph.directoryAudits", api="graph", path="/auditLogs/directoryAudits",
            params={"$filter": _between("activityDateTime", part), "$top": "1000"}, window=part, most=10,
        )  # fmt: skip


def _window(whom: Whom, now: dt.datetime) -> Window:
    """A day on either side of the failure, as far as the vendor keeps it; without a time the last day. Whole hours, so that a later run asks the same."""
    at = whom.at or now
    start = max(at - BEFORE, now - KEPT).replace(minute=0, second=0, microsecond=0)
    return Window(start, max(min(at + AFTER, now), start).replace(microsecond=0))


def _slices(window: Window, length: dt.timedelta, at: dt.datetime | None) -> list[Window]:
    """The window cut into pieces, those nearest to the failure first: when time runs out, the far ones are missing."""
    pieces = []
    start = window.start
    while start < window.end:
        pieces.append(Window(start, min(start + length, window.end)))
        start += length
    middle = at or window.end
    return sorted(
        pieces,
        key=lambda piece: (
            0 if piece.covers(middle) else min(abs(piece.start - middle), abs(piece.end - middle)).total_seconds(),
            piece.start,
        ),
    )


def _between(field: str, window: Window) -> str:
    return f"{field} ge {iso(window.start)} and {field} le {iso(window.end)}"


def _user(user: str, shown: str = "the user") -> Ask:
    return Ask(
        name=f"user-{user}", kind="graph.users", api="graph", path=f"/users/{quote(user)}", params={"$select": _USER_FIELDS},
        paged=False, shown=shown,
    )  # fmt: skip


def _applications(kinds: set[str], whom: Whom) -> Iterator[Ask]:
    for app in dict.fromkeys(one for one in (whom.app_id, whom.resource_id) if one):
        only = {"$filter": f"appId eq '{_text(app)}'"}
        if "graph.applications" in kinds and app == whom.app_id:
            yield Ask(name=f"applications-{app}", kind="graph.applications", api="graph", path="/applications", params={**only, "$select": _APP_FIELDS})  # fmt: skip
        if {"graph.servicePrincipals", "graph.oauth2PermissionGrants"} & kinds:
            yield Ask(name=f"servicePrincipals-{app}", kind="graph.servicePrincipals", api="graph", path="/servicePrincipals", params={**only, "$select": _PRINCIPAL_FIELDS})  # fmt: skip


def _powerbi(kinds: set[str], whom: Whom) -> Iterator[Ask]:
    for kind, path in (("powerbi.gateways", "/gateways"), ("powerbi.capacities", "/capacities")):
        if kind in kinds:
            yield Ask(name=path[1:], kind=kind, api="powerbi", path=path)
    if "powerbi.workspace" in kinds and whom.workspace:
        yield Ask(name=f"workspace-{whom.workspace}", kind="powerbi.workspace", api="powerbi", path=f"/groups/{quote(whom.workspace)}", target=whom.workspace, paged=False)  # fmt: skip
    if not whom.dataset:
        return
    base = f"/groups/{quote(whom.workspace)}" if whom.workspace else ""
    dataset = f"{base}/datasets/{quote(whom.dataset)}"
    if "powerbi.refreshes" in kinds:
        yield Ask(name=f"refreshes-{whom.dataset}", kind="powerbi.refreshes", api="powerbi", path=f"{dataset}/refreshes", params={"$top": "60"}, target=whom.dataset)  # fmt: skip
    if "powerbi.refreshSchedule" in kinds:
        yield Ask(name=f"refreshSchedule-{whom.dataset}", kind="powerbi.refreshSchedule", api="powerbi", path=f"{dataset}/refreshSchedule", target=whom.dataset, paged=False)  # fmt: skip
    if "powerbi.dataset" in kinds:
        yield Ask(name=f"dataset-{whom.dataset}", kind="powerbi.dataset", api="powerbi", path=dataset, target=whom.dataset, paged=False)  # fmt: skip
    if {"powerbi.datasources", "powerbi.gatewayStatus"} & kinds:
        yield Ask(
            name=f"datasources-{whom.dataset}", kind="powerbi.datasources", api="powerbi", path=f"{dataset}/datasources",
            target=whom.dataset, lead="powerbi.datasources" not in kinds,
        )  # fmt: skip


def _text(value: str) -> str:
    """A value inside the quotes of a filter."""
    return value.replace("'", "''")
