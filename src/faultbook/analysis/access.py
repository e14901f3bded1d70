"""Whether Windows would let an account do one thing to one object of Active Directory.

The rules are those of [MS-ADTS] 5.1.3.3 (simple, object-specific and control access), [MS-DTYP] 2.5.3.2 and the Windows pages on how an access list
is read: entries in stored order, first one that concerns the right decides, none means no. Judged against a real directory
(docs/analysis.md).
"""

from collections.abc import Iterable, Sequence
from typing import Final, Literal, NamedTuple

from msgspec import Struct

from faultbook.analysis.acl import Ace, Descriptor
from faultbook.analysis.ad_names import (
    ACCOUNT_RESTRICTIONS,
    ATTR_LAST_SET,
    ATTR_LOCKOUT_TIME,
    CONTROL_ACCESS,
    GENERIC,
    INET_ORG_PERSON,
    NAMES,
    READ_CONTROL,
    RELATIVE,
    RELATIVE_NAMES,
    RIGHT_CHANGE,
    RIGHT_RESET,
    RIGHT_UNEXPIRE,
    USER,
    WRITE_DAC,
    WRITE_PROPERTY,
    type_name,
)
from faultbook.analysis.principals import OWNER_RIGHTS, Account, key_of, membership

Verdict = Literal["granted", "denied", "undetermined"]


class Right(Struct, frozen=True):
    """One bit of the access mask, narrowed to a property or an extended right; ``types`` are the GUIDs that stand for it."""

    name: str
    bit: int
    types: tuple[str, ...] = ()


RESET: Final = Right("Reset Password", CONTROL_ACCESS, (RIGHT_RESET,))
CHANGE: Final = Right("Change Password", CONTROL_ACCESS, (RIGHT_CHANGE,))
UNEXPIRE: Final = Right("Unexpire Password", CONTROL_ACCESS, (RIGHT_UNEXPIRE,))
WRITE_LOCKOUT_TIME: Final = Right("Write lockoutTime", WRITE_PROPERTY, (ATTR_LOCKOUT_TIME,))
WRITE_LAST_SET: Final = Right("Write pwdLastSet", WRITE_PROPERTY, (ATTR_LAST_SET, ACCOUNT_RESTRICTIONS))
READ_PERMISSIONS: Final = Right("Read permissions", READ_CONTROL)
MODIFY_PERMISSIONS: Final = Right("Modify permissions", WRITE_DAC)

WRITEBACK: Final = (RESET, WRITE_LOCKOUT_TIME, WRITE_LAST_SET)
"""What password writeback needs on each user; Unexpire Password, on the domain root, is its own question."""

_CLASSES: Final = frozenset({USER, INET_ORG_PERSON})


class Access(Struct, frozen=True, kw_only=True):
    """The verdict for one right. ``because`` is a clause in words; ``missing`` what would settle an undetermined one.

    ``ace`` is the entry that decides, ``no_entry`` true where none concerns the account, ``assumed`` true where *denied* rests on the
    account being in no administrators' group.
    """

    right: Right
    verdict: Verdict
    because: str
    missing: tuple[str, ...] = ()
    ace: Ace | None = None
    no_entry: bool = False
    assumed: bool = False


class _Step(NamedTuple):
    """One way in which the walk may end; ``doubt`` says what is not known where it need not end so."""

    granted: bool
    ace: Ace | None
    doubt: str = ""


class _Walk(NamedTuple):
    steps: list[_Step]
    waiting: Ace | None
    assumed: bool


def check(descriptor: Descriptor, account: Account, right: Right, object_class: str | None = USER) -> Access:
    """Decide one right; ``object_class`` is the schema GUID of the object's most specific class, None where it is not known."""
    if not descriptor.present:
        return Access(
            right=right, verdict="granted", because="the object has no access list, which allows everything to everyone"
        )
    if implied := _by_ownership(descriptor, account, right):
        return implied
    answers = [_judge(_walk(aces, descriptor, account, right, object_class), right) for aces in _orders(descriptor)]
    if any(answer.verdict != answers[0].verdict for answer in answers):
        return Access(
            right=right,
            verdict="undetermined",
            because="one inherited entry allows it, another refuses it, and dsacls does not show which of them stands first",
            missing=('the stored order of the entries: (Get-Acl "AD:…").Sddl shows it',),
        )
    return answers[0]


def order_warning(descriptor: Descriptor) -> str | None:
    """What is wrong with the order of the entries, if it is not the one that Windows itself would write."""
    if descriptor.format == "dsacls":
        return None
    ranks = [
        0 if not ace.inherited and not ace.allows else 2 if ace.inherited else 1
        for ace in descriptor.aces
        if ace.kind != "other"
    ]
    if ranks == sorted(ranks):
        return None
    return (
        "The access list is not in canonical order (explicit deny, explicit allow, inherited): it was evaluated as stored, "
        "and tools that rewrite it will change what it means."
    )


def in_words(ace: Ace) -> str:
    """An entry as a noun phrase: what it does, for whom, and where it comes from."""
    if ace.kind == "other":
        return f"the conditional entry for {trustee_name(ace.trustee)}"
    where = "inherited" if ace.inherited else "explicit"
    return f"the {where} {'allow' if ace.allows else 'deny'} entry for {trustee_name(ace.trustee)}"


