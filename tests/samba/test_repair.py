"""The whole way on a real directory: rights removed, diagnosed, repaired, verified, the reset works, undone, it fails again."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests_root import module_at

ROOT = Path(__file__).parents[2]


estate = module_at("samba_estate", Path(__file__).with_name("estate.py"))
pytestmark = pytest.mark.slow
ERROR = "SSPR_0029: Your organization hasn't properly set up the on-premises configuration for password reset."


@pytest.fixture(scope="module")
def domain(tmp_path_factory):
    with estate.running(tmp_path_factory.mktemp("dc")) as made:
        yield made


@pytest.fixture
def run(domain, tmp_path):
    """Run one command against the domain as an account that may change rights; answers what it wrote as JSON."""

    def command(*arguments, user="kim", env=None, json_wanted=True):
        given = [
            "--no-cloud", "--no-public", "--ldap", f"ldaps://{estate.lab.ADDRESS}", "--ldap-user", "LAB\\repairer", "--ldap-ca", str(domain.root),
        ]  # fmt: skip
        if arguments[0] == "repair":
            given += ["--journal", str(tmp_path / "journal.jsonl")]
        if user:
            given += ["--user", f"{user}@lab.example.test"]
        if json_wanted:
            given.append("--json")
        return [sys.executable, "-W", "ignore", "-m", "faultbook", *arguments, *given]

    def run(*arguments, user="kim", env=None, **more):
        around = {
            **os.environ,
            "PYTHONPATH": str(ROOT / "src"),
            "FAULTBOOK_LDAP_PASSWORD": estate.PASSWORD,
            **(env or {}),
        }
        done = subprocess.run(
            command(*arguments, user=user, **more), capture_output=True, env=around, cwd=ROOT, check=False, timeout=120
        )
        assert estate.PASSWORD.encode() not in done.stdout + done.stderr
        try:
            return json.loads(done.stdout), done
        except ValueError:
            return None, done

    run.command = command
    return run


def journal(tmp_path):
    return [json.loads(line) for line in (tmp_path / "journal.jsonl").read_bytes().splitlines()]


def test_removed_diagnosed_repaired_verified_undone(domain, run, tmp_path):
    """The proof is the reset itself, by the connector account."""
    domain.revoke()
    assert domain.reset("kim") is False

    found, done = run("diagnose", ERROR, "--live")
    (tmp_path / "before.json").write_bytes(done.stdout)
    assert found["ranked"][0]["cause"] == "connector-rights-incomplete", done.stderr
    assert found["verdict"] in ("established", "likely")

    before = domain.own(domain.unit)
    dry, _ = run("repair", ERROR)
    assert dry["applied"] is False
    assert [step["change"]["kind"] for step in dry["steps"]][:1] == ["grant"]
    assert dry["steps"][0]["change"]["target"] == domain.unit
    assert "dsacls" in dry["steps"][0]["change"]["command"][0]
    assert domain.own(domain.unit) == before
    assert not (tmp_path / "journal.jsonl").exists()

    done_, process = run("repair", ERROR, "--apply")
    assert process.returncode == 0, process.stderr
    assert {step["outcome"] for step in done_["steps"]} == {"applied"}
    assert done_["proven"] == "verified"
    assert domain.reset("kim") is True
    assert domain.reset("robin") is True
    checked, process = run("verify", str(tmp_path / "before.json"), "--live")
    assert checked["turned"] == "verified", process.stdout

    again, _ = run("repair", ERROR, "--apply", "--only", "writeback-rights")
    assert again["steps"] == []
    granted = next(line for line in journal(tmp_path) if line["step"] == "applied")
    undone, _ = run("repair", "--undo", granted["run"], user="")
    assert {step["outcome"] for step in undone["steps"]} == {"undone"}
    assert domain.own(domain.unit) == before
    assert domain.reset("kim") is False
    steps = [line["step"] for line in journal(tmp_path)]
    assert steps == ["intended", "applied"] * (len(steps) // 4) + ["undoing", "undone"] * (len(steps) // 4)
    domain.grant()


def test_inheritance_is_restored_and_protected_again(domain, run, tmp_path):
    """The OU grants the rights; one person does not inherit. Only that is changed."""
    domain.protect("kim", True)
    before = domain.own(domain.dns["kim"])
    assert domain.reset("kim") is False
    done, process = run("repair", ERROR, "--apply")
    kinds = [step["change"]["kind"] for step in done["steps"] if step["change"]["target"] != estate.lab.BASE]
    assert kinds == ["inherit"], process.stdout
    assert done["proven"] == "verified"
    assert domain.reset("kim") is True
    change = next(step["id"] for step in done["steps"] if step["change"]["kind"] == "inherit")
    run("repair", "--undo", change, user="")
    assert domain.own(domain.dns["kim"]) == before
    assert domain.reset("kim") is False
    domain.protect("kim", False)


def test_what_others_added_since_stays(domain, run, tmp_path):
    """The undo takes back what was added, not what was there before or came after."""
    from msgspec import structs

    from faultbook.analysis.acl import Ace

    domain.revoke()
    done, _ = run("repair", ERROR, "--apply")
    held = domain.own(domain.unit)
    stranger = Ace(kind="allow", mask=0x10, trustee=domain.sids["stranger"])
    domain.write(domain.unit, structs.replace(held, aces=(*held.aces, stranger)))
    grant = next(step["id"] for step in done["steps"] if step["change"]["target"] == domain.unit)
    run("repair", "--undo", grant, user="")
    left = domain.own(domain.unit).aces
    assert any(ace.trustee == domain.sids["stranger"] for ace in left)
    assert not any(ace.trustee == domain.sids[estate.CONNECTOR] for ace in left)
    domain.grant()


@pytest.mark.parametrize(
    ("name", "said"), [("boss", "protected account"), ("repairer", "protected group"), ("robin", "on purpose")]
)
def test_protected_accounts_and_refusals_are_advised_on_and_not_touched(domain, run, name, said):
    """adminCount = 1 and a deny entry: a person's business."""
    if name == "boss":
        domain.protect("boss", True)
    elif name == "robin":
        domain.deny("robin")
    before = domain.descriptor(domain.dns[name]), domain.descriptor(domain.unit)
    done, _ = run("repair", ERROR, "--apply", "--only", "writeback-rights", user=name)
    advised = [step for step in done["steps"] if step["change"]["kind"] == "advice"]
    assert len(advised) == 1
    assert said in advised[0]["detail"]
    assert (domain.descriptor(domain.dns[name]), domain.descriptor(domain.unit)) == before


