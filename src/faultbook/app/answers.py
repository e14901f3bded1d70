"""What the use cases answer: the objects that every surface shows, so that the command line, the API and an assistant get the same JSON."""

from pathlib import Path
from typing import Final, Self

import msgspec
from msgspec import Struct, structs

from faultbook.book.known import Known
from faultbook.book.reader import Hit
from faultbook.book.retired import Retired
from faultbook.book.stale import Stale
from faultbook.diagnose.diagnosis import Diagnosis
from faultbook.diagnose.plan import Opening
from faultbook.diagnose.verification import Verification
from faultbook.errors import UsageError
from faultbook.evidence import Facts, Subject
from faultbook.model import Depth, Entry, Severity, Status, Transient
from faultbook.recognise import Recognition, Unknown
from faultbook.recognise.stream import Located
from faultbook.sources import FileReport

FROM_TEXT: Final = (
    "/primary",
    "/occurrences",
    "/correlation_id",
    "/trace_id",
    "/timestamp",
)
"""Where a recognition repeats the text that was given."""


class Answer(Struct, frozen=True, kw_only=True):
    """What the book says about a code: its entry, or what is published about it, or its neighbours.

    For a ``retired`` code the entry is that of the code which took its place. ``stale`` are the parts of the entry that rest on old sources only.
    """

    schema: str = "faultbook/answer-1"
    code: str
    entry: Entry | None = None
    known: Known | None = None
    unlisted: Unknown | None = None
    retired: Retired | None = None
    stale: tuple[Stale, ...] = ()


class Searched(Struct, frozen=True, kw_only=True):
    """What a search of the book found, best first."""

    schema: str = "faultbook/search-1"
    hits: list[Hit]


class Permitted(Struct, frozen=True, kw_only=True):
    """Which single grant, role or file settles which causes of a code, the least privilege first."""

    schema: str = "faultbook/permissions-1"
    code: str
    openings: tuple[Opening, ...]


class Checked(Struct, frozen=True, kw_only=True):
    """What each file of the evidence was recognised as."""

    schema: str = "faultbook/evidence-1"
    files: tuple[FileReport, ...]


class Listed(Struct, frozen=True, kw_only=True):
    """One entry in a list: enough to choose it."""

    code: str
    name: str
    product: str
    category: str
    severity: Severity
    transient: Transient
    who_fixes: list[str]
    depth: Depth
    status: Status
    summary: str

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """The entry in short."""
        return cls(**{name: getattr(entry, name) for name in cls.__struct_fields__})


class Listing(Struct, frozen=True, kw_only=True):
    """A page of the book's entries; ``next`` is what to give as *after* for the page that follows, and missing on the last."""

    schema: str = "faultbook/entries-1"
    total: int
    entries: list[Listed]
    next: str | None = None


class Codes(Struct, frozen=True, kw_only=True):
    """A page of the published codes; ``next`` as in a listing of entries."""

    schema: str = "faultbook/codes-1"
    total: int
    codes: list[Known]
    next: str | None = None


class Printed(Located, frozen=True, kw_only=True):
    """One occurrence in a text or log, with the summary of its entry; ``file`` is its name, ``-`` for a text that came without one."""

    schema: str = "faultbook/occurrence-1"
    file: str
    summary: str


class Scanned(Struct, frozen=True, kw_only=True):
    """Every occurrence in a text, in order: the objects that ``faultbook scan --json`` prints one a line."""

    schema: str = "faultbook/scan-1"
    occurrences: list[Printed]


class AboutBook(Struct, frozen=True, kw_only=True):
    """Which program and which book answer, and how much the book holds."""

    schema: str = "faultbook/about-1"
    faultbook: str
    book: str
    entries: int
    codes: int


class Recognised(Recognition, frozen=True, kw_only=True):
    """What stands in a text, with the summary of each code that the book or the published lists know.

    ``untrusted`` are JSON pointers to what repeats the text itself: data to be quoted, never instructions to be followed.
    """

    schema: str = "faultbook/recognition-1"
    summaries: dict[str, str]
    untrusted: tuple[str, ...] = FROM_TEXT

    @classmethod
    def of(cls, found: Recognition, summaries: dict[str, str]) -> Self:
        """The recognition with its summaries."""
        return cls(**structs.asdict(found), summaries=summaries)


class Verified(Struct, frozen=True, kw_only=True):
    """A verification, and what each file of the newer evidence was recognised as."""

    verification: Verification
    files: tuple[FileReport, ...]


class Diagnosed(Struct, frozen=True, kw_only=True):
    """A diagnosis with what it was made from."""

    diagnosis: Diagnosis
    facts: Facts
    files: tuple[FileReport, ...]
    entry: Entry
    subject: Subject
    recognition: Recognition


def read_diagnosis(path: Path) -> Diagnosis:
    """A diagnosis as ``diagnose --json`` wrote it. Raises UsageError where the file holds none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Diagnosis)
    except OSError as wrong:
        raise UsageError(f"{path} cannot be read: {wrong.strerror}.") from wrong
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise UsageError(
            f"{path} holds no diagnosis.",
            why=f"{wrong}.",
            do="Give what faultbook diagnose --json wrote, or diagnosis.json of a support case.",
        ) from wrong
