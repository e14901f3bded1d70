"""Where the pages come from that the walks in this folder look at: each a context manager that yields the address.

Whoever serves the same pages in another way adds a line here, and every walk is walked there too.
"""

import contextlib
import functools
import http.server
import threading
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


ORIGINS: dict[str, Callable[[Path], AbstractContextManager[str]]] = {"static": static}
