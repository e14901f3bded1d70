"""Closed cases: an error, its evidence, and the cause that was confirmed; the set by which the ranking is scored.

A case is a folder with ``case.toml`` and, beside it, ``evidence/`` with files in the shapes in which real systems write them.
"""

import tomllib
from pathlib import Path

import msgspec
from msgspec import Struct

from faultbook.diagnose.weigh import Verdict
from faultbook.errors import BookError

NONE = "none"


class Case(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One closed case. ``confirmed`` is a cause of the entry, or ``none`` where no cause of the book was it.

    ``expect`` is the verdict that the evidence allows; ``text`` the message as it was printed.
    """

    code: str
    text: str
    confirmed: str
    expect: Verdict
    note: str
    user: str | None = None
    at: str | None = None
    name: str = ""
    evidence: Path = Path()


def read_case(folder: Path) -> Case:
    """Read one case; a BookError says what is wrong with it."""
    path = folder / "case.toml"
    try:
        raw = tomllib.loads(path.read_bytes().decode())
        case = msgspec.convert({**raw, "name": folder.name}, Case)
    except OSError as error:
        raise BookError(f"The case {folder.name} cannot be read.", why=f"case.toml: {error.strerror}.") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BookError(f"The case {folder.name} cannot be read.", why=f"{error}.", do="Correct case.toml.") from error
    evidence = folder / "evidence"
    if not evidence.is_dir():
        raise BookError(f"The case {folder.name} has no evidence.", do="Put the files into its folder evidence/.")
    return msgspec.structs.replace(case, evidence=evidence)


def read_cases(root: Path) -> tuple[Case, ...]:
    """Every case of a folder (the folder of cases itself, or the book that holds it), by name."""
    folder = root / "cases" if (root / "cases").is_dir() else root
    if not folder.is_dir():
        raise BookError(f"There is no folder of cases at {folder}.", do="Name the folder that holds them.")
    return tuple(read_case(path.parent) for path in sorted(folder.glob("*/case.toml")))
