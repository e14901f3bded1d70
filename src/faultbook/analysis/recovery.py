"""How long people take from their first failure to their next success, counting those who never tried again as unknown, not as failed.

Kaplan & Meier, *Nonparametric Estimation from Incomplete Observations*, JASA 53 (1958); variance by Greenwood (1926), interval on the
log-log scale (Kalbfleisch & Prentice), which stays between 0 and 1.
"""

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import NormalDist
from typing import Any, NamedTuple

from msgspec import Struct

from faultbook.analysis.intervals import wilson
from faultbook.evidence import instant


class Spell(NamedTuple):
    """Minutes from first failure to success, or to where the record ends."""

    minutes: float
    recovered: bool


class Recovery(Struct, frozen=True, kw_only=True):
    """The share that had recovered ``within`` minutes, with interval.

    ``people`` had the failure; of them ``recovered`` were seen to succeed (whenever), ``observed`` were followed long enough to say, and the
    rest is censored. ``median`` is in minutes, None where less than half is known to recover.
    """

    within: float
    share: float
    low: float
    high: float
    people: int
    recovered: int
    observed: int
    median: float | None


def spells(
    recoveries: Iterable[Mapping[str, Any]], log_end: dt.datetime, latency: dt.timedelta = dt.timedelta(0)
) -> list[Spell]:
    """The spells of a sign-in history.

    Somebody without success is followed until the last try where the record gives it (``last_try``); not at all, if there was one try
    only; otherwise until the log's end less the time by which entries arrive late.
    """
    found = []
    end = log_end - latency
    for each in recoveries:
        start, success = instant(each.get("first_failure")), instant(each.get("first_success"))
        if start is None:
            continue
        if success is not None:
            found.append(Spell(max(0.0, (success - start).total_seconds() / 60), recovered=True))
            continue
        last = instant(each.get("last_try")) or (start if each.get("tries") == 1 else end)
        found.append(Spell(max(0.0, (min(last, end) - start).total_seconds() / 60), recovered=False))
    return found


def recovery(found: Sequence[Spell], within: float = 15, confidence: float = 0.95) -> Recovery | None:
    """The share recovered within so many minutes; None where nobody was followed for any time."""
    if not any(spell.recovered or spell.minutes > 0 for spell in found):
        return None
    share = 1.0
    spread = 0.0
    median: float | None = None
    survival = 1.0
    for minutes, at_risk, events in _steps(found):
        survival *= 1 - events / at_risk
        if median is None and survival <= 0.5:
            median = minutes
        if minutes <= within:
            share = survival
            if at_risk > events:
                spread += events / (at_risk * (at_risk - events))
    low, high = _interval(found, within, share, spread, confidence)
    return Recovery(
        within=within,
        share=1 - share,
        low=low,
        high=high,
        people=len(found),
        recovered=sum(spell.recovered for spell in found),
        observed=sum(spell.recovered or spell.minutes >= within for spell in found),
        median=median,
    )


def _steps(found: Sequence[Spell]) -> Iterable[tuple[float, int, int]]:
    """Each time of a recovery with how many were still followed then and how many recovered; a tie counts the recovery first."""
    ordered = sorted(found, key=lambda spell: (spell.minutes, not spell.recovered))
    at = 0
    while at < len(ordered):
        minutes, at_risk, events = ordered[at].minutes, len(ordered) - at, 0
        while at < len(ordered) and ordered[at].minutes == minutes:
            events += ordered[at].recovered
            at += 1
        if events:
            yield minutes, at_risk, events


def _interval(
    found: Sequence[Spell], within: float, share: float, spread: float, confidence: float
) -> tuple[float, float]:
    """Limits of the share recovered: log-log, and Wilson's at the ends where the former has no width."""
    if 0 < share < 1:
        z = NormalDist().inv_cdf((1 + confidence) / 2)
        bend = z * math.sqrt(spread) / math.log(share)
        return 1 - share ** math.exp(bend), 1 - share ** math.exp(-bend)
    if share == 1:
        followed = sum(spell.minutes >= within for spell in found)
        return 0.0, wilson(0, followed, confidence).high
    quick = sum(spell.recovered and spell.minutes <= within for spell in found)
    return wilson(quick, quick, confidence).low, 1.0
