"""Fragments of messages by which a text without a code is recognised; they stand in tables, for codes with and without an entry."""

import re
from pathlib import Path
from typing import Literal, cast, get_args

from msgspec import Struct

from faultbook.book.table import rows_of
from faultbook.errors import BookError

COLUMNS = ("codes", "fragment", "needs", "language", "source")

Needs = Literal["", "microsoft", "sign-in", "pipeline", "sql-server", "power-query", "spark", "snowflake", "dbt"]
"""The surroundings without which the words could be anybody's; see ``recognise.wording.NEEDS``."""

_LANGUAGE = re.compile(r"[a-z]{2}")


class Fragment(Struct, frozen=True, omit_defaults=True):
    """A few words that a program prints, ``{}`` for what varies.

    ``codes`` may all stand for them, the likeliest first; ``needs`` names the surroundings in which alone they count; ``language`` is a two-letter
    code, ``source`` says where the words were read. ``sentence`` says that it is a whole sentence, of which a long piece tells as much; of a fragment kept by
    hand no word may be missing that tells it from what others print.
    """

    codes: tuple[str, ...]
    text: str
    needs: Needs = ""
    language: str = "en"
    source: str = ""
    sentence: bool = False


def read_wording(folder: Path) -> list[Fragment]:
    """Every fragment of the tables in ``folder``, by file and line; no folder is no fragment."""
    return [one for path in sorted(folder.glob("*.tsv")) for one in read_table(path)]


def read_table(path: Path) -> list[Fragment]:
    """Every fragment of one table."""
    return [_fragment(row, path, line) for line, row in rows_of(path, COLUMNS)]


def _fragment(row: list[str], path: Path, line: int) -> Fragment:
    if len(row) == len(COLUMNS):
        codes, text, needs, language, source = row
        if codes and text and source and needs in get_args(Needs) and _LANGUAGE.fullmatch(language):
            return Fragment(
                tuple(code.strip() for code in codes.split("|")), text, cast("Needs", needs), language, source
            )
    raise BookError(
        f"{path.name}, line {line}: not a fragment.",
        why=f"Each line has {', '.join(COLUMNS)}, parted by tabs; only *needs* may be empty, the language has two letters.",
        do=f"Surroundings are {', '.join(filter(None, get_args(Needs)))}.",
    )
