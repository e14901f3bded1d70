"""A folder, zip or file of anything: each file recognised by its content, read, and reported."""

import shutil
import tempfile
from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec

from faultbook.evidence import Fact, Facts
from faultbook.sources import FileReport
from faultbook.sources.items import Item, Limits, Read, clean
from faultbook.sources.recognised import read_item
from faultbook.sources.settle import settle
from faultbook.sources.trails import Trails, of_code
from faultbook.sources.unpack import Unpacker

__all__ = ["USUAL", "Gathered", "Limits", "Step", "gather", "quietly"]


class Gathered:
    """Everything that the evidence holds. Closing it removes what was unpacked from zips.

    The sign-in history is read for one code at a time: see ``facts_for``. What else a log of many categories holds is known once that
    is read, so all else is put together only when it is asked for.
    """

    def __init__(self, folder: Path) -> None:
        self.trails = Trails()
        self._found: tuple[Fact, ...] = ()
        self._reports: tuple[FileReport, ...] = ()
        self._folder = folder

    @cached_property
    def _settled(self) -> tuple[tuple[Fact, ...], tuple[tuple[str, str], ...]]:
        facts, notes = settle([*self._found, *self.trails.audit_facts()])
        return tuple(facts), tuple(notes)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """All facts but the sign-in history."""
        return self._settled[0]

    @property
    def reports(self) -> tuple[FileReport, ...]:
        """One report for each file, in the order of reading. Sign-in exports are read for theirs if no code was asked about yet."""
        late = self.trails.reports()
        _, notes = self._settled
        return tuple(_completed(_noted(report, notes), late.get(report.path)) for report in self._reports)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove the private folder; sign-in files from zips can no longer be read."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def facts_for(
        self, code: str, correlation_id: str | None = None, about_user: str | None = None, *, ids: Collection[str] = ()
    ) -> Facts:
        """All facts with the sign-in history of one code; the ids name the attempt that was pasted, where they are known."""
        history = self.trails.history(code, correlation_id, about_user, ids)
        if history is not None:
            return Facts([*(fact for fact in self.facts if fact.kind != history.kind), history])
        return Facts(of_code(self.facts, code))


USUAL: Final = Limits()
Step = Callable[[str], None]
"""Is told in words what is being done."""


def quietly(_: str) -> None:
    """Nobody is watching."""


def gather(paths: Sequence[Path], *, limits: Limits = USUAL, step: Step = quietly) -> Gathered:
    """Read everything under the paths, and tell ``step`` of each file. Raises EvidenceError where a path does not exist; a bad file inside is a report, not an error."""
    gathered = Gathered(Path(tempfile.mkdtemp(prefix="faultbook-")))
    try:
        _fill(gathered, paths, limits, step)
    except BaseException:
        gathered.close()
        raise
    return gathered


# ruff: noqa: SLF001 - gather and _fill are the constructor of Gathered


def _fill(gathered: Gathered, paths: Sequence[Path], limits: Limits, step: Step) -> None:
    unpacker = Unpacker(gathered._folder, limits)
    facts: list[Fact] = []
    reports: list[FileReport] = []
    for item in unpacker.walk(paths):
        step(f"Reading {item.shown}")
        reports += unpacker.taken()
        report = gathered.trails.take(item)
        if report is None:
            read = read_item(item, limits)
            facts += read.facts
            report = _report(item, read)
        reports.append(report)
    reports += unpacker.taken()
    gathered._found, gathered._reports = tuple(facts), tuple(reports)


def _noted(report: FileReport, notes: Sequence[tuple[str, str]]) -> FileReport:
    """The report with what only became clear beside the other files."""
    said = dict.fromkeys(sentence for path, sentence in notes if path == report.path)
    return msgspec.structs.replace(report, problems=(*report.problems, *said)) if said else report


def _completed(early: FileReport, late: FileReport | None) -> FileReport:
    if late is None:
        return early
    return msgspec.structs.replace(late, format=late.format or early.format, problems=(*early.problems, *late.problems))


def _report(item: Item, read: Read) -> FileReport:
    return FileReport(
        path=item.shown,
        kind=read.kind,
        format=read.format,
        rows=read.rows,
        window=read.window,
        gaps=read.gaps,
        expires=read.expires,
        problems=tuple(clean(problem, 600) for problem in read.problems),
    )
