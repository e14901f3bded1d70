"""A collection from an invented tenant: the same facts as from files, reasons for what is missing, and nothing asked twice."""

import datetime as dt
import json

import fake_tenant as fake
import pytest

from faultbook.sources.evidence import gather

SETTINGS = {"graph.domains", "graph.organization", "graph.onPremisesSynchronization", "graph.conditionalAccessPolicies"}


def test_facts_have_the_values_that_files_give(collect, tmp_path):
    """Live answers and exports of the same objects differ in provenance only."""
    tenant = fake.Tenant()
    _, live = collect(tenant, {*SETTINGS, "graph.users", "signins.history"})
    files = tmp_path / "files"
    files.mkdir()
    for path, (context, rows) in tenant.lists.items():
        if rows:
            answer = {"@odata.context": f"https://graph.microsoft.com/v1.0/$metadata#{context}", "value": rows}
            (files / f"{path.rpartition('/')[2]}.json").write_text(json.dumps(answer))
    with gather([files]) as gathered:
        exported = {(fact.kind, fact.target): fact for fact in gathered.facts_for("120021")}
    for key in [("graph.domains", ""), ("graph.organization", ""), ("graph.onPremisesSynchronization", "")]:
        assert live[key].value == exported[key].value
        assert live[key].by.startswith("Microsoft Graph v1.0: /")
        assert live[key].grant.endswith(".Read.All")
        assert live[key].read_at is not None
    one, other = live["signins.history", "120021"].value, exported["signins.history", "120021"].value
    assert one["failed"] == other["failed"] > 20
    assert one["failures"] == other["failures"]
    assert live["graph.users", ""].value[0]["userPrincipalName"] == fake.people.KIM.upn


def test_the_window_is_the_one_asked_about(collect):
    """A day back from the failure, to a few minutes before now: what is not in the log did not happen."""
    _, facts = collect(fake.Tenant(), {"signins.history"})
    window = facts["signins.history", "120021"].window
    assert window.start == dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC)
    assert dt.datetime(2026, 3, 2, 11, 55, tzinfo=dt.UTC) <= window.end <= dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
    assert facts["signins.history", "120021"].gaps == ()


@pytest.mark.parametrize(
    ("status", "code", "why"),
    [
        (403, "Authorization_RequestDenied", "not-permitted"),
        (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "not-licensed"),
        (404, "Request_ResourceNotFound", "not-found"),
        (429, "TooManyRequests", "throttled"),
        (500, "UnknownError", "source-failed"),
        (504, "UnknownError", "timed-out"),
    ],
)
def test_every_refusal_becomes_its_reason_and_costs_only_itself(collect, status, code, why):
    """One endpoint refuses for good; the others answer."""
    tenant = fake.Tenant()
    tenant.refuse["/domains"] = (status, code)
    _, facts = collect(tenant, SETTINGS)
    assert facts["graph.domains", ""].why_unknown == why
    assert facts["graph.domains", ""].value is None
    assert {key[0] for key, fact in facts.items() if fact.why_unknown is None} == SETTINGS - {"graph.domains"}


def test_delegated_only_is_told_from_a_missing_grant(collect):
    """An application that is refused what only a person may read is told so, with the role."""
    tenant = fake.Tenant()
    tenant.refuse["/directory/onPremisesSynchronization"] = (403, "Authorization_RequestDenied")
    _, facts = collect(tenant, SETTINGS)
    fact = facts["graph.onPremisesSynchronization", ""]
    assert fact.why_unknown == "delegated-only"
    assert "Hybrid Identity Administrator" in fact.detail


def test_a_refused_slice_is_a_gap_and_not_an_absence(collect):
    """Of three slices one stays throttled: its hours are a gap of the history."""
    tenant = fake.Tenant()
    real = tenant.answer

    def answer(method, url, headers):
        if "/auditLogs/signIns" in url and "2026-03-01T20" in url and "ge%202026-03-01T20" in url.replace("+", "%20"):
            return 429, {"retry-after": "100000"}, fake.error("TooManyRequests")
        return real(method, url, headers)

    tenant.answer = answer
    _, facts = collect(tenant, {"signins.history"})
    gaps = facts["signins.history", "120021"].gaps
    assert [(gap.start.hour, gap.end.hour) for gap in gaps] == [(20, 8)]
    assert "429" in gaps[0].why


