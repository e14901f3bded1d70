"""Constructed sign-ins, written in every shape in which Microsoft hands them out. Nobody here exists."""

import csv
import io
import json
import sys
import uuid
from pathlib import Path

import pytest
from tenant.signins import CSV_HEADER as INTERACTIVE

from faultbook.sources import signins

PRINCIPAL = [
    "Date (UTC)",
    "Request ID",
    "Correlation ID",
    "Service principal ID",
    "Service principal name",
    "Credential key ID",
    "Application",
    "Application ID ",
    "Resource",
    "Resource ID ",
    "IP address",
    "Location",
    "Status",
    "Sign-in error code",
    "Failure reason",
    "Conditional Access",
]
LEGACY = [
    "CreatedDateTime",
    "UserPrincipalName",
    "UserDisplayName",
    "AppDisplayName",
    "IPAddress",
    "City",
    "Country",
    "Device",
    "Browser",
    "OS",
    "Status",
]
APP, RESOURCE = "5a5a0000-0000-4000-8000-00000000000a", "5a5a0000-0000-4000-8000-00000000000b"
POLICIES = [
    {
        "id": "5a5a0000-0000-4000-8000-00000000000c",
        "displayName": "Block elsewhere",
        "enforcedGrantControls": ["Block"],
        "result": "failure",
    }
]


def guid(number):
    return str(uuid.UUID(int=0xABCD << 112 | 4 << 76 | 8 << 60 | number))


def sign_in(number, at, code=0, user="kim@contoso.example", **more):
    """One sign-in in our own words, from which every shape is made."""
    return {
        "id": guid(number), "at": at, "code": code, "user": user, "user_id": guid(1_000_000 + sum(user.encode())), "correlation": guid(2_000_000 + number),
        "app": "Demo App", "app_id": APP, "resource": "Demo API", "resource_id": RESOURCE, "ip": "203.0.113.7", "country": "DE",
        "client": "Browser", "os": "Windows10", "ca": "notApplied", "policies": [], "interactive": True, "category": "SignInLogs", **more,
    }  # fmt: skip


def graph(one):
    return {
        "id": one["id"], "createdDateTime": one["at"], "userDisplayName": "Kim Demo", "userPrincipalName": one["user"], "userId": one["user_id"],
        "appId": one["app_id"], "appDisplayName": one["app"], "ipAddress": one["ip"], "clientAppUsed": one["client"], "correlationId": one["correlation"],
        "conditionalAccessStatus": one["ca"], "isInteractive": one["interactive"], "resourceDisplayName": one["resource"], "resourceId": one["resource_id"],
        "status": {"errorCode": one["code"], "failureReason": "Other.", "additionalDetails": None},
        "deviceDetail": {"deviceId": "", "operatingSystem": one["os"], "browser": "Edge 120"},
        "location": {"city": "Hannover", "state": "Niedersachsen", "countryOrRegion": one["country"], "geoCoordinates": {"latitude": 52.3}},
        "appliedConditionalAccessPolicies": one["policies"],
    }  # fmt: skip


def diagnostic(one):
    inner = {**graph(one), "tokenIssuerType": "AzureAD", "createdDateTime": one["at"].replace("Z", ".1234567+00:00")}
    return {
        "time": one["at"], "resourceId": "/tenants/x/providers/Microsoft.aadiam", "operationName": "Sign-in activity", "category": one["category"],
        "resultType": str(one["code"]), "resultSignature": "None", "callerIpAddress": one["ip"], "correlationId": one["correlation"],
        "identity": "Kim Demo", "Level": 4, "location": one["country"], "properties": inner,
    }  # fmt: skip


def log_analytics(one, dynamic_as_text=True):
    wrap = json.dumps if dynamic_as_text else lambda value: value
    return {
        "TenantId": guid(9), "SourceSystem": "Azure AD", "TimeGenerated": one["at"], "ResourceId": "/tenants/x/providers/Microsoft.aadiam",
        "OperationName": "Sign-in activity", "Category": one["category"], "ResultType": str(one["code"]), "ResultDescription": "Other",
        "CorrelationId": one["correlation"], "Resource": "Microsoft.aadiam", "Id": one["id"], "CreatedDateTime": one["at"],
        "UserPrincipalName": one["user"].upper(), "UserId": one["user_id"], "AppDisplayName": one["app"], "AppId": one["app_id"],
        "ResourceDisplayName": one["resource"], "ResourceIdentity": one["resource_id"], "IPAddress": one["ip"], "ClientAppUsed": one["client"],
        "ConditionalAccessStatus": one["ca"], "ConditionalAccessPolicies": wrap(one["policies"]), "Location": one["country"],
        "DeviceDetail": wrap({"operatingSystem": one["os"], "browser": "Edge"}), "LocationDetails": wrap({"countryOrRegion": one["country"]}),
        "Status": wrap({"errorCode": one["code"], "failureReason": "Other."}), "IsInteractive": one["interactive"], "Type": "SigninLogs",
    }  # fmt: skip


