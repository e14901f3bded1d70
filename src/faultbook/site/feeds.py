"""For machines that follow the reference: a feed of changes, a map of the pages, what robots may do, and the box for browsers."""

from collections.abc import Iterable, Iterator, Mapping

from faultbook.book.compile import Sources
from faultbook.book.layout import bare
from faultbook.model import Entry
from faultbook.site.page import Page, page
from faultbook.site.paths import entry_path
from faultbook.site.render import environment

ATOM = "application/atom+xml; charset=utf-8"
XML = "application/xml; charset=utf-8"
OPENSEARCH = "application/opensearchdescription+xml; charset=utf-8"
PLAIN = "text/plain; charset=utf-8"


def feeds(sources: Sources, paths: Mapping[str, str]) -> Iterator[Page]:
    """The files, each at its well-known address. The map names entries and lists; redirects and the pages of bare codes find themselves."""
    entries = sorted(sources.entries, key=lambda entry: (entry.review.date, entry.code), reverse=True)
    yield _file("/changes.atom", "changes.xml", ATOM, entries=entries, updated=_updated(entries))
    yield _file(
        "/sitemap.xml",
        "sitemap.xml",
        XML,
        entries=entries,
        others=["/", "/browse", "/about", "/changes", "/published"],
        bare=sorted(set(paths.values()) - {entry_path(one.code) for one in entries}),
    )
    yield _file("/opensearch.xml", "opensearch.xml", OPENSEARCH)
    yield page("/robots.txt", b"User-agent: *\nDisallow: /search\nDisallow: /paste\n", type_=PLAIN)


def _updated(entries: Iterable[Entry]) -> str:
    return max((entry.review.date.isoformat() for entry in entries), default="1970-01-01")


def _file(path: str, template: str, type_: str, **values: object) -> Page:
    text = environment().get_template(template).render(**values, plain=bare)
    return page(path, text.encode(), type_=type_)
