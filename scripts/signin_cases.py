"""Closed cases of sign-ins: applications, people, policies and federation; ``make_cases.py`` writes them. Their stories are invented."""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tenant import apps, cloud, server, signins

from faultbook_lab import people, records
from faultbook_lab.records import Row, stamp

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
SINCE = dt.datetime(2026, 3, 10, 3, 0, tzinfo=dt.UTC)
"""When what fails begins to fail."""
AT = SINCE + 2 * HOUR + 5 * MINUTE
"""When the error that is pasted was printed."""
BEGAN = SINCE - DAY
ENDED = SINCE + 5 * HOUR
JOB, PORTAL, STOCK, TRAVEL = "Refresh job", "Sales portal", "Stock feed", "Travel planner"
JOBS = (JOB, STOCK, "Ledger export", "Badge import")
KIM = people.KIM
GUEST = people.Person("gil", "tailspin.example")


@dataclass(frozen=True)
class SignedIn:
    """A story with its confirmed ending: the code, the message as pasted, whom it hit where the message does not say, and the files."""

    name: str
    code: str
    confirmed: str
    expect: str
    note: str
    text: str
    user: str
    files: dict[str, str]


CASES: list[SignedIn] = []


def case(
    code: str, confirmed: str, expect: str, text: str, *, user: str = ""
) -> Callable[[Callable[[], dict[str, str]]], None]:
    """Register a function that returns the files; its name is the case's name, its docstring the note."""

    def register(make: Callable[[], dict[str, str]]) -> None:
        note = " ".join((make.__doc__ or "").split())
        CASES.append(SignedIn(make.__name__.replace("_", "-"), code, confirmed, expect, note, text, user, make()))

    return register


# The forms in which people paste an error


def ids(of: str) -> tuple[str, str]:
    """The trace and correlation ids of the sign-in that failed: those of its row in a log."""
    if of in JOBS or of in (PORTAL, TRAVEL):
        return people.guid("request", of, AT, "pasted"), people.guid("correlation", of, AT)
    return people.guid("request", of, AT, "pasted"), people.guid("correlation", of, AT, "pasted")


def token(error: str, says: str, of: str, code: int) -> str:
    """The body of a refused token request."""
    trace, correlation = ids(of)
    said = f"{says}\r\nTrace ID: {trace}\r\nCorrelation ID: {correlation}\r\nTimestamp: {AT:%Y-%m-%d %H:%M:%S}Z"
    return json.dumps({"error": error, "error_description": said, "error_codes": [code]}) + "\n"


def page(says: str, of: str) -> str:
    """The page of the sign-in as copied whole."""
    trace, correlation = ids(of)
    return (
        "Sorry, but we're having trouble signing you in.\n\n"
        f"{says}\nRequest Id: {trace}\nCorrelation Id: {correlation}\nTimestamp: {stamp(AT)}\n"
    )


def plain(says: str, of: str, *, before: str = "") -> str:
    """A library's exception: the message and its ids on one line."""
    trace, correlation = ids(of)
    return f"{before}{says} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {AT:%Y-%m-%d %H:%M:%S}Z\n"


# The rows of a log


def tried(
    person: people.Person,
    at: dt.datetime,
    code: int,
    reason: str = "Other.",
    *,
    app: tuple[str, str] = people.POWER_BI,
    interactive: bool = True,
    client: str = "Browser",
    ip: str = "",
    country: str = "NL",
    device: str = "",
    compliant: bool = False,
    policies: Sequence[Row] = (),
    key: object = "",
) -> Row:
    """One sign-in of a person with everything that a case may have to say of it; at ``AT`` it is the one whose error was pasted."""
    row = records.signin(person, at, code, app=app, policies=policies, key=key or ("pasted" if at == AT else ""))
    shown = row["deviceDetail"]
    assert isinstance(shown, dict)
    asked = apps.GRAPH if app[0] in (PORTAL, TRAVEL) else app
    return {
        **row,
        "resourceDisplayName": asked[0],
        "resourceId": asked[1],
        "clientAppUsed": client,
        "isInteractive": interactive,
        "ipAddress": ip or row["ipAddress"],
        "location": {"city": "Lagos" if country == "NG" else "Utrecht", "state": "", "countryOrRegion": country},
        "status": {"errorCode": code, "failureReason": reason if code else "Other.", "additionalDetails": None},
        "deviceDetail": {
            **shown,
            "deviceId": people.guid("device", device) if device else "",
            "displayName": device,
            "isCompliant": compliant,
            "isManaged": compliant,
            "trustType": "Azure AD joined" if device else "",
        },
    }


