"""A verification as data: the failed questions of a diagnosis asked again, and what became of each.

The same rules as for a diagnosis: keys are only ever added within one ``schema`` number, times are ISO 8601 in UTC, every key is written.
"""

from typing import Final, Literal

from msgspec import Struct

from faultbook.diagnose.diagnosis import Evidence, Span
from faultbook.evidence import WhyUnknown
from faultbook.evidence.findings import Answer

SCHEMA: Final = "faultbook/verification-1"
FROM_EVIDENCE: Final = (
    "/about",
    "/asked/*/before_sentence",
    "/asked/*/sentence",
    "/evidence/*/target",
    "/evidence/*/source",
    "/evidence/*/detail",
    "/evidence/*/gaps/*/why",
)

Turned = Literal["verified", "unchanged", "regressed", "cannot-tell"]
Role = Literal["again", "fix", "finding"]
"""``again``: did the error happen again. ``fix``: the question by which a fix is done. ``finding``: what spoke for the cause, asked again."""


TURNED: Final[dict[Turned, str]] = {
    "verified": "Verified",
    "unchanged": "Unchanged",
    "regressed": "Regressed",
    "cannot-tell": "Cannot tell",
}
MEANS: Final[dict[Turned, str]] = {
    "verified": "it is mended.",
    "unchanged": "it is as it was.",
    "regressed": "what was right is wrong now.",
    "cannot-tell": "the newer evidence does not answer what proves the fix.",
}
ROLES: Final[dict[Role, str]] = {
    "again": "Did it happen again?",
    "fix": "What proves the fix",
    "finding": "What spoke for the cause, asked again (not all of it has to turn)",
}


class Watch(Struct, frozen=True, kw_only=True):
    """How long a fix says to look, in minutes, and how long the newer evidence does; None where it holds no times."""

    minutes: int
    watched: int | None = None


class Asked(Struct, frozen=True, kw_only=True):
    """One question, its answer then and now, and what that means.

    ``wanted`` is the answer that counts as mended; ``before`` is None where it was not asked then. ``fix`` is the id of the fix that it proves.
    """

    role: Role
    probe: str
    params: dict[str, object] = {}
    question: str
    fix: str = ""
    fix_title: str = ""
    wanted: Literal["yes", "no"]
    before: Answer | None = None
    before_sentence: str = ""
    now: Answer
    sentence: str
    why_unknown: WhyUnknown | None = None
    turned: Turned
    note: str = ""
    hint: str = ""
    watch: Watch | None = None
    facts: tuple[str, ...] = ()


class Verification(Struct, frozen=True, kw_only=True):
    """What newer evidence says of a diagnosis. ``since`` is from when on it is looked at: the failure, or when the fix was made.

    ``at`` is the moment that the questions are about now; where a sentence speaks of *the failure*, it means that moment.
    """

    schema: str = SCHEMA
    code: str
    cause: str
    cause_title: str
    turned: Turned
    sentence: str
    since: str | None = None
    at: str | None = None
    window: Span | None = None
    asked: tuple[Asked, ...]
    evidence: tuple[Evidence, ...] = ()
    book: str = ""
    untrusted: tuple[str, ...] = FROM_EVIDENCE


def told(one: Asked) -> tuple[str, ...]:
    """One question in sentences: the answer then and now, how long it was watched, what would help."""
    then = f"Then {one.before}, now {one.now}: {one.sentence}" if one.before else f"Now {one.now}: {one.sentence}"
    return tuple(line for line in (then, one.note, one.hint) if line)


def moments(verification: Verification) -> str:
    """From when on was looked at, and which moment the questions are about."""
    since = f"Looked at from {verification.since} on. " if verification.since else ""
    return (
        f"{since}The questions are about {verification.at}, which they call the failure."
        if verification.at
        else since.rstrip()
    )
