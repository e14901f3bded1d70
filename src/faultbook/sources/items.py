"""A file as it was met: where it lies, what it is called, its first bytes, and its text."""

import codecs
import datetime as dt
import re
import unicodedata
from pathlib import Path
from typing import Final

from msgspec import Struct

from faultbook.evidence import Fact, Gap, Window

MEGA: Final = 1 << 20
_GUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
NO_UTF8: Final = "The text is not valid UTF-8 and was read as Latin-1; letters outside ASCII may be wrong."
HEAD: Final = 256 << 10


class Limits(Struct, frozen=True, kw_only=True):
    """How much is taken in before it is refused with a message; sizes in bytes.

    ``files`` counts files and zip members together. ``unpacked`` is for all zips together; ``ratio`` is refused from ``grace`` bytes on,
    below which a log full of repetitions is ordinary. ``nesting`` is how deep zips may lie in a zip, ``depth`` how deep JSON. ``document``
    bounds what must be read whole; event logs and sign-in exports are read as streams. ``events`` is per file.
    """

    files: int = 20_000
    unpacked: int = 4096 * MEGA
    ratio: int = 200
    grace: int = 64 * MEGA
    nesting: int = 1
    depth: int = 100
    document: int = 256 * MEGA
    events: int = 50_000


class Item(Struct, frozen=True, kw_only=True):
    """One file. ``shown`` is its name for people, cleaned, from the given path downwards; ``path`` is where its bytes lie now."""

    shown: str
    path: Path
    size: int
    head: bytes

    @property
    def name(self) -> str:
        """The last part of the name: a hint about which object is meant, never about the kind where the content says it."""
        return self.shown.rpartition("/")[2]


class Read(Struct, kw_only=True):
    """What a reader made of one file; an empty ``kind`` with ``problems`` says why nothing could be made of it."""

    kind: str = ""
    format: str = ""
    facts: list[Fact] = []
    rows: int = 0
    window: Window | None = None
    gaps: tuple[Gap, ...] = ()
    expires: dt.datetime | None = None
    problems: list[str] = []


class TooLarge(ValueError):  # noqa: N818 - reads as the sentence it carries
    """A file that would have to be read whole is larger than the limit."""


_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_TEXTLESS: Final = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def encoding_of(head: bytes) -> str:
    """The encoding that the first bytes speak for: a byte order mark, zeros in every other byte, valid UTF-8, or else Latin-1."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    sample = head[: 4096 & ~1]
    if len(sample) >= 4:
        even, odd = sample[0::2].count(0), sample[1::2].count(0)
        half = len(sample) // 2
        if odd > half * 0.4 and even < half * 0.05:
            return "utf-16-le"
        if even > half * 0.4 and odd < half * 0.05:
            return "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def is_binary(head: bytes) -> bool:
    """Whether the bytes are of no text that we know: control characters in number, in none of the encodings."""
    if encoding_of(head).startswith("utf-16"):
        return False
    sample = head[:4096].rstrip(b"\x00") or head[:1]
    return len(_TEXTLESS.findall(sample)) * 50 > len(sample)


def decode(data: bytes) -> tuple[str, list[str]]:
    """The text in these bytes, without a byte order mark, and what was wrong with it. Nothing is refused."""
    problems: list[str] = []
    encoding = encoding_of(data)
    text = data.decode(encoding, "replace").lstrip("\ufeff")
    if encoding == "latin-1":
        problems.append(NO_UTF8)
    elif "\ufffd" in text and encoding.startswith("utf-16"):
        problems.append("The UTF-16 text holds broken characters; each was replaced by a question mark in a diamond.")
    kept = text.rstrip("\x00")
    if len(kept) < len(text):
        problems.append(
            f"The file ends in {len(text) - len(kept)} zero bytes, as after a crash or a full disk; what precedes them was read."
        )
    return kept, problems


def read_text(item: Item, limits: Limits) -> tuple[str, list[str]]:
    """The whole text of a file. Raises TooLarge before reading where the file passes the limit."""
    if item.size > limits.document:
        raise TooLarge(
            f"The file has {item.size // MEGA:,} MB and would have to be read whole; the limit is {limits.document // MEGA:,} MB. Export a shorter span, or split it."
        )
    return decode(item.path.read_bytes())


def clean(text: str, most: int = 240) -> str:
    """Text from outside made safe to show: no control, bidirectional or broken character, cut to a length."""
    cut = text if len(text) <= most else text[: most - 1] + "…"
    return "".join(_shown(char) for char in cut)


def _shown(char: str) -> str:
    if char.isprintable():
        return char
    return " " if unicodedata.category(char) == "Zs" else f"\\u{ord(char):04x}"


def last_id(by: str) -> str:
    """The last GUID in a file's path, small, or nothing: how an answer that does not say whose it is is told apart from others."""
    ids = _GUID.findall(by)
    return str(ids[-1]).lower() if ids else ""
