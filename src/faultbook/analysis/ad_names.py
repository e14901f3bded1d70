"""Names, numbers and GUIDs of Active Directory's rights, classes and well-known principals.

Sources: SDDL rights, flags and aliases from [MS-DTYP] 2.5.1; well-known SIDs from [MS-DTYP] 2.4.2.4; bits from [MS-ADTS] 5.1.3.2; GUIDs from the
Active Directory schema reference (learn.microsoft.com/windows/win32/adschema), the rights that password writeback needs each looked up there.
"""

import re
from typing import Final

READ_CONTROL: Final = 0x00020000
WRITE_DAC: Final = 0x00040000
CREATE_CHILD: Final = 0x00000001
WRITE_PROPERTY: Final = 0x00000020
CONTROL_ACCESS: Final = 0x00000100
FULL_CONTROL: Final = 0x000F01FF

GENERIC: Final = {
    0x80000000: 0x00020094,  # GENERIC_READ: RC LC RP LO
    0x40000000: 0x00020028,  # GENERIC_WRITE: RC SW WP
    0x20000000: 0x00020004,  # GENERIC_EXECUTE: RC LC
    0x10000000: FULL_CONTROL,  # GENERIC_ALL
}

RIGHTS: Final = {
    "GA": 0x10000000, "GR": 0x80000000, "GW": 0x40000000, "GX": 0x20000000,
    "CC": 0x1, "DC": 0x2, "LC": 0x4, "SW": 0x8, "RP": 0x10, "WP": 0x20, "DT": 0x40, "LO": 0x80, "CR": 0x100,
    "SD": 0x10000, "RC": 0x20000, "WD": 0x40000, "WO": 0x80000,
    "FA": 0x1F01FF, "FR": 0x120089, "FW": 0x120116, "FX": 0x1200A0,
    "KA": 0xF003F, "KR": 0x20019, "KW": 0x20006, "KX": 0x20019,
    "NW": 0x1, "NR": 0x2, "NX": 0x4,
}  # fmt: skip

FLAGS: Final = {"OI": 0x01, "CI": 0x02, "NP": 0x04, "IO": 0x08, "ID": 0x10, "CR": 0x20, "SA": 0x40, "FA": 0x80}

ABSOLUTE: Final = {
    "WD": "S-1-1-0", "CO": "S-1-3-0", "CG": "S-1-3-1", "OW": "S-1-3-4",
    "NU": "S-1-5-2", "IU": "S-1-5-4", "SU": "S-1-5-6", "AN": "S-1-5-7", "ED": "S-1-5-9", "PS": "S-1-5-10",
    "AU": "S-1-5-11", "RC": "S-1-5-12", "SY": "S-1-5-18", "LS": "S-1-5-19", "NS": "S-1-5-20", "WR": "S-1-5-33",
    "BA": "S-1-5-32-544", "BU": "S-1-5-32-545", "BG": "S-1-5-32-546", "PU": "S-1-5-32-547", "AO": "S-1-5-32-548",
    "SO": "S-1-5-32-549", "PO": "S-1-5-32-550", "BO": "S-1-5-32-551", "RE": "S-1-5-32-552", "RU": "S-1-5-32-554",
    "RD": "S-1-5-32-555", "NO": "S-1-5-32-556", "MU": "S-1-5-32-558", "LU": "S-1-5-32-559", "IS": "S-1-5-32-568",
    "CY": "S-1-5-32-569", "ER": "S-1-5-32-573", "CD": "S-1-5-32-574", "RA": "S-1-5-32-575", "ES": "S-1-5-32-576",
    "MS": "S-1-5-32-577", "HA": "S-1-5-32-578", "AA": "S-1-5-32-579", "RM": "S-1-5-32-580",
    "UD": "S-1-5-84-0-0-0-0-0", "AC": "S-1-15-2-1", "AS": "S-1-18-1", "SS": "S-1-18-2",
    "LW": "S-1-16-4096", "ME": "S-1-16-8192", "MP": "S-1-16-8448", "HI": "S-1-16-12288", "SI": "S-1-16-16384",
}  # fmt: skip

RELATIVE: Final = {
    "RO": 498, "LA": 500, "LG": 501, "DA": 512, "DU": 513, "DG": 514, "DC": 515, "DD": 516, "CA": 517, "SA": 518,
    "EA": 519, "PA": 520, "CN": 522, "AP": 525, "KA": 526, "EK": 527, "RS": 553,
}  # fmt: skip
"""Aliases of principals whose SID begins with the domain's own: the last number of that SID."""

