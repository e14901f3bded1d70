"""The compiled book is the same from the same sources, whole or not there at all."""

import shutil
import sqlite3

import msgspec
import pytest

from faultbook.book import reader
from faultbook.book.compile import APPLICATION_ID, SCHEMA, answered, beside, build, spellings
from faultbook.book.known import Known, Shelf, neighbours
from faultbook.book.page import plain
from faultbook.book.pages import find, key_of, pack
from faultbook.book.reader import open_book
from faultbook.errors import BookError

ASK = {"history.recovers-alone": "Do most people who hit it succeed within 15 minutes?"}


@pytest.fixture(scope="module")
def source(tmp_path_factory, book_folder):
    """A book of one entry and few codes, so that compiling takes no time."""
    folder = tmp_path_factory.mktemp("source")
    shard = folder / "entries/entra/1200xx"
    shard.mkdir(parents=True)
    shutil.copy(book_folder / "entries/entra/1200xx/AADSTS120021.toml", shard)
    shutil.copy(book_folder / "words.toml", folder)
    (folder / "codes").mkdir()
    rows = (book_folder / "codes/entra.tsv").read_text().splitlines()
    few = [row for row in rows if row.startswith(("code", "AADSTS1200", "AADSTS5005"))]
    (folder / "codes/entra.tsv").write_text("\n".join(few) + "\n")
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory, source):
    out = tmp_path_factory.mktemp("built")
    build(source, out, ASK)
    return out


def test_twice_the_same_bytes(tmp_path, source, built):
    """Two builds of the same sources do not differ in a single byte."""
    build(source, tmp_path, ASK)
    for name in ("book.sqlite", "book.pages"):
        assert (tmp_path / name).read_bytes() == (built / name).read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["book.pages", "book.sqlite"]


def test_the_version_follows_the_sources(tmp_path, source, built):
    """Any change of a source or of a probe's question is another version."""
    changed = tmp_path / "source"
    shutil.copytree(source, changed)
    entry = changed / "entries/entra/1200xx/AADSTS120021.toml"
    entry.write_text(entry.read_text() + "\n# a remark\n")
    build(changed, tmp_path / "changed", ASK)
    build(source, tmp_path / "asked", {})
    with open_book(built) as first, open_book(tmp_path / "changed") as second, open_book(tmp_path / "asked") as third:
        assert len({first.version, second.version, third.version}) == 3


def test_the_file_names_its_application_and_schema(built):
    """The database can be told from any other, and says which schema it has."""
    connection = sqlite3.connect(built / "book.sqlite")
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA,)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert reader.SCHEMA == SCHEMA


def test_a_mistake_in_the_sources_leaves_the_old_book(tmp_path, source, built):
    """A broken entry is named, and nothing is written over what was there."""
    bad = tmp_path / "bad"
    shutil.copytree(source, bad)
    (bad / "entries/entra/1200xx/AADSTS1.toml").write_text("schema = 1\n")
    out = tmp_path / "out"
    shutil.copytree(built, out)
    with pytest.raises(BookError, match=r"AADSTS1\.toml"):
        build(bad, out, ASK)
    assert (out / "book.sqlite").read_bytes() == (built / "book.sqlite").read_bytes()


def test_the_compiled_page_is_the_rendered_page(built, model, words):
    """What the fast path prints is what the renderer makes."""
    assert find(str(built / "book.pages"), "AADSTS120021", False) == plain(model, words, ASK)
    assert "\x1b[1m" in find(str(built / "book.pages"), "AADSTS120021", True)


def test_a_known_code_without_entry_has_a_page(built):
    """A published code is answered even without an entry."""
    page = find(str(built / "book.pages"), "120020", False)
    assert page.startswith("AADSTS120020  PasswordChangeFailure")
    assert "no entry yet" in page.splitlines()[0]


@pytest.mark.parametrize(
    "spelt",
    [
        "AADSTS120021",
        "aadsts120021",
        "AADSTS 120021",
        "120021",
        " aadsts-120021: ",
        "PartnerServiceSsprInternalServiceError",
    ],
)
def test_a_code_is_found_however_it_is_spelt(built, spelt):
    """The same key reads all spellings, in the pages and in the database."""
    assert find(str(built / "book.pages"), spelt, False).startswith("AADSTS120021 ")
    with open_book(built) as book:
        assert book.entry(spelt).code == "AADSTS120021"


@pytest.mark.parametrize(
    ("one", "other"),
    [("SSPR_29", "SSPR_0029"), ("0X80230619", "0x80230619"), ("adf 208", "ADF:208"), ("dbt-a005", "dbt:A005")],
)
def test_spellings_that_mean_the_same(one, other):
    """Case, separators and leading zeros do not count."""
    assert key_of(one) == key_of(other)


