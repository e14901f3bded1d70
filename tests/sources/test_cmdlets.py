"""Objects of Graph as PowerShell's cmdlets print or save them, and the table that Get-WinEvent prints."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faultbook.sources.evidence import gather

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


NAMES = st.from_regex(r"[a-z]{1,12}\.example", fullmatch=True)
DOMAINS = st.lists(
    st.tuples(NAMES, st.sampled_from(["Managed", "Federated"]), st.booleans()),
    min_size=1,
    max_size=6,
    unique_by=lambda one: one[0],
)


def printed(rows: list[tuple[str, str, bool]], form: str) -> str:
    """The rows as PowerShell writes them."""
    keys = ("Id", "AuthenticationType", "IsVerified")
    cells = [(one, two, str(three)) for one, two, three in rows]
    if form == "csv":
        return "\r\n".join(",".join(f'"{cell}"' for cell in row) for row in (keys, *cells)) + "\r\n"
    if form == "list":
        return (
            "\n\n".join("\n".join(f"{key:18} : {cell}" for key, cell in zip(keys, row, strict=True)) for row in cells)
            + "\n"
        )
    widths = [max(map(len, column)) for column in zip(keys, *cells, strict=True)]
    lines = [keys, tuple("-" * len(key) for key in keys), *cells]
    return (
        "\n"
        + "\n".join(" ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)) for row in lines)
        + "\n"
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DOMAINS, st.sampled_from(["list", "table", "csv"]))
def test_what_is_printed_is_read_back(tmp_path: Path, rows: list[tuple[str, str, bool]], form: str) -> None:
    """Whatever the names and however many."""
    path = tmp_path / "x"
    path.write_text(printed(rows, form))
    with gather([path]) as gathered:
        assert [fact.value for fact in gathered.facts] == [
            [{"id": one, "authenticationType": two, "isVerified": three} for one, two, three in rows]
        ]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(
            [
                "AuthenticationType",
                "StartDateTime",
                " : ",
                "\n",
                "\n\n",
                "  ",
                "--",
                " -- ",
                "Id",
                "x",
                "Microsoft.Graph.X",
                "\t",
                '"',
                ",",
                ISSUE,
                GRID,
            ]
        ),
        max_size=40,
    ).map("".join)
)
def test_any_mixture_of_their_parts_is_answered(tmp_path: Path, text: str) -> None:
    """Read or refused, with a reason; nothing raises."""
    path = tmp_path / "x"
    path.write_text(text)
    with gather([path]) as gathered:
        assert all(report.problems or report.rows for report in gathered.reports)