NAMES: Final = {
    "S-1-1-0": "Everyone", "S-1-3-0": "CREATOR OWNER", "S-1-3-1": "CREATOR GROUP", "S-1-3-4": "OWNER RIGHTS",
    "S-1-5-2": "NETWORK", "S-1-5-4": "INTERACTIVE", "S-1-5-6": "SERVICE", "S-1-5-7": "ANONYMOUS LOGON",
    "S-1-5-9": "ENTERPRISE DOMAIN CONTROLLERS", "S-1-5-10": "SELF", "S-1-5-11": "Authenticated Users",
    "S-1-5-12": "RESTRICTED", "S-1-5-15": "This Organization", "S-1-5-18": "SYSTEM", "S-1-5-19": "LOCAL SERVICE",
    "S-1-5-20": "NETWORK SERVICE", "S-1-5-32-544": "Administrators", "S-1-5-32-545": "Users",
    "S-1-5-32-546": "Guests", "S-1-5-32-548": "Account Operators", "S-1-5-32-549": "Server Operators",
    "S-1-5-32-550": "Print Operators", "S-1-5-32-551": "Backup Operators", "S-1-5-32-552": "Replicator",
    "S-1-5-32-554": "Pre-Windows 2000 Compatible Access", "S-1-5-32-555": "Remote Desktop Users",
    "S-1-5-32-557": "Incoming Forest Trust Builders", "S-1-5-32-560": "Windows Authorization Access Group",
    "S-1-5-32-561": "Terminal Server License Servers",
}  # fmt: skip

RELATIVE_NAMES: Final = {
    498: "Enterprise Read-only Domain Controllers", 500: "Administrator", 501: "Guest", 502: "krbtgt",
    512: "Domain Admins", 513: "Domain Users", 514: "Domain Guests", 515: "Domain Computers",
    516: "Domain Controllers", 517: "Cert Publishers", 518: "Schema Admins", 519: "Enterprise Admins",
    520: "Group Policy Creator Owners", 521: "Read-only Domain Controllers", 522: "Cloneable Domain Controllers",
    525: "Protected Users", 526: "Key Admins", 527: "Enterprise Key Admins", 553: "RAS and IAS Servers",
}  # fmt: skip

RIGHT_RESET: Final = "00299570-246d-11d0-a768-00aa006e0529"
RIGHT_CHANGE: Final = "ab721a53-1e2f-11d0-9819-00aa0040529b"
RIGHT_UNEXPIRE: Final = "ccc2dc7d-a6ad-4a7a-8846-c04e3cc53501"
ATTR_LOCKOUT_TIME: Final = "28630ebf-41d5-11d1-a9c1-0000f80367c1"
ATTR_LAST_SET: Final = "bf967a0a-0de6-11d0-a285-00aa003049e2"
ACCOUNT_RESTRICTIONS: Final = "4c164200-20c0-11d0-a768-00aa006e0529"
USER: Final = "bf967aba-0de6-11d0-a285-00aa003049e2"
INET_ORG_PERSON: Final = "4828cc14-1437-45bc-9b07-ad6f015e5f28"
DOMAIN_DNS: Final = "19195a5b-6da0-11d0-afd3-00c04fd930c9"

