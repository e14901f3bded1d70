"""What Entra knows about the affected account."""

import datetime as dt
import re
from typing import Final, Literal

from faultbook.evidence import Facts, Outcome, Subject, Unknown, no, unknown, yes
from faultbook.probes import audits, probe
from faultbook.probes.graph import Object, first, objects, parts, said, same, texts, time_of, whole
from faultbook.probes.subject import moment, user
from faultbook.probes.words import many, short, utc

_USER: Final = "graph.v1:microsoft.graph.user."
_IDS: Final = (_USER + "userPrincipalName", _USER + "id", _USER + "mail")
_CHANGE_FIELDS: Final = (
    *audits.FIELDS, *_IDS, _USER + "lastPasswordChangeDateTime", _USER + "signInSessionsValidFromDateTime"
)  # fmt: skip
_HOUR: Final = dt.timedelta(hours=1)
_DAY: Final = dt.timedelta(days=1)
_NEW_PASSWORD: Final = re.compile(r"(?:reset|change)d? (?:user )?password", re.IGNORECASE)
_VALID_FROM: Final = re.compile(r"TokensValidFrom\b[^'\"]{0,90}['\"](\d{4}-[0-9T:.Z+ -]{8,30})['\"]", re.IGNORECASE)
_TOGETHER: Final = dt.timedelta(minutes=10)
"""A new password and the end of the sessions that it brings lie no further apart in the log."""
_REVOKED: Final = re.compile(r"revoke.*(?:session|refresh token)|stsrefreshtokenvalidfrom", re.IGNORECASE)


def account(facts: Facts, about: Subject) -> Object | None:
    """The affected user among the users in the evidence; a guest is found under the address of the home tenant too."""
    name = user(about)
    guest = f"{name.replace('@', '_')}#ext#"

    def matches(item: Object) -> bool:
        principal = str(item.get("userPrincipalName") or "").casefold()
        return (
            principal == name
            or same(item.get("id"), about.user_id)
            or principal.startswith(guest)
            or same(item.get("mail"), name)
        )

    return first(objects(*facts.need("graph.users")), matches)


def known_account(facts: Facts, about: Subject) -> Object:
    """The affected user. Raises Unknown (not-found) where the users in the evidence do not contain it."""
    if (item := account(facts, about)) is None:
        raise Unknown("not-found", f"{about.user} is not among the users in the evidence.")
    return item


@probe("account.disabled", needs=("graph.users",), otherwise="hardly-ever", family="account-state", names=True,
       fields=(*_IDS, _USER + "accountEnabled"))  # fmt: skip
def disabled(facts: Facts, about: Subject) -> Outcome:
    """Is the account disabled in Entra?"""
    enabled = said(known_account(facts, about), "accountEnabled")
    if enabled is None:
        return unknown("unexpected-shape", f"accountEnabled of {about.user} is empty.")
    if enabled:
        return no(f"The account {about.user} is enabled (accountEnabled is true).")
    return yes(f"The account {about.user} is disabled (accountEnabled is false).")


@probe("account.is-guest", needs=("graph.users",), otherwise="sometimes", family="account-kind",
       fields=(*_IDS, _USER + "userType"))  # fmt: skip
def is_guest(facts: Facts, about: Subject) -> Outcome:
    """Is the user a guest?"""
    item = known_account(facts, about)
    principal = str(item.get("userPrincipalName") or "")
    if "#ext#" in principal.casefold():
        return yes(f"{about.user} is in the tenant as the guest {principal}.")
    kind = said(item, "userType")
    if kind is None:
        return unknown("unexpected-shape", f"userType of {about.user} is empty.")
    sentence = f"userType of {about.user} is {kind}."
    return yes(sentence) if same(kind, "Guest") else no(sentence)


