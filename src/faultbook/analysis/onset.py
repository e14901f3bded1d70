"""When a burst of failures began and ended, each as an interval, with the strength of the evidence that there was one.

Model: one stretch of buckets with a rate of its own against one rate before and after it (a square wave). For given rates the best stretch is
the one with the greatest sum of log-likelihood ratios, found in one pass (Bentley, *Programming Pearls*, CACM 27, 1984); stretch and rates are
improved in turn until nothing changes. The rate is binomial (failures of attempts) where there are successes, else Poisson (failures per bucket).
The evidence is an exact two-sided test of the stretch against the rest, multiplied by the number of stretches that could have been chosen
(Bonferroni). Begin and end are likelihood-ratio sets (Siegmund, *Confidence Sets in Change-Point Problems*, Int. Stat. Review 56, 1988): every
bucket whose likelihood is at least a twentieth of the best.
"""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

from msgspec import Struct

from faultbook.analysis.intervals import Rate, binomial_test, fisher_exact, rate
from faultbook.evidence import instant

_TWENTIETH: Final = math.log(20)
_ROUNDS: Final = 30

Strength = Literal["none", "weak", "clear", "strong"]


class Moment(Struct, frozen=True):
    """A time known to within an interval: not before ``earliest``, not after ``latest``."""

    earliest: dt.datetime
    latest: dt.datetime


class Burst(Struct, frozen=True, kw_only=True):
    """A stretch with more failures than elsewhere. ``end`` is None where it had not ended when the log did.

    ``p`` is the chance of so clear a stretch anywhere in a log without one. ``before`` counts what preceded the earliest begin.
    """

    start: Moment
    end: Moment | None
    p: float
    strength: Strength
    inside: Rate
    outside: Rate
    before: Rate


class _Rates(NamedTuple):
    """Failure rates inside and outside, and whether they are shares of attempts."""

    inside: float
    outside: float
    shares: bool

    def scores(self, counts: Sequence[tuple[int, int]]) -> list[float]:
        """How much likelier each bucket of failures and attempts is inside than outside, as a logarithm."""
        gain = math.log(self.inside / self.outside)
        if self.shares:
            loss = math.log((1 - self.inside) / (1 - self.outside))
            return [failed * gain + (tries - failed) * loss for failed, tries in counts]
        return [failed * gain - (self.inside - self.outside) for failed, _ in counts]


def find_burst(buckets: Sequence[Mapping[str, Any]], bucket_seconds: int) -> Burst | None:
    """The clearest burst in the contiguous buckets of a sign-in history; None where failures are everywhere alike or absent.

    Other failures (``other``) say nothing about this code and are left out.
    """
    counts = [(int(each["failed"]), int(each["failed"]) + int(each["succeeded"])) for each in buckets]
    stretch = _best(counts)
    if stretch is None:
        return None
    first, last, rates = stretch
    inside, outside = _sums(counts, first, last)
    p = min(1.0, _chance(inside, outside, last - first + 1, len(counts), rates.shares) * _stretches(len(counts)))
    scores = rates.scores(counts)
    start_from, start_to = _begin(scores, first, last)
    end_to, end_from = (
        len(scores) - 1 - at for at in _begin(scores[::-1], len(scores) - 1 - last, len(scores) - 1 - first)
    )
    times = [_time(each) for each in buckets]
    width = dt.timedelta(seconds=bucket_seconds)
    ended = end_to < len(counts) - 1
    before = [sum(part) for part in zip(*counts[:start_from], strict=True)] or [0, 0]
    return Burst(
        start=Moment(times[start_from], times[start_to] + width),
        end=Moment(times[end_from], times[end_to] + width) if ended else None,
        p=p,
        strength=strength_of(p),
        inside=rate(*inside),
        outside=rate(*outside),
        before=rate(before[0], before[1]),
    )


def strength_of(p: float) -> Strength:
    """A p-value in a word: strong up to 0.001, clear up to 0.01, weak up to 0.05."""
    return "strong" if p <= 0.001 else "clear" if p <= 0.01 else "weak" if p <= 0.05 else "none"