def trustee_name(trustee: str) -> str:
    """A trustee as people call it."""
    key = key_of(trustee)
    if key in NAMES:
        return NAMES[key]
    if trustee in RELATIVE or key.startswith("rid:"):
        return RELATIVE_NAMES[int(key[4:])]
    return trustee or "somebody unnamed"


def _by_ownership(descriptor: Descriptor, account: Account, right: Right) -> Access | None:
    """The owner reads and changes permissions whatever the list says, unless the list speaks to OWNER RIGHTS."""
    if right.bit not in (READ_CONTROL, WRITE_DAC) or not descriptor.owner:
        return None
    if any(key_of(ace.trustee) == OWNER_RIGHTS and not ace.inherit_only for ace in descriptor.aces):
        return None
    if membership(account, descriptor.owner).holds is not True:
        return None
    return Access(right=right, verdict="granted", because=f"{account.shown} owns the object, and an owner always may")


def _orders(descriptor: Descriptor) -> list[Sequence[Ace]]:
    """The orders in which the entries may be stored: one, except that dsacls hides how inherited ones alternate."""
    if descriptor.format != "dsacls":
        return [descriptor.aces]
    own = [ace for ace in descriptor.aces if not ace.inherited]
    parents = [ace for ace in descriptor.aces if ace.inherited]
    return [own + sorted(parents, key=lambda ace: ace.allows), own + sorted(parents, key=lambda ace: not ace.allows)]


def _walk(
    aces: Iterable[Ace], descriptor: Descriptor, account: Account, right: Right, object_class: str | None
) -> _Walk:
    """Go through the entries in order, up to the first that certainly decides; note those before it that may."""
    steps: list[_Step] = []
    passed: set[str] = set()
    waiting: Ace | None = None
    assumed = False
    for ace in aces:
        grants = _grants(ace)
        if grants is None or not _mask(ace) & right.bit:
            continue
        concerned, doubt = _concerns(ace, right, object_class)
        if not concerned:
            continue
        member = membership(account, ace.trustee, descriptor.owner)
        if member.holds is False:
            assumed = assumed or (member.assumed and grants and not ace.inherit_only)
            continue
        if ace.inherit_only:
            waiting = waiting or (ace if member.holds and grants else None)
            continue
        if member.holds is None:
            if key_of(ace.trustee) in passed:
                continue  # a member would not have come this far
            if not doubt and ace.kind != "other":
                passed.add(key_of(ace.trustee))
            doubt = f"whether the account is {trustee_name(ace.trustee)} or a member of it"
        elif ace.kind == "other":
            doubt = f"whether the condition of the entry for {trustee_name(ace.trustee)} holds"
        steps.append(_Step(grants, ace, doubt))
        if not doubt:
            return _Walk(steps, waiting, assumed)
    return _Walk([*steps, _Step(False, None)], waiting, assumed)


def _judge(walk: _Walk, right: Right) -> Access:
    granted = {step.granted for step in walk.steps}
    if len(granted) > 1:
        doubts = dict.fromkeys(step.doubt for step in walk.steps if step.doubt)
        entry = next(step.ace for step in walk.steps if step.ace and step.doubt)
        return Access(
            right=right,
            verdict="undetermined",
            because=f"it hangs on {in_words(entry)}; not known is {' and '.join(doubts)}",
            missing=tuple(doubts),
            ace=entry,
        )
    last = walk.steps[-1]
    if last.ace is None:
        hint = f": {in_words(walk.waiting)} is for child objects only" if walk.waiting else ""
        return Access(
            right=right,
            verdict="denied",
            because=f"no entry grants it{hint}",
            no_entry=True,
            assumed=walk.assumed,
        )
    word = "grants" if last.granted else "refuses"
    return Access(
        right=right,
        verdict="granted" if last.granted else "denied",
        because=f"{in_words(last.ace)} {word} it",
        ace=last.ace,
        assumed=not last.granted and walk.assumed,
    )


def _grants(ace: Ace) -> bool | None:
    """Whether the entry allows or refuses; None where it is of a kind that decides nothing (audit, label)."""
    if ace.kind != "other":
        return ace.allows
    kinds = {
        "(XA": True,
        "(ZA": True,
        "(XD": False,
        "type 9:": True,
        "type 10": False,
        "type 11": True,
        "type 12": False,
    }
    return next((allows for start, allows in kinds.items() if ace.raw.startswith(start)), None)


def _mask(ace: Ace) -> int:
    """The entry's rights with the generic ones spelled out as a directory object maps them."""
    mask = ace.mask
    for bit, meaning in GENERIC.items():
        if mask & bit:
            mask |= meaning
    return mask


def _concerns(ace: Ace, right: Right, object_class: str | None) -> tuple[bool, str]:
    """Whether the entry speaks about this right on an object of this class, and what is not known about that."""
    limit = ace.inherited_object_type
    if limit and ace.inherited:
        # what a child of another class inherits is inherit-only in Windows; an export without flags hides that
        if object_class is None:
            return True, f"whether the object is of class {type_name(limit)}"
        if limit != object_class:
            return False, ""
    if ace.object_type is None or ace.kind in ("allow", "deny") or ace.object_type in right.types:
        return True, ""
    if right.bit == WRITE_PROPERTY and ace.object_type in _CLASSES:
        # the class itself is the root of the tree of properties: [MS-ADTS] 5.1.3.3.3
        if object_class is None:
            return True, f"whether the object is of class {type_name(ace.object_type)}"
        return ace.object_type == object_class, ""
    return False, ""
