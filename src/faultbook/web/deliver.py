"""Pages as answers: the head of each is made once, then only bytes are chosen."""

from typing import Final

from starlette.responses import Response

from faultbook.site.page import Page

_FRESH: Final = b"public, max-age=300, stale-while-revalidate=3600"
_FRESH_TO_ONE: Final = b"private, no-cache"
_NOT_KEPT: Final = b"no-store"
_PACKED_FOR: Final = frozenset({b"gzip", b"x-gzip", b"*"})
_MOST_TAGS: Final = 100

Head = list[tuple[bytes, bytes]]


class Prepared:
    """The heads and bodies of one page: as it is, packed, and for somebody who has it already.

    ``public`` is whether anybody may have the page, so that caches between us and the reader may keep it. Nothing but Accept-Encoding
    decides what is sent, so nothing but that is in Vary, and no cache can be made to keep a page for another reader.
    """

    __slots__ = (
        "body",
        "head",
        "packed",
        "packed_head",
        "packed_tag",
        "status",
        "tag",
        "unchanged_head",
        "unchanged_packed_head",
    )

    def __init__(self, page: Page, common: Head, *, public: bool) -> None:
        kept = page.status in {200, 301, 308}
        cache = (_FRESH if public else _FRESH_TO_ONE) if kept else _NOT_KEPT
        head: Head = [(b"content-type", page.type.encode()), (b"cache-control", cache)]
        if page.language:
            head.append((b"content-language", page.language.encode()))
        if page.location:
            head.append((b"location", page.location.encode()))
        if page.gzip is not None:
            head.append((b"vary", b"accept-encoding" if public else b"accept-encoding, cookie"))
        elif not public:
            head.append((b"vary", b"cookie"))
        head += common
        self.status = page.status
        self.body = page.body
        self.packed = page.gzip
        self.tag = page.etag.encode() if page.status == 200 else b""
        # A strong tag names bytes: the packed ones are others, so they have another.
        self.packed_tag = self.tag[:-1] + b'-gzip"' if self.tag else b""
        tagged = [(b"etag", self.tag)] if self.tag else []
        packed_tagged = [(b"etag", self.packed_tag)] if self.tag else []
        self.unchanged_head = [*head[1:], *tagged]
        self.unchanged_packed_head = [*head[1:], *packed_tagged]
        self.head = [(b"content-length", str(len(self.body)).encode()), *head, *tagged]
        self.packed_head = [
            (b"content-length", str(len(self.packed or b"")).encode()),
            (b"content-encoding", b"gzip"),
            *head,
            *packed_tagged,
        ]

    def choose(self, headers: list[tuple[bytes, bytes]]) -> tuple[int, Head, bytes]:
        """Status, head and body for a request with these headers."""
        packed = False
        known: bytes | None = None
        for name, value in headers:
            if name == b"accept-encoding" and self.packed is not None:
                packed = packed or takes_gzip(value)
            elif name == b"if-none-match":
                known = value if known is None else known + b"," + value
        tag = self.packed_tag if packed else self.tag
        if known is not None and tag and matches(known, tag):
            return 304, self.unchanged_packed_head if packed else self.unchanged_head, b""
        if packed and self.packed is not None:
            return self.status, self.packed_head, self.packed
        return self.status, self.head, self.body


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
