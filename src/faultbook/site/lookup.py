"""What the scripts of the page need to search and to recognise in the browser: loaded when somebody uses the box, not before."""

import importlib
import inspect
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from faultbook.book.compile import Sources, answered
from faultbook.book.layout import bare
from faultbook.model import Entry
from faultbook.patterns import is_expression
from faultbook.recognise import fields, numbers, phrases
from faultbook.recognise.families import FAMILIES, Family
from faultbook.recognise.families.data import SQL_CLASSES
from faultbook.recognise.spelled import names_of, spellings
from faultbook.recognise.wording import HANDS_ON, NEEDS, SEAM, fragments_of, unique_names
from faultbook.site.page import Page, page
from faultbook.site.script_pattern import script_pattern

JSON: Final = "application/json"
_MODULES: Final = {
    "unwrap": "unwrap",
    "fields": "fields",
    "mentions": "mentions",
    "program": "program",
    "numbers": "numbers",
    "records": "records",
    "phrases": "phrases",
    "wording": "wording",
    "spelled": "spelled",
    "family": "families.family",
    "identity": "families.identity",
    "services": "families.services",
    "data": "families.data",
}
"""Modules of the recogniser whose patterns a script needs, by the name that it gives them."""
_WEIGHTS: Final = {"code": 10, "name": 8, "summary": 5, "meaning": 2, "causes": 2, "faq": 2, "wording": 6}
"""How much a word counts by where it stands; as in the full-text search of the compiled book."""
_WORD: Final = re.compile(r"[^\W_]{2,40}")


def lookup_files(sources: Sources) -> Iterator[Page]:
    """The files under ``/data``: every code, the index of words, and the recogniser's patterns."""
    yield _file("/data/codes.json", _codes(sources))
    yield _file("/data/words.json", _index(sources.entries))
    yield _file("/data/patterns.json", patterns(sources))


def _file(path: str, value: Any) -> Page:
    return page(path, msgspec.json.encode(value), type_=JSON)


def _codes(sources: Sources) -> dict[str, Any]:
    """Entries with what a list shows of them and the codes that they answer besides their own, then every other published code.

    A code that another entry answers stands in both: a page recognises by the published ones. A row holds no more than its columns.
    """
    families = sorted({one.family for one in sources.known})
    known = {one.code: one for one in sources.known}
    answers, own = answered(sources.entries, sources.known), {entry.code for entry in sources.entries}
    others: dict[str, list[str]] = defaultdict(list)
    for code, entry in answers.items():
        if code != entry:
            others[entry].append(code)
    return {
        "families": families,
        "entries": [
            [
                entry.code,
                entry.name,
                bare(entry.summary),
                entry.severity,
                bare(entry.first_step),
                others[entry.code],
                families.index(known[entry.code].family) if entry.code in known else -1,
                len(entry.causes),
            ]
            for entry in sources.entries
        ],
        "known": [
            [one.code, one.name, families.index(one.family), one.kind, one.note]
            for one in sources.known
            if one.code not in own
        ],
    }


def _index(entries: tuple[Entry, ...]) -> dict[str, Any]:
    """Every word of the entries with where it stands: pairs of the entry's number and its weight there, in one flat list."""
    found: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for at, entry in enumerate(entries):
        for column, text in _texts(entry).items():
            for word in set(map(str.lower, _WORD.findall(text))):
                found[word][at] += _WEIGHTS[column]
    words = sorted(found)
    return {"words": words, "at": [[part for pair in sorted(found[word].items()) for part in pair] for word in words]}


def _texts(entry: Entry) -> dict[str, str]:
    return {
        "code": " ".join([entry.code, *entry.aliases]),
        "name": f"{entry.name} {' '.join(re.findall('[A-Z]?[a-z]+|[A-Z]+', entry.name))}",
        "summary": bare(entry.summary),
        "meaning": bare(entry.meaning),
        "causes": " ".join(f"{bare(cause.title)} {bare(cause.detail)}" for cause in entry.causes),
        "faq": " ".join(f"{bare(one.q)} {bare(one.a)}" for one in entry.faq),
        "wording": " ".join(entry.wording),
    }


def patterns(sources: Sources) -> dict[str, Any]:
    """The recogniser's expressions, families, labels and phrases, for ``recognise.js``."""
    return {
        "patterns": {name: _of_module(module) for name, module in _MODULES.items()},
        "families": [_family(one) for one in FAMILIES],
        "spelled": spellings(sources.known, sources.entries, names_of(sources.known, sources.entries)),
        "lists": {
            "idLabels": [[sure, kind, script_pattern(pattern)] for sure, kind, pattern in fields.ID_LABELS],
            "footers": fields.FOOTERS,
            "timeLabels": fields.TIME_LABELS,
            "gap": fields.GAP,
            "numberLabels": [[words, _name_in(numbers, pattern)] for words, pattern in numbers.LABELS],
            "columns": numbers.COLUMNS,
            "sqlClasses": SQL_CLASSES,
        },
        "wording": {
            "names": unique_names(sources.entries, sources.known),
            "fragments": list(_fragments(sources)),
            "needs": {name: script_pattern(pattern) for name, pattern in NEEDS.items()},
            "not": phrases.NOT,
            "mistyped": phrases.MISTYPED,
            "filling": sorted(phrases.FILLING),
            "filled": phrases.FILLED,
            "common": phrases.COMMON,
            "slack": phrases.SLACK,
            "seam": SEAM,
            "handsOn": sorted(HANDS_ON),
            "enough": phrases.ENOUGH,
            "cut": phrases.CUT,
            "surer": phrases.SURER,
        },
    }


def _of_module(name: str) -> dict[str, str]:
    module = importlib.import_module(f"faultbook.recognise.{name}")
    return {
        found.lstrip("_"): script_pattern(pattern)
        for found, pattern in sorted(vars(module).items())
        if is_expression(pattern)
    }


def _name_in(module: Any, pattern: re.Pattern[str]) -> str:
    names: dict[str, Any] = vars(module)
    return next(name.lstrip("_") for name, value in names.items() if value is pattern)


def _family(one: Family) -> list[Any]:
    """Name, anchors, expression, the name of its reader, and what that reader was given when it was made."""
    reader = one.read.__qualname__.partition(".")[0].lstrip("_")
    fixed = {
        key: value for key, value in inspect.getclosurevars(one.read).nonlocals.items() if isinstance(value, str | int)
    }
    return [one.name, one.anchors, script_pattern(one.pattern), reader, fixed]


def _fragments(sources: Sources) -> Iterator[list[Any]]:
    """Those that the recogniser has, in its order, with their surroundings and whether they are whole sentences."""
    for one in fragments_of(sources.entries, sources.fragments):
        if one.sentence:
            yield [one.codes, one.text, one.needs, 1]
        else:
            yield [one.codes, one.text, one.needs] if one.needs else [one.codes, one.text]
