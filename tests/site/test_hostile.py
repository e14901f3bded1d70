"""Text from an entry, from a table or from a request is text, whatever it looks like."""

import html5lib
import pytest

from faultbook.app import Faultbook
from faultbook.book.layout import bare
from faultbook.recognise import describe_unknown
from faultbook.site import live
from faultbook.site.markup import Writer
from faultbook.site.render import data, frame, parted
from tests_root import ROOT

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><svg/onload=alert(3)> &lt;b&gt; {{ 7*7 }} [x](javascript:alert(4)) ![y](http://evil.example/z.png)"
ENTRY = (ROOT / "book/entries/entra/1200xx/AADSTS120021.toml").read_text(encoding="utf-8")


def elements(page):
    tree = html5lib.parse(page.body.decode(), namespaceHTMLElements=False)
    return list(tree.iter())


def harmless(page):
    """Nothing of what was tried has become an element, an attribute or a link."""
    for one in elements(page):
        assert not any(name.startswith("on") for name in one.attrib), one.attrib
        assert one.tag != "img" or one.get("src", "").startswith("/static/favicon.")
        assert not str(one.get("href", "")).lower().startswith(("javascript:", "data:", "vbscript:"))
        if one.tag == "script":
            assert one.get("type") == "application/ld+json" or one.get("src", "").startswith("/static/")
    body = page.body.decode()
    assert "alert(1)" not in body or "{{ 7*7 }}" in body or "{{ 7*7 }}" not in EVIL
    return body


@pytest.fixture
def evil_entry():
    quoted = EVIL.replace("\\", "\\\\").replace('"', '\\"')
    text = ENTRY
    for line in ENTRY.splitlines():
        for key in (
            "summary",
            "first_step",
            "title",
            "why",
            "q",
            "a",
            "says",
            "detail",
            "note",
            "changes",
            "undo",
            "name",
        ):
            if line.startswith((f"{key} ", f"{key}=")) and line.rstrip().endswith('"') and line.count('"') >= 2:
                head = line[: line.index('"')]
                text = text.replace(line, f'{head}"{quoted}"')
    return text.replace("Somebody signed in", EVIL).replace(
        'text = \'{"id"', "text = '" + EVIL.replace("'", "") + '{"id"'
    )


def test_an_entry(compiled, evil_entry):
    """In every place where an entry has text."""
    site = compiled(entry=evil_entry)
    body = harmless(site.get("/e/AADSTS120021"))
    assert body.count("alert(1)") > 20
    for path in ("/", "/product/entra", "/changes", "/severity/medium"):
        harmless(site.get(path))
    import defusedxml.ElementTree as Xml

    Xml.fromstring(site.get("/changes.atom").body)


def test_a_table_of_codes(compiled):
    """Codes and names of the published lists."""
    site = compiled(codes=f"<b>BAD\tentra\t{EVIL}\terror\t\t\t{EVIL}\t{EVIL}")
    for path in site.paths():
        if site.get(path).type.startswith("text/html"):
            harmless(site.get(path))


def test_pages_of_a_request():
    """What somebody typed, pasted or asked for."""
    book = Faultbook()
    harmless(live.search_page(EVIL, []))
    harmless(live.problem_page(413, EVIL, EVIL, EVIL))
    harmless(live.unlisted_page(describe_unknown(EVIL, book.book.known())))
    found = book.recogniser.scan(f"AADSTS50126: {EVIL}\nCorrelation ID: 66666666-7777-4888-9999-000000000000")
    harmless(live.recognised_page(found, {"AADSTS50126": book.book.entry("AADSTS50126")}))
    harmless(frame(EVIL, "<p>ours</p>", description=EVIL, path='/x"><script>'))


def test_structured_data_cannot_end_its_element():
    """Nor can a line separator break a script that reads it."""
    assert "<" not in data({"a": "</script><!--\u2028"})
    assert "\u2028" not in data({"a": "\u2028"})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a <b>c</b>", "a &lt;b&gt;c&lt;/b&gt;"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("![x](https://evil.example/x.png)", None),
        ("`<i>` and **bold** and *thin*", "<code>&lt;i&gt;</code> and <strong>bold</strong> and <em>thin</em>"),
        ("\u202eevil\x07\x1b[31m", "evil[31m"),
        ("see AADSTS1 of <AADSTS2>", None),
    ],
)
def test_the_markdown_of_entries(text, shown):
    """Emphasis, code and lists; no markup, no links, no pictures of its own."""
    written = str(Writer({}, set()).inline(text))
    assert "<img" not in written
    assert 'href="javascript' not in written
    if shown is not None:
        assert written == shown


def test_codes_and_addresses_in_a_sentence_are_links():
    """A known code to its page, an address to where it leads; on its own page a code is none."""
    write = Writer({"AADSTS50126": "/e/AADSTS50126", "AADSTS1200": "/e/AADSTS1200"}, {"AADSTS50126"})
    assert 'href="/e/AADSTS50126">AADSTS50126</a>,' in write.inline("See AADSTS50126, or not.")
    assert 'href="https://aka.ms/x"' in write.inline("Open https://aka.ms/x.")
    assert "<a" not in write.inline("AADSTS501260 and xAADSTS50126")
    assert "<a" not in write.inline("fifty thousand: 50126")
    write.own = "AADSTS1200"
    assert ">50126</a>" in write.inline("or 50126 instead")
    assert "<a" not in write.inline("AADSTS1200")


def test_a_bare_text_has_no_marks():
    """For titles and descriptions."""
    assert bare("a *b* **c** `d_e`\n  f") == "a b c d_e f"


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("DELTA_MULTIPLE_SOURCE", ["DELTA_", "MULTIPLE_", "SOURCE"]),
        ("Microsoft.Data.Mashup.ErrorCode=10117", ["Microsoft.", "Data.", "Mashup.", "Error", "Code=", "10117"]),
        ("AADSTS120021", ["AADSTS120021"]),
        ("<b>_x", ["&lt;b&gt;_", "x"]),
    ],
)
def test_a_heading_breaks_between_the_words_of_a_code(code, parts):
    assert parted(code) == "<wbr>".join(parts)
