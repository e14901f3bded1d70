"""The on-premises data gateway: what it answers, who administers it, and whether its service ran."""

import datetime as dt
import re
from typing import Final

from faultbook.evidence import Facts, Outcome, Subject, no, unknown, yes
from faultbook.probes import events, probe
from faultbook.probes.events import Event, read_log, turned
from faultbook.probes.graph import Object, objects, same
from faultbook.probes.refreshes import codes_in
from faultbook.probes.subject import moment
from faultbook.probes.words import listed, many, span, utc

_SERVICE: Final = re.compile(r"\bPBIEgwService\b|\bOn-premises data gateway service\b", re.IGNORECASE)
_BOOTS: Final = (("eventlog", frozenset({6005, 6008})), ("kernel-general", frozenset({12})))
"""What Windows writes when it starts: by the event log itself, and by its kernel."""
_BEFORE: Final = dt.timedelta(hours=1)
_IN_ADDRESS: Final = re.compile(r"gateways/([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})", re.IGNORECASE)


@probe(
    "gateway.answers-with",
    needs=("powerbi.gatewayStatus",),
    otherwise="hardly-ever",
    family="gateway-answer",
    names=True,
)
def answers_with(facts: Facts, about: Subject, codes: list[str]) -> Outcome:  # noqa: ARG001 - every probe takes the subject
    """Does the status of the data source name one of these errors?"""
    states = _states(facts)
    named = [code for state in states for code in (state.get("code"), *codes_in(state.get("body"))) if code]
    told = list(dict.fromkeys(map(str, named)))
    if found := [code for code in told if any(same(code, wanted) for wanted in codes)]:
        return yes(f"The status of the data source names {listed(found)}.")
    if told:
        return no(f"The status of the data source names {listed(told)}.")
    if states and all(state.get("ok") is True for state in states):
        return no(f"The gateway reaches {many(len(states), 'data source')} without an error.")
    return unknown("unexpected-shape", "The status answer names no error; it must be asked by a gateway administrator.")


@probe("gateway.reaches-source", needs=("powerbi.gatewayStatus",), otherwise="often", family="gateway-reach")
def reaches_source(facts: Facts, about: Subject) -> Outcome:  # noqa: ARG001 - every probe takes the subject
    """Does the gateway reach the data source when it is asked?"""
    states = _states(facts)
    bad = [str(state.get("code") or "no code") for state in states if state.get("ok") is not True]
    if not states:
        return unknown("unexpected-shape", "The status answer does not say whether the source was reached.")
    if bad:
        return no(f"{len(bad)} of {many(len(states), 'data source')} not reached: {listed(bad)}.")
    return yes(f"The gateway reaches {many(len(states), 'data source')}.")


@probe("gateway.not-in-list", needs=("powerbi.gateways",), otherwise="hardly-ever", family="gateway-presence", names=True,
       fields=("powerbi:Gateway.id", "powerbi:Datasource.gatewayId"))  # fmt: skip
def not_in_list(facts: Facts, about: Subject) -> Outcome:
    """Is the gateway that the error or the model names absent from those that the caller administers?"""
    wanted = {found.casefold() for found in _IN_ADDRESS.findall(about.text)} or {
        str(source["gatewayId"]).casefold()
        for source in objects(*facts.all("powerbi.datasources"))
        if source.get("gatewayId")
    }
    seen = {str(gateway["id"]).casefold() for gateway in objects(*facts.need("powerbi.gateways")) if gateway.get("id")}
    if not wanted:
        return unknown("not-found", "Neither the message nor the model's sources name a gateway.")
    missing = sorted(wanted - seen)
    if missing:
        return yes(f"The caller administers {many(len(seen), 'gateway')}, and {listed(missing)} is not among them.")
    return no(f"{listed(sorted(wanted))} is among the {many(len(seen), 'gateway')} that the caller administers.")


@probe(
    "gateway.service-stopped", needs=("windows.events",), otherwise="hardly-ever", family="gateway-service", names=True
)
def service_stopped(facts: Facts, about: Subject) -> Outcome:
    """Had the gateway's Windows service stopped, and not started again, when the failure happened?"""
    return events.service_stopped(facts, about, _SERVICE, "the gateway's service", "machine")


@probe("gateway.restarted-before", needs=("windows.events",), otherwise="rarely", family="gateway-restart", names=True)
def restarted_before(facts: Facts, about: Subject) -> Outcome:
    """Did the gateway's service or its machine start anew in the hour before the failure?"""
    at, log = moment(about), read_log(facts)
    if not any(turned(event, _SERVICE) is not None for event in log.events):
        return unknown(
            "not-found",
            "The log never names the gateway's service; export the System log of the machine that it runs on.",
        )
    starts = [
        event for event in log.events if at - _BEFORE <= event.at <= at and (turned(event, _SERVICE) or _booted(event))
    ]
    if starts:
        return yes(f"{starts[-1]}: it started anew {span(at - starts[-1].at)} before the failure.{log.caveat}")
    if not log.covers(at - _BEFORE, at):
        return unknown("too-old", f"The log does not cover the hour before {utc(at)}.")
    return no(f"Neither the service nor the machine started in the hour before {utc(at)}.")


def _states(facts: Facts) -> list[Object]:
    return [
        fact.value
        for fact in facts.need("powerbi.gatewayStatus")
        if isinstance(fact.value, dict) and "ok" in fact.value
    ]


def _booted(event: Event) -> bool:
    provider = event.provider.casefold()
    return any(provider.endswith(name) and event.id in ids for name, ids in _BOOTS)
