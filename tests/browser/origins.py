"""Where the pages come from that the walks in this folder look at: each a context manager that yields the address.

Walks are walked over the static export, and with FAULTBOOK_PAGES_FROM=all over every other way of serving the same pages too; what only the service does
stands in ``test_service.py``.
"""

import contextlib
import functools
import http.server
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from faultbook.app import Faultbook


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files as the plainest web server does, with its own page for what is missing."""

    def send_error(self, code, message=None, explain=None):
        missing = Path(self.directory) / "404.html"
        if code != 404 or not missing.is_file():
            super().send_error(code, message, explain)
            return
        body = missing.read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


@contextlib.contextmanager
def static(folder: Path) -> Iterator[str]:
    """The static export, served on loopback."""
    Faultbook().export_site(folder / "out")
    with served(folder / "out") as address:
        yield address


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Any folder, served on loopback."""
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@contextlib.contextmanager
def service(folder: Path) -> Iterator[str]:
    """The service itself, as ``faultbook serve`` starts it, on a free port of loopback."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    log = (folder / "serve.log").open("wb")
    command = [sys.executable, "-m", "faultbook", "serve", "--port", str(port)]
    process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(process, address + "/readyz", folder / "serve.log")
        yield address
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5):
            return
        time.sleep(0.1)
    message = f"the service did not get ready: {log.read_text(errors='replace')[-2000:]}"
    raise RuntimeError(message)


ORIGINS: dict[str, Callable[[Path], AbstractContextManager[str]]] = {"static": static, "service": service}
