"""Closed cases of accounts and of what they hold: disabled, locked, expired, unknown, revoked."""

from signin_cases import (
    AT,
    BEGAN,
    DAY,
    HOUR,
    KIM,
    MINUTE,
    PORTAL,
    SINCE,
    again,
    crowd,
    history,
    mail_script,
    own,
    page,
    plain,
    token,
    tried,
    users,
)
from tenant import apps, cloud
from told import case

from faultbook_lab import people, records
from faultbook_lab.records import Row, stamp

# Accounts


@case("AADSTS50057", "left-or-cleaned", "likely", token("invalid_grant", "AADSTS50057: The user account is disabled.", people.CLOUD[0].upn, 50057), user=people.CLOUD[0].upn)  # fmt: skip
def account_of_a_leaver() -> dict[str, str]:
    """An account of the cloud was disabled at half past two, and a script goes on with it."""
    who = people.CLOUD[0]
    return {
        **history("log-analytics", crowd(241, without=(who,)) + mail_script(who, 50057, "The user account is disabled.")),
        "users.json": users(**{who.name: {"accountEnabled": False}}),
        "audits.json": cloud.audits(
            [
                records.audit(SINCE - 30 * MINUTE, "Disable account", "Core Directory", "UserManagement", person=who.upn, target_id=who.id),
                records.audit(SINCE - 20 * HOUR, "Update user", "Core Directory", "UserManagement", person=KIM.upn, target_id=KIM.id),
            ]
        ),
    }  # fmt: skip


@case("AADSTS50057", "disabled-on-premises", "likely", page("AADSTS50057: The user account is disabled.", KIM.upn))
def account_disabled_in_the_directory() -> dict[str, str]:
    """Kim is synchronised, and Get-ADUser says that the account is off."""
    reason = "The user account is disabled."
    return {
        **history("portal-csv", crowd(242, without=(KIM,)) + own(KIM) + again(KIM, 50057, reason, (0, 2))),
        "users.json": users(kim={"accountEnabled": False}),
        "Get-ADUser.txt": (
            f"\n\nDistinguishedName : {KIM.dn}\nEnabled           : False\nGivenName         : Kim\nName              : Kim Demo\n"
            f"ObjectClass       : user\nObjectGUID        : {people.guid('directory', KIM.upn)}\nSamAccountName    : kim\n"
            f"SID               : S-1-5-21-1111111111-2222222222-3333333333-1142\nSurname           : Demo\nUserPrincipalName : {KIM.upn}\n\n\n"
        ),
    }


LOCKED = (
    "AADSTS50053: The account is locked, you've tried to sign in too many times with an incorrect user ID or password."
)
LOCKED_ROW = "The account is locked, you've tried to sign in too many times with an incorrect user ID or password."


@case("AADSTS50053", "stored-old-password", "likely", plain(LOCKED, KIM.upn), user=KIM.upn)
def locked_by_a_stored_password() -> dict[str, str]:
    """Kim changed the password at four; a program on one machine has sent the old one every few minutes since."""
    how = {"interactive": False, "client": "Mobile Apps and Desktop clients", "ip": "192.0.2.40"}
    wrong = again(
        KIM, 50126, "Error validating credentials due to invalid username or password.", range(3, 55, 5), **how
    )
    return {
        **history("graph", crowd(251, without=(KIM,)) + own(KIM) + wrong + again(KIM, 50053, LOCKED_ROW, (0, 1), **how)),
        "audits.json": cloud.audits(
            [
                records.audit(AT - 65 * MINUTE, "Change user password", "Core Directory", "UserManagement", person=KIM.upn, target_id=KIM.id),
                records.audit(BEGAN, "Update user", "Core Directory", "UserManagement", person=people.STAFF[2].upn),
            ]
        ),
    }  # fmt: skip


