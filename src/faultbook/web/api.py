"""The API, version 1: the same objects as the command line's ``--json``."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Final, Literal

import anyio.to_thread
import msgspec
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from faultbook.app import (
    AboutBook,
    Answer,
    Checked,
    Codes,
    Diagnosis,
    Faultbook,
    Listing,
    Permitted,
    Recognised,
    Scanned,
    Searched,
)
from faultbook.app.inbox import Inbox
from faultbook.web import tasks
from faultbook.web.api_kept import KEPT
from faultbook.web.given import Message, ToDiagnose, take, text_within
from faultbook.web.guard import guarded
from faultbook.web.openapi import description
from faultbook.web.operation import PREFIX, Asked, Encoded, Operation, routes_of
from faultbook.web.problem import Problem
from faultbook.web.state import State

Severity = Literal["low", "medium", "high", "critical"]
Depth = Literal["full", "brief"]
Words = Annotated[str, Meta(min_length=1, max_length=300, description="A code, or words.")]
Limit = Annotated[int, Meta(ge=1, le=100, description="How many at most.")]
After = Annotated[str, Meta(max_length=200, description="The `next` of the page before.")]
Word = Annotated[str, Meta(max_length=60, description="A word of the book's own vocabulary.")]


class Search(Struct, forbid_unknown_fields=True, kw_only=True):
    """Full-text search."""

    q: Words
    limit: Limit = 10


class List(Struct, forbid_unknown_fields=True, kw_only=True):
    """Filters of a list of entries; every one given has to match."""

    product: Word = ""
    category: Word = ""
    severity: Severity | Literal[""] = ""
    who: Word = ""
    depth: Depth | Literal[""] = ""
    limit: Limit = 50
    after: After = ""


class ListCodes(Struct, forbid_unknown_fields=True, kw_only=True):
    """Filters of a list of codes."""

    family: Word = ""
    limit: Limit = 50
    after: After = ""


class Text(Struct, forbid_unknown_fields=True, kw_only=True):
    """A text, which is kept by nobody."""

    text: Message


class Nothing(Struct, forbid_unknown_fields=True, kw_only=True):
    """Files only."""


def about(asked: Asked) -> AboutBook:
    """Versions and sizes."""
    return asked.state.faultbook.about()


def entries(asked: Asked) -> Listing:
    """A page of entries."""
    query: List = asked.query
    only = {name: str(getattr(query, name)) for name in ("product", "category", "severity", "who", "depth")}
    return asked.state.faultbook.listing(limit=query.limit, after=query.after, **only)


def entry(asked: Asked) -> Answer:
    """One entry."""
    answer = asked.state.faultbook.answer(_code(asked))
    if answer.entry is None:
        raise Problem(404, f"The book has no entry for {answer.code}.", do=f"What is known of it: {PREFIX}/codes/…")
    return answer


def codes(asked: Asked) -> Codes:
    """A page of published codes."""
    query: ListCodes = asked.query
    return asked.state.faultbook.codes(limit=query.limit, after=query.after, family=query.family)


def code(asked: Asked) -> Answer:
    """What is known of one code."""
    answer = asked.state.faultbook.answer(_code(asked))
    if answer.entry is None and answer.known is None:
        said = " ".join(answer.unlisted.said) if answer.unlisted else ""
        raise Problem(404, said or f"{answer.code} is not a published code.")
    return answer


def search(asked: Asked) -> Searched:
    """What the book has of some words."""
    query: Search = asked.query
    return Searched(hits=asked.state.faultbook.search(query.q, query.limit))


def permissions(asked: Asked) -> Permitted:
    """Which grant settles which causes."""
    book: Faultbook = asked.state.faultbook
    answer = book.answer(_code(asked))
    if answer.entry is None:
        raise Problem(404, f"The book has no entry for {answer.code}.")
    return Permitted(code=answer.code, openings=book.permissions(answer.code))


async def recognise(asked: Asked) -> Encoded:
    """What stands in one text."""
    text = text_within(asked.state, asked.body.text)
    return Encoded(await asked.state.workroom.run(tasks.recognised, asked.state.faultbook.path, text))


async def scan(asked: Asked) -> Encoded:
    """Every error in a log."""
    text = text_within(asked.state, asked.body.text)
    return Encoded(await asked.state.workroom.run(tasks.scanned, asked.state.faultbook.path, text))


async def evidence(asked: Asked) -> Encoded:
    """What each file is."""
    if not asked.files:
        raise Problem(400, "No file was sent.", do="Send files in the field evidence.")
    with asked.state.workroom.folder() as folder, Inbox(folder) as inbox:
        await anyio.to_thread.run_sync(take, inbox, asked.files)
        return Encoded(await asked.state.workroom.run(tasks.check, asked.state.faultbook.path, folder, inbox.paths))


async def diagnose(asked: Asked) -> Encoded:
    """Which cause is true here."""
    question: ToDiagnose = asked.body
    text = text_within(asked.state, question.text)
    at = question.at.astimezone(dt.UTC) if question.at else None
    with asked.state.workroom.folder() as folder, Inbox(folder) as inbox:
        await anyio.to_thread.run_sync(take, inbox, asked.files)
        raw, _ = await asked.state.workroom.run(
            tasks.diagnose, asked.state.faultbook.path, folder, text, inbox.paths, question.user or None, at
        )
        return Encoded(raw)


OPERATIONS: Final = (
    Operation(
        id="about", method="GET", path="/about", title="Versions", detail="Which program and which book answer.",
        handler=about, answer=AboutBook, cached=True,
    ),
    Operation(
        id="list-entries", method="GET", path="/entries", title="List entries",
        detail="Entries of the book, in short, by product, category, severity, who can fix it, and depth.",
        handler=entries, answer=Listing, query=List, cached=True, problems=(422,),
    ),
    Operation(
        id="get-entry", method="GET", path="/entries/{code}", title="One entry",
        detail="The whole entry of a code, however it is spelt. The object of `faultbook show CODE --json`.",
        handler=entry, answer=Answer, cached=True, problems=(404,),
    ),
    Operation(
        id="list-codes", method="GET", path="/codes", title="List published codes",
        detail="Every code that its vendor publishes, whether or not the book has an entry for it.",
        handler=codes, answer=Codes, query=ListCodes, cached=True, problems=(422,),
    ),
    Operation(
        id="get-code", method="GET", path="/codes/{code}", title="What is known of a code",
        detail="Its entry, or what is published of it and what stands beside it. The object of `faultbook show CODE --json`.",
        handler=code, answer=Answer, cached=True, problems=(404,),
    ),
    Operation(
        id="search", method="GET", path="/search", title="Search the book",
        detail="Full-text search. The object of `faultbook search WORDS --json`.",
        handler=search, answer=Searched, query=Search, cached=True,
    ),
    Operation(
        id="permissions", method="GET", path="/permissions/{code}", title="What would settle it",
        detail="Which single grant, role or file settles which causes of a code. The object of `faultbook permissions CODE --json`.",
        handler=permissions, answer=Permitted, cached=True, problems=(404,),
    ),
    Operation(
        id="recognise", method="POST", path="/recognise", title="Recognise a text",
        detail="Which errors happened in a text, which it only mentions, and guesses by its wording or its likeness to what the book says. Nothing of it is kept.",
        handler=recognise, answer=Recognised, body=Text, right="recognise", sort="work", size="text", problems=(413, 415, 503, 504),
    ),
    Operation(
        id="scan", method="POST", path="/scan", title="Scan a log",
        detail="Every error in a text, with its line. Its occurrences are the objects that `faultbook scan - --json` prints.",
        handler=scan, answer=Scanned, body=Text, right="recognise", sort="work", size="text", problems=(413, 415, 503, 504),
    ),
    Operation(
        id="check-evidence", method="POST", path="/evidence", title="Check evidence",
        detail="What each exported file is, its window, its gaps, and what was unreadable. The object of `faultbook evidence check --json`.",
        handler=evidence, answer=Checked, body=Nothing, files=True, right="diagnose", sort="work", size="upload",
        problems=(413, 415, 422, 503, 504),
    ),
    Operation(
        id="diagnose", method="POST", path="/diagnose", title="Diagnose",
        detail="Which cause of an error is true here, from its text and exported files. Nothing is kept. The object of `faultbook diagnose --json`.",
        handler=diagnose, answer=Diagnosis, body=ToDiagnose, files=True, right="diagnose", sort="work", size="upload",
        problems=(413, 415, 422, 503, 504),
    ),
    *KEPT,
)  # fmt: skip


def routes(state: State) -> Sequence[BaseRoute]:
    """Every operation, their description for programs, and a page about them for people."""
    public = state.settings.auth.mode == "none" or state.settings.auth.public_book
    document = msgspec.json.encode(description(OPERATIONS, state.settings))

    @guarded("read", sort="request")
    async def openapi(request: Request) -> Response:
        del request
        return Response(document, media_type="application/json", headers={"cache-control": "no-cache"})

    @guarded("read")
    async def page(request: Request) -> Response:
        del request
        from faultbook.web.api_page import api_page
        from faultbook.web.deliver import page_response

        return page_response(api_page(OPERATIONS, state.settings))

    return [
        Route("/api", page, methods=["GET"]),
        Route(f"{PREFIX}/openapi.json", openapi, methods=["GET"]),
        *routes_of(OPERATIONS, public=public),
    ]


def _code(asked: Asked) -> str:
    return asked.code[:200]
