"""Every field that a reader reads stands in the vendor's published description."""

import importlib
import json
import pkgutil
from pathlib import Path

import pytest

from faultbook import sources

OPENAPI = Path(__file__).parents[3] / "shared" / "openapi"
FIELDS = sorted(
    {
        field
        for module in pkgutil.walk_packages(sources.__path__, "faultbook.sources.")
        for field in getattr(importlib.import_module(module.name), "FIELDS", ())
    }
)


def test_readers_declare_their_fields():
    """And in the form document:schema.path."""
    assert len(FIELDS) > 50
    assert all(field.partition(":")[0] in {"graph.v1", "graph.beta", "powerbi"} for field in FIELDS)


@pytest.mark.skipif(not OPENAPI.is_dir(), reason="the published API descriptions are not beside this checkout")
@pytest.mark.parametrize("field", FIELDS)
def test_field_is_published(field):
    """Walks references, inheritance and lists."""
    document, _, path = field.partition(":")
    schemas = json.loads((OPENAPI / f"{document}.json").read_text())["components"]["schemas"]
    name = max((name for name in schemas if path == name or path.startswith(f"{name}.")), key=len, default=None)
    assert name is not None, f"no schema for {path}"
    here = [schemas[name]]
    for step in path[len(name) :].strip(".").split("."):
        if not step:
            continue
        here = [found for schema in here for found in step_into(schemas, schema, step)]
        assert here, f"{step} of {field} is not published"


def step_into(schemas, schema, step):
    """The schemas of one property."""
    schema = resolved(schemas, schema)
    for part in (*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from step_into(schemas, part, step)
    if "items" in schema:
        yield from step_into(schemas, schema["items"], step)
    if step in schema.get("properties", {}):
        yield schema["properties"][step]


def resolved(schemas, schema):
    """What a reference points to."""
    while "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    return schema
