"""One more family of codes for what no pattern tells: codes that are plain words, and the other spellings of an entry."""

import re
from collections.abc import Callable, Iterable, Iterator

from faultbook.book.known import MESSAGE, Known
from faultbook.model import Entry
from faultbook.recognise.families import FAMILIES, Family, Hit, Names, form_after

_APART = {"graph", "msal", MESSAGE}
"""Known so that they can be looked up; not told in a text: Graph and the sign-in libraries fail in every program, our names stand in none."""


def by_name(spelled: dict[str, str]) -> Iterator[Family]:
    """One more family for what no pattern tells: codes that are plain words, and the other spellings of an entry."""
    if spelled:
        longest_first = sorted(spelled, key=lambda name: (-len(name), name))
        pattern = rf"(?<![A-Za-z0-9_.])(?:{'|'.join(map(re.escape, longest_first))})(?![A-Za-z0-9_])"
        yield Family("by-name", tuple(name.lower() for name in spelled), pattern, _spelled(spelled))


def spellings(known: Iterable[Known], entries: Iterable[Entry], names: Names) -> dict[str, str]:
    """Codes and aliases that are told by their whole spelling, and the code that each means."""
    spelled = {one.code: one.code for one in known if one.family == "entra-connect" and one.code.isalpha()}
    apart = {one.code for one in known if one.family in _APART}
    published = {one.code for one in known}
    for entry in entries:
        if entry.code in apart:
            continue
        spelled |= dict.fromkeys(entry.aliases, entry.code)
        printed = f"{entry.code}: It failed."
        found = [
            match
            for family in FAMILIES
            if (match := family.pattern.search(printed)) and _tells(family, match, entry, published, names)
        ]
        if not found:
            spelled[entry.code] = entry.code
    return spelled


def _tells(family: Family, found: re.Match[str], entry: Entry, published: set[str], names: Names) -> bool:
    """Whether a family finds an entry's code by itself. A published code it knows; of another its pattern may fit and its reader refuse."""
    if entry.code in published:
        return True
    hit = family.read(found, names)
    return hit is not None and hit.code == entry.code


def _spelled(spelled: dict[str, str]) -> Callable[[re.Match[str], Names], Hit | None]:
    def read(found: re.Match[str], _: Names) -> Hit:
        return Hit(spelled[found[0]], "by-name", found.start(), found.end(), form_after(found.string, found.end()), 46)

    return read
