"""The whole lab as its user meets it: started, broken, diagnosed by fresh processes, repaired, healed, and gone without a trace."""

import datetime as dt
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import running

from faultbook_lab import matrix, places, samba
from faultbook_lab import provider as providers
from faultbook_lab.command import access_of

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
ADDRESS = "127.0.0.91"


def lab(folder, *arguments, text="", env=None, check=True):
    around = {**os.environ, "PYTHONPATH": str(ROOT / "src"), **(env or {})}
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "faultbook",
        "lab",
        arguments[0],
        "--folder",
        str(folder),
        *arguments[1:],
    ]
    done = subprocess.run(command, input=text, text=True, capture_output=True, env=around, check=False, timeout=400)
    assert done.returncode == 0 or not check, done.stderr
    return done


def processes(folder):
    """Command lines of what runs in or for a lab's folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            where = str((entry.parent / "cwd").readlink())
        except OSError:
            continue
        if str(folder) in line + where and entry.parent.name != str(os.getpid()):
            found.append(line)
    return found


@pytest.fixture(scope="module")
def parts():
    """Installed, or the reason why not."""
    if providers.missing(places.cache()) and providers.installable():
        providers.install(places.cache())
    running.need(samba.missing(ADDRESS) or providers.missing(places.cache()))


@pytest.fixture(scope="module")
def up(parts, tmp_path_factory):
    """A lab that is up."""
    folder = tmp_path_factory.mktemp("lab") / "l"
    began = time.monotonic()
    report = json.loads(lab(folder, "up", "--address", ADDRESS, "--json").stdout)
    report["seconds"] = time.monotonic() - began
    try:
        yield folder, report
    finally:
        lab(folder, "down")


@pytest.fixture
def fresh(up):
    """Nothing broken, before and after."""
    folder, _ = up
    lab(folder, "reset")
    yield folder
    lab(folder, "reset")


def diagnosis(folder, *arguments, **more):
    done = lab(folder, "diagnose", *arguments, "--json", check=False, **more)
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise AssertionError(done.stderr) from None


def test_it_says_what_runs_and_everything_is_on_loopback(up):
    folder, report = up
    assert {one["name"] for one in report["parts"]} == {"cloud", "directory", "writeback", "provider"}
    assert all(
        "localhost" in one["where"] or "127.0.0." in one["where"] or "process" in one["where"]
        for one in report["parts"]
    )
    assert folder.stat().st_mode & 0o077 == 0
    assert report["signins"] > 300
    assert report["broken"] == []
    again = lab(folder, "up", check=False)
    assert again.returncode != 0
    assert "runs in" in again.stderr


def test_a_right_is_taken_diagnosed_repaired_verified_and_the_repair_is_undone(fresh, tmp_path):
    """The loop of the product, on a real directory, from the error to the proof."""
    journal = ["--journal", str(tmp_path / "journal.jsonl")]
    lab(fresh, "fault", "rights-missing")
    found = diagnosis(fresh, "AADSTS120015")
    assert (found["ranked"][0]["cause"], found["verdict"]) == ("right-missing-on-user", "likely")
    before = tmp_path / "before.json"
    before.write_text(json.dumps(found))
    unchanged = lab(fresh, "verify", str(before), "--json", check=False)
    assert json.loads(unchanged.stdout)["turned"] == "unchanged"

    repaired = json.loads(lab(fresh, "repair", "AADSTS120015", "--apply", "--json", *journal).stdout)
    assert repaired["proven"] == "verified"
    mended = f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"  # people failed until then, and the log says so
    verified = lab(fresh, "verify", str(before), "--since", mended, "--json", check=False)
    assert json.loads(verified.stdout)["turned"] == "verified", verified.stdout
    run = next(json.loads(line)["run"] for line in (tmp_path / "journal.jsonl").read_text().splitlines())
    lab(fresh, "repair", "AADSTS120015", "--undo", run, *journal)
    again = lab(fresh, "verify", str(before), "--json", check=False)
    assert json.loads(again.stdout)["turned"] == "unchanged"


def test_a_disabled_schedule_is_switched_on_and_the_refresh_run_again(fresh, tmp_path):
    """The emulated Power BI is written to by the product's own repair."""
    code = "ModelRefreshFailed_CredentialsNotSpecified"
    lab(fresh, "fault", "refresh-schedule-disabled")
    found = diagnosis(fresh, code)
    assert found["ranked"][0]["cause"] == "new-source-without-credential"
    more = ["--apply", "--only", "dataset-refresh", "--fixed", "--json", "--journal", str(tmp_path / "journal.jsonl")]
    done = lab(fresh, "repair", code, *more, check=False)
    changed = {step["change"]["kind"]: step["outcome"] for step in json.loads(done.stdout)["steps"]}
    assert set(changed.values()) == {"applied"}, done.stdout
    assert "schedule" in " ".join(changed)


