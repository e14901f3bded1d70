"""One object over the compiled book: show, search, scan, diagnose, check, collect, score."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec
from msgspec import Struct

from faultbook.app.scanning import Scanner
from faultbook.app.told import told
from faultbook.book import page
from faultbook.book.known import Known
from faultbook.book.reader import Book, Hit, open_book
from faultbook.diagnose import plan, verdict
from faultbook.diagnose.diagnosis import Diagnosis
from faultbook.errors import UsageError
from faultbook.evidence import Fact, Facts, Occurrence, Subject, instant
from faultbook.model import Entry
from faultbook.probes import all_probes
from faultbook.recognise import Recogniser, Recognition, Unknown, annotate, describe_unknown, prepared
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

    def __init__(self, book: Path | None = None) -> None:
        self.book: Book = open_book(book)

    @cached_property
    def recogniser(self) -> Recogniser:
        """Built on first use, since a page needs none."""
        return prepared.recogniser(self.book)

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
        for found, gist in Scanner(self.book, self.recogniser).scan(stream):
            row: dict[str, Any] = msgspec.to_builtins(found)
            yield {**row, "summary": gist}

    def annotate(self, lines: Iterable[bytes], field: str) -> Iterator[dict[str, Any]]:
        """JSON lines in, one recognition a line out."""
        return annotate(self.recogniser, lines, field)

    def diagnose(
        self, text: str, paths: Sequence[Path] = (), *, user: str | None = None, at: dt.datetime | None = None
    ) -> Diagnosed:
        """Recognise the error, read the evidence, and judge its causes."""
        recognition = self.recogniser.scan(text)
        occurrence, entry = self._entry_of(text, recognition)
        with gather(paths) as gathered:
            facts, subject = self._facts(gathered, occurrence, text, user, at)
            files = gathered.reports
        diagnosis = verdict.diagnose(
            occurrence, entry, facts, all_probes(), words=self.book.words, subject=subject, book=self.book.version
        )
        return Diagnosed(
            diagnosis=diagnosis, facts=facts, files=files, entry=entry, subject=subject, recognition=recognition
        )

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
        from faultbook.diagnose import case, html

        case.write_whole(out, html.page(found.diagnosis).encode(), "page")

    def write_case(self, found: Diagnosed, out: Path) -> None:
        """The support case."""
        from faultbook.diagnose import case

        case.write_case(found.diagnosis, found.facts, out)

    def check(self, paths: Sequence[Path]) -> tuple[FileReport, ...]:
        """What each file was recognised as."""
        with gather(paths) as gathered:
            return gathered.reports

    def collect(self, paths: Sequence[Path], out: Path, code: str | None) -> int:
        """Seal the facts of files into a bundle, people and secrets taken out; answers how many facts."""
        from faultbook.redact import Redactor
        from faultbook.sources.bundle import write_bundle

        with gather(paths) as gathered:
            facts = gathered.facts_for(code or "")
            files = gathered.reports
        write_bundle(facts, out, redactor=Redactor.of(facts), files=files)
        return len(facts)

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
            guesses = [code for code in recognition.candidates if self.book.entry(code)]
            raise UsageError(
                "No known error was recognised in this text.",
                why=f"By its wording it may be {', '.join(guesses[:3])}." if guesses else "",
                do=f"If it is, say so: faultbook diagnose {guesses[0]} …"
                if guesses
                else "Give the whole message, with its code and ids.",
            )
        for occurrence in (recognition.primary, *reversed(recognition.occurrences)):
            if entry := self.book.entry(occurrence.code):
                return occurrence, entry
        code = recognition.primary.code
        raise UsageError(
            f"{code} was recognised, and the book has no entry for it yet.",
            do=f"What is known of it: faultbook show {code}",
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


def subject_of(facts: Facts, occurrence: Occurrence, text: str, user: str | None, at: dt.datetime | None) -> Subject:
    """Whom and what a diagnosis is about: what was said, else the attempt with the same ids, else the text, else what all failures share."""
    said = told(text, occurrence)
    history: dict[str, Any] = next((fact.value for fact in facts.all("signins.history")), {})
    failures = history.get("failures", [])
    ids = {one.casefold() for one in (occurrence.correlation_id, occurrence.trace_id, occurrence.request_id) if one}
    mine: dict[str, Any] = next((row for row in failures if ids & _ids(row)), {})
    who = (
        user
        or mine.get("user")
        or said.user
        or _shared(failures, "user")
        or (None if failures else _only_person(facts))
    )
    row = mine or next((row for row in failures if who and row.get("user") == who.casefold()), {})
    moment = (
        at
        or (said.at if said.zoned else None)
        or instant(mine.get("at"))
        or said.at
        or instant(row.get("at"))
        or (instant(failures[-1].get("at")) if failures else None)
    )
    return Subject(
        code=occurrence.code,
        at=moment,
        user=who.casefold() if who else None,
        user_id=row.get("user_id") or said.user_id,
        domain=who.rpartition("@")[2].casefold()
        if who and "@" in who
        else _shared(failures, "domain") or (None if failures else _only_domain(facts)),
        dn=_dn(facts, who),
        app_id=row.get("app_id") or said.app_id,
        resource_id=row.get("resource_id") or said.resource_id,
        correlation_id=occurrence.correlation_id,
        text=text,
    )


def _ids(row: dict[str, Any]) -> set[str]:
    return {str(row.get("id", "")).casefold(), str(row.get("correlation_id", "")).casefold()}


def _shared(failures: list[dict[str, Any]], key: str) -> str | None:
    """What all failing attempts have in common, if they do."""
    values = {row.get(key) for row in failures} - {None, ""}
    return values.pop() if len(values) == 1 else None


def _only_person(facts: Facts) -> str | None:
    """The one person whom the evidence holds, where no sign-in says who failed."""
    rows = [fact.value for fact in facts.all("ad.object")] + [
        row for fact in facts.all("graph.users") for row in fact.value
    ]
    names = {str(row.get("userPrincipalName") or "").casefold() for row in rows if isinstance(row, dict)} - {""}
    return names.pop() if len(names) == 1 else None


def _only_domain(facts: Facts) -> str | None:
    """The one domain that the evidence speaks of, where nothing says who failed; the tenant's initial domain is nobody's."""
    listed = [row for fact in facts.all("graph.domains") for row in fact.value if isinstance(row, dict)]
    names = {str(row.get("id") or "").casefold() for row in listed if not row.get("isInitial")}
    if not listed:
        names = {
            fact.target.casefold()
            for kind in ("graph.federationConfiguration", "federation.realm")
            for fact in facts.all(kind)
        }
    names -= {""}
    return names.pop() if len(names) == 1 else None


def _dn(facts: Facts, user: str | None) -> str | None:
    """The distinguished name of a user, from the directory's own record or from Entra's copy of it."""
    if not user:
        return None
    for fact in facts.all("ad.object"):
        if str(fact.value.get("userPrincipalName", "")).casefold() == user.casefold():
            return str(fact.value["dn"])
    for fact in facts.all("graph.users"):
        for row in fact.value:
            if str(row.get("userPrincipalName", "")).casefold() == user.casefold() and row.get(
                "onPremisesDistinguishedName"
            ):
                return str(row["onPremisesDistinguishedName"])
    return None


def decode(raw: bytes) -> str:
    """Text from a file of unknown encoding: by its byte order mark, else UTF-8, else Windows-1252."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if raw.startswith(mark):
            return raw.decode(encoding, "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")
