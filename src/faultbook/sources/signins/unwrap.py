"""Exports that no reader takes as they are, rewritten beside them: another encoding to UTF-8, wrapped or damaged JSON to lines."""

import io
import json
import mmap
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final, TextIO

import msgspec

from faultbook.sources.columns import ARRAY_KEYS
from faultbook.sources.items import MEGA

LONGEST: Final = 16 * MEGA
"""A record longer than this is no sign-in; it is left out and reported."""

_CHUNK: Final = 4 * MEGA
_BLANK: Final = re.compile(r"[\s,\ufeff]*")
_NEXT: Final = re.compile(r"[\r\n,][^\S\r\n]*+(?=[\[{])")
_RESTARTS: Final = 200
_SPAN: Final = 50
_DECODER: Final = json.JSONDecoder(strict=False)


class _Column(msgspec.Struct):
    name: str


class _Rows(msgspec.Struct):
    columns: list[_Column] = []
    rows: list[list[msgspec.Raw]] = []


class _Document(msgspec.Struct):
    value: list[msgspec.Raw] = []
    records: list[msgspec.Raw] = []
    results: list[msgspec.Raw] = []
    data: list[msgspec.Raw] = []
    rows: list[msgspec.Raw] = []
    tables: list[_Rows] = []


def transcoded(path: Path, encoding: str, into: Path) -> None:
    """Rewrite a text as UTF-8; what cannot be decoded becomes a replacement character."""
    with (
        path.open(encoding=encoding, errors="replace", newline="") as source,
        into.open("w", encoding="utf-8", errors="replace", newline="") as target,
    ):
        while part := source.read(_CHUNK):
            target.write(part)


def to_lines(path: Path, into: Path) -> list[str]:
    """Write every record of a JSON text, however wrapped, on a line of its own; say what was lost and where."""
    try:
        with path.open("rb") as source, into.open("wb") as target:
            _whole(memoryview(mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ)), target)
    except (msgspec.DecodeError, ValueError, OSError, RecursionError):
        return piecewise(path, into)
    return []


def _whole(text: memoryview, target: BinaryIO) -> None:
    """A sound document: cut into records without looking inside them."""
    start = 3 if bytes(text[:3]) == b"\xef\xbb\xbf" else 0
    if bytes(text[start : start + 200]).lstrip()[:1] == b"[":
        _lines(msgspec.json.decode(text[start:], type=list[msgspec.Raw]), target)
        return
    document = msgspec.json.decode(text[start:], type=_Document)
    for records in (document.value, document.records, document.results, document.data, document.rows):
        _lines(records, target)
    for table in document.tables:
        names = [column.name for column in table.columns]
        _lines([msgspec.Raw(msgspec.json.encode(dict(zip(names, row, strict=False)))) for row in table.rows], target)


def _lines(records: list[msgspec.Raw], target: BinaryIO) -> None:
    for record in records:
        target.write(bytes(record).replace(b"\n", b" ").replace(b"\r", b" "))
        target.write(b"\n")


def piecewise(path: Path, into: Path) -> list[str]:
    """A damaged document, or objects that follow one another over several lines: record by record, going on behind a broken one."""
    with (
        path.open(encoding="utf-8-sig", errors="replace", newline="") as source,
        into.open("w", encoding="utf-8", newline="") as target,
    ):
        pieces = _Pieces(source)
        for value in pieces:
            for record in _rows_of(value):
                target.write(json.dumps(record, separators=(",", ":")))
                target.write("\n")
        return pieces.problems


def _rows_of(value: Any) -> Iterator[Any]:
    if (
        isinstance(value, dict)
        and (inner := next((value[key] for key in ARRAY_KEYS if isinstance(value.get(key), list)), None)) is not None
    ):
        yield from inner
    else:
        yield value


