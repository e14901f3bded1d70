"""The address of everything in the reference. An address is also the name of a file, so it holds nothing that a file system would obey."""

import hashlib
import re
from typing import Final

_PLAIN: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.=")
_LONGEST: Final = 150
_SMALL: Final = re.compile(r"[a-z][A-Za-z_.-]*\Z")


def entry_path(code: str) -> str:
    """The path of a code's page."""
    return f"/e/{slug(code)}"


def slug(code: str) -> str:
    """A code as one harmless segment of a path: other signs become ``~`` and their number, so it needs no quoting and never leaves its folder.

    ``ADF:2100`` becomes ``ADF~3A2100``. A first full stop is written so too: no name is hidden, none is ``..``. A word that begins small ends with
    ``~``: Graph's ``badRequest`` and Power BI's ``BadRequest`` are two codes, and one file where a system does not tell upper from lower case.
    """
    safe = "".join(
        sign if sign in _PLAIN and not (sign == "." and at == 0) else "".join(f"~{byte:02X}" for byte in _bytes(sign))
        for at, sign in enumerate(code)
    )
    if _SMALL.match(code):
        safe += "~"
    if len(safe) <= _LONGEST:
        return safe
    return f"{safe[:_LONGEST].rpartition('~')[0] or safe[:_LONGEST]}~{hashlib.sha256(_bytes(code)).hexdigest()[:12]}"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
