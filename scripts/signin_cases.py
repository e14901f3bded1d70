"""What closed cases of sign-ins are told with: how people paste an error, and who signs in besides. Their stories are invented."""

import datetime as dt
import json
from collections.abc import Iterable, Sequence

from tenant import apps, cloud, signins

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
