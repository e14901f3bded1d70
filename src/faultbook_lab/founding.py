"""The organisation as it is founded: settings, applications, policies, datasets and who may ask."""

import datetime as dt
import secrets

from faultbook_lab import people
from faultbook_lab.people import guid
from faultbook_lab.records import Row, policy, stamp
from faultbook_lab.tenant import Client, Gateway, Refreshable, Tenant

READER = guid("client", "reader")
"""The application that Faultbook asks as."""
ROBOT = guid("client", "robot")
"""The application that starts refreshes, with a secret that can run out."""
REPORTS = ("Contoso Reports", guid("client", "reports"))
"""Asks for people's consent to read Power BI for them."""
LEDGER = ("Contoso Ledger", guid("client", "ledger"))
"""Lets in only who is assigned to it."""
WORKSPACE = guid("workspace", "sales")
GATEWAY = guid("gateway", "main")
SOURCE = guid("datasource", "sales-sql")
DATASETS = {name: guid("dataset", name) for name in ("sales", "stock", "people")}

GRANTS = frozenset(
    {
        "AuditLog.Read.All", "Application.Read.All", "Directory.Read.All", "Domain.Read.All", "Domain-InternalFederation.Read.All",
        "Organization.Read.All", "Policy.Read.All", "ServiceHealth.Read.All", "User.Read.All",
        "Dataset.Read.All", "Dataset.ReadWrite.All", "Capacity.Read.All", "Workspace.Read.All",
    }
)  # fmt: skip
"""What the reader was granted: all that an application can be granted of what Faultbook reads."""
SCOPES = GRANTS | {"OnPremDirectorySynchronization.Read.All", "Policy.Read.HybridAuthentication"}


def tenant(now: dt.datetime, *, federation: list[Row], realm: Row | None) -> Tenant:
    """Contoso, with nothing wrong. Without a realm of the provider every domain is managed."""
    year = now + dt.timedelta(days=365)
    found = Tenant(
        id=people.TENANT, name="Contoso", clients=_clients(year), organization=_organization(now), synchronization=_synchronization(),
        users=[_user(person, row) for person, row in zip(people.EVERYONE, people.users(), strict=True)], domains=[_domain(row) for row in people.domains(federated=realm is not None)],
        federation={"partners.example": federation} if realm else {}, realms=_realms(realm),
    )  # fmt: skip
    found.policies.append(policy("Multifactor authentication for everybody", controls=("mfa",)))
    found.policies.append(
        policy("Warehouse terminals", apps=(guid("client", "warehouse"),), controls=("compliantDevice",))
    )
    found.applications += [
        _application("Refresh robot", ROBOT, now, year),
        _application(*REPORTS, now, None),
        _application(*LEDGER, now, None),
    ]
    known = [("Refresh robot", ROBOT), REPORTS, LEDGER, people.POWER_BI, people.PORTAL, people.OUTLOOK, people.RESET]
    found.principals += [_principal(name, app, required=app == LEDGER[1]) for name, app in known]
    found.permission_grants.append(consent(REPORTS[1], people.POWER_BI[1], "Dataset.Read.All Report.Read.All"))
    found.assignments += [assignment(LEDGER[1], LEDGER[0], person) for person in people.EVERYONE]
    found.workspaces[WORKSPACE] = "Sales"
    found.capacities.append({
        "id": guid("capacity"), "displayName": "Sales F64", "admins": ["admin@contoso.example"], "sku": "F64", "state": "Active",
        "capacityUserAccessRight": "None", "region": "West Europe",
    })  # fmt: skip
    found.registrations += [_registration(person) for person in people.EVERYONE]
    found.gateways[GATEWAY] = Gateway(GATEWAY, "Main gateway", datasources=[_datasource()], credentials={SOURCE})
    for name, dataset in DATASETS.items():
        found.datasets[dataset] = Refreshable(dataset, f"{name.title()} model", WORKSPACE, schedule(), [], [_bound()])
    return found


def principal_id(app: str) -> str:
    """The id of an application's principal in the tenant."""
    return guid("principal", app)


def consent(client: str, resource: str, scope: str) -> Row:
    """A delegated grant for everybody."""
    return {
        "id": guid("grant", client, resource), "clientId": principal_id(client), "consentType": "AllPrincipals", "principalId": None,
        "resourceId": principal_id(resource), "scope": scope,
    }  # fmt: skip


def assignment(app: str, name: str, person: people.Person) -> Row:
    """That somebody may use an application that requires assignment."""
    return {
        "id": guid("assignment", app, person.id), "appRoleId": "00000000-0000-0000-0000-000000000000", "createdDateTime": "2025-01-10T09:00:00Z",
        "principalDisplayName": f"{person.name.title()} Demo", "principalId": person.id, "principalType": "User",
        "resourceDisplayName": name, "resourceId": principal_id(app),
    }  # fmt: skip


def schedule() -> Row:
    """A refresh schedule that is switched on."""
    times = [f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 30)]
    days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    return {"days": days, "times": times, "enabled": True, "localTimeZoneId": "UTC", "NotifyOption": "MailOnFailure"}


def _clients(until: dt.datetime) -> dict[str, Client]:
    reader = Client(READER, "Faultbook", {secrets.token_urlsafe(18): until}, set(GRANTS), set(SCOPES))
    robot = Client(ROBOT, "Refresh robot", {secrets.token_urlsafe(18): until}, {"Dataset.ReadWrite.All"}, set())
    return {client.id: client for client in (reader, robot)}