def test_what_a_person_may_not_see_degrades_to_unknown(fresh):
    """One grant less: the answer says which, and no other cause becomes likely."""
    lab(fresh, "fault", "consent-revoked")
    whole = diagnosis(fresh, "AADSTS65001")
    assert whole["ranked"][0]["cause"] == "never-consented"
    assert whole["verdict"] in ("likely", "established")
    lab(fresh, "grants", "--without", "Directory.Read.All")
    less = diagnosis(fresh, "AADSTS65001")
    unknown = {one["probe"]: one["why_unknown"] for one in less["unchecked"]}
    assert unknown["app.consent-missing"] == "not-permitted"
    assert not [
        one for one in less["ranked"] if one["word"] in ("likely", "established") and one["cause"] != "never-consented"
    ]


def test_healed_some_minutes_ago_people_succeed_again(fresh):
    lab(fresh, "fault", "sspr-service-fault")
    broken = json.loads(lab(fresh, "status", "--json").stdout)
    lab(fresh, "heal", "sspr-service-fault", "--since", "20m")
    healed = json.loads(lab(fresh, "status", "--json").stdout)
    assert broken["failed"]["AADSTS120021"] > healed["failed"]["AADSTS120021"] > 0
    assert [one["name"] for one in broken["broken"]] == ["sspr-service-fault"]
    assert healed["broken"] == []


def test_no_secret_of_the_lab_is_in_what_is_printed(fresh, tmp_path):
    """Passwords, the client's secret and tokens stay in the lab's own folder."""
    lab(fresh, "fault", "policy-blocks")
    access = access_of(places.place(fresh))
    secrets = [access.secret, access.ldap_password, access.repairer_password]
    assert all(len(one) > 10 for one in secrets)
    case = tmp_path / "case.zip"
    done = lab(fresh, "diagnose", "AADSTS53003", "--json", "--case", str(case), check=False)
    status = lab(fresh, "status")
    for printed in (done.stdout, done.stderr, status.stdout, case.read_bytes().decode("latin-1")):
        assert not [one for one in secrets if one in printed]
        assert "eyJ" not in printed


@pytest.mark.parametrize("row", [matrix.ROWS[index] for index in matrix.SHORT], ids=lambda row: row.name)
def test_each_situation_is_called_by_its_right_name(fresh, row):
    """The short form of the matrix."""
    folder = places.place(fresh)
    ((_, cells),) = matrix.run(folder, [row], removals=False)
    assert matrix.failures(row, cells) == []


def test_no_answer_breaks_the_published_descriptions(fresh):
    """After all that was asked above; where the descriptions are not beside this checkout, the lab says so."""
    report = json.loads(lab(fresh, "status", "--json").stdout)
    if any("descriptions" in one for one in report["missing"]):
        pytest.skip(" ".join(report["missing"]))
    assert report["violations"] == []


