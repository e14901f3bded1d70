"""Who an account is to an access list: by SID, by name, or by a group it is in."""

import re
from typing import Final, NamedTuple

from msgspec import Struct

from faultbook.analysis.ad_names import NAMES, RELATIVE, RELATIVE_NAMES

_RID: Final = re.compile(r"^S-1-5-21(?:-\d+){0,3}-(\d+)$")
_SID_OF: Final = {name.casefold(): sid for sid, name in NAMES.items()}
_RID_OF: Final = {name.casefold(): rid for rid, name in RELATIVE_NAMES.items()}
_SYSTEM_PREFIXES: Final = frozenset({"", "nt authority", "builtin"})

_EVERY_TOKEN: Final = frozenset({"S-1-1-0", "S-1-5-2", "S-1-5-11", "S-1-5-15"})
"""Everyone, NETWORK, Authenticated Users, This Organization: in the token of every account that works over the network."""

_NO_TOKEN: Final = frozenset(
    {"S-1-3-0", "S-1-3-1", "S-1-5-4", "S-1-5-6", "S-1-5-7", "S-1-5-9", "S-1-5-12", "S-1-5-18", "S-1-5-19", "S-1-5-20"}
)
"""Templates, other kinds of logon, and the accounts of the machine itself."""

_OFTEN_IMPLICIT: Final = frozenset({"rid:513", "S-1-5-32-545", "S-1-5-32-554"})
"""Domain Users, Users, Pre-Windows 2000 Compatible Access: most accounts are in them without it showing in a list of groups."""

SELF: Final = "S-1-5-10"
OWNER_RIGHTS: Final = "S-1-3-4"


class Account(Struct, frozen=True, kw_only=True):
    """The account whose access is asked about, as far as it is known.

    ``groups`` are names, SIDs or distinguished names, nested ones included; ``complete`` says that none is missing. ``is_target`` is true
    where the account is the object itself (SELF).
    """

    name: str | None = None
    domain: str | None = None
    sid: str | None = None
    groups: tuple[str, ...] = ()
    complete: bool = False
    is_target: bool = False

    @property
    def shown(self) -> str:
        """How to call it in a sentence."""
        if self.name and self.domain and "\\" not in self.name and "@" not in self.name:
            return f"{self.domain}\\{self.name}"
        return self.name or self.sid or "the connector account"


class Membership(NamedTuple):
    """Whether an account answers to a trustee: true, false, or None for *cannot be known from this*; and whether false is an assumption."""

    holds: bool | None
    assumed: bool = False


def key_of(principal: str) -> str:
    """One key for all spellings of a principal: the SID of a well-known one, ``rid:512`` for one of each domain, else SID or plain name."""
    text = principal.strip()
    upper = text.upper()
    if upper.startswith("S-1-"):
        found = _RID.match(upper)
        return f"rid:{found[1]}" if found and int(found[1]) in RELATIVE_NAMES else upper
    if text in RELATIVE:
        return f"rid:{RELATIVE[text]}"
    if text[:3].upper() == "CN=":
        text = re.split(r"(?<!\\),", text, maxsplit=1)[0][3:].replace("\\", "")
    prefix, _, name = text.rpartition("\\")
    if prefix.casefold() in _SYSTEM_PREFIXES and name.casefold() in _SID_OF:
        return _SID_OF[name.casefold()]
    if prefix.casefold() != "builtin" and name.casefold() in _RID_OF:
        return f"rid:{_RID_OF[name.casefold()]}"
    return f"name:{text.casefold()}"


def is_well_known(principal: str) -> bool:
    """Whether a principal exists in every domain from the start, so that it is nobody's service account."""
    key = key_of(principal)
    return key.startswith("rid:") or (key.startswith("S-1-") and not key.startswith("S-1-5-21-"))


def membership(account: Account, trustee: str, owner: str | None = None) -> Membership:
    """Whether the account answers to the trustee of an entry; ``owner`` is the object's, for OWNER RIGHTS."""
    key = key_of(trustee)
    if key == SELF:
        return Membership(account.is_target)
    if key == OWNER_RIGHTS:
        return membership(account, owner) if owner and key_of(owner) != OWNER_RIGHTS else Membership(None)
    if key in _EVERY_TOKEN:
        return Membership(True)
    if key in _NO_TOKEN:
        return Membership(False)
    if _is_own(account, trustee, key) or any(_same(group, trustee) for group in account.groups):
        return Membership(True)
    if key in _OFTEN_IMPLICIT:
        return Membership(False if account.complete and key == "rid:513" else None)
    if is_well_known(trustee):
        return Membership(False, assumed=not account.complete)
    return Membership(False if account.complete and _comparable(account, key) else None)


def _is_own(account: Account, trustee: str, key: str) -> bool:
    if key.startswith("name:"):
        return account.name is not None and _same_name(_qualified(account), trustee)
    return account.sid is not None and key_of(account.sid) == key


def _qualified(account: Account) -> str:
    name = account.name or ""
    return f"{account.domain}\\{name}" if account.domain and "\\" not in name and "@" not in name else name


def _same(one: str, other: str) -> bool:
    keys = key_of(one), key_of(other)
    if keys[0].startswith("name:") and keys[1].startswith("name:"):
        return _same_name(keys[0][5:], keys[1][5:])
    return keys[0] == keys[1]


def _same_name(one: str, other: str) -> bool:
    """Whether two account names mean the same; domains differ only where both are given in the same style."""
    (domain, name), (other_domain, other_name) = _parts(one), _parts(other)
    if name != other_name:
        return False
    same_style = ("." in domain) == ("." in other_domain)
    return not domain or not other_domain or domain == other_domain or not same_style


def _parts(name: str) -> tuple[str, str]:
    text = name.casefold().strip()
    if "\\" in text:
        domain, _, plain = text.rpartition("\\")
        return domain, plain
    plain, _, domain = text.partition("@")
    return domain, plain


def _comparable(account: Account, key: str) -> bool:
    """Whether the complete groups are known in the spelling of the trustee, so that *not found* means *not in it*.

    A complete list comes from the token, which holds SIDs; names beside them are extra. Names alone must be the whole list.
    """
    groups = [group for group in account.groups if not is_well_known(group) or group.upper().startswith("S-1-")]
    named = [key_of(group).startswith("name:") for group in groups]
    if key.startswith("name:"):
        return account.name is not None and all(named)
    return account.sid is not None and (not all(named) or not groups)
