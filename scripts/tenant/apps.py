"""What a tenant shows of its applications: registrations, enterprise applications, grants, their audits, and how their jobs sign in."""

import base64
import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence

from faultbook_lab import people, records
from faultbook_lab.records import Row, stamp
from tenant import cloud

GRAPH = ("Microsoft Graph", "00000003-0000-0000-c000-000000000000")
DAY = dt.timedelta(days=1)
EN_DASH = "\u2013"


def app_id(name: str) -> str:
    """The application (client) id of one of Contoso's own applications."""
    return people.guid("app", name)


def principal_id(name: str) -> str:
    """The object id of its enterprise application."""
    return people.guid("principal", name)


def secret(name: str, start: dt.datetime, end: dt.datetime) -> Row:
    """One client secret of a registration."""
    return {
        "customKeyIdentifier": None,
        "displayName": name,
        "endDateTime": stamp(end),
        "hint": people.guid("hint", name)[:3],
        "keyId": people.guid("secret", name, start),
        "secretText": None,
        "startDateTime": stamp(start),
    }


def key(thumbprint: str, start: dt.datetime, end: dt.datetime, *, name: str = "CN=refresh.contoso.example") -> Row:
    """One certificate of a registration; Graph prints its thumbprint as the base64 of its bytes."""
    return {
        "customKeyIdentifier": base64.b64encode(bytes.fromhex(thumbprint)).decode(),
        "displayName": name,
        "endDateTime": stamp(end),
        "key": None,
        "keyId": people.guid("certificate", thumbprint),
        "startDateTime": stamp(start),
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
    }


def registration(
    name: str,
    *,
    secrets: Sequence[Row] = (),
    keys: Sequence[Row] = (),
    web: Sequence[str] = (),
    spa: Sequence[str] = (),
    asks: Sequence[str] = (GRAPH[1],),
    audience: str = "AzureADMyOrg",
) -> Row:
    """One object of ``/applications``."""
    return {
        "id": people.guid("registration", name),
        "deletedDateTime": None,
        "appId": app_id(name),
        "applicationTemplateId": None,
        "createdDateTime": "2024-05-14T09:21:07Z",
        "displayName": name,
        "identifierUris": [],
        "isFallbackPublicClient": None,
        "publisherDomain": "contoso.example",
        "signInAudience": audience,
        "tags": [],
        "keyCredentials": list(keys),
        "passwordCredentials": list(secrets),
        "requiredResourceAccess": [
            {"resourceAppId": asked, "resourceAccess": [{"id": people.guid("scope", asked), "type": "Scope"}]}
            for asked in asks
        ],
        "web": {
            "homePageUrl": None,
            "logoutUrl": None,
            "redirectUris": list(web),
            "implicitGrantSettings": {"enableAccessTokenIssuance": False, "enableIdTokenIssuance": False},
        },
        "spa": {"redirectUris": list(spa)},
        "publicClient": {"redirectUris": []},
    }


def principal(name: str, *, id: str = "", assigned: bool = False) -> Row:
    """One object of ``/servicePrincipals``."""
    return {
        "id": principal_id(name),
        "accountEnabled": True,
        "appDisplayName": name,
        "appId": id or app_id(name),
        "appOwnerOrganizationId": "f8cdef31-a31e-4b4a-93e4-5f571e91255a" if id else people.TENANT,
        "appRoleAssignmentRequired": assigned,
        "displayName": name,
        "keyCredentials": [],
        "passwordCredentials": [],
        "servicePrincipalNames": [id or app_id(name)],
        "servicePrincipalType": "Application",
        "signInAudience": "AzureADMultipleOrgs" if id else "AzureADMyOrg",
        "tags": [] if id else ["WindowsAzureActiveDirectoryIntegratedApp"],
    }


MICROSOFT = (
    principal("Microsoft Graph", id=GRAPH[1]),
    principal("Power BI Service", id=people.POWER_BI[1]),
    principal("Azure Portal", id=people.PORTAL[1]),
    principal("Office 365 Exchange Online", id=people.OUTLOOK[1]),
)
"""Enterprise applications that every tenant has."""


def grant(name: str, scope: str, *, to: str = "Microsoft Graph", person: people.Person | None = None) -> Row:
    """One delegated permission grant: of everybody, or of one person."""
    return {
        "clientId": principal_id(name),
        "consentType": "Principal" if person else "AllPrincipals",
        "id": people.guid("grant", name, scope, person),
        "principalId": person.id if person else None,
        "resourceId": principal_id(to),
        "scope": scope,
    }


