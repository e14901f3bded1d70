"""What it takes to recognise codes, worked out when the book is compiled and kept beside it, so that few commands read all entries and known codes."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from faultbook.book.reader import Book
from faultbook.recognise.scan import Prepared, Recogniser

if TYPE_CHECKING:
    from faultbook.book.compile import Sources  # which a scan need not load

T = TypeVar("T")
FILE: Final = "recogniser.bin"


def compiled(sources: "Sources") -> dict[str, bytes]:
    """The file for a book of these sources. Where hyperscan is installed, its compiled expressions are part of it."""
    made = Recogniser(sources.entries, sources.known, sources.fragments).prepared()
    return {FILE: _key(sources.version) + msgspec.msgpack.encode(made, order="deterministic")}


def recogniser(book: Book) -> Recogniser:
    """Begun with the file beside the book if it was made of this book by these rules, else from the book alone, which takes longer."""
    return Recogniser(book.entries(), _later(book.known), _later(book.wording), prepared=_read(book))


def _later(read: Callable[[], Iterable[T]]) -> Iterator[T]:
    """Not read before somebody asks."""
    yield from read()


def _read(book: Book) -> Prepared | None:
    if book.folder is None:
        return None
    key = _key(book.version)
    try:
        content = (book.folder / FILE).read_bytes()
        if content.startswith(key):
            return msgspec.msgpack.decode(memoryview(content)[len(key) :], type=Prepared)
    except (OSError, msgspec.DecodeError):  # not made, or damaged
        pass
    return None


def _key(version: str) -> bytes:
    """Changes with the book and with the code of recognition; rather too often than once too seldom."""
    digest = hashlib.sha256(version.encode())
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.digest()
