"""The store: whole or not there, unguessable, expiring, within its quota."""

import datetime as dt
import os
import stat

import pytest

from faultbook.errors import FaultbookError
from faultbook.stores import Diagnoses, Full, Quota

NOW = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
MEMBERS = {"diagnosis.json": b"{}", "case.zip": b"PK"}


@pytest.fixture
def store(tmp_path):
    return Diagnoses(tmp_path / "kept", Quota(count=3, each=2, bytes=10_000, keep=HOUR))


def on_disk(store):
    return sorted(path.name for path in store._folder.iterdir())


def test_what_was_put_is_found_until_it_expires(store):
    """Read back byte for byte, by its name only, and not a second too long."""
    name = store.new_name()
    store.put(name, "kim", MEMBERS, NOW)
    kept = store.find(name, NOW + HOUR - dt.timedelta(seconds=1))
    assert {member: kept.read(member) for member in MEMBERS} == MEMBERS
    assert (kept.about.owner, kept.about.expires) == ("kim", NOW + HOUR)
    assert store.find(name, NOW + HOUR) is None
    assert store.find(store.new_name(), NOW) is None


def test_names_cannot_be_guessed_and_do_not_stand_on_disk(store):
    """192 bits; a listing of the folder opens nothing."""
    names = {store.new_name() for _ in range(100)}
    assert len(names) == 100
    assert all(len(name) == 32 for name in names)
    name = names.pop()
    store.put(name, "", MEMBERS, NOW)
    assert name not in "".join(on_disk(store))


@pytest.mark.parametrize(
    "name", ["", "..", "../kept", "a" * 31, "a" * 33, "/etc/passwd", "a" * 31 + "/", "a\0" + "b" * 30]
)
def test_what_is_no_name_finds_nothing(store, name):
    """No name leads out of the folder."""
    assert store.find(name, NOW) is None
    assert not store.is_gone(name)
    assert not store.delete(name)


def test_what_is_gone_is_told_from_what_never_was(store):
    """Deleted and expired leave a mark, which goes after a month."""
    deleted, expired = store.new_name(), store.new_name()
    store.put(deleted, "", MEMBERS, NOW)
    store.put(expired, "", MEMBERS, NOW)
    assert store.delete(deleted)
    assert not store.delete(deleted)
    assert store.sweep(NOW + HOUR) == 1
    assert store.is_gone(deleted)
    assert store.is_gone(expired)
    assert not store.is_gone(store.new_name())
    assert all(name.endswith(".gone") for name in on_disk(store))
    for mark in store._folder.iterdir():
        os.utime(mark, (NOW.timestamp(), NOW.timestamp()))
    store.sweep(NOW + dt.timedelta(days=31))
    assert on_disk(store) == []


def test_nothing_half_written_is_ever_found(store, monkeypatch):
    """A full disk in the middle leaves nothing; what a crash left is swept."""
    name = store.new_name()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FaultbookError, match="could not be kept"):
        store.put(name, "", MEMBERS, NOW)
    monkeypatch.undo()
    assert store.find(name, NOW) is None
    assert on_disk(store) == []
    crashed = store._folder / ".part-0123456789abcdef"
    crashed.mkdir()
    (crashed / "about.json").write_bytes(b"{}")
    os.utime(crashed, (NOW.timestamp(), NOW.timestamp()))
    store.sweep(NOW + 2 * HOUR)
    assert on_disk(store) == []


def test_a_member_that_is_added_later_is_whole_too(store):
    """And may be replaced."""
    kept = store.put(store.new_name(), "", MEMBERS, NOW)
    store.add(kept, "verified.json", b"1")
    store.add(kept, "verified.json", b"22")
    assert kept.read("verified.json") == b"22"
    with pytest.raises(FileNotFoundError):
        kept.read("other.json")
    with pytest.raises(ValueError, match="no name of a member"):
        store.add(kept, "../x.json", b"")


def test_the_quota_is_held(store):
    """By count, by owner, by bytes; what has expired makes room."""
    for _ in range(2):
        store.put(store.new_name(), "kim", MEMBERS, NOW)
    with pytest.raises(Full, match="You keep 2"):
        store.admit("kim", NOW)
    with pytest.raises(Full, match="as many diagnoses"):
        store.put(store.new_name(), "lee", {"case.zip": b"x" * 20_000}, NOW)
    store.put(store.new_name(), "lee", MEMBERS, NOW)
    with pytest.raises(Full):
        store.admit("ann", NOW)
    store.admit("ann", NOW + HOUR)


def test_only_the_service_may_read_it(store):
    """Whatever the umask says."""
    kept = store.put(store.new_name(), "", MEMBERS, NOW)
    for path in (store._folder, kept.folder):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_written_is_told_at_the_start(tmp_path):
    """Not at the first diagnosis."""
    (tmp_path / "file").write_text("")
    with pytest.raises(FaultbookError, match="cannot be kept"):
        Diagnoses(tmp_path / "file" / "kept", Quota(count=1, each=1, bytes=1, keep=HOUR))
