"""What failing attempts share that succeeding ones do not.

Lift: share among failures over share among successes, with Katz's log interval; Fisher's exact p; false discoveries held by Benjamini &
Hochberg, *Controlling the False Discovery Rate*, JRSS B 57 (1995).
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct

from faultbook.analysis.intervals import Rate, compare_shares, rate

Unit = Literal["attempts", "users"]


class Shared(Struct, frozen=True, kw_only=True):
    """One value and how much commoner it is among failures; ``q`` is p after correction for all values looked at.

    ``covers`` is its share among failures, ``elsewhere`` its share among successes.
    """

    attribute: str
    value: str
    covers: Rate
    elsewhere: Rate
    lift: float
    low: float
    high: float
    p: float
    q: float


def shared(
    rows: Iterable[Mapping[str, Any]],
    *,
    totals: Mapping[str, int] | None = None,
    unit: Unit = "attempts",
    support: int = 3,
    false_share: float = 0.05,
) -> list[Shared]:
    """Values that failures share, strongest first: ``q`` at most ``false_share``, the interval of the lift above 1.

    ``rows`` are the ``contrast`` of a sign-in history; ``totals`` (keys ``failed``, ``succeeded``) are all attempts or users, where the rows do
    not list every value. Counting users keeps one person's fifty retries from looking like fifty people. Values in fewer than
    ``support`` failures are not looked at.
    """
    return [
        each
        for each in contrasts(rows, totals=totals, unit=unit, support=support)
        if each.q <= false_share and each.low > 1
    ]


def contrasts(
    rows: Iterable[Mapping[str, Any]],
    *,
    totals: Mapping[str, int] | None = None,
    unit: Unit = "attempts",
    support: int = 3,
) -> list[Shared]:
    """Every value with enough support, strongest first, whether it stands out or not."""
    ending = "_users" if unit == "users" else ""
    groups: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
    for row in rows:
        groups[str(row["attribute"])].append(
            (str(row["value"]), int(row.get(f"failed{ending}") or 0), int(row.get(f"succeeded{ending}") or 0)),
        )
    found = []
    for attribute, values in sorted(groups.items()):
        failed = max(sum(each[1] for each in values), (totals or {}).get("failed", 0))
        succeeded = max(sum(each[2] for each in values), (totals or {}).get("succeeded", 0))
        for value, bad, good in values:
            if bad < support:
                continue
            ratio = compare_shares(bad, failed, good, succeeded)
            found.append((attribute, value, rate(bad, failed), rate(good, succeeded), ratio))
    corrected = false_discovery([each[-1].p for each in found])
    listed = [
        Shared(
            attribute=attribute,
            value=value,
            covers=covers,
            elsewhere=elsewhere,
            lift=ratio.ratio,
            low=ratio.low,
            high=ratio.high,
            p=ratio.p,
            q=q,
        )
        for (attribute, value, covers, elsewhere, ratio), q in zip(found, corrected, strict=True)
    ]
    return sorted(listed, key=lambda each: (each.q, -each.low, -each.covers.share, each.attribute, each.value))


def false_discovery(ps: Sequence[float]) -> list[float]:
    """Benjamini-Hochberg adjusted p-values, in the order given."""
    order = sorted(range(len(ps)), key=lambda at: ps[at], reverse=True)
    adjusted = [math.nan] * len(ps)
    least = 1.0
    for rank, at in zip(range(len(ps), 0, -1), order, strict=True):
        least = min(least, ps[at] * (len(ps) / rank))
        adjusted[at] = least
    return adjusted
