"""How a client reaches the server: stdio for one person on their own machine, Streamable HTTP for clients that connect."""

import asyncio
import ipaddress
import logging
import socket
import sys
from collections.abc import Sequence
from typing import Any, Final

from faultbook.app import Faultbook
from faultbook.errors import UsageError

MOST_BODY: Final = 4 * 1024 * 1024
PATH: Final = "/mcp"
_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")


def over_stdio(book: Faultbook) -> None:
    """Serve one client over stdin and stdout until it closes them; talk goes to stderr."""
    from mcp.server.stdio import stdio_server

    from faultbook.mcp.server import make_server

    async def serve() -> None:
        server = make_server(book, own_machine=True)
        async with stdio_server() as (reading, writing):
            await server.run(reading, writing, server.create_initialization_options())

    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    asyncio.run(serve())


def http_app(book: Faultbook, *, hosts: Sequence[str] = (), origins: Sequence[str] = ()) -> Any:
    """The ASGI application: no sessions, plain JSON answers, bodies up to 4 MiB, and only for known Host and Origin headers.

    ``hosts`` and ``origins`` are allowed besides loopback, as a browser writes them (``mcp.contoso.example``, ``https://chat.contoso.example``).
    """
    from mcp.server.transport_security import TransportSecuritySettings

    from faultbook.mcp.server import make_server

    security = TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=[form for host in (*_LOOPBACK, *hosts) for form in (host, f"{host}:*")],
        allowed_origins=[
            *(form for host in _LOOPBACK for form in (f"http://{host}", f"http://{host}:*")),
            *origins,
        ],
    )
    app = make_server(book, own_machine=False, deadline=120.0).streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        stateless_http=True,
        max_request_body_size=MOST_BODY,
        transport_security=security,
    )
    app.add_middleware(_OnlyPosts)
    return app


class _OnlyPosts:
    """Refuses the stream that a client may open to be told things unasked: this server has none to tell, and each would hold a connection."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["method"] != "POST":
            from starlette.responses import PlainTextResponse

            refusal = PlainTextResponse("Only POST is served here.\n", 405, {"allow": "POST"})
            await refusal(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def over_http(book: Faultbook, address: str, *, hosts: Sequence[str] = (), origins: Sequence[str] = ()) -> None:
    """Serve until stopped. Raises UsageError for an address that is none, or one beyond loopback without a host name to answer to."""
    import uvicorn

    host, port = split(address)
    if not _is_loopback(host) and not hosts:
        raise UsageError(
            f"Refused to listen on {host}: others could reach it, and it asks nobody to sign in.",
            why="Without --allow-host only loopback addresses are served.",
            do="Name the host under which it is reached with --allow-host, and put a proxy that signs people in before it.",
        )
    listening = _listening(host, port)
    shown = f"[{host}]" if ":" in host else host
    print(f"Serving assistants at http://{shown}:{listening.getsockname()[1]}{PATH}", file=sys.stderr, flush=True)  # noqa: T201
    config = uvicorn.Config(
        http_app(book, hosts=hosts, origins=origins),
        access_log=False,
        log_level="warning",
        server_header=False,
        limit_concurrency=100,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=10,
        h11_max_incomplete_event_size=64 * 1024,
    )
    uvicorn.Server(config).run(sockets=[listening])


def _listening(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as wrong:
        raise UsageError(
            f"Cannot listen on {host}:{port}: {wrong.strerror}.", do="Choose another port, or 0 for a free one."
        ) from wrong


def split(address: str) -> tuple[str, int]:
    """HOST:PORT or PORT as host and port; an IPv6 host stands in brackets. Raises UsageError where it is neither."""
    host, _, port = address.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if not port.isdigit() or not 0 <= int(port) <= 65535:
        raise UsageError(f"{address} is no address to listen on.", do="Write HOST:PORT, such as 127.0.0.1:8710.")
    return host, int(port)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
