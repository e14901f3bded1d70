"""The same use cases over live systems too: what an error needs is asked, and judged like files."""

import datetime as dt
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from msgspec import structs

from faultbook.app import live as asking
from faultbook.app.faultbook import Faultbook
from faultbook.app.live import Live
from faultbook.app.subject import subject_of
from faultbook.diagnose.diagnosis import Diagnosis
from faultbook.evidence import Facts, Occurrence, Subject
from faultbook.model import Entry
from faultbook.probes import all_probes
from faultbook.sources import FileReport
from faultbook.sources.evidence import USUAL, Limits, Step, gather, quietly

Found = tuple[Facts, Subject, tuple[FileReport, ...]]


class Connected(Faultbook):
    """A book whose diagnoses ask live systems.

    ``told`` is called with each live answer as it comes, ``prompt`` where a person has to sign in elsewhere (device code). ``kept`` is a folder
    in which a collection grows, so that it survives a kill; without one it lives in a private folder as long as it is needed.
    """

    def __init__(
        self, live: Live, *, overlay: Path | None = None, told: Callable[[Any], None] = lambda _: None, prompt: Any = None
    ) -> None:  # fmt: skip
        asking.require()
        super().__init__(overlay=overlay)
        self.live = live
        self.prompt = prompt
        self._told = told
        self._kept: Path | None = None

    def _evidence(
        self, occurrence: Occurrence, entry: Entry | None, text: str, paths: Sequence[Path], *, user: str | None,
        at: dt.datetime | None, limits: Limits, step: Step,
    ) -> Found:  # fmt: skip
        """The facts of live systems and files together, whom they concern, and a report on each."""

        def read(capture: Any) -> tuple[Facts, Subject]:
            return self._read(capture, paths, occurrence, text, user=user, at=at, limits=limits)[:2]

        step("Asking live systems")
        kinds = asking.needed(entry, all_probes())
        known = subject_of(Facts(), occurrence, text, user, at)
        sign_in = occurrence.trace_id or occurrence.request_id or ""
        with asking.folder(self._kept) as where:
            capture = asking.collect(
                self.live, kinds, where, known, read, request_id=sign_in, told=self._told, prompt=self.prompt
            )
            return self._read(capture, paths, occurrence, text, user=user, at=at, limits=limits)

    def _read(
        self, capture: Any, paths: Sequence[Path], occurrence: Occurrence, text: str, *, user: str | None, at: dt.datetime | None, limits: Limits
    ) -> Found:  # fmt: skip
        from faultbook.sources.live.capture import facts_of, reports_of

        with gather([capture.answers, *paths], limits=limits) as gathered:
            raw, _ = self._facts(gathered, occurrence, text, user, at)
            facts = Facts(facts_of(gathered, capture, raw))
            return facts, subject_of(facts, occurrence, text, user, at), reports_of(gathered.reports, capture)

    def _again(
        self, diagnosis: Diagnosis, entry: Entry, paths: Sequence[Path], who: str | None, *, limits: Limits, step: Step
    ) -> tuple[Facts, tuple[FileReport, ...]]:  # fmt: skip
        """The same systems asked again, about the same people, and of logs the last day."""
        from faultbook.sources.live.capture import facts_of, reports_of

        step("Asking live systems")
        about = structs.replace(diagnosis.about, user=who, at=None, correlation_id=None)
        with asking.folder(None) as where:
            capture = asking.collect(
                self.live, asking.needed(entry, all_probes()), where, about, lambda _: (Facts(), about), told=self._told, prompt=self.prompt
            )  # fmt: skip
            with gather([capture.answers, *paths], limits=limits) as gathered:
                raw = gathered.facts_for(entry.code, about_user=who)
                return Facts(facts_of(gathered, capture, raw)), reports_of(gathered.reports, capture)

    def collect_live(
        self, paths: Sequence[Path], out: Path, text: str | None, *, user: str | None = None, at: dt.datetime | None = None
    ) -> int:  # fmt: skip
        """Seal what live systems and files say into a bundle, people and secrets taken out; answers how many facts.

        ``text`` is a code or a whole message, or None for everything. The collection grows in a folder beside ``out``: whatever moment it is
        killed at, the next run with the same questions goes on, and the folder is removed once the bundle is written.
        """
        from faultbook.redact import Redactor
        from faultbook.sources.bundle import write_bundle

        occurrence, entry = Occurrence(id="", code=""), None
        if text:
            occurrence, entry = self._entry_of(text, self.recogniser.scan(text))
        self._kept = out.with_name(f".{out.name}.collecting")
        facts, _, files = self._evidence(
            occurrence, entry, text or "all", paths, user=user, at=at, limits=USUAL, step=quietly
        )
        write_bundle(facts, out, redactor=Redactor.of(facts), files=files)
        shutil.rmtree(self._kept, ignore_errors=True)
        return len(facts)
