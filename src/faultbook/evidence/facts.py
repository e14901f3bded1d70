"""Facts with their provenance, and the only way in which a probe may read them."""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from faultbook.evidence.findings import WhyUnknown

T = TypeVar("T")


class Window(Struct, frozen=True):
    """The span of time, in UTC, about which a fact can speak; outside it the fact says nothing."""

    start: dt.datetime
    end: dt.datetime

    def covers(self, at: dt.datetime) -> bool:
        """Whether the instant lies inside the window, ends included."""
        return self.start <= at <= self.end


class Gap(Struct, frozen=True):
    """A hole in a window: nothing recorded there means nothing."""

    start: dt.datetime
    end: dt.datetime
    why: str


class Fact(Struct, frozen=True, kw_only=True, dict=True):
    """One thing asked of one source, with the value or the reason why there is none.

    ``kind`` and ``target`` name the question (see ``evidence.asks``); ``by`` says which source answered, ``grant`` by what
    right (``file`` for an export). ``true_at`` is when the value was true, ``read_at`` when it was read; a file's own time stamps
    are not trusted for either, so both may be missing.
    """

    kind: str
    target: str = ""
    value: Any = None
    why_unknown: WhyUnknown | None = None
    detail: str = ""
    window: Window | None = None
    gaps: tuple[Gap, ...] = ()
    read_at: dt.datetime | None = None
    true_at: dt.datetime | None = None
    by: str = ""
    grant: str = "file"

    @cached_property
    def hash(self) -> str:
        """Content hash (the first 16 hex digits of SHA-256), by which findings cite this fact."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()[:16]

    def derived(self, name: str, make: Callable[["Fact"], T]) -> T:
        """What ``make`` works out of this fact, worked out once: a fact never changes, and many probes read the same log."""
        kept: dict[str, T] = self.__dict__
        if name not in kept:
            kept[name] = make(self)
        return kept[name]


class Unknown(Exception):  # noqa: N818 - it is an answer on its way up, not an error
    """Raised while reading facts when there is no value; the probe runner turns it into an unknown finding."""

    def __init__(self, why: WhyUnknown, sentence: str) -> None:
        self.why: WhyUnknown = why
        self.sentence = sentence
        super().__init__(sentence)


class Facts:
    """All facts of one diagnosis, in a fixed order. Reading notes which facts were used."""

    def __init__(self, facts: Iterable[Fact] = ()) -> None:
        self._facts = sorted(facts, key=lambda fact: (fact.kind, fact.target, fact.by, fact.hash))
        self._used: dict[str, None] = {}

    def __iter__(self) -> Iterator[Fact]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def fresh(self) -> "Facts":
        """The same facts with nothing noted as used: one per probe run."""
        copy = Facts()
        copy._facts = self._facts
        return copy

    @property
    def used(self) -> tuple[str, ...]:
        """Hashes of the facts read since this object was made, in order of first use."""
        return tuple(self._used)

    def all(self, kind: str, target: str | None = None) -> list[Fact]:
        """Every fact of a kind (and target, compared without case) that has a value; all of them count as used."""
        found = [
            fact
            for fact in self._facts
            if fact.kind == kind
            and fact.why_unknown is None
            and (target is None or fact.target.casefold() == target.casefold())
        ]
        for fact in found:
            self._used[fact.hash] = None
        return found

    def has(self, kind: str) -> bool:
        """Whether any fact of the kind has a value; looking does not count as use."""
        return any(fact.kind == kind and fact.why_unknown is None for fact in self._facts)

    def need(self, *kinds: str, target: str | None = None) -> list[Fact]:
        """Facts of the first of these kinds that has any.

        Raises Unknown with the recorded reason, or *not-connected* where nothing was even asked.
        """
        for kind in kinds:
            if found := self.all(kind, target):
                return found
        for fact in self._facts:
            if fact.kind in kinds and fact.why_unknown is not None:
                self._used[fact.hash] = None
                raise Unknown(fact.why_unknown, fact.detail or f"{fact.kind} could not be read.")
        what = " or ".join(kinds)
        raise Unknown("not-connected", f"No {what} in the evidence.")


def field_of(value: Any, path: str) -> Any:
    """The value at a dotted path such as ``features.passwordWritebackEnabled``.

    Raises Unknown (unexpected-shape) where a step is missing or null: an absent key is unknown, never false.
    """
    here = value
    for step in path.split("."):
        if not isinstance(here, dict) or here.get(step) is None:
            raise Unknown("unexpected-shape", f"The answer holds no {path}.")
        here = here[step]
    return here
