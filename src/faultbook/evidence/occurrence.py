"""An error that happened, as recognised in a text, and the subject of a diagnosis."""

import datetime as dt
import re
from typing import Final, Literal

from msgspec import Struct

Quality = Literal["exact", "named", "guessed"]
"""exact: the code itself stands in the text; named: its symbolic name does; guessed: only its wording does."""


class Occurrence(Struct, frozen=True, kw_only=True):
    """One error that happened. ``id`` is a content hash; ``span`` are character offsets into the text as given.

    ``chain`` lists the codes of the envelope from the outermost to the innermost, this one included. ``at`` is ISO 8601 as printed
    (zone kept); ``text`` the message, cut and redacted.
    """

    id: str
    code: str
    quality: Quality = "exact"
    at: str | None = None
    seen_in: str = ""
    tenant: str | None = None
    subject: str | None = None
    app: str | None = None
    correlation_id: str | None = None
    trace_id: str | None = None
    request_id: str | None = None
    oauth_error: str | None = None
    suberror: str | None = None
    span: tuple[int, int] = (0, 0)
    chain: tuple[str, ...] = ()
    text: str = ""


class Subject(Struct, frozen=True, kw_only=True):
    """Whom and what a diagnosis is about: as much of it as the error text and the evidence settle.

    ``at`` is the time of the failure in UTC. ``user`` is a user principal name, ``domain`` its suffix, ``dn`` the distinguished name of
    the affected account, ``app_id`` the client, ``resource_id`` what it asked for, ``artefact`` a dataset or pipeline. ``text`` is
    the message itself, for causes that it names.
    """

    code: str
    at: dt.datetime | None = None
    user: str | None = None
    user_id: str | None = None
    domain: str | None = None
    dn: str | None = None
    app_id: str | None = None
    resource_id: str | None = None
    correlation_id: str | None = None
    artefact: str | None = None
    text: str = ""


_AS_WRITTEN: Final = len("2026-03-04T05:06:07Z")
_FRACTION = re.compile(r"(\.\d{6})\d+")


def instant(text: str | None) -> dt.datetime | None:
    """An ISO 8601 time as an aware UTC instant; a time without a zone is taken as UTC, as Microsoft prints it. None if it is none."""
    if not text:
        return None
    try:
        if (
            len(text) == _AS_WRITTEN and text[10] == "T" and text[-1] == "Z"
        ):  # as a history writes it thousands of times
            return dt.datetime.fromisoformat(text)
        at = dt.datetime.fromisoformat(_FRACTION.sub(r"\1", text.strip().replace("z", "Z")))
        return at.replace(tzinfo=dt.UTC) if at.tzinfo is None else at.astimezone(dt.UTC)
    except (ValueError, OverflowError):  # the latter where a zone leads out of the years 1 to 9999
        return None


def iso(at: dt.datetime) -> str:
    """The one way in which Faultbook writes an instant: UTC, seconds, ``Z``."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
