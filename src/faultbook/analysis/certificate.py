"""Read from an X.509 certificate what a diagnosis needs: whose it is, from when until when, and its thumbprint.

Nothing is verified: whether to trust a certificate is not asked here, only which one it is and when it ends.
"""

import base64
import binascii
import datetime as dt
import hashlib
import re

from msgspec import Struct

_SEQUENCE, _SET, _OID, _INTEGER, _UTC_TIME, _GENERAL_TIME, _VERSION = 0x30, 0x31, 0x06, 0x02, 0x17, 0x18, 0xA0
_COMMON_NAME = bytes.fromhex("550403")
_TEXT_TAGS = {0x0C: "utf-8", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1E: "utf-16-be"}
_ARMOUR = re.compile(r"-----[A-Z ]+-----|\s+")


class Certificate(Struct, frozen=True):
    """Thumbprint (SHA-1, upper-case hex, as Windows and Entra print it), validity in UTC, and the subject's common name or nothing."""

    thumbprint: str
    not_before: dt.datetime
    not_after: dt.datetime
    subject: str = ""


def read(der: bytes) -> Certificate:
    """The certificate in these DER bytes. Raises ValueError, with what is wrong, where they hold none."""
    outer = _Reader(der)
    tbs = _Reader(_Reader(outer.take(_SEQUENCE, "a certificate")).take(_SEQUENCE, "its content"))
    tbs.skip(_VERSION)
    tbs.take(_INTEGER, "a serial number")
    tbs.take(_SEQUENCE, "a signature algorithm")
    tbs.take(_SEQUENCE, "an issuer")
    validity = _Reader(tbs.take(_SEQUENCE, "a validity"))
    start, end = _time(validity), _time(validity)
    subject = _common_name(tbs.take(_SEQUENCE, "a subject"))
    thumbprint = hashlib.sha1(der[: outer.at], usedforsecurity=False).hexdigest().upper()
    return Certificate(thumbprint, start, end, subject)


def read_text(text: str) -> Certificate:
    """The certificate in base64, with or without PEM armour and line breaks. Raises ValueError where it is none."""
    try:
        der = base64.b64decode(_ARMOUR.sub("", text), validate=True)
    except (binascii.Error, ValueError) as broken:
        raise ValueError("the certificate is not base64") from broken
    return read(der)


class _Reader:
    """Walks the elements of one DER level."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def next(self) -> tuple[int, bytes] | None:
        """Tag and content of the next element, or None at the end."""
        if self.at >= len(self._data):
            return None
        tag, here = self._data[self.at], self.at + 1
        if here >= len(self._data):
            raise ValueError("the certificate is cut off")
        length, here = self._data[here], here + 1
        if length & 0x80:
            octets = length & 0x7F
            if not 1 <= octets <= 4:
                raise ValueError("the certificate is not DER: a length of unknown size")
            length = int.from_bytes(self._data[here : here + octets], "big")
            here += octets
        if here + length > len(self._data):
            raise ValueError("the certificate is cut off")
        self.at = here + length
        return tag, self._data[here : self.at]

    def take(self, tag: int, what: str) -> bytes:
        """Content of the next element, which must have this tag."""
        found = self.next()
        if found is None or found[0] != tag:
            raise ValueError(f"not a certificate: {what} was expected")
        return found[1]

    def skip(self, tag: int) -> None:
        """Pass over the next element if it has this tag."""
        if self.at < len(self._data) and self._data[self.at] == tag:
            self.next()


def _time(reader: _Reader) -> dt.datetime:
    found = reader.next()
    if found is None or found[0] not in (_UTC_TIME, _GENERAL_TIME):
        raise ValueError("not a certificate: a time was expected")
    tag, content = found
    text = content.decode("ascii", "replace")
    if tag == _UTC_TIME:  # two digits of a year: RFC 5280 reads 50 to 99 as the last century
        text = ("19" if text[:2] >= "50" else "20") + text
    try:
        return dt.datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=dt.UTC)
    except ValueError as broken:
        raise ValueError(f"the certificate holds a time that is none: {text!r}") from broken


def _common_name(name: bytes) -> str:
    parts = _Reader(name)
    while (part := parts.next()) is not None:
        if part[0] != _SET:
            continue
        pair = _Reader(_Reader(part[1]).take(_SEQUENCE, "a part of a name"))
        if pair.take(_OID, "the kind of a name") == _COMMON_NAME and (text := pair.next()) is not None:
            return text[1].decode(_TEXT_TAGS.get(text[0], "latin-1"), "replace")
    return ""
