"""What the sign-in history says in numbers, each with its interval. Numbers name no cause: every sentence says *consistent with*."""

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from faultbook.analysis import intervals
from faultbook.analysis.classes import Classified, classify
from faultbook.analysis.contrast import Shared as Contrast
from faultbook.analysis.contrast import shared
from faultbook.analysis.onset import Burst, find_burst
from faultbook.analysis.recovery import Recovery as Survival
from faultbook.analysis.recovery import recovery, spells
from faultbook.diagnose.diagnosis import Rate, Recovery, Shared, Span, Statistics
from faultbook.evidence import Fact, Facts, instant, iso

SOON: Final = 15
SHARED_SHOWN: Final = 6
COUNT_PEOPLE_FROM: Final = 5
_SEVERAL: Final = {"domain": "domain", "app": "application", "resource": "resource", "client_app": "client", "ip": "address"} | {
    "country": "country", "kind": "kind of sign-in", "token_issuer_type": "token issuer", "device_os": "operating system", "user": "user",
}  # fmt: skip
_CLASSES: Final = {
    "transient": "This is consistent with a transient fault",
    "intermittent": "This is consistent with an intermittent fault",
    "consistent": "This is consistent with a lasting fault of one group",
    "recovered-after-change": "This is consistent with a fault that a change has ended",
    "insufficient-data": "This is too little to tell a transient fault from a lasting one",
}


def history_of(facts: Facts, code: str) -> Fact | None:
    """The sign-in history about this code; None where no evidence gave one."""
    digits = code.upper().removeprefix("AADSTS")
    found = [fact for fact in facts.fresh().all("signins.history") if isinstance(fact.value, dict)]
    return next((fact for fact in found if str(fact.value.get("code")) == digits), None)


def statistics(fact: Fact, changes: Sequence[dt.datetime] = ()) -> Statistics:
    """Rate, onset, recovery and what failures share; ``changes`` are times of changes that could have ended the failures."""
    value = fact.value
    failed, succeeded = _count(value, "failed"), _count(value, "succeeded")
    people = _people(value)
    burst = _burst(value)
    survival = _survival(value)
    strata = _strata(value, failed, succeeded, people)
    known = classify(failed, succeeded, burst=burst, recovered=survival, strata=strata, changes=changes)
    rate = _rate(intervals.rate(failed, failed + succeeded)) if succeeded else None
    return Statistics(
        fact=fact.hash,
        rows=_count(value, "rows"),
        attempts=_count(value, "attempts"),
        failed=failed,
        succeeded=succeeded,
        other_failed=_count(value, "other_failed"),
        people_failed=people,
        rate=rate,
        pattern=known.name,
        onset=Span(start=iso(burst.start.earliest), end=iso(burst.start.latest)) if burst else None,
        recovery=_recovery(survival),
        shared=tuple(_shared(one, by_people=people >= COUNT_PEOPLE_FROM) for one in strata[:SHARED_SHOWN]),
        sentences=tuple(_sentences(failed, people, rate, burst=burst, survival=survival, known=known)),
    )


def percent(share: float) -> str:
    """A share for people: never 0 or 100 where it is neither."""
    if 0 < share < 0.005:
        return "<1 %"
    if 0.995 <= share < 1:
        return ">99 %"
    return f"{share * 100:.0f} %"


def attribute_title(attribute: str) -> str:
    """What an attribute of a sign-in is called."""
    return _SEVERAL.get(attribute, attribute).capitalize()


def _count(value: Mapping[str, Any], name: str) -> int:
    count = value.get(name)
    return count if isinstance(count, int) and count >= 0 else 0


