"""One timeline from several logs: failures over time, and what happened beside them, each join saying how it was made."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from faultbook.analysis.intervals import wilson
from faultbook.diagnose.diagnosis import Lane, Mark, Point, Span, Timeline
from faultbook.evidence import Facts, Subject, Window, instant, iso

POINTS: Final = 48
MARKS_PER_LANE: Final = 40
AROUND: Final = dt.timedelta(hours=24)
LEAST: Final = dt.timedelta(hours=6)
HEARTBEAT: Final = 31019
SILENCE: Final = dt.timedelta(minutes=10)

_SERVICE: Final = re.compile(
    r"entra|identity|azure active directory|authentication|password|sign-?in|power bi|fabric", re.IGNORECASE
)
_POLICY: Final = re.compile(
    r"polic|named location|security defaults|federation|domain authentication|dirsync|password writeback|strong auth",
    re.IGNORECASE,
)
_ACCOUNT: Final = re.compile(r"password|disable account|enable account|delete user|revoke|refresh token", re.IGNORECASE)
_AGENT: Final = {
    31005: "writeback enabled",
    31013: "writeback disabled",
    31015: "writeback service started",
    31016: "writeback service stopped",
    31034: "relay listener error",
    31044: "relay connection lost",
    32000: "unknown error",
    32001: "error of the cloud password service",
    32002: "relay cannot be reached",
    32009: "no authorisation token",
    32011: "onboarding failed",
    32014: "relay bus error",
    33001: "unknown error in Active Directory",
    33004: "permission missing in Active Directory",
    33005: "account disabled",
    33006: "account locked out",
    33008: "password refused by policy",
    33009: "configuration of Active Directory",
    6329: "sync engine error",
    6800: "connector account refused",
}


def timeline(history: Mapping[str, Any], facts: Facts, about: Subject, onset: Span | None) -> Timeline | None:
    """The picture's data, zoomed to the hours that matter; None where nothing has a time."""
    buckets = [row for row in history.get("buckets") or () if isinstance(row, dict) and instant(row.get("start"))]
    seconds = int(history.get("bucket_seconds") or 300)
    span = _span(buckets, seconds, about)
    if span is None:
        return None
    start, end = span
    marks, left_out = _fitting(_marks(facts, about), start, end)
    step, points = _points(buckets, seconds, start, end)
    return Timeline(
        start=iso(start),
        end=iso(end),
        bucket_seconds=step,
        points=points,
        failure=iso(about.at) if about.at else None,
        onset=onset,
        marks=marks,
        marks_left_out=left_out,
    )


def changes(facts: Facts, about: Subject) -> list[dt.datetime]:
    """Times of changes that could have ended the failures: of a policy, or of the writeback service."""
    ending = [
        mark for mark in _marks(facts, about) if mark.lane == "policy" or mark.label.startswith(("31004 ", "31015 "))
    ]
    return sorted(at for mark in ending if (at := instant(mark.start)) is not None)


def changes_before(facts: Facts, about: Subject, onset: dt.datetime) -> tuple[Mark, ...]:
    """What was changed in the day before: policies, the account, the agent; the latest first."""
    since, until = iso(onset - AROUND), iso(onset)
    found = [
        mark
        for mark in _marks(facts, about)
        if mark.lane in {"policy", "account", "agent"} and since <= mark.start <= until
    ]
    return tuple(sorted(found, key=lambda mark: (mark.start, mark.lane, mark.label), reverse=True))


def _span(buckets: list[dict[str, Any]], seconds: int, about: Subject) -> tuple[dt.datetime, dt.datetime] | None:
    """From well before the first failure to well after the last, within what the history covers."""
    at = about.at
    if not buckets:
        return (at - AROUND, at + AROUND / 4) if at else None
    times = [instant(row["start"]) or dt.datetime.min.replace(tzinfo=dt.UTC) for row in buckets]
    first, last = min(times), max(times) + dt.timedelta(seconds=seconds)
    failing = [time for time, row in zip(times, buckets, strict=True) if row.get("failed")]
    if not failing:
        return first, last
    width = max(failing) - min(failing)
    margin = max(width / 2, LEAST)
    return max(first, min(failing) - margin), min(last, max(failing) + margin)


