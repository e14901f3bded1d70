"""Security descriptors in the definition language of [MS-DTYP] 2.5.1, read and written."""

import re
from collections.abc import Iterator
from typing import Final

from faultbook.analysis.acl import Ace, Descriptor, DescriptorError, Kind
from faultbook.analysis.ad_names import ABSOLUTE, FLAGS, GUID, RELATIVE, RIGHTS, type_of
from faultbook.patterns import later

_KINDS: Final[dict[str, Kind]] = {"A": "allow", "D": "deny", "OA": "allow-object", "OD": "deny-object"}
_OTHER: Final = frozenset({"AU", "AL", "OU", "OL", "XA", "XD", "ZA", "XU", "ML", "RA", "SP", "TL", "FL"})
_LETTERS: Final = {kind: letters for letters, kind in _KINDS.items()}
_SPECIFIC: Final = tuple(RIGHTS)[:17]
"""The rights letters that a directory uses; the file, key and label letters are read and never written."""

_SID: Final = later(r"^S-1-(?:\d{1,15}|0x[0-9a-f]{1,12})(?:-\d{1,10}){1,15}$", re.IGNORECASE)
_TRUSTEE: Final = r"(?:S-1-[-0-9a-fx]+|[A-Z]{2})"
_START: Final = later(
    rf"(?:O:(?P<owner>{_TRUSTEE})\s*)?(?:G:(?P<group>{_TRUSTEE})\s*)?D:(?P<flags>(?:P|AI|AR|NO_ACCESS_CONTROL)*)(?=\s*(?:\(|S:|$))",
    re.IGNORECASE | re.MULTILINE,
)
_DN: Final = later(
    r'^(?:(?:dn|distinguishedName|ObjectDN|Path)\s*:\s*)?"?(?:[^"=]*[/\\])?((?:CN|OU|DC)=[^"]+)', re.IGNORECASE
)
_LONGEST_NAME: Final = 2_000


def parse_sddl(text: str) -> Descriptor:
    """Read a descriptor from SDDL text; spaces and line breaks of a wrapped console are ignored, an audit list (``S:``) too.

    Lines before it may name the object (``DN: CN=…``). Raises DescriptorError where there is no access list or an entry is malformed.
    """
    start = _START.search(text)
    if start is None:
        raise DescriptorError(
            "This is no security descriptor in SDDL form.",
            why="It has no access list: nothing begins with D: and an entry in brackets.",
            do='Take the whole string, for instance from (Get-Acl "AD:CN=…").Sddl.',
        )
    flags = start["flags"].upper()
    return Descriptor(
        dn=_name(text[max(0, start.start() - _LONGEST_NAME) : start.start()]),
        owner=_trustee(start["owner"]) if start["owner"] else None,
        group=_trustee(start["group"]) if start["group"] else None,
        protected="P" in flags.replace("NO_ACCESS_CONTROL", ""),
        present="NO_ACCESS_CONTROL" not in flags,
        aces=tuple(_ace(body) for body in _bodies(text, start.end())),
    )


def to_sddl(descriptor: Descriptor) -> str:
    """Write a descriptor as SDDL, entries in their order. Raises DescriptorError where only a name is known and no SID."""
    owner = f"O:{_sid_or_alias(descriptor.owner)}" if descriptor.owner else ""
    group = f"G:{_sid_or_alias(descriptor.group)}" if descriptor.group else ""
    flags = ("P" if descriptor.protected else "") + ("" if descriptor.present else "NO_ACCESS_CONTROL")
    return f"{owner}{group}D:{flags}{''.join(map(_written, descriptor.aces))}"


def _name(head: str) -> str:
    """The distinguished name in the last line before a descriptor that holds one."""
    found = (_DN.match(line.strip()) for line in reversed(head.splitlines()))
    return next((match[1].strip() for match in found if match), "")


def _bodies(text: str, at: int) -> Iterator[str]:
    """The entries after a position, without their outer brackets; brackets inside a condition nest."""
    depth, start = 0, at
    quoted = False
    while at < len(text):
        char = text[at]
        if char == '"':
            quoted = not quoted
        elif quoted:
            pass
        elif char == "(":
            depth += 1
            start = at + 1 if depth == 1 else start
        elif char == ")" and depth:
            depth -= 1
            if not depth:
                yield text[start:at]
        elif not depth and not char.isspace():
            return
        at += 1
    if depth:
        raise DescriptorError(
            "The SDDL text breaks off inside an entry.",
            why=f"The bracket before {text[start : start + 40]!r} is never closed.",
            do="Export it again into a file; a console may have cut the line.",
        )