TYPES: Final = {
    RIGHT_RESET: ("Reset Password", "User-Force-Change-Password", "User Force Change Password"),
    RIGHT_CHANGE: ("Change Password", "User-Change-Password", "User Change Password"),
    RIGHT_UNEXPIRE: ("Unexpire Password", "Unexpire-Password"),
    ATTR_LOCKOUT_TIME: ("lockoutTime", "Lockout-Time"),
    ATTR_LAST_SET: ("pwdLastSet", "Pwd-Last-Set"),
    ACCOUNT_RESTRICTIONS: ("Account Restrictions", "User-Account-Restrictions"),
    USER: ("user",),
    INET_ORG_PERSON: ("inetOrgPerson",),
    DOMAIN_DNS: ("domainDNS",),
    "bf967a86-0de6-11d0-a285-00aa003049e2": ("computer",),
    "bf967a9c-0de6-11d0-a285-00aa003049e2": ("group",),
    "bf967aa5-0de6-11d0-a285-00aa003049e2": ("organizationalUnit",),
    "5cb41ed0-0e4c-11d0-a286-00aa003049e2": ("contact",),
    "ce206244-5827-4a86-ba1c-1c0c386c1b64": ("msDS-ManagedServiceAccount",),
    "7b8b558a-93a5-4af7-adca-c017e67f1057": ("msDS-GroupManagedServiceAccount",),
    "bf967a68-0de6-11d0-a285-00aa003049e2": ("userAccountControl",),
    "bf967950-0de6-11d0-a285-00aa003049e2": ("description",),
    "bf967953-0de6-11d0-a285-00aa003049e2": ("displayName",),
    "bf967961-0de6-11d0-a285-00aa003049e2": ("mail",),
    "bf9679c0-0de6-11d0-a285-00aa003049e2": ("Add/Remove self as member", "member", "Self-Membership"),
    "f3a64788-5306-11d1-a9c5-0000f80367c1": (
        "Validated write to service principal name",
        "servicePrincipalName",
        "Validated-SPN",
    ),
    "ab721a54-1e2f-11d0-9819-00aa0040529b": ("Send As", "Send-As"),
    "ab721a56-1e2f-11d0-9819-00aa0040529b": ("Receive As", "Receive-As"),
    "68b1d179-0d15-4d4f-ab71-46152e79a7bc": ("Allowed to Authenticate", "Allowed-To-Authenticate"),
    "1131f6aa-9c07-11d1-f79f-00c04fc2dcd2": ("Replicating Directory Changes", "DS-Replication-Get-Changes"),
    "1131f6ad-9c07-11d1-f79f-00c04fc2dcd2": ("Replicating Directory Changes All", "DS-Replication-Get-Changes-All"),
    "1131f6ab-9c07-11d1-f79f-00c04fc2dcd2": ("Replication Synchronization", "DS-Replication-Synchronize"),
    "1131f6ac-9c07-11d1-f79f-00c04fc2dcd2": ("Manage Replication Topology", "DS-Replication-Manage-Topology"),
    "280f369c-67c7-438e-ae98-1d46f3c6f541": (
        "Update Password Not Required Bit",
        "Update-Password-Not-Required-Bit",
    ),
    "59ba2f42-79a2-11d0-9020-00c04fc2d3cf": ("General Information", "General-Information"),
    "bc0ac240-79a9-11d0-9020-00c04fc2d4cf": ("Group Membership", "Membership"),
    "5f202010-79a5-11d0-9020-00c04fc2d4cf": ("Logon Information", "User-Logon"),
    "77b5b886-944a-11d1-aebd-0000f80367c1": ("Personal Information", "Personal-Information"),
    "e45795b2-9455-11d1-aebd-0000f80367c1": ("Phone and Mail Options", "Email-Information"),
    "91e647de-d96f-4b70-9557-d63ff4f3ccd8": ("Private Information", "Private-Information"),
    "e48d0154-bcf8-11d1-8702-00c04fb96050": ("Public Information", "Public-Information"),
    "037088f8-0ae1-11d2-b422-00a0c968f939": ("Remote Access Information", "RAS-Information"),
    "e45795b3-9455-11d1-aebd-0000f80367c1": ("Web Information", "Web-Information"),
    "ffa6f046-ca4b-4feb-b40d-04dfee722543": ("MS-TS-GatewayAccess",),
    "5805bc62-bdc9-4428-a5e2-856a0f4c185e": ("Terminal Server License Server",),
    "b7b1b3dd-ab09-4242-9e30-9980e5d322f7": ("Generate resultant set of policy (planning)",),
    "b7b1b3de-ab09-4242-9e30-9980e5d322f7": ("Generate resultant set of policy (logging)",),
}
"""GUID to its names: the one that dsacls prints first. Some GUIDs stand for a property and a validated write at once."""

GUID: Final = re.compile(r"^\{?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}?$", re.IGNORECASE)
_BY_NAME: Final = {name.casefold(): guid for guid, names in TYPES.items() for name in names}


def type_of(text: str) -> str | None:
    """A GUID in lower case from a GUID or a known name; an unknown name stays as it is; None for nothing and for the null GUID."""
    text = text.strip()
    if found := GUID.match(text):
        guid = found[1].lower()
        return None if guid == "00000000-0000-0000-0000-000000000000" else guid
    return _BY_NAME.get(text.casefold(), text) if text else None


def type_name(object_type: str) -> str:
    """The name under which people know a type, else the type itself."""
    return TYPES[object_type][0] if object_type in TYPES else object_type


PROTECTED_RIDS: Final = frozenset({498, 500, 502, 512, 516, 518, 519, 521})
PROTECTED_SIDS: Final = frozenset(f"S-1-5-32-{rid}" for rid in (544, 548, 549, 550, 551, 552))
"""Accounts and groups whose members Windows protects: by their last number in each domain, and those of every machine (Microsoft's appendix C)."""