def registrations(values: Iterable[Row]) -> str:
    """The answer of ``/applications``."""
    return cloud.collection(list(values), "applications")


def principals(values: Iterable[Row]) -> str:
    """The answer of ``/servicePrincipals``."""
    return cloud.collection(list(values), "servicePrincipals")


def grants(values: Iterable[Row]) -> str:
    """The answer of ``/oauth2PermissionGrants``."""
    return cloud.collection(list(values), "oauth2PermissionGrants")


def azure_cli(values: Iterable[Row]) -> str:
    """What ``az ad app list`` and ``az ad sp list`` print: a bare array."""
    return json.dumps(list(values), indent=2) + "\n"


def powershell(values: Iterable[Row]) -> str:
    """The same through ``ConvertTo-Json``: every name of a property begins with a capital."""
    return json.dumps([_pascal(value) for value in values], indent=2) + "\r\n"


def _pascal(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(name)[:1].upper() + str(name)[1:]: _pascal(inner) for name, inner in value.items()}
    return [_pascal(inner) for inner in value] if isinstance(value, list) else value


def authorization(*policies: str, sspr: bool = True) -> str:
    """The answer of ``/policies/authorizationPolicy``: what users may do by themselves."""
    return json.dumps(
        {
            "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#policies/authorizationPolicy/$entity",
            "id": "authorizationPolicy",
            "allowInvitesFrom": "everyone",
            "allowedToSignUpEmailBasedSubscriptions": True,
            "allowedToUseSSPR": sspr,
            "allowEmailVerifiedUsersToJoinOrganization": False,
            "allowUserConsentForRiskyApps": None,
            "blockMsolPowerShell": False,
            "displayName": "Authorization Policy",
            "description": "Used to manage authorization related settings across the company.",
            "guestUserRoleId": "10dae51f-b6af-4016-8d66-8c2a99b929b3",
            "defaultUserRolePermissions": {
                "allowedToCreateApps": True,
                "allowedToCreateSecurityGroups": True,
                "allowedToReadOtherUsers": True,
                "permissionGrantPoliciesAssigned": [f"ManagePermissionGrantsForSelf.{name}" for name in policies],
            },
        },
        indent=2,
    )


def signin(
    name: str,
    at: dt.datetime,
    code: int = 0,
    reason: str = "",
    *,
    to: tuple[str, str] = GRAPH,
    ip: str = "192.0.2.40",
    proof: str = "clientSecret",
) -> Row:
    """One sign-in of an enterprise application, as ``/beta/auditLogs/signIns`` and a diagnostic setting show it."""
    return {
        "id": people.guid("request", name, at, code),
        "createdDateTime": stamp(at),
        "userDisplayName": "",
        "userPrincipalName": "",
        "userId": "",
        "appId": app_id(name),
        "appDisplayName": "",
        "ipAddress": ip,
        "clientAppUsed": "",
        "correlationId": people.guid("correlation", name, at),
        "conditionalAccessStatus": "notApplied",
        "isInteractive": False,
        "signInEventTypes": ["servicePrincipal"],
        "servicePrincipalId": principal_id(name),
        "servicePrincipalName": name,
        "servicePrincipalCredentialKeyId": "" if code else people.guid("credential", name),
        "clientCredentialType": proof,
        "resourceDisplayName": to[0],
        "resourceId": to[1],
        "status": {"errorCode": code, "failureReason": reason if code else None, "additionalDetails": None},
        "location": {"city": "Utrecht", "state": "Utrecht", "countryOrRegion": "NL"},
        "appliedConditionalAccessPolicies": [],
    }


def jobs(start: dt.datetime, hours: int, names: Iterable[str], *, minute: int = 5) -> list[Row]:
    """Jobs that sign in every hour, each a few minutes after the one before."""
    return [
        signin(name, start + dt.timedelta(hours=hour, minutes=minute + 4 * place))
        for place, name in enumerate(names)
        for hour in range(hours)
    ]


