"""A site's own folder over the book: entries of its own, and changes to ours, without a line of ours being edited.

Every TOML file below the folder is a whole entry, as in the book, or a change: ``extends = "CODE"`` and whatever shall be added or be
otherwise. ``overlay.toml`` may name the overlay; else it is called after its folder. The rules of merging stand in ``docs/overlay.md``.
"""

import datetime as dt
import hashlib
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from faultbook.book.files import EntryFile, Problem, line_of, parse_entry, read_text
from faultbook.book.known_only import MADE, completed
from faultbook.errors import BookError
from faultbook.model import MOST_SHARES, Cause, Entry, Fix, Source

NAME: Final = "overlay.toml"
_WITH_IDS: Final = {"cause": Cause, "fix": Fix, "source": Source}
_ROWS: Final = ("sample", "not_sample", "faq", "related")
_ADDED_TO: Final = ("aliases", "wording", "not_known", "surfaces", "cites")
_FIXED: Final = ("schema", "code", "product", "known_only", "published", "overlaid")

Data = dict[str, Any]
Origins = dict[str, str]


class Overlay(Struct, frozen=True, kw_only=True):
    """The files of an overlay, each with its path, its text and what it says. ``version`` changes whenever any of them does."""

    name: str
    files: tuple[tuple[str, str, Data], ...]
    version: str


def read_overlay(folder: Path) -> Overlay:
    """Read an overlay; a BookError names every file that cannot be read."""
    if not folder.is_dir():
        raise BookError(
            f"There is no overlay at {folder}.", why="It is not a folder.", do="Name the folder that holds it."
        )
    files: list[tuple[str, str, Data]] = []
    problems: list[Problem] = []
    name, total = folder.resolve().name, hashlib.sha256()
    for path in sorted(folder.rglob("*.toml"), key=lambda path: path.relative_to(folder).parts):
        place = path.relative_to(folder).as_posix()
        text = read_text(path, place)
        data = _loaded(text, place) if isinstance(text, str) else text
        if isinstance(data, Problem):
            problems.append(data)
            continue
        total.update(f"{place}\n{text}\n".encode())
        if place == NAME:
            name = str(data.get("name") or name)
        else:
            files.append((place, str(text), data))
    _refuse(folder, problems)
    return Overlay(name=name, files=tuple(files), version=total.hexdigest()[:8])


def merged(overlay: Overlay, entry_of: Callable[[str], Entry | None]) -> list[EntryFile]:
    """The entries that the overlay adds or changes, each with the file that did it last; a BookError names every mistake.

    ``entry_of`` finds an entry of the book however its code is spelt. Each entry says in ``overlaid`` which of its parts are the overlay's.
    """
    made: dict[str, tuple[str, str, Data, Origins]] = {}
    problems: list[Problem] = []
    for place, text, data in overlay.files:
        code = str(data.get("extends") or data.get("code") or "")
        base = entry_of(code) if code else None
        wrong = _not_clear(data, code, base)
        if wrong:
            problems.append(Problem(file=place, message=wrong))
            continue
        if "extends" not in data:
            problems += _whole(overlay, place, text, data, made)
            continue
        assert base is not None
        _, _, before, origins = made.get(base.code, ("", "", _builtins(base), {}))
        changes = _Changes(overlay.name, place, text, before, origins)
        changes.apply({key: value for key, value in data.items() if key != "extends"})
        problems += changes.problems
        made[base.code] = (place, text, changes.data, changes.origins)
    files = [_entry(*one, problems) for one in made.values()]
    _refuse(Path(overlay.name), problems)
    return [file for file in files if file is not None]


def _not_clear(data: Data, code: str, base: Entry | None) -> str:
    if not code:
        return (
            "The file names no code: write code for an entry of your own, or extends for changes to one of the book's."
        )
    if "extends" in data and "code" in data:
        return "The file has both code and extends: it is either an entry of its own or a change."
    if "extends" in data and base is None:
        return f"The book has no entry for {code}: write a whole one, with code instead of extends."
    if "extends" not in data and base is not None and not data.get("replace"):
        return f"The book has an entry for {base.code}: write extends to change it, or replace = true to put this one in its place."
    return ""


