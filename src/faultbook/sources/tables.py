"""Delimited tables: comma, semicolon or tab, with doubled headers, ragged rows and PowerShell's type line."""

import csv
import io
from typing import Final

from msgspec import Struct

_DELIMITERS: Final = ",;\t"


class Table(Struct):
    """A header with stripped names and its rows; a row may be shorter or longer than the header."""

    header: list[str]
    rows: list[list[str]]
    problems: list[str]

    def dicts(self) -> list[dict[str, str]]:
        """Rows by column name, empty cells left out; of a doubled column the first filled cell counts, a nameless one is called by its number."""
        names = [name or str(number) for number, name in enumerate(self.header, 1)]
        return [self._named(names, row) for row in self.rows]

    def _named(self, names: list[str], row: list[str]) -> dict[str, str]:
        made: dict[str, str] = {}
        for number, cell in enumerate(row):
            if cell.strip():
                made.setdefault(names[number] if number < len(names) else str(number + 1), cell)
        return made


def header_of(text: str) -> list[str]:
    """The names of the first line as a table would read them; one name or none where it is no table."""
    line = _body(text).partition("\n")[0].rstrip("\r")
    if len(line) > 60_000:
        return []
    try:
        return [name.strip() for name in next(csv.reader([line], delimiter=_delimiter(line)), [])]
    except csv.Error:
        return []


def table(text: str) -> Table:
    """The table in the text. It never fails: a row that cannot be read ends it with a problem."""
    body = _body(text)
    delimiter = _delimiter(body.partition("\n")[0])
    found = Table([], [], [])
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter)
    try:
        found.header = [name.strip() for name in next(reader, [])]
        found.rows.extend(row for row in reader if any(row))
    except csv.Error as broken:
        found.problems.append(
            f"The table cannot be read beyond line {reader.line_num} ({broken}); the rows before that were used."
        )
    _check(found)
    return found


def _check(found: Table) -> None:
    doubled = sorted({name for name in found.header if name and found.header.count(name) > 1})
    if doubled:
        found.problems.append(
            f"The columns {', '.join(doubled[:5])} stand there twice; the first filled cell was taken."
        )
    short = sum(len(row) < len(found.header) for row in found.rows)
    if short:
        found.problems.append(f"{short} rows have fewer columns than the header; what they lack is taken as unknown.")


def _body(text: str) -> str:
    text = text.lstrip("\ufeff")
    return text.partition("\n")[2] if text.startswith(("#TYPE", "sep=")) else text


def _delimiter(line: str) -> str:
    return max(_DELIMITERS, key=line.count)
