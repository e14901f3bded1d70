"""Whether the service lives, whether it can work, and how it does."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from faultbook.web.guard import peer_of, user_of
from faultbook.web.problem import Problem
from faultbook.web.state import State, state_of

_ONCE_IN = 1.0
_HEADERS = {"cache-control": "no-store"}


def routes(state: State) -> Sequence[BaseRoute]:
    """``/livez`` and ``/readyz`` for whatever runs the service, open to all and saying nothing but yes or no; ``/metrics`` for few."""
    return [Route("/livez", live), Route("/readyz", Readiness(state).answer), Route("/metrics", metrics)]


async def live(request: Request) -> Response:
    """The event loop turns."""
    del request
    return PlainTextResponse("ok\n", headers=_HEADERS)


class Readiness:
    """Whether the book can be read and the store be written, looked at no more than once a second however often it is asked."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._wrong = ""
        self._looked = float("-inf")

    async def answer(self, request: Request) -> Response:
        """``ok``, or 503 and why not."""
        del request
        now = self._state.timer()
        if now - self._looked >= _ONCE_IN:
            self._looked = now
            self._wrong = await anyio.to_thread.run_sync(_unready, self._state)
            if self._wrong:
                self._state.log.warning("not ready", why=self._wrong)
        return PlainTextResponse(f"{self._wrong or 'ok'}\n", 503 if self._wrong else 200, headers=_HEADERS)


def _unready(state: State) -> str:
    if state.faultbook.site.get("/") is None or not state.faultbook.book.codes():
        return "the book has no pages"
    folder = state.settings.store.folder
    if folder and not os.access(folder, os.W_OK | os.X_OK):
        return "the store cannot be written"
    try:
        with tempfile.TemporaryFile(dir=Path(folder) if folder else None) as file:
            file.write(b"x")
    except OSError:
        return "the store cannot be written"
    return ""


async def metrics(request: Request) -> Response:
    """Counts in Prometheus' format, for permitted addresses and for actors."""
    from prometheus_client.exposition import choose_encoder

    state = state_of(request)
    named = user_of(request)
    if not (state.addresses.may_measure(peer_of(request)) or (named.signed_in and named.may("metrics"))):
        raise Problem(
            403, "The metrics are not for everybody.", do="Ask from an address in serve.metrics_from, or as an actor."
        )
    encode, kind = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(state.measures.registry), media_type=None, headers={**_HEADERS, "content-type": kind})
