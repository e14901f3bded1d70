"""What PowerShell's ``Get-Acl`` prints for an object of Active Directory, read into a descriptor.

The enumerations are those of System.DirectoryServices (ActiveDirectoryRights) and System.Security.AccessControl.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from faultbook.analysis.acl import (
    CONTAINER_INHERIT,
    INHERIT_ONLY,
    INHERITED,
    NO_PROPAGATE,
    OBJECT_INHERIT,
    Ace,
    Descriptor,
    DescriptorError,
    kind_of,
)
from faultbook.analysis.ad_names import type_of
from faultbook.analysis.sddl import parse_sddl

_RIGHTS: Final = {
    "createchild": 0x1,
    "deletechild": 0x2,
    "listchildren": 0x4,
    "self": 0x8,
    "readproperty": 0x10,
    "writeproperty": 0x20,
    "deletetree": 0x40,
    "listobject": 0x80,
    "extendedright": 0x100,
    "delete": 0x10000,
    "readcontrol": 0x20000,
    "genericexecute": 0x20004,
    "genericwrite": 0x20028,
    "genericread": 0x20094,
    "writedacl": 0x40000,
    "writeowner": 0x80000,
    "genericall": 0xF01FF,
    "synchronize": 0x100000,
    "accesssystemsecurity": 0x1000000,
}
_INHERITANCE: Final = {"none": 0, "containerinherit": CONTAINER_INHERIT, "objectinherit": OBJECT_INHERIT}
_PROPAGATION: Final = {"none": 0, "nopropagateinherit": NO_PROPAGATE, "inheritonly": INHERIT_ONLY}
_OF_ENTRY: Final = frozenset(
    {
        "activedirectoryrights", "inheritancetype", "objecttype", "inheritedobjecttype", "objectflags",
        "accesscontroltype", "identityreference", "isinherited", "inheritanceflags", "propagationflags",
    }
)  # fmt: skip
_LINE: Final = re.compile(r"^\s{0,8}([A-Za-z]{2,30})\s*:(?:\s(.*))?$")
_PATH: Final = re.compile(r"((?:CN|OU|DC)=.+)$", re.IGNORECASE)


def parse_get_acl(text: str) -> Descriptor:
    """Read ``Get-Acl … | Format-List`` or the entries of ``(Get-Acl …).Access`` as list, CSV or JSON.

    A ``Sddl`` line wins over everything else. Raises DescriptorError where neither it nor any entry with its rights is there (the short
    ``Access : Everyone Deny`` summary says nothing about rights).
    """
    unread: list[str] = []
    blocks = list(_blocks(text, unread))
    whole: dict[str, str] = {}
    for block in blocks:
        if "activedirectoryrights" not in block:
            whole = {**block, **whole}
    dn = _dn(whole)
    if sddl := "".join(whole.get("sddl", "").split()):
        read = parse_sddl(sddl)
        return Descriptor(
            dn=dn,
            owner=read.owner or whole.get("owner"),
            group=read.group or whole.get("group"),
            protected=read.protected,
            present=read.present,
            aces=read.aces,
            format="get-acl",
        )
    aces = tuple(_ace(block) for block in blocks if "activedirectoryrights" in block)
    if not aces:
        raise DescriptorError(
            "This Get-Acl output names no rights.",
            why="It has neither an Sddl line nor entries with ActiveDirectoryRights.",
            do='Export (Get-Acl "AD:CN=…").Sddl or (Get-Acl "AD:CN=…").Access | Format-List.',
        )
    return Descriptor(
        dn=dn,
        owner=whole.get("owner") or None,
        group=whole.get("group") or None,
        protected=_protected(whole, aces),
        aces=aces,
        format="get-acl",
        unread=tuple(unread),
    )


def _blocks(text: str, unread: list[str]) -> Iterator[dict[str, str]]:
    """The objects of the output, keys in lower case, values as text."""
    start = text.lstrip("\ufeff \t\r\n")
    if start[:1] in ("[", "{"):
        yield from _json(start)
    elif start[:1] == '"' or start.startswith("#TYPE"):
        rows = csv.DictReader(line for line in start.splitlines() if not line.startswith("#TYPE"))
        yield from ({str(key).lower(): str(value or "") for key, value in row.items()} for row in rows)
    else:
        yield from _list(text, unread)


def _json(text: str) -> Iterator[dict[str, str]]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as reason:
        raise DescriptorError("The Get-Acl export is not valid JSON.", why=f"{reason}.") from None
    top = value if isinstance(value, list) else [value]
    for item in top:
        if not isinstance(item, dict):
            continue
        yield {key.lower(): _plain(each) for key, each in item.items()}
        nested = next((each for key, each in item.items() if key.lower() == "access"), None)
        for entry in nested if isinstance(nested, list) else []:
            if isinstance(entry, dict):
                yield {key.lower(): _plain(each) for key, each in entry.items()}


def _plain(value: Any) -> str:
    """A JSON value as PowerShell's list view would print it; an object shows its Value."""
    if isinstance(value, dict):
        return _plain(value.get("Value", ""))
    return "" if value is None or isinstance(value, list) else str(value)


