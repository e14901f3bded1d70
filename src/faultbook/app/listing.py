"""A page of the book's entries, chosen by its own words."""

from collections.abc import Mapping, Sequence
from typing import Final

from faultbook.app.answers import Codes, Listed, Listing
from faultbook.book.known import Known
from faultbook.book.words import Words
from faultbook.errors import UsageError

SEVERITIES: Final = ("low", "medium", "high", "critical")
DEPTHS: Final = ("full", "brief")


def page_of(entries: Sequence[Listed], words: Words, *, limit: int, after: str, only: Mapping[str, str]) -> Listing:
    """The entries after a code, at most ``limit`` of those that match every filter; an empty filter matches all."""
    wanted = {name: word for name, word in only.items() if word}
    for name, word in wanted.items():
        _known(name, word, words)
    chosen = [entry for entry in entries if all(_matches(entry, name, word) for name, word in wanted.items())]
    start = _place([one.code for one in chosen], after) if after else 0
    shown = chosen[start : start + limit]
    more = start + limit < len(chosen)
    return Listing(
        total=len(chosen),
        entries=list(shown),
        next=shown[-1].code if more and shown else None,
    )


def codes_of(known: Sequence[Known], *, limit: int, after: str, family: str) -> Codes:
    """The published codes after one of them, at most ``limit`` of those of a family; an empty family is all."""
    families = sorted({one.family for one in known})
    if family and family not in families:
        raise UsageError(f"There is no family {family} of codes.", do=f"Choose of: {', '.join(families)}.")
    chosen = [one for one in known if not family or one.family == family]
    start = _place([one.code for one in chosen], after) if after else 0
    shown = chosen[start : start + limit]
    more = start + limit < len(chosen)
    return Codes(total=len(chosen), codes=shown, next=shown[-1].code if more and shown else None)


def _matches(entry: Listed, name: str, word: str) -> bool:
    return word in entry.who_fixes if name == "who" else bool(getattr(entry, name) == word)


def _known(name: str, word: str, words: Words) -> None:
    vocabulary = {"product": words.products, "category": words.categories, "who": words.who, "severity": SEVERITIES, "depth": DEPTHS}  # fmt: skip
    if name not in vocabulary:
        raise UsageError(f"Entries have no filter {name}.", do=f"Choose of: {', '.join(vocabulary)}.")
    if word not in vocabulary[name]:
        raise UsageError(f"{word} is no {name} of the book.", do=f"Choose of: {', '.join(vocabulary[name])}.")


def _place(codes: Sequence[str], after: str) -> int:
    for place, code in enumerate(codes):
        if code == after:
            return place + 1
    raise UsageError(
        f"There is no {after} on this list.", do="Give the next of the page before, with the same filters."
    )
