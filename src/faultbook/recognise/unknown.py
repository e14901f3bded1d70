"""The honest answer for a code without an entry: what is published of it, what stands near it, and what its OAuth class says."""

from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct

from faultbook.book.known import MESSAGE, Known, Range, neighbours, number_range, stretch_said
from faultbook.book.oauth import CLASSES
from faultbook.book.pages import key_of
from faultbook.model import Transient


class Unknown(Struct, frozen=True, kw_only=True):
    """What can be said of a code that has no entry; ``said`` are the sentences for a reader, the rest is data."""

    code: str
    status: Literal["known code, no entry yet", "not a published code"]
    name: str = ""
    family: str = ""
    transient: Transient = "unknown"
    source: str = ""
    range: Range | None = None
    nearest: tuple[Known, ...] = ()
    oauth_error: str = ""
    oauth_says: str = ""
    said: tuple[str, ...] = ()


def describe_unknown(code: str, known: Iterable[Known], oauth_error: str | None = None) -> Unknown:
    """All that is known of ``code`` without an entry; ``oauth_error`` is the class printed with it, if there was one."""
    known = tuple(known)
    key = key_of(code)
    alike = [one for one in known if key_of(one.code) == key]
    one = next((one for one in alike if one.code == code), alike[0] if len(alike) == 1 else None)
    if one is None and alike:
        return _one_of(code, alike)
    nearest = tuple(neighbours(one.code if one else code, known))
    stretch = number_range(one.code if one else code, known)
    oauth = oauth_error or (one.oauth_error if one else "")
    return Unknown(
        code=one.code if one else code,
        status="known code, no entry yet" if one else "not a published code",
        name=one.name if one else "",
        family=one.family if one else (stretch.family if stretch else ""),
        transient=one.transient if one else "unknown",
        source=one.source if one else "",
        range=stretch,
        nearest=nearest,
        oauth_error=oauth,
        oauth_says=CLASSES.get(oauth, ""),
        said=tuple(_sentences(code, one, stretch, nearest, oauth)),
    )


def _one_of(code: str, alike: Sequence[Known]) -> Unknown:
    """Codes of several products that differ in capitals and signs only: each is printed in its own way."""
    each = ", ".join(f"{one.code} ({one.family})" for one in alike)
    said = f"{code} may be any of {each}. Write it with the capitals and signs with which it was printed."
    return Unknown(code=code, status="not a published code", nearest=tuple(alike), said=(said,))


def _sentences(
    code: str, one: Known | None, stretch: Range | None, nearest: tuple[Known, ...], oauth: str
) -> Iterable[str]:
    if one is not None and one.family == MESSAGE:
        yield f"{one.code} is our name for a message that prints no code: {one.note}. The book has no entry for it yet."
    elif one is not None:
        named = f" Its published name is {one.name}." if one.name else " No name is published for it."
        yield f"{one.code} is a published code; the book has no entry for it yet.{named}"
        if one.kind != "error":
            yield "It reports something normal, or a warning, and is no error in itself."
        if one.transient in {"yes", "may"}:
            yield "The publisher calls it passing: waiting may help."
        elif one.transient == "no":
            yield "The publisher says that trying again does not help."
    else:
        yield f"{code} is in none of the published lists that the book knows. That proves nothing: the lists are not complete."
    yield from stretch_said(stretch, nearest)
    if oauth in CLASSES:
        yield f"It came as {oauth}: {CLASSES[oauth]}"
