"""Which error a text means: its occurrence and the entry to judge it by."""

import codecs
import re
from collections.abc import Sequence
from typing import Final

from faultbook.book.reader import Book
from faultbook.errors import NotRecognised
from faultbook.evidence import Occurrence
from faultbook.model import Entry
from faultbook.recognise import Recognition, describe_unknown

_CODE_ONLY: Final = re.compile(r"[\w:.=-]{3,80}")


def is_code_only(text: str) -> bool:
    """Whether a text is a bare code and no message: what it does not say then means nothing."""
    return _CODE_ONLY.fullmatch(text.strip()) is not None


def error_in(text: str, recognition: Recognition, book: Book) -> tuple[Occurrence, Entry]:
    """The occurrence to diagnose, and its entry: the primary, else the next outer code that has one.

    Raises NotRecognised, with what is known or may be meant, where there is none.
    """
    named = text.strip()
    if recognition.primary is None and is_code_only(named) and (entry := book.entry(named)):
        return Occurrence(id="", code=entry.code, chain=(entry.code,)), entry
    if recognition.primary is None and (entry := _only_mentioned(recognition, book)):
        return Occurrence(
            id="", code=entry.code, correlation_id=recognition.correlation_id, trace_id=recognition.trace_id,
            at=recognition.timestamp, chain=(entry.code,),
        ), entry  # fmt: skip
    if recognition.primary is None:
        raise _guessed(recognition.candidates[:3], book)
    for occurrence in (recognition.primary, *reversed(recognition.occurrences)):
        if entry := book.entry(occurrence.code):
            return occurrence, entry
    code = recognition.primary.code
    unlisted = describe_unknown(code, book.known(), recognition.primary.oauth_error)
    raise NotRecognised(
        f"{code} was recognised ({unlisted.status}), so there are no causes to judge.",
        why="\n".join(unlisted.said),
        do=f"\nWhat is known of it: faultbook show {code}",
    )


def _guessed(guesses: Sequence[str], book: Book) -> NotRecognised:
    """What to say of a text without a code: by its wording alone nothing is diagnosed."""
    written = next((code for code in guesses if book.entry(code)), None)
    do = "Give the whole message, with its code and ids."
    if written:
        do = f"If it is, say so: faultbook diagnose {written} …"
    elif guesses:
        do = f"What is known of it: faultbook show {guesses[0]}. {do}"
    return NotRecognised(
        "No known error was recognised in this text.",
        why=f"By its wording it may be {', '.join(guesses)}." if guesses else "",
        do=do,
    )


def _only_mentioned(recognition: Recognition, book: Book) -> Entry | None:
    """The entry of the one code that a text names in passing: who asks for a diagnosis means that one."""
    entries = [entry for code in recognition.mentions if (entry := book.entry(code))]
    return entries[0] if len(entries) == 1 else None


def decode(raw: bytes) -> str:
    """Text of unknown encoding: by its byte order mark, else UTF-8 (perhaps cut inside its last letter), else Windows-1252."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if raw.startswith(mark):
            return raw.decode(encoding, "replace")
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(raw)
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")
