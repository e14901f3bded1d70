"""``diagnose``, ``evidence check``, ``permissions`` and ``collect``."""

import hashlib
import json
import zipfile

from faultbook.app import Faultbook
from tests_root import EXAMPLE, ROOT

ERROR, EVIDENCE = EXAMPLE / "error.txt", EXAMPLE / "evidence"


def test_the_bundled_case_is_established(faultbook):
    """The demo: five lines say what it is, whose it is, whether to wait, the cause and the next step."""
    done = faultbook("diagnose", ERROR, "--evidence", EVIDENCE)
    assert (done.returncode, done.stderr) == (0, "")
    words = [line.split()[0] for line in done.stdout.splitlines() if line and not line.startswith(" ")][:5]
    assert words == ["What", "Whose", "Waiting", "Cause", "Next"]
    answer = json.loads(faultbook("diagnose", ERROR, "--evidence", EVIDENCE, "--json").stdout)
    assert answer["verdict"] == "established"
    assert answer["ranked"][0]["cause"] == "writeback-rights-missing"
    assert set(answer) >= {
        "schema",
        "occurrence",
        "verdict",
        "ranked",
        "unchecked",
        "next_checks",
        "retry",
        "window",
        "book",
    }


def test_the_same_from_stdin_and_a_zip(faultbook, tmp_path):
    """Evidence may be a zip, and the text may come through a pipe; the ranking is the same."""
    archive = tmp_path / "exports.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for path in sorted(EVIDENCE.iterdir()):
            zipped.write(path, f"exports/{path.name}")
    files = json.loads(faultbook("diagnose", ERROR, "-e", EVIDENCE, "--json").stdout)
    zipped = json.loads(faultbook("diagnose", "-", "-e", archive, "--json", stdin=ERROR.read_bytes()).stdout)
    assert [(one["cause"], one["share"]) for one in zipped["ranked"]] == [
        (one["cause"], one["share"]) for one in files["ranked"]
    ]


def test_without_evidence_it_ranks_by_the_books_shares_and_names_the_next_check(faultbook):
    """Nothing needed, everything helps."""
    answer = json.loads(faultbook("diagnose", "AADSTS120021", "--json").stdout)
    assert answer["verdict"] == "no-evidence"
    assert answer["ranked"][0]["share"] == answer["ranked"][0]["share_before"]
    assert answer["next_checks"]
    assert answer["unchecked"]


