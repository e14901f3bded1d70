"""Text in, occurrences out."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, BinaryIO

from msgspec import Struct

from faultbook.book.known import Known
from faultbook.book.wording import Fragment
from faultbook.evidence.occurrence import Occurrence
from faultbook.model import Entry
from faultbook.recognise import numbers
from faultbook.recognise.families import FAMILIES, Family, Hit, Names
from faultbook.recognise.fields import Mark, Marks, marks
from faultbook.recognise.finder import Finder
from faultbook.recognise.guesses import GuessedBy, Guesses
from faultbook.recognise.mentions import is_error
from faultbook.recognise.occurred import occurrence
from faultbook.recognise.recipe import Recipe, Wrapping, has_shape, recipe, wrapping
from faultbook.recognise.records import BREAK
from faultbook.recognise.spelled import Spelled, names_of, spellings
from faultbook.recognise.triggers import Trigger, triggers
from faultbook.recognise.unwrap import Plain, unwrap

if TYPE_CHECKING:
    from faultbook.recognise.stream import Located

_OAUTH = re.compile(
    r"(?<![a-z_])(invalid_(?:grant|client|request|scope|resource|target|instance|token)|interaction_required|consent_required|login_required|access_denied"
    r"|unauthorized_client|unsupported_(?:grant_type|response_type)|temporarily_unavailable|server_error|authorization_pending|expired_token)(?![a-z_])"
)
_SUBERROR = re.compile(r"""sub_?error["']{0,2}\s{0,3}[:=]>?\s{0,3}u?["']?([a-z_]{4,40})""", re.IGNORECASE)
_OUTER, _INNER = {"dbt": 0, "data-factory:ADF": 0, "power-bi": 1}, 2
_ENVELOPES = {"0x80040e4e", "ADSync:6941"}
"""What OLE DB prints for each table that was given up because another one failed, and the event that names another error."""
_EXCERPT, _LONGEST_NAME = 600, 160
_LONGEST_CHAIN = 12  # more codes than that in one message are a list, not envelopes in one another


class Recognition(Struct, frozen=True, kw_only=True):
    """What stands in one text.

    ``codes`` are errors that happened, in order; ``primary`` the one of them that says most; ``mentions`` codes that the text only names;
    ``candidates`` ranked guesses for a text without a code, or with none but envelopes, and ``guessed_by`` how they were come by. Ids and time are
    those of the primary, or of the text where there is none.
    """

    occurrences: tuple[Occurrence, ...] = ()
    primary: Occurrence | None = None
    codes: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    guessed_by: GuessedBy = ""
    correlation_id: str | None = None
    trace_id: str | None = None
    timestamp: str | None = None


class Prepared(Struct, frozen=True):
    """What a recogniser works out of the book and the published codes before it reads anything.

    ``engine`` is the packed search engine, if there is one; ``told`` is what the wording tells and ``index`` the text index, both packed, which only a
    text without a code unpacks.
    """

    names: Names
    spelled: dict[str, str]
    triggers: tuple[Trigger, ...]
    engine: bytes
    told: bytes
    index: bytes


class Recogniser:
    """Built once from the book and the published codes; pure and safe to share. With what was ``prepared`` from both, they are read for wording only."""

    def __init__(
        self,
        entries: Iterable[Entry] = (),
        known: Iterable[Known] = (),
        wording: Iterable[Fragment] = (),
        *,
        prepared: Prepared | None = None,
    ) -> None:
        if prepared is None:
            entries, known = tuple(entries), tuple(known)
        self._guesses = Guesses(entries, known, wording, (prepared.told, prepared.index) if prepared else None)
        self._prepared = prepared
        self._names = prepared.names if prepared else names_of(known, entries)
        self._spelled = Spelled(prepared.spelled if prepared else spellings(known, entries, self._names))
        self._choices: dict[frozenset[str], tuple[Family, ...]] = {}

    @cached_property
    def finder(self) -> Finder:
        """The search engine for large texts, built when the first one comes."""
        if self._prepared is not None:
            return Finder(self._prepared.triggers, packed=self._prepared.engine)
        return Finder(triggers(self._names, self._spelled.codes))

    def prepared(self) -> Prepared:
        """What it takes to read streams, to be kept in a file."""
        return Prepared(
            self._names, self._spelled.codes, self.finder.expressions, self.finder.packed(), *self._guesses.kept
        )

    def scan_stream(self, stream: BinaryIO, *, lines: bool = True) -> Iterator["Located"]:
        """Everything recognised in a stream of any size; see ``stream.scan_stream``."""
        from faultbook.recognise.stream import scan_stream  # it needs this class

        return scan_stream(self, stream, lines=lines)

    def occurrences(self, text: str, families: frozenset[str]) -> tuple[list[Occurrence], Recipe | None]:
        """Only the occurrences, only of codes of these families, and the recipe for texts of the same shape: what a stream asks of a place it has found."""
        plain = unwrap(text)
        found = marks(plain.text)
        errors, _ = self._sorted_out(plain.text, found, families)
        messages = list(_messages(plain.text, errors, found))
        reports = [_report(plain, message, found) for message in messages]
        made = _distinct(one for report in reports for one in report.occurrences())
        wrapped = wrapping(text, plain) if plain.text != text and has_shape(text) else None
        if len(reports) == 1 and (plain.text == text or wrapped):
            return made, reports[0].recipe(found, self._names, wrapped)
        return made, None

    def follow(self, recipe: Recipe, text: str) -> list[Occurrence] | None:
        """The occurrences of a text for whose shape there is a recipe."""
        return recipe.follow(text, self._names)

    @staticmethod
    def of_row(plain: Plain, hit: Hit, cells: dict[str, str]) -> Occurrence:
        """The failure in a row of a sign-in table."""

        def cell(*names: str) -> str | None:
            return next((cells[name] for name in names if name in cells), None)

        return occurrence(
            hit.code,
            span=(plain.at(hit.start), plain.at(hit.end)),
            chain=(hit.code,),
            at=cell("date (utc)", "timegenerated", "timegenerated [utc]", "createddatetime", "time", "date"),
            correlation_id=cell("correlation id", "correlationid"),
            trace_id=cell("request id", "originalrequestid", "id"),
            app=cell("application", "appdisplayname"),
            text=cell("failure reason", "resultdescription", "status_failurereason") or "",
        )

    def scan(self, text: str) -> Recognition:
        """Everything recognised in one text."""
        plain = unwrap(text)
        found = marks(plain.text)
        errors, mentions = self._sorted_out(plain.text, found, None)
        rows = list(numbers.rows(plain.text))
        if not errors and not rows:
            candidates, how = ((), "") if mentions else self._guesses.of(plain.text)
            return _without_code(found, mentions, candidates, how, len(plain.text))
        messages = list(_messages(plain.text, errors, found))
        occurrences = [one for message in messages for one in _report(plain, message, found).occurrences()]
        occurrences += (self.of_row(plain, hit, row.cells) for hit, row in rows)
        occurrences = _distinct(occurrences)
        codes = dict.fromkeys(one.code for one in occurrences)
        primary = _primary(occurrences, messages)
        candidates = self._guesses.by_wording(plain.text) if _only_envelopes(messages, rows) else ()
        return Recognition(
            occurrences=tuple(occurrences),
            primary=primary,
            codes=tuple(codes),
            mentions=tuple(code for code in dict.fromkeys(mentions) if code not in codes),
            candidates=candidates,
            guessed_by="wording" if candidates else "",
            correlation_id=primary.correlation_id,
            trace_id=primary.trace_id,
            timestamp=primary.at,
        )

    def _sorted_out(self, text: str, found: Marks, families: frozenset[str] | None) -> tuple[list[Hit], list[str]]:
        """The hits that are errors, by place, and the codes that are only mentioned."""
        errors: list[Hit] = []
        mentions: list[str] = []
        for hit in _without_overlaps(self.hits(text, families)):
            if is_error(hit, text, footed=found.footed(hit.start, hit.end)):
                errors.append(hit)
            else:
                mentions.append(hit.code)
        return errors, mentions

    def hits(self, text: str, families: frozenset[str] | None = None) -> Iterator[Hit]:
        """Every printed code, errors and mentions alike; ``text`` is plain."""
        lower = text.lower()
        for family in FAMILIES if families is None else self._chosen(families):
            for anchor in family.anchors:
                if anchor in lower:
                    break
            else:
                continue
            for found in family.pattern.finditer(text):
                hit = family.read(found, self._names)
                if hit is not None:
                    yield hit
        if families is None or "by-name" in families:
            yield from self._spelled.hits(text)
        if families is None and len(text) <= _LONGEST_NAME:
            yield from self._only_the_code(text)
        if (families is None or "numbers" in families) and any(anchor in lower for anchor in numbers.ANCHORS):
            yield from numbers.hits(text, self._names.known)

    def _only_the_code(self, text: str) -> Iterator[Hit]:
        """A text that is nothing but a published code."""
        code = text.strip("\"'`*_.[] \n")
        if code in self._names.known and code not in self._names.normal and ("_" in code or ":" in code or "=" in code):
            start = text.index(code)
            yield Hit(code, "by-name", start, start + len(code), "field", 20)

    def _chosen(self, families: frozenset[str]) -> tuple[Family, ...]:
        chosen = self._choices.get(families)
        if chosen is None:
            chosen = self._choices[families] = tuple(one for one in FAMILIES if one.name in families)
        return chosen


def _without_overlaps(hits: Iterable[Hit]) -> list[Hit]:
    """Hits by place; where two stand in one another, the heavier one."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.weight, -hit.end)):
        if kept and hit.start < kept[-1].end:
            if hit.weight > kept[-1].weight:
                kept[-1] = hit
            continue
        kept.append(hit)
    return kept


class Message(Struct, frozen=True):
    """The hits of one printed error and the stretch of text that belongs to it."""

    hits: tuple[Hit, ...]
    low: int
    high: int


def _messages(text: str, errors: list[Hit], found: Marks) -> Iterator[Message]:
    """Hits belong together until a new record of a log, or an error with ids of its own, begins between them."""
    cuts: list[int] = []
    groups: list[list[Hit]] = []
    end = 0
    for hit in errors:
        cut = 0 if not groups else _cut(text, end, hit, found)
        if cut is not None:
            groups.append([])
            cuts.append(cut)
        groups[-1].append(hit)
        end = hit.end
    for at, group in enumerate(groups):
        yield Message(tuple(group), cuts[at], cuts[at + 1] if at + 1 < len(cuts) else len(text))


def _cut(text: str, end: int, hit: Hit, found: Marks) -> int | None:
    """Where the message of ``hit`` begins, if it is another one than that of the hit which ended at ``end``."""
    cut = None
    for broken in BREAK.finditer(text, end, hit.start):
        cut = broken.start()
    if cut is None and found.changed(end, hit.start):
        return hit.start
    return cut


class Report(Struct, frozen=True):
    """What one message says: its codes from the outermost to the innermost with their excerpts, and the marks that belong to it."""

    plain: Plain
    hits: tuple[tuple[Hit, tuple[int, int]], ...]
    echoes: tuple[Hit, ...]
    whole: bool
    at: Mark | None
    correlation: Mark | None
    trace: Mark | None
    oauth_error: str | None
    suberror: str | None

    def occurrences(self) -> Iterator[Occurrence]:
        """One occurrence for each code; all of them share ids, time and chain."""
        chain = tuple(hit.code for hit, _ in self.hits)
        for hit, excerpt in self.hits:
            begin = self.plain.at(hit.start)
            yield occurrence(
                hit.code,
                span=(begin, max(begin, self.plain.at(hit.end))),
                chain=chain if len(chain) <= _LONGEST_CHAIN else (hit.code,),
                at=self.at.value if self.at else None,
                correlation_id=self.correlation.value if self.correlation else None,
                trace_id=self.trace.value if self.trace else None,
                oauth_error=self.oauth_error,
                suberror=self.suberror,
                text=self.plain.text[excerpt[0] : excerpt[1]].strip(),
            )

    def recipe(self, found: Marks, names: Names, wrapped: Wrapping | None) -> Recipe | None:
        """How to read another text of this shape."""
        if len(self.hits) > _LONGEST_CHAIN or not self.whole:
            return None
        kept = (self.at, self.correlation, self.trace)
        oauth = (self.oauth_error, self.suberror)
        return recipe(self.plain, self.hits, self.echoes, kept, found, names, oauth, wrapped)


def _report(plain: Plain, message: Message, found: Marks) -> Report:
    head = _heaviest(message.hits)
    around = plain.text[max(message.low, message.hits[0].start - 400) : min(message.high, head.end + 1600)]
    oauth = _OAUTH.search(around) if "_" in around else None
    suberror = _SUBERROR.search(around) if oauth else None
    at, correlation, trace = (
        found.near(kind, head.start, message.low, message.high) for kind in ("time", "correlation", "trace")
    )
    hits = _without_classes(message.hits)
    firsts: dict[str, Hit] = {}
    for hit in hits:
        firsts.setdefault(hit.code, hit)
    chain = sorted(firsts.values(), key=lambda hit: (_depth(hit), hit.start))
    return Report(
        plain,
        tuple((hit, _excerpt(plain.text, hit.start, message.high)) for hit in chain),
        tuple(hit for hit in hits if hit is not firsts[hit.code]),
        hits == message.hits,
        at,
        correlation,
        trace,
        oauth[1] if oauth else None,
        suberror[1] if suberror else None,
    )


def _without_classes(hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
    """Without the numbers that Windows' broker has for the classes of OAuth, where the sign-in service says itself which error it was."""
    if not any(hit.family == "entra" for hit in hits):
        return hits
    return tuple(hit for hit in hits if not (hit.family == "broker" and hit.code.startswith("0xcaa2")))


def _depth(hit: Hit) -> int:
    """Codes go from the outermost to the innermost; an envelope whose number is printed behind its contents goes first all the same."""
    return _OUTER.get("data-factory:ADF" if hit.code.startswith("ADF:") else hit.family, _INNER)


def _only_envelopes(messages: list[Message], rows: Sequence[object]) -> bool:
    """Whether every code only says through what an error came, so that the wording has to say which error it was."""
    hits = (hit for message in messages for hit in message.hits)
    return not rows and all(_depth(hit) < _INNER or hit.code in _ENVELOPES for hit in hits)


def _heaviest(hits: tuple[Hit, ...]) -> Hit:
    """The hit that says most: the heaviest, and of equals the last, because messages are wrapped from the left."""
    return max(enumerate(hits), key=lambda item: (item[1].weight, item[0]))[1]


def _excerpt(text: str, start: int, high: int) -> tuple[int, int]:
    begin = max(text.rfind("\n", max(start - 200, 0), start) + 1, start - 200, 0)
    return begin, min(high, begin + _EXCERPT)


def _distinct(occurrences: Iterable[Occurrence]) -> list[Occurrence]:
    """Without what is printed twice: the same code with the same ids."""
    seen: set[tuple[str, str | None, str | None]] = set()
    kept: list[Occurrence] = []
    for one in occurrences:
        key = (one.code, one.correlation_id, one.trace_id)
        if key in seen and (one.correlation_id or one.trace_id):
            continue
        seen.add(key)
        kept.append(one)
    return kept


def _primary(occurrences: list[Occurrence], messages: list[Message]) -> Occurrence:
    """The heaviest code of all messages; of equally heavy messages the first."""
    if not messages:
        return occurrences[0]
    heads = [_heaviest(message.hits) for message in messages]
    best = max(heads, key=lambda hit: hit.weight)
    return next(one for one in occurrences if one.code == best.code)


def _without_code(
    found: Marks, mentions: list[str], candidates: tuple[str, ...], guessed_by: GuessedBy, length: int
) -> Recognition:
    def value(kind: str) -> str | None:
        mark = found.near(kind, 0, 0, length)
        return mark.value if mark else None

    return Recognition(
        mentions=tuple(dict.fromkeys(mentions)),
        candidates=candidates,
        guessed_by=guessed_by,
        correlation_id=value("correlation"),
        trace_id=value("trace"),
        timestamp=value("time"),
    )
