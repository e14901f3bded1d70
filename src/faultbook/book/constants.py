"""Numbers that several entries state, and whether a sentence states another."""

import datetime as dt
import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from faultbook.errors import BookError

Text = Annotated[str, Meta(min_length=1)]

_WORDS: Final = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "forty-five": 45, "forty-eight": 48, "fifty": 50,
    "sixty": 60, "ninety": 90, "hundred": 100,
}  # fmt: skip

# A unit, the kind of quantity that it measures, and how many of the kind's smallest it is.
_UNITS: Final = {
    "second": ("time", 1), "minute": ("time", 60), "hour": ("time", 3600), "day": ("time", 86_400), "week": ("time", 604_800),
    "month": ("months", 1), "year": ("months", 12),
    "attempt": ("attempts", 1), "failure": ("times", 1), "time": ("times", 1), "refresh": ("refreshes", 1), "slot": ("times", 1),
    "entry": ("refreshes", 1), "entries": ("refreshes", 1), "row": ("rows", 1), "kb": ("bytes", 1), "mb": ("bytes", 1000), "gb": ("bytes", 1_000_000),
}  # fmt: skip
_NUMBER: Final = rf"(?:[0-9][0-9.,]*[0-9]|[0-9]|{'|'.join(sorted(_WORDS, key=len, reverse=True))})"
_QUANTITY = re.compile(
    rf"(?<![\w.])(?<!quarter of )(?<!half )(?<!since )(?P<first>{_NUMBER})(?:\s*(?:to|or|and|[-\u2013/])\s*(?P<last>{_NUMBER}))?(?:[\s-]+(?:failed|consecutive|short|full|bad|wrong))?[\s-]+"
    r"(?P<unit>seconds?|minutes?|hours?|days?|weeks?|months?|years?|attempts?|failures?|times|refresh(?:es)?|slots?|entr(?:y|ies)|rows?|[KMG]B)\b",
    re.IGNORECASE,
)
_PORTS = re.compile(r"\b(?:ports?|on|TCP)\s+(?P<list>[0-9]{2,5}(?:\s*(?:,|and|or|to|[-\u2013])\s*[0-9]{2,5})*)\b")
_STRONG = re.compile(r"[;:]\s|\.\s")
_WEAK = re.compile(r",\s(?![0-9])|\s(?:and|but|while|whereas)\s(?![0-9])")

Quantity = tuple[str, float]
"""The kind of a quantity (time, attempts, port, …), and how much of its smallest unit."""


class Constant(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """One number and where it stands: a clause is about it that matches every pattern of ``about`` and none of ``unless``."""

    id: Text
    name: Text
    values: Annotated[list[Text], Meta(min_length=1)]
    about: Annotated[list[Text], Meta(min_length=1)]
    url: Text
    checked: dt.date
    also: list[Text] = []
    unless: list[Text] = []

    def __post_init__(self) -> None:
        for text in (*self.values, *self.also):
            if len(list(quantities(text))) != 1:
                raise ValueError(f"{self.id}: “{text}” is no single quantity")
        for pattern in (*self.about, *self.unless):
            try:
                re.compile(pattern)
            except re.error as wrong:
                raise ValueError(f"{self.id}: “{pattern}” is no pattern: {wrong}") from wrong

    @cached_property
    def allowed(self) -> frozenset[Quantity]:
        """Every quantity that may be said of it."""
        return frozenset(quantity for text in (*self.values, *self.also) for _, quantity in quantities(text))

    @cached_property
    def _patterns(self) -> tuple[list[re.Pattern[str]], list[re.Pattern[str]]]:
        return [re.compile(one, re.IGNORECASE) for one in self.about], [
            re.compile(one, re.IGNORECASE) for one in self.unless
        ]

    def concerns(self, clause: str) -> bool:
        """Whether a clause speaks of this constant."""
        about, unless = self._patterns
        return all(one.search(clause) for one in about) and not any(one.search(clause) for one in unless)


def read_constants(path: Path) -> list[Constant]:
    """The table of constants; none where there is no such file."""
    try:
        return msgspec.convert(tomllib.loads(path.read_bytes().decode()).get("constant", []), list[Constant])
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BookError(f"The table of constants {path.name} cannot be read.", why=f"{error}.") from error


def quantities(text: str) -> Iterator[tuple[str, Quantity]]:
    """Every quantity of a text as it stands there, with its kind and size; of a range both ends."""
    for found in _QUANTITY.finditer(text):
        unit = found["unit"].lower()
        kind, size = next(
            _UNITS[one] for one in (unit, unit.removesuffix("s"), unit.removesuffix("es")) if one in _UNITS
        )
        for number in (found["first"], found["last"]):
            if number:
                yield found[0], (kind, _size(number) * size)
    for found in _PORTS.finditer(text):
        for number in re.findall(r"[0-9]+", found["list"]):
            yield found[0], ("port", float(number))


def contradictions(sentence: str, constants: Sequence[Constant]) -> Iterator[tuple[str, Constant]]:
    """The quantities of a sentence that are not what the table says of the thing that their clause is about."""
    if not _QUANTITY.search(sentence) and not _PORTS.search(sentence):
        return
    for clause in _STRONG.split(sentence):
        concerned = [constant for constant in constants if constant.concerns(clause)]
        if not concerned:
            continue
        for part in _WEAK.split(clause):
            nearer = [constant for constant in constants if constant.concerns(part)] or concerned
            for written, quantity in quantities(part):
                kinds = {kind for constant in nearer for kind, _ in constant.allowed}
                if quantity[0] in kinds and not any(quantity in constant.allowed for constant in nearer):
                    yield written, next(one for one in nearer if quantity[0] in {kind for kind, _ in one.allowed})


def _size(number: str) -> float:
    word = number.lower()
    return float(_WORDS[word]) if word in _WORDS else float(number.replace(",", ""))
