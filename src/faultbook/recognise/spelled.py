"""Codes and aliases that are told by their whole spelling, and the names that the families ask for."""

import itertools
import os.path
import re
from collections.abc import Callable, Iterable, Iterator

from faultbook.book.known import LOOKED_UP, Known
from faultbook.model import Entry
from faultbook.recognise.families import FAMILIES, Family, Hit, Names, form_after


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


def by_name(spelled: dict[str, str]) -> Iterator[Family]:
    """One more family for what no pattern tells: codes that are plain words, and the other spellings of an entry."""
    if spelled:
        pattern = rf"(?<![A-Za-z0-9_.]){_branches(sorted(spelled))}(?![A-Za-z0-9_])"
        yield Family("by-name", _ALWAYS, pattern, _spelled(spelled))


_ALWAYS = ("",)
"""To try the expression is quicker than to look for hundreds of names one after the other."""


def _branches(names: list[str]) -> str:
    """An expression for any of the names, which are sorted; the longest wins. What several begin with stands once, so that few places cost more than one look."""
    ends = names[0] == ""
    branches = []
    for _, group in itertools.groupby(names[ends:], key=lambda name: name[0]):
        begun = list(group)
        shared = os.path.commonprefix(begun)
        branches.append(re.escape(shared) + (_branches([name[len(shared) :] for name in begun]) if len(begun) > 1 else ""))
    if not branches:
        return ""
    return f"(?:{'|'.join(branches)})" + ("?" if ends else "")


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


def _spelled(spelled: dict[str, str]) -> Callable[[re.Match[str], Names], Hit | None]:
    def read(found: re.Match[str], _: Names) -> Hit:
        return Hit(spelled[found[0]], "by-name", found.start(), found.end(), form_after(found.string, found.end()), 46)

    return read