def test_an_empty_log_is_an_answer(collect):
    """Nothing found in a window that was read is said as such, with the window."""
    tenant = fake.Tenant()
    tenant.lists["/auditLogs/signIns"] = ("auditLogs/signIns", [])
    _, facts = collect(tenant, {"signins.history", "graph.directoryAudits"})
    by_kind = {kind: fact for (kind, _), fact in facts.items()}
    assert by_kind["signins.history"].why_unknown == "not-found"
    assert by_kind["graph.directoryAudits"].why_unknown == "not-found"
    assert by_kind["signins.history"].window is not None


def test_pages_go_on_where_a_killed_run_stopped(collect, tmp_path):
    """The second run asks for no page and no list that the first has, and ends with the same facts."""
    whole = fake.Tenant(page=40)
    _, want = collect(whole, {"signins.history", "graph.domains"}, folder=tmp_path / "whole")
    for stop in range(1, len(whole.seen), 3):
        tenant = fake.Tenant(page=40)
        folder = tmp_path / f"part{stop}"
        real = tenant.answer

        def answer(method, url, headers, real=real, tenant=tenant, stop=stop):
            if len(tenant.seen) >= stop:
                raise KeyboardInterrupt
            return real(method, url, headers)

        tenant.answer = answer
        with pytest.raises(BaseException, match=r".*"):
            collect(tenant, {"signins.history", "graph.domains"}, folder=folder)
        again = fake.Tenant(page=40)
        _, got = collect(again, {"signins.history", "graph.domains"}, folder=folder)
        assert {key: fact.value for key, fact in got.items()} == {key: fact.value for key, fact in want.items()}
        assert (
            len(again.seen) <= len(whole.seen) - stop + 13
        )  # the run that was killed may have had twelve questions in the air


def test_other_questions_throw_an_old_folder_away(tmp_path):
    """A folder answers for the questions that it was made for."""
    from faultbook.sources.live.capture import Capture

    first = Capture(tmp_path / "c", "one", fake.ONSET)
    (first.answers / "x.json").write_text("{}")
    assert Capture(tmp_path / "c", "one", fake.ONSET + dt.timedelta(days=1)).began == fake.ONSET
    assert (tmp_path / "c/answers/x.json").exists()
    Capture(tmp_path / "c", "two", fake.ONSET)
    assert not (tmp_path / "c/answers/x.json").exists()


def test_a_token_that_a_server_echoes_is_nowhere(collect, tmp_path):
    """The tenant's refusals repeat the header that they got; the token is in no file, fact or record."""
    tenant = fake.Tenant()
    tenant.refuse["/domains"] = (403, "Authorization_RequestDenied")
    tenant.lists["/organization"][1][0]["note"] = f"Bearer {fake.TOKEN}"
    capture, facts = collect(tenant, SETTINGS)
    assert tenant.seen[0][3]["authorization"] == f"Bearer {fake.TOKEN}"
    written = b"".join(path.read_bytes() for path in capture.folder.rglob("*") if path.is_file())
    assert b"organization" in written
    assert fake.TOKEN.encode() not in written
    assert b"canary-token" not in written
    assert "canary-token" not in repr(facts)


def test_beta_is_asked_only_where_v1_knows_no_such_failure(collect, tmp_path):
    """Refreshes fail without a person: only beta lists their sign-ins."""
    tenant = fake.Tenant()
    collect(tenant, {"signins.history"})
    assert not any(path.startswith("/beta") for _, path, *_ in tenant.seen)
    tenant = fake.Tenant()
    tenant.lists["/auditLogs/signIns"] = (
        "auditLogs/signIns",
        [row for row in fake.day() if row["status"]["errorCode"] != fake.CODE],
    )

    collect(tenant, {"signins.history"}, folder=tmp_path / "other")
    assert any(path.startswith("/beta/auditLogs") for _, path, *_ in tenant.seen)
