"""The one way over HTTP to an API: deadline, bounded retries, published limits, pages, and a reason for whatever did not come.

Retries follow Microsoft's guidance on throttling of Graph: wait as long as ``Retry-After`` says (seconds or a date), else twice as long each time.
"""

import datetime as dt
import email.utils
import json
import random
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple

import anyio
import httpx2
from msgspec import Struct

from faultbook import __version__
from faultbook.sources.graph import REFUSALS
from faultbook.sources.items import clean
from faultbook.sources.live.failure import Failure
from faultbook.sources.live.limits import Limits, Sleep
from faultbook.sources.live.secrets import Secrets

TRIES: Final = 5
LONGEST_WAIT: Final = 120.0
LARGEST: Final = 256 << 20
_FIRST_WAIT: Final = 0.5
_PASSING: Final = frozenset({408, 429, 500, 502, 503, 504, 509})
_SAFE: Final = frozenset({"GET", "HEAD"})
_UNDONE: Final = frozenset({429, 503})
"""Statuses that say that nothing was done, so that even a request that changes something may be sent again."""
_IDS: Final = ("request-id", "client-request-id", "x-ms-request-id", "requestid", "x-ms-correlation-id")


class Answer(NamedTuple):
    """One answer: status, body as it came without known secrets, media type, and the ids by which the other side can find it."""

    status: int
    body: bytes
    media: str
    ids: tuple[str, ...]

    def json(self) -> Any:
        """The body as JSON. Raises Failure (unexpected-shape) where it is none."""
        try:
            return json.loads(self.body or b"null")
        except (ValueError, RecursionError):
            raise Failure("unexpected-shape", "The answer is no JSON.", status=self.status, ids=self.ids) from None


class Page(NamedTuple):
    """One page of a list, and the address of the next one, or nothing."""

    document: dict[str, Any]
    next: str
    ids: tuple[str, ...]


class Timing(Struct, frozen=True, kw_only=True):
    """Where time comes from: replaced in tests. ``ends`` is the clock's value at which everything must be over."""

    ends: float
    clock: Callable[[], float] = time.monotonic
    sleep: Sleep = anyio.sleep
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
    jitter: Callable[[], float] = random.random

    @property
    def left(self) -> float:
        """Seconds until the deadline."""
        return self.ends - self.clock()


def client(*, ca: str = "", transport: httpx2.AsyncBaseTransport | None = None) -> httpx2.AsyncClient:
    """A client that verifies certificates, follows no redirect by itself, and takes no proxy password from a URL."""
    context = ssl.create_default_context(cafile=ca or None)
    return httpx2.AsyncClient(
        verify=context,
        transport=transport,
        follow_redirects=False,
        timeout=httpx2.Timeout(30, connect=10),
        limits=httpx2.Limits(max_connections=20),
        headers={"User-Agent": f"faultbook/{__version__}", "Accept": "application/json"},
    )


