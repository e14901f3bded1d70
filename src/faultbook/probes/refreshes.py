"""The refresh history of a dataset as probes read it: what ended, when, how, and what the error said."""

import datetime as dt
import json
import re
from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from faultbook.evidence import Facts, Subject, Unknown
from faultbook.probes.graph import Object, objects, parts, same, time_of
from faultbook.probes.subject import moment
from faultbook.probes.words import utc

FIELDS: Final = tuple(f"powerbi:Refresh.{name}" for name in ("status", "startTime", "endTime"))
TOLD_FIELDS: Final = (
    *FIELDS,
    "powerbi:Refresh.serviceExceptionJson",
    "powerbi:Refresh.refreshAttempts.serviceExceptionJson",
    "powerbi:DatasetRefreshDetail.messages.code",
    "powerbi:DatasetRefreshDetail.messages.message",
)
LENGTH_FIELDS: Final = (
    *FIELDS,
    "powerbi:Refresh.refreshAttempts.startTime",
    "powerbi:Refresh.refreshAttempts.endTime",
)
_CODE: Final = re.compile(r"\b(?:AADSTS\d{5,7}|DMTS?_\w+|ModelRefresh\w+|Mashup\w*Error\w*|DM_\w+|0x[0-9A-Fa-f]{8})\b")
_CODE_KEYS: Final = frozenset({"code", "errorcode", "error_code"})
SLACK: Final = dt.timedelta(minutes=5)
"""How far the time of a pasted message and the start of its refresh may lie apart."""


class Refresh(Struct, frozen=True):
    """One refresh that ended: when, and with or without success."""

    start: dt.datetime
    end: dt.datetime
    failed: bool
    row: Object

    @property
    def length(self) -> dt.timedelta | None:
        """How long its longest attempt ran; None where no end is told. The service tries again within one refresh."""
        attempts = [self.row, *parts(self.row, "refreshAttempts")]
        spans = [
            end - start
            for part in (attempts[1:] or attempts)
            if (start := time_of(part.get("startTime"))) and (end := time_of(part.get("endTime"))) and end >= start
        ]
        return max(spans, default=None)

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything that its error says: the exception of the refresh and of each attempt, and the engine's messages."""
        told = [part.get("serviceExceptionJson") for part in (self.row, *parts(self.row, "refreshAttempts"))]
        told += [f"{part.get('code', '')}: {part.get('message', '')}" for part in parts(self.row, "messages")]
        return tuple(dict.fromkeys(text for text in told if isinstance(text, str) and text))

    @property
    def codes(self) -> tuple[str, ...]:
        """Every error code in those texts, each once."""
        return tuple(dict.fromkeys(code for text in self.texts for code in codes_in(text)))


def ended(*rows: Object) -> list[Refresh]:
    """Refreshes that completed or failed, oldest first; running, cancelled and disabled ones say nothing."""
    found = []
    for row in rows:
        status, start = str(row.get("status") or "").casefold(), time_of(row.get("startTime"))
        if start and status in ("completed", "failed"):
            found.append(Refresh(start, time_of(row.get("endTime")) or start, status == "failed", row))
    return sorted(found, key=lambda refresh: (refresh.start, refresh.end))


def of_dataset(facts: Facts, about: Subject, kind: str) -> list[Object]:
    """The objects of the affected dataset. Raises Unknown where several datasets are in the evidence and none is named."""
    held = facts.need(kind)
    own = [fact for fact in held if same(fact.target, about.artefact)]
    if not own and about.artefact and all(fact.target for fact in held):
        raise Unknown("not-found", f"The evidence holds no {kind} of the dataset {about.artefact}.")
    if not own and len({fact.target.casefold() for fact in held}) > 1:
        raise Unknown("ambiguous", "The evidence holds several datasets; it is not known which one failed.")
    return objects(*(own or held))


def history(facts: Facts, about: Subject) -> list[Refresh]:
    """All refreshes of the affected dataset that ended."""
    return ended(*of_dataset(facts, about, "powerbi.refreshes"))


def until(facts: Facts, about: Subject) -> list[Refresh]:
    """The dataset's refreshes up to the failure. Raises Unknown where none of them failed then."""
    found = [refresh for refresh in history(facts, about) if refresh.start <= moment(about) + SLACK]
    while found and not found[-1].failed:
        found.pop()
    if not found:
        raise Unknown("not-found", f"The refresh history shows no failed refresh up to {utc(moment(about))}.")
    return found


def codes_in(value: Any, depth: int = 4) -> Iterator[str]:
    """Every error code in a service exception: the values of code keys, and codes in any text, JSON inside strings opened."""
    if depth == 0:
        return
    if isinstance(value, str):
        yield from _CODE.findall(value)
        if value.lstrip()[:1] in ("{", "["):
            try:
                yield from codes_in(json.loads(value), depth - 1)
            except (ValueError, RecursionError):
                return
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key.casefold() in _CODE_KEYS and isinstance(inner, str | int):
                yield str(inner)
            yield from codes_in(inner, depth)
    elif isinstance(value, list):
        for inner in value:
            yield from codes_in(inner, depth)
