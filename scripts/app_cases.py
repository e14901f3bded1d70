"""Closed cases of applications: secrets, certificates, addresses, consent and assignment."""

import datetime as dt
import json

from signin_cases import (
    AT,
    BEGAN,
    DAY,
    HOUR,
    JOB,
    KIM,
    MINUTE,
    PORTAL,
    SINCE,
    STOCK,
    TRAVEL,
    again,
    crowd,
    enterprise,
    failing_job,
    history,
    page,
    plain,
    registered,
    token,
    tried,
)
from tenant import apps, cloud
from told import case

from faultbook_lab import people
from faultbook_lab.records import Row

OLD = apps.secret("until March", SINCE - 365 * DAY, SINCE)
NEW = apps.secret("from March", SINCE - 9 * DAY, SINCE + 356 * DAY)

# Secrets and certificates of applications

EXPIRED = f"AADSTS7000222: The provided client secret keys for app '{apps.app_id(JOB)}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds."
WRONG = f"AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{apps.app_id(JOB)}'."
PRINT = "8BDEB513EAC11E9E9DA752EB9D5087F317F6D931"
OTHER_PRINT = "0123456789ABCDEF0123456789ABCDEF01234567"


@case("AADSTS7000222", "last-secret-expired", "established", token("invalid_client", EXPIRED, JOB, 7000222))
def secret_expired() -> dict[str, str]:
    """The only secret of a job ran out at three; the jobs of others go on."""
    return {
        "query_data.json": apps.analytics(
            failing_job(JOB, 7000222, "The provided client secret keys for app are expired.")
        ),
        "applications.json": apps.registrations(registered(apps.registration(JOB, secrets=[OLD]))),
    }


@case("AADSTS7000222", "new-secret-not-everywhere", "likely", plain(EXPIRED, JOB, before="msal: invalid_client: "))
def secret_renewed_and_not_carried_over() -> dict[str, str]:
    """The same secret ran out, and another was made nine days before: this machine still sends the old one."""
    return {
        "PT1H.json": apps.diagnostic(
            failing_job(JOB, 7000222, "The provided client secret keys for app are expired.") + crowd(201)
        ),
        f"az-ad-app-credential-list-{apps.app_id(JOB)}.json": apps.azure_cli([OLD, NEW]),
    }


@case("AADSTS7000215", "secret-deleted-or-rotated", "likely", token("invalid_client", WRONG, JOB, 7000215))
def secret_rotated_an_hour_before() -> dict[str, str]:
    """An administrator took the old secret away and made a new one, and the next run was refused."""
    return {
        "query_data.json": apps.analytics(failing_job(JOB, 7000215, "Invalid client secret provided.")),
        "applications.json": apps.registrations(registered(apps.registration(JOB, secrets=[NEW]))),
        "audits.json": cloud.audits(
            [
                apps.credentials_changed(JOB, SINCE - 20 * MINUTE, [OLD], [OLD, NEW]),
                apps.credentials_changed(JOB, SINCE - 15 * MINUTE, [OLD, NEW], [NEW]),
                apps.credentials_changed(PORTAL, SINCE - 20 * HOUR, [], [NEW]),
                apps.credentials_changed(PORTAL, AT + HOUR, [NEW], [NEW, OLD]),
            ]
        ),
    }


@case(
    "AADSTS700027",
    "not-uploaded",
    "likely",
    plain(
        f"AADSTS700027: The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found., Thumbprint of key used by client: '{PRINT}', Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id '{apps.app_id(JOB)}'.",
        JOB,
        before="A configuration issue is preventing authentication - check the error message from the server for details. ",
    ),
)
def certificate_not_uploaded() -> dict[str, str]:
    """The program signs with a certificate that the registration does not hold; another one is there and valid."""
    held = apps.registration(JOB, keys=[apps.key(OTHER_PRINT, SINCE - 30 * DAY, SINCE + 700 * DAY)])
    return {
        "Get-MgApplication.json": apps.powershell(registered(held)),
        "query_data.json": apps.analytics(failing_job(JOB, 700027, "Client assertion contains an invalid signature.")),
    }


