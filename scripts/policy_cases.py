"""Closed cases of factors, Conditional Access, federation, authentication agents and the reset of passwords."""

import datetime as dt
import json
from collections.abc import Sequence

from signin_cases import (
    AT,
    BEGAN,
    DAY,
    ENDED,
    HOUR,
    KIM,
    MINUTE,
    SINCE,
    again,
    crowd,
    history,
    own,
    page,
    plain,
    tried,
)
from tenant import apps, cloud, server, signins
from told import case

from faultbook_lab import people, records
from faultbook_lab.records import Row, stamp

# Factors and policies

DEMANDED = f"AADSTS50076: Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '{people.POWER_BI[1]}'."
MFA = "MFA for everybody"


def changed(name: str, at: dt.datetime, old: Row | None, new: Row) -> Row:
    """The audit of a policy that was added or changed."""
    activity = f"{'Update' if old else 'Add'} conditional access policy"
    return records.audit(at, activity, "Conditional Access", "Policy", target=name, target_id=people.guid("policy", name), old=old, new=new)  # fmt: skip


@case("AADSTS50076", "policy-newly-applies", "likely", plain(DEMANDED, KIM.upn), user=KIM.upn)
def factor_demanded_since_a_change() -> dict[str, str]:
    """A policy was switched from report-only to on at a quarter to three; silent sign-ins of ten people have been refused since."""
    who = (KIM, *people.STAFF[:4], *people.CLOUD[:5])
    rows = signins.quiet(crowd(281), who, SINCE, ENDED)
    reason = "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access the resource."
    for place, person in enumerate(who):
        rows += again(person, 50076, reason, (0, 25 + place, 70 + place, 100 + place), interactive=False, client="Mobile Apps and Desktop clients", policies=[records.applied(MFA, "failure", ["Mfa"])])  # fmt: skip
    before = records.policy(MFA, controls=("mfa",), state="enabledForReportingButNotEnforced")
    after = records.policy(MFA, controls=("mfa",), modified=SINCE - 15 * MINUTE)
    return {
        **history("log-analytics", rows),
        "policies.json": cloud.policies([after, records.policy("Block legacy", controls=("block",), state="disabled")]),
        "audits.json": cloud.audits([changed(MFA, SINCE - 15 * MINUTE, before, after)]),
    }


@case(
    "AADSTS50079", "person-not-registered", "likely",
    page(f"AADSTS50079: Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication to access '{people.POWER_BI[1]}'.", KIM.upn),
)  # fmt: skip
def factor_never_registered() -> dict[str, str]:
    """The report of registered methods shows none for Kim; a policy asks everybody for a second factor."""
    reason = "Due to a configuration change made by your administrator, you must enroll in multi-factor authentication."
    details = [
        {"id": person.id, "userPrincipalName": person.upn, "userDisplayName": person.name.title(), "isMfaRegistered": person is not KIM, "isMfaCapable": person is not KIM,
         "isSsprRegistered": False, "methodsRegistered": [] if person is KIM else ["microsoftAuthenticatorPush"], "userType": "member", "lastUpdatedDateTime": stamp(SINCE - 5 * HOUR)}
        for person in people.EVERYONE
    ]  # fmt: skip
    return {
        "registration.json": cloud.collection(details, "reports/authenticationMethods/userRegistrationDetails"),
        "policies.json": cloud.policies([records.policy(MFA, controls=("mfa",))]),
        **history("portal-csv", crowd(282, without=(KIM,)) + again(KIM, 50079, reason, (0, 2))),
    }


BLOCKED = "AADSTS53003: Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."
ABROAD = "Only from our countries"


def by_place(name: str, *, apps: Sequence[str] = ("All",)) -> Row:
    """A policy that blocks everywhere but in named places."""
    made = records.policy(name, apps=apps)
    conditions = made["conditions"]
    assert isinstance(conditions, dict)
    home = people.guid("location", "home")
    return {**made, "conditions": {**conditions, "locations": {"includeLocations": ["All"], "excludeLocations": [home]}}}  # fmt: skip