def test_a_missing_part_is_named_and_the_rest_starts(tmp_path):
    """No directory because it was left out, no provider because Node is not found: the cloud side alone, with all its people managed."""
    (tmp_path / "bin").mkdir()
    bare = {"PATH": str(tmp_path / "bin"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    folder = tmp_path / "l"
    report = json.loads(lab(folder, "up", "--hours", "2", "--without", "directory", "--json", env=bare).stdout)
    try:
        assert [one["name"] for one in report["parts"]] == ["cloud"]
        assert any(one.startswith("directory: ") for one in report["missing"]), report["missing"]
        assert any("apt-get install nodejs" in one for one in report["missing"]), report["missing"]
        refused = lab(folder, "fault", "rights-missing", env=bare, check=False)
        assert "needs the directory" in refused.stderr
        lab(folder, "fault", "policy-blocks", env=bare)
        assert diagnosis(folder, "AADSTS53003", env=bare)["ranked"][0]["cause"] == "policy-widened"
    finally:
        lab(folder, "down", env=bare)
    assert not folder.exists()


@pytest.mark.parametrize("how", ["down", "kill"])
def test_nothing_is_left(parts, tmp_path, how):
    """No process, no folder, no port; also where the lab's own process was killed."""
    folder = tmp_path / "l"
    lab(folder, "up", "--hours", "1", "--address", "127.0.0.92")
    assert processes(folder)
    if how == "kill":
        os.kill(int((folder / "faultbook-lab.lock").read_text()), 9)
    lab(folder, "down")
    assert not folder.exists()
    ends = time.monotonic() + 10
    while processes(folder) and time.monotonic() < ends:
        time.sleep(0.1)
    assert processes(folder) == []
    assert samba.missing("127.0.0.92") == ""


def test_parts_that_die_are_shown_and_what_needs_them_says_so(parts, tmp_path):
    """The rest lives on; nothing breaks off, and the sync server's file is still one that can be read."""
    folder = tmp_path / "l"
    lab(folder, "up", "--hours", "1", "--address", "127.0.0.92")
    try:
        group = (folder / "faultbook-lab.lock").read_text().strip()
        listed = subprocess.run(["ps", "-o", "pid=,args=", "-g", group], text=True, capture_output=True, check=True)
        for pid, name in (line.split(None, 1) for line in listed.stdout.splitlines()):
            if name.startswith("samba") or "provider.mjs" in name:
                os.kill(int(pid), 9)
        ends = time.monotonic() + 10
        shown = {}
        while "ended" not in shown.get("directory", "") and time.monotonic() < ends:
            shown = {one["name"]: one["what"] for one in json.loads(lab(folder, "status", "--json").stdout)["parts"]}
        assert shown["directory"].endswith("ended")
        assert shown["provider"].endswith("stopped")
        refused = lab(folder, "fault", "rights-missing", check=False)
        assert (refused.returncode, "faultbook lab down" in refused.stderr) == (1, True), refused.stderr
        lab(folder, "fault", "idp-slow", "writeback-off")
        status = json.loads(lab(folder, "status", "--json").stdout)
        assert [one["name"] for one in status["broken"]] == ["idp-slow", "writeback-off"]
        read = [sys.executable, "-m", "faultbook", "evidence", "check", str(folder / "sync-server.json")]
        checked = subprocess.run(read, text=True, capture_output=True, check=False)
        assert (checked.returncode, "could not be read" in checked.stdout) == (3, True), checked.stdout
    finally:
        lab(folder, "down")
    assert processes(folder) == []


def test_down_waits_for_no_order(parts, tmp_path):
    """An hour with a provider that never answers takes long to live again; whoever ends the lab does not care."""
    folder = tmp_path / "l"
    lab(folder, "up", "--hours", "3", "--without", "directory")
    words = [sys.executable, "-m", "faultbook", "lab", "fault", "--folder", str(folder), "idp-slow", "--since", "3h"]
    with subprocess.Popen(words, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as order:
        time.sleep(2)
        assert order.poll() is None
        began = time.monotonic()
        lab(folder, "down")
        assert time.monotonic() - began < 15
        assert order.wait(30) in (0, 2)
    assert processes(folder) == []
