"""What runs in a worker process: recognise a text, diagnose with evidence. Plain values in, plain values out."""

import contextlib
import datetime as dt
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from faultbook.app import Checked, Faultbook, Limits

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


def _limits(bounds: "Bounds") -> Limits:
    return Limits(unpacked=bounds.unpacked, files=bounds.files)


@contextlib.contextmanager
def _unpacking_into(folder: Path) -> Iterator[None]:
    tempfile.tempdir = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = None
