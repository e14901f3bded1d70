"""Public threads in which the cause of an error was finally established: the measure of an entry's causes.

Tables in ``threads/*.tsv``, one thread a line. Nothing of a discussion is copied: a line says which cause it was, what people there saw, and the telling words of the message.
"""

from pathlib import Path
from typing import Final

from msgspec import Struct

from faultbook.book.table import rows_of
from faultbook.errors import BookError

COLUMNS: Final = ("code", "cause", "thread", "seen", "text")


class Thread(Struct, frozen=True, kw_only=True):
    """One thread: the code that people met, the cause that it was, where to read it, the probes that they saw to hold, and words of the message; ``where`` is its file and line."""

    code: str
    cause: str
    thread: str
    seen: tuple[str, ...] = ()
    text: str = ""
    where: str = ""


def read_threads(folder: Path) -> list[Thread]:
    """All threads of a folder, none where there is no such folder. Raises BookError where a table cannot be read."""
    return [thread for path in sorted(folder.glob("*.tsv")) for thread in _read(path)]


def _read(path: Path) -> list[Thread]:
    threads = []
    for number, row in rows_of(path, COLUMNS):
        where = f"threads/{path.name}:{number}"
        if len(row) != len(COLUMNS) or not all(row[:3]):
            raise BookError(
                f"Line {number} of {path.name} is no thread.",
                why="It has not the five columns, or lacks code, cause or thread.",
                do="Part the columns by tabs; seen and text may be empty.",
            )
        code, cause, thread, seen, text = (value.strip() for value in row)
        threads.append(Thread(code=code, cause=cause, thread=thread, seen=tuple(seen.split()), text=text, where=where))
    return threads
