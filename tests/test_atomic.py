"""A file is written whole or not at all, whatever happens in the middle of it."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from faultbook import atomic
from faultbook.book import compile as compiler
from faultbook.book import schema
from faultbook.diagnose import case
from faultbook.errors import FaultbookError
from faultbook.sources import bundle

KILLED = """
import os, signal, sys
from pathlib import Path
from faultbook import atomic
{call} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
atomic.write(Path(sys.argv[1]), b"new" * 100_000, "page")
"""


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path):
    out = tmp_path / "page.html"
    for content in (b"one", b"two"):
        atomic.write(out, content, "page")
        assert out.read_bytes() == content
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("call", ["os.fsync", "Path.replace"])
def test_killed_midway_the_old_file_stands(tmp_path, call):
    """The process dies after it has written, before the new file has its name."""
    out = tmp_path / "page.html"
    out.write_bytes(b"old")
    ended = subprocess.run([sys.executable, "-c", KILLED.format(call=call), str(out)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert out.read_bytes() == b"old"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_full_disk_leaves_the_old_file_and_says_why(tmp_path, monkeypatch, number):
    out = tmp_path / "case.zip"
    out.write_bytes(b"old")

    def full(_descriptor):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FaultbookError) as told:
        atomic.write(out, b"new", "support case")
    assert told.value.what == "The support case case.zip could not be written."
    assert told.value.why == f"{os.strerror(number)}."
    assert told.value.do
    assert out.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [out]


def test_an_interruption_leaves_nothing_behind(tmp_path, monkeypatch):
    def interrupted(_descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        atomic.write(tmp_path / "page.html", b"new", "page")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(FaultbookError, match="No such file or directory"):
        atomic.write(tmp_path / "nowhere" / "page.html", b"new", "page")


def test_a_link_is_followed_and_stays_one(tmp_path):
    real, link = tmp_path / "real.zip", tmp_path / "link.zip"
    real.write_bytes(b"old")
    link.symlink_to(real)
    atomic.write(link, b"new", "bundle")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


def test_a_pipe_is_written_to_and_not_replaced():
    code = "from pathlib import Path; from faultbook import atomic; atomic.write(Path('/dev/stdout'), b'new', 'page')"
    ended = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert ended.stdout == b"new"
    assert not Path("/dev/stdout").is_file() or Path("/dev/stdout").is_symlink()


def test_every_writer_of_the_product_is_this_one(tmp_path, monkeypatch):
    """The book, its schema, a bundle: each keeps its old file when the disk fails in the middle."""
    root = Path(__file__).parents[1] / "book"
    if not root.is_dir():
        pytest.skip("the book's sources are not beside these tests")
    writers = {
        "bundle.zip": lambda: bundle.write_bundle([], tmp_path / "bundle.zip"),
        "entry-1.json": lambda: schema.write(root, tmp_path),
        "book.sqlite": lambda: compiler.build(root, tmp_path, {}),
    }
    for name in writers:
        (tmp_path / name).write_bytes(b"old")

    def full(_descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    for name, write in writers.items():
        with pytest.raises(FaultbookError, match="No space left on device"):
            write()
        assert (tmp_path / name).read_bytes() == b"old"
    assert case.atomic is bundle.atomic is atomic
