"""What is wrong with an address, told apart on real sockets of this machine."""

import contextlib
import datetime as dt
import socket
import ssl
import threading

import anyio
import fake_tenant as fake
import pytest

from faultbook.sources.live.endpoints import Probe, provider_urls
from faultbook.sources.live.failure import Failure

NOW = dt.datetime.now(dt.UTC)


@contextlib.contextmanager
def listening(behave):
    """A server on loopback that does one thing with each connection; yields its port."""
    server = socket.create_server(("127.0.0.1", 0))
    held = []

    def run():
        while True:
            try:
                stream, _ = server.accept()
            except OSError:
                return
            held.append(stream)
            with contextlib.suppress(OSError):
                behave(stream)

    threading.Thread(target=run, daemon=True).start()
    try:
        yield server.getsockname()[1]
    finally:
        server.close()
        for one in held:
            one.close()


def speaking(pem, answer=b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)

    def behave(stream):
        secure = context.wrap_socket(stream, server_side=True)
        if secure.recv(4096):
            secure.sendall(answer)
        secure.close()

    return behave


def check(url, ca="", seconds=5.0):
    async def main():
        probe = Probe(ca=str(ca), seconds=seconds)
        try:
            return await probe.check(url, NOW)
        finally:
            await probe.close()

    return anyio.run(main)


def test_an_address_that_answers(tmp_path):
    """With the dates of its certificate."""
    pem, root = fake.certificate(tmp_path)
    with listening(speaking(pem)) as port:
        seen = check(f"https://localhost:{port}/x", root)
    assert (seen["stage"], seen["ok"], seen["status"]) == ("answer", True, 200)
    assert seen["certificate"]["verified"] is True
    assert seen["certificate"]["not_after"] > seen["at"]


def test_an_answer_that_is_an_error(tmp_path):
    """The address lives, and says no."""
    pem, root = fake.certificate(tmp_path)
    with listening(speaking(pem, b"HTTP/1.1 503 no\r\ncontent-length: 0\r\n\r\n")) as port:
        seen = check(f"https://localhost:{port}/", root)
    assert (seen["stage"], seen["ok"], seen["status"]) == ("answer", False, 503)


def test_an_expired_certificate_is_named_with_its_dates(tmp_path):
    """The connection is not trusted, and its certificate is read all the same."""
    ended = NOW - dt.timedelta(days=2)
    pem, root = fake.certificate(tmp_path, start=ended - dt.timedelta(days=90), end=ended)
    with listening(speaking(pem)) as port:
        seen = check(f"https://localhost:{port}/", root)
    assert (seen["stage"], seen["ok"]) == ("tls", False)
    assert "expired" in seen["detail"]
    assert seen["certificate"]["not_after"] == ended.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_certificate_for_another_name_and_from_a_stranger(tmp_path):
    """Both are TLS, not a dead host."""
    pem, root = fake.certificate(tmp_path, names=("other.example",), addresses=("127.0.0.9",))
    with listening(speaking(pem)) as port:
        assert check(f"https://localhost:{port}/", root)["stage"] == "tls"
        assert check(f"https://localhost:{port}/")["stage"] == "tls"


def test_a_server_without_tls_a_silent_one_and_none(tmp_path):
    """tls, timeout and connect."""
    with listening(lambda stream: stream.sendall(b"220 mail\r\n" * 3)) as port:
        assert check(f"https://localhost:{port}/")["stage"] == "tls"
    with listening(lambda stream: None) as port:
        seen = check(f"https://localhost:{port}/", seconds=0.5)
        assert (seen["stage"], seen["at_stage"]) == ("timeout", "tls")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert check(f"https://127.0.0.1:{port}/")["stage"] == "connect"


def test_a_name_that_is_not_there():
    """DNS is the first thing that can be wrong."""
    seen = check("https://nowhere.invalid/")
    assert (seen["stage"], seen["ok"]) == ("name", False)


def test_content_is_bounded(tmp_path):
    """A provider that never stops talking is left."""
    pem, root = fake.certificate(tmp_path)
    head = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (5 << 20)

    async def main(port):
        probe = Probe(ca=str(root))
        try:
            return await probe.fetch(f"https://localhost:{port}/")
        finally:
            await probe.close()

    with listening(speaking(pem, head)) as port, pytest.raises(Failure, match="larger"):
        anyio.run(main, port)


def test_where_a_provider_publishes_is_read_from_entra_s_own_answers():
    """Only https addresses are looked at."""
    realm = {
        "account_type": "Federated",
        "federation_active_auth_url": "https://sts.contoso.example/adfs/services/trust/2005/usernamemixed",
    }
    config = {
        "value": [
            {
                "passiveSignInUri": "https://sts.contoso.example/adfs/ls/",
                "metadataExchangeUri": "http://sts.contoso.example/mex",
            }
        ]
    }
    assert provider_urls(realm, config) == {
        "sign-in": "https://sts.contoso.example/adfs/ls/",
        "published": "https://sts.contoso.example/FederationMetadata/2007-06/FederationMetadata.xml",
    }
    assert provider_urls(None, None) == {}
