"""Rates with their uncertainty, and tests of whether two of them differ: small numbers done exactly.

Sources: Wilson 1927 and Clopper & Pearson 1934 as compared in Brown, Cai & DasGupta, *Interval Estimation for a Binomial Proportion*, Statistical
Science 16 (2001); the incomplete beta function by the continued fraction of DLMF 8.17.22; Fisher's exact test and the conditional test of
two Poisson rates, both two-sided by summing every outcome that is no likelier than the one seen.
"""

import math
from collections.abc import Callable
from functools import cache
from statistics import NormalDist
from typing import Final, NamedTuple

from msgspec import Struct

_TINY: Final = 1e-300
_SLACK: Final = 1e-7
"""Two probabilities this close (relatively) count as equally likely; rounding must not split ties."""


class Interval(NamedTuple):
    """From ``low`` to ``high``, both possible."""

    low: float
    high: float


class Rate(Struct, frozen=True):
    """``hits`` of ``tries`` as a share with its Wilson interval; there is no share of nothing."""

    hits: int
    tries: int
    share: float
    low: float
    high: float


class Comparison(Struct, frozen=True):
    """How many times the first rate is of the second, with interval; ``p`` is two-sided."""

    ratio: float
    low: float
    high: float
    p: float


def rate(hits: int, tries: int, confidence: float = 0.95) -> Rate:
    """A share with its Wilson interval; of nothing, everything from 0 to 1 is possible."""
    low, high = wilson(hits, tries, confidence)
    return Rate(hits, tries, hits / tries if tries else math.nan, low, high)


def wilson(hits: int, tries: int, confidence: float = 0.95) -> Interval:
    """Wilson's score interval, without continuity correction."""
    _sane(hits, tries)
    if not tries:
        return Interval(0.0, 1.0)
    z = _deviations(confidence)
    share, weight = hits / tries, z * z / tries
    centre = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * math.sqrt(share * (1 - share) / tries + weight / (4 * tries))
    return Interval(0.0 if hits == 0 else max(0.0, centre - half), 1.0 if hits == tries else min(1.0, centre + half))


def clopper_pearson(hits: int, tries: int, confidence: float = 0.95) -> Interval:
    """The exact interval of Clopper and Pearson: never too narrow, often too wide."""
    _sane(hits, tries)
    if not tries:
        return Interval(0.0, 1.0)
    tail = (1 - confidence) / 2
    low = 0.0 if hits == 0 else beta_quantile(tail, hits, tries - hits + 1)
    high = 1.0 if hits == tries else beta_quantile(1 - tail, hits + 1, tries - hits)
    return Interval(low, high)


def beta_quantile(p: float, a: float, b: float) -> float:
    """Where the beta distribution has passed the share ``p``, found by bisection."""
    low, high = 0.0, 1.0
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if beta_cdf(middle, a, b) < p:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def beta_cdf(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b)."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x),
    )
    if x < (a + 1) / (a + b + 2):
        return front * _beta_fraction(x, a, b) / a
    return 1 - front * _beta_fraction(1 - x, b, a) / b


