"""What was worked out for one line of a log, kept for the next line of the same shape.

Logs repeat themselves: the same message with other ids, times and numbers. Two texts have one shape if they differ in digits and ids only. A recipe
says where, in texts of its shape, code, ids and time stand; following it gives what the full recognition gives, at a tenth of the cost.
"""

import re
from collections.abc import Sequence

from msgspec import Struct

from faultbook.evidence.occurrence import Occurrence
from faultbook.recognise.families import Hit, Names
from faultbook.recognise.fields import Mark, Marks
from faultbook.recognise.occurred import occurrence
from faultbook.recognise.unwrap import Plain

_ZEROS = bytes(48 if 48 <= byte <= 57 else byte for byte in range(256))
_ID = re.compile(rb"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}")
_NAME = re.compile(rb"(?<=')[a-z]{2,40}(?=@[a-z])|(?<=//)[a-z]{2,40}(?=\.[a-z])")
"""Whose mailbox or which host: nothing is told by it, whatever it is, as long as no code can begin in it."""
_NO_ID = b"00000000-0000-0000-0000-000000000000"
_DIGITS = re.compile(r"[0-9]+\Z")
_BY_NUMBER = re.compile(r"%|\\u|&#|\[[0-9;]{1,24}m|\x1b")
"""Wrapping that is taken off by what its digits say: such a text has no shape."""

Span = tuple[int, int]


def shape(data: bytes) -> bytes:
    """The text with every digit and every id made nought, and mailboxes and hosts of one length made the same."""
    if b"@" in data or b"//" in data:
        data = _NAME.sub(_blank, data)
    return _ID.sub(_NO_ID, data).translate(_ZEROS)


def _blank(found: re.Match[bytes]) -> bytes:
    return b"~" * (found.end() - found.start())


def has_shape(text: str) -> bool:
    """Whether the digits of a text do not decide how it is unwrapped."""
    return _BY_NUMBER.search(text) is None


class Part(Struct, frozen=True, gc=False):
    """One code: what stands before its number, where its number stands (and stands again), whether it is published, and where it was found."""

    before: str
    number: Span
    published: bool
    place: Span
    excerpt: Span
    echoes: tuple[Span, ...]


class Wrapping(Struct, frozen=True):
    """How a text of one shape is unwrapped: stretches of it that stay, what is put behind each, and the way back."""

    stretches: tuple[tuple[int, int, str], ...]
    starts: tuple[int, ...]
    origins: tuple[int, ...]

    def off(self, text: str) -> Plain:
        """What ``unwrap`` gives."""
        return Plain("".join([text[low:high] + put for low, high, put in self.stretches]), self.starts, self.origins)


class Recipe(Struct, frozen=True):
    """Where in a text of one shape everything stands."""

    parts: tuple[Part, ...]
    at: Span | None
    correlation_id: Span | None
    trace_id: Span | None
    oauth_error: str | None
    suberror: str | None
    wrapping: "Wrapping | None"

    def follow(self, text: str, names: Names) -> list[Occurrence] | None:
        """The occurrences of another text of the shape; None where a number is published here and was not there, or the other way round."""
        plain = self.wrapping.off(text) if self.wrapping else Plain(text)
        text = plain.text
        codes = []
        for part in self.parts:
            number = text[part.number[0] : part.number[1]]
            code = part.before + number
            for low, high in part.echoes:
                if text[low:high] != number:
                    return None
            if (code in names.known) != part.published or code in names.normal:
                return None
            codes.append(code)
        if len(codes) > 1 and len(set(codes)) != len(codes):
            return None
        chain = tuple(codes)
        at, correlation_id, trace_id = (_cut(text, span) for span in (self.at, self.correlation_id, self.trace_id))
        return [
            occurrence(
                code,
                span=(plain.at(part.place[0]), plain.at(part.place[1])),
                text=text[part.excerpt[0] : part.excerpt[1]].strip(),
                chain=chain,
                at=at,
                correlation_id=correlation_id,
                trace_id=trace_id,
                oauth_error=self.oauth_error,
                suberror=self.suberror,
            )
            for code, part in zip(codes, self.parts, strict=True)
        ]


def wrapping(text: str, plain: Plain) -> Wrapping | None:
    """How this text was unwrapped; None where it cannot be told from the result."""
    stretches = []
    ends = (*plain.starts[1:], len(plain.text))
    for start, end, origin in zip(plain.starts, ends, plain.origins, strict=True):
        stays = _alike(plain.text[start:end], text[origin:])
        stretches.append((origin, origin + stays, plain.text[start + stays : end]))
    made = Wrapping(tuple(stretches), plain.starts, plain.origins)
    return made if made.off(text) == plain else None


def _alike(one: str, other: str) -> int:
    """How many characters both begin with."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _cut(text: str, span: Span | None) -> str | None:
    return text[span[0] : span[1]] if span else None


def recipe(
    plain: Plain,
    hits: Sequence[tuple[Hit, Span]],
    echoes: Sequence[Hit],
    marks: Sequence[Mark | None],
    found: Marks,
    names: Names,
    oauth: tuple[str | None, str | None],
    wrapped: Wrapping | None,
) -> Recipe | None:
    """A recipe from one finished recognition (``hits`` with their excerpts, outermost first; ``echoes`` say their codes again); None where something depends on more than the shape."""
    text = plain.text
    if len(hits) > 1 and sum(mark.sure == 0 for mark in found.correlation) > 1:
        return None  # whether these are one message or two depends on the ids themselves
    parts = [
        _part(text, hit, excerpt, [echo for echo in echoes if echo.code == hit.code], names) for hit, excerpt in hits
    ]
    spans = [None if mark is None else (mark.start, mark.start + len(mark.value)) for mark in marks]
    same = all(
        mark is None or text[span[0] : span[1]] == mark.value for mark, span in zip(marks, spans, strict=True) if span
    )
    if not same or any(part is None for part in parts):
        return None
    at, correlation_id, trace_id = spans
    oauth_error, suberror = oauth
    return Recipe(
        tuple(part for part in parts if part is not None),
        at,
        correlation_id,
        trace_id,
        oauth_error,
        suberror,
        wrapped,
    )


def _part(text: str, hit: Hit, excerpt: Span, echoes: Sequence[Hit], names: Names) -> Part | None:
    digits = _DIGITS.search(hit.code)
    before = hit.code[: digits.start()] if digits else hit.code
    if re.search("[0-9]", before):
        return None
    places = [_digits_in(text, one, digits[0] if digits else "") for one in (hit, *echoes)]
    found = [place for place in places if place is not None]
    if len(found) < len(places):
        return None
    return Part(before, found[0], hit.code in names.known, (hit.start, hit.end), excerpt, tuple(found[1:]))


def _digits_in(text: str, hit: Hit, digits: str) -> Span | None:
    start = text.find(digits, hit.start, hit.end)
    return (start, start + len(digits)) if start >= 0 else None
