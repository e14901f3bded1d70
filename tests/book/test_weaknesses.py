"""Each weakness of the error pages on the web, in a constructed example, is caught by the rules that docs/lint/README.md names."""

import re

import pytest

from faultbook.book.files import EntryFile, Problem, parse_entry
from faultbook.book.lint import RULES, lint

PATH = "entra/500xx/AADSTS50011.toml"
ANSWER = 'a = "Yes. Addresses are compared letter by letter, the slash included."'
WHY = 'why    = "The same request carries the same address."'
STEP = '"Open the registration and add the address exactly as the message prints it."'
TESTS = 'tests   = [{ probe = "app.redirect-missing", yes = "always" }]'
SAMPLE = "AADSTS50011: The redirect URI 'https://app.contoso.example/' does not match."

WEAK = {
    "a cause without a source": ('sources = ["codes"]\ndetail', "sources = []\ndetail", "B301"),
    "a guess sold as documented": ('kind    = "vendor"', 'kind    = "community"', "B302"),
    "a page nobody read sold as documented": ("checked = 2026-08-01\n", "", "B302"),
    "the template answer": (
        ANSWER,
        'a = "Check your application registration, token configuration, and user permissions."',
        "B402",
    ),
    "an answer of two letters": (ANSWER, 'a = "Th"', "B403"),
    "an answer that stops": (ANSWER, 'a = "Addresses are compared letter by letter, and the"', "B403"),
    "an answer that is the symbol": (ANSWER, 'a = "InvalidReplyTo."', "B414"),
    "severity by feeling": ('severity   = "high"', 'severity   = "low"', "B005"),
    "nobody can act": ('who_fixes  = ["app-developer"]', "who_fixes  = []", "B007"),
    "nothing about waiting": ('transient  = "no"\n', "", "B000"),
    "another number for an interval": (
        WHY,
        'why    = "Password hashes are synchronised every 30 minutes, and the request is the same."',
        "B503",
    ),
    "an object cycle of hashes": (
        WHY,
        'why    = "The synchronisation cycle of Entra Connect runs every two minutes."',
        "B503",
    ),
    "a cmdlet of MSOnline": (STEP, '"Run Get-MsolUser and compare the address."', "B407"),
    "a cmdlet of AzureAD": (STEP, '"Run Get-AzureADUser and compare the address."', "B407"),
    "a cmdlet of Exchange": (STEP, '"Run Test-FederationTrust and read its answer."', "B407"),
    "a menu that is gone": (STEP, '"Open App registrations > Settings > Reply URLs and add the address."', "B411"),
    "a former name": (WHY, 'why    = "Azure Active Directory answers only at addresses that it knows."', "B406"),
    "a cause without a test": (TESTS, "tests   = []", "B201"),
    "a cause without a fix": ('fixes   = ["register-address"]\n\n[[cause]]', "fixes   = []\n\n[[cause]]", "B204"),
    "nothing says when it is fixed": (
        'verify  = { probe = "app.redirect-missing", turns = "no", watch = 5 }\n',
        "",
        "B205",
    ),
    "no way back": ('undo    = "Remove the address from the registration again."\n', "", "B205"),
    "causes that nothing tells apart": ('yes = "often"', 'yes = "always"', "B207"),
    "one explanation for everything": ("share   = 80", "share   = 100", "B000"),
    "no room for something else": ("share   = 10", "share   = 20", "B206"),
    "framed as an error of Power BI": ('product    = "entra"', 'product    = "power-bi"', "B008"),
    "an example log of something else": (SAMPLE, "Container killed by YARN for exceeding memory limits.", "B101"),
    "nobody reviewed it": ('\n[review]\nby   = ["A. Reviewer"]\ndate = 2026-08-01\n', "\n", "B000"),
    "reviewed by nobody": ('by   = ["A. Reviewer"]', "by   = []", "B601"),
    "an old source": ("checked = 2026-08-01", "checked = 2024-08-01", "B304"),
    "a sentence in Dutch": (
        ANSWER,
        'a = "De adressen worden letter voor letter vergeleken, en dat moet ook met de schuine streep."',
        "B415",
    ),
}


@pytest.mark.parametrize("weakness", WEAK)
def test_a_weakness_is_caught(weakness, context, lint_examples):
    """The example is the sound entry with the weakness put in."""
    old, new, rule = WEAK[weakness]
    sound = (lint_examples / "B206/good.toml").read_text()
    assert old in sound
    text = sound.replace(old, new, 1)
    entry = parse_entry(text, PATH)
    files, problems = ([], [entry]) if isinstance(entry, Problem) else ([EntryFile(PATH, entry, text)], [])
    assert rule in {issue.rule for issue in lint(files, problems, context)}


@pytest.mark.parametrize("rule", ["B408", "B409", "B412", "B413"])
def test_what_two_pages_share_is_caught(rule, lint_examples):
    """Weaknesses of several pages together have whole books as examples."""
    assert list((lint_examples / rule / "bad/entries").rglob("*.toml"))[1:]


def test_the_table_names_every_rule_that_catches_a_weakness(book_folder):
    """The documentation and these examples name the same rules, and all of them exist."""
    table = (book_folder.parent / "docs/lint/README.md").read_text().partition("what catches it here")[2]
    named = set(re.findall(r"\[(B\d{3})\]", table))
    assert named == {rule for _, _, rule in WEAK.values()} | {"B408", "B409", "B412", "B413"}
    assert named <= set(RULES)
