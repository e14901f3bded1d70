"""Scoring closed cases."""

import math

import pytest

from faultbook.diagnose.calibrate import Result, reliability, score
from faultbook.diagnose.cases import read_case, read_cases
from faultbook.diagnose.weigh import SOMETHING_ELSE
from faultbook.errors import BookError

TOML = """code = "AADSTS120021"
text = "AADSTS120021: it failed"
confirmed = "writeback-off"
expect = "likely"
note = "The setting was off."
"""


def result(name, confirmed, shares, verdict, expected="likely"):
    order = sorted(shares, key=lambda cause: -shares[cause])
    return Result(
        name=name, code="X", confirmed=confirmed, first=order[0], place=order.index(confirmed) + 1 if confirmed in shares else 0,
        share=shares.get(confirmed, 0.0), verdict=verdict, expected=expected, shares=shares,
    )  # fmt: skip


def test_scores_are_those_of_the_textbook():
    good = result("a", "x", {"x": 0.8, "y": 0.1, SOMETHING_ELSE: 0.1}, "likely")
    poor = result("b", "y", {"x": 0.5, "y": 0.25, SOMETHING_ELSE: 0.25}, "undecided")
    found = score([poor, good])
    assert (found.cases, found.top1, found.top3) == (2, 0.5, 1.0)
    assert found.log_loss == pytest.approx(-(math.log(0.8) + math.log(0.25)) / 2, abs=1e-6)
    assert found.brier == pytest.approx((0.2**2 + 0.1**2 + 0.1**2 + 0.5**2 + 0.75**2 + 0.25**2) / 2, abs=1e-6)
    assert found.wrong == ("b",)
    assert [one.name for one in found.results] == ["a", "b"]


def test_a_case_of_none_is_right_when_undecided_and_wrong_when_a_cause_is_named():
    shares = {"x": 0.7, SOMETHING_ELSE: 0.3}
    undecided = result("a", SOMETHING_ELSE, shares, "undecided", "undecided")
    named = result("b", SOMETHING_ELSE, shares, "likely", "undecided")
    assert score([undecided, named]).wrong == ("b",)
    assert score([undecided]).top1 == 0.0


def test_a_strong_verdict_for_the_wrong_cause_is_wrong_whatever_was_expected():
    assert score([result("a", "y", {"x": 0.95, "y": 0.05}, "established", "established")]).wrong == ("a",)


def test_more_than_likely_is_no_mistake_where_likely_was_expected():
    assert score([result("a", "x", {"x": 0.95, "y": 0.05}, "established", "likely")]).wrong == ()


def test_a_certain_mistake_does_not_make_the_score_infinite():
    assert math.isfinite(score([result("a", "z", {"x": 1.0}, "likely")]).log_loss)


def test_reliability_compares_what_was_promised_with_what_happened():
    rows = [{"x": 0.7, "y": 0.3}] * 10
    bins = reliability(rows, ["x"] * 7 + ["y"] * 3)
    assert [(one.count, one.promised, one.happened) for one in bins] == [(10, 0.3, 0.3), (10, 0.7, 0.7)]
    assert score([]).cases == 0


def test_cases_are_read_in_order_of_their_names(tmp_path):
    for name in ("b", "a"):
        (tmp_path / "cases" / name / "evidence").mkdir(parents=True)
        (tmp_path / "cases" / name / "case.toml").write_text(TOML)
    cases = read_cases(tmp_path)
    assert [case.name for case in cases] == ["a", "b"]
    assert cases[0].evidence == tmp_path / "cases/a/evidence"
    assert cases[0].confirmed == "writeback-off"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('code = "X"', "missing required field"),
        (TOML + "extra = 1\n", "unknown field"),
        ("=", "Invalid"),
        (TOML.replace("likely", "certain"), "Invalid enum"),
    ],
)
def test_a_broken_case_says_what_is_wrong(tmp_path, text, why):
    (tmp_path / "evidence").mkdir()
    (tmp_path / "case.toml").write_text(text)
    with pytest.raises(BookError, match="cannot be read") as raised:
        read_case(tmp_path)
    assert why in raised.value.why


def test_a_case_without_evidence_says_so(tmp_path):
    (tmp_path / "case.toml").write_text(TOML)
    with pytest.raises(BookError, match="no evidence"):
        read_case(tmp_path)
