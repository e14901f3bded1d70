"""A book of any size for measurements: entries like the real ones, each with a code and most of its words its own."""

import datetime as dt
import json
import random
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

from faultbook.book.files import read_entries  # noqa: E402 - the package of this checkout
from faultbook.book.known_only import MADE  # noqa: E402
from faultbook.model import Entry  # noqa: E402

_WORD = re.compile(r"(?<![\w`\"/.:*@-])[a-z]{4,}(?![\w`\"/.:*@-])")
_PROSE = {
    "summary",
    "meaning",
    "first_step",
    "why",
    "detail",
    "title",
    "a",
    "q",
    "note",
    "says",
    "untested",
    "no_fix",
    "undo",
    "changes",
}


def made(count: int, seed: int = 1) -> Iterator[Entry]:
    """The real entries, then as many of their like as are wanted: about half of the longer words of every sentence are others."""
    real, _ = read_entries(ROOT / "book/entries")
    yield from real[:count]
    chance = random.Random(seed)
    words = ["".join(chance.choices("abcdefghijklmnoprstuvw", k=chance.randint(4, 9))) for _ in range(20_000)]
    for number in range(len(real), count):
        data = msgspec.to_builtins(chance.choice(real))
        code = f"AADSTS{8_000_000 + number}"
        data |= {"code": code, "name": f"Made{number}", "related": [], "aliases": [], "wording": []}
        data["sample"] = [{"format": "text", "text": f"{code}: Made{number}"}]
        data["not_sample"] = [
            {"text": f"{code}0: a longer number", "why": "A longer number must not match its beginning."}
        ]
        yield msgspec.convert(_reworded(data, words, chance), Entry)


def _reworded(value: Any, words: list[str], chance: random.Random, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _reworded(part, words, chance, name) for name, part in value.items()}
    if isinstance(value, list):
        return [_reworded(part, words, chance, key) for part in value]
    if isinstance(value, str) and key in _PROSE:
        return _WORD.sub(lambda found: chance.choice(words) if chance.random() < 0.5 else found[0], value)
    return value


def write_book(folder: Path, count: int) -> Path:
    """The sources of such a book, as they lie in a checkout; ``folder`` must not exist."""
    root = folder / "book"
    shutil.copytree(ROOT / "book", root, ignore=shutil.ignore_patterns("entries", "cases"))
    shutil.copytree(ROOT / "tests/probes", folder / "tests/probes")
    for entry in made(count):
        number = re.fullmatch(r"AADSTS(\d+)", entry.code)
        place = f"{int(number[1]) // 100}xx" if number else "other"
        path = root / "entries" / entry.product / place / f"{re.sub(r'[^A-Za-z0-9._-]', '-', entry.code)}.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        data = msgspec.to_builtins(entry, builtin_types=(dt.date,))
        if entry.known_only:
            data = {key: value for key, value in data.items() if key not in MADE}
        path.write_text(toml(data), encoding="utf-8")
    return root


def toml(data: dict[str, Any]) -> str:
    """An entry as TOML: plain keys first, then its tables."""
    tables = {
        key: value
        for key, value in data.items()
        if isinstance(value, dict) or (isinstance(value, list) and value and isinstance(value[0], dict))
    }
    lines = [f"{key} = {_value(value)}" for key, value in data.items() if key not in tables]
    for key, value in tables.items():
        for part in value if isinstance(value, list) else [value]:
            lines += ["", f"[[{key}]]" if isinstance(value, list) else f"[{key}]"]
            lines += [f"{name} = {_value(one)}" for name, one in part.items()]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(_value(one) for one in value)}]"
    if isinstance(value, bool | int):
        return str(value).lower()
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f") if isinstance(value, str) else str(value)
