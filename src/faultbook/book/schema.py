"""The JSON Schema of an entry, generated from the types and the vocabularies: editors complete and check with it."""

import inspect
import json
from pathlib import Path
from typing import Any, Final

import msgspec

from faultbook import atomic
from faultbook.book.known_only import MADE
from faultbook.book.words import Words, read_words
from faultbook.model import Entry

ID: Final = "https://faultbook.example/schema/entry-1.json"


def entry_schema(words: Words) -> str:
    """The schema as text, the same from the same types and words, ending with a line break."""
    schema = msgspec.json.schema(Entry)
    parts = schema["$defs"]
    for part in parts.values():
        part["description"] = inspect.cleandoc(part.get("description", ""))
    entry, fix = parts["Entry"]["properties"], parts["Fix"]["properties"]
    for made in ("Published", "Neighbour"):
        del parts[made]
    for made in ("published", "overlaid"):
        del entry[made]
    parts["Entry"].update(_known_only(parts["Entry"]))
    entry["product"] = _one_of(words.products, "The product whose error it is.")
    entry["category"] = _one_of(words.categories, "What the error is about.")
    entry["surfaces"]["items"] = _one_of(words.surfaces, "Where people meet the error.")
    entry["who_fixes"]["items"] = _one_of(words.who, "Who can act.")
    fix["who"] = _one_of(words.who, "Who takes the steps.")
    described = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "title": "An entry of Faultbook",
        "$comment": "Generated from src/faultbook/model.py and book/words.toml. Do not edit.",
        **schema,
    }
    return json.dumps(described, indent=2, ensure_ascii=False) + "\n"


def _known_only(entry: dict[str, Any]) -> dict[str, Any]:
    """Either the texts that every entry needs, or ``known_only`` and none of those that are then made."""
    made = [key for key in MADE if key in entry["properties"]]
    needed = [key for key in entry["required"] if key not in made]
    told = {"required": [key for key in entry["required"] if key in made]}
    said = {"required": ["known_only"], "properties": {"known_only": {"const": True}}}
    return {"required": needed, "if": said, "then": {"properties": dict.fromkeys(made, False)}, "else": told}


def write(source: Path, out: Path) -> Path:
    """Write the schema that belongs to the book's sources into a folder."""
    path = out / "entry-1.json"
    atomic.write(path, entry_schema(read_words(source / "words.toml")).encode(), "schema")
    return path


def _one_of(vocabulary: dict[str, str], description: str) -> dict[str, Any]:
    return {
        "description": description,
        "oneOf": [{"const": word, "title": shown} for word, shown in vocabulary.items()],
    }
