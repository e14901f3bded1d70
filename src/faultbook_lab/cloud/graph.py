"""Graph, v1.0 and beta: each list with its grant and licence, single objects, and the few paths that lead through another object."""

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from faultbook_lab.cloud import grants, listing
from faultbook_lab.cloud.cloud import WITHOUT_P1, Cloud, answer, origin
from faultbook_lab.cloud.filtering import Fields, asks_about
from faultbook_lab.cloud.grants import Grant
from faultbook_lab.cloud.lists import BETA_SIGNINS, LISTS, List, health
from faultbook_lab.cloud.refusal import Refusal
from faultbook_lab.cloud.tokens import GRAPH_ID, Caller
from faultbook_lab.records import Row

Endpoint = Callable[[Request], Response]
_MEDIA: Final = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
_ONLY_BETA: Final = frozenset(
    {
        "signInEventTypes", "authenticationDetails", "authenticationMethodsUsed", "authenticationProcessingDetails", "authenticationProtocol",
        "authenticationRequirement", "autonomousSystemNumber", "clientCredentialType", "crossTenantAccessType", "incomingTokenType",
        "networkLocationDetails", "originalRequestId", "processingTimeInMilliseconds", "servicePrincipalCredentialKeyId", "sessionId", "tokenIssuerName",
        "tokenIssuerType", "uniqueTokenIdentifier", "userType",
    }
)  # fmt: skip
"""Properties of a sign-in that v1.0 does not have."""
_SIGNINS: Final = "/auditLogs/signIns"
_NO_PREMIUM: Final = ("Authentication_RequestFromNonPremiumTenantOrB2CTenant", "Neither tenant is B2C or tenant doesn't have premium license")  # fmt: skip
_SETTINGS: Final = {
    "authorizationPolicy": grants.AUTHORIZATION,
    "authenticationMethodsPolicy": grants.METHODS,
    "identitySecurityDefaultsEnforcementPolicy": grants.SECURITY_DEFAULTS,
}
"""In beta the first of them is a list of one, which the lab does not serve."""
_DENIED: Final = "Insufficient privileges to complete the operation."


