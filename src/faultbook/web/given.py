"""What a diagnosis is given, whoever asks for it: a text within its limit, files put where a worker can read them."""

import datetime as dt
import shutil
from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct
from starlette.datastructures import UploadFile

from faultbook.app.inbox import Inbox
from faultbook.web.problem import Problem
from faultbook.web.state import State

Message = Annotated[
    str,
    Meta(
        min_length=1,
        description="The error, as whole as possible; or a code.",
        examples=["AADSTS120021", "AADSTS50053: The account is locked. Timestamp: 2026-03-02 08:14:03Z"],
    ),
]


class ToDiagnose(Struct, forbid_unknown_fields=True, kw_only=True):
    """What to diagnose: ``user`` and ``at`` where the text does not say whom it hit and when."""

    text: Message
    user: Annotated[str, Meta(max_length=300)] | None = None
    at: Annotated[dt.datetime, Meta(tz=True)] | None = None


def text_within(state: State, text: str) -> str:
    """The text. Raises Problem where it is too long."""
    most = state.settings.limits.text_bytes
    if len(text.encode("utf-8", "surrogatepass")) > most:
        raise Problem(
            413, f"The text is larger than {most:,} bytes.", do="Send the error only, and a log as a file of evidence."
        )
    return text


def take(inbox: Inbox, files: Sequence[UploadFile]) -> None:
    """Put uploaded files into an inbox."""
    for file in files:
        with inbox.open(file.filename or "file") as target:
            shutil.copyfileobj(file.file, target)
