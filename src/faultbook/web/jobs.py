"""Diagnoses under way: begun by a request, finished without it, kept in the store under the name that the request was given."""

import asyncio
import contextlib
import datetime as dt
import functools
import os
import shutil
import tempfile
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Literal

import anyio.to_thread
from msgspec import Struct

from faultbook.app.inbox import Inbox
from faultbook.errors import FaultbookError
from faultbook.settings import Settings
from faultbook.stores import Diagnoses, Full, Kept, Quota
from faultbook.web import tasks
from faultbook.web.problem import Problem
from faultbook.web.workroom import Workroom

QUICK: Final = 1.5
"""Seconds that a request waits for its own answer before it is sent to watch."""
_SWEEP_EVERY: Final = 300.0
_MOST_ENDED: Final = 500
_LONGEST_STEP: Final = 200
_PREFIX: Final = "faultbook-serve-"
_LIVE: Final[set[str]] = set()
"""The folders of services in this process."""

Work = Callable[[Path, list[Path]], Awaitable[dict[str, bytes]]]


class Progress(Struct, frozen=True, kw_only=True):
    """How far a diagnosis is: ``words`` say what is being done."""

    schema: str = "faultbook/progress-1"
    state: Literal["working", "done", "failed"]
    words: str
    files: int = 0


class Job(Struct, kw_only=True, eq=False):
    """One diagnosis or verification under way, or one that failed a moment ago."""

    name: str
    owner: str
    folder: Path
    files: int
    task: Any = None
    failed: FaultbookError | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing is being done any more."""
        return self.task is not None and self.task.done()


class Jobs:
    """Begins them, watches them, and clears away after them. One for each service."""

    def __init__(self, settings: Settings, workroom: Workroom, clock: Callable[[], dt.datetime], log: Any) -> None:
        self._settings = settings
        self._workroom = workroom
        self._clock = clock
        self._log = log
        self._running: dict[str, Job] = {}
        self._ended: OrderedDict[str, Job] = OrderedDict()
        self._private = _private_folder()
        store = settings.store
        folder = Path(store.folder) if store.folder else Path(self._private.name) / "kept"
        quota = Quota(count=store.count, each=store.each, bytes=store.bytes, keep=dt.timedelta(hours=store.hours))
        self.store = Diagnoses(folder, quota)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """While the service runs: what has expired is swept at the start and every few minutes; at the end nothing goes on."""
        sweeper = asyncio.create_task(self._sweep())
        try:
            yield
        finally:
            tasks_ = [sweeper, *(job.task for job in self._running.values() if job.task)]
            for task in tasks_:
                task.cancel()
            await asyncio.gather(*tasks_, return_exceptions=True)
            self._private.cleanup()
            _LIVE.discard(self._private.name)

    @property
    def folder(self) -> Path:
        """Where the files of requests lie until they are read."""
        return Path(self._private.name)

    async def admit(self, owner: str) -> None:
        """Raise Problem where no more can be begun, or kept, now: before anything of a request is read."""
        if self._workroom.waiting >= self._settings.limits.waiting:
            raise self._workroom.too_busy()
        try:
            await anyio.to_thread.run_sync(self.store.admit, owner, self._clock())
        except Full as full:
            raise Problem(507, full.what, why=full.why, do=full.do) from full

    def begin(self, name: str, owner: str, inbox: Inbox, work: Work, keep: Callable[[dict[str, bytes]], None]) -> Job:
        """Let ``work`` be done on the files in the inbox, and what comes of it kept. The inbox is closed when they are read."""
        folder = Path(tempfile.mkdtemp(prefix="job-", dir=self._private.name))
        job = Job(name=name, owner=owner, folder=folder, files=len(inbox.paths))
        self._ended.pop(name, None)
        self._running[name] = job
        job.task = asyncio.create_task(self._do(job, inbox, work, keep))
        job.task.add_done_callback(functools.partial(self._end, job))
        return job

    def find(self, name: str) -> Job | None:
        """The job of that name, while it runs and, where it failed, for a while after."""
        return self._running.get(name) or self._ended.get(name)

    async def wait(self, job: Job) -> None:
        """Until it has ended, or a moment has passed."""
        await asyncio.wait([job.task], timeout=QUICK)

    def progress(self, job: Job) -> Progress:
        """How far it is, in words."""
        if job.failed is not None:
            return Progress(state="failed", words=job.failed.what, files=job.files)
        if job.ended:
            return Progress(state="done", words="Done", files=job.files)
        return Progress(state="working", words=_step(job.folder) or "Waiting for a free place", files=job.files)

    async def kept(self, name: str) -> Kept | None:
        """A finished diagnosis."""
        return await anyio.to_thread.run_sync(self.store.find, name, self._clock())

    async def gone(self, name: str) -> bool:
        """Whether there was one."""
        return await anyio.to_thread.run_sync(self.store.is_gone, name)

    async def delete(self, name: str) -> None:
        """Take it away now, and stop whatever is being done about it."""
        for one in (name, verification_of(name)):
            job = self._running.get(one)
            if job is not None:
                job.task.cancel()
                await asyncio.wait([job.task])
            self._ended.pop(one, None)
        await anyio.to_thread.run_sync(self.store.delete, name)

    async def _do(self, job: Job, inbox: Inbox, work: Work, keep: Callable[[dict[str, bytes]], None]) -> None:
        try:
            members = await work(job.folder, inbox.paths)
            await anyio.to_thread.run_sync(inbox.close)
            await anyio.to_thread.run_sync(keep, members)
        finally:
            inbox.close()
            _remove(job.folder)

    def _end(self, job: Job, task: "asyncio.Task[None]") -> None:
        """Nothing is being done any more; what went wrong is kept for whoever watches."""
        self._running.pop(job.name, None)
        error = None if task.cancelled() else task.exception()
        if error is None:
            return
        if not isinstance(error, FaultbookError):
            self._log.error("diagnosis failed", error=error)
            error = Problem(500, "Something went wrong inside Faultbook.", do="Try again.")
        job.failed = error
        self._ended[job.name] = job
        if len(self._ended) > _MOST_ENDED:
            self._ended.popitem(last=False)

    async def _sweep(self) -> None:
        while True:
            try:
                count = await anyio.to_thread.run_sync(self.store.sweep, self._clock())
                if count:
                    self._log.info("swept", diagnoses=count)
            except OSError as wrong:
                self._log.error("sweep failed", error=wrong)
            await asyncio.sleep(_SWEEP_EVERY)


def _private_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder that goes with this service. What a service left that was killed before it could clear away is cleared away now."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        if str(left) not in _LIVE and _is_left(left):
            shutil.rmtree(left, ignore_errors=True)
    made = tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-", ignore_cleanup_errors=True)
    _LIVE.add(made.name)
    return made


def _is_left(folder: Path) -> bool:
    """Whether the process that made it is gone, or had the number that is ours now; of other users nothing is touched."""
    number = folder.name.removeprefix(_PREFIX).partition("-")[0]
    try:
        if not number.isdigit() or folder.is_symlink() or folder.stat().st_uid != os.getuid():
            return False
        if int(number) != os.getpid():
            os.kill(int(number), 0)
            return False
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return True


def verification_of(name: str) -> str:
    """The name under which a verification of a diagnosis is watched."""
    return f"{name}/verified"


def _step(folder: Path) -> str:
    try:
        return (folder / tasks.STEP).read_text("utf-8", "replace")[:_LONGEST_STEP]
    except OSError:
        return ""


def _remove(folder: Path) -> None:
    with contextlib.suppress(OSError):
        shutil.rmtree(folder)
