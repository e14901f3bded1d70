"""Every kind of fact that can be asked for: where it comes from, which grant opens it, and which file holds it too.

Endpoints, permissions and limits: Microsoft's published permission list and API reference as read on 2026-08-07 and 2026-08-20.
"""

from typing import Final

from msgspec import Struct


class Kind(Struct, frozen=True, kw_only=True):
    """A kind of fact. ``schema`` names the vendor's published type, where the value keeps the vendor's own shape.

    ``permission`` is the least privileged one; ``delegated_only`` means that an application alone may not have it; ``file`` says what to
    export instead; ``command`` how, in one line that an administrator can type; ``cost`` orders the next checks (1 a click or a file at
    hand, 2 an export, 3 another person's server).
    """

    kind: str
    title: str
    file: str
    schema: str = ""
    endpoint: str = ""
    permission: str = ""
    delegated_only: bool = False
    licence: str = ""
    role: str = ""
    command: str = ""
    cost: int = 2


_GRAPH = "https://graph.microsoft.com/v1.0"

KINDS: Final[dict[str, Kind]] = {
    kind.kind: kind
    for kind in (
        Kind(kind="occurrence.text", title="the text of the error", file="the error message itself, whole", cost=1),
        Kind(
            kind="signins.history",
            title="sign-in logs",
            file="the sign-in log export (CSV or JSON) of the hours around the failure, successes included",
            schema="graph.v1:microsoft.graph.signIn",
            endpoint="/auditLogs/signIns",
            permission="AuditLog.Read.All",
            licence="Microsoft Entra ID P1",
            role="Reports Reader",
            command="Entra admin centre > Monitoring & health > Sign-in logs > Download",
        ),
        Kind(
            kind="graph.directoryAudits",
            title="directory audit log",
            file="the audit log export (CSV or JSON) of the day before the failure",
            schema="graph.v1:microsoft.graph.directoryAudit",
            endpoint="/auditLogs/directoryAudits",
            permission="AuditLog.Read.All",
            role="Reports Reader",
            command="Entra admin centre > Monitoring & health > Audit logs > Download",
        ),
        Kind(
            kind="graph.serviceHealthIssues",
            title="service health issues",
            file="the JSON answer of /admin/serviceAnnouncement/issues",
            schema="graph.v1:microsoft.graph.serviceHealthIssue",
            endpoint="/admin/serviceAnnouncement/issues",
            permission="ServiceHealth.Read.All",
            role="Service Support Administrator",
            command=f"az rest --url {_GRAPH}/admin/serviceAnnouncement/issues > issues.json",
            cost=1,
        ),
        Kind(
            kind="graph.organization",
            title="organisation and time of the last synchronisation",
            file="the JSON answer of /organization",
            schema="graph.v1:microsoft.graph.organization",
            endpoint="/organization",
            permission="Organization.Read.All",
            command=f"az rest --url {_GRAPH}/organization > organization.json",
            cost=1,
        ),
        Kind(
            kind="graph.onPremisesSynchronization",
            title="synchronisation features, password writeback among them",
            file="the JSON answer of /directory/onPremisesSynchronization",
            schema="graph.v1:microsoft.graph.onPremisesDirectorySynchronization",
            endpoint="/directory/onPremisesSynchronization",
            permission="OnPremDirectorySynchronization.Read.All",
            delegated_only=True,
            role="Hybrid Identity Administrator",
            command=f"az rest --url {_GRAPH}/directory/onPremisesSynchronization > sync.json",
            cost=1,
        ),
        Kind(
            kind="graph.domains",
            title="domains and how each authenticates",
            file="the JSON answer of /domains",
            schema="graph.v1:microsoft.graph.domain",
            endpoint="/domains",
            permission="Domain.Read.All",
            command=f"az rest --url {_GRAPH}/domains > domains.json",
            cost=1,
        ),
        Kind(
            kind="graph.federationConfiguration",
            title="federation settings and certificates that Entra has on file for a domain",
            file="the JSON answer of /domains/{domain}/federationConfiguration",
            schema="graph.v1:microsoft.graph.internalDomainFederation",
            endpoint="/domains/{domain}/federationConfiguration",
            permission="Domain-InternalFederation.Read.All",
            command=f"az rest --url {_GRAPH}/domains/contoso.example/federationConfiguration > federation.json",
            cost=1,
        ),
        Kind(
            kind="graph.conditionalAccessPolicies",
            title="Conditional Access policies",
            file="the JSON answer of /identity/conditionalAccess/policies",
            schema="graph.v1:microsoft.graph.conditionalAccessPolicy",
            endpoint="/identity/conditionalAccess/policies",
            permission="Policy.Read.All",
            role="Security Reader",
            command=f"az rest --url {_GRAPH}/identity/conditionalAccess/policies > policies.json",
            cost=1,
        ),
        Kind(
            kind="graph.authorizationPolicy",
            title="what users may do by themselves: consent to applications, and administrators reset their password",
            file="the JSON answer of /policies/authorizationPolicy",
            schema="graph.v1:microsoft.graph.authorizationPolicy",
            endpoint="/policies/authorizationPolicy",
            permission="Policy.Read.All",
            role="Global Reader",
            command=f"az rest --url {_GRAPH}/policies/authorizationPolicy > authorizationPolicy.json",
            cost=1,
        ),
        Kind(
            kind="graph.applications",
            title="application registrations with the dates of their credentials",
            file="the JSON answer of /applications",
            schema="graph.v1:microsoft.graph.application",
            endpoint="/applications",
            permission="Application.Read.All",
            command=f"az rest --url {_GRAPH}/applications > applications.json",
            cost=1,
        ),
        Kind(
            kind="graph.servicePrincipals",
            title="service principals (enterprise applications)",
            file="the JSON answer of /servicePrincipals",
            schema="graph.v1:microsoft.graph.servicePrincipal",
            endpoint="/servicePrincipals",
            permission="Application.Read.All",
            command=f"az rest --url {_GRAPH}/servicePrincipals > servicePrincipals.json",
            cost=1,
        ),
        Kind(
            kind="graph.oauth2PermissionGrants",
            title="delegated permission grants",
            file="the JSON answer of /oauth2PermissionGrants",
            schema="graph.v1:microsoft.graph.oAuth2PermissionGrant",
            endpoint="/oauth2PermissionGrants",
            permission="Directory.Read.All",
            command=f"az rest --url {_GRAPH}/oauth2PermissionGrants > grants.json",
            cost=1,
        ),
        Kind(
            kind="graph.users",
            title="users with their origin (synchronised or cloud-only)",
            file="the JSON answer of /users with userPrincipalName, onPremisesSyncEnabled and onPremisesDistinguishedName",
            schema="graph.v1:microsoft.graph.user",
            endpoint="/users",
            permission="User.Read.All",
            command=f"az rest --url '{_GRAPH}/users?$select=id,userPrincipalName,onPremisesSyncEnabled,onPremisesDistinguishedName' > users.json",
            cost=1,
        ),
        Kind(
            kind="graph.userRegistrationDetails",
            title="authentication methods that users have registered",
            file="the JSON answer of /reports/authenticationMethods/userRegistrationDetails",
            schema="graph.v1:microsoft.graph.userRegistrationDetails",
            endpoint="/reports/authenticationMethods/userRegistrationDetails",
            permission="AuditLog.Read.All",
            licence="Microsoft Entra ID P1",
            role="Reports Reader",
            command=f"az rest --url {_GRAPH}/reports/authenticationMethods/userRegistrationDetails > registration.json",
            cost=1,
        ),
        Kind(
            kind="graph.authenticationAgents",
            title="agents of pass-through authentication with their status",
            file="the JSON answer of /onPremisesPublishingProfiles/authentication/agents (beta)",
            schema="graph.beta:microsoft.graph.onPremisesAgent",
            endpoint="/onPremisesPublishingProfiles/authentication/agents",
            permission="Policy.Read.HybridAuthentication",
            delegated_only=True,
            role="Hybrid Identity Administrator",
            command="az rest --url https://graph.microsoft.com/beta/onPremisesPublishingProfiles/authentication/agents > agents.json",
            cost=1,
        ),
        Kind(
            kind="windows.events",
            title="the Application event log of the sync server",
            file="the Application log of the sync server as .evtx, XML or CSV, or the Security log of a domain controller",
            command="wevtutil epl Application application.evtx",
            role="administrator of the sync server",
            cost=3,
        ),
        Kind(
            kind="connect.settings",
            title="settings of Microsoft Entra Connect",
            file="output of Get-ADSyncAADPasswordResetConfiguration and Get-ADSyncScheduler on the sync server (text or ConvertTo-Json)",
            command="Get-ADSyncAADPasswordResetConfiguration -Connector 'contoso.example - AAD'",
            role="administrator of the sync server",
            cost=3,
        ),
        Kind(
            kind="ad.descriptor",
            title="the security descriptor of the affected user (not of the OU)",
            file="output of dsacls or Get-Acl for the user object, or its SDDL",
            command='dsacls "CN=Kim Demo,OU=Staff,DC=contoso,DC=example"',
            role="any domain user",
            cost=2,
        ),
        Kind(
            kind="ad.principal",
            title="the connector account with its SID and groups",
            file="output of Get-ADSyncADConnectorAccount, or Get-ADUser MSOL_… -Properties memberOf,tokenGroups",
            command="Get-ADSyncADConnectorAccount",
            role="administrator of the sync server",
            cost=3,
        ),
        Kind(
            kind="ad.object",
            title="the affected user in Active Directory",
            file="output of Get-ADUser <user> -Properties adminCount,memberOf,userAccountControl (text, CSV or ConvertTo-Json)",
            command="Get-ADUser kim -Properties adminCount,memberOf,userAccountControl | ConvertTo-Json",
            role="any domain user",
            cost=2,
        ),
        Kind(
            kind="ad.domain",
            title="the password policy and the clock of the domain",
            file="LDIF of the domain's root object with minPwdAge, minPwdLength, pwdHistoryLength and lockoutThreshold",
            command="ldapsearch -H ldaps://dc1.contoso.example -b DC=contoso,DC=example -s base",
            role="any domain user",
            cost=2,
        ),
        Kind(
            kind="connect.server",
            title="services, TLS settings and reach of the sync server",
            file="the JSON file that Collect-FaultbookEvidence.ps1 writes on the sync server",
            command="powershell -File Collect-FaultbookEvidence.ps1",
            role="administrator of the sync server",
            cost=3,
        ),
        Kind(
            kind="endpoint.check",
            title="whether the identity provider's own addresses answer",
            file="what faultbook collect --live has seen of the addresses",
            endpoint="https://<host>/",
            permission="none",
            command="curl -v https://sts.contoso.example/adfs/ls",
            cost=1,
        ),
        Kind(
            kind="federation.metadata",
            title="metadata that the identity provider publishes",
            file="the identity provider's FederationMetadata.xml",
            endpoint="https://<host>/FederationMetadata/2007-06/FederationMetadata.xml",
            permission="none",
            command="curl -O https://sts.contoso.example/FederationMetadata/2007-06/FederationMetadata.xml",
            cost=1,
        ),
        Kind(
            kind="federation.realm",
            title="where Entra sends sign-ins of a domain",
            file="the JSON answer of /common/userrealm/x@domain?api-version=1.0 (undocumented by Microsoft)",
            permission="none",
            cost=1,
        ),
        Kind(
            kind="powerbi.refreshes",
            title="refresh history of a dataset",
            file="the JSON answer of /datasets/{id}/refreshes",
            schema="powerbi:Refreshes",
            endpoint="/groups/{group}/datasets/{dataset}/refreshes",
            permission="Dataset.Read.All",
            cost=1,
        ),
        Kind(
            kind="powerbi.refreshSchedule",
            title="refresh schedule of a dataset",
            file="the JSON answer of /datasets/{id}/refreshSchedule",
            schema="powerbi:RefreshSchedule",
            endpoint="/groups/{group}/datasets/{dataset}/refreshSchedule",
            permission="Dataset.Read.All",
            cost=1,
        ),
        Kind(
            kind="powerbi.dataset",
            title="the dataset itself: its owner, and whether it needs a gateway",
            file="the JSON answer of /datasets/{id}",
            schema="powerbi:Dataset",
            endpoint="/groups/{group}/datasets/{dataset}",
            permission="Dataset.Read.All",
            cost=1,
        ),
        Kind(
            kind="powerbi.datasources",
            title="data sources of a dataset and the connections they are bound to",
            file="the JSON answer of /datasets/{id}/datasources",
            schema="powerbi:Datasources",
            endpoint="/groups/{group}/datasets/{dataset}/datasources",
            permission="Dataset.Read.All",
            cost=1,
        ),
        Kind(
            kind="powerbi.gateways",
            title="gateways that the caller administers",
            file="the JSON answer of /gateways",
            schema="powerbi:Gateways",
            endpoint="/gateways",
            permission="Dataset.Read.All",
            cost=1,
        ),
        Kind(
            kind="powerbi.workspace",
            title="the workspace: whether it lies on a capacity, and on which",
            file="the JSON answer of /groups/{id}",
            schema="powerbi:Group",
            endpoint="/groups/{group}",
            permission="Workspace.Read.All",
            cost=1,
        ),
        Kind(
            kind="powerbi.capacities",
            title="capacities with their sizes and states",
            file="the JSON answer of /capacities",
            schema="powerbi:Capacities",
            endpoint="/capacities",
            permission="Capacity.Read.All",
            cost=1,
        ),
        Kind(
            kind="powerbi.gatewayStatus",
            title="whether the gateway can reach the data source",
            file="the answer of /gateways/{id}/datasources/{id}/status, error or not",
            endpoint="/gateways/{gateway}/datasources/{datasource}/status",
            permission="Dataset.ReadWrite.All",
            role="gateway administrator",
            cost=2,
        ),
    )
}