def crowd(seed: int, *, without: Iterable[people.Person] = (), each: int = 2) -> list[Row]:
    """Everybody else's working day."""
    names = {person.upn for person in without}
    who = [person for person in people.EVERYONE if person.upn not in names]
    return signins.ordinary(BEGAN, 29, seed=seed, each=each, who=who)


def own(person: people.Person, *, until: dt.datetime = SINCE, every: int = 4) -> list[Row]:
    """The sign-ins of one person that went well, up to a moment."""
    return [tried(person, BEGAN + number * every * HOUR, 0) for number in range(int((until - BEGAN) / HOUR) // every)]


def again(person: people.Person, code: int, reason: str, times: Iterable[int], **how: object) -> list[Row]:
    """Failures of one person, so many minutes before the pasted one; 0 is that one."""
    return [tried(person, AT - minutes * MINUTE, code, reason, **how) for minutes in times]  # type: ignore[arg-type]


def history(shape: str, rows: Iterable[Row]) -> dict[str, str]:
    """A sign-in export in one of the shapes."""
    name, write = signins.SHAPES[shape]
    return {name.replace("2026-03-01_2026-03-02", "2026-03-09_2026-03-10"): write(rows)}


def failing_job(name: str, code: int, reason: str, *, since: dt.datetime = SINCE) -> list[Row]:
    """The hourly sign-ins of jobs, of which one has failed since a moment."""
    rows = [
        row
        for row in apps.jobs(BEGAN, 29, JOBS)
        if row["servicePrincipalName"] != name or str(row["createdDateTime"]) < stamp(since)
    ]
    hours = [AT - back * HOUR for back in range(int((AT - since) / HOUR) + 1)]
    return rows + [apps.signin(name, at, code, reason) for at in hours]


def registered(*values: Row) -> list[Row]:
    """The registrations of the tenant, some of them as a case has them."""
    names = {value["displayName"] for value in values}
    others = [
        apps.registration(name, secrets=[apps.secret("production", BEGAN - 200 * DAY, BEGAN + 165 * DAY)])
        for name in (*JOBS, PORTAL, TRAVEL)
        if name not in names
    ]
    return [*values, *others]


def enterprise(*values: Row, without: str = "") -> list[Row]:
    """The enterprise applications of the tenant, some of them as a case has them."""
    names = {value["displayName"] for value in values} | {without}
    return [*apps.MICROSOFT, *values, *(apps.principal(name) for name in (*JOBS, PORTAL, TRAVEL) if name not in names)]


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


# Accounts


def users(**changed: dict[str, object]) -> str:
    """The answer of ``/users``; by first name what is different."""
    rows = [{**row, **changed.get(str(row["userPrincipalName"]).partition("@")[0], {})} for row in people.users()]
    return cloud.collection(rows, "users")


def mail_script(person: people.Person, code: int, reason: str, *, hours: int = 3) -> list[Row]:
    """A script that signs in with a person's password every half hour: it worked until something happened."""
    good = [
        tried(person, BEGAN + half * 30 * MINUTE, 0, interactive=False, client="Mobile Apps and Desktop clients", key=f"job{half}")
        for half in range(48)
    ]  # fmt: skip
    minutes = [30 * half for half in range(hours * 2) if AT - 30 * half * MINUTE >= SINCE]
    return good + again(
        person, code, reason, minutes, interactive=False, client="Mobile Apps and Desktop clients", ip="192.0.2.40"
    )


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
        "policies.json": cloud.policies([policy, records.policy(MFA, controls=("mfa",))]),
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


@case("AADSTS50105", "none", "undecided", page(f"AADSTS50105: The signed in user '{KIM.upn}' is not assigned to a role for the application '{apps.app_id(PORTAL)}'({PORTAL}).", KIM.upn))  # fmt: skip
def distractor_assignment_to_another_application() -> dict[str, str]:
    """Another application admits assigned people only; this one lets everybody in today."""
    reason = "The signed in user is not assigned to a role for the application."
    return {
        "az-ad-sp-list.json": apps.azure_cli(enterprise(apps.principal(TRAVEL, assigned=True))),
        **history("portal-json", crowd(337) + again(KIM, 50105, reason, (0, 4), app=(PORTAL, apps.app_id(PORTAL)))),
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