@case("AADSTS50053", "password-spray", "likely", page(LOCKED, KIM.upn), user=KIM.upn)
def locked_by_guesses_from_everywhere() -> dict[str, str]:
    """Wrong passwords for six people come from many addresses; Kim and four others are locked."""
    rows = crowd(252)
    for place, person in enumerate((KIM, *people.STAFF[1:6])):
        rows += [
            tried(person, AT - (4 + 5 * number + place % 3) * MINUTE, 50126, "Error validating credentials due to invalid username or password.", app=people.APPS[number % 3],
                  ip=f"203.0.113.{10 + number * 7 + place}", country="NG", key=f"spray{number}")
            for number in range(9)
        ]  # fmt: skip
        rows += again(person, 50053, LOCKED_ROW, (0, 2), ip=f"203.0.113.{90 + place}", country="NG", app=people.APPS[place % 3])  # fmt: skip
    return history("diagnostic", rows)


@case("AADSTS50055", "job-with-personal-account", "likely", token("invalid_grant", "AADSTS50055: The password is expired.", people.CLOUD[1].upn, 50055), user=people.CLOUD[1].upn)  # fmt: skip
def expired_password_of_a_job() -> dict[str, str]:
    """A script signs in with a person's account, whose password expired at three; nobody is there to type a new one."""
    who = people.CLOUD[1]
    return history("log-analytics", crowd(261, without=(who,)) + mail_script(who, 50055, "The password is expired."))


@case("AADSTS50055", "password-too-old", "likely", page("AADSTS50055: The password is expired.", KIM.upn), user=KIM.upn)
def password_grew_old() -> dict[str, str]:
    """Kim's password came of age; the browser leads to a new one, as it did five colleagues on other days of the month."""
    reason = "The password is expired."
    rows = crowd(262, without=(KIM,)) + own(KIM)
    for place, person in enumerate((KIM, *people.STAFF[1:6])):
        fell = AT - (0 if person is KIM else 3 + 2 * place) * HOUR
        rows += [tried(person, fell, 50055, reason), tried(person, fell + 3 * MINUTE, 0, key="renewed")]
    return history("portal-csv", rows)


# Guests

GUEST = people.Person("gil", "tailspin.example")


@case(
    "AADSTS50020", "never-invited", "likely",
    page(
        f"AADSTS50020: User account '{GUEST.upn}' from identity provider 'https://sts.windows.net/99990000-1111-4222-8333-444455556666/' does not exist in tenant 'Contoso' and cannot access the application '{apps.app_id(PORTAL)}'({PORTAL}) in that tenant. The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different Azure Active Directory user account.",
        GUEST.upn,
    ),
)  # fmt: skip
def guest_never_invited() -> dict[str, str]:
    """Nobody of that name is among the tenant's users, and the guests of other companies are."""
    reason = (
        "User account from identity provider does not exist in tenant and cannot access the application in that tenant."
    )
    guest = {**people.users()[0], "id": people.guid("guest"), "userPrincipalName": "ria_fabrikam.example#EXT#@contoso.example", "userType": "Guest", "mail": "ria@fabrikam.example"}  # fmt: skip
    return {
        "users.json": cloud.collection([*people.users(), guest], "users"),
        **history("portal-csv", crowd(271) + again(GUEST, 50020, reason, (0, 1, 6), app=(PORTAL, apps.app_id(PORTAL)))),
    }


@case(
    "AADSTS50034", "mistyped", "likely",
    page("AADSTS50034: The user account kimm@contoso.example does not exist in the contoso.example directory. To sign into this application, the account must be added to the directory.", "kimm@contoso.example"),
)  # fmt: skip
def name_mistyped() -> dict[str, str]:
    """Kimm is nobody; a minute later Kim signs in from the same address."""
    typed = people.Person("kimm", "contoso.example", "Staff")
    reason = "The user account does not exist in the directory. To sign into this application, the account must be added to the directory."
    rows = crowd(272) + again(typed, 50034, reason, (0, 1), ip="198.51.100.77")
    return {
        "users.json": cloud.users(),
        **history("graph", [*rows, tried(KIM, AT + MINUTE, 0, ip="198.51.100.77", key="right")]),
    }


