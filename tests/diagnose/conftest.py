"""Small entries and probes for the tests of judgement."""

import datetime as dt
import tomllib
from pathlib import Path

import msgspec
import pytest

from faultbook.book.words import read_words
from faultbook.model import Cause, Entry, Fix, Retry, Review, Source, Test, Verify

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def words():
    return tomllib.loads((ROOT / "book/words.toml").read_text())["likelihood"]


@pytest.fixture(scope="session")
def book_words():
    return read_words(ROOT / "book/words.toml")


@pytest.fixture(scope="session")
def model_entry():
    text = (ROOT / "book/entries/entra/1200xx/AADSTS120021.toml").read_text()
    return msgspec.toml.decode(text, type=Entry)


def make_entry(*causes: Cause, fixes: tuple[Fix, ...] = (), **changes) -> Entry:
    fields = {
        "schema": 1,
        "code": "AADSTS999001",
        "name": "ExampleFailure",
        "product": "entra",
        "category": "request",
        "severity": "medium",
        "stops": "a-person",
        "transient": "may",
        "who_fixes": ["identity-admin"],
        "status": "draft",
        "depth": "full",
        "summary": "An example failed.",
        "meaning": "It failed.",
        "first_step": "Look at the clock.",
        "retry": Retry(advice="wait-then-retry", wait=15, most=2, why="It may pass.", sources=[]),
        "causes": list(causes),
        "fixes": list(fixes),
        "sources": [
            Source(id="s", url="https://example.com/s", says="It says so.", checked=dt.date(2026, 1, 1), kind="own")
        ],
        "review": Review(by=["The Faultbook authors"], date=dt.date(2026, 1, 1)),
    }
    return Entry(**(fields | changes))


def make_cause(name: str, share: int, *tests: Test, fixes: tuple[str, ...] = ()) -> Cause:
    return Cause(
        id=name,
        title=f"The {name} cause",
        share=share,
        basis="inferred",
        sources=["s"],
        detail=f"Why {name}.",
        tests=list(tests),
        fixes=list(fixes),
    )


def make_fix(name: str, who: str = "identity-admin", risk: str = "low") -> Fix:
    return Fix(
        id=name,
        title=f"Do {name}",
        who=who,
        risk=risk,
        steps=["First this.", "Then that."],
        changes="A setting.",
        undo="Set it back.",
        verify=Verify(probe="a.one", turns="no", watch=30),
    )
