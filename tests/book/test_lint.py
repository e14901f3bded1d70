"""Every rule has a page, a bad example on which it alone fires, and a good one on which nothing does."""

import datetime as dt
import re
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from faultbook.book.files import EntryFile, Problem, parse_entry, read_folder
from faultbook.book.known import Known
from faultbook.book.lint import RULES, Debt, confirmed_cases, lint, read_debt, read_quiet
from faultbook.book.lint.texts import sentences
from faultbook.book.place import file_name
from faultbook.book.retired import read_retired
from faultbook.book.threads import read_threads
from faultbook.errors import BookError
from faultbook.model import NotSample, Related, Sample

HERE = Path(__file__).parent / "lint"
DOCS = Path(__file__).parents[2] / "docs/lint"
BOOK = Path(__file__).parents[2] / "book"
TODAY = dt.date(2026, 11, 23)
SAMPLE = Sample(format="text", text="The message as it is printed.")
NOT_SAMPLE = NotSample(text="The message of a neighbour.", why="That is a neighbour.")


def example(rule, which):
    """The files of an example: one entry, in its right place, or a small book."""
    path = HERE / rule / f"{which}.toml"
    if path.exists():
        text = path.read_text()
        entry = parse_entry(text, "entra/500xx/AADSTS50011.toml")
        if isinstance(entry, Problem):
            return [], [entry], {}
        return [EntryFile(f"entra/500xx/{file_name(entry.code)}", entry, text)], [], {}
    folder = HERE / rule / which
    return *read_folder(folder / "entries"), {
        "quiet": read_quiet(folder / "quiet"),
        "debt": read_debt(folder / "debt.toml"),
        "retired": read_retired(folder / "retired.toml"),
        "threads": read_threads(folder / "threads"),
    }


def issues_of(rule, which, context):
    files, problems, around = example(rule, which)
    return lint(files, problems, msgspec.structs.replace(context, **around))


@pytest.mark.parametrize("rule", RULES)
def test_the_bad_example_breaks_this_rule_and_no_other(rule, context):
    """A rule fires for what it is about, and its example for nothing else."""
    issues = issues_of(rule, "bad", context)
    assert {issue.rule for issue in issues} == {rule}, issues
    assert all(issue.message.endswith((".", "…”.", "”.")) or issue.message[-1] in ".:" for issue in issues)


@pytest.mark.parametrize("rule", RULES)
def test_the_good_example_breaks_none(rule, context):
    """What the page recommends passes every rule."""
    assert issues_of(rule, "good", context) == []


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_its_page(rule):
    """The page says what, why, and shows a bad and a good example; its title is the rule's purpose."""
    page = (DOCS / f"{rule}.md").read_text()
    assert page.startswith(f"# {rule}: {RULES[rule].purpose}\n")
    assert [line for line in page.splitlines() if line.startswith("## ")] == ["## What", "## Why", "## Bad", "## Good"]
    assert page.count("```") == 4
    assert f"*{RULES[rule].severity.capitalize()}*" in page


def test_no_page_and_no_example_without_a_rule():
    """What is left over from a rule that has gone is removed with it."""
    assert {path.stem for path in DOCS.glob("B*.md")} == set(RULES)
    assert {path.name for path in HERE.iterdir()} == set(RULES)


def test_rules_are_in_order_and_explain_themselves():
    """Ids are sorted, purposes are single sentences."""
    assert list(RULES) == sorted(RULES)
    for rule in RULES.values():
        assert re.fullmatch(r"B\d{3}", rule.id)
        assert len(sentences(rule.purpose)) == 1
        assert rule.purpose.endswith(".")


def test_an_issue_names_file_line_and_key(context):
    """An editor can jump to it."""
    files, *_ = example("B206", "bad")
    (issue,) = lint(files, (), context)
    line = files[0].text[: files[0].text.index("[[cause]]")].count("\n") + 1
    assert (issue.code, issue.where) == ("AADSTS50011", f"entra/500xx/AADSTS50011.toml:{line}: cause")


