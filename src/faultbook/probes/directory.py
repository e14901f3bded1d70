"""What Active Directory lets the connector account do to the affected user, and the state of that user there."""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from msgspec import structs

from faultbook.analysis.access import UNEXPIRE, WRITEBACK, Access, check, order_warning
from faultbook.analysis.acl import CONTAINER_INHERIT, INHERITED
from faultbook.analysis.ad_names import (
    CREATE_CHILD,
    DOMAIN_DNS,
    INET_ORG_PERSON,
    PROTECTED_RIDS,
    PROTECTED_SIDS,
    USER,
    WRITE_PROPERTY,
)
from faultbook.analysis.descriptor import Descriptor, DescriptorError, from_value
from faultbook.analysis.principals import Account, key_of
from faultbook.evidence import Facts, Outcome, Subject, Unknown, no, unknown, yes
from faultbook.probes import probe
from faultbook.probes.events import logged, read_log
from faultbook.probes.filenames import calls, file_may_be
from faultbook.probes.words import listed

_CONNECTOR: Final = re.compile(r"(?:^|\\)(?:MSOL_[0-9a-f]{12}|AAD_[0-9a-f]{12}|ADSyncMSA\w+\$?)$", re.IGNORECASE)
_REPLICATION: Final = re.compile(r"^1131f6a[abcd]-9c07-11d1-f79f-00c04fc2dcd2$|^Replicat", re.IGNORECASE)
_DISABLED_BIT: Final = 0x2
_DISABLED_EVENT: Final = 33005
_HOUR: Final = dt.timedelta(hours=1)


class _Object(NamedTuple):
    """A descriptor with how to call its object, and what had to be taken for granted."""

    descriptor: Descriptor
    shown: str
    taken: str


@probe(
    "directory.writeback-rights-missing",
    needs=("ad.descriptor",),
    otherwise="hardly-ever",
    family="rights",
    names=True,
    cost=2,
)
def writeback_rights_missing(facts: Facts, about: Subject) -> Outcome:
    """Does the connector account lack a right that password writeback needs on the affected user?"""
    target = _user_object(facts, about)
    account, by_name = _connector(facts, target.descriptor)
    answers = [check(target.descriptor, account, right, _class_of_user(facts, about)) for right in WRITEBACK]
    caveat = _caveat(target, by_name, answers)
    if lacking := [answer for answer in answers if answer.verdict == "denied"]:
        blocked = (
            " Inheritance is switched off there, so nothing granted on a parent arrives."
            if target.descriptor.protected and any(answer.no_entry for answer in lacking)
            else ""
        )
        return yes(f"{_capital(account.shown)} lacks {_with_reasons(lacking)}, on {target.shown}.{blocked}{caveat}")
    if open_ := [answer for answer in answers if answer.verdict == "undetermined"]:
        return unknown(
            "ambiguous", f"Not decided for {account.shown} on {target.shown}: {_with_reasons(open_)}.{caveat}"
        )
    return no(f"{_capital(account.shown)} holds {_names(answers)} on {target.shown}: {answers[0].because}.{caveat}")


@probe("directory.unexpire-right-missing", needs=("ad.descriptor",), otherwise="rarely", family="rights-root", cost=2)
def unexpire_right_missing(facts: Facts, about: Subject) -> Outcome:
    """Does the connector account lack Unexpire Password on the domain root?"""
    root = _root_object(facts, about)
    account, by_name = _connector(facts, root.descriptor)
    answer = check(root.descriptor, account, UNEXPIRE, DOMAIN_DNS)
    caveat = _caveat(root, by_name, [answer])
    if answer.verdict == "undetermined":
        return unknown(
            "ambiguous", f"Not decided for {account.shown} on {root.shown}: {_with_reasons([answer])}.{caveat}"
        )
    if answer.verdict == "denied":
        return yes(f"{_capital(account.shown)} lacks {_with_reasons([answer])}, on {root.shown}.{caveat}")
    return no(f"{_capital(account.shown)} holds {UNEXPIRE.name} on {root.shown}: {answer.because}.{caveat}")