def _points(
    buckets: list[dict[str, Any]], seconds: int, start: dt.datetime, end: dt.datetime
) -> tuple[int, tuple[Point, ...]]:
    within = [row for row in buckets if start <= (instant(row["start"]) or end) < end]
    fold = max(-(-len(within) // POINTS), 1)
    points = []
    for first in range(0, len(within), fold):
        group = within[first : first + fold]
        failed, succeeded, other = (
            sum(int(row.get(name) or 0) for row in group) for name in ("failed", "succeeded", "other")
        )
        tried = failed + succeeded
        low, high = wilson(failed, tried) if tried else (None, None)
        begin = instant(group[0]["start"]) or start
        points.append(
            Point(start=iso(begin), failed=failed, succeeded=succeeded, other=other, low=_round(low), high=_round(high))
        )
    return seconds * fold, tuple(points)


def _round(number: float | None) -> float | None:
    return None if number is None else round(number, 6)


def _marks(facts: Facts, about: Subject) -> Iterator[Mark]:
    for fact in facts:
        if fact.why_unknown is not None or not isinstance(fact.value, list):
            continue
        rows = [row for row in fact.value if isinstance(row, dict)]
        cite = fact.hash
        match fact.kind:
            case "graph.serviceHealthIssues":
                yield from _issues(cite, rows)
            case "graph.directoryAudits":
                yield from _audits(cite, rows, about)
            case "windows.events":
                yield from _events(cite, rows, fact.window)
            case "powerbi.refreshes":
                yield from _refreshes(cite, rows)


def _issues(cite: str, rows: Iterable[dict[str, Any]]) -> Iterator[Mark]:
    for row in rows:
        start = instant(_text(row, "startDateTime"))
        about_us = _SERVICE.search(
            " ".join(_text(row, name) for name in ("service", "feature", "featureGroup", "title"))
        )
        if start is None or not about_us or row.get("status") == "falsePositive":
            continue
        end = instant(_text(row, "endDateTime"))
        # An issue without an end is still open: its mark runs to the edge of the picture.
        label = f"{_text(row, 'id')} {_text(row, 'title')}".strip()
        yield _mark(
            "service",
            start,
            end or dt.datetime.max.replace(tzinfo=dt.UTC),
            label,
            fact=cite,
            joined="start and end of the issue",
        )


def _audits(cite: str, rows: Iterable[dict[str, Any]], about: Subject) -> Iterator[Mark]:
    for row in rows:
        at = instant(_text(row, "activityDateTime"))
        name = _text(row, "activityDisplayName")
        targets = [one for one in row.get("targetResources") or () if isinstance(one, dict)]
        titles = [_text(one, "displayName") or _text(one, "userPrincipalName") for one in targets]
        label = f"{name}: {titles[0]}" if titles and titles[0] else name
        if at is None:
            continue
        if _POLICY.search(f"{name} {_text(row, 'category')}"):
            yield _mark("policy", at, at, label, fact=cite, joined="time of the audit record")
        elif about.user and _ACCOUNT.search(name) and _names(targets, about.user):
            yield _mark("account", at, at, label, fact=cite, joined="time of the audit record, same user")


def _names(targets: Iterable[dict[str, Any]], user: str) -> bool:
    return any(_text(one, "userPrincipalName").casefold() == user.casefold() for one in targets)


def _events(cite: str, rows: Iterable[dict[str, Any]], window: Window | None) -> Iterator[Mark]:
    """Events of the writeback agent, repeats within an hour as one mark, and the silences between heartbeats."""
    timed = [(at, row) for row in rows if (at := instant(_text(row, "time"))) is not None]
    timed.sort(key=lambda one: one[0])
    last: dict[int, tuple[dt.datetime, dt.datetime, int]] = {}
    beat: dt.datetime | None = None
    for at, row in timed:
        number = row.get("event_id")
        if number == HEARTBEAT:
            if beat is not None and at - beat > SILENCE:
                yield _mark(
                    "agent", beat, at, "no heartbeat (31019)", fact=cite, joined="time between two events of the server"
                )
            beat = at
        elif isinstance(number, int) and number in _AGENT:
            run = last.get(number)
            if run is not None and at - run[1] <= dt.timedelta(hours=1):
                last[number] = (run[0], at, run[2] + 1)
                continue
            if run is not None:
                yield _run(number, run, cite)
            last[number] = (at, at, 1)
    for number, run in last.items():
        yield _run(number, run, cite)
    end = window.end if window else (timed[-1][0] if timed else None)
    if beat is not None and end is not None and end - beat > SILENCE:
        yield _mark(
            "agent",
            beat,
            end,
            "no heartbeat (31019) until the log ends",
            fact=cite,
            joined="last event to the end of the log",
        )


def _run(number: int, run: tuple[dt.datetime, dt.datetime, int], cite: str) -> Mark:
    times = f", {run[2]} times" if run[2] > 1 else ""
    return _mark(
        "agent", run[0], run[1], f"{number} {_AGENT[number]}{times}", fact=cite, joined="time of the server's event"
    )


def _refreshes(cite: str, rows: Iterable[dict[str, Any]]) -> Iterator[Mark]:
    for row in rows:
        start = instant(_text(row, "startTime"))
        if start is not None and row.get("status") == "Failed":
            end = instant(_text(row, "endTime")) or start
            yield _mark(
                "refresh",
                start,
                end,
                f"refresh failed ({_text(row, 'refreshType')})",
                fact=cite,
                joined="start and end of the refresh",
            )


def _mark(lane: Lane, start: dt.datetime, end: dt.datetime, label: str, *, fact: str, joined: str) -> Mark:
    return Mark(lane=lane, start=iso(start), end=iso(max(start, end)), label=label, fact=fact, joined=joined)


def _fitting(marks: Iterable[Mark], start: dt.datetime, end: dt.datetime) -> tuple[tuple[Mark, ...], int]:
    """Marks within the picture, cut to its edges; of a crowded lane the first ones, and how many were left out."""
    low, high = iso(start), iso(end)
    lanes: dict[str, list[Mark]] = {}
    left_out = 0
    seen = set()
    for mark in sorted(marks, key=lambda one: (one.lane, one.start, one.end, one.label)):
        if mark.end < low or mark.start > high or (mark.lane, mark.start, mark.label) in seen:
            continue
        seen.add((mark.lane, mark.start, mark.label))
        lane = lanes.setdefault(mark.lane, [])
        if len(lane) < MARKS_PER_LANE:
            lane.append(Mark(lane=mark.lane, start=max(mark.start, low), end=min(mark.end, high), label=mark.label, fact=mark.fact, joined=mark.joined))  # fmt: skip
        else:
            left_out += 1
    return tuple(mark for lane in lanes.values() for mark in lane), left_out


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""
