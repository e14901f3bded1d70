"""Power BI's REST API: workspaces, datasets with their refreshes and schedules, gateways with their data sources.

Paths and shapes: Microsoft's published Swagger of the API; changing a schedule, which it leaves out: Microsoft's reference of *Datasets - Update
Refresh Schedule In Group*. Refusals: public reports of each (a service principal may not ask for *My workspace*; 401 where it has no right).
"""

import json
import uuid
from collections.abc import Callable
from typing import Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from faultbook_lab.cloud import grants
from faultbook_lab.cloud.cloud import Cloud, answer, origin
from faultbook_lab.cloud.grants import Grant
from faultbook_lab.cloud.refusal import Refusal
from faultbook_lab.records import Row, stamp
from faultbook_lab.tenant import Gateway, Refreshable

KEPT: Final = 60
OFFLINE: Final = "DM_GWPipeline_Client_GatewayUnreachable"
NO_CREDENTIALS: Final = "DM_GWPipeline_Gateway_InvalidConnectionCredentials"
_ENHANCED: Final = frozenset({"type", "commitMode", "maxParallelism", "retryCount", "objects", "applyRefreshPolicy"})
"""What makes a request one for an enhanced refresh."""
_MODULUS: Final = "bGFiIG9ubHk="
_DAYS: Final = frozenset({"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"})
_NOWHERE: Final = "No HTTP resource was found that matches the request URI."
_NOT_SO: Final = "The requested resource does not support this HTTP method."
_EXPIRED: Final = "Access token has expired, resubmit with a new access token"
Endpoint = Callable[[Request], Response]


