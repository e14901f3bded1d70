"""What the audit log says was done to the failing application before it failed."""

import datetime as dt
import re
from typing import Final

from faultbook.evidence import Facts, Outcome, Subject, no, unknown, yes
from faultbook.probes import audits, probe
from faultbook.probes.applications import IDS, is_of
from faultbook.probes.audits import Audit
from faultbook.probes.graph import time_of
from faultbook.probes.signins import began_at, signins_if_any
from faultbook.probes.subject import app_id
from faultbook.probes.words import listed, span, utc

_DAY: Final = dt.timedelta(days=1)
_CREDENTIALS: Final = re.compile(
    r"certificates and secrets management|^(?:add|remove|update) service principal credentials", re.IGNORECASE
)
_DELETED: Final = re.compile(
    r"^(?:hard )?delete (?:application|service principal)|^remove service principal\b(?! cred)", re.IGNORECASE
)
_TAKEN_BACK: Final = re.compile(r"^(?:remove delegated permission grant|revoke consent)\b", re.IGNORECASE)
_CONSENTED: Final = re.compile(r"^(?:consent to application|add delegated permission grant)\b", re.IGNORECASE)
_RESTORED: Final = re.compile(r"^(?:restore|add) (?:application|service principal)\b(?! cred)", re.IGNORECASE)


@probe("change.app-credentials", needs=("graph.directoryAudits",), otherwise="hardly-ever", family="app-credential-change",
       names=True, fields=(*audits.FIELDS, *IDS))  # fmt: skip
def credentials_changed_before(facts: Facts, about: Subject) -> Outcome:
    """Were the secrets or certificates of the application changed between its last success and the first failure, or in the day before?"""
    wanted, log, onset = app_id(about), audits.audit_log(facts), began_at(facts, about)
    worked = _last_success(facts, about)
    start = min(worked or onset, onset - _DAY)  # one place may go on with a new secret while another fails with the old
    found = [
        audit for audit in log.audits if audit.succeeded and _CREDENTIALS.search(audit.activity) and audit.at <= onset
    ]
    judged = [(audit, is_of(audit, facts, wanted)) for audit in found]
    ours = [audit for audit, is_ours in judged if is_ours]
    if ours and ours[-1].at >= start:
        return yes(_done(ours[-1], onset))
    if doubtful := [audit for audit, is_ours in judged if is_ours is None and audit.at >= start]:
        return unknown("ambiguous", _doubt(doubtful))
    if ours and worked is None:
        return unknown(
            "ambiguous",
            f"{_done(ours[-1], onset)} Whether it worked in between is not in the evidence; export the sign-ins of the application since then.",
        )
    if not log.covers(start, onset, "Core Directory"):
        return unknown("too-old", f"The audit log does not cover the time from {utc(start)} to {utc(onset)}.")
    others = {audit.name for audit, is_ours in judged if is_ours is False and audit.at >= start}
    aside = f"; those of {listed(sorted(others))} were" if others else ""
    return no(f"No secret or certificate of the application was changed from {utc(start)} to {utc(onset)}{aside}.")


@probe("change.app-deleted", needs=("graph.directoryAudits",), otherwise="hardly-ever", family="app-deletion", names=True,
       fields=(*audits.FIELDS, *IDS))  # fmt: skip
def deleted_before(facts: Facts, about: Subject) -> Outcome:
    """Was the application, or its enterprise application, deleted before the failures began, and not restored?"""
    return _still_done(facts, about, _DELETED, _RESTORED, "deletion of the application")


@probe("change.consent-removed", needs=("graph.directoryAudits",), otherwise="hardly-ever", family="consent-change", names=True,
       fields=(*audits.FIELDS, *IDS))  # fmt: skip
def consent_removed_before(facts: Facts, about: Subject) -> Outcome:
    """Was a consent to the application taken back before the failures began, and not given again?"""
    return _still_done(facts, about, _TAKEN_BACK, _CONSENTED, "removal of a consent to the application")


def _still_done(facts: Facts, about: Subject, done: re.Pattern[str], undone: re.Pattern[str], what: str) -> Outcome:
    """Whether something was done to the application before it began to fail, and not undone until then."""
    wanted, log, onset = app_id(about), audits.audit_log(facts), began_at(facts, about)
    before = [audit for audit in log.audits if audit.succeeded and audit.at <= onset]
    turns = [audit for audit in before if done.search(audit.activity) or undone.search(audit.activity)]
    judged = [(audit, is_of(audit, facts, wanted)) for audit in turns]
    ours = [audit for audit, is_ours in judged if is_ours]
    if ours and done.search(ours[-1].activity):
        return yes(_done(ours[-1], onset))
    doubtful = [audit for audit, is_ours in judged if is_ours is None and done.search(audit.activity)]
    if doubtful and not ours:
        return unknown("ambiguous", _doubt(doubtful))
    if not log.covers(onset - _DAY, onset, "Core Directory"):
        return unknown("too-old", f"The audit log does not cover the day before {utc(onset)}.")
    return no(f"The audit log up to {utc(onset)} holds no {what} that still stood.")


def _last_success(facts: Facts, about: Subject) -> dt.datetime | None:
    """When the application, or the affected user with it, last succeeded before it failed, where the sign-in log tells."""
    history = signins_if_any(facts, about)
    times = [at for row in (history.turns_of(about) if history else []) if (at := time_of(row.get("last_success")))]
    return max(times, default=None)


def _done(audit: Audit, onset: dt.datetime) -> str:
    return f"'{audit.activity.strip()}' of '{audit.name}' by {audit.actor} at {utc(audit.at)}, {span(onset - audit.at)} before {utc(onset)}."


def _doubt(found: list[Audit]) -> str:
    names = listed(f"'{audit.activity.strip()}' of '{audit.name}' at {utc(audit.at)}" for audit in found)
    return f"{names}: whether that is the failing application cannot be read; export the applications too."
