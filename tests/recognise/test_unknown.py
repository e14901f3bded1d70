"""Codes without an entry are answered honestly."""

import pytest

from faultbook.recognise import describe_unknown
from faultbook.recognise.unknown import CLASSES


def test_a_published_code_says_its_name_and_that_the_entry_is_missing(known):
    found = describe_unknown("aadsts120018", known)
    assert (found.code, found.status, found.name) == (
        "AADSTS120018",
        "known code, no entry yet",
        "PasswordChangePasswordDoesnotComplyFuzzyPolicy",
    )
    assert "no entry for it yet" in found.said[0]


def test_an_unpublished_code_names_its_neighbours_and_claims_nothing(known):
    found = describe_unknown("AADSTS120019", known, oauth_error="invalid_grant")
    assert found.status == "not a published code"
    assert [near.code for near in found.nearest] == ["AADSTS120018", "AADSTS120020", "AADSTS120021"]
    assert found.range.published == 15
    assert found.oauth_says == CLASSES["invalid_grant"]
    assert "proves nothing" in found.said[0]


def test_what_the_publisher_says_of_waiting_is_passed_on(known):
    assert any("does not help" in said for said in describe_unknown("AADSTS120008", known).said)
    assert any("waiting may help" in said for said in describe_unknown("SqlErrorNumber=40613", known).said)


@pytest.mark.parametrize("code", ["", "Zebra", "AADSTS", "12", "\x1b[31m", "AADSTS" + "9" * 300])
def test_rubbish_is_not_a_published_code(known, code):
    assert describe_unknown(code, known).status == "not a published code"
