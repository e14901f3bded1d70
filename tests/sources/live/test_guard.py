"""What a server may not be led to: by name, by redirect, by a name that means something else the second time."""

import anyio
import httpx2
import pytest

from faultbook.sources.live.endpoints import Probe
from faultbook.sources.live.failure import Failure
from faultbook.sources.live.guard import Guard, checked

PUBLIC = "203.0.113.10"
"""Documentation addresses count as not public to the standard library; these tests allow this one."""
GUARD = Guard(allowed=(f"{PUBLIC}/32",))

REFUSED = [
    "127.0.0.1", "127.8.9.10", "::1", "0.0.0.0", "::", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.1.1", "169.254.169.254",
    "168.63.129.16", "100.64.0.1", "100.100.100.200", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "224.0.0.1", "255.255.255.255",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "240.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("address", REFUSED)
def test_addresses_that_are_nobodys_business(address):
    """Loopback, link-local, private, metadata, and the same inside IPv6."""
    assert Guard().refuses(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "20.190.128.1"])
def test_public_addresses_pass(address):
    """The guard does not refuse the internet."""
    assert Guard().refuses(address) == ""


def test_what_is_allowed_is_allowed():
    """A company's own provider may sit in a private range: the range is named."""
    assert Guard(allowed=("10.0.0.0/8",)).refuses("10.1.2.3") == ""
    assert Guard(allowed=("10.0.0.0/8",)).refuses("192.168.0.1")


def names(**table):
    """A resolver; a list of lists answers differently each time."""
    asked = []

    async def lookup(host, port):
        asked.append(host)
        found = table[host.replace(".", "_")]
        return found.pop(0) if isinstance(found[0], list) else found

    lookup.asked = asked
    return lookup


def probe(lookup, handle, guard=GUARD):
    return Probe(guard=guard, lookup=lookup, http=httpx2.MockTransport(handle))


def fetched(one, url):
    return anyio.run(lambda: one.fetch(url))


def test_the_checked_address_is_the_one_connected_to():
    """One look-up, its address in the request, the name kept for TLS and host: the second meaning of a name is never asked for."""
    lookup = names(sts_contoso_example=[[PUBLIC], ["127.0.0.1"]])
    seen = []

    def handle(request):
        seen.append((request.url.host, request.headers["host"], request.extensions["sni_hostname"]))
        return httpx2.Response(200, text="<x/>")

    assert fetched(probe(lookup, handle), "https://sts.contoso.example/FederationMetadata.xml") == b"<x/>"
    assert seen == [(PUBLIC, "sts.contoso.example", "sts.contoso.example")]
    assert lookup.asked == ["sts.contoso.example"]


def test_a_name_with_one_bad_address_is_refused():
    """Which of its addresses would be used must not matter."""
    with pytest.raises(Failure) as caught:
        anyio.run(lambda: checked("two.example", 443, GUARD, names(two_example=[PUBLIC, "10.0.0.1"])))
    assert caught.value.why == "not-permitted"


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://inside.example/",
        "https://[::ffff:127.0.0.1]/",
        "https://sts.contoso.example:8443/",
    ],
)
def test_a_redirect_is_checked_like_the_first_address(target):
    """Public first, inside second."""
    lookup = names(sts_contoso_example=[PUBLIC], inside_example=["192.168.1.1"])
    calls = []

    def handle(request):
        calls.append(request.url.host)
        return httpx2.Response(302, headers={"location": target})

    with pytest.raises(Failure) as caught:
        fetched(probe(lookup, handle), "https://sts.contoso.example/")
    assert caught.value.why == "not-permitted"
    assert calls == [PUBLIC]


def test_redirects_end():
    """A circle is left after a few steps."""
    lookup = names(sts_contoso_example=[PUBLIC])
    with pytest.raises(Failure, match="redirects"):
        fetched(
            probe(lookup, lambda _: httpx2.Response(302, headers={"location": "/again"})),
            "https://sts.contoso.example/",
        )


def test_without_a_guard_nothing_is_refused():
    """On a person's own machine the person decides."""
    assert anyio.run(lambda: checked("127.0.0.1", 8443, None)) == "127.0.0.1"
