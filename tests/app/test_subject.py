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