class _Pieces:
    """The records of a JSON text one after the other, read through a window that never holds much more than one of them."""

    def __init__(self, source: TextIO) -> None:
        self.problems: list[str] = []
        self._source = source
        self._text = ""
        self._passed = 0
        self._names: list[str] = []
        self._wrapped = False

    def __iter__(self) -> Iterator[Any]:
        self._more()
        at = self._opened()
        count = restarts = 0
        first: Any = None
        lost = False
        while (at := self._next(at, count, lost=lost)) >= 0:
            try:
                value, at = _DECODER.raw_decode(self._text, at)
            except (ValueError, RecursionError):
                if len(self._text) - at < LONGEST and self._more():
                    continue
                restarts += 1
                if not lost:
                    self._lost(at, count)
                following = _NEXT.search(self._text, at + 1)
                if following is None or restarts > _RESTARTS:
                    return
                lost, at = True, following.end()
                continue
            if lost and not _alike(first, value):
                continue
            first, lost, count = first or value, False, count + 1
            yield dict(zip(self._names, value, strict=False)) if self._names and isinstance(value, list) else value

    def _next(self, at: int, count: int, *, lost: bool) -> int:
        """Where the next record starts, the window moved along; -1 behind the last one."""
        at = _end(_BLANK, self._text, at)
        if at > _CHUNK:
            self._text, self._passed, at = self._text[at:], self._passed + at, 0
        while at >= len(self._text) and self._more():
            at = _end(_BLANK, self._text, at)
        here = self._text[at : at + 1]
        if here in {"{", "["}:
            return at
        if not lost and here not in ({"]", "}"} if self._wrapped else {"]", "}", ""}):
            self._lost(at, count)
        return -1

    def _opened(self) -> int:
        """Where the first record stands; of a Log Analytics table the column names are taken on the way."""
        start = _end(_BLANK, self._text, 0)
        if self._text[start : start + 1] == "[":
            self._wrapped = True
            return start + 1
        inner = re.compile(r'\s*\{[^\[]{0,2000}?"(?:' + "|".join(ARRAY_KEYS) + r')"\s*:\s*\[').match(self._text, start)
        if inner is None:
            return start
        columns = re.compile(r'"columns"\s*:\s*(?=\[)').search(self._text, inner.end())
        rows = re.compile(r'"rows"\s*:\s*\[').search(self._text, inner.end())
        self._wrapped = True
        if '"tables"' in inner[0] and columns and rows:
            self._names = re.findall(r'"name"\s*:\s*"([^"\\]*)"', self._text[columns.end() : rows.start()])
            return rows.end()
        return inner.end()

    def _more(self) -> bool:
        part = self._source.read(max(_CHUNK, len(self._text)))
        self._text += part
        return bool(part)

    def _lost(self, at: int, count: int) -> None:
        if len(self.problems) < 5:
            self.problems.append(
                f"The JSON breaks after record {count:,} (character {self._passed + at:,}); what is whole before and after that place was used."
            )


def _alike(first: Any, value: Any) -> bool:
    """Whether a value met after a break is a record like those before it, and not a part of the broken one."""
    if isinstance(first, dict) and isinstance(value, dict):
        return len(first.keys() & value.keys()) * 2 > len(first)
    return first is None or (isinstance(first, list) and isinstance(value, list) and len(first) == len(value))


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def bounded_lines(path: Path, into: Path) -> list[str]:
    """Copy the lines of a text that are no longer than a record may be; say how many were left out."""
    left = 0
    with path.open("rb") as source, into.open("wb") as target:
        while line := source.readline(LONGEST + 1):
            if len(line) <= LONGEST:
                target.write(line)
                continue
            left += 1
            while line and not line.endswith(b"\n"):
                line = source.readline(LONGEST)
    return [f"{left} line(s) longer than {LONGEST // MEGA} MB were left out: no sign-in is that long."] if left else []


def balanced_lines(path: Path, into: Path, columns: int, separator: str) -> list[str]:
    """Copy a table without the lines on which a quote is opened and not closed within what a row may span; say which."""
    left: list[int] = []
    waiting: list[bytes] = []
    number = 0
    with path.open("rb") as source, into.open("wb") as target:
        lines = iter(source)
        while True:
            while len(waiting) < _SPAN and (line := next(lines, b"")):
                waiting.append(line)
            if not waiting:
                break
            size = _row(waiting, columns, separator.encode())
            if size:
                target.writelines(waiting[:size])
            else:
                left.append(number + 1)
            number += size or 1
            del waiting[: size or 1]
    first = f"{left[0]:,}" if left else ""
    return (
        [
            f"{len(left):,} row(s) were left out, the first at line {first}: a quote is opened and not closed. All others were used."
        ]
        if left
        else []
    )


def _row(lines: list[bytes], columns: int, separator: bytes) -> int:
    """How many lines the first row spans; none where its quotes do not close, or close only in what is clearly another row."""
    quotes = 0
    for count, line in enumerate(lines, 1):
        quotes += line.count(b'"')
        if quotes % 2 == 0:
            inside = b"".join(lines[:count]).split(b'"')[::2]
            separators = sum(part.count(separator) for part in inside)
            return count if count == 1 or separators == columns - 1 else 0
    return 0


def broken_lines(path: Path, most: int = 3) -> list[int]:
    """Numbers of the first lines that are no JSON object."""
    found: list[int] = []
    with io.BufferedReader(path.open("rb", buffering=0), _CHUNK) as source:
        for number, line in enumerate(source, 1):
            try:
                if line.strip():
                    msgspec.json.decode(line, type=dict[str, msgspec.Raw])
            except (msgspec.DecodeError, RecursionError):
                found.append(number)
                if len(found) >= most:
                    break
    return found
