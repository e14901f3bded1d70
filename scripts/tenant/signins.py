"""Sign-ins as Graph returns them, and the other shapes in which people export them."""

import csv
import datetime as dt
import io
import json
import random
from collections.abc import Callable, Iterable, Sequence

from faultbook_lab import people
from faultbook_lab.records import Row, signin, stamp

CSV_HEADER = [
    "Date (UTC)",
    "Request ID",
    "User agent",
    "Correlation ID",
    "User ID",
    "User",
    "Username",
    "User type",
    "Cross tenant access type",
    "Incoming token type",
    "Authentication Protocol",
    "Unique token identifier",
    "Original transfer method",
    "Client credential type",
    "Token Protection - Sign In Session",
    "Token Protection - Sign In Session StatusCode",
    "Application",
    "Application ID ",
    "App owner tenant ID",
    "Resource",
    "Resource ID ",
    "Resource tenant ID",
    "Resource owner tenant ID",
    "Home tenant ID",
    "Home tenant name",
    "IP address",
    "Location",
    "Status",
    "Sign-in error code",
    "Failure reason",
    "Client app",
    "Device ID",
    "Browser",
    "Operating System",
    "Compliant",
    "Managed",
    "Join Type",
    "Multifactor authentication result",
    "Multifactor authentication auth method",
    "Multifactor authentication auth detail",
    "Authentication requirement",
    "Sign-in identifier",
    "Session ID",
    "IP address (seen by resource)",
    "Through Global Secure Access",
    "Global Secure Access IP address",
    "Autonomous system  number",
    "Flagged for review",
    "Token issuer type",
    "Incoming token type",
    "Token issuer name",
    "Latency",
    "Conditional Access",
    "Managed Identity type",
    "Associated Resource Id",
    "Federated Token Id",
    "Federated Token Issuer",
]
"""The columns of the portal's CSV of interactive sign-ins, in its order and spelling. Tests and benchmarks take them from here."""


def ordinary(
    start: dt.datetime,
    hours: int,
    *,
    seed: int,
    each: int = 10,
    wrong: float = 0.04,
    who: Iterable[people.Person] = people.EVERYONE,
) -> list[Row]:
    """What a working day looks like: everybody signs in now and then, a few mistype."""
    dice = random.Random(seed)
    rows = []
    for person in who:
        for number in range(each):
            at = start + dt.timedelta(seconds=dice.randrange(hours * 3600))
            code = 50126 if dice.random() < wrong else 0
            rows.append(signin(person, at, code, app=dice.choice(people.APPS), key=number))
    return rows


def burst(
    who: Iterable[people.Person],
    onset: dt.datetime,
    minutes: int,
    code: int,
    *,
    seed: int,
    tries: int = 2,
    policies: Sequence[Row] | None = (),
    recover: float = 0.0,
) -> list[Row]:
    """People who fail with a code from the onset on; a share of them succeeds within ten minutes."""
    dice = random.Random(seed)
    rows = []
    for person in who:
        first = onset + dt.timedelta(seconds=dice.randrange(max(minutes * 60 - 900, 60)))
        rows += [
            signin(
                person,
                first + dt.timedelta(minutes=3 * number, seconds=dice.randrange(40)),
                code,
                policies=policies,
                key=f"{code}{number}",
            )
            for number in range(tries)
        ]
        if dice.random() < recover:
            rows.append(signin(person, first + dt.timedelta(minutes=3 * tries + dice.randrange(1, 4)), 0, key="again"))
    return rows


def quiet(rows: list[Row], who: Iterable[people.Person], start: dt.datetime, end: dt.datetime) -> list[Row]:
    """Without the successes of these people in a span: they cannot sign in then."""
    names = {person.upn for person in who}
    low, high = stamp(start), stamp(end)
    return [
        row
        for row in rows
        if not (
            row["userPrincipalName"] in names
            and row["status"]["errorCode"] == 0
            and low <= str(row["createdDateTime"]) < high
        )
    ]  # type: ignore[index]


def newest_first(rows: Iterable[Row]) -> list[Row]:
    """The order in which Graph and the portal list sign-ins."""
    return sorted(rows, key=lambda row: (str(row["createdDateTime"]), str(row["id"])), reverse=True)


def graph_json(rows: Iterable[Row]) -> str:
    """The answer of ``GET /auditLogs/signIns``."""
    return json.dumps(
        {"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#auditLogs/signIns", "value": newest_first(rows)}
    )


def portal_json(rows: Iterable[Row]) -> str:
    """The portal's JSON download: a bare array."""
    return json.dumps(newest_first(rows), indent=1)


