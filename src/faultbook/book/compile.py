"""Entries and known codes compiled into files, byte for byte the same from the same sources."""

import datetime as dt
import hashlib
import re
import sqlite3
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from faultbook import atomic
from faultbook.book.files import read_entries
from faultbook.book.known import Known, Shelf, number, read_known
from faultbook.book.known_only import with_published
from faultbook.book.layout import terminal
from faultbook.book.page import blocks, known_blocks, retired_blocks
from faultbook.book.pages import key_of, pack
from faultbook.book.retired import Retired, read_retired
from faultbook.book.stale import stale_from
from faultbook.book.wording import Fragment, read_wording
from faultbook.book.words import Words, read_words
from faultbook.errors import BookError
from faultbook.model import Entry

SCHEMA: Final = 1
_EPOCH: Final = dt.date(1970, 1, 1).toordinal()
APPLICATION_ID: Final = 0x4642_4B31  # "FBK1"
DATABASE: Final = "book.sqlite"
PAGES: Final = "book.pages"

# How much a word counts in each column, in the order of the columns.
WEIGHTS: Final = {"entry_text": "10.0, 8.0, 5.0, 2.0, 2.0, 1.5, 6.0", "known_text": "10.0, 8.0, 3.0"}

_TABLES: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE entry (id INTEGER PRIMARY KEY, code TEXT UNIQUE NOT NULL, name TEXT NOT NULL, summary TEXT NOT NULL, json TEXT NOT NULL);
CREATE TABLE known (id INTEGER PRIMARY KEY, code TEXT UNIQUE NOT NULL, name TEXT NOT NULL, json TEXT NOT NULL);
CREATE TABLE fragment (id INTEGER PRIMARY KEY, json TEXT NOT NULL);
CREATE TABLE spelling (key TEXT NOT NULL, code TEXT NOT NULL, PRIMARY KEY (key, code)) WITHOUT ROWID;
CREATE TABLE related (code TEXT NOT NULL, other TEXT NOT NULL, how TEXT NOT NULL, note TEXT NOT NULL, PRIMARY KEY (code, other, how)) WITHOUT ROWID;
CREATE VIRTUAL TABLE entry_text USING fts5(code, name, summary, meaning, causes, faq, wording, tokenize = "porter unicode61 remove_diacritics 2");
CREATE VIRTUAL TABLE known_text USING fts5(code, name, note, tokenize = "porter unicode61 remove_diacritics 2");
CREATE TABLE retired (key TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE word (term TEXT PRIMARY KEY) WITHOUT ROWID;
"""


class Sources(Struct, frozen=True, kw_only=True):
    """The book as read from its sources: all that any compiled file is made of. ``questions`` are those of the probes, by id."""

    words: Words
    entries: tuple[Entry, ...]
    known: tuple[Known, ...]
    fragments: tuple[Fragment, ...]
    retired: tuple[Retired, ...]
    questions: dict[str, str]
    version: str


Compiler = Callable[[Sources], dict[str, bytes]]
"""Makes compiled files, by name."""


def build(source: Path, out: Path, questions: Mapping[str, str], also: Sequence[Compiler] = ()) -> None:
    """Compile the book in ``source`` into the folder ``out``, with the files of other compilers ``also``.

    Either all files are new or, where the sources hold a mistake, a BookError names every one and nothing is written.
    """
    sources = read_sources(source, questions)
    files = compiled(sources)
    for compiler in also:
        files |= compiler(sources)
    out.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        atomic.write(out / name, content, "compiled book")


def read_sources(source: Path, questions: Mapping[str, str]) -> Sources:
    """Everything in the folder ``source``; a BookError names every mistake."""
    words = read_words(source / "words.toml")
    entries, problems = read_entries(source / "entries")
    if problems:
        why = "\n".join(str(problem) for problem in problems)
        raise BookError("The book cannot be compiled.", why=why, do="Correct these files; nothing was written.")
    known = read_known(source / "codes")
    return Sources(
        words=words,
        entries=tuple(with_published(entries, known)),
        known=tuple(known),
        fragments=tuple(read_wording(source / "wording")),
        retired=tuple(read_retired(source / "retired.toml")),
        questions=dict(questions),
        version=_version(source, questions),
    )


def compiled(sources: Sources) -> dict[str, bytes]:
    """The database and the terminal pages."""
    entries, known, words, retired = sources.entries, sources.known, sources.words, sources.retired
    pages = _pages(entries, known, words, sources.questions)
    until = {entry.code: day.toordinal() - _EPOCH for entry in entries if (day := stale_from(entry)) is not None}
    for one in retired:
        notice, follows = retired_blocks(one), pages.get(one.now, ("", ""))
        pages[one.code] = (
            "\n".join(part for part in (terminal(notice, colour=False), follows[0]) if part),
            "\n".join(part for part in (terminal(notice, colour=True), follows[1]) if part),
        )
        until |= {one.code: until[one.now]} if one.now in until else {}
    return {
        DATABASE: database(entries, known, words, sources.version, sources.fragments, retired),
        PAGES: pack(with_retired(spellings(entries, known), retired, own=True), pages, until),
    }


def spellings(entries: Iterable[Entry], known: Iterable[Known]) -> list[tuple[str, str]]:
    """Every key under which a code is found. A code's own spelling wins over an alias, an alias over a bare number or name."""
    return claimed(_named(entries, known))


def claimed(named: Iterable[tuple[str, str, Sequence[str]]]) -> list[tuple[str, str]]:
    """The same, from codes with their names and aliases."""
    claims: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for code, name, aliases in named:
        for rank, texts in enumerate(([code], aliases, [*_short(code), name])):
            for text in texts:
                if key := key_of(text):
                    claims[key][rank].add(code)
    return sorted((key, code) for key, ranks in claims.items() for code in ranks[min(ranks)])


def with_retired(
    spelt: Iterable[tuple[str, str]], retired: Sequence[Retired], *, own: bool = False
) -> list[tuple[str, str]]:
    """Spellings in which those of a retired code lead to what took its place, or with ``own`` to the retired code itself."""
    gone = {key: one.code if own else one.now for one in retired for key in map(key_of, (one.code, *_short(one.code)))}
    kept = [(key, code) for key, code in spelt if key not in gone]
    return sorted([*kept, *((key, code) for key, code in gone.items() if code)])


def answered(entries: Iterable[Entry], known: Iterable[Known] = ()) -> dict[str, str]:
    """Codes for which an entry answers, with that entry's code.

    Its own, those that it claims as another spelling, and published sub-conditions of its condition of Spark that have no entry of their own.
    """
    have = {code: entry.code for entry in entries for code in (entry.code, *entry.aliases)}
    below = {one.code: have[condition] for one in known if (condition := one.code.partition(".")[0]) in have}
    return {**below, **have}


def _named(entries: Iterable[Entry], known: Iterable[Known]) -> Iterator[tuple[str, str, list[str]]]:
    entries = tuple(entries)
    for entry in entries:
        yield entry.code, entry.name, entry.aliases
    known = tuple(known)
    have = answered(entries, known)
    for one in known:
        if one.code in have:
            yield have[one.code], "", [one.code]
        else:
            yield one.code, one.name, []


def _short(code: str) -> Iterator[str]:
    """The forms in which people cut a code: the number of an Entra code, the digits of a hexadecimal one."""
    folded = code.upper()
    if folded.startswith("AADSTS"):
        yield folded.removeprefix("AADSTS")
    if folded.startswith("0X"):
        yield folded.removeprefix("0X")


def _version(source: Path, questions: Mapping[str, str]) -> str:
    """Twelve digits that change whenever anything the book is made of changes."""
    total = hashlib.sha256()
    paths = [
        source / "words.toml",
        *(path for path in (source / "retired.toml",) if path.is_file()),
        *sorted((source / "entries").rglob("*.toml")),
        *sorted((source / "codes").glob("*.tsv")),
        *sorted((source / "wording").glob("*.tsv")),
    ]
    for path in paths:
        content = path.read_bytes()
        total.update(f"{path.relative_to(source).as_posix()}\n{len(content)}\n".encode())
        total.update(content)
    total.update(msgspec.json.encode(dict(questions), order="sorted"))
    return total.hexdigest()[:12]


def _pages(
    entries: Sequence[Entry], known: Sequence[Known], words: Words, questions: Mapping[str, str]
) -> dict[str, tuple[str, str]]:
    near = beside(known)
    found = {one.code: terminal(known_blocks(one, near[one.code]), colour=False) for one in known}
    pages = {code: (page, page) for code, page in found.items()}
    for entry in entries:
        shapes = blocks(entry, words, questions)
        pages[entry.code] = terminal(shapes, colour=False), terminal(shapes, colour=True)
    return pages


def beside(known: Sequence[Known]) -> dict[str, list[str]]:
    """The published numbers next to each numbered code, the nearest first; none for a code that is a name."""
    shelf = Shelf(known)
    return {one.code: [near.code for near in shelf.beside(one.code)] if number(one.code) else [] for one in known}


def database(
    entries: Sequence[Entry],
    known: Sequence[Known],
    words: Words,
    version: str,
    fragments: Sequence[Fragment] = (),
    retired: Sequence[Retired] = (),
) -> bytes:
    """The bytes of the database: tables for look-up, and two full-text indexes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / DATABASE
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            for pragma in ("page_size = 4096", "encoding = 'UTF-8'", "journal_mode = OFF", "auto_vacuum = NONE"):
                connection.execute(f"PRAGMA {pragma}")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA}")
            connection.executescript(_TABLES)
            connection.execute("BEGIN")
            _fill(connection, entries, known, words, version)
            rows = [(number_, _json(one)) for number_, one in enumerate(fragments, start=1)]
            connection.executemany("INSERT INTO fragment VALUES (?, ?)", rows)
            spelt = with_retired(spellings(entries, known), retired)
            connection.executemany("INSERT INTO spelling VALUES (?, ?)", spelt)
            connection.executemany(
                "INSERT INTO retired VALUES (?, ?)", [(key_of(one.code), _json(one)) for one in retired]
            )
            connection.execute("COMMIT")
            for table, weights in WEIGHTS.items():
                connection.execute(f"INSERT INTO {table}({table}, rank) VALUES ('rank', 'bm25({weights})')")  # noqa: S608 - constants
                connection.execute(f"INSERT INTO {table}({table}) VALUES ('optimize')")  # noqa: S608 - constants
            connection.execute("VACUUM")
        finally:
            connection.close()
        return _pinned(path.read_bytes())


def _pinned(database: bytes) -> bytes:
    """Without the change counter and the version of the SQLite that wrote it: neither says anything about the book."""
    fixed = bytearray(database)
    for start in (24, 92, 96):
        fixed[start : start + 4] = (1).to_bytes(4, "big")
    return bytes(fixed)


def _fill(
    connection: sqlite3.Connection, entries: Sequence[Entry], known: Sequence[Known], words: Words, version: str
) -> None:
    meta = {
        "schema": str(SCHEMA),
        "version": version,
        "words": _json(words),
        "entries": str(len(entries)),
        "known": str(len(known)),
    }
    insert = connection.executemany
    insert("INSERT INTO meta VALUES (?, ?)", sorted(meta.items()))
    for number_, entry in enumerate(entries, start=1):
        insert_entry(connection, number_, entry)
    have = answered(entries, known)  # found by their entries, which say more
    for number_, one in enumerate(known, start=1):
        connection.execute("INSERT INTO known VALUES (?, ?, ?, ?)", (number_, one.code, one.name, _json(one)))
        if one.code not in have:
            connection.execute(
                "INSERT INTO known_text(rowid, code, name, note) VALUES (?, ?, ?, ?)",
                (number_, _parts(one.code), _parts(one.name), one.note),
            )
    insert("INSERT INTO word VALUES (?)", [(word,) for word in vocabulary(entries)])


def insert_entry(connection: sqlite3.Connection, number_: int, entry: Entry) -> None:
    """One entry into the tables that hold it; its spellings and words are the whole book's business."""
    row = (number_, entry.code, entry.name, entry.summary, _json(entry))
    connection.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?)", row)
    connection.execute(
        "INSERT INTO entry_text(rowid, code, name, summary, meaning, causes, faq, wording) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (number_, *_text(entry)),
    )
    connection.executemany(
        "INSERT OR IGNORE INTO related VALUES (?, ?, ?, ?)",
        [(entry.code, other.code, other.how, other.note) for other in entry.related],
    )