@probe("directory.inheritance-blocked", needs=("ad.descriptor",), otherwise="rarely", family="inheritance", cost=2)
def inheritance_blocked(facts: Facts, about: Subject) -> Outcome:
    """Is inheritance switched off on the affected user?"""
    target = _user_object(facts, about)
    if target.descriptor.protected is None:
        return unknown(
            "unexpected-shape", f"The export of {target.shown} does not say whether permissions are inherited."
        )
    if target.descriptor.protected:
        return yes(
            f"Inheritance is switched off on {target.shown}: rights granted on its OU do not reach it.{target.taken}"
        )
    return no(f"{_capital(target.shown)} inherits permissions from its parent.{target.taken}")


@probe("directory.protected-account", needs=("ad.object",), otherwise="rarely", family="inheritance")
def protected_account(facts: Facts, about: Subject) -> Outcome:
    """Is the affected user a protected account (adminCount = 1)?"""
    item = _user_entry(facts, about)
    shown = item.get("userPrincipalName") or item.get("dn") or "the affected user"
    groups = [str(group) for group in item.get("memberOf") or [] if _is_protected_group(str(group))]
    if _number(item.get("adminCount")) == 1:
        also = (
            f" and is in {listed(map(_rdn, groups))}"
            if groups
            else "; it keeps that mark even after leaving the protected groups"
        )
        return yes(f"{shown} has adminCount = 1{also}. Windows rewrites the permissions of protected accounts hourly.")
    if groups:
        return yes(
            f"{shown} is in {listed(map(_rdn, groups))}, whose members Windows protects; adminCount is not set yet or not exported."
        )
    if "adminCount" not in item:
        return unknown(
            "unexpected-shape", f"The export of {shown} does not hold adminCount; add -Properties adminCount,memberOf."
        )
    return no(f"{shown} is not a protected account (adminCount is not 1).")


@probe(
    "directory.account-disabled",
    needs=("ad.object", "windows.events"),
    otherwise="hardly-ever",
    family="directory-account-state",
    names=True,
)
def account_disabled(facts: Facts, about: Subject) -> Outcome:
    """Is the account disabled in Active Directory?"""
    if facts.has("ad.object"):
        item = _user_entry(facts, about)
        shown = item.get("userPrincipalName") or item.get("dn") or "The affected user"
        bits, enabled = _number(item.get("userAccountControl")), item.get("enabled")
        if bits is not None:
            word = "disabled" if bits & _DISABLED_BIT else "enabled"
            return (yes if bits & _DISABLED_BIT else no)(
                f"{shown} is {word} in Active Directory (userAccountControl = {bits})."
            )
        if isinstance(enabled, bool):
            return (no if enabled else yes)(f"{shown} is {'enabled' if enabled else 'disabled'} in Active Directory.")
        if not facts.has("windows.events"):
            return unknown("unexpected-shape", f"The export of {shown} holds neither userAccountControl nor Enabled.")
    facts.need("ad.object", "windows.events")
    found = logged(
        facts, about, "a disabled account", lambda event: event.id == _DISABLED_EVENT and event.from_agent,
        before=_HOUR, after=_HOUR, log=read_log(facts),
    )  # fmt: skip
    # without such an event nobody looked: the log records a disabled account only when a reset reaches it
    return (
        found
        if found.answer != "no"
        else unknown("not-found", "No event 33005 around the failure; export the user with userAccountControl.")
    )


def _user_object(facts: Facts, about: Subject) -> _Object:
    """The descriptor of the affected user, and of nobody else."""
    known = _names_of_user(facts, about)
    held = _readable(facts)
    found = [each for each, _ in held]
    if mine := [each for each in found if each.dn and _plain(each.dn) in known]:
        return _Object(mine[0], mine[0].dn, "")
    nameless = [(each, by) for each, by in held if not each.dn and not _is_container(each)]
    unnamed = [each for each, by in nameless if file_may_be(facts, about, by)]
    unnamed = [each for each, by in nameless if len(unnamed) > 1 and calls(by, about.user or "")] or unnamed
    if len(unnamed) == 1:
        return _Object(
            unnamed[0], "the affected user", " The descriptor names no object; it was taken to be the affected user's."
        )
    people = [each for each in found if each.dn[:3].casefold() == "cn=" and not _is_container(each)]
    if not known and len(people) == 1 and _may_be(about, people[0].dn):
        return _Object(
            people[0],
            people[0].dn,
            " Nothing in the evidence gives the affected user's own distinguished name; this one fits.",
        )
    raise Unknown("ambiguous", _not_the_user(found, known))