@case(
    "AADSTS700027",
    "expired",
    "established",
    token(
        "invalid_client",
        f"AADSTS700027: Client assertion contains an invalid signature. [Reason - The key used is expired., Thumbprint of key used by client: '{PRINT}', Found key 'Start={SINCE - 365 * DAY:%m/%d/%Y %H:%M:%S}, End={SINCE:%m/%d/%Y %H:%M:%S}', Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id '{apps.app_id(JOB)}'.",
        JOB,
        700027,
    ),
)
def certificate_of_application_expired() -> dict[str, str]:
    """The one certificate of the job ended at three."""
    held = apps.registration(JOB, keys=[apps.key(PRINT, SINCE - 365 * DAY, SINCE)])
    return {
        "PT1H.json": apps.diagnostic(failing_job(JOB, 700027, "Client assertion contains an invalid signature.")),
        "applications.json": apps.registrations(registered(held)),
    }


# Applications that the tenant does not know, and addresses that they do not


def unknown_application(number: str) -> str:
    """The message of AADSTS700016 for an id."""
    return f"AADSTS700016: Application with identifier '{number}' was not found in the directory 'Contoso'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant."


@case(
    "AADSTS700016", "object-id-used", "established",
    token("unauthorized_client", unknown_application(people.guid("registration", JOB)), JOB, 700016),
)  # fmt: skip
def object_id_instead_of_client_id() -> dict[str, str]:
    """The configuration holds the object id of the registration."""
    return {
        "applications.json": apps.registrations(registered()),
        "az-ad-sp-list.json": apps.azure_cli(enterprise()),
    }


@case(
    "AADSTS700016", "registration-deleted", "likely",
    token("unauthorized_client", unknown_application(apps.app_id(JOB)), JOB, 700016),
)  # fmt: skip
def registration_deleted() -> dict[str, str]:
    """Somebody tidied up at a quarter to three; the job has been unknown since."""
    reason = "Application with identifier was not found in the directory."
    return {
        "query_data.json": apps.analytics(failing_job(JOB, 700016, reason)),
        "servicePrincipals.json": apps.principals(enterprise(without=JOB)),
        "AuditLogs.csv": cloud.audits_csv(
            [
                apps.change("Old demo", SINCE - 19 * HOUR, "Delete application", {}),
                apps.change(JOB, SINCE - 16 * MINUTE, "Delete application", {}),
                apps.change(JOB, SINCE - 15 * MINUTE, "Remove service principal", {}, on="ServicePrincipal"),
                apps.change(PORTAL, AT + HOUR, "Update application", {}),
            ]
        ),
    }


@case(
    "AADSTS50011", "behind-proxy", "likely",
    page(
        f"AADSTS50011: The redirect URI 'http://reports.contoso.example/signin-oidc' specified in the request does not match the redirect URIs configured for the application '{apps.app_id(PORTAL)}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal. Navigate to https://aka.ms/redirectUriMismatchError to learn more about how to troubleshoot this error.",
        KIM.upn,
    ),
)  # fmt: skip
def redirect_without_tls() -> dict[str, str]:
    """The program behind a proxy calls itself http, and https is registered."""
    held = apps.registration(PORTAL, web=["https://reports.contoso.example/signin-oidc"])
    return {"apps.json": apps.azure_cli(registered(held))}


@case(
    "AADSTS50011", "not-registered", "likely",
    page(
        f"AADSTS50011: The redirect URI 'https://sales.contoso.example/auth/callback' specified in the request does not match the redirect URIs configured for the application '{apps.app_id(PORTAL)}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal.",
        KIM.upn,
    ),
)  # fmt: skip
def redirect_never_added() -> dict[str, str]:
    """A new address of the portal was never added; the old one is registered."""
    held = apps.registration(PORTAL, web=["https://sales-old.contoso.example/auth/callback"])
    reason = (
        "The redirect URI specified in the request does not match the redirect URIs configured for the application."
    )
    rows = crowd(211) + again(KIM, 50011, reason, (0, 3), app=(PORTAL, apps.app_id(PORTAL)))
    return {"applications.json": apps.registrations(registered(held)), **history("portal-csv", rows)}


# Consent and assignment

NOT_CONSENTED = f"AADSTS65001: The user or administrator has not consented to use the application with ID '{apps.app_id(TRAVEL)}' named '{TRAVEL}'. Send an interactive authorization request for this user and resource."
PLANNER = (TRAVEL, apps.app_id(TRAVEL))


def planner(code: int, reason: str, seed: int) -> list[Row]:
    """Kim cannot get into the travel planner and works elsewhere."""
    return crowd(seed) + again(KIM, code, reason, (0, 2, 9), app=PLANNER)


