"""Ordinary logs and documentation yield nothing."""

import io
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
QUIET = sorted((ROOT / "book" / "quiet").iterdir())
PUBLIC = ROOT.parent / "shared" / "corpus" / "telemetry" / "msticpy"


def quiet(recogniser, data: bytes) -> bool:
    text = data.decode("utf-8", "replace")
    found = recogniser.scan(text)
    return not found.codes and not found.candidates and not list(recogniser.scan_stream(io.BytesIO(data)))


def test_there_are_quiet_logs():
    assert len(QUIET) >= 5


@pytest.mark.parametrize("path", QUIET, ids=lambda path: path.name)
def test_a_quiet_log_of_ours_is_quiet(recogniser, whole, path):
    assert quiet(recogniser, path.read_bytes())
    assert quiet(whole, path.read_bytes())


@pytest.mark.skipif(not PUBLIC.is_dir(), reason="the public telemetry files are not here")
def test_public_logs_without_our_errors_are_quiet(recogniser, whole):
    found = ((path, path.read_bytes()) for path in sorted(PUBLIC.glob("*.*")))
    loud = [path.name for path, data in found if not (quiet(recogniser, data) and quiet(whole, data))]
    assert loud == []
