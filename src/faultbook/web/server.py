"""The service as a process: it listens, says so, and stops in order."""

import contextlib
import functools
import os
import socket
from typing import Any, Final

import uvicorn

from faultbook.app import Faultbook
from faultbook.errors import UsageError
from faultbook.settings import Settings
from faultbook.web.app import create_app, make_state
from faultbook.web.connection import Connection, Connections
from faultbook.web.logs import logger_of, take_over
from faultbook.web.state import State

_SPARE_FILES: Final = 200
_BACKLOG: Final = 2048


class Server(uvicorn.Server):
    """Says where it listens once it does."""

    def __init__(self, config: uvicorn.Config, state: State, announce: Any) -> None:
        super().__init__(config)
        self._state = state
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the port."""
        await super().startup(sockets)
        for server in self.servers:
            for one in server.sockets:
                host, port = one.getsockname()[:2]
                url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
                self._state.log.info("listening", url=url)
                self._announce(url)


def run(settings: Settings, announce: Any = lambda _: None) -> bool:
    """Serve until a signal says to stop; false where it could not start. ``announce`` is called with each address listened on."""
    sockets = _listen(settings.serve.host, settings.serve.port)
    log = logger_of(settings.log)
    take_over(log, settings.log)
    _more_files(settings.limits.connections + _SPARE_FILES)
    state = make_state(settings, Faultbook(base=settings.serve.base_url), log=log)
    app = create_app(state)
    gate = Connections(settings.limits, state.measures, app.page)
    config = uvicorn.Config(
        app,
        http=functools.partial(Connection, gate),  # type: ignore[arg-type]  # it is called, and nothing else
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=_BACKLOG,
        timeout_keep_alive=round(settings.limits.idle_seconds),
        timeout_graceful_shutdown=settings.serve.stop_within,
    )
    server = Server(config, state, announce)
    server.run(sockets)
    return server.started


def _listen(host: str, port: int) -> list[socket.socket]:
    """Sockets for every address that the host stands for. Raises UsageError where one cannot be had."""
    sockets: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, address in dict.fromkeys((family, address[:2]) for family, _, _, _, address in found):
            one = socket.create_server(address, family=family, backlog=_BACKLOG)
            sockets.append(one)
            if port == 0:
                break  # a second one would get another number
    except OSError as wrong:
        for one in sockets:
            one.close()
        raise UsageError(
            f"The service cannot listen on {host}, port {port}: {wrong.strerror or wrong}.",
            do="Choose another in serve.host and serve.port, or end what listens there.",
        ) from wrong
    return sockets


def _more_files(wanted: int) -> None:
    """Let this process open as many files as it may have connections, where the system lets it."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))


def forget_secrets() -> None:
    """Take secrets out of the environment, which every process started from here would inherit."""
    for name in list(os.environ):
        if name.startswith("FAULTBOOK_") and name.endswith(("_SECRET", "_KEY")):
            del os.environ[name]
