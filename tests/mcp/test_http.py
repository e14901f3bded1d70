"""The server over HTTP as strangers meet it: other hosts, other origins, too much, and addresses that others could reach."""

import os
import subprocess
import sys

import httpx2
import pytest

from faultbook.errors import UsageError
from faultbook.mcp.transport import split
from tests_root import ROOT

CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
HEADERS = {"accept": "application/json, text/event-stream", "content-type": "application/json"}


def post(address, headers=None, **more):
    return httpx2.post(address, headers={**HEADERS, **(headers or {})}, timeout=20, **more)


def test_another_host_or_origin_is_refused(address):
    """DNS rebinding: the browser's own headers give it away."""
    assert post(address, json=CALL).status_code == 200
    assert post(address, {"host": "evil.example"}, json=CALL).status_code == 421
    assert post(address, {"origin": "https://evil.example"}, json=CALL).status_code == 403
    assert post(address, {"origin": address.removesuffix("/mcp")}, json=CALL).status_code == 200


def test_too_much_is_refused(address):
    """A body beyond 4 MiB is not read."""
    assert post(address, content=b" " * (4 * 1024 * 1024 + 1)).status_code == 413


def test_what_is_no_json_is_told(address):
    """A clear refusal, and the server goes on."""
    assert post(address, content=b"{").status_code == 400
    assert post(address, json=CALL).status_code == 200


def test_no_stream_is_kept_open(address):
    """There is nothing to tell a client that did not ask, so nobody can hold connections that way."""
    answer = httpx2.get(address, headers=HEADERS, timeout=20)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"


def test_it_listens_on_loopback_only():
    """Unless a host name is allowed."""
    done = subprocess.run(
        [sys.executable, "-m", "faultbook", "mcp", "--http", "0.0.0.0:0"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "--allow-host" in done.stderr


def test_addresses():
    """A port alone is on loopback."""
    assert split("127.0.0.1:8710") == ("127.0.0.1", 8710)
    assert split("8710") == ("127.0.0.1", 8710)
    assert split("[::1]:0") == ("::1", 0)
    for wrong in ("localhost", "127.0.0.1:99999", "x:y", ""):
        with pytest.raises(UsageError):
            split(wrong)
