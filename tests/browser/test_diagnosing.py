"""A diagnosis from the first word to its deletion, walked in a real browser against a real server."""

import json
import zipfile

import pytest
from test_pages import judged

from tests_root import EXAMPLE
from web.conftest import serving

ERROR = (EXAMPLE / "error.txt").read_text()
BEFORE = sorted((EXAMPLE / "evidence").iterdir())
MENDED = sorted((EXAMPLE / "mended").iterdir())
SLOW = 60_000
DROP = """(place, files) => {
  const data = new DataTransfer();
  for (const [name, content] of files) data.items.add(new File([content], name));
  for (const kind of ["dragenter", "dragover", "drop"]) {
    place.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
  }
}"""


@pytest.fixture(scope="module")
def origin():
    """A server of its own, where nothing is limited that a person would not meet."""
    with serving(limits_work_per_minute=100_000) as running:
        yield running.url


@pytest.fixture(scope="module")
def address(chromium, origin):
    """The address of one finished diagnosis, for tests that only look."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{origin}/diagnose")
    given(page)
    yield page.url.removeprefix(origin)
    context.close()


def given(page, text=ERROR, files=BEFORE):
    """Fill in the form, send it, and wait for the result."""
    page.fill("#text", text)
    page.set_input_files("#evidence", [str(path) for path in files])
    page.click("button:has-text('Diagnose')")
    page.wait_for_selector(".jump", timeout=SLOW)


def fits(page):
    """Nothing but what scrolls by itself is wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_whole_way(open_page, tmp_path):
    """Paste, drop, watch, read, take along, ask again with healed evidence, delete."""
    page = open_page("/diagnose")
    page.fill("#text", ERROR)
    page.locator(".drop").evaluate(
        f"(place, files) => ({DROP})(place, files)", [[path.name, path.read_text("utf-8-sig")] for path in BEFORE]
    )
    page.wait_for_selector(".chosen .sum")
    assert page.locator(".chosen li").count() == len(BEFORE) + 1
    assert f"{len(BEFORE)} files" in page.inner_text(".chosen .sum")
    page.click("button:has-text('Diagnose')")
    page.wait_for_selector(".jump", timeout=SLOW)
    assert page.inner_text("h1").split() == ["AADSTS120021", "established"]
    assert [page.inner_text(f".five div:nth-child({at}) dt") for at in range(1, 6)] == [
        "What",
        "Whose",
        "Waiting",
        "Cause",
        "Next",
    ]
    assert "may not set this user's password" in page.inner_text(".five .main dd")
    assert page.inner_text(".cause.leading h3") == "The connector account may not set this user's password"
    assert page.is_visible("svg.timeline")
    assert page.is_visible("svg.contrast")
    for name, holds in (
        ("case.zip", None),
        ("diagnosis.json", "writeback-rights-missing"),
        ("diagnosis.md", "# AADSTS120021"),
        ("report.html", "<!doctype html>"),
    ):
        with page.expect_download() as loading:
            page.click(f'a[href$="/{name}"]')
        path = tmp_path / name
        loading.value.save_as(path)
        if holds is None:
            assert "summary.md" in zipfile.ZipFile(path).namelist()
        else:
            assert holds in path.read_text()
    assert json.loads((tmp_path / "diagnosis.json").read_text())["verdict"] == "established"
    here = page.url
    page.set_input_files("#newer", [str(path) for path in MENDED])
    page.click("button:has-text('Ask again')")
    page.wait_for_selector(".turned", timeout=SLOW)
    assert page.inner_text("h1") == "Verified"
    page.click("text=Back to the diagnosis")
    assert "it is mended" in page.inner_text(".later")
    page.click("text=Delete it now")
    page.wait_for_selector("text=It is deleted")
    page.allowed = ("410",)
    page.goto(here)
    assert "This diagnosis is gone" in page.inner_text("h1")


def test_without_a_script(open_page):
    """The same form, the same result; the page that waits looks again by itself."""
    page = open_page("/diagnose", java_script_enabled=False)
    given(page)
    assert page.inner_text("h1").split()[1] == "established"
    assert not page.is_visible(".drag")
    page.set_input_files("#newer", [str(path) for path in BEFORE])
    page.click("button:has-text('Ask again')")
    page.wait_for_selector(".turned", timeout=SLOW)
    assert page.inner_text("h1") == "Unchanged"
    page.go_back()
    page.click("text=Delete it now")
    assert page.inner_text("h1") == "It is deleted"


def test_the_waiting_page_looks_again_without_a_script(open_page, origin):
    """A slow diagnosis is waited for by the browser itself."""
    page = open_page("/", java_script_enabled=False)
    calls = []

    def answer(route):
        calls.append(route.request.url)
        body = WAITING if len(calls) < 2 else "<!doctype html><h1>There it is</h1>"
        route.fulfill(body=body, content_type="text/html")

    page.route("**/d/slow", answer)
    page.goto(f"{origin}/d/slow")
    page.wait_for_selector("text=There it is", timeout=10_000)


def waiting():
    """The waiting page as it is served."""
    from faultbook.site.diagnosing import progress_page

    return progress_page("Reading signins.csv", 3, "/d/slow").body.decode()


