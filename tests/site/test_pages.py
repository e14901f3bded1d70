"""Every page of the reference: its bytes, its form, its links, its weight."""

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import html5lib
import msgspec
import pytest

from faultbook.app import Faultbook
from faultbook.site.assets import assets
from faultbook.site.page import HTML
from faultbook.site.paths import entry_path
from tests_root import ROOT

MOST_BYTES = 60_000
"""The weight of an entry's page in all: page, style and script, unpacked."""


class Seen(HTMLParser):
    """What the tests ask of a page: links, ids, scripts, and everything that a strict policy would refuse."""

    def __init__(self, text):
        super().__init__()
        self.links, self.ids, self.inline, self.loaded, self.data = [], [], [], [], []
        self._script = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if "id" in values:
            self.ids.append(values["id"])
        self.inline += [name for name in values if name.startswith("on") or name == "style"]
        if tag == "style" or (tag == "script" and "src" not in values and values.get("type") != "application/ld+json"):
            self.inline.append(tag)
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if tag == "form":
            self.links.append(values["action"])
        if tag in {"link", "script", "img"} and (address := values.get("href") or values.get("src")):
            self.loaded.append(address)
        self._script = values.get("type") if tag == "script" else None

    def handle_data(self, data):
        if self._script == "application/ld+json" and data.strip():
            self.data.append(json.loads(data))


@pytest.fixture(scope="session")
def seen(pages):
    """Every HTML page, read once."""
    return {path: Seen(page.body.decode()) for path, page in pages.items() if page.type == HTML and page.status != 301}


def test_a_published_code_that_another_entry_answers_leads_to_it(pages):
    """A sub-condition of Spark has the page of its condition, and its list shows it as explained."""
    below, condition = "UNSUPPORTED_FEATURE.AES_MODE", "UNSUPPORTED_FEATURE"
    moved = pages[entry_path(below)]
    assert (moved.status, moved.location) == (301, entry_path(condition))
    lists = [page.body.decode() for path, page in pages.items() if path.startswith("/published/spark")]
    rows = [row for text in lists for row in text.split("<li") if f">{below}<" in row]
    assert len(rows) == 1
    assert f'href="{entry_path(condition)}"' in rows[0]
    assert "<b>" in rows[0]
    codes = msgspec.json.decode(pages["/data/codes.json"].body)
    assert below in next(row for row in codes["entries"] if row[0] == condition)[5]


def test_the_same_bytes_in_another_process(tmp_path, site):
    """Two builds, one of them with another order of hashes, do not differ in a single byte."""
    code = f"from pathlib import Path; from faultbook.app.maintain import build_book; build_book(Path({str(ROOT / 'book')!r}), Path({str(tmp_path)!r}))"
    env = {**os.environ, "PYTHONHASHSEED": "7"}
    subprocess.run([sys.executable, "-c", code], check=True, env=env)
    again = type(site).open(tmp_path)
    assert again.paths() == site.paths()
    assert [again.get(path) for path in again.paths()] == [site.get(path) for path in site.paths()]


def test_there_is_a_page_for_every_code(site):
    """With or without an entry."""
    book = Faultbook().book
    codes = {*book.codes(), *(one.code for one in book.known())}
    assert len(codes) > 5000
    assert [code for code in codes if entry_path(code) not in site.paths()] == []


def test_no_two_addresses_differ_by_case_only(site):
    """The export must survive file systems that take them for one."""
    folded = [path.casefold() for path in site.paths()]
    assert sorted(path for path in set(folded) if folded.count(path) > 1) == []


def test_every_link_leads_somewhere(site, seen):
    """To a page of the site, and where it names a place on that page, to that place."""
    dead = []
    for path, page in seen.items():
        for link in {*page.links, *page.loaded}:
            parts = urlsplit(link)
            if parts.scheme:
                assert parts.scheme == "https" or link.startswith("http://"), (path, link)
                continue
            target = unquote(parts.path) or path
            if target == "/paste":
                continue  # answered by the service; see box.html
            if site.get(target) is None or (parts.fragment and parts.fragment not in seen[target].ids):
                dead.append((path, link))
    assert dead == []