@case("AADSTS65001", "never-consented", "likely", token("invalid_grant", NOT_CONSENTED, KIM.upn, 65001))
def consent_never_given() -> dict[str, str]:
    """Nobody consented to the planner, although users may; grants of other applications are there."""
    return {
        "authorizationPolicy.json": apps.authorization("microsoft-user-default-legacy"),
        "grants.json": apps.grants(
            [apps.grant(PORTAL, "User.Read"), apps.grant(STOCK, "Files.Read"), apps.grant(PORTAL, "Mail.Read", person=KIM)]
        ),
        "servicePrincipals.json": apps.principals(enterprise()),
        **history("graph", planner(65001, "The user or administrator has not consented to use the application.", 221)),
    }  # fmt: skip


NEEDS_ADMIN = f"AADSTS90094: An administrator of Contoso has set a policy that prevents you from granting {TRAVEL} the permissions it is requesting. Contact an administrator of Contoso, who can grant permissions to this app on your behalf."


@case("AADSTS90094", "user-consent-off", "likely", page(NEEDS_ADMIN, KIM.upn), user=KIM.upn)
def user_consent_switched_off() -> dict[str, str]:
    """No consent policy is the users' own, and nobody has consented to the planner."""
    return {
        "authorizationPolicy.json": apps.authorization(),
        "grants.json": apps.grants([apps.grant(PORTAL, "User.Read"), apps.grant(STOCK, "Files.Read")]),
        "servicePrincipals.json": apps.principals(enterprise()),
        **history("portal-json", planner(90094, "The grant requires admin permission.", 222)),
    }


def consented(name: str, at: dt.datetime, reason: str = "", by: people.Person = KIM) -> Row:
    """The audit of a consent, given or refused."""
    changed = {
        "ConsentContext.IsAdminConsent": (None, '"False"'),
        "ConsentContext.OnBehalfOfAll": (None, '"False"'),
        "TargetId.ServicePrincipalNames": (None, f'"{apps.app_id(name)}"'),
        **({"ConsentAction.Reason": (None, json.dumps(reason))} if reason else {}),
    }
    result = "failure" if reason else "success"
    return apps.change(
        name, at, "Consent to application", changed, on="ServicePrincipal", result=result, reason=reason, by=by
    )


RAISED = f"AADSTS90094: The grant requires admin permission. {TRAVEL} needs permission to access resources in your organization that only an admin can grant."


@case("AADSTS90094", "request-judged-risky", "likely", page(RAISED, KIM.upn))
def consent_judged_risky() -> dict[str, str]:
    """Users may consent, and the audit log says that the planner was judged risky."""
    return {
        "authorizationPolicy.json": apps.authorization("microsoft-user-default-legacy"),
        "AuditLogs.json": cloud.audits(
            [
                consented(PORTAL, AT - 5 * HOUR, by=people.STAFF[1]),
                consented(TRAVEL, AT, "Risky application detected"),
                consented(STOCK, AT + 3 * HOUR, by=people.STAFF[2]),
            ]
        ),
        **history("log-analytics", planner(90094, "The grant requires admin permission.", 223)),
    }


@case("AADSTS90094", "nobody-consented-for-all", "likely", page(RAISED, KIM.upn), user=KIM.upn)
def consent_of_colleagues_only() -> dict[str, str]:
    """Three colleagues consented before the rules became stricter and go on; Kim is new to the planner."""
    early = people.STAFF[:3]
    rows = [tried(person, BEGAN + (3 + place) * HOUR, 0, app=PLANNER) for place, person in enumerate(early)]
    return {
        "authorizationPolicy.json": apps.authorization("microsoft-user-default-low"),
        "grants.json": apps.grants(
            [*(apps.grant(TRAVEL, "User.Read Calendars.Read", person=person) for person in early), apps.grant(PORTAL, "User.Read")]
        ),
        "servicePrincipals.json": apps.principals(enterprise()),
        **history("log-analytics", rows + planner(90094, "The grant requires admin permission.", 224)),
    }  # fmt: skip


@case(
    "AADSTS50105", "not-assigned", "likely",
    page(
        f"AADSTS50105: Your administrator has configured the application {PORTAL} ('{apps.app_id(PORTAL)}') to block users unless they are specifically granted ('assigned') access to the application. The signed in user '{KIM.upn}' is blocked because they are not a direct member of a group with access, nor had access directly assigned by an administrator. Please contact your administrator to assign access to this application.",
        KIM.upn,
    ),
)  # fmt: skip
def not_assigned() -> dict[str, str]:
    """The portal admits assigned people only; Kim alone is refused, and colleagues use it."""
    sales = (PORTAL, apps.app_id(PORTAL))
    reason = "The signed in user is not assigned to a role for the application."
    rows = crowd(231) + [tried(person, BEGAN + 7 * HOUR, 0, app=sales) for person in people.STAFF[:6]]
    return {
        "servicePrincipals.json": apps.principals(enterprise(apps.principal(PORTAL, assigned=True))),
        **history("portal-csv", rows + again(KIM, 50105, reason, (0, 4), app=sales)),
    }


