"""Entries are read from TOML, and a mistake is located."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faultbook.book.files import Problem, line_of, parse_entry, read_entries, read_entry, read_folder
from faultbook.book.words import read_words
from faultbook.errors import BookError

BOOK = Path(__file__).parents[2] / "book"
MODEL = BOOK / "entries/entra/1200xx/AADSTS120021.toml"
TEXT = MODEL.read_text()


def broken(old: str, new: str) -> Problem:
    assert old in TEXT
    found = parse_entry(TEXT.replace(old, new, 1), "X.toml")
    assert isinstance(found, Problem)
    return found


def line_in(text: str, fragment: str) -> int:
    return text[: text.index(fragment)].count("\n") + 1


def test_the_model_entry_is_read():
    """The model entry converts strictly."""
    assert read_entry(MODEL).causes[0].id == "sspr-service-fault"


def test_a_wrong_type_is_located_in_its_table():
    """A wrong type names the second cause, counted from one, and the line of the key."""
    problem = broken("share   = 18", "share   = '18'")
    assert (problem.where, problem.line) == ("cause[2].share", line_in(TEXT, "share   = 18"))
    assert "int" in problem.message


def test_an_unknown_key_is_located():
    """A misspelt key is an error on its own line."""
    problem = broken("severity   =", "severty    =")
    assert (problem.where, problem.line) == ("severty", line_in(TEXT, "severity   ="))


def test_a_missing_severity_says_where_it_is_found():
    """It follows from two other keys, and is written down all the same."""
    assert "faultbook book words" in broken("severity   =", "# severity =").message


def test_a_word_outside_the_list_is_located_at_the_nearest_key():
    """Inside an inline table the line of the surrounding key is given."""
    problem = broken(
        '"service.password-reset-issue-overlaps", yes = "often"', '"service.password-reset-issue-overlaps", yes = "oft"'
    )
    assert problem.where == "cause[1].tests[1].yes"
    assert problem.line == line_in(TEXT, "tests   = [")


def test_a_missing_table_is_said_to_be_missing():
    """A file without a review says so."""
    problem = broken('[review]\nby   = ["The Faultbook authors"]\ndate = 2026-11-23', "")
    assert "review" in problem.message


def test_bad_toml_names_its_line():
    """What is not TOML at all is located too."""
    problem = broken("share   = 18", "share   =")
    assert problem.line == line_in(TEXT, "share   = 18")
    assert "TOML" in problem.message


def test_headers_inside_long_strings_do_not_count():
    """A table header written inside a text is text."""
    text = "meaning = '''\n[[cause]]\nshare = 3\n'''\n[[cause]]\nid = 'a'\nshare = 4\n"
    assert line_of(text, "cause[0].share") == 7


def test_one_bad_file_does_not_stop_the_rest(tmp_path):
    """Whatever cannot be read is reported; the rest is read, in the order of the paths."""
    (tmp_path / "b").mkdir()
    (tmp_path / "a.toml").write_bytes(b"name = '\xff'")
    (tmp_path / "b" / "AADSTS120021.toml").write_text(TEXT)
    (tmp_path / "c.toml").write_text("schema = 1")
    files, problems = read_folder(tmp_path)
    assert [file.path for file in files] == ["b/AADSTS120021.toml"]
    assert [problem.file for problem in problems] == ["a.toml", "c.toml"]
    assert "UTF-8" in problems[0].message
    assert [entry.code for entry in read_entries(tmp_path)[0]] == ["AADSTS120021"]


def test_read_entry_raises_with_the_place(tmp_path):
    """A single entry that cannot be read is an error with its line."""
    path = tmp_path / "X.toml"
    path.write_text(TEXT.replace("share   = 18", "share   = 99"))
    with pytest.raises(BookError, match=r"X\.toml:\d+: cause\[2\]\.share"):
        read_entry(path)


@settings(max_examples=60)
@given(st.text(max_size=400))
def test_no_text_whatever_breaks_the_reader(text):
    """Any text is either an entry or a problem."""
    assert isinstance(parse_entry(text, "X.toml"), Problem)


@settings(max_examples=60)
@given(st.integers(0, len(TEXT) - 1), st.integers(1, 400))
def test_a_hole_anywhere_is_an_entry_or_a_problem(start, length):
    """Cutting anything out of an entry never raises."""
    parse_entry(TEXT[:start] + TEXT[start + length :], "X.toml")


def test_the_vocabularies_are_complete():
    """Every stop has a severity for every word of passing alone, and worse never weighs less."""
    words = read_words(BOOK / "words.toml")
    rank = {"low": 0, "medium": 1, "high": 2, "critical": 3}
    for by_transient in words.severity.values():
        assert set(by_transient) == {"yes", "may", "no", "unknown"}
        assert rank[by_transient["yes"]] <= rank[by_transient["may"]] <= rank[by_transient["no"]]
    assert list(words.likelihood.values()) == sorted(words.likelihood.values(), reverse=True)


def test_broken_vocabularies_are_named(tmp_path):
    """A likelihood of one is refused: nothing is ever certain."""
    path = tmp_path / "words.toml"
    path.write_text((BOOK / "words.toml").read_text().replace("0.95", "1.0"))
    with pytest.raises(BookError, match="likelihood"):
        read_words(path)
