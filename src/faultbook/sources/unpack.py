"""Folders and zips to single files: in order, within limits, and nothing skipped in silence."""

import os
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from faultbook.errors import EvidenceError
from faultbook.sources import FileReport
from faultbook.sources.items import HEAD, MEGA, Item, Limits, clean

_BLOCK: Final = 1 << 20
_ZIP_STARTS: Final = (b"PK\x03\x04", b"PK\x05\x06")
_BROKEN_ZIP: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError, ValueError)
MANIFEST: Final = "manifest.json"


class Unpacker:
    """Yields every file below the given paths as an Item, and notes what was refused and why.

    Members of zips are written to ``folder`` under names of our own, so that no name from inside decides where anything is written.
    """

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._reports: list[FileReport] = []
        self._folder = folder
        self._limits = limits
        self._count = 0
        self._unpacked = 0

    def walk(self, paths: Sequence[Path]) -> Iterator[Item]:
        """Every file under the paths, sorted within each. Raises EvidenceError where a path does not exist."""
        for path in paths:
            if not path.exists():
                raise EvidenceError(
                    f"There is no evidence at {clean(str(path))}.", do="Give a file, a zip or a folder that exists."
                )
        for path in paths:
            name = clean(path.name or path.resolve().name)
            yield from self._folder_of(path, name) if path.is_dir() else self._file(path, name)

    def taken(self) -> list[FileReport]:
        """Reports on zips and on what was refused since the last call."""
        taken, self._reports = self._reports, []
        return taken

    def _folder_of(self, top: Path, shown: str) -> Iterator[Item]:
        root = top.resolve()
        for folder, folders, files in os.walk(root, followlinks=False, onerror=self._unreadable):
            links = [name for name in folders if (Path(folder) / name).is_symlink()]
            folders[:] = sorted(name for name in folders if name not in links)
            for name in sorted([*files, *links]):
                path = Path(folder) / name
                label = f"{shown}/{clean(path.relative_to(root).as_posix())}"
                if path.is_symlink() and (name in links or not path.resolve().is_relative_to(root)):
                    self._refuse(
                        label,
                        "It is a symbolic link that leads out of the folder or to another folder; it was not followed.",
                    )
                else:
                    yield from self._file(path, label)

    def _unreadable(self, error: OSError) -> None:
        self._refuse(clean(str(error.filename or "")), f"The folder cannot be opened ({error.strerror}).")

    def _file(self, path: Path, shown: str, nesting: int = 0) -> Iterator[Item]:
        if not self._counted(shown):
            return
        try:
            if not stat.S_ISREG(path.stat().st_mode):
                self._refuse(shown, "It is not an ordinary file (a device, socket or pipe); it was not opened.")
                return
            with path.open("rb") as stream:
                item = Item(shown=shown, path=path, size=path.stat().st_size, head=stream.read(HEAD))
        except OSError as error:
            self._refuse(shown, f"The file cannot be read ({error.strerror}).")
            return
        if item.head.startswith(_ZIP_STARTS):
            yield from self._zip(item, nesting)
        else:
            yield item

    def _counted(self, shown: str) -> bool:
        self._count += 1
        if self._count == self._limits.files + 1:
            self._refuse(
                shown,
                f"More than {self._limits.files:,} files; this one and all after it were not read. Point at a smaller folder.",
            )
        return self._count <= self._limits.files

    def _zip(self, item: Item, nesting: int) -> Iterator[Item]:
        try:
            with zipfile.ZipFile(item.path) as archive:
                members = sorted(
                    (info for info in archive.infolist() if not info.is_dir()), key=lambda info: info.filename
                )
                names = {info.filename for info in members}
                if MANIFEST in names and "facts.jsonl" in names:
                    yield item
                    return
                if reason := self._not_ours(names, nesting):
                    self._refuse(item.shown, reason, "archive", "zip")
                    return
                self._reports.append(FileReport(path=item.shown, kind="archive", format="zip", rows=len(members)))
                for info in members:
                    if self._count > self._limits.files:
                        return
                    yield from self._member(archive, info, f"{item.shown}/{clean(info.filename)}", nesting)
        except _BROKEN_ZIP as broken:
            self._refuse(
                item.shown,
                f"The zip cannot be read ({clean(str(broken)) or type(broken).__name__}); it may be cut off.",
                "archive",
                "zip",
            )

    def _not_ours(self, names: set[str], nesting: int) -> str:
        if nesting > self._limits.nesting:
            return f"A zip inside a zip more than {self._limits.nesting} level deep is not opened. Unpack it first."
        if "[Content_Types].xml" in names:
            return "It is an Office document. Save the table in it as CSV."
        return ""

    def _member(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, shown: str, nesting: int) -> Iterator[Item]:
        if reason := self._suspicious(info):
            self._count += 1
            self._refuse(shown, reason)
            return
        target = self._folder / f"{self._count:06d}"
        try:
            self._extract(archive, info, target)
        except _Bomb as bomb:
            target.unlink(missing_ok=True)
            self._refuse(shown, str(bomb))
        except _BROKEN_ZIP as broken:
            target.unlink(missing_ok=True)
            self._refuse(shown, f"The member cannot be unpacked ({clean(str(broken)) or type(broken).__name__}).")
        else:
            yield from self._file(target, shown, nesting + 1)

    def _suspicious(self, info: zipfile.ZipInfo) -> str:
        name = info.filename.replace("\\", "/")
        if name.startswith("/") or name[1:2] == ":" or ".." in PurePosixPath(name).parts:
            return "Its name leads out of the zip; it was not unpacked."
        if stat.S_ISLNK(info.external_attr >> 16):
            return "It is a symbolic link inside a zip; it was not unpacked."
        if info.flag_bits & 0x1:
            return "It is encrypted. Unpack it with its password and give the files."
        if info.file_size > self._limits.grace and info.file_size > max(info.compress_size, 1) * self._limits.ratio:
            return f"It would grow more than {self._limits.ratio} times on unpacking, as a zip bomb does; it was not unpacked."
        return ""

    def _extract(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path) -> None:
        """Unpack one member, counting what really comes out: the size in the header is only a claim."""
        most = max(self._limits.grace, info.compress_size * self._limits.ratio)
        size = 0
        with archive.open(info) as source, target.open("xb") as sink:
            while block := source.read(_BLOCK):
                size += len(block)
                self._unpacked += len(block)
                if size > most:
                    raise _Bomb(
                        f"It grows more than {self._limits.ratio} times on unpacking, as a zip bomb does; unpacking was stopped."
                    )
                if self._unpacked > self._limits.unpacked:
                    raise _Bomb(
                        f"The zips unpack to more than {self._limits.unpacked // MEGA:,} MB in all; this member was not read."
                    )
                sink.write(block)

    def _refuse(self, shown: str, problem: str, kind: str = "", form: str = "") -> None:
        self._reports.append(FileReport(path=shown, kind=kind, format=form, problems=(problem,)))


class _Bomb(Exception):  # noqa: N818 - named for what it is
    """A member that grows beyond the limits."""
