"""Published codes that the vendors name, whether or not the book has an entry for them."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from faultbook.book.table import rows_of
from faultbook.errors import BookError
from faultbook.model import Transient

Kind = Literal["error", "warning", "info"]
"""info: the code reports something normal, so that meeting it is no error."""

MESSAGE = "message"
"""The family of our own names for messages that print no code; no program prints these names."""
LOOKED_UP = frozenset({"graph", "msal", "oauth", MESSAGE})
"""Families known so that they can be looked up, and not told in a text: Graph, the sign-in libraries and the classes of OAuth stand in every program."""
COLUMNS = ("code", "family", "name", "kind", "oauth_error", "transient", "note", "source")

FAMILY_NAMES: Final = {
    "entra": "Microsoft Entra sign-in",
    "broker": "the account broker of Windows",
    "hresult": "the synchronisation engine",
    "password-writeback": "password writeback",
    "spark": "Apache Spark and Databricks",
    "data-factory": "Data Factory and Fabric pipelines",
    "databricks": "Databricks",
    "dbt": "dbt",
    "dbt-fusion": "dbt Fusion",
    "entra-connect": "directory synchronisation",
    "fabric": "Microsoft Fabric",
    "graph": "Microsoft Graph",
    "msal": "the sign-in libraries",
    "oauth": "OAuth",
    "pass-through": "pass-through authentication",
    "password-protection": "password protection",
    "power-bi": "Power BI",
    "report-server": "the report server",
    "snowflake": "Snowflake",
    "sql-server": "SQL Server",
    "sql-server-driver": "the drivers of SQL Server",
    "sspr": "self-service password reset",
    "windows-security": "the Security log of Windows",
}
"""The families of published codes, as a sentence calls them."""


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
        for line, row in rows_of(path, COLUMNS):
            known = _known(dict(zip(COLUMNS, row, strict=False)), path, line)
            if known.code in found:
                raise BookError(
                    f"{path.name}, line {line}: {known.code} stands in the tables twice.",
                    why=f"It is also in the table of {found[known.code].family}.",
                    do="Keep one of the two lines.",
                )
            found[known.code] = known
    return list(found.values())


def _known(row: dict[str, str], path: Path, line: int) -> Known:
    filled = {key: value for key, value in row.items() if value}
    try:
        return msgspec.convert(filled, Known)
    except msgspec.ValidationError as reason:
        raise BookError(f"{path.name}, line {line}: not a code.", why=f"{reason}.") from reason


@lru_cache(maxsize=16_384)
def number(code: str) -> tuple[str, int] | None:
    """What stands before the number of a code, and the number; None for a code that is a name, or longer than any number."""
    prefix = code.rstrip("0123456789")
    digits = code[len(prefix) :]
    return (prefix, int(digits)) if 0 < len(digits) <= 18 else None


class Shelf:
    """Published codes in the order of their numbers and of their names, so that what stands beside one is found at once."""

    def __init__(self, known: Iterable[Known]) -> None:
        self._numbers: dict[str, list[tuple[int, int, Known]]] = defaultdict(list)
        self._names: list[tuple[str, str, Known]] = []
        for place, one in enumerate(known):
            if (split := number(one.code)) is not None:
                self._numbers[split[0]].append((split[1], place, one))
            self._names.append((one.code.casefold(), one.code, one))
        for row in self._numbers.values():
            row.sort(key=lambda item: item[:2])
        self._names.sort(key=lambda item: item[:2])

    def beside(self, code: str, count: int = 3) -> list[Known]:
        """The published codes nearest to ``code``: of the same prefix and length by number, otherwise by the longest common beginning."""
        split = number(code)
        if split is None:
            return self._alike(code, count)
        row, here = self._numbers.get(split[0], []), split[1]
        at = bisect_left(row, (here, -1))
        around = [*row[max(0, at - count - 1) : at], *row[at : at + count + 1]]
        near = [
            (abs(there - here), there, one)
            for there, _, one in around
            if one.code != code and len(str(there)) == len(str(here))
        ]
        return [one for _, _, one in sorted(near, key=lambda item: item[:2])[:count]]

    def stretch(self, code: str, step: int = 100) -> Range | None:
        """The stretch of ``step`` numbers around ``code`` and what the published codes in it are about; None where none is published."""
        split = number(code)
        if split is None:
            return None
        row, low = self._numbers.get(split[0], []), split[1] - split[1] % step
        inside = row[bisect_left(row, (low, -1)) : bisect_left(row, (low + step, -1))]
        if not inside:
            return None
        about = [one.note.partition(";")[0] for _, _, one in inside]
        commonest = max(sorted(set(about)), key=about.count)
        return Range(
            family=min(inside, key=lambda item: item[1])[2].family,
            low=low,
            high=low + step - 1,
            about=commonest if about.count(commonest) * 2 > len(about) > 1 else "",
            published=len(inside),
        )

    def _alike(self, code: str, count: int) -> list[Known]:
        folded, least = code.casefold(), max(4, len(code) // 2)
        at = bisect_left(self._names, (folded, code))
        found: list[tuple[int, str, Known]] = []
        for places in (range(at - 1, -1, -1), range(at, len(self._names))):
            for place in places:
                name, spelt, one = self._names[place]
                shared = _common(folded, name)
                if shared < least:
                    break  # in this order what follows has less in common
                if spelt != code:
                    found.append((-shared, spelt, one))
        return [one for _, _, one in sorted(found, key=lambda item: item[:2])[:count]]


def neighbours(code: str, known: Iterable[Known], count: int = 3) -> list[Known]:
    """What stands beside one code; for many codes keep a `Shelf`."""
    return Shelf(known).beside(code, count)


def number_range(code: str, known: Iterable[Known], step: int = 100) -> Range | None:
    """The stretch of numbers around one code; for many codes keep a `Shelf`."""
    return Shelf(known).stretch(code, step)


def _common(one: str, other: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def stretch_said(stretch: Range | None, nearest: Sequence[Known]) -> Iterator[str]:
    """The stretch of numbers around a code and the published codes next to it, in sentences."""
    if stretch is not None and stretch.about and stretch.published > 1:
        family = FAMILY_NAMES.get(stretch.family, stretch.family)
        yield f"Of the numbers {stretch.low} to {stretch.high} {stretch.published} are published ({family}), most of them about: {stretch.about}."
    if nearest:
        listed = ", ".join(f"{near.code} {near.name}".strip() for near in nearest)
        near_in = "number" if number(nearest[0].code) else "name"
        yield f"Nearest published: {listed}. Near in {near_in} does not mean alike."
