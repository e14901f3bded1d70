"""A site's overlay adds and changes entries, says so everywhere, and is refused with every mistake named."""

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from faultbook.app import Faultbook
from faultbook.app.maintain import build_book, lint_overlay
from faultbook.book.overlay import merged, read_overlay
from faultbook.errors import BookError

ROOT = Path(__file__).parents[2]
EXAMPLE = re.compile(r"<!-- example: (?P<name>\S+) -->\n```toml\n(?P<text>.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory, book_folder):
    return build_book(book_folder, tmp_path_factory.mktemp("book"))


@pytest.fixture
def overlay(tmp_path):
    """The example of the documentation."""
    folder = tmp_path / "ours"
    folder.mkdir()
    for found in EXAMPLE.finditer((ROOT / "docs/overlay.md").read_text()):
        (folder / found["name"]).write_text(found["text"])
    return folder


@pytest.fixture
def book(compiled, overlay):
    return Faultbook(compiled, overlay)


def changed(folder, text, name="AADSTS50126.toml"):
    (folder / name).write_text(text)
    return folder


def refused(compiled, folder):
    with pytest.raises(BookError) as wrong:
        Faultbook(compiled, folder)
    return str(wrong.value)


def test_the_example_adds_changes_and_removes(book, compiled):
    """What the documentation says happens."""
    ours, theirs = Faultbook(compiled).book.entry("AADSTS50126"), book.book.entry("50126")
    before, after = ({cause.id: cause.share for cause in entry.causes} for entry in (ours, theirs))
    assert "conversion-under-way" in before
    assert after.keys() == before.keys() - {"conversion-under-way"} | {"hr-portal"}
    assert (after["mistyped"], after["hr-portal"]) == (25, 15)
    others = after.keys() - {"mistyped", "hr-portal"}
    assert all(1 <= after[key] <= before[key] for key in others)
    whole = 40 + sum(before[key] for key in others)
    assert sum(after.values()) == whole if whole <= 95 else 95 - len(others) <= sum(after.values()) <= 95
    assert theirs.first_step.startswith("Ask whether")
    assert theirs.summary == ours.summary
    assert theirs.overlaid == {
        "cause[conversion-under-way].removed": "contoso",
        "cause[hr-portal]": "contoso",
        "cause[mistyped].share": "contoso",
        "first_step": "contoso",
        "source[runbook-17]": "contoso",
    }


def test_the_page_marks_what_is_not_of_the_book(book):
    """In the terminal and in Markdown; what is untouched bears no mark."""
    for page in (book.page("AADSTS50126", colour=False), book.markdown(book.book.entry("AADSTS50126"))):
        assert "contoso" in next(
            line
            for line in page.splitlines()
            if "reach Active Directory" in " ".join(page.split()) and "Directory" in line and "contoso" in line
        )
        flat = " ".join(page.split())
        assert "are of contoso, not of the book" in flat.replace("*", "")
        assert re.search(r"HR portal has not passed on the new password yet\W+(\*\s*)?reported \[?\\?\[?\d", flat)
    causes = book.page("AADSTS50126", colour=False).partition("\nCAUSES")[2].partition("\nFIXES")[0]
    marked = {line.strip().split("  ")[1].strip() for line in causes.splitlines() if line.rstrip().endswith("contoso")}
    assert marked == {"The password was mistyped", "The HR portal has not passed on the new password yet"}


def test_the_diagnosis_says_whose_each_cause_is(book):
    """In its JSON, and in every printed form."""
    found = book.diagnose("AADSTS50126: Error validating credentials.")
    told = json.loads(msgspec.json.encode(book.diagnosis_json(found)))
    assert {one["cause"]: one["origin"] for one in told["ranked"] if one["origin"]} == {
        "hr-portal": "contoso",
        "mistyped": "contoso",
    }
    assert told["error"]["overlaid"]["first_step"] == "contoso"
    assert re.search(r"\+contoso-[0-9a-f]{8}$", told["book"]["book"])
    assert "of contoso" in book.diagnosis_text(found, colour=False, width=0)
    assert "of contoso" in book.diagnosis_markdown(found)


def test_an_entry_of_the_site_is_found_everywhere(book):
    """By its code however it is spelt, by search, in a log, and by its wording."""
    assert book.answer("contoso 4711").entry.code == "CONTOSO_4711"
    assert [hit.code for hit in book.search("change freeze")][:1] == ["CONTOSO_4711"]
    log = b"fine\n2026-11-29 ERROR CONTOSO_4711: the nightly load of Sales was vetoed by the change board\n"
    assert [(hit["code"], hit["line"]) for hit in book.scan(io.BytesIO(log))] == [("CONTOSO_4711", 2)]
    assert book.recogniser.scan("the nightly load of HR was vetoed by the change board").candidates[:1] == (
        "CONTOSO_4711",
    )
    assert book.diagnose(log.decode()).entry.code == "CONTOSO_4711"


def test_search_finds_what_the_overlay_says_and_no_longer_what_it_replaced(book, compiled):
    """The index holds the merged entries."""
    assert "AADSTS50126" in {hit.code for hit in book.search("HR portal queues")}
    assert "AADSTS50126" not in {hit.code for hit in Faultbook(compiled).search("HR portal queues")}


def test_everything_else_is_the_book_as_it_was(book, compiled):
    """Other entries, other spellings and the published codes are untouched."""
    ours = Faultbook(compiled).book
    for code in ours.codes():
        if code != "AADSTS50126":
            assert book.book.entry(code) == ours.entry(code)
    assert len(book.book.codes()) == len(ours.codes()) + 1
    for text in ("120021", "SSPR_29", "GatewayUnreachable", "AADSTS50012"):
        assert book.book.resolve(text) == ours.resolve(text)


def test_an_entry_for_a_published_code_takes_its_place(compiled, overlay):
    """A code of the tables gets an entry from a site."""
    ours = Faultbook(compiled).book
    code = next(one.code for one in ours.known() if one.family == "dbt-fusion" and ours.entry(one.code) is None)
    text = (overlay / "freeze.toml").read_text().replace("CONTOSO_4711", code)
    book = Faultbook(compiled, changed(overlay, text, "freeze.toml"))
    assert book.answer(code).entry.overlaid == {"entry": "contoso"}
    assert [hit.entry for hit in book.search(code)][:1] == [True]


def test_a_known_only_entry_becomes_one_that_says_something(compiled, overlay, tmp_path, book_folder):
    """What a site knows of a code of which the book knows nothing."""
    import shutil

    from faultbook.app.maintain import new_entry

    shutil.copytree(book_folder, tmp_path / "book", ignore=shutil.ignore_patterns("cases"))
    (tmp_path / "book/entries/entra/10030xx/AADSTS1003016.toml").unlink()
    new_entry("AADSTS1003016", tmp_path / "book", depth="known-only")
    own = build_book(tmp_path / "book", tmp_path / "out")
    entry = Faultbook(
        own, changed(overlay, 'extends = "AADSTS1003016"\nsummary = "Our extension did not answer."\n', "a.toml")
    ).book.entry("AADSTS1003016")
    assert (entry.known_only, entry.summary) == (False, "Our extension did not answer.")
    assert Faultbook(own).book.entry("AADSTS1003016").known_only


def shares(compiled, folder, **fixed):
    """What the overlay makes of an entry with just these causes and shares."""
    entry = Faultbook(compiled).book.entry("AADSTS50126")
    causes = tuple(
        msgspec.structs.replace(cause, share=fixed[name])
        for cause in entry.causes
        if (name := cause.id.replace("-", "_")) in fixed
    )
    assert len(causes) == len(fixed)
    entry = msgspec.structs.replace(entry, causes=causes)
    made = merged(read_overlay(folder), lambda code: entry if code.endswith("50126") else None)
    return {cause.id: cause.share for file in made if file.entry.code == entry.code for cause in file.entry.causes}


FIXED = {"mistyped": 40, "old_password_stored": 30, "guessing": 20, "conversion_under_way": 5}


@pytest.mark.parametrize(
    ("share", "expected"),
    [(40, [40, 30, 20, 5]), (20, [20, 30, 20, 5]), (70, [70, 14, 9, 2]), (91, [91, 2, 1, 1]), (92, [92, 1, 1, 1])],
)
def test_what_the_site_does_not_set_shrinks_in_proportion(compiled, overlay, share, expected):
    changed(overlay, f'extends = "50126"\n\n[[cause]]\nid = "mistyped"\nshare = {share}\n')
    assert list(shares(compiled, overlay, **FIXED).values()) == expected


def test_shares_of_the_site_that_leave_none_are_refused(compiled, overlay):
    changed(overlay, 'extends = "50126"\n\n[[cause]]\nid = "mistyped"\nshare = 93\n')
    with pytest.raises(BookError, match="make 148, and 95 are the most"):
        shares(compiled, overlay, **FIXED)


def test_the_example_takes_nothing_where_there_is_room(compiled, overlay):
    assert shares(compiled, overlay, **FIXED) == {
        "mistyped": 25,
        "old-password-stored": 30,
        "guessing": 20,
        "hr-portal": 15,
    }


@pytest.mark.parametrize("share", [1, 40, 70, 87])
def test_shares_of_the_book_make_room_for_those_of_the_site(compiled, overlay, share):
    """In proportion, whatever the book's are: an update of ours breaks no overlay."""
    before = {cause.id: cause.share for cause in Faultbook(compiled).book.entry("AADSTS50126").causes}
    text = f'extends = "50126"\n\n[[cause]]\nid = "mistyped"\nshare = {share}\n'
    after = {
        cause.id: cause.share for cause in Faultbook(compiled, changed(overlay, text)).book.entry("AADSTS50126").causes
    }
    others = before.keys() - {"mistyped"}
    assert after["mistyped"] == share
    assert sum(after.values()) <= 95
    assert all(1 <= after[key] <= before[key] for key in others)
    assert all(after[key] == before[key] for key in others) == (share + sum(before[key] for key in others) <= 95)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("AADSTS50126.toml", 'extends = "AADSTS999"\n', "no entry for AADSTS999"),
        ("AADSTS50126.toml", "first_step = 'Look.'\n", "names no code"),
        ("AADSTS50126.toml", 'extends = "50126"\ncode = "X"\n', "both code and extends"),
        ("AADSTS50126.toml", 'extends = "50126"\nproduct = "power-bi"\n', "cannot change product"),
        (
            "AADSTS50126.toml",
            'extends = "50126"\n\n[[cause]]\nid = "mistypt"\nshare = 1\n',
            "AADSTS50126.toml:3: cause: AADSTS50126 has no cause mistypt",
        ),
        (
            "AADSTS50126.toml",
            'extends = "50126"\n\n[[cause]]\nid = "mistyped"\nshare = 90\n',
            "make {whole}, and 95 are the most",
        ),
        (
            "AADSTS50126.toml",
            'extends = "50126"\n\n[[cause]]\nid = "mistyped"\nfixes = ["nothing"]\n',
            "names the fix nothing",
        ),
        (
            "AADSTS50126.toml",
            'extends = "50126"\n\n[[cause]]\nid = "mistypt"\nremove = true\n',
            "no cause mistypt to remove",
        ),
        ("AADSTS50126.toml", 'extends = "50126"\n\n[[cause]]\nshare = 3\n', "needs an id"),
        ("AADSTS50126.toml", 'extends = "50126"\nseverty = "low"\n', "unknown field `severty`"),
        ("AADSTS50126.toml", 'extends = "50126\n', "not TOML"),
        ("second.toml", 'extends = "50126"\nfirst_step = "Look."\n', "set by another file of the overlay already"),
        ("second.toml", 'schema = 1\ncode = "AADSTS50126"\n', "write extends to change it"),
    ],
)
def test_a_mistake_is_named_with_its_file(compiled, overlay, name, text, told):
    """What is wrong, where, and nothing of such an overlay is used."""
    others = sum(c.share for c in Faultbook(compiled).book.entry("AADSTS50126").causes if c.id != "mistyped")
    message = refused(compiled, changed(overlay, text, name))
    assert told.replace("{whole}", str(90 + others)) in message
    assert name in message
    assert "The overlay ours cannot be used." in message or "The overlay contoso cannot be used." in message


