"""Guesses for a text without a code: by wording, and where nobody wrote that down by likeness."""

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import msgspec

from faultbook.book.known import Known
from faultbook.book.wording import Fragment
from faultbook.model import Entry

if TYPE_CHECKING:
    from faultbook.recognise.index import Likeness
    from faultbook.recognise.wording import Wording

GuessedBy = Literal["", "wording", "likeness"]
"""wording: a fragment of the message is written down; likeness: what is written of a code is near to the text."""


class Guesses:
    """Built when the first text without a code comes: what it takes is not even read before."""

    def __init__(
        self,
        entries: Iterable[Entry],
        known: Iterable[Known],
        fragments: Iterable[Fragment],
        kept: tuple[bytes, bytes] | None = None,
    ) -> None:
        self._given = entries, known, fragments
        self._kept = kept

    @cached_property
    def _book(self) -> tuple[tuple[Entry, ...], tuple[Known, ...], tuple[Fragment, ...]]:
        """What was given may be read once only."""
        entries, known, fragments = self._given
        return tuple(entries), tuple(known), tuple(fragments)

    @cached_property
    def _wording(self) -> "Wording":
        from faultbook.recognise.wording import Told, Wording  # which a stream and a text with a code need not load

        return Wording(msgspec.msgpack.decode(self.kept[0], type=Told))

    @cached_property
    def _likeness(self) -> "Likeness":
        from faultbook.recognise.index import Likeness  # which most texts do without

        return Likeness.unpacked(self.kept[1])

    @cached_property
    def kept(self) -> tuple[bytes, bytes]:
        """What the wording tells and the text index, packed as they are kept."""
        if self._kept is not None:
            return self._kept
        from faultbook.recognise.passages import text_index  # which what is kept does without
        from faultbook.recognise.wording import told

        return msgspec.msgpack.encode(told(*self._book), order="deterministic"), text_index(*self._book).packed()

    def by_wording(self, text: str) -> tuple[str, ...]:
        """The codes of which a fragment stands in the text, the likeliest first."""
        return self._wording.candidates(text)

    def of(self, text: str) -> tuple[tuple[str, ...], GuessedBy]:
        """The codes that a text without a code may stand for, the likeliest first, and how they were come by."""
        if candidates := self.by_wording(text):
            return candidates, "wording"
        candidates = self._likeness.candidates(text)
        return candidates, "likeness" if candidates else ""