# Tokens

REVOKED = f"AADSTS50173: The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password. The grant was issued on '{stamp(SINCE - 9 * DAY)}' and the TokensValidFrom date (before which tokens are not valid) for this user is '{stamp(SINCE - 10 * MINUTE)}'."
REVOKED_ROW = "The provided grant has expired due to it being revoked, a fresh auth token is needed."


@case("AADSTS50173", "password-changed", "likely", token("invalid_grant", REVOKED, KIM.upn, 50173), user=KIM.upn)
def grant_older_than_a_new_password() -> dict[str, str]:
    """The help desk reset Kim's password ten minutes to three; a stored grant has been refused since."""
    how = {"interactive": False, "client": "Mobile Apps and Desktop clients"}
    rows = crowd(301, without=(KIM,)) + own(KIM) + again(KIM, 50173, REVOKED_ROW, (0, 60, 120), **how)
    return {
        **history("portal-json", rows),
        "AuditLogs.csv": cloud.audits_csv(
            [
                records.audit(SINCE - 10 * MINUTE, "Reset user password", "Core Directory", "UserManagement", person=KIM.upn, target_id=KIM.id),
                records.audit(AT - DAY - HOUR, "Update user", "Core Directory", "UserManagement", person=people.STAFF[3].upn),
                records.audit(AT + HOUR, "Update user", "Core Directory", "UserManagement", person=people.STAFF[4].upn),
            ]
        ),
    }  # fmt: skip


WEEKS_AGO = SINCE - 20 * DAY


@case(
    "AADSTS50173", "password-changed", "likely",
    token("invalid_grant", REVOKED.replace(stamp(SINCE - 10 * MINUTE), stamp(WEEKS_AGO)).replace(stamp(SINCE - 9 * DAY), stamp(SINCE - 48 * DAY)), KIM.upn, 50173), user=KIM.upn,
)  # fmt: skip
def grant_of_a_job_that_slept() -> dict[str, str]:
    """A monthly job met a password that Kim changed three weeks before; nothing of that is left in the audit log."""
    how = {"interactive": False, "client": "Mobile Apps and Desktop clients"}
    dates = {"lastPasswordChangeDateTime": stamp(WEEKS_AGO), "signInSessionsValidFromDateTime": stamp(WEEKS_AGO)}
    return {
        **history("log-analytics", crowd(304) + again(KIM, 50173, REVOKED_ROW, (0, 10), **how)),
        "users.json": users(kim=dates),
    }


@case("AADSTS50173", "sessions-revoked", "likely", plain(REVOKED, KIM.upn), user=KIM.upn)
def sessions_revoked_by_an_administrator() -> dict[str, str]:
    """Ten minutes to three an administrator revoked Kim's sessions; no password was changed."""
    how = {"interactive": False, "client": "Mobile Apps and Desktop clients"}
    return {
        **history("diagnostic", crowd(305, without=(KIM,)) + own(KIM) + again(KIM, 50173, REVOKED_ROW, (0, 60), **how)),
        "audits.json": cloud.audits(
            [
                records.audit(SINCE - 10 * MINUTE, "Update StsRefreshTokenValidFrom Timestamp", "Core Directory", "UserManagement", person=KIM.upn, target_id=KIM.id),
                records.audit(SINCE - 3 * HOUR, "Reset user password", "Core Directory", "UserManagement", person=people.STAFF[3].upn),
                records.audit(AT + HOUR, "Update user", "Core Directory", "UserManagement", person=people.STAFF[4].upn),
            ]
        ),
    }  # fmt: skip


