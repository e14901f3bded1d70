"""Tables of the book: text parted by tabs, one line of names above."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from faultbook.errors import BookError


def rows_of(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Each row with the number of its line. Raises BookError where the file cannot be read or has other columns."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as reason:
        raise BookError(f"The table {path.name} cannot be read.", why=str(reason)) from reason
    rows = csv.reader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    header = next(rows, [])
    if header != list(columns):
        raise BookError(
            f"The table {path.name} has other columns than expected.",
            why=f"Found {', '.join(header) or 'nothing'}.",
            do=f"The first line must name {', '.join(columns)}, parted by tabs.",
        )
    yield from enumerate(rows, 2)
