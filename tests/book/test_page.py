"""A page answers in five lines, keeps everything the entry says, and obeys nothing that is written in it."""

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faultbook.book.known import Known
from faultbook.book.layout import WIDTH, Prose, clean, inline, literal, markdown, paragraphs, terminal
from faultbook.book.page import ansi, as_markdown, known_blocks, plain

ASK = {"history.recovers-alone": "Do most people who hit it succeed within 15 minutes?"}
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def squeezed(text):
    return re.sub(r"[\s`*]+", "", text)


def test_the_first_five_lines_answer(model, words):
    """What it is, whose problem, whether to wait, and what to do first stand in the first five lines."""
    title, what, whose, wait, first = plain(model, words, {}).splitlines()[:5]
    assert title.startswith("AADSTS120021  PartnerServiceSsprInternalServiceError")
    assert title.endswith("severity medium")
    assert what == model.summary
    assert whose.startswith("Whose   Microsoft; or else the administrator of the sync server")
    assert wait == "Wait?   Perhaps. Wait 15 minutes, then try again, at most twice."
    assert first.startswith("First   Look for AADSTS120013")


def test_the_head_keeps_five_lines_whoever_can_act(model, words):
    """However many people can act, the first step begins on the fifth line, and all of them are named below."""
    crowd = msgspec.structs.replace(model, who_fixes=list(words.who))
    lines = plain(crowd, words, {}).splitlines()
    assert lines[4].startswith("First")
    assert all(squeezed(label) in squeezed("\n".join(lines)) for label in words.who.values())


@pytest.mark.parametrize(
    ("length", "count", "said"),
    [
        (20, 2, "; or else xxxxxxxxxxxxxxxxxxx1 or xxxxxxxxxxxxxxxxxxx2."),
        (29, 2, "; or else xxxxxxxxxxxxxxxxxxxxxxxxxxxx1 or another, see below."),
        (27, 3, "; or else xxxxxxxxxxxxxxxxxxxxxxxxxx1 or 2 others, see below."),
        (50, 1, "; or else another, see below."),
        (50, 3, "; or else 3 others, see below."),
    ],
)
def test_those_for_whom_the_line_has_no_room_are_counted(length, count, said, model, words):
    """Each is named below, and nobody is none of them."""
    named = msgspec.structs.replace(words, who={str(at): f"{at}".rjust(length, "x") for at in range(4)})
    crowd = msgspec.structs.replace(model, who_fixes=[str(at) for at in range(count + 1)])
    assert plain(crowd, named, {}).splitlines()[2].endswith(said)


def test_nothing_of_the_entry_is_lost(model, words):
    """Every text that a reader needs is on the page, in the terminal and in Markdown."""
    shown = [squeezed(plain(model, words, ASK)), squeezed(as_markdown(model, words, ASK))]
    texts = [model.summary, model.meaning, model.first_step, model.retry.why, *model.not_known]
    texts += [text for cause in model.causes for text in (cause.title, cause.detail, cause.untested, cause.no_fix)]
    texts += [text for fix in model.fixes for text in (fix.title, fix.changes, fix.undo, *fix.steps)]
    texts += [text for question in model.faq for text in (question.q, question.a)]
    texts += [text for source in model.sources for text in (source.says, source.url)]
    texts += [text for related in model.related for text in (related.code, related.note)]
    for text in texts:
        for page in shown:
            assert squeezed(text.replace("<", "&lt;")) in page or squeezed(text) in page, text


def test_causes_stand_by_share_and_something_else_has_the_rest(model, words):
    """The largest share comes first and the shares on the page make a hundred."""
    page = plain(model, words, {})
    body = page[page.index("\nCAUSES") : page.index("\nFIXES")]
    shares = [int(number) for number in re.findall(r"^ {2,4}(\d{1,2})  \S", body, re.MULTILINE)]
    assert shares[:-1] == sorted(shares[:-1], reverse=True)
    assert sum(shares) == 100


def test_a_known_question_is_asked_and_an_unknown_probe_is_named(model, words):
    """Where the probe's question is known it is printed, otherwise its id."""
    assert ASK["history.recovers-alone"] in plain(model, words, ASK)
    assert "`history.recovers-alone`" in plain(model, words, {})


def test_colour_changes_only_colour(model, words):
    """Without its colours the page says the same words."""
    coloured = ansi(model, words, ASK)
    assert ESCAPE.search(coloured)
    assert squeezed(ESCAPE.sub("", coloured)) == squeezed(plain(model, words, ASK))


def test_lines_are_a_hundred_columns_wide_at_most(model, words):
    """Only the summary and words that cannot be broken reach further."""
    for line in plain(model, words, ASK).splitlines():
        assert len(line) <= WIDTH or len(line.split()) == 1 or line == model.summary, line


@pytest.mark.parametrize("hostile", ["\x1b]0;owned\x07", "\x9b2J", "\u202egnp.exe", "\x1b[2J", "\r"])
def test_nothing_in_an_entry_drives_the_terminal(model, words, hostile):
    """Escapes and direction overrides in an entry never reach the page."""
    bad = msgspec.structs.replace(
        model, summary=f"a{hostile}b", name=hostile, code=f"X{hostile}", meaning=f"{hostile}\n\n```\n{hostile}\n```"
    )
    for page in (plain(bad, words, {}), as_markdown(bad, words, {}), ESCAPE.sub("", ansi(bad, words, {}))):
        assert not set(hostile) & set("\x1b\x9b\x07\u202e\r") & set(page)


def test_markdown_shows_html_instead_of_obeying_it():
    """A tag becomes text; a code span is left alone."""
    assert inline("<script>x</script> `<a>`") == "&lt;script>x&lt;/script> `<a>`"
    assert literal("a*b <c>") == r"a\*b \<c\>"


def test_a_star_in_a_host_name_is_no_emphasis():
    """Wild cards survive; emphasis is taken off without colour."""
    page = terminal([Prose("Open *.servicebus.windows.net and *.example.com, the tab *Sign-in logs*.")], colour=False)
    assert page == "  Open *.servicebus.windows.net and *.example.com, the tab Sign-in logs.\n"


def test_paragraphs_lists_and_code_are_kept():
    """Soft line breaks join; lists and fenced code stay as they are."""
    text = "One\ntwo.\n\n- a\n  b\n- c\n\n```\nkeep  this\n```\nEnd."
    assert paragraphs(text) == [
        ("", "One two."),
        ("list", "- a b"),
        ("list", "- c"),
        ("code", "keep  this"),
        ("", "End."),
    ]
    assert markdown([Prose(text)]) == "One two.\n- a b\n- c\n\n```text\nkeep  this\n```\n\nEnd.\n"


@given(st.text(), st.booleans())
def test_any_text_becomes_a_page(text, colour):
    """No text breaks the layout, and no word of it is lost."""
    page = terminal([Prose(text)], colour=colour)
    assert "\x1b" not in ESCAPE.sub("", page)
    if not set(text) & set("`*"):
        assert squeezed(ESCAPE.sub("", page)) == squeezed(clean(text))


def test_a_known_code_says_that_it_has_no_entry(words):
    """A published code without entry gives its name and its doubts, never a cause."""
    known = Known(
        code="AADSTS16000",
        family="entra",
        name="InteractionRequired",
        oauth_error="interaction_required",
        source="docs",
    )
    page = terminal(known_blocks(known, ["AADSTS16001"]), colour=False)
    assert "no entry yet" in page.splitlines()[0]
    assert "OAuth class interaction_required" in page
    assert "AADSTS16001" in page
    assert "CAUSES" not in page
