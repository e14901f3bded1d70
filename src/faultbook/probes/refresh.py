"""How a refresh failed: after how long, at which hours, by whose start, and what its error says."""

import datetime as dt
import re
from collections.abc import Sequence
from statistics import median
from typing import Final

from faultbook.evidence import Facts, Outcome, Subject, Unknown, no, unknown, yes
from faultbook.probes import probe
from faultbook.probes.graph import objects, same
from faultbook.probes.refreshes import (
    FIELDS,
    LENGTH_FIELDS,
    SLACK,
    TOLD_FIELDS,
    Refresh,
    ended,
    history,
    of_dataset,
    until,
)
from faultbook.probes.subject import moment
from faultbook.probes.words import listed, many, span, utc

_AT_ONCE: Final = dt.timedelta(minutes=1)
_HOUR: Final = dt.timedelta(hours=1)
_LIMITS: Final = (dt.timedelta(hours=2), dt.timedelta(hours=5))
"""After these a scheduled refresh is ended: on shared capacity, and on a capacity of one's own."""
_SHORT_OF: Final = dt.timedelta(minutes=5)
_BEYOND: Final = dt.timedelta(minutes=15)
_BAND: Final = dt.timedelta(hours=3)
_DAY: Final = dt.timedelta(days=1)
_KEPT: Final = 20
"""Power BI drops refreshes beyond the newest twenty when they are three days old, so a longer list may lack its beginning."""
_GROWN: Final = 1.5
_MANY: Final = 3
_NEXT: Final = dt.timedelta(minutes=2)


@probe("refresh.says", needs=("powerbi.refreshes",), otherwise="hardly-ever", family="refresh-text", names=True,
       fields=TOLD_FIELDS)  # fmt: skip
