"""One object over the compiled book: show, search, scan, diagnose, check, collect."""

import codecs
import datetime as dt
import io
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from faultbook import __version__, atomic
from faultbook.app import listing
from faultbook.app.answers import (
    AboutBook,
    Answer,
    Codes,
    Diagnosed,
    Listed,
    Listing,
    Printed,
    Recognised,
    Scanned,
    Verified,
)
from faultbook.app.scanning import Scanner
from faultbook.app.subject import subject_of, without_people
from faultbook.book import page
from faultbook.book.layout import markdown, terminal
from faultbook.book.overlaid import open_overlaid
from faultbook.book.reader import Book, Hit
from faultbook.book.retired import Retired
from faultbook.book.stale import MONTHS, stale_parts
from faultbook.diagnose import plan, verdict
from faultbook.diagnose.diagnosis import Diagnosis
from faultbook.diagnose.verification import Verification
from faultbook.errors import NotRecognised, UsageError
from faultbook.evidence import Fact, Facts, Occurrence, Subject
from faultbook.model import Entry
from faultbook.probes import all_probes
from faultbook.recognise import Recogniser, Recognition, annotate, describe_unknown, lines_of, prepared
from faultbook.site import Site
from faultbook.sources import FileReport
from faultbook.sources.evidence import USUAL, Gathered, Limits, Step, gather, quietly

if TYPE_CHECKING:
    from faultbook.site.export import Exported

_CODE_ONLY = re.compile(r"[\w:.=-]{3,80}")
_STATED = re.compile(r"[A-Z]\w{1,30}:[A-Z]\w{2,60}(?=:\s)")
"""A name of ours in front of a message that prints no code, by which somebody says which error it is."""


