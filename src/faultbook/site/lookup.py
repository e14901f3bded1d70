"""What the scripts of the page need to search and to recognise in the browser."""

from collections.abc import Iterator, Mapping

from faultbook.book.compile import Sources
from faultbook.site.page import Page


def lookup_files(sources: Sources, paths: Mapping[str, str]) -> Iterator[Page]:
    """The files under ``/data``."""
    del sources, paths
    yield from ()
