"""Onset, recovery, contrast and class of failure: against simulations with known truth and published examples."""

import datetime as dt
import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faultbook.analysis.classes import classify
from faultbook.analysis.contrast import contrasts, false_discovery, shared
from faultbook.analysis.onset import find_burst, least_p, strength_of
from faultbook.analysis.recovery import Spell, recovery, spells

START = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
FIVE = dt.timedelta(minutes=5)


def buckets(pairs):
    """Contiguous buckets of five minutes from (failed, succeeded) pairs."""
    return [
        {"start": (START + at * FIVE).isoformat(), "failed": failed, "succeeded": good, "other": 0}
        for at, (failed, good) in enumerate(pairs)
    ]


def drawn(dice, rates, tries):
    """Buckets drawn with these failure rates."""
    failed = [sum(dice.random() < share for _ in range(tries)) for share in rates]
    return buckets([(bad, tries - bad) for bad in failed])


def test_a_clear_burst_is_found_with_its_ends():
    """Twenty buckets of failures between quiet ones: begin and end to the bucket, strong evidence."""
    burst = find_burst(buckets([(0, 20)] * 50 + [(6, 14)] * 20 + [(0, 20)] * 30), 300)
    assert burst.start.earliest == START + 50 * FIVE
    assert burst.start.latest == START + 51 * FIVE
    assert burst.end.latest == START + 70 * FIVE
    assert burst.strength == "strong"
    assert (burst.inside.hits, burst.inside.tries) == (120, 400)
    assert (burst.before.hits, burst.before.tries) == (0, 1000)


def test_a_burst_that_goes_on_has_no_end():
    """Failures up to the last bucket: the log ended, not the burst."""
    burst = find_burst(buckets([(0, 20)] * 60 + [(5, 15)] * 20), 300)
    assert burst.end is None


def test_quiet_time_before_the_first_failure_widens_the_begin():
    """Without attempts before the first failure nobody can say when it began: the interval reaches back to the last success."""
    burst = find_burst(buckets([(0, 20)] * 40 + [(0, 0)] * 12 + [(10, 10)] * 8), 300)
    assert burst.start.earliest == START + 40 * FIVE
    assert burst.start.latest == START + 53 * FIVE


@pytest.mark.parametrize(("failed", "succeeded", "size"), [(2, 110, 300), (4, 30, 12), (8, 50, 40), (20, 400, 200)])
def test_no_burst_is_clearer_than_the_least_p(failed, succeeded, size):
    """All failures in one stretch without a success is the clearest that there can be."""
    quiet = [(0, succeeded // (size - 1) + (n < succeeded % (size - 1))) for n in range(size - 1)]
    burst = find_burst(buckets([*quiet, (failed, 0)]), 300)
    assert burst is not None
    assert burst.p == pytest.approx(least_p(failed, succeeded, size))


def test_too_few_failures_can_show_nothing():
    """Two among a hundred are never a clear beginning, thirty are."""
    assert least_p(2, 110, 300) == 1.0
    assert least_p(30, 110, 300) < 0.01
    assert least_p(5, 0, 1) == 1.0


def test_counts_without_successes_are_judged_as_counts():
    """A list of failures alone still shows a burst, as events per bucket."""
    burst = find_burst(buckets([(0, 0)] * 60 + [(3, 0)] * 6 + [(0, 0)] * 60), 300)
    assert burst.strength == "strong"
    assert burst.start.earliest == START + 60 * FIVE


@pytest.mark.parametrize("pairs", [[], [(0, 5)] * 20, [(3, 0)], [(2, 8)] * 40])
def test_no_burst_where_nothing_stands_out(pairs):
    """No failures, one bucket, or the same rate everywhere: nothing is claimed."""
    burst = find_burst(buckets(pairs), 300)
    assert burst is None or burst.strength == "none"


@pytest.mark.parametrize(("share", "size", "tries"), [(0.05, 60, 20), (0.01, 200, 5), (0.3, 40, 10)])
def test_false_alarms_by_simulation(share, size, tries):
    """A constant rate is called a burst in no more than 5 of 100 logs."""
    dice = random.Random(f"{share}{size}{tries}")
    alarms = sum(
        burst is not None and burst.p <= 0.05
        for burst in (find_burst(drawn(dice, [share] * size, tries), 300) for _ in range(150))
    )
    assert alarms <= 7


def test_begin_is_inside_its_interval_by_simulation():
    """The true begin and end lie in their intervals in at least 90 of 100 noisy logs, and the intervals stay short."""
    dice = random.Random(120021)
    held = ends = found = 0
    width = dt.timedelta(0)
    for _ in range(150):
        begin = dice.randrange(20, 60)
        log = drawn(dice, [0.02] * begin + [0.25] * 15 + [0.02] * (85 - begin), 15)
        burst = find_burst(log, 300)
        if burst is None or burst.strength == "none" or burst.end is None:
            continue
        found += 1
        held += burst.start.earliest <= START + begin * FIVE < burst.start.latest
        ends += burst.end.earliest < START + (begin + 15) * FIVE <= burst.end.latest
        width += burst.start.latest - burst.start.earliest
    assert found >= 145
    assert held >= 0.9 * found
    assert ends >= 0.9 * found
    assert width / found < dt.timedelta(minutes=30)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=40))
