"""Published codes that the vendors name, whether or not the book has an entry for them."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from faultbook.errors import BookError
from faultbook.model import Transient

Kind = Literal["error", "warning", "info"]
"""info: the code reports something normal, so that meeting it is no error."""

COLUMNS = ("code", "family", "name", "kind", "oauth_error", "transient", "note", "source")


class Known(Struct, frozen=True, kw_only=True):
    """One published code: facts only, no vendor sentence.

    ``family`` is the product part that prints it (the name of its table). ``oauth_error`` is the OAuth class seen with it, ``note`` our own remark
    (product area, SQLSTATE), ``source`` the place that publishes it.
    """

    code: str
    family: str
    name: str = ""
    kind: Kind = "error"
    oauth_error: str = ""
    transient: Transient = "unknown"
    note: str = ""
    source: str = ""


class Range(Struct, frozen=True, kw_only=True):
    """A stretch of numbers of one family that belong together, as far as the published ones show."""

    family: str
    low: int
    high: int
    about: str
    published: int


def read_known(folder: Path) -> list[Known]:
    """Every code of the tables in ``folder``, by file and line; a code stands in one table only."""
    found: dict[str, Known] = {}
    for path in sorted(folder.glob("*.tsv")):
        for line, known in _rows(path):
            if known.code in found:
                raise BookError(
                    f"{path.name}, line {line}: {known.code} stands in the tables twice.",
                    why=f"It is also in the table of {found[known.code].family}.",
                    do="Keep one of the two lines.",
                )
            found[known.code] = known
    return list(found.values())


def _rows(path: Path) -> Iterator[tuple[int, Known]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as reason:
        raise BookError(f"The table {path.name} cannot be read.", why=str(reason)) from reason
    rows = csv.reader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    header = tuple(next(rows, ()))
    if header != COLUMNS:
        raise BookError(
            f"The table {path.name} has other columns than expected.",
            why=f"Found {', '.join(header) or 'nothing'}.",
            do=f"The first line must name {', '.join(COLUMNS)}, parted by tabs.",
        )
    for line, row in enumerate(rows, 2):
        yield line, _known(dict(zip(COLUMNS, row, strict=False)), path, line)


def _known(row: dict[str, str], path: Path, line: int) -> Known:
    filled = {key: value for key, value in row.items() if value}
    try:
        return msgspec.convert(filled, Known)
    except msgspec.ValidationError as reason:
        raise BookError(f"{path.name}, line {line}: not a code.", why=f"{reason}.") from reason


def number(code: str) -> tuple[str, int] | None:
    """What stands before the number of a code, and the number; None for a code that is a name, or longer than any number."""
    prefix = code.rstrip("0123456789")
    digits = code[len(prefix) :]
    return (prefix, int(digits)) if 0 < len(digits) <= 18 else None


def neighbours(code: str, known: Iterable[Known], count: int = 3) -> list[Known]:
    """The published codes nearest to ``code``: of the same prefix by number, otherwise by the longest common beginning."""
    split = number(code)
    if split is not None:
        prefix, here = split
        near = [
            (abs(there[1] - here), there[1], one)
            for one in known
            if one.code != code
            and (there := number(one.code)) is not None
            and there[0] == prefix
            and _width(there[1], here)
        ]
        return [one for _, _, one in sorted(near, key=lambda item: item[:2])[:count]]
    return _named_alike(code, known, count)


def _width(one: int, other: int) -> bool:
    return len(str(one)) == len(str(other))


def _named_alike(code: str, known: Iterable[Known], count: int) -> list[Known]:
    folded = code.casefold()
    alike = [(-_common(folded, one.code.casefold()), one.code, one) for one in known if one.code != code]
    return [
        one for shared, _, one in sorted(alike, key=lambda item: item[:2])[:count] if -shared >= max(4, len(code) // 2)
    ]


def _common(one: str, other: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def number_range(code: str, known: Iterable[Known], step: int = 100) -> Range | None:
    """The stretch of ``step`` numbers around ``code`` and what the published codes in it are about; None where none is published."""
    split = number(code)
    if split is None:
        return None
    prefix, here = split
    low = here - here % step
    inside = [
        one
        for one in known
        if (there := number(one.code)) is not None and there[0] == prefix and low <= there[1] < low + step
    ]
    if not inside:
        return None
    notes = [one.note.partition(";")[0] for one in inside]
    commonest = max(sorted(set(notes)), key=notes.count)
    return Range(
        family=inside[0].family,
        low=low,
        high=low + step - 1,
        about=commonest if notes.count(commonest) * 2 > len(notes) > 1 else "",
        published=len(inside),
    )
