from pathlib import Path

import pytest

from faultbook.book.known import Known, read_known
from faultbook.recognise import Recogniser

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def known() -> list[Known]:
    return read_known(ROOT / "book" / "codes")


@pytest.fixture(scope="session")
def recogniser(known: list[Known]) -> Recogniser:
    return Recogniser([], known)
