"""The compiled book: look up, search, relate."""

import difflib
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

import msgspec
from msgspec import Struct

from faultbook.book.known import Known, neighbours
from faultbook.book.pages import key_of
from faultbook.book.retired import Retired
from faultbook.book.wording import Fragment
from faultbook.book.words import Words
from faultbook.errors import BookError
from faultbook.model import Entry, Related

SCHEMA: Final = 1
_HOME: Final = Path(__file__).parents[1] / "_book"
_BUILD: Final = "Run: faultbook book build."

_MOST_TERMS: Final = 12
_SHORTEST_CODE: Final = 3
_TERM = re.compile(r"\w+")
_SUB_CONDITION = re.compile(r"(?P<condition>[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\.[A-Z0-9_]+")
_IDLE_WORDS: Final = """
a an and are as at be by can do does for from has have how i if in is it me my not of on or our the this that to was we what when why will
with you your
"""
_IDLE: Final = frozenset(_IDLE_WORDS.split())
_ENTRY_SQL: Final = """
SELECT entry.code, entry.name, entry.summary, snippet(entry_text, -1, '', '', '…', 16), entry_text.rank
FROM entry_text JOIN entry ON entry.id = entry_text.rowid WHERE entry_text MATCH ? ORDER BY entry_text.rank LIMIT ?
"""
_KNOWN_SQL: Final = """
SELECT known.code, known.name, known.json, known_text.rank
FROM known_text JOIN known ON known.id = known_text.rowid WHERE known_text MATCH ? ORDER BY known_text.rank LIMIT ?
"""


class Hit(Struct, frozen=True, kw_only=True):
    """One answer of a search; ``entry`` is false for a published code without an entry. Scores compare within one search only."""

    code: str
    name: str
    summary: str
    snippet: str
    score: float
    entry: bool = True


