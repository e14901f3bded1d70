"""A morning at contoso.example: facts in the agreed shapes, with a rights problem behind AADSTS120021."""

import datetime as dt

from faultbook.evidence import Fact, Facts, Gap, Occurrence, Subject, Window, iso

AT = dt.datetime(2026, 3, 2, 8, 14, 9, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
WINDOW = Window(AT - 20 * HOUR, AT + 4 * HOUR)
KIM = "kim@contoso.example"
CORRELATION = "66666666-7777-4888-9999-000000000000"

SUBJECT = Subject(
    code="AADSTS120021",
    at=AT,
    user=KIM,
    domain="contoso.example",
    dn="CN=Kim Demo,OU=Staff,DC=contoso,DC=example",
    app_id="00000009-0000-0000-c000-000000000000",
    correlation_id=CORRELATION,
    text="AADSTS120021: PartnerServiceSsprInternalServiceError",
)
OCCURRENCE = Occurrence(
    id="3f9f5e0a9c1d2b47",
    code="AADSTS120021",
    at="2026-03-02 08:14:09Z",
    correlation_id=CORRELATION,
    trace_id="11111111-2222-4333-8444-555555555555",
    chain=("AADSTS120021",),
    text="AADSTS120021: PartnerServiceSsprInternalServiceError",
)


def attempt(minute: float, user: str, code: int = 120021, **changes):
    at = AT + dt.timedelta(minutes=minute)
    row = {
        "at": iso(at),
        "id": f"11111111-2222-4333-8444-{int(minute * 10) % 10**6:06d}{len(user):02d}{ord(user[4]):04d}",
        "correlation_id": CORRELATION,
        "user": user,
        "user_id": "99999999-1111-4222-8333-444444444444",
        "domain": user.partition("@")[2],
        "app": "Power BI Service",
        "app_id": "00000009-0000-0000-c000-000000000000",
        "resource": "Power BI Service",
        "resource_id": "00000009-0000-0000-c000-000000000000",
        "client_app": "Browser",
        "ip": "203.0.113.7",
        "country": "DE",
        "code": code,
        "reason": "Other.",
        "ca_status": "success",
        "ca_policies": [],
        "kind": "interactive",
        "token_issuer_type": "AzureAD",
        "device_os": "Windows10",
    }
    return row | changes


def history(siblings=((2.0, KIM, 120015),)):
    buckets, failed_in = [], {228: 3, 230: 2, 231: 4, 240: 3, 252: 2}
    for number in range(288):
        start = WINDOW.start + dt.timedelta(seconds=300 * number)
        day = 6 if 170 < number < 270 else 2
        buckets.append(
            {
                "start": iso(start),
                "failed": failed_in.get(number, 0),
                "succeeded": day + number % 3,
                "other": number % 7 == 0,
            }
        )
    users = [f"user{n}@contoso.example" for n in range(5)] + [KIM]
    failures = [
        attempt((number * 5 - 1200) + n, users[n % 6]) for number, count in failed_in.items() for n in range(count)
    ]
    succeeded = sum(row["succeeded"] for row in buckets)
    return {
        "code": 120021,
        "rows": succeeded + 90,
        "attempts": succeeded + 60,
        "failed": 14,
        "succeeded": succeeded,
        "other_failed": sum(row["other"] for row in buckets),
        "bucket_seconds": 300,
        "buckets": buckets,
        "codes": [{"code": 120021, "count": 14, "users": 6, "first": failures[0]["at"], "last": failures[-1]["at"]}],
        "failures": failures,
        "failures_cut": False,
        "siblings": [attempt(*one) for one in siblings],
        "siblings_cut": False,
        "recoveries": [
            {"user": user, "first_failure": failures[0]["at"], "first_success": None, "tries": 2} for user in users
        ],
        "contrast": [
            {
                "attribute": "domain",
                "value": "contoso.example",
                "failed": 14,
                "succeeded": 700,
                "failed_users": 6,
                "succeeded_users": 60,
            },
            {
                "attribute": "domain",
                "value": "fabrikam.example",
                "failed": 0,
                "succeeded": 500,
                "failed_users": 0,
                "succeeded_users": 50,
            },
            {"attribute": "user", "value": KIM, "failed": 3, "succeeded": 40, "failed_users": 1, "succeeded_users": 1},
        ],
    }


def event(minutes, number, message="", **data):
    return {
        "time": iso(AT + dt.timedelta(minutes=minutes)),
        "provider": "PasswordResetService",
        "event_id": number,
        "level": "Error" if number > 32000 else "Information",
        "channel": "Application",
        "computer": "SYNC01.contoso.example",
        "message": message,
        "data": data,
        "record_id": 1000 + int(minutes),
    }


def facts(*, rights=True, secret="") -> Facts:
    events = [event(minutes, 31019, "heartbeat") for minutes in range(-600, 240, 5)]
    if rights:
        events.append(event(0.1, 33004, f"TrackingId: 1, Reason: hr=80070005, UserPrincipalName: {KIM}{secret}"))
    issues = [
        {
            "id": "MO123456", "title": "Some users cannot open shared calendars", "service": "Exchange Online", "feature": "Calendar",
            "status": "serviceRestored", "startDateTime": iso(AT - HOUR), "endDateTime": iso(AT + HOUR), "classification": "advisory",
        },
        {
            "id": "PB234567", "title": "Delays opening reports in Power BI", "service": "Power BI", "feature": "Reports",
            "status": "serviceRestored", "startDateTime": iso(AT - 6 * HOUR), "endDateTime": iso(AT - 4 * HOUR), "classification": "advisory",
        },
    ]  # fmt: skip
    audits = [
        {
            "id": "a1", "activityDateTime": iso(AT - 2 * HOUR), "activityDisplayName": "Update conditional access policy", "category": "Policy",
            "result": "success", "loggedByService": "Conditional Access", "initiatedBy": {"user": {"id": "77777777-1111-4222-8333-444444444444", "displayName": "Robin Admin", "userPrincipalName": "robin@contoso.example"}},
            "targetResources": [{"id": "p1", "displayName": "Require MFA for Salesforce", "type": "Policy"}], "additionalDetails": [],
        },
    ]  # fmt: skip
    users = [
        {
            "id": "99999999-1111-4222-8333-444444444444",
            "userPrincipalName": KIM,
            "displayName": "Kim Demo",
            "onPremisesSyncEnabled": True,
            "onPremisesDistinguishedName": SUBJECT.dn,
        }
    ]
    found = [
        Fact(kind="occurrence.text", value={"text": OCCURRENCE.text}, by="error.txt"),
        Fact(kind="signins.history", target="AADSTS120021", value=history(), window=WINDOW, by="signins.csv", gaps=(Gap(AT - 9 * HOUR, AT - 8 * HOUR, "no rows for an hour in a log of many"),)),
        Fact(kind="windows.events", target="SYNC01", value=events, window=Window(AT - 10 * HOUR, AT + 4 * HOUR), by="application.evtx"),
        Fact(kind="graph.serviceHealthIssues", value=issues, by="issues.json", true_at=AT + 4 * HOUR),
        Fact(kind="graph.directoryAudits", value=audits, window=WINDOW, by="audits.json"),
        Fact(kind="graph.users", value=users, by="users.json"),
        Fact(kind="graph.onPremisesSynchronization", why_unknown="delegated-only", detail="The service answered 403: this call is for signed-in people.", by="sync.json"),
    ]  # fmt: skip
    return Facts(found)
