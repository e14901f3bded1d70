"""What the head of an export says about the rest: separator, column names, and how JSON records are wrapped.

Names are compared *folded* (letters and digits, lower case), because Microsoft prints the same column as ``Application ID ``, ``appId``
and ``AppId``, and headers hold doubled blanks and the same name twice.
"""

import csv
import json
import re
from collections.abc import Callable, Collection, Iterator
from functools import cached_property, lru_cache
from typing import Any, Final, Literal

from msgspec import Struct

from faultbook.sources.items import encoding_of

Wrapping = Literal["lines", "spread", "array", "document"]
"""lines: one object a line; spread: objects over several lines each; array: one array of objects; document: one object that holds it."""

ARRAY_KEYS: Final = ("value", "records", "tables", "rows", "results", "data")
"""Keys under which a document holds its records; the first three are Graph's, Azure Monitor's and Log Analytics'."""

_ARRAY_STARTS: Final = re.compile(r'"(' + "|".join(ARRAY_KEYS) + r')"\s*:\s*\[')
_NOT_PLAIN: Final = re.compile(r"[^a-z0-9]+")
_DECODER: Final = json.JSONDecoder(strict=False)
_SAMPLE: Final = 60


class Table(Struct, frozen=True):
    """A delimited text: its separator, how many lines stand before the header, and the header's names as printed."""

    separator: str
    skip: int
    names: tuple[str, ...]

    @property
    def folded(self) -> tuple[str, ...]:
        """The names as they are compared."""
        return tuple(folded(name) for name in self.names)


class Records(Struct, frozen=True, dict=True):
    """JSON records: how they are wrapped, the outer keys of a document, and the first few of them."""

    wrapping: Wrapping
    outer: tuple[str, ...]
    sample: tuple[dict[str, Any], ...]

    @cached_property
    def keys(self) -> dict[str, str]:
        """Every key of the sampled records by its folded name, spelled as first seen."""
        seen: dict[str, str] = {}
        for record in self.sample:
            for key in record:
                seen.setdefault(folded(key), key)
        return seen


@lru_cache(4096)  # the same few names stand in every record
def folded(name: str) -> str:
    """A column name without case, blanks and punctuation."""
    return _NOT_PLAIN.sub("", name.lower())


def text_of(head: bytes, encoding: str = "") -> str:
    """The head as text, without a byte order mark; what cannot be decoded becomes a replacement character."""
    return head.decode(encoding or encoding_of(head), "replace").lstrip("\ufeff")


def table_of(text: str) -> Table | None:
    """The header of a delimited text, or None where the text has no line with at least three columns at its start."""
    lines = text.splitlines(keepends=True)
    skip = 0
    while skip < len(lines) and (not lines[skip].strip() or lines[skip].lower().startswith("sep=")):
        skip += 1
    if skip >= len(lines) or lines[skip].lstrip().startswith(("{", "[", "<")):
        return None
    best: list[str] = []
    chosen = ","
    for separator in ",;\t|":
        try:
            names = next(csv.reader([lines[skip]], delimiter=separator))
        except (csv.Error, StopIteration):
            continue
        if len(names) > len(best):
            best, chosen = names, separator
    return Table(chosen, skip, tuple(best)) if len(best) >= 3 else None


def records_of(text: str) -> Records | None:
    """The first JSON records of a text that may end in the middle of one, or None where it does not start as JSON."""
    start = len(text) - len(text.lstrip())
    if text[start : start + 1] == "[":
        return Records("array", (), _dicts(elements(text, start + 1)))
    if text[start : start + 1] != "{":
        return None
    first = next(elements(text, start), None)
    if isinstance(first, dict) and not _holds_records(first):
        return Records(_layout(text, start), (), _dicts(elements(text, start)))
    if inner := _ARRAY_STARTS.search(text, start):
        outer = tuple(re.findall(r'"([^"\\]{1,60})"\s*:', text[start : inner.end()]))
        return Records("document", outer, _dicts(_rows(text, inner)))
    return Records("document", tuple(first or ()), ()) if isinstance(first, dict) else None


def _layout(text: str, start: int) -> Wrapping:
    """Whether the object that begins here ends on its line."""
    _, end = _DECODER.raw_decode(text, start)
    return "spread" if "\n" in text[start:end] else "lines"


def format_of(
    head: bytes, of_json: Callable[[Records], str | None], is_table: Callable[[Collection[str]], bool], result: str
) -> str | None:
    """The format of an export by the first bytes of its content; ``result`` is the column that only Log Analytics has."""
    text = text_of(head)
    records = records_of(text)
    if records is not None:
        return of_json(records)
    table = table_of(text)
    if table is None or not is_table(table.folded):
        return None
    return "log-analytics-csv" if result in table.folded else "portal-csv"


def is_diagnostic(text: str) -> bool:
    """Whether the records are lines of a diagnostic setting, which writes categories of many kinds into one file."""
    records = records_of(text)
    return (
        any({"category", "properties"} <= {folded(key) for key in record} for record in records.sample)
        if records
        else False
    )


def _holds_records(document: dict[str, Any]) -> bool:
    return any(isinstance(document.get(key), list) for key in ARRAY_KEYS) and "category" not in document


def _rows(text: str, inner: re.Match[str]) -> Iterator[Any]:
    """Elements of the array found; of a Log Analytics table the rows, each with its column names."""
    if inner[1] != "tables":
        yield from elements(text, inner.end())
        return
    columns = re.compile(r'"columns"\s*:\s*\[').search(text, inner.end())
    rows = re.compile(r'"rows"\s*:\s*\[').search(text, inner.end())
    if columns is None:
        return
    names = [str(column.get("name")) for column in elements(text, columns.end()) if isinstance(column, dict)]
    found = False
    for row in elements(text, rows.end()) if rows else ():
        if isinstance(row, list):
            found = True
            yield dict(zip(names, row, strict=False))
    if not found:
        yield dict.fromkeys(names)


def elements(text: str, start: int) -> Iterator[Any]:
    """JSON values one after the other, separated by blanks or commas, as long as they are whole."""
    here = start
    while True:
        while here < len(text) and text[here] in " \t\r\n,\ufeff":
            here += 1
        try:
            value, here = _DECODER.raw_decode(text, here)
        except (ValueError, RecursionError):  # no JSON, a number of thousands of digits, or too deep
            return
        yield value


def _dicts(values: Iterator[Any]) -> tuple[dict[str, Any], ...]:
    found: list[dict[str, Any]] = []
    for value in values:
        if isinstance(value, dict):
            found.append(value)
        if len(found) >= _SAMPLE:
            break
    return tuple(found)
