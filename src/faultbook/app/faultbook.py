"""One object over the compiled book: show, search, scan, diagnose, check, collect, score."""

import datetime as dt
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec
from msgspec import Struct

from faultbook import atomic
from faultbook.app.live import Live
from faultbook.app.subject import subject_of
from faultbook.book import page
from faultbook.book.known import Known
from faultbook.book.overlaid import open_overlaid
from faultbook.book.reader import Book, Hit
from faultbook.diagnose import plan, verdict
from faultbook.diagnose.diagnosis import Diagnosis
from faultbook.errors import UsageError
from faultbook.evidence import Fact, Facts, Occurrence, Subject, instant
from faultbook.model import Entry
from faultbook.probes import all_probes
from faultbook.recognise import Recogniser, Recognition, Unknown, annotate, describe_unknown
from faultbook.sources import FileReport
from faultbook.sources.evidence import Gathered, gather

if TYPE_CHECKING:
    from faultbook.diagnose.calibrate import Score

_CODE_ONLY = re.compile(r"[\w:.=-]{3,80}")


class Answer(Struct, frozen=True, kw_only=True):
    """What the book says about a code: its entry, or what is published about it, or its neighbours."""

    schema: str = "faultbook/answer-1"
    code: str
    entry: Entry | None = None
    known: Known | None = None
    unlisted: Unknown | None = None


class Diagnosed(Struct, frozen=True, kw_only=True):
    """A diagnosis with what it was made from."""

    diagnosis: Diagnosis
    facts: Facts
    files: tuple[FileReport, ...]
    entry: Entry
    subject: Subject
    recognition: Recognition


