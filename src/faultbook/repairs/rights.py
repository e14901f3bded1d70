"""Rights of the connector account: what is missing, the entries that grant it, and inheritance where it is switched off.

The rights are those that Microsoft's page on enabling password writeback names; where they are granted is the affected user's own parent, for the
users below it, as that page has it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from faultbook.analysis.access import (
    RESET,
    UNEXPIRE,
    WRITE_LAST_SET,
    WRITE_LOCKOUT_TIME,
    WRITEBACK,
    Access,
    Right,
    check,
    in_words,
)
from faultbook.analysis.acl import CONTAINER_INHERIT, INHERIT_ONLY, INHERITED, Ace, Descriptor
from faultbook.analysis.ad_names import ATTR_LAST_SET, ATTR_LOCKOUT_TIME, DOMAIN_DNS, RIGHT_RESET, RIGHT_UNEXPIRE, USER
from faultbook.analysis.descriptor import DescriptorError, parse_binary, to_binary
from faultbook.analysis.principals import Account
from faultbook.repairs.change import Change, RepairError, State
from faultbook.sources.ldif import sid
from faultbook.sources.live.adread import Directory
from faultbook.sources.live.failure import Failure
from faultbook.sources.live.ldap import SD_FLAGS, Place, failure_of
from faultbook.sources.live.secrets import Secrets

if TYPE_CHECKING:
    from ldap3 import Connection

NAME: Final = "writeback-rights"
DACL: Final = b"\x30\x03\x02\x01\x04"
_TYPES: Final = {
    RESET: RIGHT_RESET,
    WRITE_LOCKOUT_TIME: ATTR_LOCKOUT_TIME,
    WRITE_LAST_SET: ATTR_LAST_SET,
    UNEXPIRE: RIGHT_UNEXPIRE,
}
_TYPED: Final = {
    RESET: "CA;Reset Password",
    WRITE_LOCKOUT_TIME: "WP;lockoutTime",
    WRITE_LAST_SET: "WP;pwdLastSet",
    UNEXPIRE: "CA;Unexpire Password",
}


class Seen(Struct, frozen=True, kw_only=True):
    """What the directory shows: the user, its parent, the root, and the connector account."""

    dn: str
    parent: str
    root: str
    user: Descriptor
    above: Descriptor
    base: Descriptor
    account: Account
    protected_account: str


class Rights:
    """Plans, makes and takes back changes of access lists over one connection."""

    def __init__(self, connection: "Connection", place: Place, secrets: Secrets) -> None:
        self._connection = connection
        self._place = place
        self._secrets = secrets
        self.directory = Directory(connection, place, secrets)

    def plan(self, user: str, dn: str = "") -> list[Change]:
        """The changes that give the connector account its rights on a user; empty where it has them. Raises Failure where the directory cannot say."""
        seen = self._look(user, dn)
        denied = [
            answer
            for right in WRITEBACK
            if (answer := check(seen.user, seen.account, right, USER)).verdict != "granted"
        ]
        changes: list[Change] = []
        if denied and seen.protected_account:
            changes.append(
                _advice(
                    seen,
                    seen.protected_account,
                    "Manage the passwords of protected accounts on premises. Nobody's rights are changed.",
                )
            )
        elif refusing := [answer for answer in denied if answer.ace is not None and answer.ace.kind.startswith("deny")]:
            changes.append(
                _advice(
                    seen,
                    f"{in_words(_ace(refusing[0]))} refuses {refusing[0].right.name}; somebody wrote it on purpose.",
                    "Ask its author, then remove that entry by hand; an added grant would not outweigh it.",
                )
            )
        elif denied:
            changes += self._granting(seen, [answer.right for answer in denied])
        if check(seen.base, seen.account, UNEXPIRE, DOMAIN_DNS).verdict == "denied":
            changes.append(_grant(seen, seen.root, [UNEXPIRE], here=True))
        return changes

    def _granting(self, seen: Seen, rights: Sequence[Right]) -> list[Change]:
        """Inheritance where it is off, and entries on the parent for what would be missing even then."""
        changes = [_inherit(seen)] if seen.user.protected else []
        whole = replace(seen.user, aces=(*seen.user.aces, *_handed_down(seen.above)))
        lacking = [
            right
            for right in rights
            if check(whole if seen.user.protected else seen.user, seen.account, right, USER).verdict != "granted"
        ]
        return [*([_grant(seen, seen.parent, lacking, here=False)] if lacking else []), *changes]

    def _look(self, user: str, dn: str) -> Seen:
        name, row = self.directory.user(user, dn)
        found = self.directory.connectors()
        if len(found) != 1:
            raise Failure(
                "ambiguous" if found else "not-found",
                f"{len(found)} connector accounts were found; name the right one with --connector.",
            )
        connector, account = found[0]
        parent = name.partition(",")[2]
        groups = tuple(sid(raw) for raw in self.directory.token_groups(connector))
        return Seen(
            dn=name, parent=parent, root=self.directory.base, user=_descriptor(row, name), above=self._descriptor(parent),
            base=self._descriptor(self.directory.base), protected_account=_protection(name, row),
            account=Account(name=account["sAMAccountName"][0].decode(), sid=sid(account["objectSid"][0]), groups=groups, complete=True),
        )  # fmt: skip

    def _descriptor(self, dn: str) -> Descriptor:
        return _descriptor(self.directory.one(dn, ("nTSecurityDescriptor",), descriptor=True), dn)

    def state(self, change: Change) -> State:
        """Whether the change is there now."""
        held = self._descriptor(change.target)
        if change.kind == "inherit":
            return "open" if held.protected else "applied"
        return "applied" if all(_holds(held, ace) for ace in _aces(change)) else "open"

    def apply(self, change: Change) -> None:
        """Make the change, unless it is there. Raises RepairError where the directory refuses, or where it is not there afterwards."""
        if self.state(change) == "applied":
            return
        held = self._descriptor(change.target)
        if change.kind == "inherit":
            self._write(change.target, replace(held, protected=False))
        else:
            new = tuple(ace for ace in _aces(change) if not _holds(held, ace))
            self._write(change.target, replace(held, aces=_inserted(held.aces, new)))
        if self.state(change) != "applied":
            raise RepairError(
                f"The change to {change.target} was accepted and is not there.", do="Look at the object by hand."
            )

    def undo(self, change: Change) -> None:
        """Take back exactly what was added; entries that others have made since stay."""
        held = self._descriptor(change.target)
        if change.kind == "inherit":
            self._write(change.target, replace(held, protected=True))
        else:
            left = list(held.aces)
            for ace in _aces(change):
                same = next((one for one in left if _same(one, ace)), None)
                if same is not None:
                    left.remove(same)
            self._write(change.target, replace(held, aces=tuple(left)))
        if self.state(change) != "open":
            raise RepairError(f"What was granted on {change.target} is still there.", do="Look at the object by hand.")

    def _write(self, dn: str, descriptor: Descriptor) -> None:
        """Write the entries that are the object's own; the directory adds what it inherits."""
        from ldap3 import MODIFY_REPLACE
        from ldap3.core.exceptions import LDAPException

        own = replace(
            descriptor, owner=None, group=None, aces=tuple(ace for ace in descriptor.aces if not ace.inherited)
        )
        try:
            content = to_binary(own)
        except DescriptorError as reason:
            raise RepairError(
                f"The access list of {dn} cannot be rewritten without loss, so it was not touched.", why=str(reason)
            ) from reason
        try:
            self._connection.modify(
                dn, {"nTSecurityDescriptor": [(MODIFY_REPLACE, [content])]}, controls=[(SD_FLAGS, True, DACL)]
            )
        except (LDAPException, OSError) as error:
            raise RepairError(
                f"{dn} was not changed.", why=failure_of(error, self._place, self._secrets).sentence
            ) from None


