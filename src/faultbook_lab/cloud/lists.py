"""The lists of Graph that the lab serves: whose rows, by which grant, filtered by what. Each answers below its path by id, too.

Paths and shapes: Microsoft's published metadata of Graph v1.0 and beta; what each may be filtered by: Microsoft's API reference of each list.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from faultbook_lab import people
from faultbook_lab.cloud import grants
from faultbook_lab.cloud.filtering import Fields
from faultbook_lab.cloud.grants import Grant
from faultbook_lab.cloud.listing import ANNOUNCEMENTS, DIRECTORY, POLICIES, REPORTS, Style
from faultbook_lab.records import Row
from faultbook_lab.tenant import Tenant

NONE: Final = Fields()


@dataclass(frozen=True)
class List:
    """One list. ``log`` names the time of a log's rows, which come late and are dropped."""

    path: str
    rows: Callable[[Tenant], list[Row]]
    grant: Grant
    style: Style
    fields: Fields = NONE
    log: str = ""
    licensed: bool = False
    """Whether only tenants with P1 have it at all."""
    listed: bool = True
    """Whether the whole list may be asked for, or only single objects."""
    by_app: bool = False
    """Whether one object may be named by its ``appId``, too."""
    by_name: tuple[str, ...] = ()
    """Properties besides the id by which one object may be named in the path."""


def _texts(*names: str, starts: str = "") -> Fields:
    return Fields(equal=frozenset(names), starts=frozenset(starts.split()))


_APPS: Final = _texts("id", "appId", "displayName", starts="displayName")
_SIGNINS: Final = Fields(
    times=frozenset({"createdDateTime"}),
    equal=frozenset(
        {
            "id", "userPrincipalName", "userId", "userDisplayName", "appId", "appDisplayName", "ipAddress", "clientAppUsed", "conditionalAccessStatus",
            "correlationId", "status/errorCode", "resourceId", "resourceDisplayName", "deviceDetail/browser", "deviceDetail/operatingSystem", "location/city",
            "location/state", "location/countryOrRegion", "riskState", "riskDetail", "riskLevelAggregated", "riskLevelDuringSignIn",
        }
    ),
    starts=frozenset({"userPrincipalName", "userDisplayName", "appDisplayName", "ipAddress", "resourceDisplayName"}),
)  # fmt: skip
BETA_SIGNINS: Final = Fields(
    _SIGNINS.times,
    _SIGNINS.equal | {"tokenIssuerName", "originalRequestId"},
    _SIGNINS.starts,
    frozenset({"signInEventTypes"}),
)
_AUDITS: Final = Fields(
    times=frozenset({"activityDateTime"}),
    equal=frozenset(
        {
            "activityDisplayName", "loggedByService", "category", "correlationId", "result", "id", "initiatedBy/user/id", "initiatedBy/user/displayName",
            "initiatedBy/user/userPrincipalName", "initiatedBy/app/appId", "initiatedBy/app/displayName",
        }
    ),
    starts=frozenset({"activityDisplayName", "initiatedBy/user/userPrincipalName"}),
    lists=frozenset({"targetResources"}),
)  # fmt: skip
_ISSUES: Final = Fields(
    times=frozenset({"startDateTime", "endDateTime", "lastModifiedDateTime"}),
    equal=frozenset({"id", "service", "status", "classification", "feature", "featureGroup", "isResolved", "title"}),
)
_REGISTRATIONS: Final = Fields(
    equal=frozenset(
        {
            "userPrincipalName", "userDisplayName", "isAdmin", "isMfaCapable", "isMfaRegistered", "isSsprCapable", "isSsprEnabled", "isSsprRegistered",
            "isPasswordlessCapable",
        }
    ),
    starts=frozenset({"userPrincipalName", "userDisplayName"}),
    lists=frozenset({"methodsRegistered"}),
)  # fmt: skip


def health(tenant: Tenant) -> list[Row]:
    """Each service that has issues, with the status of its first open one, as the overview shows it."""
    services: dict[str, list[Row]] = {}
    for issue in tenant.issues:
        services.setdefault(str(issue["service"]), []).append(issue)
    return [
        {
            "id": name.replace(" ", ""),
            "service": name,
            "status": next((issue["status"] for issue in issues if not issue["isResolved"]), "serviceOperational"),
            "issues": issues,
        }
        for name, issues in sorted(services.items())
    ]


def licences(tenant: Tenant) -> list[Row]:
    """The licences as subscriptions, one service plan in each."""
    return [
        {
            "id": f"{tenant.id}_{people.guid('sku', name)}", "skuId": people.guid("sku", name), "skuPartNumber": name, "appliesTo": "User",
            "capabilityStatus": "Enabled", "consumedUnits": len(tenant.users), "subscriptionIds": [],
            "prepaidUnits": {"enabled": max(len(tenant.users), 25), "suspended": 0, "warning": 0, "lockedOut": 0},
            "servicePlans": [
                {
                    "servicePlanId": people.guid("plan", name), "servicePlanName": name, "provisioningStatus": "Success", "appliesTo": "User",
                }
            ],
        }
        for name in sorted(tenant.conditions.licences)
    ]  # fmt: skip


LISTS: Final = (
    List("/admin/serviceAnnouncement/issues", lambda held: held.issues, grants.HEALTH, ANNOUNCEMENTS, _ISSUES),
    List(
        "/admin/serviceAnnouncement/messages", lambda held: held.messages, grants.MESSAGES, ANNOUNCEMENTS,
        Fields(times=frozenset({"startDateTime", "endDateTime", "lastModifiedDateTime"}), equal=frozenset({"id", "category", "severity"})),
    ),
    List("/auditLogs/signIns", lambda held: held.signins, grants.SIGNINS, REPORTS, _SIGNINS, log="createdDateTime", licensed=True),
    List("/auditLogs/directoryAudits", lambda held: held.audits, grants.AUDITS, REPORTS, _AUDITS, log="activityDateTime"),
    List(
        "/auditLogs/provisioning", lambda held: held.provisioning, grants.PROVISIONING, REPORTS,
        Fields(times=frozenset({"activityDateTime"}), equal=frozenset({"id", "jobId"})), log="activityDateTime", licensed=True,
    ),
    List("/identity/conditionalAccess/policies", lambda held: held.policies, grants.CONDITIONAL_ACCESS, POLICIES, _texts("displayName", "state")),
    List("/identity/conditionalAccess/namedLocations", lambda held: held.locations, grants.CONDITIONAL_ACCESS, POLICIES, _texts("displayName")),
    List("/domains", lambda held: held.domains, grants.DOMAINS, DIRECTORY),
    List("/organization", lambda held: [held.organization], grants.ORGANIZATION, DIRECTORY),
    List("/directory/onPremisesSynchronization", lambda held: [held.synchronization], grants.SYNCHRONIZATION, DIRECTORY),
    List("/applications", lambda held: held.applications, grants.APPLICATIONS, DIRECTORY, _APPS, by_app=True),
    List("/servicePrincipals", lambda held: held.principals, grants.APPLICATIONS, DIRECTORY, _APPS, by_app=True),
    List(
        "/reports/authenticationMethods/userRegistrationDetails", lambda held: held.registrations, grants.REGISTRATIONS, REPORTS, _REGISTRATIONS,
        licensed=True,
    ),
    List("/subscribedSkus", licences, grants.LICENCES, DIRECTORY),
    List("/users", lambda held: held.users, grants.USERS, DIRECTORY, listed=False, by_name=("userPrincipalName",)),
)  # fmt: skip
