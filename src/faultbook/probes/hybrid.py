"""The way of a password from Entra to Active Directory: the switch, the writeback agent, its relay, its rights, its age."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Final

from faultbook.evidence import Facts, Outcome, Subject, Unknown, field_of, no, unknown, yes
from faultbook.probes import account, audits, probe
from faultbook.probes.agent import (
    ALIVE,
    DENIED,
    HEARTBEAT,
    OFFBOARDED,
    ONBOARDED,
    RELAY,
    STARTED,
    STOPPED,
    TRIED,
    WROTE,
    account_refused,
    broke_off,
)
from faultbook.probes.events import Event, agent_log, agent_log_if_any, engine_turns, logged, read_log, unfiltered
from faultbook.probes.graph import objects, parts, said, same, time_of
from faultbook.probes.subject import moment, user
from faultbook.probes.switches import switches
from faultbook.probes.words import listed, many, short, span, utc

_USER: Final = "graph.v1:microsoft.graph.user."
_ORGANISATION: Final = "graph.v1:microsoft.graph.organization."
_SYNC_BETA: Final = "graph.beta:microsoft.graph.onPremisesDirectorySynchronization."
_SYNC: Final = "graph.v1:microsoft.graph.onPremisesDirectorySynchronization."

_QUARTER: Final = dt.timedelta(minutes=15)
_HOUR: Final = dt.timedelta(hours=1)
_SILENCE: Final = dt.timedelta(minutes=10)  # a heartbeat comes about every five minutes: two are missing
_SILENCE_ADRIFT: Final = dt.timedelta(minutes=30)  # no restart lasts so long, wherever a log without a zone belongs
_STALE: Final = dt.timedelta(hours=3)
_CUT_OFF: Final = dt.datetime(2026, 9, 30, tzinfo=dt.UTC)
_OLDEST: Final = (2, 5, 79, 0)
_WRITEBACK_TURNED: Final = re.compile(r"(en|dis)able password write-?back", re.IGNORECASE)
_DENIED: Final = re.compile(r"(?:hr=|0x)80070005\b", re.IGNORECASE)
_NOT_ENABLED: Final = re.compile(r"(?:hr=|0x)8023061f\b", re.IGNORECASE)


@probe("hybrid.user-is-synced", needs=("graph.users", "ad.object"), otherwise="often", family="synced",
       fields=(_USER + "userPrincipalName", _USER + "onPremisesSyncEnabled", _USER + "onPremisesDistinguishedName"))  # fmt: skip
def user_is_synced(facts: Facts, about: Subject) -> Outcome:
    """Is the affected user synchronised from Active Directory?"""
    name = user(about)
    if facts.has("graph.users") and (item := account.account(facts, about)) is not None:
        if said(item, "onPremisesSyncEnabled") is True:
            return yes(
                f"{name} is synchronised ({item.get('onPremisesDistinguishedName') or 'onPremisesSyncEnabled is true'})."
            )
        return no(
            f"{name} is a cloud-only user (onPremisesSyncEnabled is not true); writeback does not concern this account."
        )
    for fact in facts.all("ad.object"):
        if isinstance(fact.value, dict) and same(fact.value.get("userPrincipalName"), name):
            return yes(f"Active Directory holds an account with the name {name} ({fact.value.get('dn')}).")
    facts.need("graph.users", "ad.object")
    return unknown("not-found", f"{name} is not among the accounts in the evidence.")


@probe("hybrid.writeback-off", needs=("graph.onPremisesSynchronization", "connect.settings"), otherwise="hardly-ever",
       family="writeback-setting", names=True,
       fields=(_SYNC + "features.passwordWritebackEnabled", _ORGANISATION + "onPremisesSyncEnabled"))  # fmt: skip
def writeback_off(facts: Facts, about: Subject) -> Outcome:
    """Is password writeback switched off?"""
    tenants = objects(*facts.all("graph.organization"))
    if tenants and not any(item.get("onPremisesSyncEnabled", True) for item in tenants):
        return no("The tenant does not synchronise from Active Directory, so there is nothing to write back.")
    on: list[str] = []
    for settings in facts.all("connect.settings"):
        for name, value in switches(settings.value, about) if isinstance(settings.value, dict) else ():
            if value is False:
                return yes(f"Password writeback is off on the sync server ({name}).")
            on.append(name)
    if facts.has("graph.onPremisesSynchronization") or not on:
        for item in objects(*facts.need("graph.onPremisesSynchronization", "connect.settings")):
            if field_of(item, "features.passwordWritebackEnabled") is False:
                return yes("Password writeback is off: Entra says passwordWritebackEnabled = false.")
            on.append("Entra (passwordWritebackEnabled)")
    return no(f"Password writeback is on ({', '.join(on)}).")


@probe("hybrid.writeback-disabled-before", needs=("graph.directoryAudits", "windows.events"), otherwise="hardly-ever",
       family="writeback-setting", names=True, fields=audits.FIELDS)  # fmt: skip
def writeback_disabled_before(facts: Facts, about: Subject) -> Outcome:
    """Was password writeback disabled for the directory, and not enabled again, before the failure?"""
    at = moment(about)
    turns: list[tuple[dt.datetime, bool, str]] = []
    covered = []
    if facts.has("graph.directoryAudits"):
        log = audits.audit_log(facts)
        turns += [
            (audit.at, found[1].casefold() == "en", f"'{audit.activity}' by {audit.actor}")
            for audit in log.audits
            if audit.succeeded and (found := _WRITEBACK_TURNED.search(audit.activity))
        ]
        covered.append(log.covers(at - _HOUR, at, "Self-service Password Management"))
    if (events := agent_log_if_any(facts)).events:
        turns += [
            (event.at, event.id == ONBOARDED, f"event {event.id}") for event in events.of({ONBOARDED, OFFBOARDED})
        ]
        covered.append(events.covers(at - _HOUR, at))
    if not covered:
        facts.need("graph.directoryAudits", "windows.events")
    never = [event for event in events.events if abs(event.at - at) <= _QUARTER and _NOT_ENABLED.search(event.text)]
    if never:
        return yes(f"{never[0]}: the sync engine says that password writeback is not enabled for the user's forest.")
    past = [turn for turn in sorted(turns) if turn[0] <= at]
    if past and not past[-1][1]:
        return yes(
            f"Password writeback was disabled at {utc(past[-1][0])} ({past[-1][2]}) and not enabled again before {utc(at)}."
        )
    if past:
        return no(f"Password writeback was last enabled, at {utc(past[-1][0])} ({past[-1][2]}), before {utc(at)}.")
    if not any(covered):
        return unknown("too-old", f"Neither audit log nor event log covers the hour before {utc(at)}.")
    return no(f"Nobody disabled password writeback in the time before {utc(at)} that the logs cover.")


@probe(
    "hybrid.writeback-service-stopped",
    needs=("windows.events",),
    otherwise="hardly-ever",
    family="agent-state",
    names=True,
)
def writeback_service_stopped(facts: Facts, about: Subject) -> Outcome:
    """Was the writeback service stopped, and not started again, when the failure happened?"""
    at, log = moment(about), agent_log_if_any(facts)
    engine = engine_turns(facts)
    if not log.events and not engine:
        agent_log(facts)
    turns = [(event, event.id != STOPPED) for event in log.of({STARTED, STOPPED} | ALIVE)] + engine
    turns.sort(key=lambda turn: (turn[0].at, turn[0].id))
    before = [turn for turn in turns if turn[0].at <= at]
    if before and not before[-1][1]:
        stop = before[-1][0]
        back = next((event for event, alive in turns if alive and event.at > at), None)
        again = f"; it came back at {utc(back.at)}" if back else "; the log shows no start after it"
        _expect_an_agent(facts, about)
        return yes(f"{stop}: the writeback service stopped {span(at - stop.at)} before the failure{again}.{log.caveat}")
    if not log.covers(at - _QUARTER, at):
        return unknown("too-old", f"The event log does not cover the time before {utc(at)}.")
    if not before:
        return unknown(
            "not-found",
            f"The log shows neither a start nor a stop nor a heartbeat of the writeback service before {utc(at)}.",
        )
    return no(f"The writeback service was running: {before[-1][0]} is its last sign before the failure.")


def _expect_an_agent(facts: Facts, about: Subject, *more: Callable[[Facts, Subject], Outcome]) -> None:
    """Raises Unknown where writeback itself was switched off, or ``more`` explains it: an agent that cannot speak is silent, and its relay may be well."""
    for question in (writeback_off, writeback_disabled_before, *more):
        try:
            answer = question(facts, about)
        except Unknown:  # nothing is known of the switch, so the silence stands for itself
            continue
        if answer.answer == "yes":
            raise Unknown("ambiguous", f"The agent is silent, as it has to be: {answer.sentence}")


@probe("hybrid.heartbeat-missing", needs=("windows.events",), otherwise="hardly-ever", family="agent-state", names=True)
def heartbeat_missing(facts: Facts, about: Subject) -> Outcome:
    """Is the Service Bus heartbeat missing for more than ten minutes around the failure, in a log that covers that time?"""
    at, log = moment(about), agent_log(facts)
    if not any(event for event in log.events if "passwordreset" in event.provider.replace(" ", "").casefold()):
        return unknown(
            "not-found", "The log holds no event of PasswordResetService, so a missing heartbeat says nothing."
        )
    span_of = next(((first, last) for first, last in log.spans if first <= at <= last), None)
    if span_of is None or not (log.zoneless or log.covers(at, at)):
        return unknown("too-old", f"The event log does not cover {utc(at)}; export it again, whole.")
    beats = [event.at for event in log.of({HEARTBEAT})]
    last = max((beat for beat in beats if beat <= at), default=None)
    following = min((beat for beat in beats if beat > at), default=None)
    start, end = last or span_of[0], following or span_of[1]
    if log.zoneless and end - start <= _SILENCE_ADRIFT:
        return unknown(
            "unexpected-shape",
            f"The times of the event log carry no zone, so it cannot show that the heartbeat came around {utc(at)}.",
        )
    if not beats and not unfiltered(facts):
        return unknown(
            "not-found",
            "The log shows no heartbeat at any time, and may have been filtered before it was exported; export it whole.",
        )
    if end - start > _SILENCE:
        if not (log.zoneless or log.covers(start, end)):
            return unknown(
                "too-old",
                f"The event log has a hole between {utc(start)} and {utc(end)}, where the heartbeat is missing.",
            )
        since = f"the last came at {utc(last)}" if last else f"there is none since the log begins at {utc(start)}"
        until = f"the next at {utc(following)}" if following else f"none followed until the log ends at {utc(end)}"
        _expect_an_agent(facts, about, writeback_service_stopped)
        return yes(
            f"No heartbeat (event 31019) for {span(end - start)} around {utc(at)}: {since}, {until}.{log.caveat}"
        )
    if last is None or following is None:
        return unknown(
            "too-old", f"The log covers only {span(end - start)} around {utc(at)}, too little to miss a heartbeat."
        )
    return no(f"The heartbeat (event 31019) came at {utc(last)} and {utc(following)}, before and after the failure.")


@probe(
    "hybrid.relay-error-logged", needs=("windows.events",), otherwise="hardly-ever", family="agent-state", names=True
)
def relay_error_logged(facts: Facts, about: Subject) -> Outcome:
    """Did the writeback agent log a Service Bus or listener error around the failure, with no sign of life after it?"""
    at, log = moment(about), agent_log(facts)
    alive = max((event.at for event in log.of(ALIVE, end=at)), default=None)

    def still_broken(event: Event) -> bool:
        return event.id in RELAY and (event.at >= at or alive is None or event.at > alive)

    return logged(facts, about, "a relay error that lasted", still_broken, before=_HOUR, after=_QUARTER, log=log)


@probe("hybrid.writeback-works", needs=("windows.events", "graph.directoryAudits"), otherwise="often",
       family="agent-state-ok", fields=audits.FIELDS, version=2)  # fmt: skip
def writeback_works(facts: Facts, about: Subject) -> Outcome:
    """Did a writeback succeed around the failure, with no break between?"""
    at = moment(about)
    start, end = at - _HOUR, at + _HOUR
    log = agent_log_if_any(facts)
    wrote = sorted(log.of(WROTE, start, end), key=lambda event: abs(event.at - at))
    for event in wrote:
        if broke_off(log, event.at, at) is None:
            return yes(f"{event}: a password was written back: '{short(event.text)}'.")
    if wrote:
        broke = broke_off(log, wrote[0].at, at)
        return no(
            f"{wrote[0]}: a password was written back, but between that and the failure the agent broke: {broke}."
        )
    trail = audits.audit_log(facts).audits if facts.has("graph.directoryAudits") else ()
    for audit in trail:
        agent = audit.detail("OnPremisesAgent")
        if start <= audit.at <= end and audit.succeeded and agent.casefold() not in ("", "none"):
            return yes(f"'{audit.activity}' at {utc(audit.at)} was written back through {agent}.")
    if not log.events and not trail:
        facts.need("windows.events", "graph.directoryAudits")
    if failed := log.of(TRIED, start, end):
        return no(
            f"{many(len(failed), 'event')} of attempts to write back within an hour of {utc(at)}, none of a success: {failed[-1]}."
        )
    return unknown(
        "not-found", f"Nobody tried to write a password back within an hour of {utc(at)}, as far as the logs show."
    )


@probe(
    "hybrid.cloud-service-error-logged",
    needs=("windows.events",),
    otherwise="hardly-ever",
    family="cloud-service",
    names=True,
)
def cloud_service_error_logged(facts: Facts, about: Subject) -> Outcome:
    """Did the agent log an error of the cloud password service around the failure?"""
    return logged(
        facts,
        about,
        "the cloud password service (32001)",
        lambda event: event.id == 32001,
        before=_QUARTER,
        after=_QUARTER,
    )


@probe(
    "hybrid.permission-error-logged", needs=("windows.events",), otherwise="hardly-ever", family="rights", names=True
)
def permission_error_logged(facts: Facts, about: Subject) -> Outcome:
    """Did the agent log a missing permission for the affected user around the failure?"""

    def denied(event: Event) -> bool:
        return event.id == DENIED or _DENIED.search(event.text) is not None

    return logged(facts, about, "missing permission (33004)", denied, before=_QUARTER, after=_QUARTER)


@probe(
    "hybrid.connector-credentials-refused",
    needs=("windows.events",),
    otherwise="hardly-ever",
    family="agent-state",
    names=True,
)
def connector_credentials_refused(facts: Facts, about: Subject) -> Outcome:
    """Were the connector account's own credentials refused around the failure?"""
    log = agent_log(facts)
    what = "refused connector credentials (6800, or hr=80230626 without 33004)"
    refused = account_refused(log, moment(about))
    return logged(facts, about, what, refused, before=_HOUR, after=_QUARTER, log=log)


