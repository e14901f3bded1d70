"""Pages as answers: the head of each is made once, then only bytes are chosen."""

from http import HTTPStatus
from typing import Final

from starlette.responses import Response

from faultbook.site.page import Page

_FRESH: Final = b"public, max-age=300, stale-while-revalidate=3600"
_FRESH_TO_ONE: Final = b"private, no-cache"
_NOT_KEPT: Final = b"no-store"
_PACKED_FOR: Final = frozenset({b"gzip", b"x-gzip", b"*"})
_MOST_TAGS: Final = 100

Head = list[tuple[bytes, bytes]]


class Sent:
    """One way to send a page: status, headers, body, and the same head as bytes of HTTP/1.1, which lacks the date and the empty line."""

    __slots__ = ("body", "head", "raw", "status")

    def __init__(self, status: int, head: Head, body: bytes) -> None:
        self.status = status
        self.head = head
        self.body = body
        lines = (
            b"HTTP/1.1 %d %s" % (status, HTTPStatus(status).phrase.encode()),
            *(b": ".join(one) for one in head),
            b"",
        )
        self.raw = b"\r\n".join(lines)


class Prepared:
    """A page as it is, packed, and for somebody who has it already.

    ``public`` is whether anybody may have the page, so that caches between us and the reader may keep it. Nothing but Accept-Encoding
    decides what is sent, so nothing but that is in Vary, and no cache can be made to keep a page for another reader.
    """

    __slots__ = ("_packed", "_packed_tag", "_plain", "_tag", "_unchanged", "_unchanged_packed")

    def __init__(self, page: Page, common: Head, *, public: bool) -> None:
        # A strong tag names bytes: the packed ones are others, so they have another.
        self._tag = page.etag.encode() if page.status == 200 else b""
        self._packed_tag = self._tag[:-1] + b'-gzip"' if self._tag else b""
        entity: Head = [(b"content-type", page.type.encode())]
        if page.language:
            entity.append((b"content-language", page.language.encode()))
        shared = _shared(page, public=public) + common
        tagged, packed_tagged = ([(b"etag", tag)] if tag else [] for tag in (self._tag, self._packed_tag))
        self._plain = Sent(page.status, [_length(page.body), *entity, *tagged, *shared], page.body)
        self._unchanged = Sent(304, [*tagged, *shared], b"")
        self._unchanged_packed = Sent(304, [*packed_tagged, *shared], b"")
        self._packed = None
        if page.gzip is not None:
            head = [_length(page.gzip), (b"content-encoding", b"gzip"), *entity, *packed_tagged, *shared]
            self._packed = Sent(page.status, head, page.gzip)

    def choose(self, headers: list[tuple[bytes, bytes]]) -> Sent:
        """What to send to a request with these headers."""
        packed = False
        known: bytes | None = None
        for name, value in headers:
            if name == b"accept-encoding":
                packed = packed or (self._packed is not None and takes_gzip(value))
            elif name == b"if-none-match":
                known = value if known is None else known + b"," + value
        tag = self._packed_tag if packed else self._tag
        if known is not None and tag and matches(known, tag):
            return self._unchanged_packed if packed else self._unchanged
        return self._packed if packed and self._packed is not None else self._plain


def _shared(page: Page, *, public: bool) -> Head:
    """How a page may be kept, and where it leads."""
    kept = page.status in {200, 301, 308}
    head: Head = [(b"cache-control", (_FRESH if public else _FRESH_TO_ONE) if kept else _NOT_KEPT)]
    if page.location:
        head.append((b"location", page.location.encode()))
    vary = ([b"accept-encoding"] if page.gzip is not None else []) + ([] if public else [b"cookie"])
    return [*head, (b"vary", b", ".join(vary))] if vary else head


def _length(body: bytes) -> tuple[bytes, bytes]:
    return b"content-length", str(len(body)).encode()


def takes_gzip(accepted: bytes) -> bool:
    """Whether a header Accept-Encoding allows gzip (RFC 9110, 12.5.3)."""
    if accepted in {b"gzip, deflate, br, zstd", b"gzip, deflate, br", b"gzip, deflate", b"gzip"}:
        return True
    chosen: dict[bytes, bool] = {}
    for one in accepted.lower().split(b","):
        coding, _, weight = one.partition(b";")
        zero = weight.replace(b" ", b"").startswith(b"q=0") and not weight.strip(b" q=0.")
        chosen[coding.strip()] = not zero
    return chosen.get(b"gzip", chosen.get(b"x-gzip", chosen.get(b"*", False)))


def matches(known: bytes, tag: bytes) -> bool:
    """Whether a header If-None-Match names a tag; compared weakly, as RFC 9110 asks for this header."""
    return known.strip() == b"*" or any(one.strip().removeprefix(b"W/") == tag for one in known.split(b",", _MOST_TAGS))


def page_response(page: Page) -> Response:
    """A page made for one request, kept by nobody."""
    return Response(page.body, page.status, media_type=page.type, headers={"cache-control": "no-store"})
