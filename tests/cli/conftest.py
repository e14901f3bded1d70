"""The command line as a person runs it: a process of its own, with stdin, stdout and an exit code."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def faultbook(tmp_path):
    """Run one command; the answer has ``returncode``, ``stdout`` and ``stderr`` as text."""

    def run(*arguments, stdin=b"", cwd=ROOT, env=None):
        done = subprocess.run(
            [sys.executable, "-m", "faultbook", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src"), **(env or {})},
            check=False,
            timeout=120,
        )
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        return done

    return run
