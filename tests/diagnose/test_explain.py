"""The printed forms: five lines first, everything traceable, nothing from evidence obeyed."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from faultbook.diagnose.explain import markdown, openings, page, terminal
from faultbook.diagnose.plan import permissions
from faultbook.diagnose.sentences import clean, most_telling
from faultbook.diagnose.terminal import shortened, shown_width, wrapped
from faultbook.diagnose.verdict import diagnose
from faultbook.diagnose.weigh import Weighed
from faultbook.evidence import Fact, Facts, Window
from faultbook.probes import all_probes

from . import scene

HOSTILE = "\x1b[31mred\x1b]0;title\x07 <script>alert(1)</script> <img src=x onerror=y> [a](javascript:b) `c` | \"d\" 'e' \u202egnp \x9b2J"


@pytest.fixture(scope="module")
def found(model_entry, book_words):
    return diagnose(
        scene.OCCURRENCE, model_entry, scene.facts(), all_probes(), words=book_words, subject=scene.SUBJECT, book="test"
    )


@pytest.fixture(scope="module")
def empty(model_entry, book_words):
    return diagnose(scene.OCCURRENCE, model_entry, Facts(), all_probes(), words=book_words, subject=scene.SUBJECT)


@pytest.fixture(scope="module")
def hostile(model_entry, book_words):
    """Every text that evidence can bring in holds terminal escapes, HTML and Markdown."""
    events = [scene.event(0.1, 33004, f"hr=80070005 {HOSTILE} {scene.KIM}"), scene.event(-1, 31016, HOSTILE)]
    issue = {
        "id": HOSTILE,
        "title": f"password reset {HOSTILE}",
        "service": "Microsoft Entra",
        "status": "investigating",
        "startDateTime": "2026-03-02T07:00:00Z",
    }
    audit = {
        "activityDateTime": "2026-03-02T07:30:00Z",
        "activityDisplayName": f"Update policy {HOSTILE}",
        "category": "Policy",
        "targetResources": [{"displayName": HOSTILE}],
    }
    history = scene.history() | {
        "contrast": [
            {
                "attribute": "app",
                "value": HOSTILE,
                "failed": 14,
                "succeeded": 1,
                "failed_users": 6,
                "succeeded_users": 1,
            },
            {"attribute": "app", "value": "x", "failed": 0, "succeeded": 900, "failed_users": 0, "succeeded_users": 80},
        ]
    }
    facts = Facts(
        [
            Fact(kind="windows.events", target=HOSTILE, value=events, window=scene.WINDOW, by=HOSTILE),
            Fact(kind="graph.serviceHealthIssues", value=[issue], by=HOSTILE),
            Fact(kind="graph.directoryAudits", value=[audit], by=HOSTILE, window=scene.WINDOW),
            Fact(kind="signins.history", target="AADSTS120021", value=history, window=scene.WINDOW, by=HOSTILE),
            Fact(kind="graph.users", why_unknown="not-permitted", detail=HOSTILE, by=HOSTILE),
        ]
    )
    occurrence = msgspec.structs.replace(scene.OCCURRENCE, text=HOSTILE, correlation_id=HOSTILE, tenant=HOSTILE)
    return diagnose(occurrence, model_entry, facts, all_probes(), words=book_words, subject=scene.SUBJECT, book=HOSTILE)


def test_five_lines_say_what_whose_whether_to_wait_the_cause_and_the_next_step(found):
    lines = terminal(found, width=0).splitlines()[:6]
    assert [line[:9].strip() for line in lines] == ["What", "Whose", "Waiting", "Cause", "Next", ""]
    assert "AADSTS120021" in lines[0]
    assert "Active Directory administrator" in lines[1]
    assert "does not help" in lines[2]
    assert "Established" in lines[3]
    assert "Event 33004" in lines[3]
    assert "Grant the writeback rights" in lines[4]


def test_in_a_terminal_each_of_the_five_has_two_lines_at_most(found):
    lines = terminal(found, width=100).splitlines()
    head = lines[: lines.index("")]
    assert [line[:9].strip() for line in head if line[:9].strip()] == ["What", "Whose", "Waiting", "Cause", "Next"]
    assert len(head) <= 10
    assert all(shown_width(line) <= 100 for line in head)


def test_without_evidence_the_five_lines_name_the_next_check(empty):
    lines = terminal(empty, width=0).splitlines()
    assert lines[1].startswith("Whose    Not settled: Microsoft 35 %")
    assert lines[2].startswith("Waiting  Wait 15 minutes, then try twice at most.")
    assert lines[3].startswith("Cause    No evidence yet.")
    assert lines[4].startswith("Next     Get ")


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_lines_fit_the_terminal(found, width):
    lines = terminal(found, width=width).splitlines()
    long = [line for line in lines if shown_width(line) > width and " " in line.strip()[: width - 30]]
    unbreakable = [line for line in long if any(shown_width(word) > width - 30 for word in line.split())]
    assert long == unbreakable


def test_weights_words_and_unknowns_are_shown(found):
    text = terminal(found)
    assert "+16.0 dB  yes" in text
    assert "ruled-out" in text
    assert "(was 14 %, inferred)" in text
    assert "(a stronger finding of its kind counts instead)" in text
    assert "Not checked (" in text
    assert "unknown weighs nothing" in text
    assert "consistent with" in text
    assert "Gap 2026-03-01" in text


def test_colour_is_only_there_when_wanted_and_changes_no_word(found):
    plain, painted = terminal(found), terminal(found, colour=True)
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == plain


def test_no_escape_from_evidence_reaches_the_terminal(hostile):
    text = terminal(hostile, width=0)
    assert "red" in text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    painted = terminal(hostile, width=120, colour=True)
    assert set(re.findall("\x1b[^m]*m", painted)) <= {
        f"\x1b[{code}m" for code in ("0", "1", "2", "1;36", "33", "34", "35", "1;4")
    }


def test_markdown_shows_evidence_as_text(hostile):
    text = markdown(hostile)
    assert "<script" not in text.replace("\\<script", "")
    assert not re.search(r"(?<!\\)\]\(javascript", text)
    assert "\x1b" not in text
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert rows
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 5 for row in rows)


def test_markdown_carries_ids_causes_fixes_and_evidence(found):
    text = markdown(found)
    for part in (
        "66666666-7777-4888-9999-000000000000",
        "| established | >99 % | 14 % |",
        "### Grant the writeback rights",
        "## Not checked",
        "application.evtx",
    ):
        assert part in text


class Seen(HTMLParser):
    """What a browser would make of the page."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.open = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *attr) for attr in attrs]
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def seen(html):
    parser = Seen()
    parser.feed(html)
    assert parser.open == []
    return parser


