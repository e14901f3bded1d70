"""Security descriptors of Active Directory objects in any form in which people export them."""

import re
from typing import Any, Final, Literal

import msgspec

from faultbook.analysis.acl import Ace, Descriptor, DescriptorError
from faultbook.analysis.binary import parse_binary, to_binary
from faultbook.analysis.dsacls import parse_dsacls
from faultbook.analysis.get_acl import parse_get_acl
from faultbook.analysis.sddl import parse_sddl, to_sddl
from faultbook.patterns import later

__all__ = [
    "Ace",
    "Descriptor",
    "DescriptorError",
    "detect",
    "from_value",
    "parse",
    "parse_binary",
    "parse_dsacls",
    "parse_get_acl",
    "parse_sddl",
    "to_binary",
    "to_sddl",
    "to_value",
]

_GET_ACL: Final = later(
    r'^[ \t]*(?:Sddl|ActiveDirectoryRights)\s*:|"(?:ActiveDirectoryRights|Sddl)"\s*[:,]', re.MULTILINE
)
_DSACLS: Final = later(
    r"^[ \t]*(?:Access list:|Effective Permissions on this object are:)[ \t\r]*$"
    r"|^[ \t]*(?:Allow|Deny)[ \t]+\S.*\s(?:SPECIAL ACCESS|FULL CONTROL)\b",
    re.MULTILINE,
)
_SDDL: Final = later(
    r"^[ \t]*(?:nTSecurityDescriptor:\s*|SDDL\s*:\s*)?\"?(?:O:(?:S-1-[-\d]+|[A-Z]{2})\s*)?(?:G:(?:S-1-[-\d]+|[A-Z]{2})\s*)?D:(?:P|AI|AR)*(?:NO_ACCESS_CONTROL|\s*\([A-Z]{1,2};)",
    re.MULTILINE,
)
_EMPTY: Final = later(
    r"^\s*(?=[OG]:)(?:O:(?:S-1-[-\d]+|[A-Z]{2}))?(?:G:(?:S-1-[-\d]+|[A-Z]{2}))?D:(?:P|AI|AR)*\s*(?:S:.*)?$"
)
_LOOK: Final = 200_000
"""How many characters decide what a text is: the forms show themselves at once."""


def detect(text: str) -> Literal["sddl", "dsacls", "get-acl"] | None:
    """Which form of a security descriptor a text is, if it is one."""
    head = text[:_LOOK].lstrip("\ufeff")
    if _GET_ACL.search(head):
        return "get-acl"
    if _DSACLS.search(head):
        return "dsacls"
    return "sddl" if _SDDL.search(head) or _EMPTY.match(head) else None


def parse(text: str) -> Descriptor:
    """Read a descriptor in whichever form it is. Raises DescriptorError."""
    form = detect(text)
    if form is None:
        raise DescriptorError(
            "This text is no security descriptor.",
            why="It is neither SDDL nor output of dsacls or Get-Acl.",
        )
    return {"sddl": parse_sddl, "dsacls": parse_dsacls, "get-acl": parse_get_acl}[form](text)


def to_value(descriptor: Descriptor) -> dict[str, Any]:
    """The value of an ``ad.descriptor`` fact: SDDL where it can be written, else the entries themselves."""
    value: dict[str, Any] = {
        "dn": descriptor.dn,
        "owner": descriptor.owner,
        "protected": descriptor.protected,
        "format": descriptor.format,
    }
    try:
        value["sddl"] = to_sddl(descriptor)
    except DescriptorError:
        value |= {
            "present": descriptor.present,
            "group": descriptor.group,
            "aces": msgspec.to_builtins(descriptor.aces),
        }
    if descriptor.unread:
        value["unread"] = list(descriptor.unread)
    return value


def from_value(value: Any) -> Descriptor:
    """The descriptor in the value of an ``ad.descriptor`` fact. Raises DescriptorError where it holds neither ``sddl`` nor ``aces``."""
    if not isinstance(value, dict) or not ({"sddl", "aces"} & value.keys()):
        raise DescriptorError("The fact holds no security descriptor.", why="It has neither sddl nor aces.")
    known: dict[str, Any] = {key: value[key] for key in ("dn", "owner", "group", "format", "unread") if value.get(key)}
    if isinstance(value.get("protected"), bool):
        known["protected"] = value["protected"]
    if isinstance(value.get("sddl"), str):
        read = parse_sddl(value["sddl"])
        known = {"owner": read.owner, "group": read.group, "protected": read.protected} | known
        known |= {"present": read.present, "aces": msgspec.to_builtins(read.aces)}
    else:
        known |= {"present": value.get("present", True), "aces": value["aces"]}
    try:
        return msgspec.convert(known, Descriptor)
    except msgspec.ValidationError as reason:
        raise DescriptorError("The fact holds no usable security descriptor.", why=f"{reason}.") from None