class Book:
    """A compiled book, open for reading. Codes may be spelt as people spell them: ``120021``, ``aadsts 120021``, ``SSPR_29``."""

    def __init__(self, connection: sqlite3.Connection, folder: Path | None = None) -> None:
        self._connection = connection
        self.folder = folder
        meta = dict(connection.execute("SELECT key, value FROM meta"))
        self.version: str = meta["version"]
        self.words: Words = msgspec.json.decode(meta["words"], type=Words)
        self._known: list[Known] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def copy_to(self, other: sqlite3.Connection) -> None:
        """Write everything into another database, which is empty."""
        self._connection.backup(other)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def resolve(self, text: str) -> list[str]:
        """The codes that a spelling may mean, with or without entry; where there are several, the exact spelling wins, else the only one with an entry.

        A sub-condition that no list has means its condition: Databricks prints more of them than Spark publishes.
        """
        rows = self._connection.execute("SELECT code FROM spelling WHERE key = ? ORDER BY code", (key_of(text),))
        codes = [code for (code,) in rows]
        if not codes and (below := _SUB_CONDITION.fullmatch(text.strip())):
            return self.resolve(below["condition"])
        if text.strip() in codes:
            return [text.strip()]
        explained = [code for code in codes if self._one("SELECT code FROM entry WHERE code = ?", code)]
        return explained if len(explained) == 1 else codes

    def entry(self, code: str) -> Entry | None:
        """The entry of a code however it is spelt; None where there is none, or no single one."""
        codes = self.resolve(code)
        row = self._one("SELECT json FROM entry WHERE code = ?", codes[0]) if len(codes) == 1 else None
        return None if row is None else msgspec.json.decode(row, type=Entry)

    def entries(self) -> Iterator[Entry]:
        """Every entry, in the order of the files."""
        decode = msgspec.json.Decoder(Entry).decode
        for (row,) in self._connection.execute("SELECT json FROM entry ORDER BY id"):
            yield decode(row)

    def codes(self) -> list[str]:
        """The code of every entry, in the order of the files."""
        return [code for (code,) in self._connection.execute("SELECT code FROM entry ORDER BY id")]

    def known(self) -> list[Known]:
        """Every published code, whether or not it has an entry."""
        if self._known is None:
            decode = msgspec.json.Decoder(Known).decode
            self._known = [decode(row) for (row,) in self._connection.execute("SELECT json FROM known ORDER BY id")]
        return self._known

    def wording(self) -> list[Fragment]:
        """Every fragment of the tables of wording; those of the entries stand in the entries."""
        decode = msgspec.json.Decoder(Fragment).decode
        return [decode(row) for (row,) in self._connection.execute("SELECT json FROM fragment ORDER BY id")]

    def known_code(self, code: str) -> Known | None:
        """What is published about one code however it is spelt; None where nothing is, or where the spelling is ambiguous."""
        codes = self.resolve(code)
        row = self._one("SELECT json FROM known WHERE code = ?", codes[0]) if len(codes) == 1 else None
        return None if row is None else msgspec.json.decode(row, type=Known)

    def gist(self, code: str) -> str:
        """One sentence about a code: the summary of its entry or of the one that answers for it, else the published name, else nothing."""
        summary, name = "SELECT summary FROM entry WHERE code = ?", "SELECT name FROM known WHERE code = ?"
        if said := self._one(summary, code):
            return said
        means = self.resolve(code)
        other = means[0] if len(means) == 1 else code
        return self._one(summary, other) or self._one(name, code) or self._one(name, other) or ""

    def retired(self, code: str) -> Retired | None:
        """What the book says of a code that it has given up, however it is spelt; None for any other."""
        row = self._one("SELECT json FROM retired WHERE key = ?", key_of(code)) or self._one(
            "SELECT json FROM retired WHERE key = ?", key_of(f"AADSTS{code}")
        )
        return None if row is None else msgspec.json.decode(row, type=Retired)

    def all_retired(self) -> list[Retired]:
        """Every code that the book has given up."""
        rows = self._connection.execute("SELECT json FROM retired ORDER BY key")
        return [msgspec.json.decode(row, type=Retired) for (row,) in rows]

    def related(self, code: str) -> list[Related]:
        """The codes that an entry puts beside its own."""
        entry = self.entry(code)
        return [] if entry is None else entry.related

    def search(self, words: str, limit: int = 10) -> list[Hit]:
        """Entries first, then published codes: those with all the words; where they are few, those with any of them.

        No input is a syntax error: signs are ignored, and of very long input only the first words count.
        """
        terms = _terms(words)
        found = {hit.code: hit for hit in self._by_code(words, limit)}
        for query in dict.fromkeys((" AND ".join(terms), " OR ".join(terms))):
            if query and len(found) < min(limit, 3):
                for hit in self._by_text(query, limit):
                    found.setdefault(hit.code, hit)
        if not found and (better := self._respelt(terms)):
            return self._by_text(" OR ".join(better), limit)[:limit]
        return list(found.values())[:limit]

    def near(self, code: str, limit: int = 3) -> list[str]:
        """Codes that somebody who typed this one may have meant: nearly the same spelling, then the neighbouring numbers."""
        key = key_of(code)
        keys = dict(
            self._connection.execute(
                "SELECT key, code FROM spelling WHERE length(key) BETWEEN ? AND ?", (len(key) - 2, len(key) + 2)
            )
        )
        alike = [keys[one] for one in difflib.get_close_matches(key, keys, n=limit, cutoff=0.8)]
        folded = f"AADSTS{key}" if key.isdigit() else key
        beside = [one.code for one in neighbours(folded, self.known(), limit)]
        return list(dict.fromkeys(beside + alike if any(sign.isdigit() for sign in key) else alike + beside))[:limit]

    def _one(self, sql: str, value: str) -> str | None:
        row = self._connection.execute(sql, (value,)).fetchone()
        return None if row is None else str(row[0])

    def _by_code(self, words: str, limit: int) -> Iterator[Hit]:
        """What the words mean as a code, and then the codes that begin so."""
        key = key_of(words)
        if len(key) < _SHORTEST_CODE or not any(sign.isdigit() for sign in key):
            rows = [(code,) for code in self.resolve(words)] if key and len(words.split()) == 1 else []
        else:
            sql = "SELECT DISTINCT code FROM spelling WHERE key >= ? AND key < ? ORDER BY length(key), key LIMIT ?"
            rows = self._connection.execute(sql, (key, key + "\U0010ffff", limit)).fetchall()
        for (code,) in rows:
            if (hit := self._hit(code)) is not None:
                yield hit

    def _hit(self, code: str) -> Hit | None:
        row = self._connection.execute("SELECT code, name, summary FROM entry WHERE code = ?", (code,)).fetchone()
        if row is not None:
            return Hit(code=row[0], name=row[1], summary=row[2], snippet=row[2], score=100.0)
        row = self._connection.execute("SELECT json FROM known WHERE code = ?", (code,)).fetchone()
        return None if row is None else _published(row[0], 100.0)

    def _by_text(self, query: str, limit: int) -> list[Hit]:
        rows = self._connection.execute(_ENTRY_SQL, (query, limit))
        hits = [
            Hit(code=code, name=name, summary=summary, snippet=snippet, score=-rank)
            for code, name, summary, snippet, rank in rows
        ]
        if len(hits) < limit:
            rows = self._connection.execute(_KNOWN_SQL, (query, limit - len(hits)))
            have = {hit.code for hit in hits}
            hits += [_published(json, -rank) for code, _, json, rank in rows if code not in have]
        return hits

    def _respelt(self, terms: list[str]) -> list[str]:
        """The words of the book nearest to words that it does not hold."""
        found: list[str] = []
        for term in (quoted.strip('"*') for quoted in terms):
            sql = "SELECT term FROM word WHERE length(term) BETWEEN ? AND ?"
            words = [word for (word,) in self._connection.execute(sql, (len(term) - 2, len(term) + 2))]
            found += [f'"{near}"' for near in difflib.get_close_matches(term, words, n=2, cutoff=0.75)]
        return found


