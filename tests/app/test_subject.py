"""Whom and what a diagnosis is about, where the evidence alone says it."""

import datetime as dt
from typing import Any

import pytest

from faultbook.app.subject import subject_of
from faultbook.evidence import Fact, Facts, Occurrence

KIM, BO = "kim@contoso.example", "bo@contoso.example"
ERROR = Occurrence(id="1", code="DMTS_UserNotFoundinADGraphError")


def dataset(owner: str | None, target: str = "d1") -> Fact:
    return Fact(kind="powerbi.dataset", target=target, value={"id": target, "configuredBy": owner})


def users(*names: str) -> Fact:
    return Fact(kind="graph.users", value=[{"id": name, "userPrincipalName": name} for name in names])


def refreshes(*rows: dict[str, Any], target: str = "d1") -> Fact:
    return Fact(kind="powerbi.refreshes", target=target, value=list(rows))


FAILED = {"status": "Failed", "startTime": "2026-03-04T05:00:00Z", "endTime": "2026-03-04T05:00:09Z"}
EARLIER = {"status": "Failed", "startTime": "2026-03-03T05:00:00Z", "endTime": "2026-03-03T05:00:09Z"}
LATER = {"status": "Completed", "startTime": "2026-03-04T09:00:00Z", "endTime": "2026-03-04T09:06:00Z"}


@pytest.mark.parametrize(
    ("facts", "user"),
    [
        ([dataset(KIM)], KIM),
        ([dataset(KIM.upper()), users(BO)], KIM),
        ([dataset(None), users(BO)], BO),
        ([dataset(KIM), dataset(BO, "d2")], None),
    ],
)
def test_a_refresh_concerns_the_owner_of_the_one_dataset(facts: list[Fact], user: str | None) -> None:
    """It runs in that person's name; of two owners none is taken."""
    assert subject_of(Facts(facts), ERROR, ERROR.code, None, None).user == user


def test_whoever_is_named_wins_over_the_owner() -> None:
    """What was said is not overruled by what was found."""
    assert subject_of(Facts([dataset(KIM)]), ERROR, ERROR.code, BO, None).user == BO


@pytest.mark.parametrize(
    ("facts", "at"),
    [
        ([refreshes(LATER, FAILED, EARLIER)], "2026-03-04T05:00:09+00:00"),
        ([refreshes(LATER)], None),
        ([refreshes(FAILED), refreshes(EARLIER, target="d2")], None),
    ],
)
def test_without_a_clock_the_last_failed_refresh_is_meant(facts: list[Fact], at: str | None) -> None:
    """Of one dataset; of two it is not known which."""
    assert subject_of(Facts(facts), ERROR, ERROR.code, None, None).at == (dt.datetime.fromisoformat(at) if at else None)


@pytest.mark.parametrize(
    ("text", "at", "artefact"),
    [
        ("GET /datasets/D2/refreshes", None, "d2"),
        (ERROR.code, "2026-03-04T05:01:00+00:00", "d1"),
        (ERROR.code, "2026-03-04T09:05:00+00:00", None),
        (ERROR.code, "2026-03-03T05:00:00+00:00", None),
        (ERROR.code, None, None),
    ],
)
def test_of_several_datasets_the_one_that_failed_then_is_meant(text: str, at: str | None, artefact: str | None) -> None:
    """Or the one that the message names; where two failed at that moment, none."""
    held = Facts([refreshes(EARLIER, FAILED, LATER), refreshes(EARLIER, LATER, target="d2")])
    moment = dt.datetime.fromisoformat(at) if at else None
    assert subject_of(held, ERROR, text, None, moment).artefact == artefact


def test_the_only_dataset_needs_no_name() -> None:
    """Its file may be called anything."""
    assert subject_of(Facts([refreshes(FAILED)]), ERROR, ERROR.code, None, None).artefact is None


HIDDEN = "user07bf1452fa@domain-c1e370fffb.invalid"


@pytest.mark.parametrize(
    ("facts", "told", "user"),
    [
        ([users(HIDDEN, "userd14f3a80af@domain-c1e370fffb.invalid")], KIM, None),
        ([users(HIDDEN, "userd14f3a80af@domain-c1e370fffb.invalid")], HIDDEN, HIDDEN),
        ([users(BO)], KIM, KIM),
        ([], KIM, KIM),
    ],
)
def test_a_real_name_is_not_looked_for_among_pseudonyms(facts: list[Fact], told: str, user: str | None) -> None:
    """Where a sealed bundle hides people, the real name is in none of its facts, and that it is absent means nothing."""
    assert subject_of(Facts(facts), ERROR, ERROR.code, told, None).user == user


def test_the_attempt_of_the_message_says_under_which_pseudonym_somebody_is_hidden() -> None:
    """Ids stay what they are in a bundle, so the pasted error still leads to its row."""
    row = {"at": "2026-03-04T05:00:00Z", "user": HIDDEN, "correlation_id": "66666666-7777-4888-9999-000000050053"}
    history = Fact(kind="signins.history", target="50053", value={"code": 50053, "failures": [row]})
    error = Occurrence(id="1", code="AADSTS50053", correlation_id=row["correlation_id"])
    assert subject_of(Facts([history]), error, "AADSTS50053", KIM, None).user == HIDDEN