def says(facts: Facts, about: Subject, words: list[str]) -> Outcome:
    """Does the error of the failed refresh say one of these words?"""
    failed = until(facts, about)[-1]
    if not failed.texts:
        return unknown("unexpected-shape", f"The refresh that failed at {utc(failed.end)} comes without its error.")
    told = " ".join(" ".join(failed.texts).replace("\\", " ").split())
    found = [word for word in words if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", told, re.IGNORECASE)]
    if found:
        return yes(f"The error of the refresh that failed at {utc(failed.end)} says {listed(map(repr, found))}.")
    return no(f"The error of the refresh that failed at {utc(failed.end)} says none of {listed(map(repr, words))}.")


@probe(
    "refresh.ended-at-once",
    needs=("powerbi.refreshes",),
    otherwise="sometimes",
    family="refresh-length",
    fields=LENGTH_FIELDS,
)
def ended_at_once(facts: Facts, about: Subject) -> Outcome:
    """Did the refresh fail within a minute, before it can have read anything of size?"""
    failed = until(facts, about)[-1]
    length = _length(failed)
    sentence = f"The refresh that failed at {utc(failed.end)} had run for {_took(length)}."
    return yes(sentence) if length <= _AT_ONCE else no(sentence)


@probe("refresh.ran-over-an-hour", needs=("powerbi.refreshes",), otherwise="sometimes", family="refresh-length",
       fields=LENGTH_FIELDS)  # fmt: skip
def ran_over_an_hour(facts: Facts, about: Subject) -> Outcome:
    """Did the refresh fail after more than an hour, when a token from its beginning has lapsed?"""
    failed = until(facts, about)[-1]
    length = _length(failed)
    sentence = f"The refresh that failed at {utc(failed.end)} had run for {_took(length)}."
    return yes(sentence) if length > _HOUR else no(sentence)


@probe("refresh.ran-to-the-limit", needs=("powerbi.refreshes",), otherwise="hardly-ever", family="refresh-length",
       fields=LENGTH_FIELDS)  # fmt: skip
def ran_to_the_limit(facts: Facts, about: Subject) -> Outcome:
    """Did the refresh run for two hours or for five, at which Power BI ends it?"""
    failed = until(facts, about)[-1]
    length = _length(failed)
    sentence = f"The refresh that failed at {utc(failed.end)} had run for {_took(length)}"
    for limit in _LIMITS:
        if limit - _SHORT_OF <= length <= limit + _BEYOND:
            return yes(f"{sentence}, that is up to the limit of {span(limit)}.")
    return no(f"{sentence}, and ended at neither limit.")


@probe("refresh.same-error-each-time", needs=("powerbi.refreshes",), otherwise="often", family="refresh-sameness",
       fields=TOLD_FIELDS)  # fmt: skip
def same_error_each_time(facts: Facts, about: Subject) -> Outcome:
    """Does every failed refresh of the history name the same errors?"""
    told = [frozenset(refresh.codes) for refresh in until(facts, about) if refresh.failed and refresh.codes]
    if len(told) < _MANY:
        return unknown(
            "not-found", f"Only {many(len(told), 'failed refresh', 'failed refreshes')} of the history says why."
        )
    kinds = set(told)
    if len(kinds) == 1:
        return yes(f"{len(told)} failed refreshes all name {listed(sorted(told[0]))}.")
    return no(f"{len(told)} failed refreshes name {len(kinds)} different sets of errors.")


@probe("refresh.only-scheduled-fail", needs=("powerbi.refreshes",), otherwise="rarely", family="refresh-kind",
       fields=(*FIELDS, "powerbi:Refresh.refreshType"))  # fmt: skip
def only_scheduled_fail(facts: Facts, about: Subject) -> Outcome:
    """Do the scheduled refreshes fail while those that somebody starts complete?"""
    moment(about)
    runs = history(facts, about)
    began = next((refresh.start for refresh in runs if refresh.failed), None)
    since = [refresh for refresh in runs if began and refresh.start >= began]
    scheduled = [refresh for refresh in since if same(refresh.row.get("refreshType"), "Scheduled")]
    started = [refresh for refresh in since if refresh not in scheduled]
    if len(scheduled) < 2 or not started:
        return unknown(
            "not-found",
            f"Since the first failure the history holds {many(len(scheduled), 'scheduled refresh', 'scheduled refreshes')} and {len(started)} of another start: nothing to compare.",
        )
    bad, good = sum(each.failed for each in scheduled), sum(not each.failed for each in started)
    sentence = f"Since the first failure at {utc(since[0].start)} {bad} of {len(scheduled)} scheduled refreshes failed, and {good} of {len(started)} that were started otherwise completed."
    return yes(sentence) if bad == len(scheduled) and good == len(started) else no(sentence)


@probe("refresh.started-by", needs=("powerbi.refreshes",), otherwise="sometimes", family="refresh-start",
       fields=(*FIELDS, "powerbi:Refresh.refreshType"))  # fmt: skip
def started_by(facts: Facts, about: Subject, ways: list[str]) -> Outcome:
    """Was the refresh started in one of these ways?

    ``ways`` are values of ``refreshType``: Scheduled, OnDemand, ViaApi, ViaXmlaEndpoint, ViaEnhancedApi, OnDemandTraining. A refresh
    that was cancelled counts here too.
    """
    rows = [
        (start.start, start.row)
        for row in of_dataset(facts, about, "powerbi.refreshes")
        if not same(row.get("status"), "Completed") and (start := _begun(row)) and start.start <= moment(about) + SLACK
    ]
    if not rows:
        return unknown("not-found", f"The history holds no refresh up to {utc(moment(about))} that did not complete.")
    at, row = max(rows, key=lambda pair: (pair[0], str(pair[1].get("requestId"))))
    way = row.get("refreshType")
    if not isinstance(way, str):
        return unknown("unexpected-shape", f"The refresh of {utc(at)} does not say how it was started.")
    sentence = f"The refresh of {utc(at)} was started as {way}."
    return yes(sentence) if any(same(way, wanted) for wanted in ways) else no(sentence)


@probe("refresh.fails-at-certain-hours", needs=("powerbi.refreshes",), otherwise="rarely", family="refresh-hours",
       fields=FIELDS)  # fmt: skip
def fails_at_certain_hours(facts: Facts, about: Subject) -> Outcome:
    """Do the failures fall into the same three hours of the day, while refreshes at other hours complete?"""
    moment(about)
    runs = history(facts, about)
    failed = [refresh for refresh in runs if refresh.failed]
    if len(failed) < _MANY:
        return unknown(
            "not-found", f"The history holds only {many(len(failed), 'failed refresh', 'failed refreshes')}."
        )
    first, width = _arc([_clock(refresh) for refresh in failed])
    if width > _BAND:
        return no(f"{len(failed)} failures are spread over {span(width)} of the day.")
    since = [refresh for refresh in runs if refresh.start >= failed[0].start and not refresh.failed]
    inside = sum((_clock(refresh) - first) % _DAY <= width for refresh in since)
    outside = len(since) - inside
    if outside < _MANY:
        return unknown("not-found", "Too few refreshes completed at other hours to see a pattern.")
    hours = f"{_hour(first)} and {_hour(first + width)} UTC"
    sentence = f"{len(failed)} failures lie between {hours} of the day; since the first of them {outside} refreshes at other hours completed and {inside} at these."
    return yes(sentence) if inside < len(failed) else no(sentence)


@probe("refresh.never-completed", needs=("powerbi.refreshes",), otherwise="rarely", family="refresh-run", fields=FIELDS)
def never_completed(facts: Facts, about: Subject) -> Outcome:
    """Has no refresh in the history ever completed?"""
    runs = until(facts, about)
    good = [refresh for refresh in history(facts, about) if not refresh.failed]
    if good:
        return no(f"A refresh completed at {utc(good[-1].end)}.")
    if len(runs) >= _KEPT:
        return unknown("too-old", f"All {len(runs)} refreshes failed; what came before has been dropped.")
    return yes(f"None of the {many(len(runs), 'refresh', 'refreshes')} in the history has completed.")


@probe("refresh.grew-longer", needs=("powerbi.refreshes",), otherwise="rarely", family="refresh-growth",
       fields=LENGTH_FIELDS)  # fmt: skip
def grew_longer(facts: Facts, about: Subject) -> Outcome:
    """Did the refreshes that completed before the failure take half as long again as the first ones?"""
    lengths = [
        length.total_seconds() for refresh in until(facts, about) if not refresh.failed and (length := refresh.length)
    ]
    if len(lengths) < 2 * _MANY:
        return unknown(
            "not-found", f"Only {len(lengths)} completed refreshes before the failure say how long they took."
        )
    third = len(lengths) // 3
    early, late = median(lengths[:third]), median(lengths[-third:])
    sentence = f"The first refreshes of the history took {_took(dt.timedelta(seconds=early))}, the last ones before the failure {_took(dt.timedelta(seconds=late))}."
    return yes(sentence) if late >= early * _GROWN else no(sentence)


@probe(
    "refresh.many-at-once", needs=("powerbi.refreshes",), otherwise="sometimes", family="refresh-load", fields=FIELDS
)
def many_at_once(facts: Facts, about: Subject) -> Outcome:
    """Were at least three other datasets refreshing when it failed?"""
    at = moment(about)
    held = facts.need("powerbi.refreshes")
    running = {
        fact.target.casefold()
        for fact in held
        for refresh in ended(*objects(fact))
        if refresh.start <= at <= refresh.end + _AT_ONCE
    }
    sets = {fact.target.casefold() for fact in held}
    if len(sets) <= _MANY:
        return unknown("not-found", f"The evidence holds the refreshes of {many(len(sets), 'dataset')} only.")
    others = max(len(running) - 1, 0)
    sentence = f"Besides the failing one {others} of {len(sets) - 1} datasets were refreshing at {utc(at)}."
    return yes(sentence) if others >= _MANY else no(sentence)


@probe("refresh.another-began-at-once", needs=("powerbi.refreshes",), otherwise="rarely", family="refresh-next",
       fields=FIELDS)  # fmt: skip
def another_began_at_once(facts: Facts, about: Subject) -> Outcome:
    """Did another refresh of the dataset begin within two minutes of the end of this one?"""
    at = moment(about)
    runs = [begun for row in of_dataset(facts, about, "powerbi.refreshes") if (begun := _begun(row))]
    stopped = [
        run
        for run in runs
        if run.start <= at + _NEXT and run.end > run.start and not same(run.row.get("status"), "Completed")
    ]
    if not stopped:
        return unknown("not-found", f"The history shows no refresh that ended without success up to {utc(at)}.")
    last = max(stopped, key=lambda run: (run.start, run.end))
    after = [run for run in runs if last.end - _NEXT <= run.start <= last.end + _NEXT and run.start > last.start]
    if after:
        began = min(run.start for run in after)
        return yes(f"A refresh ended without success at {utc(last.end)}, and another began at {utc(began)}.")
    return no(f"No other refresh began within two minutes of {utc(last.end)}.")


def _begun(row: dict[str, object]) -> Refresh | None:
    """A refresh of any state, if it says when it began."""
    told = ended({**row, "status": "Failed"})
    return Refresh(told[0].start, told[0].end, failed=True, row=row) if told else None


def _length(refresh: Refresh) -> dt.timedelta:
    if (length := refresh.length) is None:
        raise Unknown("unexpected-shape", f"The refresh of {utc(refresh.start)} does not say when it ended.")
    return length


def _took(length: dt.timedelta) -> str:
    seconds = round(length.total_seconds())
    return many(seconds, "second") if seconds < 120 else span(length)


def _clock(refresh: Refresh) -> dt.timedelta:
    """Its start as a time of day, in UTC."""
    at = refresh.start.astimezone(dt.UTC)
    return dt.timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)


def _hour(clock: dt.timedelta) -> str:
    minutes = round((clock % _DAY).total_seconds() / 60)
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def _arc(clocks: Sequence[dt.timedelta]) -> tuple[dt.timedelta, dt.timedelta]:
    """Where the shortest stretch of the day that holds all these times begins, and how long it is."""
    around = sorted(set(clocks))
    gaps = [
        ((later - here) % _DAY or _DAY, later) for here, later in zip(around, [*around[1:], around[0]], strict=True)
    ]
    widest, first = max(gaps)
    return first, _DAY - widest
