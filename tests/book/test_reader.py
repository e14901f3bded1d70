"""The compiled book is looked up and searched by people who mistype."""

import sqlite3

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faultbook.book.compile import build
from faultbook.book.reader import Hit, open_book
from faultbook.errors import BookError


@pytest.fixture(scope="module")
def folder(tmp_path_factory, book_folder):
    """A book of the model entry and the known codes of its neighbourhood."""
    source = tmp_path_factory.mktemp("source")
    (source / "entries").mkdir()
    (source / "entries/AADSTS120021.toml").write_bytes(
        (book_folder / "entries/entra/1200xx/AADSTS120021.toml").read_bytes()
    )
    (source / "words.toml").write_bytes((book_folder / "words.toml").read_bytes())
    (source / "codes").mkdir()
    for name in ("entra", "password-reset", "power-bi"):
        (source / f"codes/{name}.tsv").write_bytes((book_folder / f"codes/{name}.tsv").read_bytes())
    out = tmp_path_factory.mktemp("built")
    build(source, out, {})
    return out


@pytest.fixture(scope="module")
def book(folder):
    with open_book(folder) as opened:
        yield opened


def test_an_entry_comes_back_whole(book, model):
    """What was compiled is what is read."""
    assert book.entry("AADSTS120021") == model
    assert list(book.entries()) == [model]
    assert book.codes() == ["AADSTS120021"]
    assert book.related("120021") == model.related


def test_the_words_travel_with_the_book(book, words):
    """The vocabularies and numbers are those of the sources."""
    assert book.words == words


def test_known_codes_are_there_without_entry(book):
    """A published code has no entry but is known."""
    assert book.entry("SSPR_29") is None
    assert book.known_code("SSPR_29").name == "OnPremisesAdminActionRequired"
    assert len(book.known()) > 900
    assert book.known_code("AADSTS99999999") is None


def test_a_sub_condition_that_no_list_has_means_its_condition(book):
    """Databricks has more of them than Spark publishes; an address with dots is none."""
    assert book.resolve("SSPR_0029.NEVER_LISTED") == book.resolve("SSPR_0029") != []
    assert book.resolve("NEVER_LISTED.EITHER") == []
    assert book.resolve("UNAUTHORIZED.CONTOSO") == []


def test_the_gist_of_a_code_is_its_summary_else_its_name_else_nothing(book, model):
    """Looked up one by one, so that a scan reads no more than it found."""
    assert book.gist("AADSTS120021") == model.summary
    assert book.gist("AADSTS50126") == book.known_code("AADSTS50126").name != ""
    assert book.gist("AADSTS99999999") == ""
    assert book.gist("PartnerServiceSsprInternalServiceError") == model.summary


def test_an_entry_stands_before_published_codes(book):
    """Words of the entry find it first."""
    assert book.search("password reset service")[0].code == "AADSTS120021"
    assert book.search("password reset service")[0].entry


def test_a_code_with_an_entry_is_never_called_merely_published(book):
    """Full-text search answers a code by its entry or not at all."""
    for words in ("partner service sspr internal error", "sspr", "internal service error"):
        assert all(hit.entry == (hit.code == "AADSTS120021") for hit in book.search(words, 50))


def test_words_run_together_in_a_name_are_found(book):
    """The parts of a long code are words."""
    assert book.search("gateway unreachable")[0].code == "DM_GWPipeline_Client_GatewayUnreachable"


def test_the_beginning_of_a_code_finds_its_family(book):
    """A cut number lists the codes that begin so, the shortest first."""
    codes = [hit.code for hit in book.search("AADSTS12002")]
    assert codes[:2] == ["AADSTS120020", "AADSTS120021"]


def test_an_unfinished_last_word_is_completed(book):
    """People search while they type."""
    assert "AADSTS120021" in [hit.code for hit in book.search("password writeb")]


def test_a_misspelt_word_is_understood(book):
    """Where nothing matches, the nearest words of the book are tried."""
    assert book.search("federaated idenntity")[0].code == "AADSTS120021"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("AADSTS120022", "AADSTS120021"),
        ("AADST50011", "AADSTS50011"),
        ("DM_GWPipeline_Client_GatewayUnreachabel", "DM_GWPipeline_Client_GatewayUnreachable"),
        ("120022", "AADSTS120021"),
    ],
)
def test_a_mistyped_code_has_neighbours(book, typed, meant):
    """A code that does not exist leads to the one that was meant."""
    assert meant in book.near(typed)


def test_nonsense_has_no_neighbours(book):
    """No suggestion is better than a wrong one."""
    assert book.near("qqqqqqqqqq") == []


@pytest.mark.parametrize(
    "hostile",
    [
        '"',
        "*",
        "a*",
        "NEAR(a b)",
        "a AND",
        "OR OR",
        "-a",
        "code:a",
        "{a b}: c",
        "a + b",
        "^a",
        "'; DROP TABLE entry; --",
        "\x00",
        "(" * 50,
        "a " * 5000,
        "ß" * 3000,
        "\ud800",
    ],
)
def test_no_search_is_a_syntax_error(book, hostile):
    """Whatever is typed, the answer is a list."""
    assert all(isinstance(hit, Hit) for hit in book.search(hostile))
    assert isinstance(book.near(hostile), list)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=60))
def test_no_text_whatever_breaks_the_search(book, text):
    """Any text at all is a search."""
    assert len(book.search(text, 5)) <= 5
    book.entry(text)
    book.known_code(text)


def test_the_book_cannot_be_changed(book):
    """It is opened for reading only."""
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        book._connection.execute("DELETE FROM entry")


def test_a_missing_book_says_how_to_make_one(tmp_path):
    """The error says what to do."""
    with pytest.raises(BookError, match="faultbook book build"):
        open_book(tmp_path)


def test_a_newer_book_is_refused(tmp_path, folder):
    """A book of a newer schema is not guessed at."""
    path = tmp_path / "book.sqlite"
    path.write_bytes((folder / "book.sqlite").read_bytes())
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.commit()
    connection.close()
    with pytest.raises(BookError, match=r"newer.*99"):
        open_book(tmp_path)


@pytest.mark.parametrize("content", [b"", b"not a database at all, but long enough to be looked at" * 40])
def test_a_damaged_book_is_refused(tmp_path, content):
    """Whatever else lies there is named, not obeyed."""
    (tmp_path / "book.sqlite").write_bytes(content)
    with pytest.raises(BookError, match="cannot be read"):
        open_book(tmp_path / "book.sqlite")


def test_hits_are_plain_data(book):
    """A hit can be printed as JSON."""
    assert msgspec.json.decode(msgspec.json.encode(book.search("password")[0]))["code"] == "AADSTS120021"
