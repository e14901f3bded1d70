"""A page as it is served: bytes, what they are, and how a browser may keep them."""

import gzip
import hashlib
from typing import Final

from msgspec import Struct

HTML: Final = "text/html; charset=utf-8"
_PACKED: Final = ("text/", "application/json", "application/xml", "application/atom+xml", "image/svg+xml")
_SMALLEST: Final = 512
"""Below that a packed answer is no smaller."""


class Page(Struct, frozen=True, kw_only=True):
    """One answer. ``etag`` is strong and of ``body``; ``gzip`` is the same body packed, None where that saves nothing.

    ``location`` is where a page with status 301 sends its reader; its body says the same for those who do not follow.
    """

    path: str
    status: int = 200
    type: str = HTML
    body: bytes
    gzip: bytes | None = None
    etag: str
    language: str = ""
    location: str = ""


def page(
    path: str, body: bytes, *, type_: str = HTML, status: int = 200, language: str = "", location: str = ""
) -> Page:
    """A page with its tag and its packed form."""
    packed = gzip.compress(body, 9, mtime=0) if type_.startswith(_PACKED) and len(body) >= _SMALLEST else None
    return Page(
        path=path,
        status=status,
        type=type_,
        body=body,
        gzip=packed if packed and len(packed) < len(body) else None,
        etag=tag(body),
        language=language,
        location=location,
    )


def tag(body: bytes) -> str:
    """A strong entity tag: the same for the same bytes, on every server."""
    return f'"{hashlib.sha256(body).hexdigest()[:24]}"'