class Faultbook:
    """The use cases over one compiled book."""

    def __init__(self, book: Path | None = None, overlay: Path | None = None) -> None:
        """Open ``book`` (a compiled file or its folder), else that of the installation; ``overlay`` is a site's own folder over it."""
        self.book: Book = open_overlaid(book, overlay)

    @cached_property
    def recogniser(self) -> Recogniser:
        """Built on first use, since a page needs none."""
        return Recogniser(self.book.entries(), self.book.known(), self.book.wording())

    def answer(self, code: str) -> Answer:
        """The entry of a code, or an honest answer where there is none."""
        entry = self.book.entry(code)
        known = self.book.known_code(code)
        if entry is not None:
            return Answer(code=entry.code, entry=entry, known=known)
        return Answer(
            code=known.code if known else code, known=known, unlisted=describe_unknown(code, self.book.known())
        )

    def page(self, code: str, *, colour: bool) -> str:
        """The page of a code in the terminal."""
        answer = self.answer(code)
        if answer.entry is not None:
            write = page.ansi if colour else page.plain
            return write(answer.entry, self.book.words, self._questions)
        return "".join(f"{sentence}\n" for sentence in answer.unlisted.said) if answer.unlisted else ""

    def markdown(self, entry: Entry) -> str:
        """The page of an entry as Markdown."""
        return page.as_markdown(entry, self.book.words, self._questions)

    def search(self, words: str, limit: int = 10) -> list[Hit]:
        """Full-text search."""
        return self.book.search(words, limit)

    def scan(self, stream: BinaryIO) -> Iterator[dict[str, Any]]:
        """Every occurrence in a stream of any size, with its line and the summary of its entry."""
        gist = cache(self.book.gist)
        for found in self.recogniser.scan_stream(stream):
            row: dict[str, Any] = msgspec.to_builtins(found)
            yield {**row, "summary": gist(found.code)}

    def annotate(self, lines: Iterable[bytes], field: str) -> Iterator[dict[str, Any]]:
        """JSON lines in, one recognition a line out."""
        return annotate(self.recogniser, lines, field)

    def diagnose(
        self,
        text: str,
        paths: Sequence[Path] = (),
        *,
        user: str | None = None,
        at: dt.datetime | None = None,
        live: Live | None = None,
        told: Callable[[Any], None] = lambda _: None,
        prompt: Any = None,
    ) -> Diagnosed:
        """Recognise the error, read the evidence, ask what may be asked live, and judge its causes.

        ``told`` is called with each live answer as it comes, ``prompt`` where a person has to sign in elsewhere (device code).
        """
        recognition = self.recogniser.scan(text)
        occurrence, entry = self._entry_of(text, recognition)
        if live is None:
            with gather(paths) as gathered:
                facts, subject = self._facts(gathered, occurrence, text, user, at)
                files = gathered.reports
        else:
            facts, subject, files = self._live(
                live, occurrence, entry, text, paths, user=user, at=at, told=told, prompt=prompt
            )
        diagnosis = verdict.diagnose(
            occurrence, entry, facts, all_probes(), words=self.book.words, subject=subject, book=self.book.version
        )
        return Diagnosed(
            diagnosis=diagnosis, facts=facts, files=files, entry=entry, subject=subject, recognition=recognition
        )

    def _live(
        self, live: Live, occurrence: Occurrence, entry: Entry | None, text: str, paths: Sequence[Path], *, user: str | None,
        at: dt.datetime | None, told: Callable[[Any], None], prompt: Any, kept: Path | None = None,
    ) -> tuple[Facts, Subject, tuple[FileReport, ...]]:  # fmt: skip
        """The facts of live sources and files together, whom they concern, and a report on each."""
        from faultbook.app import live as asking

        def read(capture: Any) -> tuple[Facts, Subject]:
            facts, subject, _ = self._captured(capture, paths, occurrence, text, user, at)
            return facts, subject

        kinds = asking.needed(entry, all_probes())
        known = subject_of(Facts(), occurrence, text, user, at)
        with asking.folder(kept) as where:
            capture = asking.collect(
                live,
                kinds,
                where,
                known,
                read,
                request_id=occurrence.trace_id or occurrence.request_id or "",
                told=told,
                prompt=prompt,
            )
            return self._captured(capture, paths, occurrence, text, user, at)

    def _captured(
        self,
        capture: Any,
        paths: Sequence[Path],
        occurrence: Occurrence,
        text: str,
        user: str | None,
        at: dt.datetime | None,
    ) -> tuple[Facts, Subject, tuple[FileReport, ...]]:
        from faultbook.sources.live.capture import facts_of, reports_of

        with gather([capture.answers, *paths]) as gathered:
            raw, _ = self._facts(gathered, occurrence, text, user, at)
            facts = Facts(facts_of(gathered, capture, raw))
            return facts, subject_of(facts, occurrence, text, user, at), reports_of(gathered.reports, capture)

    def diagnosis_text(self, found: Diagnosed, *, colour: bool, width: int) -> str:
        """The diagnosis for a terminal of that width; 0 for a file, where the first lines are not cut."""
        from faultbook.diagnose.terminal import terminal

        return terminal(found.diagnosis, colour=colour, width=width)

    def diagnosis_markdown(self, found: Diagnosed) -> str:
        """The diagnosis as Markdown."""
        from faultbook.diagnose.markdown import markdown

        return markdown(found.diagnosis)

    def diagnosis_json(self, found: Diagnosed) -> Diagnosis:
        """The diagnosis as data."""
        return found.diagnosis

    def write_html(self, found: Diagnosed, out: Path) -> None:
        """The diagnosis as one page without outside parts."""
        from faultbook.diagnose import html

        atomic.write(out, html.page(found.diagnosis).encode(), "page")

    def write_case(self, found: Diagnosed, out: Path) -> None:
        """The support case."""
        from faultbook.diagnose import case

        case.write_case(found.diagnosis, found.facts, out)

    def check(self, paths: Sequence[Path]) -> tuple[FileReport, ...]:
        """What each file was recognised as."""
        with gather(paths) as gathered:
            return gathered.reports

    def collect(
        self,
        paths: Sequence[Path],
        out: Path,
        text: str | None,
        *,
        user: str | None = None,
        at: dt.datetime | None = None,
        live: Live | None = None,
        told: Callable[[Any], None] = lambda _: None,
        prompt: Any = None,
    ) -> int:
        """Seal the facts of files and live sources into a bundle, people and secrets taken out; answers how many facts.

        ``text`` is a code or a whole message, or None for everything. A live collection grows in a folder beside ``out``: whatever moment it
        is killed at, the next run with the same questions goes on, and the folder is removed once the bundle is written.
        """
        from faultbook.redact import Redactor
        from faultbook.sources.bundle import write_bundle

        if live is None:
            with gather(paths) as gathered:
                facts = gathered.facts_for(self._code_in(text))
                files = gathered.reports
            write_bundle(facts, out, redactor=Redactor.of(facts), files=files)
            return len(facts)
        growing = out.with_name(f".{out.name}.collecting")
        occurrence, entry = Occurrence(id="", code=""), None
        if text:
            occurrence, entry = self._entry_of(text, self.recogniser.scan(text))
        facts, _, files = self._live(
            live, occurrence, entry, text or "all", paths, user=user, at=at, told=told, prompt=prompt, kept=growing
        )
        write_bundle(facts, out, redactor=Redactor.of(facts), files=files)
        shutil.rmtree(growing, ignore_errors=True)
        return len(facts)

    def _code_in(self, text: str | None) -> str:
        """The code that a text is about; a bare code is itself."""
        if not text or _CODE_ONLY.fullmatch(text.strip()):
            return (text or "").strip()
        return self._entry_of(text, self.recogniser.scan(text))[0].code

    def permissions_text(self, openings: Sequence[plan.Opening], *, colour: bool) -> str:
        """Grants and files for the terminal."""
        from faultbook.diagnose.terminal import openings as written

        return written(openings, colour=colour)

    def permissions(self, code: str) -> tuple[plan.Opening, ...]:
        """Which single grant, role or file settles which causes of a code."""
        entry = self.book.entry(code)
        if entry is None:
            raise UsageError(f"There is no entry for {code}.", do=f"Look what is known of it: faultbook show {code}")
        chances = {str(word): chance for word, chance in self.book.words.likelihood.items()}
        return plan.permissions(entry, all_probes(), chances)

    def score(self, root: Path) -> "Score":
        """Run every closed case and score the rankings."""
        from faultbook.diagnose import calibrate, cases

        results = []
        for one in cases.read_cases(root):
            found = self.diagnose(one.text, [one.evidence], user=one.user, at=instant(one.at))
            results.append(calibrate.result(one, found.diagnosis))
        return calibrate.score(results)

    @cached_property
    def _questions(self) -> dict[str, str]:
        return {id_: probe.question for id_, probe in all_probes().items()}

    def _entry_of(self, text: str, recognition: Recognition) -> tuple[Occurrence, Entry]:
        """The occurrence to diagnose, and its entry: the primary, else the next outer code that has one."""
        named = text.strip()
        if recognition.primary is None and _CODE_ONLY.fullmatch(named) and (entry := self.book.entry(named)):
            return Occurrence(id="", code=entry.code, chain=(entry.code,)), entry
        if recognition.primary is None and (entry := self._only_mentioned(recognition)):
            return Occurrence(
                id="", code=entry.code, correlation_id=recognition.correlation_id, trace_id=recognition.trace_id,
                at=recognition.timestamp, chain=(entry.code,),
            ), entry  # fmt: skip
        if recognition.primary is None:
            raise self._guessed(recognition.candidates[:3])
        for occurrence in (recognition.primary, *reversed(recognition.occurrences)):
            if entry := self.book.entry(occurrence.code):
                return occurrence, entry
        code = recognition.primary.code
        raise UsageError(
            f"{code} was recognised, and the book has no entry for it yet.",
            do=f"What is known of it: faultbook show {code}",
        )

    def _guessed(self, guesses: Sequence[str]) -> UsageError:
        """What to say of a text without a code: by its wording alone nothing is diagnosed."""
        written = next((code for code in guesses if self.book.entry(code)), None)
        do = "Give the whole message, with its code and ids."
        if written:
            do = f"If it is, say so: faultbook diagnose {written} …"
        elif guesses:
            do = f"What is known of it: faultbook show {guesses[0]}. {do}"
        return UsageError(
            "No known error was recognised in this text.",
            why=f"By its wording it may be {', '.join(guesses)}." if guesses else "",
            do=do,
        )

    def _only_mentioned(self, recognition: Recognition) -> Entry | None:
        """The entry of the one code that a text names in passing: who asks for a diagnosis means that one."""
        entries = [entry for code in recognition.mentions if (entry := self.book.entry(code))]
        return entries[0] if len(entries) == 1 else None

    def _facts(
        self, gathered: Gathered, occurrence: Occurrence, text: str, user: str | None, at: dt.datetime | None
    ) -> tuple[Facts, Subject]:
        """All facts, and the subject as far as error text and evidence settle it."""
        ids = [one for one in (occurrence.correlation_id, occurrence.trace_id, occurrence.request_id) if one]
        facts = list(gathered.facts_for(occurrence.code, about_user=user, ids=ids))
        if not _CODE_ONLY.fullmatch(text.strip()):  # a bare code is no message: what it does not say means nothing
            facts.append(Fact(kind="occurrence.text", value={"text": text}, by="the error text", grant="none"))
        return Facts(facts), subject_of(Facts(facts), occurrence, text, user, at)


def decode(raw: bytes) -> str:
    """Text from a file of unknown encoding: by its byte order mark, else UTF-8, else Windows-1252."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if raw.startswith(mark):
            return raw.decode(encoding, "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")
