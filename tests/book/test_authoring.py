"""The schema, the skeleton and the counts that help those who write entries."""

import datetime as dt
import json
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import jsonschema
import pytest

from faultbook.book.cite import cite
from faultbook.book.files import EntryFile, parse_entry, read_entries, read_entry
from faultbook.book.known import MESSAGE, read_known
from faultbook.book.lint import RULES, LintContext, lint
from faultbook.book.place import place, product_of
from faultbook.book.schema import entry_schema
from faultbook.book.schema import write as write_schema
from faultbook.book.skeleton import skeleton
from faultbook.book.specimen import WORDS, specimens
from faultbook.book.stats import count
from faultbook.errors import BookError
from faultbook.model import Entry
from faultbook.recognise import Recogniser

ROOT = Path(__file__).parents[2]
TODAY = dt.date(2026, 11, 23)
_APART = {"graph", "message", "msal", "oauth"}
"""Families that are known so that they can be looked up, and are not told in a text by their code."""
_NOT_FOUND = {"SUCCESS", "SUCCESS_WITH_FAILURES"}
"""Codes of the tables that the recogniser takes for no error."""
_LOOKED_UP_ONLY = {"oauth", "graph", "msal", MESSAGE}
"""Families whose codes are words that every program prints, or names of ours."""


@pytest.fixture(scope="module")
def known(book_folder):
    return {one.code: one for one in read_known(book_folder / "codes")}


@pytest.fixture(scope="module")
def validator(words):
    schema = json.loads(entry_schema(words))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def data_of(text):
    """An entry as an editor's checker sees it: dates are texts."""
    return json.loads(json.dumps(tomllib.loads(text), default=str))


def test_the_schema_is_current(words):
    """The file in the repository is what the types and words give; ``schema.write`` makes it again."""
    assert (ROOT / "schema/entry-1.json").read_text() == entry_schema(words)


def test_every_entry_is_valid_by_the_schema(validator, book_folder):
    """What the types accept, the schema accepts."""
    paths = sorted((book_folder / "entries").rglob("*.toml"))
    assert paths
    for path in paths:
        assert not [f"{path.name}: {error.message}" for error in validator.iter_errors(data_of(path.read_text()))]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('severity   = "medium"', 'severity   = "middling"'),
        ('product    = "entra"', 'product    = "entre"'),
        ("share   = 35", "share   = 99"),
        ('name       = "Partner', 'nme        = "Partner'),
        ('who    = "user"', 'who    = "anybody"'),
        ("schema     = 1", "schema     = 2"),
    ],
)
def test_the_schema_refuses_what_the_types_or_words_refuse(validator, book_folder, old, new):
    """An editor underlines the mistake before the lint is run."""
    text = (book_folder / "entries/entra/1200xx/AADSTS120021.toml").read_text()
    assert old in text
    assert list(validator.iter_errors(data_of(text.replace(old, new, 1))))


@pytest.mark.parametrize(
    "code",
    [
        "AADSTS50055",
        "SSPR_0029",
        "PasswordReset:33004",
        "0x80230619",
        "DM_GWPipeline_Client_GatewayUnreachable",
        "NeverSeen_1",
        "DELTA_FAILED_TO_MERGE_FIELDS",
        "SqlErrorNumber=4060",
        "dbt:Runtime Error",
        "invalid_grant",
    ],
)
@pytest.mark.parametrize("depth", ["brief", "full"])
def test_a_skeleton_reads_and_asks_to_be_filled(code, depth, known, words):
    """It is an entry from the first minute, and the lint names everything that has to be written."""
    one = known.get(code)
    product = product_of(one, code) or "entra"
    text = skeleton(code, product, one, words, TODAY, depth=depth)
    path = place(code, product, one.note if one else "").as_posix()
    entry = parse_entry(text, path)
    assert isinstance(entry, Entry), str(entry)
    assert entry.code == code
    assert entry.name == (one.name if one else "")
    context = LintContext(
        words=words,
        published=known,
        recognise=lambda _: type("Nothing", (), {"codes": (code,), "primary": None}),
        probes={},
        fixtures=lambda _: (),
        today=TODAY,
    )
    fired = {issue.rule for issue in lint([EntryFile(path, entry, text)], (), context)}
    assert {"B004", "B410"} <= fired
    assert not fired & {"B001", "B002", "B003", "B005", "B301", "B302", "B303", "B304", "B305", "B401", "B601"}


def test_published_codes_have_skeletons(known, words):
    """Whatever is published can be begun; every tenth is tried."""
    for one in list(known.values())[::10]:
        product = product_of(one, one.code)
        assert product in words.products, one.code
        assert isinstance(parse_entry(skeleton(one.code, product, one, words, TODAY), "X.toml"), Entry), one.code


def test_the_sample_of_a_skeleton_is_recognised(known):
    """The form in which a family prints its errors is written for the author; every seventh error is tried."""
    recogniser = Recogniser([], known.values())
    for one in [one for one in known.values() if one.kind == "error" and one.family not in _APART][::7]:
        form, text = specimens(one)[0]
        seen = recogniser.scan(text.replace(WORDS, "Something was not as it should be."))
        if one.code not in _NOT_FOUND:
            assert one.code in seen.codes, (form, text)


