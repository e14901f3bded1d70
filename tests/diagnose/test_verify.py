"""Asking again: what each pair of answers means, and what decides."""

import datetime as dt

import pytest

from faultbook.app import Faultbook
from faultbook.diagnose.verification import Asked
from faultbook.diagnose.verify import overall, turn
from tests_root import EXAMPLE, ROOT

BEFORE, MENDED = EXAMPLE / "evidence", EXAMPLE / "mended"


@pytest.fixture(scope="module")
def book():
    return Faultbook()


@pytest.fixture(scope="module")
def diagnosis(book):
    return book.diagnose((EXAMPLE / "error.txt").read_text(), [BEFORE]).diagnosis


@pytest.mark.parametrize(
    ("before", "now", "wanted", "turned"),
    [
        ("yes", "no", "no", "verified"),
        ("yes", "yes", "no", "unchanged"),
        ("no", "yes", "no", "regressed"),
        ("no", "no", "no", "verified"),
        ("unknown", "no", "no", "verified"),
        ("unknown", "yes", "no", "unchanged"),
        (None, "yes", "no", "unchanged"),
        ("no", "yes", "yes", "verified"),
        ("yes", "no", "yes", "regressed"),
        ("yes", "unknown", "no", "cannot-tell"),
    ],
)
def test_what_became_of_a_question(before, now, wanted, turned):
    """Every pair of answers."""
    assert turn(before, now, wanted) == turned


def asked(role, turned):
    return Asked(role=role, probe="p", question="?", wanted="no", now="no", sentence="", turned=turned)


@pytest.mark.parametrize(
    ("rows", "turned"),
    [
        ([], "cannot-tell"),
        ([("fix", "verified")], "verified"),
        ([("fix", "verified"), ("fix", "unchanged")], "verified"),
        ([("fix", "verified"), ("fix", "regressed")], "regressed"),
        ([("fix", "verified"), ("again", "unchanged")], "unchanged"),
        ([("fix", "verified"), ("again", "cannot-tell")], "verified"),
        ([("fix", "cannot-tell"), ("again", "verified")], "cannot-tell"),
        ([("fix", "unchanged"), ("again", "verified")], "unchanged"),
        ([("again", "verified")], "verified"),
        ([("finding", "verified"), ("finding", "verified")], "cannot-tell"),
        ([("fix", "verified"), ("finding", "unchanged")], "verified"),
    ],
)
def test_what_decides(rows, turned):
    """What proves a fix and whether it happened again; what only spoke for the cause does not."""
    assert overall(asked(*row) for row in rows) == turned


def by_probe(found):
    return {one.probe: one for one in found.verification.asked}


def test_the_mended_example_is_verified(book, diagnosis):
    """The right is there, nobody fails any more, and the watch that the fix names is told."""
    found = book.verify(diagnosis, [MENDED])
    rows = by_probe(found)
    assert found.verification.turned == "verified"
    assert rows["directory.writeback-rights-missing"].turned == "verified"
    assert rows["directory.writeback-rights-missing"].watch.minutes == 60
    assert "60 minutes" in rows["directory.writeback-rights-missing"].note
    assert rows["again"].now == "no"
    assert rows["hybrid.user-is-synced"].turned == "unchanged"


def test_the_same_evidence_is_unchanged(book, diagnosis):
    """What was wrong is wrong."""
    found = book.verify(diagnosis, [BEFORE])
    assert found.verification.turned == "unchanged"
    assert by_probe(found)["directory.writeback-rights-missing"].turned == "unchanged"


def test_without_an_answer_nobody_can_tell(book, diagnosis):
    """The missing file is named."""
    found = book.verify(diagnosis, [MENDED / "users.json"])
    row = by_probe(found)["directory.writeback-rights-missing"]
    assert found.verification.turned == "cannot-tell"
    assert row.turned == "cannot-tell"
    assert row.why_unknown == "not-connected"
    assert "dsacls" in row.hint


def test_logs_that_end_before_the_fix_prove_nothing(book, diagnosis):
    """A log is old where it ends before the fix was made; a state without a time still counts."""
    found = book.verify(diagnosis, [MENDED], since=dt.datetime(2026, 3, 4, tzinfo=dt.UTC))
    rows = by_probe(found)
    assert rows["again"].turned == "cannot-tell"
    assert rows["hybrid.permission-error-logged"].turned == "cannot-tell"
    assert rows["hybrid.permission-error-logged"].why_unknown == "too-old"
    assert rows["directory.writeback-rights-missing"].turned == "verified"


def test_a_log_has_to_last_as_long_as_the_fix_says(book, tmp_path):
    """Right so far is not proven."""
    case = ROOT / "book/cases/agent-stopped"
    text = (case / "case.toml").read_text().partition("'''\n")[2].rpartition("'''")[0]
    before = book.diagnose(text, [case / "evidence"]).diagnosis
    assert before.ranked[0].cause == "writeback-agent-down"
    fix = next(one for one in before.fixes if one.verify and one.verify.probe == "hybrid.heartbeat-missing")
    soon, late = (book.verify(before, [MENDED], since=dt.datetime(2026, 3, 3, 15, minute, tzinfo=dt.UTC)) for minute in (45, 10))  # fmt: skip
    first, second = by_probe(soon)["hybrid.heartbeat-missing"], by_probe(late)["hybrid.heartbeat-missing"]
    assert (first.turned, first.watch.watched, first.watch.minutes) == ("cannot-tell", 10, fix.verify.watch)
    assert "watched 10 of 15 minutes" in first.note
    assert (second.turned, second.watch.watched) == ("verified", 45)


def test_another_user_may_be_named(book, diagnosis):
    """A diagnosis with pseudonyms still can be verified, by whoever knows whom it concerns."""
    found = book.verify(diagnosis, [MENDED], user="Lee@contoso.example")
    assert all("kim@" not in one.sentence for one in found.verification.asked)