@case("AADSTS53003", "blocked-location", "likely", page(BLOCKED, KIM.upn), user=KIM.upn)
def blocked_abroad() -> dict[str, str]:
    """Kim travels; every sign-in from there is refused by a policy of places, and at home all is well."""
    how = {"ip": "203.0.113.44", "country": "NG", "policies": [records.applied(ABROAD, "failure")]}
    reason = "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."
    return {
        **history("diagnostic", crowd(291) + own(KIM) + again(KIM, 53003, reason, (0, 2, 5, 31), **how)),
        "policies.json": cloud.policies([by_place(ABROAD), records.policy(MFA, controls=("mfa",))]),
    }


@case("AADSTS53003", "policy-widened", "likely", page(BLOCKED, KIM.upn), user=KIM.upn)
def policy_widened_to_everybody() -> dict[str, str]:
    """A policy for mail was widened to all applications at ten to three; twelve people have been refused since, wherever they go."""
    who, reason = (KIM, *people.STAFF[:5], *people.FINANCE), "Access has been blocked by Conditional Access policies."
    rows = signins.quiet(crowd(292), who, SINCE, ENDED)
    for place, person in enumerate(who):
        rows += again(person, 53003, reason, (3 * place, 40 + place, 95 + place), app=people.APPS[place % 3], policies=[records.applied("Block legacy", "failure")])  # fmt: skip
    old, new = (records.policy("Block legacy", apps=scope) for scope in ((people.OUTLOOK[1],), ("All",)))
    return {
        **history("graph", rows),
        "AuditLogs.csv": cloud.audits_csv([changed("Block legacy", SINCE - 10 * MINUTE, old, new)]),
    }


MANAGED = "Only compliant devices"
NOT_COMPLIANT = "AADSTS53000: Device is not in required device state: compliant. Conditional Access policy requires a compliant device, and the device is not compliant. The user must enroll their device with an approved MDM provider like Intune."


@case("AADSTS53000", "not-compliant", "likely", page(NOT_COMPLIANT, KIM.upn), user=KIM.upn)
def device_fell_out_of_compliance() -> dict[str, str]:
    """Kim's laptop is known and not compliant; colleagues on theirs get through."""
    passed = [records.applied(MANAGED, "success", ["RequireCompliantDevice"])]
    failed = [records.applied(MANAGED, "failure", ["RequireCompliantDevice"])]
    reason = "Device is not in required device state: compliant."
    rows = [
        tried(person, BEGAN + (2 * hour + place) * HOUR, 0, device=f"LT-{person.name}", compliant=True, policies=passed)
        for place, person in enumerate(people.STAFF[:8])
        for hour in range(6)
    ]
    return {
        **history("portal-csv", rows + again(KIM, 53000, reason, (0, 3, 12), device="LT-kim", policies=failed)),
        "policies.json": cloud.policies([records.policy(MANAGED, controls=("compliantDevice",))]),
    }


@case("AADSTS53000", "device-not-shown", "likely", plain(NOT_COMPLIANT, KIM.upn, before="ERROR: "), user=KIM.upn)
def command_line_that_shows_no_device() -> dict[str, str]:
    """Kim's laptop is compliant, and the command line tool on it does not say which device it is."""
    tool = ("Microsoft Azure CLI", "04b07795-8ddb-461a-bbee-02f9e1bf7b46")
    failed = [records.applied(MANAGED, "failure", ["RequireCompliantDevice"])]
    rows = [tried(KIM, BEGAN + hour * HOUR, 0, device="LT-kim", compliant=True) for hour in range(0, 26, 3)]
    reason = "Device is not in required device state: compliant."
    how = {"app": tool, "client": "Mobile Apps and Desktop clients", "policies": failed}
    return {
        **history("diagnostic", crowd(293, without=(KIM,)) + rows + again(KIM, 53000, reason, (0, 2, 7), **how)),
        "policies.json": cloud.policies([records.policy(MANAGED, controls=("compliantDevice",))]),
    }


# Federation and agents

FOUND = cloud.certificate("ADFS Signing - sts.partners.example", SINCE - 350 * DAY, SINCE + 15 * DAY, serial=21)
FRESH = cloud.certificate("ADFS Signing - sts.partners.example", SINCE - 5 * DAY, SINCE + 360 * DAY, serial=22)
PARTNER = people.PARTNERS[0]


def federated(code: int, reason: str, seed: int) -> list[Row]:
    """Everybody of the federated domain fails from a moment on."""
    rows = signins.quiet(crowd(seed), people.PARTNERS, SINCE, ENDED)
    for place, person in enumerate(people.PARTNERS):
        rows += again(person, code, reason, (place * 9, place * 9 + 4, 100 + place))
    return rows


