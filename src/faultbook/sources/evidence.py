"""A folder, zip or file of anything: each file recognised by its content, read, and reported."""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec

from faultbook.evidence import Fact, Facts
from faultbook.sources import FileReport
from faultbook.sources.items import Item, Limits, Read, clean
from faultbook.sources.recognised import read_item
from faultbook.sources.settle import settle
from faultbook.sources.trails import Trails
from faultbook.sources.unpack import Unpacker

__all__ = ["USUAL", "Gathered", "Limits", "gather"]


class Gathered:
    """Everything that the evidence holds. Closing it removes what was unpacked from zips.

    ``facts`` are complete but for the sign-in history, which is read for one code at a time: see ``facts_for``. ``reports`` has one entry
    for each file, in the order of reading.
    """

    def __init__(self, folder: Path) -> None:
        self.facts: tuple[Fact, ...] = ()
        self.reports: tuple[FileReport, ...] = ()
        self.trails = Trails()
        self._folder = folder

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove the private folder; sign-in files from zips can no longer be read."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def facts_for(self, code: str, correlation_id: str | None = None, about_user: str | None = None) -> Facts:
        """All facts with the sign-in history of one code; the ids name the attempt that was pasted, where they are known."""
        history = self.trails.history(code, correlation_id, about_user)
        return Facts([*self.facts, *history])


USUAL: Final = Limits()


def gather(paths: Sequence[Path], *, limits: Limits = USUAL) -> Gathered:
    """Read everything under the paths. Raises EvidenceError where a path does not exist; a bad file inside is a report, not an error."""
    gathered = Gathered(Path(tempfile.mkdtemp(prefix="faultbook-")))
    try:
        _fill(gathered, paths, limits)
    except BaseException:
        gathered.close()
        raise
    return gathered


def _fill(gathered: Gathered, paths: Sequence[Path], limits: Limits) -> None:
    unpacker = Unpacker(gathered._folder, limits)  # noqa: SLF001 - the function is the second half of the class
    facts: list[Fact] = []
    reports: list[FileReport] = []
    for item in unpacker.walk(paths):
        reports += unpacker.taken()
        report = gathered.trails.take(item)
        if report is None:
            read = read_item(item, limits)
            facts += read.facts
            report = _report(item, read)
        reports.append(report)
    reports += unpacker.taken()
    settled, notes = settle([*facts, *gathered.trails.audit_facts()])
    gathered.facts = tuple(settled)
    gathered.reports = tuple(_noted(report, notes) for report in reports)


def _noted(report: FileReport, notes: Sequence[tuple[str, str]]) -> FileReport:
    """The report with what only became clear beside the other files."""
    said = dict.fromkeys(sentence for path, sentence in notes if path == report.path)
    return msgspec.structs.replace(report, problems=(*report.problems, *said)) if said else report


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
