"""The frozen types of a book entry: one definition is validator, codec and JSON Schema.

The TOML keys of the repeated tables are singular (``[[cause]]``), the attributes plural (``entry.causes``).
"""

import datetime as dt
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct, field

Text = Annotated[str, Meta(min_length=1)]
Id = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]

MOST_SHARES: Final = 95
"""What the shares of an entry's causes make at most: something else is always possible."""

Word = Literal["always", "usually", "often", "sometimes", "rarely", "hardly-ever"]
"""How often a probe answers yes; the numbers behind the six words stand in ``book/words.toml``."""

Depth = Literal["full", "brief"]
Status = Literal["draft", "reviewed", "proven", "retired"]
Basis = Literal["documented", "reported", "inferred"]
Severity = Literal["low", "medium", "high", "critical"]
Stops = Literal["a-step", "a-person", "a-job", "many", "everyone"]
"""Who or what stands still while the error lasts: the first half of the severity rubric."""
Transient = Literal["yes", "may", "no", "unknown"]
"""Whether it passes without anybody's doing: the second half of the severity rubric."""
Risk = Literal["none", "low", "medium", "high"]
Turn = Literal["yes", "no"]
How = Literal[
    "more-specific", "more-general", "mistaken-for", "same-cause", "comes-before", "comes-after", "wraps", "wrapped-by"
]


class Frozen(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Strict and immutable: an unknown key is an error, not a shrug."""


class Sample(Frozen, frozen=True, kw_only=True):
    """A text in which this error happened; lint proves that it is recognised as this entry and as no other."""

    format: Text
    text: Text
    origin: Literal["constructed", "observed"] = "constructed"


class NotSample(Frozen, frozen=True, kw_only=True):
    """A text that looks like this error and is not."""

    text: Text
    why: Text


class Test(Frozen, frozen=True, kw_only=True):
    """A probe that tells this cause from the others.

    ``yes`` says how often the probe answers yes *when this is the cause*; how often it does otherwise is the probe's own base
    rate. ``params`` (``with`` in the file) binds the probe's parameters.
    """

    __test__ = False  # not a pytest class

    probe: Text
    yes: Word
    params: dict[str, str | int | list[str | int]] = field(name="with", default_factory=dict)


class Cause(Frozen, frozen=True, kw_only=True):
    """One explanation of the error, the tests that speak for it, and the fixes that end it.

    ``share`` is of 100 sightings of this code. ``untested`` and ``no_fix`` give the reason where tests or fixes are missing.
    """

    id: Id
    title: Text
    share: Annotated[int, Meta(ge=1, le=MOST_SHARES)]
    basis: Basis
    sources: list[Id]
    detail: Text
    tests: list[Test] = []
    fixes: list[Id] = []
    untested: str = ""
    no_fix: str = ""


class Verify(Frozen, frozen=True, kw_only=True):
    """The probe that must turn before a fix counts as done; ``watch`` is how long to look, in minutes."""

    probe: Text
    turns: Turn
    params: dict[str, str | int | list[str | int]] = field(name="with", default_factory=dict)
    watch: Annotated[int, Meta(ge=0)] = 0


class Fix(Frozen, frozen=True, kw_only=True):
    """What to do about a cause: who does it, what it changes, how it is undone, and what proves it."""

    id: Id
    title: Text
    who: Text
    risk: Risk
    steps: list[Text]
    changes: str = ""
    verify: Verify | None = None
    undo: str = ""
    repair: str = ""
    sources: list[Id] = []


class Question(Frozen, frozen=True, kw_only=True):
    """A question that people really ask about this code, and its answer."""

    q: Text
    a: Text
    sources: list[Id] = []


class Related(Frozen, frozen=True, kw_only=True):
    """Another code that belongs beside this one, and how the two relate (read: *that code is … this one*)."""

    code: Text
    how: How
    note: str = ""


class Source(Frozen, frozen=True, kw_only=True):
    """Where a statement comes from; ``checked`` is when somebody last read it there, in a stored copy or live.

    Without ``checked`` the address is given from knowledge of the page, and nobody has read it for this entry. ``changed`` is the day on which
    the page was seen to say something else than what ``says`` says: whatever rests on it is stale until somebody reads it again.
    """

    id: Id
    url: Text
    says: Text
    checked: dt.date | None = None
    changed: dt.date | None = None
    kind: Literal["vendor", "community", "field", "own"]


class Retry(Frozen, frozen=True, kw_only=True):
    """Whether to try again: after how many minutes, how often at most, and why not more."""

    advice: Literal["wait-then-retry", "retry-once", "do-not-retry", "fix-first"]
    wait: Annotated[int, Meta(ge=0)] = 0
    most: Annotated[int, Meta(ge=0)] = 0
    why: Text
    sources: list[Id] = []


class Review(Frozen, frozen=True, kw_only=True):
    """Who last read the entry against its sources, and when."""

    by: list[str]
    date: dt.date


class Neighbour(Frozen, frozen=True, kw_only=True):
    """A published code beside another; near in number or name is not alike."""

    code: Text
    name: str = ""


class Published(Frozen, frozen=True, kw_only=True):
    """What the tables of published codes say of a code of which nothing else is known.

    ``count`` codes are published from ``low`` to ``high`` (all 0 where the code is no number), most of them about ``range_about``.
    ``oauth_says`` is what the OAuth class seen with it means.
    """

    family: str = ""
    about: str = ""
    oauth_error: str = ""
    oauth_says: str = ""
    low: int = 0
    high: int = 0
    count: int = 0
    range_about: str = ""
    nearest: list[Neighbour] = []


class Entry(Frozen, frozen=True, kw_only=True):
    """One error: what it means, what causes it, how each cause shows itself and is ended, and how well all that is known.

    ``cites`` are the sources of summary and meaning; causes, fixes, answers and the retry advice name their own. ``wording`` are phrases
    of the message as programs print it, with ``{}`` for what varies, by which a text without the code is recognised (as a guess).
    ``aliases`` are other spellings under which the same error is printed. ``known_only`` says that nothing but the code, or its name, is
    published: its texts and ``published`` are then made from the tables, and stand in no file. ``overlaid`` names the parts that a site's
    own overlay has added or changed (``summary``, ``cause[id]``, ``cause[id].share``, or ``entry`` for all of it), each with the overlay's name.
    """

    schema: Literal[1]
    code: Text
    name: str = ""
    product: Text
    surfaces: list[Text] = []
    category: Text
    severity: Severity
    stops: Stops
    transient: Transient
    who_fixes: list[Text]
    status: Status
    depth: Depth
    known_only: bool = False
    summary: Text
    meaning: Text
    first_step: Text
    retry: Retry
    cites: list[Id] = []
    not_known: list[Text] = []
    aliases: list[Text] = []
    wording: list[Text] = []
    samples: list[Sample] = field(name="sample", default_factory=list)
    not_samples: list[NotSample] = field(name="not_sample", default_factory=list)
    causes: list[Cause] = field(name="cause", default_factory=list)
    fixes: list[Fix] = field(name="fix", default_factory=list)
    faq: list[Question] = []
    related: list[Related] = []
    sources: list[Source] = field(name="source", default_factory=list)
    review: Review
    published: Published | None = None
    overlaid: dict[str, str] = {}

    def origin_of(self, part: str) -> str:
        """Whose a part is (``summary``, ``cause[id]``): the overlay that added or changed it or anything in it; empty for the book's own."""
        whose = self.overlaid.get("entry") or self.overlaid.get(part)
        return whose or next((name for path, name in self.overlaid.items() if path.startswith(f"{part}.")), "")
