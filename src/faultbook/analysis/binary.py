"""The self-relative binary form of a security descriptor, as LDAP returns it in ``nTSecurityDescriptor`` ([MS-DTYP] 2.4.6)."""

import struct
import uuid
from typing import Final

from faultbook.analysis.acl import Ace, Descriptor, DescriptorError, Kind
from faultbook.analysis.ad_names import GUID

_DACL_PRESENT: Final = 0x0004
_DACL_PROTECTED: Final = 0x1000
_SELF_RELATIVE: Final = 0x8000
_KINDS: Final[dict[int, Kind]] = {0: "allow", 1: "deny", 5: "allow-object", 6: "deny-object"}
_NUMBERS: Final = {kind: number for number, kind in _KINDS.items()}


def parse_binary(data: bytes) -> Descriptor:
    """Read a self-relative descriptor. Raises DescriptorError where a length or offset leads outside the data."""
    try:
        return _parse(data)
    except (struct.error, ValueError, IndexError) as reason:
        if isinstance(reason, DescriptorError):
            raise
        raise DescriptorError(
            "The binary security descriptor is damaged.",
            why=f"A length or an offset leads outside its {len(data)} bytes.",
            do="Export it again.",
        ) from None


def _parse(data: bytes) -> Descriptor:
    revision, _, control, owner, group, _, dacl = struct.unpack_from("<BBHIIII", data)
    if revision != 1 or not control & _SELF_RELATIVE:
        raise DescriptorError(
            "These bytes are no self-relative security descriptor.", why="The header is not that of one."
        )
    if not control & _DACL_PRESENT:
        raise DescriptorError(
            "The security descriptor came without its access list.",
            why="It was read with flags, or by an account, that leave the list out.",
            do="Read nTSecurityDescriptor with the SD_FLAGS control set to 7.",
        )
    return Descriptor(
        owner=_sid(data, owner)[0] if owner else None,
        group=_sid(data, group)[0] if group else None,
        protected=bool(control & _DACL_PROTECTED),
        present=dacl != 0,
        aces=_acl(data, dacl) if dacl else (),
        format="binary",
    )


def _acl(data: bytes, at: int) -> tuple[Ace, ...]:
    _, _, size, count, _ = struct.unpack_from("<BBHHH", data, at)
    end, at = at + size, at + 8
    if end > len(data):
        raise IndexError
    aces = []
    for _ in range(count):
        number, flags, length, mask = struct.unpack_from("<BBHI", data, at)
        if length < 8 or at + length > end:
            raise IndexError
        aces.append(_ace(data[at : at + length], number, flags, mask))
        at += length
    return tuple(aces)


def _ace(body: bytes, number: int, flags: int, mask: int) -> Ace:
    kind = _KINDS.get(number)
    if kind is None:
        return Ace(
            kind="other", flags=flags, mask=mask, trustee=_of_other(body, number), raw=f"type {number}: {body.hex()}"
        )
    at = 8
    types: list[str | None] = [None, None]
    if number >= 5:
        (present,) = struct.unpack_from("<I", body, at)
        at += 4
        types, at = _types(body, at, present)
    return Ace(
        kind=kind,
        flags=flags,
        mask=mask,
        object_type=types[0],
        inherited_object_type=types[1],
        trustee=_sid(body, at)[0],
    )


def _types(body: bytes, at: int, present: int) -> tuple[list[str | None], int]:
    types: list[str | None] = [None, None]
    for place, bit in enumerate((1, 2)):
        if present & bit:
            types[place] = str(uuid.UUID(bytes_le=body[at : at + 16]))
            at += 16
    return types, at


def _of_other(body: bytes, number: int) -> str:
    """The trustee of a callback entry (types 9 to 12), which is laid out like its plain brother; else nothing."""
    at = 8
    if number in (11, 12):
        (present,) = struct.unpack_from("<I", body, at)
        at = _types(body, at + 4, present)[1]
    return _sid(body, at)[0] if 9 <= number <= 12 else ""


def _sid(data: bytes, at: int) -> tuple[str, int]:
    """A SID and the position behind it."""
    revision, count = struct.unpack_from("<BB", data, at)
    if revision != 1 or count > 15:
        raise IndexError
    authority = int.from_bytes(data[at + 2 : at + 8], "big")
    parts = struct.unpack_from(f"<{count}I", data, at + 8)
    shown = str(authority) if authority < 1 << 32 else f"0x{authority:012x}"
    return "-".join(("S", "1", shown, *map(str, parts))), at + 8 + 4 * count


def to_binary(descriptor: Descriptor) -> bytes:
    """Write the self-relative form. Raises DescriptorError where a trustee is no SID."""
    control = _SELF_RELATIVE | _DACL_PRESENT | (_DACL_PROTECTED if descriptor.protected else 0)
    entries = [_written(ace) for ace in descriptor.aces]
    dacl = b""
    if descriptor.present:
        dacl = struct.pack("<BBHHH", 4, 0, 8 + sum(map(len, entries)), len(entries), 0) + b"".join(entries)
    owner = _sid_bytes(descriptor.owner) if descriptor.owner else b""
    group = _sid_bytes(descriptor.group) if descriptor.group else b""
    at = 20
    offsets = []
    for part in (owner, group, dacl):
        offsets.append(at if part else 0)
        at += len(part)
    return struct.pack("<BBHIIII", 1, 0, control, offsets[0], offsets[1], 0, offsets[2]) + owner + group + dacl


def _written(ace: Ace) -> bytes:
    if ace.kind == "other":
        raise DescriptorError("An entry of another kind cannot be written in binary form.")
    body = b""
    if ace.kind.endswith("-object"):
        types = (ace.object_type, ace.inherited_object_type)
        for each in types:
            if each and not GUID.match(each):
                raise DescriptorError(f"The descriptor cannot be written: no GUID is known for {each!r}.")
        body = struct.pack("<I", (types[0] is not None) | (types[1] is not None) << 1)
        body += b"".join(uuid.UUID(each).bytes_le for each in types if each)
    body += _sid_bytes(ace.trustee)
    return struct.pack("<BBHI", _NUMBERS[ace.kind], ace.flags, 8 + len(body), ace.mask) + body


def _sid_bytes(sid: str) -> bytes:
    parts = sid.split("-")
    if parts[:2] != ["S", "1"] or len(parts) < 4:
        raise DescriptorError(f"The descriptor cannot be written in binary form: {sid!r} is no SID.")
    numbers = [int(part) for part in parts[3:]]
    return (
        struct.pack("<BB", 1, len(numbers))
        + int(parts[2], 0).to_bytes(6, "big")
        + struct.pack(f"<{len(numbers)}I", *numbers)
    )
