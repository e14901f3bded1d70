"""Whether a failure is transient, intermittent or consistent: what the record supports, and no more."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final, Literal

from msgspec import Struct

from faultbook.analysis.contrast import Shared
from faultbook.analysis.intervals import Rate, rate
from faultbook.analysis.onset import Burst
from faultbook.analysis.recovery import Recovery

Class = Literal["transient", "intermittent", "consistent", "recovered-after-change", "insufficient-data"]

_LEAST: Final = 3
"""Fewer failures than this are an anecdote."""
_LEAST_TRIES: Final = 10
"""A stratum with fewer attempts cannot be called consistent."""
_CONSISTENT: Final = 0.95
_ABSENT: Final = 0.05


class Classified(Struct, frozen=True):
    """The class and the reason for it, as a clause that can end a sentence."""

    name: Class
    because: str


def classify(
    failed: int,
    succeeded: int,
    *,
    burst: Burst | None = None,
    recovered: Recovery | None = None,
    strata: Iterable[Shared] = (),
    changes: Sequence[dt.datetime] = (),
) -> Classified:
    """Name the class of a failure.

    ``strata`` are the values that failures share (``contrast.shared``), ``changes`` the times of changes that could have ended it. The order
    of the questions matters: a burst that ended with a change is not called transient.
    """
    overall = rate(failed, failed + succeeded)
    if failed < _LEAST:
        return Classified("insufficient-data", f"there are only {failed} failures")
    if not succeeded:
        return Classified(
            "insufficient-data", "there are no successes to compare with, so this is a count and not a rate"
        )
    if burst and burst.end and burst.strength != "none":
        if change := next((at for at in sorted(changes) if _could_end(burst, at)), None):
            return Classified(
                "recovered-after-change",
                f"the failures ended within the time of a change at {change:%Y-%m-%d %H:%M} UTC",
            )
        if recovered and recovered.low >= 0.5:
            return Classified(
                "transient",
                f"the failures came in one burst that ended, and most people succeeded within {recovered.within:g} minutes without a change",
            )
    if stratum := _consistent(overall, strata):
        return Classified("consistent", stratum)
    return Classified(
        "intermittent",
        f"{failed} of {overall.tries} attempts fail ({overall.low:.0%} to {overall.high:.0%}) and no group of them fails always",
    )


def _could_end(burst: Burst, change: dt.datetime) -> bool:
    """Whether a change lies in the burst, at a time from which the end can follow."""
    return burst.end is not None and burst.start.latest <= change <= burst.end.latest


def _consistent(overall: Rate, strata: Iterable[Shared]) -> str | None:
    """Why the failure is consistent: everything fails, or everything in one stratum does and next to nothing outside it."""
    if overall.share >= _CONSISTENT and overall.tries >= _LEAST_TRIES:
        return f"{overall.hits} of {overall.tries} attempts fail"
    for each in strata:
        within = rate(each.covers.hits, each.covers.hits + each.elsewhere.hits)
        outside = rate(
            each.covers.tries - each.covers.hits,
            each.covers.tries + each.elsewhere.tries - within.tries,
        )
        if within.tries >= _LEAST_TRIES and within.share >= _CONSISTENT and outside.tries and outside.share <= _ABSENT:
            return (
                f"{within.hits} of {within.tries} attempts with {each.attribute} {each.value} fail, "
                f"and {outside.hits} of {outside.tries} others"
            )
    return None