def _root_object(facts: Facts, about: Subject) -> _Object:
    """The descriptor of the root of the affected user's domain."""
    roots = {_domain_part(name) for name in _names_of_user(facts, about)} - {""}
    found = [each for each, _ in _readable(facts)]
    named = [each for each in found if each.dn and _plain(each.dn) == _domain_part(_plain(each.dn))]
    mine = [each for each in named if not roots or _plain(each.dn) in roots]
    if mine and (roots or len(named) == 1):
        return _Object(mine[0], mine[0].dn, "")
    unnamed = [each for each in found if not each.dn and _is_root(each)]
    if len(unnamed) == 1 and not named:
        return _Object(
            unnamed[0],
            "the domain root",
            " The descriptor names no object; its replication rights are those of a domain root.",
        )
    raise Unknown(
        "ambiguous",
        "No descriptor in the evidence is that of the root of the affected user's domain; run dsacls on it.",
    )


def _readable(facts: Facts) -> list[tuple[Descriptor, str]]:
    """Every descriptor, each with its object's name where it has one, and the name of its file."""
    found: list[tuple[Descriptor, str]] = []
    trouble = ""
    for fact in facts.need("ad.descriptor"):
        try:
            found.append((_named(from_value(fact.value), fact.target), fact.by.rpartition("/")[2]))
        except DescriptorError as reason:
            trouble = str(reason)
    if not found:
        raise Unknown("unexpected-shape", trouble)
    return found


def _named(descriptor: Descriptor, target: str) -> Descriptor:
    return descriptor if descriptor.dn or not target else structs.replace(descriptor, dn=target)


def _connector(facts: Facts, descriptor: Descriptor) -> tuple[Account, str]:
    """The connector account, and what to say where only its name gives it away."""
    accounts = [_account(fact.value, fact.target) for fact in facts.all("ad.principal") if isinstance(fact.value, dict)]
    if len(accounts) > 1:
        accounts = [each for each in accounts if _CONNECTOR.search(each.name or "")] or accounts
        if len({(each.name or each.sid or "").casefold() for each in accounts}) > 1:
            raise Unknown(
                "ambiguous",
                f"Which of {listed(each.shown for each in accounts)} is the connector account is not known.",
            )
        accounts.sort(key=lambda each: (not each.complete, not each.sid))
    if accounts:
        return accounts[0], ""
    names = {ace.trustee.casefold(): ace.trustee for ace in descriptor.aces if _CONNECTOR.search(ace.trustee)}
    if len(names) == 1:
        name = next(iter(names.values()))
        return Account(name=name), f" {name} was taken to be the connector account by its name."
    return Account(), ""


def _account(value: dict[str, Any], target: str) -> Account:
    return Account(
        name=value.get("name") or target or None,
        domain=value.get("domain") or None,
        sid=value.get("sid") or None,
        groups=tuple(str(group) for group in value.get("groups") or ()),
        complete=value.get("complete") is True,
    )


def _user_entry(facts: Facts, about: Subject) -> dict[str, Any]:
    """The affected user's entry in Active Directory."""
    entries = [fact.value for fact in facts.need("ad.object") if isinstance(fact.value, dict)]
    known = _names_of_user(facts, about)
    for entry in entries:
        if _plain(str(entry.get("dn") or "")) in known or _is_user(entry.get("userPrincipalName"), about):
            return entry
    if (
        len(entries) == 1
        and not entries[0].get("userPrincipalName")
        and not known
        and _may_be(about, str(entries[0].get("dn") or ""))
    ):
        return entries[0]
    raise Unknown(
        "ambiguous", f"No entry of Active Directory in the evidence is known to be {about.user or 'the affected user'}."
    )


def _names_of_user(facts: Facts, about: Subject) -> set[str]:
    """The distinguished names under which the affected user is known, made comparable."""
    names = {about.dn or ""}
    for fact in facts.all("ad.object"):
        if isinstance(fact.value, dict) and _is_user(fact.value.get("userPrincipalName"), about):
            names.add(str(fact.value.get("dn") or fact.target))
    for fact in facts.all("graph.users"):
        for item in fact.value if isinstance(fact.value, list) else []:
            if isinstance(item, dict) and _is_user(item.get("userPrincipalName"), about):
                names.add(str(item.get("onPremisesDistinguishedName") or ""))
    return {_plain(name) for name in names if name}


