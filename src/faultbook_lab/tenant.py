"""What Microsoft's side of the lab knows: settings, applications, policies, logs, Power BI, and how it answers those who ask.

Objects are kept in Graph's and Power BI's own shapes, so that an answer is the object. Everything is changed under ``lock``: life writes
while somebody reads.
"""

import datetime as dt
from dataclasses import dataclass, field
from threading import RLock

from faultbook_lab.people import guid
from faultbook_lab.records import Row


@dataclass
class Client:
    """An application that may ask: its secrets with their last day, and what it was granted."""

    id: str
    name: str
    secrets: dict[str, dt.datetime]
    roles: set[str]
    """Application permissions: what a token for the application itself holds."""
    scopes: set[str]
    """Delegated permissions: what a token for a person holds who signs in by device code."""


@dataclass
class Conditions:
    """How the interfaces behave, whatever they are asked."""

    throttled: bool = False
    """Graph answers 429 to most requests: by turns with Retry-After in seconds, as a date, and without."""
    log_delay: dt.timedelta = dt.timedelta(minutes=2)
    """How long a sign-in or audit takes to appear."""
    skew: dt.timedelta = dt.timedelta(0)
    """How far the cloud's clock is ahead of ours, as its Date header shows."""
    retention: dt.timedelta = dt.timedelta(days=30)
    licences: set[str] = field(default_factory=lambda: {"AAD_PREMIUM"})
    """Without AAD_PREMIUM sign-ins are refused as Graph refuses them, and audits older than seven days are gone."""
    page: int = 1000
    """The most rows that one page holds."""
    retry_after: int = 1
    """How many seconds a 429 asks to wait, where it says so."""
    powerbi_throttled: bool = False
    """Power BI answers 429 to everything, with Retry-After in seconds."""


@dataclass
class Refreshable:
    """A dataset: where it reads from, when it is refreshed, and what became of it."""

    id: str
    name: str
    workspace: str
    schedule: Row
    refreshes: list[Row]
    """Newest first, as Power BI lists them; at most sixty are kept."""
    datasources: list[Row]
    given_up: dt.datetime | None = None
    """When the service switched the schedule off."""


@dataclass
class Gateway:
    """A gateway cluster: whether it is on the network, and the credentials that its data sources hold."""

    id: str
    name: str
    online: bool = True
    datasources: list[Row] = field(default_factory=list)
    credentials: set[str] = field(default_factory=set)
    """Ids of the data sources that have one."""


def _settings() -> dict[str, Row]:
    role: Row = {
        "allowedToCreateApps": True, "allowedToCreateSecurityGroups": True, "allowedToCreateTenants": True, "allowedToReadOtherUsers": True,
        "permissionGrantPoliciesAssigned": ["ManagePermissionGrantsForSelf.microsoft-user-default-low"],
    }  # fmt: skip
    return {
        "authorizationPolicy": {
            "id": "authorizationPolicy", "displayName": "Authorization Policy", "description": "", "allowInvitesFrom": "everyone",
            "allowedToUseSSPR": True, "allowedToSignUpEmailBasedSubscriptions": True, "allowEmailVerifiedUsersToJoinOrganization": False,
            "blockMsolPowerShell": False, "defaultUserRolePermissions": role,
        },
        "authenticationMethodsPolicy": {
            "id": "authenticationMethodsPolicy", "displayName": "Authentication Methods Policy", "description": "",
            "policyVersion": "1.5", "policyMigrationState": "migrationComplete", "reconfirmationInDays": 180,
        },
        "identitySecurityDefaultsEnforcementPolicy": {
            "id": guid("policy", "security defaults"), "displayName": "Security Defaults", "description": "", "isEnabled": False,
        },
    }  # fmt: skip


@dataclass
class Tenant:
    """All of it."""

    id: str
    name: str
    clients: dict[str, Client]
    organization: Row
    synchronization: Row
    users: list[Row]
    domains: list[Row]
    federation: dict[str, list[Row]]
    """The federation configuration on file, by domain."""
    realms: dict[str, Row]
    """The answer of realm discovery, by domain."""
    policies: list[Row] = field(default_factory=list)
    applications: list[Row] = field(default_factory=list)
    principals: list[Row] = field(default_factory=list)
    permission_grants: list[Row] = field(default_factory=list)
    """Delegated grants (oauth2PermissionGrant); ``clientId`` is the principal's id."""
    registrations: list[Row] = field(default_factory=list)
    issues: list[Row] = field(default_factory=list)
    agents: list[Row] = field(default_factory=list)
    signins: list[Row] = field(default_factory=list)
    """Oldest first, interactive or not: ``signInEventTypes`` says which."""
    audits: list[Row] = field(default_factory=list)
    datasets: dict[str, Refreshable] = field(default_factory=dict)
    gateways: dict[str, Gateway] = field(default_factory=dict)
    capacities: list[Row] = field(default_factory=list)
    workspaces: dict[str, str] = field(default_factory=dict)
    """Names of Power BI's workspaces by id; one that only datasets name is listed without being called anything better."""
    administrator: str = "admin@contoso.example"
    """Who approves a device code, and for whom the token then acts."""
    locations: list[Row] = field(default_factory=list)
    """Named locations of Conditional Access."""
    messages: list[Row] = field(default_factory=list)
    """The message centre."""
    assignments: list[Row] = field(default_factory=list)
    """Who is assigned to an application (appRoleAssignment); ``principalId`` is what was granted the role, ``resourceId`` the application's principal."""
    provisioning: list[Row] = field(default_factory=list)
    settings: dict[str, Row] = field(default_factory=_settings)
    """Policies of which there is one each, by their name in Graph's path."""
    conditions: Conditions = field(default_factory=Conditions)
    lock: RLock = field(default_factory=RLock, repr=False, compare=False)
