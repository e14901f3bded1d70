"""The reference as files in a folder, which any web server can serve: the same bytes that the service sends."""

import os
import tempfile
from pathlib import Path, PurePosixPath
from typing import Final

import msgspec
from msgspec import Struct

from faultbook.errors import UsageError
from faultbook.site.page import HTML, Page
from faultbook.site.store import Site

MARK: Final = ".faultbook-site"
"""Names every file of an export, so that the next one may replace them and nothing else."""


class Exported(Struct, frozen=True):
    """How many files were written, how many of an earlier export were removed, and the size of all."""

    files: int
    removed: int
    bytes: int


def export(site: Site, out: Path) -> Exported:
    """Write all pages into ``out``. UsageError, before anything is written, where it holds files that no earlier export left there."""
    earlier = _earlier(out)
    files = {file_of(page): page.body for page in map(site.get, site.paths()) if page is not None}
    try:
        out.mkdir(parents=True, exist_ok=True)
        root = out.resolve()
        _write(
            root / MARK, msgspec.json.encode(sorted({*files, *earlier}))
        )  # first: whatever happens, it is known to be ours
        for name, body in files.items():
            _write(_inside(root, name), body)
        gone = sorted(set(earlier) - set(files))
        for name in gone:
            _remove(root, _inside(root, name))
        _write(root / MARK, msgspec.json.encode(sorted(files)))
    except OSError as wrong:
        raise UsageError(
            f"The site cannot be written into {out}.",
            why=f"{wrong.filename or out}: {wrong.strerror}.",
            do="What was written so far is marked as an export; run the same command again after that is repaired.",
        ) from wrong
    return Exported(len(files), len(gone), sum(map(len, files.values())))


def file_of(page: Page) -> str:
    """The file in which a page is written: pages as ``index.html`` of a folder, so that every web server finds them without a rule."""
    if page.path == "/404":
        return "404.html"
    name = page.path.strip("/")
    return f"{name}/index.html".lstrip("/") if page.type == HTML else name


def _inside(root: Path, name: str) -> Path:
    """The place of a file under the root; a name that would leave it is refused, whatever made it."""
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or any(part in {"..", "."} or "\0" in part or "\\" in part for part in parts):
        raise UsageError(
            f"A page would be written outside the folder: {name!r}.", do="Report this; nothing was written there."
        )
    path = root.joinpath(*parts)
    for parent in (path, *path.parents):
        if parent == root:
            return path
        if parent.is_symlink():
            raise UsageError(f"{parent} is a link to another place.", do="Remove it, or export into a new folder.")
    raise UsageError(
        f"A page would be written outside the folder: {name!r}.", do="Report this; nothing was written there."
    )


def _earlier(out: Path) -> list[str]:
    """The files of the export that is there; none for a new or empty folder."""
    if not out.exists():
        return []
    if not out.is_dir():
        raise UsageError(f"{out} is not a folder.", do="Name a folder that is new or empty.")
    try:
        return msgspec.json.decode((out / MARK).read_bytes(), type=list[str])
    except FileNotFoundError:
        if any(out.iterdir()):
            raise UsageError(
                f"{out} is not empty, and it is no earlier export.",
                why="Files of yours could be overwritten.",
                do="Name a folder that is new or empty.",
            ) from None
        return []
    except (OSError, msgspec.DecodeError) as wrong:
        raise UsageError(
            f"The list of files in {out / MARK} cannot be read.", why=f"{wrong}.", do="Name another folder."
        ) from wrong


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new.", delete=False) as file:
        file.write(body)
    Path(file.name).chmod(0o644)
    os.replace(file.name, path)  # noqa: PTH105 - of a name, not a path


def _remove(root: Path, path: Path) -> None:
    """A file that the book no longer has, and the folders that it leaves empty."""
    path.unlink(missing_ok=True)
    for parent in path.parents:
        if parent == root or any(parent.iterdir()):
            return
        parent.rmdir()
