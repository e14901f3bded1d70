"""Diagnoses in folders of their own, each whole or not there at all.

The name of a diagnosis is its key: whoever knows it may open it. On disk stands only its hash, so that a listing or a backup of the folder opens
nothing. What is gone leaves an empty mark for a while, so that an old link can be told from a wrong one.
"""

import datetime as dt
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from faultbook.errors import FaultbookError

NAME_BYTES: Final = 24
"""192 bits."""
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{32}")
_MEMBER: Final = re.compile(r"[a-z][a-z-]{0,30}\.[a-z]{2,5}")
_ABOUT: Final = "about.json"
_PART: Final = ".part-"
_GONE: Final = ".gone"
_MARKS_FOR: Final = dt.timedelta(days=30)
_MOST_MARKS: Final = 20_000


class Quota(Struct, frozen=True, kw_only=True):
    """How much is kept: diagnoses in all, of one owner, bytes in all, and for how long."""

    count: int
    each: int
    bytes: int
    keep: dt.timedelta


class About(Struct, frozen=True, kw_only=True):
    """What the store itself knows of a diagnosis. ``owner`` is who made it, empty where nobody signs in."""

    owner: str
    made: dt.datetime
    expires: dt.datetime
    size: int


class Kept(Struct, frozen=True, kw_only=True):
    """A diagnosis that is there."""

    name: str
    about: About
    folder: Path

    def read(self, member: str) -> bytes:
        """One member. Raises FileNotFoundError where it has none of that name."""
        return (self.folder / member).read_bytes()

    def path(self, member: str) -> Path:
        """Where a member lies."""
        return self.folder / member


class Full(FaultbookError):  # noqa: N818 - named for what it is
    """There is no room for another diagnosis."""


class Diagnoses:
    """The store over one folder. Several processes may share it; every moment is given, none is read from a clock."""

    def __init__(self, folder: Path, quota: Quota) -> None:
        self._folder = folder
        self._quota = quota
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _writable(folder)
        except OSError as wrong:
            raise FaultbookError(
                f"Diagnoses cannot be kept in {folder}.",
                why=f"{wrong.strerror}.",
                do="Name a folder in store.folder that this service may write to.",
            ) from wrong

    @staticmethod
    def new_name() -> str:
        """A name that nobody can guess."""
        return secrets.token_urlsafe(NAME_BYTES)

    def admit(self, owner: str, now: dt.datetime, more: int = 0) -> None:
        """Raise Full where another diagnosis of this owner, of ``more`` bytes, would be too much."""
        held = [about for _, about in self._all() if about.expires > now]
        mine = sum(1 for about in held if about.owner == owner)
        if owner and mine >= self._quota.each:
            raise Full(
                f"You keep {mine} diagnoses, which is as many as one person may.",
                do="Delete one that is no longer needed, or wait until one expires.",
            )
        if len(held) >= self._quota.count or sum(about.size for about in held) + more > self._quota.bytes:
            raise Full(
                "The service keeps as many diagnoses as it may.",
                why="Each is kept until it expires or is deleted.",
                do="Delete one that is no longer needed, or come back later.",
            )

    def put(self, name: str, owner: str, members: Mapping[str, bytes], now: dt.datetime) -> Kept:
        """Keep a diagnosis under a name made before. It appears whole, or not at all where this raises Full or FaultbookError."""
        size = sum(map(len, members.values()))
        self.admit(owner, now, size)
        about = About(owner=owner, made=now, expires=now + self._quota.keep, size=size)
        home = self._folder / _hashed(name)
        part = self._folder / f"{_PART}{secrets.token_hex(8)}"
        try:
            part.mkdir(mode=0o700)
            for member, data in {**members, _ABOUT: msgspec.json.encode(about)}.items():
                _write(part / _member(member), data)
            part.rename(home)
        except OSError as wrong:
            shutil.rmtree(part, ignore_errors=True)
            raise FaultbookError(
                "The diagnosis could not be kept.",
                why=f"{wrong.strerror}.",
                do="Try again; the operator sees more in the log.",
            ) from wrong
        return Kept(name=name, about=about, folder=home)

    def find(self, name: str, now: dt.datetime) -> Kept | None:
        """The diagnosis of that name, None where there is none or it has expired."""
        if not _NAME.fullmatch(name):
            return None
        home = self._folder / _hashed(name)
        about = _about(home)
        return Kept(name=name, about=about, folder=home) if about is not None and about.expires > now else None

    def is_gone(self, name: str) -> bool:
        """Whether there was a diagnosis of that name, which expired or was deleted."""
        if not _NAME.fullmatch(name):
            return False
        return (self._folder / f"{_hashed(name)}{_GONE}").exists() or (self._folder / _hashed(name)).exists()

    def add(self, kept: Kept, member: str, data: bytes) -> None:
        """Put another member to a diagnosis that is there, or replace one; whole or not at all."""
        part = kept.folder / f"{_PART}{secrets.token_hex(8)}"
        try:
            _write(part, data)
            part.rename(kept.folder / _member(member))
        except OSError as wrong:
            part.unlink(missing_ok=True)
            raise FaultbookError("The answer could not be kept.", why=f"{wrong.strerror}.", do="Try again.") from wrong

    def delete(self, name: str) -> bool:
        """Take a diagnosis away at once; whether there was one."""
        if not _NAME.fullmatch(name):
            return False
        return self._take(self._folder / _hashed(name))

    def sweep(self, now: dt.datetime) -> int:
        """Take away what has expired, what was never finished, and marks of what is long gone; answers how many diagnoses went."""
        gone = sum(self._take(home) for home, about in list(self._all()) if about.expires <= now)
        old = (now - _MARKS_FOR).timestamp()
        marks = sorted(self._folder.glob(f"*{_GONE}"), key=_changed)
        for place, mark in enumerate(marks):
            if _changed(mark) < old or place < len(marks) - _MOST_MARKS:
                mark.unlink(missing_ok=True)
        unfinished = (now - dt.timedelta(hours=1)).timestamp()
        for part in self._folder.glob(f"{_PART}*"):
            if _changed(part) < unfinished:
                shutil.rmtree(part, ignore_errors=True)
        return gone

    def _take(self, home: Path) -> bool:
        """Out of sight first, in one step; then away."""
        part = self._folder / f"{_PART}{secrets.token_hex(8)}"
        try:
            home.rename(part)
        except FileNotFoundError:
            return False
        (self._folder / f"{home.name}{_GONE}").touch(mode=0o600)
        shutil.rmtree(part, ignore_errors=True)
        return True

    def _all(self) -> Iterator[tuple[Path, About]]:
        for home in self._folder.iterdir():
            if not home.name.startswith(".") and not home.name.endswith(_GONE) and (about := _about(home)) is not None:
                yield home, about


def _hashed(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:40]


def _about(home: Path) -> About | None:
    try:
        return msgspec.json.decode((home / _ABOUT).read_bytes(), type=About)
    except (OSError, msgspec.DecodeError):
        return None


def _member(name: str) -> str:
    if not _MEMBER.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a member")
    return name


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _writable(folder: Path) -> None:
    probe = folder / f"{_PART}{secrets.token_hex(8)}"
    probe.touch()
    probe.unlink()
