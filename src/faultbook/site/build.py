"""Every page of the reference, rendered when the book is compiled."""

from collections import Counter
from collections.abc import Iterable, Iterator

from faultbook.book.compile import Sources, answered, beside, spellings
from faultbook.book.layout import bare
from faultbook.book.reader import Book
from faultbook.errors import BookError
from faultbook.probes import all_probes
from faultbook.site import lists
from faultbook.site.assets import assets
from faultbook.site.entry import Shelf, entry_page
from faultbook.site.feeds import feeds
from faultbook.site.lookup import lookup_files
from faultbook.site.markup import Writer
from faultbook.site.page import Page
from faultbook.site.paths import entry_path
from faultbook.site.published import Published
from faultbook.site.render import rendered
from faultbook.site.store import FILE, moved, pack

FIXED = {
    "/about": (
        "about.html",
        "How this works",
        "Three answers, where each statement comes from, and what the words for how likely mean.",
    ),
    "/diagnose": (
        "diagnose.html",
        "Which cause is true here",
        "Give exported files; get the causes ranked by evidence.",
    ),
    "/search": ("search.html", "Search", "A code, words, or a pasted error of any form."),
    "/404": ("missing.html", "There is no such page", ""),
}
"""Pages that say the same whatever the book holds: template, title, description."""


def site_files(sources: Sources) -> dict[str, bytes]:
    """The compiled file of all pages, by its name."""
    return {FILE: site_bytes(sources)}


def site_of(book: Book) -> bytes:
    """The same from a book that is open already: one with an overlay, whose entries no compiled file has."""
    questions = {id_: probe.question for id_, probe in all_probes().items()}
    return site_bytes(
        Sources(
            words=book.words,
            entries=tuple(book.entries()),
            known=tuple(book.known()),
            fragments=tuple(book.wording()),
            retired=tuple(book.all_retired()),
            questions=questions,
            version=book.version,
        )
    )


def site_bytes(sources: Sources) -> bytes:
    """All pages in one file; a BookError where two want one address."""
    made = list(pages(sources))
    often = Counter(one.path.casefold() for one in made)
    if twice := sorted(path for path, count in often.items() if count > 1):
        why = "Some file systems do not tell upper from lower case."
        raise BookError(
            f"Two pages want one address: {', '.join(twice)}.", why=why, do="Write them apart in site/paths.py."
        )
    return pack(sources.version, made, _spellings(sources))


def pages(sources: Sources) -> Iterator[Page]:
    """Every page, redirect and file of the reference."""
    entries, words = sources.entries, sources.words
    own, answers = {entry.code for entry in entries}, answered(entries, sources.known)
    unwritten = [one for one in sources.known if one.code not in answers]
    paths = {code: entry_path(answers.get(code, code)) for code in [*answers, *(one.code for one in unwritten)]}
    summaries = {entry.code: bare(entry.summary) for entry in entries}
    shelf = Shelf(words, all_probes(), sources.questions, Writer(paths, own), paths, summaries)
    published = Published(sources.known, paths, beside(sources.known))
    yield from (entry_page(entry, shelf) for entry in entries)
    yield from (published.page(one) for one in unwritten)
    made = lists.groups(entries, words)
    printed = lists.published_groups(sources.known, paths, {code: summaries[entry] for code, entry in answers.items()})
    yield lists.front(entries, made, len(sources.known))
    yield lists.browse(made, printed)
    yield lists.changes(entries)
    yield from lists.list_pages(made)
    yield from lists.published_pages(printed)
    for path, (template, title, description) in FIXED.items():
        robots = "noindex" if path in {"/404", "/search"} else ""
        values = {"title": title, "description": description, "robots": robots, "here": path.strip("/"), "words": words}
        yield rendered(template, path, values, status=404 if path == "/404" else 200)
    yield from _redirects(sources, paths, answers)
    yield from lookup_files(sources)
    yield from assets().values()
    yield from feeds(sources, paths)


def _redirects(sources: Sources, taken: dict[str, str], answers: dict[str, str]) -> Iterable[Page]:
    """Pages for codes and spellings that another entry answers, and for retired codes: each leads to the page that answers for it, or says that none does."""
    places = set(taken.values())
    now = {**answers, **{one.code: one.now for one in sources.retired if one.now in taken}}
    for old, new in now.items():
        if (path := entry_path(old)) not in places:
            places.add(path)
            yield moved(path, taken[new])
    for one in sources.retired:
        if (path := entry_path(one.code)) not in places:
            values = {"title": f"{one.code}: retired", "description": one.reason, "retired": one}
            yield rendered("retired.html", path, values, status=410)


def _spellings(sources: Sources) -> dict[str, str]:
    """The page of every spelling that means one code only."""
    meant: dict[str, list[str]] = {}
    for key, code in spellings(sources.entries, sources.known):
        meant.setdefault(key, []).append(code)
    return {key: entry_path(codes[0]) for key, codes in meant.items() if len(codes) == 1}
