"""Refreshes of Power BI datasets: what failed, how regularly, and whether schedule and gateway stand."""

import datetime as dt
import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

from msgspec import Struct

from faultbook.evidence import Facts, Outcome, Subject, Unknown, no, unknown, yes
from faultbook.probes import probe
from faultbook.probes.graph import Object, objects, parts, said, same, time_of
from faultbook.probes.subject import moment
from faultbook.probes.words import listed, many, utc

_FIELDS: Final = tuple(f"powerbi:Refresh.{name}" for name in ("status", "startTime", "endTime"))
_CODE_FIELDS: Final = (
    *_FIELDS,
    "powerbi:Refresh.serviceExceptionJson",
    "powerbi:Refresh.refreshAttempts.serviceExceptionJson",
)
_CODE: Final = re.compile(r"\b(?:AADSTS\d{5,7}|DMTS?_\w+|ModelRefresh\w+|Mashup\w*Error\w*|DM_\w+|0x[0-9A-Fa-f]{8})\b")
_CODE_KEYS: Final = frozenset({"code", "errorcode", "error_code"})
_UNREACHABLE: Final = re.compile(
    r"Unreachable|NotReachable|Offline|DataSourceAccessError|GatewayIsDisabled|Timeout", re.IGNORECASE
)
_ROW: Final = 4  # Power BI switches a schedule off after as many failures in a row
_HOUR: Final = dt.timedelta(hours=1)
_SLACK: Final = dt.timedelta(minutes=5)


class Refresh(Struct, frozen=True):
    """One refresh that ended: when, and with or without success."""

    start: dt.datetime
    end: dt.datetime
    failed: bool
    row: Object


def _refreshes(*rows: Object) -> list[Refresh]:
    """Refreshes that completed or failed, oldest first; running and disabled ones say nothing."""
    ended = []
    for row in rows:
        status, start = str(row.get("status") or "").casefold(), time_of(row.get("startTime"))
        if start and status in ("completed", "failed"):
            ended.append(Refresh(start, time_of(row.get("endTime")) or start, status == "failed", row))
    return sorted(ended, key=lambda refresh: (refresh.start, refresh.end))


def _dataset(facts: Facts, about: Subject, kind: str) -> list[Object]:
    """The objects of the affected dataset. Raises Unknown where several datasets are in the evidence and none is named."""
    held = facts.need(kind)
    own = [fact for fact in held if same(fact.target, about.artefact)]
    if not own and about.artefact and all(fact.target for fact in held):
        raise Unknown("not-found", f"The evidence holds no {kind} of the dataset {about.artefact}.")
    if not own and len({fact.target.casefold() for fact in held}) > 1:
        raise Unknown("ambiguous", "The evidence holds several datasets; it is not known which one failed.")
    return objects(*(own or held))


def _until(facts: Facts, about: Subject) -> list[Refresh]:
    """The dataset's refreshes up to the failure. Raises Unknown where none of them failed then."""
    ended = [
        refresh
        for refresh in _refreshes(*_dataset(facts, about, "powerbi.refreshes"))
        if refresh.start <= moment(about) + _SLACK
    ]
    while ended and not ended[-1].failed:
        ended.pop()
    if not ended:
        raise Unknown("not-found", f"The refresh history shows no failed refresh up to {utc(moment(about))}.")
    return ended


def codes_in(value: Any, depth: int = 4) -> Iterator[str]:
    """Every error code in a service exception: the values of code keys, and codes in any text, JSON inside strings opened."""
    if depth == 0:
        return
    if isinstance(value, str):
        yield from _CODE.findall(value)
        if value.lstrip()[:1] in ("{", "["):
            try:
                yield from codes_in(json.loads(value), depth - 1)
            except (ValueError, RecursionError):
                return
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key.casefold() in _CODE_KEYS and isinstance(inner, str | int):
                yield str(inner)
            yield from codes_in(inner, depth)
    elif isinstance(value, list):
        for inner in value:
            yield from codes_in(inner, depth)


@probe("powerbi.refresh-names", needs=("powerbi.refreshes",), otherwise="hardly-ever", family="refresh-inner", names=True,
       fields=_CODE_FIELDS)  # fmt: skip
def refresh_names(facts: Facts, about: Subject, codes: list[str]) -> Outcome:
    """Does the failed refresh name one of these inner errors?"""
    failed = _until(facts, about)[-1]
    told = [
        failed.row.get("serviceExceptionJson"),
        *(part.get("serviceExceptionJson") for part in parts(failed.row, "refreshAttempts")),
    ]
    named = list(dict.fromkeys(code for text in told if text for code in codes_in(text)))
    if not named:
        return unknown(
            "unexpected-shape", f"The refresh that failed at {utc(failed.end)} comes without serviceExceptionJson."
        )
    hit = [code for code in named if any(same(code, wanted) for wanted in codes)]
    sentence = f"The refresh that failed at {utc(failed.end)} names {listed(hit or named)}."
    return yes(sentence) if hit else no(sentence)