def _descriptor(row: Any, dn: str) -> Descriptor:
    raw = row.get("nTSecurityDescriptor")
    if not raw:
        raise Failure("not-permitted", f"The descriptor of {dn} may not be read by this account.")
    return parse_binary(raw[0])


def _protection(dn: str, row: Any) -> str:
    """Why an account counts as protected; nothing where it does not."""
    if row.get("adminCount", [b"0"])[0] == b"1":
        return f"{dn} is a protected account (adminCount = 1): Windows rewrites its rights every hour, and password writeback does not serve it."
    return ""


def _ace(answer: Access) -> Ace:
    assert answer.ace is not None
    return answer.ace


def _aces(change: Change) -> tuple[Ace, ...]:
    return msgspec.convert(change.data["aces"], tuple[Ace, ...])


def _handed_down(above: Descriptor) -> list[Ace]:
    """What a user below an object inherits from it."""
    return [
        replace(ace, flags=INHERITED)
        for ace in above.aces
        if ace.flags & CONTAINER_INHERIT and ace.inherited_object_type in (None, USER)
    ]


def _same(one: Ace, other: Ace) -> bool:
    return (
        replace(one, raw="", flags=one.flags & ~INHERITED) == replace(other, raw="", flags=other.flags & ~INHERITED)
        and not one.inherited
    )