class PowerBI:
    """The API over a tenant."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def routes(self) -> list[Route]:
        """Every path that is answered; what is in no workspace is in somebody's own."""
        made = [
            Route("/groups", self._read(grants.WORKSPACES, self._groups)),
            Route("/groups/{group}", self._read(grants.WORKSPACES, self._group)),
            Route("/gateways", self._read(grants.DATASETS, self._gateways)),
            Route("/gateways/{gateway}", self._read(grants.DATASETS, self._gateway)),
            Route("/gateways/{gateway}/datasources", self._read(grants.DATASETS, self._datasources)),
            Route("/gateways/{gateway}/datasources/{source}", self._read(grants.DATASETS, self._datasource)),
            Route("/gateways/{gateway}/datasources/{source}/status", self._read(grants.DATASETS_CHANGED, self._status)),
            Route("/capacities", self._read(grants.CAPACITIES, self._capacities)),
        ]
        for base in ("/groups/{group}", ""):
            one = f"{base}/datasets/{{dataset}}"
            made += [
                Route(f"{base}/datasets", self._read(grants.DATASETS, self._datasets)),
                Route(one, self._read(grants.DATASETS, self._dataset)),
                Route(f"{one}/refreshes", self._read(grants.DATASETS, self._refreshes)),
                Route(f"{one}/refreshes", self._refresh, methods=["POST"]),
                Route(f"{one}/refreshes/{{refresh}}", self._read(grants.DATASETS, self._execution)),
                Route(f"{one}/refreshSchedule", self._read(grants.DATASETS, self._schedule)),
                Route(f"{one}/refreshSchedule", self._reschedule, methods=["PATCH"]),
                Route(f"{one}/datasources", self._read(grants.DATASETS, self._sources)),
            ]
        bound = "/groups/{group}/datasets/{dataset}/Default.GetBoundGatewayDatasources"
        return [*made, Route(bound, self._read(grants.DATASETS, self._bound))]

    def _read(self, grant: Grant, what: Callable[[Request], Response]) -> Endpoint:
        def endpoint(request: Request) -> Response:
            self._admitted(request, grant)
            with self._cloud.tenant.lock:
                return what(request)

        return endpoint

    def _admitted(self, request: Request, grant: Grant) -> None:
        caller = self._cloud.caller_of_power_bi(request, grant)
        if not caller.delegated and "dataset" in request.path_params and "group" not in request.path_params:
            raise Refusal(403, "", "API is not accessible for application")

    def _groups(self, request: Request) -> Response:
        rows = [self._workspace(one) for one in self._workspaces()]
        skip = _number(request, "$skip", 0)
        if "$filter" in request.query_params:
            raise Refusal(400, "InvalidRequest", "The lab's workspaces take no filter.")
        return _list(request, "groups", rows[skip : skip + _number(request, "$top", 5000)])

    def _group(self, request: Request) -> Response:
        return answer(
            {"@odata.context": _context(request, "groups") + "/$entity", **self._workspace(self._wanted(request))}
        )

    def _workspaces(self) -> list[str]:
        tenant = self._cloud.tenant
        return list(dict.fromkeys([*tenant.workspaces, *(one.workspace for one in tenant.datasets.values())]))

    def _workspace(self, id: str) -> Row:
        name = self._cloud.tenant.workspaces.get(id, "Workspace")
        return {"id": id, "name": name, "isReadOnly": False, "isOnDedicatedCapacity": False}

    def _wanted(self, request: Request) -> str:
        """The workspace that a path names. Raises Refusal."""
        group = str(request.path_params["group"])
        if group not in self._workspaces():
            raise Refusal(404, "PowerBIEntityNotFound")
        return group

    def _datasets(self, request: Request) -> Response:
        group = self._wanted(request) if "group" in request.path_params else None
        found = [one for one in self._cloud.tenant.datasets.values() if group in (None, one.workspace)]
        return _list(request, "datasets", [_as_dataset(one) for one in found])

    def _one(self, request: Request) -> Refreshable:
        """The dataset that a path names. Raises Refusal."""
        group = self._wanted(request) if "group" in request.path_params else None
        found = self._cloud.tenant.datasets.get(str(request.path_params["dataset"]))
        if found is None or group not in (None, found.workspace):
            raise Refusal(404, "PowerBIEntityNotFound")
        return found

    def _dataset(self, request: Request) -> Response:
        return _object(request, "datasets", _as_dataset(self._one(request)))

    def _refreshes(self, request: Request) -> Response:
        rows = self._one(request).refreshes[: _number(request, "$top", KEPT, least=1)]
        return _list(request, "refreshes", rows[:KEPT])

    async def _refresh(self, request: Request) -> Response:
        """Begin a refresh; how it ends is decided by whoever runs the lab."""
        self._admitted(request, grants.DATASETS_CHANGED)
        body = await _body(request)
        return await run_in_threadpool(self._begun, request, "ViaEnhancedApi" if _ENHANCED & set(body) else "ViaApi")

    def _begun(self, request: Request, kind: str) -> Response:
        new = str(uuid.uuid4())
        row: Row = {
            "requestId": new,
            "id": new,
            "refreshType": kind,
            "startTime": stamp(self._cloud.now()),
            "status": "Unknown",
        }
        with self._cloud.tenant.lock:
            dataset = self._one(request)
            if any(not held.get("endTime") for held in dataset.refreshes):
                raise Refusal(
                    400, "BadRequest", "Invalid dataset refresh request. Another refresh request is already executing"
                )
            dataset.refreshes.insert(0, row)
            del dataset.refreshes[KEPT:]
        self._cloud.ended(dataset, row)
        headers = {"x-ms-request-id": new, "Location": f"{origin(request)}{request.url.path}/{new}"}
        return Response(status_code=202, headers=headers)

    def _execution(self, request: Request) -> Response:
        dataset, wanted = self._one(request), request.path_params["refresh"]
        row = next((row for row in dataset.refreshes if wanted in (row.get("requestId"), row.get("id"))), None)
        if row is None:
            raise Refusal(404, "PowerBIEntityNotFound")
        ended = bool(row.get("endTime"))
        shown = {
            "startTime": row["startTime"], "endTime": row.get("endTime"), "type": "Full", "currentRefreshType": "Full", "commitMode": "Transactional",
            "status": row["status"], "extendedStatus": row["status"] if ended else "InProgress",
            "numberOfAttempts": 1, "objects": [], "refreshAttempts": row.get("refreshAttempts"),
        }  # fmt: skip
        return _object(request, "refreshes", shown, 200 if ended else 202)

    def _schedule(self, request: Request) -> Response:
        return _object(request, "refreshSchedule", self._one(request).schedule)

    async def _reschedule(self, request: Request) -> Response:
        """Change what the body's ``value`` names; a schedule that is off is switched on first, and one that is switched off takes no other change."""
        self._admitted(request, grants.DATASETS_CHANGED)
        value = (await _body(request)).get("value")
        if not isinstance(value, dict) or not _is_schedule(value):
            raise Refusal(400, "InvalidRequest", "The request body is no refresh schedule.")
        with self._cloud.tenant.lock:
            schedule = self._one(request).schedule
            if value.get("enabled") is False and len(value) > 1:
                raise Refusal(
                    400, "InvalidRequest", "A schedule that is disabled cannot be changed in the same request."
                )
            if schedule.get("enabled") is False and value.get("enabled") is not True and len(value) > 0:
                raise Refusal(400, "InvalidRequest", "A disabled schedule has to be enabled before it is changed.")
            schedule.update(value)
        return Response(status_code=200)

    def _sources(self, request: Request) -> Response:
        return _list(request, "datasources", self._one(request).datasources)

    def _bound(self, request: Request) -> Response:
        ids = {row.get("datasourceId") for row in self._one(request).datasources}
        rows = [
            row for gateway in self._cloud.tenant.gateways.values() for row in gateway.datasources if row["id"] in ids
        ]
        return _list(request, "gatewayDatasources", rows)

    def _gateways(self, request: Request) -> Response:
        return _list(request, "gateways", [_as_gateway(one) for one in self._cloud.tenant.gateways.values()])

    def _capacities(self, request: Request) -> Response:
        return _list(request, "capacities", self._cloud.tenant.capacities)

    def _cluster(self, request: Request) -> Gateway:
        found = self._cloud.tenant.gateways.get(str(request.path_params["gateway"]))
        if found is None:
            raise Refusal(404, "DMTS_GatewayNotFoundError")
        return found

    def _gateway(self, request: Request) -> Response:
        return _object(request, "gateways", _as_gateway(self._cluster(request)))

    def _datasources(self, request: Request) -> Response:
        return _list(request, "gatewayDatasources", self._cluster(request).datasources)

    def _source(self, request: Request) -> tuple[Gateway, Row]:
        gateway = self._cluster(request)
        for row in gateway.datasources:
            if row["id"] == request.path_params["source"]:
                return gateway, row
        raise Refusal(404, "DMTS_DatasourceNotFoundError")

    def _datasource(self, request: Request) -> Response:
        return _object(request, "gatewayDatasources", self._source(request)[1])

    def _status(self, request: Request) -> Response:
        """Whether the gateway reaches the data source: nothing is said where it does."""
        gateway, row = self._source(request)
        if not gateway.online:
            raise Refusal(400, OFFLINE)
        if row["id"] not in gateway.credentials:
            raise Refusal(400, NO_CREDENTIALS)
        return Response(status_code=200)

    async def refused(self, request: Request, refusal: Exception) -> Response:
        """An error as Power BI prints it, which depends on how far the request came."""
        del request
        if isinstance(refusal, HTTPException):
            return answer({"Message": _NOWHERE if refusal.status_code == 404 else _NOT_SO}, refusal.status_code)
        assert isinstance(refusal, Refusal)
        if not refusal.code:
            name = "Message" if refusal.status == 403 else "message"
            return answer({name: refusal.message}, refusal.status, headers=refusal.headers)
        if refusal.status == 401 and "expired" in refusal.message:
            return answer({"error": {"code": "TokenExpired", "message": _EXPIRED}}, 403)
        code = "PowerBINotAuthorizedException" if refusal.status == 401 else refusal.code
        headers = {**refusal.headers, "X-PowerBI-Error-Info": code}
        if refusal.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        if refusal.message and refusal.status != 401:
            return answer({"error": {"code": code, "message": refusal.message}}, refusal.status, headers=headers)
        inner = {"code": code, "parameters": {}, "details": [], "exceptionCulprit": 1}
        return answer({"error": {"code": code, "pbi.error": inner}}, refusal.status, headers=headers)