@probe("account.absent", needs=("graph.users",), otherwise="rarely", family="account-kind", fields=_IDS)
def absent(facts: Facts, about: Subject) -> Outcome:
    """Is the user absent from the tenant's users?"""
    item = account(facts, about)
    if item is not None:
        return no(f"{about.user} is a user of this tenant ({item.get('userPrincipalName')}).")
    lists = facts.need("graph.users")
    number = len(objects(*lists))
    if not whole(*lists):
        return unknown(
            "ambiguous", f"{about.user} is not among {many(number, 'user')}, but the list may not be complete."
        )
    return yes(f"None of the {number:,} users in the list is {about.user}.")


@probe("account.mfa-unregistered", needs=("graph.userRegistrationDetails",), otherwise="rarely", family="mfa-registration", names=True,
       fields=tuple(f"graph.v1:microsoft.graph.userRegistrationDetails.{name}" for name in ("userPrincipalName", "isMfaRegistered", "methodsRegistered")))  # fmt: skip
def mfa_unregistered(facts: Facts, about: Subject) -> Outcome:
    """Has the user registered no method for multifactor authentication?"""
    name = user(about)
    found = first(objects(*facts.need("graph.userRegistrationDetails")), lambda item: same(item.get("userPrincipalName"), name) or same(item.get("id"), about.user_id))  # fmt: skip
    if found is None:
        return unknown("not-found", f"{about.user} is not in the report of registered methods; it lags by up to a day.")
    registered = said(found, "isMfaRegistered")
    if registered is None:
        return unknown("unexpected-shape", f"isMfaRegistered of {about.user} is empty.")
    methods = ", ".join(texts(found.get("methodsRegistered"))) or "none"
    if registered:
        return no(f"{about.user} has registered for multifactor authentication ({methods}).")
    return yes(
        f"{about.user} has not registered for multifactor authentication (isMfaRegistered is false; methods: {methods})."
    )


@probe("account.password-changed-before", needs=("graph.directoryAudits", "graph.users"), otherwise="rarely",
       family="password-change", names=True, version=2, fields=_CHANGE_FIELDS)  # fmt: skip
def password_changed_before(facts: Facts, about: Subject) -> Outcome:
    """Was the user's password changed or reset, or were the sessions revoked, in the day before the failure?"""
    return _ended(facts, about, "either")


@probe("account.new-password-before", needs=("graph.directoryAudits", "graph.users"), otherwise="rarely",
       family="password-change", names=True, fields=_CHANGE_FIELDS)  # fmt: skip
def new_password_before(facts: Facts, about: Subject) -> Outcome:
    """Was the user's password changed or reset in the day before the failure?"""
    return _ended(facts, about, "password")


@probe("account.sessions-revoked-before", needs=("graph.directoryAudits", "graph.users"), otherwise="rarely",
       family="password-change", names=True, fields=_CHANGE_FIELDS)  # fmt: skip
def sessions_revoked_before(facts: Facts, about: Subject) -> Outcome:
    """Were the user's sessions revoked in the day before the failure, without a new password?"""
    return _ended(facts, about, "sessions")


