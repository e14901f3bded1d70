"""Which addresses may be connected to, held at the moment of connecting: names are looked up once, and the checked address is the one used.

A server that fetches what a visitor named must not be led to its own host, its own network, or a cloud's metadata service: not by a name, not by a
redirect, and not by a name that means something else the second time. On a person's own machine nothing is refused.
"""

import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import anyio
import httpx2
from msgspec import Struct

from faultbook.sources.items import clean
from faultbook.sources.live.failure import Failure

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

_METADATA: Final = tuple(
    ipaddress.ip_network(one)
    for one in ("169.254.169.254/32", "168.63.129.16/32", "100.100.100.200/32", "fd00:ec2::254/128")
)
"""Metadata services of clouds; one of them, Azure's, has an address that looks public."""

_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_PORTS: Final = frozenset({80, 443})


class Guard(Struct, frozen=True, kw_only=True):
    """Refuses everything that is not public, but for the networks ``allowed``; ``ports`` are those that may be connected to, empty for any."""

    allowed: tuple[str, ...] = ()
    ports: frozenset[int] = _PORTS

    def refuses(self, text: str) -> str:
        """Why an address may not be connected to; nothing where it may."""
        address = _meant(ipaddress.ip_address(text.partition("%")[0]))
        if any(
            address in ipaddress.ip_network(one)
            for one in self.allowed
            if ipaddress.ip_network(one).version == address.version
        ):
            return ""
        if any(address in network for network in _METADATA if network.version == address.version):
            return "it belongs to a metadata service"
        if address.is_loopback:
            return "it is this machine"
        if address.is_link_local:
            return "it is link-local"
        if not address.is_global or address.is_multicast or address.is_reserved:
            return "it is not a public address"
        return ""


OPEN: Final = None
"""No guard: what a person on their own machine asks for is connected to."""


def _meant(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one, where there is one: mapped, 6to4, Teredo, NAT64."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address.sixtofour:
            return address.sixtofour
        if address.teredo:
            return address.teredo[1]
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, each once. Raises Failure (not-found) where it has none."""
    try:
        found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Failure(
            "not-found",
            f"The name {clean(host, 120)} was not found in DNS ({getattr(error, 'strerror', None) or error}).",
            code="name",
        ) from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def checked(host: str, port: int, guard: Guard | None, lookup: Resolve = resolve) -> str:
    """One address of the name to connect to. Raises Failure where any of its addresses is refused: a name with two faces is not trusted with one."""
    if guard is not None and guard.ports and port not in guard.ports:
        raise Failure(
            "not-permitted", f"Port {port} of {clean(host, 120)} is not one that is connected to here.", code="refused"
        )
    try:
        addresses: Sequence[str] = [str(ipaddress.ip_address(host.strip("[]")))]
    except ValueError:
        addresses = await lookup(host, port)
    for address in addresses:
        if guard is not None and (reason := guard.refuses(address)):
            raise Failure("not-permitted", f"{clean(host, 120)} was not connected to: {reason}.", code="refused")
    if not addresses:
        raise Failure("not-found", f"The name {clean(host, 120)} has no address.", code="name")
    return addresses[0]


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Sends each request, each step of a redirect included, to an address that was checked, with the name kept for TLS and the host header."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, guard: Guard | None, lookup: Resolve = resolve) -> None:
        self._inner = inner
        self._guard = guard
        self._lookup = lookup

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Check, pin, send."""
        host = request.url.host
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        address = await checked(host, port, self._guard, self._lookup)
        headers = [(key, value) for key, value in request.headers.raw if key.lower() != b"host"]
        pinned = httpx2.Request(
            request.method, request.url.copy_with(host=address), headers=[(b"Host", request.url.netloc), *headers], stream=request.stream,
            extensions={**request.extensions, "sni_hostname": host},
        )  # fmt: skip
        return await self._inner.handle_async_request(pinned)

    async def aclose(self) -> None:
        """Close the transport inside."""
        await self._inner.aclose()
