"""From files and live systems to the facts of one failure, and to whom they concern."""

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import Struct

from faultbook.app.live import Live
from faultbook.app.meant import is_code_only
from faultbook.app.subject import subject_of
from faultbook.evidence import Fact, Facts, Occurrence, Subject
from faultbook.model import Entry
from faultbook.probes import all_probes
from faultbook.sources import FileReport
from faultbook.sources.evidence import USUAL, Gathered, Limits, Step, gather, quietly

if TYPE_CHECKING:
    from faultbook.sources.live.ask import Record
    from faultbook.sources.live.capture import Capture

Found: TypeAlias = tuple[Facts, Subject, tuple[FileReport, ...]]
"""The facts, whom they concern, and a report on each file and question."""


def unheard(record: "Record") -> None:
    """Nobody listens to the live answers."""


class Failure(Struct, frozen=True, kw_only=True):
    """What a person says of one failure: the text with its occurrence, the files, and who and when where the text does not say."""

    occurrence: Occurrence
    text: str
    paths: Sequence[Path] = ()
    user: str | None = None
    at: dt.datetime | None = None
    limits: Limits = USUAL
    step: Step = quietly

    def from_files(self) -> Found:
        """What the files say."""
        with gather(self.paths, limits=self.limits, step=self.step) as gathered:
            self.step("Counting sign-ins")
            facts = self._facts(gathered)
            return facts, self._subject(facts), gathered.reports

    def from_live(
        self,
        live: Live,
        entry: Entry | None,
        *,
        told: Callable[["Record"], None] = unheard,
        prompt: Any = None,
        kept: Path | None = None,
    ) -> Found:
        """What live systems and the files say together. The answers grow in ``kept`` where it is named, so that a later run can go on."""
        from faultbook.app import live as asking

        def read(capture: "Capture") -> tuple[Facts, Subject]:
            return self._captured(capture)[:2]

        kinds = asking.needed(entry, all_probes())
        known = self._subject(Facts())
        with asking.folder(kept) as where:
            capture = asking.collect(
                live, kinds, where, known, read,
                request_id=self.occurrence.trace_id or self.occurrence.request_id or "", told=told, prompt=prompt,
            )  # fmt: skip
            return self._captured(capture)

    def _captured(self, capture: "Capture") -> Found:
        from faultbook.sources.live.capture import facts_of, reports_of

        with gather([capture.answers, *self.paths], limits=self.limits, step=self.step) as gathered:
            facts = Facts(facts_of(gathered, capture, self._facts(gathered)))
            return facts, self._subject(facts), reports_of(gathered.reports, capture)

    def _facts(self, gathered: Gathered) -> Facts:
        told = self.occurrence
        ids = [one for one in (told.correlation_id, told.trace_id, told.request_id) if one]
        facts = list(gathered.facts_for(told.code, about_user=self.user, ids=ids))
        if not is_code_only(self.text):
            facts.append(Fact(kind="occurrence.text", value={"text": self.text}, by="the error text", grant="none"))
        return Facts(facts)

    def _subject(self, facts: Facts) -> Subject:
        return subject_of(facts, self.occurrence, self.text, self.user, self.at)
