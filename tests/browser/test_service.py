"""What the service adds to the pages, seen in the browser: the box without a script, other spellings, its own policy."""

import pytest
from origins import ORIGINS
from test_box import PASTED, ask
from test_pages import judged


@pytest.fixture(scope="module")
def origin(tmp_path_factory):
    """The service instead of the static export."""
    with ORIGINS["service"](tmp_path_factory.mktemp("service")) as address:
        yield address


@pytest.mark.parametrize("path", ["/", "/e/AADSTS120021", "/search?q=password+writeback", "/diagnose", "/about"])
def test_axe_finds_nothing_serious(open_page, axe, path):
    """On the pages as the service sends them, with its own headers."""
    for scheme in ("light", "dark"):
        page = open_page(path, color_scheme=scheme)
        assert judged(page, axe) == []


def test_the_box_without_a_script(open_page, axe):
    """A pasted error is read on the server: ids, first lines, the way on."""
    page = open_page("/", java_script_enabled=False)
    ask(page, PASTED)
    assert page.inner_text("h1") == "AADSTS50126"
    assert "66666666-7777-4888-9999-000000000000" in page.inner_text("main")
    assert "50126" not in page.url
    page.click("text=Read the page of AADSTS50126")
    assert page.url.endswith("/e/AADSTS50126")


def test_the_answer_to_a_paste_is_accessible(open_page, axe, origin):
    """The page that is made for one request, judged like the others; narrow too."""
    page = open_page("/", viewport={"width": 320, "height": 640})
    page.evaluate(
        """(text) => { const form = document.querySelector('.ask'); form.elements.text.value = text; HTMLFormElement.prototype.submit.call(form); }""",
        PASTED,
    )
    page.wait_for_selector("h1:has-text('AADSTS50126')")
    assert judged(page, axe) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_words_without_a_script(open_page):
    """Answered by the full-text search."""
    page = open_page("/", java_script_enabled=False)
    ask(page, "password writeback off")
    assert "SSPR_0010" in page.inner_text(".codes")


def test_another_spelling_leads_to_the_page(open_page, origin):
    """By status, not by script."""
    page = open_page("/e/aadsts120021", java_script_enabled=False)
    assert page.url == f"{origin}/e/AADSTS120021"


def test_the_box_with_a_script_sends_nothing(open_page):
    """As in the static export."""
    page = open_page("/")
    sent = []
    page.on("request", lambda asked: sent.append((asked.method, asked.post_data)))
    ask(page, PASTED)
    page.wait_for_selector(".answer .ids")
    assert {method for method, _ in sent} == {"GET"}


def test_what_is_not_there(open_page):
    """In the frame, with words."""
    page = open_page("/no/such/page", allowed=("404",))
    assert page.query_selector(".top")
    assert page.inner_text("h1")
