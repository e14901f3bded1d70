"""Every vendor field that a probe reads exists in the published API description.

``fields.tsv`` beside this file lists them with their types, so that the check needs nothing else; where the descriptions themselves are at hand
(a folder ``openapi`` of the neighbouring ``shared``), the table is checked against them. ``python tests/probes/test_fields.py`` writes it anew.
"""

import csv
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from faultbook.probes import all_probes

TABLE = Path(__file__).with_name("fields.tsv")
OPENAPI = Path(__file__).parents[2].parent / "shared" / "openapi"
FIELDS = sorted({field for probe in all_probes().values() for field in probe.fields})

BESIDE = {
    "graph.v1:microsoft.graph.conditionalAccessPolicy.grantControls.authenticationStrength.id": "a navigation property; the description at hand leaves those out",
}


@cache
def schemas(document: str) -> dict[str, Any]:
    held = json.loads((OPENAPI / f"{document}.json").read_text(encoding="utf-8"))
    return held["components"]["schemas"]


def parts(document: str, schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A schema and everything it is made of, array items included."""
    yield schema
    if reference := schema.get("$ref"):
        yield from parts(document, schemas(document)[reference.rpartition("/")[2]])
    for key in ("allOf", "anyOf", "oneOf"):
        for inner in schema.get(key, []):
            yield from parts(document, inner)
    if "items" in schema:
        yield from parts(document, schema["items"])


def types(document: str, schema: dict[str, Any]) -> set[str]:
    found = set()
    for part in parts(document, schema):
        said = part.get("type")
        found.update([said] if isinstance(said, str) else said or [])
        if "format" in part:
            found.add(part["format"])
    return found - {"null"}


def resolve(field: str) -> str | None:
    """The type of a field such as ``graph.v1:microsoft.graph.user.id``; None where there is no such field."""
    document, _, path = field.partition(":")
    held = schemas(document)
    name = max((name for name in held if path.startswith(f"{name}.")), key=len, default=None)
    if name is None:
        return None
    here = held[name]
    for step in path.removeprefix(f"{name}.").split("."):
        here = next(
            (part["properties"][step] for part in parts(document, here) if step in part.get("properties", {})), None
        )
        if here is None:
            return None
    return " ".join(sorted(types(document, here)))


def table() -> dict[str, dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return {row["field"]: row for row in csv.DictReader(lines, delimiter="\t")}


def test_the_table_holds_every_field_that_a_probe_reads_and_no_other():
    assert sorted(table()) == FIELDS


def test_every_field_has_a_type_or_says_why_not():
    assert [field for field, row in table().items() if not row["type"] and not row["note"]] == []


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_is_published_with_the_type_in_the_table(field):
    if not OPENAPI.is_dir():
        pytest.skip(
            "the published API descriptions are not at hand; fields.tsv was checked against them when it was written"
        )
    if field in BESIDE:
        pytest.skip(f"{field}: {BESIDE[field]}")
    found = resolve(field)
    assert found is not None, f"{field} is not in the published description"
    assert found == table()[field]["type"]


@pytest.mark.skipif(not OPENAPI.is_dir(), reason="the published API descriptions are not at hand")
def test_an_invented_field_is_noticed():
    assert resolve("graph.v1:microsoft.graph.user.shoeSize") is None
    assert resolve("powerbi:Refresh.refreshAttempts.nothing") is None


if __name__ == "__main__":
    rows = [
        f"{field}\t{'' if field in BESIDE else resolve(field) or ''}\t{BESIDE.get(field, '')}\n" for field in FIELDS
    ]
    TABLE.write_text("field\ttype\tnote\n" + "".join(rows), encoding="utf-8")
