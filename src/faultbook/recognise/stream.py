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
from faultbook.recognise.decode import decoded
from faultbook.recognise.recipe import Recipe, shape
from faultbook.recognise.triggers import Finder
from faultbook.recognise.unwrap import Plain

if TYPE_CHECKING:
    from faultbook.recognise.scan import Recogniser

_BLOCK = 1 << 20
"""So small that what was read is still in the cache of the processor when it is searched."""
_REACH = 4096
_HEAD = 1 << 14
"""More bytes than the header of any export of sign-ins has."""
_LINES_BEHIND = 14
_LINES_BEFORE = 6
_WINDOW = 1 << 16
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


class Scanner:
    """One pass over one stream."""

    def __init__(self, recogniser: "Recogniser", *, lines: bool, block: int) -> None:
        self._recogniser = recogniser
        self._finder: Finder = recogniser.finder
        self._families = [one.families for one in self._finder.expressions]
        self._recipes: dict[tuple[tuple[int, ...], bytes], Recipe] = {}
        self._count_lines = lines
        self._buffer = bytearray(max(block, 4 * _REACH) + 2 * _REACH)
        self._line = 1
        self._counted = 0
        self._base = 0
        self._table: numbers.Heading | None = None
        self._row = 0

    def occurrences(self, stream: io.RawIOBase) -> Iterator[Located]:
        """Everything recognised, in the order of the stream."""
        buffer = self._buffer
        view = memoryview(buffer)
        filled = done = 0
        ended = False
        while not ended:
            count = _fill(stream, view[filled:])
            filled += count
            ended = filled < len(buffer)
            if not self._base and not done:
                self._begin_table(filled)
            limit = filled if ended else filled - _REACH
            found = self._within(done, limit, filled)
            yield from found if self._table is None else self._with_rows(found, limit, ended=ended)
            if ended:
                return
            keep = max(limit - _REACH, 0)
            self._forget(keep)
            rest = filled - keep
            view[:rest] = view[keep:filled]
            self._base += keep
            self._row = max(self._row - keep, -1)
            filled, done = rest, limit - keep

    def _forget(self, keep: int) -> None:
        if self._count_lines and keep > self._counted:
            self._line += self._buffer.count(b"\n", self._counted, keep)
            self._counted = 0
        else:
            self._counted = max(self._counted - keep, 0)

    def _begin_table(self, filled: int) -> None:
        """A stream may be an export of sign-ins, whose rows say only in a column that they failed."""
        head = bytes(self._buffer[: min(filled, _HEAD)])
        text = _text(head).replace("\r\n", "\n").lstrip("\ufeff")
        self._table = numbers.heading(text)
        for _ in range(text.count("\n", 0, self._table.end) if self._table else 0):
            self._row = head.find(b"\n", self._row) + 1

    def _with_rows(self, found: Iterator[Located], limit: int, *, ended: bool) -> Iterator[Located]:
        """The failures in rows that end before the limit, and what else was found, by place; a code that its own row prints again counts once."""
        rows = list(self._rows(limit, ended=ended))
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

    def _within(self, done: int, limit: int, filled: int) -> Iterator[Located]:
        """Occurrences whose trigger ends in ``done < end <= limit``; what stands around them may reach further."""
        matches = self._finder.matches(memoryview(self._buffer)[:filled])
        window: tuple[int, int] | None = None
        numbers: list[int] = []
        for end, number in matches:
            if end <= done or end > limit:
                continue
            if window is None or end > window[1] or window[1] - window[0] > _WINDOW:
                if window is not None:
                    yield from self._read(window, numbers)
                low, high = self._record(end, filled)
                window = (max(low, window[1]) if window is not None else low, high)
                numbers = []
            numbers.append(number)
        if window is not None:
            yield from self._read(window, numbers)

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

    def _read(self, window: tuple[int, int], numbers: list[int]) -> Iterator[Located]:
        low, high = window
        data = bytes(self._buffer[low:high])
        text = _text(data)
        for one in self._recognised(data, text, numbers):
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
        line = 0
        if self._count_lines:
            if offset > self._counted:
                self._line += self._buffer.count(b"\n", self._counted, offset)
                self._counted = offset
            line = (
                self._line if offset >= self._counted else self._line - self._buffer.count(b"\n", offset, self._counted)
            )
        place = self._base + offset
        span = (place, place + one.span[1] - one.span[0])
        return Located(**dict(zip(_KEPT, _values(one), strict=True)), span=span, offset=place, line=line)


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


def _fill(stream: io.RawIOBase, view: memoryview) -> int:
    """Reads until the view is full or the stream ends, so that the result does not depend on how the bytes arrive."""
    filled = 0
    while filled < len(view):
        count = stream.readinto(view[filled:])
        if not count:
            break
        filled += count
    return filled


def scan_stream(
    recogniser: "Recogniser", stream: BinaryIO, *, lines: bool = True, block: int = _BLOCK
) -> Iterator[Located]:
    """Every occurrence in a binary stream of any size, in order. ``lines`` counts line numbers, which costs about as much as the search."""
    _widen(stream)
    yield from Scanner(recogniser, lines=lines, block=block).occurrences(decoded(stream))


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
