"""What Faultbook's own parts write, read back: the collector's file in every shape, and checks of addresses."""

import copy
import json
from pathlib import Path

import pytest

from faultbook.evidence import Facts, Subject
from faultbook.probes import all_probes, ask
from faultbook.sources.evidence import gather

SCRIPT = Path(__file__).parents[2] / "collector/Collect-FaultbookEvidence.ps1"
SID = "S-1-5-21-1111111111-2222222222-3333333333"
KIM = "CN=Kim Demo,OU=Staff,DC=contoso,DC=example"
WHOLE = {
    "faultbook": "collector-1",
    "computer": "SYNC01",
    "collectedAt": "2026-03-02T09:00:00Z",
    "since": "2026-02-28T09:00:00Z",
    "services": [{"name": "ADSync", "displayName": "Microsoft Azure AD Sync", "status": "Running", "startType": "Auto", "account": "NT SERVICE\\ADSync"}],
    "versions": [{"DisplayName": "Microsoft Entra Connect Sync", "DisplayVersion": "2.5.79.0"}],
    "tls": [{"systemDefaultTlsVersions": 1, "schUseStrongCrypto": 1, "clientEnabled": None}],
    "settings": [
        {"StagingModeEnabled": False, "SyncCycleEnabled": True, "CurrentlyEffectiveSyncCycleInterval": "00:30:00"},
        {"Connector": "contoso.example - AAD", "Enabled": True},
    ],
    "connectors": [{"ADConnectorName": "contoso.example", "ADConnectorForest": "contoso.example", "ADConnectorAccountName": "svc-sync", "ADConnectorAccountDomain": "contoso.example"}],
    "accounts": [{"DistinguishedName": "CN=svc-sync,CN=Users,DC=contoso,DC=example", "SamAccountName": "svc-sync", "SID": f"{SID}-1107", "ObjectClass": "user", "tokenGroups": [f"{SID}-513", "S-1-5-32-545"]}],
    "users": [{"DistinguishedName": KIM, "UserPrincipalName": "kim@contoso.example", "SamAccountName": "kim", "ObjectClass": ["top", "person", "user"], "SID": f"{SID}-1200", "adminCount": None, "memberOf": [], "userAccountControl": 512}],
    "rights": [{"DistinguishedName": KIM, "Sddl": f"O:{SID}-512G:{SID}-513D:AI(OA;;CR;00299570-246d-11d0-a768-00aa006e0529;;{SID}-1107)(A;;RPLCRC;;;AU)"}],
    "reach": [{"host": "ns.servicebus.windows.net", "port": 443, "name": True, "connected": True, "status": 401, "detail": ""}],
    "events": [
        {"TimeCreated": "2026-03-02T07:00:00Z", "Id": 31019, "ProviderName": "PasswordResetService", "LogName": "Application", "LevelDisplayName": "Information", "MachineName": "SYNC01.contoso.example", "RecordId": 7, "Message": "Heartbeat"},
    ],
    "errors": [],
}  # fmt: skip


def facts_of(tmp_path, document, name="collected.json"):
    text = document if isinstance(document, str) else json.dumps(document)
    (tmp_path / name).write_bytes(text.encode("utf-8"))
    with gather([tmp_path / name]) as gathered:
        return gathered.facts_for("120021"), gathered.reports


def kinds(facts):
    return {fact.kind for fact in facts}


ALL = {"windows.events", "connect.settings", "ad.principal", "ad.object", "ad.descriptor", "connect.server"}


def test_one_file_holds_all_that_a_server_knows(tmp_path):
    """Each part has become the fact that the cmdlet's own output gives."""
    facts, reports = facts_of(tmp_path, WHOLE)
    assert kinds(facts) == ALL
    assert [report.problems for report in reports] == [()]
    one = {fact.kind: fact for fact in facts}
    assert one["connect.settings"].value == {
        "stagingMode": False, "version": "2.5.79.0", "passwordWritebackEnabled": True,
        "connectors": [{"name": "contoso.example - AAD", "passwordWriteback": True}],
    }  # fmt: skip
    assert one["ad.principal"].value["complete"] is True
    assert one["ad.principal"].value["sid"] == f"{SID}-1107"
    assert one["ad.object"].value["userPrincipalName"] == "kim@contoso.example"
    assert one["connect.server"].target == "SYNC01"


def test_silence_after_the_last_event_is_silence(tmp_path):
    """The log was read up to the collection, so a heartbeat that stopped two hours before is missing, not unknown."""
    facts, _ = facts_of(tmp_path, WHOLE)
    window = next(fact.window for fact in facts if fact.kind == "windows.events")
    assert window.end.isoformat() == "2026-03-02T09:00:00+00:00"
    from faultbook.evidence import instant

    about = Subject(code="AADSTS120021", at=instant("2026-03-02T08:30:00Z"), user="kim@contoso.example")
    assert ask(all_probes()["hybrid.heartbeat-missing"], facts, about, {}).answer == "yes"


