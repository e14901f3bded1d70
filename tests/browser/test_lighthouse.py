"""Lighthouse over the reference: at least 98 of 100 in every category.

Its timings depend on what else the machine does, so a page that is judged slow may try again; the other categories have one try.
"""

import json
import os
import shutil
import subprocess

import pytest
from browser_parts import ARGUMENTS, LIGHTHOUSE, executable, needed

LEAST = 0.98
TRIES = 4
SHORT = ("/", "/e/AADSTS120021")
LONG = (*SHORT, "/e/AADSTS50137", "/product/entra", "/about", "/browse", "/published/spark/3", "/diagnose")
PAGES = LONG if os.environ.get("FAULTBOOK_LIGHTHOUSE") == "long" else SHORT


def scores(address, folder):
    """Each category with its score, from one run."""
    out = folder / "report.json"
    command = [
        *(shutil.which("node"), str(LIGHTHOUSE), address, "--quiet", "--output=json", f"--output-path={out}"),
        f"--chrome-flags={' '.join(['--headless=new', *ARGUMENTS])}",
    ]
    subprocess.run(
        command, check=True, timeout=180, env={**os.environ, "CHROME_PATH": executable()}, capture_output=True
    )
    report = json.loads(out.read_text(encoding="utf-8"))
    return {name: one["score"] for name, one in report["categories"].items()}, report


@pytest.mark.parametrize("path", PAGES)
def test_ninety_eight_in_each_category(origin, path, tmp_path):
    """Performance, accessibility, best practices, and what search engines need."""
    needed(executable() and shutil.which("node") and LIGHTHOUSE.is_file(), "Lighthouse")
    for _ in range(TRIES):
        found, report = scores(origin + path, tmp_path)
        poor = {name: score for name, score in found.items() if (score or 0) < LEAST}
        if not set(poor) <= {"performance"} or not poor:
            break
    wrong = [
        f"{one['id']}: {one['title']}"
        for one in report["audits"].values()
        if one["score"] is not None and one["score"] < 0.9
    ]
    assert poor == {}, wrong
    assert report["audits"]["cumulative-layout-shift"]["numericValue"] < 0.01
