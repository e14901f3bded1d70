"""Conditional Access: what the failing sign-ins say themselves, what changed just before, and what stands in the way now."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from faultbook.evidence import Facts, Outcome, Subject, Unknown, no, unknown, yes
from faultbook.probes import audits, probe
from faultbook.probes.audits import Audit
from faultbook.probes.graph import Object, objects, parts, same, texts, time_of
from faultbook.probes.signins import SignIns, began_at, signins, signins_if_any
from faultbook.probes.words import listed, many, span, utc

POLICY: Final = "graph.v1:microsoft.graph.conditionalAccessPolicy."
SCOPE_FIELDS: Final = tuple(
    POLICY + name
    for name in (
        "id", "displayName", "state", "createdDateTime", "modifiedDateTime",
        "conditions.applications.includeApplications", "conditions.applications.excludeApplications",
        "conditions.applications.applicationFilter.rule", "conditions.users.includeUsers", "conditions.users.excludeUsers",
        "conditions.users.includeGroups", "conditions.users.includeRoles", "conditions.clientAppTypes",
        "conditions.userRiskLevels", "conditions.signInRiskLevels",
    )
)  # fmt: skip
GRANT_FIELDS: Final = (*SCOPE_FIELDS, POLICY + "grantControls.builtInControls")
_LOCATION_FIELDS: Final = (
    POLICY + "conditions.locations.includeLocations",
    POLICY + "conditions.locations.excludeLocations",
)

_HOUR: Final = dt.timedelta(hours=1)
_CHANGE: Final = re.compile(
    r"^(?:add|update|delete|create|modify|set|enable|disable) (?:conditional access policy|named location|security defaults"
    r"|authentication strength|authentication context|authorization policy)|^policy (?:added|updated|deleted)", re.IGNORECASE
)  # fmt: skip
_SUITES: Final[Mapping[str, frozenset[str]]] = {  # members that are beyond doubt; of other applications it is not known
    "office365": frozenset(
        {
            "00000002-0000-0ff1-ce00-000000000000",  # Exchange Online
            "00000003-0000-0ff1-ce00-000000000000",  # SharePoint Online
            "00000006-0000-0ff1-ce00-000000000000",  # Microsoft 365 portal
            "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe",  # Teams services
        }
    ),
    "microsoftadminportals": frozenset({"c44b4083-3bb0-49c1-b47d-974e53cbdf3c"}),  # Azure portal
}


@probe(
    "policy.conditional-access-failed",
    needs=("signins.history",),
    otherwise="hardly-ever",
    family="policy-result",
    names=True,
)
def conditional_access_failed(facts: Facts, about: Subject) -> Outcome:
    """Did a Conditional Access policy fail in the failing sign-ins themselves?"""
    history = signins(facts, about)
    attempts = history.of_subject(about) or history.failures
    told = [attempt for attempt in attempts if _told(attempt)]
    failing = [attempt for attempt in told if _stopped(attempt)]
    if not told:
        return unknown(
            "not-permitted",
            f"The sign-in log shows no Conditional Access result for {many(len(attempts), 'failing attempt')}; an empty list is not the same as"
            " no policy. Export as Security Reader, or with Policy.Read.All.",
        )
    seen = f"{len(failing)} of {many(len(told), 'failing attempt')}"
    if failing and 2 * len(failing) >= len(told):
        names = sorted({name for attempt in failing for name in _failed_policies(attempt)})
        return yes(
            f"A Conditional Access policy failed in {seen}{': ' + listed(names) if names else '; the log does not name it'}."
        )
    return no(f"Conditional Access failed in {seen}; the others passed or were not concerned.")


def _told(attempt: Object) -> bool:
    return bool(parts(attempt, "ca_policies")) or str(attempt.get("ca_status") or "").casefold() in (
        "success",
        "failure",
        "notapplied",
    )


def _stopped(attempt: Object) -> bool:
    return same(attempt.get("ca_status"), "failure") or bool(_failed_policies(attempt))


def _failed_policies(attempt: Object) -> list[str]:
    """Policies that really failed; a report-only failure stops nobody."""
    return [
        str(policy.get("displayName") or policy.get("id"))
        for policy in parts(attempt, "ca_policies")
        if same(policy.get("result"), "failure")
    ]


@probe("policy.changed-before-onset", needs=("graph.directoryAudits", "graph.conditionalAccessPolicies"), otherwise="hardly-ever", family="policy-change",
       fields=(*audits.FIELDS, *SCOPE_FIELDS, *_LOCATION_FIELDS))  # fmt: skip
def changed_before_onset(facts: Facts, about: Subject) -> Outcome:
    """Was an enabled policy that covers the failing application changed within an hour before the failures began?"""
    history, onset = signins_if_any(facts, about), began_at(facts, about)
    if touched := _touched(facts, history, about, onset):
        return touched
    log = audits.audit_log(facts)
    changes = [
        audit
        for audit in log.audits
        if audit.succeeded and _CHANGE.search(audit.activity) and onset - _HOUR <= audit.at <= onset
    ]
    judged = [(audit, _bears_on(audit, facts, history, about)) for audit in changes]
    for audit, bears in judged:
        if bears:
            return yes(
                f"'{audit.activity}' of '{audit.name}' by {audit.actor} at {utc(audit.at)}, {span(onset - audit.at)} before the first failure"
                f" at {utc(onset)}; it covers the failing application. Consistent with a policy in the way."
            )
    open_questions = [audit for audit, bears in judged if bears is None]
    if open_questions:
        names = listed(f"'{audit.activity}' of '{audit.name}' at {utc(audit.at)}" for audit in open_questions)
        return unknown(
            "ambiguous",
            f"{names}: whether that covers this sign-in cannot be read; export the policies too.",
        )
    if not log.covers(onset - _HOUR, onset, "Conditional Access"):
        return unknown("too-old", f"The audit log does not cover the hour before {utc(onset)}.")
    if history and any(_stopped(attempt) for attempt in history.of_subject(about)):
        return unknown(
            "ambiguous",
            f"No change in the hour before {utc(onset)}; but a policy fails in the failing sign-in itself, whenever it was made.",
        )
    aside = (
        f"; {many(len(changes), 'change')} concerned other applications, other people or policies that are not enforced"
        if changes
        else ""
    )
    return no(
        f"No policy that covers the failing application was changed in the hour before the first failure at {utc(onset)}{aside}."
    )


def _touched(facts: Facts, history: SignIns | None, about: Subject, onset: dt.datetime) -> Outcome | None:
    """A policy whose own dates say that it was made or changed in the hour before, where no audit log is at hand."""
    if facts.has("graph.directoryAudits") or not facts.has("graph.conditionalAccessPolicies"):
        return None
    dated = 0
    for policy in objects(*facts.all("graph.conditionalAccessPolicies")):
        times = [at for key in ("createdDateTime", "modifiedDateTime") if (at := time_of(policy.get(key)))]
        dated += bool(times)
        near = [at for at in times if onset - _HOUR <= at <= onset]
        ids = {str(policy.get(key) or "").casefold() for key in ("id", "displayName")} - {""}
        if near and _enforced(policy) and _covers(policy, about) and not _let_pass(history, ids, about):
            return yes(
                f"The policy '{policy.get('displayName') or policy.get('id')}' was last changed at {utc(max(near))}, {span(onset - max(near))} before the first failure at {utc(onset)}; it covers the failing application."
            )
    raise Unknown(
        "not-connected",
        f"No audit log in the evidence, and none of {many(dated, 'dated policy', 'dated policies')} that cover this sign-in was last changed in the hour before {utc(onset)}.",
    )


def _bears_on(audit: Audit, facts: Facts, history: SignIns | None, about: Subject) -> bool | None:
    """Whether a change can stop the failing application; None where it cannot be read."""
    ids = {str(target["id"]).casefold() for target in audit.targets if target.get("id")}
    if _stopped_by(history, ids | {audit.name.casefold()}):
        return True
    if _let_pass(history, ids, about):
        return False
    if "delete" in audit.activity.casefold():
        return False
    current = objects(*facts.all("graph.conditionalAccessPolicies"))
    changed = audit.new_value("ConditionalAccessPolicy")
    if isinstance(changed, dict) and "conditions" in changed:
        return _enforced(changed) and _covers(changed, about)
    if "security defaults" in audit.activity.casefold():
        return _switched_on(audit)
    if "named location" in audit.activity.casefold():
        using = [policy for policy in current if ids & _locations(policy) and _enforced(policy)]
        return _any(_covers(policy, about) for policy in using) if current else None
    known = [
        policy
        for policy in current
        if str(policy.get("id")).casefold() in ids or same(policy.get("displayName"), audit.name)
    ]
    return _any(_enforced(policy) and _covers(policy, about) for policy in known) if known else None


def _stopped_by(history: SignIns | None, names: set[str]) -> bool:
    """Whether the failing sign-ins show one of these policies as failed."""
    failed = (policy for attempt in (history.failures if history else []) for policy in parts(attempt, "ca_policies"))
    return any(
        same(policy.get("result"), "failure")
        and names & {str(policy.get(key) or "").casefold() for key in ("id", "displayName")} - {""}
        for policy in failed
    )


def _let_pass(history: SignIns | None, names: set[str], about: Subject) -> bool:
    """Whether the failing sign-ins show these policies, and none of them as failed."""
    attempts = history.of_subject(about) or history.failures if history else []
    results = [
        policy.get("result")
        for attempt in attempts
        for policy in parts(attempt, "ca_policies")
        if names & {str(policy.get(key) or "").casefold() for key in ("id", "displayName")} - {""}
    ]
    return bool(results) and not any(same(result, "failure") for result in results)


def _switched_on(audit: Audit) -> bool | None:
    """Whether security defaults were switched on, however deep the record says it."""
    for target in audit.targets:
        for changed in parts(target, "modifiedProperties"):
            found = re.search(
                r"isenabled\W{0,10}(true|false)",
                f"{changed.get('displayName')} {changed.get('newValue')}",
                re.IGNORECASE,
            )
            if found:
                return found[1].casefold() == "true"
    return None


def _locations(policy: Object) -> set[str]:
    return {
        place.casefold()
        for where in parts(policy, "conditions", "locations")
        for key in ("includeLocations", "excludeLocations")
        for place in texts(where.get(key))
    }


def _enforced(policy: Object) -> bool:
    """A policy in report-only mode, or switched off, stops nobody."""
    return same(policy.get("state"), "enabled")


def _covers(policy: Object, about: Subject) -> bool | None:
    """Whether a policy speaks of the failing application or of what it asked for; None where its conditions do not say."""
    where = next(iter(parts(policy, "conditions", "applications")), None)
    if where is None:
        return None
    ids = {name.casefold() for name in (about.app_id, about.resource_id) if name}
    excluded = _in_scope(texts(where.get("excludeApplications")), ids)
    included = _in_scope(texts(where.get("includeApplications")), ids)
    people = next(iter(parts(policy, "conditions", "users")), {})
    spared = any(same(name, about.user_id) for name in texts(people.get("excludeUsers")))
    meant = None if _has_further_conditions(policy) else _means(people, about)
    if excluded or spared or included is False or meant is False:
        return False
    return None if excluded is None or meant is None or where.get("applicationFilter") else included


def _means(people: Object, about: Subject) -> bool | None:
    """Whether a policy is meant for the affected user; None where that hangs on groups or roles."""
    named = texts(people.get("includeUsers"))
    if "All" in named or not people or any(same(name, about.user_id) for name in named):
        return True
    if any(people.get(key) for key in ("includeGroups", "includeRoles", "includeGuestsOrExternalUsers")):
        return None
    return None if not about.user_id and any(name != "None" for name in named) else False


def _has_further_conditions(policy: Object) -> bool:
    """Whether it acts only on risk, or only on old clients that show no page: what is not known of the sign-in."""
    where = next(iter(parts(policy, "conditions")), {})
    clients = {name.casefold() for name in texts(where.get("clientAppTypes"))}
    modern = not clients or clients & {"all", "browser", "mobileappsanddesktopclients"}
    return not modern or bool(where.get("userRiskLevels") or where.get("signInRiskLevels"))


def _in_scope(scope: list[str], ids: set[str]) -> bool | None:
    names = {name.casefold() for name in scope}
    suites = [members for suite, members in _SUITES.items() if suite in names]
    if "all" in names or names & ids or any(members & ids for members in suites):
        return True
    if suites or (names - {"none"} and not ids):
        return None
    return False


def _any(answers: Any) -> bool | None:
    """True where one is true, None where none is but one is not known."""
    known = list(answers)
    return True if True in known else None if None in known else False


def standing(facts: Facts, about: Subject, what: str, demands: Callable[[Object], bool]) -> Outcome:
    """Whether an enforced policy with a demand covers the application, as far as its state at the time can be read."""
    at = about.at
    doubtful = []
    policies = objects(*facts.need("graph.conditionalAccessPolicies"))
    for policy in policies:
        created = time_of(policy.get("createdDateTime"))
        if not demands(policy) or (at and created and created > at):
            continue
        if "state" not in policy:
            raise Unknown("unexpected-shape", "The policies come without their state; export them whole.")
        covers = _enforced(policy) and _covers(policy, about)
        name = f"'{policy.get('displayName') or policy.get('id')}'"
        changed = time_of(policy.get("modifiedDateTime"))
        if covers is None or (covers and at and changed and changed > at):
            doubtful.append(f"{name}{' (changed after the failure)' if covers else ''}")
        elif covers:
            return yes(f"The enabled policy {name} {what} and covers the failing application.")
    if doubtful:
        return unknown(
            "ambiguous", f"Whether {listed(doubtful)} covered the failing application at that time cannot be read."
        )
    return no(
        f"None of {many(len(policies), 'listed policy', 'listed policies')} is enabled, {what} and covers the failing application."
    )


def controls(policy: Object) -> set[str]:
    """The built-in grant controls of a policy, in lower case."""
    return {
        control.casefold()
        for grant in parts(policy, "grantControls")
        for control in texts(grant.get("builtInControls"))
    }


@probe("policy.block-covers-app", needs=("graph.conditionalAccessPolicies",), otherwise="rarely", family="policy-state",
       fields=GRANT_FIELDS)  # fmt: skip
def block_covers_app(facts: Facts, about: Subject) -> Outcome:
    """Does an enabled policy that blocks cover the failing application?"""
    return standing(facts, about, "blocks", lambda policy: "block" in controls(policy))


@probe("policy.mfa-covers-app", needs=("graph.conditionalAccessPolicies",), otherwise="sometimes", family="policy-state",
       fields=(*GRANT_FIELDS, POLICY + "grantControls.authenticationStrength.id"))  # fmt: skip
def mfa_covers_app(facts: Facts, about: Subject) -> Outcome:
    """Does an enabled policy require multifactor authentication for the failing application?"""

    def asks(policy: Object) -> bool:
        return "mfa" in controls(policy) or any(
            strength.get("id") for strength in parts(policy, "grantControls", "authenticationStrength")
        )

    return standing(facts, about, "requires multifactor authentication", asks)


@probe("policy.device-required", needs=("graph.conditionalAccessPolicies",), otherwise="rarely",
       family="policy-state-device", fields=GRANT_FIELDS)  # fmt: skip
def device_required(facts: Facts, about: Subject) -> Outcome:
    """Does an enabled policy require a compliant or joined device for the failing application?"""
    return standing(
        facts,
        about,
        "requires a compliant or joined device",
        lambda policy: bool(controls(policy) & {"compliantdevice", "domainjoineddevice"}),
    )


@probe("policy.sign-in-frequency-set", needs=("graph.conditionalAccessPolicies",), otherwise="rarely",
       family="policy-frequency", fields=(*SCOPE_FIELDS, POLICY + "sessionControls.signInFrequency.isEnabled"))  # fmt: skip
def sign_in_frequency_set(facts: Facts, about: Subject) -> Outcome:
    """Does an enabled policy limit the sign-in frequency for the failing application?"""

    def limits(policy: Object) -> bool:
        return any(limit.get("isEnabled") is True for limit in parts(policy, "sessionControls", "signInFrequency"))

    return standing(facts, about, "limits the sign-in frequency", limits)
