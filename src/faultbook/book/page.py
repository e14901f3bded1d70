"""An entry as a page: what to know at three in the morning first, then everything else."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from faultbook.book.known import FAMILY_NAMES, MESSAGE, Known
from faultbook.book.layout import Block, Heading, Item, Lead, Line, Prose, Sub, Title, markdown, terminal
from faultbook.book.retired import Retired
from faultbook.book.stale import Stale
from faultbook.book.words import Words
from faultbook.model import Cause, Entry, Fix, How, Related, Retry, Source, Stops, Test, Transient, Verify

STOPS: Final[dict[Stops, str]] = {
    "a-step": "a single step fails and the work goes on",
    "a-person": "one person stands still",
    "a-job": "a job stands still",
    "many": "many people stand still",
    "everyone": "everyone stands still",
}
PASSES: Final[dict[Transient, str]] = {
    "yes": "it passes by itself",
    "may": "it may pass by itself",
    "no": "it does not pass by itself",
    "unknown": "nothing published says whether it passes by itself",
}
WAIT: Final[dict[Transient, str]] = {"yes": "Yes", "may": "Perhaps", "no": "No", "unknown": "Not known"}
HOW: Final[dict[How, str]] = {
    "more-specific": "says more exactly what this one says",
    "more-general": "is the more general case",
    "mistaken-for": "is easily mistaken for this one",
    "same-cause": "has the same cause",
    "comes-before": "comes before this one",
    "comes-after": "comes after this one",
    "wraps": "wraps this one",
    "wrapped-by": "stands inside this one",
}
KIND: Final = {"vendor": "vendor", "community": "community", "field": "from the field", "own": "our own reading"}


def plain(entry: Entry, words: Words, questions: Mapping[str, str], stale: Sequence[Stale] = ()) -> str:
    """The page for a terminal without colour, or a file. ``questions`` are those of the probes, by id; ``stale`` what rests on old sources."""
    return terminal(blocks(entry, words, questions, stale), colour=False)


def ansi(entry: Entry, words: Words, questions: Mapping[str, str], stale: Sequence[Stale] = ()) -> str:
    """The page for a terminal with colour."""
    return terminal(blocks(entry, words, questions, stale), colour=True)


def as_markdown(entry: Entry, words: Words, questions: Mapping[str, str], stale: Sequence[Stale] = ()) -> str:
    """The page as Markdown."""
    return markdown(blocks(entry, words, questions, stale))


def blocks(entry: Entry, words: Words, questions: Mapping[str, str], stale: Sequence[Stale] = ()) -> list[Block]:
    """The page in shapes."""
    return [
        *_head(entry, words),
        *_about(entry, words),
        *_stale(stale),
        Heading("Meaning", _aside(entry, "meaning", _cited(entry, entry.cites))),
        Prose(entry.meaning),
        Heading("Wait or retry", _aside(entry, "retry", _cited(entry, entry.retry.sources))),
        Prose(f"{advice(entry.retry)} {entry.retry.why}"),
        *_causes(entry, questions),
        *_fixes(entry, words, questions),
        *_questions(entry),
        *_not_known(entry),
        *_related(entry.related),
        *_sources(entry),
    ]


_ONE_LINE: Final = 91


def _also(others: list[str], room: int) -> str:
    """Who can act besides: all of them, else the first, else how many, as the line has room."""
    if not others:
        return ""
    counted = [*others[:1], _others(len(others) - 1)] if len(others) > 1 else [_others(1)]
    ways = (listed(others, "or"), f"{listed(counted, 'or')}, see below", f"{_others(len(others))}, see below")
    return next((said for way in ways if len(said := f"; or else {way}") <= room), f"; or else {ways[-1]}")


def _others(count: int) -> str:
    return "another" if count == 1 else f"{count} others"


def _head(entry: Entry, words: Words) -> Iterator[Block]:
    first, *others = [words.who.get(who, who) for who in entry.who_fixes] or ["not known: no source says who can act"]
    also = _also(others, _ONE_LINE - len(first))
    yield Title(entry.code, entry.name, f"severity {entry.severity}", entry.severity)
    yield Lead(_own(entry, "summary", entry.summary))
    yield Line("Whose", f"{capital(first)}{also}.")
    yield Line("Wait?", f"{WAIT[entry.transient]}. {advice(entry.retry)}")
    yield Line("First", _own(entry, "first_step", entry.first_step))


DEPTH: Final = {
    "full": "Full entry",
    "brief": "Brief entry: who can act and what to do first, not every cause",
    "known": "All that is published is the code",
}


def _about(entry: Entry, words: Words) -> Iterator[Block]:
    yield Heading("About this entry")
    yield Prose(f"Severity {entry.severity}: {STOPS[entry.stops]}, and {PASSES[entry.transient]}.")
    seen = listed([words.surfaces.get(surface, surface) for surface in entry.surfaces], "and")
    where = f" Seen in: {seen}." if seen else ""
    yield Item(
        "-",
        f"{words.products.get(entry.product, entry.product)}, {words.categories.get(entry.category, entry.category)}.{where}",
    )
    if len(entry.who_fixes) > 1:
        yield Item("-", f"Who can act: {listed([words.who.get(who, who) for who in entry.who_fixes], 'and')}.")
    if entry.aliases:
        yield Item("-", f"Also printed as {listed(entry.aliases, 'or')}.")
    depth = DEPTH["known" if entry.known_only else entry.depth]
    by = f" by {listed(entry.review.by, 'and')}" if entry.review.by else ""
    yield from _overlaid(entry)
    yield Item("-", f"{depth}; {entry.status}, last read against its sources on {entry.review.date}{by}.")


def _causes(entry: Entry, questions: Mapping[str, str]) -> Iterator[Block]:
    if not entry.causes:
        return
    yield Heading("Causes", "share of 100 sightings, a reviewed guess  ? a yes speaks for it  -> what ends it")
    titles = {fix.id: fix.title for fix in entry.fixes}
    for cause in sorted(entry.causes, key=lambda cause: -cause.share):
        yield from _cause(entry, cause, titles, questions)
    rest = 100 - sum(cause.share for cause in entry.causes)
    yield Sub(str(rest), "Something else")


def _cause(entry: Entry, cause: Cause, titles: Mapping[str, str], questions: Mapping[str, str]) -> Iterator[Block]:
    cited = f"{cause.basis} {_cited(entry, cause.sources)}".strip()
    yield Sub(str(cause.share), cause.title, _aside(entry, f"cause[{cause.id}]", cited))
    yield Prose(cause.detail, 1)
    for test in sorted(cause.tests, key=lambda test: ORDER[test.yes]):
        yield Item("?", question_of(test, questions), 1, f"({test.yes.replace('-', ' ')} yes)")
    if cause.untested:
        yield Item("?", f"Cannot be tested: {cause.untested}", 1)
    for fix in cause.fixes:
        yield Item("->", titles.get(fix, fix), 1)
    if cause.no_fix:
        yield Item("->", f"No fix: {cause.no_fix}", 1)


ORDER: Final = {"always": 0, "usually": 1, "often": 2, "sometimes": 3, "rarely": 4, "hardly-ever": 5}


def question_of(test: Test | Verify, questions: Mapping[str, str]) -> str:
    """A test in words, with what it is bound to."""
    return asked(questions.get(test.probe, f"`{test.probe}`"), test.params)


def asked(question: str, params: Mapping[str, object]) -> str:
    """A question with what its parameters bind behind it, so that two uses of one probe can be told apart."""
    bound = "; ".join(
        listed([str(one) for one in value] if isinstance(value, list) else [str(value)], "or")
        for value in params.values()
    )
    return f"{question} ({bound})" if bound else question


def _fixes(entry: Entry, words: Words, questions: Mapping[str, str]) -> Iterator[Block]:
    if entry.fixes:
        yield Heading("Fixes")
    for number, fix in enumerate(entry.fixes, start=1):
        cited = f"risk {fix.risk} {_cited(entry, fix.sources)}".strip()
        yield Sub(str(number), fix.title, _aside(entry, f"fix[{fix.id}]", cited))
        yield Prose(f"*For {words.who.get(fix.who, fix.who)}.*", 1)
        for step, text in enumerate(fix.steps, start=1):
            yield Item(f"{step}.", text, 1)
        yield from _around(fix, questions)


def _around(fix: Fix, questions: Mapping[str, str]) -> Iterator[Block]:
    if fix.changes:
        yield Item("-", f"**Changes:** {fix.changes}", 1)
    if fix.undo:
        yield Item("-", f"**Undo:** {fix.undo}", 1)
    if fix.verify:
        watch = f", watched for {span(fix.verify.watch)}" if fix.verify.watch else ""
        yield Item(
            "-",
            f"**Proof:** {question_of(fix.verify, questions)} The answer must turn to *{fix.verify.turns}*{watch}.",
            1,
        )


def _questions(entry: Entry) -> Iterator[Block]:
    if entry.faq:
        yield Heading("Questions")
    for number, question in enumerate(entry.faq, start=1):
        yield Sub("?", question.q, _aside(entry, f"faq[{number}]", _cited(entry, question.sources)))
        yield Prose(question.a, 1)


def _not_known(entry: Entry) -> Iterator[Block]:
    if entry.not_known:
        yield Heading("Not known")
    for text in entry.not_known:
        yield Item("-", text)


def _related(related: Sequence[Related]) -> Iterator[Block]:
    if related:
        yield Heading("Related")
    for other in related:
        note = f": {other.note}" if other.note else "."
        yield Item("-", f"**{other.code}** {HOW[other.how]}{note}")


def _sources(entry: Entry) -> Iterator[Block]:
    if entry.sources:
        yield Heading("Sources")
    for number, source in enumerate(entry.sources, start=1):
        yield Item(f"{number}.", f"{source.says} *{capital(KIND[source.kind])}, {read_when(source)}.* {source.url}")


def read_when(source: Source) -> str:
    """When somebody read a source for the entry."""
    read = f"read {source.checked}" if source.checked else "not read for this entry"
    return f"{read}, changed on {source.changed}" if source.changed else read


def _cited(entry: Entry, ids: Sequence[str]) -> str:
    places = {source.id: number for number, source in enumerate(entry.sources, start=1)}
    numbers = sorted(places[one] for one in ids if one in places)
    return f"[{', '.join(str(number) for number in numbers)}]" if numbers else ""


def _stale(stale: Sequence[Stale]) -> Iterator[Block]:
    """What rests on sources that are old or have changed: read them again before building on it."""
    if stale:
        yield Heading("Stale", "what rests on sources that nobody has read lately, or that have changed since")
    for one in stale:
        yield Item("!", f"{capital(one.title)}: {listed(list(dict.fromkeys(one.why)), 'and')}.")


def retired_blocks(one: Retired) -> list[Block]:
    """What stands over the page of the code that took a retired one's place, or alone."""
    follows = f" What follows is {one.now}, which says it today." if one.now else " Nothing took its place."
    return [Title(one.code, "", "retired code", "faint"), Lead(f"Retired on {one.date}: {one.reason}{follows}")]


