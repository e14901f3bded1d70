"""Watching the service: health, counts, traces and logs, none of which holds what a user wrote; and stopping in order."""

import http.server
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx2
import pytest

from web.conftest import SLOW, serving

SECRET = "hunter2-in-a-pasted-text"


def test_it_lives_and_is_ready(client):
    for path in ("/livez", "/readyz"):
        answer = client.get(path)
        assert (answer.status_code, answer.text, answer.headers["cache-control"]) == (200, "ok\n", "no-store")


def test_health_is_asked_without_signing_in(service):
    client = service(
        auth_mode="proxy", serve_trusted_proxies="10.0.0.7", serve_host="0.0.0.0", serve_hosts="a.example"
    ).client("10.9.9.9", "http://a.example")
    assert [client.get(path).status_code for path in ("/livez", "/readyz", "/metrics", "/")] == [200, 200, 403, 401]


def test_a_store_that_cannot_be_written_is_not_ready(service, tmp_path):
    made = service(store_folder=tmp_path / "kept")
    assert made.client().get("/readyz").status_code == 200
    shutil.rmtree(tmp_path / "kept")
    made.timer.now += 1
    answer = made.client().get("/readyz")
    assert (answer.status_code, answer.text) == (503, "the store cannot be written\n")
    assert {"event": "not ready", "why": "the store cannot be written"}.items() <= made.logged[-2].items()


def counts(client):
    """The metrics by name and labels."""
    lines = client.get("/metrics").text.splitlines()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if not line.startswith("#")}


def test_requests_are_counted(client):
    before = counts(client)
    client.get("/e/AADSTS120021")
    client.post("/api/v1/recognise", json={"text": "x"})
    client.request("BREW", "/nowhere")
    after = counts(client)

    def more(name):
        return after[name] - before.get(name, 0)

    assert more('faultbook_pages_total{status="200"}') == 1
    assert more('faultbook_requests_total{method="POST",route="/api/v1/recognise",status="200"}') == 1
    assert more('faultbook_requests_total{method="other",route="(pages)",status="404"}') == 1
    assert after["process_resident_memory_bytes"] > 0
    assert [name for name in after if name.startswith("faultbook_info{")]


def test_no_count_is_made_for_what_a_stranger_writes(client):
    sizes = []
    for turn in range(3):
        for number in range(20):
            client.get(f"/e/nonsense-{turn}-{number}")
            client.get(f"/{turn}-{number}")
            client.request(f"BREW{turn}{number}", "/")
            client.get(f"/api/v1/codes/{turn}-{number}")
        sizes.append(len(counts(client)))
    assert sizes[1] == sizes[2]


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("::ffff:127.0.0.1", {}, 200),
        ("192.0.2.1", {}, 403),
        ("192.0.2.1", {"x-forwarded-for": "127.0.0.1"}, 403),
        ("127.0.0.1", {"x-forwarded-for": "192.0.2.1"}, 403),  # a proxy on this machine that nobody declared
        ("127.0.0.1", {"via": "1.1 proxy"}, 403),
        ("10.0.0.7", {"x-forwarded-for": "127.0.0.1"}, 200),
        ("10.0.0.7", {"x-forwarded-for": "127.0.0.1, 192.0.2.1"}, 403),
        ("10.0.0.7", {"x-forwarded-for": "192.0.2.1"}, 403),
    ],
)
def test_metrics_are_for_permitted_addresses(service, address, headers, status):
    made = service(auth_mode="proxy", serve_trusted_proxies="10.0.0.7", serve_host="0.0.0.0", serve_hosts="a.example")
    assert made.client(address, "http://a.example").get("/metrics", headers=headers).status_code == status


def everything_said(client):
    """Ask in every way in which a text can be given."""
    client.post("/paste", data={"text": f"AADSTS50053: locked {SECRET}"})
    client.post("/api/v1/recognise", json={"text": f"AADSTS50053: {SECRET}"})
    client.post("/api/v1/recognise", content=f'{{"text": {SECRET}}}', headers={"content-type": "application/json"})
    client.post("/api/v1/diagnose", data={"text": f"AADSTS50053 {SECRET}"}, files=[("evidence", (SECRET, b"x"))])
    client.post("/api/v1/diagnose", json={"text": SECRET})
    client.get(f"/search?q={SECRET}")
    client.get(f"/api/v1/search?q={SECRET}&{SECRET}=1")
    client.get(f"/e/{SECRET}")
    client.get(f"/{SECRET}", headers={"user-agent": SECRET, "referer": SECRET, "cookie": f"a={SECRET}", "authorization": SECRET})  # fmt: skip


def test_the_log_holds_nothing_that_a_user_wrote(service):
    made = service(log_level="debug", log_pages="true")
    everything_said(made.client())
    lines = [line for line in made.logged if line["event"] == "request"]
    assert len(lines) == 9
    assert SECRET not in made.written.getvalue()
    assert {"request", "method", "route", "status", "ms", "client", "role", "timestamp", "level"} <= set(lines[0])


def test_an_error_inside_is_logged_by_its_place_and_told_by_its_number(service, monkeypatch):
    made = service()
    client = made.client()

    def broken(*_):
        raise RuntimeError(SECRET)

    monkeypatch.setattr(made.state.faultbook, "about", broken)
    answer = client.get("/api/v1/about")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert SECRET not in answer.text
    failed = next(line for line in made.logged if line["event"] == "failed")
    assert failed["request"] == answer.json()["request"]
    assert failed["error"] == "RuntimeError"
    assert failed["at"][-1].endswith(" broken")
    assert SECRET not in made.written.getvalue()


