"""What grows old is marked, what is given up is told, and what changed between two books is said in sentences."""

import datetime as dt
import shutil

import msgspec
import pytest

from faultbook.app import Faultbook
from faultbook.app.maintain import build_book
from faultbook.book.difference import Edition, difference, edition
from faultbook.book.page import as_markdown, plain
from faultbook.book.pages import find
from faultbook.book.stale import stale_from, stale_parts, why_stale
from faultbook.book.stats import count
from faultbook.errors import BookError
from faultbook.model import Source

READ = dt.date(2026, 11, 23)
YEAR_LATER = dt.date(2027, 11, 23)


@pytest.fixture(scope="module")
def sources(tmp_path_factory, book_folder):
    """The sources of a book of four entries, in which one code was given up for another, and one for nothing."""
    root = tmp_path_factory.mktemp("kept") / "book"
    for name in (
        "entra/500xx/AADSTS50059.toml",
        "entra/900xx/AADSTS90002.toml",
        "entra/1200xx/AADSTS120021.toml",
        "sspr/SSPR_0029.toml",
    ):
        (root / "entries" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(book_folder / "entries" / name, root / "entries" / name)
    shutil.copytree(book_folder / "codes", root / "codes")
    shutil.copy(book_folder / "words.toml", root)
    (root / "retired.toml").write_text(
        '[[retired]]\ncode = "AADSTS50012"\nnow = "AADSTS50059"\nreason = "Merged."\ndate = 2026-10-01\n\n'
        '[[retired]]\ncode = "AADSTS50013"\nreason = "Nobody prints it any more."\ndate = 2026-10-02\n'
    )
    return root


@pytest.fixture(scope="module")
def compiled(sources):
    return build_book(sources, sources.parent / "out")


def source(**changed):
    return Source(id="s", url="https://learn.microsoft.com/x", says="X.", kind="vendor", **{"checked": READ, **changed})


@pytest.mark.parametrize(
    ("one", "today", "why"),
    [
        (source(), READ, ""),
        (source(), dt.date(2027, 11, 22), ""),
        (source(), YEAR_LATER, "last read 2026-11-23"),
        (source(checked=dt.date(2024, 2, 29)), dt.date(2025, 2, 28), ""),
        (source(checked=dt.date(2024, 2, 29)), dt.date(2025, 3, 1), "last read 2024-02-29"),
        (source(changed=dt.date(2026, 12, 1)), READ, "changed on 2026-12-01"),
        (source(changed=dt.date(2026, 11, 1)), READ, ""),
        (source(checked=None), READ, "not read for this entry"),
    ],
)
def test_a_source_is_stale_when_it_is_old_changed_or_unread(one, today, why):
    """A page read again after it changed bears again; the day is that of the calendar."""
    assert why_stale(one, today) == why


def test_the_limit_is_a_setting():
    """A site may want to hear after half a year."""
    assert why_stale(source(), dt.date(2027, 5, 23), months=6)
    assert not why_stale(source(), dt.date(2027, 5, 22), months=6)


def test_what_also_cites_a_fresh_source_still_stands(model):
    """A part is stale when nothing that it rests on bears any more."""
    assert stale_parts(model, READ) == []
    old = [
        msgspec.structs.replace(one, checked=dt.date(2024, 1, 1)) if one.id == "ms-writeback-setup" else one
        for one in model.sources
    ]
    parts = {one.part for one in stale_parts(msgspec.structs.replace(model, sources=old), READ)}
    assert parts == set()  # writeback-off cites it beside the list of codes
    alone = [
        msgspec.structs.replace(one, changed=READ) if one.id in {"ms-writeback-setup", "ms-codes"} else one
        for one in model.sources
    ]
    parts = {one.part for one in stale_parts(msgspec.structs.replace(model, sources=alone), READ)}
    assert "cause[writeback-off]" in parts
    assert "cause[writeback-rights-missing]" not in parts


def test_the_page_says_what_is_stale(model, words):
    """In the terminal and in Markdown."""
    stale = stale_parts(model, YEAR_LATER)
    assert {"meaning", "retry", "cause[writeback-off]"} <= {one.part for one in stale}
    for page in (plain(model, words, {}, stale), as_markdown(model, words, {}, stale)):
        assert (
            "The cause “Password writeback is switched off for a synchronised user”: last read 2026-11-23."
            in " ".join(page.split())
        )
    assert "STALE" not in plain(model, words, {})


def test_the_compiled_page_steps_aside_when_a_source_grows_old(compiled, model):
    """The fast path prints what was compiled up to the day on which that is no longer true; then the page is written anew, with its marks."""
    last = stale_from(model).toordinal() - dt.date(1970, 1, 1).toordinal()
    pages = str(compiled / "book.pages")
    assert find(pages, "AADSTS120021", False, last - 1).startswith("AADSTS120021 ")
    assert find(pages, "AADSTS120021", False, last) is None
    book = Faultbook(compiled, today=YEAR_LATER)
    assert "\nSTALE" in book.page("AADSTS120021", colour=False)
    assert {one.part for one in book.answer("120021").stale} >= {"meaning"}
    assert "\nSTALE" not in Faultbook(compiled, today=READ).page("AADSTS120021", colour=False)


def test_the_counts_name_what_rests_on_stale_sources(model):
    """By entry and part, in text and as data."""
    fresh, old = (count([model], [], day) for day in (READ, YEAR_LATER))
    assert (fresh.stale_sources, list(fresh.stale)) == (0, [])
    assert old.stale_sources == len(model.sources)
    assert [one.code for one in old.stale] == ["AADSTS120021"]
    assert "AADSTS120021: meaning, retry, cause[sspr-service-fault]" in old.text()


@pytest.mark.parametrize("spelt", ["AADSTS50012", "50012", "aadsts 50012"])
def test_a_retired_code_says_so_and_shows_what_took_its_place(compiled, spelt):
    """On the fast path, on the slow one, and as data."""
    for page in (
        find(str(compiled / "book.pages"), spelt, False),
        Faultbook(compiled, today=READ).page(spelt, colour=False),
    ):
        assert page.startswith("AADSTS50012")
        assert "Retired on 2026-10-01: Merged. What follows is AADSTS50059" in page
        assert "\nAADSTS50059  MissingTenantRealm" in page
    answer = Faultbook(compiled).answer(spelt)
    assert (answer.retired.now, answer.entry.code) == ("AADSTS50059", "AADSTS50059")
    assert "Retired on 2026-10-01" in Faultbook(compiled).markdown(answer.entry, answer.retired)


def test_a_code_retired_for_nothing_says_that(compiled):
    """It is published, and still the book says that it was given up."""
    book = Faultbook(compiled)
    for page in (find(str(compiled / "book.pages"), "AADSTS50013", False), book.page("AADSTS50013", colour=False)):
        assert "Nobody prints it any more. Nothing took its place." in page
    assert book.answer("AADSTS50013").entry is None


def test_a_retired_code_in_a_text_leads_to_what_took_its_place(compiled):
    """A diagnosis of the old code is one of the new."""
    assert Faultbook(compiled).diagnose("AADSTS50012").entry.code == "AADSTS50059"


def changed(model, **changes):
    return msgspec.structs.replace(model, **changes)


def told(old, new, retired=None):
    editions = (
        Edition(name=name, entries={one.code: one for one in entries}, retired=gone)
        for name, entries, gone in (("old", old, {}), ("new", new, retired or {}))
    )
    return difference(*editions)


def test_every_change_is_a_sentence(model):
    """Each kind of change, on one entry."""
    first, second, *others = model.causes
    new = changed(
        model,
        severity="high",
        summary="Another summary.",
        meaning=model.meaning.replace("\n", " "),
        causes=[
            changed(first, share=30),
            changed(second, title="The agent is away"),
            *others[:-1],
            changed(others[-1], id="new-cause", title="Something new"),
        ],
        fixes=[changed(model.fixes[0], steps=["Wait."]), *model.fixes[1:]],
        faq=[*model.faq[1:], changed(model.faq[0], q="Is it new?")],
        sources=[
            changed(model.sources[0], checked=dt.date(2026, 12, 24)),
            changed(model.sources[1], changed=READ),
            *model.sources[2:],
        ],
    )
    found = {one.what: one for one in told([model], [new]).changes}
    assert set(found) == {
        "severity", "text", "cause-added", "cause-removed", "share", "cause-reworded", "fix-changed", "question-added", "question-removed",
        "source-reread", "source-changed",
    }  # fmt: skip
    assert (
        found["share"].sentence
        == "“A fault in Microsoft's password reset service” explains 30 of 100, and was given 35."
    )
    assert (found["share"].old, found["share"].new) == ("35", "30")
    assert found["cause-reworded"].sentence.endswith("is called “The agent is away” now.")
    assert "was read again on 2026-12-24" in found["source-reread"].sentence
    text = told([model], [new]).text()
    assert text.startswith("AADSTS120021\n  - Its severity is high, and was medium.")


def test_added_retired_and_removed_codes_come_first(model):
    """A code that went without a word is told as that."""
    other, third = changed(model, code="AADSTS120022"), changed(model, code="AADSTS120023")
    answer = told([model, other], [third], {"AADSTS120021": "Merged. See AADSTS120023."})
    assert answer.text().splitlines() == [
        f"AADSTS120023 is new (a full entry): {model.summary}",
        "AADSTS120021 was retired: Merged. See AADSTS120023.",
        "AADSTS120022 is gone, and nothing says why.",
    ]


def test_the_same_book_has_no_difference_in_whatever_form(sources, compiled):
    """From its sources and compiled it reads the same."""
    assert difference(edition(sources), edition(compiled)).text() == "Nothing has changed for readers."
    assert difference(edition(compiled), edition(compiled / "book.sqlite")).changes == ()


def test_what_is_no_book_is_refused(tmp_path):
    """An empty folder is not an empty book."""
    with pytest.raises(BookError):
        edition(tmp_path)
