"""Occurrences in a stream of any size: simple triggers find the places, only those are read as text.

Memory does not grow with the stream. What stands in a place is judged within a window of at most ``_REACH`` bytes on either side, cut at the
bounds of its log record, so that even one endless line is read in pieces.
"""

import bisect
import contextlib
import heapq
import io
import operator
import os
import re
import stat
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from msgspec import Struct, structs

from faultbook.evidence.occurrence import Occurrence
from faultbook.recognise import numbers
from faultbook.recognise.blocks import Block, Reader, blocks
from faultbook.recognise.decode import decoded
from faultbook.recognise.finder import Finder
from faultbook.recognise.lines import Lines
from faultbook.recognise.recipe import Recipe, shape
from faultbook.recognise.unwrap import Plain

if TYPE_CHECKING:
    from faultbook.recognise.scan import Recogniser

_BLOCK = 1 << 21
"""So small that what was read is still in a cache of the processor when it is searched, and so large that threads seldom wait for one another."""
_THREADS = 2
_REACH = 4096
_HEAD = 1 << 14
"""More bytes than the header of any export of sign-ins has."""
_LINES_BEHIND = 14
_LINES_BEFORE = 6
_PIPE = 1 << 20
_MOST_RECIPES = 4096
_F_SETPIPE_SZ = 1031

_RECORD = re.compile(
    rb"[\[(]?\d{4}[-/.]\d\d[-/.]\d\d[T ,]|\d\d[-/]\d\d[-/]\d\d[ T]\d\d:|\{\"|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:|DM\.\w{4,30} \w+: |[\[(]?\d\d:\d\d:\d\d|\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3} |\[?[A-Z]{4,8}\]?[: ]|[\w.-]{1,64} +\| "
)
"""How the first line of a log record begins."""


class Located(Occurrence, frozen=True, kw_only=True):
    """An occurrence in a stream: the byte at which its code begins (of the unpacked UTF-8 text), and its line from 1 (0 where lines were not counted)."""

    offset: int
    line: int = 0


class _Row(Struct, frozen=True):
    """A failing row: its bounds in the buffer, and its failure, whose span counts from the start of the row."""

    start: int
    end: int
    failure: Occurrence


_KEPT = tuple(name for name in Occurrence.__struct_fields__ if name != "span")
_values = operator.attrgetter(*_KEPT)


class _Place(Struct):
    """The bounds of a log record in the stream, and the triggers that met in it."""

    low: int
    high: int
    triggers: list[int]


