"""Annotates JSON lines: one object in, one object out, in order."""

from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, Final

import msgspec

from faultbook.recognise.scan import Recogniser, Recognition

LONGEST: Final = 16 << 20
"""More bytes than any message has; a longer line is not held in memory."""


def lines_of(stream: BinaryIO, most: int = LONGEST) -> Iterator[bytes | None]:
    """The lines of a stream; None for one of more than ``most`` bytes, which is passed over in pieces."""
    while line := stream.readline(most + 1):
        if len(line) <= most or line.endswith(b"\n"):
            yield line
            continue
        while (rest := stream.readline(most)) and not rest.endswith(b"\n"):
            pass
        yield None


def annotate(recogniser: Recogniser, lines: Iterable[str | bytes | None], field: str) -> Iterator[dict[str, Any]]:
    """What is recognised in the named field of each line; a line that cannot be read, or is None, yields an object with an ``error``."""
    for number, line in enumerate(lines, 1):
        if line is None:
            yield {
                "id": None,
                "line": number,
                "error": f"Line {number} is longer than {LONGEST >> 20} MB and was not read.",
            }
            continue
        if not line.strip():
            continue
        try:
            row = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as reason:
            yield {"id": None, "line": number, "error": f"Line {number} is no JSON: {reason}"}
            continue
        yield _annotated(recogniser, row, field, number)


def _annotated(recogniser: Recogniser, row: Any, field: str, number: int) -> dict[str, Any]:
    if not isinstance(row, dict):
        return {"id": None, "line": number, "error": f"Line {number} is no JSON object."}
    text = row.get(field)
    if not isinstance(text, str):
        return {"id": row.get("id"), "line": number, "error": f"Line {number} has no text in the field {field!r}."}
    return {"id": row.get("id"), **as_prediction(recogniser.scan(text))}


def as_prediction(found: Recognition) -> dict[str, Any]:
    """A recognition in the shape of the command line's JSON lines."""
    return {
        "codes": list(found.codes),
        "primary": found.primary.code if found.primary else None,
        "correlation_id": found.correlation_id,
        "trace_id": found.trace_id,
        "timestamp": found.timestamp,
        "candidates": list(found.candidates),
        "guessed_by": found.guessed_by,
        "mentions": list(found.mentions),
        "occurrences": [msgspec.to_builtins(one) for one in found.occurrences],
    }
