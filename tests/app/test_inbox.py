"""Files that others hand in: their names label them, and lead nowhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faultbook.app.inbox import LONGEST_NAME, Inbox, safe_name


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("signins.csv", "signins.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\kim\\log.evtx", "log.evtx"),
        ("..", "file"),
        ("", "file"),
        ("a\x00b\x1b[31m.json", "ab[31m.json"),
        ("\u202egpj.exe", "gpj.exe"),
        ("CON:1", "CON_1"),
    ],
)
def test_names(given_, kept):
    """The last part, without what a terminal or file system would obey."""
    assert safe_name(given_) == kept


@given(st.text(max_size=400))
def test_every_name_is_one_segment_that_fits(name):
    """Whatever somebody writes."""
    kept = safe_name(name)
    assert kept not in {"", ".", ".."}
    assert not set("/\\\0") & set(kept)
    assert len(kept.encode()) <= LONGEST_NAME


def test_two_of_one_name_do_not_meet_and_all_go(tmp_path):
    """Closing leaves nothing."""
    with Inbox(tmp_path) as inbox:
        for content in (b"1", b"2"):
            with inbox.open("../x.json") as sink:
                sink.write(content)
        assert [path.read_bytes() for path in inbox.paths] == [b"1", b"2"]
        assert all(inbox.folder in path.parents for path in inbox.paths)
    assert list(tmp_path.iterdir()) == []
