"""Where only the code is published, the page says so, in sentences made from the tables and stored nowhere."""

import datetime as dt

import pytest

from faultbook.book.compile import database
from faultbook.book.files import EntryFile, Problem, parse_entry
from faultbook.book.known import read_known
from faultbook.book.known_only import _LOOK, MADE, with_published
from faultbook.book.lint import LintContext, lint
from faultbook.book.page import as_markdown, plain
from faultbook.book.place import place, product_of
from faultbook.book.reader import open_book
from faultbook.book.skeleton import skeleton
from faultbook.errors import BookError
from faultbook.recognise import Recogniser

TODAY = dt.date(2026, 11, 23)
CODES = (
    "AADSTS1003016",
    "AADSTS900382",
    "DELTA_CANNOT_RENAME_PATH",
    "003008",
    "ADF:2340",
    "ETIMEOUT",
    "dbt0243",
    "SqlErrorNumber=4060",
)


@pytest.fixture(scope="module")
def known(book_folder):
    return read_known(book_folder / "codes")


def written(code, known, words):
    one = next(one for one in known if one.code == code)
    product = product_of(one, code)
    text = skeleton(code, product, one, words, TODAY, known_only=True)
    path = place(code, product, one.note).as_posix()
    return EntryFile(path, parse_entry(text, path), text)


def published(entry, known):
    return with_published([entry], known)[0]


def test_it_passes_the_lint_as_it_is_written(known, words):
    """Nothing is left to fill in, its sample is recognised, and no two of them are taken for copies of one another."""
    files = [written(code, known, words) for code in CODES]
    context = LintContext(
        words=words, published={one.code: one for one in known}, recognise=Recogniser([file.entry for file in files], known).scan,
        probes={}, fixtures=lambda _: (), today=TODAY,
    )  # fmt: skip
    assert lint(files, (), context) == []


def test_its_file_holds_no_prose(known, words):
    """What the page says is made; the file has the facts."""
    text = written("AADSTS1003016", known, words).text
    assert not [key for key in MADE if f"\n{key} " in text or f"[{key}]" in text]


def test_its_page_says_what_is_known_and_where_more_is(known, words):
    """Number family, neighbours, OAuth class, the lookup of the number, and that nobody says who can act."""
    one = next(one for one in known if one.oauth_error == "invalid_client" and one.family == "entra")
    page = " ".join(plain(published(written(one.code, known, words).entry, known), words, {}).split())
    assert "no word on what it means" in page or "no source says what it means" in page
    for told in (
        "no source says who can act",
        "invalid_client: The application itself",
        "Nearest published:",
        f"error?code={one.code[6:]}",
    ):
        assert told in page, told


def test_what_the_tables_say_is_data_too(known, words):
    """A web page or an assistant need not read sentences."""
    told = published(written("AADSTS1003016", known, words).entry, known).published
    assert (told.low, told.high, told.range_about) == (1003000, 1003099, "custom extension/artifact")
    assert [near.code for near in told.nearest][:1] == ["AADSTS1003015"]


def test_prose_of_its_own_is_refused(known, words):
    """Either a source says something, then it is a brief entry, or nothing does."""
    text = written("AADSTS1003016", known, words).text.replace("known_only", 'summary = "It fails."\nknown_only')
    problem = parse_entry(text, "X.toml")
    assert isinstance(problem, Problem)
    assert "known_only has no summary" in problem.message


def test_its_sentences_do_not_crowd_the_search(known, words, tmp_path):
    """A word that every such page holds finds none of them; the name of one does."""
    entries = with_published([written(code, known, words).entry for code in CODES], known)
    (tmp_path / "book.sqlite").write_bytes(database(entries, known, words, "x"))
    with open_book(tmp_path) as book:
        assert not [hit for hit in book.search("what ends it stands in no source") if hit.entry]
        assert [hit.code for hit in book.search("invalid schema name")][:1] == ["dbt0243"]


def test_every_product_says_where_more_is(words):
    """No product falls back on the sign-in log."""
    assert set(words.products) <= set(_LOOK)


def test_a_code_of_no_table_cannot_be_known_only(words):
    """There is no source to cite."""
    with pytest.raises(BookError, match="No table"):
        skeleton("AADSTS99999999", "entra", None, words, TODAY, known_only=True)


def test_markdown_says_the_same(known, words):
    """The page of the web is the page of the terminal."""
    entry = published(written("ADF:2340", known, words).entry, known)
    assert "failureType" in as_markdown(entry, words, {})
