"""Read entries from TOML, and say where a mistake stands."""

import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import msgspec
from msgspec import Struct

from faultbook.book.known_only import completed
from faultbook.errors import BookError
from faultbook.model import Entry

_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_-]+)\s*\]")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=\s*(.*)", re.DOTALL)
_AT = re.compile(r"(?P<what>.*?)(?: - at `\$\.?(?P<path>.*)`)?", re.DOTALL)
_LINE = re.compile(r"\(at line (\d+), column (\d+)\)")
_FIELD = re.compile(r"unknown field `([^`]*)`")


class Problem(Struct, frozen=True, kw_only=True):
    """What is wrong in one file, and where: the table or key (``cause[2].share``, counted from 1) and its line, 0 where unknown."""

    file: str
    message: str
    where: str = ""
    line: int = 0

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.where}: {self.message}" if self.where else f"{place}: {self.message}"


class EntryFile(Struct, frozen=True):
    """An entry and the file that holds it; ``path`` is relative to the folder of entries, with forward slashes."""

    path: str
    entry: Entry
    text: str = ""


def read_entry(path: Path) -> Entry:
    """Read one entry; a BookError says what is wrong and on which line."""
    found = _read(path, path.name)
    if isinstance(found, Problem):
        raise BookError(
            f"The entry {path.name} cannot be read.", why=str(found), do="Correct the file, then try again."
        )
    return found.entry


def read_folder(root: Path) -> tuple[list[EntryFile], list[Problem]]:
    """Read every entry below a folder, in the order of their paths; what cannot be read is a problem and stops nothing."""
    files: list[EntryFile] = []
    problems: list[Problem] = []
    for path in sorted(root.rglob("*.toml"), key=lambda path: path.relative_to(root).parts):
        name = path.relative_to(root).as_posix()
        found = _read(path, name)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            files.append(found)
    return files, problems


def read_entries(root: Path) -> tuple[list[Entry], list[Problem]]:
    """Read every entry below a folder, without saying which file each came from."""
    files, problems = read_folder(root)
    return [file.entry for file in files], problems


def read_text(path: Path, name: str) -> str | Problem:
    """The text of a file, or why there is none."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        return Problem(file=name, message=f"The file cannot be opened: {error.strerror}.")
    except UnicodeDecodeError as error:
        return Problem(file=name, message=f"The file is not UTF-8: byte {error.start} is not part of any character.")


def _read(path: Path, name: str) -> EntryFile | Problem:
    text = read_text(path, name)
    found = parse_entry(text, name) if isinstance(text, str) else text
    return EntryFile(name, found, str(text)) if isinstance(found, Entry) else found


def parse_entry(text: str, name: str) -> Entry | Problem:
    """Turn TOML into an entry, or into the first problem that prevents it."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return _not_toml(str(error), name)
    try:
        for made in ("published", "overlaid"):
            if made in data:
                return Problem(
                    file=name, where=made, line=line_of(text, made), message=f"{made} is made, and stands in no file."
                )
        return msgspec.convert(completed(data) if data.get("known_only") is True else data, Entry)
    except ValueError as error:  # msgspec's own is one
        return _not_an_entry(str(error), text, name)


def _not_toml(message: str, name: str) -> Problem:
    found = _LINE.search(message)
    line = int(found[1]) if found else 0
    return Problem(file=name, line=line, message=f"This is not TOML: {_LINE.sub('', message).strip()}.")


def _not_an_entry(message: str, text: str, name: str) -> Problem:
    found = _AT.fullmatch(message)
    what, path = (found["what"], found["path"] or "") if found else (message, "")
    if "`severity`" in what:
        what += "; `faultbook book words` prints which one `stops` and `transient` give"
    unknown = _FIELD.search(what)
    key = ".".join(part for part in (path, unknown[1] if unknown else "") if part)
    where = re.sub(r"\[(\d+)\]", lambda match: f"[{int(match[1]) + 1}]", key)
    return Problem(file=name, where=where, line=line_of(text, key), message=f"{what}.")


def line_of(text: str, path: str) -> int:
    """The line on which a path such as ``cause[0].share`` (counted from 0, as msgspec does) or its nearest surrounding stands."""
    lines = _places(text)
    while path:
        if path in lines:
            return lines[path]
        path = re.sub(r"(\.?[^.\[\]]+|\[[^\]]*\])$", "", path)
    return 0


@lru_cache(maxsize=64)
def _places(text: str) -> dict[str, int]:
    """The line of every table and key; many mistakes of one file ask for it one after the other."""
    lines: dict[str, int] = {}
    for place, number in _lines(text):
        lines.setdefault(place, number)
    return lines


def _lines(text: str) -> Iterator[tuple[str, int]]:
    """Every table header and key of a document with its line; strings over several lines are stepped over."""
    table, counts, closing = "", dict[str, int](), ""
    for number, line in enumerate(text.splitlines(), start=1):
        if closing:
            closing = "" if closing in line else closing
            continue
        if header := _HEADER.match(line):
            table = header[2]
            if header[1] == "[[":
                yield table, number
                counts[table] = counts.get(table, -1) + 1
                table = f"{table}[{counts[table]}]"
            yield table, number
        elif key := _KEY.match(line):
            yield (f"{table}.{key[1]}" if table else key[1]), number
            closing = _opened(key[2])


def _opened(value: str) -> str:
    """The quotes that a value leaves open at the end of its line, or nothing."""
    for quotes in ("'''", '"""'):
        if value.lstrip().startswith(quotes):
            return quotes if value.count(quotes) == 1 else ""
    return ""
