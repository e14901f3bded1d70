"""Runs all triggers over a block of bytes: with hyperscan where it is installed, else one after the other."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from msgspec import Struct

from faultbook.recognise.triggers import AROUND, Trigger

Block = bytes | bytearray | memoryview
Ends = list[tuple[int, int]]
"""Where each match ends, in ascending order, and the number of its trigger."""


class _Row(Struct):
    """One expression of the database, and the triggers that it announces: surely, or only where they match around the place."""

    text: str
    caseless: bool
    surely: bool
    numbers: list[int]


class Finder:
    """Finds where triggers match; built once, and good for any number of threads that each have a searcher."""

    def __init__(self, expressions: tuple[Trigger, ...], *, fast: bool = True, packed: bytes = b"") -> None:
        self.expressions = expressions
        self._rows = _rows(expressions) if fast else []
        self._database = (_unpacked(packed) or _database(self._rows)) if fast else None
        self._slow: list[tuple[bytes, re.Pattern[bytes]]] | None = None
        self._pattern = cache(lambda number: _compiled(expressions[number]))

    @property
    def fast(self) -> bool:
        """Whether hyperscan does the work."""
        return self._database is not None

    def packed(self) -> bytes:
        """The compiled expressions for another process with the same hyperscan on such a machine; nothing without hyperscan."""
        if self._database is None:
            return b""
        import hyperscan

        return hyperscan.dumpb(self._database)

    def matches(self, block: Block) -> Ends:
        """Where each match ends, in ascending order, and the number of its trigger."""
        return self.searcher()(block)

    def searcher(self) -> Callable[[Block], Ends]:
        """What ``matches`` does, for use in one thread."""
        if self._database is None:
            return lambda block: self._one_by_one(bytes(block))
        import hyperscan

        database, scratch = self._database, hyperscan.Scratch(self._database)

        def search(block: Block) -> Ends:
            found: list[tuple[int, int]] = []
            append = found.append

            def matched(row: int, _start: int, end: int, _flags: int, _context: object) -> None:
                append((end, row))

            database.scan(block, match_event_handler=matched, scratch=scratch)
            return self._checked(block, found)

        return search

    def _checked(self, block: Block, found: list[tuple[int, int]]) -> Ends:
        """The matches that rows of the database announce; what a row does not tell surely is searched for around the place."""
        sure: list[tuple[int, int]] = []
        around: set[tuple[int, int]] = set()
        for end, row in found:
            announced = self._rows[row]
            if announced.surely:
                sure += ((end, number) for number in announced.numbers)
                continue
            low, high = max(end - AROUND, 0), min(end + AROUND, len(block))
            for number in announced.numbers:
                around.update((one.end(), number) for one in self._pattern(number).finditer(block, low, high))
        return sorted({*sure, *around}) if around else sure

    def _one_by_one(self, block: bytes) -> Ends:
        if self._slow is None:
            self._slow = [(one.literal.encode(), _compiled(one)) for one in self.expressions]
        lower = block.lower()
        return sorted(
            (found.end(), number)
            for number, (literal, pattern) in enumerate(self._slow)
            if literal in lower
            for found in pattern.finditer(block)
        )


def _compiled(one: Trigger) -> re.Pattern[bytes]:
    return re.compile(one.expression.encode(), re.IGNORECASE if one.caseless else 0)


def _rows(expressions: tuple[Trigger, ...]) -> list[_Row]:
    """What the database searches for, each expression once."""
    rows: dict[tuple[str, bool, bool], _Row] = {}
    for number, one in enumerate(expressions):
        for text in one.quick or (one.expression,):
            key = (text, one.caseless, not one.quick)
            if (row := rows.get(key)) is None:
                row = rows[key] = _Row(*key, [])
            row.numbers.append(number)
    return list(rows.values())


def _unpacked(packed: bytes) -> Any | None:
    """A hyperscan database that was compiled before, or None where there is none, or none for this version and machine."""
    if not packed:
        return None
    try:
        import hyperscan
    except ImportError:
        return None
    try:
        return hyperscan.loadb(packed, hyperscan.HS_MODE_BLOCK)
    except hyperscan.error:
        return None


def _database(rows: list[_Row]) -> Any | None:
    """A hyperscan database, or None where the library is not installed."""
    try:
        import hyperscan
    except ImportError:
        return None
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[row.text.encode() for row in rows],
        ids=list(range(len(rows))),
        elements=len(rows),
        flags=[hyperscan.HS_FLAG_CASELESS if row.caseless else 0 for row in rows],
    )
    return database
