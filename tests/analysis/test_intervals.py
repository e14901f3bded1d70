"""Intervals and exact tests against published values and against counting everything."""

import math
import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from faultbook.analysis.intervals import (
    beta_cdf,
    binomial_test,
    clopper_pearson,
    compare_poisson,
    compare_shares,
    fisher_exact,
    rate,
    wilson,
)

COUNTS = st.integers(1, 400).flatmap(lambda tries: st.tuples(st.integers(0, tries), st.just(tries)))


@pytest.mark.parametrize(
    ("hits", "tries", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_published(hits, tries, low, high):
    """Newcombe 1998, *Two-sided confidence intervals for the single proportion*, table I, method 3."""
    assert wilson(hits, tries) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("hits", "tries", "low", "high"),
    [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0.0, 0.1684), (1, 29, 0.0009, 0.1776)],
)
def test_clopper_pearson_published(hits, tries, low, high):
    """The same table, method 5."""
    assert clopper_pearson(hits, tries) == pytest.approx((low, high), abs=5e-5)


@given(COUNTS)
def test_intervals_hold_the_share_and_mirror(counts):
    """Both hold the share seen, stay in 0..1, and swap ends when hits and misses swap."""
    hits, tries = counts
    for interval in (wilson, clopper_pearson):
        low, high = interval(hits, tries)
        assert 0 <= low <= hits / tries <= high <= 1
        assert interval(tries - hits, tries) == pytest.approx((1 - high, 1 - low), abs=1e-9)


@given(COUNTS)
def test_clopper_pearson_by_its_definition(counts):
    """At either limit the tail of the binomial that points outwards is 2.5 %."""
    hits, tries = counts
    low, high = clopper_pearson(hits, tries)

    def upto(k, p):
        return math.fsum(math.comb(tries, i) * p**i * (1 - p) ** (tries - i) for i in range(k + 1))

    if hits:
        assert 1 - upto(hits - 1, low) == pytest.approx(0.025, abs=1e-7)
    if hits < tries:
        assert upto(hits, high) == pytest.approx(0.025, abs=1e-7)


@given(st.floats(0.001, 0.999), st.integers(1, 60), st.integers(1, 60))
def test_beta_cdf_is_a_binomial_tail(x, a, b):
    """I_x(a, b) is the chance of at least a successes in a+b-1 tries (DLMF 8.17.5)."""
    n = a + b - 1
    tail = math.fsum(math.comb(n, k) * x**k * (1 - x) ** (n - k) for k in range(a, n + 1))
    assert beta_cdf(x, a, b) == pytest.approx(tail, abs=1e-10)


def test_nothing_is_known_of_nothing():
    """No attempts: every rate is possible, and none is given."""
    assert wilson(0, 0) == clopper_pearson(0, 0) == (0.0, 1.0)
    assert math.isnan(rate(0, 0).share)


@pytest.mark.parametrize("hits", [-1, 5])
def test_impossible_counts_are_refused(hits):
    """More hits than tries, or less than none, is a mistake of the caller."""
    with pytest.raises(ValueError, match="no share"):
        wilson(hits, 4)


@pytest.mark.parametrize(
    ("table", "p"),
    [((3, 1, 1, 3), 0.4857142857), ((1, 9, 11, 3), 0.0027594562), ((8, 2, 1, 5), 0.0349650350), ((0, 0, 3, 4), 1.0)],
)
def test_fisher_published(table, p):
    """Fisher's tea (1935), the dieting table of the encyclopaedias, and the example of scipy's documentation."""
    assert fisher_exact(*table) == pytest.approx(p, abs=1e-9)


@given(*[st.integers(0, 30)] * 4)
def test_fisher_by_counting_every_table(a, b, c, d):
    """The sum over all tables with the same margins that are no likelier."""
    row, column, total = a + b, a + c, a + b + c + d
    weights = {
        k: math.comb(column, k) * math.comb(total - column, row - k)
        for k in range(max(0, row + column - total), min(row, column) + 1)
    }
    expected = sum(weight for weight in weights.values() if weight <= weights[a]) / sum(weights.values())
    assert fisher_exact(a, b, c, d) == pytest.approx(expected, abs=1e-9)
    assert fisher_exact(c, d, a, b) == pytest.approx(expected, abs=1e-9)


@given(st.integers(1, 60), st.integers(0, 60), st.integers(1, 19))
def test_binomial_by_counting_every_outcome(tries, hits, twentieths):
    """The sum over all outcomes that are no likelier; ties are decided in whole numbers."""
    assume(hits <= tries)
    weights = [math.comb(tries, k) * twentieths**k * (20 - twentieths) ** (tries - k) for k in range(tries + 1)]
    expected = sum(weight for weight in weights if weight <= weights[hits]) / 20**tries
    assert binomial_test(hits, tries, twentieths / 20) == pytest.approx(expected, abs=1e-9)


def test_poisson_published():
    """Breast cancer after fluoroscopy: 41 cases in 28,010 against 15 in 19,017 woman-years (Rothman & Greenland)."""
    found = compare_poisson(41, 28010, 15, 19017)
    assert (found.ratio, found.low, found.high) == pytest.approx((1.855759, 1.005722, 3.609386), abs=1e-4)


def test_poisson_published_p():
    """The malformation counts in the documentation of R's poisson.test (Bennett 1991): p = 0.07967."""
    assert compare_poisson(11, 800, 21, 3011).p == pytest.approx(0.07967, abs=5e-6)


def test_shares_published():
    """Aspirin and myocardial infarction in the Physicians' Health Study: relative risk 1.82 (1.43 to 2.31), Agresti."""
    found = compare_shares(189, 11034, 104, 11037)
    assert (found.ratio, found.low, found.high) == pytest.approx((1.82, 1.43, 2.31), abs=0.005)


def test_large_counts_stay_quick_and_finite():
    """A hundred thousand attempts a side need no loop over them."""
    found = compare_shares(500, 100_000, 300, 100_000)
    assert 0 < found.p < 1e-10
    assert found.low < 5 / 3 < found.high


def test_coverage_by_simulation():
    """Wilson's 95 % interval holds the truth about 95 times of 100, Clopper and Pearson's no less."""
    dice = random.Random(20260302)
    hits = {wilson: 0, clopper_pearson: 0}
    for _ in range(1500):
        truth, tries = dice.uniform(0.02, 0.98), dice.randrange(5, 60)
        seen = sum(dice.random() < truth for _ in range(tries))
        for interval in hits:
            low, high = interval(seen, tries)
            hits[interval] += low <= truth <= high
    assert 0.935 <= hits[wilson] / 1500 <= 0.975
    assert hits[clopper_pearson] / 1500 >= 0.95
