"""Lists of Graph objects as probes read them: an absent key is unknown, null is a value, a partial list proves no absence."""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from faultbook.evidence import Fact, Facts, Unknown, instant

Object = dict[str, Any]

_PAGES = frozenset({100, 999})
"""Sizes of a first page: a list of just this length was probably cut there."""


def objects(*facts: Fact) -> list[Object]:
    """Every object of these facts, whether they hold a list, one object or an answer with ``value``."""
    found: list[Object] = []
    for fact in facts:
        value = fact.value
        if isinstance(value, dict) and isinstance(value.get("value"), list):
            value = value["value"]
        items = value if isinstance(value, list) else [value]
        found.extend(item for item in items if isinstance(item, dict))
    return found


def whole(*facts: Fact) -> bool:
    """Whether absence from these lists means anything.

    A file does where it holds several objects, none said to be missing, and is not cut at a page's end. A live answer was read to its end and is
    about what was asked: nothing means that there is nothing, and the grants of a service principal are all of them.
    """
    return any(_whole(fact) for fact in facts)


def _whole(fact: Fact) -> bool:
    if fact.gaps or fact.detail.startswith("incomplete"):
        return False
    held = objects(fact)
    if fact.grant != "file":
        return not held or fact.kind == "graph.oauth2PermissionGrants"
    return len(held) > 1 and len(held) not in _PAGES


def said(item: Object, key: str) -> Any:
    """The value of a key, null included. Raises Unknown where the key is absent: it was not asked for, or may not be seen."""
    if key not in item:
        raise Unknown("unexpected-shape", f"The answer holds no {key}; export it with that property.")
    return item[key]


def same(one: object, other: object) -> bool:
    """Whether two ids or names are the same, without regard to case; a missing one is never the same."""
    return isinstance(one, str) and isinstance(other, str) and bool(one) and one.casefold() == other.casefold()


def texts(value: Any) -> list[str]:
    """The strings of a list that may be missing, null or of another shape."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def time_of(value: Any) -> dt.datetime | None:
    """The instant that a value states, or None where it states none."""
    return instant(value) if isinstance(value, str) else None


def count(value: Any) -> int:
    """A count; 0 where it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def parts(item: Any, *keys: str) -> list[Object]:
    """The objects in a list (or the one object) at the end of these keys; none where a step is missing or null."""
    for key in keys:
        item = item.get(key) if isinstance(item, dict) else None
    return [part for part in (item if isinstance(item, list) else [item]) if isinstance(part, dict)]


def one(facts: Facts, kind: str, matches: Callable[[Object], bool], missing: str) -> Object:
    """The object of a kind that matches. Raises Unknown (not-found), with the sentence given, where there is none."""
    if (found := first(objects(*facts.need(kind)), matches)) is None:
        raise Unknown("not-found", missing)
    return found


def first(items: Iterable[Object], matches: Callable[[Object], bool]) -> Object | None:
    """The first object that matches."""
    return next((item for item in items if matches(item)), None)
