"""The process of a lab and its folder: claimed by one lab at a time, ended with everything that it started, emptied of nothing that is not a lab's."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from ipaddress import IPv4Address
from typing import Any, Final

from faultbook.errors import FaultbookError, UsageError
from faultbook_lab import asking, control
from faultbook_lab.places import Place

_UP_WITHIN: Final = 120.0
_DOWN_WITHIN: Final = 30.0
_ENDS_WITHIN: Final = 5.0
"""Seconds for a process that was told to end; then it is killed."""
_ROOM: Final = 100_000_000
"""Bytes. A lab takes a third of it, and its logs grow."""


def loopback(address: str) -> str:
    """The address again, if nobody else can reach what listens there. Raises UsageError."""
    try:
        if IPv4Address(address).is_loopback:
            return address
    except ValueError:
        pass
    raise UsageError(f"{address} is no loopback address.", do="A lab listens on 127.0.0.1 to 127.255.255.254 only.")


@contextmanager
def claimed(place: Place) -> Iterator[int]:
    """The folder, made or emptied for a new lab; the descriptor holds it for whoever has inherited it, until the last of them has ended.

    Whatever goes wrong while it is claimed, nothing of it stays. Raises UsageError where a lab is in it or where it holds anything else, FaultbookError where it cannot be made.
    """
    with ExitStack() as held, ExitStack() as made:
        with _uninterrupted():
            lock = _locked(place)
            held.callback(os.close, lock)
            made.callback(_cleared, place, lock)
        clear(place, but=place.lock.name)
        yield lock
        made.pop_all()


def _locked(place: Place) -> int:
    try:
        _make(place)
        held = os.open(place.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise FaultbookError(
            f"The folder {place.folder} cannot be used.",
            why=f"{error.strerror}.",
            do="Give another one with --folder.",
        ) from None
    if _taken(held) and os.fstat(held).st_nlink:  # else it was removed just now
        return held
    os.close(held)
    raise UsageError(
        f"A lab runs in {place.folder} already, or is about to.",
        do="See faultbook lab status; stop it with faultbook lab down.",
    )


def _make(place: Place) -> None:
    place.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if any(place.folder.iterdir()) and not place.lock.exists():
        raise UsageError(f"{place.folder} holds other files.", do="Give a lab a folder of its own with --folder.")
    place.folder.chmod(0o700)
    if (free := shutil.disk_usage(place.folder).free) < _ROOM:
        with contextlib.suppress(OSError):  # what an earlier lab has left there stays
            place.folder.rmdir()
        raise FaultbookError(
            f"There is too little room in {place.folder}: {free / 1e6:.0f} MB, and a lab needs {_ROOM / 1e6:.0f}.",
            do="Give a folder on another disk with --folder.",
        )


def _taken(held: int) -> bool:
    """Whether nobody else holds it. A lock belongs to the open file, and so to every process that inherited it."""
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def start(place: Place, held: int, arguments: Sequence[str]) -> dict[str, Any]:
    """Start a lab in a claimed folder, and wait until it is up; its report. Whatever prevents it, no process of it stays."""
    with ExitStack() as undone:
        with _uninterrupted():
            process = _launched(place, held, arguments)
            undone.callback(_ended, process)
        os.pwrite(held, f"{process.pid:<20}\n".encode(), 0)
        report = _report(place, process)
        undone.pop_all()
    return report


def _launched(place: Place, held: int, arguments: Sequence[str]) -> "subprocess.Popen[bytes]":
    try:
        log = place.log.open("wb")
    except FileNotFoundError:  # the folder was removed just now
        raise FaultbookError("The lab did not start.", why="It was ended.") from None
    with log:
        return subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-W", "ignore", "-m", "faultbook_lab.server", str(place.folder), *arguments], stdin=subprocess.DEVNULL, stdout=log,
            stderr=log, start_new_session=True, cwd="/", env=asking.environment_for_server(), pass_fds=(held,),
        )  # fmt: skip


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Answer an interrupt that arrives meanwhile only at the end: what is half begun could not be undone."""
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if came:
            signal.raise_signal(signal.SIGINT)


def _ended(process: "subprocess.Popen[bytes]") -> None:
    _signal(process.pid, signal.SIGKILL)
    process.wait()
    _gone(process.pid)


def _cleared(place: Place, held: int) -> None:
    if os.fstat(held).st_nlink:  # else somebody has removed it, and it may be another lab's by now
        clear(place)


def _report(place: Place, process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    ends = time.monotonic() + _UP_WITHIN
    while not place.ready.exists():
        if process.poll() is not None:
            said = json.loads(place.failed.read_bytes()) if place.failed.exists() else {}
            raise FaultbookError(
                said.get("what", "The lab did not start."),
                why=said.get("why") or _tail(place) or "It was ended.",
                do=said.get("do", ""),
            )
        if time.monotonic() > ends:
            raise FaultbookError(f"The lab did not start within {_UP_WITHIN:.0f} s.", why=_tail(place))
        time.sleep(0.05)
    report: dict[str, Any] = json.loads(place.ready.read_bytes())
    return report


def _tail(place: Place) -> str:
    try:
        return "\n".join(place.log.read_text(errors="replace").splitlines()[-8:])
    except FileNotFoundError:
        return ""


def end(place: Place) -> bool:
    """End the lab in a folder and remove the folder; whether there was one. Raises UsageError where the folder holds something else."""
    if not place.folder.is_dir() or not any(place.folder.iterdir()):
        return False
    try:
        held = os.open(place.lock, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        raise UsageError(f"There is no lab in {place.folder}; nothing was removed.") from None
    try:
        with contextlib.suppress(FaultbookError):  # one that does not answer is ended below
            control.order(place.control, {"do": "down"}, seconds=_ENDS_WITHIN)
            _waited(_DOWN_WITHIN, lambda: _taken(held))
        _end_processes(held)
        _cleared(place, held)
    finally:
        os.close(held)
    return True


def _end_processes(held: int) -> None:
    written = os.pread(held, 32, 0).strip()
    if not written:  # claimed, and nothing started yet
        return
    if not _taken(held):  # who holds the lock is alive, so that the number is still its own
        _signal(int(written), signal.SIGTERM)
        if not _waited(_ENDS_WITHIN, lambda: _taken(held)):
            _signal(int(written), signal.SIGKILL)
    _gone(int(written))


def _gone(group: int) -> None:
    """Wait until the last of them has ended: children of a killed lab end with it, a moment later."""
    _waited(_ENDS_WITHIN, lambda: not _signal(group, 0))


def _signal(group: int, number: int) -> bool:
    """Tell a lab and all that it started; whether anybody was there."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _waited(seconds: float, over: Callable[[], bool]) -> bool:
    """Wait until something is over; whether it was."""
    ends = time.monotonic() + seconds
    while not over():
        if time.monotonic() > ends:
            return False
        time.sleep(0.05)
    return True


def clear(place: Place, *, but: str = "") -> None:
    """Remove everything in the folder but one name, and without a name the folder. What marks it as a lab's goes last."""
    kept = list(place.folder.iterdir()) if place.folder.is_dir() else []
    for path in sorted(kept, key=lambda path: path == place.lock):
        if path.name == but:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    if not but:
        with contextlib.suppress(OSError):  # the mount point of a disk stays
            place.folder.rmdir()
