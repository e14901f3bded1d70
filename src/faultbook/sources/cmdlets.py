"""Objects of Microsoft Graph as PowerShell's cmdlets print them, or save them with Export-Csv."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from faultbook.evidence import iso
from faultbook.sources import graph
from faultbook.sources.consoles import blocks, tables, truth
from faultbook.sources.items import Read
from faultbook.sources.times import clock

HEADERS: Final = frozenset({"authenticationtype", "issueruri", "startdatetime", "onpremiseslastsyncdatetime"})
"""Columns, lower case, by which a table may be one of such objects."""
_HINT: Final = re.compile(
    r"^[ \t]*(?:AuthenticationType|IssuerUri|StartDateTime|OnPremisesLastSyncDateTime)[ \t]*:|\bAuthenticationType\b",
    re.MULTILINE,
)
_RUN_ON: Final = re.compile(r"certificate$|uri$", re.IGNORECASE)
_FORM: Final = "PowerShell text"


def of_text(text: str, by: str) -> Read | None:
    """Objects in lists and tables; None where there are none."""
    if not _HINT.search(text):
        return None
    records: list[Mapping[str, Any]] = list(blocks(text))
    for found in tables(text):
        records.extend(found)
    return of_records(records, by, _FORM)


def of_records(records: Iterable[Mapping[str, Any]], by: str, form: str) -> Read | None:
    """Objects in rows of text; what PowerShell abbreviates is lost, and left out."""
    reads = graph.read([_object(record) for record in records], by)
    if not reads:
        return None
    read = reads[0]  # rows are one answer
    read.format = form
    return read


def _object(record: Mapping[str, Any]) -> dict[str, Any]:
    plain = {str(key).strip(): _value(str(key).strip(), str(entry or "")) for key, entry in record.items()}
    return {
        key: entry
        for key, entry in plain.items()
        if not (isinstance(entry, str) and entry.startswith("Microsoft.Graph."))
    }


def _value(key: str, text: str) -> Any:
    """The text as JSON would have it: nothing is null, and a value that the console's width has broken is whole again."""
    whole = "".join(text.split()) if _RUN_ON.search(key) else " ".join(text.split())
    if (said := truth(whole)) is not None:
        return said
    if key.endswith("DateTime") and (at := clock(whole)):
        return iso(at.at)
    return whole or None