def test_every_page_is_reached(seen, site):
    """From the front page, by links alone."""
    found, open_ = set(), ["/"]
    while open_:
        path = open_.pop()
        if path in found or path not in seen:
            continue
        found.add(path)
        open_ += [unquote(urlsplit(link).path) for link in seen[path].links if link.startswith("/")]
    assert set(seen) - found - {"/404"} == set()


def test_nothing_that_a_strict_policy_refuses(seen):
    """No inline script, no inline style, no handler, nothing from elsewhere."""
    wrong = {path: page.inline for path, page in seen.items() if page.inline}
    assert wrong == {}
    assert {path for path, page in seen.items() if any(not one.startswith("/") for one in page.loaded)} == set()


def test_no_page_shows_what_a_template_is_made_of(pages):
    """No object of Python stands in a page."""
    marks = (b"&lt;Macro", b"&lt;function", b"&lt;built-in", b" object at 0x", b"jinja2")
    wrong = {path for path, page in pages.items() if page.type == HTML and any(mark in page.body for mark in marks)}
    assert wrong == set()


def test_ids_are_unique(seen):
    """A link to a place must mean one."""
    assert {path for path, page in seen.items() if len(set(page.ids)) < len(page.ids)} == set()


def test_pages_are_valid_html(pages):
    """As a strict parser reads them: every entry, every list, and of the pages that are all alike one in fifty."""
    alike = [
        path for path, page in pages.items() if path.startswith("/e/") and b"known code, no entry yet" in page.body
    ]
    left_out = set(alike) - set(alike[::50])
    judged = [path for path, page in pages.items() if page.type == HTML and page.status != 301 and path not in left_out]
    assert len(judged) > 200
    for path in judged:
        html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(pages[path].body)


def test_an_entry_weighs_under_sixty_kilobytes(pages, site):
    """All that its page loads by itself."""
    shared = sum(len(assets()[name].body) for name in ("site.css", "site.js", "favicon.svg"))
    entries = {code: len(pages[entry_path(code)].body) + shared for code in Faultbook().book.codes()}
    assert {code: size for code, size in entries.items() if size >= MOST_BYTES} == {}


def test_an_entry_loads_no_more_than_that(seen):
    """What the test above counts is what the page asks for."""
    counted = {assets()[name].path for name in ("site.css", "site.js", "favicon.svg")}
    for code in Faultbook().book.codes():
        assert {one for one in seen[entry_path(code)].loaded if one.startswith("/static/")} == counted


def test_structured_data_says_what_the_page_says(seen):
    """An article for every entry; questions only where there are questions."""
    for entry in Faultbook().book.entries():
        kinds = {one["@type"]: one for one in seen[entry_path(entry.code)].data}
        assert set(kinds) == ({"TechArticle", "FAQPage"} if entry.faq else {"TechArticle"})
        assert kinds["TechArticle"]["dateModified"] == entry.review.date.isoformat()
        assert len(kinds.get("FAQPage", {}).get("mainEntity", ())) == len(entry.faq)


def test_at_first_sight(pages):
    """The head of an entry's page answers, in this order, what somebody needs at three in the morning."""
    body = pages["/e/AADSTS120021"].body.decode()
    places = [
        body.index(mark)
        for mark in (
            "<h1>",
            'class="named"',
            'class="summary"',
            "<dt>Severity",
            "<dt>Passes",
            "<dt>Who can",
            "<dt>Do first",
        )
    ]
    assert places == sorted(places)
    assert "One person stands still, and it may pass by itself." in body


def test_each_cause_stands_beside_its_tests_and_fixes(pages):
    """With its share, its basis and its sources; every question says what answers it."""
    entry = Faultbook().book.entry("AADSTS120021")
    body = pages["/e/AADSTS120021"].body.decode()
    for cause in entry.causes:
        part = (
            body[body.index(f'<article class="cause" id="{cause.id}">') :]
            .partition('<article class="cause')[2]
            .partition('<article class="cause')[0]
        )
        assert f"<b>{cause.share}</b>" in part
        assert f">{cause.basis}</a>" in part
        assert part.count("<li>") >= len(cause.tests)
        assert part.count("from <a") == len(cause.tests)
        for fix in cause.fixes:
            assert f'id="fix-{fix}"' in part or f'href="#fix-{fix}"' in part