class Scanner:
    """One pass over one stream."""

    def __init__(self, recogniser: "Recogniser", *, lines: bool, block: int, threads: int) -> None:
        self._recogniser = recogniser
        self._finder: Finder = recogniser.finder
        self._families = [one.families for one in self._finder.expressions]
        self._recipes: dict[tuple[tuple[int, ...], bytes], Recipe] = {}
        self._lines = Lines() if lines else None
        self._size = max(block, 4 * _REACH) + 3 * _REACH
        self._threads = threads
        self._buffer = bytearray()
        self._open: _Place | None = None
        self._base = 0
        self._table: numbers.Heading | None = None
        self._row = 0

    def occurrences(self, stream: io.RawIOBase) -> Iterator[Located]:
        """Everything recognised, in the order of the stream."""
        reader = Reader(stream, before=2 * _REACH, behind=_REACH)
        for block in blocks(reader, self._size, self._finder.searcher, self._threads):
            self._row = max(self._row + self._base - block.base, -1)
            self._buffer, self._base = block.buffer, block.base
            if not block.base and not block.done:
                self._begin_table(block.filled)
            yield from self._within(block) if self._table is None else self._with_rows(block)
            self._line_of(block.limit)  # while it is still there

    def _begin_table(self, filled: int) -> None:
        """A stream may be an export of sign-ins, whose rows say only in a column that they failed."""
        head = bytes(self._buffer[: min(filled, _HEAD)])
        text = _text(head).replace("\r\n", "\n").lstrip("\ufeff")
        self._table = numbers.heading(text)
        for _ in range(text.count("\n", 0, self._table.end) if self._table else 0):
            self._row = head.find(b"\n", self._row) + 1

    def _with_rows(self, block: Block) -> Iterator[Located]:
        """The failures in rows, and what else was found, by place; a code that its own row prints again counts once."""
        found = list(self._within(block))
        settled = block.limit if self._open is None else self._open.low - self._base
        rows = list(self._rows(settled, ended=block.ended))
        starts = [self._base + row.start for row in rows]

        def told(one: Located) -> bool:
            at = bisect.bisect_right(starts, one.offset) - 1
            return at >= 0 and rows[at].failure.code == one.code and one.offset < self._base + rows[at].end

        failures = (self._located(row.failure, row.start + row.failure.span[0]) for row in rows)
        yield from heapq.merge(failures, (one for one in found if not told(one)), key=operator.attrgetter("offset"))

    def _rows(self, limit: int, *, ended: bool) -> Iterator[_Row]:
        """The failing rows that end before the limit; a line that does not fit into the buffer is no row."""
        assert self._table is not None
        if self._row < 0:
            self._row = self._buffer.find(b"\n", 0, limit) + 1 or -1
        while 0 <= self._row < limit:
            stop = self._buffer.find(b"\n", self._row, limit)
            if stop < 0 and not ended:
                return
            start, end = self._row, stop if stop >= 0 else limit
            self._row = end + 1
            line = _text(bytes(self._buffer[start:end])).rstrip("\r")
            if made := self._table.row(line, 0):
                hit, row = made
                failure = self._recogniser.of_row(Plain(line), hit, row.cells)
                begin = _bytes_of(line[: hit.start])
                yield _Row(start, end, structs.replace(failure, span=(begin, begin + hit.end - hit.start)))

    def _within(self, block: Block) -> Iterator[Located]:
        """The occurrences that the triggers of a block announce; a place that more triggers may follow is left to the next block."""
        place, self._open = self._open, None
        for end, number in block.matches:
            if place is None or self._base + end > place.high:
                if place is not None:
                    yield from self._read(place)
                low, high = self._record(end, block.filled)
                floor = place.high if place is not None else 0
                place = _Place(max(self._base + low, floor), self._base + high, [])
            place.triggers.append(number)
        if place is not None and place.high > self._base + block.limit and not block.ended:
            self._open = place
        elif place is not None:
            yield from self._read(place)

    def _record(self, place: int, filled: int) -> tuple[int, int]:
        """The bounds of the log record around a place: back to where it begins, on to where the next one begins."""
        buffer = self._buffer
        floor, roof = max(place - _REACH, 0), min(place + _REACH, filled)
        low = buffer.rfind(b"\n", floor, place - 1) + 1
        for _ in range(_LINES_BEFORE):
            if low <= floor or _RECORD.match(buffer, low):
                break
            low = buffer.rfind(b"\n", floor, low - 1) + 1
        high = buffer.find(b"\n", max(place - 1, 0), roof)
        for _ in range(_LINES_BEHIND):
            if high < 0 or _RECORD.match(buffer, high + 1):
                break
            high = buffer.find(b"\n", high + 1, roof)
        return max(low, floor), high if high >= 0 else roof

    def _read(self, place: _Place) -> Iterator[Located]:
        low = place.low - self._base
        data = bytes(self._buffer[low : place.high - self._base])
        text = _text(data)
        for one in self._recognised(data, text, place.triggers):
            begin = one.span[0]
            offset = low + (begin if text.isascii() else _bytes_of(text[:begin]))
            yield self._located(one, offset)

    def _recognised(self, data: bytes, text: str, numbers: list[int]) -> list[Occurrence]:
        """By the recipe for its shape, if the same triggers have met that shape before; else in full."""
        key = (tuple(numbers), shape(data)) if len(data) <= _REACH else None
        if key is not None and (known := self._recipes.get(key)) is not None:
            followed = self._recogniser.follow(known, text)
            if followed is not None:
                return followed
        families = frozenset().union(*(self._families[number] for number in numbers))
        found, made = self._recogniser.occurrences(text, families)
        if made is not None and key is not None:
            if len(self._recipes) >= _MOST_RECIPES:
                self._recipes.clear()
            self._recipes[key] = made
        return found

    def _located(self, one: Occurrence, offset: int) -> Located:
        place = self._base + offset
        span = (place, place + one.span[1] - one.span[0])
        return Located(
            **dict(zip(_KEPT, _values(one), strict=True)), span=span, offset=place, line=self._line_of(offset)
        )

    def _line_of(self, offset: int) -> int:
        return self._lines.at(self._buffer, self._base, offset) if self._lines else 0


def _text(data: bytes) -> str:
    """UTF-8 where it is; else the bytes as Latin letters, which keeps every ASCII code readable."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return _mostly(data)


def _bytes_of(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _mostly(data: bytes) -> str:
    """A window may begin or end inside a character, and a log may mix encodings line by line."""
    return (
        data.decode("utf-8", "replace")
        if data.count(b"\xc3") + data.count(b"\xe2")
        else data.decode("cp1252", "replace")
    )


def scan_stream(
    recogniser: "Recogniser", stream: BinaryIO, *, lines: bool = True, block: int = _BLOCK, threads: int | None = None
) -> Iterator[Located]:
    """Every occurrence in a binary stream of any size, in order.

    ``lines`` counts line numbers. ``threads`` is how many besides this one read and search what is longer than a block: two, for this one has little to
    do, but none where there is one processor only.
    """
    _widen(stream)
    if threads is None:
        threads = _THREADS if (os.cpu_count() or 1) > 1 else 0
    yield from Scanner(recogniser, lines=lines, block=block, threads=threads).occurrences(decoded(stream))


def _widen(stream: BinaryIO) -> None:
    """Lets a pipe hold a megabyte instead of 64 kB, so that its writer goes on while the last block is being searched."""
    try:
        number = stream.fileno()
        if not stat.S_ISFIFO(os.fstat(number).st_mode):
            return
    except (OSError, AttributeError, ValueError):
        return
    with contextlib.suppress(OSError, ImportError):  # not Linux, or not allowed: only slower
        import fcntl

        fcntl.fcntl(number, _F_SETPIPE_SZ, _PIPE)
