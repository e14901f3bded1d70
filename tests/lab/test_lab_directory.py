"""The lab's directory and its writeback agent: each fault really fails a change in the way it is named for, and its inverse heals it."""

import datetime as dt
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from running import ADDRESS, certificate, need, running_directory

from faultbook.evidence import Subject
from faultbook.probes import all_probes, ask
from faultbook.sources.evidence import gather
from faultbook_lab.people import FINANCE, KIM, STAFF, Person
from tests_root import ROOT

pytestmark = pytest.mark.slow
NOW = dt.datetime(2026, 3, 2, 8, 14, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
ADA = STAFF[0]
TRIES = itertools.count()


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    with running_directory(tmp_path_factory.mktemp("lab")) as made:
        yield made


@pytest.fixture
def agent(directory):
    """An agent that has run for an hour before NOW."""
    from faultbook_lab.agent import Agent

    made = Agent(directory)
    made.start(NOW - 60 * MINUTE)
    made.beat(NOW)
    return made


def fresh():
    return f"Fresh-{next(TRIES)}-Passw0rd!"


def signs_in(directory, person, password):
    """Whether the directory takes the password: true, or its own words."""
    from ldap3.core.exceptions import LDAPInvalidCredentialsResult

    from faultbook.sources.live.ldap import Place
    from faultbook_lab.objects import connect

    try:
        connect(Place(host=directory.address, user=person.upn, ca=str(directory.root)), password).unbind()
    except LDAPInvalidCredentialsResult as error:
        return error.message
    return True


def answers(agent, tmp_path, *probes, at=NOW, person=KIM, collected=NOW + 20 * MINUTE):
    """What the product's probes say to the file that the collector would write, asked about this person's failure."""
    path = tmp_path / "collected.json"
    path.write_text(json.dumps(agent.server_file(collected, NOW - 48 * 60 * MINUTE, person)))
    about = Subject(code="AADSTS120021", at=at, user=person.upn, user_id=person.id)
    with gather([path]) as gathered:
        assert [report.problems for report in gathered.reports] == [()]
        facts = gathered.facts_for("120021")
        return [ask(all_probes()[probe], facts, about, {}).answer for probe in probes]


def ids(agent, at=NOW):
    return [record.id for record in agent.events if record.at == at and record.id != 31019]


def test_a_change_arrives(directory, agent):
    """The new password is the person's, the old one is not, and the log shows start and success."""
    old, new = directory.passwords[KIM.upn], fresh()
    assert signs_in(directory, KIM, old) is True
    assert agent.change(KIM, new, NOW).kind == "done"
    assert signs_in(directory, KIM, new) is True
    assert "data 52e" in signs_in(directory, KIM, old)
    assert ids(agent) == [31006, 31007]
    assert agent.change(KIM, fresh(), NOW + MINUTE, kind="reset").kind == "done"
    assert ids(agent, NOW + MINUTE) == [31001, 31002]


def test_the_estate_is_the_organisation(directory):
    """Everybody who is synchronised, the protected administrator, and a connector account that may do nothing but write back."""
    from faultbook.analysis.access import UNEXPIRE, WRITEBACK, check
    from faultbook.analysis.ad_names import DOMAIN_DNS, USER
    from faultbook.analysis.principals import Account
    from faultbook_lab import directory as lab
    from faultbook_lab.objects import NEVER_EXPIRES, granting_unexpire

    with directory.administering() as objects:
        for person in lab.SYNCED:
            assert objects.named(lab.DOMAIN.base, person.upn) == person.dn
        assert objects.attributes(lab.BOSS.dn, ["adminCount"])["adminCount"] == [b"1"]
        assert objects.descriptor(lab.BOSS.dn).protected is True
        for login in (directory.administrator, directory.connector):  # neither runs out while a domain is kept
            (control,) = objects.attributes(login.dn, ["userAccountControl"])["userAccountControl"]
            assert int(control) & NEVER_EXPIRES
        sid = objects.sid(directory.connector.dn)
        connector = Account(sid=sid, groups=objects.groups(directory.connector.dn), complete=True)
        for unit in lab.UNITS:
            own = objects.own(f"OU={unit},{lab.DOMAIN.base}")
            mine = [ace for ace in own.aces if ace.trustee == sid]
            assert {(ace.mask, ace.inherited_object_type) for ace in mine} == {(0x100, USER), (0x20, USER)}
            assert len(mine) == 3
        root = objects.descriptor(lab.DOMAIN.base)
        assert sum(ace.trustee == sid for ace in granting_unexpire(root, sid).aces) == 1
        assert check(root, connector, UNEXPIRE, DOMAIN_DNS).verdict == "granted"
        for person in (KIM, FINANCE[0]):
            held = objects.descriptor(person.dn)
            assert {check(held, connector, right, USER).verdict for right in WRITEBACK} == {"granted"}


def test_the_repairer_may_change_rights_and_the_reader_may_not(directory):
    """As the repair of the product needs it."""
    from ldap3.core.exceptions import LDAPInsufficientAccessRightsResult

    from faultbook_lab.objects import opened

    for login in (directory.repairer, directory.reader):
        with opened(directory.place(login), login.password) as objects:
            held = objects.own(KIM.dn)
            assert held.aces
            if login is directory.repairer:
                objects.write(KIM.dn, held)
            else:
                with pytest.raises(LDAPInsufficientAccessRightsResult):
                    objects.write(KIM.dn, held)


@pytest.mark.parametrize(
    ("broken", "healed", "sufferer", "spared"),
    [
        (lambda d: d.revoke_rights("Finance"), lambda d: d.grant_rights("Finance"), FINANCE[0], KIM),
        (lambda d: d.block_inheritance(KIM), lambda d: d.restore_inheritance(KIM), KIM, ADA),
        (lambda d: d.deny(KIM), lambda d: d.undeny(KIM), KIM, ADA),
    ],
    ids=["rights", "inheritance", "deny"],
)
def test_rights_missing(directory, agent, tmp_path, broken, healed, sufferer, spared):
    """The directory refuses, 33004 is logged, the probes find both; twice broken or healed is once."""
    asked = (
        "directory.writeback-rights-missing",
        "hybrid.permission-error-logged",
        "hybrid.connector-credentials-refused",
    )
    assert answers(agent, tmp_path, *asked, person=sufferer) == ["no", "no", "no"]
    broken(directory)
    broken(directory)
    try:
        answer = agent.change(sufferer, fresh(), NOW)
        assert answer.reason == "rights"
        assert "00002098" in answer.said or "access" in answer.said.lower()
        assert ids(agent) == [31006, 6329, 33004, 31008]
        assert agent.change(spared, fresh(), NOW + 30 * MINUTE).kind == "done"
        assert answers(agent, tmp_path, *asked, person=sufferer) == ["yes", "yes", "no"]
        assert answers(agent, tmp_path, *asked, person=spared) == ["no", "no", "no"]
    finally:
        healed(directory)
        healed(directory)
    assert agent.change(sufferer, fresh(), NOW + MINUTE).kind == "done"
    assert answers(agent, tmp_path, asked[0], person=sufferer) == ["no"]


def test_a_protected_administrator_is_never_served(agent, tmp_path):
    """Inheritance is off there by design."""
    from faultbook_lab.directory import BOSS

    assert agent.change(BOSS, fresh(), NOW, kind="reset").reason == "rights"
    asked = "directory.inheritance-blocked", "directory.protected-account"
    assert answers(agent, tmp_path, *asked, person=BOSS) == ["yes", "yes"]


def test_the_connector_s_password_expires(directory, agent, tmp_path):
    """The bind itself is refused with the directory's own code, and nobody can be served until it is renewed."""
    asked = "hybrid.connector-credentials-refused", "hybrid.permission-error-logged"
    directory.expire_connector_password()
    try:
        answer = agent.change(KIM, fresh(), NOW, kind="reset")
        assert answer.reason == "credentials"
        assert "data 773" in answer.said
        assert ids(agent) == [31001, 6329, 33001, 31003]
        assert answers(agent, tmp_path, *asked) == ["yes", "no"]
    finally:
        old = directory.connector.password
        directory.renew_connector_password()
    assert directory.connector.password != old
    assert agent.change(KIM, fresh(), NOW + MINUTE).kind == "done"


def test_the_directory_s_policy_refuses(directory, agent):
    """Too short a password, by the domain's own policy."""
    answer = agent.change(KIM, "short", NOW)
    assert answer.reason == "policy"
    assert "0000052D" in answer.said.upper()
    assert 33008 in ids(agent)


def test_nobody_of_that_name(agent):
    """A person of the cloud who is not in the directory."""
    assert agent.change(Person("nobody", "contoso.example", "Staff"), fresh(), NOW).reason == "no-such-user"
    assert ids(agent) == [31006, 33002, 31008]


def test_a_directory_that_another_root_vouches_for_is_not_served(directory, agent, tmp_path, monkeypatch):
    """Certificates are verified, or anybody could collect passwords."""
    monkeypatch.setattr(directory, "root", certificate(tmp_path, ADDRESS)[2])
    answer = agent.change(KIM, fresh(), NOW)
    assert answer.reason == "directory-down"
    assert "CERTIFICATE_VERIFY_FAILED" in answer.said
    assert ids(agent) == [31006, 6329, 33001, 31008]


def test_a_directory_that_hangs_is_given_up_on(directory, agent):
    """After five seconds, whatever it is that does not come."""
    os.kill(directory.pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        assert agent.change(KIM, fresh(), NOW).reason == "directory-down"
        assert time.monotonic() - began < 8
    finally:
        os.kill(directory.pid, signal.SIGCONT)
    assert agent.change(KIM, fresh(), NOW + MINUTE).kind == "done"


def test_a_password_can_be_given_and_its_change_demanded(directory, agent):
    """By an administrator; the agent's reset takes the demand away."""
    new = fresh()
    directory.set_password(ADA, new)
    assert signs_in(directory, ADA, new) is True
    directory.must_change(ADA)
    assert "data 773" in signs_in(directory, ADA, new)
    assert agent.change(ADA, again := fresh(), NOW).kind == "done"
    assert signs_in(directory, ADA, again) is True


@pytest.mark.parametrize(
    ("off", "on", "probe"),
    [
        ("stop", "start", "hybrid.writeback-service-stopped"),
        ("disconnect", "reconnect", "hybrid.relay-error-logged"),
        ("disconnect", "reconnect", "hybrid.heartbeat-missing"),
        ("offboard", "onboard", "hybrid.writeback-disabled-before"),
        ("offboard", "onboard", "hybrid.writeback-off"),
    ],
)
def test_an_agent_that_is_not_there(agent, tmp_path, off, on, probe):
    """Nothing arrives and nothing is logged of it; the probes see why, and that it is over."""
    assert answers(agent, tmp_path, probe, at=NOW - 30 * MINUTE, collected=NOW) == ["no"]
    agent.forget_after(NOW - 14 * MINUTE)
    getattr(agent, off)(NOW - 14 * MINUTE)
    agent.beat(NOW + 10 * MINUTE)
    before = len(agent.events)
    assert agent.change(KIM, fresh(), NOW).kind == "unreachable"
    assert len(agent.events) == before
    assert answers(agent, tmp_path, probe, collected=NOW + 10 * MINUTE) == ["yes"]
    getattr(agent, on)(NOW + 15 * MINUTE)
    agent.beat(NOW + 60 * MINUTE)
    assert agent.change(KIM, fresh(), NOW + 60 * MINUTE).kind == "done"
    late = NOW + 50 * MINUTE
    assert answers(agent, tmp_path, probe, at=late, collected=NOW + 60 * MINUTE) == ["no"]


def test_the_file_is_what_the_collector_would_write(agent, tmp_path, capsys):
    """Every part of the script is there, and the product's own check reads it without a complaint."""
    from faultbook.cli import main

    script = (ROOT / "collector/Collect-FaultbookEvidence.ps1").read_text(encoding="utf-8")
    wrote = script.partition("$document = [ordered] @{")[2].partition("\n}")[0]
    agent.change(KIM, fresh(), NOW)
    document = agent.server_file(NOW, NOW - 48 * 60 * MINUTE, KIM)
    assert set(document) <= set(wrote.replace(";", " ").replace("=", " ").split())
    assert all(f"{part} = " in wrote for part in document)
    path = tmp_path / "collected.json"
    path.write_text(json.dumps(document))
    assert main(["evidence", "check", str(path)]) == 0
    assert "collector" in capsys.readouterr().out


def test_a_failing_cloud_shows_in_the_agent_s_log(agent, tmp_path):
    """As 32001, while the agent hears of it at all."""
    assert answers(agent, tmp_path, "hybrid.cloud-service-error-logged") == ["no"]
    agent.cloud_failed(NOW)
    assert answers(agent, tmp_path, "hybrid.cloud-service-error-logged") == ["yes"]
    agent.stop(NOW + MINUTE)
    agent.cloud_failed(NOW + MINUTE)
    assert 32001 not in ids(agent, NOW + MINUTE)


def test_events_are_forgotten_from_either_end(agent):
    """And the agent goes on beating from what is left."""
    agent.forget(NOW - 30 * MINUTE)
    assert agent.events[0].at == NOW - 30 * MINUTE
    agent.forget_after(NOW - 10 * MINUTE)
    assert agent.events[-1].at == NOW - 15 * MINUTE
    agent.beat(NOW)
    assert [record.at for record in agent.events[-3:]] == [NOW - 10 * MINUTE, NOW - 5 * MINUTE, NOW]


def test_a_kept_domain(tmp_path):
    """Made once, then taken from the cache; what opened the first does not open the second. After stop nothing is left."""
    from faultbook_lab.agent import Agent

    seconds, passwords = [], []
    for name, address in (("first", "127.0.0.88"), ("second", "127.0.0.89")):
        (tmp_path / name / "directory/dc/left-behind").mkdir(parents=True)
        began = time.monotonic()
        with running_directory(tmp_path / name, tmp_path / "cache", address) as directory:
            seconds.append(time.monotonic() - began)
            agent = Agent(directory)
            agent.start(NOW)
            assert agent.change(KIM, fresh(), NOW).kind == "done"
            logins = (directory.administrator, directory.connector, directory.reader, directory.repairer)
            passwords += [login.password for login in logins]
            passwords += directory.passwords.values()
            assert not any(login.password in repr(login) for login in logins)
            pid = directory.pid
        assert not Path(f"/proc/{pid}").exists()
        for port in (389, 636, 3268, 3269):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((address, port), 2)
        assert agent.change(KIM, fresh(), NOW).reason == "directory-down"
        lacking = agent.server_file(NOW, NOW - MINUTE, KIM)["errors"]
        assert [error["part"] for error in lacking] == ["accounts", "users", "rights"]
        assert not list((tmp_path / name).rglob("administrator"))
    assert seconds[1] < seconds[0] / 2
    assert len(set(passwords)) == len(passwords)
    (kept,) = (tmp_path / "cache").iterdir()
    assert kept.stat().st_mode & 0o077 == 0
    assert (kept / "etc/administrator").read_text() not in passwords[len(passwords) // 2 :]


def test_a_damaged_domain(tmp_path, capsys):
    """A copy that a full disk cut short, or that another Samba cannot read, ends no lab and does not stay."""
    for damaged in (False, True):
        with running_directory(tmp_path / f"lab-{damaged}", tmp_path / "cache", "127.0.0.88") as directory:
            assert directory.running
        (kept,) = (tmp_path / "cache").iterdir()
        assert (kept / "etc/administrator").exists()
        assert ("made anew" in capsys.readouterr().err) is damaged
        (kept / "etc/administrator").unlink()
        for ldb in kept.rglob("*.ldb"):
            ldb.write_bytes(ldb.read_bytes()[:4096])


def test_a_missing_part_is_named_with_what_helps(monkeypatch):
    """The command that installs it, or another address where this one is taken."""
    from faultbook_lab import samba

    need(samba.missing("127.0.0.90"))
    with socket.create_server(("127.0.0.90", 3269)):
        assert "another loopback address" in samba.missing("127.0.0.90")
    assert samba.missing("127.0.0.90") == ""
    monkeypatch.setattr(samba.shutil, "which", lambda *_, **__: None)
    assert "apt-get install" in samba.missing("127.0.0.90")


def test_it_ends_with_whoever_started_it(tmp_path):
    """Killed without a chance to tidy up, the lab leaves no server behind."""
    from faultbook_lab.directory import missing

    need(missing("127.0.0.88"))
    tls = [str(path) for path in certificate(tmp_path, "127.0.0.88")]
    code = (
        "import sys, time; from pathlib import Path; from faultbook_lab.directory import Directory\n"
        "made = Directory.start(Path(sys.argv[1]), '127.0.0.88', tuple(map(Path, sys.argv[2:])))\n"
        "print(made.pid, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-W", "ignore", "-c", code, str(tmp_path / "lab"), *tls]
    around = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=around, text=True) as starter:
        pid = int(starter.stdout.readline())
        assert Path(f"/proc/{pid}").exists()
        starter.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{pid}").exists()


def test_a_folder_with_too_long_a_name_is_refused_in_words(tmp_path):
    """Sockets have short names; the reason would otherwise be a number in a log."""
    from faultbook_lab.samba import Controller, DirectoryError, Domain

    with pytest.raises(DirectoryError, match="shorter"):
        Controller(tmp_path / ("n" * 95), ADDRESS, Domain()).start()