def test_a_brief_entry_says_that_it_is_brief(compiled):
    """And names no cause."""
    text = (ROOT / "book/entries/entra/1200xx/AADSTS120021.toml").read_text(encoding="utf-8")
    head, tail = text.partition("[[cause]]")[0], text[text.index("[[source]]") :]
    brief = compiled(entry=head.replace('"full"', '"brief"') + tail)
    body = brief.get("/e/AADSTS120021").body.decode()
    assert "This entry is brief" in body
    assert "Brief entry" in body
    assert "Do first" in body
    assert 'class="cause"' not in body
    html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(body)


def test_a_code_of_which_nothing_is_known_says_so(pages):
    """Its page has what is published, and where to look; no cause, and nobody who could act."""
    entry = next(one for one in Faultbook().book.entries() if one.known_only)
    body = pages[entry_path(entry.code)].body.decode()
    assert "is published, so no cause is named here" in body
    assert 'class="cause"' not in body


def test_an_overlay_changes_the_pages(tmp_path):
    """A site's own cause stands on the page with its name, and the lists follow."""
    (tmp_path / "overlay.toml").write_text('name = "Contoso"')
    (tmp_path / "change.toml").write_text('extends = "AADSTS120021"\nsummary = "Call the Contoso desk."\n')
    site = Faultbook(overlay=tmp_path).site
    body = site.get("/e/AADSTS120021").body.decode()
    assert "Call the Contoso desk." in body
    assert "<strong>Contoso</strong>, not of the book" in body
    assert "Call the Contoso desk." in site.get("/product/entra").body.decode()


def test_other_spellings_lead_to_the_one_address(site):
    """In any case, with or without separators, percent-encoded, or by number."""
    for spelt in ("/e/aadsts120021", "/e/AADSTS%20120021", "/e/120021", "/e/AADSTS120021/"):
        moved = site.get(spelt)
        assert (moved.status, moved.location) == (301, "/e/AADSTS120021"), spelt
    assert site.get("/e/ADF%3A2108").location == site.get("/e/adf:2108").location == "/e/ADF~3A2108"
    assert site.get("/e/invalid_grant").location == "/e/invalid_grant~"
    assert site.get("/e/no-such-code") is None
    assert site.get("/e/" + "A" * 1000) is None


def test_tags_are_strong_and_of_the_content(pages):
    """The same bytes have the same tag, others another."""
    assert all(re.fullmatch(r'"[0-9a-f]{24}"', page.etag) for page in pages.values())
    assert len({page.etag for page in pages.values()}) == len({page.body for page in pages.values()})


def test_the_packed_form_is_the_same_page(pages):
    """And smaller, or not there."""
    import gzip

    for page in pages.values():
        if page.gzip is not None:
            assert gzip.decompress(page.gzip) == page.body
            assert len(page.gzip) < len(page.body)


def test_the_feed_names_the_last_changes(pages):
    """Valid XML, newest first, each with its page."""
    import defusedxml.ElementTree as Xml

    feed = Xml.fromstring(pages["/changes.atom"].body)
    space = "{http://www.w3.org/2005/Atom}"
    dates = [one.findtext(f"{space}updated") for one in feed.findall(f"{space}entry")]
    assert dates == sorted(dates, reverse=True)
    assert feed.findtext(f"{space}updated") == dates[0]
    assert len({one.findtext(f"{space}id") for one in feed.findall(f"{space}entry")}) == len(dates)


def test_the_index_of_the_browser_holds_every_code(pages):
    """What the box searches is what the book has."""
    codes = msgspec.json.decode(pages["/data/codes.json"].body)
    book = Faultbook().book
    assert {row[0] for row in (*codes["entries"], *codes["known"])} == {
        *book.codes(),
        *(one.code for one in book.known()),
    }
