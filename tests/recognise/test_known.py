"""The tables of published codes: read strictly, searched by number and by name."""

from pathlib import Path

import pytest

from faultbook.book.known import COLUMNS, Known, neighbours, number_range, read_known
from faultbook.errors import BookError

CODES = Path(__file__).parents[2] / "book" / "codes"
HEADER = "\t".join(COLUMNS)


@pytest.fixture(scope="module")
def known() -> list[Known]:
    return read_known(CODES)


def test_the_published_password_change_codes_are_all_there(known):
    codes = {one.code for one in known}
    assert {
        f"AADSTS{n}"
        for n in (120000, 120002, 120003, 120004, 120005, 120008, *range(120011, 120017), 120018, 120020, 120021)
    } <= codes
    assert "AADSTS120001" not in codes


def test_a_normal_event_is_no_error(known):
    kinds = {one.code: one.kind for one in known}
    assert (kinds["PasswordReset:31002"], kinds["PasswordReset:33004"], kinds["PasswordProtection:10024"]) == (
        "info",
        "error",
        "warning",
    )


def test_every_code_says_where_it_is_published(known):
    assert [one.code for one in known if not one.source] == []


def test_neighbours_of_a_number_are_the_nearest_numbers_of_its_family(known):
    assert [one.code for one in neighbours("AADSTS120019", known)] == ["AADSTS120018", "AADSTS120020", "AADSTS120021"]


def test_neighbours_of_a_name_begin_alike(known):
    assert neighbours("SqlFailedToConect", known)[0].code == "SqlFailedToConnect"
    assert neighbours("Zebra", known) == []


def test_a_range_tells_how_much_of_it_is_published(known):
    found = number_range("AADSTS120099", known)
    assert found is not None
    assert (found.low, found.high, found.published, found.about) == (120000, 120099, 15, "password-change/SSPR")
    assert number_range("AADSTS999999", known) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code\tname\n", "other columns"),
        (f"{HEADER}\nA1\tentra\t\tcatastrophe\t\t\t\tx\n", "line 2: not a code"),
        (f"{HEADER}\n\tentra\t\terror\t\t\t\tx\n", "line 2: not a code"),
        (f"{HEADER}\nA1\tentra\nA1\tentra\n", "stands in the tables twice"),
    ],
)
def test_a_broken_table_is_named(tmp_path, text, said):
    (tmp_path / "broken.tsv").write_text(text)
    with pytest.raises(BookError, match=said):
        read_known(tmp_path)
