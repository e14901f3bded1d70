"""A compiled book with a site's overlay over it: a copy in memory in which the overlay's entries stand instead of ours."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from faultbook.book.compile import claimed, insert_entry, vocabulary, with_retired
from faultbook.book.overlay import merged, read_overlay
from faultbook.book.reader import Book, open_book
from faultbook.book.retired import Retired
from faultbook.model import Entry


def open_overlaid(book: Path | None, overlay: Path | None) -> Book:
    """Open a compiled book, that of the installation unless another is named, with an overlay where there is one.

    The overlay is merged anew at every opening (a fifth of a second with 1,500 entries), so that nothing of it can be stale, and nothing is
    written. The book's version then ends with that of the overlay. A BookError names every mistake of the overlay.
    """
    base = open_book(book)
    if overlay is None:
        return base
    with base:
        over = read_overlay(overlay)
        entries = [file.entry for file in merged(over, base.entry)]
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        base.copy_to(connection)
    connection.execute("BEGIN")
    _replace(connection, entries)
    version = f"{base.version}+{over.name}-{over.version}"
    connection.execute("UPDATE meta SET value = ? WHERE key = 'version'", (version,))
    connection.execute("COMMIT")
    return Book(connection)


def _replace(connection: sqlite3.Connection, entries: Sequence[Entry]) -> None:
    """Put entries in the places of those with the same codes, or behind all."""
    codes = {entry.code for entry in entries}
    (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM entry").fetchone()
    for entry in entries:
        row = connection.execute("SELECT id FROM entry WHERE code = ?", (entry.code,)).fetchone()
        last += row is None
        number = row[0] if row else last
        connection.execute("DELETE FROM entry WHERE id = ?", (number,))
        connection.execute("DELETE FROM entry_text WHERE rowid = ?", (number,))
        connection.execute("DELETE FROM related WHERE code = ?", (entry.code,))
        connection.execute(
            "DELETE FROM known_text WHERE rowid = (SELECT id FROM known WHERE code = ?)", (entry.code,)
        )  # found by its entry, which says more
        insert_entry(connection, number, entry)
    connection.execute("DELETE FROM spelling")
    gone = [msgspec.json.decode(row, type=Retired) for (row,) in connection.execute("SELECT json FROM retired")]
    rows = with_retired(claimed(_named(connection)), [one for one in gone if one.code not in codes])
    connection.executemany("INSERT INTO spelling VALUES (?, ?)", rows)
    connection.executemany("INSERT OR IGNORE INTO word VALUES (?)", [(word,) for word in vocabulary(entries)])


def _named(connection: sqlite3.Connection) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Code, name and aliases of everything that can be looked up."""
    for code, name, aliases in connection.execute("SELECT code, name, json_extract(json, '$.aliases') FROM entry"):
        yield code, name, json.loads(aliases) if aliases else []
    for code, name in connection.execute("SELECT code, name FROM known WHERE code NOT IN (SELECT code FROM entry)"):
        yield code, name, []