def test_any_counts_give_an_ordered_burst(pairs):
    """Whatever the counts, begin comes before end and p is a probability."""
    burst = find_burst(buckets(pairs), 300)
    if burst:
        assert 0 <= burst.p <= 1
        assert burst.start.earliest < burst.start.latest
        assert burst.end is None or burst.start.earliest < burst.end.latest
        assert burst.inside.hits + burst.outside.hits == sum(bad for bad, _ in pairs)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=30), st.integers(1, 50))
def test_a_shift_in_time_shifts_the_burst(pairs, days):
    """The clock plays no part."""
    first = buckets(pairs)
    moved = [
        {**each, "start": (dt.datetime.fromisoformat(each["start"]) + dt.timedelta(days=days)).isoformat()}
        for each in first
    ]
    one, other = find_burst(first, 300), find_burst(moved, 300)
    assert (one is None) == (other is None)
    if one and other:
        assert other.start.earliest - one.start.earliest == dt.timedelta(days=days)
        assert other.p == one.p


def test_two_thousand_buckets_are_quick():
    """The largest history that is kept needs one pass per round, not one per pair of buckets."""
    log = drawn(random.Random(1), [0.01] * 1900 + [0.05] * 100, 20)
    begin = dt.datetime.now(dt.UTC)
    assert find_burst(log, 300) is not None
    assert dt.datetime.now(dt.UTC) - begin < dt.timedelta(seconds=2)


def test_strength_in_words():
    """The bounds of the words."""
    assert [strength_of(p) for p in (0.001, 0.01, 0.05, 0.06)] == ["strong", "clear", "weak", "none"]


FREIREICH = [(6, 0), (6, 0), (6, 0), (6, 1), (7, 0), (9, 1), (10, 0), (10, 1), (11, 1), (13, 0), (16, 0), (17, 1), (19, 1), (20, 1), (22, 0), (23, 0),
             (25, 1), (32, 1), (32, 1), (34, 1), (35, 1)]  # fmt: skip


@pytest.mark.parametrize(
    ("within", "surviving"), [(6, 0.857), (7, 0.807), (10, 0.753), (13, 0.690), (16, 0.627), (22, 0.538), (23, 0.448)]
)
def test_kaplan_meier_published(within, surviving):
    """The 6-MP arm of Freireich et al. 1963, as in every textbook on survival."""
    found = recovery([Spell(minutes, not censored) for minutes, censored in FREIREICH], within)
    assert 1 - found.share == pytest.approx(surviving, abs=5e-4)
    assert found.median == 23


def test_kaplan_meier_interval_published():
    """Log-log interval of the same data at 10 weeks: 0.503 to 0.889."""
    found = recovery([Spell(minutes, not censored) for minutes, censored in FREIREICH], 10)
    assert (1 - found.high, 1 - found.low) == pytest.approx((0.503, 0.889), abs=1e-3)


def test_those_who_gave_up_are_unknown_not_failed():
    """Three recover at once, seven never tried again: all who were followed recovered, and that is not much."""
    end = START + dt.timedelta(hours=5)
    records = [
        {
            "user": str(n),
            "first_failure": START.isoformat(),
            "first_success": (START + FIVE).isoformat() if n < 3 else None,
            "tries": 1 + (n < 3),
        }
        for n in range(10)
    ]
    found = recovery(spells(records, end))
    assert (found.share, found.people, found.recovered, found.observed) == (1.0, 10, 3, 3)
    assert found.low < 0.5


def test_those_who_kept_trying_until_the_end_count_against():
    """Many tries without success, to the end of the log: followed, and not recovered."""
    end = START + dt.timedelta(hours=5)
    records = [
        {"user": str(n), "first_failure": START.isoformat(), "first_success": None, "tries": 4} for n in range(5)
    ]
    found = recovery(spells(records, end))
    assert found.share == 0
    assert 0.3 < found.high < 0.6


def test_the_log_ends_before_a_quarter_of_an_hour():
    """Failures in the last minutes of the log, less the time by which entries arrive late, say nothing."""
    record = {"user": "a", "first_failure": START.isoformat(), "first_success": None, "tries": 3}
    assert recovery(spells([record], START + FIVE, latency=FIVE)) is None
    assert recovery([]) is None


@given(st.lists(st.builds(Spell, st.floats(0, 60), st.booleans()), max_size=30))
def test_recovery_is_a_share_with_limits(found):
    """Share and limits are ordered and between 0 and 1."""
    result = recovery(found)
    if result:
        assert 0 <= result.low <= result.share + 1e-9
        assert result.share <= result.high + 1e-9
        assert result.high <= 1