def _as_dataset(one: Refreshable) -> Row:
    return {
        "id": one.id, "name": one.name, "addRowsAPIEnabled": False, "isRefreshable": True, "IsRefreshable": True,
        "isEffectiveIdentityRequired": False, "isEffectiveIdentityRolesRequired": False, "isOnPremGatewayRequired": bool(one.datasources),
    }  # fmt: skip


def _as_gateway(one: Gateway) -> Row:
    status = "Live" if one.online else "Offline"
    return {
        "id": one.id,
        "name": one.name,
        "type": "Resource",
        "publicKey": {"exponent": "AQAB", "modulus": _MODULUS},
        "gatewayStatus": status,
    }


def _is_schedule(value: dict[str, Any]) -> bool:
    """Whether each part of it is what a schedule holds."""
    kinds = {"enabled": bool, "localTimeZoneId": str, "notifyOption": str, "days": list, "times": list}
    return all(isinstance(part, kinds.get(name, type(None))) for name, part in value.items()) and _DAYS.issuperset(
        value.get("days", ())
    )


def _context(request: Request, fragment: str) -> str:
    return f"{origin(request)}/v1.0/myorg/$metadata#{fragment}"


def _list(request: Request, fragment: str, rows: list[Row]) -> Response:
    return answer({"@odata.context": _context(request, fragment), "value": [_without_nulls(row) for row in rows]})


def _object(request: Request, fragment: str, row: Row, status: int = 200) -> Response:
    return answer({"@odata.context": f"{_context(request, fragment)}/$entity", **_without_nulls(row)}, status)


def _without_nulls(row: Row) -> Row:
    """What has no value is not mentioned."""
    return {key: value for key, value in row.items() if value is not None}


def _number(request: Request, name: str, usual: int, *, least: int = 0) -> int:
    value = request.query_params.get(name)
    if value is None:
        return usual
    if not value.isascii() or not value.isdigit() or len(value) > 9 or int(value) < least:
        raise Refusal(400, "InvalidRequest", f"{name} must be a number of at least {least}.")
    return int(value)


async def _body(request: Request) -> dict[str, Any]:
    content = await request.body()
    try:
        body = json.loads(content or b"{}")
    except ValueError:
        raise Refusal(400, "InvalidRequest", "The request body is no JSON.") from None
    if not isinstance(body, dict):
        raise Refusal(400, "InvalidRequest", "The request body is no object.")
    return body


def application(cloud: Cloud) -> Starlette:
    """Power BI as an application of its own."""
    api = PowerBI(cloud)
    return Starlette(routes=api.routes(), exception_handlers={Refusal: api.refused, HTTPException: api.refused})
