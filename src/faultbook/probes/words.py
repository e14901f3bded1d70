"""How probes write times, numbers and names: short, in UTC, the same everywhere."""

import datetime as dt
from collections.abc import Iterable


def utc(at: dt.datetime) -> str:
    """An instant to the minute."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")


def many(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: ``1 user``, ``3 users``, ``2 refreshes``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def span(length: dt.timedelta) -> str:
    """A length of time in its largest sensible unit."""
    minutes = round(length.total_seconds() / 60)
    if minutes < 120:
        return many(minutes, "minute")
    return many(round(minutes / 60), "hour") if minutes < 2880 else many(round(minutes / 1440), "day")


def listed(names: Iterable[str], most: int = 3) -> str:
    """A few names, and how many more there are."""
    known = list(dict.fromkeys(names))
    shown = known[:most]
    if len(known) > most:
        return f"{', '.join(shown)} and {len(known) - most} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def short(text: str, most: int = 140) -> str:
    """One line of a longer text."""
    line = " ".join(text.split()).rstrip(".")
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
