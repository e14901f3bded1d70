"""What failing sign-ins share that succeeding ones do not, as a picture: two shares with their intervals for each value, as one inline SVG."""

from typing import Final

from faultbook.diagnose.diagnosis import Rate, Shared, Statistics
from faultbook.diagnose.sentences import clean, escaped
from faultbook.diagnose.statistics import attribute_title, percent

WIDTH: Final = 960
LEFT: Final = 268
RIGHT: Final = 148
TOP: Final = 24
ROW: Final = 58
_LONGEST: Final = 34
LEGEND: Final = (
    "Of each value, its share among failing sign-ins (filled) and among succeeding ones (hollow), with 95 % intervals."
)


def contrast_picture(numbers: Statistics) -> str:
    """The SVG; everything it shows stands in its description too."""
    height = TOP + ROW * len(numbers.shared) + 26
    rows = "".join(_row(one, TOP + ROW * place) for place, one in enumerate(numbers.shared))
    return (
        f'<svg class="contrast" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="contrast-title contrast-text">'
        '<title id="contrast-title">What failing sign-ins share against succeeding ones</title>'
        f'<desc id="contrast-text">{escaped(contrast_described(numbers))}</desc>{_axis(height)}{rows}</svg>'
    )


def contrast_described(numbers: Statistics) -> str:
    """The picture in words."""
    told = " ".join(
        f"{attribute_title(one.attribute)} {one.value}: {percent(one.failing.share)} of failing, {percent(one.succeeding.share)} of succeeding."
        for one in numbers.shared
    )
    return f"{LEGEND} {told}"


def _axis(height: int) -> str:
    parts = []
    for tenths in (0, 2.5, 5, 7.5, 10):
        x = _x(tenths / 10)
        parts.append(f'<line class="grid" x1="{x}" x2="{x}" y1="{TOP - 8}" y2="{height - 24}"/>')
        parts.append(f'<text class="tick" x="{x}" y="{height - 8}" text-anchor="middle">{tenths * 10:.0f} %</text>')
    return "".join(parts)


def _row(one: Shared, top: int) -> str:
    shown = clean(one.value)
    cut = shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"
    return (
        f'<text class="label" x="8" y="{top + 12}">{escaped(cut)}<title>{escaped(shown)}</title></text>'
        f'<text class="note" x="8" y="{top + 28}">{escaped(attribute_title(one.attribute))}</text>'
        f"{_interval(one.failing, top + 8, 'failing')}{_interval(one.succeeding, top + 26, 'succeeding')}"
        f'<line class="rail" x1="8" x2="{WIDTH - 8}" y1="{top + 44}" y2="{top + 44}"/>'
    )


def _interval(rate: Rate, y: int, role: str) -> str:
    told = f"{rate.count} of {rate.of} {role}: {percent(rate.share)} ({percent(rate.low)} to {percent(rate.high)})"
    return (
        f'<g class="{role}"><title>{told}</title>'
        f'<line class="span" x1="{_x(rate.low)}" x2="{_x(rate.high)}" y1="{y}" y2="{y}"/>'
        f'<circle cx="{_x(rate.share)}" cy="{y}" r="5.5"/>'
        f'<text class="count" x="{WIDTH - RIGHT + 14}" y="{y + 4}">{rate.count} of {rate.of} {role}</text></g>'
    )


def _x(share: float) -> float:
    return round(LEFT + min(max(share, 0.0), 1.0) * (WIDTH - LEFT - RIGHT), 1)
