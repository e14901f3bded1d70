"""All pages of the reference in one file, and the object that hands them out.

The file: a line ``faultbook-site 1 BYTES``; an index of that many bytes (JSON, see ``Index``); a dictionary of what many pages share; the bodies,
each packed against it. Thousands of pages that look alike take little more room than what each says.
"""

import re
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Self
from urllib.parse import unquote, urlsplit

import msgspec
from msgspec import Struct

from faultbook.book.pages import key_of
from faultbook.errors import BookError, UsageError
from faultbook.site.page import HTML, Page, page
from faultbook.site.paths import entry_path

MAGIC: Final = b"faultbook-site 1 "
FILE: Final = "book.site"
_HOME: Final = Path(__file__).parents[1] / "_book" / FILE
_DICTIONARY: Final = 32_000
_ROOTED: Final = re.compile(rb'((?:href|src|action|data-root)="|content="0; url=)/(?!/)')
"""An address in a page of ours. In text from an entry the quotation mark is written as an entity, or behind a backslash, so nothing else matches."""
_CANONICAL: Final = re.compile(rb'(<link rel="canonical" href="|"(?:url|@id)":"|<loc>|template="|<uri>)/(?!/)')

_WHOLE_ADDRESSES: Final = frozenset({"/sitemap.xml"})
"""What means nothing to its readers without a public address, and so is not there without one."""


class Row(Struct, frozen=True, array_like=True):
    """Where one page stands, and what it is."""

    path: str
    type: str
    status: int
    language: str
    location: str
    start: int
    size: int


class Index(Struct, frozen=True):
    """What the file holds. ``spellings`` maps each spelling of a code to its page; ``dictionary`` is the size of the shared part."""

    version: str
    dictionary: int
    rows: list[Row]
    spellings: dict[str, str]


def pack(version: str, pages: Iterable[Page], spellings: dict[str, str]) -> bytes:
    """The bytes of the file, the same for the same pages."""
    pages = sorted(pages, key=lambda one: one.path)
    shared = _shared(pages)
    rows: list[Row] = []
    body = bytearray()
    for one in pages:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=shared)
        packed = packer.compress(one.body) + packer.flush()
        rows.append(Row(one.path, one.type, one.status, one.language, one.location, len(body), len(packed)))
        body += packed
    index = Index(version=version, dictionary=len(shared), rows=rows, spellings=dict(sorted(spellings.items())))
    head = msgspec.json.encode(index)
    return MAGIC + str(len(head)).encode() + b"\n" + head + shared + bytes(body)


def _shared(pages: list[Page]) -> bytes:
    """What pages have in common: the ends of some of them, the commonest kind last, where it is nearest."""
    some = [one.body for one in pages if one.type == HTML and one.status == 200]
    return b"".join(one[:4000] for one in some[:: max(1, len(some) // 8)])[-_DICTIONARY:]


class Site:
    """The pages of one compiled book. ``base`` is the public address under which they stand, for canonical links; it may have a path."""

    def __init__(self, raw: bytes, base: str = "") -> None:
        try:
            first, _, rest = raw.partition(b"\n")
            size = int(first.removeprefix(MAGIC)) if first.startswith(MAGIC) else -1
            index = msgspec.json.decode(rest[: max(size, 0)], type=Index)
        except (ValueError, msgspec.DecodeError) as wrong:
            raise BookError(
                "The compiled pages cannot be read.", why=f"{wrong}.", do="Run: faultbook book build."
            ) from wrong
        self.base = checked_base(base)
        self.version = index.version
        self._rows = {row.path: row for row in index.rows if self.base or row.path not in _WHOLE_ADDRESSES}
        self._spellings = index.spellings
        self._shared = rest[size : size + index.dictionary]
        self._bodies = memoryview(rest)[size + index.dictionary :]
        self._made: dict[str, Page] = {}

    @classmethod
    def open(cls, path: Path | None = None, base: str = "") -> Self:
        """Open a compiled file, that of the installation unless another is named."""
        file = path or _HOME
        file = file / FILE if file.is_dir() else file
        try:
            raw = file.read_bytes()
        except OSError as wrong:
            raise BookError(
                f"There are no compiled pages at {file.name}.",
                why=f"{wrong.strerror}. They are made with the book.",
                do="Run: faultbook book build.",
            ) from wrong
        return cls(raw, base)

    def paths(self) -> tuple[str, ...]:
        """The path of every page, sorted; redirects of retired codes and other spellings among them."""
        return tuple(self._rows)

    def get(self, path: str) -> Page | None:
        """The page at a path, or the way to it where a code is spelt otherwise (status 301); None where there is none."""
        made = self._made.get(path)
        if made is None:
            row = self._rows.get(path)
            if row is None:
                return self._spelt(path)
            made = self._made[path] = self._read(row)
        return made

    def code_path(self, code: str) -> str | None:
        """The path of a code's page however the code is spelt; None where it has none, or no single one."""
        path = entry_path(code)
        return path if path in self._rows else self._spellings.get(key_of(code))

    def _read(self, row: Row) -> Page:
        packed = self._bodies[row.start : row.start + row.size]
        body = zlib.decompressobj(-15, zdict=self._shared).decompress(packed)
        location = row.location
        if self.base:
            body = rebased(row.path, body, self.base)
            location = urlsplit(self.base).path + location if location else ""
        return page(row.path, body, type_=row.type, status=row.status, language=row.language, location=location)

    def _spelt(self, path: str) -> Page | None:
        if not path.startswith("/e/") or len(path) > 400:
            return None
        target = self.code_path(unquote(path[3:]).removesuffix("/"))
        if target is None or target == path:
            return None
        return moved(path, urlsplit(self.base).path + target)


def moved(path: str, target: str) -> Page:
    """A page that sends its reader on, with a link for those whose client does not follow."""
    body = (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Moved</title><meta name="robots" content="noindex">'
        f'<link rel="canonical" href="{target}"><meta http-equiv="refresh" content="0; url={target}"></head>'
        f'<body><p>This page is now at <a href="{target}">{target}</a>.</p></body></html>\n'
    )
    return page(path, body.encode(), status=301, language="en", location=target)


def checked_base(base: str) -> str:
    """A public address without its last slash; UsageError where it is none."""
    base = base.rstrip("/")
    parts = urlsplit(base)
    plain = re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+(?:/[A-Za-z0-9._~/-]*)?", base)
    if base and not (parts.scheme in {"http", "https"} and parts.netloc and plain):
        raise UsageError(
            f"{base} is no public address.", do="Give one like https://errors.contoso.example, with a path if need be."
        )
    return base


def rebased(path: str, body: bytes, base: str) -> bytes:
    """A body whose links stand under the path of ``base``; structured data, feeds and a canonical link name the address in full.

    Without a base there is no canonical link: a relative one would say nothing. Pages that ask not to be indexed have none either.
    """
    if path == "/robots.txt":
        return body + f"Sitemap: {base}/sitemap.xml\n".encode()
    body = _CANONICAL.sub(lambda found: found[1] + base.encode() + b"/", body)
    if body.startswith(b"<!doctype html>") and b'<meta name="robots"' not in body:
        canonical = f'</title>\n<link rel="canonical" href="{base}{path}">'.encode()
        body = body.replace(b"</title>", canonical, 1)
    folder = urlsplit(base).path.encode()
    return _ROOTED.sub(lambda found: found[1] + folder + b"/", body) if folder else body
