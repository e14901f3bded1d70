"""What stands before every handler: rights, rates, origins and sizes, stated where the handler is."""

import functools
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Final, Literal
from urllib.parse import quote, urlsplit

import anyio
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Message, Receive

from faultbook.settings import Limits
from faultbook.web.addresses import Peer
from faultbook.web.doorman import SignedIn
from faultbook.web.problem import Problem, wants_json
from faultbook.web.rights import Right, User
from faultbook.web.state import State, state_of

Handler = Callable[[Request], Awaitable[Response]]
Sort = Literal["request", "work"]
Body = Literal["none", "text", "upload"]

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_TOKEN: Final = "csrf"  # noqa: S105 - the name of a field
_AROUND_TEXT: Final = 4
"""A form writes three characters for a byte that it quotes, JSON up to six for some; four times the text is enough for any real one."""
_SPARE: Final = 20_000
_DRAIN_SECONDS: Final = 5
_DRAIN_BYTES: Final = 64_000_000


def guarded(
    right: Right, *, sort: Sort | None = None, body: Body = "none", token: bool = True
) -> Callable[[Handler], Handler]:
    """A handler for people who may do ``right``, at the rate of ``sort``, with a body of at most what the settings say for ``body``.

    A request that may change something must come from a page of ours where a browser sends it, and bring the token of the session where there
    is one; ``token`` is false where nothing is changed, so that the pages of the book, which know no session, can send it. Raises Problem.
    """

    def wrap(handler: Handler) -> Handler:
        @functools.wraps(handler)
        async def inner(request: Request) -> Response:
            state = state_of(request)
            if (refused := _refused(request, right)) is not None:
                return refused
            if sort is not None:
                within_rate(state, sort, peer_of(request))
            await _not_too_long(request, _most(state.settings.limits, body))
            limited = bounded(request, state, body)
            if request.method not in _SAFE:
                _from_our_page(request, state)
                if token:
                    await _with_token(limited)
            return await handler(limited)

        return inner

    return wrap


def bounded(request: Request, state: State, body: Body) -> Request:
    """The same request, of whose body no more can be read than is allowed."""
    return Request(request.scope, _bounded(request.receive, _most(state.settings.limits, body), state))


async def check_token(request: Request) -> None:
    """Raise Problem unless a request comes from a page of ours and brings the token of its session."""
    _from_our_page(request, state_of(request))
    await _with_token(request)


def user_of(request: Request) -> User:
    """Who makes a request."""
    user: User = request.scope["faultbook.user"]
    return user


def peer_of(request: Request) -> Peer:
    """Where a request comes from."""
    peer: Peer = request.scope["faultbook.peer"]
    return peer


def csrf_token(request: Request) -> str:
    """What a form has to send in its field ``csrf``; empty where nothing signs people in by a cookie."""
    doorman, user = state_of(request).doorman, user_of(request)
    return doorman.sessions.token(user) if isinstance(doorman, SignedIn) and user.session else ""


async def form_of(request: Request) -> FormData:
    """The form of a guarded request, its files spooled to disk; raises Problem where it is malformed or too much of one kind."""
    limits = state_of(request).settings.limits
    try:
        return await request.form(
            max_files=limits.upload_files, max_fields=20, max_part_size=limits.text_bytes + _SPARE
        )
    except HTTPException as wrong:
        raise Problem(400, f"The form cannot be read: {wrong.detail.rstrip('.')}.") from wrong


def _refused(request: Request, right: Right) -> Response | None:
    """Where to go to sign in, or None where this user may; raises Problem where neither helps."""
    user, state = user_of(request), state_of(request)
    if user.may(right):
        return None
    if user.signed_in:
        raise Problem(
            403,
            "You are signed in, and may not do this.",
            why=f"It needs the right to {right}, which the role {user.role} does not have.",
            do="Ask the operator of this service for a group that does.",
        )
    if state.doorman.sign_in and request.method in {"GET", "HEAD"} and not wants_json(request):
        return RedirectResponse(
            f"{state.doorman.sign_in}?to={quote(request.url.path, safe='/')}",
            303,
            headers={"cache-control": "no-store"},
        )
    raise Problem(
        401,
        "This needs somebody who is signed in.",
        do="Sign in with a browser first." if state.doorman.sign_in else "Come through the proxy that signs people in.",
        headers={"www-authenticate": "Faultbook"},
    )


