"""The table of ``docs/evidence.md``: every kind, what tells it from others, how to export it, how long the vendor keeps it."""

from typing import Final

from msgspec import Struct

from faultbook.evidence.asks import KINDS


class How(Struct, frozen=True):
    """How one kind is recognised; what says whose it is where the content does not; how long the vendor keeps it."""

    recognised: str
    target: str = ""
    kept: str = ""


HOW: Final[dict[str, How]] = {
    "signins.history": How(
        "columns or keys of sign-ins: a time, a user or application, and an error code or status; CSV of the portal, JSON of the portal or "
        "Graph, rows of Log Analytics, lines of a diagnostic setting",
        kept="30 days with Entra ID P1 or P2, 7 without",
    ),
    "graph.directoryAudits": How(
        "columns or keys of audits: an activity, its time, who did it, what it changed; in the same shapes as sign-ins",
        kept="30 days with Entra ID P1 or P2, 7 without",
    ),
    "graph.serviceHealthIssues": How(
        "`@odata.context`, or objects with service, startDateTime and impactDescription; also inside health overviews with `$expand=issues`"
    ),
    "graph.organization": How(
        "`@odata.context`, or an object with verifiedDomains or onPremisesLastSyncDateTime that is no person"
    ),
    "graph.onPremisesSynchronization": How("`@odata.context`, or an object with features beside configuration"),
    "graph.domains": How("`@odata.context`, or objects with authenticationType and isVerified"),
    "graph.federationConfiguration": How(
        "`@odata.context`, or an object with issuerUri and a sign-in address or signing certificate",
        "domain: in the context, else in the file's name (`federation-contoso.example.json`), else the federated domain that the issuer's host "
        "belongs to",
    ),
    "graph.conditionalAccessPolicies": How("`@odata.context`, or objects with conditions, state and grantControls"),
    "graph.authorizationPolicy": How(
        "`@odata.context`, or an object with defaultUserRolePermissions and allowedToUseSSPR"
    ),
    "graph.applications": How(
        "`@odata.context`, or objects with appId and what only a registration has (credentials, signInAudience)"
    ),
    "graph.servicePrincipals": How("`@odata.context`, or objects with appId and servicePrincipalType or the like"),
    "graph.oauth2PermissionGrants": How("`@odata.context`, or objects with clientId, consentType and resourceId"),
    "graph.users": How(
        "`@odata.context`, or objects or columns with userPrincipalName beside id, displayName or synchronisation; CSV of the portal's "
        "*Download users* and of the Microsoft 365 admin centre too"
    ),
    "graph.userRegistrationDetails": How("`@odata.context`, or objects with userPrincipalName and isMfaRegistered"),
    "graph.authenticationAgents": How("`@odata.context`, or objects with machineName, externalIp and status"),
    "windows.events": How(
        "`.evtx`; event XML with one root, many or none; text of Event Viewer, `wevtutil /f:text`, Format-List or the table of Get-WinEvent; CSV of Event Viewer (in any "
        "language) or Export-Csv; JSON of ConvertTo-Json, Winlogbeat, NXLog, evtx parsers or Log Analytics",
        "computer and channel: in each event",
        kept="until the log is full (20 MB by default)",
    ),
    "connect.settings": How(
        "a connector with Enabled; StagingModeEnabled; the parameters of the global settings; the version of the product; as list, table or JSON"
    ),
    "ad.descriptor": How(
        "SDDL; `dsacls`; `Get-Acl` as list, JSON or CSV; rows of a name and its SDDL; nTSecurityDescriptor in LDIF",
        "distinguished name: in the output or the command before it, else in the file's name (`CN=Kim Demo,OU=Staff,DC=contoso,DC=example.txt`)",
    ),
    "ad.principal": How(
        "ADConnectorAccountName; an object whose name begins with MSOL_ or the like; an ordinary account that another file names as the "
        "connector's; `whoami /all`"
    ),
    "ad.object": How(
        "an object with a distinguished name and class, account name or SID: Get-ADUser as list, table, JSON or CSV; LDIF"
    ),
    "ad.domain": How("LDIF of an object of class domainDNS", "the distinguished name"),
    "connect.server": How('`"faultbook": "collector-1"`', "the name of the server"),
    "endpoint.check": How('`"faultbook": "endpoint-1"`', "the address"),
    "federation.metadata": How("XML with an EntityDescriptor", "entity id: in the document"),
    "federation.realm": How(
        "account_type or NameSpaceType beside a domain; JSON of `userrealm` and GetUserRealm.srf, or its XML"
    ),
    "powerbi.refreshes": How(
        "objects with status, startTime and refreshType",
        "dataset: in the context, else the last id in the file's path",
        kept="60 refreshes, or 20 once they are older than three days",
    ),
    "powerbi.refreshSchedule": How(
        "an object with enabled and localTimeZoneId", "dataset: the last id in the file's path"
    ),
    "powerbi.dataset": How("an object with configuredBy or isOnPremGatewayRequired", "dataset: its own id"),
    "powerbi.datasources": How(
        "objects with datasourceType and connectionDetails that are no text",
        "dataset: in the context, else the last id in the file's path",
    ),
    "powerbi.gateways": How("objects with gatewayAnnotation, or with publicKey, name and type"),
    "powerbi.workspace": How("objects with isOnDedicatedCapacity", "workspace: its id"),
    "powerbi.capacities": How("objects with sku, state and capacityUserAccessRight or admins"),
    "powerbi.gatewayStatus": How(
        "an error whose code begins with DM_GWPipeline; an empty answer (that is success) in a file with *gateway* in its name",
        "data source: the last id in the file's path",
    ),
}
"""For each kind but the text of the error itself."""


def table() -> str:
    """The table in Markdown."""
    lines = [
        "| Kind | What | Recognised by | Whose it is | Export it with | Kept |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, how in HOW.items():
        kind = KINDS[name]
        command = f"`{kind.command}`" if " > " not in kind.command or kind.command.startswith("az ") else kind.command
        export = f"{command if kind.command else kind.file}{f' ({kind.role})' if kind.role else ''}"
        cells = (f"`{name}`", kind.title, how.recognised, how.target, export, how.kept)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"