@pytest.mark.parametrize(
    ("one", "other"), [("AADSTS120021", "AADSTS1200210"), ("0x80040E05", "0x80040E5"), ("AADSTS50010", "AADSTS5001")]
)
def test_spellings_that_do_not(one, other):
    """A longer number is another code."""
    assert key_of(one) != key_of(other)


def test_an_exact_spelling_wins_over_a_shared_key(tmp_path):
    """Two codes with the same key are told apart by their exact spelling; otherwise there is no answer."""
    known = [Known(code=code, family="oauth") for code in ("BadRequest", "BAD_REQUEST")]
    path = tmp_path / "book.pages"
    path.write_bytes(pack(spellings([], known), {"BadRequest": ("one", "one"), "BAD_REQUEST": ("two", "2")}))
    assert find(str(path), "BadRequest", False) == "one"
    assert find(str(path), "BAD_REQUEST", True) == "2"
    assert find(str(path), "badrequest", False) is None


def test_a_sub_condition_leads_to_the_entry_of_its_condition(model):
    """Spark prints both names; one entry explains a condition with all that it has below."""
    entry = msgspec.structs.replace(model, code="INVALID_HANDLE", name="", aliases=())
    known = [
        Known(code=code, family="spark", source="") for code in ("INVALID_HANDLE.FORMAT", "CONNECT.SESSION_NOT_SAME")
    ]
    assert answered([entry], known) == {"INVALID_HANDLE": "INVALID_HANDLE", "INVALID_HANDLE.FORMAT": "INVALID_HANDLE"}
    found = dict(spellings([entry], known))
    assert found[key_of("INVALID_HANDLE.FORMAT")] == "INVALID_HANDLE"
    assert found[key_of("CONNECT.SESSION_NOT_SAME")] == "CONNECT.SESSION_NOT_SAME"


def test_a_code_wins_over_a_number_or_name():
    """A bare number belongs to the code that is written so; a name shared by two codes belongs to both."""
    known = [
        Known(code="AADSTS606", family="entra", name="Same"),
        Known(code="606", family="snowflake"),
        Known(code="AADSTS607", family="entra", name="Same"),
    ]
    found = spellings([], known)
    assert [code for key, code in found if key == "606"] == ["606"]
    assert [code for key, code in found if key == "SAME"] == ["AADSTS606", "AADSTS607"]


def test_a_published_code_that_an_entry_claims_leads_to_that_entry(built):
    """A sub-condition that the tables list is answered by the entry which tells its sub-conditions apart."""
    known = [Known(code="AADSTS120099", family="entra")]
    with open_book(built) as book:
        entry = book.entry("AADSTS120021")
    claiming = msgspec.structs.replace(entry, aliases=["AADSTS120099"])
    asked = key_of("AADSTS120099")
    assert [code for key, code in spellings([entry], known) if key == asked] == ["AADSTS120099"]
    assert [code for key, code in spellings([claiming], known) if key == asked] == ["AADSTS120021"]


@pytest.mark.parametrize(
    "content", [b"", b"something else", b"faultbook-pages 1 x\n", b"faultbook-pages 1 9\n\nA\tA\n", b"\xff" * 99]
)
def test_a_damaged_pages_file_is_no_answer(tmp_path, content):
    """The fast path never fails: it hands over instead."""
    path = tmp_path / "book.pages"
    path.write_bytes(content)
    assert find(str(path), "A", False) is None
    assert find(str(tmp_path / "none"), "A", False) is None


def test_neighbours_are_the_nearest_numbers():
    """A page names the published numbers on both sides, of the same length, the nearest first."""
    known = [Known(code=f"AADSTS{number}", family="entra") for number in (50010, 50011, 50013, 50020, 50131, 500113)]
    shelf = Shelf(known)
    assert [one.code for one in shelf.beside("AADSTS50011")] == ["AADSTS50010", "AADSTS50013", "AADSTS50020"]
    assert shelf.beside("AADSTS500113") == []
    assert all(shelf.beside(one.code) == neighbours(one.code, known) for one in known)
    assert beside(known)["AADSTS50011"] == ["AADSTS50010", "AADSTS50013", "AADSTS50020"]


def test_named_codes_stand_beside_those_that_begin_alike():
    """The longest common beginning first, and nothing that has less than half of the name in common."""
    names = ("DELTA_CANNOT_DROP_A", "DELTA_CANNOT_DROP_BLOOM", "delta_cannot_dream", "DELTA_TABLE", "OTHER")
    shelf = Shelf([Known(code=name, family="spark") for name in names])
    assert [one.code for one in shelf.beside("DELTA_CANNOT_DROP_AB")] == [
        "DELTA_CANNOT_DROP_A",
        "DELTA_CANNOT_DROP_BLOOM",
        "delta_cannot_dream",
    ]
