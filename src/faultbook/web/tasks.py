"""What runs in a worker process: recognise a text, diagnose with evidence. Plain values in, plain values out."""

import contextlib
import datetime as dt
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

import msgspec

from faultbook.app import Checked, Diagnosis, Faultbook, Limits

if TYPE_CHECKING:
    from faultbook.web.workroom import Bounds


STEP: Final = "step"
_RARELY: Final = 0.2


@cache
def _book(path: Path | None) -> Faultbook:
    """The book of this process, opened once, with its recogniser made."""
    book = Faultbook(path)
    book.recogniser.scan("warm")
    return book


sys.modules.setdefault("__main__", ModuleType("__main__"))
"""A worker of a server that was not started from a file has none, and DuckDB cannot be imported without."""


@cache
def _hold(memory: int) -> None:
    """Keep this process within its memory, where the system has such a limit."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def warm(bounds: "Bounds", book: Path | None) -> None:
    """Be ready before somebody asks."""
    _hold(bounds.memory)
    _book(book)


def recognise(bounds: "Bounds", book: Path | None, text: str) -> bytes:
    """A ``Recognition`` as JSON."""
    _hold(bounds.memory)
    return msgspec.json.encode(_book(book).recogniser.scan(text))


def recognised(bounds: "Bounds", book: Path | None, text: str) -> bytes:
    """``Faultbook.recognise`` as JSON."""
    _hold(bounds.memory)
    return msgspec.json.encode(_book(book).recognise(text))


def scanned(bounds: "Bounds", book: Path | None, text: str) -> bytes:
    """``Faultbook.scanned`` as JSON."""
    _hold(bounds.memory)
    return msgspec.json.encode(_book(book).scanned(text))


def check(bounds: "Bounds", book: Path | None, folder: Path, paths: list[Path]) -> bytes:
    """``Faultbook.check`` as JSON; for ``folder`` see ``diagnose``."""
    _hold(bounds.memory)
    with _unpacking_into(folder):
        return msgspec.json.encode(Checked(files=_book(book).check(paths, limits=_limits(bounds))))


def diagnose(
    bounds: "Bounds",
    book: Path | None,
    folder: Path,
    text: str,
    paths: list[Path],
    user: str | None,
    at: dt.datetime | None,
) -> tuple[bytes, list[dict[str, Any]]]:
    """``Faultbook.diagnose`` as JSON, and its reports on the files; what is unpacked goes into ``folder``, which the caller removes."""
    _hold(bounds.memory)
    with _unpacking_into(folder):
        found = _book(book).diagnose(text, paths, user=user, at=at, limits=_limits(bounds))
        return msgspec.json.encode(found.diagnosis), msgspec.to_builtins(found.files)


def diagnose_to_keep(
    bounds: "Bounds",
    book: Path | None,
    folder: Path,
    text: str,
    paths: list[Path],
    user: str | None,
    at: dt.datetime | None,
) -> dict[str, bytes]:
    """What is kept of a diagnosis, by name: itself, the reports on the files, and its support case, which names nobody.

    What is being done stands in ``step`` in the folder meanwhile.
    """
    _hold(bounds.memory)
    told = _Told(folder)
    with _unpacking_into(folder):
        found = _book(book).diagnose(text, paths, user=user, at=at, limits=_limits(bounds), step=told)
        told("Writing the support case")
        case = folder / "case.zip"
        _book(book).write_case(found, case)
    return {
        "diagnosis.json": msgspec.json.encode(found.diagnosis),
        "files.json": msgspec.json.encode(found.files),
        "case.zip": case.read_bytes(),
    }


def verify_to_keep(
    bounds: "Bounds", book: Path | None, folder: Path, diagnosis: bytes, paths: list[Path], since: dt.datetime | None
) -> dict[str, bytes]:
    """What is kept of a verification, by name: itself, and the reports on the newer files."""
    _hold(bounds.memory)
    before = msgspec.json.decode(diagnosis, type=Diagnosis)
    with _unpacking_into(folder):
        found = _book(book).verify(before, paths, since=since, limits=_limits(bounds), step=_Told(folder))
    return {
        "verified.json": msgspec.json.encode(found.verification),
        "verified-files.json": msgspec.json.encode(found.files),
    }


class _Told:
    """Leaves what is being done in a file, for whoever watches; the first of many files is told at once, later ones at most five a second."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / STEP
        self._last = 0.0

    def __call__(self, words: str) -> None:
        if time.monotonic() - self._last < _RARELY and words.startswith("Reading"):
            return
        self._last = time.monotonic()
        part = self._file.with_suffix(".part")
        part.write_text(words, "utf-8", "replace")
        part.replace(self._file)


def _limits(bounds: "Bounds") -> Limits:
    return Limits(unpacked=bounds.unpacked, files=bounds.files)


@contextlib.contextmanager
def _unpacking_into(folder: Path) -> Iterator[None]:
    tempfile.tempdir = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = None