@probe("hybrid.event-logged", needs=("windows.events",), otherwise="hardly-ever", family="event", names=True)
def event_logged(
    facts: Facts, about: Subject, ids: list[int], provider: str = "", says: list[str] | None = None
) -> Outcome:  # fmt: skip
    """Did the sync server, or the server that the provider names, log one of these events around the failure?

    With ``says`` only events whose text holds one of these words count: the engine writes 6329 beside every refusal, whatever its reason.
    """
    log = agent_log(facts) if not provider else read_log(facts)
    wanted = provider.replace(" ", "").casefold()
    words = [word.casefold() for word in says or ()]

    def chosen(event: Event) -> bool:
        text = event.text.casefold()
        said = not words or any(word in text for word in words)
        return said and event.id in ids and wanted in event.provider.replace(" ", "").casefold()

    what = " or ".join(map(str, ids)) + (f" that says {listed(says)}" if says else "")
    return logged(facts, about, what, chosen, before=_QUARTER, after=_QUARTER, log=log)


@probe("hybrid.sync-stale", needs=("graph.organization",), otherwise="rarely", family="sync-age",
       fields=(_ORGANISATION + "onPremisesSyncEnabled", _ORGANISATION + "onPremisesLastSyncDateTime"))  # fmt: skip
def sync_stale(facts: Facts, about: Subject) -> Outcome:
    """Is the last synchronisation more than three hours older than the failure?"""
    at = moment(about)
    items = objects(*facts.need("graph.organization"))
    if not items:
        return unknown("unexpected-shape", "The answer names no organisation.")
    if said(items[0], "onPremisesSyncEnabled") is not True:
        return no("The tenant does not synchronise from Active Directory.")
    last = time_of(field_of(items[0], "onPremisesLastSyncDateTime"))
    if last is None:
        return unknown("unexpected-shape", "onPremisesLastSyncDateTime is no time.")
    if at - last > _STALE:
        return yes(f"The last synchronisation was at {utc(last)}, {span(at - last)} before the failure at {utc(at)}.")
    return no(f"The last synchronisation was at {utc(last)}; the failure happened at {utc(at)}.")