def least_p(failed: int, succeeded: int, buckets: int) -> float:
    """The smallest ``p`` that so many failures could have shown, all of them in one stretch without a success: above 0.01 there was nothing to see."""
    return min(1.0, _stretches(buckets) / math.comb(failed + succeeded, failed)) if buckets > 1 else 1.0


def _best(counts: Sequence[tuple[int, int]]) -> tuple[int, int, _Rates] | None:
    """The likeliest stretch and its rates, from several starting points."""
    failed, tries = (sum(part) for part in zip(*counts, strict=True)) if counts else (0, 0)
    if not failed or len(counts) < 2:
        return None
    shares = tries > failed
    mean = failed / tries if shares else failed / len(counts)
    best: tuple[float, int, int, _Rates] | None = None
    for factor in (1.5, 4, 16, 64):
        rates = _rates(mean * factor, mean / factor, shares, tries if shares else len(counts))
        found = _settle(counts, rates)
        if found and (best is None or found[0] > best[0]):
            best = found
    return best[1:] if best else None


def _settle(counts: Sequence[tuple[int, int]], rates: _Rates) -> tuple[float, int, int, _Rates] | None:
    """Improve stretch and rates in turn; both steps raise the likelihood, so it ends."""
    known: tuple[int, int] | None = None
    for _ in range(_ROUNDS):
        total, first, last = _greatest(rates.scores(counts))
        if (first, last) == (0, len(counts) - 1):
            return None
        if known == (first, last):
            return total, first, last, rates
        known = (first, last)
        (hits, tries), (other, other_tries) = _sums(counts, first, last)
        size = last - first + 1
        within = (tries, other_tries) if rates.shares else (size, len(counts) - size)
        rates = _rates(
            hits / within[0] if within[0] else 0.0,
            other / within[1] if within[1] else 0.0,
            rates.shares,
            sum(within),
        )
        if rates.inside <= rates.outside:
            return None
    return total, first, last, rates


def _rates(inside: float, outside: float, shares: bool, size: int) -> _Rates:
    """Rates kept off 0 and 1, where a single bucket would decide everything: half a failure in the whole log is the least."""
    least = 0.5 / (size + 1)
    top = 1 - least if shares else math.inf
    return _Rates(min(max(inside, 2 * least), top), min(max(outside, least), top), shares)


def _greatest(scores: Sequence[float]) -> tuple[float, int, int]:
    """The stretch with the greatest sum, as sum and first and last index."""
    best, first, last = -math.inf, 0, 0
    running, start = 0.0, 0
    for at, score in enumerate(scores):
        if running <= 0:
            running, start = 0.0, at
        running += score
        if running > best:
            best, first, last = running, start, at
    return best, first, last


def _begin(scores: Sequence[float], first: int, last: int) -> tuple[int, int]:
    """Earliest and latest bucket at which the stretch may begin, its end held fixed."""
    low = high = first
    moved = 0.0
    for at in range(first - 1, -1, -1):
        moved += scores[at]
        if moved >= -_TWENTIETH:
            low = at
    moved = 0.0
    for at in range(first, last):
        moved -= scores[at]
        if moved >= -_TWENTIETH:
            high = at + 1
    return low, high


def _sums(counts: Sequence[tuple[int, int]], first: int, last: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Failures and attempts inside the stretch and outside it."""
    hits = sum(failed for failed, _ in counts[first : last + 1])
    tries = sum(all_ for _, all_ in counts[first : last + 1])
    failed, every = (sum(part) for part in zip(*counts, strict=True))
    return (hits, tries), (failed - hits, every - tries)


def _chance(inside: tuple[int, int], outside: tuple[int, int], size: int, buckets: int, shares: bool) -> float:
    if shares:
        return fisher_exact(inside[0], inside[1] - inside[0], outside[0], outside[1] - outside[0])
    return binomial_test(inside[0], inside[0] + outside[0], size / buckets)


def _stretches(buckets: int) -> int:
    """How many stretches there are to choose from, the whole log aside."""
    return buckets * (buckets + 1) // 2 - 1


def _time(bucket: Mapping[str, Any]) -> dt.datetime:
    start = bucket["start"]
    at = start if isinstance(start, dt.datetime) else instant(str(start))
    if at is None:
        raise ValueError(f"a bucket begins at {start!r}, which is no time")
    return at
