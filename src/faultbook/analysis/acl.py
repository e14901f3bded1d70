"""The two types that every form of a security descriptor is read into."""

from typing import Final, Literal

from msgspec import Struct

from faultbook.errors import FaultbookError

Kind = Literal["allow", "deny", "allow-object", "deny-object", "other"]
Format = Literal["sddl", "dsacls", "get-acl", "binary"]

OBJECT_INHERIT: Final = 0x01
CONTAINER_INHERIT: Final = 0x02
NO_PROPAGATE: Final = 0x04
INHERIT_ONLY: Final = 0x08
INHERITED: Final = 0x10


class DescriptorError(FaultbookError, ValueError):
    """A security descriptor that cannot be read, or not written in the form that was asked for."""


def kind_of(allows: bool, is_object: bool) -> Kind:
    """The kind of an entry that allows or refuses, with types of its own or without."""
    if allows:
        return "allow-object" if is_object else "allow"
    return "deny-object" if is_object else "deny"


class Ace(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of an access list, in stored order within its descriptor.

    ``flags`` and ``mask`` are the bits of [MS-DTYP] 2.4.4.1 and 2.4.3. A type is a GUID in lower case, or the display name where the
    form gave a name that is not in our tables; ``trustee`` is a SID, a domain-relative SDDL alias (``DA``), or a name. ``raw`` keeps an entry
    of another kind (conditional, callback) as it was written.
    """

    kind: Kind
    flags: int = 0
    mask: int = 0
    object_type: str | None = None
    inherited_object_type: str | None = None
    trustee: str = ""
    raw: str = ""

    @property
    def inherited(self) -> bool:
        """Whether the entry came from a parent object."""
        return bool(self.flags & INHERITED)

    @property
    def inherit_only(self) -> bool:
        """Whether the entry waits for children and says nothing about the object itself."""
        return bool(self.flags & INHERIT_ONLY)

    @property
    def allows(self) -> bool:
        """Whether the entry grants (true) or refuses (false); meaningless for ``other``."""
        return self.kind.startswith("allow")


class Descriptor(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Owner, protection and access list of one object.

    ``protected`` is None where the form does not say; ``present`` is false for a NULL access list, which allows everything (an empty one
    allows nothing). ``unread`` are lines of a text that were not understood.
    """

    dn: str = ""
    owner: str | None = None
    group: str | None = None
    protected: bool | None = None
    present: bool = True
    aces: tuple[Ace, ...] = ()
    format: Format = "sddl"
    unread: tuple[str, ...] = ()