@given(st.lists(st.floats(0, 60), min_size=1, max_size=30))
def test_without_censoring_it_is_the_plain_share(minutes):
    """Everybody recovered: the curve is what counting gives."""
    found = recovery([Spell(each, recovered=True) for each in minutes])
    assert found.share == pytest.approx(sum(each <= 15 for each in minutes) / len(minutes))


def rows(attribute, *values):
    return [
        {
            "attribute": attribute,
            "value": name,
            "failed": bad,
            "succeeded": good,
            "failed_users": bad,
            "succeeded_users": good,
        }
        for name, bad, good in values
    ]


def test_contrast_finds_what_failures_share():
    """One domain of three holds all failures; the application, alike in both, is not named."""
    found = shared(
        rows("domain", ("a.example", 12, 100), ("b.example", 0, 500), ("c.example", 0, 400))
        + rows("app", ("x", 6, 500), ("y", 6, 500))
    )
    assert [(each.attribute, each.value) for each in found] == [("domain", "a.example")]
    assert found[0].lift == pytest.approx(10, rel=0.1)
    assert found[0].covers.share == 1


def test_contrast_needs_support():
    """Two failures are no pattern, however rare the value is elsewhere."""
    assert contrasts(rows("ip", ("192.0.2.1", 2, 0), ("192.0.2.2", 1, 900))) == []


def test_contrast_counts_users_when_asked():
    """Fifty retries of one person are one user."""
    row = {"attribute": "app", "value": "x", "failed": 50, "succeeded": 10, "failed_users": 1, "succeeded_users": 10}
    other = {"attribute": "app", "value": "y", "failed": 5, "succeeded": 900, "failed_users": 5, "succeeded_users": 90}
    assert shared([row, other])
    assert not shared([row, other], unit="users", support=1)


def test_contrast_takes_the_totals_it_is_given():
    """A value that most rows lack is compared with all attempts, not with those that have it."""
    found = contrasts(rows("device_os", ("Linux", 5, 5)), totals={"failed": 10, "succeeded": 1000})
    assert (found[0].covers.tries, found[0].elsewhere.tries) == (10, 1000)


def test_false_discoveries_published():
    """The fifteen p-values of Benjamini & Hochberg 1995: four are rejected at 0.05."""
    ps = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1.0,
    ]
    adjusted = false_discovery(ps)
    assert sum(q <= 0.05 for q in adjusted) == 4
    assert adjusted[0] == pytest.approx(0.0015)


@given(st.lists(st.floats(0, 1), max_size=30))
def test_false_discovery_keeps_order_and_never_lowers(ps):
    """A corrected p is never smaller, and the order of the values stays."""
    adjusted = false_discovery(ps)
    assert all(q >= p and q <= 1 for p, q in zip(ps, adjusted, strict=True))
    order = sorted(range(len(ps)), key=lambda at: ps[at])
    assert all(adjusted[one] <= adjusted[other] for one, other in itertools.pairwise(order))


def test_no_pattern_in_noise_by_simulation():
    """Failures spread at random over eighty values: a false pattern in no more than 1 of 10 logs."""
    dice = random.Random(7)
    wrong = 0
    for _ in range(60):
        values = [(str(n), sum(dice.random() < 0.03 for _ in range(60)), 60) for n in range(80)]
        wrong += bool(shared(rows("ip", *values), support=1))
    assert wrong <= 6


QUIET, BAD = [(0, 20)] * 40, [(8, 12)] * 6


def seen(pairs):
    return find_burst(buckets(pairs), 300)


def healed(minutes=5, people=20):
    return recovery([Spell(minutes, recovered=True)] * people)


def test_transient():
    """One burst, over, and people get through within minutes."""
    assert classify(48, 1600, burst=seen(QUIET + BAD + QUIET), recovered=healed()).name == "transient"


def test_recovered_after_change():
    """The same burst, and a change within it: that is not called transient."""
    change = START + 44 * FIVE
    found = classify(48, 1600, burst=seen(QUIET + BAD + QUIET), recovered=healed(), changes=[change])
    assert found.name == "recovered-after-change"
    assert classify(48, 1600, burst=seen(QUIET + BAD + QUIET), recovered=healed(), changes=[START]).name == "transient"


def test_consistent_in_one_stratum():
    """One domain fails always and nothing else does."""
    found = classify(30, 900, strata=shared(rows("domain", ("a.example", 30, 0), ("b.example", 0, 900))))
    assert found.name == "consistent"
    assert "a.example" in found.because


def test_consistent_everywhere():
    """Next to everything fails."""
    assert classify(97, 3).name == "consistent"


def test_intermittent():
    """Failures now and then, without end and without a group that always fails."""
    found = classify(30, 900, burst=seen([(1, 30)] * 30), strata=shared(rows("app", ("x", 15, 450), ("y", 15, 450))))
    assert found.name == "intermittent"


@pytest.mark.parametrize(("failed", "succeeded"), [(0, 100), (2, 500), (40, 0)])
def test_insufficient_data(failed, succeeded):
    """Two failures are an anecdote; failures without successes are a count."""
    assert classify(failed, succeeded).name == "insufficient-data"
