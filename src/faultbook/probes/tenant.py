"""What the tenant lets its people do by themselves: reset a password, consent to an application."""

import datetime as dt
from typing import Final

from faultbook.evidence import Facts, Outcome, Subject, Unknown, no, unknown, yes
from faultbook.probes import audits, probe
from faultbook.probes.applications import IDS, is_of
from faultbook.probes.graph import Object, objects, said, same, texts
from faultbook.probes.subject import app_id, moment
from faultbook.probes.words import listed, utc

_POLICY: Final = "graph.v1:microsoft.graph.authorizationPolicy."
_GRANTS: Final = _POLICY + "defaultUserRolePermissions.permissionGrantPoliciesAssigned"
_ASSIGNED_IN_BETA: Final = "permissionGrantPolicyIdsAssignedToDefaultUserRole"
_FOR_SELF: Final = "managepermissiongrantsforself."
_ANYTHING: Final = "microsoft-user-default-legacy"
_MEANS: Final = {
    "microsoft-user-default-low": "verified publishers and own applications, for permissions classified as low",
    "microsoft-user-default-recommended": "what Microsoft currently recommends",
}
_AROUND: Final = dt.timedelta(hours=1)
_RISKY: Final = ("risky application detected", "userconsentblockedforriskyapps")


def _policy(facts: Facts) -> Object:
    for item in objects(*facts.need("graph.authorizationPolicy")):
        return item
    raise Unknown("not-found", "The evidence holds no authorization policy of the tenant.")


@probe("tenant.administrators-cannot-reset", needs=("graph.authorizationPolicy",), otherwise="sometimes",
       family="administrators-reset", fields=(_POLICY + "allowedToUseSSPR",))  # fmt: skip
def administrators_cannot_reset(facts: Facts, about: Subject) -> Outcome:
    """Is self-service password reset switched off for administrators?"""
    del about
    if said(_policy(facts), "allowedToUseSSPR") is False:
        return yes("Administrators may not reset their own password (allowedToUseSSPR is false).")
    return no("Administrators may reset their own password (allowedToUseSSPR is true).")


@probe("tenant.user-consent-restricted", needs=("graph.authorizationPolicy",), otherwise="usually",
       family="consent-setting", fields=(_GRANTS,))  # fmt: skip
def user_consent_restricted(facts: Facts, about: Subject) -> Outcome:
    """Does the tenant limit the applications to which its users may consent by themselves?"""
    del about
    assigned = _assigned(_policy(facts))
    if any(same(name, _ANYTHING) for name in assigned):
        return no(f"Users may consent to any application by themselves ({_ANYTHING}).")
    if not assigned:
        return yes(
            "Users may consent to no application by themselves: none of the tenant's consent policies is theirs."
        )
    allowed = listed(_MEANS.get(name.casefold(), name) for name in assigned)
    return yes(f"Users may consent by themselves only within {allowed} ({listed(assigned)}).")


def _assigned(policy: Object) -> list[str]:
    """The consent policies that hold for users' own consent; beta keeps them beside the role, v1.0 in it."""
    role = policy if _ASSIGNED_IN_BETA in policy else said(policy, "defaultUserRolePermissions")
    if not isinstance(role, dict):
        raise Unknown("unexpected-shape", "The authorization policy holds no permissions of the users' default role.")
    names = texts(role.get(_ASSIGNED_IN_BETA) or role.get("permissionGrantPoliciesAssigned"))
    return [name.partition(".")[2] for name in names if name.casefold().startswith(_FOR_SELF)]


@probe("tenant.consent-judged-risky", needs=("graph.directoryAudits",), otherwise="hardly-ever", family="consent-audit",
       names=True, fields=(*audits.FIELDS, *IDS, "graph.v1:microsoft.graph.directoryAudit.resultReason"))  # fmt: skip
def consent_judged_risky(facts: Facts, about: Subject) -> Outcome:
    """Does the audit log hold a consent to the application that was refused because it was judged risky?"""
    at, wanted, log = moment(about), app_id(about), audits.audit_log(facts)
    refused = [
        audit
        for audit in log.audits
        if abs(audit.at - at) <= _AROUND
        and audit.activity.casefold().rstrip(".") == "consent to application"
        and not audit.succeeded
        and is_of(audit, facts, wanted)
    ]
    for audit in refused:
        if any(word in _reason(audit) for word in _RISKY):
            return yes(
                f"The consent to {audit.name} by {audit.actor} at {utc(audit.at)} was refused: risky application detected."
            )
    if refused:
        return no(f"The consent to {refused[0].name} at {utc(refused[0].at)} was refused for another reason.")
    if not log.covers(at - _AROUND, at + _AROUND, "Core Directory"):
        return unknown("too-old", f"The audit log does not cover the hour before and after {utc(at)}.")
    return no(f"The audit log holds no refused consent to the application within an hour of {utc(at)}.")


def _reason(audit: audits.Audit) -> str:
    return f"{audit.row.get('resultReason') or ''} {audit.new_value('ConsentAction.Reason') or ''}".casefold()
