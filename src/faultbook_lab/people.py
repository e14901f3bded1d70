"""The people, domains and applications of the invented organisation."""

import base64
import uuid
from dataclasses import dataclass

NAMESPACE = uuid.UUID("0f0f0f0f-1111-4222-8333-444444444444")
TENANT = "7c0ffee0-1234-4321-8888-aaaabbbbcccc"
CONNECTOR = "MSOL_0123456789ab"
DOMAIN_SID = "S-1-5-21-1111111111-2222222222-3333333333"
CONNECTOR_SID = f"{DOMAIN_SID}-1107"

POWER_BI = ("Power BI Service", "00000009-0000-0000-c000-000000000000")
RESET = ("Microsoft password reset service", "93625bc8-bfe2-437a-97e0-3d0060024faa")
PORTAL = ("Azure Portal", "c44b4083-3bb0-49c1-b47d-974e53cbdf3c")
OUTLOOK = ("Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000")
APPS = (POWER_BI, PORTAL, OUTLOOK)


def guid(*parts: object) -> str:
    """The same invented GUID for the same words, always."""
    return str(uuid.uuid5(NAMESPACE, "/".join(map(str, parts))))


@dataclass(frozen=True)
class Person:
    """One user: synchronised from an organisational unit, or born in the cloud."""

    name: str
    domain: str
    unit: str = ""

    @property
    def upn(self) -> str:
        """User principal name."""
        return f"{self.name}@{self.domain}"

    @property
    def id(self) -> str:
        """Object id in Entra."""
        return guid("user", self.upn)

    @property
    def immutable_id(self) -> str:
        """What ties an account in the directory to the one in Entra (``onPremisesImmutableId``): a GUID in base64, as Entra Connect writes it."""
        return base64.b64encode(uuid.UUID(guid("directory", self.upn)).bytes_le).decode()

    @property
    def synced(self) -> bool:
        """Whether the account comes from Active Directory."""
        return bool(self.unit)

    @property
    def dn(self) -> str:
        """Distinguished name in Active Directory."""
        return f"CN={self.name.title()} Demo,OU={self.unit},DC=contoso,DC=example"


GIVEN = [
    "ada",
    "bo",
    "cem",
    "dea",
    "eli",
    "fay",
    "gus",
    "hal",
    "ina",
    "jon",
    "kim",
    "lea",
    "max",
    "nia",
    "ola",
    "pia",
    "quin",
    "ron",
    "sue",
    "tom",
    "una",
    "vic",
    "wes",
    "xia",
    "yan",
    "zoe",
    "abe",
    "bea",
    "cal",
    "dot",
]

STAFF = tuple(Person(name, "contoso.example", "Staff") for name in GIVEN[:12])
FINANCE = tuple(Person(name, "contoso.example", "Finance") for name in GIVEN[12:18])
PARTNERS = tuple(Person(name, "partners.example", "Partners") for name in GIVEN[18:24])
CLOUD = tuple(Person(name, "cloud.example") for name in GIVEN[24:30])
EVERYONE = STAFF + FINANCE + PARTNERS + CLOUD
KIM = STAFF[10]
"""The person whose error is pasted, unless a case says otherwise."""

DOMAINS = {"contoso.example": "Managed", "partners.example": "Federated", "cloud.example": "Managed"}


def users() -> list[dict[str, object]]:
    """What ``GET /users`` answers."""
    return [
        {
            "id": person.id,
            "userPrincipalName": person.upn,
            "displayName": f"{person.name.title()} Demo",
            "accountEnabled": True,
            "userType": "Member",
            "onPremisesSyncEnabled": True if person.synced else None,
            "onPremisesDistinguishedName": person.dn if person.synced else None,
        }
        for person in EVERYONE
    ]


def domains(*, federated: bool = True) -> list[dict[str, object]]:
    """What ``GET /domains`` answers."""
    return [
        {
            "id": name,
            "authenticationType": kind if federated else "Managed",
            "isDefault": name == "contoso.example",
            "isVerified": True,
            "supportedServices": ["Email"],
        }
        for name, kind in DOMAINS.items()
    ]
