"""The book's pages for whoever the entrance could not serve at once: people who have to be signed in, and other spellings of an address."""

import anyio.to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from faultbook.site import Page
from faultbook.web.deliver import Prepared, page_response
from faultbook.web.guard import guarded, peer_of, within_rate
from faultbook.web.state import State


def pages(state: State) -> ASGIApp:
    """What answers where no route does."""
    open_to_all = state.settings.auth.mode == "none" or state.settings.auth.public_book

    @guarded("read")
    async def page(request: Request) -> Response:
        found = None if request.url.path.startswith("/api/") else state.faultbook.site.get(request.url.path)
        if found is None:
            return await _missing(request, state)
        return _kept(request, found, public=open_to_all)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if request.method not in {"GET", "HEAD"}:
            known = state.faultbook.site.get(request.url.path) is not None
            raise HTTPException(405, headers={"Allow": "GET, HEAD"}) if known else HTTPException(404)
        response = await page(request)
        await response(scope, receive, send)

    return answer


def _kept(request: Request, page: Page, *, public: bool) -> Response:
    sent = Prepared(page, [], public=public).choose(request.scope["headers"])
    response = Response(sent.body, sent.status)
    response.raw_headers = list(sent.head)
    return response


async def _missing(request: Request, state: State) -> Response:
    """A page that is not there; of a code, what can be said of it all the same. That takes a moment, so it has a rate."""
    path = request.url.path
    if not path.startswith("/e/") or "/" in path[3:] or not path[3:]:
        raise HTTPException(404)
    within_rate(state, "request", peer_of(request))
    return page_response(await anyio.to_thread.run_sync(_unlisted, state, path[3:][:200]))


def _unlisted(state: State, code: str) -> Page:
    from faultbook.site.live import unlisted_page

    answer = state.faultbook.answer(code)
    if answer.unlisted is None:
        raise HTTPException(404)
    return unlisted_page(answer.unlisted)
