"""Codes that the book has given up, and what took their place."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from faultbook.errors import BookError

Text = Annotated[str, Meta(min_length=1)]


class Retired(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One code without an entry any more: when and why, and ``now`` the code that says it today; empty where none does."""

    code: Text
    reason: Text
    date: dt.date
    now: str = ""


def read_retired(path: Path) -> list[Retired]:
    """The retired codes; none where there is no such file. A code stands there once, and never in its own place."""
    import tomllib  # which only the compilation of a book needs

    try:
        found = msgspec.convert(tomllib.loads(path.read_bytes().decode()).get("retired", []), list[Retired])
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BookError(f"The table of retired codes {path.name} cannot be read.", why=f"{error}.") from error
    codes = [one.code.casefold() for one in found]
    for one in found:
        if codes.count(one.code.casefold()) > 1 or one.now.casefold() == one.code.casefold():
            raise BookError(
                f"The table of retired codes {path.name} contradicts itself about {one.code}.",
                why="It stands there twice, or in its own place.",
                do="Keep one line that names another code, or none.",
            )
    return found
