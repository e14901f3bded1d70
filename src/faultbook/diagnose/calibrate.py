"""How good the ranking is: closed cases against what was confirmed.

Log loss and Brier score are of the share given to the confirmed cause (*something else* where none of the book's causes was it). The table of
reliability puts every share of every case into bins: of the causes given about 30 %, about 30 % should have been it.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from faultbook.diagnose.cases import NONE, Case
from faultbook.diagnose.diagnosis import Diagnosis
from faultbook.diagnose.weigh import SOMETHING_ELSE, Verdict

BINS: Final = (0.02, 0.15, 0.35, 0.60, 0.90, 1.0)
_FLOOR: Final = 1e-6
"""The least share that log loss counts with: one wrong certainty must not drown every other case."""


class Result(Struct, frozen=True, kw_only=True):
    """One scored case: shares by cause, what was confirmed, and whether verdict and first place were as they should be."""

    name: str
    code: str
    confirmed: str
    first: str
    place: int
    share: float
    verdict: Verdict
    expected: Verdict
    shares: dict[str, float]
    next_check: str = ""

    @property
    def right(self) -> bool:
        """Whether the verdict is as strong as the evidence allows, and names no wrong cause."""
        named = self.verdict in {"established", "likely"}
        if named and self.first != self.confirmed:
            return False
        if self.expected == "likely":
            return named
        return self.verdict == self.expected or (self.expected == "undecided" and self.verdict == "no-evidence")


class Bin(Struct, frozen=True, kw_only=True):
    """Shares between ``low`` and ``high``: how many, what they promised on average, and how often it was so."""

    low: float
    high: float
    count: int
    promised: float
    happened: float


class Score(Struct, frozen=True, kw_only=True):
    """The score of a set of cases; ``wrong`` names those whose verdict was not as expected."""

    cases: int
    top1: float
    top3: float
    log_loss: float
    brier: float
    reliability: tuple[Bin, ...]
    error: float
    wrong: tuple[str, ...]
    results: tuple[Result, ...]


class Places(Struct, frozen=True, kw_only=True):
    """In which place the right cause came: how often first and among three, and where it was ``behind`` these or not at all."""

    count: int
    top1: float
    top3: float
    behind: tuple[str, ...]


def placed(places: Mapping[str, int]) -> Places:
    """Sum up places by name; 0 is none."""
    return Places(
        count=len(places),
        top1=_mean([place == 1 for place in places.values()]),
        top3=_mean([1 <= place <= 3 for place in places.values()]),
        behind=tuple(name for name, place in places.items() if not 1 <= place <= 3),
    )


def result(case: Case, diagnosis: Diagnosis) -> Result:
    """Set one diagnosis against what was confirmed."""
    confirmed = SOMETHING_ELSE if case.confirmed == NONE else case.confirmed
    shares = {one.cause: one.share for one in diagnosis.ranked}
    order = [one.cause for one in diagnosis.ranked]
    return Result(
        name=case.name,
        code=case.code,
        confirmed=confirmed,
        first=order[0] if order else "",
        place=order.index(confirmed) + 1 if confirmed in shares else 0,
        share=shares.get(confirmed, 0.0),
        verdict=diagnosis.verdict,
        expected=case.expect,
        shares=shares,
        next_check=diagnosis.next_checks[0].kind if diagnosis.next_checks else "",
    )


def score(results: Iterable[Result]) -> Score:
    """Score cases. ``top1`` counts only cases with a confirmed cause of the book; a case of *none* has no first place to win."""
    known = tuple(sorted(results, key=lambda one: one.name))
    ranked = [one for one in known if one.confirmed != SOMETHING_ELSE]
    bins = reliability([one.shares for one in known], [one.confirmed for one in known])
    total = sum(one.count for one in bins)
    return Score(
        cases=len(known),
        top1=_mean([one.place == 1 for one in ranked]),
        top3=_mean([1 <= one.place <= 3 for one in ranked]),
        log_loss=_mean([-math.log(max(one.share, _FLOOR)) for one in known]),
        brier=_mean([_brier(one) for one in known]),
        reliability=bins,
        error=round(sum(one.count * abs(one.promised - one.happened) for one in bins) / total, 6) if total else 0.0,
        wrong=tuple(one.name for one in known if not one.right),
        results=known,
    )


def reliability(shares: Sequence[Mapping[str, float]], confirmed: Sequence[str]) -> tuple[Bin, ...]:
    """What shares promised and what happened, by size of the share; empty bins are left out."""
    pairs = [(share, cause == it) for row, it in zip(shares, confirmed, strict=True) for cause, share in row.items()]
    bins = []
    low = 0.0
    for high in BINS:
        inside = [(share, hit) for share, hit in pairs if low <= share < high or share == high == 1.0]
        if inside:
            promised, happened = _mean([share for share, _ in inside]), _mean([hit for _, hit in inside])
            bins.append(Bin(low=low, high=high, count=len(inside), promised=promised, happened=happened))
        low = high
    return tuple(bins)


def _brier(one: Result) -> float:
    whole = sum((share - (cause == one.confirmed)) ** 2 for cause, share in one.shares.items())
    return whole + (one.confirmed not in one.shares)


def _mean(values: Sequence[float]) -> float:
    return round(math.fsum(values) / len(values), 6) if values else 0.0
