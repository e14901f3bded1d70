"""Entries and known codes compiled into two files, byte for byte the same from the same sources."""

import hashlib
import re
import sqlite3
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec

from faultbook.book.files import read_entries
from faultbook.book.known import Known, number, read_known
from faultbook.book.layout import terminal
from faultbook.book.page import ansi, known_blocks, plain
from faultbook.book.pages import key_of, pack
from faultbook.book.words import Words, read_words
from faultbook.errors import BookError
from faultbook.model import Entry

SCHEMA: Final = 1
APPLICATION_ID: Final = 0x4642_4B31  # "FBK1"
DATABASE: Final = "book.sqlite"
PAGES: Final = "book.pages"

# How much a word counts in each column, in the order of the columns.
WEIGHTS: Final = {"entry_text": "10.0, 8.0, 5.0, 2.0, 2.0, 1.5, 6.0", "known_text": "10.0, 8.0, 3.0"}

_TABLES: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE entry (id INTEGER PRIMARY KEY, code TEXT UNIQUE NOT NULL, name TEXT NOT NULL, summary TEXT NOT NULL, json TEXT NOT NULL);
CREATE TABLE known (id INTEGER PRIMARY KEY, code TEXT UNIQUE NOT NULL, name TEXT NOT NULL, json TEXT NOT NULL);
CREATE TABLE spelling (key TEXT NOT NULL, code TEXT NOT NULL, PRIMARY KEY (key, code)) WITHOUT ROWID;
CREATE TABLE related (code TEXT NOT NULL, other TEXT NOT NULL, how TEXT NOT NULL, note TEXT NOT NULL, PRIMARY KEY (code, other, how)) WITHOUT ROWID;
CREATE VIRTUAL TABLE entry_text USING fts5(code, name, summary, meaning, causes, faq, wording, tokenize = "porter unicode61 remove_diacritics 2");
CREATE VIRTUAL TABLE known_text USING fts5(code, name, note, tokenize = "porter unicode61 remove_diacritics 2");
CREATE TABLE word (term TEXT PRIMARY KEY) WITHOUT ROWID;
"""


Beside = Callable[[Sequence[Entry], Sequence[Known], str], bytes]
"""Makes the content of one more file from the entries, the known codes and the version of a book."""


def build(
    source: Path, out: Path, questions: Mapping[str, str], beside: Mapping[str, Beside] = MappingProxyType({})
) -> None:
    """Compile the book in ``source`` into the folder ``out``; ``questions`` are those of the probes, by id, ``beside`` what else to write, by name.

    Either all files are new or, where the sources hold a mistake, a BookError names every one and nothing is written.
    """
    words = read_words(source / "words.toml")
    entries, problems = read_entries(source / "entries")
    if problems:
        why = "\n".join(str(problem) for problem in problems)
        raise BookError("The book cannot be compiled.", why=why, do="Correct these files; nothing was written.")
    known = read_known(source / "codes")
    version = _version(source, questions)
    data = database(entries, known, words, version)
    pages = pack(spellings(entries, known), _pages(entries, known, words, questions))
    more = {name: make(entries, known, version) for name, make in beside.items()}
    out.mkdir(parents=True, exist_ok=True)
    for name, content in ({DATABASE: data, PAGES: pages} | more).items():
        _replace(out / name, content)


def spellings(entries: Iterable[Entry], known: Iterable[Known]) -> list[tuple[str, str]]:
    """Every key under which a code is found. A code's own spelling wins over an alias, an alias over a bare number or name."""
    claims: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for code, name, aliases in _named(entries, known):
        for rank, texts in enumerate(([code], aliases, [*_short(code), name])):
            for text in texts:
                if key := key_of(text):
                    claims[key][rank].add(code)
    return sorted((key, code) for key, ranks in claims.items() for code in ranks[min(ranks)])


def _named(entries: Iterable[Entry], known: Iterable[Known]) -> Iterator[tuple[str, str, list[str]]]:
    have = set()
    for entry in entries:
        have.add(entry.code)
        yield entry.code, entry.name, entry.aliases
    for one in known:
        if one.code not in have:
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
        *sorted((source / "entries").rglob("*.toml")),
        *sorted((source / "codes").glob("*.tsv")),
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
    beside = _beside(known)
    found = {one.code: terminal(known_blocks(one, words, beside.get(one.code, ())), colour=False) for one in known}
    pages = {code: (page, page) for code, page in found.items()}
    pages.update((entry.code, (plain(entry, words, questions), ansi(entry, words, questions))) for entry in entries)
    return pages


def _beside(known: Iterable[Known], count: int = 3) -> dict[str, list[str]]:
    """The published numbers next to each numbered code, of the same prefix and length, the nearest first."""
    numbered = sorted(
        (split[0], len(str(split[1])), split[1], one.code) for one in known if (split := number(one.code))
    )
    found: dict[str, list[str]] = {}
    for at, (prefix, width, here, code) in enumerate(numbered):
        around = [*numbered[max(0, at - count) : at], *numbered[at + 1 : at + 1 + count]]
        near = sorted(
            (abs(there - here), there, other) for stem, size, there, other in around if (stem, size) == (prefix, width)
        )
        found[code] = [other for _, _, other in near[:count]]
    return found


def database(entries: Sequence[Entry], known: Sequence[Known], words: Words, version: str) -> bytes:
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
        row = (number_, entry.code, entry.name, entry.summary, _json(entry))
        connection.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?)", row)
        connection.execute(
            "INSERT INTO entry_text(rowid, code, name, summary, meaning, causes, faq, wording) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (number_, *_text(entry)),
        )
        insert(
            "INSERT OR IGNORE INTO related VALUES (?, ?, ?, ?)",
            [(entry.code, other.code, other.how, other.note) for other in entry.related],
        )
    have = {entry.code for entry in entries}  # found by their entries, which say more
    for number_, one in enumerate(known, start=1):
        connection.execute("INSERT INTO known VALUES (?, ?, ?, ?)", (number_, one.code, one.name, _json(one)))
        if one.code not in have:
            connection.execute(
                "INSERT INTO known_text(rowid, code, name, note) VALUES (?, ?, ?, ?)",
                (number_, _parts(one.code), _parts(one.name), one.note),
            )
    insert("INSERT INTO spelling VALUES (?, ?)", spellings(entries, known))
    insert("INSERT INTO word VALUES (?)", [(word,) for word in _vocabulary(entries)])


def _json(value: Entry | Known | Words) -> str:
    return msgspec.json.encode(value).decode()


def _text(entry: Entry) -> tuple[str, ...]:
    """What full-text search reads of an entry, column by column."""
    return (
        _parts(entry.code, *entry.aliases),
        _parts(entry.name),
        entry.summary,
        entry.meaning,
        "\n".join(f"{cause.title}. {cause.detail}" for cause in entry.causes),
        "\n".join(f"{question.q} {question.a}" for question in entry.faq),
        "\n".join(entry.wording),
    )


def _vocabulary(entries: Iterable[Entry]) -> list[str]:
    """Every longer word of the entries, for those who mistype one."""
    texts = (text.lower() for entry in entries for text in _text(entry))
    return sorted({word for text in texts for word in re.findall(r"[^\W\d_]{4,}", text)})


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


def _replace(path: Path, content: bytes) -> None:
    """Write beside the target, then rename: a reader sees the old file or the new one, never half of one."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        file.write(content)
    try:
        Path(file.name).chmod(0o644)
        Path(file.name).replace(path)
    except OSError:
        Path(file.name).unlink(missing_ok=True)
        raise