@probe(
    "powerbi.failing-in-a-row",
    needs=("powerbi.refreshes",),
    otherwise="sometimes",
    family="refresh-run",
    fields=_FIELDS,
)
def failing_in_a_row(facts: Facts, about: Subject) -> Outcome:
    """Have at least four refreshes failed in a row?"""
    ended = _until(facts, about)
    row = next((place for place, refresh in enumerate(reversed(ended)) if not refresh.failed), len(ended))
    first = ended[-row]
    if row >= _ROW:
        return yes(f"{row} refreshes failed in a row, from {utc(first.start)} to {utc(ended[-1].end)}.")
    if row == len(ended):
        return unknown(
            "too-old", f"The history holds only {many(row, 'failed refresh', 'failed refreshes')} and nothing before."
        )
    return no(
        f"{row} failed in a row up to {utc(ended[-1].end)}; the one before, at {utc(ended[-row - 1].start)}, completed."
    )


@probe(
    "powerbi.fails-now-and-then",
    needs=("powerbi.refreshes",),
    otherwise="sometimes",
    family="refresh-run",
    fields=_FIELDS,
)
def fails_now_and_then(facts: Facts, about: Subject) -> Outcome:
    """Do successes and failures of the refresh alternate?"""
    moment(about)
    ended = _refreshes(*_dataset(facts, about, "powerbi.refreshes"))
    failed = sum(refresh.failed for refresh in ended)
    turns = sum(one.failed != other.failed for one, other in pairwise(ended))
    if len(ended) < 6 or not failed:
        return unknown(
            "not-found",
            f"The history holds {many(len(ended), 'ended refresh', 'ended refreshes')}, {failed} failed: too few to see a pattern.",
        )
    sentence = f"{failed} of {len(ended)} refreshes failed from {utc(ended[0].start)} to {utc(ended[-1].start)}, with {many(turns, 'change')} between success and failure."
    return yes(sentence) if turns >= 3 and failed >= 2 else no(sentence)


@probe(
    "powerbi.all-datasets-fail",
    needs=("powerbi.refreshes",),
    otherwise="rarely",
    family="refresh-reach",
    fields=_FIELDS,
)
def all_datasets_fail(facts: Facts, about: Subject) -> Outcome:
    """Do several datasets fail at the same time?"""
    at = moment(about)
    ends: dict[str, bool] = {}
    for fact in facts.need("powerbi.refreshes"):
        near = [
            refresh
            for refresh in _refreshes(*objects(fact))
            if refresh.start <= at + _HOUR and refresh.end >= at - _HOUR
        ]
        if near:
            ends[fact.target or "dataset without id"] = any(refresh.failed for refresh in near)
    failing = sorted(name for name, failed in ends.items() if failed)
    if len(ends) < 2:
        return unknown(
            "not-found",
            f"The evidence shows refreshes of {many(len(ends), 'dataset')} within an hour of {utc(at)}: nothing to compare.",
        )
    sentence = f"{len(failing)} of {len(ends)} datasets that refreshed within an hour of {utc(at)} failed{': ' + listed(failing) if failing else ''}."
    return yes(sentence) if len(failing) >= 2 and 2 * len(failing) > len(ends) else no(sentence)


@probe("powerbi.schedule-disabled", needs=("powerbi.refreshSchedule",), otherwise="rarely", family="schedule",
       fields=("powerbi:RefreshSchedule.enabled",))  # fmt: skip
def schedule_disabled(facts: Facts, about: Subject) -> Outcome:
    """Is the refresh schedule switched off?"""
    for item in _dataset(facts, about, "powerbi.refreshSchedule"):
        enabled = said(item, "enabled")
        if isinstance(enabled, bool):
            return (
                no("The refresh schedule is switched on.")
                if enabled
                else yes("The refresh schedule is switched off (enabled is false).")
            )
    return unknown("unexpected-shape", "The schedule does not say whether it is enabled.")


@probe(
    "powerbi.gateway-offline",
    needs=("powerbi.gatewayStatus",),
    otherwise="hardly-ever",
    family="gateway-state",
    names=True,
)
def gateway_offline(facts: Facts, about: Subject) -> Outcome:  # noqa: ARG001 - every probe takes the subject
    """Does the gateway's status say that the gateway, or the data source behind it, cannot be reached?"""
    states = [fact.value for fact in facts.need("powerbi.gatewayStatus") if isinstance(fact.value, dict)]
    codes = [str(state.get("code") or next(codes_in(state.get("body")), "")) for state in states]
    if unreachable := [code for code in codes if _UNREACHABLE.search(code)]:
        return yes(f"The status of the data source is {listed(unreachable)}.")
    answered = [
        state
        for state, code in zip(states, codes, strict=True)
        if state.get("ok") is True or code.startswith("DM_GWPipeline_Gateway_")
    ]
    if states and len(answered) == len(states):
        return no(
            f"The gateway answers for {many(len(states), 'data source')}{': ' + listed(filter(None, codes)) if any(codes) else ''}."
        )
    told = listed(code or "no code" for code in codes)
    return unknown(
        "not-permitted",
        f"The status answer says nothing about the gateway ({told}); it must be asked by a gateway administrator.",
    )
