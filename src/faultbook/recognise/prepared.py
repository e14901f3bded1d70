"""What it takes to recognise codes, worked out when the book is compiled and kept beside it, so that few commands read all entries and known codes."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from faultbook.book.known import Known
from faultbook.book.reader import Book
from faultbook.model import Entry
from faultbook.recognise.scan import Prepared, Recogniser

FILE: Final = "recogniser.bin"


def pack(entries: Iterable[Entry], known: Iterable[Known], version: str) -> bytes:
    """The content of the file for a book of this version. Where hyperscan is installed, its compiled expressions are part of it."""
    made = Recogniser(entries, known).prepared()
    return _key(version) + msgspec.msgpack.encode(made, order="deterministic")


def recogniser(book: Book) -> Recogniser:
    """Begun with the file beside the book if it was made of this book by these rules, else from the book alone, which takes longer."""
    return Recogniser(book.entries(), _known(book), prepared=_read(book))


def _known(book: Book) -> Iterator[Known]:
    """Not read before somebody asks."""
    yield from book.known()


def _read(book: Book) -> Prepared | None:
    key = _key(book.version)
    try:
        content = (book.folder / FILE).read_bytes()
        if content.startswith(key):
            return msgspec.msgpack.decode(memoryview(content)[len(key) :], type=Prepared)
    except (OSError, msgspec.DecodeError):  # not made, or damaged
        pass
    return None


def _key(version: str) -> bytes:
    """Changes with the book and with every rule by which the file is made."""
    digest = hashlib.sha256(version.encode())
    here = Path(__file__).parent
    for path in (*sorted(here.glob("families/*.py")), here / "scan.py", here / "triggers.py"):
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.digest()
