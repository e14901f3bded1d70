"""Objects of a directory, read and changed over LDAPS by somebody who may, and the entries in them by which writeback works or fails."""

import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from faultbook.analysis.acl import CONTAINER_INHERIT, INHERIT_ONLY, Ace, Descriptor
from faultbook.analysis.ad_names import (
    ATTR_LAST_SET,
    ATTR_LOCKOUT_TIME,
    CONTROL_ACCESS,
    RIGHT_RESET,
    RIGHT_UNEXPIRE,
    USER,
    WRITE_PROPERTY,
)
from faultbook.analysis.descriptor import parse_binary, to_binary
from faultbook.sources.ldif import sid
from faultbook.sources.live.ldap import SD_FLAGS, Place, verified

if TYPE_CHECKING:
    from ldap3 import Connection

DACL: Final = [(SD_FLAGS, True, b"\x30\x03\x02\x01\x04")]
OWNER_GROUP_DACL: Final = [(SD_FLAGS, True, b"\x30\x03\x02\x01\x07")]
ENABLED: Final = 0x200
NEVER_EXPIRES: Final = 0x10000

WRITEBACK: Final = (
    (CONTROL_ACCESS, RIGHT_RESET),
    (WRITE_PROPERTY, ATTR_LOCKOUT_TIME),
    (WRITE_PROPERTY, ATTR_LAST_SET),
)
"""What password writeback needs on a user: the access, and the right or attribute that it is to."""


def connect(place: Place, password: str, seconds: int = 10) -> "Connection":
    """A connection bound with a name and a password, its certificate verified. What goes wrong is raised as ldap3 raises it."""
    import ldap3

    server = ldap3.Server(
        place.host, port=place.port, use_ssl=True, tls=verified(place), get_info=ldap3.NONE, connect_timeout=seconds
    )
    connection = ldap3.Connection(
        server, place.user, password, raise_exceptions=True, receive_timeout=seconds, auto_referrals=False
    )
    connection.open()
    # small messages both ways: otherwise each bind waits 40 ms for an acknowledgement
    connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.bind()
    return connection


@contextmanager
def opened(place: Place, password: str, seconds: int = 10) -> Iterator["Objects"]:
    """The objects as one account sees them, for as long as it takes."""
    from ldap3.core.exceptions import LDAPException

    connection = connect(place, password, seconds)
    try:
        yield Objects(connection)
    finally:
        with suppress(LDAPException, OSError):  # a broken connection cannot be ended in good order
            connection.unbind()


def password_value(password: str) -> bytes:
    """A password as the attribute ``unicodePwd`` takes it."""
    return f'"{password}"'.encode("utf-16-le")