class Connection:
    """Requests to one host with one token source. ``base`` holds scheme, host and version, as ``https://graph.microsoft.com/v1.0``."""

    def __init__(
        self,
        http: httpx2.AsyncClient,
        base: str,
        *,
        timing: Timing,
        limits: Limits,
        secrets: Secrets,
        token: Callable[[], Awaitable[str]] | None = None,
        delegated: Callable[[], bool | None] = lambda: None,
    ) -> None:
        self._http = http
        self.base = base.rstrip("/")
        self._timing = timing
        self._limits = limits
        self._secrets = secrets
        self._token = token
        self._delegated = delegated

    @property
    def delegated(self) -> bool | None:
        """Whether the token acts for a person; None where that is not known."""
        return self._delegated()

    async def get(self, path: str, params: Mapping[str, str] | None = None, *, errors: bool = False) -> Answer:
        """One answer. Raises Failure for whatever is no success; with ``errors`` an answer in the 400s is an answer."""
        url = httpx2.URL(self.base + path, params=dict(params or {}))
        return await self._asked("GET", url, errors=errors)

    async def send(self, method: str, path: str, body: Any) -> Answer:
        """A request that changes something: sent again only where the other side said that it did nothing."""
        return await self._asked(method, httpx2.URL(self.base + path), body=body)

    async def pages(
        self, path: str, params: Mapping[str, str] | None = None, *, start: str = ""
    ) -> AsyncIterator[Page]:
        """A list page by page, from the address ``start`` where an earlier run stopped.

        Raises Failure where a page does not come, or where a link leads to another host: a token would go with it.
        """
        url = self._followed(start) if start else httpx2.URL(self.base + path, params=dict(params or {}))
        seen: set[str] = set()
        while True:
            answer = await self._asked("GET", url)
            document = answer.json()
            if not isinstance(document, dict) or not isinstance(document.get("value"), list):
                raise Failure(
                    "unexpected-shape", "The answer has no list of values.", status=answer.status, ids=answer.ids
                )
            link = document.get("@odata.nextLink") or ""
            yield Page(document, str(link), answer.ids)
            if not link:
                return
            if link in seen:
                raise Failure("unexpected-shape", "The list of pages runs in a circle.", ids=answer.ids)
            seen.add(link)
            url = self._followed(str(link))

    def _followed(self, link: str) -> httpx2.URL:
        try:
            here, there = httpx2.URL(self.base), httpx2.URL(link)
        except httpx2.InvalidURL:
            raise Failure("unexpected-shape", "The link to the next page is no address.") from None
        if (there.scheme, there.host, there.port) != (here.scheme, here.host, here.port):
            raise Failure(
                "unexpected-shape",
                f"The link to the next page leads to another host ({clean(there.host, 80)}); it was not followed.",
            )
        return there

    async def _asked(self, method: str, url: httpx2.URL, *, body: Any = None, errors: bool = False) -> Answer:
        trouble = Failure("timed-out", "The time allowed was over before the question was asked.")
        for tried in range(TRIES):
            if self._timing.left <= 0:
                raise trouble
            wait: float | None = None
            try:
                with anyio.fail_after(max(self._timing.left, 0.001)):
                    await self._limits.wait(url.path)
                    response, content = await self._once(method, url, body)
            except TimeoutError:
                raise Failure("timed-out", "No answer within the time allowed.") from None
            except httpx2.TimeoutException:
                trouble = Failure("timed-out", f"{url.host} did not answer in time.")
            except httpx2.TransportError as error:
                trouble = Failure("source-failed", self._secrets.told(f"{url.host} cannot be reached ({said(error)})."))
            else:
                if response.is_success or (
                    errors and 400 <= response.status_code < 500 and response.status_code not in (401, 403, 408, 429)
                ):
                    return Answer(
                        response.status_code, content, response.headers.get("content-type", ""), _ids(response)
                    )
                trouble = self._refusal(response, content)
                if response.status_code not in _PASSING:
                    raise trouble
                if method not in _SAFE and response.status_code not in _UNDONE:
                    raise trouble
                wait = retry_after(response.headers.get("retry-after"), self._timing.now())
            if method not in _SAFE and wait is None and trouble.status not in _UNDONE:
                raise trouble
            await self._wait(tried, wait, trouble)
        raise trouble

    async def _once(self, method: str, url: httpx2.URL, body: Any) -> tuple[httpx2.Response, bytes]:
        headers = {"Prefer": "include-unknown-enum-members"} if "graph" in url.host else {}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {await self._token()}"
        request = self._http.build_request(method, url, headers=headers, json=body)
        response = await self._http.send(request, stream=True)
        try:
            content = bytearray()
            async for piece in response.aiter_bytes():
                content += piece
                if len(content) > LARGEST:
                    raise Failure("unexpected-shape", f"The answer is larger than {LARGEST >> 20} MB and was not read.")
        finally:
            await response.aclose()
        return response, self._secrets.hide_bytes(bytes(content))

    async def _wait(self, tried: int, asked: float | None, trouble: Failure) -> None:
        """Wait before the next try, or give up where that would take longer than there is time."""
        if tried + 1 >= TRIES:
            raise trouble
        wait = asked if asked is not None else _FIRST_WAIT * 2**tried * (1 + self._timing.jitter())
        if wait > min(LONGEST_WAIT, self._timing.left):
            raise trouble
        await self._timing.sleep(wait)

    def _refusal(self, response: httpx2.Response, content: bytes) -> Failure:
        code, message = _error_of(content)
        why = REFUSALS.get(code.lower())
        status = response.status_code
        if status == 429:
            why = "throttled"
        elif status in (401, 403):
            why = why if why == "not-licensed" else "not-permitted"
            if why == "not-permitted" and "premium" in code.lower():
                why = "not-licensed"
        elif status == 404:
            why = "not-found"
        elif status in (408, 504):
            why = "timed-out"
        elif status >= 500 or why is None:
            why = "source-failed"
        shown = " ".join(part for part in (code, clean(message, 300)) if part)
        sentence = f"{response.request.url.host} answered {status}{f' ({shown})' if shown else ''}."
        return Failure(why, self._secrets.told(sentence), status=status, code=code, ids=_ids(response))


def retry_after(header: str | None, now: dt.datetime) -> float | None:
    """How many seconds a ``Retry-After`` header asks to wait: it holds seconds or an HTTP date; None where it says nothing usable."""
    if not header:
        return None
    text = header.strip()
    try:
        return max(float(text), 0.0) if float(text) < 1e6 else None
    except ValueError:
        pass
    try:
        at = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    at = at.replace(tzinfo=dt.UTC) if at.tzinfo is None else at
    return max((at - now).total_seconds(), 0.0)


def said(error: Exception) -> str:
    """What an error of the network says, in one line."""
    return clean(str(error) or type(error).__name__, 200)


def _ids(response: httpx2.Response) -> tuple[str, ...]:
    return tuple(f"{name}: {clean(response.headers[name], 64)}" for name in _IDS if name in response.headers)


def _error_of(content: bytes) -> tuple[str, str]:
    """The code and message of an error answer of Graph or Power BI, as far as it has any."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return "", ""
    error = document.get("error", document) if isinstance(document, dict) else {}
    if isinstance(error, str):
        return error, str(document.get("error_description", ""))
    if not isinstance(error, dict):
        return "", ""
    inner = error.get("pbi.error")
    code = str(error.get("code") or (inner.get("code") if isinstance(inner, dict) else "") or "")
    return clean(code, 120), str(error.get("message") or "")
