"""A file written whole or not at all: a reader, a crash or a full disk meets the old file or the new one, never half of one."""

import contextlib
import os
import secrets
import stat
from pathlib import Path

from faultbook.errors import FaultbookError


def write(path: Path, content: bytes, what: str) -> None:
    """Write beside the target, flush to the disk, then rename. ``what`` it is, for the words of a FaultbookError.

    A link is followed, and the file it leads to replaced. What is no file (a pipe, ``/dev/stdout``) cannot be replaced and is written to.
    """
    try:
        _write(Path(os.path.realpath(path)), path, content)
    except OSError as error:
        raise FaultbookError(
            f"The {what} {path.name} could not be written.",
            why=f"{error.strerror or error}.",
            do="Name a file in a folder that exists, has room, and that you may write to. What was there before is unchanged.",
        ) from error


def _write(target: Path, named: Path, content: bytes) -> None:
    if named.exists() and not stat.S_ISREG(named.stat().st_mode):
        named.write_bytes(content)
        return
    part = target.with_name(f".{target.name[:200]}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    _keep_name(target.parent)


def _keep_name(folder: Path) -> None:
    """Flush the folder too, where the system can: else a power cut may forget the rename."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
