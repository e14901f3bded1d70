"""Which grant opens which list: the least one first, then those that hold more.

Graph: Microsoft's published list of permissions (``permissions/new/permissions.json`` of ``microsoftgraph/microsoft-graph-devx-content``, commit
6cbd6bbd of 2026-08-07), reading only; left out are those that show a part of the rows or properties: ``User.ReadBasic.All``, ``User.Read``,
``Application.ReadWrite.OwnedBy``. Power BI: the *Required scope* of each operation in Microsoft's API reference. Power BI lets an application
in by its place in a workspace rather than by a grant; the lab keeps that place under the name of the grant that a person would need.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Grant:
    """What is enough: one of ``either``, for a person one of ``delegated``, too; ``delegated_only``: an application may not read it at all."""

    either: tuple[str, ...]
    delegated: tuple[str, ...] = ()
    delegated_only: bool = False

    def allows(self, permissions: frozenset[str], *, delegated: bool) -> bool:
        """Whether a caller with these permissions may read."""
        if self.delegated_only and not delegated:
            return False
        return bool(permissions.intersection(self.either + (self.delegated if delegated else ())))


_DIRECTORY: Final = ("Directory.Read.All", "Directory.ReadWrite.All")
HEALTH: Final = Grant(("ServiceHealth.Read.All",))
MESSAGES: Final = Grant(("ServiceMessage.Read.All",))
SIGNINS: Final = Grant(("AuditLog.Read.All",))
APPLIED_POLICIES: Final = Grant(("Policy.Read.ConditionalAccess", "Policy.Read.All"))
"""Opens which policies applied to a sign-in; without it a sign-in shows none."""
AUDITS: Final = Grant(("AuditLog.Read.All", "Directory.Read.All"))
PROVISIONING: Final = Grant(("ProvisioningLog.Read.All", "AuditLog.Read.All", "Directory.Read.All"))
CONDITIONAL_ACCESS: Final = Grant(("Policy.Read.All",))
DOMAINS: Final = Grant(("Domain.Read.All", "Domain.ReadWrite.All", "Directory.Read.All"))
FEDERATION: Final = Grant(("Domain-InternalFederation.Read.All", "Domain-InternalFederation.ReadWrite.All"))
ORGANIZATION: Final = Grant(
    (
        "DeviceManagementServiceConfig.Read.All", "DeviceManagementServiceConfig.ReadWrite.All", "DeviceManagementConfiguration.Read.All",
        "DeviceManagementConfiguration.ReadWrite.All", "Organization.Read.All", "Organization.ReadWrite.All", "User.Read.All", *_DIRECTORY,
    )
)  # fmt: skip
SYNCHRONIZATION: Final = Grant(
    ("OnPremDirectorySynchronization.Read.All", "OnPremDirectorySynchronization.ReadWrite.All"), delegated_only=True
)
APPLICATIONS: Final = Grant(
    ("Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All"),
    delegated=("Directory.ReadWrite.All",),
)
ASSIGNMENTS: Final = Grant(("Application.Read.All", "Application.ReadWrite.All", *_DIRECTORY))
PERMISSION_GRANTS: Final = Grant((*_DIRECTORY, "DelegatedPermissionGrant.ReadWrite.All"))
AUTHORIZATION: Final = Grant(("Policy.Read.All", "Policy.ReadWrite.Authorization"))
METHODS: Final = Grant(("Policy.Read.AuthenticationMethod", "Policy.ReadWrite.AuthenticationMethod", "Policy.Read.All"))
SECURITY_DEFAULTS: Final = Grant(("Policy.Read.All", "Policy.ReadWrite.SecurityDefaults"))
REGISTRATIONS: Final = Grant(("AuditLog.Read.All",))
LICENCES: Final = Grant(
    ("LicenseAssignment.Read.All", "Organization.Read.All", "Organization.ReadWrite.All", *_DIRECTORY)
)
USERS: Final = Grant(
    ("User.Read.All", "User.ReadWrite.All", *_DIRECTORY),
)
AGENTS: Final = Grant(
    ("Policy.Read.HybridAuthentication", "Policy.ReadWrite.HybridAuthentication", "Directory.ReadWrite.All"),
    delegated_only=True,
)

CAPACITIES: Final = Grant(("Capacity.Read.All", "Capacity.ReadWrite.All"))
WORKSPACES: Final = Grant(("Workspace.Read.All", "Workspace.ReadWrite.All"))
DATASETS: Final = Grant(("Dataset.Read.All", "Dataset.ReadWrite.All"))
"""Opens gateways, too: there is no grant of their own for reading them."""
DATASETS_CHANGED: Final = Grant(("Dataset.ReadWrite.All",))
"""Opens the check of a gateway's data source, too, for that connects somewhere."""

_POWER_BI: Final = (
    "App.", "Capacity.", "Connection.", "Dashboard.", "Dataflow.", "Dataset.", "Gateway.", "Item.", "Pipeline.", "Report.", "Tenant.", "Workspace.",
)  # fmt: skip


def of_power_bi(permission: str) -> bool:
    """Whether a permission is one of Power BI, and not of Graph."""
    return permission.startswith(_POWER_BI)