def _list(text: str, unread: list[str]) -> Iterator[dict[str, str]]:
    """Blocks of ``Name : value``; a deeper line continues the value before it.

    A name that comes again, or the change between what describes the whole and what describes an entry, begins the next block: blank lines
    alone do not, because a pasted console puts them anywhere.
    """
    block: dict[str, str] = {}
    last = ""
    for line in text.splitlines():
        found = _LINE.match(line)
        if found:
            last = found[1].lower()
            if block and (last in block or (last in _OF_ENTRY) != (next(iter(block)) in _OF_ENTRY)):
                yield block
                block = {}
            block[last] = (found[2] or "").strip()
        elif last and line.strip() and line[:1].isspace():
            block[last] += ("" if last in ("sddl", "path") else "\n") + line.strip()
        elif line.strip():
            unread.append(line.strip())
    if block:
        yield block


def _ace(block: Mapping[str, str]) -> Ace:
    kind = block.get("accesscontroltype", "").strip().lower()
    if kind not in ("allow", "deny", "0", "1"):
        raise DescriptorError(
            "An entry of the Get-Acl output does not say whether it allows or denies.",
            why=f"AccessControlType is {block.get('accesscontroltype', 'missing')!r}.",
        )
    object_type = type_of(block.get("objecttype", ""))
    limited = type_of(block.get("inheritedobjecttype", ""))
    flags = _bits(block.get("inheritanceflags", "None"), _INHERITANCE, "InheritanceFlags")
    # the enumeration numbers NoPropagateInherit 1 and InheritOnly 2, the entry's own bits differ
    flags |= _bits(_propagation(block.get("propagationflags", "None")), _PROPAGATION, "PropagationFlags")
    flags |= INHERITED if block.get("isinherited", "").strip().lower() == "true" else 0
    return Ace(
        kind=kind_of(kind in ("allow", "0"), object_type is not None or limited is not None),
        flags=flags,
        mask=_bits(block["activedirectoryrights"], _RIGHTS, "ActiveDirectoryRights") & 0xFFFFFFFF,
        object_type=object_type,
        inherited_object_type=limited,
        trustee=" ".join(block.get("identityreference", "").split()),
    )


def _propagation(text: str) -> str:
    names = {"0": "None", "1": "NoPropagateInherit", "2": "InheritOnly", "3": "NoPropagateInherit, InheritOnly"}
    return names.get(text.strip(), text)


def _bits(text: str, names: Mapping[str, int], what: str) -> int:
    """The sum of enumeration names, or of the number that PowerShell prints where names do not suffice."""
    bits = 0
    for word in text.replace("\n", " ").split(","):
        name = word.strip()
        if re.fullmatch(r"-?\d{1,10}", name):
            bits |= int(name) & 0xFFFFFFFF
        elif name:
            if name.lower() not in names:
                raise DescriptorError(f"{what} of the Get-Acl output holds the unknown word {name[:60]!r}.")
            bits |= names[name.lower()]
    return bits


def _dn(whole: Mapping[str, str]) -> str:
    found = _PATH.search(whole.get("path", "") or whole.get("distinguishedname", "") or whole.get("dn", ""))
    return found[1].strip() if found else ""


def _protected(whole: Mapping[str, str], aces: Iterable[Ace]) -> bool | None:
    said = whole.get("areaccessrulesprotected", "").strip().lower()
    if said in ("true", "false"):
        return said == "true"
    # a protected list holds no inherited entry; without one it may be either
    return False if any(ace.inherited for ace in aces) else None
