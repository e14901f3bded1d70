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

_HEADERS = {"cache-control": "no-store"}


def routes(state: State) -> Sequence[BaseRoute]:
    """``/livez`` and ``/readyz`` for whatever runs the service, open to all and saying nothing but yes or no; ``/metrics`` for few."""
    del state
    return [Route("/livez", live), Route("/readyz", ready), Route("/metrics", metrics)]


async def live(request: Request) -> Response:
    """The event loop turns."""
    del request
    return PlainTextResponse("ok\n", headers=_HEADERS)


async def ready(request: Request) -> Response:
    """The book can be read and the store be written."""
    state = state_of(request)
    wrong = await anyio.to_thread.run_sync(_unready, state)
    if wrong:
        state.log.warning("not ready", why=wrong)
    return PlainTextResponse(f"{wrong or 'ok'}\n", 503 if wrong else 200, headers=_HEADERS)


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
