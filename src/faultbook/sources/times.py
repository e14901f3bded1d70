"""Times as tools print them: ISO 8601, .NET's JSON dates, and the local formats of Windows."""

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any, Final

from msgspec import Struct

from faultbook.evidence import instant

_ZONE: Final = re.compile(r"(?:Z|UTC|[+-]\d\d:?\d\d)$", re.IGNORECASE)
_DOTNET: Final = re.compile(r"^\\?/Date\((-?\d{1,15})(?:[+-]\d{4})?\)\\?/$")
_LOCAL: Final = re.compile(
    r"^(\d{1,4})([/.\-])(\d{1,2})\2(\d{1,4})[,\s]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?\s*([AaPp]\.?[Mm]\.?)?\s*([+-]\d\d:\d\d)?$"
)
_LATEST: Final = 9000
_EARLIEST: Final = 1980
"""A time before this is a counter that was never set: event logs print 1601 for it."""

_ISO_END: Final = re.compile(r"\s*UTC$", re.IGNORECASE)


class Clock(Struct, frozen=True):
    """An instant, and whether the text itself said in which zone; where it did not, UTC is assumed."""

    at: dt.datetime
    zoned: bool


def clock(text: str, *, day_first: bool = False) -> Clock | None:
    """The time in a text, or None. ``day_first`` settles 7/8/2026."""
    text = text.strip().replace("\u200e", "").replace("\u202f", " ")
    if not text or len(text) > 60:
        return None
    if dotnet := _DOTNET.match(text):
        return _epoch(int(dotnet[1]))
    if local := _LOCAL.match(text):
        return _local(local, day_first)
    at = instant(_ISO_END.sub("Z", text))
    return Clock(at, bool(_ZONE.search(text))) if at and _EARLIEST <= at.year < _LATEST else None


def instants(rows: Iterable[Any], *keys: str) -> list[dt.datetime]:
    """The believable times under these keys, in order: those of no year before 1980 and none that cannot be reckoned with."""
    texts = (row.get(key) for row in rows if isinstance(row, dict) for key in keys)
    times = (instant(text) for text in texts if isinstance(text, str))
    return sorted(at for at in times if at and _EARLIEST <= at.year < _LATEST)


def is_day_first(texts: Iterable[str]) -> bool | None:
    """Whether these local times put the day before the month; None where neither shows it.

    Points speak for the day, AM and PM for the month, a number above 12 settles it; failing that, the order in which a log runs does.
    """
    parsed = [match for text in texts if (match := _LOCAL.match(text.strip().replace("\u202f", " ")))]
    if not parsed or len(parsed[0][1]) == 4:
        return None
    if any(int(match[1]) > 12 for match in parsed):
        return True
    if any(int(match[3]) > 12 for match in parsed):
        return False
    if parsed[0][2] == ".":
        return True
    if any(match[8] for match in parsed):
        return False
    firsts = _runs([(int(match[4]), int(match[3]), int(match[1])) for match in parsed])
    seconds = _runs([(int(match[4]), int(match[1]), int(match[3])) for match in parsed])
    return firsts if firsts != seconds else None


def _runs(days: list[tuple[int, int, int]]) -> bool:
    return days == sorted(days) or days == sorted(days, reverse=True)


def _epoch(milliseconds: int) -> Clock | None:
    try:
        at = dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return Clock(at, zoned=True) if _EARLIEST <= at.year < _LATEST else None


def _local(match: re.Match[str], day_first: bool) -> Clock | None:
    one, two, three = int(match[1]), int(match[3]), int(match[4])
    year, month, day = (
        (one, two, three) if len(match[1]) == 4 else (three, two, one) if day_first else (three, one, two)
    )
    hour = int(match[5])
    if match[8]:
        hour = hour % 12 + (12 if match[8][0] in "pP" else 0)
    try:
        at = dt.datetime(
            2000 + year if max(len(match[1]), len(match[4])) == 2 else year,
            month,
            day,
            hour,
            int(match[6]),
            int(match[7] or 0),
            tzinfo=dt.UTC,
        )
        zone = dt.datetime.fromisoformat(f"2000-01-01T00:00:00{match[9]}").utcoffset() if match[9] else None
        at = at - zone if zone else at
    except (ValueError, OverflowError):
        return None
    return Clock(at, zoned=zone is not None) if _EARLIEST <= at.year < _LATEST else None
