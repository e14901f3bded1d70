"""Refreshes of Power BI datasets: what failed, how regularly, and whether schedule and gateway stand."""

import datetime as dt
import re
from itertools import pairwise
from typing import Final

from faultbook.evidence import Facts, Outcome, Subject, no, unknown, yes
from faultbook.probes import probe
from faultbook.probes.graph import objects, said, same
from faultbook.probes.refreshes import FIELDS, TOLD_FIELDS, codes_in, ended, history, of_dataset, until
from faultbook.probes.subject import moment
from faultbook.probes.words import listed, many, utc

_UNREACHABLE: Final = re.compile(
    r"Unreachable|NotReachable|Offline|DataSourceAccessError|GatewayIsDisabled|Timeout", re.IGNORECASE
)
_ROW: Final = 4  # Power BI switches a schedule off after as many failures in a row
_HOUR: Final = dt.timedelta(hours=1)


@probe("powerbi.refresh-names", needs=("powerbi.refreshes",), otherwise="hardly-ever", family="refresh-inner", names=True,
       fields=TOLD_FIELDS)  # fmt: skip
def refresh_names(facts: Facts, about: Subject, codes: list[str]) -> Outcome:
    """Does the failed refresh name one of these inner errors?"""
    failed = until(facts, about)[-1]
    if not failed.codes:
        return unknown(
            "unexpected-shape", f"The refresh that failed at {utc(failed.end)} comes without serviceExceptionJson."
        )
    hit = [code for code in failed.codes if any(same(code, wanted) for wanted in codes)]
    sentence = f"The refresh that failed at {utc(failed.end)} names {listed(hit or failed.codes)}."
    return yes(sentence) if hit else no(sentence)


@probe(
    "powerbi.failing-in-a-row",
    needs=("powerbi.refreshes",),
    otherwise="sometimes",
    family="refresh-run",
    fields=FIELDS,
)
def failing_in_a_row(facts: Facts, about: Subject) -> Outcome:
    """Have at least four refreshes failed in a row?"""
    runs = until(facts, about)
    row = next((place for place, refresh in enumerate(reversed(runs)) if not refresh.failed), len(runs))
    first = runs[-row]
    if row >= _ROW:
        return yes(f"{row} refreshes failed in a row, from {utc(first.start)} to {utc(runs[-1].end)}.")
    if row == len(runs):
        return unknown(
            "too-old", f"The history holds only {many(row, 'failed refresh', 'failed refreshes')} and nothing before."
        )
    return no(
        f"{row} failed in a row up to {utc(runs[-1].end)}; the one before, at {utc(runs[-row - 1].start)}, completed."
    )


@probe(
    "powerbi.fails-now-and-then",
    needs=("powerbi.refreshes",),
    otherwise="sometimes",
    family="refresh-run",
    fields=FIELDS,
)
def fails_now_and_then(facts: Facts, about: Subject) -> Outcome:
    """Do successes and failures of the refresh alternate?"""
    moment(about)
    runs = history(facts, about)
    failed = sum(refresh.failed for refresh in runs)
    turns = sum(one.failed != other.failed for one, other in pairwise(runs))
    if len(runs) < 6 or not failed:
        return unknown(
            "not-found",
            f"The history holds {many(len(runs), 'ended refresh', 'ended refreshes')}, {failed} failed: too few to see a pattern.",
        )
    sentence = f"{failed} of {len(runs)} refreshes failed from {utc(runs[0].start)} to {utc(runs[-1].start)}, with {many(turns, 'change')} between success and failure."
    return yes(sentence) if turns >= 3 and failed >= 2 else no(sentence)


@probe(
    "powerbi.all-datasets-fail",
    needs=("powerbi.refreshes",),
    otherwise="rarely",
    family="refresh-reach",
    fields=FIELDS,
)
def all_datasets_fail(facts: Facts, about: Subject) -> Outcome:
    """Do several datasets fail at the same time?"""
    at = moment(about)
    ends: dict[str, bool] = {}
    for fact in facts.need("powerbi.refreshes"):
        near = [
            refresh for refresh in ended(*objects(fact)) if refresh.start <= at + _HOUR and refresh.end >= at - _HOUR
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
    for item in of_dataset(facts, about, "powerbi.refreshSchedule"):
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