# Distractors: nothing here is the cause, and nothing may look likely


@case("AADSTS7000215", "none", "undecided", token("invalid_client", WRONG, JOB, 7000215))
def distractor_secret_of_another_application() -> dict[str, str]:
    """The secrets of another application were changed and have run out; this one's have been there for months."""
    portal = apps.registration(PORTAL, secrets=[OLD])
    return {
        "query_data.json": apps.analytics(failing_job(JOB, 7000215, "Invalid client secret provided.")),
        "applications.json": apps.registrations(registered(portal)),
        "audits.json": cloud.audits(
            [
                apps.credentials_changed(PORTAL, SINCE - 20 * MINUTE, [OLD, NEW], [OLD]),
                apps.credentials_changed(PORTAL, SINCE - 26 * HOUR, [], [NEW]),
                apps.credentials_changed(PORTAL, AT + HOUR, [NEW], [NEW, OLD]),
            ]
        ),
    }


@case("AADSTS700016", "none", "undecided", token("unauthorized_client", unknown_application(apps.app_id(JOB)), JOB, 700016))  # fmt: skip
def distractor_another_application_deleted() -> dict[str, str]:
    """Another registration was deleted at the time; this one is among the enterprise applications."""
    return {
        "servicePrincipals.json": apps.principals(enterprise(without=STOCK)),
        "audits.json": cloud.audits(
            [
                apps.change(STOCK, SINCE - 15 * MINUTE, "Delete application", {}),
                apps.change(PORTAL, BEGAN - HOUR, "Update application", {}),
                apps.change(PORTAL, AT + HOUR, "Update application", {}),
            ]
        ),
    }


@case("AADSTS65001", "none", "undecided", token("invalid_grant", NOT_CONSENTED, KIM.upn, 65001))
def distractor_consent_to_another_application() -> dict[str, str]:
    """Kim consented to another application an hour before; the planner holds a grant for everybody."""
    reason = "The user or administrator has not consented to use the application."
    return {
        "grants.json": apps.grants([apps.grant(TRAVEL, "User.Read"), apps.grant(PORTAL, "Mail.Read", person=KIM)]),
        "servicePrincipals.json": apps.principals(enterprise()),
        "audits.json": cloud.audits([consented(PORTAL, AT - HOUR), consented(STOCK, AT - 5 * HOUR)]),
        **history("graph", crowd(331) + again(KIM, 65001, reason, (0, 2), app=PLANNER)),
    }


@case("AADSTS90094", "none", "undecided", page(RAISED, KIM.upn), user=KIM.upn)
def distractor_another_application_judged_risky() -> dict[str, str]:
    """A consent to another application was refused as risky in the same minutes; users may consent to anything."""
    return {
        "authorizationPolicy.json": apps.authorization("microsoft-user-default-legacy"),
        "audits.json": cloud.audits(
            [
                consented(STOCK, AT - 3 * MINUTE, "Risky application detected", by=people.STAFF[1]),
                consented(PORTAL, AT - 6 * HOUR, by=people.STAFF[2]),
                consented(PORTAL, AT + 2 * HOUR, by=people.STAFF[3]),
            ]
        ),
        **history("portal-csv", planner(90094, "The grant requires admin permission.", 332)),
    }


@case("AADSTS50105", "none", "undecided", page(f"AADSTS50105: The signed in user '{KIM.upn}' is not assigned to a role for the application '{apps.app_id(PORTAL)}'({PORTAL}).", KIM.upn))  # fmt: skip
def distractor_assignment_to_another_application() -> dict[str, str]:
    """Another application admits assigned people only; this one lets everybody in today."""
    reason = "The signed in user is not assigned to a role for the application."
    return {
        "az-ad-sp-list.json": apps.azure_cli(enterprise(apps.principal(TRAVEL, assigned=True))),
        **history("portal-json", crowd(337) + again(KIM, 50105, reason, (0, 4), app=(PORTAL, apps.app_id(PORTAL)))),
    }
