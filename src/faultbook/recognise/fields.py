"""The ids and the time that are printed with an error.

An id or a time is found first, by its own shape; then the words before it say what it is. That way round one pass does.
"""

import re
from bisect import bisect_left

from msgspec import Struct

from faultbook.patterns import later

_ID = later(r"-\s?[0-9a-fA-F]{4}-\s?[0-9a-fA-F]{4}-\s?[0-9a-fA-F]{4}-\s?[0-9a-fA-F]{12}")
_EIGHT = later(r"[0-9a-fA-F]{8}\Z")
ID_LABELS = (
    (
        0,
        "correlation",
        later(
            r"(?:correlation[\s_+-]{0,2}(?:request[\s_-]{0,2})?id(?:key)?|korrelations-?id|相関\s?id|(?:相关|关联|關聯)性?\s?id)\Z"
        ),
    ),
    (
        0,
        "correlation",
        later(
            r"(?:id\.?\s(?:de\s(?:corr[eé]la(?:tion|ci[oó]n)|correla[cç][aã]o)|(?:di\s)?correlazione)|correlatie-?id)\Z"
        ),
    ),
    (2, "correlation", later(r"(?:client[-_]request[-_]id|(?<![a-z-])activity[\s_]?id)\Z")),
    (0, "trace", later(r"trace[\s_+]{0,2}id\Z")),
    (
        1,
        "trace",
        later(
            r"(?:(?<![a-z])request[\s_+-]{0,2}id|anforderungs-?id|aanvraag-?id|(?:要求|请求|請求)\s?(?:id|標識碼))\Z"
        ),
    ),
    (
        1,
        "trace",
        later(r"id\.?\s(?:de\s(?:la\s)?(?:requ[eê]te|demande|solicitud)|da\ssolicita[cç][aã]o|richiesta)\Z"),
    ),
    (2, "trace", later(r"tracking[\s_]?id\Z")),
)
"""How sure, which kind, and the words (lower case) in front of an id; the first that fits holds."""
_USUAL = {
    **dict.fromkeys(("correlation id", "correlation_id", "correlationid"), (0, "correlation")),
    **dict.fromkeys(("trace id", "trace_id", "traceid"), (0, "trace")),
}
"""The labels that almost every id has, looked up before the patterns are tried."""
_BEHIND_TIME = later(r"\d\d:\d\d:\d\dz?(?: - |-)\Z")
_GATEWAY_ID = later(r"dm\.\w{4,40}\s{1,8}[0-9a-f-]{36}\s{1,8}\Z")
GAP = " \t\r\n\"'*`:=,<>()[]+-;|\u300c\uff1a"

_CLOCK = later(r":\d\d:\d\d(?:[.,]\d{1,9})?")
_DATE = later(
    r"""(?:\d{4}[-/]\d\d[-/]\d\d[T\s,]{1,2}|\d{1,2}[/.]\d{1,2}[/.]\d{4},?\s|\d{1,2}[-/\s][A-Z][a-z]{2}[-/\s]\d{4}[:\s]
          |(?:[A-Z][a-z]{2}\s)?[A-Z][a-z]{2}\s\d{1,2}\s\d{4}\s)\d{1,2}\Z""",
    re.VERBOSE,
)
_ISO = later(r"\d{4}-\d\d-\d\d[T ]\d\d\Z")
_ZONE = later(r"\s?(?:Z|UTC|GMT(?:[+-]\d{4})?|[AP]M\b|[+-]\d\d(?::?\d\d)?(?!\d))")
_SHORT_DATE = later(
    r"(?:\A|\n)[\[(]?(?:[IWEF](?=\d{4}\ ))?(?P<date>(?:\d\d/\d\d/\d\d\ |[A-Z][a-z]{2}\ [\ \d]\d\ |\d\d-\d\d\ |\d{4}\ )?\d\d)\Z",
    re.VERBOSE,
)
FOOTERS = (
    *(
        "timestamp",
        "time stamp",
        "time_stamp",
        "timestampkey",
        "zeitstempel",
        "horodatage",
        "marca de tiempo",
        "marca de hora",
        "carimbo de data/hora",
    ),
    *("carimbo de tempo", "tijdstempel", "タイムスタンプ", "时间戳", "時間戳記"),
)
TIME_LABELS = (
    *(
        "createddatetime",
        "timegenerated",
        "date (utc",
        "activityrunend",
        "endtime",
        "timecreated",
        "systemtime",
        "timeoccurred",
        "timeoccurred (utc",
        "logged",
    ),
)
_PLAIN_LABEL = later(
    r"""(?:\A|[\n"',>]|\ \ \ )(?:date|time)["']{0,2}\s{0,12}:\s{0,12}(?:</t[dh]>\s{0,4}<t[dh]>)?["']?\Z
      | (?:\A|[\s"',{])(?:time|ts|date)=["']?\Z | \n[\t\ ]{0,8}time\Z""",
    re.VERBOSE,
)
_GATEWAY_TIME = later(r"DM\.\w{4,40}\s\w{4,12}:\s\d{1,4}\s:\s\Z")
_LINE_START = later(r"(?:\A|\n)(?:\S{1,40}\ )?[*`]{0,3}[\[(]?\Z")
_BRACKET = later(r"\[(?:[A-Z][a-z]{2},?\s)?\Z")
_LOOK_BACK = 72