def portal_csv(rows: Iterable[Row]) -> str:
    """The portal's CSV download, with its doubled and blank-padded headers and its byte order mark."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(CSV_HEADER)
    for row in newest_first(rows):
        status, device, place = row["status"], row["deviceDetail"], row["location"]
        assert isinstance(status, dict)
        assert isinstance(device, dict)
        assert isinstance(place, dict)
        code = status["errorCode"]
        cells = {
            "Date (UTC)": row["createdDateTime"], "Request ID": row["id"], "Correlation ID": row["correlationId"], "User ID": row["userId"],
            "User": row["userDisplayName"], "Username": row["userPrincipalName"], "User type": "member", "Application": row["appDisplayName"],
            "Application ID ": row["appId"], "Resource": row["resourceDisplayName"], "Resource ID ": row["resourceId"],
            "Home tenant ID": people.TENANT, "Resource tenant ID": people.TENANT, "IP address": row["ipAddress"],
            "Location": ", ".join([place["city"], place["state"], place["countryOrRegion"]]),
            "Status": "Failure" if code else "Success", "Sign-in error code": code or "", "Failure reason": status["failureReason"],
            "Client app": row["clientAppUsed"], "Device ID": device["deviceId"], "Browser": device["browser"], "Operating System": device["operatingSystem"],
            "Compliant": _word(device["isCompliant"]), "Managed": _word(device["isManaged"]), "Join Type": device["trustType"], "Authentication requirement": "Single-factor authentication", "Token issuer type": "Azure AD", "Latency": "212",
            "Conditional Access": {"failure": "Failure", "success": "Success"}.get(str(row["conditionalAccessStatus"]), "Not Applied"),
            "Incoming token type": "none", "Flagged for review": "No",
        }  # fmt: skip
        writer.writerow([cells.get(name, "") for name in CSV_HEADER])
    return "\ufeff" + out.getvalue()


def _word(said: object) -> str:
    return "Yes" if said else "No"


def log_analytics_json(rows: Iterable[Row]) -> str:
    """Rows of SigninLogs and AADNonInteractiveUserSignInLogs as the query page exports them: dynamic columns are JSON inside strings."""
    return json.dumps([analytics_row(row) for row in newest_first(rows)], indent=1)


def analytics_row(row: Row) -> Row:
    """One row of SigninLogs, or of the table of sign-ins without a person."""
    status, person = row["status"], row["isInteractive"]
    assert isinstance(status, dict)
    return {
        "TimeGenerated": row["createdDateTime"], "CreatedDateTime": row["createdDateTime"], "OperationName": "Sign-in activity", "Category": "SignInLogs" if person else "NonInteractiveUserSignInLogs",
        "ResultType": str(status["errorCode"]), "ResultSignature": "None", "ResultDescription": "" if not status["errorCode"] else "Other",
        "Id": row["id"], "OriginalRequestId": row["id"], "CorrelationId": row["correlationId"], "Identity": row["userDisplayName"],
        "UserPrincipalName": row["userPrincipalName"], "UserId": row["userId"], "UserDisplayName": row["userDisplayName"], "AppId": row["appId"],
        "AppDisplayName": row["appDisplayName"], "ResourceDisplayName": row["resourceDisplayName"], "ResourceIdentity": row["resourceId"],
        "IPAddress": row["ipAddress"], "ClientAppUsed": row["clientAppUsed"], "IsInteractive": person, "AADTenantId": people.TENANT,
        "ConditionalAccessStatus": row["conditionalAccessStatus"], "ConditionalAccessPolicies": json.dumps(row["appliedConditionalAccessPolicies"]),
        "Status": json.dumps(status), "DeviceDetail": json.dumps(row["deviceDetail"]), "LocationDetails": json.dumps(row["location"]),
        "TokenIssuerType": "AzureAD", "Type": "SigninLogs" if person else "AADNonInteractiveUserSignInLogs",
    }  # fmt: skip


def diagnostic_lines(rows: Iterable[Row]) -> str:
    """JSON lines as a diagnostic setting writes them to storage: the Graph-like object under ``properties``."""
    lines = []
    for row in newest_first(rows):
        status = row["status"]
        assert isinstance(status, dict)
        lines.append(
            json.dumps(
                {
                    "time": row["createdDateTime"],
                    "resourceId": f"/tenants/{people.TENANT}/providers/Microsoft.aadiam",
                    "operationName": "Sign-in activity",
                    "category": "SignInLogs" if row["isInteractive"] else "NonInteractiveUserSignInLogs",
                    "tenantId": people.TENANT,
                    "resultType": str(status["errorCode"]),
                    "resultSignature": "None",
                    "resultDescription": "" if not status["errorCode"] else "Other",
                    "correlationId": row["correlationId"],
                    "identity": row["userDisplayName"],
                    "properties": row,
                }
            )
        )
    return "\n".join(lines) + "\n"


SHAPES: dict[str, tuple[str, Callable[[Iterable[Row]], str]]] = {
    "graph": ("signIns.json", graph_json),
    "portal-json": ("InteractiveSignIns_2026-03-01_2026-03-02.json", portal_json),
    "portal-csv": ("InteractiveSignIns_2026-03-01_2026-03-02.csv", portal_csv),
    "log-analytics": ("query_data.json", log_analytics_json),
    "diagnostic": ("PT1H.json", diagnostic_lines),
}
