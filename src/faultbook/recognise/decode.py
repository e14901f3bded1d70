"""Bytes of any encoding, packed or not, as one stream of UTF-8 bytes."""

import codecs
import io
import zlib
from typing import BinaryIO

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, ""),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LOOK = 4096
_PIECE = 1 << 20
_GZIP = 31
"""What zlib calls a gzip header with a window of any size."""


class Transcoded(io.RawIOBase):
    """Text of another encoding, read as UTF-8; damaged places become replacement characters."""

    def __init__(self, stream: BinaryIO, first: bytes, encoding: str) -> None:
        super().__init__()
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        self._ready = self._decoder.decode(first).encode("utf-8", "replace")
        self._ended = False

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # the writable buffers that are really passed
        """As much as is ready, at least one byte before the end."""
        while not self._ready and not self._ended:
            piece = self._stream.read(_PIECE)
            self._ended = not piece
            self._ready = self._decoder.decode(piece, final=self._ended).encode("utf-8", "replace")
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count


class Unpacked(io.RawIOBase):
    """A gzip stream of one or many members, read as what is in it; where it breaks off or is damaged, it ends."""

    def __init__(self, stream: io.RawIOBase) -> None:
        super().__init__()
        self._stream = stream
        self._member = zlib.decompressobj(_GZIP)
        self._packed = b""

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # the writable buffers that are really passed
        """No more than asked for, however well it was packed."""
        while True:
            if not self._packed:
                self._packed = self._stream.read(_PIECE) or b""
                if not self._packed:
                    return 0
            try:
                data = self._member.decompress(self._packed, len(buffer))
            except zlib.error:
                return 0
            self._packed = self._member.unconsumed_tail
            if self._member.eof:
                self._packed = self._member.unused_data
                self._member = zlib.decompressobj(_GZIP)
            if data:
                buffer[: len(data)] = data
                return len(data)


class Prefixed(io.RawIOBase):
    """A stream from which the first bytes have already been taken."""

    def __init__(self, first: bytes, stream: BinaryIO) -> None:
        super().__init__()
        self._first = first
        self._stream = stream
        self._into = getattr(stream, "readinto", None)

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # the writable buffers that are really passed
        """The first bytes, then the stream."""
        if self._first:
            count = min(len(buffer), len(self._first))
            buffer[:count] = self._first[:count]
            self._first = self._first[count:]
            return count
        if self._into is not None:
            return self._into(buffer) or 0
        piece = self._stream.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


def decoded(stream: BinaryIO) -> io.RawIOBase:
    """The stream as UTF-8 bytes: gzip is unpacked, a byte order mark dropped, UTF-16 and UTF-32 transcoded; anything else is passed on as it is."""
    first = _take(stream)
    if first[:2] == b"\x1f\x8b":
        return decoded(io.BufferedReader(Unpacked(Prefixed(first, stream)), _PIECE))
    for mark, encoding in _MARKS:
        if first.startswith(mark):
            rest = first[len(mark) :]
            return Transcoded(stream, rest, encoding) if encoding else Prefixed(rest, stream)
    encoding = _by_zeros(first)
    return Transcoded(stream, first, encoding) if encoding else Prefixed(first, stream)


def _take(stream: BinaryIO) -> bytes:
    """The first bytes, however few the stream gives at a time."""
    taken = b""
    while len(taken) < _LOOK:
        piece = stream.read(_LOOK - len(taken))
        if not piece:
            break
        taken += piece
    return taken


def _by_zeros(first: bytes) -> str:
    """UTF-16 without a mark has a zero in every second place of Latin text."""
    even, odd = first[::2].count(0), first[1::2].count(0)
    if len(first) < 4 or max(even, odd) * 3 < len(first) // 2 or min(even, odd) * 8 > max(even, odd):
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"
