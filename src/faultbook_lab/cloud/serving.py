"""An ASGI application over HTTPS on loopback, in a thread of the caller's process."""

import socket
import threading
import time
from pathlib import Path
from typing import Final

import uvicorn
from starlette.types import ASGIApp

ADDRESS: Final = "127.0.0.1"
_PATIENCE: Final = 10.0


class Serving:
    """Serves from ``start`` to ``stop``. The port is taken at once, so that it is known before; 0 takes a free one."""

    def __init__(
        self, app: ASGIApp, port: int, certificate: Path, key: Path | None = None, *, address: str = ADDRESS
    ) -> None:
        self._socket = socket.create_server((address, port))
        config = uvicorn.Config(
            app, ssl_certfile=certificate, ssl_keyfile=key, lifespan="off", log_config=None, access_log=False, server_header=False,
            date_header=False, loop="asyncio", timeout_graceful_shutdown=1,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="cloud", daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._socket.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """The address for clients; the certificate has to hold the name."""
        return f"https://localhost:{self.port}"

    def start(self) -> None:
        """Serve; returns when requests are answered. Raises OSError where it does not begin."""
        self._thread.start()
        until = time.monotonic() + _PATIENCE
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > until:
                self._socket.close()
                raise OSError("The emulated cloud did not start.")
            time.sleep(0.01)

    def stop(self) -> None:
        """End it; afterwards nothing listens."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(_PATIENCE)
        self._socket.close()


def serve(app: ASGIApp, port: int, tls_leaf_files: tuple[Path, Path | None]) -> Serving:
    """Serve an application with a certificate and its key (None where one file holds both), until it is stopped."""
    serving = Serving(app, port, *tls_leaf_files)
    serving.start()
    return serving