@probe("hybrid.sync-version-unsupported", needs=("connect.settings", "graph.onPremisesSynchronization"),
       otherwise="hardly-ever", family="version",
       fields=(_SYNC_BETA + "configuration.synchronizationClientVersion", _ORGANISATION + "onPremisesLastSyncDateTime"))  # fmt: skip
def sync_version_unsupported(facts: Facts, about: Subject) -> Outcome:
    """Is Entra Connect older than 2.5.79.0 at a failure after 30 September 2026, and its services not seen to work?"""
    at = moment(about)
    text = _version(facts)
    numbers = tuple(int(part) for part in re.findall(r"\d+", text))
    if len(numbers) < 3:
        return unknown("unexpected-shape", f"'{text}' is no version of Entra Connect.")
    if at <= _CUT_OFF:
        return no(f"Entra Connect {text} still worked on {utc(at)}: the cut-off is after 30 September 2026.")
    sentence = f"The sync server runs Entra Connect {text}; below 2.5.79.0 its services fail after 30 September 2026."
    if numbers >= _OLDEST:
        return no(sentence)
    last = max(
        (
            time
            for item in objects(*facts.all("graph.organization"))
            if (time := time_of(item.get("onPremisesLastSyncDateTime")))
        ),
        default=None,
    )
    if last and last > _CUT_OFF and at - last <= _STALE:
        return no(f"{sentence} Yet it synchronised at {utc(last)}, so its services work.")
    return yes(sentence)


