"""``scan`` as a use case of its own, which loads nothing that only a diagnosis needs."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import BinaryIO, Self

from faultbook.book.reader import Book, open_book
from faultbook.recognise import Recogniser, prepared
from faultbook.recognise.stream import Located, scan_stream

__all__ = ["Located", "Scanner"]


class Scanner:
    """Reads streams with one compiled book."""

    def __init__(self, book: Book | None = None, recogniser: Recogniser | None = None) -> None:
        book = book or open_book()
        self._recogniser = recogniser or prepared.recogniser(book)
        self._gist = cache(book.gist)

    @classmethod
    def over(cls, overlay: Path | None) -> Self:
        """With the book of the installation, and a site's overlay over it where there is one."""
        if overlay is None:
            return cls()
        from faultbook.book.overlaid import open_overlaid

        return cls(open_overlaid(None, overlay))

    def scan(self, stream: BinaryIO) -> Iterator[tuple[Located, str]]:
        """Every occurrence in a stream of any size, with its line and the summary of its entry."""
        for found in scan_stream(self._recogniser, stream):
            yield found, self._gist(found.code)
