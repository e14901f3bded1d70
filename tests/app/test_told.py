"""What a pasted text says of whom and when, and what a diagnosis takes from it."""

import datetime as dt
import json

import pytest

from faultbook.app import Faultbook
from faultbook.app.told import told
from faultbook.evidence import Occurrence

ERROR = "AADSTS120021: PartnerServiceSsprInternalServiceError\n"
ID = "66666666-7777-4888-9999-000000000000"
NOTHING = Occurrence(id="", code="AADSTS120021")
DETAILS = f"""Date\t3/2/2026, 9:14:09 AM
Correlation ID\t{ID}
Sign-in error code\t120021
Failure reason\tOther.
User\tKim Demo
Username\tkim@contoso.example
User ID\t11111111-2222-4333-8444-555555555555
Application ID\t00000009-0000-0000-c000-000000000000
"""
AT = dt.datetime(2026, 3, 2, 8, 14, 9, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "printed",
    [
        "Time: Mon Mar 02 2026 08:14:09 GMT+0000 (Coordinated Universal Time)",
        "Time: Mon Mar 02 2026 09:14:09 GMT+0100 (Central European Standard Time)",
        "(Mon, 02 Mar 2026 08:14:09 GMT)",
        "at 2 Mar 2026 08:14:09 UTC",
    ],
)
def test_a_time_as_a_browser_spells_it_is_understood(printed):
    """Power BI prints it so; the offset is part of it."""
    said = told(ERROR + printed, NOTHING)
    assert (said.at, said.zoned) == (AT, True)


@pytest.mark.parametrize("printed", ["", "Mon Mar 99 2026 08:14:09 GMT+0000", "Mon Xyz 02 2026 08:14:09 GMT+9999"])
def test_what_is_no_time_is_none(printed):
    """Nothing is made up."""
    assert told(ERROR + printed, NOTHING).at is None


def test_the_details_of_a_sign_in_name_the_user_and_the_application():
    """As they are copied from the portal; its time is local and says no zone."""
    said = told(DETAILS, NOTHING)
    assert said.user == "kim@contoso.example"
    assert said.user_id == "11111111-2222-4333-8444-555555555555"
    assert said.app_id == "00000009-0000-0000-c000-000000000000"
    assert not said.zoned


@pytest.mark.parametrize(
    "text",
    [
        "AADSTS7000222: The provided client secret keys for app '{}' are expired.",
        "AADSTS700016: Application with identifier '{}' was not found in the directory.",
        "AADSTS65001: … has not consented to use the application with ID '{}' named 'Contoso Reports'.",
        "AADSTS50105: … has configured the application Contoso Ledger ('{}') to block users.",
        '"appId": "{}"', "client_id={}", "Client application ID: {}",
    ],
)  # fmt: skip
def test_the_application_is_found_however_a_message_names_it(text):
    """Without it nothing of the application can be asked."""
    app = "898f7880-8f52-450b-8581-8cb5da59fd85"
    assert told(text.format(app), NOTHING).app_id == app


def test_other_ids_are_not_an_application():
    """A message is full of GUIDs."""
    ids = "Correlation ID: {0}\nTrace ID: {0}\nTenant: {0}\nthe user object '{0}'".format(
        "898f7880-8f52-450b-8581-8cb5da59fd85"
    )
    assert told(ids, NOTHING).app_id is None


def test_of_several_addresses_the_labelled_one_counts_and_else_none():
    """An address may be that of the help desk."""
    assert told("User: kim@contoso.example, ask help@contoso.example", NOTHING).user == "kim@contoso.example"
    assert told("kim@contoso.example wrote to help@contoso.example", NOTHING).user is None
    assert told("kim@contoso.example cannot sign in", NOTHING).user == "kim@contoso.example"


