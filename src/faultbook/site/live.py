"""Pages that are made for one request, in the same frame and style as those made with the book. Everything given is escaped."""

from collections.abc import Mapping, Sequence

from faultbook.book.reader import Hit
from faultbook.model import Entry
from faultbook.recognise import Recognition, Unknown
from faultbook.site.page import Page
from faultbook.site.published import unlisted_values
from faultbook.site.render import rendered


def search_page(query: str, hits: Sequence[Hit]) -> Page:
    """The answer to words: entries first, then published codes; says so where there is nothing."""
    values = {"title": f"Search: {query}" if query else "Search", "robots": "noindex", "query": query, "hits": hits}
    return rendered("results.html", "/search", values)


def recognised_page(
    recognition: Recognition, entries: Mapping[str, Entry], names: Mapping[str, str] | None = None
) -> Page:
    """The answer to a pasted text: chain from the outside in, ids and time, mentions, guesses, and the first lines of each entry.

    ``entries`` are those of the codes in question; ``names`` are published names of codes without an entry.
    """
    chain = recognition.primary.chain if recognition.primary else recognition.codes
    rest = [code for code in recognition.codes if code not in chain]
    primary = recognition.primary.code if recognition.primary else ""
    values = {
        "title": f"Recognised: {primary}" if primary else "Nothing recognised for certain",
        "robots": "noindex",
        "found": recognition,
        "primary": primary,
        "chain": [*chain],
        "rest": rest,
        "entries": entries,
        "names": names or {},
    }
    return rendered("recognised.html", "/paste", values)


def unlisted_page(unknown: Unknown, paths: Mapping[str, str] | None = None) -> Page:
    """A code without an entry: what is published of it, or that it is in no list; what stands beside it; its OAuth class."""
    values = {**unlisted_values(unknown, paths or {}), "robots": "noindex"}
    return rendered("published.html", "", values, status=404 if unknown.status == "not a published code" else 200)


def problem_page(status: int, what: str, why: str = "", do: str = "") -> Page:
    """A refusal or a failure in words: what happened, why, and what to do."""
    return rendered(
        "problem.html", "", {"title": what, "robots": "noindex", "what": what, "why": why, "do": do}, status=status
    )