class Objects:
    """One connection's view of the objects. Refusals are raised as ldap3 raises them."""

    def __init__(self, connection: "Connection") -> None:
        self.connection = connection

    def attributes(
        self, dn: str, names: Sequence[str], controls: Sequence[tuple[str, bool, bytes]] | None = None
    ) -> Mapping[str, list[bytes]]:
        """Some attributes of one object, raw."""
        from ldap3 import BASE

        self.connection.search(dn, "(objectClass=*)", BASE, attributes=list(names), controls=controls)
        found: Mapping[str, list[bytes]] = next(
            row["raw_attributes"] for row in self.connection.response if row["type"] == "searchResEntry"
        )
        return found

    def named(self, base: str, name: str) -> str | None:
        """The distinguished name of the user with this user principal name below an object."""
        from ldap3.utils.conv import escape_filter_chars

        wanted = f"(&(objectClass=user)(userPrincipalName={escape_filter_chars(name)}))"
        self.connection.search(base, wanted, attributes=["distinguishedName"])
        found = (row for row in self.connection.response if row["type"] == "searchResEntry")
        return next((str(row["dn"]) for row in found), None)

    def sid(self, dn: str) -> str:
        """Its security identifier."""
        return sid(self.attributes(dn, ["objectSid"])["objectSid"][0])

    def groups(self, dn: str) -> tuple[str, ...]:
        """Every group of the token that the account would get."""
        return tuple(sid(raw) for raw in self.attributes(dn, ["tokenGroups"])["tokenGroups"])

    def descriptor(self, dn: str) -> Descriptor:
        """Its owner and access list, with what it inherits."""
        return parse_binary(self.attributes(dn, ["nTSecurityDescriptor"], OWNER_GROUP_DACL)["nTSecurityDescriptor"][0])

    def own(self, dn: str) -> Descriptor:
        """The same without what it inherits: that is what may be written back."""
        found = self.descriptor(dn)
        return replace(found, aces=tuple(ace for ace in found.aces if not ace.inherited))

    def write(self, dn: str, descriptor: Descriptor) -> None:
        """Set its own access list; the directory adds what it inherits."""
        value = to_binary(replace(descriptor, owner=None, group=None))
        self._modify(dn, {"nTSecurityDescriptor": value}, controls=DACL)

    def add(self, dn: str, kind: str, **attributes: Any) -> str:
        """Add one object, and say its name again."""
        self.connection.add(dn, kind, attributes)
        return dn

    def add_account(self, dn: str, name: str, password: str, *, kind: str = "user", **attributes: Any) -> str:
        """Add an account that can sign in."""
        control = attributes.pop("userAccountControl", ENABLED)
        given = {"sAMAccountName": name, "unicodePwd": password_value(password), "userAccountControl": control}
        return self.add(dn, kind, **given, **attributes)

    def change(self, dn: str, **attributes: Any) -> None:
        """Replace the values of some attributes."""
        self._modify(dn, attributes)

    def set_password(self, dn: str, password: str) -> None:
        """Reset the password, as whoever may do so can."""
        self.change(dn, unicodePwd=password_value(password))

    def join(self, group: str, member: str) -> None:
        """Make an object a member of a group."""
        from ldap3 import MODIFY_ADD

        self.connection.modify(group, {"member": [(MODIFY_ADD, [member])]})

    def _modify(
        self, dn: str, attributes: Mapping[str, Any], controls: Sequence[tuple[str, bool, bytes]] | None = None
    ) -> None:
        from ldap3 import MODIFY_REPLACE

        changes = {name: [(MODIFY_REPLACE, [value])] for name, value in attributes.items()}
        self.connection.modify(dn, changes, controls=controls)


def granting(descriptor: Descriptor, trustee: str) -> Descriptor:
    """With the rights of password writeback for one account, on the users below the object."""
    new = [
        Ace(
            kind="allow-object", flags=CONTAINER_INHERIT | INHERIT_ONLY, mask=mask, object_type=what,
            inherited_object_type=USER, trustee=trustee,
        )
        for mask, what in WRITEBACK
    ]  # fmt: skip
    return replace(descriptor, aces=(*without(descriptor, trustee).aces, *new))


def granting_unexpire(descriptor: Descriptor, trustee: str) -> Descriptor:
    """With the right Unexpire Password for one account, which belongs on the root of a domain."""
    new = Ace(kind="allow-object", mask=CONTROL_ACCESS, object_type=RIGHT_UNEXPIRE, trustee=trustee)
    return replace(descriptor, aces=(*without(descriptor, trustee).aces, new))


def without(descriptor: Descriptor, trustee: str) -> Descriptor:
    """Without any entry for that account."""
    return replace(descriptor, aces=tuple(ace for ace in descriptor.aces if ace.trustee != trustee))


def denying(descriptor: Descriptor, trustee: str) -> Descriptor:
    """With an explicit refusal of Reset Password to one account, in front as Windows keeps it."""
    refusal = Ace(kind="deny-object", mask=CONTROL_ACCESS, object_type=RIGHT_RESET, trustee=trustee)
    return replace(descriptor, aces=(refusal, *without(descriptor, trustee).aces))
