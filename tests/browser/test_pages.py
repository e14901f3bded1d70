"""Every kind of page, seen as people see it: small, large, in the dark, printed, without a script, without a mouse."""

import pytest

KINDS = {
    "front": "/",
    "entry": "/e/AADSTS120021",
    "short entry": "/e/SSPR_0012",
    "known code": "/e/AADSTS90046",
    "product": "/product/entra",
    "severity": "/severity/high",
    "who": "/who/user",
    "category": "/category/credentials",
    "browse": "/browse",
    "published lists": "/published",
    "published list": "/published/spark/3",
    "changes": "/changes",
    "about": "/about",
    "diagnose": "/diagnose",
    "search": "/search",
    "missing": "/404.html",
}
IDS = {"argvalues": list(KINDS.values()), "ids": list(KINDS)}


def judged(page, axe):
    """What axe finds at serious or above. It is a script of ours, so it is put in past the page's own policy."""
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        f"{one['impact']} {one['id']}: {node['html'][:160]} {node['failureSummary']}"
        for one in found
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"][:3]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", **IDS)
def test_axe_finds_nothing_serious(open_page, axe, path, scheme):
    """By day and by night."""
    page = open_page(path, color_scheme=scheme)
    assert judged(page, axe) == []


@pytest.mark.parametrize("path", **IDS)
def test_a_narrow_screen_scrolls_one_way_only(open_page, axe, path):
    """320 pixels, which is 1280 at a zoom of 400 %; and 200 % of an ordinary window."""
    for width in (320, 640):
        page = open_page(path, viewport={"width": width, "height": 640}, device_scale_factor=2)
        wide = page.evaluate(
            """() => [...document.querySelectorAll('main *, header *, footer *')].filter((one) => {
                 if (one.closest('.scroll, pre, .away, .skip, svg')) return false;
                 const box = one.getBoundingClientRect();
                 return box.width > 0 && box.right > document.documentElement.clientWidth + 1;
               }).map((one) => one.outerHTML.slice(0, 120))"""
        )
        assert wide == []
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert judged(page, axe) == []


@pytest.mark.parametrize("path", **IDS)
def test_larger_letters_lose_nothing(open_page, path):
    """Text at 200 % without a larger page: nothing is cut off or covered."""
    page = open_page(path, viewport={"width": 1024, "height": 768})
    page.evaluate("document.documentElement.setAttribute('class', 'large')")
    page.evaluate("document.adoptedStyleSheets = [Object.assign(new CSSStyleSheet(), {}), ]")
    page.evaluate(
        "(() => { const sheet = new CSSStyleSheet(); sheet.replaceSync('html{font-size:200%}'); document.adoptedStyleSheets = [sheet]; })()"
    )
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    cut = page.evaluate(
        """() => [...document.querySelectorAll('h1, h2, h3, p, li, dt, dd, a, button, td, th')].filter((one) =>
             getComputedStyle(one).overflow === 'hidden' && one.scrollHeight > one.clientHeight + 1 && !one.closest('.away')).map((one) => one.outerHTML.slice(0, 80))"""
    )
    assert cut == []


@pytest.mark.parametrize("path", **IDS)
def test_by_keyboard_alone(open_page, path):
    """Every link and control is reached in the order of the page, each shows that it is reached, and nothing holds the reader."""
    page = open_page(path)
    targets = page.evaluate(
        """() => [...document.querySelectorAll('a[href], button, input, textarea, [tabindex="0"]')]
             .filter((one) => one.checkVisibility({visibilityProperty: true})).length"""
    )
    seen = []
    for _ in range(min(targets, 60)):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                """() => { const one = document.activeElement; const style = getComputedStyle(one);
                     return [one.tagName, one.textContent.trim().slice(0, 40), style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2]; }"""
            )
        )
    assert seen[0][1] == "Skip to the page"
    assert [one for one in seen if not one[2]] == []
    assert [one for one in seen if one[0] == "BODY"] == []


def test_the_skip_link_skips(open_page):
    """One key, and the reader is past the menu."""
    page = open_page("/e/AADSTS120021")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "/product/entra"


@pytest.mark.parametrize("path", **IDS)
def test_in_the_dark(open_page, path):
    """Light letters on dark paper, and the other way round by day."""
    bright = {}
    for scheme in ("light", "dark"):
        page = open_page(path, color_scheme=scheme)
        bright[scheme] = page.evaluate(
            "getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).slice(0, 3).map(Number).reduce((a, b) => a + b)"
        )
    assert bright["light"] > 600
    assert bright["dark"] < 150


@pytest.mark.parametrize("path", **IDS)
def test_on_paper(open_page, path):
    """Black on white, without what paper cannot do, and with all of the text."""
    page = open_page(path, color_scheme="dark")
    text = page.inner_text("h1")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.inner_text("h1") == text
    assert not page.is_visible(".top")
    assert not page.is_visible(".menu")
    assert len(page.pdf(format="A4")) > 5000


def test_paper_shows_where_a_source_is(open_page):
    """A link that cannot be clicked says its address."""
    page = open_page("/e/AADSTS120021")
    page.emulate_media(media="print")
    shown = page.evaluate("getComputedStyle(document.querySelector('.sources a'), '::after').content")
    assert "https://learn.microsoft.com/" in shown


@pytest.mark.parametrize("path", **IDS)
def test_without_a_script(open_page, path):
    """Everything but the box works, and the box says what it needs."""
    page = open_page(path, java_script_enabled=False)
    assert page.inner_text("h1")
    if page.query_selector(".ask"):
        assert "browse the lists" in page.inner_text(".ask")
        assert not page.is_visible("[data-with-script]")


def test_without_a_script_an_entry_is_reached_from_the_front(open_page):
    """By links alone."""
    page = open_page("/", java_script_enabled=False)
    page.click("text=Self-service password reset")
    page.click("text=SSPR_0029")
    assert page.inner_text("h1") == "SSPR_0029"
    page.click("text=AADSTS120015 >> nth=0")
    assert page.inner_text("h1") == "AADSTS120015"