REACH = 2400
"""How far from its code an id or a time may stand."""


class Mark(Struct, frozen=True, order=True, gc=False):
    """An id or a time, where it stands, and how sure its label is (smaller is surer)."""

    start: int
    sure: int
    value: str


class Marks(Struct, frozen=True, gc=False):
    """All ids and times of a text, each kind in order."""

    correlation: list[Mark]
    trace: list[Mark]
    time: list[Mark]

    def footed(self, start: int, end: int) -> bool:
        """Whether an id or a time of a surely labelled kind stands just behind or before this place."""
        low, high = start - 400, end + 1600
        return any(
            mark.sure == 0 for kind in (self.correlation, self.trace, self.time) for mark in _within(kind, low, high)
        )

    def changed(self, end: int, start: int) -> bool:
        """Whether an error that ended at ``end`` has its own correlation id, and one that begins at ``start`` another."""
        before = [mark for mark in _within(self.correlation, end, start) if mark.sure == 0]
        behind = _within(self.correlation, start, start + REACH) if before else []
        return any(mark.sure == 0 and mark.value != before[-1].value for mark in behind[:1])

    def near(self, kind: str, start: int, low: int, high: int) -> Mark | None:
        """The mark that belongs to the code at ``start``: the surest, then the next one behind it, then the last one before it."""
        here = _within(getattr(self, kind), max(low, start - REACH), min(high, start + REACH))
        if not here:
            return None
        best = min(mark.sure for mark in here)
        chosen = [mark for mark in here if mark.sure == best]
        return next((mark for mark in chosen if mark.start >= start), chosen[-1])


def _start(mark: Mark) -> int:
    return mark.start


def _within(marks: list[Mark], low: int, high: int) -> list[Mark]:
    return marks[bisect_left(marks, low, key=_start) : bisect_left(marks, high, key=_start)]


def marks(text: str) -> Marks:
    """Every labelled id and time in a plain text."""
    found: dict[str, list[Mark]] = {"correlation": [], "trace": []}
    for rest in _ID.finditer(text):
        start = rest.start() - 8
        tail = text[max(start - _LOOK_BACK, 0) : max(start, 0)]
        if _EIGHT.match(text, max(start, 0), rest.start()) is None:
            continue
        label = _id_label(tail)
        if label is not None:
            sure, kind = label
            found[kind].append(Mark(start, sure, "".join(text[start : rest.end()].split())))
    return Marks(found["correlation"], found["trace"], _times(text))


def _id_label(tail: str) -> tuple[int, str] | None:
    """What the words in front of an id call it."""
    lower = tail.lower()
    usual = lower.rstrip(' :"\\n')
    found = _USUAL.get(usual[-14:]) or _USUAL.get(usual[-13:]) or _USUAL.get(usual[-8:]) or _USUAL.get(usual[-7:])
    if found is not None:
        return found
    bare = tail.rstrip(GAP + ("{" if tail.endswith("{") else ""))
    if bare.endswith("u") and tail[len(bare) : len(bare) + 1] in {"'", '"'}:
        bare = bare[:-1].rstrip(GAP)
    if _BEHIND_TIME.search(lower):
        return 1, "correlation"
    if len(tail) - len(bare) <= 26:
        words = lower[: len(bare)]
        for sure, kind, pattern in ID_LABELS:
            if pattern.search(words, max(len(words) - 30, 0)):
                if kind == "trace" and sure == 1 and words.endswith(("client-request-id", "correlation-request-id")):
                    continue
                return sure, kind
    return (1, "trace") if _GATEWAY_ID.search(lower) else None


def _times(text: str) -> list[Mark]:
    found = []
    for clock in _CLOCK.finditer(text):
        colon = clock.start()
        date = _ISO.match(text, colon - 13, colon) if colon >= 13 else None
        date = date or _DATE.search(text, max(colon - 24, 0), colon)
        zone = _ZONE.match(text, clock.end())
        end = zone.end() if zone else clock.end()
        if date is None:
            short = _SHORT_DATE.search(text, max(colon - 14, 0), colon)
            if short is not None and (short[0][:1] == "\n" or short.start() == 0):
                found.append(Mark(short.start("date"), 3, text[short.start("date") : clock.end()]))
            continue
        sure = _time_label(text[max(date.start() - _LOOK_BACK, 0) : date.start()], at_start=date.start() <= _LOOK_BACK)
        if sure is not None:
            found.append(Mark(date.start(), sure, " ".join(text[date.start() : end].split())))
    return found


def _time_label(tail: str, *, at_start: bool) -> int | None:
    """How sure the words in front of a time make it that this is the time of the error."""
    if tail.endswith(("Timestamp: ", '"timestamp":"')):
        return 0
    bare = tail.rstrip(GAP)
    if bare.endswith("u") and tail[len(bare) : len(bare) + 1] in {"'", '"'}:
        bare = bare[:-1].rstrip(GAP)
    words = bare[-40:].lower()
    if words.endswith(FOOTERS):
        return 0
    if _BRACKET.search(tail) or _GATEWAY_TIME.search(tail):
        return 1
    if words.endswith(TIME_LABELS) or _PLAIN_LABEL.search(tail.lower()):
        return 2
    start = _LINE_START.search(tail)
    return 3 if start is not None and (start[0][:1] == "\n" or at_start) else None
