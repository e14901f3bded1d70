"""The whole emulated cloud as one ASGI application."""

import datetime as dt
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.types import ASGIApp

from faultbook_lab.cloud import graph, login, powerbi
from faultbook_lab.cloud.cloud import Cloud, Ended, Marked
from faultbook_lab.cloud.contract import Contract
from faultbook_lab.cloud.tokens import Tokens
from faultbook_lab.records import Row, stamp
from faultbook_lab.tenant import Refreshable, Tenant


def application(
    tenant: Tenant, *, now: Callable[[], dt.datetime], key: bytes, contract: Contract | None = None, on_refresh: Ended | None = None
) -> ASGIApp:  # fmt: skip
    """Sign-in, Graph and Power BI for a tenant. ``key`` signs tokens; ``contract`` judges every answer; ``on_refresh`` ends refreshes.

    Without ``on_refresh`` a refresh that somebody asks for is completed at once.
    """

    def complete(dataset: Refreshable, row: Row) -> None:
        del dataset
        row |= {"status": "Completed", "endTime": stamp(now())}

    def clock() -> dt.datetime:
        return now() + tenant.conditions.skew

    cloud = Cloud(tenant, now, Tokens(key, clock), on_refresh or complete)
    app: ASGIApp = Starlette(
        routes=[
            Mount("/v1.0/myorg", powerbi.application(cloud)),
            Mount("/v1.0", graph.application(cloud, "v1.0")),
            Mount("/beta", graph.application(cloud, "beta")),
            Mount("/", login.application(cloud)),
        ],
        middleware=[Middleware(Marked, clock=clock)],
    )
    return contract.wrap(app) if contract else app
