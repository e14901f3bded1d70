"""A server as a client meets it: a process of its own, over stdio or HTTP, asked with the SDK's own client."""

import json
import os
import subprocess
import sys

import anyio
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from tests_root import ROOT

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "src")}


@pytest.fixture(params=["auto", "legacy"])
def mode(request):
    """Both protocols: the one of 2026-07-28 without a handshake, and the ones before it."""
    return request.param


@pytest.fixture
def over_stdio():
    """Run ``ask(client)`` against a server on stdio, and answer what it answers."""

    def run(ask, mode="auto"):
        server = StdioServerParameters(command=sys.executable, args=["-m", "faultbook", "mcp"], env=ENVIRONMENT)

        async def asked():
            with anyio.fail_after(60):
                async with Client(server, mode=mode, read_timeout_seconds=50) as client:
                    return await ask(client)

        return anyio.run(asked)

    return run


@pytest.fixture(scope="session")
def address():
    """The address of a server over HTTP on a free port, stopped at the end."""
    command = [sys.executable, "-m", "faultbook", "mcp", "--http", "127.0.0.1:0"]
    server = subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True)
    try:
        line = server.stderr.readline()
        assert "Serving assistants at " in line, line
        yield line.rpartition(" ")[2].strip()
    finally:
        server.terminate()
        assert server.wait(timeout=20) in {0, -15}


@pytest.fixture
def over_http(address):
    """Run ``ask(client)`` against the server over HTTP."""

    def run(ask, mode="auto"):
        async def asked():
            with anyio.fail_after(60):
                async with Client(address, mode=mode, read_timeout_seconds=50) as client:
                    return await ask(client)

        return anyio.run(asked)

    return run


@pytest.fixture
def cli():
    """One command as JSON."""

    def run(*arguments, stdin=b""):
        done = subprocess.run(
            [sys.executable, "-m", "faultbook", *map(str, arguments), "--json"],
            input=stdin,
            capture_output=True,
            env=ENVIRONMENT,
            check=False,
            timeout=120,
        )
        return json.loads(done.stdout)

    return run
