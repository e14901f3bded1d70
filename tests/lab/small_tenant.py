"""A small invented tenant, with something in every list that the emulated cloud serves."""

import datetime as dt

from faultbook_lab import people, records
from faultbook_lab.people import guid
from faultbook_lab.tenant import Client, Gateway, Refreshable, Tenant

NOW = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
ONSET = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)
KEY = b"a key of the lab that signs its tokens"
SECRET = "invented-secret-1"
READER = guid("client", "reader")
WORKSPACE = guid("workspace", "sales")
DATASET = guid("dataset", "sales")
GATEWAY = guid("gateway", "main")
SOURCE = guid("datasource", "sales")
REFRESH = guid("refresh", "first")
ROLES = {
    "ServiceHealth.Read.All", "ServiceMessage.Read.All", "AuditLog.Read.All", "Policy.Read.All", "Domain.Read.All", "Domain-InternalFederation.Read.All",
    "Organization.Read.All", "Application.Read.All", "Directory.Read.All", "User.Read.All", "Capacity.Read.All", "Dataset.ReadWrite.All", "Workspace.Read.All",
}  # fmt: skip
SCOPES = ROLES | {"OnPremDirectorySynchronization.Read.All", "Policy.Read.HybridAuthentication"}
CODE = 120021


def row(**more):
    return more


def signins():
    """Successes and failures through a day, people first, then a program and a session that went on by itself."""
    rows = []
    for minutes in range(0, 28 * 60, 20):
        at = NOW - dt.timedelta(hours=28) + dt.timedelta(minutes=minutes)
        person = people.STAFF[minutes // 20 % len(people.STAFF)]
        failing = at >= ONSET
        rows.append(
            {**records.signin(person, at, CODE if failing else 0, key=minutes, policies=[records.applied("MFA", "success")]),
             "signInEventTypes": ["interactiveUser"], "servicePrincipalId": ""}
        )  # fmt: skip
        robot = {"nonInteractiveUser": "", "servicePrincipal": guid("principal", "robot")}
        rows += [
            {**records.signin(person, at, 0, key=f"{kind}{minutes}"), "isInteractive": False, "signInEventTypes": [kind], "servicePrincipalId": principal}
            for kind, principal in robot.items()
        ]  # fmt: skip
    return rows


def audits():
    """One change each six hours for forty days, oldest first."""
    times = [NOW - dt.timedelta(hours=6 * step) for step in range(160, -1, -1)]
    return [records.audit(at, "Update user", "Core Directory", "UserManagement", target=f"user {at}") for at in times]


def tenant(**conditions):
    made = Tenant(
        id=people.TENANT, name="Contoso",
        clients={READER: Client(READER, "Reader", {SECRET: NOW + dt.timedelta(days=9), "old": NOW - dt.timedelta(days=1)}, set(ROLES), set(SCOPES))},
        organization=row(
            id=people.TENANT, displayName="Contoso", onPremisesSyncEnabled=True, onPremisesLastSyncDateTime=records.stamp(NOW), assignedPlans=[],
            verifiedDomains=[row(name="contoso.example", isDefault=True)],
        ),
        synchronization=row(id=people.TENANT, configuration=None, features=row(passwordWritebackEnabled=True, passwordSyncEnabled=True)),
        users=people.users(), domains=people.domains(),
        federation={"partners.example": [row(id=guid("federation"), displayName="Partners", issuerUri="http://sts.partners.example/trust", passiveSignInUri="https://sts.partners.example/adfs/ls", preferredAuthenticationProtocol="wsFed", signingCertificate="")]},
        realms={
            "contoso.example": row(account_type="Managed", domain_name="contoso.example", cloud_instance_name="microsoftonline.com"),
            "partners.example": row(account_type="Federated", domain_name="partners.example", cloud_instance_name="microsoftonline.com", federation_protocol="WSTrust"),
        },
        policies=[records.policy("MFA", controls=("mfa",)), records.policy("Block", state="disabled")],
        applications=[row(id=guid("application"), appId=people.POWER_BI[1], displayName="Reports", passwordCredentials=[], keyCredentials=[])],
        principals=[row(id=guid("principal"), appId=people.POWER_BI[1], displayName="Reports", accountEnabled=True, passwordCredentials=[], keyCredentials=[])],
        permission_grants=[row(id="g1", clientId=guid("principal"), consentType="AllPrincipals", resourceId=guid("resource"), scope="User.Read")],
        assignments=[row(id="a1", principalId=guid("principal"), resourceId=guid("resource"), principalType="ServicePrincipal")],
        registrations=[row(
            id=person.id, userPrincipalName=person.upn, userDisplayName=person.name, isSsprCapable=True, isSsprEnabled=True, isSsprRegistered=True,
            isMfaCapable=True, isMfaRegistered=True, isPasswordlessCapable=False, methodsRegistered=["mobilePhone"], lastUpdatedDateTime="2026-01-05T08:00:00Z",
        ) for person in people.STAFF],
        issues=[records.issue("MO1", "Exchange Online", "Mail is late", ONSET, None), records.issue("MO2", "Power BI", "Slow", ONSET - dt.timedelta(days=3), ONSET)],
        messages=[row(id="MC1", title="News", services=["Power BI"], startDateTime="2026-02-01T08:00:00Z", lastModifiedDateTime="2026-02-02T08:00:00Z")],
        locations=[row(id=guid("location"), displayName="Office", createdDateTime="2026-02-01T08:00:00Z", modifiedDateTime=None)],
        provisioning=[],
        agents=[row(id=guid("agent"), machineName="sync1.contoso.example", externalIp="198.51.100.9", status="active", supportedPublishingTypes=["authentication"])],
        signins=signins(), audits=audits(),
        datasets={DATASET: Refreshable(DATASET, "Sales", WORKSPACE, schedule(), [first_refresh()], [bound()])},
        capacities=[{"id": guid("capacity"), "sku": "F64", "state": "Active", "capacityUserAccessRight": "None", "admins": []}],
        gateways={GATEWAY: Gateway(GATEWAY, "Main", True, [source()], {SOURCE})},
        workspaces={WORKSPACE: "Sales"},
    )  # fmt: skip
    for name, value in conditions.items():
        setattr(made.conditions, name, value)
    return made


def schedule():
    return row(days=["Monday"], times=["08:00"], enabled=True, localTimeZoneId="UTC", NotifyOption="MailOnFailure")


def first_refresh():
    failure = '{"errorCode":"ModelRefreshFailed_CredentialsNotSpecified"}'
    return row(requestId=REFRESH, id=REFRESH, refreshType="Scheduled", startTime="2026-03-02T08:00:00Z", endTime="2026-03-02T08:02:00Z", status="Failed", serviceExceptionJson=failure)  # fmt: skip


def bound():
    return row(datasourceType="Sql", datasourceId=SOURCE, gatewayId=GATEWAY, connectionDetails=row(server="sql1", database="Sales"), connectionString=None)  # fmt: skip


def source():
    return row(id=SOURCE, gatewayId=GATEWAY, datasourceName="Sales", datasourceType="Sql", connectionDetails="{}", credentialType="Windows")  # fmt: skip
