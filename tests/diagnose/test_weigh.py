"""Weighing: the numbers of the design, and the properties that must hold for every entry."""

import math
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faultbook.diagnose.weigh import SOMETHING_ELSE, entropy, key_of, questions, weigh, weight_of
from faultbook.evidence import Finding
from faultbook.model import Test

from .conftest import make_cause, make_entry


class Facts(NamedTuple):
    otherwise: str
    family: str
    names: bool


WORDS = {"always": 0.95, "usually": 0.80, "often": 0.50, "sometimes": 0.25, "rarely": 0.08, "hardly-ever": 0.02}
PROBES = {f"p.{n}": Facts(word, f"f{n // 2}", n % 3 == 0) for n, word in enumerate([*WORDS, *WORDS])}


def found(probe, answer, params=None):
    return {
        key_of(probe, params): Finding(
            probe=probe, answer=answer, sentence=f"{probe} says {answer}.", params=params or {}
        )
    }


def shares(weighing):
    return {one.cause: one.share for one in weighing.ranked}


def by_id(weighing, cause):
    return next(one for one in weighing.ranked if one.cause == cause)


tests = st.builds(
    lambda probe, yes, codes: Test(probe=probe, yes=yes, params={"codes": codes} if codes else {}),
    st.sampled_from(sorted(PROBES)),
    st.sampled_from(sorted(WORDS)),
    st.sampled_from([[], [], [1], [2]]),
)