def _holds(descriptor: Descriptor, ace: Ace) -> bool:
    return any(_same(one, ace) for one in descriptor.aces)


def _inserted(aces: Sequence[Ace], new: Sequence[Ace]) -> tuple[Ace, ...]:
    """New grants behind the object's own entries and before what it inherits: the order in which Windows keeps them."""
    own = [ace for ace in aces if not ace.inherited]
    return (*own, *new, *(ace for ace in aces if ace.inherited))


def _grant(seen: Seen, dn: str, rights: Sequence[Right], *, here: bool) -> Change:
    flags = 0 if here else CONTAINER_INHERIT | INHERIT_ONLY
    limit = None if here else USER
    aces = [
        Ace(
            kind="allow-object",
            flags=flags,
            mask=right.bit,
            object_type=_TYPES[right],
            inherited_object_type=limit,
            trustee=seen.account.sid or "",
        )
        for right in rights
    ]
    account = seen.account.shown
    where = "on this object" if here else "on every user below it"
    switch = "" if here else " /I:S"
    return Change(
        repair=NAME, kind="grant", target=dn,
        exact=tuple(f"+ allow {right.name} to {account} {where}" for right in rights),
        affects=f"{account} may {' and '.join(right.name for right in rights)} {where}: {dn}.",
        risk="low: nothing is taken from anybody; the account gets the rights that password writeback is documented to need.",
        undo="removes exactly these entries; whatever else was changed there since stays.",
        permission=f"Modify permissions (WRITE_DAC) on {dn}",
        command=tuple(f'dsacls "{dn}"{switch} /G "{account}:{_TYPED[right]}{"" if here else ";user"}"' for right in rights),
        data={"aces": msgspec.to_builtins(aces)},
    )  # fmt: skip


def _inherit(seen: Seen) -> Change:
    return Change(
        repair=NAME, kind="inherit", target=seen.dn,
        exact=("- the access list is protected from inheritance", "+ the access list inherits from its parent; its own entries stay"),
        affects=f"{seen.dn} gets whatever its parent hands down, besides what it has.",
        risk="medium: rights of others that the parent hands down arrive too; somebody may have switched inheritance off on purpose.",
        undo="protects the access list again and drops what it had inherited.",
        permission=f"Modify permissions (WRITE_DAC) on {seen.dn}",
        command=(f'dsacls "{seen.dn}" /P:N',),
        data={"protected": False},
    )  # fmt: skip


def _advice(seen: Seen, why: str, do: str) -> Change:
    return Change(
        repair=NAME, kind="advice", target=seen.dn, exact=(), affects=do, risk="", undo="", permission="", command=(), refused=why,
    )  # fmt: skip