def test_without_the_right_to_change_rights_nothing_changes(domain, run, tmp_path):
    """The directory refuses, the journal says so, and the exit code too."""
    domain.revoke()
    before = domain.own(domain.unit)
    command = [one.replace("repairer", "reader") for one in run.command("repair", ERROR, "--apply")]
    around = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "FAULTBOOK_LDAP_PASSWORD": estate.PASSWORD}
    done = subprocess.run(command, capture_output=True, env=around, cwd=ROOT, check=False)
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["steps"][0]["outcome"] == "not applied"
    assert [line["step"] for line in journal(tmp_path)] == ["intended", "not-applied"]
    assert domain.own(domain.unit) == before
    domain.grant()


@pytest.mark.parametrize("moment", ["intended", "written", "applied"])
def test_killed_at_any_moment_nothing_is_done_twice(domain, run, tmp_path, moment):
    """Killed before the change, between change and journal, or after: the next run finds out and goes on."""
    domain.revoke()
    (tmp_path / "sitecustomize.py").write_text(KILLER)
    around = {
        **os.environ,
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{tmp_path}",
        "FAULTBOOK_LDAP_PASSWORD": estate.PASSWORD,
        "FAULTBOOK_TEST_KILL": moment,
    }
    done = subprocess.run(
        run.command("repair", ERROR, "--apply"), capture_output=True, env=around, cwd=ROOT, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    _, process = run("repair", ERROR, "--apply", "--only", "writeback-rights")
    assert process.returncode == 0, process.stderr
    assert domain.reset("kim") is True
    mine = [ace for ace in domain.own(domain.unit).aces if ace.trustee == domain.sids[estate.CONNECTOR]]
    assert len(mine) == 3
    newest = {line["change"]["target"] + line["change"]["kind"]: line["step"] for line in journal(tmp_path)}
    assert set(newest.values()) == {"applied"}


KILLER = """
import os, signal
from faultbook.repairs.journal import Journal

moment, real = os.environ["FAULTBOOK_TEST_KILL"], Journal.append


def append(self, line):
    if moment == "written" and line.step == "applied":
        os.kill(os.getpid(), signal.SIGKILL)
    real(self, line)
    if line.step == moment:
        os.kill(os.getpid(), signal.SIGKILL)


Journal.append = append
"""