@st.composite
def entries(draw):
    count = draw(st.integers(1, 6))
    portions = draw(st.lists(st.integers(1, 95 // count), min_size=count, max_size=count))
    causes = [
        make_cause(f"c{n}", share, *draw(st.lists(tests, max_size=6, unique_by=lambda t: key_of(t.probe, t.params))))
        for n, share in enumerate(portions)
    ]
    return make_entry(*causes)


@st.composite
def situations(draw):
    entry = draw(entries())
    findings = {}
    for key, test in questions(entry).items():
        answer = draw(st.sampled_from(["yes", "no", "unknown", "unasked"]))
        if answer != "unasked":
            findings[key] = Finding(probe=test.probe, answer=answer, sentence="x", params=dict(test.params))
    return entry, findings


@given(situations())
def test_shares_sum_to_one_and_none_reaches_an_end(situation):
    entry, findings = situation
    values = shares(weigh(entry, findings, PROBES, WORDS)).values()
    assert math.isclose(sum(values), 1.0, abs_tol=1e-7)
    assert all(0 < share < 1 for share in values)


@given(situations())
def test_unknown_changes_nothing(situation):
    entry, findings = situation
    known = {key: one for key, one in findings.items() if one.answer != "unknown"}
    assert shares(weigh(entry, findings, PROBES, WORDS)) == shares(weigh(entry, known, PROBES, WORDS))


@given(situations(), st.randoms(use_true_random=False))
def test_order_changes_nothing(situation, random):
    entry, findings = situation
    causes = [msgspec.structs.replace(c, tests=random.sample(c.tests, len(c.tests))) for c in entry.causes]
    random.shuffle(causes)
    mixed = list(findings.items())
    random.shuffle(mixed)
    other = msgspec.structs.replace(entry, causes=causes)
    assert shares(weigh(entry, findings, PROBES, WORDS)) == shares(weigh(other, dict(mixed), PROBES, WORDS))


@given(situations())
def test_renaming_changes_nothing(situation):
    entry, findings = situation
    causes = [
        msgspec.structs.replace(
            cause, id=f"z{cause.id}", tests=[msgspec.structs.replace(t, probe=f"q{t.probe}") for t in cause.tests]
        )
        for cause in reversed(entry.causes)
    ]
    renamed = {(f"q{k[0]}", k[1]): msgspec.structs.replace(f, probe=f"q{f.probe}") for k, f in findings.items()}
    probes = {f"q{name}": facts for name, facts in PROBES.items()}
    after = weigh(msgspec.structs.replace(entry, causes=causes), renamed, probes, WORDS)
    before = weigh(entry, findings, PROBES, WORDS)
    assert sorted(one.share for one in before.ranked) == sorted(one.share for one in after.ranked)
    assert before.verdict == after.verdict
    assert {f"z{one.cause}": one.word for one in before.ranked if one.basis} == {
        one.cause: one.word for one in after.ranked if one.basis
    }


@given(situations(), st.data())
def test_a_yes_never_lowers_its_own_cause(situation, data):
    entry, findings = situation
    owners = {}
    for cause in entry.causes:
        for test in cause.tests:
            owners.setdefault(key_of(test.probe, test.params), []).append(cause.id)
    lone = sorted(key for key, causes in owners.items() if len(causes) == 1)
    if not lone:
        return
    key = data.draw(st.sampled_from(lone))
    yes = findings | {key: Finding(probe=key[0], answer="yes", sentence="x")}
    before = shares(weigh(entry, findings, PROBES, WORDS))[owners[key][0]]
    assert shares(weigh(entry, yes, PROBES, WORDS))[owners[key][0]] >= before - 1e-9


@given(situations())
def test_of_a_family_only_the_strongest_counts(situation):
    entry, findings = situation
    for cause in weigh(entry, findings, PROBES, WORDS).ranked:
        families = {}
        for one in cause.findings:
            families.setdefault(one.family, []).append(one)
        for kin in families.values():
            counted = [one for one in kin if one.counted]
            known = [one for one in kin if one.answer != "unknown"]
            assert len(counted) == (1 if known else 0)
            assert all(abs(counted[0].weight) >= abs(one.weight) for one in known)


@given(situations())
def test_established_needs_a_yes_that_names_the_error(situation):
    entry, findings = situation
    for cause in weigh(entry, findings, PROBES, WORDS).ranked:
        naming = [f for f in cause.findings if f.counted and f.names and f.answer == "yes" and f.weight >= 10]
        assert cause.word != "established" or (naming and cause.share >= 0.90)
        assert not (naming and cause.share >= 0.90) or cause.word == "established"


@given(situations())
def test_the_printed_weights_add_up_to_the_printed_share(situation):
    entry, findings = situation
    ranked = weigh(entry, findings, PROBES, WORDS).ranked
    scores = {}
    for one in ranked:
        evidence = sum(f.weight for f in one.findings if f.counted)
        scores[one.cause] = one.share_before * 10 ** (max(min(evidence, 60), -60) / 10)
    whole = sum(scores.values())
    for one in ranked:
        assert math.isclose(one.share, scores[one.cause] / whole, rel_tol=1e-6)


@pytest.mark.parametrize(
    ("answer", "word", "otherwise", "weight"),
    [
        ("yes", "always", "hardly-ever", 16.8),
        ("no", "always", "hardly-ever", -12.9),
        ("yes", "always", "often", 2.8),
        ("no", "sometimes", "rarely", -0.9),
        ("unknown", "always", "hardly-ever", 0.0),
        ("yes", "rarely", "often", 0.0),
        ("no", "rarely", "often", 0.0),
    ],
)
def test_weights_are_those_of_the_words(answer, word, otherwise, weight):
    assert weight_of(answer, WORDS[word], WORDS[otherwise]) == weight


def test_the_example_of_the_design_is_reproduced():
    """Shares 15/10/20/5/40, synced users, no fresh fault at Microsoft: the numbers printed in the design's own table."""
    base = {
        "synced": Facts("often", "synced", False),
        "stale": Facts("rarely", "stale", False),
        "issue": Facts("rarely", "issue", False),
        "cloud": Facts("rarely", "cloud", False),
        "rights": Facts("hardly-ever", "rights", True),
        "setting": Facts("rarely", "setting", True),
    }
    entry = make_entry(
        make_cause("rights", 15, Test(probe="synced", yes="always"), Test(probe="rights", yes="always")),
        make_cause("off", 10, Test(probe="synced", yes="always"), Test(probe="setting", yes="always")),
        make_cause("agent", 20, Test(probe="synced", yes="always"), Test(probe="stale", yes="usually")),
        make_cause("policy", 5),
        make_cause("microsoft", 40, Test(probe="issue", yes="often"), Test(probe="cloud", yes="usually")),
    )
    findings = found("synced", "yes") | found("stale", "no") | found("issue", "no") | found("cloud", "no")
    weighing = weigh(entry, findings, base, WORDS)
    percent = {one.cause: round(100 * one.share) for one in weighing.ranked}
    assert percent == {"rights": 38, "off": 25, SOMETHING_ELSE: 13, "agent": 11, "policy": 7, "microsoft": 6}
    assert weighing.verdict == "undecided"
    settled = weigh(entry, findings | found("rights", "yes"), base, WORDS)
    assert settled.verdict in {"likely", "established"}
    assert settled.leading.cause == "rights"


def test_without_any_answer_the_shares_are_those_of_the_book():
    entry = make_entry(make_cause("a", 60, Test(probe="p.0", yes="always")), make_cause("b", 20))
    weighing = weigh(entry, found("p.0", "unknown"), PROBES, WORDS)
    assert weighing.verdict == "no-evidence"
    assert {one.cause: one.share for one in weighing.ranked} == pytest.approx({"a": 0.6, "b": 0.2, SOMETHING_ELSE: 0.2})


def test_a_cause_with_a_strong_no_and_little_share_is_ruled_out():
    probes = {"p": Facts("hardly-ever", "p", True), "q": Facts("hardly-ever", "q", True)}
    entry = make_entry(
        make_cause("a", 10, Test(probe="p", yes="always")), make_cause("b", 50, Test(probe="q", yes="always"))
    )
    weighing = weigh(entry, found("p", "no") | found("q", "yes"), probes, WORDS)
    assert by_id(weighing, "a").word == "ruled-out"
    assert by_id(weighing, "b").word == "established"
    assert weighing.verdict == "established"


def test_a_statistic_alone_never_establishes():
    probes = {"p": Facts("hardly-ever", "p", False)}
    weighing = weigh(make_entry(make_cause("a", 60, Test(probe="p", yes="always"))), found("p", "yes"), probes, WORDS)
    assert by_id(weighing, "a").share > 0.9
    assert weighing.verdict == "likely"


def test_a_family_that_disagrees_is_reported():
    probes = {"p": Facts("hardly-ever", "f", True), "q": Facts("hardly-ever", "f", True)}
    entry = make_entry(make_cause("a", 50, Test(probe="p", yes="always"), Test(probe="q", yes="usually")))
    weighing = weigh(entry, found("p", "yes") | found("q", "no"), probes, WORDS)
    (one,) = weighing.contradictions
    assert (one.cause, one.yes, one.no) == ("a", ("p",), ("q",))


def test_the_same_probe_with_other_parameters_is_another_question():
    probes = {"p": Facts("hardly-ever", "p", True)}
    entry = make_entry(
        make_cause("a", 40, Test(probe="p", yes="often", params={"codes": [1]})),
        make_cause("b", 40, Test(probe="p", yes="often", params={"codes": [2]})),
    )
    weighing = weigh(entry, found("p", "yes", {"codes": [2]}), probes, WORDS)
    assert weighing.leading.cause == "b"
    assert by_id(weighing, "a").findings[0].answer == "unknown"


def test_a_probe_that_this_version_lacks_is_unknown_and_says_so():
    weighing = weigh(make_entry(make_cause("a", 50, Test(probe="not.there", yes="always"))), {}, {}, WORDS)
    assert "cannot ask" in weighing.leading.findings[0].sentence


def test_entropy_is_in_bits():
    assert entropy([0.5, 0.5]) == pytest.approx(1.0)
    assert entropy([0.25] * 4) == pytest.approx(2.0)
