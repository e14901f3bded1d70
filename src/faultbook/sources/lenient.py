"""JSON as it is found in folders: cut off, written by hand, several documents in one file."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from faultbook.sources.items import clean

_TOKEN: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|"|[\[\]{},]', re.DOTALL)
_SPACE: Final = re.compile(r"[\s\x1e]*+")
_BROKEN_PAIR: Final = re.compile(r"\\u[dD][89a-fA-F]")
_CLOSES: Final = {"{": "}", "[": "]"}
_WORST: Final = 20


class Parsed(Struct):
    """The documents of a text, in order, and what was wrong with it; ``partial`` where something of them is lost."""

    values: list[Any]
    problems: list[str]
    partial: bool = False


class _Notes:
    """What the decoder met and had to decide."""

    def __init__(self) -> None:
        self.doubled: dict[str, None] = {}
        self.constants = 0

    def pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    self.doubled[key] = None
                seen.add(key)
        return made

    def constant(self, _: str) -> None:
        self.constants += 1

    def number(self, digits: str) -> int | str:
        return int(digits) if len(digits) <= 18 else digits

    def sentences(self) -> Iterator[str]:
        if self.doubled:
            names = ", ".join(clean(key, 40) for key in list(self.doubled)[:3])
            yield f"An object has the same key twice ({names}); the last value was taken."
        if self.constants:
            yield f"NaN or Infinity stands in {self.constants} place(s) where JSON allows no such thing; read as null."


def parse(text: str, depth: int = 100) -> Parsed:
    """Every JSON document in the text: one, one a line, or one after the other. Of a broken one, what is whole is kept and the place is said."""
    notes = _Notes()
    decoder = json.JSONDecoder(
        object_pairs_hook=notes.pairs,
        parse_constant=notes.constant,
        parse_int=notes.number,
        parse_float=_finite,
        strict=False,
    )
    found = Parsed([], [])
    at = _skip(text, 0)
    while at < len(text) and len(found.problems) < _WORST:
        at = _one(text, at, decoder, depth, found)
    if at < len(text):
        found.problems.append(f"Too many broken places; reading stopped {_place(text, at)}.")
    if _BROKEN_PAIR.search(text):
        found.values = [_scrub(value) for value in found.values]
    found.problems.extend(notes.sentences())
    return found


def _one(text: str, at: int, decoder: json.JSONDecoder, depth: int, found: Parsed) -> int:
    """Read one document at a place, note it, and say where to go on."""
    try:
        value, end = decoder.raw_decode(text, at)
    except RecursionError:
        found.problems.append(f"The JSON {_place(text, at)} is nested deeper than {depth} levels and was not read.")
        return len(text)
    except json.JSONDecodeError as broken:
        return _broken(text, at, broken, decoder, found)
    if too_deep(value, depth):
        found.problems.append(f"The JSON {_place(text, at)} is nested deeper than {depth} levels and was not read.")
    else:
        found.values.append(value)
    return _skip(text, end)


def _broken(text: str, at: int, broken: json.JSONDecodeError, decoder: json.JSONDecoder, found: Parsed) -> int:
    cut_off = broken.pos >= len(text.rstrip()) - 1 or broken.msg.startswith("Unterminated")
    what = "is cut off" if cut_off else f"breaks ({broken.msg})"
    if text[at] not in "{[" and found.values:
        found.problems.append(f"Text that is not JSON follows {_place(text, at)}; it was left out.")
        return len(text)
    found.partial = True
    line = text.find("\n{", at)
    kept = None if found.values and line > 0 else _salvage(text, at, broken.pos)
    if kept is not None:
        document, whole = kept
        value, _ = decoder.raw_decode(document)
        found.values.append(value)
        found.problems.append(
            f"The JSON {what} {_place(text, broken.pos)}; the {whole} complete elements before that were used, the rest is lost."
        )
        return len(text)
    if text[at] == "{" and line > 0:
        found.problems.append(f"The JSON {what} {_place(text, broken.pos)}; that line was left out.")
        return line + 1
    found.problems.append(f"The JSON {what} {_place(text, broken.pos)}; nothing before that place is complete.")
    return len(text)


def _salvage(text: str, start: int, stop: int) -> tuple[str, int] | None:
    """The document closed after the last complete element of its outermost list, and how many such elements there are."""
    opened: list[str] = []
    level, safe, whole = 0, 0, 0
    for match in _TOKEN.finditer(text, start, stop):
        mark = match[0]
        if mark in _CLOSES:
            opened.append(mark)
            if mark == "[" and not level and len(opened) <= 2:
                level = len(opened)
        elif mark in {"}", "]"}:
            if not opened or _CLOSES[opened.pop()] != mark:
                break
            if level and len(opened) == level:
                safe, whole = match.end(), whole + 1
            if level and len(opened) < level:
                break
        elif mark == '"':
            break
    if not whole:
        return None
    closers = "".join(_CLOSES[bracket] for bracket in reversed(_open_at(text, start, safe)))
    return text[start:safe] + closers, whole


def _open_at(text: str, start: int, stop: int) -> list[str]:
    opened: list[str] = []
    for match in _TOKEN.finditer(text, start, stop):
        if match[0] in _CLOSES:
            opened.append(match[0])
        elif match[0] in {"}", "]"}:
            opened.pop()
    return opened


def too_deep(value: Any, most: int) -> bool:
    """Whether lists and objects nest deeper than this; looked at without recursion."""
    layer = [value]
    for _ in range(most):
        layer = [
            inner
            for outer in layer
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not layer:
            return False
    return True


def _scrub(value: Any) -> Any:
    """The value with halves of character pairs replaced: they cannot be written down again."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_scrub(inner) for inner in value]
    if isinstance(value, dict):
        return {_scrub(key): _scrub(inner) for key, inner in value.items()}
    return value


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if abs(number) != float("inf") else None


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _place(text: str, at: int) -> str:
    line = text.count("\n", 0, at) + 1
    return f"at line {line}, column {at - text.rfind(chr(10), 0, at)} (character {at + 1})"
