"""The journal: appended only, whole after any crash, and telling when somebody has changed it."""

import datetime as dt
import tomllib
from pathlib import Path

import pytest

from faultbook.repairs.change import Change, RepairError
from faultbook.repairs.journal import Journal, line

NOW = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)


def change(target="OU=Staff"):
    return Change(
        repair="writeback-rights",
        kind="grant",
        target=target,
        exact=("+ x",),
        affects="a",
        risk="r",
        undo="u",
        permission="p",
        command=("c",),
    )


@pytest.fixture
def journal(tmp_path):
    made = Journal(tmp_path / "state/journal.jsonl")
    for number in range(4):
        made.append(line("intended", change(f"OU={number}"), "run", NOW))
        made.append(line("applied", change(f"OU={number}"), "run", NOW))
    return made


def test_a_cut_at_every_byte_loses_the_last_line_at_most(journal):
    """Wherever a crash has cut the file, what was whole is read, and the next step is appended behind it."""
    whole = journal.path.read_bytes()
    starts = [0, *(at + 1 for at, byte in enumerate(whole) if byte == 10)]
    for cut in range(0, len(whole), 7):
        journal.path.write_bytes(whole[:cut])
        have = len(journal.lines())
        assert have in (
            sum(1 for start in starts[1:] if start <= cut),
            sum(1 for start in starts[1:] if start - 1 <= cut),
        )
        journal.append(line("undoing", change("OU=new"), "run2", NOW))
        assert journal.lines()[-1].change.target == "OU=new"
        assert len(journal.lines()) == have + 1


def test_a_changed_line_is_told(journal):
    """Nobody relies on an undo that somebody has rewritten."""
    rows = journal.path.read_bytes().splitlines(keepends=True)
    journal.path.write_bytes(b"".join([*rows[:2], rows[2].replace(b"OU=1", b"OU=9"), *rows[3:]]))
    with pytest.raises(RepairError, match="changed after it was written"):
        journal.lines()
    journal.path.write_bytes(b"".join(rows[:2] + rows[3:]))
    with pytest.raises(RepairError, match="changed after it was written"):
        journal.lines()


def test_only_one_at_a_time(journal):
    """A second process that would act is turned away."""
    with journal.locked(), pytest.raises(RepairError, match="Another repair"), Journal(journal.path).locked():
        pass
    with Journal(journal.path).locked():
        pass


def test_the_journal_is_its_owner_s(journal):
    """Names of people are in it."""
    assert journal.path.stat().st_mode & 0o077 == 0


def test_every_repair_that_the_book_names_exists():
    """A fix that names a repair nobody has written would promise something."""
    from faultbook.app.repair import NAMES

    named = set()
    for path in (Path(__file__).parents[2] / "book/entries").rglob("*.toml"):
        entry = tomllib.loads(path.read_text())
        named |= {fix["repair"] for fix in entry.get("fix", []) if fix.get("repair")}
    assert named == set(NAMES)
