"""Every way a request can fail, in one shape: RFC 9457 for programs, a page for people."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import msgspec
from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from faultbook.errors import BookError, EvidenceError, FaultbookError, NotRecognised, UsageError
from faultbook.web.deliver import page_response

TYPE: Final = "application/problem+json"
_STATUS: Final[tuple[tuple[type[FaultbookError], int], ...]] = (
    (EvidenceError, 422),
    (UsageError, 422),
    (NotRecognised, 422),
    (BookError, 503),
)
_OURS: Final = 500
_NO_STORE: Final = {"cache-control": "no-store"}


class Problem(FaultbookError):  # noqa: N818 - RFC 9457 calls it so
    """A failure with the status by which it is answered."""

    def __init__(
        self, status: int, what: str, *, why: str = "", do: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(what, why=why, do=do)
        self.status = status
        self.headers = dict(headers or {})


class ProblemBody(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457: ``title`` is what the status means, ``detail`` what happened here; ``why`` and ``do`` may be missing.

    ``request`` is the id under which the log has this request.
    """

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    why: str = ""
    do: str = ""
    request: str = ""


def answer(request: Request, error: Exception) -> Response:
    """The answer to a request that failed. Of what nobody foresaw, the log gets the place."""
    if not isinstance(error, FaultbookError | HTTPException):
        request.scope["faultbook.state"].log.error("failed", request=request.scope.get("faultbook.id", ""), error=error)
    problem = as_problem(request, error)
    response = _json(request, problem) if wants_json(request) else _page(request, problem)
    response.headers.update({**_NO_STORE, **problem.headers})
    return response


def wants_json(request: Request) -> bool:
    """The API always answers in JSON; elsewhere the client does who asks for it and not for HTML."""
    path = request.url.path
    if path.startswith("/api/") and path != "/api/":
        return True
    accept = request.headers.get("accept", "")
    return "json" in accept and "text/html" not in accept


def as_problem(request: Request, error: Exception) -> Problem:
    """The words and the status for an error of any kind; of an unexpected one nothing is told."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, FaultbookError):
        status = next((number for sort, number in _STATUS if isinstance(error, sort)), 400)
        return Problem(status, error.what, why=error.why, do=error.do)
    if isinstance(error, HTTPException):
        return _of_status(request, error)
    return Problem(
        500,
        "Something went wrong inside Faultbook.",
        do="Try again. If it stays, give the operator the number of this request.",
    )


def _of_status(request: Request, error: HTTPException) -> Problem:
    headers = error.headers or {}
    if error.status_code == HTTPStatus.NOT_FOUND:
        if wants_json(request):
            return Problem(404, "The API has no such address.", do="All of them: /api/v1/openapi.json", headers=headers)
        return Problem(404, "There is no such page.", do="Look at the address, or search the book.", headers=headers)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = headers.get("Allow", "GET")
        return Problem(405, f"{request.method} is not possible here.", do=f"Possible is: {allowed}.", headers=headers)
    return Problem(error.status_code, error.detail.rstrip(".") + ".", headers=headers)


def _json(request: Request, problem: Problem) -> Response:
    body = ProblemBody(
        title=HTTPStatus(problem.status).phrase,
        status=problem.status,
        detail=problem.what,
        why=problem.why,
        do=problem.do,
        request=request.scope.get("faultbook.id", ""),
    )
    return Response(msgspec.json.encode(body), problem.status, media_type=TYPE)


def _page(request: Request, problem: Problem) -> Response:
    from faultbook.site.live import problem_page  # brings the template engine, which most requests do without

    number = request.scope.get("faultbook.id", "")
    do = f"{problem.do} The number of this request is {number}." if problem.status >= _OURS and number else problem.do
    return page_response(problem_page(problem.status, problem.what, problem.why, do))
