"""The support case: complete, redacted, sealed, and the same every time."""

import hashlib
import io
import json
import zipfile

import msgspec
import pytest

from faultbook.diagnose.case import write_case
from faultbook.diagnose.share import shareable
from faultbook.diagnose.verdict import diagnose
from faultbook.errors import FaultbookError
from faultbook.evidence import Facts
from faultbook.probes import all_probes
from faultbook.redact import Redactor
from faultbook.sources.bundle import read_bundle

from . import scene

SECRET = " Authorization: Bearer eyJhbGciOiJub25lIn0.eyJzZWNyZXQiOiJ2YWx1ZSJ9.c2lnbmF0dXJl password=Tr0ub4dor"
NOBODY = (
    "kim",
    "robin",
    "contoso",
    "203.0.113",
    "sync01",
    "99999999-1111",
    "77777777-1111",
    "Tr0ub4dor",
    "eyJhbGci",
    "OU=Staff",
)


@pytest.fixture(scope="module")
def judge(model_entry, book_words):
    def run(facts, subject=scene.SUBJECT):
        return diagnose(
            scene.OCCURRENCE, model_entry, facts, all_probes(), words=book_words, subject=subject, book="test"
        )

    return run


@pytest.fixture(scope="module")
def written(judge, tmp_path_factory):
    facts = scene.facts(secret=SECRET)
    out = tmp_path_factory.mktemp("case") / "case.zip"
    seal = write_case(judge(facts), facts, out)
    with zipfile.ZipFile(out) as archive:
        return out, seal, {name: archive.read(name) for name in archive.namelist()}


def test_it_holds_what_support_asks_for(written):
    _, _, members = written
    assert set(members) == {
        "manifest.json", "README.md", "summary.md", "report.html", "diagnosis.json", "facts.zip",
        "extracts/attempts.jsonl", "extracts/audits.jsonl", "extracts/events.jsonl", "extracts/service-issues.jsonl",
    }  # fmt: skip
    text = members["summary.md"].decode()
    for part in (
        scene.CORRELATION,
        "11111111-2222-4333-8444-555555555555",
        "2026-03-02T08:14:09Z",
        "## Failing attempts (14 of 14",
        "14 of 1274 attempts",
        "## Excluded, and how",
        "A Conditional Access or tenant policy stands in the way (ruled-out",
        "## Not checked",
        "2026-03-02T06:14:09Z: Update conditional access policy",
        "Gap 2026-03-01",
    ):
        assert part in text
    assert "send it only on request" in members["README.md"].decode()


def test_nobody_and_no_secret_is_in_it(written):
    _, _, members = written
    inner = zipfile.ZipFile(io.BytesIO(members["facts.zip"]))
    texts = {**members, **{f"facts.zip/{name}": inner.read(name) for name in inner.namelist()}}
    for name, data in texts.items():
        if name == "facts.zip":
            continue
        lower = data.decode().lower()
        assert [word for word in NOBODY if word.lower() in lower] == [], name


def test_the_manifest_has_the_hash_of_every_member(written):
    _, seal, members = written
    manifest = json.loads(members["manifest.json"])
    assert hashlib.sha256(members["manifest.json"]).hexdigest() == seal
    assert set(manifest["members"]) == set(members) - {"manifest.json"}
    for name, row in manifest["members"].items():
        assert row == {"bytes": len(members[name]), "sha256": hashlib.sha256(members[name]).hexdigest()}
    assert manifest["redacted"]["secret"] >= 1


def test_the_same_input_gives_the_same_bytes(written, judge, tmp_path):
    out, _, _ = written
    facts = Facts(reversed(list(scene.facts(secret=SECRET))))
    write_case(judge(facts), facts, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == out.read_bytes()


def test_citations_lead_to_the_redacted_facts(written, tmp_path):
    _, _, members = written
    path = tmp_path / "facts.zip"
    path.write_bytes(members["facts.zip"])
    sealed = read_bundle(path)
    assert not sealed.problems
    diagnosis = json.loads(members["diagnosis.json"])
    cited = {name for cause in diagnosis["ranked"] for one in cause["findings"] for name in one["facts"]}
    kept = {fact.hash for fact in sealed.facts} | {
        row["hash"] for row in diagnosis["evidence"] if row["kind"] == "occurrence.text"
    }
    assert cited <= kept


def test_the_redacted_facts_give_the_same_verdict(judge):
    facts = scene.facts()
    before = judge(facts)
    shown, shown_facts = shareable(before, facts, Redactor.of(facts))
    after = judge(shown_facts, msgspec.structs.replace(shown.about, text=""))
    assert [(one.cause, one.share, one.word) for one in after.ranked] == [
        (one.cause, one.share, one.word) for one in before.ranked
    ]


def test_it_is_written_whole_or_not_at_all(judge, tmp_path):
    facts = scene.facts()
    with pytest.raises(FaultbookError, match="could not be written"):
        write_case(judge(facts), facts, tmp_path / "missing" / "case.zip")
    assert list(tmp_path.iterdir()) == []
    write_case(judge(facts), facts, tmp_path / "case.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["case.zip"]


def test_a_case_without_evidence_is_still_a_case(judge, tmp_path):
    write_case(judge(Facts()), Facts(), tmp_path / "case.zip")
    text = zipfile.ZipFile(tmp_path / "case.zip").read("summary.md").decode()
    assert scene.CORRELATION in text
    assert "No sign-in history was at hand." in text