class Faultbook:
    """The use cases over one compiled book."""

    def __init__(
        self,
        book: Path | None = None,
        overlay: Path | None = None,
        *,
        stale_months: int = MONTHS,
        today: dt.date | None = None,
        base: str = "",
    ) -> None:
        """Open ``book`` (a compiled file or its folder), else that of the installation; ``overlay`` is a site's own folder over it.

        A source that was last read ``stale_months`` before ``today`` bears nothing alone any more. ``base`` is the public address of the pages.
        """
        self.path = book
        self.book: Book = open_overlaid(book, overlay)
        self._folder = book if book is None or book.is_dir() else book.parent
        self._overlay, self._base = overlay, base
        self._stale_months = stale_months
        self._today = today or dt.datetime.now(dt.UTC).date()

    @cached_property
    def site(self) -> Site:
        """The pages for the web; with an overlay they are made anew, because every list may be another."""
        if self._overlay is None:
            return Site.open(self._folder, self._base)
        from faultbook.site.build import site_of

        return Site(site_of(self.book), self._base)

    def export_site(self, out: Path) -> "Exported":
        """Write every page into the folder ``out``, to be served by any web server."""
        from faultbook.site.export import export

        return export(self.site, out)

    @cached_property
    def recogniser(self) -> Recogniser:
        """Built on first use, since a page needs none."""
        return prepared.recogniser(self.book)

    def answer(self, code: str) -> Answer:
        """The entry of a code, or an honest answer where there is none."""
        entry = self.book.entry(code)
        known = self.book.known_code(code)
        retired = self.book.retired(code)
        if entry is not None:
            stale = tuple(stale_parts(entry, self._today, self._stale_months))
            return Answer(code=entry.code, entry=entry, known=known, retired=retired, stale=stale)
        unlisted = None if retired else describe_unknown(code, self.book.known())
        return Answer(code=known.code if known else code, known=known, unlisted=unlisted, retired=retired)

    def page(self, code: str, *, colour: bool) -> str:
        """The page of a code in the terminal."""
        answer = self.answer(code)
        notice = terminal(page.retired_blocks(answer.retired), colour=colour) if answer.retired else ""
        if answer.entry is not None:
            write = page.ansi if colour else page.plain
            return f"{notice}\n" * bool(notice) + write(answer.entry, self.book.words, self._questions, answer.stale)
        if notice:
            return notice
        return "".join(f"{sentence}\n" for sentence in answer.unlisted.said) if answer.unlisted else ""

    def markdown(self, entry: Entry, retired: Retired | None = None) -> str:
        """The page of an entry as Markdown, under the notice of a retired code whose place it took."""
        stale = stale_parts(entry, self._today, self._stale_months)
        notice = f"{markdown(page.retired_blocks(retired))}\n" if retired else ""
        return notice + page.as_markdown(entry, self.book.words, self._questions, stale)

    def search(self, words: str, limit: int = 10) -> list[Hit]:
        """Full-text search."""
        return self.book.search(words, limit)

    def listing(self, *, limit: int = 50, after: str = "", **only: str) -> Listing:
        """The entries that match every filter (``product``, ``category``, ``severity``, ``who``, ``depth``), a page of them at a time.

        ``after`` is the ``next`` of the page before. Raises UsageError where no entry has that code, or a filter's word is none of the book's.
        """
        return listing.page_of(self._listed, self.book.words, limit=limit, after=after, only=only)

    @cached_property
    def _listed(self) -> tuple[Listed, ...]:
        """Every entry in short: a service is asked for pages of them again and again."""
        return tuple(map(Listed.of, self.book.entries()))

    def codes(self, *, limit: int = 50, after: str = "", family: str = "") -> Codes:
        """The published codes, of one family where it is named, a page of them at a time. Raises UsageError as ``listing`` does."""
        return listing.codes_of(self.book.known(), limit=limit, after=after, family=family)

    def about(self) -> AboutBook:
        """Versions and sizes."""
        return AboutBook(
            faultbook=__version__,
            book=self.book.version,
            entries=len(self.book.codes()),
            codes=len(self.book.known()),
        )

    def recognise(self, text: str) -> Recognised:
        """Everything recognised in one text, with what each code means."""
        found = self.recogniser.scan(text)
        summaries = {code: self._summary(code) for code in (*found.codes, *found.mentions, *found.candidates)}
        return Recognised.of(found, {code: summary for code, summary in summaries.items() if summary})

    def scanned(self, text: str) -> Scanned:
        """Every occurrence in a text, as ``scan`` finds them."""
        found = self.scan(io.BytesIO(text.encode("utf-8", "surrogatepass")))
        return Scanned(occurrences=[msgspec.convert({**row, "file": "-"}, Printed) for row in found])

    def scan(self, stream: BinaryIO) -> Iterator[dict[str, Any]]:
        """Every occurrence in a stream of any size, with its line and the summary of its entry."""
        for found, gist in Scanner(self.book, self.recogniser).scan(stream):
            row: dict[str, Any] = msgspec.to_builtins(found)
            yield {**row, "summary": gist}

    def annotate(self, stream: BinaryIO, field: str) -> Iterator[dict[str, Any]]:
        """JSON lines in, one recognition a line out."""
        return annotate(self.recogniser, lines_of(stream), field)

    def diagnose(
        self,
        text: str,
        paths: Sequence[Path] = (),
        *,
        user: str | None = None,
        at: dt.datetime | None = None,
        limits: Limits = USUAL,
        step: Step = quietly,
    ) -> Diagnosed:
        """Recognise the error, read the evidence, and judge its causes. What goes beyond ``limits`` is refused with a message in its report.

        ``step`` is told what is being done.
        """
        recognition = self.recogniser.scan(text)
        occurrence, entry = self._entry_of(text, recognition)
        facts, subject, files = self._evidence(occurrence, entry, text, paths, user=user, at=at, limits=limits, step=step)  # fmt: skip
        step(f"Asking the questions of {entry.code}")
        occurrence = without_people(occurrence, facts)
        diagnosis = verdict.diagnose(
            occurrence, entry, facts, all_probes(), words=self.book.words, subject=subject, book=self.book.version
        )
        return Diagnosed(
            diagnosis=diagnosis, facts=facts, files=files, entry=entry, subject=subject, recognition=recognition
        )

    def _evidence(
        self, occurrence: Occurrence, entry: Entry | None, text: str, paths: Sequence[Path], *, user: str | None,
        at: dt.datetime | None, limits: Limits, step: Step,
    ) -> tuple[Facts, Subject, tuple[FileReport, ...]]:  # fmt: skip
        """The facts of the files, whom they concern, and a report on each; ``Connected`` asks live systems what the entry needs, too."""
        del entry
        with gather(paths, limits=limits, step=step) as gathered:
            step("Counting sign-ins")
            return *self._facts(gathered, occurrence, text, user, at), gathered.reports

    def verify(
        self,
        diagnosis: Diagnosis,
        paths: Sequence[Path],
        *,
        user: str | None = None,
        since: dt.datetime | None = None,
        limits: Limits = USUAL,
        step: Step = quietly,
    ) -> Verified:
        """Ask the failed questions of a diagnosis again, of newer evidence. ``since`` is when the fix was made, where that is known."""
        from faultbook.diagnose.verify import verify

        entry = self.book.entry(diagnosis.error.code)
        if entry is None:
            raise UsageError(
                f"The book has no entry for {diagnosis.error.code}.",
                why="The diagnosis was made with another book.",
                do="Use the Faultbook that made it.",
            )
        facts, files = self._again(diagnosis, entry, paths, user or diagnosis.about.user, limits=limits, step=step)
        step("Asking again")
        found = verify(diagnosis, entry, facts, all_probes(), user=user, since=since, book=self.book.version)
        return Verified(verification=found, files=files)

    def _again(
        self, diagnosis: Diagnosis, entry: Entry, paths: Sequence[Path], who: str | None, *, limits: Limits, step: Step
    ) -> tuple[Facts, tuple[FileReport, ...]]:  # fmt: skip
        """Newer facts about what a diagnosis concerned; ``Connected`` asks live systems too."""
        del diagnosis
        with gather(paths, limits=limits, step=step) as gathered:
            step("Counting sign-ins")
            return gathered.facts_for(entry.code, about_user=who), gathered.reports

    def diagnosis_text(self, found: Diagnosed, *, colour: bool, width: int) -> str:
        """The diagnosis for a terminal of that width; 0 for a file, where the first lines are not cut."""
        from faultbook.diagnose import terminal as written

        return written.terminal(found.diagnosis, colour=colour, width=width)

    def verification_text(self, verification: Verification, *, colour: bool, width: int) -> str:
        """The verification for a terminal of that width; 0 for a file."""
        from faultbook.diagnose.terminal import verified

        return verified(verification, colour=colour, width=width)

    def diagnosis_markdown(self, found: Diagnosed) -> str:
        """The diagnosis as Markdown."""
        from faultbook.diagnose import markdown as written

        return written.markdown(found.diagnosis)

    def diagnosis_json(self, found: Diagnosed) -> Diagnosis:
        """The diagnosis as data."""
        return found.diagnosis

    def shared(self, found: Diagnosed) -> Diagnosis:
        """The diagnosis as others may see it: people, hosts and organisations as pseudonyms, secrets out."""
        from faultbook.diagnose.share import shareable
        from faultbook.redact import Redactor

        return shareable(found.diagnosis, found.facts, Redactor.of(found.facts))[0]

    def write_html(self, found: Diagnosed, out: Path) -> None:
        """The diagnosis as one page without outside parts."""
        from faultbook.diagnose import html

        atomic.write(out, html.page(found.diagnosis, found.files).encode(), "page")

    def write_case(self, found: Diagnosed, out: Path) -> None:
        """The support case."""
        from faultbook.diagnose import case

        case.write_case(found.diagnosis, found.facts, out)

    def check(self, paths: Sequence[Path], *, limits: Limits = USUAL) -> tuple[FileReport, ...]:
        """What each file was recognised as."""
        with gather(paths, limits=limits) as gathered:
            return gathered.reports

    def collect(self, paths: Sequence[Path], out: Path, text: str | None, *, names: bool = False) -> int:
        """Seal the facts of files into a bundle without secrets and, but with ``names``, people; answers how many. ``text`` is a code or message."""
        from faultbook.redact import Redactor, SecretsOnly
        from faultbook.sources.bundle import write_bundle

        with gather(paths) as gathered:
            facts = gathered.facts_for(self._code_in(text))
            files = gathered.reports
        write_bundle(facts, out, redactor=SecretsOnly() if names else Redactor.of(facts), files=files)
        return len(facts)

    def _code_in(self, text: str | None) -> str:
        """The code that a text is about; a bare code is itself."""
        named = (text or "").strip()
        bare = not named or _CODE_ONLY.fullmatch(named)
        return named if bare else self._entry_of(named, self.recogniser.scan(named))[0].code

    def permissions_text(self, openings: Sequence[plan.Opening], *, colour: bool) -> str:
        """Grants and files for the terminal."""
        from faultbook.diagnose.terminal import openings as written

        return written(openings, colour=colour)

    def permissions(self, code: str) -> tuple[plan.Opening, ...]:
        """Which single grant, role or file settles which causes of a code."""
        entry = self.book.entry(code)
        if entry is None:
            raise UsageError(f"There is no entry for {code}.", do=f"Look what is known of it: faultbook show {code}")
        return plan.permissions(entry, all_probes(), self.book.words.chances)

    def _summary(self, code: str) -> str:
        """What a code means in one sentence, or its published name."""
        if (entry := self.book.entry(code)) is not None:
            return entry.summary
        known = self.book.known_code(code)
        return (known.note or known.name) if known else ""

    @cached_property
    def _questions(self) -> dict[str, str]:
        return {id_: probe.question for id_, probe in all_probes().items()}

    def _entry_of(self, text: str, recognition: Recognition) -> tuple[Occurrence, Entry]:
        """The occurrence to diagnose, and its entry: the primary, else the next outer code that has one."""
        if recognition.primary is None:
            return self._meant(text.strip(), recognition)
        for occurrence in (recognition.primary, *reversed(recognition.occurrences)):
            if entry := self.book.entry(occurrence.code):
                return occurrence, entry
        code = recognition.primary.code
        unlisted = describe_unknown(code, self.book.known(), recognition.primary.oauth_error)
        raise NotRecognised(
            f"{code} was recognised ({unlisted.status}), so there are no causes to judge.",
            why="\n".join(unlisted.said),
            do=f"\nWhat is known of it: faultbook show {code}",
        )

    def _meant(self, named: str, recognition: Recognition) -> tuple[Occurrence, Entry]:
        """The same for a text that prints no code: what stands for one alone, in front of a message, or is mentioned alone."""
        stated = _CODE_ONLY.fullmatch(named) or _STATED.match(named)
        entry = (stated and self.book.entry(stated[0])) or self._only_mentioned(recognition)
        if entry is None:
            raise self._guessed(recognition)
        return Occurrence(
            id="", code=entry.code, correlation_id=recognition.correlation_id, trace_id=recognition.trace_id,
            at=recognition.timestamp, chain=(entry.code,),
        ), entry  # fmt: skip

    def _guessed(self, recognition: Recognition) -> NotRecognised:
        """What to say of a text without a code: by a guess alone nothing is diagnosed."""
        guesses, told = recognition.candidates[:3], list(recognition.candidates[:3])
        written = next(((code, entry) for code in guesses if (entry := self.book.entry(code))), None)
        do = "Give the whole message, with its code and ids."
        if written:
            code, entry = written
            told[told.index(code)] += f" ({entry.summary.removesuffix('.')})"
            stated = f"'{code}: the message'" if _STATED.match(f"{code}: ") else f"{code} …"
            step = f"say so: faultbook diagnose {stated}" if entry.causes else f"read on: faultbook show {code}"
            do = f"If it is, {step}"
        elif guesses:
            do = f"What is known of it: faultbook show {guesses[0]}. {do}"
        why = f"By its {recognition.guessed_by} it may be {', '.join(told)}." if guesses else ""
        return NotRecognised("No known error was recognised in this text.", why=why, do=do)

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
    """Text of unknown encoding: by its byte order mark, else UTF-8 (perhaps cut inside its last letter), else Windows-1252."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if raw.startswith(mark):
            return raw.decode(encoding, "replace")
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(raw)
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")
