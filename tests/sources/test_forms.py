"""Encodings, safe names, times, tables and consoles: the forms below every kind."""

import csv
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faultbook.sources.consoles import blocks, tables
from faultbook.sources.items import clean, decode, encoding_of, is_binary
from faultbook.sources.tables import header_of, table
from faultbook.sources.times import clock, is_day_first

WORDS = "Ünïcode: text with a lot of plain letters in it, enough to see what it is"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_encoding_of_windows_is_read(encoding: str) -> None:
    """With and without a byte order mark."""
    text, problems = decode(WORDS.encode(encoding))
    assert text == WORDS
    assert problems == []


def test_latin_1_is_read_with_a_warning() -> None:
    """Bytes that are no UTF-8 are a guess, and said to be one."""
    text, problems = decode("Müller".encode("latin-1"))
    assert text == "Müller"
    assert "Latin-1" in problems[0]


def test_a_head_cut_inside_a_character_is_still_utf_8() -> None:
    """The first bytes of a file end anywhere."""
    assert encoding_of("ü".encode()[:1] and ("a" * 10 + "ü").encode()[:-1]) == "utf-8"


def test_zeros_at_the_end_are_cut_off_and_said() -> None:
    """A crash leaves them behind."""
    text, problems = decode(b'{"value": []}' + b"\x00" * 5000)
    assert text == '{"value": []}'
    assert "5000 zero bytes" in problems[0]


@given(st.binary(max_size=300))
def test_any_bytes_decode(data: bytes) -> None:
    """Decoding never fails, and what comes out can be encoded again."""
    text, _ = decode(data)
    text.encode("utf-8")
    is_binary(data)


def test_binary_is_told_from_text() -> None:
    """Control characters decide."""
    assert is_binary(bytes(range(32)) * 20)
    assert not is_binary(WORDS.encode("utf-16"))
    assert not is_binary(b"a,b\r\n1,2\r\n")


@given(st.text())
def test_nothing_dangerous_is_shown(text: str) -> None:
    """No control, bidirectional or unassigned character survives."""
    assert clean(text).isprintable()


def test_a_terminal_escape_becomes_visible() -> None:
    """The name of a file is text from a stranger."""
    assert clean("a\x1b[31mb\u202ec\n") == "a\\u001b[31mb\\u202ec\\u000a"


@pytest.mark.parametrize(
    ("text", "expected", "zoned"),
    [
        ("2026-08-07T14:11:07.1234567Z", "2026-08-07T14:11:07", True),
        ("2026-08-07T16:11:07+02:00", "2026-08-07T14:11:07", True),
        ("2026-08-07 14:11:07", "2026-08-07T14:11:07", False),
        ("/Date(1786111867000)/", "2026-08-07T14:11:07", True),
        ("8/7/2026 2:11:07 PM", "2026-08-07T14:11:07", False),
        ("8/7/2026, 2:11:07.371 PM", "2026-08-07T14:11:07", False),
        ("8/7/2026 12:11:07 AM", "2026-08-07T00:11:07", False),
        ("8/7/2026 2:11:07 PM +02:00", "2026-08-07T12:11:07", True),
    ],
)
def test_a_printed_time_is_read(text: str, expected: str, zoned: bool) -> None:
    """In all layouts that the tools print, with or without a zone."""
    found = clock(text)
    assert found is not None
    assert found.at.strftime("%Y-%m-%dT%H:%M:%S") == expected
    assert found.at.tzinfo is dt.UTC
    assert found.zoned is zoned


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "13/13/2026 10:00",
        "1601-01-01T00:00:00Z",
        "9" * 100,
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "1/1/0001 1:00:00 AM +14:00",
        "/Date(99999999999999999)/",
    ],
)
def test_what_is_no_time_is_none(text: str) -> None:
    """A counter that was never set is no time either."""
    assert clock(text) is None


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["07.08.2026 14:11:07"], True),
        (["8/7/2026 2:11:07 PM"], False),
        (["13/08/2026 14:11:07", "07/08/2026 14:11:07"], True),
        (["08/13/2026 14:11:07"], False),
        (["01/09/2026 10:00:00", "02/09/2026 10:00:00", "01/10/2026 10:00:00"], True),
        (["07/08/2026 14:11:07"], None),
        ([], None),
    ],
)
def test_day_and_month_are_told_apart_by_what_the_column_shows(texts: list[str], expected: bool | None) -> None:
    """By a number above 12, the separator, AM and PM, or the order in which the log runs; else it is not known."""
    assert is_day_first(texts) is expected


def test_a_table_takes_doubled_ragged_and_separated_columns() -> None:
    """PowerShell's type line, semicolons, a doubled header, a short row."""
    found = table("#TYPE Selected.Thing\r\nA ;B;A;C\r\n1;;2;3\r\n;x\r\n\r\n")
    assert found.header == ["A", "B", "A", "C"]
    assert found.dicts() == [{"A": "1", "C": "3"}, {"B": "x"}]
    assert any("stand there twice" in problem for problem in found.problems)
    assert any("fewer columns" in problem for problem in found.problems)


def test_the_rows_before_an_unreadable_one_are_kept() -> None:
    """A cell beyond the reader's bound ends the table, not the file."""
    before = csv.field_size_limit(131_072)
    try:
        found = table("A,B\n1,2\n3," + "x" * 200_000 + "\n")
    finally:
        csv.field_size_limit(before)
    assert found.dicts() == [{"A": "1", "B": "2"}]
    assert "beyond line" in found.problems[0]


@given(st.text(max_size=200))
def test_any_text_can_be_asked_for_a_table(text: str) -> None:
    """No text raises."""
    header_of(text)
    table(text).dicts()


def test_a_list_is_read_with_its_wrapped_values() -> None:
    """Values go on below, indented to their column."""
    text = "\r\nName   : A: b\r\nLong   : one\r\n         two\r\nEmpty  : \r\n\r\nName   : C\r\n"
    assert list(blocks(text)) == [{"Name": "A: b", "Long": "one\ntwo", "Empty": ""}, {"Name": "C"}]


def test_a_table_of_the_console_is_cut_at_its_dashes() -> None:
    """Columns begin where the dashes begin; the table ends at a blank line."""
    text = "\nName          Value\n----          -----\nStaging mode  False\nVersion       2.5.79.0\n\nafter\n"
    assert list(tables(text)) == [
        [{"Name": "Staging mode", "Value": "False"}, {"Name": "Version", "Value": "2.5.79.0"}]
    ]


@given(st.text(alphabet="ab:- \n", max_size=80))
def test_any_text_can_be_asked_for_lists_and_tables(text: str) -> None:
    """No text raises."""
    list(blocks(text))
    list(tables(text))
