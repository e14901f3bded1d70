"""Sign-in and audit exports: set aside while gathering, sign-ins read once a code is known."""

import mmap
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from faultbook.errors import EvidenceError
from faultbook.evidence import Fact
from faultbook.sources import FileReport, audits, signins
from faultbook.sources.columns import is_diagnostic, text_of
from faultbook.sources.items import Item
from faultbook.sources.settle import joined_windows

SIGNINS: Final = "signins.history"
AUDITS: Final = "graph.directoryAudits"
_CODE: Final = re.compile(r"^(?:AADSTS)?0*(\d{1,9})$", re.IGNORECASE)


class Trails:
    """Holds references to sign-in files, and the audits that were read."""

    def __init__(self) -> None:
        self._files: list[signins.SigninFile] = []
        self._undecided: list[signins.SigninFile] = []
        self._audits: dict[str, dict[str, Any]] = {}
        self._audit_reports: list[FileReport] = []
        self._reports: dict[str, FileReport] = {}
        self._told: dict[tuple[Any, ...], Fact] = {}

    def take(self, item: Item) -> FileReport | None:
        """The report of a file that is a sign-in or audit export, or None where it is neither; that of sign-ins is filled in later."""
        of_signins, of_audits = signins.detect(item.head), audits.detect(item.head)
        mixed = (of_signins is None or of_audits is None) and is_diagnostic(text_of(item.head))
        if mixed and of_signins is None and _held(item.path, b"SignInLogs"):
            of_signins = "diagnostic-jsonl"
        file = signins.SigninFile(path=item.path, name=item.shown, format=of_signins or "")
        if of_signins:
            self._files.append(file)
        if mixed and of_signins and of_audits is None:
            self._undecided.append(file)
        elif mixed and of_audits is None and _held(item.path, b"AuditLogs"):
            of_audits = "diagnostic-jsonl"
        if not of_audits:
            return FileReport(path=item.shown, kind=SIGNINS, format=of_signins) if of_signins else None
        report = self._read_audits(replace(file, format=of_audits))
        return FileReport(path=item.shown, kind=SIGNINS, format=of_audits) if of_signins else report

    def _read_audits(self, file: signins.SigninFile) -> FileReport:
        rows, report = audits.read(file)
        for row in rows:
            self._audits.setdefault(str(row.get("id") or "") or repr(row), row)
        self._audit_reports.append(report)
        return report

    def _decide(self) -> None:
        """Read the audits of files that begin with other records: reading the sign-ins has told which hold any, else they are searched."""
        for file in self._undecided:
            known = self._reports.get(file.name)
            if known.kind != SIGNINS if known and known.rows else _held(file.path, b"AuditLogs"):
                self._read_audits(file)
        self._undecided.clear()

    def audit_facts(self) -> list[Fact]:
        """All audits as one fact, oldest first, each once; between exports that do not meet lies a gap."""
        self._decide()
        if not self._audit_reports:
            return []
        by = ", ".join(sorted(report.path for report in self._audit_reports))
        if not self._audits and any(report.problems for report in self._audit_reports):
            return [
                Fact(
                    kind=AUDITS,
                    why_unknown="unexpected-shape",
                    detail="No audit could be read from the exports.",
                    by=by,
                )
            ]
        window, gaps = joined_windows([report.window for report in self._audit_reports if report.window])
        rows = sorted(self._audits.values(), key=lambda row: (str(row.get("activityDateTime")), str(row.get("id"))))
        seen = tuple(
            sorted(
                {*gaps, *(gap for report in self._audit_reports for gap in report.gaps)},
                key=lambda gap: (gap.start, gap.end),
            )
        )
        return [Fact(kind=AUDITS, value=rows, window=window, gaps=seen, by=by)]

    def history(
        self, code: str, correlation_id: str | None, about_user: str | None, ids: Collection[str] = ()
    ) -> Fact | None:
        """The sign-in history of a code, or None where there is no sign-in export. A code that no sign-in can carry counts as none."""
        if not self._files:
            return None
        number = sign_in_code(code)
        wanted = tuple(sorted({*ids, correlation_id or ""} - {""}))
        key = (number, about_user, wanted)
        if key not in self._told:
            try:
                fact, reports = signins.history(self._files, number, about_user=about_user, ids=wanted)
            except EvidenceError as reason:
                fact, reports = (
                    Fact(kind=SIGNINS, why_unknown="source-failed", detail=str(reason)),
                    self._failed(str(reason)),
                )
            self._told[key] = fact
            self._reports = {report.path: report for report in reports}
        return self._told[key]

    def _failed(self, reason: str) -> list[FileReport]:
        return [FileReport(path=file.name, kind=SIGNINS, problems=(reason,)) for file in self._files]

    def reports(self) -> Mapping[str, FileReport]:
        """The reports on sign-in files by path; reads the files where no code was asked about yet."""
        if self._files and not self._reports:
            self.history("", None, None)
        self._decide()
        return {path: self._whole(report) for path, report in self._reports.items()}

    def _whole(self, report: FileReport) -> FileReport:
        """The report on the sign-ins of a file, with what its audits had to say."""
        said = next((audit for audit in self._audit_reports if audit.path == report.path), None)
        if said is None:
            return report
        return replace(report, kind=f"{SIGNINS}, {AUDITS}", problems=(*said.problems, *report.problems))


def _held(path: Path, category: bytes) -> bool:
    """Whether a line of a diagnostic setting, perhaps far behind the first, may be of this category."""
    if not path.stat().st_size:
        return False
    with path.open("rb") as source, mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(category) >= 0


def sign_in_code(code: str) -> int | None:
    """The number of a code that sign-in logs can hold, or None for codes of other families."""
    match = _CODE.match(code.strip())
    return int(match[1]) if match else None


def of_code(facts: Collection[Fact], code: str) -> list[Fact]:
    """The facts of a bundle for one code: a sign-in history that was collected for another says nothing about this one."""
    number = sign_in_code(code)
    histories = [fact for fact in facts if fact.kind == SIGNINS]
    others = [fact for fact in facts if fact.kind != SIGNINS]
    fitting = [fact for fact in histories if number is not None and fact.target == str(number)]
    if histories and not fitting:
        held = ", ".join(sorted({fact.target or "no code" for fact in histories}))
        others.append(
            Fact(
                kind=SIGNINS,
                why_unknown="not-found",
                detail=f"The bundle holds the sign-in history of {held} only.",
                by=histories[0].by,
            )
        )
    return [*others, *fitting]
