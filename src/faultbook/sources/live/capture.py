"""A folder in which a live collection grows: whole answers, half-read lists, and a log of what was asked.

Whatever moment the process dies at, the next run finds every finished answer, goes on with a list at the page it had reached, and asks the rest.
The folder is its owner's only; what lies in it is not redacted.
"""

import datetime as dt
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from faultbook import atomic
from faultbook.errors import EvidenceError
from faultbook.evidence import Fact, Gap, Window
from faultbook.sources import FileReport
from faultbook.sources.evidence import Gathered
from faultbook.sources.live.ask import Record
from faultbook.sources.settle import joined_windows

SIGNINS: Final = "signins.history"
LATENCY: Final = dt.timedelta(minutes=5)
"""A log's newest minutes are never taken for complete: entries arrive late."""
_PASSING: Final = ("throttled", "timed-out", "source-failed")
_SAFE: Final = re.compile(r"[^A-Za-z0-9._@=-]+")


class Capture:
    """One collection. ``began`` is when its first run began: windows are counted from there, on the last run too."""

    def __init__(self, folder: Path, key: str, now: dt.datetime) -> None:
        """Open the collection in ``folder``, or begin it; what another ``key`` (other questions) has left there is thrown away."""
        self.folder = folder
        self.answers = folder / "answers"
        self._log = folder / "log.jsonl"
        self._half = folder / "half"
        plan = {"schema": 1, "key": hashlib.sha256(key.encode()).hexdigest(), "began": now.isoformat()}
        found = self._plan()
        if found is None or found.get("key") != plan["key"]:
            shutil.rmtree(folder, ignore_errors=True)
            found = plan
        try:
            for each in (self.folder, self.answers, self._half):
                each.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise EvidenceError(
                f"The folder {folder.name} for the collection cannot be made.", why=f"{error.strerror}."
            ) from error
        if found is plan:
            atomic.write(folder / "plan.json", json.dumps(plan).encode(), "plan of the collection")
        self.began = dt.datetime.fromisoformat(str(found["began"]))
        self.records: dict[str, Record] = {record.name: record for record in self._read_log()}

    def _plan(self) -> dict[str, Any] | None:
        try:
            found = json.loads((self.folder / "plan.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) and "began" in found else None

    def _read_log(self) -> Iterator[Record]:
        """Every whole line; a last line that a kill has cut off is as if it had not been written, and so is one whose file is missing."""
        if not self._log.exists():
            return
        for line in self._log.read_bytes().splitlines():
            try:
                record = msgspec.json.decode(line, type=Record)
            except (msgspec.DecodeError, msgspec.ValidationError):
                continue
            if not record.file or (self.answers / record.file).exists():
                yield record

    def done(self, name: str) -> Record | None:
        """What became of a question, where it was asked already. A refusal that may pass (throttled, timed out) counts as not asked."""
        record = self.records.get(name)
        return None if record is None or record.unfinished or record.why in _PASSING else record

    def finish(self, record: Record, content: bytes | None = None, suffix: str = "json") -> Record:
        """Write the answer, whole or not at all, then the line that says so. The half-read pages are dropped."""
        if content is not None:
            file = f"{file_name(record.name)}.{suffix}"
            atomic.write(self.answers / file, content, "answer")
            record = msgspec.structs.replace(record, file=file)
        self.records[record.name] = record
        line = msgspec.json.encode(record) + b"\n"
        with self._log.open("ab") as stream:
            if stream.tell() and not self._ends_whole():
                stream.write(b"\n")
            stream.write(line)
            stream.flush()
            os.fsync(stream.fileno())
        if not record.unfinished and record.why not in _PASSING:
            self._pages_of(record.name).unlink(missing_ok=True)
        return record

    def _ends_whole(self) -> bool:
        with self._log.open("rb") as stream:
            stream.seek(-1, os.SEEK_END)
            return stream.read(1) == b"\n"

    def _pages_of(self, name: str) -> Path:
        return self._half / f"{file_name(name)}.jsonl"

    def keep_page(self, name: str, document: dict[str, Any], link: str) -> None:
        """Append one page, so that a later run need not ask for it again."""
        path = self._pages_of(name)
        whole = not path.exists() or path.read_bytes()[-1:] in (b"\n", b"")
        with path.open("ab") as stream:
            stream.write((b"" if whole else b"\n") + json.dumps({"page": document, "next": link}).encode() + b"\n")

    def pages(self, name: str) -> tuple[list[dict[str, Any]], str]:
        """The pages that an earlier run has read, and where it would have gone on; a line that was cut off is read again."""
        documents: list[dict[str, Any]] = []
        link = ""
        path = self._pages_of(name)
        for line in path.read_bytes().splitlines() if path.exists() else ():
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if row["page"] not in documents[-1:]:
                documents.append(row["page"])
            link = row["next"]
        return documents, link

    def json(self, name: str) -> Any:
        """The answer to a question as JSON, or None."""
        record = self.records.get(name)
        if record is None or not record.file:
            return None
        return json.loads((self.answers / record.file).read_bytes())

    def remove(self) -> None:
        """Remove the folder: all that matters of it was sealed or judged."""
        shutil.rmtree(self.folder, ignore_errors=True)


def file_name(name: str) -> str:
    """A name for a file from the name of a question: no path, nothing that a system forbids; long ones are told apart by a hash."""
    plain = _SAFE.sub("_", name).strip(".")
    return plain if len(plain) <= 100 else f"{plain[:80]}-{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def facts_of(gathered: Gathered, capture: Capture, facts: Iterable[Fact]) -> list[Fact]:
    """The facts that the readers made of the answers, each with who was asked, when, by what right, for which span, and what is missing.

    A question without an answer becomes a fact without a value, with its reason. ``gathered`` gives the names under which files were read.
    """
    by_file = {record.file: record for record in capture.records.values() if record.file}
    names = {
        report.path: by_file[name]
        for report in gathered.reports
        if (name := report.path.rpartition("/")[2]) in by_file and report.path.startswith(f"{capture.answers.name}/")
    }
    made = [_told(fact, names, capture) for fact in facts]
    made = _people(made, names.values())
    silent = {fact.kind for fact in made if fact.why_unknown is None}
    made += [_unknown(record) for record in capture.records.values() if record.why is not None and not record.lead]
    for kind in (SIGNINS, "graph.directoryAudits"):
        if kind not in silent and (empty := _nothing_in(kind, capture)):
            made = [fact for fact in made if fact.kind != kind or fact.why_unknown != "unexpected-shape"] + [empty]
    return made


def _people(facts: list[Fact], records: Iterable[Record]) -> list[Fact]:
    """Users that were asked for one by one as one list, as an export would have been."""
    asked = {record.source for record in records if record.kind == "graph.users"}
    single = [fact for fact in facts if fact.kind == "graph.users" and fact.by in asked]
    if len(single) < 2:
        return facts
    rows = {str(row.get("id")): row for fact in single for row in fact.value}
    whole = msgspec.structs.replace(
        single[0],
        value=[rows[key] for key in sorted(rows)],
        read_at=max(fact.read_at for fact in single if fact.read_at),
    )
    return [fact for fact in facts if fact not in single] + [whole]


def _told(fact: Fact, names: dict[str, Record], capture: Capture) -> Fact:
    parts = fact.by.split(", ")
    mine = [names[part] for part in parts if part in names]
    if not mine:
        return fact
    sources = list(dict.fromkeys([*(names[part].source if part in names else part for part in parts)]))
    grants = list(dict.fromkeys(record.grant for record in mine if record.grant))
    whole = len(mine) == len(parts)
    said = [record.sentence for record in mine if record.sentence]
    told = msgspec.structs.replace(
        fact,
        by=", ".join(sources),
        grant=", ".join(grants) or "none" if whole else ", ".join([*grants, "file"]),
        read_at=max(record.read_at for record in mine),
        detail=fact.detail or ("incomplete: " + " ".join(dict.fromkeys(said)) if said else ""),
    )
    asked = [
        record for record in capture.records.values() if record.kind == fact.kind and record.window and not record.lead
    ]
    if not asked or fact.kind not in (SIGNINS, "graph.directoryAudits"):
        return told
    window, gaps = _span(asked, fact.window)
    return msgspec.structs.replace(
        told,
        window=window,
        gaps=tuple(sorted({*fact.gaps, *gaps} if not whole else gaps, key=lambda gap: (gap.start, gap.end))),
    )


def _span(asked: list[Record], seen: Window | None) -> tuple[Window | None, list[Gap]]:
    """The span that was asked about, with the parts that did not come; the newest minutes count only as far as something was seen in them."""
    window, gaps = joined_windows([record.window for record in asked if record.window])
    for record in asked:
        gaps += record.gaps
        if record.why is not None and record.window:
            gaps.append(Gap(record.window.start, record.window.end, record.sentence or record.why))
    read = max(record.read_at for record in asked)
    if window:
        end = max(min(window.end, read - LATENCY), min(seen.end, window.end) if seen else window.start, window.start)
        window = Window(min(window.start, seen.start) if seen else window.start, end)
    return window, gaps


def _unknown(record: Record) -> Fact:
    assert record.why is not None
    return Fact(
        kind=record.kind, target=record.target, why_unknown=record.why, detail=record.sentence, read_at=record.read_at,
        by=record.source, grant=record.grant or "none",
    )  # fmt: skip


def _nothing_in(kind: str, capture: Capture) -> Fact | None:
    """What to say where a log was asked and held nothing."""
    empty = [
        record for record in capture.records.values() if record.kind == kind and record.why is None and record.window
    ]
    if not empty:
        return None
    window, gaps = _span(empty, None)
    span = f" from {window.start:%Y-%m-%d %H:%M} to {window.end:%Y-%m-%d %H:%M} UTC" if window else ""
    what = "sign-in" if kind == SIGNINS else "audit record"
    return Fact(
        kind=kind, why_unknown="not-found", detail=f"The log was read and holds no {what}{span}.", window=window, gaps=tuple(gaps),
        read_at=max(record.read_at for record in empty), by=empty[0].source, grant=empty[0].grant,
    )  # fmt: skip


def reports_of(reports: Iterable[FileReport], capture: Capture) -> tuple[FileReport, ...]:
    """Reports of files as they are, and of answers under the name of who was asked, with what did not come."""
    by_file = {record.file: record for record in capture.records.values() if record.file}
    told = []
    for report in reports:
        record = (
            by_file.get(report.path.rpartition("/")[2]) if report.path.startswith(f"{capture.answers.name}/") else None
        )
        if record is None:
            told.append(report)
        elif not record.lead:
            said = (f"Incomplete: {record.sentence}",) if record.sentence else ()
            told.append(
                msgspec.structs.replace(
                    report,
                    path=f"{record.source} [{record.name}]",
                    kind=report.kind or record.kind,
                    gaps=record.gaps,
                    live=True,
                    problems=(*(report.problems if record.rows else ()), *said),
                )
            )
    told += [
        FileReport(
            path=f"{record.source} [{record.name}]",
            kind=record.kind,
            gaps=record.gaps,
            live=True,
            problems=(f"{record.why}: {record.sentence}",),
        )
        for record in capture.records.values()
        if record.why is not None
    ]
    return tuple(told)
