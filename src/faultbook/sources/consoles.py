"""What PowerShell prints: lists of ``Name : value`` and tables with a line of dashes."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

_DASHES: Final = re.compile(r"^\s*-+(?:\s+-+)*\s*$")
_TRUTHS: Final = {"true": True, "false": False, "yes": True, "no": False}
_MOST_ROWS: Final = 10_000
"""Nobody prints more to a console."""
_MOST_COLUMNS: Final = 100
_LONGEST_KEY: Final = 81
_RUN: Final = re.compile(r"-+")


def blocks(text: str) -> Iterator[dict[str, str]]:
    """Every list in the text as a mapping; a value that goes on below, indented to its column, is joined with line breaks."""
    block: dict[str, list[str]] = {}
    last, column = "", 0
    for line in text.replace("\r\n", "\n").split("\n"):
        pair = _pair(line)
        if not line:
            if block:
                yield _joined(block)
            block, last = {}, ""
        elif not line.strip():
            continue
        elif last and line.startswith(" " * column):
            block[last].append(line[column:])
        elif pair:
            last, value = pair
            if last in block:
                yield _joined(block)
                block = {}
            block[last] = [value]
            column = line.index(":") + 2
        else:
            last = ""
    if block:
        yield _joined(block)


def tables(text: str) -> Iterator[list[dict[str, str]]]:
    """Every table in the text as rows; columns begin where the dashes below the header begin, and a blank line ends it."""
    before = ""
    starts: list[int] = []
    names: list[str] = []
    rows: list[dict[str, str]] = []
    for line in [*text.replace("\r\n", "\n").split("\n"), ""]:
        if starts and line.strip():
            if len(rows) < _MOST_ROWS:
                rows.append(dict(zip(names, _cells(line, starts), strict=True)))
        elif starts:
            yield rows
            starts, rows = [], []
        elif "-" in line and before.strip() and _DASHES.match(line):
            starts = [match.start() for match in islice(_RUN.finditer(line), _MOST_COLUMNS + 1)]
            if len(starts) > _MOST_COLUMNS:
                starts = []
            names = _cells(before, starts) if starts else []
        before = line


def _pair(line: str) -> tuple[str, str] | None:
    """The name before the first colon and the value behind it; None where the line begins with a blank or has none."""
    name, colon, value = line.partition(":")
    name = name.rstrip(" \t")
    if not colon or not name or name[0].isspace() or len(name) > _LONGEST_KEY or value[:1] not in {"", " ", "\t"}:
        return None
    return name.strip(), value[1:].rstrip()


def _joined(block: dict[str, list[str]]) -> dict[str, str]:
    return {key: "\n".join(parts) for key, parts in block.items()}


def unwrapped(value: str) -> str:
    """A value that the console's width has broken, put together again without anything between."""
    return "".join(part.strip() for part in value.split("\n"))


def truth(value: object) -> bool | None:
    """True or False as PowerShell, JSON and CSV write them; None for anything else."""
    if isinstance(value, str):
        return _TRUTHS.get(value.strip().lower()) if len(value) < 10 else None
    return value if isinstance(value, bool) else None


def _cells(line: str, starts: list[int]) -> list[str]:
    return [line[start:end].strip() for start, end in zip(starts, [*starts[1:], len(line)], strict=True)]
