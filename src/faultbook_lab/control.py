"""Orders to a running lab over a socket in its folder, which only its owner can open: one line of JSON there, one back."""

import contextlib
import json
import socket
import socketserver
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from faultbook.errors import FaultbookError, UsageError

Order = dict[str, Any]
_LONGEST: Final = 1 << 20
_PATIENCE: Final = 300.0
"""Seconds. A long stretch that is lived again with a provider that never answers takes a minute or two."""


class Gone(UsageError):  # noqa: N818 - reads as the sentence it carries
    """No lab listens there."""


class Listener:
    """Takes orders until it is closed; what an order raises on purpose is told to whoever gave it."""

    def __init__(self, path: Path, answer: Callable[[Order], Order]) -> None:
        path.unlink(missing_ok=True)

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                line = self.rfile.readline(_LONGEST)
                if not line:
                    return
                try:
                    said: Order = {"ok": True, **answer(json.loads(line))}
                except FaultbookError as error:
                    said = {
                        "ok": False, "usage": isinstance(error, UsageError), "what": error.what, "why": error.why, "do": error.do,
                    }  # fmt: skip
                with contextlib.suppress(BrokenPipeError):
                    self.wfile.write(json.dumps(said).encode() + b"\n")

        class Server(socketserver.ThreadingUnixStreamServer):
            daemon_threads = True

        self._server = Server(str(path), Handler)
        path.chmod(0o600)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Listen no longer."""
        self._server.shutdown()
        self._server.server_close()


def order(path: Path, what: Order, *, seconds: float = _PATIENCE) -> Order:
    """Give an order and wait for its answer. Raises Gone where no lab runs, and what the lab raised where it refuses."""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(seconds)
            line.connect(str(path))
            line.sendall(json.dumps(what).encode() + b"\n")
            answer = json.loads(line.makefile("rb").readline(_LONGEST) or b"null")
    except TimeoutError:
        raise FaultbookError(
            f"The lab did not answer within {seconds:.0f} s.", do=f"Its log: {path.with_name('lab.log')}."
        ) from None
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        if path.with_name("faultbook-lab.lock").exists():
            do = f"It is starting, or has ended; its log: {path.with_name('lab.log')}. Clean up: faultbook lab down."
        else:
            do = "Start one: faultbook lab up."
        raise Gone(f"No lab answers in {path.parent} ({said}).", do=do) from None
    if not isinstance(answer, dict):
        raise Gone(
            f"The lab at {path.parent} broke off.",
            do=f"Its log says why: {path.with_name('lab.log')}. Start afresh: faultbook lab down, then faultbook lab up.",
        )
    if not answer.pop("ok", False):
        kind = UsageError if answer["usage"] else FaultbookError
        raise kind(answer["what"], why=answer["why"], do=answer["do"])
    return answer
