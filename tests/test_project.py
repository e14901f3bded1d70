"""Promises about the project as a whole."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = ("duckdb", "hyperscan", "evtx", "rich", "click", "msgspec", "sqlite3", "defusedxml")


def test_importing_the_package_pulls_in_nothing_heavy():
    """The libraries load inside the functions that need them."""
    code = f"import faultbook, sys; print([name for name in {HEAVY!r} if name in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_a_page_is_shown_without_any_of_them():
    """The fast path needs the standard library only."""
    code = f"import sys; sys.argv = ['faultbook', 'AADSTS120021']; from faultbook.__main__ import main; main(); print([name for name in {HEAVY!r} if name in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).splitlines()[-1] == "[]"


def tracked() -> list[Path]:
    """Every file of the repository, or of the source tree where git is not there."""
    try:
        names = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT).decode().split("\0")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def test_no_file_names_a_registry_or_a_path_of_some_machine():
    """Requirements are locked by hash, without addresses."""
    address = re.compile(
        rb"https?://[^\s\"']*/(?:simple|packages)/|pypi\.org|files\.pythonhosted|registry\.npmjs|/root/|/home/[a-z]"
    )
    wrong = [
        path.relative_to(ROOT).as_posix()
        for path in tracked()
        if path != Path(__file__) and address.search(path.read_bytes())
    ]
    assert wrong == []


def test_every_requirement_is_locked_with_a_hash():
    """An unhashed line would make pip refuse all of them."""
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text()
        pinned = re.findall(r"^[a-z0-9._-]+==\S+", text, re.MULTILINE)
        assert pinned
        assert len(
            re.findall(r"^[a-z0-9._-]+==.*?\n(?:    --hash=sha256:[0-9a-f]{64}.*\n?)+", text, re.MULTILINE)
        ) == len(pinned)


def test_no_module_has_grown_into_two():
    """Four hundred lines are the limit."""
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in (ROOT / "src").rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > 400
    }
    assert long == {}


EDGES = {"evidence.py", "jobs.py", "diagnosing.py", "blocks.py"}
"""Where a folder is cleared away whatever happened and the error goes on, the task that nobody awaits, and the thread that hands its failure to the one that waits."""


def test_broad_catches_stand_at_the_edges_only():
    """A reader must not swallow what it does not know."""
    wrong = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "src").rglob("*.py")
        if re.search(r"except (?:Base)?Exception\b|except:", path.read_text()) and path.name not in EDGES
    ]
    assert wrong == []
