"""What PowerShell prints: lists of ``Name : value`` and tables with a line of dashes."""

import re
from collections.abc import Iterator
from typing import Final

_KEY: Final = re.compile(r"^([^\s:][^:]{0,80}?)[ \t]*:(?:[ \t](.*))?$")
_DASHES: Final = re.compile(r"^\s*-+(?:\s+-+)*\s*$")
_RUN: Final = re.compile(r"-+")


def blocks(text: str) -> Iterator[dict[str, str]]:
    """Every list in the text as a mapping; a value that goes on below, indented to its column, is joined with line breaks."""
    block: dict[str, str] = {}
    last, column = "", 0
    for line in text.replace("\r\n", "\n").split("\n"):
        match = _KEY.match(line)
        if not line.strip():
            if not line and block:
                yield block
                block, last = {}, ""
        elif last and column and line.startswith(" " * column):
            block[last] += "\n" + line[column:]
        elif match:
            if match[1].strip() in block:
                yield block
                block = {}
            last = match[1].strip()
            block[last] = (match[2] or "").rstrip()
            column = line.index(":") + 2
        else:
            last = ""
    if block:
        yield block


def tables(text: str) -> Iterator[list[dict[str, str]]]:
    """Every table in the text as rows; columns begin where the dashes below the header begin."""
    lines = text.replace("\r\n", "\n").split("\n")
    for number, line in enumerate(lines):
        if number and "-" in line and _DASHES.match(line) and lines[number - 1].strip():
            starts = [match.start() for match in _RUN.finditer(line)]
            names = _cells(lines[number - 1], starts)
            rows = []
            for row in lines[number + 1 :]:
                if not row.strip():
                    break
                rows.append(dict(zip(names, _cells(row, starts), strict=True)))
            yield rows


def unwrapped(value: str) -> str:
    """A value that the console's width has broken, put together again without anything between."""
    return "".join(part.strip() for part in value.split("\n"))


def truth(value: object) -> bool | None:
    """True or False as PowerShell, JSON and CSV write them; None for anything else."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False, "yes": True, "no": False}.get(str(value).strip().lower())


def _cells(line: str, starts: list[int]) -> list[str]:
    return [line[start:end].strip() for start, end in zip(starts, [*starts[1:], len(line)], strict=True)]
