"""Keeping a book: a skeleton where it belongs, and a lint that looks at what it is asked to."""

import shutil

import pytest

from faultbook.app.maintain import book_words, lint_book, new_entry, preview
from faultbook.errors import UsageError
from tests_root import ROOT


@pytest.fixture
def small(tmp_path):
    """The book's sources with two entries."""
    root = tmp_path / "book"
    for name in ("codes", "quiet"):
        shutil.copytree(ROOT / "book" / name, root / name)
    for name in ("words.toml", "debt.toml"):
        shutil.copy(ROOT / "book" / name, root / name)
    for name in ("entra/500xx/AADSTS50059.toml", "entra/900xx/AADSTS90002.toml"):
        (root / "entries" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "book/entries" / name, root / "entries" / name)
    shutil.copytree(ROOT / "tests/probes", tmp_path / "tests/probes")
    return root


@pytest.mark.parametrize(
    ("code", "product", "path"),
    [
        ("aadsts50012", "", "entra/500xx/AADSTS50012.toml"),
        ("passwordreset:31017", "", "entra-connect/writeback/PasswordReset-31017.toml"),
        ("delta_failed_to_merge_fields", "", "databricks/delta/DELTA_FAILED_TO_MERGE_FIELDS.toml"),
        ("000606", "", "snowflake/server/000606.toml"),
        ("Contoso_RequestDenied", "graph", "graph/api/Contoso_RequestDenied.toml"),
    ],
)
def test_a_skeleton_is_written_where_it_belongs(small, code, product, path):
    """However the code is spelt, the published spelling names the file."""
    written = new_entry(code, small, product=product)
    assert written.relative_to(small / "entries").as_posix() == path


def test_the_skeleton_tells_what_the_tables_say(small):
    """The writer sees family, source and neighbours before the first word is written."""
    text = new_entry("AADSTS50012", small).read_text()
    for told in ("sign-in/token core", "reference-error-codes.md", "AADSTS50013 InvalidAssertion", "50000 to 50099"):
        assert told in text


def test_a_full_skeleton_has_causes_fixes_and_questions(small):
    """A brief one has none."""
    full, brief = (
        new_entry(code, small, depth=depth).read_text()
        for code, depth in (("AADSTS50012", "full"), ("AADSTS50013", "brief"))
    )
    for table in ("[[cause]]", "[[fix]]", "[[faq]]"):
        assert table in full
        assert table not in brief


def test_a_brief_entry_becomes_the_beginning_of_a_full_one(small):
    """What it says stays; who reviewed the brief one has not seen the full one; and it happens once."""
    path = new_entry("AADSTS50012", small)
    path.write_text(
        path.read_text()
        .replace('status     = "draft"', 'status     = "reviewed"')
        .replace("by   = []", 'by   = ["Kim"]')
    )
    before = path.read_text()
    assert new_entry("AADSTS50012", small, depth="full") == path
    full = path.read_text()
    for line in ('depth      = "full"', 'status     = "draft"', "by   = []", "[[cause]]", "[[fix]]", "[[faq]]"):
        assert f"\n{line}\n" in full, line
    head, rest = full[: full.index("[[cause]]")], full[full.index("[[source]]") :]
    changed = ("depth", "status", "by ")
    assert [line for line in (head + rest).splitlines() if not line.startswith(changed)] == [
        line for line in before.splitlines() if not line.startswith(changed)
    ]
    assert full.index("[[faq]]") < full.index("[[source]]")
    with pytest.raises(UsageError, match="already"):
        new_entry("AADSTS50012", small, depth="full")


def test_an_entry_that_is_there_tells_the_product_of_a_code_that_no_table_lists(small):
    """It was named once, when the entry was begun."""
    path = new_entry("Contoso_RequestDenied", small, product="graph")
    assert new_entry("Contoso_RequestDenied", small, depth="full") == path


def test_a_full_skeleton_names_the_probes_that_its_product_asks(small):
    """The writer need not read the list of all probes to find those for which there is evidence."""
    assert "full entries of this product ask: message.says" in new_entry("AADSTS50012", small, depth="full").read_text()


def test_a_code_whose_product_nobody_knows_is_refused(small):
    """The error says how to name it; an entry that exists is not overwritten."""
    with pytest.raises(UsageError, match="--product"):
        new_entry("Contoso_RequestDenied", small)
    with pytest.raises(UsageError, match="no product"):
        new_entry("Contoso_RequestDenied", small, product="graphs")
    with pytest.raises(UsageError, match="already"):
        new_entry("AADSTS50059", small)


def test_lint_looks_at_the_named_files_only(small):
    """Mistakes elsewhere are not told, but the whole book is what an entry is compared with."""
    here, there = (small / "entries/entra" / name for name in ("500xx/AADSTS50059.toml", "900xx/AADSTS90002.toml"))
    there.write_text(there.read_text().replace('severity   = "', 'severity   = "critical" # ', 1))
    here.write_text(
        here.read_text().replace("a device code is handed out", "please note that a device code is handed out", 1)
    )
    issues, looked = lint_book(small, [here])
    assert looked == 1
    assert {(issue.rule, issue.code) for issue in issues if issue.severity == "error"} - RELATED == {
        ("B402", "AADSTS50059")
    }
    issues, looked = lint_book(small)
    assert looked == 2
    assert {"B005", "B402"} <= {issue.rule for issue in issues}


RELATED = {("B501", "AADSTS50059")}
"""In a small book the codes beside an entry are not all there."""


def test_lint_tells_where_the_other_side_has_to_change(small):
    """The entry that was named is right, and the one that it names must answer."""
    here, there = (small / "entries/entra" / name for name in ("500xx/AADSTS50059.toml", "900xx/AADSTS90002.toml"))
    there.write_text(there.read_text().replace('code = "AADSTS50059"', 'code = "AADSTS50011"', 1))
    issues, _ = lint_book(small, [here])
    assert ("B502", "AADSTS90002") in {(issue.rule, issue.code) for issue in issues}


def test_a_page_is_shown_while_it_is_written(small):
    """As it would be compiled, a known-only entry with what the tables say."""
    assert preview(small / "entries/entra/500xx/AADSTS50059.toml", small, colour=False).startswith(
        "AADSTS50059  Missing"
    )
    path = new_entry("AADSTS1003016", small, depth="known-only")
    assert "1003000 to 1003099" in preview(path, small, colour=False)


def test_the_words_are_those_of_the_sources_or_of_the_compiled_book(small, tmp_path):
    """Somebody who writes an overlay has no sources."""
    assert book_words(small).products["graph"] == book_words(tmp_path).products["graph"] == "Microsoft Graph"


def test_lint_of_a_folder_and_of_nothing(small):
    """A folder is its files; what is no entry is refused."""
    assert lint_book(small, [small / "entries/entra/500xx"])[1] == 1
    for wrong in (small / "words.toml", small / "entries/nowhere.toml", small / "entries/empty"):
        with pytest.raises(UsageError, match="no entry"):
            lint_book(small, [wrong])
