"""What runs in a worker process: recognise a text, diagnose with evidence. Plain values in, plain values out."""

import contextlib
import datetime as dt
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from faultbook.app import Faultbook, Limits

if TYPE_CHECKING:
    from faultbook.web.workroom import Bounds


@cache
def _book(path: Path | None) -> Faultbook:
    """The book of this process, opened once, with its recogniser made."""
    book = Faultbook(path)
    book.recogniser.scan("warm")
    return book


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
    tempfile.tempdir = str(folder)
    try:
        limits = Limits(unpacked=bounds.unpacked, files=bounds.files)
        found = _book(book).diagnose(text, paths, user=user, at=at, limits=limits)
        return msgspec.json.encode(found.diagnosis), msgspec.to_builtins(found.files)
    finally:
        tempfile.tempdir = None