def _organization(now: dt.datetime) -> Row:
    return {
        "id": people.TENANT, "displayName": "Contoso", "tenantType": "AAD", "countryLetterCode": "NL", "onPremisesSyncEnabled": True,
        "onPremisesLastSyncDateTime": stamp(now), "onPremisesLastPasswordSyncDateTime": stamp(now), "createdDateTime": "2019-04-01T08:00:00Z",
        "verifiedDomains": [
            {"name": name, "isDefault": name == "contoso.example", "isInitial": False, "type": kind, "capabilities": "Email"}
            for name, kind in people.DOMAINS.items()
        ],
        "assignedPlans": [], "provisionedPlans": [],
    }  # fmt: skip


def _synchronization() -> Row:
    return {
        "id": people.TENANT,
        "configuration": {
            "accidentalDeletionPrevention": {"synchronizationPreventionType": "enabledForCount", "alertThreshold": 500},
            "synchronizationClientVersion": "2.5.190.0",
        },
        "features": {
            "passwordSyncEnabled": True,
            "passwordWritebackEnabled": True,
            "synchronizeUpnForManagedUsersEnabled": True,
        },
    }


def _user(person: people.Person, row: Row) -> Row:
    anchor = person.immutable_id if person.synced else None
    return {**row, "createdDateTime": "2024-02-01T08:00:00Z", "onPremisesImmutableId": anchor}


def _domain(row: Row) -> Row:
    return {
        **row, "availabilityStatus": None, "isAdminManaged": True, "isInitial": False, "isRoot": True,
        "passwordNotificationWindowInDays": 14, "passwordValidityPeriodInDays": 90,
    }  # fmt: skip


def _realms(federated: Row | None) -> dict[str, Row]:
    managed: Row = {"account_type": "Managed", "cloud_instance_name": "microsoftonline.com", "cloud_audience_urn": "urn:federation:MicrosoftOnline", "ver": "1.0"}  # fmt: skip
    found: dict[str, Row] = {name: {**managed, "domain_name": name} for name in people.DOMAINS}
    return {**found, "partners.example": federated} if federated else found


def _application(name: str, app: str, now: dt.datetime, until: dt.datetime | None) -> Row:
    held: list[Row] = []
    if until:
        held.append({
            "customKeyIdentifier": None, "displayName": "refresh", "keyId": guid("key", app), "hint": "aB1", "secretText": None,
            "startDateTime": stamp(now - dt.timedelta(days=180)), "endDateTime": stamp(until),
        })  # fmt: skip
    resource = {
        "resourceAppId": people.POWER_BI[1],
        "resourceAccess": [{"id": guid("scope", "dataset-read"), "type": "Scope"}],
    }
    return {
        "id": guid("application", app), "appId": app, "displayName": name, "signInAudience": "AzureADMyOrg", "publisherDomain": "contoso.example",
        "createdDateTime": "2024-05-02T09:00:00Z", "keyCredentials": [], "passwordCredentials": held, "requiredResourceAccess": [resource],
        "isFallbackPublicClient": False, "web": {"redirectUris": [f"https://{name.rsplit(maxsplit=1)[-1].lower()}.contoso.example/signin-oidc"], "implicitGrantSettings": {"enableIdTokenIssuance": True, "enableAccessTokenIssuance": False}},
        "spa": {"redirectUris": []}, "publicClient": {"redirectUris": []},
    }  # fmt: skip


def _principal(name: str, app: str, *, required: bool) -> Row:
    return {
        "id": principal_id(app), "appId": app, "displayName": name, "accountEnabled": True, "appOwnerOrganizationId": people.TENANT,
        "appRoleAssignmentRequired": required, "servicePrincipalType": "Application", "servicePrincipalNames": [app], "keyCredentials": [],
        "passwordCredentials": [], "preferredSingleSignOnMode": None, "preferredTokenSigningKeyThumbprint": None, "tags": ["WindowsAzureActiveDirectoryIntegratedApp"],
    }  # fmt: skip


def _registration(person: people.Person) -> Row:
    return {
        "id": person.id, "userPrincipalName": person.upn, "userDisplayName": f"{person.name.title()} Demo", "userType": "member", "isAdmin": False,
        "isMfaCapable": True, "isMfaRegistered": True, "isSsprCapable": True, "isSsprEnabled": True, "isSsprRegistered": True,
        "isPasswordlessCapable": False, "methodsRegistered": ["mobilePhone", "microsoftAuthenticatorPush"], "lastUpdatedDateTime": "2026-01-05T08:00:00Z",
    }  # fmt: skip


_ADDRESS = '{"server":"sql1.contoso.example","database":"Sales"}'


def _datasource() -> Row:
    return {"id": SOURCE, "gatewayId": GATEWAY, "datasourceName": "Sales SQL", "datasourceType": "Sql", "connectionDetails": _ADDRESS, "credentialType": "Windows"}  # fmt: skip


def _bound() -> Row:
    details = {"server": "sql1.contoso.example", "database": "Sales"}
    return {"datasourceId": SOURCE, "gatewayId": GATEWAY, "datasourceType": "Sql", "connectionDetails": details}