def _beta_fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of the incomplete beta function by Lentz's method."""
    c, d = 1.0, 1 / _kept(1 - (a + b) * x / (a + 1))
    total = d
    for m in range(1, 10_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        step = 1.0
        for term in (even, odd):
            d = 1 / _kept(1 + term * d)
            c = _kept(1 + term / c)
            step = c * d
            total *= step
        if abs(step - 1) < 1e-15:
            break
    return total


def _kept(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def fisher_exact(a: int, b: int, c: int, d: int) -> float:
    """Two-sided p of the table ``a b / c d``: as extreme or more, margins fixed."""
    if min(a, b, c, d) < 0:
        raise ValueError("counts are not negative")
    row, column, total = a + b, a + c, a + b + c + d
    other = total - column
    constant, ways, other_ways = _log_choose(total, row), math.lgamma(column + 1), math.lgamma(other + 1)

    def log_p(k: int, log: Callable[[float], float] = math.lgamma) -> float:
        return (
            (ways - log(k + 1) - log(column - k + 1)) + (other_ways - log(row - k + 1) - log(other - row + k + 1))
        ) - constant

    low, high = max(0, row + column - total), min(row, column)
    mode = (row + 1) * (column + 1) // (total + 2)
    return _two_sided(log_p, a, low, high, min(max(mode, low), high))


def binomial_test(hits: int, tries: int, share: float) -> float:
    """Two-sided p of seeing ``hits`` in ``tries`` where each succeeds with probability ``share``."""
    _sane(hits, tries)
    if share <= 0 or share >= 1:
        return 1.0 if hits == (0 if share <= 0 else tries) else 0.0

    def log_p(k: int) -> float:
        return _log_choose(tries, k) + k * math.log(share) + (tries - k) * math.log1p(-share)

    return _two_sided(log_p, hits, 0, tries, min(tries, int((tries + 1) * share)))


def compare_poisson(
    first: int, first_time: float, second: int, second_time: float, confidence: float = 0.95
) -> Comparison:
    """Two counts over two lengths of time: given their sum, the first is binomial (Przyborowski & Wilenski 1940)."""
    if first_time <= 0 or second_time <= 0:
        raise ValueError("a rate needs a length of time")
    scale = second_time / first_time
    low, high = clopper_pearson(first, first + second, confidence)
    ratio = first / second * scale if second else (math.inf if first else math.nan)
    return Comparison(
        ratio,
        low / (1 - low) * scale if low < 1 else math.inf,
        high / (1 - high) * scale if high < 1 else math.inf,
        binomial_test(first, first + second, first_time / (first_time + second_time)),
    )


def compare_shares(hits: int, tries: int, other_hits: int, other_tries: int, confidence: float = 0.95) -> Comparison:
    """Two shares: their ratio with Katz's log interval, a half added to every count where one is 0 (Walter 1975); Fisher's p."""
    _sane(hits, tries)
    _sane(other_hits, other_tries)
    if not tries or not other_tries:
        return Comparison(math.nan, 0.0, math.inf, 1.0)
    add = 0.5 if 0 in (hits, other_hits) or (hits == tries and other_hits == other_tries) else 0.0
    x, n, y, m = hits + add, tries + add, other_hits + add, other_tries + add
    ratio = (x / n) / (y / m)
    spread = math.sqrt(max(0.0, 1 / x - 1 / n + 1 / y - 1 / m)) * _deviations(confidence)
    p = fisher_exact(hits, tries - hits, other_hits, other_tries - other_hits)
    return Comparison(ratio, ratio * math.exp(-spread), ratio * math.exp(spread), p)


def _two_sided(log_p: Callable[[int], float], seen: int, low: int, high: int, mode: int) -> float:
    """The probability of every outcome no likelier than the one seen, of a distribution with one peak."""
    limit = log_p(seen) + _SLACK
    left = _last(lambda k: log_p(k) <= limit, low, mode, rising=True)
    right = _last(lambda k: log_p(k) <= limit, mode, high, rising=False)
    if left is None and right is None:
        return 1.0
    if left is not None and right is not None and right <= left + 1:
        return 1.0
    below = _tail(log_p, left, low, -1) if left is not None else 0.0
    above = _tail(log_p, right, high, +1) if right is not None else 0.0
    return min(1.0, below + above)


def _last(holds: Callable[[int], bool], low: int, high: int, *, rising: bool) -> int | None:
    """On the rising side the greatest outcome for which it holds, on the falling side the smallest; None where there is none."""
    if not holds(low if rising else high):
        return None
    while low < high:
        middle = (low + high + rising) // 2
        if holds(middle):
            low, high = (middle, high) if rising else (low, middle)
        else:
            low, high = (low, middle - 1) if rising else (middle + 1, high)
    return low


def _tail(log_p: Callable[[int], float], start: int, end: int, step: int) -> float:
    """The sum from ``start`` outwards, until nothing more is added."""
    terms = []
    total = 0.0
    for k in range(start, end + step, step):
        term = math.exp(log_p(k))
        terms.append(term)
        total += term
        if term <= total * 1e-17:
            break
    return math.fsum(terms)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


@cache
def _deviations(confidence: float) -> float:
    """How many standard deviations to either side hold this much of a normal distribution."""
    return NormalDist().inv_cdf((1 + confidence) / 2)


def _sane(hits: int, tries: int) -> None:
    if not 0 <= hits <= tries:
        raise ValueError(f"{hits} of {tries} is no share")