WAITING = waiting()


def test_the_waiting_page_tells_what_is_done(open_page, origin):
    """With a script the words change in place, and the result comes by itself."""
    page = open_page("/")
    told = iter(
        [
            {"state": "working", "words": "Reading audits.json"},
            {"state": "working", "words": "Counting sign-ins"},
            {"state": "done", "words": "Done"},
        ]
    )
    loads = []

    def answer(route):
        loads.append(1)
        route.fulfill(
            body=WAITING if len(loads) == 1 else "<!doctype html><h1>There it is</h1>", content_type="text/html"
        )

    page.route("**/d/slow", answer)
    page.route("**/d/slow/progress", lambda route: route.fulfill(json=next(told)))
    page.goto(f"{origin}/d/slow")
    page.wait_for_selector("text=Counting sign-ins", timeout=10_000)
    page.wait_for_selector("text=There it is", timeout=10_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(open_page, axe, address, scheme):
    """On each screen, by day and by night, wide and narrow."""
    for width in (1280, 320):
        size = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
        for path in ("/diagnose", address):
            page = open_page(path, **size)
            assert judged(page, axe) == []
            assert fits(page), (path, width)
        page.set_input_files("#newer", [str(path) for path in MENDED])
        assert judged(page, axe) == []
        page.click("button:has-text('Ask again')")
        page.wait_for_selector(".turned", timeout=SLOW)
        assert judged(page, axe) == []
        assert fits(page)
    page = open_page("/diagnose", color_scheme=scheme)
    page.set_content(WAITING)
    assert judged(page, axe) == []


def test_twice_as_large_it_still_fits(open_page, address):
    """200 % of an ordinary window."""
    for path in ("/diagnose", address):
        assert fits(open_page(path, viewport={"width": 640, "height": 400}, device_scale_factor=2))


def test_by_keyboard_alone(open_page):
    """From the text to the answer and to its deletion without a mouse, each stop seen."""
    page = open_page("/diagnose")
    page.focus("#text")
    page.keyboard.insert_text("AADSTS120021")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "evidence"
    page.set_input_files("#evidence", [str(path) for path in BEFORE[:2]])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Take back"
    page.keyboard.press("Enter")
    assert page.locator(".chosen li").count() == 2
    assert page.evaluate("document.activeElement.textContent") == "Take back"
    for _ in range(6):
        page.keyboard.press("Tab")
        outlined = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outlined != "none"
        if page.evaluate("document.activeElement.textContent.trim()") == "Diagnose":
            break
    page.keyboard.press("Enter")
    page.wait_for_selector(".jump", timeout=SLOW)
    page.locator("button:has-text('Delete it now')").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("text=It is deleted")


def test_a_refusal_is_said_in_place_and_nothing_is_lost(open_page):
    """What was written and chosen is still there."""
    page = open_page("/diagnose", allowed=("422", "400"))
    page.fill("#text", "nothing known stands here")
    page.set_input_files("#evidence", [str(BEFORE[0])])
    page.click("button:has-text('Diagnose')")
    page.wait_for_selector(".sending .wrong", timeout=SLOW)
    assert "No known error was recognised" in page.inner_text(".sending")
    assert page.input_value("#text") == "nothing known stands here"
    assert page.locator(".chosen li").count() == 2
    assert page.is_enabled("button:has-text('Diagnose')")


def test_too_much_is_told_before_it_is_sent(open_page):
    """The list counts files and bytes."""
    page = open_page("/diagnose")
    page.set_input_files(
        "#evidence", [{"name": f"{number}.txt", "mimeType": "text/plain", "buffer": b"x"} for number in range(51)]
    )
    assert "more than the 50 files" in page.inner_text(".chosen .too-much")


def test_scripts_in_names_and_logs_do_not_run(open_page):
    """Not on the form, not on the result, not in the page that is taken along."""
    page = open_page("/diagnose")
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    evil = "<img src=x onerror=alert(1)>"
    log = (
        (EXAMPLE / "evidence/application.xml")
        .read_text()
        .replace("Access is denied.", "Access is denied. &lt;script&gt;alert(2)&lt;/script&gt;")
    )
    page.fill("#text", f"{ERROR}<script>alert(3)</script>")
    named = [{"name": f"{evil}.xml", "mimeType": "text/xml", "buffer": log.encode()}]
    rest = [
        {"name": path.name, "mimeType": "text/plain", "buffer": path.read_bytes()}
        for path in BEFORE
        if path.suffix != ".xml"
    ]
    page.set_input_files("#evidence", named + rest)
    assert evil in page.inner_text(".chosen")
    page.click("button:has-text('Diagnose')")
    page.wait_for_selector(".jump", timeout=SLOW)
    assert page.locator("main script, main img").count() == 0
    assert "alert(2)" in page.inner_text("main") or "&lt;script" not in page.content()


def test_on_paper(open_page, address):
    """What can be clicked only is left out."""
    page = open_page(address)
    page.emulate_media(media="print")
    for place in (".jump", ".take", ".away-with"):
        assert not page.is_visible(place)
    assert page.is_visible(".cause.leading")