def _ace(body: str) -> Ace:
    fields = body.split(";", 6)
    if len(fields) < 6:
        raise DescriptorError(
            f"The SDDL entry ({body[:80]}) has {len(fields)} fields.", why="An entry has at least six."
        )
    letters = "".join(fields[0].split()).upper()
    if letters not in _KINDS and letters not in _OTHER:
        raise DescriptorError(f"The SDDL entry ({body[:80]}) is of the unknown type {letters!r}.")
    plain = letters in _KINDS
    flags, rights, object_type, inherited, trustee = ("".join(part.split()) for part in fields[1:6])
    return Ace(
        kind=_KINDS[letters] if plain else "other",
        flags=_flags(flags),
        mask=_mask(rights),
        object_type=_guid(object_type),
        inherited_object_type=_guid(inherited),
        trustee=_trustee(trustee),
        raw="" if plain else f"({body})",
    )


def _flags(text: str) -> int:
    bits = 0
    for pair in _pairs(text):
        if pair not in FLAGS and pair != "TP":
            raise DescriptorError(f"The SDDL flag {pair!r} is unknown.")
        bits |= FLAGS.get(pair, 0)
    return bits


def _mask(text: str) -> int:
    if text[:2].lower() == "0x" or text[:1].isdigit():
        try:
            number = int(text, 16 if text[:2].lower() == "0x" else 8 if text[:1] == "0" else 10)
        except ValueError:
            raise DescriptorError(f"The SDDL rights {text!r} are neither letters nor a number.") from None
        return number & 0xFFFFFFFF
    bits = 0
    for pair in _pairs(text):
        if pair not in RIGHTS:
            raise DescriptorError(f"The SDDL right {pair!r} is unknown.", why=f"It stands in {text!r}.")
        bits |= RIGHTS[pair]
    return bits


def _pairs(text: str) -> Iterator[str]:
    return (text[at : at + 2].upper() for at in range(0, len(text), 2))


def _guid(text: str) -> str | None:
    if text and not GUID.match(text):
        raise DescriptorError(f"The SDDL text holds {text!r} where a GUID belongs.")
    return type_of(text)


def _trustee(text: str) -> str:
    """An absolute alias becomes its SID; one that depends on the domain stays an alias, because the text does not say which domain."""
    short = text.upper()
    if short in ABSOLUTE:
        return ABSOLUTE[short]
    if short in RELATIVE or _SID.match(short):
        return short.replace("0X", "0x")
    raise DescriptorError(f"The SDDL text names the unknown trustee {text!r}.", why="It is neither a SID nor an alias.")


def _sid_or_alias(trustee: str) -> str:
    if trustee in RELATIVE or _SID.match(trustee):
        return trustee
    raise DescriptorError(
        f"The descriptor cannot be written as SDDL: {trustee!r} is a name.",
        why="SDDL knows SIDs only.",
    )


def _written(ace: Ace) -> str:
    if ace.kind == "other":
        if not ace.raw.startswith("("):
            raise DescriptorError("The descriptor cannot be written as SDDL: it holds an entry of another kind.")
        return ace.raw
    for named in (ace.object_type, ace.inherited_object_type):
        if named and not GUID.match(named):
            raise DescriptorError(f"The descriptor cannot be written as SDDL: no GUID is known for {named!r}.")
    flags = "".join(letters for letters, bit in FLAGS.items() if ace.flags & bit)
    covered = sum(RIGHTS[letters] for letters in _SPECIFIC)
    rights = (
        f"0x{ace.mask:x}"
        if ace.mask & ~covered or not ace.mask
        else "".join(letters for letters in _SPECIFIC if ace.mask & RIGHTS[letters])
    )
    kind = _LETTERS[ace.kind]
    types = f"{ace.object_type or ''};{ace.inherited_object_type or ''}"
    return f"({kind};{flags};{rights};{types};{_sid_or_alias(ace.trustee)})"
