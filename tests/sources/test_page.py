"""The page about evidence says what the code does."""

from pathlib import Path

from faultbook.evidence.asks import KINDS
from faultbook.sources.items import MEGA, Limits
from faultbook.sources.page import HOW, table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "evidence.md"


def test_every_kind_says_how_it_is_recognised() -> None:
    """But for the text of the error, which is pasted."""
    assert set(HOW) == set(KINDS) - {"occurrence.text"}


def test_the_page_holds_the_table_of_the_code() -> None:
    """Renewed with ``cog -r docs/evidence.md``."""
    assert table() in PAGE.read_text(encoding="utf-8")


def test_the_page_names_the_limits_in_force() -> None:
    """A limit that moves takes the page with it."""
    text, limits = PAGE.read_text(encoding="utf-8"), Limits()
    for words in (
        f"| files and zip members | {limits.files:,} |",
        f"| unpacked size of all zips | {limits.unpacked // (1024 * MEGA)} GB |",
        f"from {limits.grace // MEGA} MB on | {limits.ratio} times |",
        f"read whole | {limits.document // MEGA} MB |",
        f"| nesting of JSON | {limits.depth} levels |",
        f"| events of one file | {limits.events:,} |",
    ):
        assert words in text, words
