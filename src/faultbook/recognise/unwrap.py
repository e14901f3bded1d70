"""Takes the wrapping off a text: escapes, entities, colours, quotation marks, line prefixes; and finds the way back to the original."""

import html
import re
from bisect import bisect_right
from itertools import pairwise

from msgspec import Struct

_WRAPPING = re.compile(
    r"""
      \x1b(?:\[[0-?]{0,64}[\ -/]{0,8}[@-~]|\][^\x07\x1b\n]{0,512}(?:\x07|\x1b\\)|[@-Z\\^_])   # terminal escapes
    | (?P<colour>\[(?:[0-9]{1,3};){0,4}[0-9]{1,3}m)                                              # ... that have lost their first character
    | (?P<break>\\++r\\++n|%(?:25){0,8}0[dD]%(?:25){0,8}0[aA]|\r\n?)
    | (?P<slashes>\\++)(?:u(?P<hex>[0-9a-fA-F]{4})|(?P<letter>[rnt"'/<>_*`:=&\#\[\](){}]))?          # one or many levels of string escapes
    | \[(?P<linked>[0-9]{1,6})\]\(https://github\.com/[^)\s]{1,300}\)                               # a number of which a build log has made a link
    | &(?:amp;){0,8}(?P<entity>lt|gt|amp|quot|apos|nbsp|\#[0-9]{1,7}|\#[xX][0-9a-fA-F]{1,6});
    | %(?:25){0,8}(?P<percent>[0-7][0-9a-fA-F])
    | (?P<gone>[\u200b-\u200f\u2060\ufeff\u00ad\u202a-\u202e\u2066-\u2069\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f])
    | (?<=\n)[\ \t]{0,64}(?:(?:[>\u2502\u2503]|\|(?![^\n|]{0,400}\|))[\ \t]?){1,8}              # quoted or framed lines; not a table
    | (?<=\n)[\w.-]{1,64}[\ \t]{1,24}\|[\ ](?![^\n|]{0,400}\|)                                  # the name of a container
    """,
    re.VERBOSE,
)
_QUICK = re.compile(r"""\]\(https|[\\&%\x00-\x08\x0b-\x1f>|]|[^\x00-\x7e]|\[\d{1,3}[;m]""")
_SAME_LENGTH = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"')
    | dict.fromkeys(
        "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\x0b\x0c\x85\u2028\u2029",
        " ",
    )
    | {"\uff1a": ":", "\u2010": "-", "\u2011": "-"}
)


class Plain(Struct, frozen=True, gc=False):
    """A text without its wrapping. ``at(i)`` is the offset in the original of character ``i``."""

    text: str
    starts: tuple[int, ...] = (0,)
    origins: tuple[int, ...] = (0,)

    def at(self, offset: int) -> int:
        """The offset in the original text that belongs to an offset in the plain text."""
        here = bisect_right(self.starts, offset) - 1
        return self.origins[here] + offset - self.starts[here]


def unwrap(text: str) -> Plain:
    """The text as a person would read it: one pass, linear, whatever the depth of the nesting."""
    if _QUICK.search(text) is None and "+" not in text:
        return Plain(text)
    text = _spaces_for_plus(text.translate(_SAME_LENGTH))
    parts: list[str] = []
    starts, origins = [0], [0]
    length = done = 0
    # The first line has no line break before it, yet its prefix is a prefix too.
    for found in _WRAPPING.finditer("\n" + text):
        begin, end = max(found.start() - 1, 0), found.end() - 1
        put = _plain(found)
        if put is None or end <= begin:
            continue
        parts += (text[done:begin], put)
        length += begin - done + len(put)
        starts.append(length)
        origins.append(end)
        done = end
    parts.append(text[done:])
    plain = "".join(parts)
    starts, origins = _ascending(starts, origins)
    return Plain(plain, tuple(starts), tuple(origins))


def _ascending(starts: list[int], origins: list[int]) -> tuple[list[int], list[int]]:
    """Of several places at one offset the last is kept: what stood before it has vanished."""
    keep = [at for at, (one, other) in enumerate(pairwise([*starts, -1])) if one != other]
    return [starts[at] for at in keep], [origins[at] for at in keep]


def _plain(found: re.Match[str]) -> str | None:
    """What is put for a piece of wrapping; None leaves it as it is."""
    kind = found.lastgroup
    if kind == "slashes":
        return None
    if kind == "linked":
        return found["linked"]
    if kind == "hex":
        return _character(int(found["hex"], 16))
    if kind == "letter":
        return {"r": "\n", "n": "\n", "t": " "}.get(found["letter"], found["letter"])
    if kind == "entity":
        return html.unescape(f"&{found['entity']};").replace("\u00a0", " ")
    if kind == "percent":
        return _character(int(found["percent"], 16))
    return "\n" if kind == "break" else ""


def _character(number: int) -> str:
    if number in {10, 13}:
        return "\n"
    if 0x2018 <= number <= 0x201F:
        return "'" if number < 0x201C else '"'
    if number < 32 or number == 127 or 0xD800 <= number <= 0xDFFF or 0x200B <= number <= 0x200F:
        return ""
    return " " if number == 0xA0 else chr(number)


def _spaces_for_plus(text: str) -> str:
    """Blanks for the pluses of form-encoded words; a word with one plus (a time zone, a sum) keeps it."""
    if text.count("+") < 2:
        return text
    pieces: list[str] = []
    done = 0
    for found in re.finditer(r"\S++", text):
        word = found[0]
        if word.count("+") >= 2:
            pieces += (text[done : found.start()], word.replace("+", " "))
            done = found.end()
    pieces.append(text[done:])
    return "".join(pieces)