def test_debt_silences_one_rule_for_one_code(context):
    """A known gap is not reported; for another code, or another rule, it is."""
    files, *_ = example("B005", "bad")
    owed = Debt(rule="B005", code="AADSTS50011", reason="known")
    assert lint(files, (), msgspec.structs.replace(context, debt=[owed])) == []
    other = msgspec.structs.replace(owed, code="AADSTS50012")
    assert {issue.rule for issue in lint(files, (), msgspec.structs.replace(context, debt=[other]))} == {"B005", "B901"}


def test_debt_that_cannot_be_read_is_an_error(tmp_path):
    """A list of gaps with a mistake in it allows nothing."""
    path = tmp_path / "debt.toml"
    assert read_debt(path) == []
    path.write_text("[[debt]]\nrule = 'B005'\n")
    with pytest.raises(BookError, match="code"):
        read_debt(path)


def changed(old, new):
    """The common example with one thing changed."""
    text = (HERE / "B003/good.toml").read_text()
    assert old in text
    entry = parse_entry(text.replace(old, new), "X.toml")
    return [EntryFile("entra/500xx/AADSTS50011.toml", entry, text)]


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        ("B202", 'probe = "app.redirect-missing", yes = "always"', 'probe = "app.nowhere", yes = "always"'),
        ("B202", 'probe = "app.redirect-missing", yes = "often"', 'probe = "history.sibling-code", yes = "often"'),
        ("B204", 'fixes   = ["register-address"]\n\n[[cause]]', 'fixes   = ["register-nothing"]\n\n[[cause]]'),
        ("B201", 'yes = "always" }]', 'yes = "always" }]\nuntested = "Nobody knows how."'),
        ("B205", "verify  = {", "# verify  = {"),
        ("B205", 'changes = "The application may be answered at one more address."\n', ""),
        ("B301", 'sources = ["codes"]', "sources = []"),
        ("B301", 'sources = ["codes"]', 'sources = ["code"]'),
        ("B303", "https://learn.microsoft.com/entra/identity-platform/reference-error-codes", "https://aka.ms/codes"),
        ("B303", "reference-error-codes", "reference-error-codes?WT.mc_id=x"),
        ("B303", "https://learn", "http://learn"),
        ("B303", "reference-error-codes", "reference-error-codes#:~:text=x"),
        ("B304", "checked = 2026-08-01", "checked = 2027-01-01"),
        ("B305", "learn.microsoft.com", "learn.microsoft.com.tailspin.example"),
        ("B401", "does not list.", "does not list, " + "which is bad, " * 9 + "so there."),
        (
            "B402",
            "Open the registration and add the address exactly as the message prints it.",
            "Contact Microsoft support.",
        ),
        (
            "B403",
            "Yes. Addresses are compared letter by letter, the slash included.",
            "Yes. Addresses are compared (letter by letter.",
        ),
        ("B403", "Remove the address from the registration again.", "Remove the address from the..."),
        ("B601", 'status     = "reviewed"', 'status     = "proven"'),
        ("B601", "date = 2026-08-01", "date = 2028-08-01"),
        ("B407", "Open the registration", "Run Get-MsolUser, open the registration"),
        ("B406", "Entra answers", "The AAD answers"),
    ],
)
def test_other_ways_to_break_a_rule(rule, old, new, context):
    """Each way that a rule knows is tried."""
    assert rule in {issue.rule for issue in lint(changed(old, new), (), context)}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Open the registration", "Run Get-AzureADSSOStatus, open the registration"),
        ("Open the registration", "Run Get-AzureADPasswordProtectionProxy, open the registration"),
        ("Entra answers", "The cmdlet Get-ADSyncAADPasswordResetConfiguration answers"),
        ("Remove the address from the registration again.", "Remove what was added (see `dsacls`)."),
        ("Open the registration", "If the address has changed, open the registration"),
        ("Does a trailing slash matter?", "Can I simply add a slash?"),
    ],
)
def test_what_only_looks_wrong_is_left_alone(old, new, context):
    """Cmdlets with old names that are current, quotes, and places before the verb are fine."""
    assert lint(changed(old, new), (), context) == []


