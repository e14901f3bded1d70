"""What the server writes for pages on a real connection: the same as the application says, in order, whatever comes before and after."""

import re
import signal
import socket

import pytest

from web.conftest import serving

HOST = b"host: 127.0.0.1\r\n"
CLOSE = b"connection: close\r\n"
PAGE = b"/e/AADSTS120021"


def answers(raw):
    """Status, headers and body of each answer on a connection."""
    found = []
    while raw:
        head, _, rest = raw.partition(b"\r\n\r\n")
        status, *lines = head.split(b"\r\n")
        headers = [tuple(line.split(b": ", 1)) for line in lines]
        length = int(dict(headers).get(b"content-length", 0))
        found.append((int(status.split(b" ")[1]), headers, rest[:length]))
        raw = rest[length:]
    return found


@pytest.mark.parametrize(
    "extra",
    [b"", b"accept-encoding: gzip\r\n", b"if-none-match: *\r\n", b"accept-encoding: gzip\r\nif-none-match: *\r\n"],
)
def test_a_page_on_the_wire_is_what_the_application_says(server, client, book, extra):
    raw = server.raw(b"GET " + PAGE + b" HTTP/1.1\r\n" + HOST + extra + CLOSE + b"\r\n")
    ((status, headers, body),) = answers(raw)
    asked = dict(line.split(": ", 1) for line in extra.decode().splitlines())
    said = client.get(PAGE.decode(), headers={"accept-encoding": "identity", **asked})
    assert status == said.status_code
    names = [name for name, _ in headers]
    assert len(names) == len(set(names))
    assert {b"date", b"connection"} == set(names) - {name.encode() for name in said.headers}
    assert all(dict(headers)[name.encode()] == value.encode() for name, value in said.headers.items())
    packed = b"gzip" in extra
    assert body == (
        b"" if status == 304 else book.site.get(PAGE.decode()).gzip if packed else book.site.get(PAGE.decode()).body
    )


def test_requests_sent_at_once_are_answered_in_order(server):
    get = b"GET %s HTTP/1.1\r\n" + HOST + b"%s\r\n"
    paths = [PAGE, b"/livez", PAGE, b"/nowhere", b"/", b"/livez", PAGE]
    raw = server.raw(b"".join(get % (path, CLOSE if at == len(paths) - 1 else b"") for at, path in enumerate(paths)))
    found = answers(raw)
    assert [status for status, _, _ in found] == [200, 200, 200, 404, 200, 200, 200]
    assert [b"AADSTS120021" in body for _, _, body in found] == [True, False, True, False, False, False, True]


@pytest.mark.slow
def test_thousands_of_requests_sent_at_once_are_all_answered(server):
    """Behind one that takes its time, so that they queue up."""
    get = b"GET /about HTTP/1.1\r\n" + HOST + b"\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as link:
        link.sendall(
            b"GET /search?q=x HTTP/1.1\r\n"
            + HOST
            + b"\r\n"
            + get * 1500
            + get.replace(b"\r\n\r\n", b"\r\n" + CLOSE + b"\r\n")
        )
        raw = b""
        while part := link.recv(1 << 20):
            raw += part
    assert raw.count(b"HTTP/1.1 200 OK\r\n") == 1502


def test_head_gets_the_head_only(server):
    raw = server.raw(b"HEAD " + PAGE + b" HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n")
    assert re.search(rb"content-length: \d{4,}\r\n", raw)
    assert raw.endswith(b"\r\n\r\n")


def test_an_old_client_is_answered_and_let_go(server):
    raw = server.raw(b"GET " + PAGE + b" HTTP/1.0\r\n" + HOST + b"\r\n", wait=3)
    ((status, headers, body),) = answers(raw)
    assert (status, dict(headers)[b"connection"]) == (200, b"close")
    assert body.endswith(b"</html>\n")


def test_a_page_may_be_asked_for_with_a_body(server):
    raw = server.raw(
        b"GET "
        + PAGE
        + b" HTTP/1.1\r\n"
        + HOST
        + b"content-length: 3\r\n\r\nabcGET /livez HTTP/1.1\r\n"
        + HOST
        + CLOSE
        + b"\r\n"
    )
    assert [status for status, _, _ in answers(raw)] == [200, 200]


@pytest.mark.slow
def test_an_idle_connection_is_let_go_when_the_server_stops():
    with serving() as running, socket.create_connection(("127.0.0.1", running.port), timeout=20) as link:
        link.sendall(b"GET " + PAGE + b" HTTP/1.1\r\n" + HOST + b"\r\n")
        link.recv(1 << 20)
        running.process.send_signal(signal.SIGTERM)
        link.settimeout(10)
        while link.recv(1 << 20):
            pass
        running.stop()
