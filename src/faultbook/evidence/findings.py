"""The answer of a probe: yes, no, or unknown because of something that has a name."""

from typing import Literal

from msgspec import Struct

Answer = Literal["yes", "no", "unknown"]

WhyUnknown = Literal[
    "not-connected",
    "not-permitted",
    "delegated-only",
    "not-licensed",
    "not-in-this-cloud",
    "not-found",
    "too-old",
    "throttled",
    "timed-out",
    "source-failed",
    "unexpected-shape",
    "ambiguous",
]
"""The closed list of reasons. *Not applicable* is not among them: it is the answer no."""


class Outcome(Struct, frozen=True):
    """What a probe function returns: the answer and one sentence that a person can check."""

    answer: Answer
    sentence: str
    why: WhyUnknown | None = None


class Finding(Struct, frozen=True, kw_only=True):
    """An outcome with its provenance: which probe in which version, from which facts (by hash)."""

    probe: str
    answer: Answer
    sentence: str
    why_unknown: WhyUnknown | None = None
    facts: tuple[str, ...] = ()
    version: int = 1
    params: dict[str, object] = {}


def yes(sentence: str) -> Outcome:
    """The question is answered yes: it speaks for the cause that lists the probe."""
    return Outcome("yes", sentence)


def no(sentence: str) -> Outcome:
    """The question is answered no, because it was looked at or because it cannot apply."""
    return Outcome("no", sentence)


def unknown(why: WhyUnknown, sentence: str) -> Outcome:
    """The question has no answer from these facts."""
    return Outcome("unknown", sentence, why)