def test_what_could_not_be_read_is_said_and_stops_nothing(faultbook, tmp_path):
    """Exit 3: partial."""
    folder = tmp_path / "evidence"
    folder.mkdir()
    (folder / "sync.json").write_bytes((EVIDENCE / "sync.json").read_bytes())
    (folder / "broken.json").write_text(
        '{"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#domains", "value": [{"id": "con'
    )
    (folder / "holiday.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(range(256)) * 20)
    done = faultbook("diagnose", ERROR, "--evidence", folder, "--json")
    assert done.returncode == 3
    assert "broken.json" in done.stderr
    assert "holiday.jpg" in done.stderr
    answer = json.loads(done.stdout)
    off = next(one for one in answer["ranked"] if one["cause"] == "writeback-off")
    assert "no" in [finding["answer"] for finding in off["findings"] if finding["probe"] == "hybrid.writeback-off"]


def test_text_without_a_known_error_says_what_to_do(faultbook):
    """Exit 1: nothing was recognised."""
    done = faultbook("diagnose", "-", stdin=b"the report is slow today")
    assert done.returncode == 1
    assert "Give the whole message" in done.stderr


def test_a_known_code_without_entry_is_said(faultbook):
    """And where to read what is known."""
    book = Faultbook().book
    known = next(one for one in book.known() if one.family == "spark" and book.entry(one.code) is None)
    done = faultbook("diagnose", "-", stdin=f"[{known.code}] It failed. SQLSTATE: 42000".encode())
    assert done.returncode == 1
    assert f"faultbook show {known.code}" in done.stderr


def test_an_unpublished_code_is_answered_with_its_neighbours_and_its_class(faultbook):
    """What the OAuth class says holds for every code of that class."""
    said = b'{"error":"invalid_grant","error_description":"AADSTS120019: Odd. Trace ID: 11111111-2222-4333-8444-000000020001"}'
    done = faultbook("diagnose", "-", stdin=said)
    assert done.returncode == 1
    assert "not a published code" in done.stderr
    assert "AADSTS120018" in done.stderr
    assert "It came as invalid_grant" in done.stderr


def test_of_a_text_longer_than_any_message_the_beginning_is_diagnosed(faultbook):
    """In bounded memory and time, and it is said."""
    done = faultbook("diagnose", "-", stdin=b"AADSTS120021: It failed.\n" + b"x" * (9 << 20))
    assert done.stdout.startswith("What")
    assert "longer than 8 MB" in done.stderr


def test_a_message_in_utf_16_is_read_from_a_pipe_too(faultbook):
    """Windows writes it so."""
    assert "AADSTS120021" in faultbook("diagnose", "-", stdin="AADSTS120021: It failed.".encode("utf-16")).stdout


def test_evidence_that_does_not_exist_is_an_error(faultbook, tmp_path):
    """It names the path."""
    done = faultbook("diagnose", ERROR, "--evidence", tmp_path / "nowhere")
    assert done.returncode in {1, 2}
    assert "nowhere" in done.stderr
    assert "Traceback" not in done.stderr


def test_html_is_one_file_without_outside_parts(faultbook, tmp_path):
    """With a timeline, a policy against scripts, and nothing fetched."""
    out = tmp_path / "report.html"
    assert faultbook("diagnose", ERROR, "-e", EVIDENCE, "--html", out).returncode == 0
    page = out.read_text()
    assert "<svg" in page
    assert "Content-Security-Policy" in page
    assert "<script" not in page
    assert 'src="http' not in page
    assert '<link rel="stylesheet"' not in page


def test_the_support_case_holds_its_own_hashes_and_nobodys_name(faultbook, tmp_path):
    """People, hosts and tenants are replaced; each member matches the manifest; the facts inside diagnose again."""
    out = tmp_path / "case.zip"
    assert faultbook("diagnose", ERROR, "-e", EVIDENCE, "--case", out).returncode == 0
    with zipfile.ZipFile(out) as case:
        members = {name: case.read(name) for name in case.namelist()}
    manifest = json.loads(members.pop("manifest.json"))
    assert {name: hashlib.sha256(data).hexdigest() for name, data in members.items()} == {
        name: member["sha256"] for name, member in manifest["members"].items()
    }
    for name, data in members.items():
        assert b"kim@contoso.example" not in data, name
        assert b"sync01.contoso.example" not in data, name
    bundle = tmp_path / "facts.zip"
    bundle.write_bytes(members["facts.zip"])
    answer = json.loads(faultbook("diagnose", ERROR, "-e", bundle, "--json").stdout)
    assert answer["ranked"][0]["cause"] == "writeback-rights-missing"


def test_the_same_case_is_the_same_bytes(faultbook, tmp_path):
    """No clock and no chance goes into it."""
    one, two = tmp_path / "one.zip", tmp_path / "two.zip"
    for out in (one, two):
        faultbook("diagnose", ERROR, "-e", EVIDENCE, "--case", out)
    assert one.read_bytes() == two.read_bytes()


def test_evidence_check_lists_every_file(faultbook):
    """Kind, rows and window of each."""
    done = faultbook("evidence", "check", EVIDENCE, "--json")
    assert done.returncode == 0
    files = json.loads(done.stdout)["files"]
    assert len(files) == len(list(EVIDENCE.iterdir()))
    assert all(report["kind"] and report["rows"] for report in files)
    assert "signins.history" in faultbook("evidence", "check", EVIDENCE).stdout


def test_permissions_name_grants_and_files(faultbook):
    """Least privilege first: what needs no grant comes before what does."""
    answer = json.loads(faultbook("permissions", "AADSTS120021", "--json").stdout)
    grants = [opening["grant"] for opening in answer["openings"]]
    assert "OnPremDirectorySynchronization.Read.All" in " ".join(grants)
    assert grants[0] == ""


def test_collect_seals_and_the_seal_is_noticed_when_broken(faultbook, tmp_path):
    """A changed fact is reported in words."""
    bundle = tmp_path / "bundle.zip"
    assert faultbook("collect", bundle, "--evidence", EVIDENCE, "--for", "AADSTS120021").returncode == 0
    with zipfile.ZipFile(bundle) as sealed:
        members = {name: sealed.read(name) for name in sealed.namelist()}
    members["facts.jsonl"] = members["facts.jsonl"].replace(
        b'"passwordWritebackEnabled":true', b'"passwordWritebackEnabled":false'
    )
    with zipfile.ZipFile(bundle, "w") as broken:
        for name, data in members.items():
            broken.writestr(name, data)
    done = faultbook("evidence", "check", bundle)
    assert done.returncode == 3
    assert "changed" in done.stdout.lower() or "seal" in done.stdout.lower()


def test_nothing_is_written_beside_a_case_that_cannot_be_written(faultbook, tmp_path):
    """A folder that does not exist: clear words, no half file."""
    done = faultbook("diagnose", ERROR, "-e", EVIDENCE, "--case", tmp_path / "no" / "case.zip")
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_ends_at_once_has_said_all_and_leaves_no_folder(faultbook, tmp_path):
    """The database is not taken apart at the end: its folder is gone before, the whole answer is out, and its complaints are not."""
    there = tmp_path / "temp"
    there.mkdir()
    done = faultbook("diagnose", ERROR, "-e", EVIDENCE, "--json", env={"TMPDIR": str(there)})
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["verdict"] == "established"
    assert list(there.iterdir()) == []


def test_the_bundled_files_are_what_the_generator_writes():
    """Cases and example are generated; a stale one would test a story that nobody tells."""
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, ROOT / "scripts/make_cases.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_verify_asks_again(faultbook, tmp_path):
    """From a diagnosis to its proof, and what the exit code says."""
    before = tmp_path / "before.json"
    before.write_text(faultbook("diagnose", ERROR, "-e", EVIDENCE, "--json").stdout)
    done = faultbook("verify", before, "-e", EXAMPLE / "mended")
    assert done.returncode == 0
    assert done.stdout.startswith("Verified: it is mended.")
    again = faultbook("verify", before, "-e", EVIDENCE, "--json")
    assert again.returncode == 1
    assert json.loads(again.stdout)["turned"] == "unchanged"
    unsure = faultbook("verify", before, "-e", EXAMPLE / "mended" / "users.json")
    assert unsure.returncode == 3
    assert "dsacls" in unsure.stdout


def test_verify_says_what_is_no_diagnosis(faultbook, tmp_path):
    """A clear error for a wrong file, a missing one and no evidence."""
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"schema": "other"}')
    for arguments in ((wrong, "-e", EVIDENCE), (tmp_path / "none.json", "-e", EVIDENCE), (wrong,)):
        done = faultbook("verify", *arguments)
        assert done.returncode == 2
        assert done.stderr.strip()
        assert "Traceback" not in done.stderr


