"""Whom and what a diagnosis is about: from what was said, the evidence, and the text, in this order."""

import datetime as dt
from typing import Any, Final

from msgspec import structs

from faultbook.app.told import told
from faultbook.evidence import Facts, Occurrence, Subject, instant
from faultbook.probes.graph import objects, time_of

_NEAR: Final = dt.timedelta(minutes=5)
"""How far the time of a message and the beginning or end of its refresh may lie apart."""


def subject_of(facts: Facts, occurrence: Occurrence, text: str, user: str | None, at: dt.datetime | None) -> Subject:
    """Whom and what a diagnosis is about: what was said, else the attempt with the same ids, else the text, else what all failures share."""
    said = told(text, occurrence)
    history: dict[str, Any] = next((fact.value for fact in facts.all("signins.history")), {})
    failures = history.get("failures", [])
    ids = {one.casefold() for one in (occurrence.correlation_id, occurrence.trace_id, occurrence.request_id) if one}
    mine: dict[str, Any] = next((row for row in failures if ids & _ids(row)), {})
    who = (
        user
        or mine.get("user")
        or said.user
        or _shared(failures, "user")
        or (None if failures else _owner(facts) or _only_person(facts))
    )
    if who and not _hidden(who) and _people_hidden(failures, facts):
        who = mine.get("user") or _shared(failures, "user")
    row = mine or next((row for row in failures if who and row.get("user") == who.casefold()), {})
    moment = (
        at
        or (said.at if said.zoned else None)
        or instant(mine.get("at"))
        or said.at
        or instant(row.get("at"))
        or (instant(failures[-1].get("at")) if failures else _last_failed_refresh(facts))
    )
    return Subject(
        code=occurrence.code,
        at=moment,
        artefact=_dataset(facts, text, moment),
        user=who.casefold() if who else None,
        user_id=row.get("user_id") or said.user_id,
        domain=who.rpartition("@")[2].casefold()
        if who and "@" in who
        else _shared(failures, "domain") or (None if failures else _only_domain(facts)),
        dn=_dn(facts, who),
        app_id=row.get("app_id") or said.app_id,
        resource_id=row.get("resource_id") or said.resource_id,
        correlation_id=occurrence.correlation_id,
        text=text,
    )


def _hidden(name: str) -> bool:
    """Whether somebody is told of under a name of ours; no real name ends so."""
    return name.casefold().endswith(".invalid")


def _people_hidden(failures: list[dict[str, Any]], facts: Facts) -> bool:
    """Whether the evidence, as a sealed bundle does, tells of people under other names, so that the real one is nowhere in it."""
    names = [row.get("user") for row in failures] or [
        row.get("userPrincipalName") for row in objects(*facts.all("graph.users"))
    ]
    return any(_hidden(str(name or "")) for name in names)


def _ids(row: dict[str, Any]) -> set[str]:
    return {str(row.get("id", "")).casefold(), str(row.get("correlation_id", "")).casefold()}


def _shared(failures: list[dict[str, Any]], key: str) -> str | None:
    """What all failing attempts have in common, if they do."""
    values = {row.get(key) for row in failures} - {None, ""}
    return values.pop() if len(values) == 1 else None


def _owner(facts: Facts) -> str | None:
    """Who configured the one dataset in the evidence: a refresh runs in that person's name."""
    owners = {str(item.get("configuredBy") or "") for item in objects(*facts.all("powerbi.dataset"))} - {""}
    return owners.pop() if len(owners) == 1 else None


def _dataset(facts: Facts, text: str, at: dt.datetime | None) -> str | None:
    """The dataset that failed, of several: the one whose id the text names, else the one whose refresh failed at that moment."""
    held = {fact.target.casefold(): fact for fact in facts.all("powerbi.refreshes") if fact.target}
    if len(held) < 2:
        return None
    low = text.casefold()
    named = [target for target in held if target in low]
    if not named and at:
        named = [target for target, fact in held.items() if any(_failed_at(row, at) for row in objects(fact))]
    return named[0] if len(named) == 1 else None


def _failed_at(row: dict[str, Any], at: dt.datetime) -> bool:
    start, end = time_of(row.get("startTime")), time_of(row.get("endTime"))
    return str(row.get("status")).casefold() == "failed" and any(
        abs(moment - at) <= _NEAR for moment in (start, end) if moment
    )


def _last_failed_refresh(facts: Facts) -> dt.datetime | None:
    """When the newest failed refresh of the one dataset in the evidence ended, where no other clock tells when the error came."""
    held = facts.all("powerbi.refreshes")
    if len({fact.target.casefold() for fact in held}) != 1:
        return None
    rows = [row for row in objects(*held) if str(row.get("status")).casefold() == "failed"]
    ends = [at for row in rows if (at := time_of(row.get("endTime")) or time_of(row.get("startTime")))]
    return max(ends, default=None)


def _only_person(facts: Facts) -> str | None:
    """The one person whom the evidence holds, where no sign-in says who failed."""
    rows = [fact.value for fact in facts.all("ad.object")] + [
        row for fact in facts.all("graph.users") for row in fact.value
    ]
    names = {str(row.get("userPrincipalName") or "").casefold() for row in rows if isinstance(row, dict)} - {""}
    return names.pop() if len(names) == 1 else None


def _only_domain(facts: Facts) -> str | None:
    """The one domain that the evidence speaks of, where nothing says who failed; the tenant's initial domain is nobody's."""
    listed = [row for fact in facts.all("graph.domains") for row in fact.value if isinstance(row, dict)]
    names = {str(row.get("id") or "").casefold() for row in listed if not row.get("isInitial")}
    if not listed:
        names = {
            fact.target.casefold()
            for kind in ("graph.federationConfiguration", "federation.realm")
            for fact in facts.all(kind)
        }
    names -= {""}
    return names.pop() if len(names) == 1 else None


def _dn(facts: Facts, user: str | None) -> str | None:
    """The distinguished name of a user, from the directory's own record or from Entra's copy of it."""
    if not user:
        return None
    for fact in facts.all("ad.object"):
        if str(fact.value.get("userPrincipalName", "")).casefold() == user.casefold():
            return str(fact.value["dn"])
    for fact in facts.all("graph.users"):
        for row in fact.value:
            if str(row.get("userPrincipalName", "")).casefold() == user.casefold() and row.get(
                "onPremisesDistinguishedName"
            ):
                return str(row["onPremisesDistinguishedName"])
    return None


def without_people(occurrence: Occurrence, facts: Facts) -> Occurrence:
    """The occurrence with people and secrets taken out of its message, under the pseudonyms that a support case of these facts uses."""
    if not occurrence.text:
        return occurrence
    from faultbook.redact import Redactor, salt_of

    redactor = Redactor(salt_of(*(fact.hash.encode() for fact in facts)))
    return structs.replace(occurrence, text=redactor.text(occurrence.text))
