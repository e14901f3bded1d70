"""A real browser, and the pages that it looks at. Missing parts are a skip with its reason, or a failure where FAULTBOOK_BROWSER=required."""

import os
from pathlib import Path

import pytest
from browser_parts import ARGUMENTS, AXE, HERE, executable, needed
from origins import ORIGINS


def pytest_collection_modifyitems(items):
    """Every test of this folder needs a browser."""
    for item in items:
        if Path(item.fspath).parent == HERE:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium():
    """One browser for all tests."""
    needed(executable(), "Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(
    scope="session", params=sorted(ORIGINS) if os.environ.get("FAULTBOOK_PAGES_FROM") == "all" else ["static"]
)
def origin(request, tmp_path_factory):
    """The address of the pages; see origins.py."""
    with ORIGINS[request.param](tmp_path_factory.mktemp(request.param)) as address:
        yield address


@pytest.fixture
def open_page(chromium, origin):
    """Opens a page in a context of its own; anything that the page complains of, or that it asks of another host, fails the test."""
    contexts, wrong = [], []

    def open_(path, *, allowed=(), **options):
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: wrong.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda asked: None if asked.url.startswith((origin, "data:")) else wrong.append(asked.url))
        page.goto(origin + path)
        page.allowed = allowed
        return page

    yield open_
    left = [
        said
        for said in wrong
        if not any(part in said for context in contexts for page in context.pages for part in page.allowed)
    ]
    for context in contexts:
        context.close()
    assert left == []


@pytest.fixture(scope="session")
def axe():
    """The script that judges accessibility."""
    needed(AXE.is_file(), "axe-core")
    return AXE.read_text(encoding="utf-8")