def _version(facts: Facts) -> str:
    """The version of Entra Connect, from the server or from what Entra knows of it (published in beta only)."""
    for fact in facts.all("connect.settings"):
        if isinstance(fact.value, dict) and fact.value.get("version"):
            return str(fact.value["version"])
    for item in objects(*facts.all("graph.onPremisesSynchronization")):
        for configuration in parts(item, "configuration"):
            if version := configuration.get("synchronizationClientVersion"):
                return str(version)
    facts.need("connect.settings", "graph.onPremisesSynchronization")
    raise Unknown("unexpected-shape", "Neither the settings of Entra Connect nor Entra's answer say the version.")


@probe("hybrid.staging-server", needs=("connect.settings",), otherwise="rarely", family="staging")
def staging_server(facts: Facts, about: Subject) -> Outcome:  # noqa: ARG001 - every probe takes the subject
    """Is the server from which the evidence comes a staging server?"""
    if _setting(facts, "stagingMode") is True:
        return yes(
            "The server is in staging mode: it serves no writeback, so its log says nothing about the active server."
        )
    return no("The server is not in staging mode.")


def _setting(facts: Facts, key: str) -> object:
    for fact in facts.need("connect.settings"):
        if isinstance(fact.value, dict) and fact.value.get(key) is not None:
            return fact.value[key]
    raise Unknown("unexpected-shape", f"The settings of Entra Connect do not say {key}.")
