"""What the text of an error itself says of whom it hit, when, and in which application."""

import datetime as dt
import re
from typing import Final

from msgspec import Struct

from faultbook.evidence import Occurrence
from faultbook.sources.times import Clock, clock

_ADDRESS: Final = r"[\w.+'#-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}"
_PERSON: Final = re.compile(
    rf"\b(?:user ?principal ?name|user ?name|user|upn|sign-in identifier|account)[\"']?[ \t]*[:=\t][ \t]*[\"'<]?({_ADDRESS})",
    re.IGNORECASE,
)
_ANYBODY: Final = re.compile(_ADDRESS)
_GUID: Final = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_USER_ID: Final = re.compile(rf"\buser ?(?:object ?)?id[\"']?[ \t]*[:=\t][ \t]*[\"']?({_GUID})", re.IGNORECASE)
_APP_ID: Final = re.compile(
    # appId: …, application with identifier '…', app '…'; and application Contoso Reports ('…')
    rf"\b(?:application|app|client)(?:(?: with)?(?: (?:application|app))?[ _]?id(?:entifier)?[\"']?[ \t]*[:=\t]?| with)?[ \t]*[\"'(]{{0,2}}({_GUID})"
    rf"|\bapplication [^'\"\n()]{{1,80}}\([\"']({_GUID})[\"']\)",
    re.IGNORECASE,
)
_SPELLED: Final = re.compile(
    r"\b(?:(?P<month>[A-Z][a-z]{2}) (?P<day>\d{1,2})|(?P<day2>\d{1,2}) (?P<month2>[A-Z][a-z]{2}))"
    r" (?P<year>\d{4})[ :](?P<time>\d{1,2}:\d\d:\d\d) (?:GMT|UTC)(?P<zone>[+-]\d{4})?"
)
_DETAILS: Final = re.compile(
    r"^(?:Date|When|Time)(?: \(UTC\))?[ \t]*[:\t][ \t]*(\d[^\n]{6,50}?)[ \t\r]*$", re.MULTILINE | re.IGNORECASE
)
_POWER_BI: Final = re.compile(r"\bpower ?bi\b|powerbi\.com|analysis\.windows\.net", re.IGNORECASE)
_POWER_BI_SERVICE: Final = "00000009-0000-0000-c000-000000000000"
_LOOK: Final = 64_000
"""Nobody pastes more about one error; a log is scanned, not diagnosed."""


class Told(Struct, frozen=True, kw_only=True):
    """Everything is None that the text does not say. ``at`` is UTC; ``zoned`` is whether the text itself said so."""

    user: str | None = None
    user_id: str | None = None
    app_id: str | None = None
    resource_id: str | None = None
    at: dt.datetime | None = None
    zoned: bool = False


def told(text: str, occurrence: Occurrence) -> Told:
    """What the text says around the error. Of several people none is taken, unless one stands where the affected user does."""
    text = text[:_LOOK]
    when = _when(text, occurrence)
    return Told(
        user=_person(text),
        user_id=_first(_USER_ID, text),
        app_id=_first(_APP_ID, text) or occurrence.app,
        resource_id=_POWER_BI_SERVICE if _POWER_BI.search(text) else None,
        at=when.at if when else None,
        zoned=when.zoned if when else False,
    )


def _person(text: str) -> str | None:
    named = {match[1].casefold() for match in _PERSON.finditer(text)}
    anybody = named or {match[0].casefold() for match in _ANYBODY.finditer(text)}
    return anybody.pop() if len(anybody) == 1 else None


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return next(group for group in found.groups() if group).lower() if found else None


def _when(text: str, occurrence: Occurrence) -> Clock | None:
    """The time that recognition found, else one as a browser spells it with its offset, else that of the portal's details."""
    found = clock(occurrence.at or "") or _spelled(occurrence.at or "") or _spelled(text)
    details = None if found else _DETAILS.search(text)
    return clock(details[1]) if details else found


def _spelled(text: str) -> Clock | None:
    found = _SPELLED.search(text)
    if found is None:
        return None
    day, month = found["day"] or found["day2"], found["month"] or found["month2"]
    from email.utils import parsedate_to_datetime  # slow to load, and few texts have such a time

    try:
        at = parsedate_to_datetime(f"{day} {month} {found['year']} {found['time']} {found['zone'] or '+0000'}")
    except (ValueError, OverflowError):
        return None
    return Clock(at.astimezone(dt.UTC), zoned=True)