class Graph:
    """One version of Graph over a tenant."""

    def __init__(self, cloud: Cloud, version: str) -> None:
        self._cloud = cloud
        self._version = version

    def routes(self) -> list[Route]:
        """Every path that this version answers."""
        made: dict[str, Endpoint] = {}
        for one in LISTS:
            if one.listed:
                made[one.path] = self._listed(one)
            made[one.path + "/{id}"] = self._single(one)
            if one.by_app:
                made[one.path + "(appId='{app}')"] = self._single(one)
        made |= {
            "/admin/serviceAnnouncement/healthOverviews": self._overviews,
            "/admin/serviceAnnouncement/healthOverviews/{service}": self._overview,
            "/admin/serviceAnnouncement/healthOverviews/{service}/issues": self._overview_issues,
            "/domains/{domain}/federationConfiguration": self._federations,
            "/domains/{domain}/federationConfiguration/{id}": self._federation,
            "/servicePrincipals/{id}/appRoleAssignments": self._assignments,
            "/servicePrincipals/{id}/oauth2PermissionGrants": self._permission_grants,
        }
        for name, grant in _SETTINGS.items():
            if self._version == "v1.0" or name != "authorizationPolicy":
                made[f"/policies/{name}"] = self._setting(name, grant)
        if self._version == "beta":
            made["/onPremisesPublishingProfiles/{kind}/agents"] = self._agents
        return [Route(path, self._locked(endpoint)) for path, endpoint in made.items()]

    def _locked(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint while nobody changes what it reads."""

        def locked(request: Request) -> Response:
            with self._cloud.tenant.lock:
                return endpoint(request)

        return locked

    def _listed(self, one: List) -> Endpoint:
        def endpoint(request: Request) -> Response:
            caller = self._admitted(request, one.grant, licensed=one.licensed)
            options = dict(request.query_params)
            listing.checked(options, one.style, sorts=one.log)
            place = listing.place_of(options, one.style)
            if one.log and place.until is None:
                place = listing.Place(place.offset, self._latest())
            rows = self._rows(one, place)
            fields = BETA_SIGNINS if one.path == _SIGNINS and self._version == "beta" else one.fields
            if one.path == _SIGNINS and not asks_about(options.get("$filter", ""), "signInEventTypes"):
                rows = [row for row in rows if _interactive(row)]
            rows = listing.filtered(rows, options, fields, one.style)
            if one.log and options.get("$orderby", "").split() in ([one.log], [one.log, "asc"]):
                rows.reverse()
            shown = [self._shown(one, row, caller) for row in rows]
            return self._page(request, shown, place, one.style, one.path[1:])

        return endpoint

    def _single(self, one: List) -> Endpoint:
        def endpoint(request: Request) -> Response:
            caller = self._admitted(request, one.grant, licensed=one.licensed)
            wanted = request.path_params
            names = ("appId",) if "app" in wanted else ("id", *one.by_name)
            value = str(wanted.get("app") or wanted["id"])
            rows = self._rows(one, listing.Place(0, self._latest()))
            found = _named(rows, value, names)
            return self._object(request, self._shown(one, found, caller), one.path[1:])

        return endpoint

    def _rows(self, one: List, place: listing.Place) -> list[Row]:
        """All rows; of a log those that had appeared when the first page was asked for, and are kept."""
        rows = one.rows(self._cloud.tenant)
        if not one.log or place.until is None:
            return list(rows)
        conditions = self._cloud.tenant.conditions
        kept = conditions.retention if self._cloud.premium else min(conditions.retention, WITHOUT_P1)
        return listing.visible(rows, one.log, place.until, kept, self._cloud.now())

    def _latest(self) -> dt.datetime:
        """The time up to which logs have appeared."""
        return self._cloud.now() - self._cloud.tenant.conditions.log_delay

    def _shown(self, one: List, row: Row, caller: Caller) -> Row:
        """A row as this version shows it to this caller."""
        if one.path != _SIGNINS:
            return row
        if self._version == "v1.0":
            row = {key: value for key, value in row.items() if key not in _ONLY_BETA}
        if not grants.APPLIED_POLICIES.allows(caller.permissions, delegated=caller.delegated):
            row = {**row, "appliedConditionalAccessPolicies": []}
        return row

    def _overviews(self, request: Request) -> Response:
        self._admitted(request, grants.HEALTH)
        options = dict(request.query_params)
        listing.checked(options, listing.ANNOUNCEMENTS, expands=frozenset({"issues"}))
        rows = [row if "$expand" in options else _without_issues(row) for row in health(self._cloud.tenant)]
        rows = listing.filtered(
            rows, options, Fields(equal=frozenset({"id", "service", "status"})), listing.ANNOUNCEMENTS
        )
        place = listing.place_of(options, listing.ANNOUNCEMENTS)
        return self._page(request, rows, place, listing.ANNOUNCEMENTS, "admin/serviceAnnouncement/healthOverviews")

    def _overview(self, request: Request) -> Response:
        self._admitted(request, grants.HEALTH)
        found = self._service(request)
        found = found if request.query_params.get("$expand") == "issues" else _without_issues(found)
        return self._object(request, found, "admin/serviceAnnouncement/healthOverviews")

    def _overview_issues(self, request: Request) -> Response:
        self._admitted(request, grants.HEALTH)
        found = self._service(request)
        context = f"admin/serviceAnnouncement/healthOverviews('{found['service']}')/issues"
        issues: Any = found["issues"]
        return self._plain(request, list(issues), context, listing.ANNOUNCEMENTS)

    def _service(self, request: Request) -> Row:
        return _named(health(self._cloud.tenant), request.path_params["service"], ("id", "service"))

    def _federations(self, request: Request) -> Response:
        self._admitted(request, grants.FEDERATION)
        domain, rows = self._federated(request)
        return self._plain(request, rows, f"domains('{domain}')/federationConfiguration", listing.DIRECTORY)

    def _federation(self, request: Request) -> Response:
        self._admitted(request, grants.FEDERATION)
        domain, rows = self._federated(request)
        found = _named(rows, request.path_params["id"], ("id",))
        return self._object(request, found, f"domains('{domain}')/federationConfiguration")

    def _federated(self, request: Request) -> tuple[str, list[Row]]:
        tenant = self._cloud.tenant
        domain = str(_named(tenant.domains, request.path_params["domain"], ("id",))["id"])
        return domain, list(tenant.federation.get(domain, []))

    def _assignments(self, request: Request) -> Response:
        self._admitted(request, grants.ASSIGNMENTS)
        tenant = self._cloud.tenant
        owner = _named(tenant.principals, request.path_params["id"], ("id",))["id"]
        rows = [row for row in tenant.assignments if row.get("principalId") == owner]
        return self._plain(request, rows, f"servicePrincipals('{owner}')/appRoleAssignments", listing.DIRECTORY)

    def _permission_grants(self, request: Request) -> Response:
        self._admitted(request, grants.PERMISSION_GRANTS)
        tenant = self._cloud.tenant
        owner = _named(tenant.principals, request.path_params["id"], ("id",))["id"]
        rows = [row for row in tenant.permission_grants if row.get("clientId") == owner]
        return self._plain(request, rows, "oauth2PermissionGrants", listing.DIRECTORY)

    def _setting(self, name: str, grant: Grant) -> Endpoint:
        def endpoint(request: Request) -> Response:
            self._admitted(request, grant)
            row = dict(self._cloud.tenant.settings[name])
            return self._object(request, row, f"policies/{name}")

        return endpoint

    def _agents(self, request: Request) -> Response:
        self._admitted(request, grants.AGENTS)
        kind = request.path_params["kind"]
        rows = [row for row in self._cloud.tenant.agents if kind in _kinds(row)]
        return self._plain(request, rows, f"onPremisesPublishingProfiles('{kind}')/agents", listing.DIRECTORY)

    def _admitted(self, request: Request, grant: Grant, *, licensed: bool = False) -> Caller:
        """The caller, if it may. Raises Refusal."""
        caller = self._cloud.caller_of_graph(request)
        if not grant.allows(caller.permissions, delegated=caller.delegated):
            raise Refusal(403, "Authorization_RequestDenied", _DENIED)
        if licensed and not self._cloud.premium:
            raise Refusal(403, *_NO_PREMIUM)
        return caller

    def _plain(self, request: Request, rows: list[Row], context: str, style: listing.Style) -> Response:
        """A list that takes no filter."""
        options = dict(request.query_params)
        listing.checked(options, style)
        rows = listing.filtered(rows, options, Fields(equal=frozenset({"id"})), style)
        return self._page(request, rows, listing.place_of(options, style), style, context)

    def _page(
        self, request: Request, rows: list[Row], place: listing.Place, style: listing.Style, context: str
    ) -> Response:
        options = dict(request.query_params)
        size = listing.page_size(options, style, self._cloud.tenant.conditions.page)
        address = f"{origin(request)}{request.url.path}"
        document = listing.page(rows, place, size, options, address)
        return answer({"@odata.context": self._context(request, context), **document}, media=_MEDIA)

    def _object(self, request: Request, row: Row, context: str) -> Response:
        options = dict(request.query_params)
        listing.checked({name: value for name, value in options.items() if name != "$expand"}, listing.DIRECTORY)
        document = {
            "@odata.context": self._context(request, context) + "/$entity",
            **listing.chosen(row, options),
        }
        return answer(document, media=_MEDIA)

    def _context(self, request: Request, context: str) -> str:
        selected = request.query_params.get("$select")
        return f"{origin(request)}/{self._version}/$metadata#{context}{f'({selected})' if selected else ''}"

    async def refused(self, request: Request, refusal: Exception) -> Response:
        """An error as Graph prints it."""
        if isinstance(refusal, HTTPException):
            refusal = _unknown(refusal, request)
        assert isinstance(refusal, Refusal)
        if refusal.status == 401:
            refusal.headers["WWW-Authenticate"] = (
                f'Bearer realm="", authorization_uri="{origin(request)}/common/oauth2/authorize", client_id="{GRAPH_ID}"'
            )
        inner = {
            "date": f"{self._cloud.clock:%Y-%m-%dT%H:%M:%S}",
            "request-id": request.state.request_id,
            "client-request-id": request.state.client_request_id,
        }
        error = {"code": refusal.code, "message": refusal.message, "innerError": inner}
        return answer({"error": error}, refusal.status, headers=refusal.headers)


def _unknown(error: HTTPException, request: Request) -> Refusal:
    """A path or method that Graph does not have."""
    segment = request.url.path.rpartition("/")[2]
    if error.status_code == 404:
        return Refusal(400, "BadRequest", f"Resource not found for the segment '{segment}'.")
    return Refusal(error.status_code, "Request_BadRequest", f"Specified HTTP method is not allowed for '{segment}'.")


def _named(rows: list[Row], value: str, names: tuple[str, ...]) -> Row:
    """The object that a path names. Raises Refusal (404)."""
    for row in rows:
        if any(str(row.get(name, "")).casefold() == value.casefold() for name in names):
            return row
    said = f"Resource '{value}' does not exist or one of its queried reference-property objects are not present."
    raise Refusal(404, "Request_ResourceNotFound", said)


def _interactive(row: Row) -> bool:
    types = row.get("signInEventTypes")
    return "interactiveUser" in types if isinstance(types, list) else row.get("isInteractive") is True


def _without_issues(row: Row) -> Row:
    return {key: value for key, value in row.items() if key != "issues"}


def _kinds(row: Row) -> list[object]:
    kinds = row.get("supportedPublishingTypes")
    return kinds if isinstance(kinds, list) else []


def application(cloud: Cloud, version: str) -> Starlette:
    """One version of Graph as an application of its own."""
    graph = Graph(cloud, version)
    return Starlette(routes=graph.routes(), exception_handlers={Refusal: graph.refused, HTTPException: graph.refused})
