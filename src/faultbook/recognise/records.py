"""Where one record of a log ends and the next begins."""

import re

BREAK = re.compile(
    r"""(?<!imestamp:)(?<!imestamp:\ )\n(?=[\[(]?\d{4}[-/.]\d\d[-/.]\d\d[T ,] | \d\d[-/]\d\d[-/]\d\d[\ T]\d\d: | \{"
         | [A-Z][a-z]{2}\ [\ \d]\d\ \d\d:\d\d: | DM\.\w{4,30}\ \w{1,20}:\  | \d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\ )""",
    re.VERBOSE,
)
"""The line break in front of a line that begins a new record; a time wrapped away from its label begins none."""


def record(text: str, start: int, end: int, reach: int) -> str:
    """The text around a place, no further than ``reach`` and not beyond its record."""
    low, high = max(start - reach, 0), end + reach
    for found in BREAK.finditer(text, low, start):
        low = found.end()
    following = BREAK.search(text, end, high)
    return text[low : following.start() if following else high]
