"""The real book, read once."""

from pathlib import Path

import pytest

from faultbook.book.files import read_entry
from faultbook.book.words import read_words

BOOK = Path(__file__).parents[2] / "book"


@pytest.fixture(scope="session")
def book_folder():
    return BOOK


@pytest.fixture(scope="session")
def words():
    return read_words(BOOK / "words.toml")


@pytest.fixture(scope="session")
def model():
    return read_entry(BOOK / "entries/entra/1200xx/AADSTS120021.toml")