def test_every_mistake_is_named_at_once(compiled, overlay):
    """Nobody corrects one file only to hear of the next."""
    (overlay / "a.toml").write_text("x = 1\n")
    (overlay / "b.toml").write_text('extends = "AADSTS999"\n')
    message = refused(compiled, overlay)
    assert "a.toml" in message
    assert "b.toml" in message


def test_no_folder_is_an_error(compiled, tmp_path):
    """A mistyped path must not look like an empty overlay."""
    assert "no overlay" in refused(compiled, tmp_path / "nowhere")


def test_the_lint_looks_at_the_overlay(overlay, book_folder):
    """The example passes; an empty phrase and a sample that is not recognised do not, and rules about our own files do not bind."""
    assert lint_overlay(overlay, book_folder) == ([], 2)
    text = (
        (overlay / "AADSTS50126.toml")
        .read_text()
        .replace("The portal queues changes", "Please note that the portal queues changes")
    )
    issues, _ = lint_overlay(changed(overlay, text), book_folder)
    assert [(issue.rule, issue.where.partition(":")[0]) for issue in issues] == [("B402", "contoso/AADSTS50126.toml")]


def test_the_command_line_takes_the_folder_from_the_environment(overlay, compiled):
    """The fast path steps aside, and an option goes before the environment."""
    call = [sys.executable, "-m", "faultbook", "CONTOSO_4711"]
    environment = {"PYTHONPATH": str(ROOT / "src"), "PATH": "", "FAULTBOOK_OVERLAY": str(overlay)}
    found = subprocess.run(call, env=environment, capture_output=True, text=True, check=False)
    assert found.stdout.startswith("CONTOSO_4711"), found.stderr
    other = overlay.parent / "other"
    other.mkdir()
    found = subprocess.run(
        [*call, "--overlay", str(other)], env=environment, capture_output=True, text=True, check=False
    )
    assert not found.stdout.startswith("CONTOSO_4711  ")
    assert found.returncode == 1
