"""Codes that are words: told where their family prints them, not wherever somebody writes the word."""

import io

import pytest

from faultbook.app import Faultbook


@pytest.fixture(scope="module")
def scan():
    return Faultbook().recogniser.scan


@pytest.mark.parametrize(
    "text",
    [
        "GET /api/orders 400 BadRequest",
        "The method returns BadRequest where the id is no number.",
        "class GatewayTimeout(Exception): ...",
        '{"error": "invalid_grant", "error_description": "Bad Request"}',
        "oauth2: cannot fetch token: 400 invalid_client",
    ],
)
def test_a_word_of_every_program_is_no_error_of_ours(scan, text):
    assert scan(text).codes == ()


def test_the_same_word_is_an_error_in_the_dress_of_its_family(scan):
    text = '{"error": {"code": "BadRequest", "pbi.error": {"code": "BadRequest", "details": []}}}'
    assert scan(text).codes == ("BadRequest",)


def test_a_telling_name_is_an_error_wherever_it_stands_before_a_message(scan):
    assert scan("PowerBINotAuthorizedException: The user may not do this.").codes == ("PowerBINotAuthorizedException",)


def test_a_class_of_oauth_has_a_page_and_stays_a_word_in_a_text(scan):
    assert Faultbook().answer("invalid_grant").entry is not None
    seen = scan("AADSTS50173: The grant has expired. error: invalid_grant")
    assert seen.codes == ("AADSTS50173",)


def test_a_warning_of_dbt_does_not_stand_before_the_failure_that_follows_it(scan):
    warned = '{"info": {"code": "D037", "level": "warn", "name": "MissingPlusPrefixDeprecation", "msg": "Missing"}}'
    failed = '{"info": {"code": "Z022", "level": "error", "name": "RunResultFailure", "msg": "Failure in test x"}}'
    assert scan(warned).primary.code == "dbt:D037"
    assert scan(f"{warned}\n{failed}").primary.code == "dbt:Z022"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("FtpFailedToReadFtpData: The file cannot be read.", ["FtpFailedToReadFtpData"]),
        ("x:FtpFailedToReadFtpData: The file cannot be read.", ["FtpFailedToReadFtpData"]),
        ("MyFtpFailedToReadFtpData: The file cannot be read.", []),
        ("FtpFailedToReadFtpDataAgain: The file cannot be read.", []),
        ("ADF:2200: The copy failed.", ["ADF:2200"]),
        ("ADF:22001: The copy failed.", []),
        ("UNSUPPORTED_FEATURE.TIME_TRAVEL: It is not there.", ["UNSUPPORTED_FEATURE.TIME_TRAVEL"]),
    ],
)
def test_a_name_is_told_where_it_stands_alone_in_a_text_as_in_a_stream(scan, text, codes):
    assert list(scan(text).codes) == codes
    found = Faultbook().recogniser.scan_stream(io.BytesIO(text.encode()))
    assert [one.code for one in found] == codes