def open_book(path: Path | None = None) -> Book:
    """Open a compiled book, that of the installation unless another file or folder is named."""
    file = path or _HOME
    file = file / "book.sqlite" if file.is_dir() or path is None else file
    if not file.is_file():
        raise BookError(
            f"There is no compiled book at {file.name}.", why="It is made when Faultbook is installed.", do=_BUILD
        )
    try:
        connection = sqlite3.connect(
            f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
        (schema,) = connection.execute("PRAGMA user_version").fetchone()
        if schema > SCHEMA:
            connection.close()
            raise BookError(
                "The compiled book is newer than this Faultbook.",
                why=f"It has schema {schema}, this version reads {SCHEMA}.",
                do="Update Faultbook.",
            )
        return Book(connection, file.parent)
    except (sqlite3.Error, KeyError, msgspec.DecodeError) as error:
        raise BookError(f"The compiled book {file.name} cannot be read.", why=f"{error}.", do=_BUILD) from error


def _terms(words: str) -> list[str]:
    """The words of a query as FTS5 phrases, idle ones left out unless there are no others; the last may be unfinished."""
    found = list(dict.fromkeys(_TERM.findall(words[:2000].replace("_", " ").lower())))
    busy = [term for term in found if term not in _IDLE] or found
    busy = busy[:_MOST_TERMS]
    return [f'"{term}"' for term in busy[:-1]] + [f'"{term}"*' for term in busy[-1:]]


def _published(json: str, score: float) -> Hit:
    known = msgspec.json.decode(json, type=Known)
    return Hit(code=known.code, name=known.name, summary=known.note, snippet=known.note, score=score, entry=False)
