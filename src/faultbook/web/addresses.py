"""Who is at the other end, and under which name the service was asked: nothing that a stranger can write is believed."""

import ipaddress
from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct
from starlette.types import Scope

from faultbook.settings import Settings
from faultbook.settings.checks import is_loopback

Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]

_LOCAL: Final = ("localhost", "127.0.0.1", "[::1]")
_FORWARDING: Final = frozenset({b"x-forwarded-for", b"forwarded", b"x-real-ip", b"via", b"x-forwarded-host"})
_MOST_HOPS: Final = 50


class Peer(Struct, frozen=True, kw_only=True):
    """The other end of a connection: ``address`` is the client's, as far as trusted proxies say so, else that of whoever connected.

    ``direct`` means that no header speaks of a proxy in between; ``trusted`` that a trusted proxy connected.
    """

    address: str
    trusted: bool
    direct: bool


class Addresses:
    """What the settings say of hosts and proxies, ready to be asked for each request."""

    def __init__(self, settings: Settings) -> None:
        self._trusted = networks(settings.serve.trusted_proxies)
        self._metrics = networks(settings.serve.metrics_from)
        self.base_url = settings.serve.base_url.rstrip("/")
        self.hosts = frozenset(_hosts(settings))
        self._asked: dict[bytes, bool] = {}

    def peer(self, scope: Scope) -> Peer:
        """Whom a request is from."""
        connected = (scope.get("client") or ("", 0))[0]
        trusted = within(connected, self._trusted)
        headers = scope["headers"]
        return Peer(
            address=self._forwarded(connected, headers) if trusted else connected,
            trusted=trusted,
            direct=not any(name in _FORWARDING for name, _ in headers),
        )

    def known_host(self, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Whether a request gives exactly one Host, and one of ours."""
        given = [value for name, value in headers if name == b"host"]
        if len(given) != 1:
            return False
        known = self._asked.get(given[0])
        if known is None:
            known = host_of(given[0].decode("latin-1")) in self.hosts
            if known and len(self._asked) < 1000:  # only ports vary
                self._asked[given[0]] = known
        return known

    def may_measure(self, peer: Peer) -> bool:
        """Whether an address may read the metrics. An undeclared proxy on a permitted machine gives itself away by its headers."""
        return (peer.trusted or peer.direct) and within(peer.address, self._metrics)

    def _forwarded(self, connected: str, headers: Iterable[tuple[bytes, bytes]]) -> str:
        """The nearest address that is none of our proxies; what stands left of it was written by strangers."""
        hops = _values(headers, b"x-forwarded-for")[-_MOST_HOPS:]
        nearest = connected
        for hop in reversed(hops):
            address = _address(hop)
            if address is None:
                break
            nearest = address
            if not within(address, self._trusted):
                break
        return nearest


def host_of(host: str) -> str:
    """A Host without its port, in lower case; empty where it is malformed."""
    name, colon, port = host.rpartition(":")
    if not colon or host.endswith("]"):
        name, port = host, ""
    if port and not port.isdigit():
        return ""
    return name.casefold().removesuffix(".")


@lru_cache(maxsize=10_000)
def within(address: str, known: Networks) -> bool:
    """Whether an address lies in one of the networks."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return any(found in network for network in known if network.version == found.version)


def networks(given: Iterable[str]) -> Networks:
    """Addresses and networks as such."""
    return tuple(ipaddress.ip_network(one, strict=False) for one in given)


def _hosts(settings: Settings) -> Iterable[str]:
    serve = settings.serve
    if serve.hosts:
        yield from (host.casefold() for host in serve.hosts)
        return
    if serve.base_url:
        name = urlsplit(serve.base_url).hostname or ""
        yield f"[{name}]" if ":" in name else name
    yield f"[{serve.host}]" if ":" in serve.host else serve.host.casefold()
    if is_loopback(serve.host):
        yield from _LOCAL


def _values(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[str]:
    """The values of a header that may come several times and hold several, in order."""
    joined = b",".join(value for key, value in headers if key == name).decode("latin-1")
    return [part.strip() for part in joined.split(",") if part.strip()]


def _address(hop: str) -> str | None:
    """An address as proxies write it, with or without port and brackets."""
    text = hop.strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def header(scope: Scope, name: bytes) -> str | None:
    """The only value of a header; None where it is missing or stands there twice."""
    found = [value for key, value in scope["headers"] if key == name]
    return found[0].decode("utf-8", "replace") if len(found) == 1 else None