@case(
    "AADSTS50008", "certificate-rolled-over", "established",
    page("AADSTS50008: Unable to verify token signature. The signing key identifier does not match any valid registered keys.", PARTNER.upn), user=PARTNER.upn,
)  # fmt: skip
def federation_certificate_rolled_over() -> dict[str, str]:
    """AD FS signs with its new certificate since three; Entra has the old one, which is still valid."""
    return {
        **history("graph", federated(50008, "Unable to verify token signature.", 311)),
        "domains.json": cloud.domains(),
        "federation.json": cloud.federation("partners.example", FOUND),
        "FederationMetadata.xml": cloud.metadata(FRESH),
    }


@case(
    "AADSTS50107", "issuer-differs-by-a-sign", "likely",
    page("AADSTS50107: The requested federation realm object 'http://sts.partners.example/adfs/services/trust' does not exist.", PARTNER.upn), user=PARTNER.upn,
)  # fmt: skip
def issuer_with_one_slash_more() -> dict[str, str]:
    """Entra has the issuer on file with a slash at the end, and the provider writes none."""
    on_file = cloud.federation("partners.example", FOUND).replace('adfs/services/trust",', 'adfs/services/trust/",', 1)
    return {
        **history("portal-csv", federated(50107, "The requested federation realm object does not exist.", 312)),
        "domains.json": cloud.domains(),
        "federation-partners.example.json": on_file,
        "FederationMetadata.xml": cloud.metadata(FOUND),
    }


def agents(*told: tuple[str, str]) -> str:
    """The answer of ``/onPremisesPublishingProfiles/authentication/agents``."""
    rows = [
        {"id": people.guid("agent", name), "machineName": f"{name}.contoso.example", "externalIp": "198.51.100.9", "status": status, "supportedPublishingTypes": ["authentication"]}
        for name, status in told
    ]  # fmt: skip
    return json.dumps({"@odata.context": "https://graph.microsoft.com/beta/$metadata#onPremisesPublishingProfiles('authentication')/agents", "value": rows}, indent=1)  # fmt: skip


def turns(*told: tuple[dt.datetime, str, str]) -> str:
    """The System log of an agent's server: when which service turned into which state."""
    return server.xml(
        [
            server.Event(at, 7036, f"The {service} service entered the {state} state.", provider="Service Control Manager")
            for at, service, state in told
        ]
    )  # fmt: skip


AGENT = "Microsoft Azure AD Connect Authentication Agent"
NO_AGENT = "AADSTS80001: The Authentication Agent is unable to connect to Active Directory."


def everybody_synchronised(code: int, reason: str, seed: int) -> list[Row]:
    """Every synchronised person fails from a moment on, and the cloud's people do not."""
    who = (*people.STAFF, *people.FINANCE)
    rows = signins.quiet(crowd(seed), who, SINCE, ENDED)
    for place, person in enumerate(who):
        minutes = (0, 40, 90) if person is KIM else (7 * place + 1, 7 * place + 4)
        rows += again(person, code, reason, minutes, app=people.APPS[place % 3])
    return rows


@case("AADSTS80001", "no-agent", "established", page(NO_AGENT, KIM.upn), user=KIM.upn)
def no_authentication_agent_left() -> dict[str, str]:
    """The one agent's service stopped at three and its server was forgotten; the portal shows it as inactive."""
    reason = "The Authentication Agent is unable to connect to Active Directory."
    return {
        **history("portal-csv", everybody_synchronised(80001, reason, 321)),
        "agents.json": agents(("pta01", "inactive")),
        "system.xml": turns(
            (BEGAN, AGENT, "running"), (SINCE - MINUTE, AGENT, "stopped"), (SINCE + HOUR, "Print Spooler", "running")
        ),
        "users.json": cloud.users(),
    }


@case(
    "AADSTS80002",
    "slow-controller",
    "likely",
    page("AADSTS80002: Password validation request timed out.", KIM.upn),
    user=KIM.upn,
)
def slow_domain_controller() -> dict[str, str]:
    """Synchronised people of every unit time out now and then since three, and most get through minutes later."""
    reason = "Password validation request timed out."
    who = (*people.STAFF, *people.FINANCE)
    rows = crowd(322)
    for place, person in enumerate(who):
        fell = AT if person is KIM else AT - (4 * place + 3) * MINUTE
        app = people.APPS[place % 3]
        rows += [
            tried(person, fell, 80002, reason, app=app),
            tried(person, fell + 4 * MINUTE, 0, app=app, key="through"),
        ]
    return {**history("portal-json", rows), "users.json": cloud.users(), "agents.json": agents(("pta01", "active"))}