def test_pages_are_logged_where_that_is_wanted(service):
    made = service(log_pages="true")
    made.client().get("/e/AADSTS120021")
    assert {"event": "page", "path": "/e/AADSTS120021", "status": 200}.items() <= made.logged[-1].items()


def test_a_real_server_writes_nothing_but_json(server):
    server.get("/nowhere")
    server.raw(b"\x1b[31mGET / HTTP/1.1\r\n\r\n")
    server.raw(b"GET /\x1b]0;owned\x07 HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: \x1b[31m\r\n\r\n")
    time.sleep(0.3)
    assert all(isinstance(json.loads(line), dict) for line in server.lines)
    assert "\x1b" not in "".join(server.lines)
    assert "u001b" not in "".join(server.lines)


# Traces


def modules_after(**environment):
    """Which modules of OpenTelemetry a service has loaded."""
    code = (
        "import os, sys\nfrom faultbook.app import Faultbook\nfrom faultbook.settings import load\n"
        "from faultbook.web.app import create_app, make_state\ncreate_app(make_state(load({}).settings, Faultbook()))\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": "src", **environment}
    return subprocess.check_output([sys.executable, "-c", code], text=True, env=environment).strip()


def test_nothing_of_opentelemetry_is_loaded_unless_it_is_asked_for():
    assert modules_after() == "[]"
    assert modules_after(OTEL_TRACES_EXPORTER="none", OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1") == "[]"
    assert modules_after(OTEL_SDK_DISABLED="true", OTEL_TRACES_EXPORTER="otlp") == "[]"
    assert modules_after(OTEL_TRACES_EXPORTER="console") != "[]"


@pytest.fixture
def collector():
    """A collector of traces on loopback; ``received`` are the spans."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    received = []

    class Takes(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            raw = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                import gzip

                raw = gzip.decompress(raw)
            received.append((ExportTraceServiceRequest.FromString(raw), raw))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Takes)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    made.received = received
    yield made
    made.shutdown()


@pytest.mark.slow
def test_spans_reach_a_collector_and_hold_nothing_that_a_user_wrote(collector, monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{collector.server_port}")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "faultbook-here")
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    with serving() as running:
        with httpx2.Client(base_url=running.url, timeout=SLOW) as client:
            everything_said(client)
            client.get("/api/v1/about", headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
        running.stop()
    spans = [
        span for request, _ in collector.received for rows in request.resource_spans for scope in rows.scope_spans for span in scope.spans
    ]  # fmt: skip
    names = {span.name for span in spans}
    assert {"POST /paste", "POST /api/v1/recognise", "GET /search", "GET (pages)", "GET /api/v1/about"} <= names
    assert trace in {span.trace_id.hex() for span in spans}
    assert not [raw for _, raw in collector.received if SECRET.encode() in raw]
    resource = {
        one.key: one.value.string_value for one in collector.received[0][0].resource_spans[0].resource.attributes
    }
    assert resource["service.name"] == "faultbook-here"


# Stopping


def test_it_stops_when_it_is_told_and_lets_requests_finish():
    with (
        serving(serve_stop_within=10) as running,
        socket.create_connection(("127.0.0.1", running.port), timeout=SLOW) as link,
    ):
        body = b'{"text": "AADSTS50053: locked"}'
        head = b"POST /api/v1/recognise HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
        link.sendall(head % len(body) + body[:10])
        time.sleep(0.5)
        running.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        with pytest.raises(OSError, match="refused"):  # nobody new is let in
            socket.create_connection(("127.0.0.1", running.port), timeout=2)
        link.sendall(body[10:])
        answer = link.recv(65536)
        assert answer.startswith(b"HTTP/1.1 200 OK")
        assert running.process.wait(SLOW) in {0, -signal.SIGTERM}
        running.stop()
        assert '"event": "stopped"' in "".join(running.lines)


@pytest.mark.slow
def test_a_request_that_never_ends_does_not_keep_it_from_stopping():
    with serving(serve_stop_within=1, limits_body_seconds=600) as running, socket.create_connection(("127.0.0.1", running.port), timeout=SLOW) as link:  # fmt: skip
        link.sendall(
            b"POST /paste HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 10\r\n\r\ntext"
        )
        time.sleep(0.5)
        began = time.monotonic()
        running.stop()
        assert time.monotonic() - began < 15


@pytest.mark.slow
def test_a_port_that_is_taken_is_told():
    with serving() as running:
        done = subprocess.run(
            [sys.executable, "-m", "faultbook", "serve", "--port", str(running.port)],
            capture_output=True, text=True, timeout=SLOW, check=False, env={**os.environ, "PYTHONPATH": "src"},
        )  # fmt: skip
        assert done.returncode == 2
        assert done.stderr.startswith(f"faultbook: The service cannot listen on 127.0.0.1, port {running.port}: ")


@pytest.mark.slow
def test_no_child_is_left_behind():
    with serving() as running:
        running.get("/livez")
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(running.pid)], capture_output=True, text=True, check=False).stdout.split()  # fmt: skip
        assert children
    time.sleep(1)
    assert not [pid for pid in children if alive(pid)]


def alive(pid):
    """Whether a process runs; one that has ended and that nobody has asked about does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
