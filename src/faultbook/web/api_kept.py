"""Diagnoses that are kept, over the API: begin one, look at it, take its support case, delete it."""

import datetime as dt
from typing import Final

import anyio.to_thread
from starlette.responses import Response

from faultbook.app import Diagnosis
from faultbook.web import downloads
from faultbook.web.diagnosing import begin, seen
from faultbook.web.given import ToDiagnose, text_within
from faultbook.web.guard import user_of
from faultbook.web.jobs import Job, Progress
from faultbook.web.operation import PREFIX, Asked, Encoded, Operation
from faultbook.web.problem import Problem

_SOON: Final = "1"


async def create(asked: Asked) -> Encoded:
    """Begin, and answer the diagnosis itself where it was quick."""
    question: ToDiagnose = asked.body
    at = question.at.astimezone(dt.UTC) if question.at else None
    job = await begin(
        asked.state,
        user_of(asked.request).name,
        text_within(asked.state, question.text),
        asked.files,
        user=question.user or None,
        at=at,
    )
    await asked.state.jobs.wait(job)
    if job.failed is not None:
        raise job.failed
    kept = await asked.state.jobs.kept(job.name) if job.ended else None
    if kept is None:
        return _underway(asked, job)
    raw = await anyio.to_thread.run_sync(kept.read, "diagnosis.json")
    return Encoded(raw, headers={"location": f"{PREFIX}/diagnoses/{job.name}"})


async def get(asked: Asked) -> Encoded:
    """The diagnosis, or how far it is."""
    found = await seen(asked.request)
    if isinstance(found, Job):
        return _underway(asked, found)
    return Encoded(await anyio.to_thread.run_sync(found.read, "diagnosis.json"))


async def case(asked: Asked) -> Response:
    """The support case."""
    found = await seen(asked.request)
    if isinstance(found, Job):
        raise Problem(
            409, "This diagnosis is still being made.", do="Ask again in a second.", headers={"retry-after": _SOON}
        )
    return downloads.FORMS["case.zip"](found)


async def delete(asked: Asked) -> Response:
    """Away with it."""
    found = await seen(asked.request)
    await asked.state.jobs.delete(found.name)
    return Response(status_code=204, headers={"cache-control": "no-store"})


def _underway(asked: Asked, job: Job) -> Encoded:
    import msgspec

    return Encoded(
        msgspec.json.encode(asked.state.jobs.progress(job)),
        status=202,
        headers={"location": f"{PREFIX}/diagnoses/{job.name}", "retry-after": _SOON},
    )


KEPT: Final = (
    Operation(
        id="create-diagnosis", method="POST", path="/diagnoses", title="Diagnose, and keep it",
        detail="As `POST /diagnose`, but not waited for: 202 with `Location` where it takes longer than a moment. It is kept until it expires; the files are not.",
        handler=create, answer=Diagnosis, later=Progress, body=ToDiagnose, files=True, right="diagnose", sort="work", size="upload",
        problems=(413, 415, 422, 503, 504, 507),
    ),
    Operation(
        id="get-diagnosis", method="GET", path="/diagnoses/{name}", title="A kept diagnosis",
        detail="The diagnosis, or 202 while it is made. Its name is its key: whoever has it may open it; where people sign in, its owner only.",
        handler=get, answer=Diagnosis, later=Progress, right="diagnose", problems=(404, 410, 422, 503, 504),
    ),
    Operation(
        id="get-case", method="GET", path="/diagnoses/{name}/case", title="Its support case",
        detail="A zip that names nobody: ids, times, counts, what was excluded, redacted extracts.",
        handler=case, media="application/zip", right="diagnose", problems=(404, 409, 410, 422, 503, 504),
    ),
    Operation(
        id="delete-diagnosis", method="DELETE", path="/diagnoses/{name}", title="Delete it now",
        detail="The diagnosis and its support case are gone at once.",
        handler=delete, right="diagnose", problems=(404, 410, 422, 503, 504),
    ),
)  # fmt: skip
