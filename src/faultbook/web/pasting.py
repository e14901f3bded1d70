"""Words and pasted texts from people: answered in HTML, kept by nobody."""

from collections.abc import Sequence
from typing import Final

import anyio.to_thread
import msgspec
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from faultbook.recognise import Recognition
from faultbook.web import tasks
from faultbook.web.deliver import page_response
from faultbook.web.guard import form_of, guarded
from faultbook.web.problem import Problem
from faultbook.web.state import State, state_of

_MOST_WORDS: Final = 300
_LONGEST_CODE: Final = 120


def routes(state: State) -> Sequence[BaseRoute]:
    """The one box: words by address, texts by form."""
    del state
    return [Route("/search", search, methods=["GET"]), Route("/paste", paste, methods=["POST"])]


@guarded("read", sort="request")
async def search(request: Request) -> Response:
    """A code leads to its page, an error to what it says, words to what the book has of them."""
    state = state_of(request)
    words = request.query_params.get("q", "").strip()
    if len(words) > _MOST_WORDS:
        raise Problem(
            414,
            f"More than {_MOST_WORDS} characters are no search.",
            do="Paste the text into the box on the front page instead.",
        )
    if (path := _page_of(state, words)) is not None:
        return _see(path)
    found = await anyio.to_thread.run_sync(state.faultbook.recogniser.scan, words)
    return await anyio.to_thread.run_sync(_recognised, state, found) if found.codes else await _searched(state, words)


@guarded("recognise", sort="work", body="text", token=False)
async def paste(request: Request) -> Response:
    """What is in a text. It is recognised, and forgotten with the answer."""
    state = state_of(request)
    text = (await form_of(request)).get("text")
    if isinstance(text, UploadFile):
        raise Problem(
            415,
            "A file was sent where a text was expected.",
            do="Paste its text, or give it as evidence to a diagnosis.",
        )
    words = (text or "").strip()
    if (path := _page_of(state, words)) is not None:
        return _see(path)
    if len(words.encode("utf-8", "replace")) > state.settings.limits.text_bytes:
        raise Problem(
            413,
            f"The text is larger than {state.settings.limits.text_bytes:,} bytes.",
            do="Paste the part around the failure; or run faultbook scan on the file, which has no such limit.",
        )
    if not words:
        raise Problem(400, "There is nothing in the box.", do="Paste the error, or write its code or some words.")
    raw = await state.workroom.run(tasks.recognise, state.faultbook.path, words)
    found = msgspec.json.decode(raw, type=Recognition)
    if not (found.codes or found.mentions or found.candidates) and len(words) <= _MOST_WORDS:
        return await _searched(state, words)
    return _recognised(state, found)


def _recognised(state: State, found: Recognition) -> Response:
    from faultbook.site.live import recognised_page

    book = state.faultbook.book
    codes = (*found.codes, *found.mentions, *found.candidates)
    entries = {code: entry for code in codes if (entry := book.entry(code))}
    names = {code: known.name for code in codes if code not in entries and (known := book.known_code(code))}
    return page_response(recognised_page(found, entries, names))


async def _searched(state: State, words: str) -> Response:
    from faultbook.site.live import search_page

    hits = await anyio.to_thread.run_sync(state.faultbook.search, words, 30) if words else []
    return page_response(search_page(words, hits))


def _page_of(state: State, words: str) -> str | None:
    """The page of a code, where the words are one."""
    return state.faultbook.site.code_path(words) if words and len(words) <= _LONGEST_CODE else None


def _see(path: str) -> Response:
    return RedirectResponse(path, 303, headers={"cache-control": "no-store"})
