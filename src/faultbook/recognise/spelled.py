"""Codes and aliases that are told by their whole spelling, and the names that the families ask for."""

import re
from collections.abc import Iterable, Iterator

from faultbook.book.known import LOOKED_UP, Known
from faultbook.model import Entry
from faultbook.recognise.families import FAMILIES, Hit, Names, form_after


def names_of(known: Iterable[Known], entries: Iterable[Entry] = ()) -> Names:
    """The words by which codes are told, from the published ones and the book."""
    known = tuple(known)
    own = {entry.code for entry in entries}
    return Names(
        known=frozenset({one.code for one in known} | own),
        pipeline=frozenset(one.code for one in known if one.family == "data-factory" and one.code.isalnum()),
        cluster=frozenset(one.code for one in known if one.family in {"spark", "databricks"}),
        service=frozenset(one.code for one in known if one.family in {"power-bi", "fabric"}),
        normal=frozenset(one.code for one in known if one.kind != "error") - own,
        warnings=frozenset(one.code for one in known if one.kind == "warning"),
        events=frozenset(
            f"{one.code.partition(':')[2]} {one.name}" for one in known if one.family == "password-writeback"
        ),
    )


_BEGUN = 3
_WORD = re.compile(rf"(?<![A-Za-z0-9_.])[A-Za-z0-9_.]{{{_BEGUN}}}")
_WITHIN = re.compile(r"[A-Za-z0-9_]")


class Spelled:
    """Finds what no pattern tells: codes that are plain words, and the other spellings of an entry. Takes the code that each means."""

    def __init__(self, codes: dict[str, str]) -> None:
        self.codes = codes
        self._names: dict[str, list[str]] = {}
        for name in sorted(codes, key=len, reverse=True):
            self._names.setdefault(name[:_BEGUN], []).append(name)

    def hits(self, text: str) -> Iterator[Hit]:
        """Every such word, the longest one at each place."""
        for word in _WORD.finditer(text):
            start = word.start()
            for name in self._names.get(word[0], ()):
                end = start + len(name)
                if text.startswith(name, start) and not _WITHIN.match(text, end):
                    yield Hit(self.codes[name], "by-name", start, end, form_after(text, end), 46)
                    break


_COMMON = re.compile(r"[A-Z][a-z]+(?:[A-Z][a-z]+){0,2}")
"""A word of every program, such as *NotFound*: a code only in the dress in which its family prints it."""


def spellings(known: Iterable[Known], entries: Iterable[Entry], names: Names) -> dict[str, str]:
    """Codes and aliases that are told by their whole spelling, and the code that each means."""
    spelled = {one.code: one.code for one in known if one.family == "entra-connect" and one.code.isalpha()}
    apart = {one.code for one in known if one.family in LOOKED_UP}
    published = {one.code for one in known}
    for entry in entries:
        if entry.code in apart:
            continue
        spelled |= dict.fromkeys(entry.aliases, entry.code)
        common = _COMMON.fullmatch(entry.code) is not None
        dressed = [sample.text for sample in entry.samples] if common else []
        printed = [f"{entry.code}: It failed.", *dressed]
        if not any(_told(text, entry.code, entry.code in published and not common, names) for text in printed):
            spelled[entry.code] = entry.code
    return spelled


def _told(text: str, code: str, surely: bool, names: Names) -> bool:
    """Whether a family finds a code in a text by itself. ``surely``: what fits a pattern is the code; else the pattern may fit and its reader refuse."""
    found = ((family, match) for family in FAMILIES for match in family.pattern.finditer(text))
    return any(surely or ((hit := family.read(match, names)) and hit.code == code) for family, match in found)
