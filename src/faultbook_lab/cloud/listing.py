"""Lists as Graph answers them: chosen properties, pages with a link to the next, and logs of which the newest rows are not there yet."""

import base64
import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from faultbook.evidence import instant
from faultbook_lab.cloud.filtering import BadFilter, Fields, parsed
from faultbook_lab.cloud.refusal import Refusal
from faultbook_lab.records import Row

OPTIONS: Final = frozenset(
    {"$top", "$skip", "$search", "$filter", "$count", "$orderby", "$select", "$expand", "$skiptoken"}
)


@dataclass(frozen=True)
class Style:
    """What sets the lists of one service of Graph apart: how it refuses, its largest page, and whether it skips, counts and sorts."""

    code: str
    """Of a 400."""
    filter_said: str
    largest: int
    refuses_more: bool = False
    """Whether asking for more rows than a page may hold is a mistake, or is answered with what fits."""
    skips: bool = False


REPORTS: Final = Style("BadRequest", "Invalid filter clause", 1000)
DIRECTORY: Final = Style("Request_BadRequest", "Unsupported or invalid query filter clause specified", 999, refuses_more=True)  # fmt: skip
ANNOUNCEMENTS: Final = Style("BadRequest", "The query specified in the URI is not valid", 100, skips=True)
POLICIES: Final = Style("BadRequest", "1006: Invalid filter", 1000)


@dataclass(frozen=True)
class Place:
    """Where in a list a page begins. ``until`` is where a log ended when its first page was asked for: what appears later moves nothing."""

    offset: int = 0
    until: dt.datetime | None = None

    def token(self) -> str:
        """As the value of ``$skiptoken``, which nobody else is meant to read."""
        held = [self.offset, self.until.isoformat() if self.until else None]
        return base64.urlsafe_b64encode(json.dumps(held).encode()).decode().rstrip("=")


def place_of(options: Mapping[str, str], style: Style) -> Place:
    """The place that a request continues from. Raises Refusal."""
    token = options.get("$skiptoken")
    if token is None:
        return Place(_number(options, "$skip", style) if style.skips and "$skip" in options else 0)
    try:
        offset, until = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        ends = dt.datetime.fromisoformat(until) if until else None
        if isinstance(offset, int) and offset >= 0 and (ends is None or ends.tzinfo):
            return Place(offset, ends)
    except (ValueError, TypeError, RecursionError):
        pass
    code = "Directory_ExpiredPageToken" if style is DIRECTORY else style.code
    raise Refusal(
        400, code, "The specified page token value has expired and can no longer be included in your request."
    )


def checked(
    options: Mapping[str, str], style: Style, *, expands: frozenset[str] = frozenset(), sorts: str = ""
) -> None:
    """Raises Refusal for an option that this list does not take."""
    for name in options:
        if name.startswith("$") and name not in OPTIONS:
            raise Refusal(400, style.code, f"The query parameter '{name}' is not supported.")
    if "$search" in options or ("$skip" in options and not style.skips):
        raise Refusal(400, style.code, f"'{'$search' if '$search' in options else '$skip'}' is not supported by the service.")  # fmt: skip
    if "$expand" in options and options["$expand"] not in expands:
        raise Refusal(400, style.code, "Parsing OData Select and Expand failed.")
    if "$orderby" in options and options["$orderby"].split() not in ([sorts], [sorts, "desc"], [sorts, "asc"]):
        raise Refusal(400, style.code, "Sorting is not supported for this property.")
    if options.get("$count", "false").lower() not in ("true", "false"):
        raise Refusal(400, style.code, "Invalid value for the $count query option.")


def filtered(rows: Iterable[Row], options: Mapping[str, str], fields: Fields, style: Style) -> list[Row]:
    """The rows that ``$filter`` leaves. Raises Refusal."""
    text = options.get("$filter")
    if text is None:
        return list(rows)
    try:
        test = parsed(text.strip(), fields)
    except BadFilter:
        raise Refusal(400, style.code, style.filter_said) from None
    return [row for row in rows if test(row)]


def page_size(options: Mapping[str, str], style: Style, most: int) -> int:
    """How many rows the page may hold. Raises Refusal."""
    asked = _number(options, "$top", style) if "$top" in options else style.largest
    if asked < 1 or (style.refuses_more and asked > style.largest):
        raise Refusal(400, style.code, f"Invalid page size specified: '{asked}'. Must be between 1 and {style.largest} inclusive.")  # fmt: skip
    return min(asked, style.largest, most)


def page(rows: list[Row], place: Place, size: int, options: Mapping[str, str], address: str) -> dict[str, Any]:
    """One page, and the link to the next where there is more."""
    document: dict[str, Any] = {"value": [chosen(row, options) for row in rows[place.offset : place.offset + size]]}
    if options.get("$count", "").lower() == "true":
        document = {"@odata.count": len(rows), **document}
    if place.offset + size < len(rows):
        following = Place(place.offset + size, place.until).token()
        kept = {name: value for name, value in options.items() if name not in ("$skiptoken", "$skip")}
        document["@odata.nextLink"] = f"{address}?{urlencode({**kept, '$skiptoken': following}, safe='$')}"
    return document


def chosen(row: Row, options: Mapping[str, str]) -> Row:
    """The properties that ``$select`` names, or all."""
    names = {name.strip() for name in options.get("$select", "").split(",")} - {""}
    return {key: value for key, value in row.items() if key in names} if names else row


def visible(rows: list[Row], field: str, until: dt.datetime, kept: dt.timedelta, now: dt.datetime) -> list[Row]:
    """The rows of a log that have appeared and are still kept, newest first."""
    timed = [(at, row) for row in rows if (at := instant(str(row.get(field))))]
    timed.sort(key=lambda one: one[0], reverse=True)
    return [row for at, row in timed if now - kept <= at <= until]


def _number(options: Mapping[str, str], name: str, style: Style) -> int:
    value = options[name]
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise Refusal(400, style.code, f"Invalid value '{value[:40]}' for the {name} query option.")
    return int(value)
