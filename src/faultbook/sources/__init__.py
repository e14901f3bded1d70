"""Files to facts: everything that reads evidence. Nothing here judges.

``sources.evidence.gather`` walks paths and recognises each file by its content; readers beside it turn files into facts.
"""

import datetime as dt

from msgspec import Struct

from faultbook.evidence import Fact, Gap, Window


class FileReport(Struct, frozen=True, kw_only=True):
    """What one file (or member of a zip) turned out to be; ``kind`` is empty where it was not recognised.

    ``expires`` is when the vendor will have dropped what the file holds, ``problems`` what was unreadable and why, in full sentences.
    ``live`` says that it was no file but the answer of a live source.
    """

    path: str
    kind: str = ""
    format: str = ""
    rows: int = 0
    window: Window | None = None
    gaps: tuple[Gap, ...] = ()
    expires: dt.datetime | None = None
    problems: tuple[str, ...] = ()
    live: bool = False


class Reading(Struct, frozen=True, kw_only=True):
    """The facts that files gave, and a report for each file."""

    facts: tuple[Fact, ...] = ()
    files: tuple[FileReport, ...] = ()
