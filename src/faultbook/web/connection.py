"""The server's side of one connection: uvicorn's own, with deadlines and sizes for the parts that no application sees."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from faultbook.settings import Limits
from faultbook.web.deliver import Sent

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application

    from faultbook.web.measures import Measures

_MOST_HEAD: Final = 32_768
_MOST_HEADERS: Final = 100
_SWEEP: Final = 1.0
_GRACE: Final = 5.0
"""Seconds for the application to answer a body that is late in words of its own, before the connection is cut."""


class Connections:
    """All open connections of a server: how many there may be, and which go first when there are too many.

    ``page`` is ``Entrance.page``.
    """

    def __init__(self, limits: Limits, measures: "Measures", page: Callable[[Scope], Sent | None]) -> None:
        self.page = page
        self._limits = limits
        self._measures = measures
        self._open: dict[Connection, None] = {}
        self._sweeper: asyncio.Task[None] | None = None

    def add(self, connection: "Connection") -> None:
        """A new connection. Where there are too many, the one that has waited longest without a whole request is closed for it."""
        if self._sweeper is None:
            self._sweeper = asyncio.get_running_loop().create_task(self._sweep())
        if len(self._open) >= self._limits.connections and not self._make_room():
            self.close(connection, "full", _BUSY)
            return
        self._open[connection] = None
        self._measures.connections = len(self._open)

    def drop(self, connection: "Connection") -> None:
        """A connection that is gone."""
        self._open.pop(connection, None)
        self._measures.connections = len(self._open)

    def close(self, connection: "Connection", why: str, answer: bytes = b"") -> None:
        """Close a connection, with a last word where there is one."""
        self._measures.closed(why)
        self.drop(connection)
        if answer and not connection.transport.is_closing():
            connection.transport.write(answer)
            connection.transport.close()
        else:
            connection.transport.abort()

    def _make_room(self) -> bool:
        idle = next((one for one in self._open if one.is_idle), None)
        if idle is None:
            return False
        self.close(idle, "full")
        return True

    async def _sweep(self) -> None:
        """Once a second, close whoever sends its head too slowly, or does not take what it is sent."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_SWEEP)
            now = loop.time()
            for one in list(self._open):
                if one.transport.is_closing() and not one.stuck_since:
                    one.stuck_since = now  # what it was sent last is not taken; closing waits for that
                if one.head_since and now - one.head_since > self._limits.header_seconds:
                    self.close(one, "slow-head", _TOO_SLOW)
                elif one.body_since and now - one.body_since > self._limits.body_seconds + _GRACE:
                    self.close(one, "slow-body")
                elif one.stuck_since and now - one.stuck_since > self._limits.idle_seconds:
                    self.close(one, "slow-reader")


class Connection(HttpToolsProtocol):
    """One client.

    ``head_since`` is when a head that is not yet whole began, ``body_since`` when such a body did, ``stuck_since`` when the client stopped taking
    what it is sent; 0 where that is not so.
    """

    def __init__(self, gate: Connections, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._gate = gate
        self._head_bytes = 0
        self._headers_seen = 0
        self._too_large = False
        self.head_since = 0.0
        self.body_since = 0.0
        self.stuck_since = 0.0

    @property
    def is_idle(self) -> bool:
        """Whether no request is being worked on."""
        return not self.pipeline and (self.cycle is None or self.cycle.response_complete)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client connected; its head is awaited from now on."""
        super().connection_made(transport)
        self.head_since = self.loop.time()
        self._gate.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        super().connection_lost(exc)
        self._gate.drop(self)

    def data_received(self, data: bytes) -> None:
        """More of a request. A head that never ends is cut off, however it is dealt out."""
        super().data_received(data)
        if self.head_since:
            self._head_bytes += len(data)
            if self._head_bytes > _MOST_HEAD:
                self._gate.close(self, "head-too-large", _TOO_LARGE)
        else:
            self._head_bytes = 0

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._headers_seen = 0
        self.head_since = self.head_since or self.loop.time()

    def on_header(self, name: bytes, value: bytes) -> None:
        """One whole header."""
        self._headers_seen += 1
        if self._headers_seen > _MOST_HEADERS:
            self._too_large = True
            raise ValueError
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole. One without a version would be answered without one, which nothing of today asks for."""
        self.head_since = 0.0
        if self.parser.get_http_version() not in {"1.0", "1.1"}:
            raise ValueError
        self.body_since = self.loop.time()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The body is whole. Where the answer went out before, the connection idles from now on, and no longer than others."""
        self.body_since = 0.0
        super().on_message_complete()
        if self.is_idle and self.timeout_keep_alive_task is None and not self.transport.is_closing():
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: "ASGI3Application") -> None:
        """Answer a page of the book at once; leave the rest to the application, and to it, too, where the client is not yet ready to take more.

        What the application would send is written as it was prepared, without a task and without encoding a head anew.
        """
        ready = not (self.flow.write_paused or self.pipeline)
        sent = self._gate.page(cycle.scope) if ready else None  # type: ignore[arg-type]  # uvicorn types its scopes, Starlette does not
        if sent is None:
            super()._start_asgi_task(cycle, app)
            return
        parts = [sent.raw, *(b"%s: %s\r\n" % one for one in self.server_state.default_headers)]
        if not cycle.keep_alive:
            parts.append(b"connection: close\r\n")
        parts += (b"\r\n", b"" if cycle.scope["method"] == "HEAD" else sent.body)
        self.transport.write(b"".join(parts))
        cycle.response_started = cycle.response_complete = True
        if not cycle.keep_alive:
            self.transport.close()
        self.on_response_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the base's word is replaced by ours
        """The last word to whoever does not speak HTTP, or speaks too much of it."""
        self.head_since = 0.0
        if not self.transport.is_closing():
            self.transport.write(_TOO_LARGE if self._too_large else _MALFORMED)
        self.transport.close()

    def pause_writing(self) -> None:
        """The client does not take what it is sent."""
        super().pause_writing()
        self.stuck_since = self.loop.time()

    def resume_writing(self) -> None:
        """It does again."""
        super().resume_writing()
        self.stuck_since = 0.0


def _last_word(status: str, text: str, *headers: str) -> bytes:
    body = text.encode() + b"\n"
    head = ("content-type: text/plain; charset=utf-8", f"content-length: {len(body)}", "connection: close", *headers)
    return "\r\n".join((f"HTTP/1.1 {status}", *head, "", "")).encode() + body


_BUSY: Final = _last_word(
    "503 Service Unavailable",
    "Too many connections are open, and every one is at work. Try again in a few seconds.",
    "retry-after: 5",
)
_TOO_SLOW: Final = _last_word("408 Request Timeout", "The head of the request did not arrive in time.")
_TOO_LARGE: Final = _last_word("431 Request Header Fields Too Large", "The head of the request is too large.")
_MALFORMED: Final = _last_word("400 Bad Request", "This is not a valid HTTP request.")
