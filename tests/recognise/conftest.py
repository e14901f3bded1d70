from pathlib import Path

import pytest

from faultbook.book.files import read_entries
from faultbook.book.known import Known, read_known
from faultbook.book.wording import Fragment, read_wording
from faultbook.model import Entry
from faultbook.recognise import Recogniser

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def known() -> list[Known]:
    return read_known(ROOT / "book" / "codes")


@pytest.fixture(scope="session")
def fragments() -> list[Fragment]:
    return read_wording(ROOT / "book" / "wording")


@pytest.fixture(scope="session")
def recogniser(known: list[Known], fragments: list[Fragment]) -> Recogniser:
    return Recogniser([], known, fragments)


@pytest.fixture(scope="session")
def entries() -> list[Entry]:
    found, problems = read_entries(ROOT / "book" / "entries")
    assert not problems
    return found


@pytest.fixture(scope="session")
def whole(entries: list[Entry], known: list[Known], fragments: list[Fragment]) -> Recogniser:
    """With the entries too, as it is installed."""
    return Recogniser(entries, known, fragments)
