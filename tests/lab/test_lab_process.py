"""A lab's folder and process: one lab in it at a time, nothing of it stays, and nothing of anybody else's is touched."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import pytest

from faultbook.errors import FaultbookError, UsageError
from faultbook_lab import parts, places, process, samba
from faultbook_lab.server import Lab

ROOT = Path(__file__).parents[2]
CLOUD_ALONE = ("--without", "directory", "--without", "provider", "--hours", "1")


def command(*arguments, **more):
    around = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    whole = [sys.executable, "-W", "ignore", "-m", "faultbook", "lab", *map(str, arguments)]
    return subprocess.Popen(whole, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=around, **more)


def lab(*arguments):
    """A command that has ended: its exit code, and what it said."""
    running = command(*arguments)
    said = "".join(running.communicate(timeout=60))
    return running.returncode, said


@pytest.fixture(autouse=True)
def _interrupts_reach_us():
    """A shell that runs the tests in the background has interrupts ignored, by us and by what we start."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def folder(tmp_path):
    """Of a lab that is down afterwards, whatever happened; its name has what shells trip over."""
    found = tmp_path / "it's a lab"
    yield found
    if found.exists():
        lab("down", "--folder", found)


def test_a_folder_of_something_else_is_neither_used_nor_removed(tmp_path):
    (tmp_path / "thesis.txt").write_text("two years of work")
    (tmp_path / "lock").write_text("12345")
    for verb in (["up", *CLOUD_ALONE], ["down"]):
        code, said = lab(verb[0], "--folder", tmp_path, *verb[1:])
        assert code == 2
        assert str(tmp_path) in said
    assert (tmp_path / "thesis.txt").read_text() == "two years of work"
    assert {path.name for path in tmp_path.iterdir()} == {"thesis.txt", "lock"}


def test_where_no_lab_is_there_is_nothing_to_stop_and_nobody_to_ask(tmp_path):
    assert lab("down", "--folder", tmp_path / "no") == (0, "No lab is up.\n")
    for verb in ("status", "message", "diagnose"):
        code, said = lab(verb, "--folder", tmp_path / "no")
        assert (code, "faultbook lab up" in said) == (2, True), said


@pytest.mark.parametrize("address", ["192.0.2.7", "0.0.0.0", "::1", "here"])
def test_nobody_else_can_reach_a_lab(address):
    with pytest.raises(UsageError, match="no loopback address"):
        process.loopback(address)
    assert process.loopback("127.0.0.99") == "127.0.0.99"


def test_a_folder_is_claimed_by_one_and_what_a_dead_lab_left_is_cleared(tmp_path):
    place = places.place(tmp_path / "l")
    with process.claimed(place):
        (place.folder / "left").write_text("")
        with pytest.raises(UsageError, match="already"), process.claimed(place):
            pass
    with process.claimed(place):
        assert [path.name for path in place.folder.iterdir()] == ["faultbook-lab.lock"]
        assert place.folder.stat().st_mode & 0o077 == 0


def test_what_cannot_be_a_folder_is_said_in_words(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FaultbookError, match="Not a directory"), process.claimed(places.place(tmp_path / "file/l")):
        pass


def test_a_disk_without_room_is_said_before_anything_starts(tmp_path, monkeypatch):
    monkeypatch.setattr(process.shutil, "disk_usage", lambda _: SimpleNamespace(free=1_000_000))
    with pytest.raises(FaultbookError, match="1 MB"), process.claimed(places.place(tmp_path / "l")):
        pass
    assert not (tmp_path / "l").exists()


def test_two_that_start_at_once_are_one_lab_and_it_says_what_to_do_next(folder):
    both = [command("up", "--folder", folder, *CLOUD_ALONE) for _ in range(2)]
    said = [one.communicate(timeout=60) for one in both]
    assert sorted(one.returncode for one in both) == [0, 2], said
    assert any("faultbook lab fault" in out for out, _ in said)
    assert any("already" in err for _, err in said)
    environment = subprocess.run(["sh", "-c", '. "$1"; echo "$FAULTBOOK_CLOUD"', "sh", folder / "environment.sh"], text=True, capture_output=True, check=True)  # fmt: skip
    assert environment.stdout == f"{folder / 'cloud.toml'}\n"
    code, said = lab("fault", "--folder", folder, "policy-blocks", "--since", "5m", "--json")
    assert (code, json.loads(said)["since"][-6:]) == (0, "+00:00")
    assert lab("down", "--folder", folder) == (0, "The lab is down; nothing of it is left.\n")


