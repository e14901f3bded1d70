"""The real book, read once, and what the rules of the lint are given in their examples."""

import datetime as dt
import re
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from faultbook.book.constants import read_constants
from faultbook.book.files import read_entry
from faultbook.book.known import Known
from faultbook.book.lint import LintContext
from faultbook.book.menus import read_menus
from faultbook.book.words import read_words
from faultbook.diagnose.alone import place_of, unexplained
from faultbook.probes import all_probes
from faultbook.probes.message import said_in
from faultbook.site.markup import Writer

BOOK = Path(__file__).parents[2] / "book"
TODAY = dt.date(2026, 11, 23)
PROBES = {
    probe.id: probe
    for probe in (
        SimpleNamespace(id="app.redirect-missing", otherwise="hardly-ever", params=()),
        SimpleNamespace(id="history.recovers-alone", otherwise="sometimes", params=()),
        SimpleNamespace(id="history.sibling-code", otherwise="hardly-ever", params=("codes",)),
        SimpleNamespace(id="message.says", otherwise="hardly-ever", params=("words",)),
    )
}


def recognise(text):
    """A recogniser for examples: every Entra code that stands in the text happened."""
    codes = tuple(dict.fromkeys(re.findall(r"AADSTS\d+", text)))
    return SimpleNamespace(codes=codes, candidates=(), primary=SimpleNamespace(code=codes[-1]) if codes else None)


@pytest.fixture(scope="session")
def book_folder():
    return BOOK


@pytest.fixture(scope="session")
def words():
    return read_words(BOOK / "words.toml")


@pytest.fixture(scope="session")
def model():
    return read_entry(BOOK / "entries/entra/1200xx/AADSTS120021.toml")


@pytest.fixture(scope="session")
def lint_examples():
    return Path(__file__).parent / "lint"


@pytest.fixture
def context(words):
    return LintContext(
        words=words,
        published={"AADSTS500113": Known(code="AADSTS500113", family="entra")},
        constants=read_constants(BOOK / "constants.toml"),
        menus=read_menus(BOOK / "menus.toml"),
        recognise=recognise,
        probes=PROBES,
        fixtures=lambda _: {"yes", "no", "unknown"},
        today=TODAY,
        unexplained=partial(unexplained, probes=all_probes(), words=words.chances),
        shown=Writer({}, ()).shown,
        says=lambda text, word: bool(said_in(text, [word])),
        place=partial(place_of, probes=all_probes(), words=words.chances),
    )
