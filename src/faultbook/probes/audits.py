"""The directory audit log as probes read it."""

import datetime as dt
import json
from typing import Any, Final

from msgspec import Struct

from faultbook.evidence import Facts
from faultbook.probes.graph import Object, objects, parts, same, time_of

_AUDIT: Final = "graph.v1:microsoft.graph.directoryAudit."
FIELDS: Final = tuple(
    _AUDIT + name
    for name in (
        "activityDateTime", "activityDisplayName", "category", "loggedByService", "result",
        "targetResources.id", "targetResources.displayName", "targetResources.userPrincipalName",
        "targetResources.modifiedProperties.displayName", "targetResources.modifiedProperties.newValue",
        "additionalDetails.key", "additionalDetails.value", "initiatedBy.user.userPrincipalName", "initiatedBy.app.displayName",
    )
)  # fmt: skip


class Audit(Struct, frozen=True):
    """One change in the directory: when, what, by which service, on what."""

    at: dt.datetime
    activity: str
    service: str
    succeeded: bool
    row: Object

    @property
    def targets(self) -> list[Object]:
        """What was changed."""
        return parts(self.row, "targetResources")

    @property
    def name(self) -> str:
        """The display name of what was changed, or its id."""
        return next(
            (str(said) for target in self.targets if (said := target.get("displayName") or target.get("id"))), ""
        )

    @property
    def person(self) -> str:
        """The user whom it concerned, else the one who did it; empty where neither is a person."""
        by = self.row.get("initiatedBy")
        people = [*self.targets, *parts(by, "user")]
        return next((str(name) for one in people if (name := one.get("userPrincipalName"))), "")

    @property
    def actor(self) -> str:
        """Who did it, as far as the record says."""
        person, app = (next(iter(parts(self.row.get("initiatedBy"), key)), {}) for key in ("user", "app"))
        return str(person.get("userPrincipalName") or app.get("displayName") or "somebody")

    def new_value(self, prefix: str) -> Any:
        """The new value of a changed property, JSON inside the string opened; None where there is none."""
        for target in self.targets:
            for changed in parts(target, "modifiedProperties"):
                if str(changed.get("displayName") or "").casefold().startswith(prefix.casefold()):
                    return _opened(changed.get("newValue"))
        return None

    def detail(self, key: str) -> str:
        """One of the additional details, or nothing."""
        return next(
            (
                str(pair.get("value") or "")
                for pair in parts(self.row, "additionalDetails")
                if same(pair.get("key"), key)
            ),
            "",
        )

    def targets_user(self, name: str | None, object_id: str | None) -> bool:
        """Whether this user is among what was changed."""
        return any(
            same(target.get("userPrincipalName"), name) or same(target.get("id"), object_id) for target in self.targets
        )


class AuditLog(Struct, frozen=True):
    """Audit records in order of time with the spans for which the exports speak."""

    audits: tuple[Audit, ...]
    spans: tuple[tuple[dt.datetime, dt.datetime], ...]

    def covers(self, start: dt.datetime, end: dt.datetime, service: str = "") -> bool:
        """Whether one export speaks for all of this time; an export of a single other service says nothing about this one."""
        services = {audit.service.casefold() for audit in self.audits}
        filtered = bool(service) and len(services) == 1 and service.casefold() not in services
        return not filtered and any(first <= start and end <= last for first, last in self.spans)


def audit_log(facts: Facts) -> AuditLog:
    """Every readable audit record; an export without a window speaks from its first to its last record."""
    audits: list[Audit] = []
    spans = []
    for fact in facts.need("graph.directoryAudits"):
        read = [audit for row in objects(fact) if (audit := _audit(row)) is not None]
        audits.extend(read)
        if fact.gaps:
            continue
        if fact.window:
            spans.append((fact.window.start, fact.window.end))
        elif read:
            spans.append((min(audit.at for audit in read), max(audit.at for audit in read)))
    audits.sort(key=lambda audit: (audit.at, audit.activity, audit.name))
    return AuditLog(tuple(audits), tuple(spans))


def _audit(row: Object) -> Audit | None:
    if (at := time_of(row.get("activityDateTime"))) is None:
        return None
    activity = str(row.get("activityDisplayName") or "")
    return Audit(at, activity, str(row.get("loggedByService") or ""), same(row.get("result"), "success"), row)


def _opened(text: Any, depth: int = 2) -> Any:
    if not isinstance(text, str) or depth == 0:
        return text
    try:
        return _opened(json.loads(text), depth - 1)
    except (ValueError, RecursionError):
        return text