def test_a_probe_without_recorded_unknown_is_reported(context):
    """Fixtures for yes and no are not enough."""
    partial = msgspec.structs.replace(context, fixtures=lambda _: {"yes", "no"})
    issues = lint(changed("Yes. A", "Yes. A"), (), partial)
    assert {issue.rule for issue in issues} == {"B202"}
    assert all("unknown" in issue.message for issue in issues)


def test_three_confirmed_cases_prove_an_entry(context):
    """The status is earned by closed cases."""
    proven = changed('status     = "reviewed"', 'status     = "proven"')
    assert lint(proven, (), msgspec.structs.replace(context, cases={"AADSTS50011": 3})) == []


@pytest.mark.parametrize(
    ("text", "listed", "told"),
    [
        ("The address is not right.", False, "belongs in wording"),
        ("Among them AADSTS50011 and others.", True, "taken for a mention"),
        ("Among them AADSTS50011 and others.", False, "observed.tsv"),
    ],
)
def test_a_sample_in_which_nothing_is_read_says_what_its_writer_can_do(text, listed, told, context):
    """A message without the code has another place, one with it another form, and a new code a table."""
    around = msgspec.structs.replace(
        context,
        recognise=lambda _: SimpleNamespace(codes=(), candidates=(), primary=None),
        published={"AADSTS50011": Known(code="AADSTS50011", family="entra")} if listed else {},
    )
    printed = "AADSTS50011: The redirect URI 'https://app.contoso.example/' does not match."
    issues = lint(changed(printed, text), (), around)
    assert [issue.message for issue in issues if issue.rule == "B101" and told in issue.message]


def test_what_the_other_side_of_a_relation_needs_is_written_out(context):
    """The finding is in a file that its reader has not opened yet."""
    files, problems, _ = example("B502", "bad")
    silent = [
        msgspec.structs.replace(file, entry=msgspec.structs.replace(file.entry, related=()))
        if file.entry.code == "AADSTS50055"
        else file
        for file in files
    ]
    (found,) = [issue for issue in lint(silent, problems, context) if issue.rule == "B502"]
    assert 'a [[related]] with code = "AADSTS50011" and how = "more-specific"' in found.message


def test_shares_that_leave_more_than_half_are_no_fault_of_the_words(context):
    """Where little is known, something else leads from the beginning."""
    files = changed("share   = 80", "share   = 20")
    assert "B208" not in {issue.rule for issue in lint(files, (), context)}


def test_a_thread_that_an_entry_does_not_explain_is_reported_for_each_reason(context):
    """Behind three others, unknown, of a code without an entry, and seen by what the entry does not ask; also where only the entry is looked at."""
    files, problems, around = example("B209", "bad")
    context = msgspec.structs.replace(context, **around)
    issues = lint(files, problems, context)
    assert [issue.where for issue in issues] == [f"threads/app.tsv:{line}" for line in (2, 3, 4, 5)]
    told = [
        "in place 4",
        "no cause typed-in-upper-case",
        "no entry for AADSTS50012",
        "does not ask history.recovers-alone",
    ]
    assert all(words in issue.message for words, issue in zip(told, issues, strict=True))
    own = lint(files, problems, context, {files[0].path})
    assert [issue.where for issue in own] == [f"threads/app.tsv:{line}" for line in (2, 3, 5)]


def test_published_codes_may_differ_in_capitals_and_signs_only(context):
    """Each is printed in its own way; what nobody publishes, and what is an alias, stays one entry's."""
    text = (HERE / "B003/good.toml").read_text()
    files = [
        EntryFile(f"{code}.toml", parse_entry(text.replace("AADSTS50011", code), "X.toml"), "")
        for code in ("NOT_FOUND", "NotFound")
    ]
    told = {issue.rule for issue in lint(files, (), context)}
    published = {code: Known(code=code, family="graph") for code in ("NOT_FOUND", "NotFound")}
    known = msgspec.structs.replace(context, published=published)
    assert "B002" in told
    assert "B002" not in {issue.rule for issue in lint(files, (), known)}
    named = [
        files[0],
        EntryFile("X.toml", msgspec.structs.replace(files[1].entry, code="Other", aliases=["not found"]), ""),
    ]
    assert "B002" in {issue.rule for issue in lint(named, (), known)}