def vocabulary(entries: Iterable[Entry]) -> list[str]:
    """Every longer word of the entries, for those who mistype one."""
    texts = (text.lower() for entry in entries for text in _text(entry))
    return sorted({word for text in texts for word in re.findall(r"[^\W\d_]{4,}", text)})


def _json(value: Entry | Known | Retired | Words | Fragment) -> str:
    return msgspec.json.encode(value).decode()


def _text(entry: Entry) -> tuple[str, ...]:
    """What full-text search reads of an entry, column by column; not the sentences that all known-only entries share."""
    if entry.known_only:
        about = entry.published.about if entry.published else ""
        return _parts(entry.code, *entry.aliases), _parts(entry.name), about, "", "", "", "\n".join(entry.wording)
    return (
        _parts(entry.code, *entry.aliases),
        _parts(entry.name),
        entry.summary,
        entry.meaning,
        "\n".join(f"{cause.title}. {cause.detail}" for cause in entry.causes),
        "\n".join(f"{question.q} {question.a}" for question in entry.faq),
        "\n".join(entry.wording),
    )


def _parts(*names: str) -> str:
    """Names as written, and again in the words that are run together in them: ``GatewayUnreachable`` is found by *gateway*."""
    written = [name for name in names if name]
    apart = [
        "".join(
            f" {sign}" if sign.isupper() and not before.isupper() else sign
            for before, sign in zip(f" {name}", name, strict=False)
        )
        for name in written
    ]
    return " ".join(dict.fromkeys(" ".join([*written, *apart]).replace("_", " ").split()))
