"""Readers meet random bytes and mutated samples: they answer, in time, and never raise."""

import json
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faultbook.sources.evidence import Gathered, gather

DN = "CN=Kim Demo,OU=Staff,DC=contoso,DC=example"
SAMPLES = [
    json.dumps(
        {
            "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users",
            "value": [{"userPrincipalName": "kim@contoso.example", "id": "1"}],
        }
    ),
    json.dumps(
        [
            {
                "refreshType": "Scheduled",
                "startTime": "2026-03-02T08:00:00Z",
                "status": "Failed",
                "serviceExceptionJson": "{}",
            }
        ]
    ),
    json.dumps(
        {
            "Event": {
                "System": {
                    "EventID": 33004,
                    "Provider": {"#attributes": {"Name": "x"}},
                    "TimeCreated": {"#attributes": {"SystemTime": "2026-03-02T08:00:00Z"}},
                }
            }
        }
    ),
    json.dumps(
        {
            "DistinguishedName": DN,
            "ObjectClass": "user",
            "SID": {"Value": "S-1-5-21-1-2-3-4"},
            "MemberOf": ["CN=A"],
            "tokenGroups": [None, 1],
        }
    ),
    json.dumps(
        {
            "Connector": "contoso.example - AAD",
            "Enabled": True,
            "Parameters": [{"Name": "Microsoft.Synchronize.StagingMode", "Value": 1}],
        }
    ),
    json.dumps({"account_type": "Federated", "domain_name": "contoso.example"}),
    json.dumps({"error": {"code": "Authorization_RequestDenied", "message": None}}),
    json.dumps({"dn": DN, "sddl": "O:DAG:DAD:(A;;RP;;;SY)"}),
    "Level,Date and Time,Source,Event ID,Task Category\nError,3/2/2026 9:00:00 AM,PasswordResetService,33004,None,x\n",
    "Log Name: Application\nSource: ADSync\nDate: 2026-03-02T08:00:00Z\nEvent ID: 6329\nLevel: Error\nComputer: s\nDescription: \nx\n",
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><EventID>1</EventID><TimeCreated SystemTime='2026-03-02T08:00:00Z'/></System></Event>",
    '<EntityDescriptor entityID="x" xmlns="urn:oasis:names:tc:SAML:2.0:metadata"><KeyDescriptor use="signing"><X509Certificate>MIIB</X509Certificate></KeyDescriptor></EntityDescriptor>',
    "<RealmInfo><State>3</State><Login>x@contoso.example</Login></RealmInfo>",
    f"dn: {DN}\nobjectClass: user\nobjectSid:: AQUAAAAAAAUVAAAA\nnTSecurityDescriptor:: AQAUgA==\n\n",
    f"Path   : {DN}\nSddl   : O:DAG:DAD:AI(OA;;CR;00299570-246d-11d0-a768-00aa006e0529;;SY)\n",
    f'C:\\> dsacls "{DN}"\nAccess list:\nAllow CONTOSO\\Domain Admins  FULL CONTROL\nThe command completed successfully\n',
    "userPrincipalName,id,directorySynced\nkim@contoso.example,1,True\n",
    "ADConnectorAccountName : MSOL_1\nADConnectorAccountDomain : contoso.example\n",
    "User Name  SID\n========== ============\nx\\y        S-1-5-21-1-2-3-4\n",
    "Id                 : contoso.example\nAuthenticationType : Managed\nIsVerified         : True\n",
    "Id              AuthenticationType\n--              ------------------\ncontoso.example Managed\n",
    '"Id","AuthenticationType","IsVerified"\n"contoso.example","Managed","True"\n',
    "StartDateTime : 3/2/2026 7:40:00 AM\nService       : Microsoft Entra\nImpactDescription : Users\n                    wait\n",
    "   ProviderName: ADSync\n\nTimeCreated            Id LevelDisplayName Message\n-----------            -- ---------------- -------\n3/2/2026 8:12:30 AM  6329 Error            BAIL\n",
]
SHARED = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "telemetry"


def answered(path: Path, content: bytes) -> None:
    """The file has one report that can be shown, and facts that can be hashed."""
    path.write_bytes(content)
    with gather([path]) as gathered:
        assert gathered.facts or any(report.problems for report in gathered.reports)
        for report in gathered.reports:
            assert all(problem.isprintable() for problem in report.problems)
            assert report.path.isprintable()
        for fact in gathered.facts:
            assert fact.hash
            assert msgspec.json.encode(fact)


FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FUZZ
@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"{", b"[", b"<", b"PK\x03\x04", b"ElfFile\x00", b"dn: ", b"\xff\xfe", b"Log Name: "]),
)
def test_random_bytes_are_answered(tmp_path: Path, data: bytes, start: bytes) -> None:
    """Behind any beginning that a reader knows."""
    answered(tmp_path / "x", start + data)


