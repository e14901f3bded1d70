"""Weigh findings for and against the causes of an entry: naive Bayes in decibans, with words for the result.

Pure arithmetic over the book and the findings. Weights are rounded to a tenth of a deciban *before* they are added, so that a reader can
add up what is printed and arrive at the share that is printed.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, Protocol

import msgspec
from msgspec import Struct

from faultbook.evidence import Answer, Finding, WhyUnknown
from faultbook.model import Basis, Cause, Entry, Test, Word

SOMETHING_ELSE: Final = "something-else"
WEIGHT_LIMIT: Final = 20.0
EVIDENCE_LIMIT: Final = 60.0
"""All evidence for one cause together is held within ±60, so that no pile of findings makes a certainty."""
NAMING_YES: Final = 10.0
STRONG_NO: Final = -10.0
OWN_EVIDENCE: Final = 3.0
"""What is *likely* must be twice as likely by its own findings: that the other causes are excluded proves nothing about one more."""

Standing = Literal["established", "likely", "possible", "unlikely", "ruled-out"]
Verdict = Literal["established", "likely", "undecided", "no-evidence"]
Key = tuple[str, str]
"""A test: the probe's id and its parameters as canonical JSON (empty where there are none)."""


class ProbeFacts(Protocol):
    """What weighing must know of a probe; the registry's own type satisfies it."""

    @property
    def otherwise(self) -> Word: ...  # noqa: D102 - see faultbook.probes.Probe
    @property
    def family(self) -> str: ...  # noqa: D102
    @property
    def names(self) -> bool: ...  # noqa: D102


class Weighed(Struct, frozen=True, kw_only=True):
    """One finding as it bears on one cause; ``counted`` is false where a stronger finding of its family stands for it."""

    probe: str
    params: dict[str, object] = {}
    answer: Answer
    why_unknown: WhyUnknown | None = None
    weight: float = 0.0
    counted: bool = False
    names: bool = False
    family: str = ""
    sentence: str = ""
    facts: tuple[str, ...] = ()


class Ranked(Struct, frozen=True, kw_only=True):
    """A cause with its share before and after the findings, as fractions of one, and the word for it.

    ``origin`` names the overlay that added or changed the cause; it is empty for the book's own.
    """

    cause: str
    title: str
    basis: Basis | None = None
    origin: str = ""
    share_before: float
    share: float
    word: Standing
    score: float
    findings: tuple[Weighed, ...] = ()


class Contradiction(Struct, frozen=True, kw_only=True):
    """Two looks at the same thing that disagree about one cause: the probes that say yes, and those that say no."""

    cause: str
    family: str
    yes: tuple[str, ...]
    no: tuple[str, ...]


class Weighing(Struct, frozen=True, kw_only=True):
    """All causes and *something else*, most likely first; shares sum to one. Nothing is ranked where the book names no cause."""

    ranked: tuple[Ranked, ...]
    verdict: Verdict
    contradictions: tuple[Contradiction, ...] = ()

    @property
    def leading(self) -> Ranked | None:
        """The first of the ranking that is a cause of the book."""
        return next((one for one in self.ranked if one.cause != SOMETHING_ELSE), None)


def key_of(probe: str, params: Mapping[str, Any] | None = None) -> Key:
    """The identity of a test; equal questions have equal keys whatever the order of their parameters."""
    return probe, msgspec.json.encode(dict(params), order="deterministic").decode() if params else ""


def questions(entry: Entry) -> dict[Key, Test]:
    """Every distinct question that the entry asks, in a fixed order."""
    tests = {key_of(test.probe, test.params): test for cause in entry.causes for test in cause.tests}
    return dict(sorted(tests.items()))


def family_of(probe: ProbeFacts, params: Mapping[str, Any]) -> str:
    """The family of a test: parameters make another question, hence another family."""
    return probe.family + key_of("", params)[1]


def weight_of(answer: Answer, when_cause: float, otherwise: float) -> float:
    """The weight of an answer in decibans; a yes never speaks against the cause that lists it, and a no never for it."""
    if answer == "unknown":
        return 0.0
    if answer == "yes":
        return round(min(max(10 * math.log10(when_cause / otherwise), 0.0), WEIGHT_LIMIT), 1)
    return round(max(min(10 * math.log10((1 - when_cause) / (1 - otherwise)), 0.0), -WEIGHT_LIMIT), 1)


