"""Objects of Graph as PowerShell's cmdlets print or save them, and the table that Get-WinEvent prints."""

from collections.abc import Callable
from typing import Any

import pytest

PRINTED = {
    "list": "\nId                 : contoso.example\nAuthenticationType : Managed\nIsVerified         : True\n\n"
    "Id                 : fabrikam.example\nAuthenticationType : Federated\nIsVerified         : True\n",
    "table": "\nId               AuthenticationType IsVerified\n--               ------------------ ----------\n"
    "contoso.example  Managed            True\nfabrikam.example Federated          True\n",
    "csv": '"Id","AuthenticationType","IsVerified"\r\n"contoso.example","Managed","True"\r\n"fabrikam.example","Federated","True"\r\n',
}
ISSUE = """
Classification       : incident
EndDateTime          :
Feature              : SSPR
FeatureGroup         : SSPR
Id                   : AD1
ImpactDescription    : Users may see an error while they change their password, on the page that
                       follows the sign-in.
IsResolved           : False
LastModifiedDateTime : 3/2/2026 9:00:00 AM
Service              : Microsoft Entra
StartDateTime        : 3/2/2026 7:40:00 AM
Status               : serviceDegradation
Title                : Users may be unable to reset passwords
"""
GRID = """

   ProviderName: PasswordResetService

TimeCreated                     Id LevelDisplayName Message
-----------                     -- ---------------- -------
3/2/2026 8:10:00 AM          31019 Information      Heart beat. Namespace: ...
3/2/2026 8:12:31 AM          33004 Error            TrackingId: 1, ADPermiss...


   ProviderName: ADSync

TimeCreated                     Id LevelDisplayName Message
-----------                     -- ---------------- -------
3/2/2026 8:12:30 AM           6329 Error            BAIL: MMS(3380): admaexp...
"""


@pytest.mark.parametrize("form", PRINTED)
def test_domains_are_read_as_they_are_printed(read: Callable[..., Any], form: str) -> None:
    """``Get-MgDomain`` through Format-List, Format-Table and Export-Csv."""
    facts, report = read(PRINTED[form])
    assert [fact.kind for fact in facts] == ["graph.domains"]
    assert facts[0].value == [
        {"id": "contoso.example", "authenticationType": "Managed", "isVerified": True},
        {"id": "fabrikam.example", "authenticationType": "Federated", "isVerified": True},
    ]
    assert report.format == ("PowerShell CSV" if form == "csv" else "PowerShell text")


def test_an_issue_has_its_times_in_utc_and_its_sentences_whole(read: Callable[..., Any]) -> None:
    """Graph's cmdlets print the time that Graph gave, in the format of the machine."""
    facts, _ = read(ISSUE)
    (issue,) = facts[0].value
    assert (facts[0].kind, issue["startDateTime"], issue["endDateTime"]) == (
        "graph.serviceHealthIssues",
        "2026-03-02T07:40:00Z",
        None,
    )
    assert issue["impactDescription"].endswith("on the page that follows the sign-in.")


def test_a_certificate_that_the_console_broke_is_whole_again(read: Callable[..., Any]) -> None:
    """Over as many lines as it takes."""
    text = "IssuerUri          : http://sts.contoso.example/adfs/services/trust\nSigningCertificate : MIIC\n                     abcd\nPassiveSignInUri   : https://sts.contoso.example/adfs/ls/\n"
    facts, _ = read(text)
    assert facts[0].kind == "graph.federationConfiguration"
    assert facts[0].value[0]["signingCertificate"] == "MIICabcd"


def test_the_table_of_get_winevent_is_read_by_provider(read: Callable[..., Any]) -> None:
    """Its ids are set to the right, so the dashes below the header do not tell where a cell begins."""
    facts, report = read(GRID)
    assert report.format == "event table"
    assert [(event["time"], event["provider"], event["event_id"]) for fact in facts for event in fact.value] == [
        ("2026-03-02T08:10:00Z", "PasswordResetService", 31019),
        ("2026-03-02T08:12:30Z", "ADSync", 6329),
        ("2026-03-02T08:12:31Z", "PasswordResetService", 33004),
    ]
    assert any("no zone" in problem for problem in report.problems)


def test_a_text_that_only_mentions_a_property_is_none_of_them(read: Callable[..., Any]) -> None:
    """A sentence is no list."""
    assert read("The AuthenticationType of a domain says how it signs in.\n")[0] == ()