@FUZZ
@given(st.sampled_from(SAMPLES), st.randoms(use_true_random=False), st.sampled_from(["utf-8", "utf-16", "latin-1"]))
def test_mutated_samples_are_answered(tmp_path: Path, sample: str, chance: random.Random, encoding: str) -> None:
    """Bytes flipped, parts cut out, doubled or swapped for parts of other samples."""
    data = bytearray(sample.encode(encoding))
    for _ in range(chance.randint(1, 6)):
        at, to = sorted((chance.randint(0, len(data)), chance.randint(0, len(data))))
        match chance.randint(0, 4):
            case 0 if data:
                data[min(at, len(data) - 1)] = chance.randint(0, 255)
            case 1:
                del data[at:to]
            case 2:
                data[at:at] = data[at:to]
            case 3:
                data[at:to] = chance.choice(SAMPLES).encode(encoding)[at:to]
            case _:
                data[at:at] = chance.choice(
                    [b"\x00", b'"', b"{", b"]", b"\n", b"\x1b[31m", b"NaN", b"-", b"9" * 30, b"\xed\xa0\x80"]
                )
    answered(tmp_path / "x", bytes(data))


LEAF = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.just([]) | st.just({})


@FUZZ
@given(st.sampled_from([sample for sample in SAMPLES if sample[0] in "[{"]), st.data())
def test_json_of_the_right_keys_and_the_wrong_types_is_answered(
    tmp_path: Path, sample: str, data: st.DataObject
) -> None:
    """Every value may be of any type: a stranger's export keeps no promise."""
    answered(tmp_path / "x.json", json.dumps(_swapped(json.loads(sample), data)).encode())


def _swapped(value: Any, data: st.DataObject) -> Any:
    if data.draw(st.integers(0, 5)) == 0:
        return data.draw(LEAF)
    if isinstance(value, dict):
        return {key: _swapped(inner, data) for key, inner in value.items()}
    return [_swapped(inner, data) for inner in value] if isinstance(value, list) else value


SIGN_IN = '{"createdDateTime":"2026-03-02T08:00:00Z","userPrincipalName":"kim@contoso.example","correlationId":"1","conditionalAccessStatus":"success","status":{"errorCode":0}}'
HOSTILE = {
    "open brackets": "[" * 400_000,
    "blank lines": "x\n" + "\n" * 400_000,
    "white space": "a " + " " * 400_000,
    "dashes": "h\n" + "---\n" * 100_000,
    "continued": "Name   : x\n" + "         y\n" * 40_000,
    "quotes": '"' * 400_000,
    "escapes": '{"value":[{"a":"' + '\\"' * 200_000,
    "names": "CN=" * 130_000,
    "open events": "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>" + "<a>" * 130_000,
    "access list": "Access list:\n" + " \n" * 200_000,
    "folded": "dn: a\n" + " b\n" * 130_000,
    "lines": '{"a":1}\n' * 50_000,
    "rules": "=== ===\n" * 50_000,
    "tabs": "x\n" + "\t" * 400_000,
    "columns": "h\n" + "- " * 200_000 + "\n" + "x\n" * 20_000,
    "digits": '[{"id":' + "9" * 10_000 + "}]",
    "a broken sign-in": f"[{SIGN_IN},\n{{" + "\n" * 400_000,
    "objects of a cmdlet": "AuthenticationType : Managed\nIsVerified : True\n" * 20_000,
    "columns of a cmdlet": "Id AuthenticationType IsVerified\n" + "- " * 200_000 + "\n" + "x\n" * 20_000,
    "names of a cmdlet": "AuthenticationType" + " " * 400_000,
    "events of a table": "   ProviderName: x\nTimeCreated  Id Message\n" + "3/2/2026 8:10:00 AM 1 x\n" * 20_000,
    "providers": "   ProviderName: " + "x " * 200_000 + "\nTimeCreated   Id Message\n",
    "blanks of a table": "ProviderName: x\nTimeCreated  Id \n3/2/2026 8:10:00 AM " + " " * 400_000 + "x",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_are_answered_in_linear_time(folder: Callable[..., Gathered], name: str) -> None:
    """A hundred times what these need; what is not linear needs far more."""
    started = time.thread_time()
    gathered = folder({"x.txt": HOSTILE[name]})
    assert gathered.reports[0].problems or gathered.reports[0].rows
    assert time.thread_time() - started < 30


@pytest.mark.skipif(not SHARED.exists(), reason="the shared corpus is not beside this checkout")
def test_mutated_event_logs_are_answered(tmp_path: Path) -> None:
    """Real logs with bytes flipped, cut and zeroed."""
    chance = random.Random(7)
    for source in sorted((SHARED / "evtx-to-mitre").glob("*.evtx")):
        data = bytearray(source.read_bytes())
        for _ in range(chance.randint(1, 40)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if chance.random() < 0.3:
            del data[chance.randrange(len(data)) :]
        answered(tmp_path / "x.evtx", bytes(data))
