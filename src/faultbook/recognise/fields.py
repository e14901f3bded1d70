"""The ids and the time that are printed with an error."""

import re
from bisect import bisect_left

from msgspec import Struct

_GUID = r"[0-9a-fA-F]{8}-\s?[0-9a-fA-F]{4}-\s?[0-9a-fA-F]{4}-\s?[0-9a-fA-F]{4}-\s?[0-9a-fA-F]{12}"
_GAP = r"""(?:u(?=['"])|[^0-9a-zA-Z{}\n]|\{(?=[0-9a-fA-F]{8}-)|\n(?=[^\n]{0,12}[0-9a-fA-F]{8})){1,24}"""
_ID = rf"(?P<id>{_GUID}|[0-9a-fA-F]{{32}}(?![0-9a-fA-F]))"
_DATE = r"""(?:\d{4}[-/]\d\d[-/]\d\d[T\s,]{1,2}\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:\s?(?:Z|UTC|GMT|[+-]\d\d(?::?\d\d)?(?!\d)))?
            |\d{1,2}[/.]\d{1,2}[/.]\d{4},?\s\d{1,2}:\d\d:\d\d(?:\.\d{1,9})?(?:\s?[AP]M)?
            |(?:[A-Z][a-z]{2},?\s)?\d{1,2}[-/\s][A-Z][a-z]{2}[-/\s]\d{4}[:\s]\d\d:\d\d:\d\d(?:[.,]\d{1,6})?(?:\s(?:GMT|UTC|[+-]\d{4}))?)"""

_IDS = re.compile(
    rf"""(?:(?P<correlation>correlation[\s_+-]{{0,2}}(?:request[\s_-]{{0,2}})?id(?:Key)?
             |korrelations-?id|id\.?\s(?:de\s(?:corr[eé]la(?:tion|ci[oó]n)|correla[cç][aã]o)|(?:di\s)?correlazione)|correlatie-?id|相関\s?ID|(?:相关|关联|關聯)(?:性)?\s?ID)
           |(?P<client>client[-_]request[-_]id|(?<![a-z-])activity[\s_]?id)
           |(?P<trace>trace[\s_+]{{0,2}}id)
           |(?P<request>(?<![a-z])(?<!client-)(?<!lation-)request[\s_+-]{{0,2}}id
             |anforderungs-?id|id\.?\s(?:de\s(?:la\s)?(?:requ[eê]te|demande|solicitud)|da\ssolicita[cç][aã]o|richiesta)|aanvraag-?id|要求\s?ID|(?:请求|請求|要求)\s?(?:ID|標識碼))
           |(?P<tracking>tracking[\s_]?id)
        ){_GAP}{_ID}""",
    re.IGNORECASE | re.VERBOSE,
)
_INLINE = re.compile(
    rf"\[?(?P<time>\d{{4}}-\d\d-\d\d\ \d\d:\d\d:\d\d)(?P<zone>Z?)(?:\ -\ |-)(?P<id>{_GUID})", re.VERBOSE
)
_FOOTER = re.compile(
    rf"time[\s_]?stamp(?:Key)?[^0-9a-zA-Z{{}}\n]{{1,16}}(?:u')?(?P<time>{_DATE})", re.IGNORECASE | re.VERBOSE
)
_LABELLED = re.compile(
    rf"""(?:(?:createdDateTime|TimeGenerated|Date\ \(UTC\)|activityRunEnd|endTime|TimeCreated|SystemTime|TimeOccurred(?:\ \(UTC\))?|Logged)
           |(?:(?<=\n)|(?<=\A)|(?<=["',])|(?<=\ \ \ ))(?:Date|Time)(?=["']{{0,2}}\s{{0,3}}:))["']{{0,2}}\s{{0,4}}[:=]?\s{{0,12}}["']?(?P<time>{_DATE})""",
    re.IGNORECASE | re.VERBOSE,
)
_BRACKETED = re.compile(rf"\[(?P<time>{_DATE})(?:\]|\ -\ )", re.VERBOSE)
_LINE = re.compile(
    rf"""^(?:\S{{1,64}}\ )??[\[(IWEF]?(?P<time>{_DATE}
          |\d\d/\d\d/\d\d\ \d\d:\d\d:\d\d
          |[A-Z][a-z]{{2}}\ [\ \d]\d\ \d\d:\d\d:\d\d
          |\d\d-\d\d\ \d\d:\d\d:\d\d\.\d{{3}}
          |(?<=[IWEF])\d{{4}}\ \d\d:\d\d:\d\d\.\d{{1,6}}
          |\d\d:\d\d:\d\d(?:[.,]\d{{1,6}})?)""",
    re.MULTILINE | re.VERBOSE,
)
_GATEWAY = re.compile(
    rf"DM\.\w{{4,40}}\s\w{{4,12}}:\s\d+\s:\s(?P<time>{_DATE})\s{{1,8}}\S{{2,60}}\s{{1,8}}{_GUID}\s{{1,8}}(?P<id>{_GUID})",
    re.VERBOSE,
)

