"""What each tool may be asked: one definition is the input schema, its validator and its documentation."""

import datetime as dt
from typing import Annotated, Final

from msgspec import Meta, Struct

from faultbook.model import Depth, Severity

MOST_TEXT: Final = 200_000
MOST_FILES: Final = 20
MOST_CONTENT: Final = 3_000_000
"""Characters of all files given inline in one call; a request over HTTP has to fit into 4 MiB."""

Code = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=80,
        description="A code as people write it: AADSTS120021, 120021, SSPR_0029, DM_GWPipeline_Gateway_DataSourceAccessError.",
    ),
]
Pasted = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=MOST_TEXT,
        description="The error message whole, as it was shown or logged, with its code, ids and time. A bare code will do.",
    ),
]
Name = Annotated[
    str,
    Meta(
        pattern=r"^[^/\\\x00-\x1f]{1,120}$",
        description="The file's name without folders; it only labels the file, whose kind is recognised from its content.",
    ),
]
Content = Annotated[str, Meta(max_length=MOST_CONTENT, description="The file's text.")]
Path = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=4096,
        description="A folder, zip or file on the user's own machine, where this server runs.",
    ),
]


class Ask(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Strict: an argument that no tool knows is an error with words, not a shrug."""


class LookUp(Ask, frozen=True, kw_only=True):
    """One code."""

    code: Code


class Search(Ask, frozen=True, kw_only=True):
    """Words to search for."""

    words: Annotated[str, Meta(min_length=1, max_length=400, description="Words in any order.")]
    limit: Annotated[int, Meta(ge=1, le=50)] = 10


class Recognise(Ask, frozen=True, kw_only=True):
    """A text in which errors may stand."""

    text: Pasted


class List(Ask, frozen=True, kw_only=True):
    """Filters, each optional, and which page."""

    product: Annotated[str, Meta(max_length=60, description="Such as entra, sspr, power-bi, fabric.")] = ""
    category: Annotated[str, Meta(max_length=60, description="Such as password-change, conditional-access.")] = ""
    severity: Severity | None = None
    who: Annotated[str, Meta(max_length=60, description="Who can act: user, help-desk, microsoft, …")] = ""
    depth: Depth | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    after: Annotated[str, Meta(max_length=80, description="The `next` of the page before.")] = ""


class File(Ask, frozen=True, kw_only=True):
    """A file of evidence given inline."""

    name: Name
    content: Content


class Diagnose(Ask, frozen=True, kw_only=True):
    """An error, and evidence given inline."""

    text: Pasted
    files: Annotated[
        list[File],
        Meta(
            max_length=MOST_FILES,
            description="Exports as text: sign-in and audit logs, service health issues, event logs as XML or CSV, dsacls output, policies, refresh history.",
        ),
    ] = []
    user: Annotated[str, Meta(max_length=320, description="The affected user, where the text does not say.")] = ""
    at: (
        Annotated[dt.datetime, Meta(tz=True, description="When it failed, with its zone, where the text does not say.")]
        | None
    ) = None
    redact: Annotated[
        bool, Meta(description="Replace people, hosts and organisations by pseudonyms, as a support case does.")
    ] = False


class DiagnoseHere(Diagnose, frozen=True, kw_only=True):
    """An error, and evidence given inline or as paths on the user's machine."""

    paths: Annotated[list[Path], Meta(max_length=100, description="Evidence on the user's machine.")] = []
