"""What every part of the emulated cloud works with: the tenant, the cloud's clock, tokens, and ids by which an answer is found again."""

import datetime as dt
import email.utils
import json
import math
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from faultbook_lab.cloud.grants import Grant
from faultbook_lab.cloud.refusal import Refusal
from faultbook_lab.cloud.tokens import GRAPH, POWER_BI, Caller, Tokens
from faultbook_lab.records import Row
from faultbook_lab.tenant import Refreshable, Tenant

Ended = Callable[[Refreshable, Row], None]
"""Decides how a refresh ends that was asked for: changes the row that stands in the history, now or later. Called without the tenant's lock."""
WITHOUT_P1: Final = dt.timedelta(days=7)


@dataclass
class Cloud:
    """One tenant as it is served. ``now`` is the lab's time; the cloud's own clock may be ahead of it."""

    tenant: Tenant
    now: Callable[[], dt.datetime]
    tokens: Tokens
    ended: Ended
    asked: Counter[str] = field(default_factory=Counter)
    """How often each address was asked while Graph was throttled."""

    @property
    def clock(self) -> dt.datetime:
        """The time as the cloud believes it to be."""
        return self.now() + self.tenant.conditions.skew

    @property
    def premium(self) -> bool:
        """Whether the tenant has Microsoft Entra ID P1."""
        return "AAD_PREMIUM" in self.tenant.conditions.licences

    def caller_of_graph(self, request: Request) -> Caller:
        """Who asks Graph. Raises Refusal: 401 for its token, 429 while Graph is throttled."""
        caller = self.tokens.caller(request.headers.get("authorization", ""), GRAPH | {origin(request)})
        self._throttle(request, caller)
        return caller

    def caller_of_power_bi(self, request: Request, grant: Grant) -> Caller:
        """Who asks Power BI, if it may. Raises Refusal."""
        caller = self.tokens.caller(request.headers.get("authorization", ""), POWER_BI)
        if self.tenant.conditions.powerbi_throttled:
            wait = self.tenant.conditions.retry_after
            said = f"You have exceeded the amount of requests allowed in the current time frame and further requests will fail. Retry in {wait} seconds."
            raise Refusal(429, "", said, headers={"Retry-After": str(wait)})
        if not grant.allows(caller.permissions, delegated=caller.delegated):
            raise Refusal(401, "PowerBINotAuthorizedException")
        return caller

    def _throttle(self, request: Request, caller: Caller) -> None:
        """Three of four requests to one address are refused: with seconds, with a date, and without a word on how long."""
        conditions = self.tenant.conditions
        if not conditions.throttled:
            self.asked.clear()
            return
        with self.tenant.lock:
            key = f"{caller.client} {request.url}"
            turn = self.asked[key] % 4
            self.asked[key] += 1
        if turn == 3:
            return
        until = self.clock + dt.timedelta(seconds=conditions.retry_after)
        whole = dt.datetime.fromtimestamp(math.ceil(until.timestamp()), dt.UTC)
        waits: tuple[dict[str, str], ...] = (
            {"Retry-After": str(conditions.retry_after)},
            {"Retry-After": http_date(whole)},
            {},
        )
        raise Refusal(429, "TooManyRequests", "Too many requests", headers=waits[turn])


def origin(request: Request) -> str:
    """Scheme, host and port by which the cloud was reached."""
    return f"{request.url.scheme}://{request.url.netloc}"


def http_date(at: dt.datetime) -> str:
    """A time as HTTP prints it."""
    return email.utils.format_datetime(at.astimezone(dt.UTC), usegmt=True)


def answer(document: Any, status: int = 200, *, media: str = "application/json", headers: dict[str, str] | None = None) -> Response:  # fmt: skip
    """A JSON answer."""
    content = json.dumps(document, ensure_ascii=False).encode()
    return Response(content, status, headers=headers, media_type=media)


class Marked:
    """Gives every answer the ids and the date that the vendor's have; the ids are in ``request.state`` before."""

    def __init__(self, app: ASGIApp, clock: Callable[[], dt.datetime]) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        mine = str(uuid.uuid4())
        theirs = Request(scope).headers.get("client-request-id", mine)[:64]
        scope.setdefault("state", {}).update(request_id=mine, client_request_id=theirs)

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Date"] = http_date(self._clock())
                for name, value in _ids(scope["path"], mine, theirs).items():
                    headers[name] = value
            await send(message)

        await self._app(scope, receive, marked)


def _ids(path: str, mine: str, theirs: str) -> dict[str, str]:
    if path.startswith("/v1.0/myorg"):
        return {"RequestId": mine}
    if path.startswith(("/v1.0", "/beta")):
        return {"request-id": mine, "client-request-id": theirs}
    return {"x-ms-request-id": mine}