def test_entries_lie_where_the_skeleton_would_put_them(known, book_folder):
    """Whoever writes an entry by hand and whoever asks for a skeleton meet in the same folder."""
    for path in sorted((book_folder / "entries").rglob("*.toml")):
        entry = read_entry(path)
        one = known.get(entry.code)
        expected = place(entry.code, entry.product, one.note if one else "")
        assert path.relative_to(book_folder / "entries").as_posix() == expected.as_posix()


def test_a_source_of_the_tables_has_an_address(known):
    """Nearly every published code can be cited from the first minute; no registry of packages is among the addresses."""
    listed = [one for one in known.values() if one.family != "message" and not one.source.startswith("public ")]
    places = [cite(one.source) for one in listed]
    assert sum(place is None for place in places) < len(places) / 200
    hosts = {urlsplit(place.url).hostname for place in places if place}
    assert hosts == {"learn.microsoft.com", "github.com", "www.iana.org", "docs.delta.io"}


@pytest.mark.parametrize(
    ("source", "url", "kind"),
    [
        (
            "entra-docs:docs/identity-platform/reference-error-codes.md@3164b3b5",
            "https://learn.microsoft.com/entra/identity-platform/reference-error-codes",
            "vendor",
        ),
        (
            "pypi:dbt-core 1.12.6 dbt/events/types.py (Apache-2.0)",
            "https://github.com/dbt-labs/dbt-core",
            "vendor",
        ),
        (
            "f-bader/EntraID-ErrorCodes@abc123 (2026-01-01)",
            "https://github.com/f-bader/EntraID-ErrorCodes",
            "community",
        ),
        ("public code", None, None),
    ],
)
def test_a_source_is_turned_into_its_address(source, url, kind):
    """Documentation is cited where it is published, code where it is read."""
    found = cite(source)
    assert (found.url if found else None, found.kind if found else None) == (url, kind)


def test_the_skeleton_points_at_the_schema(known, words):
    """The path to the schema fits the folder that the file goes to."""
    for code in ("AADSTS50055", "SSPR_0029"):
        one = known[code]
        product = product_of(one, code)
        target = ROOT / "book/entries" / place(code, product, one.note)
        first = skeleton(code, product, one, words, TODAY).splitlines()[0].removeprefix("#:schema ")
        assert (target.parent / first).resolve() == ROOT / "schema/entry-1.json"


def test_a_quote_in_a_code_stays_inside_its_string(words):
    """A hostile code cannot write keys of its own."""
    entry = parse_entry(skeleton('X"\n[evil]\n', "entra", None, words, TODAY), "X.toml")
    assert isinstance(entry, Entry)
    assert entry.code == 'X"\n[evil]\n'


def test_the_book_is_counted(model, known):
    """The numbers of the model entry are its own."""
    answer = count([model], known.values(), TODAY)
    assert (answer.entries, answer.causes, answer.fixes) == (1, len(model.causes), len(model.fixes))
    assert answer.by_basis == {"inferred": 6}
    assert answer.by_source == {"vendor": len(model.sources)}
    assert answer.by_age == {"within 90 days": len(model.sources)}
    (entra,) = [one for one in answer.coverage if one.family == "entra"]
    assert (entra.known, entra.entries) == (sum(one.family == "entra" for one in known.values()), 1)
    assert "6 causes: 6 inferred" in answer.text()


def test_an_old_source_is_counted_as_old(model):
    """Age is measured from the day that is handed in."""
    assert count([model], [], TODAY + dt.timedelta(days=401)).by_age == {"over 400 days ago": len(model.sources)}


def test_an_empty_code_is_refused(words):
    """There is nothing to begin."""
    with pytest.raises(BookError, match="code"):
        skeleton(" ", "entra", None, words, TODAY)


def test_a_code_cannot_leave_its_folder():
    """Signs that lead elsewhere become hyphens."""
    assert place("../../etc/passwd", "entra").parts == ("entra", "..-..-etc-passwd.toml")


def test_the_schema_is_written(tmp_path, book_folder, words):
    """It is written as it is compared."""
    assert write_schema(book_folder, tmp_path).read_text() == entry_schema(words)


def test_an_empty_book_can_be_counted():
    """Nothing is nothing, not an error."""
    assert count([], [], TODAY).text().startswith("0 entries: none")


def test_the_list_of_rules_is_complete():
    """The index names every rule with its purpose and links its page."""
    index = (ROOT / "docs/lint/README.md").read_text()
    for rule in RULES.values():
        assert f"| [{rule.id}]({rule.id}.md) | {rule.purpose}" in index


def test_the_guide_shows_an_entry_that_reads():
    """The example in the guide is a whole entry."""
    guide = (ROOT / "docs/writing-an-entry.md").read_text()
    text = guide.split("```toml\n")[1].split("```")[0]
    assert isinstance(parse_entry(text, "guide"), Entry), str(parse_entry(text, "guide"))
    assert read_entries(ROOT / "book/entries")[1] == []
