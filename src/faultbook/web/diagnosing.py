"""Diagnosis in the browser: evidence in, progress, the result, its downloads, the proof later, and away with it."""

import contextlib
import datetime as dt
import functools
from collections.abc import Sequence
from typing import Any, Final

import anyio.to_thread
import msgspec
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from faultbook.app.inbox import Inbox
from faultbook.stores import Kept
from faultbook.web import downloads, tasks
from faultbook.web.deliver import page_response
from faultbook.web.given import take, text_within
from faultbook.web.guard import csrf_token, form_of, guarded, user_of
from faultbook.web.jobs import Job, Progress, verification_of
from faultbook.web.problem import Problem, wants_json
from faultbook.web.state import State, state_of

_NOT_KEPT: Final = {"cache-control": "no-store", "x-robots-tag": "noindex"}


def routes(state: State) -> Sequence[BaseRoute]:
    """The form, and everything under the name of a diagnosis."""
    del state
    return [
        Route("/diagnose", form, methods=["GET"]),
        Route("/diagnose", diagnose, methods=["POST"]),
        Route("/d/{name}", result, methods=["GET"]),
        Route("/d/{name}/progress", progress, methods=["GET"]),
        Route("/d/{name}/verify", verify, methods=["POST"]),
        Route("/d/{name}/verified", verified, methods=["GET"]),
        Route("/d/{name}/delete", delete, methods=["POST"]),
        Route("/d/{name}/{file}", download, methods=["GET"]),
    ]


@guarded("diagnose")
async def form(request: Request) -> Response:
    """Where a text and files are given."""
    from faultbook.site.diagnosing import form_page

    settings = state_of(request).settings
    page = form_page(
        request.query_params.get("code", "")[:80],
        csrf_token(request),
        limits=settings.limits,
        hours=settings.store.hours,
        signed_in=user_of(request).signed_in,
    )
    return _private(page_response(page))


@guarded("diagnose", sort="work", body="upload")
async def diagnose(request: Request) -> Response:
    """Begin, and lead to where it can be watched."""
    state, given = state_of(request), await form_of(request)
    text = _field(given, "text")
    if not text:
        raise Problem(400, "There is no text.", do="Paste the error as it was shown, or write its code.")
    user, at = _field(given, "user") or None, _moment(given, "at")
    job = await begin(state, user_of(request).name, text_within(state, text), files_of(given), user=user, at=at)
    await state.jobs.wait(job)
    return RedirectResponse(f"/d/{job.name}", 303, headers=_NOT_KEPT)


@guarded("diagnose", sort="request")
async def result(request: Request) -> Response:
    """The diagnosis; while it is made, how far it is; when it is gone, that it is."""
    from faultbook.site.diagnosing import result_page

    state = state_of(request)
    found = await seen(request)
    if isinstance(found, Job):
        return _underway(request, found, f"/d/{found.name}")
    made = functools.partial(
        result_page,
        csrf=csrf_token(request),
        limits=state.settings.limits,
        until=found.about.expires,
        signed_in=user_of(request).signed_in,
    )
    return _private(page_response(await anyio.to_thread.run_sync(lambda: made(found.name, *downloads.parts_of(found)))))


@guarded("diagnose")
async def progress(request: Request) -> Response:
    """How far a diagnosis, or the verification of one, is."""
    state, name = state_of(request), request.path_params["name"]
    job = state.jobs.find(verification_of(name) if "verified" in request.query_params else name)
    if job is not None and not _may_see(request, job.owner):
        job = None
    now = state.jobs.progress(job) if job is not None else Progress(state="done", words="Done")
    return _json(now)


@guarded("diagnose", sort="request")
async def download(request: Request) -> Response:
    """The diagnosis in another form."""
    found = await seen(request)
    made = None if isinstance(found, Job) else downloads.FORMS.get(request.path_params["file"])
    if made is None or isinstance(found, Job):
        raise Problem(404, "There is no such file of this diagnosis.", do="Go to its page, which lists them.")
    return await anyio.to_thread.run_sync(made, found)


@guarded("diagnose", sort="work", body="upload")
async def verify(request: Request) -> Response:
    """Ask again, of newer evidence."""
    state, given = state_of(request), await form_of(request)
    kept = _finished(await seen(request))
    files = files_of(given)
    if not files:
        raise Problem(400, "No file was sent.", do="Give newer exports, from after the fix.")
    since = _moment(given, "since")
    inbox = await _taken(state, files)
    raw = await anyio.to_thread.run_sync(kept.read, "diagnosis.json")

    async def work(folder: Any, paths: Any) -> dict[str, bytes]:
        return await state.workroom.run(tasks.verify_to_keep, state.faultbook.path, folder, raw, paths, since)

    def keep(members: dict[str, bytes]) -> None:
        for member, data in members.items():
            state.jobs.store.add(kept, member, data)

    job = state.jobs.begin(verification_of(kept.name), kept.about.owner, inbox, work, keep)
    await state.jobs.wait(job)
    return RedirectResponse(f"/d/{kept.name}/verified", 303, headers=_NOT_KEPT)


