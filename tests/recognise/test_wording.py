"""Messages without a code: found by what programs print, whatever was cut off, wrapped or filled in; prose and logs give no guess."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faultbook.book.files import read_entries
from faultbook.book.wording import COLUMNS, Fragment, read_wording
from faultbook.errors import BookError
from faultbook.recognise import Recogniser
from faultbook.recognise.phrases import Phrases, words
from faultbook.recognise.wording import NEEDS, sentences_of

ROOT = Path(__file__).parents[2]
HEADER = "\t".join(COLUMNS)
AROUND = {
    "": "",
    "microsoft": "Microsoft sign-in. ",
    "sign-in": "Microsoft sign-in. ",
    "pipeline": "Pipeline run failed. ",
    "sql-server": "SqlException: ",
    "power-query": "Power BI: ",
    "spark": "Spark: ",
    "snowflake": "Snowflake: ",
    "dbt": "dbt run. ",
}
LONGEST = 32
"""A fragment is a fragment; whole messages of vendors are not copied. German and Japanese ones count by words and signs."""
SAID = [
    (
        "wrapped-in-a-frame",
        "│ The role requested in the connection or the\n│ default role if none was requested in the connection\n│ ('LOADER') is not listed in the Access Token or\n│ was filtered.",
        "390317",
    ),
    ("as-python-writes-it", "{u'error': u'invalid_grant', u'error_description': u'Fido signature verification failed.'}", "AADSTS135000"),
    ("in-surroundings-only", "Failure reason\tFido signature verification failed.", "AADSTS135000"),
    ("of-a-library", "BrowserAuthError: Hash does not contain state.", "no_state_in_hash"),
    ("cut-off-before", "invalid. Scope must be in a valid URI form <https://a/b> or a valid Guid <guid/b>.", "AADSTS70011"),
    ("contraction-written-out", "The column 'Price' of the table was not found.", "PBI:ColumnNotFoundInTable"),
    (
        "escaped",
        "error_description=The+refresh+token+has+expired+due+to+inactivity.%c2%a0The+token+was+issued+on+2026-03-04+and+was+inactive+for+90.00%3a00%3a00.",
        "AADSTS700082",
    ),
    ("two-spellings", "Ask an admin to grant permission: X needs permission to access resources in your organisation that only an admin can grant.", "AADSTS90094"),
    ("portal-row", "Failure reason\tError validating credentials due to invalid username or password.", "AADSTS50126"),
    ("page-title-in-german", "Microsoft\nAdministratorgenehmigung erforderlich\nDemo", "AADSTS90094"),
    ("page-in-japanese", "現時点ではこれにアクセスできません", "AADSTS53003"),
    ("in-a-stack", "\tat org.apache.spark.X\nCaused by: java.lang.UnsupportedOperationException: Cannot perform Merge as multiple source rows matched and attempted to modify the same\ntarget row in the Delta table", "DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE"),
    ("specific-before-shared", "The resource principal named api://x was not found in the tenant named Contoso. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.", "AADSTS500011"),
    ("refused-by-a-proxy", "Power BI: System.Net.WebException: The remote server returned an error: (407) Proxy Authentication Required.", "PBI:ProxyAuthentication"),
    ("inside-an-envelope", 'Data source error: {"error":{"code":"DM_GWPipeline_Gateway_DataSourceAccessError","pbi.error":{"code":"DM_GWPipeline_Gateway_DataSourceAccessError","details":[{"code":"DM_ErrorDetailNameCode_UnderlyingErrorMessage","detail":{"type":1,"value":"Login failed for user \'kim\'."}}]}}}', "SqlErrorNumber=18456"),
]  # fmt: skip
PROSE = [
    "Our administrators reset passwords once a month, and the table of users was not found to be out of date.",
    "Before you deploy, check that the user or administrator has given the application all it needs.",
    "2026-03-04 05:06:07 INFO Login of user kim accepted; refresh token issued, access policy evaluated.",
    "SELECT column FROM table WHERE name = 'not found' -- the column does not exist in every region",
    "The gateway is a machine in your own network; a gateway is required for databases behind a firewall.",
    "A network-related or instance-specific error occurred while establishing a connection to SQL Server.",
    "psql: error: connection to server failed: password authentication failed for user",
    "ORA-00942: table or view does not exist",
    "Sorry, but we're having trouble signing you in.",
    "# dataset refresh helper of Power BI\nSTATUS = {406: 'Not Acceptable', 407: 'Proxy Authentication Required', 408: 'Request Timeout'}",
    "",
    "We're sorry, an error occurred during evaluation of your order.",
    "This application requires additional components to be installed before it can be used.",
    "Signout request has expired.",
    "\x00" * 50,
]


@pytest.mark.parametrize(("text", "code"), [pytest.param(*rest, id=name) for name, *rest in SAID])
def test_a_message_is_known_by_its_words(recogniser, text, code):
    assert recogniser.scan(text).candidates[:1] == (code,)


@pytest.mark.parametrize("text", PROSE, ids=range(len(PROSE)))
def test_prose_and_other_programs_give_no_guess(recogniser, text):
    assert recogniser.scan(text).candidates == ()


def test_every_fragment_finds_its_code_among_the_first_three(recogniser, fragments):
    lost = []
    for one in fragments:
        text = AROUND[one.needs] + re.sub(r"\{\}", "Qx17", one.text)
        found = recogniser.scan(text)
        if not found.codes and one.codes[0] not in found.candidates[:3]:
            lost.append((one.text, found.candidates))
    assert lost == []


def test_every_guess_can_be_looked_up(known, fragments):
    entries, _ = read_entries(ROOT / "book" / "entries")
    have = {one.code for one in known} | {entry.code for entry in entries}
    assert sorted({code for one in fragments for code in one.codes} - have) == []


def test_every_name_of_ours_is_reached_by_a_fragment(known, fragments):
    reached = {code for one in fragments for code in one.codes}
    assert [one.code for one in known if one.family == "message" and one.code not in reached] == []


def test_fragments_are_short_and_name_their_source(fragments):
    assert [one.text for one in fragments if len(words(one.text)) > LONGEST or not one.source] == []
    assert {one.needs for one in fragments} - {""} <= NEEDS.keys()


def test_surroundings_decide_whose_words_they_are(recogniser):
    said = "Login failed for user 'kim'."
    assert recogniser.scan(said).candidates == ()
    assert recogniser.scan(f"The refresh of the semantic model failed. {said}").candidates == ("SqlErrorNumber=18456",)


def test_a_table_that_was_given_up_hides_not_the_one_that_failed(recogniser):
    found = recogniser.scan(
        "OLE DB or ODBC error: [Expression.Error] We cannot convert the value null to type Text..\n"
        "OLE DB or ODBC error: Exception from HRESULT: 0x80040E4E."
    )
    assert (found.codes, found.candidates[0]) == (("0x80040e4e",), "PBI:CannotConvertValue")


def test_an_event_that_names_another_error_leaves_that_to_the_wording(recogniser):
    event = "Event ID: 6941\nSource: ADSync\nLevel: Error\nDetails:\nECMA2 MA export run caused an error.\n\nError Name: InvalidSoftMatch\n"
    found = recogniser.scan(event)
    assert (found.codes, found.candidates[:1]) == (("ADSync:6941",), ("InvalidSoftMatch",))


def test_a_stream_and_a_text_with_a_code_guess_nothing(recogniser):
    assert (
        recogniser.scan("AADSTS50126: Error validating credentials due to invalid username or password.").candidates
        == ()
    )


def test_a_pair_in_many_fragments_is_not_looked_up():
    many = Phrases(Fragment((f"C{n}",), f"does not exist in place{n} kept for number{n}") for n in range(500))
    assert list(many.find("It does not exist in the other place.")) == []
    assert [match.fragment.codes for match in many.find("It does not exist in place7 kept for number7.")] == [("C7",)]


def test_a_fragment_far_from_its_other_part_is_not_found():
    phrases = Phrases([Fragment(("C1",), "pear tree orchard {} apple tree garden")])
    assert len(phrases.find("pear tree orchard and an apple tree garden")) == 1
    assert phrases.find(f"pear tree orchard {'word ' * 300} apple tree garden") == []


def test_a_piece_of_a_sentence_is_enough_and_one_of_a_fragment_is_not():
    said = "water the trees of this orchard twice every day until autumn begins"
    others = [Fragment((f"C{n}",), f"other words{n} of message{n}") for n in range(300)]
    kept, whole = Fragment(("KEPT",), said), Fragment(("WHOLE",), said, sentence=True)
    text = "water the trees of this orchard twice"
    assert [match.fragment for match in Phrases([*others, kept, whole]).find(text)] == [whole]
    assert Phrases([*others, whole]).find(text.replace("of this", "of this and that")) == []
    assert Phrases([*others, whole]).find("water the trees of this") == []


def test_the_same_words_in_another_order_are_another_message():
    phrases = Phrases([Fragment(("C1",), "pear tree {} apple orchard")])
    assert [match.fragment.codes for match in phrases.find("a pear tree beside the apple orchard")] == [("C1",)]
    assert phrases.find("an apple orchard beside the pear tree") == []


def test_words_that_stand_everywhere_have_to_stand_here_too():
    """Else two words would be the whole message."""
    many = [Fragment((f"C{n}",), f"thing{n} number{n} does not exist") for n in range(200)]
    phrases = Phrases([*many, Fragment(("PATH",), "orchard path {} does not exist")])
    assert [match.fragment.codes for match in phrases.find("The orchard path /a does not exist.")] == [("PATH",)]
    assert phrases.find("Every orchard path is mown in May.") == []


def test_what_misses_its_surroundings_hides_nothing(known):
    long = Fragment(("LONG",), "the orchard gate stays locked all winter", needs="snowflake")
    short = Fragment(("SHORT",), "orchard gate stays locked")
    others = [Fragment((f"C{n}",), f"other words{n} of message{n}") for n in range(300)]
    recogniser = Recogniser([], known, [long, short, *others])
    assert recogniser.scan("The orchard gate stays locked all winter.").candidates == ("SHORT",)
    assert recogniser.scan("Snowflake: the orchard gate stays locked all winter.").candidates[0] == "LONG"


def test_what_stands_twice_in_the_tables_speaks_once(known):
    same = [Fragment(("OFTEN",), "orchard gate stays locked")] * 5
    told = [Fragment(("TOLD",), "orchard gate stays locked"), Fragment(("TOLD",), "pear harvest was refused")]
    fragments = [*same, *told, *(Fragment((f"C{n}",), f"other words{n} of message{n}") for n in range(300))]
    found = Recogniser([], known, fragments).scan("The orchard gate stays locked. Pear harvest was refused.")
    assert found.candidates == ("TOLD", "OFTEN")


def test_a_table_knows_better_than_a_sample_which_code_comes_first(known):
    entries, _ = read_entries(ROOT / "book" / "entries" / "entra")
    (said,) = (text for entry in entries if entry.code == "AADSTS16000" for text in list(sentences_of(entry))[:1])
    text = said.replace("{}", "Qx17")
    assert Recogniser(entries, known).scan(text).candidates[0] == "AADSTS16000"
    table = [Fragment(("AADSTS50020", "AADSTS16000"), said)]
    assert Recogniser(entries, known, table).scan(text).candidates[:2] == ("AADSTS50020", "AADSTS16000")


@given(st.text(max_size=300))
def test_no_text_breaks_the_search(text):
    phrases = Phrases([Fragment(("C1",), "pear tree orchard {} apple"), Fragment(("C2",), "{}")])
    assert all(match.weight > 0 for match in phrases.find(text))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("codes\tfragment\n", "other columns"),
        (f"{HEADER}\nA1\ttree\t\ten\n", "line 2: not a fragment"),
        (f"{HEADER}\nA1\ttree\t\tEnglish\tx\n", "line 2: not a fragment"),
        (f"{HEADER}\nA1\ttree\tforest\ten\tx\n", "line 2: not a fragment"),
        (f"{HEADER}\n\ttree\t\ten\tx\n", "line 2: not a fragment"),
    ],
)
def test_a_broken_table_of_fragments_is_named(tmp_path, text, said):
    (tmp_path / "broken.tsv").write_text(text)
    with pytest.raises(BookError, match=said):
        read_wording(tmp_path)


def test_without_fragments_an_entry_still_brings_its_own(known):
    entries, _ = read_entries(ROOT / "book" / "entries" / "sspr")
    found = Recogniser(entries, known).scan("your administrator has disabled password reset for your organization")
    assert found.candidates[0] == "SSPR_0009"