def test_the_page_is_well_formed_and_needs_nothing_from_outside(found):
    html = page(found)
    parser = seen(html)
    assert not {"script", "link", "iframe", "object", "embed", "img", "form", "base"} & set(parser.tags)
    for tag, name, value in parser.attributes:
        assert not name.startswith("on")
        assert name != "style"
        assert name not in {"src", "href", "action"} or value.startswith("#"), (tag, name, value)
    assert "url(" not in html
    assert "@import" not in html
    policy = next(
        value
        for tag, name, value in parser.attributes
        if tag == "meta" and name == "content" and "default-src" in value
    )
    assert "default-src 'none'" in policy
    assert "prefers-color-scheme:dark" in html
    assert "@media print" in html


def test_hostile_text_stays_text_on_the_page(hostile):
    html = page(hostile)
    parser = seen(html)
    assert not {"script", "img"} & set(parser.tags)
    assert "&lt;script&gt;" in html
    assert "\x1b" not in html
    assert "\u202e" not in html
    assert {name for _, name, _ in parser.attributes} <= {
        "lang", "charset", "http-equiv", "content", "name", "class", "id", "href", "aria-labelledby", "aria-hidden", "role", "viewbox", "preserveaspectratio",
        "width", "height", "rx", "x", "y", "x1", "x2", "y1", "y2", "d", "text-anchor", "cx", "cy", "r", "tabindex", "aria-label",
    }  # fmt: skip


def test_every_number_on_the_page_leads_to_its_fact(found):
    parser = seen(page(found))
    ids = {value for _, name, value in parser.attributes if name == "id"}
    links = {value[1:] for _, name, value in parser.attributes if name == "href"}
    assert links <= ids
    assert {f"fact-{fact.hash}" for fact in found.evidence} <= ids
    labelled = {value for _, name, value in parser.attributes if name == "aria-labelledby"}
    assert all(part in ids for value in labelled for part in value.split())


def test_the_picture_is_an_accessible_image_with_everything_on_it(found):
    html = page(found)
    svg = ET.fromstring(re.search(r'<svg class="timeline".*?</svg>', html, re.DOTALL)[0])
    assert svg.get("role") == "img"
    assert svg.find("title").text
    assert "The failures began between" in svg.find("desc").text
    classes = {part.get("class") for part in svg.iter()}
    assert {"band", "share", "failed", "onset", "failure", "mark policy", "mark agent", "mark service"} <= classes
    numbers = [
        float(part.get(name))
        for part in svg.iter()
        for name in ("x", "y", "width", "height", "x1", "y1")
        if part.get(name)
    ]
    assert all(-1 <= number <= 1000 for number in numbers)