def _whole(
    overlay: Overlay, place: str, text: str, data: Data, made: dict[str, tuple[str, str, Data, Origins]]
) -> Iterator[Problem]:
    """A whole entry of the site's own."""
    code = str(data["code"])
    if code in made:
        yield Problem(file=place, message=f"{code} already has an entry in {made[code][0]}.")
        return
    kept = {key: value for key, value in data.items() if key != "replace"}
    made[code] = (place, text, kept, {"entry": overlay.name})


class _Changes:
    """One file's changes to one entry, and what went wrong with them."""

    def __init__(self, name: str, place: str, text: str, before: Data, origins: Origins) -> None:
        self.data: Data = {**before, **{key: [*before.get(key, [])] for key in (*_WITH_IDS, *_ROWS)}}
        self.origins = dict(origins)
        self.problems: list[Problem] = []
        self._name, self._place, self._text = name, place, text

    def apply(self, changes: Data) -> None:
        """Make every change of a file, key by key."""
        for key, value in changes.items():
            if key in _FIXED:
                self._wrong(key, f"An overlay cannot change {key}.")
            elif key in _WITH_IDS:
                self._by_id(key, value)
            elif key in _ROWS:
                self._rows(key, value)
            elif key in _ADDED_TO and isinstance(value, list):
                self._set(key, [*self.data.get(key, []), *value])
            elif key == "retry" and isinstance(value, dict):
                for name, one in value.items():
                    self._mark(f"retry.{name}")
                    self.data["retry"] = {**self.data["retry"], name: one}
            else:
                self._set(key, value)
        if any(path.endswith(".removed") for path in self.origins):
            self._prune()
        if self.data.pop("known_only", False) and not set(changes) & set(MADE):
            self.data["known_only"] = True

    def _by_id(self, table: str, rows: Any) -> None:
        if not isinstance(rows, list) or not all(
            isinstance(row, dict) and isinstance(row.get("id"), str) for row in rows
        ):
            self._wrong(table, f"Every [[{table}]] of an overlay needs an id.")
            return
        for row in rows:
            here = next((at for at, one in enumerate(self.data[table]) if one["id"] == row["id"]), None)
            path = f"{table}[{row['id']}]"
            if row.get("remove") is True:
                if here is None:
                    self._wrong(table, f"There is no {table} {row['id']} to remove.")
                else:
                    self._mark(f"{path}.removed")
                    del self.data[table][here]
            elif here is None:
                self._mark(path)
                self._new(table, row)
            else:
                for key in row.keys() - {"id"}:
                    self._mark(f"{path}.{key}")
                self.data[table][here] = {**self.data[table][here], **row}

    def _prune(self) -> None:
        """Take out the fixes that only removed causes named, and the sources that only those cited."""
        causes = self.data["cause"]
        named = {fix for cause in causes for fix in cause.get("fixes", ())}
        self.data["fix"] = [
            fix for fix in self.data["fix"] if fix["id"] in named or f"fix[{fix['id']}]" in self.origins
        ]
        rows = [*causes, *self.data["fix"], *self.data["faq"], self.data["retry"]]
        cited = {*self.data.get("cites", ()), *(one for row in rows for one in row.get("sources", ()))}
        self.data["source"] = [
            one for one in self.data["source"] if one["id"] in cited or f"source[{one['id']}]" in self.origins
        ]

    def _new(self, table: str, row: Data) -> None:
        """A row whose id the entry does not have: it must be whole."""
        try:
            msgspec.convert(row, _WITH_IDS[table])
        except msgspec.ValidationError as error:
            have = ", ".join(one["id"] for one in self.data[table]) or "none"
            self._wrong(
                table,
                f"{self.data['code']} has no {table} {row['id']} to change (it has {have}), and as a new one it is not whole: {error}.",
            )
        self.data[table].append(row)

    def _rows(self, table: str, rows: Any) -> None:
        if not isinstance(rows, list):
            self._wrong(table, f"[[{table}]] is a table that stands several times.")
            return
        names = {"faq": "q", "related": "code"}
        for row in rows:
            name = names.get(table)
            same = [
                one for one in self.data[table] if name and isinstance(row, dict) and one.get(name) == row.get(name)
            ]
            self.data[table] = [one for one in self.data[table] if one not in same] + [row]
            self._mark(f"{table}[{len(self.data[table])}]")

    def _set(self, key: str, value: Any) -> None:
        self._mark(key)
        self.data[key] = value

    def _mark(self, path: str) -> None:
        if path in self.origins:
            self._wrong(path, f"{path} is set by another file of the overlay already.")
        self.origins[path] = self._name

    def _wrong(self, key: str, message: str) -> None:
        self.problems.append(Problem(file=self._place, where=key, line=line_of(self._text, key), message=message))