def _own(entry: Entry, part: str, text: str) -> str:
    """A text with the name of the overlay that set it, if one did."""
    name = entry.origin_of(part)
    return f"{text} [{name}]" if name else text


def _aside(entry: Entry, part: str, aside: str) -> str:
    name = entry.origin_of(part)
    return f"{aside}  {name}".strip() if name else aside


def _overlaid(entry: Entry) -> Iterator[Block]:
    return (Item("-", sentence) for sentence in overlaid_said(entry))


def overlaid_said(entry: Entry) -> Iterator[str]:
    """Which parts of the page are a site's own."""
    for name in dict.fromkeys(entry.overlaid.values()):
        parts = [path for path, whose in entry.overlaid.items() if whose == name]
        what = "This entry" if parts == ["entry"] else f"Here {listed([f'`{part}`' for part in parts], 'and')}"
        yield f"{what} {'is' if len(parts) == 1 else 'are'} of **{name}**, not of the book."


def advice(retry: Retry) -> str:
    """Whether to try again, as an imperative."""
    after = f" after {span(retry.wait)}" if retry.wait else ""
    most = f", at most {_times(retry.most)}" if retry.most else ""
    match retry.advice:
        case "wait-then-retry":
            return f"Wait {span(retry.wait)}, then try again{most}." if retry.wait else f"Wait, then try again{most}."
        case "retry-once":
            return f"Try once more{after}, then stop."
        case "do-not-retry":
            return "Do not try again."
        case "fix-first":
            return f"Repair first, then try again{after}{most}."


