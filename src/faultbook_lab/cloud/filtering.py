"""``$filter``, in the forms that Graph takes for these lists: comparisons, ``startsWith`` and ``any``, joined by ``and``; nothing else.

Which fields a list may be filtered by: Microsoft's API reference of each list, as read on 2026-08-20.
"""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from faultbook.evidence import instant
from faultbook_lab.records import Row

Test = Callable[[Row], bool]

_TEXT: Final = r"'(?:[^']|'')*'"
_VALUE: Final = rf"(?:{_TEXT}|[\w:.+-]+)"
_TERM: Final = rf"\w+(?:/\w+)*\s+eq\s+{_VALUE}"
_COMPARISON: Final = re.compile(rf"(\w+(?:/\w+)*)\s+(eq|ge|le|gt|lt)\s+({_VALUE})")
_STARTS: Final = re.compile(rf"startswith\(\s*(\w+(?:/\w+)*)\s*,\s*({_TEXT})\s*\)", re.IGNORECASE)
_ANY: Final = re.compile(rf"(\w+)/any\(\s*(\w+)\s*:\s*({_TERM}(?:\s+or\s+{_TERM})*)\s*\)")
_INSIDE: Final = re.compile(rf"(\w+)((?:/\w+)*)\s+eq\s+({_VALUE})")
_AND: Final = re.compile(r"\s+and\s+")
_WORDS: Final[dict[str, object]] = {"true": True, "false": False, "null": None}


class BadFilter(ValueError):  # noqa: N818 - reads as what it is
    """The filter is none that the list takes; the message is the part that is wrong."""


@dataclass(frozen=True)
class Fields:
    """By what a list may be filtered: ``times`` by order, ``equal`` by equality, ``starts`` by beginning, ``lists`` by ``any``."""

    times: frozenset[str] = frozenset()
    equal: frozenset[str] = frozenset()
    starts: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()


def parsed(text: str, fields: Fields) -> Test:
    """The test that a row has to pass. Raises BadFilter."""
    tests: list[Test] = []
    at = 0
    while True:
        test, at = _clause(text, at, fields)
        tests.append(test)
        if at == len(text):
            return lambda row: all(test(row) for test in tests)
        joined = _AND.match(text, at)
        if not joined:
            raise BadFilter(text[at:])
        at = joined.end()


def asks_about(text: str, name: str) -> bool:
    """Whether a filter that was parsed has an ``any`` over this list."""
    return any(match[1] == name for match in _ANY.finditer(text))


def _clause(text: str, at: int, fields: Fields) -> tuple[Test, int]:
    if found := _ANY.match(text, at):
        return _any(found, fields), found.end()
    if found := _STARTS.match(text, at):
        return _starting(found[1], str(_literal(found[2])), fields), found.end()
    if found := _COMPARISON.match(text, at):
        return _comparing(found[1], found[2], found[3], fields), found.end()
    raise BadFilter(text[at:])


def _any(found: re.Match[str], fields: Fields) -> Test:
    name, variable, inside = found.groups()
    terms = [(match[1], match[2].strip("/"), _literal(match[3])) for match in _INSIDE.finditer(inside)]
    if name not in fields.lists or any(used != variable for used, _, _ in terms):
        raise BadFilter(found[0])

    def test(row: Row) -> bool:
        members = row.get(name)
        return isinstance(members, list) and any(
            _same(_at(member, path) if path else member, value) for member in members for _, path, value in terms
        )

    return test


def _starting(path: str, begin: str, fields: Fields) -> Test:
    if path not in fields.starts:
        raise BadFilter(f"startswith({path})")
    return lambda row: str(_at(row, path) or "").casefold().startswith(begin.casefold())


def _comparing(path: str, operator: str, text: str, fields: Fields) -> Test:
    if path in fields.times:
        limit = None if text.startswith("'") else instant(text)
        if limit is None:
            raise BadFilter(f"{path} {operator} {text}")
        return lambda row: _in_order(instant(_at(row, path)), operator, limit)
    if path not in fields.equal or operator != "eq":
        raise BadFilter(f"{path} {operator} {text}")
    value = _literal(text)
    return lambda row: _same(_at(row, path), value)


def _in_order(at: dt.datetime | None, operator: str, limit: dt.datetime) -> bool:
    if at is None:
        return False
    return {"eq": at == limit, "ge": at >= limit, "le": at <= limit, "gt": at > limit, "lt": at < limit}[operator]


def _literal(text: str) -> object:
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    if text in _WORDS:
        return _WORDS[text]
    try:
        return int(text)
    except ValueError:
        raise BadFilter(text) from None


def _same(held: Any, value: object) -> bool:
    if isinstance(held, str) and isinstance(value, str):
        return held.casefold() == value.casefold()
    return type(held) is type(value) and bool(held == value)


def _at(row: Any, path: str) -> Any:
    for name in path.split("/"):
        row = row.get(name) if isinstance(row, dict) else None
    return row