def _with_room(data: Data, origins: Origins) -> Data:
    """The causes with room for the shares that the overlay sets: where these leave less than the book's make, the book's shrink in proportion.

    So an overlay stays good when an update of the book weighs its causes anew. No share falls below 1; where even that is too much, all stay as they are.
    """
    causes = data.get("cause", [])
    if not all(isinstance(cause.get("share"), int) for cause in causes):  # told where the entry is made
        return data
    shares = {cause["id"]: cause["share"] for cause in causes}
    ours = {
        name: share
        for name, share in shares.items()
        if f"cause[{name}]" not in origins and f"cause[{name}].share" not in origins
    }
    total = sum(ours.values())
    room = MOST_SHARES - (sum(shares.values()) - total)
    if total <= room or room < len(ours):
        return data
    ours = {name: max(round(share * room / total), 1) for name, share in ours.items()}
    for _ in range(sum(ours.values()) - room):  # what rounding and the least ones added
        ours[max(ours, key=lambda name: ours[name])] -= 1
    return {**data, "cause": [{**cause, "share": (shares | ours)[cause["id"]]} for cause in causes]}


def _entry(place: str, text: str, data: Data, origins: Origins, problems: list[Problem]) -> EntryFile | None:
    data = data if "entry" in origins else _with_room(data, origins)
    try:
        entry = msgspec.convert(
            completed(data) if "entry" in origins and data.get("known_only") is True else data, Entry
        )
    except ValueError as error:
        found = parse_entry(text, place) if "entry" in origins else None
        if isinstance(found, Problem) or place not in {problem.file for problem in problems}:
            problems.append(found if isinstance(found, Problem) else Problem(file=place, message=f"{error}."))
        return None
    problems += [Problem(file=place, message=message) for message in _broken(entry)]
    return EntryFile(place, msgspec.structs.replace(entry, overlaid=dict(sorted(origins.items()))), text)


def _broken(entry: Entry) -> Iterator[str]:
    """What no page and no weighing could do anything with: shares beyond the whole, and references to nothing."""
    if (total := sum(cause.share for cause in entry.causes)) > MOST_SHARES:
        shares = ", ".join(f"{cause.id} {cause.share}" for cause in entry.causes)
        yield f"The shares of the causes of {entry.code} make {total}, and {MOST_SHARES} are the most: {shares}. Lower one: [[cause]] with its id and share."
    fixes, sources = {fix.id for fix in entry.fixes}, {source.id for source in entry.sources}
    for cause in entry.causes:
        yield from (
            f"The cause {cause.id} names the fix {fix}, which {entry.code} does not have."
            for fix in cause.fixes
            if fix not in fixes
        )
        yield from (
            f"The cause {cause.id} cites {one}, which {entry.code} does not have."
            for one in cause.sources
            if one not in sources
        )


def _builtins(entry: Entry) -> Data:
    data: Data = msgspec.to_builtins(entry, builtin_types=(dt.date,))
    return data


def _loaded(text: str, place: str) -> Data | Problem:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return Problem(file=place, message=f"This is not TOML: {error}.")


def _refuse(folder: Path, problems: Sequence[Problem]) -> None:
    if problems:
        why = "\n".join(str(problem) for problem in problems)
        raise BookError(
            f"The overlay {folder.name} cannot be used.", why=why, do="Correct these files; see docs/overlay.md."
        )