REACH = 2400
"""How far from its code an id or a time may stand."""


class Mark(Struct, frozen=True, order=True):
    """An id or a time, where it stands, and how sure its label is (smaller is surer)."""

    start: int
    sure: int
    value: str


class Marks(Struct, frozen=True):
    """All ids and times of a text, each kind in order."""

    correlation: list[Mark]
    trace: list[Mark]
    time: list[Mark]

    def footed(self, start: int, end: int) -> bool:
        """Whether an id or a time of a surely labelled kind stands just behind or before this place."""
        return any(
            mark.sure == 0 and start - 400 <= mark.start <= end + 1600
            for marks in (self.correlation, self.trace, self.time)
            for mark in _within(marks, start - 400, end + 1600)
        )

    def near(self, kind: str, start: int, low: int, high: int) -> str | None:
        """The value that belongs to the code at ``start``: the surest, then the next one behind it, then the last one before it."""
        marks: list[Mark] = getattr(self, kind)
        here = _within(marks, max(low, start - REACH), min(high, start + REACH))
        if not here:
            return None
        best = min(mark.sure for mark in here)
        chosen = [mark for mark in here if mark.sure == best]
        return next((mark.value for mark in chosen if mark.start >= start), chosen[-1].value)


def _within(marks: list[Mark], low: int, high: int) -> list[Mark]:
    return marks[
        bisect_left(marks, low, key=lambda mark: mark.start) : bisect_left(marks, high, key=lambda mark: mark.start)
    ]


_SURENESS = {
    "correlation": ("correlation", 0),
    "client": ("correlation", 2),
    "trace": ("trace", 0),
    "request": ("trace", 1),
    "tracking": ("trace", 2),
}


def marks(text: str) -> Marks:
    """Every labelled id and time in a plain text."""
    kinds: dict[str, list[Mark]] = {"correlation": [], "trace": [], "time": []}
    for found in _IDS.finditer(text):
        kind, sure = _SURENESS[next(name for name, value in found.groupdict().items() if value and name != "id")]
        kinds[kind].append(Mark(found.start(), sure, _compact(found["id"])))
    for found in _INLINE.finditer(text):
        kinds["correlation"].append(Mark(found.start(), 1, _compact(found["id"])))
        if found["zone"]:
            kinds["time"].append(Mark(found.start(), 1, found["time"] + "Z"))
    for found in _GATEWAY.finditer(text):
        kinds["trace"].append(Mark(found.start(), 1, _compact(found["id"])))
        kinds["time"].append(Mark(found.start(), 1, found["time"]))
    for sure, pattern in enumerate((_FOOTER, _BRACKETED, _LABELLED, _LINE)):
        kinds["time"] += (
            Mark(found.start(), sure, re.sub(r"\s+", " ", found["time"])) for found in pattern.finditer(text)
        )
    return Marks(*(sorted(found) for found in kinds.values()))


def _compact(guid: str) -> str:
    return re.sub(r"\s", "", guid)
