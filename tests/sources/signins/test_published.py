"""Against what Microsoft publishes: every field read exists, and public samples load (both only where they lie beside the repository)."""

import json
from pathlib import Path

import pytest

from faultbook.sources import audits, signins

SHARED = Path(__file__).parents[3] / ".." / "shared"


def resolved(api, schema):
    """A schema with references followed and the parts of allOf laid over one another."""
    while "$ref" in schema:
        schema = api["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    properties = dict(schema.get("properties", {}))
    for part in (*schema.get("allOf", ()), *schema.get("anyOf", ())):
        properties.update(resolved(api, part)["properties"])
    items = schema.get("items")
    return {**schema, "properties": properties or (resolved(api, items)["properties"] if items else {})}


def test_every_field_read_is_published():
    """A field that the mapping reads is a property of the published type, however deep."""
    path = SHARED / "openapi" / "graph.v1.json"
    if not path.exists():
        pytest.skip("the API description is not beside the repository")
    api = json.loads(path.read_text())
    missing = []
    for field in (*signins.FIELDS, *audits.FIELDS):
        name, *steps = field.removeprefix("graph.v1:microsoft.graph.").split(".")
        here = {"$ref": f"#/components/schemas/microsoft.graph.{name}"}
        for step in steps:
            here = resolved(api, here)["properties"].get(step)
            if here is None:
                missing.append(field)
                break
    assert missing == []
    assert len(signins.FIELDS) > 15


def test_a_public_sample_of_audits_loads(tmp_path):
    """Log Analytics rows as a laboratory recorded them: one activity is there twice and counts once."""
    import zipfile

    sample = SHARED / "corpus" / "telemetry" / "otrf-goldensaml" / "AADAuditEvents.Zip"
    if not sample.exists():
        pytest.skip("the public samples are not beside the repository")
    with zipfile.ZipFile(sample) as archive:
        path = Path(archive.extract(archive.namelist()[0], tmp_path))
    head = path.read_bytes()[:65536]
    assert (audits.detect(head), signins.detect(head)) == ("log-analytics-json", None)
    found, report = audits.read(signins.SigninFile(path=path))
    assert (report.rows, len(found), report.problems) == (4, 3, ())
    assert {audit["loggedByService"] for audit in found} == {"Core Directory"}
    assert all(audit["targetResources"][0]["modifiedProperties"] for audit in found)
