"""The timeline as a picture: share failing with its interval, counts, and what happened beside them, as one inline SVG."""

import datetime as dt
import math
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from faultbook.diagnose.diagnosis import Lane, Mark, Point, Timeline
from faultbook.diagnose.sentences import escaped
from faultbook.evidence import instant

WIDTH: Final = 960
LEFT: Final = 132
RIGHT: Final = 16
RATE: Final = 150
COUNTS: Final = 64
GAP: Final = 34
LANE: Final = 30
TOP: Final = 30
LANES: Final[dict[Lane, str]] = {
    "service": "service issues",
    "policy": "policy changes",
    "agent": "writeback agent",
    "account": "the account",
    "refresh": "refreshes",
}
_STEPS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 14400, 43200)
_EARLIEST: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class _Scale(Struct, frozen=True):
    """From an instant to a place on the picture."""

    start: dt.datetime
    end: dt.datetime

    def x(self, text: str) -> float:
        at = instant(text) or self.start
        whole = max((self.end - self.start).total_seconds(), 1)
        part = min(max((at - self.start).total_seconds() / whole, 0), 1)
        return round(LEFT + part * (WIDTH - LEFT - RIGHT), 1)


def picture(timeline: Timeline) -> str:
    """The SVG; everything it shows stands in its description too."""
    scale = _Scale(instant(timeline.start) or _EARLIEST, instant(timeline.end) or _EARLIEST)
    lanes = [lane for lane in LANES if any(mark.lane == lane for mark in timeline.marks)]
    floor = TOP + RATE + GAP + COUNTS if timeline.points else TOP
    height = floor + 18 + LANE * len(lanes) + 34
    body = "".join((
        _bands(timeline, scale, height),
        _axis(scale, height),
        _rates(timeline, scale) if timeline.points else "",
        _counts(timeline, scale, TOP + RATE + GAP) if timeline.points else "",
        "".join(_lane(lane, timeline, scale, floor + 18 + LANE * place) for place, lane in enumerate(lanes)),
        _failure(timeline, scale, height),
    ))  # fmt: skip
    return (
        f'<svg class="timeline" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="timeline-title timeline-text">'
        f'<title id="timeline-title">Failures over time, and what happened beside them</title>'
        f'<desc id="timeline-text">{escaped(described(timeline))}</desc>{body}</svg>'
    )


def described(timeline: Timeline) -> str:
    """The picture in words."""
    failed = sum(point.failed for point in timeline.points)
    tried = failed + sum(point.succeeded for point in timeline.points)
    parts = [f"From {timeline.start} to {timeline.end}: {failed} of {tried} attempts fail."]
    if timeline.onset:
        parts.append(f"The failures began between {timeline.onset.start} and {timeline.onset.end}.")
    for lane, title in LANES.items():
        count = sum(mark.lane == lane for mark in timeline.marks)
        if count:
            parts.append(f"{title.capitalize()}: {count}.")
    if timeline.marks_left_out:
        parts.append(f"{timeline.marks_left_out} more are left out of the picture.")
    return " ".join(parts)


def _bands(timeline: Timeline, scale: _Scale, height: int) -> str:
    if timeline.onset is None:
        return ""
    left, right = scale.x(timeline.onset.start), scale.x(timeline.onset.end)
    anchor = "start" if left < WIDTH - 160 else "end"
    return (
        f'<rect class="onset" x="{left}" y="{TOP - 6}" width="{max(right - left, 2):.1f}" height="{height - TOP - 24}"/>'
        f'<text class="note" x="{left}" y="{TOP - 12}" text-anchor="{anchor}">begins here (interval)</text>'
    )


def _failure(timeline: Timeline, scale: _Scale, height: int) -> str:
    if timeline.failure is None or not timeline.start <= timeline.failure <= timeline.end:
        return ""
    x = scale.x(timeline.failure)
    return (
        f'<line class="failure" x1="{x}" x2="{x}" y1="{TOP - 6}" y2="{height - 30}"><title>The failure in question: '
        f"{escaped(timeline.failure)}</title></line>"
    )


def _axis(scale: _Scale, height: int) -> str:
    parts = []
    for at in _ticks(scale.start, scale.end):
        x = scale.x(at.isoformat())
        midnight = at.hour == at.minute == 0
        label = at.strftime("%d %b") if midnight else at.strftime("%H:%M")
        parts.append(f'<line class="grid" x1="{x}" x2="{x}" y1="{TOP}" y2="{height - 30}"/>')
        parts.append(f'<text class="tick{" day" if midnight else ""}" x="{x}" y="{height - 14}" text-anchor="middle">{label}</text>')  # fmt: skip
    parts.append(f'<text class="tick" x="8" y="{height - 14}">{scale.start:%d %b %Y}, UTC</text>')
    return "".join(parts)


def _ticks(start: dt.datetime, end: dt.datetime) -> Iterator[dt.datetime]:
    """Round times, about eight of them."""
    minutes = max((end - start).total_seconds() / 60, 1)
    step = next((step for step in _STEPS if minutes / step <= 9), _STEPS[-1])
    first = math.ceil((start - _EARLIEST).total_seconds() / 60 / step)
    last = math.floor((end - _EARLIEST).total_seconds() / 60 / step)
    for number in range(first, min(last, first + 40) + 1):
        yield _EARLIEST + dt.timedelta(minutes=number * step)