def within_rate(state: State, sort: Sort, peer: Peer) -> None:
    """Raise Problem 429 where an address asks too often."""
    wait = state.limiter.wait(sort, peer.address)
    if wait > 0:
        state.measures.limited(sort)
        seconds = str(int(wait) + 1)
        raise Problem(
            429,
            "That was too many requests from one address within a minute.",
            do=f"Try again in {seconds} seconds.",
            headers={"retry-after": seconds},
        )


def _from_our_page(request: Request, state: State) -> None:
    """Browsers say where a request was made (Fetch Metadata, or Origin); other programs carry no cookies of ours by themselves."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    fine = site in {"same-origin", "none"} if site is not None else origin is None or _is_ours(origin, request, state)
    if not fine:
        raise Problem(
            403,
            "This request was made by a page of another site.",
            do="Open this service itself, and do it there.",
        )


def _is_ours(origin: str, request: Request, state: State) -> bool:
    if state.addresses.base_url and origin == state.addresses.base_url:
        return True
    return urlsplit(origin).netloc == request.headers.get("host")


async def _with_token(request: Request) -> None:
    expected = csrf_token(request)
    if not expected:
        return
    given: str | UploadFile | None = request.headers.get("x-csrf-token")
    kind = request.headers.get("content-type", "").partition(";")[0]
    if given is None and kind in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        given = (await form_of(request)).get(_TOKEN)
    if not isinstance(given, str) or not secrets.compare_digest(given.encode(), expected.encode()):
        raise Problem(
            403,
            "The form did not carry the token of your session.",
            why="It was opened before you signed in, or in another session.",
            do="Load the page again, and send it once more.",
        )


def _most(limits: Limits, body: Body) -> int:
    if body == "upload":
        return limits.upload_bytes
    return limits.text_bytes * _AROUND_TEXT + _SPARE if body == "text" else _SPARE


def _bounded(receive: Receive, most: int, state: State) -> Receive:
    """Reading that stops at ``most`` bytes or when the time for the whole body is over."""
    until = time.monotonic() + state.settings.limits.body_seconds
    taken = 0

    async def inner() -> Message:
        nonlocal taken
        try:
            with anyio.fail_after(max(until - time.monotonic(), 0)):
                message = await receive()
        except TimeoutError:
            raise Problem(
                408,
                f"The request did not arrive within {state.settings.limits.body_seconds:g} seconds.",
                do="Send less at once, or over a faster line.",
                headers={"connection": "close"},
            ) from None
        taken += len(message.get("body", b""))
        if taken > most:
            await _drain(receive)
            raise _too_large(most)
        return message

    return inner


async def _not_too_long(request: Request, most: int) -> None:
    """Refuse a body that says itself that it is too large, before anything is made of it."""
    claimed = request.headers.get("content-length", "")
    if claimed.isdigit() and int(claimed) > most:
        await _drain(request.receive)
        raise _too_large(most)


def _too_large(most: int) -> Problem:
    return Problem(
        413,
        f"The request is larger than {most:,} bytes.",
        do="Send less at once: the part of the log around the failure, or fewer files.",
        headers={"connection": "close"},
    )


async def _drain(receive: Receive) -> None:
    """Read on for a moment and keep nothing, since a browser shows an answer only after it could send what it had begun."""
    left = _DRAIN_BYTES
    with anyio.move_on_after(_DRAIN_SECONDS):
        while left > 0:
            message = await receive()
            left -= len(message.get("body", b""))
            if message["type"] != "http.request" or not message.get("more_body"):
                return