@guarded("diagnose", sort="request")
async def verified(request: Request) -> Response:
    """What became of the failed questions."""
    from faultbook.site.diagnosing import verified_page

    state = state_of(request)
    kept = _finished(await seen(request))
    job = state.jobs.find(verification_of(kept.name))
    if job is not None:
        return _underway(request, job, f"/d/{kept.name}/verified")
    parts = await anyio.to_thread.run_sync(downloads.verification_of, kept)
    if parts is None:
        return RedirectResponse(f"/d/{kept.name}#verify", 303, headers=_NOT_KEPT)
    return _private(page_response(verified_page(kept.name, *parts)))


@guarded("diagnose")
async def delete(request: Request) -> Response:
    """Away with it, now."""
    from faultbook.site.diagnosing import deleted_page

    found = await seen(request)
    await state_of(request).jobs.delete(found.name)
    return _private(page_response(deleted_page()))


async def begin(
    state: State, owner: str, text: str, files: Sequence[UploadFile], *, user: str | None, at: dt.datetime | None
) -> Job:
    """Begin a diagnosis. Raises Problem where there is no room for it."""
    await state.jobs.admit(owner)
    inbox = await _taken(state, files)
    name = state.jobs.store.new_name()

    async def work(folder: Any, paths: Any) -> dict[str, bytes]:
        return await state.workroom.run(tasks.diagnose_to_keep, state.faultbook.path, folder, text, paths, user, at)

    def keep(members: dict[str, bytes]) -> None:
        state.jobs.store.put(name, owner, members, state.clock())

    return state.jobs.begin(name, owner, inbox, work, keep)


async def seen(request: Request) -> Kept | Job:
    """What stands under the name in the address, for somebody who may see it.

    Raises Problem 404 where there is nothing, or nothing for this person; 410 where it is gone; and as the work on it failed.
    """
    state, name = state_of(request), request.path_params["name"]
    job = state.jobs.find(name)
    kept = None if job is not None else await state.jobs.kept(name)
    found = job or kept
    if found is None and await state.jobs.gone(name):
        raise Problem(
            410,
            "This diagnosis is gone.",
            why=f"A diagnosis is kept for {state.settings.store.hours:g} hours, or until somebody deletes it.",
            do="Give the evidence again; the exports on your disk are still there.",
        )
    if found is None or not _may_see(request, found.owner if isinstance(found, Job) else found.about.owner):
        raise Problem(404, "There is no such diagnosis.", do="Look at the address; or give the evidence again.")
    if isinstance(found, Job) and found.failed is not None:
        raise found.failed
    return found


def files_of(given: FormData) -> list[UploadFile]:
    """The files of a form; a field that was left empty is none."""
    return [one for one in given.getlist("evidence") if isinstance(one, UploadFile) and (one.filename or one.size)]


def _may_see(request: Request, owner: str) -> bool:
    """Where people sign in, a diagnosis is its owner's, and of those who act for all; elsewhere whoever knows the name may."""
    user = user_of(request)
    return owner == user.name or user.may("act")


def _finished(found: Kept | Job) -> Kept:
    if isinstance(found, Job):
        raise Problem(409, "This diagnosis is still being made.", do="Wait until it is there.")
    return found


async def _taken(state: State, files: Sequence[UploadFile]) -> Inbox:
    with contextlib.ExitStack() as unless_all_is_well:
        inbox = unless_all_is_well.enter_context(Inbox(state.jobs.folder))
        await anyio.to_thread.run_sync(take, inbox, files)
        unless_all_is_well.pop_all()
    return inbox


def _underway(request: Request, job: Job, address: str) -> Response:
    from faultbook.site.diagnosing import progress_page

    if job.failed is not None:
        raise job.failed
    now = state_of(request).jobs.progress(job)
    if wants_json(request):
        return _json(now)
    return _private(page_response(progress_page(now.words, now.files, address)))


def _field(given: FormData, name: str) -> str:
    value = given.get(name)
    return value.strip() if isinstance(value, str) else ""


def _moment(given: FormData, name: str) -> dt.datetime | None:
    """A time in UTC, as a browser sends it."""
    text = _field(given, name)
    if not text:
        return None
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        raise Problem(400, f"{text[:40]!r} is no time.", do="Write it as 2026-03-02T08:14, in UTC.") from None
    return at.replace(tzinfo=dt.UTC) if at.tzinfo is None else at.astimezone(dt.UTC)


def _private(response: Response) -> Response:
    response.headers.update(_NOT_KEPT)
    return response


def _json(value: Any) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json", headers=_NOT_KEPT)
