"""What the browser tests start: where it is, how it is started, and what to say where it is missing."""

import os
import shutil
from pathlib import Path

import pytest

HERE = Path(__file__).parent
AXE = HERE / "node_modules/axe-core/axe.min.js"
LIGHTHOUSE = HERE / "node_modules/lighthouse/cli/index.js"
ARGUMENTS = [
    "--no-sandbox",  # the tests may run as root, and open pages of this project only
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
]


def needed(there, what):
    """Go on, or say what is missing in the way that the machine asks for."""
    if there:
        return
    reason = f"{what} is not here; scripts/browser.sh installs it where it may"
    if os.environ.get("FAULTBOOK_BROWSER") == "required":
        pytest.fail(reason)
    pytest.skip(reason)


def executable():
    """Debian's Chromium, or what stands in CHROMIUM."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
