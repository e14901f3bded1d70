"""The support case: one zip that Microsoft's support can act on, without names and without secrets.

The members are those that the vendor's troubleshooting guides ask for, as far as evidence has them: exact error, ids, times in UTC, scope, user
type, changes of the day before, redacted logs, and what was already excluded and how. The same input gives the same bytes.
"""

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import msgspec

from faultbook import atomic
from faultbook.diagnose.case_text import readme, summary
from faultbook.diagnose.diagnosis import Diagnosis
from faultbook.diagnose.html import page
from faultbook.diagnose.share import shareable
from faultbook.diagnose.timeline import AROUND, changes_before
from faultbook.evidence import Facts, instant
from faultbook.redact import Redactor
from faultbook.sources.bundle import sealed, sha, zipped

SCHEMA: Final = "faultbook/case-1"
EXTRACT: Final = 500
_EXTRACTS: Final = {
    "windows.events": ("events.jsonl", "time", dt.timedelta(hours=1)),
    "graph.directoryAudits": ("audits.jsonl", "activityDateTime", AROUND),
    "graph.serviceHealthIssues": ("service-issues.jsonl", "startDateTime", 7 * AROUND),
    "powerbi.refreshes": ("refreshes.jsonl", "startTime", 7 * AROUND),
}
"""Of each log, where its time stands and how far from the failure a row still matters."""


def write_case(diagnosis: Diagnosis, facts: Facts, out: Path) -> str:
    """Write the case, or nothing at all; answers the SHA-256 of its manifest."""
    redactor = Redactor.of(facts)
    shown, shown_facts = shareable(diagnosis, facts, redactor)
    onset = _onset(shown)
    members = {
        "README.md": readme(shown).encode(),
        "summary.md": summary(
            shown, shown_facts, changes_before(shown_facts, shown.about, onset) if onset else ()
        ).encode(),
        "report.html": page(shown).encode(),
        "diagnosis.json": _json(shown),
        "facts.zip": sealed(shown_facts).content,
        **_extracts(shown_facts, onset),
    }
    manifest = {
        "schema": SCHEMA,
        "code": shown.error.code,
        "faultbook": shown.book.faultbook,
        "book": shown.book.book,
        "redacted": dict(sorted(redactor.counts.items())),
        "members": {name: {"bytes": len(data), "sha256": sha(data)} for name, data in sorted(members.items())},
    }
    written = _json(manifest)
    atomic.write(out, zipped({"manifest.json": written, **members}), "support case")
    return sha(written)


def _onset(diagnosis: Diagnosis) -> dt.datetime | None:
    """When it began, else when the failure in question happened."""
    onset = diagnosis.statistics.onset if diagnosis.statistics else None
    return instant(onset.end) if onset else diagnosis.about.at


def _extracts(facts: Facts, onset: dt.datetime | None) -> dict[str, bytes]:
    """Rows of the logs near the failure, oldest first, already redacted."""
    rows: dict[str, list[Any]] = {}
    for fact in facts:
        if fact.why_unknown is not None:
            continue
        if fact.kind == "signins.history" and isinstance(fact.value, dict):
            rows.setdefault("attempts.jsonl", []).extend(
                [*fact.value.get("failures", ()), *fact.value.get("siblings", ())]
            )
        elif fact.kind in _EXTRACTS and isinstance(fact.value, list):
            name, key, reach = _EXTRACTS[fact.kind]
            rows.setdefault(name, []).extend(_near(fact.value, key, onset, reach))
    return {f"extracts/{name}": _lines(found) for name, found in sorted(rows.items()) if found}


def _near(rows: Iterable[Any], key: str, onset: dt.datetime | None, reach: dt.timedelta) -> list[Any]:
    timed = [(at, row) for row in rows if isinstance(row, dict) and (at := instant(row.get(key))) is not None]
    near = [(at, row) for at, row in timed if onset is None or abs(at - onset) <= reach]
    near.sort(key=lambda one: one[0])
    return [row for _, row in near]


def _lines(rows: list[Any]) -> bytes:
    shown = rows[:EXTRACT]
    if len(rows) > EXTRACT:
        shown.append({"left_out": len(rows) - EXTRACT, "why": "the whole log is in facts.zip"})
    return b"".join(msgspec.json.encode(row, order="deterministic") + b"\n" for row in shown)


def _json(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value, order="deterministic"), indent=2) + b"\n"