def test_what_failing_sign_ins_share_is_a_picture_too(found):
    """Two shares with their intervals for each value, on the page and in words."""
    html = page(found)
    svg = ET.fromstring(re.search(r'<svg class="contrast".*?</svg>', html, re.DOTALL)[0])
    shared = found.statistics.shared
    assert shared
    assert len(svg.findall("g")) == 2 * len(shared)
    assert all(one.value in svg.find("desc").text for one in shared)
    for group, rate in zip(
        svg.findall("g"), (rate for one in shared for rate in (one.failing, one.succeeding)), strict=True
    ):
        line, dot = group.find("line"), group.find("circle")
        assert float(line.get("x1")) <= float(dot.get("cx")) <= float(line.get("x2"))
        assert f"{rate.count} of {rate.of}" in group.find("text").text


def test_unknown_has_its_own_colour_and_green_is_for_verified_only(found):
    html = page(found)
    assert ".unknown .tag{background:var(--violet-soft)" in html
    assert "--green" not in html


def test_the_page_of_an_empty_diagnosis_is_whole_too(empty):
    seen(page(empty))
    assert "None was given." in page(empty)


def test_a_window_of_one_instant_draws(model_entry, book_words):
    facts = Facts(
        [
            Fact(
                kind="signins.history",
                value={
                    "code": 120021,
                    "bucket_seconds": 300,
                    "failed": 1,
                    "succeeded": 0,
                    "buckets": [{"start": "2026-03-02T08:10:00Z", "failed": 1, "succeeded": 0, "other": 0}],
                },
                window=Window(scene.AT, scene.AT),
            )
        ]
    )
    one = diagnose(scene.OCCURRENCE, model_entry, facts, all_probes(), words=book_words, subject=scene.SUBJECT)
    seen(page(one))
    assert "count and no rate" in " ".join(terminal(one).split())


def test_permissions_read_as_a_list(model_entry, words):
    text = openings(permissions(model_entry, all_probes(), words))
    assert "Or grant: AuditLog.Read.All (role Reports Reader; Microsoft Entra ID P1)." in text
    assert "a person must sign in" in text
    assert "yes makes it" in text


@given(st.text())
def test_clean_text_is_one_line_without_controls(text):
    shown = clean(text)
    assert not re.search("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]", shown)
    assert clean(shown) == shown


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200), st.integers(10, 120))
def test_a_shortened_text_fits(text, room):
    assert shown_width(shortened(clean(text), room)) <= room


@given(st.lists(st.text(alphabet="ab漢", min_size=1, max_size=12), max_size=40), st.integers(24, 100))
def test_wrapping_loses_nothing_and_fits(words, width):
    lines = wrapped(" ".join(words), width)
    assert " ".join(lines).split() == words
    assert all(shown_width(line) <= width for line in lines)


def test_the_cause_line_shows_what_sets_the_cause_apart(found):
    """A finding that other causes share as much says nothing of the first, however heavy it is."""
    first, second, *others = found.ranked
    shared = Weighed(
        probe="app.missing-in-tenant", answer="yes", weight=16.8, counted=True, names=True, sentence="Shared."
    )
    own = Weighed(probe="change.app-deleted", answer="yes", weight=16.0, counted=True, names=True, sentence="Its own.")
    spared = Weighed(probe="history.unattended", answer="yes", weight=18.0, sentence="Not counted.")
    ranked = (replace(first, findings=(shared, own, spared)), replace(second, findings=(shared,)), *others)
    assert first.word == "established"
    told = most_telling(replace(found, ranked=ranked))
    assert told is not None
    assert told.sentence == "Its own."
    alone = most_telling(replace(found, ranked=(replace(first, findings=(shared, own, spared)), *others)))
    assert alone is not None
    assert alone.sentence == "Shared."


def test_what_is_established_is_told_by_what_names_the_error(found):
    """A statistic may set a cause further apart, and is not what establishes it."""
    first, second, *others = found.ranked
    naming = Weighed(
        probe="account.mfa-unregistered", answer="yes", weight=10.7, counted=True, names=True, sentence="Names it."
    )
    statistic = Weighed(probe="history.one-user-only", answer="yes", weight=5.1, counted=True, sentence="A statistic.")
    ranked = (replace(first, findings=(naming, statistic)), replace(second, findings=(naming,)), *others)
    assert [
        told.sentence
        for word in ("established", "likely")
        if (told := most_telling(replace(found, ranked=(replace(ranked[0], word=word), *ranked[1:]))))
    ] == ["Names it.", "A statistic."]