def _rows(value: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    return [row for row in value.get(name) or () if isinstance(row, dict)]


def _people(value: Mapping[str, Any]) -> int:
    listed = {row.get("user") for row in _rows(value, "failures")} - {None, ""}
    counted = [row.get("users") for row in _rows(value, "codes") if row.get("code") == value.get("code")]
    return max([len(listed), *(count for count in counted if isinstance(count, int))])


def _burst(value: Mapping[str, Any]) -> Burst | None:
    """The clearest burst, where there is evidence of one; buckets without a time cannot be placed."""
    buckets = [row for row in _rows(value, "buckets") if instant(row.get("start"))]
    burst = find_burst(buckets, _count(value, "bucket_seconds") or 300) if buckets else None
    return burst if burst and burst.strength != "none" else None


def _survival(value: Mapping[str, Any]) -> Survival | None:
    times = [at for row in _rows(value, "buckets") if (at := instant(row.get("start")))]
    if not times:
        return None
    end = max(times) + dt.timedelta(seconds=_count(value, "bucket_seconds") or 300)
    return recovery(spells(_rows(value, "recoveries"), end), SOON)


def _strata(value: Mapping[str, Any], failed: int, succeeded: int, people: int) -> list[Contrast]:
    if not failed or not succeeded:
        return []
    rows = _rows(value, "contrast")
    if people >= COUNT_PEOPLE_FROM:
        return shared([row for row in rows if row.get("attribute") != "user"], unit="users")
    return shared(rows, totals={"failed": failed, "succeeded": succeeded})


def _rate(rate: intervals.Rate) -> Rate:
    share = 0.0 if math.isnan(rate.share) else rate.share
    return Rate(count=rate.hits, of=rate.tries, share=round(share, 6), low=round(rate.low, 6), high=round(rate.high, 6))


def _recovery(survival: Survival | None) -> Recovery | None:
    if survival is None:
        return None
    return Recovery(
        people=survival.people,
        recovered=survival.recovered,
        observed=survival.observed,
        minutes=int(survival.within),
        share=round(survival.share, 6),
        low=round(survival.low, 6),
        high=round(survival.high, 6),
        median_minutes=None if survival.median is None else round(survival.median, 1),
    )


def _shared(one: Contrast, *, by_people: bool) -> Shared:
    failing, succeeding = _rate(one.covers), _rate(one.elsewhere)
    unit = "people" if by_people else "attempts"
    times = f"{one.lift:.1f} times as common ({one.low:.1f} to {one.high:.1f})"
    sentence = (
        f"{attribute_title(one.attribute)} {one.value}: {failing.count} of {failing.of} failing {unit} "
        f"against {succeeding.count} of {succeeding.of} succeeding, {times}."
    )
    return Shared(attribute=one.attribute, value=one.value, failing=failing, succeeding=succeeding, sentence=sentence)


def _sentences(
    failed: int,
    people: int,
    rate: Rate | None,
    *,
    burst: Burst | None,
    survival: Survival | None,
    known: Classified,
) -> Iterable[str]:
    who = f" by {people} people" if people > 1 else ""
    if rate is None:
        yield f"{failed} attempts fail with this code{who}; there are no successes to compare with, so this is a count and no rate."
    else:
        yield (
            f"{rate.count} of {rate.of} attempts{who} fail with this code: {_share(rate.share)} "
            f"({_share(rate.low)} to {_share(rate.high)})."
        )
    if burst is not None:
        begin = f"{_clock(burst.start.earliest)} and {_clock(burst.start.latest)}"
        end = "had not ended when the log did"
        if burst.end is not None:
            end = f"ended between {_clock(burst.end.earliest)} and {_clock(burst.end.latest)} UTC"
        yield f"The failures began between {begin} UTC and {end} ({burst.strength} evidence of a burst)."
    if survival is not None and survival.observed:
        yield (
            f"Of {survival.people} {'person' if survival.people == 1 else 'people'} who met it, {survival.recovered} seen to sign in again; within {SOON} minutes "
            f"{percent(survival.share)} ({percent(survival.low)} to {percent(survival.high)})."
        )
    yield f"{_CLASSES[known.name]}: {known.because}."


def _share(share: float) -> str:
    """A rate of failure: small ones need their decimals."""
    return f"{share * 100:.2g} %" if share < 0.1 else percent(share)


def _clock(at: dt.datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")
