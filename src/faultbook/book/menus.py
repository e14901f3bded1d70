"""The menus that steps may name, and whether a text names another way through them."""

import datetime as dt
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from faultbook.errors import BookError

Text = Annotated[str, Meta(min_length=1)]

_PARTING: Final = " > "
_MARKS: Final = str.maketrans("", "", '*`“”"')
_CHOSEN: Final = "<>"
_MENU = re.compile(r"[A-Z<]|(?:the|a|an|your|its|that|each) ")
_SOME = re.compile(r"\b(?:the|a|an|your|its|that|this|each)(?: [\w'-]+){1,4}\Z|\bwizard\Z", re.IGNORECASE)
"""Something to be chosen: *the user*, *the API's registration*."""


class Place(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One portal, program or tool: the paths through its menus as they are today, where that is documented, and when it was read, if it was."""

    name: Text
    url: Text
    checked: dt.date | None = None
    paths: Annotated[list[Text], Meta(min_length=1)]


class Menus:
    """Every known path, ready to be matched."""

    def __init__(self, places: Sequence[Place] = ()) -> None:
        self._after: dict[str, list[list[str]]] = defaultdict(list)
        for place in places:
            for path in place.paths:
                parts = path.split(_PARTING)
                for start in range(len(parts) - 1):
                    if not all(part.startswith("<") for part in parts[start:]):
                        self._after[_CHOSEN if parts[start].startswith("<") else parts[start]].append(parts[start:])

    def __bool__(self) -> bool:
        return bool(self._after)

    def unknown(self, sentence: str) -> Iterator[str]:
        """The ways through menus that a sentence names and that no known path holds, as they stand there."""
        parts = sentence.translate(_MARKS).split(_PARTING)
        at = 0
        while at < len(parts) - 1:
            if not _MENU.match(parts[at + 1].strip()) or not _named(parts[at]):
                at += 1  # a sign in a command or a comparison, and no menu
                continue
            reached = self._reach(parts, at)
            if reached == at:
                yield f"{' '.join(parts[at].split()[-4:])}{_PARTING}{' '.join(parts[at + 1].split()[:4])}"
                return
            at = reached

    def _reach(self, parts: list[str], at: int) -> int:
        """The part up to which a known path leads from a part; the part itself where none does."""
        return max((reached for path in self._from(parts[at]) for reached in _along(path, parts, at)), default=at)

    def _from(self, text: str) -> Iterator[list[str]]:
        """Every path, or rest of one, that begins with the words with which a text ends."""
        words = text.split(" ")
        for size in range(1, min(8, len(words)) + 1):
            yield from self._after.get(" ".join(words[-size:]).lstrip("("), ())
        if _SOME.search(text):
            yield from self._after.get(_CHOSEN, ())


def read_menus(path: Path) -> Menus:
    """The table of menus; none where there is no such file."""
    try:
        return Menus(msgspec.convert(tomllib.loads(path.read_bytes().decode()).get("place", []), list[Place]))
    except FileNotFoundError:
        return Menus()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BookError(f"The table of menus {path.name} cannot be read.", why=f"{error}.") from error


def _along(path: list[str], parts: list[str], at: int) -> Iterator[int]:
    """How far a path can be followed, beginning behind ``at``: inner parts are whole, the last begins with its menu."""
    for step, menu in enumerate(path[1:], start=1):
        if at + step >= len(parts):
            return
        part = parts[at + step]
        if menu.startswith("<") or part == menu:
            yield at + step
        else:
            if re.match(rf"{re.escape(menu)}(?!\w)", part):
                yield at + step
            return


def _named(text: str) -> bool:
    """Whether a text ends with what may be the name of a menu, or with *the user*, *the application*."""
    return any(word[:1].isupper() for word in text.split()[-3:]) or _SOME.search(text) is not None
