"""An entry as its page on the web: at first sight what somebody needs at three in the morning, then each cause beside its tests and its fixes."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from faultbook.book.layout import bare
from faultbook.book.page import (
    DEPTH,
    HOW,
    KIND,
    ORDER,
    PASSES,
    STOPS,
    WAIT,
    advice,
    capital,
    listed,
    overlaid_said,
    question_of,
    read_when,
    span,
)
from faultbook.book.words import Words
from faultbook.diagnose.plan import Way, permissions, way_of
from faultbook.evidence.asks import KINDS
from faultbook.model import Cause, Entry, Fix, Test
from faultbook.probes import Probe
from faultbook.site.markup import Writer
from faultbook.site.page import Page
from faultbook.site.paths import entry_path
from faultbook.site.render import rendered

BASIS = {
    "documented": "the vendor writes it",
    "reported": "people report it",
    "inferred": "we conclude it",
}
RISK = {"none": "no risk", "low": "low risk", "medium": "medium risk", "high": "high risk"}


class Shelf(Struct, frozen=True):
    """What a page of an entry needs besides the entry.

    ``questions`` are those of the probes by id, ``paths`` the pages of codes, ``summaries`` what their entries say in one sentence.
    """

    words: Words
    probes: Mapping[str, Probe]
    questions: Mapping[str, str]
    writer: Writer
    paths: Mapping[str, str]
    summaries: Mapping[str, str]


def entry_page(entry: Entry, shelf: Shelf) -> Page:
    """The whole page."""
    shelf.writer.own = entry.code
    evidence = _evidence(entry, shelf)
    places = {row["way"].kind: number for number, row in enumerate(evidence, start=1)}
    values = {
        "title": f"{entry.code}{f' {entry.name}' if entry.name else ''}",
        "description": bare(entry.summary),
        "structured": structured(entry),
        "entry": entry,
        **_first_sight(entry, shelf),
        "causes": [_cause(entry, cause, shelf, at, places) for at, cause in enumerate(by_share(entry))],
        "rest": 100 - sum(cause.share for cause in entry.causes),
        "evidence": evidence,
        "fixes": {fix.id: _fix(entry, fix, shelf) for fix in entry.fixes},
        "other_fixes": [fix.id for fix in entry.fixes if not any(fix.id in cause.fixes for cause in entry.causes)],
        "questions": [(one, shelf.writer.block(one.a), cited(entry, one.sources)) for one in entry.faq],
        "not_known": [shelf.writer.inline(text) for text in entry.not_known],
        "related": [
            (
                one,
                shelf.paths.get(one.code),
                HOW[one.how],
                shelf.writer.inline(one.note or shelf.summaries.get(one.code, "")),
            )
            for one in entry.related
        ],
        "sources": [(source, capital(KIND[source.kind]), read_when(source)) for source in entry.sources],
    }
    return rendered("entry.html", entry_path(entry.code), values)


def by_share(entry: Entry) -> list[Cause]:
    """The causes, the most frequent first."""
    return sorted(entry.causes, key=lambda cause: -cause.share)


def letter(at: int) -> str:
    """The letter by which a page speaks of one of its causes."""
    return chr(ord("A") + at) if at < 26 else f"A{at}"


def cited(entry: Entry, ids: list[str]) -> list[int]:
    """The numbers of sources in the list of the entry."""
    places = {source.id: number for number, source in enumerate(entry.sources, start=1)}
    return sorted(places[one] for one in ids if one in places)


def _first_sight(entry: Entry, shelf: Shelf) -> dict[str, Any]:
    words, write = shelf.words, shelf.writer
    return {
        "product": words.products.get(entry.product, entry.product),
        "category": words.categories.get(entry.category, entry.category),
        "surfaces": [words.surfaces.get(one, one) for one in entry.surfaces],
        "summary": write.inline(entry.summary),
        "reason": f"{capital(STOPS[entry.stops])}, and {PASSES[entry.transient]}.",
        "passes": WAIT[entry.transient],
        "who": [(one, words.who.get(one, one)) for one in entry.who_fixes],
        "first": write.inline(entry.first_step),
        "advice": advice(entry.retry),
        "advice_why": write.inline(entry.retry.why),
        "advice_cited": cited(entry, entry.retry.sources),
        "meaning": write.block(entry.meaning),
        "meaning_cited": cited(entry, entry.cites),
        "depth": DEPTH["known" if entry.known_only else entry.depth],
        "overlaid": [write.inline(sentence) for sentence in overlaid_said(entry)],
        "reviewers": listed(entry.review.by, "and"),
    }


def _cause(entry: Entry, cause: Cause, shelf: Shelf, at: int, places: Mapping[str, int]) -> dict[str, Any]:
    earlier = {fix for one in by_share(entry)[:at] for fix in one.fixes}
    return {
        "cause": cause,
        "letter": letter(at),
        "basis": BASIS[cause.basis],
        "origin": entry.origin_of(f"cause[{cause.id}]"),
        "cited": cited(entry, cause.sources),
        "detail": shelf.writer.block(cause.detail),
        "tests": [_test(test, shelf, places) for test in sorted(cause.tests, key=lambda test: ORDER[test.yes])],
        "untested": shelf.writer.inline(cause.untested) if cause.untested else "",
        "no_fix": shelf.writer.inline(cause.no_fix) if cause.no_fix else "",
        "fixes": [(fix, fix in earlier) for fix in cause.fixes],
    }


def _test(test: Test, shelf: Shelf, places: Mapping[str, int]) -> dict[str, Any]:
    return {
        "question": shelf.writer.inline(question_of(test, shelf.questions)),
        "yes": test.yes.replace("-", " "),
        "kinds": [(places[kind], KINDS[kind].title) for kind in _needs(test, shelf)],
    }


def _fix(entry: Entry, fix: Fix, shelf: Shelf) -> dict[str, Any]:
    write = shelf.writer
    proof = ""
    if fix.verify:
        asked = Test(probe=fix.verify.probe, yes="always", params=fix.verify.params)
        question = question_of(asked, shelf.questions)
        watch = f", watched for {span(fix.verify.watch)}" if fix.verify.watch else ""
        proof = write.inline(f"{question} The answer must turn to *{fix.verify.turns}*{watch}.")
    return {
        "fix": fix,
        "who": shelf.words.who.get(fix.who, fix.who),
        "risk": RISK[fix.risk],
        "origin": entry.origin_of(f"fix[{fix.id}]"),
        "steps": [write.inline(step) for step in fix.steps],
        "changes": write.inline(fix.changes) if fix.changes else "",
        "undo": write.inline(fix.undo) if fix.undo else "",
        "proof": proof,
        "cited": cited(entry, fix.sources),
    }


def _evidence(entry: Entry, shelf: Shelf) -> list[dict[str, Any]]:
    """What answers the questions, the least privilege first: one row for each kind of fact, with what it can settle."""
    chances = {str(word): chance for word, chance in shelf.words.likelihood.items()}
    letters = {cause.id: letter(at) for at, cause in enumerate(by_share(entry))}
    rows: list[dict[str, Any]] = []
    for opening in permissions(entry, shelf.probes, chances) if entry.causes else ():
        settles = sorted(letters[one.cause] for one in opening.settles)
        rows += [{"way": way, "limits": _limits(way), "settles": settles} for way in opening.ways]
    shown = {row["way"].kind for row in rows}
    asked = {kind for cause in entry.causes for test in cause.tests for kind in _needs(test, shelf)}
    return rows + [{"way": way, "limits": _limits(way), "settles": []} for way in map(way_of, sorted(asked - shown))]


def _needs(test: Test, shelf: Shelf) -> tuple[str, ...]:
    probe = shelf.probes.get(test.probe)
    return tuple(kind for kind in probe.needs if kind in KINDS) if probe else ()


def _limits(way: Way) -> str:
    alone = "a person must sign in, an application alone may not" if way.delegated_only else ""
    return "; ".join(limit for limit in (alone, way.role and f"role {way.role}", way.licence) if limit)


def structured(entry: Entry) -> list[dict[str, Any]]:
    """The entry for machines: an article, and its questions where there are any."""
    path = entry_path(entry.code)
    name = f"{entry.code}: {entry.name}" if entry.name else entry.code
    article = {
        "@context": "https://schema.org",
        "@type": "TechArticle",
        "@id": path,
        "url": path,
        "headline": name[:110],
        "description": bare(entry.summary),
        "inLanguage": "en",
        "dateModified": entry.review.date.isoformat(),
        "author": {"@type": "Organization", "name": "The Faultbook authors"},
        "about": {"@type": "Thing", "name": entry.code, **({"alternateName": entry.aliases} if entry.aliases else {})},
    }
    if not entry.faq:
        return [article]
    asked = [
        {"@type": "Question", "name": bare(one.q), "acceptedAnswer": {"@type": "Answer", "text": bare(one.a)}}
        for one in entry.faq
    ]
    return [article, {"@context": "https://schema.org", "@type": "FAQPage", "mainEntity": asked}]