def portal_row(one):
    status = "Success" if one["code"] == 0 else "Failure"
    return {
        "Date (UTC)": one["at"], "Request ID": one["id"], "Correlation ID": one["correlation"], "User ID": one["user_id"], "User": "Kim Demo",
        "Username": one["user"], "Incoming token type": "none", "Application": one["app"], "Application ID ": one["app_id"], "Resource": one["resource"],
        "Resource ID ": one["resource_id"], "IP address": one["ip"], "Location": f"Hannover, Niedersachsen, {one['country']}", "Status": status,
        "Sign-in error code": one["code"] or "", "Failure reason": "Other.", "Client app": one["client"], "Operating System": one["os"],
        "Autonomous system  number": 64500, "Token issuer type": "Azure AD", "Conditional Access": "Not Applied" if one["ca"] == "notApplied" else one["ca"],
        "Service principal ID": guid(77), "Service principal name": "Nightly job", "Credential key ID": guid(78),
    }  # fmt: skip


def portal_csv(ones, header=INTERACTIVE, separator=","):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator)
    writer.writerow(header)
    for one in ones:
        row = portal_row(one)
        writer.writerow([row.get(name, "") for name in header])
    return text.getvalue()


def legacy_csv(ones):
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(LEGACY)
    for one in ones:
        status = "Success" if one["code"] == 0 else "Failure"
        writer.writerow(
            [
                one["at"],
                one["user"],
                "Kim Demo",
                one["app"],
                one["ip"],
                "Hannover",
                one["country"],
                "",
                "Edge",
                one["os"],
                status,
            ]
        )
    return text.getvalue()


def log_analytics_csv(ones, separator=","):
    text = io.StringIO()
    rows = [log_analytics(one) for one in ones]
    writer = csv.DictWriter(text, list(rows[0]), delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def tables(ones):
    rows = [log_analytics(one) for one in ones]
    columns = [{"name": name, "type": "string"} for name in rows[0]]
    return json.dumps(
        {"tables": [{"name": "PrimaryResult", "columns": columns, "rows": [list(row.values()) for row in rows]}]}
    )


SHAPES = {
    "portal-csv": portal_csv,
    "portal-json": lambda ones: json.dumps([graph(one) for one in ones], indent=2),
    "graph-json": lambda ones: json.dumps(
        {"@odata.context": "https://graph.example/$metadata#auditLogs/signIns", "value": [graph(one) for one in ones]}
    ),
    "log-analytics-json": lambda ones: json.dumps([log_analytics(one) for one in ones]),
    "log-analytics-json dynamic": lambda ones: json.dumps([log_analytics(one, dynamic_as_text=False) for one in ones]),
    "log-analytics-json tables": tables,
    "log-analytics-csv": log_analytics_csv,
    "log-analytics-csv tabs": lambda ones: log_analytics_csv(ones, "\t"),
    "diagnostic-jsonl": lambda ones: "".join(json.dumps(diagnostic(one)) + "\n" for one in ones),
    "diagnostic-jsonl array": lambda ones: json.dumps([diagnostic(one) for one in ones]),
    "diagnostic-jsonl records": lambda ones: json.dumps({"records": [diagnostic(one) for one in ones]}, indent=1),
    "graph-json lines": lambda ones: "\n".join(json.dumps(graph(one)) for one in ones),
    "graph-json spread": lambda ones: "\n".join(json.dumps(graph(one), indent=2) for one in ones),
    "diagnostic-jsonl spread": lambda ones: "\n".join(json.dumps(diagnostic(one), indent=2) for one in ones),
}


def written(folder, content, name="export"):
    """A file with this content, and how the reader is handed it."""
    path = Path(folder) / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return signins.SigninFile(path=path, name=name, format=signins.detect(path.read_bytes()[:65536]) or "")


def read(folder, content, code=120021, **more):
    """The value of the history, and the report, of one export."""
    fact, (report,) = signins.history([written(folder, content)], code, **more)
    return fact.value, report


@pytest.fixture
def exports():
    """This module: what makes and reads exports."""
    return sys.modules[__name__]
