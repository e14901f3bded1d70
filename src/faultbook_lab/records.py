"""Rows as Graph publishes them: sign-ins, directory audits, policies, service health issues."""

import datetime as dt
import json
from collections.abc import Sequence

from faultbook_lab import people

Row = dict[str, object]

REASONS = {
    0: "Other.",
    50126: "Error validating credentials due to invalid username or password.",
    50055: "The password is expired.",
}


def stamp(at: dt.datetime) -> str:
    """A time as Graph prints it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def signin(
    person: people.Person,
    at: dt.datetime,
    code: int,
    *,
    app: tuple[str, str] = people.POWER_BI,
    policies: Sequence[Row] | None = (),
    key: object = "",
) -> Row:
    """One sign-in. ``policies`` None hides them, as Graph does from a caller who may not read policies."""
    failed = [policy for policy in policies or () if policy["result"] == "failure"]
    row: Row = {
        "id": people.guid("request", person.upn, at, code, key),
        "createdDateTime": stamp(at),
        "userDisplayName": f"{person.name.title()} Demo",
        "userPrincipalName": person.upn,
        "userId": person.id,
        "appId": app[1],
        "appDisplayName": app[0],
        "ipAddress": f"198.51.100.{sum(map(ord, person.upn)) % 200 + 10}",
        "clientAppUsed": "Browser",
        "correlationId": people.guid("correlation", person.upn, at, key),
        "conditionalAccessStatus": "failure" if failed else "success" if policies else "notApplied",
        "isInteractive": True,
        "resourceDisplayName": app[0],
        "resourceId": app[1],
        "status": {"errorCode": code, "failureReason": REASONS.get(code, "Other."), "additionalDetails": None},
        "deviceDetail": {
            "deviceId": "",
            "displayName": "",
            "operatingSystem": "Windows 11",
            "browser": "Edge 130.0.0",
            "isCompliant": False,
            "isManaged": False,
            "trustType": "",
        },
        "location": {"city": "Utrecht", "state": "Utrecht", "countryOrRegion": "NL"},
        "appliedConditionalAccessPolicies": list(policies or ()),
    }
    return row


def audit(
    at: dt.datetime,
    activity: str,
    service: str,
    category: str,
    *,
    target: str = "",
    target_id: str = "",
    old: object = None,
    new: object = None,
    result: str = "success",
    reason: str = "",
    person: str = "",
    details: Sequence[tuple[str, str]] = (),
    by: people.Person | None = None,
) -> Row:
    """One directory audit event, of an administrator unless somebody did it ``by`` themselves."""
    about = target or person
    changed = [
        {
            "displayName": "ConditionalAccessPolicy" if service == "Conditional Access" else activity,
            "oldValue": json.dumps(old) if old is not None else None,
            "newValue": json.dumps(new) if new is not None else None,
        }
    ]
    return {
        "id": f"Directory_{people.guid('audit', activity, at, about)}",
        "category": category,
        "correlationId": people.guid("audit-correlation", activity, at, about),
        "result": result,
        "resultReason": reason,
        "activityDisplayName": activity,
        "activityDateTime": stamp(at),
        "loggedByService": service,
        "operationType": "Update",
        "initiatedBy": {
            "app": None,
            "user": {
                "id": by.id if by else people.guid("user", "admin"),
                "displayName": None,
                "userPrincipalName": by.upn if by else "admin@contoso.example",
                "ipAddress": "198.51.100.7",
            },
        },
        "targetResources": [
            {
                "id": target_id or people.guid("target", target),
                "displayName": target,
                "type": "User" if person else "Policy" if service == "Conditional Access" else "Other",
                "userPrincipalName": person or None,
                "modifiedProperties": changed if old is not None or new is not None else [],
            }
        ],
        "additionalDetails": [{"key": key, "value": value} for key, value in details],
    }


def policy(
    name: str,
    *,
    apps: Sequence[str] = ("All",),
    state: str = "enabled",
    controls: Sequence[str] = ("block",),
    modified: dt.datetime | None = None,
) -> Row:
    """One Conditional Access policy."""
    return {
        "id": people.guid("policy", name),
        "displayName": name,
        "state": state,
        "createdDateTime": "2025-06-01T09:00:00Z",
        "modifiedDateTime": stamp(modified) if modified else None,
        "conditions": {
            "clientAppTypes": ["all"],
            "applications": {"includeApplications": list(apps), "excludeApplications": [], "includeUserActions": []},
            "users": {
                "includeUsers": ["All"],
                "excludeUsers": [],
                "includeGroups": [],
                "excludeGroups": [],
                "includeRoles": [],
                "excludeRoles": [],
            },
            "locations": None,
            "platforms": None,
            "userRiskLevels": [],
            "signInRiskLevels": [],
        },
        "grantControls": {
            "operator": "OR",
            "builtInControls": list(controls),
            "customAuthenticationFactors": [],
            "termsOfUse": [],
        },
        "sessionControls": None,
    }


def applied(name: str, result: str, controls: Sequence[str] = ("Block",)) -> Row:
    """How a sign-in shows a policy: what came of it, and what it made people do."""
    return {
        "id": people.guid("policy", name),
        "displayName": name,
        "enforcedGrantControls": list(controls),
        "enforcedSessionControls": [],
        "result": result,
    }


def issue(
    id: str,
    service: str,
    title: str,
    start: dt.datetime,
    end: dt.datetime | None,
    *,
    feature: str = "",
    status: str = "serviceDegradation",
    classification: str = "incident",
) -> Row:
    """One service health issue."""
    return {
        "id": id,
        "title": title,
        "service": service,
        "feature": feature or service,
        "featureGroup": service,
        "classification": classification,
        "origin": "microsoft",
        "status": "serviceRestored" if end else status,
        "isResolved": end is not None,
        "impactDescription": title,
        "startDateTime": stamp(start),
        "endDateTime": stamp(end) if end else None,
        "lastModifiedDateTime": stamp(end or start + dt.timedelta(hours=1)),
        "highImpact": None,
        "details": [],
        "posts": [
            {
                "createdDateTime": stamp(start + dt.timedelta(minutes=20)),
                "postType": "regular",
                "description": {"contentType": "html", "content": "<p>We are looking into it.</p>"},
            }
        ],
    }
