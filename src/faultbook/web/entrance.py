"""Where every request comes in: pages of the book leave from here at once, all others are told apart, counted and logged."""

import secrets
from collections.abc import Collection
from typing import Any, Final

from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from faultbook.errors import FaultbookError
from faultbook.web.deliver import Head, Prepared, Sent
from faultbook.web.problem import Problem, answer
from faultbook.web.security import security_headers
from faultbook.web.state import State
from faultbook.web.trace import Span

_PAGE_METHODS: Final = frozenset({"GET", "HEAD"})
_ANY_NAME: Final = frozenset({"/livez", "/readyz"})
"""Whatever watches the service asks under an address of its own choice, and learns only yes or no."""
_NO_ROUTE: Final = "(pages)"


class Entrance:
    """The outermost application. ``taken`` are addresses that routes serve, whatever pages the book has for a static export."""

    def __init__(self, inner: ASGIApp, state: State, span: Span, taken: Collection[str]) -> None:
        self._taken = frozenset(taken)
        self._inner = inner
        self._state = state
        self._span = span
        self._common: Head = security_headers(state.settings)
        self._open = state.settings.auth.mode == "none" or state.settings.auth.public_book
        self._prepared: dict[str, Prepared] = {}
        self._log_pages = state.settings.log.pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or follow the life of the server."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._inner(scope, receive, send)
            return
        sent = self.page(scope)
        if sent is None:
            await self._request(scope, receive, send)
        else:
            await send({"type": "http.response.start", "status": sent.status, "headers": sent.head})
            await send({"type": "http.response.body", "body": sent.body})

    def page(self, scope: Scope) -> Sent | None:
        """What to send where a request is for a page of the book that anybody may have, and counts it as sent; else None."""
        if not self._open or scope["method"] not in _PAGE_METHODS:
            return None
        page = self._prepared.get(scope["path"]) or self._prepare(scope["path"])
        if page is None or not self._state.addresses.known_host(scope["headers"]):
            return None
        sent = page.choose(scope["headers"])
        self._state.measures.pages[sent.status] += 1
        if self._log_pages:
            client = self._state.addresses.peer(scope).address
            self._state.log.info("page", path=scope["path"], status=sent.status, method=scope["method"], client=client)
        return sent

    def _prepare(self, path: str) -> Prepared | None:
        """A page of the book, made ready once. Addresses that only lead to one are not kept: there is no end to them."""
        page = None if path in self._taken else self._state.faultbook.site.get(path)
        if page is None or page.path != path or page.status != 200:
            return None
        made = self._prepared[path] = Prepared(page, self._common, public=True)
        return made

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        state, started = self._state, self._state.timer()
        scope["faultbook.id"] = number = secrets.token_hex(8)
        scope["faultbook.state"] = state
        scope["faultbook.peer"] = peer = state.addresses.peer(scope)
        status = 0
        common = [*self._common, (b"x-request-id", number.encode())]

        async def safely(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                named = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(one for one in common if one[0] not in named)]
            await send(message)

        with self._span(scope["method"], scope["headers"]) as span:
            try:
                await self._admit(scope, receive, safely)
            finally:
                route = _route(scope)
                seconds = state.timer() - started
                if span is not None:
                    span.finish(route, status)
                state.measures.answered(route, scope["method"], status, seconds)
                state.log.info(
                    "request", request=number, method=scope["method"], route=route, status=status,
                    ms=round(seconds * 1000, 1), client=peer.address, role=_role(scope),
                )  # fmt: skip

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on to the routes who asks under a name of ours, and as whom."""
        try:
            if scope["path"] not in _ANY_NAME and not self._state.addresses.known_host(scope["headers"]):
                raise Problem(
                    421,
                    "This service is not known under the name by which it was asked.",
                    do="Use the address that its operator gives; the operator finds the setting in serve.hosts.",
                )
            scope["faultbook.user"] = self._state.doorman.who(HTTPConnection(scope), scope["faultbook.peer"])
        except FaultbookError as refused:
            response = answer(Request(scope), refused)
            await response(scope, receive, send)
            return
        await self._inner(scope, receive, send)


def _route(scope: Scope) -> str:
    """The address of a route as it was declared, which holds nothing that a user wrote."""
    route: Any = scope.get("route")
    return getattr(route, "path", None) or _NO_ROUTE


def _role(scope: Scope) -> str:
    user = scope.get("faultbook.user")
    return user.role if user is not None else ""