def _ended(facts: Facts, about: Subject, what: Literal["password", "sessions", "either"]) -> Outcome:
    """Whether a new password, revoked sessions without one, or either of the two made older tokens void.

    Where the message says from when on tokens are valid (AADSTS50173), that moment is asked about, however long ago: a job may have slept since.
    """
    name = user(about)
    start, end, when = _span(about)
    item = (account(facts, about) or {}) if facts.has("graph.users") else {}
    changed, revoked = (
        time_of(item.get(key)) for key in ("lastPasswordChangeDateTime", "signInSessionsValidFromDateTime")
    )
    apart = not changed or not revoked or abs(revoked - changed) > _TOGETHER
    if changed and what != "sessions" and start <= changed <= end:
        return yes(f"The password was last changed at {utc(changed)} for {name}, {when}.")
    if revoked and (what == "either" or (what == "sessions" and apart)) and start <= revoked <= end:
        return yes(f"The sessions were last revoked at {utc(revoked)} for {name}, {when}.")
    if changed and what == "password" and changed < start:
        return no(f"{name}'s password was last changed at {utc(changed)}, long before.")
    if changed and revoked and max(changed, revoked) < start:
        return no(
            f"{name}'s password was last changed at {utc(changed)} and the sessions revoked at {utc(revoked)}, long before."
        )
    log = audits.audit_log(facts)
    own = [
        audit
        for audit in reversed(log.audits)
        if audit.succeeded and start <= audit.at <= end and audit.targets_user(name, about.user_id)
    ]
    new = [audit for audit in own if _NEW_PASSWORD.search(audit.activity)]
    ended = [audit for audit in own if _REVOKED.search(audit.activity)]
    alone = [audit for audit in ended if not any(abs(audit.at - other.at) <= _TOGETHER for other in new)]
    found = {"password": new, "sessions": alone}.get(what, sorted([*new, *ended], key=own.index))
    if found:
        return yes(f"'{found[0].activity}' for {name} by {found[0].actor} at {utc(found[0].at)}, {when}.")
    if not log.covers(start, end, "Core Directory"):
        return unknown("too-old", f"The audit log does not cover {utc(start)} to {utc(end)} whole.")
    missing = {
        "password": "No change of {}'s password",
        "sessions": "No session of {} was revoked without a new password",
    }
    said_so = missing.get(what, "No change of {}'s password and no revoked session").format(name)
    return no(f"{said_so} from {utc(start)} to {utc(end)}, which the audit log covers.")


def _span(about: Subject) -> tuple[dt.datetime, dt.datetime, str]:
    """When it must have happened: around the moment that the message itself names, else in the day before the failure; and that in words."""
    stated = _VALID_FROM.search(about.text or "")
    if stated and (at := time_of(stated[1])):
        return at - _TOGETHER, at + _TOGETHER, f"the moment from which tokens are valid ({utc(at)})"
    at = moment(about)
    return at - _DAY, at, f"before the failure at {utc(at)}"


@probe("account.reset-refused-with", needs=("graph.directoryAudits",), otherwise="hardly-ever", family="reset-audit",
       names=True, fields=(*audits.FIELDS, "graph.v1:microsoft.graph.directoryAudit.resultReason"))  # fmt: skip
def reset_refused_with(facts: Facts, about: Subject, words: list[str], whose: str = "user") -> Outcome:
    """Did the audit log refuse a password change or reset around the failure with one of these reasons?

    ``whose`` is ``user`` for the affected user's own, or ``domain`` for anybody's of the same domain: for causes that are not one account's.
    """
    at = moment(about)
    home = (about.domain or (about.user or "").rpartition("@")[2]).casefold()
    refused = [
        audit
        for audit in audits.audit_log(facts).audits
        if abs(audit.at - at) <= _HOUR
        and not audit.succeeded
        and "password management" in audit.service.casefold()
        and _concerns(audit, about, home if whose == "domain" else "")
    ]
    if not refused:
        return unknown(
            "not-found", f"The audit log shows no refused password change or reset within an hour of {utc(at)}."
        )
    for audit in refused:
        reason = " ".join(
            [
                str(audit.row.get("resultReason") or ""),
                *(str(pair.get("value")) for pair in parts(audit.row, "additionalDetails")),
            ]
        )
        if any(_letters(word) in _letters(reason) for word in words):
            return yes(
                f"'{audit.activity}' of {audit.person or 'somebody'} was refused at {utc(audit.at)}: '{short(reason.strip())}'."
            )
    return no(f"{many(len(refused), 'refused password change')} within an hour of {utc(at)}, none for that reason.")


def _concerns(audit: audits.Audit, about: Subject, home: str) -> bool:
    """Whether it was the affected user's, or of somebody in this domain; every one where nothing is known of whom it is about."""
    if not about.user and not home:
        return not about.user_id
    who = audit.person.casefold()
    return (
        audit.targets_user(about.user, about.user_id)
        or same(who, about.user)
        or bool(home and who.endswith("@" + home))
    )


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())
