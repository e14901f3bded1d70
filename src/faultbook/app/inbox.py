"""Files that others hand in, put where no name of theirs decides anything: each in a numbered folder of its own, in a private one that goes away."""

import re
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from faultbook.diagnose.sentences import UNSAFE

LONGEST_NAME: Final = 120
_UNFIT: Final = re.compile(r'[<>:"|?*]')


class Inbox:
    """A private folder for the files of one request. Closing it deletes all of them."""

    def __init__(self, under: Path | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="faultbook-in-", dir=under))
        self.paths: list[Path] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Delete the folder and everything in it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def open(self, name: str) -> BinaryIO:
        """A new file for writing; two of the same name do not meet."""
        place = self.folder / f"{len(self.paths):06d}"
        place.mkdir()
        path = place / safe_name(name)
        self.paths.append(path)
        return path.open("xb")


def safe_name(name: str) -> str:
    """The last part of a path as a file name that shows what it was and leads nowhere."""
    last = re.split(r"[/\\]", name)[-1]
    fit = _UNFIT.sub("_", UNSAFE.sub("", last)).strip(" .")
    while len(fit.encode()) > LONGEST_NAME:
        stem, dot, ending = fit.rpartition(".")
        fit = f"{stem[:-1]}.{ending}" if dot and stem and len(ending) < 12 else fit[:-1]
    return fit or "file"