def test_a_wrapped_error_may_show_in_a_sample(context):
    """A sample of an error that wraps another is recognised as both."""
    text = (HERE / "B101/bad.toml").read_text()
    related = text.replace("[[source]]", '[[related]]\ncode = "AADSTS50055"\nhow  = "wraps"\n\n[[source]]')
    file = EntryFile("entra/500xx/AADSTS50011.toml", parse_entry(related, "X.toml"), related)
    known = msgspec.structs.replace(context, published={"AADSTS50055": Known(code="AADSTS50055", family="entra")})
    assert lint([file], (), known) == []


@pytest.mark.parametrize(("related", "rules"), [("", set()), ("AADSTS50011.A", {"B101"})])
def test_a_sub_condition_without_an_entry_may_show_in_a_sample_of_its_condition(related, rules, context):
    """One that has an entry is related, and its sample belongs there."""
    (file,) = changed("AADSTS50011: The redirect", "AADSTS50011.A: The redirect")
    relations = [Related(code=related, how="more-specific")] if related else []
    entry = msgspec.structs.replace(file.entry, related=relations)
    seen = SimpleNamespace(codes=("AADSTS50011.A",), candidates=(), primary=SimpleNamespace(code="AADSTS50011.A"))
    around = msgspec.structs.replace(context, recognise=lambda _: seen)
    issues = lint([msgspec.structs.replace(file, entry=entry)], (), around)
    assert {issue.rule for issue in issues} & {"B101"} == rules


def test_sentences_end_where_they_end():
    """Numbers, versions and abbreviations do not end a sentence."""
    assert sentences("Below 2.5.79.0 it fails, e.g. Monday. Then *it* ends. 33004 is logged.") == [
        "Below 2.5.79.0 it fails, e.g. Monday.",
        "Then *it* ends.",
        "33004 is logged.",
    ]


def test_a_case_that_was_made_up_confirms_nothing(tmp_path):
    """Only observed cases with a confirmed cause count."""
    for number, (origin, confirmed) in enumerate(
        [("observed", "a"), ("observed", "none"), ("constructed", "a"), ("", "a")]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "case.toml").write_text(f'code = "X1"\norigin = "{origin}"\nconfirmed = "{confirmed}"\n')
    assert confirmed_cases(tmp_path) == {"X1": 1}


def test_the_guides_example_passes(context):
    """Whoever copies the complete brief entry from the guide begins with one that is right."""
    guide = (DOCS.parent / "writing-an-entry.md").read_text()
    text = guide.split("```toml\n")[1].split("```")[0]
    entry = parse_entry(text, "guide")
    assert lint([EntryFile(f"entra/500xx/{file_name(entry.code)}", entry, text)], (), context) == []


@pytest.mark.parametrize(
    ("guesses", "rules"), [(("PBI:A", "PBI:B"), set()), (("PBI:B", "PBI:A"), {"B101", "B102"}), ((), {"B101"})]
)
def test_the_sample_of_a_name_of_ours_is_its_first_guess(context, guesses, rules):
    """No program prints such a name, so that the wording alone has to lead to it, and no non-sample's may."""
    sampled = msgspec.structs.replace(
        example("B101", "good")[0][0].entry,
        code="PBI:A",
        product="power-bi",
        samples=[SAMPLE],
        not_samples=[NOT_SAMPLE],
    )

    def recognise(text):
        told = guesses if text == SAMPLE.text else guesses[::-1]
        return SimpleNamespace(codes=(), candidates=told, primary=None)

    around = msgspec.structs.replace(
        context, recognise=recognise, published={"PBI:A": Known(code="PBI:A", family="message")}
    )
    issues = lint([EntryFile("power-bi/messages/PBI-A.toml", sampled)], [], around)
    assert {issue.rule for issue in issues} & {"B101", "B102"} == rules
