"""The service put together: pages first, everything else through routes that the modules beside this one declare."""

import datetime as dt
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Route

from faultbook.app import Faultbook
from faultbook.errors import FaultbookError
from faultbook.settings import Settings
from faultbook.web import api, book, diagnosing, health, pasting, signin, tasks
from faultbook.web.addresses import Addresses
from faultbook.web.doorman import doorman_for
from faultbook.web.entrance import Entrance
from faultbook.web.jobs import Jobs
from faultbook.web.limiter import Limiter
from faultbook.web.logs import logger_of
from faultbook.web.measures import Measures
from faultbook.web.problem import Problem, answer
from faultbook.web.state import State, drawn, now
from faultbook.web.trace import tracing
from faultbook.web.workroom import Workroom

Routes = Callable[[State], Sequence[BaseRoute]]

MODULES: Final[tuple[Routes, ...]] = (health.routes, signin.routes, pasting.routes, diagnosing.routes, api.routes)
"""What is served besides the book's pages, in the order in which addresses are looked up."""


def make_state(
    settings: Settings,
    faultbook: Faultbook,
    *,
    clock: Callable[[], dt.datetime] = now,
    timer: Callable[[], float] | None = None,
    token: Callable[[], str] = drawn,
    log: Any = None,
) -> State:
    """The state of one service."""
    import time

    seconds = timer or time.monotonic
    workroom = Workroom(settings.limits)
    rates = {"request": settings.limits.requests_per_minute, "work": settings.limits.work_per_minute}
    log = log or logger_of(settings.log)
    return State(
        settings=settings,
        faultbook=faultbook,
        clock=clock,
        timer=seconds,
        token=token,
        limiter=Limiter(rates, seconds),
        log=log,
        workroom=workroom,
        addresses=Addresses(settings),
        doorman=doorman_for(settings, seconds),
        measures=Measures(workroom, faultbook.book.version),
        jobs=Jobs(settings, workroom, clock, log),
    )


def create_app(state: State, environment: Mapping[str, str] | None = None) -> Entrance:
    """The service as an ASGI application. ``environment`` is asked for the variables of OpenTelemetry only."""
    span, finish_traces = tracing(os.environ if environment is None else environment)

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        try:
            await state.workroom.run(tasks.warm, state.faultbook.path)
        except Problem as problem:  # the first that asks has to wait for it then
            state.log.warning("no worker is ready", why=problem.what)
        state.log.info("started", book=state.faultbook.book.version, auth=state.settings.auth.mode)
        async with state.jobs.open():
            yield
        state.log.info("stopped")
        finish_traces()

    inner = Starlette(
        routes=[route for routes in MODULES for route in routes(state)],
        exception_handlers={FaultbookError: answer, HTTPException: answer, Exception: answer},
        lifespan=life,
    )
    inner.router.redirect_slashes = False
    inner.router.default = book.pages(state)
    taken = {route.path for route in inner.routes if isinstance(route, Route)}
    return Entrance(inner, state, span, taken)