@case(
    "AADSTS700082", "job-ran-too-seldom", "likely",
    token("invalid_grant", f"AADSTS700082: The refresh token has expired due to inactivity. The token was issued on {SINCE - 110 * DAY:%Y-%m-%dT%H:%M:%S}.0000000Z and was inactive for 90.00:00:00.", KIM.upn, 700082),
    user=KIM.upn,
)  # fmt: skip
def token_of_a_quarterly_job() -> dict[str, str]:
    """A report that runs once a quarter kept its token too long."""
    reason = "The refresh token has expired due to inactivity."
    how = {"interactive": False, "client": "Mobile Apps and Desktop clients"}
    return history("log-analytics", crowd(302) + again(KIM, 700082, reason, (0, 15), **how))


FREQUENCY = "Sign in twice a day"


@case(
    "AADSTS70043", "frequency-policy-hits-job", "likely",
    token("invalid_grant", f"AADSTS70043: The refresh token has expired or is invalid due to sign-in frequency checks by conditional access. The token was issued on {SINCE - 12 * HOUR:%Y-%m-%dT%H:%M:%S}.0000000Z and the maximum allowed lifetime for this request is 43200.", people.CLOUD[2].upn, 70043),
    user=people.CLOUD[2].upn,
)  # fmt: skip
def sign_in_frequency_for_everybody() -> dict[str, str]:
    """A policy of twelve hours covers everybody, an account for refreshes among them."""
    who = people.CLOUD[2]
    limit: Row = {"value": 12, "type": "hours", "isEnabled": True, "frequencyInterval": "timeBased", "authenticationType": "primaryAndSecondaryAuthentication"}  # fmt: skip
    policy = {**records.policy(FREQUENCY, controls=()), "grantControls": None, "sessionControls": {"signInFrequency": limit}}  # fmt: skip
    reason = "The refresh token has expired or is invalid due to sign-in frequency checks by conditional access."
    return {
        **history("diagnostic", crowd(303, without=(who,)) + mail_script(who, 70043, reason)),
        "policies.json": cloud.policies([policy, records.policy("MFA for everybody", controls=("mfa",))]),
    }


# Distractors: nothing here is the cause, and nothing may look likely


@case("AADSTS50173", "none", "undecided", token("invalid_grant", REVOKED, KIM.upn, 50173), user=KIM.upn)
def distractor_audit_of_another_user() -> dict[str, str]:
    """A colleague's password was reset ten minutes to three; of Kim the audit log of the day says nothing."""
    how = {"interactive": False, "client": "Mobile Apps and Desktop clients"}
    rows = crowd(334, without=(KIM,)) + own(KIM) + again(KIM, 50173, REVOKED_ROW, (0, 60, 120), **how)
    other = people.STAFF[3]
    return {
        **history("portal-json", rows),
        "audits.json": cloud.audits(
            [
                records.audit(SINCE - 10 * MINUTE, "Reset user password", "Core Directory", "UserManagement", person=other.upn, target_id=other.id),
                records.audit(AT - DAY - HOUR, "Update user", "Core Directory", "UserManagement", person=other.upn),
                records.audit(AT + HOUR, "Update user", "Core Directory", "UserManagement", person=people.STAFF[4].upn),
            ]
        ),
    }  # fmt: skip


@case("AADSTS50053", "none", "undecided", page(LOCKED, KIM.upn), user=KIM.upn)
def distractor_wrong_passwords_of_another() -> dict[str, str]:
    """Somebody else mistyped eight times, and Kim's account was disabled an hour after the failure."""
    wrong = again(
        people.STAFF[3], 50126, "Error validating credentials due to invalid username or password.", range(2, 42, 5)
    )
    rows = crowd(335, without=(KIM,)) + own(KIM) + again(KIM, 50053, LOCKED_ROW, (0, 1)) + wrong
    return {
        **history("log-analytics", rows),
        "users.json": users(kim={"accountEnabled": False}),
        "audits.json": cloud.audits(
            [
                records.audit(AT + HOUR, "Disable account", "Core Directory", "UserManagement", person=KIM.upn, target_id=KIM.id),
                records.audit(AT - DAY - HOUR, "Update user", "Core Directory", "UserManagement", person=people.STAFF[4].upn),
            ]
        ),
    }  # fmt: skip