def _class_of_user(facts: Facts, about: Subject) -> str | None:
    """The class of the affected user: user unless its entry says inetOrgPerson; None for anything else."""
    known = _names_of_user(facts, about)
    for fact in facts.all("ad.object"):
        value = fact.value if isinstance(fact.value, dict) else {}
        if _plain(str(value.get("dn") or "")) in known and value.get("objectClass"):
            said = value["objectClass"]
            classes = [str(each).casefold() for each in (said if isinstance(said, list) else [said])]
            return INET_ORG_PERSON if "inetorgperson" in classes else USER if "user" in classes else None
    return USER


def _is_user(name: object, about: Subject) -> bool:
    return bool(about.user) and str(name or "").casefold() == (about.user or "").casefold()


def _may_be(about: Subject, dn: str) -> bool:
    """Whether a distinguished name fits the affected user's name: every word before the @ is, holds or begins one of its words."""
    if not about.user:
        return True
    name = [word for word in re.split(r"[^\w]+", _rdn(dn).casefold()) if word]

    def fits(word: str) -> bool:
        if len(word) == 1:
            return any(each.startswith(word) for each in name)
        return any(word in each or (len(each) > 2 and each in word) for each in name)

    return all(fits(word) for word in re.split(r"[^\w]+|_", about.user.partition("@")[0].casefold()) if word)


def _is_container(descriptor: Descriptor) -> bool:
    """Whether an unnamed descriptor gives itself away.

    It lets somebody create objects of a class in it, or replicate the domain; or it hands entries of its own down to children of a class.
    """
    creates = any(
        ace.object_type and not ace.inherited and ace.mask & (CREATE_CHILD | WRITE_PROPERTY) == CREATE_CHILD
        for ace in descriptor.aces
    )
    hands_down = any(
        ace.inherited_object_type and ace.flags & (CONTAINER_INHERIT | INHERITED) == CONTAINER_INHERIT
        for ace in descriptor.aces
    )
    return creates or hands_down or _is_root(descriptor)


def _is_root(descriptor: Descriptor) -> bool:
    return any(_REPLICATION.match(ace.object_type or "") and not ace.inherited for ace in descriptor.aces)


def _is_protected_group(group: str) -> bool:
    key = key_of(group)
    return key in PROTECTED_SIDS or (key.startswith("rid:") and int(key[4:]) in PROTECTED_RIDS)


def _not_the_user(found: Sequence[Descriptor], known: Iterable[str]) -> str:
    whose = listed(each.dn or "an object without a name" for each in found)
    if any(known):
        return (
            f"The evidence holds the permissions of {whose}, not of the affected user; run dsacls on the user itself."
        )
    return f"The evidence holds the permissions of {whose}; it is not known to be the affected user. Export the user with Get-ADUser too."


def _caveat(target: _Object, by_name: str, answers: Iterable[Access]) -> str:
    """What the answer takes for granted, as further sentences."""
    parts = [target.taken, by_name]
    if any(answer.assumed for answer in answers):
        parts.append(" The account's groups are not all known; it was taken to be in no administrators' group.")
    if warning := order_warning(target.descriptor):
        parts.append(f" {warning}")
    if target.descriptor.unread:
        parts.append(f" Lines of the export that were not understood: {len(target.descriptor.unread)}.")
    return "".join(parts)


def _with_reasons(answers: Sequence[Access]) -> str:
    """Rights with the reason of each; a common reason is said once."""
    reasons = {answer.because for answer in answers}
    if len(reasons) == 1:
        return f"{_names(answers)} ({reasons.pop()})"
    return "; ".join(f"{answer.right.name} ({answer.because})" for answer in answers)


def _names(answers: Iterable[Access]) -> str:
    return listed(answer.right.name for answer in answers)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:] if text.startswith("the ") else text


def _plain(dn: str) -> str:
    """A distinguished name in the form in which two of them compare."""
    return re.sub(r"\s*([,=])\s*", r"\1", dn.strip()).casefold()


def _domain_part(plain: str) -> str:
    return plain[plain.find("dc=") :] if re.search(r"(?:^|,)dc=", plain) else ""


def _rdn(dn: str) -> str:
    """The first name of a distinguished name, without its type."""
    first = re.split(r"(?<!\\),", dn, maxsplit=1)[0]
    return first.partition("=")[2] or first


def _number(value: object) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None
