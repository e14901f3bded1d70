"""B3: every statement says where it comes from."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from faultbook.book.cite import of_vendor
from faultbook.book.files import EntryFile
from faultbook.book.lint.rule import Found, LintContext, of_entry
from faultbook.book.stale import why_stale
from faultbook.model import Entry

_LOCALE = re.compile(r"/[a-z]{2}(-[a-z]{4})?-[a-z]{2}(?=/|$)", re.IGNORECASE)
_TRACKING = re.compile(r"(^|&)(utm_\w+|wt\.mc_id|ocid|gclid|fbclid|msclkid|cid|ref|source|trk)=", re.IGNORECASE)
_SHORTENED = {"aka.ms", "go.microsoft.com", "bit.ly", "t.co", "tinyurl.com", "lnkd.in", "goo.gl"}


@of_entry("B301", "Every cause cites a source, every citation exists, every source is cited.")
def cited(file: EntryFile, _: LintContext) -> Iterator[Found]:
    """A source that nothing cites supports nothing."""
    ids = {source.id for source in file.entry.sources}
    used: set[str] = set()
    for where, citations in _citations(file.entry):
        used.update(citations)
        if where.startswith("cause") and not citations:
            yield where, "The cause cites no source."
        for id_ in citations:
            if id_ not in ids:
                yield where, f"There is no source {id_}."
    for number, source in enumerate(file.entry.sources, start=1):
        if source.id not in used:
            yield f"source[{number}]", f"Nothing cites the source {source.id}."


@of_entry("B302", "What is called documented cites a vendor's source that somebody has read.")
def documented_by_the_vendor(file: EntryFile, _: LintContext) -> Iterator[Found]:
    """What a community page says is *reported*, what follows from a name is *inferred*."""
    vendor = {source.id for source in file.entry.sources if source.kind == "vendor"}
    read = {source.id for source in file.entry.sources if source.checked}
    for number, cause in enumerate(file.entry.causes, start=1):
        if cause.basis != "documented":
            continue
        cited = vendor & set(cause.sources)
        if not cited:
            yield f"cause[{number}].basis", f"The cause {cause.id} is called documented and cites no vendor."
        elif not cited & read:
            yield (
                f"cause[{number}].basis",
                f"The cause {cause.id} is called documented, and nobody has read what it cites.",
            )


@of_entry("B303", "An address is complete, and free of locale and tracking.")
def clean_addresses(file: EntryFile, _: LintContext) -> Iterator[Found]:
    """A reader gets the page in their own language, and nobody learns that they came from here."""
    for number, source in enumerate(file.entry.sources, start=1):
        if wrong := _wrong_with(source.url):
            yield f"source[{number}].url", f"{source.url}: {wrong}"


@of_entry("B304", "Every source was read within the last twelve months, and has not changed since.", severity="warning")
def read_lately(file: EntryFile, context: LintContext) -> Iterator[Found]:
    """A date in the future was not read either."""
    for number, source in enumerate(file.entry.sources, start=1):
        if source.checked is None:
            continue
        if why := why_stale(source, context.today):
            yield f"source[{number}].checked", f"The source {source.id} is stale: {why}."
        elif source.checked > context.today:
            yield (
                f"source[{number}].checked",
                f"The source {source.id} is said to be read on {source.checked}, which is to come.",
            )


@of_entry("B305", "A source called vendor lies where that vendor publishes.")
def vendors_are_vendors(file: EntryFile, _: LintContext) -> Iterator[Found]:
    """A vendor's forum answers by users are *community*."""
    for number, source in enumerate(file.entry.sources, start=1):
        parts = urlsplit(source.url)
        host = parts.hostname or ""
        forum = "/answers/" in parts.path or host.startswith(("community.", "techcommunity.", "answers."))
        if source.kind == "vendor" and (forum or not of_vendor(source.url)):
            yield f"source[{number}].kind", f"{host}{' is a forum of users' if forum else ' is no vendor'}."


def _citations(entry: Entry) -> Iterator[tuple[str, list[str]]]:
    yield "cites", entry.cites
    yield "retry.sources", entry.retry.sources
    yield from ((f"cause[{number}].sources", cause.sources) for number, cause in enumerate(entry.causes, start=1))
    yield from ((f"fix[{number}].sources", fix.sources) for number, fix in enumerate(entry.fixes, start=1))
    yield from ((f"faq[{number}].sources", question.sources) for number, question in enumerate(entry.faq, start=1))


def _wrong_with(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return "this is no address."
    if parts.scheme != "https" or "." not in host:
        return "an address begins with https:// and a host."
    if host in _SHORTENED:
        return "a shortened address hides where it leads."
    if _LOCALE.match(parts.path):
        return "leave the locale out."
    if _TRACKING.search(parts.query):
        return "leave the tracking out."
    if ":~:" in parts.fragment:
        return "leave the text fragment out."
    return ""