def test_rights_are_judged_for_an_account_with_any_name(tmp_path):
    """The connector is the account that the collector says it is."""
    facts, _ = facts_of(tmp_path, WHOLE)
    found = ask(
        all_probes()["directory.writeback-rights-missing"],
        Facts(facts),
        Subject(code="x", user="kim@contoso.example"),
        {},
    )
    assert found.answer == "yes"
    assert "svc-sync" in found.sentence
    assert "lockoutTime" in found.sentence


def one_instead_of_a_list(document):
    return {key: value[0] if isinstance(value, list) and len(value) == 1 else value for key, value in document.items()}


def dotnet_dates(document):
    changed = copy.deepcopy(document)
    changed["events"][0]["TimeCreated"] = "/Date(1772434800000)/"
    return changed


SHAPES = {
    "a list of one is the one": one_instead_of_a_list,
    "dates of .NET": dotnet_dates,
    "null parts": lambda d: {**d, "errors": None, "reach": None},
    "a log without events": lambda d: {**d, "events": None},
    "keys that a later collector adds": lambda d: {**d, "new": {"a": 1}, "collector": "9"},
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_shapes_that_powershell_gives(tmp_path, shape):
    """Version 5.1 and version 7 write lists and dates differently."""
    facts, reports = facts_of(tmp_path, shape(WHOLE))
    assert kinds(facts) == ALL
    assert not [problem for report in reports for problem in report.problems]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_encodings_of_windows(tmp_path, encoding):
    """A file that somebody has sent through Out-File."""
    (tmp_path / "c.json").write_bytes(json.dumps(WHOLE).encode(encoding))
    with gather([tmp_path / "c.json"]) as gathered:
        assert kinds(gathered.facts) == ALL


@pytest.mark.parametrize(
    "part", ["events", "services", "versions", "settings", "connectors", "accounts", "users", "rights", "reach", "tls"]
)
@pytest.mark.parametrize("damage", ["gone", "wrong"])
def test_a_part_that_is_missing_or_wrong_costs_itself(tmp_path, part, damage):
    """The others are still facts, and what is wrong is said."""
    document = copy.deepcopy(WHOLE)
    if damage == "gone":
        del document[part]
    else:
        document[part] = 7
    facts, reports = facts_of(tmp_path, document)
    lost = {"events": {"windows.events"}, "rights": {"ad.descriptor"}, "users": {"ad.object"}, "settings": set()}.get(
        part, set()
    )
    assert kinds(facts) == ALL - lost
    said = " ".join(problem for report in reports for problem in report.problems)
    assert (repr(part) in said) == (damage == "wrong")


def test_what_the_server_could_not_read_is_said(tmp_path):
    """The collector's own errors are problems of its file; a log that failed claims no silence."""
    document = {**copy.deepcopy(WHOLE), "events": [], "errors": [{"part": "events", "message": "Access is denied"}]}
    facts, reports = facts_of(tmp_path, document)
    assert "windows.events" not in kinds(facts)
    assert "events could not be read: Access is denied" in reports[0].problems[0]


def test_a_later_version_and_a_cut_file_are_said(tmp_path):
    """Neither is taken for something else."""
    _, reports = facts_of(tmp_path, {"faultbook": "collector-9"})
    assert "Update Faultbook" in reports[0].problems[0]
    _, reports = facts_of(tmp_path, {"faultbook": "collector-1"})
    assert "nothing that could be used" in reports[0].problems[0]
    _, reports = facts_of(tmp_path, json.dumps(WHOLE)[:-40])
    assert reports[0].problems


def test_a_check_of_an_address(tmp_path):
    """As a collection writes it."""
    seen = {
        "faultbook": "endpoint-1",
        "url": "https://sts.contoso.example/adfs/ls/",
        "ok": False,
        "stage": "timeout",
        "at": "2026-03-02T09:00:00Z",
    }
    facts, _ = facts_of(tmp_path, seen)
    fact = next(iter(facts))
    assert (fact.kind, fact.target, fact.value["stage"]) == (
        "endpoint.check",
        "https://sts.contoso.example/adfs/ls/",
        "timeout",
    )
    _, reports = facts_of(tmp_path, {"faultbook": "endpoint-1", "url": "https://x.example/"}, "bad.json")
    assert reports[0].problems


def test_the_script_only_reads_and_is_plain_text():
    """No cmdlet in it changes anything, none loads code, and every letter is ASCII."""
    text = SCRIPT.read_text(encoding="ascii")
    import re

    verbs = {name.partition("-")[0].lower() for name in re.findall(r"\b([A-Z][a-z]+-[A-Z]\w+)", text)}
    assert verbs <= {
        "get",
        "set",
        "read",
        "find",
        "protect",
        "write",
        "convertto",
        "test",
        "join",
        "new",
        "where",
        "foreach",
        "sort",
        "invoke",
        "collect",
    }
    assert set(re.findall(r"\bSet-\w+", text)) == {"Set-StrictMode"}
    assert set(re.findall(r"\bInvoke-\w+", text)) == {"Invoke-WebRequest"}
    assert set(re.findall(r"\bNew-\w+", text)) == {"New-Object"}
    assert "Invoke-Expression" not in text
    assert text.count("{") == text.count("}")
    assert text.count("(") == text.count(")")