def weigh(
    entry: Entry, findings: Mapping[Key, Finding], probes: Mapping[str, ProbeFacts], words: Mapping[str, float]
) -> Weighing:
    """Rank the causes of an entry by what was found; a question without a finding is unknown and weighs nothing."""
    if not entry.causes:
        return Weighing(ranked=(), verdict="no-evidence")
    judged = {cause.id: _judge(cause, findings, probes, words) for cause in entry.causes}
    rest = max(100 - sum(cause.share for cause in entry.causes), 1)
    whole = rest + sum(cause.share for cause in entry.causes)
    scores = {SOMETHING_ELSE: _round(10 * math.log10(rest / whole))}
    for cause in entry.causes:
        evidence = math.fsum(one.weight for one in judged[cause.id] if one.counted)
        held = max(min(evidence, EVIDENCE_LIMIT), -EVIDENCE_LIMIT)
        scores[cause.id] = _round(10 * math.log10(cause.share / whole) + held)
    shares = _normalised(scores)
    ranked = [
        Ranked(
            cause=cause.id,
            title=cause.title,
            basis=cause.basis,
            origin=entry.origin_of(f"cause[{cause.id}]"),
            share_before=_round(cause.share / whole),
            share=shares[cause.id],
            word=_word(shares[cause.id], judged[cause.id]),
            score=scores[cause.id],
            findings=judged[cause.id],
        )
        for cause in entry.causes
    ]
    ranked.append(
        Ranked(
            cause=SOMETHING_ELSE,
            title="Something else",
            share_before=_round(rest / whole),
            share=shares[SOMETHING_ELSE],
            word=_word(shares[SOMETHING_ELSE], ()),
            score=scores[SOMETHING_ELSE],
        )
    )
    ranked.sort(key=lambda one: (-one.share, -one.share_before, one.cause == SOMETHING_ELSE, one.cause))
    return Weighing(ranked=tuple(ranked), verdict=_verdict(ranked), contradictions=_contradictions(ranked))


def entropy(shares: Iterable[float]) -> float:
    """How undecided a ranking is, in bits."""
    return -math.fsum(share * math.log2(share) for share in shares if share > 0)


def _judge(
    cause: Cause, findings: Mapping[Key, Finding], probes: Mapping[str, ProbeFacts], words: Mapping[str, float]
) -> tuple[Weighed, ...]:
    weighed = [_weighed(test, findings.get(key_of(test.probe, test.params)), probes, words) for test in cause.tests]
    strongest: dict[str, int] = {}
    for place, one in enumerate(weighed):
        best = strongest.get(one.family)
        if one.answer != "unknown" and (best is None or _strength(one) > _strength(weighed[best])):
            strongest[one.family] = place
    kept = set(strongest.values())
    return tuple(msgspec.structs.replace(one, counted=place in kept) for place, one in enumerate(weighed))


def _weighed(
    test: Test, finding: Finding | None, probes: Mapping[str, ProbeFacts], words: Mapping[str, float]
) -> Weighed:
    probe = probes.get(test.probe)
    if probe is None or finding is None:
        sentence = "This version of Faultbook cannot ask that." if probe is None else "Not asked."
        return Weighed(
            probe=test.probe,
            params=dict(test.params),
            answer="unknown",
            why_unknown="not-connected",
            family=test.probe,
            sentence=sentence,
        )
    return Weighed(
        probe=test.probe,
        params=dict(test.params),
        answer=finding.answer,
        why_unknown=finding.why_unknown,
        weight=weight_of(finding.answer, words[test.yes], words[probe.otherwise]),
        names=probe.names,
        family=family_of(probe, test.params),
        sentence=finding.sentence,
        facts=finding.facts,
    )


def _strength(one: Weighed) -> tuple[float, float, bool]:
    """Heavier first; of equals the one that speaks for the cause, then the one that names the error. Names play no part."""
    return abs(one.weight), one.weight, one.names


def _normalised(scores: Mapping[str, float]) -> dict[str, float]:
    top = max(scores.values())
    powers = {name: 10 ** ((score - top) / 10) for name, score in scores.items()}
    whole = math.fsum(powers.values())
    return {name: _round(power / whole) for name, power in powers.items()}


def _round(number: float) -> float:
    """Nine significant digits: the same on every machine, and never rounded to 0 or 1."""
    return float(f"{number:.9g}")


def _word(share: float, findings: Iterable[Weighed]) -> Standing:
    counted = [one for one in findings if one.counted]
    if share >= 0.90 and any(one.names and one.answer == "yes" and one.weight >= NAMING_YES for one in counted):
        return "established"
    if share >= 0.60 and math.fsum(one.weight for one in counted) >= OWN_EVIDENCE:
        return "likely"
    if share >= 0.15:
        return "possible"
    if share <= 0.02 and any(one.answer == "no" and one.weight <= STRONG_NO for one in counted):
        return "ruled-out"
    return "unlikely"


def _verdict(ranked: list[Ranked]) -> Verdict:
    if all(one.answer == "unknown" for cause in ranked for one in cause.findings):
        return "no-evidence"
    first = ranked[0]
    if first.cause == SOMETHING_ELSE:
        return "undecided"
    if first.word == "established":
        return "established"
    return "likely" if first.word == "likely" else "undecided"


def _contradictions(ranked: Iterable[Ranked]) -> tuple[Contradiction, ...]:
    found = []
    for cause in ranked:
        for family in sorted({one.family for one in cause.findings}):
            kin = [one for one in cause.findings if one.family == family]
            yes = tuple(one.probe for one in kin if one.answer == "yes")
            no = tuple(one.probe for one in kin if one.answer == "no")
            if yes and no:
                found.append(Contradiction(cause=cause.cause, family=family, yes=yes, no=no))
    return tuple(found)