def span(minutes: int) -> str:
    """Minutes in the largest unit that fits."""
    for size, name in ((1440, "day"), (60, "hour")):
        if minutes >= size and minutes % size == 0:
            return f"{minutes // size} {name}{'' if minutes == size else 's'}"
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def listed(words: Sequence[str], last: str) -> str:
    """Words in a row, with ``last`` before the last of them."""
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)


def capital(text: str) -> str:
    """With a capital first letter, unless it begins with a name that is written small."""
    return text if text.startswith("dbt") else text[:1].upper() + text[1:]


def known_blocks(known: Known, near: Sequence[str] = ()) -> list[Block]:
    """The few lines for a code that is published but has no entry yet; they say just that."""
    family = FAMILY_NAMES.get(known.family, known.family)
    about = [f"OAuth class {known.oauth_error}"] if known.oauth_error else []
    lead = f"A published code of {family}{f': {known.note}' if known.note else ''}. {'' if known.name else 'It has no published name.'}"
    if known.family == MESSAGE:
        lead = f"No code, but our name for a message that prints none: {known.note}."
    lines: list[Block] = [
        Title(
            known.code, known.name, f"known {'message' if known.family == MESSAGE else 'code'}, no entry yet", "faint"
        ),
        Lead(lead),
        Line("Whose", "Not known: the book holds no causes for this code yet."),
        Line("Wait?", f"{capital(PASSES[known.transient])}."),
        Line("First", "Keep the whole message with its ids and time; look at the codes that stand beside it."),
    ]
    if known.kind != "error":
        lines[2] = Line(
            "Whose",
            "Nobody's: the code reports something normal."
            if known.kind == "info"
            else "Not known: the code is a warning.",
        )
    if about or near:
        lines.append(
            Line("Also", "; ".join([*about, *([f"published beside it: {listed(near, 'and')}"] if near else [])]) + ".")
        )
    if known.source:
        lines.append(Line("Source", f"{known.source}."))
    return lines
