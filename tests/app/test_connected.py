"""Diagnoses over live systems: what a missing grant does to an answer, and that a file and a live source speak together."""

import datetime as dt
from pathlib import Path

import pytest

pytest.importorskip("httpx2", reason="the extra live is not installed")
pytest.importorskip("azure.identity", reason="the extra live is not installed")

from faultbook.app import Connected, Live
from tests_root import module_at

ROOT = Path(__file__).parents[2]
NAMED = {"likely", "established"}
ONSET = (dt.datetime.now(dt.UTC) - dt.timedelta(hours=5)).replace(minute=0, second=0, microsecond=0)


fake = module_at("fake_tenant", ROOT / "tests/sources/live/fake_tenant.py")
ERROR = f"AADSTS120021: x\nCorrelation ID: {fake.pasted(ONSET)['correlationId']}\nTimestamp: {(ONSET + dt.timedelta(minutes=14)):%Y-%m-%d %H:%M:%S}Z\n"


def tenant(*, writeback):
    import json

    made = fake.Tenant(onset=ONSET, base="https://graph.microsoft.com/v1.0")
    features = json.loads(fake.cloud.sync_features(writeback=writeback))
    made.lists["/directory/onPremisesSynchronization"] = (
        "directory/onPremisesSynchronization",
        features.get("value", [features]),
    )
    return made


@pytest.fixture
def diagnose(monkeypatch):
    """A diagnosis against an invented tenant, without a network and without waiting for its limits."""
    from faultbook.sources.live import collecting, connection, limits, tokens

    async def token(self, scope):
        self.delegated = True
        return fake.TOKEN

    async def at_once(self, path):
        pass

    monkeypatch.setattr(tokens.Tokens, "get", token)
    monkeypatch.setattr(tokens.Tokens, "prepare", lambda self: None)
    monkeypatch.setattr(limits.Limits, "wait", at_once)

    def run(one, paths=(), **live):
        monkeypatch.setattr(collecting, "client", lambda **_: connection.client(transport=fake.transport(one)))
        return Connected(Live(public=False, **live)).diagnose(ERROR, paths).diagnosis

    return run


def likely(found):
    return {one.cause for one in found.ranked if one.word in NAMED}


def test_with_every_grant_the_cause_is_named(diagnose):
    """Writeback is off, and the tenant says so itself."""
    found = diagnose(tenant(writeback=False))
    assert found.about.user == fake.people.KIM.upn
    assert len(likely(found)) == 1
    assert "switched off" in found.ranked[0].title


@pytest.mark.parametrize("path", sorted(tenant(writeback=False).lists))
def test_with_one_grant_less_no_wrong_cause_is_likely(diagnose, path):
    """The answer becomes weaker and says why, and never another."""
    whole = likely(diagnose(tenant(writeback=False)))
    one = tenant(writeback=False)
    one.refuse[path] = (403, "Authorization_RequestDenied")
    found = diagnose(one)
    assert likely(found) <= whole
    refused = [row for row in found.evidence if row.why_unknown == "not-permitted"]
    assert refused
    assert all("403" in row.detail for row in refused)


def test_without_the_deciding_grant_the_next_check_names_it(diagnose):
    """Undecided, with the reason, and with what would settle it."""
    one = tenant(writeback=False)
    one.refuse["/directory/onPremisesSynchronization"] = (403, "Authorization_RequestDenied")
    found = diagnose(one)
    assert likely(found) == set()
    hints = " ".join(row.hint for row in found.unchecked if row.why_unknown == "not-permitted")
    assert "OnPremDirectorySynchronization.Read.All" in hints


def test_a_file_answers_what_the_tenant_refused(diagnose, tmp_path):
    """Both speak together: the export decides, the refusal is remembered."""
    one = tenant(writeback=False)
    one.refuse["/directory/onPremisesSynchronization"] = (403, "Authorization_RequestDenied")
    (tmp_path / "sync.json").write_text(fake.cloud.sync_features(writeback=False))
    found = diagnose(one, [tmp_path / "sync.json"])
    assert "switched off" in found.ranked[0].title
    assert likely(found) == {found.ranked[0].cause}
