"""One operation of the API: declared once, and from that routed, checked and described."""

import hashlib
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal

import anyio.to_thread
import msgspec
from msgspec import Struct
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from faultbook.web.deliver import matches
from faultbook.web.guard import Body, Handler, Sort, form_of, guarded
from faultbook.web.problem import Problem
from faultbook.web.rights import Right
from faultbook.web.state import State, state_of

PREFIX: Final = "/api/v1"
_FORM: Final = "multipart/form-data"
_JSON: Final = "application/json"


class Asked(Struct, kw_only=True):
    """A request to an operation, checked: ``code`` from its address, ``query`` and ``body`` as the operation declares them, ``files`` as sent."""

    request: Request
    state: State
    code: str = ""
    query: Any = None
    body: Any = None
    files: tuple[UploadFile, ...] = ()


class Encoded(Struct, frozen=True):
    """An answer that a worker has encoded already, and what its head says besides."""

    raw: bytes
    status: int = 200
    headers: dict[str, str] = {}


class Operation(Struct, frozen=True, kw_only=True):
    """``query`` and ``body`` are the types of what is given, ``answer`` of what comes back. ``files`` says that a form with files may be sent too.

    ``later`` is the type of what is answered with 202 while an answer is made; an operation without ``answer`` sends ``media``, or nothing (204).
    A handler that is a plain function runs in a thread, so that reading the book holds up nobody. ``cached`` answers depend on the book and the address only.
    """

    id: str
    method: Literal["GET", "POST", "DELETE"]
    path: str
    title: str
    detail: str
    handler: Callable[[Asked], Any]
    answer: Any = None
    later: Any = None
    media: str = ""
    query: Any = None
    body: Any = None
    files: bool = False
    right: Right = "read"
    sort: Sort = "request"
    size: Body = "none"
    cached: bool = False
    problems: tuple[int, ...] = ()

    def endpoint(self, *, public: bool) -> Handler:
        """The operation as a handler; ``public`` as in ``deliver.Prepared``."""

        @guarded(self.right, sort=self.sort, body=self.size)
        async def endpoint(request: Request) -> Response:
            answer = await self._answer(await self._asked(request))
            if isinstance(answer, Response):
                return answer
            made = answer if isinstance(answer, Encoded) else Encoded(msgspec.json.encode(answer))
            return _cached(request, made.raw, public=public) if self.cached else _fresh(made)

        return endpoint

    async def _answer(self, asked: Asked) -> Any:
        if inspect.iscoroutinefunction(self.handler):
            return await self.handler(asked)
        return await anyio.to_thread.run_sync(self.handler, asked)

    async def _asked(self, request: Request) -> Asked:
        asked = Asked(request=request, state=state_of(request), code=request.path_params.get("code", ""))
        asked.query = _query(request, self.query)
        if self.body is not None:
            kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind == _FORM and self.files:
                asked.body, asked.files = await _form(request, self.body)
            elif kind == _JSON:
                asked.body = _parsed(await request.body(), self.body)
            else:
                takes = f"{_JSON} or {_FORM}" if self.files else _JSON
                raise Problem(415, f"The body is {kind or 'of no declared type'}.", do=f"Send {takes}.")
        return asked


def routes_of(operations: Iterable[Operation], *, public: bool) -> list[Route]:
    """One route for each address, which knows all of its methods, so that a refusal names them."""
    by_path: dict[str, dict[str, Handler]] = {}
    for one in operations:
        by_path.setdefault(one.path, {})[one.method] = one.endpoint(public=public)
    return [
        Route(f"{PREFIX}{path.replace('{code}', '{code:path}')}", _by_method(handlers), methods=list(handlers))
        for path, handlers in by_path.items()
    ]


def _by_method(handlers: Mapping[str, Handler]) -> Handler:
    async def endpoint(request: Request) -> Response:
        return await handlers["GET" if request.method == "HEAD" else request.method](request)

    return endpoint


def _query(request: Request, wanted: Any) -> Any:
    """The parameters of the address, each at most once and none that does not exist."""
    given: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name in given:
            raise Problem(400, f"The parameter {_shown(name)} is given twice.")
        given[name] = value
    known = {} if wanted is None else {one.encode_name: one for one in msgspec.structs.fields(wanted)}
    for name in given:
        if name not in known:
            raise Problem(
                400,
                f"There is no parameter {_shown(name)}.",
                do=f"There are: {', '.join(known)}." if known else "There is none.",
            )
    return None if wanted is None else _converted(given, wanted)


async def _form(request: Request, wanted: Any) -> tuple[Any, tuple[UploadFile, ...]]:
    fields: dict[str, str] = {}
    files: list[UploadFile] = []
    for name, value in (await form_of(request)).multi_items():
        if isinstance(value, UploadFile):
            if name != "evidence":
                raise Problem(
                    400, f"There is no field {_shown(name)} for files.", do="Send files in the field evidence."
                )
            files.append(value)
        elif name != "csrf":
            if name in fields:
                raise Problem(400, f"The field {_shown(name)} is given twice.")
            fields[name] = value
    return _converted(fields, wanted), tuple(files)


def _converted(given: Mapping[str, str], wanted: Any) -> Any:
    try:
        return msgspec.convert(given, wanted, strict=False)
    except msgspec.ValidationError as wrong:
        raise Problem(400, f"The request is not as it has to be: {wrong}.") from None


def _parsed(raw: bytes, wanted: Any) -> Any:
    try:
        return msgspec.json.decode(raw, type=wanted)
    except msgspec.ValidationError as wrong:
        raise Problem(400, f"The body is not as it has to be: {wrong}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem(400, "The body is not JSON.") from None


def _fresh(made: Encoded) -> Response:
    return Response(made.raw, made.status, media_type=_JSON, headers={"cache-control": "no-store", **made.headers})


def _cached(request: Request, raw: bytes, *, public: bool) -> Response:
    tag = f'"{hashlib.sha256(raw).hexdigest()[:24]}"'
    headers = {"etag": tag, "cache-control": "public, max-age=300" if public else "private, no-cache"}
    if not public:
        headers["vary"] = "cookie"
    known = request.headers.get("if-none-match", "")
    if known and matches(known.encode("latin-1"), tag.encode()):
        return Response(status_code=304, headers=headers)
    return Response(raw, media_type=_JSON, headers=headers)


def _shown(name: str) -> str:
    """A name that a stranger chose, short and without anything that could be obeyed."""
    return "".join(sign if sign.isprintable() else "?" for sign in name[:60])
