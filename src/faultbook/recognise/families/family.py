"""What a family of codes is: patterns over plain text, and a reader that turns a match into a labelled hit.

Every pattern is linear: quantifiers are bounded or possessive, and nothing optional stands beside something that could match the same.
"""

import re
from collections.abc import Callable
from functools import cached_property
from typing import Literal

from msgspec import Struct

Form = Literal["message", "field", "bare", "link"]
"""message: the code leads a sentence; field: it is the value of an error field; bare: it only stands there; link: it is part of an address."""


class Hit(Struct, frozen=True, gc=False):
    """A code as it stands in the plain text. ``weight`` is how much it says: the heaviest of a message is its primary."""

    code: str
    family: str
    start: int
    end: int
    form: Form
    weight: int


class Names(Struct, frozen=True):
    """The published names and numbers, by which a word is told from a code."""

    known: frozenset[str]
    pipeline: frozenset[str]
    cluster: frozenset[str]
    service: frozenset[str]
    normal: frozenset[str]
    events: frozenset[str]


Reader = Callable[[re.Match[str], Names], Hit | None]


class Family(Struct, frozen=True, dict=True):
    """One way of printing codes: ``anchors`` are the literals (lower case) of which every hit holds at least one."""

    name: str
    anchors: tuple[str, ...]
    expression: str
    read: Reader

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when the first text needs it: a text rarely holds more than three families."""
        return re.compile(self.expression, re.VERBOSE)


def family(name: str, anchors: tuple[str, ...], pattern: str, read: Reader) -> Family:
    """A family whose pattern is written with blanks and comments."""
    return Family(name, anchors, pattern, read)


_MESSAGE = re.compile(
    r"""["'`*_)\]]{0,4}(?:</\w{1,8}>)?
        (?:\s?:["'`*_\s]{0,8}|[.,;]?[ ]{1,2}-{1,2}[ ]|[ ]{1,2}(?=[A-Z][a-z]+[ ][a-z])|[ ]{2}(?=[A-Z][a-z]+[ ][A-Za-z]))
        (?!\.\.|\u2026|AADSTS)(?=[^\W\d_]|['"<\[(]{1,2}\w|\{\w|--[a-z])""",
    re.VERBOSE,
)
"""What follows a code that leads a sentence."""


def form_after(text: str, end: int) -> Form:
    """Whether a sentence follows the code that ends at ``end``."""
    return "message" if _MESSAGE.match(text, end) else "bare"


def around(found: re.Match[str], before: int, after: int) -> str:
    """The text around a match, within a reach that keeps the work linear."""
    return found.string[max(found.start() - before, 0) : found.end() + after]


def whole(name: str, weight: int) -> Reader:
    """A reader for a code that is printed as it is labelled."""

    def read(found: re.Match[str], _: Names) -> Hit | None:
        return Hit(
            found["code"],
            name,
            found.start("code"),
            found.end("code"),
            form_after(found.string, found.end("code")),
            weight,
        )

    return read