def analytics(rows: Iterable[Row]) -> str:
    """Rows of the table AADServicePrincipalSignInLogs as the query page exports them."""
    told = []
    for row in sorted(rows, key=lambda row: str(row["createdDateTime"]), reverse=True):
        status = row["status"]
        assert isinstance(status, dict)
        told.append(
            {
                "TenantId": people.guid("workspace"), "SourceSystem": "Azure AD", "TimeGenerated": row["createdDateTime"], "OperationName": "Sign-in activity",
                "OperationVersion": "1.0", "Category": "ServicePrincipalSignInLogs", "ResultType": str(status["errorCode"]), "ResultSignature": "None",
                "ResultDescription": status["failureReason"] or "", "CorrelationId": row["correlationId"], "Level": "4", "Location": "NL", "AppId": row["appId"],
                "ConditionalAccessPolicies": "[]", "ConditionalAccessStatus": row["conditionalAccessStatus"], "CreatedDateTime": row["createdDateTime"], "Id": row["id"],
                "IPAddress": row["ipAddress"], "LocationDetails": json.dumps(row["location"]), "ResourceDisplayName": row["resourceDisplayName"],
                "ResourceIdentity": row["resourceId"], "ServicePrincipalCredentialKeyId": row["servicePrincipalCredentialKeyId"],
                "ServicePrincipalId": row["servicePrincipalId"], "ServicePrincipalName": row["servicePrincipalName"], "Type": "AADServicePrincipalSignInLogs",
            }
        )  # fmt: skip
    return json.dumps(told, indent=1)


def diagnostic(rows: Iterable[Row]) -> str:
    """Lines of a diagnostic setting, people and applications in one stream."""
    lines = []
    for row in sorted(rows, key=lambda row: str(row["createdDateTime"]), reverse=True):
        status = row["status"]
        assert isinstance(status, dict)
        category = (
            "ServicePrincipalSignInLogs"
            if row.get("servicePrincipalId")
            else "SignInLogs"
            if row["isInteractive"]
            else "NonInteractiveUserSignInLogs"
        )
        lines.append(
            json.dumps(
                {
                    "time": row["createdDateTime"],
                    "resourceId": f"/tenants/{people.TENANT}/providers/Microsoft.aadiam",
                    "operationName": "Sign-in activity",
                    "operationVersion": "1.0",
                    "category": category,
                    "tenantId": people.TENANT,
                    "resultType": str(status["errorCode"]),
                    "resultSignature": "None",
                    "resultDescription": status["failureReason"] or "",
                    "durationMs": 0,
                    "correlationId": row["correlationId"],
                    "level": "4" if not status["errorCode"] else "3",
                    "properties": row,
                }
            )
        )
    return "\n".join(lines) + "\n"


def credentials_changed(name: str, at: dt.datetime, old: Sequence[Row], new: Sequence[Row]) -> Row:
    """The audit of a secret or certificate that was made or taken away; the dash and the blank at the end are Entra's."""
    return change(
        name,
        at,
        f"Update application {EN_DASH} Certificates and secrets management ",
        {
            "KeyDescription": (_described(old), _described(new)),
            "Included Updated Properties": (None, '"KeyDescription"'),
        },
    )


def _described(credentials: Sequence[Row]) -> str:
    return json.dumps(
        [
            f"[KeyIdentifier={item['keyId']},KeyType={'AsymmetricX509Cert' if item.get('usage') else 'Password'},KeyUsage=Verify,DisplayName={item['displayName']}]"
            for item in credentials
        ]
    )


def change(
    name: str,
    at: dt.datetime,
    activity: str,
    changed: Mapping[str, tuple[str | None, str | None]],
    *,
    on: str = "Application",
    result: str = "success",
    reason: str = "",
    by: people.Person | None = None,
) -> Row:
    """One directory audit of an application or its enterprise application."""
    row = records.audit(
        at, activity, "Core Directory", "ApplicationManagement", target=name,
        target_id=principal_id(name) if on == "ServicePrincipal" else people.guid("registration", name), result=result, reason=reason, by=by,
        details=(("User-Agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"), ("AppId", app_id(name))),
    )  # fmt: skip
    properties = [{"displayName": prop, "oldValue": old, "newValue": new} for prop, (old, new) in changed.items()]
    (target,) = row["targetResources"]  # type: ignore[misc]
    del target["modifiedProperties"]  # stand last
    return {**row, "targetResources": [{**target, "type": on, "groupType": None, "modifiedProperties": properties}]}