def test_an_interrupt_while_a_folder_is_claimed_leaves_nothing(tmp_path):
    place = places.place(tmp_path / "l")
    with pytest.raises(KeyboardInterrupt), process.claimed(place):
        raise KeyboardInterrupt
    assert not place.folder.exists()


def test_an_interrupt_while_the_process_begins_ends_it(tmp_path, monkeypatch):
    begun = []

    def interrupted(*arguments, **more):
        begun.append(subprocess.Popen(*arguments, **more))
        signal.raise_signal(signal.SIGINT)
        return begun[0]

    monkeypatch.setattr(process, "subprocess", SimpleNamespace(Popen=interrupted, DEVNULL=subprocess.DEVNULL))
    place = places.place(tmp_path / "l")
    with pytest.raises(KeyboardInterrupt), process.claimed(place) as held:
        process.start(place, held, ["--without=directory", "--without=provider"])
    assert begun[0].returncode == -signal.SIGKILL
    assert not place.folder.exists()


def test_a_folder_that_is_removed_while_a_lab_begins_is_said_in_words(tmp_path):
    place = places.place(tmp_path / "l")

    def begin():
        with process.claimed(place) as held:
            process.clear(place)
            process.start(place, held, [])

    with pytest.raises(FaultbookError, match="did not start"):
        begin()


def test_what_another_lab_has_put_there_meanwhile_stays(tmp_path):
    place = places.place(tmp_path / "l")

    def begin():
        with process.claimed(place):
            process.clear(place)
            with process.claimed(place):
                (place.folder / "another's").write_text("")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        begin()
    assert (place.folder / "another's").exists()


@pytest.mark.parametrize("how", ["interrupt", "down"])
def test_what_is_ended_while_it_starts_leaves_nothing(folder, how):
    up = command("up", "--folder", folder, *CLOUD_ALONE, "--hours", "72")
    try:
        ends = time.monotonic() + 30
        while not (folder / "lab.log").exists() and time.monotonic() < ends:
            time.sleep(0.01)
        server = int((folder / "faultbook-lab.lock").read_text() or 0)
        if how == "interrupt":
            up.send_signal(signal.SIGINT)
        else:
            assert lab("down", "--folder", folder)[0] == 0
        said = "".join(up.communicate(timeout=30))
    finally:
        up.kill()
    assert up.returncode == (130 if how == "interrupt" else 1), said
    assert not folder.exists()
    if server:
        with pytest.raises(ProcessLookupError):
            os.killpg(server, 0)


def test_a_lab_that_was_killed_is_cleaned_up_or_replaced(folder):
    for after in ("up", "down"):
        assert lab("up", "--folder", folder, *CLOUD_ALONE)[0] == 0
        os.kill(int((folder / "faultbook-lab.lock").read_text()), signal.SIGKILL)
        code, said = lab("status", "--folder", folder)
        assert (code, "faultbook lab down" in said) == (2, True), said
        assert lab(after, "--folder", folder, *(CLOUD_ALONE if after == "up" else ()))[0] == 0
        if after == "up":
            assert lab("down", "--folder", folder)[0] == 0
    assert not folder.exists()


@pytest.mark.parametrize("span", ["h", "-5m", "1d", "99999999999999h"])
def test_what_is_no_length_of_time_is_refused_with_one_that_is(folder, span):
    code, said = lab("fault", "--folder", folder, "throttled", f"--since={span}")
    assert code == 2
    assert "3h" in said or "72h" in said


def test_a_part_that_does_not_start_is_named_and_the_rest_starts(tmp_path, monkeypatch):
    """Faults that need it are refused with what it said."""
    monkeypatch.setattr(parts.samba, "missing", lambda address: "")
    monkeypatch.setattr(parts.providers, "missing", lambda cache: "")
    refusals = {
        "_directory": samba.DirectoryError("The domain controller ended while it started.", why="It has no disk."),
        "_provider": OSError(28, "No space left on device"),
    }
    for name, refusal in refusals.items():
        monkeypatch.setattr(parts, name, Mock(side_effect=refusal))
    started = parts.start(places.place(tmp_path), address="127.0.0.93", seed=7, hours=1)
    try:
        assert (
            started.absent["directory"]
            == "It did not start. The domain controller ended while it started. It has no disk."
        )
        assert "No space left" in started.absent["provider"]
        assert len(started.world.tenant.signins) > 10
        with pytest.raises(UsageError, match="needs the directory") as refused:
            Lab(started, places.place(tmp_path)).fault(["rights-missing"], None)
        assert "It has no disk" in refused.value.do
    finally:
        started.stop()