def test_power_bi_in_the_text_is_what_was_asked_for():
    """The application's own id is not said, the resource is."""
    assert told("Power BI: " + ERROR, NOTHING).resource_id == "00000009-0000-0000-c000-000000000000"
    assert told(ERROR, NOTHING).resource_id is None


def sign_in(number, at, user, code=120021):
    return {
        "id": f"00000000-0000-4000-8000-{number:012d}", "createdDateTime": at, "userPrincipalName": user, "appId": "x", "appDisplayName": "Portal",
        "correlationId": f"30000000-0000-4000-8000-{number:012d}", "clientAppUsed": "Browser", "status": {"errorCode": code},
    }  # fmt: skip


@pytest.fixture
def exported(tmp_path):
    def write(*rows):
        (tmp_path / "signIns.json").write_text(json.dumps(rows), encoding="utf-8")
        return tmp_path

    return write


def test_the_pasted_text_names_the_user_where_no_log_does(tmp_path):
    """Rights can be judged without a single sign-in."""
    assert Faultbook().diagnose(DETAILS, [tmp_path]).subject.user == "kim@contoso.example"


def test_the_portals_date_is_taken_where_no_log_says_better(tmp_path):
    """It may be local: an attempt found by its ids would be believed before it."""
    assert Faultbook().diagnose(DETAILS, [tmp_path]).subject.at == dt.datetime(2026, 3, 2, 9, 14, 9, tzinfo=dt.UTC)


def test_the_only_person_in_the_evidence_is_the_affected_one(tmp_path):
    """Without a sign-in nobody else can be meant; two are too many."""
    user = {"id": "1", "userPrincipalName": "Kim@contoso.example", "onPremisesSyncEnabled": True}
    (tmp_path / "users.json").write_text(json.dumps({"value": [user]}), encoding="utf-8")
    found = Faultbook().diagnose(ERROR, [tmp_path]).subject
    assert (found.user, found.domain) == ("kim@contoso.example", "contoso.example")
    (tmp_path / "users.json").write_text(
        json.dumps({"value": [user, {**user, "userPrincipalName": "lee@contoso.example"}]}), encoding="utf-8"
    )
    assert Faultbook().diagnose(ERROR, [tmp_path]).subject.user is None


@pytest.mark.parametrize(("others", "domain"), [([], "fabrikam.example"), (["contoso.example"], None)])
def test_the_only_domain_in_the_evidence_is_the_affected_one(tmp_path, others, domain):
    """The initial domain does not count."""
    rows = [
        {"id": name, "authenticationType": "Federated", "isVerified": True, "isInitial": False}
        for name in ["fabrikam.example", *others]
    ]
    rows.append(
        {"id": "fabrikamtenant.example", "authenticationType": "Managed", "isVerified": True, "isInitial": True}
    )
    (tmp_path / "domains.json").write_text(json.dumps({"value": rows}), encoding="utf-8")
    assert Faultbook().diagnose(ERROR, [tmp_path]).subject.domain == domain


def test_a_time_without_zone_yields_to_that_of_the_attempt(exported):
    """The attempt is found by its ids, and a log of Entra is in UTC."""
    rows = sign_in(1, "2026-03-02T08:14:09Z", "kim@contoso.example")
    text = f"{ERROR}Correlation ID: {rows['correlationId']}\nTimestamp: 3/2/2026 10:14:09 AM"
    assert Faultbook().diagnose(text, [exported(rows)]).subject.at == AT


def test_an_error_that_is_merely_named_in_a_sentence_is_diagnosed(exported):
    """Who asks about a sentence with one code means that code; the latest failure stands for it."""
    rows = [sign_in(n, f"2026-03-02T08:{n:02d}:09Z", f"u{n}@contoso.example") for n in (1, 14)]
    found = Faultbook().diagnose("We get AADSTS120021 when we sign in.", [exported(*rows)])
    assert found.entry.code == "AADSTS120021"
    assert (found.subject.at, found.subject.user, found.subject.domain) == (AT, None, "contoso.example")
