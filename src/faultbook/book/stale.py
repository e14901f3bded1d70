"""Which sources are old or changed, and what rests on them."""

import datetime as dt
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from faultbook.model import Entry, Source

MONTHS: Final = 12
"""After how many months a source is stale where no setting says otherwise."""


class Stale(Struct, frozen=True, kw_only=True):
    """One part of an entry all of whose sources are stale, and the sources with the reason of each.

    ``part`` is ``meaning``, ``retry``, ``cause[id]``, ``fix[id]`` or ``faq[number]``, as ``Entry.overlaid`` names them.
    """

    part: str
    title: str
    sources: tuple[str, ...]
    why: tuple[str, ...]


def why_stale(source: Source, today: dt.date, months: int = MONTHS) -> str:
    """Why nothing should rest on a source any more, in a few words; empty where it still bears."""
    if source.changed and (source.checked is None or source.changed >= source.checked):
        return f"changed on {source.changed}"
    if source.checked is None:
        return "not read for this entry"
    return f"last read {source.checked}" if today >= _after(source.checked, months) else ""


def stale_from(entry: Entry, months: int = MONTHS) -> dt.date | None:
    """The first day on which one more source of an entry is too old; None where no source has a date."""
    dates = [source.checked for source in entry.sources if source.checked and not source.changed]
    return _after(min(dates), months) if dates else None


def stale_parts(entry: Entry, today: dt.date, months: int = MONTHS) -> list[Stale]:
    """Every part of an entry that rests on stale sources only, in the order of the page; what cites a fresh one as well still stands."""
    reasons = {source.id: why_stale(source, today, months) for source in entry.sources}
    return [
        Stale(part=part, title=title, sources=tuple(cited), why=tuple(reasons[one] for one in cited))
        for part, title, ids in _resting(entry)
        if (cited := [one for one in ids if one in reasons]) and all(reasons[one] for one in cited)
    ]


def _resting(entry: Entry) -> Iterator[tuple[str, str, list[str]]]:
    """Every part that cites sources."""
    yield "meaning", "the meaning", entry.cites
    yield "retry", "the advice on waiting", entry.retry.sources
    for cause in entry.causes:
        yield f"cause[{cause.id}]", f"the cause “{cause.title}”", cause.sources
    for fix in entry.fixes:
        yield f"fix[{fix.id}]", f"the fix “{fix.title}”", fix.sources
    for number, question in enumerate(entry.faq, start=1):
        yield f"faq[{number}]", f"the answer to “{question.q}”", question.sources


def _after(day: dt.date, months: int) -> dt.date:
    """The same day some months later, or the first of the next month where that month is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    try:
        return dt.date(year, month + 1, day.day)
    except ValueError:
        return dt.date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
