"""Codes that the book no longer has, and where whoever follows an old link is sent."""

import tomllib
from collections.abc import Collection
from pathlib import Path

import msgspec

from faultbook.errors import BookError


def read_retired(path: Path, codes: Collection[str]) -> dict[str, str]:
    """The code that took the place of each retired one; empty without the file. ``codes`` are all that the book has."""
    try:
        found = msgspec.convert(tomllib.loads(path.read_bytes().decode()), dict[str, str])
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BookError(f"The list {path.name} cannot be read.", why=f"{error}.", do="Correct the file.") from error
    for old, new in found.items():
        if old in codes or new not in codes:
            why = f"{old} is still in the book." if old in codes else f"{new}, its successor, is not in the book."
            raise BookError(f"{path.name}: {old} cannot be retired.", why=why, do="Correct the line.")
    return found
