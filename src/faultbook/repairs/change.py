"""One planned change, with everything that a person needs to agree to it."""

import hashlib
import json
from typing import Any, Literal

import msgspec
from msgspec import Struct

from faultbook.errors import FaultbookError

State = Literal["open", "applied"]


class RepairError(FaultbookError):
    """A change that could not be made, or must not be."""


class Change(Struct, frozen=True, kw_only=True):
    """A change as it would be made. ``kind`` says what it does, ``data`` holds what doing and undoing it needs.

    ``exact`` are the lines that would be different afterwards; ``command`` is what an administrator would type instead; ``permission`` what the
    account that makes it needs. With ``refused`` it is advice: nothing will do it.
    """

    repair: str
    kind: Literal["grant", "inherit", "refresh", "schedule", "advice"]
    target: str
    exact: tuple[str, ...]
    affects: str
    risk: str
    undo: str
    permission: str
    command: tuple[str, ...]
    data: dict[str, Any] = {}
    refused: str = ""

    @property
    def id(self) -> str:
        """The same for the same change, so that nothing is done twice."""
        said = json.dumps([self.repair, self.kind, self.target.casefold(), self.data], sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()[:12]


def from_line(row: Any) -> Change:
    """A change out of a journal. Raises RepairError where it is none."""
    try:
        return msgspec.convert(row, Change)
    except msgspec.ValidationError as wrong:
        raise RepairError("A change in the journal cannot be read.", why=f"{wrong}.") from wrong
