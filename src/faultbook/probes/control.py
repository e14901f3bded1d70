"""Conditional Access: which controls the enabled policies demand of the failing application, beyond multifactor authentication and devices."""

from typing import Final

from faultbook.evidence import Facts, Outcome, Subject, Unknown, no, yes
from faultbook.probes import probe
from faultbook.probes.graph import Object, objects, parts, same, texts
from faultbook.probes.policy import GRANT_FIELDS, POLICY, SCOPE_FIELDS, controls, standing
from faultbook.probes.words import listed, many

_REGISTERS: Final = "urn:user:registersecurityinfo"


@probe("control.approved-app-required", needs=("graph.conditionalAccessPolicies",), otherwise="rarely",
       family="policy-state-app", fields=GRANT_FIELDS)  # fmt: skip
def approved_app_required(facts: Facts, about: Subject) -> Outcome:
    """Does an enabled policy require an approved app or an app protection policy for the failing application?"""
    return standing(
        facts,
        about,
        "requires an approved app or an app protection policy",
        lambda policy: bool(controls(policy) & {"approvedapplication", "compliantapplication"}),
    )


@probe("control.external-required", needs=("graph.conditionalAccessPolicies",), otherwise="rarely",
       family="policy-state-external",
       fields=(*GRANT_FIELDS, POLICY + "grantControls.customAuthenticationFactors", POLICY + "grantControls.termsOfUse"))  # fmt: skip
def external_required(facts: Facts, about: Subject) -> Outcome:
    """Does an enabled policy send sign-ins of the failing application through a custom control or terms of use?"""

    def sends(policy: Object) -> bool:
        return any(
            texts(grant.get(key))
            for grant in parts(policy, "grantControls")
            for key in ("customAuthenticationFactors", "termsOfUse")
        )

    return standing(facts, about, "demands a custom control or terms of use", sends)


@probe("control.session-controlled", needs=("graph.conditionalAccessPolicies",), otherwise="rarely",
       family="policy-state-session",
       fields=(*SCOPE_FIELDS, POLICY + "sessionControls.cloudAppSecurity.isEnabled",
               POLICY + "sessionControls.applicationEnforcedRestrictions.isEnabled"))  # fmt: skip
def session_controlled(facts: Facts, about: Subject) -> Outcome:
    """Does an enabled policy put sessions of the failing application under app control or app-enforced restrictions?"""

    def restricts(policy: Object) -> bool:
        return any(
            control.get("isEnabled") is True
            for key in ("cloudAppSecurity", "applicationEnforcedRestrictions")
            for control in parts(policy, "sessionControls", key)
        )

    return standing(facts, about, "controls the session", restricts)


@probe("control.registration-restricted", needs=("graph.conditionalAccessPolicies",), otherwise="rarely",
       family="policy-state-registration",
       fields=(POLICY + "displayName", POLICY + "state", POLICY + "conditions.applications.includeUserActions"))  # fmt: skip
def registration_restricted(facts: Facts, about: Subject) -> Outcome:  # noqa: ARG001 - every probe takes the subject
    """Does an enabled policy restrict where security information may be registered?"""
    policies = objects(*facts.need("graph.conditionalAccessPolicies"))
    stated = [policy for policy in policies if "state" in policy]
    if policies and not stated:
        raise Unknown("unexpected-shape", "The policies come without their state; export them whole.")
    names = [
        f"'{policy.get('displayName') or policy.get('id')}'"
        for policy in stated
        if same(policy.get("state"), "enabled")
        and any(
            _REGISTERS in texts(where.get("includeUserActions"))
            for where in parts(policy, "conditions", "applications")
        )
    ]
    if names:
        return yes(f"{listed(names)} restricts the registration of security information.")
    return no(f"None of {many(len(policies), 'policy', 'policies')} listed is enabled and meant for the registration.")


@probe("control.risk-based", needs=("graph.conditionalAccessPolicies",), otherwise="sometimes", family="policy-state-risk",
       fields=(POLICY + "displayName", POLICY + "state", POLICY + "conditions.userRiskLevels", POLICY + "conditions.signInRiskLevels"))  # fmt: skip
def risk_based(facts: Facts, about: Subject) -> Outcome:  # noqa: ARG001 - every probe takes the subject
    """Does an enabled policy act on the risk of a user or of a sign-in?"""
    policies = objects(*facts.need("graph.conditionalAccessPolicies"))
    stated = [policy for policy in policies if "state" in policy]
    if policies and not stated:
        raise Unknown("unexpected-shape", "The policies come without their state; export them whole.")
    names = [
        f"'{policy.get('displayName') or policy.get('id')}'"
        for policy in stated
        if same(policy.get("state"), "enabled")
        and any(
            texts(where.get(key))
            for where in parts(policy, "conditions")
            for key in ("userRiskLevels", "signInRiskLevels")
        )
    ]
    if names:
        return yes(f"{listed(names)} acts on risk.")
    return no(f"None of {many(len(policies), 'policy', 'policies')} listed is enabled and acts on risk.")
