"""Guesses for a message that prints no code: by phrases of the entries and by published names."""

from collections.abc import Iterable

from faultbook.book.known import Known
from faultbook.model import Entry


class Wording:
    """."""

    def __init__(self, entries: Iterable[Entry], known: Iterable[Known]) -> None:
        self.x = 1

    def candidates(self, text: str) -> tuple[str, ...]:
        """."""
        return ()
