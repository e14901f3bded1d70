"""Recognition and diagnosis in processes of their own: bounded in number, time and memory, so that one request cannot harm another."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar, TypeVarTuple

import anyio
import anyio.to_process
from msgspec import Struct

from faultbook.settings import Limits
from faultbook.web.problem import Problem

Given = TypeVarTuple("Given")
Made = TypeVar("Made")

_COME_BACK: Final = "10"


class Bounds(Struct, frozen=True, kw_only=True):
    """What a worker is held to: bytes of memory, bytes that zips may unpack to, and the files of one request."""

    memory: int
    unpacked: int
    files: int


class Workroom:
    """Runs functions of ``web.tasks``. ``busy`` and ``waiting`` are counts for ``/metrics``."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._places: anyio.CapacityLimiter | None = None
        self.bounds = Bounds(
            memory=limits.worker_bytes, unpacked=limits.unpacked_bytes, files=max(limits.upload_files, 1) * 400
        )
        self.present = 0

    @property
    def busy(self) -> int:
        """How many work now."""
        return min(self.present, self._limits.workers)

    @property
    def waiting(self) -> int:
        """How many wait for a place."""
        return max(self.present - self._limits.workers, 0)

    async def run(self, task: Callable[[Bounds, *Given], Made], *given: *Given) -> Made:
        """The answer of a task, which is killed when its time is over.

        Raises Problem 503 where too many wait already or the process died, 504 where it took too long; FaultbookError as the task raised it.
        """
        if self.waiting >= self._limits.waiting:
            raise self.too_busy()
        self.present += 1
        try:
            with anyio.fail_after(self._limits.work_seconds):
                return await anyio.to_process.run_sync(
                    task, self.bounds, *given, cancellable=True, limiter=self._limiter()
                )
        except TimeoutError:
            raise Problem(
                504,
                f"This took longer than {self._limits.work_seconds:g} seconds and was stopped.",
                do="Give less at once, as the hours around the failure only; or run the same on the command line, which has no such limit.",
            ) from None
        except (anyio.BrokenWorkerProcess, MemoryError):
            raise Problem(
                503,
                "The process that worked on this ended before it was done.",
                why="It may have needed more memory than one request is given.",
                do="Give less at once; or run the same on the command line, which has no such limit.",
                headers={"retry-after": _COME_BACK},
            ) from None
        finally:
            self.present -= 1

    def too_busy(self) -> Problem:
        """The answer to who comes when no more may wait."""
        return Problem(
            503,
            "Too much is being worked on.",
            why="Every worker is busy, and as many requests wait as may.",
            do=f"Try again in {_COME_BACK} seconds.",
            headers={"retry-after": _COME_BACK},
        )

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """A private folder for the files of one request, removed whatever happens to the worker."""
        with tempfile.TemporaryDirectory(prefix="faultbook-web-", ignore_cleanup_errors=True) as name:
            yield Path(name)

    def _limiter(self) -> anyio.CapacityLimiter:
        if self._places is None:  # it belongs to the running event loop
            self._places = anyio.CapacityLimiter(self._limits.workers)
        return self._places
