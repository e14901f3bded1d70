"""The closed cases: with evidence for a cause that cause leads, and no distractor makes a wrong one likely."""

from pathlib import Path

import pytest

from faultbook.app import Faultbook
from faultbook.app.scoring import score_cases
from faultbook.diagnose.cases import read_cases
from faultbook.diagnose.verdict import diagnose
from faultbook.evidence import Facts
from faultbook.probes import all_probes

ROOT = Path(__file__).parents[2]
CASES = read_cases(ROOT / "book")
NAMED = {"likely", "established"}


@pytest.fixture(scope="module")
def book():
    return Faultbook()


def test_there_are_cases_for_every_cause_of_the_model_page_and_for_none(book):
    """At least thirty, and each of the six causes has several."""
    causes = {cause.id for cause in book.book.entry("AADSTS120021").causes}
    confirmed = [case.confirmed for case in CASES]
    assert len(CASES) >= 30
    assert {cause for cause in causes if confirmed.count(cause) >= 3} == causes
    assert confirmed.count("none") >= 8


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_case(book, case):
    """The confirmed cause comes first and is at least likely; where none is confirmed, nothing is likely and a next check is named."""
    found = book.diagnose(case.text, [case.evidence], user=case.user).diagnosis
    likely = [one.cause for one in found.ranked if one.word in NAMED]
    if case.confirmed == "none":
        assert likely == []
        assert found.verdict in {"undecided", "no-evidence"}
        assert found.next_checks
    else:
        assert found.ranked[0].cause == case.confirmed
        assert likely == [case.confirmed]


def test_the_score_of_the_closed_cases_does_not_fall(book):
    """Every case is as expected, and log loss and Brier score stay where they were measured."""
    score = score_cases(book, ROOT / "book")
    assert score.wrong == ()
    assert score.top1 == 1.0
    assert score.log_loss < 0.60
    assert score.brier < 0.31


def test_a_diagnosis_is_the_same_byte_for_byte(book):
    """Twice from the files, and once more from the facts in another order."""
    import msgspec

    case = next(case for case in CASES if case.name == "rights-dsacls")
    first = book.diagnose(case.text, [case.evidence])
    second = book.diagnose(case.text, [case.evidence])
    encoded = msgspec.json.encode(first.diagnosis)
    assert encoded == msgspec.json.encode(second.diagnosis)
    turned = diagnose(
        first.diagnosis.occurrence,
        first.entry,
        Facts(reversed(list(first.facts))),
        all_probes(),
        words=book.book.words,
        subject=first.subject,
        book=book.book.version,
    )
    assert encoded == msgspec.json.encode(turned)


def test_a_sealed_bundle_diagnoses_like_the_files(book, tmp_path):
    """Names are replaced in the bundle, and the ranking stays as it was."""
    case = next(case for case in CASES if case.name == "rights-inheritance-blocked")
    bundle = tmp_path / "bundle.zip"
    assert book.collect([case.evidence], bundle, "AADSTS120021") > 0
    assert b"kim@contoso.example" not in bundle.read_bytes()
    files = book.diagnose(case.text, [case.evidence]).diagnosis
    sealed = book.diagnose(case.text, [bundle]).diagnosis
    assert [(one.cause, one.share, one.word) for one in sealed.ranked] == [
        (one.cause, one.share, one.word) for one in files.ranked
    ]