@case(
    "SSPR_0009", "administrator-switch-off", "likely",
    "SSPR_009: Your organization hasn't turned on password reset. If you're an administrator, you can turn on password reset from the Password reset blade.\n"
    f"Support code: {people.guid('support')}\nSeen {AT:%Y-%m-%d %H:%M} UTC by kim@contoso.example\n",
)  # fmt: skip
def reset_switched_off_for_administrators() -> dict[str, str]:
    """The authorization policy says that administrators may not reset their own password."""
    return {"authorizationPolicy.json": apps.authorization("microsoft-user-default-low", sspr=False)}


# Distractors: nothing here is the cause, and nothing may look likely


@case("AADSTS53003", "none", "undecided", page(BLOCKED, KIM.upn), user=KIM.upn)
def distractor_policy_for_another_application() -> dict[str, str]:
    """The policies that block or ask for a device are for mail; the export does not show the policies of the sign-in."""
    reason = "Access has been blocked by Conditional Access policies."
    mail = (people.OUTLOOK[1],)
    rows = [{**row, "appliedConditionalAccessPolicies": []} for row in again(KIM, 53003, reason, (0, 3))]
    return {
        **history("graph", crowd(333) + own(KIM) + rows),
        "policies.json": cloud.policies(
            [by_place(ABROAD, apps=mail), records.policy(MANAGED, apps=mail, controls=("compliantDevice",), modified=SINCE)]
        ),
        "audits.json": cloud.audits([changed(MANAGED, SINCE, None, records.policy(MANAGED, apps=mail, controls=("compliantDevice",)))]),
    }  # fmt: skip


@case("AADSTS53003", "none", "undecided", page(BLOCKED, KIM.upn), user=KIM.upn)
def distractor_nobody_shows_a_device() -> dict[str, str]:
    """The export shows no policies and no device, of those who fail as little as of those who succeed."""
    rows = again(KIM, 53003, "Access has been blocked by Conditional Access policies.", (0, 3))
    return history("portal-csv", crowd(338) + own(KIM) + rows)


@case("AADSTS80001", "none", "undecided", page(NO_AGENT, KIM.upn), user=KIM.upn)
def distractor_restart_of_something_unrelated() -> dict[str, str]:
    """The agent's server runs and its agent is active; the print spooler and the updater stopped at the time."""
    reason = "The Authentication Agent is unable to connect to Active Directory."
    return {
        **history("graph", crowd(336) + own(KIM) + again(KIM, 80001, reason, (0, 1))),
        "agents.json": agents(("pta01", "active"), ("pta02", "inactive")),
        "system.xml": turns(
            (BEGAN, AGENT, "running"), (AT - 9 * MINUTE, "Print Spooler", "stopped"),
            (AT - 8 * MINUTE, f"{AGENT} Updater", "stopped"), (AT - 2 * MINUTE, "Print Spooler", "running"),
        ),
    }  # fmt: skip


@case(
    "AADSTS50008", "none", "undecided", page("AADSTS50008: The SAML token is invalid.", PARTNER.upn), user=PARTNER.upn
)
def distractor_certificates_agree() -> dict[str, str]:
    """Entra and the provider have the same certificate; another provider's has run out."""
    ended = cloud.certificate("sts.tailspin.example", SINCE - 800 * DAY, SINCE - 70 * DAY, serial=30)
    other = cloud.federation("tailspin.example", ended).replace("sts.partners.example", "sts.tailspin.example")
    return {
        "domains.json": cloud.domains(),
        "federation-partners.example.json": cloud.federation("partners.example", FOUND),
        "federation-tailspin.example.json": other,
        "FederationMetadata.xml": cloud.metadata(FOUND),
    }


@case(
    "SSPR_0009",
    "none",
    "undecided",
    "SSPR_0009: We've detected that password reset has not been enabled by your administrator.\n",
)
def distractor_administrators_may_reset() -> dict[str, str]:
    """Administrators may reset; what is limited is consent."""
    return {"authorizationPolicy.json": apps.authorization("microsoft-user-default-low")}