def _rates(timeline: Timeline, scale: _Scale) -> str:
    """The band from low to high, and the share itself; a step without attempts breaks both."""
    known = [point for point in timeline.points if point.low is not None and point.high is not None]
    top = _nice(max((point.high or 0.0 for point in known), default=1.0))
    base = TOP + RATE
    runs = list(_runs(timeline.points))
    bands = "".join(f'<path class="band" d="{_band(run, timeline, scale, top)}"/>' for run in runs)
    lines = "".join(f'<path class="share" d="{_line(run, timeline, scale, top)}"/>' for run in runs)
    marks = "".join(
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{base - RATE * part}" y2="{base - RATE * part}"/>'
        f'<text class="tick" x="{LEFT - 10}" y="{base - RATE * part + 4}" text-anchor="end">{top * part * 100:.3g} %</text>'
        for part in (0, 0.5, 1)
    )
    return (
        f'<text class="label" x="8" y="{TOP + 22}">share failing</text>'
        f'<text class="note" x="8" y="{TOP + 36}">band: 95 % interval</text>{marks}{bands}{lines}'
    )


def _runs(points: tuple[Point, ...]) -> Iterator[list[Point]]:
    run: list[Point] = []
    for point in points:
        if point.low is None:
            if run:
                yield run
            run = []
        else:
            run.append(point)
    if run:
        yield run


def _band(run: list[Point], timeline: Timeline, scale: _Scale, top: float) -> str:
    upper = [(left, right, _y(point.high or 0.0, top)) for point, left, right in _steps(run, timeline, scale)]
    lower = [(left, right, _y(point.low or 0.0, top)) for point, left, right in _steps(run, timeline, scale)]
    there = " ".join(f"L{left} {y} L{right} {y}" for left, right, y in upper)
    back = " ".join(f"L{right} {y} L{left} {y}" for left, right, y in reversed(lower))
    return f"M{there[1:]} {back} Z"


def _line(run: list[Point], timeline: Timeline, scale: _Scale, top: float) -> str:
    path = " ".join(
        f"L{left} {y} L{right} {y}"
        for point, left, right in _steps(run, timeline, scale)
        for y in (_y(point.failed / max(point.failed + point.succeeded, 1), top),)
    )
    return f"M{path[1:]}"


def _steps(run: list[Point], timeline: Timeline, scale: _Scale) -> Iterator[tuple[Point, float, float]]:
    width = dt.timedelta(seconds=timeline.bucket_seconds)
    for point in run:
        start = instant(point.start) or scale.start
        yield point, scale.x(point.start), scale.x((start + width).isoformat())


def _y(share: float, top: float) -> float:
    return round(TOP + RATE - RATE * min(share / top, 1.0), 1)


def _nice(high: float) -> float:
    return next((top for top in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0) if high <= top), 1.0)


def _counts(timeline: Timeline, scale: _Scale, top: int) -> str:
    most = max((point.failed for point in timeline.points), default=0) or 1
    base = top + COUNTS
    parts = [
        f'<text class="label" x="8" y="{top + 8}">failures</text>',
        f'<text class="tick" x="{LEFT - 10}" y="{top + 10}" text-anchor="end">{most}</text>',
        f'<text class="tick" x="{LEFT - 10}" y="{base}" text-anchor="end">0</text>',
        f'<line class="base" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{base}" y2="{base}"/>',
    ]
    for point, left, right in _steps(list(timeline.points), timeline, scale):
        if not point.failed:
            continue
        height = round(max((COUNTS - 4) * point.failed / most, 2), 1)
        told = f"{point.start}: {point.failed} failed, {point.succeeded} succeeded, {point.other} failed otherwise"
        parts.append(
            f'<rect class="failed" x="{left + 0.5:.1f}" y="{base - height:.1f}" width="{max(right - left - 1, 1.5):.1f}" height="{height}" rx="1">'
            f"<title>{escaped(told)}</title></rect>"
        )
    return "".join(parts)


def _lane(lane: Lane, timeline: Timeline, scale: _Scale, top: int) -> str:
    middle = top + LANE / 2
    parts = [
        f'<text class="label" x="8" y="{middle + 4}">{LANES[lane]}</text>',
        f'<line class="rail" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{middle}" y2="{middle}"/>',
    ]
    parts += [_mark(mark, scale, middle) for mark in timeline.marks if mark.lane == lane]
    return "".join(parts)


def _mark(mark: Mark, scale: _Scale, middle: float) -> str:
    left, right = scale.x(mark.start), scale.x(mark.end)
    span = mark.start if mark.start == mark.end else f"{mark.start} to {mark.end}"
    told = f"<title>{escaped(f'{mark.label} ({span})')}</title>"
    if right - left >= 6:
        return f'<rect class="mark {mark.lane}" x="{left}" y="{middle - 7}" width="{right - left:.1f}" height="14" rx="3">{told}</rect>'
    return f'<path class="mark {mark.lane}" d="M{left} {middle - 8} l7 8 l-7 8 l-7 -8 Z">{told}</path>'
