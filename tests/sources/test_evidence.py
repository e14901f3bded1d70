"""A whole folder: what is gathered, what is reported, and what each code gets of it."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from faultbook.sources.evidence import Gathered, gather

ROOT = Path(__file__).resolve().parents[2]


def signin(number: int, code: int, at: str) -> dict[str, object]:
    """One sign-in as Graph publishes it."""
    return {
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "createdDateTime": at,
        "userPrincipalName": f"user{number % 3}@contoso.example",
        "userId": f"10000000-0000-4000-8000-{number % 3:012d}",
        "appId": "20000000-0000-4000-8000-000000000001",
        "appDisplayName": "Portal",
        "ipAddress": "192.0.2.1",
        "clientAppUsed": "Browser",
        "correlationId": f"30000000-0000-4000-8000-{number:012d}",
        "conditionalAccessStatus": "notApplied",
        "status": {"errorCode": code, "failureReason": "Other.", "additionalDetails": None},
    }


def audit(number: int, at: str) -> dict[str, object]:
    """One directory audit as Graph publishes it."""
    return {
        "id": f"Directory_{number}",
        "activityDateTime": at,
        "activityDisplayName": "Update user",
        "category": "UserManagement",
        "correlationId": f"40000000-0000-4000-8000-{number:012d}",
        "loggedByService": "Core Directory",
        "operationType": "Update",
        "result": "success",
        "resultReason": "",
        "initiatedBy": {"user": {"id": "1", "userPrincipalName": "admin@contoso.example"}},
        "targetResources": [],
        "additionalDetails": [],
    }


SIGNINS = [signin(number, 120021 if number % 2 else 0, f"2026-03-02T08:{number:02d}:00Z") for number in range(20)]


def test_sign_ins_are_read_for_the_code_that_is_asked_about(folder: Callable[..., Gathered]) -> None:
    """In a zip too; the reports are complete with and without a code."""
    gathered = folder({"signIns.json": json.dumps({"value": SIGNINS})})
    assert [(report.kind, report.rows) for report in gathered.reports] == [("signins.history", 20)]
    history = gathered.facts_for("AADSTS120021").need("signins.history")[0]
    assert (history.target, history.value["failed"], history.value["succeeded"]) == ("120021", 10, 10)
    assert gathered.facts_for("AADSTS50126").need("signins.history")[0].value["failed"] == 0
    assert gathered.reports[0].window is not None


def test_a_code_that_no_sign_in_carries_still_gets_the_counts(folder: Callable[..., Gathered]) -> None:
    """A refresh error is asked about beside sign-ins."""
    gathered = folder({"signIns.json": json.dumps({"value": SIGNINS})})
    history = gathered.facts_for("DM_GWPipeline_Client_GatewayUnreachable").need("signins.history")[0]
    assert (history.target, history.value["attempts"]) == ("", 20)


def test_audits_of_several_files_are_one_fact(folder: Callable[..., Gathered]) -> None:
    """Each audit once, oldest first, with a gap where no file covers the time."""
    first = [audit(1, "2026-03-02T08:00:00Z"), audit(2, "2026-03-02T09:00:00Z")]
    second = [audit(2, "2026-03-02T09:00:00Z"), audit(3, "2026-03-02T10:00:00Z")]
    third = [audit(4, "2026-03-02T20:00:00Z"), audit(5, "2026-03-02T21:00:00Z")]
    gathered = folder(
        {f"{name}.json": json.dumps({"value": rows}) for name, rows in (("a", third), ("b", first), ("c", second))}
    )
    assert len(gathered.facts) == 1
    assert all(report.format for report in gathered.reports)
    fact = gathered.facts[0]
    assert [row["id"] for row in fact.value] == [f"Directory_{number}" for number in range(1, 6)]
    assert [(gap.start.hour, gap.end.hour) for gap in fact.gaps] == [(10, 20)]
    assert fact.window is not None
    assert (fact.window.start.hour, fact.window.end.hour) == (8, 21)


def test_the_same_file_twice_counts_once(folder: Callable[..., Gathered]) -> None:
    """Evidence does not grow by copying; the second copy is named."""
    domains = json.dumps({"value": [{"id": "contoso.example", "authenticationType": "Managed", "isVerified": True}]})
    gathered = folder({"a.json": domains, "b.json": domains})
    assert len(gathered.facts) == 1
    assert gathered.reports[1].problems == ("The same content is in evidence/a.json; it counts once.",)


def test_gathering_is_the_same_every_time(folder: Callable[..., Gathered], tmp_path: Path) -> None:
    """Facts and reports, hash for hash."""
    out = io.StringIO()
    csv.writer(out).writerows([["userPrincipalName", "id"], ["kim@contoso.example", "1"]])
    first = folder(
        {
            "users.csv": out.getvalue(),
            "signIns.json": json.dumps(SIGNINS),
            "x/audits.json": json.dumps([audit(1, "2026-03-02T08:00:00Z")]),
        }
    )
    with gather([tmp_path / "evidence"]) as second:
        assert [fact.hash for fact in first.facts_for("AADSTS120021")] == [
            fact.hash for fact in second.facts_for("AADSTS120021")
        ]
        assert first.reports == second.reports


def test_every_file_of_the_closed_cases_is_known() -> None:
    """The shapes that the cases are written in are shapes that the readers know; only a note is foreign."""
    cases = ROOT / "book" / "cases"
    if not cases.exists():
        pytest.skip("there are no closed cases beside the tests")
    for case in sorted(cases.iterdir()):
        if not (case / "evidence").exists():
            continue
        with gather([case / "evidence"]) as gathered:
            for report in gathered.reports:
                assert report.kind or report.path.endswith("readme.txt"), (report.path, report.problems)
                assert not any(
                    "could not be read" in problem or "left out" in problem for problem in report.problems
                ), report


def test_one_object_over_several_lines_is_a_sign_in(folder: Callable[..., Gathered]) -> None:
    """As the portal and a console print a single record."""
    gathered = folder({"signIn.json": json.dumps(SIGNINS[1], indent=2)})
    assert gathered.facts_for("AADSTS120021").need("signins.history")[0].value["failed"] == 1


def test_one_audit_over_several_lines_is_an_audit(folder: Callable[..., Gathered]) -> None:
    """The same for audits."""
    gathered = folder({"audit.json": json.dumps(audit(1, "2026-03-02T08:00:00Z"), indent=2)})
    assert [fact.kind for fact in gathered.facts] == ["graph.directoryAudits"]


@pytest.mark.parametrize("before", [0, 100])
@pytest.mark.parametrize("wrap", ["lines", "records"])
@pytest.mark.parametrize("first", ["reports", "facts", "history"])
def test_a_diagnostic_setting_may_write_every_category_into_one_file(
    folder: Callable[..., Gathered], before: int, wrap: str, first: str
) -> None:
    """Sign-ins and audits are both read, however late in the file the first of them stands and whatever is asked for first."""

    def line(category: str, at: object, inner: dict[str, object]) -> dict[str, object]:
        return {"time": at, "category": category, "resultType": "0", "properties": inner}

    others = [line("ProvisioningLogs", "2026-03-02T07:00:00Z", {"id": str(n)}) for n in range(before)]
    audits = [line("AuditLogs", one["activityDateTime"], one) for one in (audit(1, "2026-03-02T08:00:00Z"),)]
    rows = [*others, *(line("SignInLogs", one["createdDateTime"], one) for one in SIGNINS), *audits]
    text = json.dumps({"records": rows}) if wrap == "records" else "\n".join(map(json.dumps, rows))
    gathered = folder({"PT1H.json": text})
    if first == "facts":
        assert [fact.kind for fact in gathered.facts] == ["graph.directoryAudits"]
    elif first == "history":
        assert gathered.facts_for("AADSTS120021").has("graph.directoryAudits")
    assert gathered.reports[0].kind == "signins.history, graph.directoryAudits"
    facts = gathered.facts_for("AADSTS120021")
    assert facts.need("signins.history")[0].value["attempts"] == 20
    assert len(facts.need("graph.directoryAudits")[0].value) == 1


def test_a_log_of_months_is_counted_in_long_steps(folder: Callable[..., Gathered]) -> None:
    """Exports put together may span far more than the thirty days that Entra keeps."""
    far = [signin(1, 120021, "2025-01-02T08:00:00Z"), signin(2, 0, "2026-03-02T08:00:00Z")]
    history = folder({"signIns.json": json.dumps(far)}).facts_for("AADSTS120021").need("signins.history")[0]
    assert (history.value["failed"], history.value["succeeded"]) == (1, 1)
    assert sum(bucket["failed"] for bucket in history.value["buckets"]) == 1