def test_verify_reads_the_diagnosis_of_a_support_case(faultbook, tmp_path):
    """Its people are pseudonyms, so that whom it concerns has to be said."""
    case = tmp_path / "case.zip"
    assert faultbook("diagnose", ERROR, "-e", EVIDENCE, "--case", case).returncode == 0
    with zipfile.ZipFile(case) as archive:
        archive.extract("diagnosis.json", tmp_path)
    done = faultbook("verify", tmp_path / "diagnosis.json", "-e", EXAMPLE / "mended", "--user", "kim@contoso.example")
    assert done.returncode == 0


def test_a_message_without_a_code_is_answered_with_what_it_may_be(faultbook):
    """With the summary of the first guess that has an entry, and the command that goes on with it."""
    brief = faultbook("diagnose", "Failed to create a gateway. Try again.")
    full = faultbook(
        "diagnose", "Scheduled refresh is disabled because at least one data source is missing credentials."
    )
    assert brief.returncode == full.returncode == 1
    assert "may be PBI:GatewayCreation (The gateway could not be registered" in brief.stderr
    assert "read on: faultbook show PBI:GatewayCreation" in brief.stderr
    assert "say so: faultbook diagnose ModelRefreshFailed_CredentialsNotSpecified" in full.stderr


def test_a_name_of_ours_in_front_of_a_message_is_taken_at_its_word(faultbook):
    """And the message is read, so that its words speak for a cause."""
    message = "Expression.Error: Access to the resource is forbidden."
    asked = faultbook("diagnose", message)
    assert "say so: faultbook diagnose 'PBI:ExpressionErrorForbidden: the message'" in asked.stderr
    told = json.loads(faultbook("diagnose", f"PBI:ExpressionErrorForbidden: {message}", "--json").stdout)
    assert told["error"]["code"] == "PBI:ExpressionErrorForbidden"
    found = [one for cause in told["ranked"] for one in cause["findings"] if one["probe"] == "message.says"]
    assert found
    assert {one["answer"] for one in found} <= {"yes", "no"}
    assert faultbook("diagnose", "Demo:Nothing: it failed").returncode == 1
