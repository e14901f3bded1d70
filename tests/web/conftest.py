"""The service: in this process for what one request does, as a process of its own for what a server does."""

import contextlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient

from faultbook.app import Faultbook
from faultbook.settings import load
from faultbook.web.app import create_app, make_state
from faultbook.web.logs import logger_of

ROOT = Path(__file__).parents[2]
SLOW = 30.0


@pytest.fixture(scope="session")
def book():
    """The compiled book."""
    return Faultbook()


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class Service:
    """One service in this process. ``client(address)`` asks as somebody at that address; ``logged`` is what it wrote."""

    def __init__(self, settings, book):
        self.written = io.StringIO()
        self.timer = Clock()
        self.state = make_state(settings, book, timer=self.timer, log=logger_of(settings.log, self.written))
        self.app = create_app(self.state, {})
        self._open = contextlib.ExitStack()
        self._first = None

    def client(self, address="127.0.0.1", base="http://127.0.0.1:8321"):
        """A client, with cookies of its own."""
        made = TestClient(
            self.app, base_url=base, client=(address, 40000), raise_server_exceptions=False, follow_redirects=False
        )
        if self._first is None:  # the workers belong to the loop of one portal, which the others then share
            self._first = self._open.enter_context(made)
        else:
            made.portal = self._first.portal
        return made

    @property
    def logged(self):
        """The lines of the log."""
        return [json.loads(line) for line in self.written.getvalue().splitlines()]

    def close(self):
        """Stop it."""
        self._open.close()


@pytest.fixture
def service(book):
    """Make a service from variables of the environment, as an operator would."""
    made = []

    def make(**environment):
        settings = load({f"FAULTBOOK_{name.upper()}": str(value) for name, value in environment.items()}).settings
        based = Faultbook(base=settings.serve.base_url) if settings.serve.base_url else book
        made.append(Service(settings, based))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(scope="module")
def shared(book):
    """One service for a module whose tests do not get into each other's way; starting the workers takes seconds."""
    one = Service(load({"FAULTBOOK_LIMITS_WORK_PER_MINUTE": "100000"}).settings, book)
    yield one
    one.close()


@pytest.fixture(scope="module")
def client(book):
    """Somebody on this machine, where everything is open, and whom no rate holds up."""
    many = {"FAULTBOOK_LIMITS_REQUESTS_PER_MINUTE": "1000000", "FAULTBOOK_LIMITS_WORK_PER_MINUTE": "100000"}
    made = Service(load(many).settings, book)
    yield made.client()
    made.close()


def free_port():
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Running:
    """``faultbook serve`` as a process of its own."""

    def __init__(self, process):
        self.process = process
        self.lines = []
        self.url = ""
        self._listening = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        assert self._listening.wait(SLOW), "".join(self.lines)

    def _read(self):
        for line in self.process.stderr:
            self.lines.append(line)
            with contextlib.suppress(ValueError):
                event = json.loads(line)
                if event["event"] == "listening":
                    self.url = event["url"]
                    self._listening.set()
        self._listening.set()

    @property
    def port(self):
        """Where it listens."""
        return int(self.url.rpartition(":")[2])

    @property
    def pid(self):
        """Its process."""
        return self.process.pid

    def get(self, path, **more):
        """One request on a connection of its own."""
        return httpx2.get(f"{self.url}{path}", timeout=SLOW, **more)

    def raw(self, data, *, wait=5.0):
        """What it answers to bytes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=wait) as link:
            link.sendall(data)
            answer = b""
            with contextlib.suppress(TimeoutError, ConnectionError):
                while part := link.recv(65536):
                    answer += part
            return answer

    def memory(self):
        """Bytes that it holds in memory now."""
        text = Path(f"/proc/{self.pid}/status").read_text()
        return int(text.partition("VmRSS:")[2].split()[0]) * 1024

    def stop(self, sign=signal.SIGTERM):
        """Tell it to stop, and answer how it went."""
        if self.process.poll() is None:
            self.process.send_signal(sign)
        try:
            return self.process.wait(SLOW)
        finally:
            if self.process.poll() is None:
                self.process.kill()
            self._reader.join(5)
            self.process.stderr.close()


@contextlib.contextmanager
def serving(**environment):
    """A server on a free port of loopback, stopped at the end."""
    given = {f"FAULTBOOK_{name.upper()}": str(value) for name, value in environment.items()}
    process = subprocess.Popen(
        [sys.executable, "-m", "faultbook", "serve"],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "FAULTBOOK_SERVE_PORT": "0", **given},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    running = Running(process)
    try:
        assert running.url, "".join(running.lines)
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def server():
    """One server for the tests of a module, as it comes."""
    with serving() as running:
        yield running
