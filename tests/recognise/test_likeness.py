"""Messages that nobody wrote down: guessed by what is written of a code, in any wrapping and several languages; and silence everywhere else."""

import json
import random
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faultbook.book.known import Known
from faultbook.book.wording import Fragment
from faultbook.recognise import Recogniser
from faultbook.recognise.index import Likeness, Said, indexed
from faultbook.recognise.passages import text_index
from faultbook.recognise.printed import printed
from faultbook.recognise.terms import sentences, terms

ROOT = Path(__file__).parents[2]
CORPUS = ROOT.parent / "shared" / "corpus" / "errors.dev.jsonl"
SAID = [
    ("german", 'Expression.Error: Das Feld "Betrag" des Datensatzes wurde nicht gefunden.', "PBI:FieldNotFoundInRecord"),
    ("spanish", "Expression.Error: La clave no coincidió con ninguna fila de la tabla.\nDetalles:\n    Key=[Record]", "PBI:KeyMatchedNoRows"),
    ("italian", "Expression.Error: Il campo 'importo' del record non è stato trovato.\nDettagli:\n    importo", "PBI:FieldNotFoundInRecord"),
    ("firewall-in-french", "Formula.Firewall : La requête « Ventes » (étape « Source ») référence d'autres requêtes ou étapes et ne peut pas accéder directement à une source de données.", "PBI:FormulaFirewall"),
    ("chinese", "Expression.Error: 枚举中没有足够的元素来完成该操作。", "PBI:NotEnoughElements"),
    ("by-name", "Fabric: the workspace 'Sales' has no capacity assigned, publishing was refused.", "WorkspaceHasNoCapacityAssigned"),
    ("by-name-in-other-words", "Fabric deployment failed. The display name of the item is in use already.", "ItemDisplayNameAlreadyInUse"),
    ("reworded", "Databricks: the run failed, the driver of the cluster could not be reached.", "DRIVER_UNREACHABLE"),
    ("in-a-stack", 'databricks.sdk.errors.base.DatabricksError: default auth: cannot configure default credentials\n  File "/srv/job/main.py", line 12, in main', "Databricks:DefaultCredentials"),
    ("mistyped", "Databricks: the run failed, the drvier of the cluster could not be raeched.", "DRIVER_UNREACHABLE"),
]  # fmt: skip
QUIET = [
    "Power BI answers questions about tables, columns, keys and rows; a column that is not found is a common mistake.",
    "If the gateway of Power BI is offline, refreshes that need it fail with an error.",
    "Conditional Access asks users of Microsoft Entra for more: on a new device they must prove a second factor before they reach the application.",
    "VACUUM on a Delta table removes data files that the transaction log references no longer once the retention is over.",
    "Why does Power Query say that a field of the record cannot be found?",
    "I cannot reach the driver of my Databricks cluster, it failed again.",
    "2026-03-04 05:06:07 INFO spark.CacheManager: Partition rdd_11_1 not found, computing it",
    "The refresh of the semantic model Sales completed at 05:06. 12 tables, 0 errors.",
    "Outlook: the mailbox of this user is full, the message could not be delivered. Microsoft Exchange",
    "java.lang.IllegalStateException: the driver of the cluster could not be reached",
    "the workspace has no capacity assigned, publishing was refused",
    "MSAL.NetCore 4.61 Exception type: Microsoft.Identity.Client.MsalUiRequiredException, ErrorCode: invalid_grant, StatusCode: 400 at Microsoft.Identity.Client.OAuth2",
    "Hyperledger Fabric: the peer failed to answer; the record does not exist",
    "dbt",
    "",
]
NOTES = [
    f"orchard: {what}"
    for what in ("a pear tree fails to bloom", "a ladder is too short", *(f"word{n} spoils crop{n}" for n in range(20)))
]
WORDS = st.sampled_from(
    [
        "field",
        "record",
        "not",
        "found",
        "table",
        "column",
        "key",
        "rows",
        "match",
        "driver",
        "cluster",
        "reach",
        "failed",
        "error",
        "Power",
        "BI",
        "Databricks",
    ]
)


@pytest.fixture(scope="module")
def index(entries, known, fragments):
    return text_index(entries, known, fragments)


@pytest.fixture(scope="module")
def likeness(index) -> Likeness:
    return Likeness(index)


@pytest.mark.parametrize(("text", "code"), [pytest.param(*rest, id=name) for name, *rest in SAID])
def test_what_nobody_wrote_down_is_guessed(whole, likeness, text, code):
    assert likeness.candidates(text)[:1] == (code,)
    assert (whole.scan(text).codes, whole.scan(text).candidates[:1]) == ((), (code,))


@pytest.mark.parametrize("text", QUIET, ids=range(len(QUIET)))
def test_prose_questions_other_programs_and_a_lone_message_give_no_guess(whole, text):
    found = whole.scan(text)
    assert (found.candidates, found.guessed_by) == ((), "")


def test_wording_goes_before_likeness():
    """And an answer says which of both it was."""
    known = [Known(code=f"PBI:Pear{n}", family="message", note=note) for n, note in enumerate(NOTES)]
    recogniser = Recogniser([], known, [Fragment(("PBI:Pear1",), "no ladder reaches the highest branch")])

    def guessed(text):
        found = recogniser.scan(text)
        return found.candidates, found.guessed_by

    assert guessed("Power BI: No ladder reaches the highest branch.") == (("PBI:Pear1",), "wording")
    assert guessed("Power BI: the pear tree in the orchard failed to bloom") == (("PBI:Pear0",), "likeness")
    assert guessed("Power BI: the pear tree in the orchard") == ((), "")


def test_a_text_with_a_code_is_never_guessed_by_likeness(whole, known, entries):
    printings = [text for one in known if (text := printed(one))]
    texts = random.Random(7).sample(printings, 200) + [
        sample.text for entry in entries[::25] for sample in entry.samples
    ]
    assert [text for text in texts if whole.scan(text).guessed_by == "likeness"] == []


@pytest.mark.parametrize("path", sorted((ROOT / "book" / "quiet").iterdir()), ids=lambda path: path.name)
def test_quiet_texts_are_quiet_even_if_a_product_is_named(likeness, path):
    assert (
        likeness.candidates("Power BI, Databricks, dbt, Microsoft Entra. " + path.read_text("utf-8", "replace")) == ()
    )


@pytest.mark.skipif(not CORPUS.exists(), reason="the shared corpus is not beside this checkout")
def test_the_negatives_of_the_shared_corpus_give_no_guess(whole):
    rows = [json.loads(line) for line in CORPUS.read_text("utf-8").splitlines()]
    negatives = [row for row in rows if row["kind"] == "negative"]
    assert len(negatives) > 50
    assert [row["id"] for row in negatives if whole.scan(row["text"]).candidates] == []


@pytest.mark.parametrize(("text", "code"), [pytest.param(*rest, id=name) for name, *rest in SAID])
def test_case_wrapping_and_values_change_nothing(likeness, text, code):
    """A terminal wraps anywhere, a mail writes all in capitals, and each tenant has names of its own."""
    first = likeness.candidates(text)
    assert first[:1] == (code,)
    wrapped = "\n".join(" ".join(text.split()[at : at + 4]) for at in range(0, len(text.split()), 4))
    assert likeness.candidates(wrapped) == first
    if "Databricks" not in code:  # whose words are parted by capitals in the name of an exception
        assert likeness.candidates(text.upper()) == first
    renamed = (
        text.replace("Betrag", "Preis")
        .replace("importo", "prezzo")
        .replace("Ventes", "Stocks")
        .replace("Sales", "Demo")
    )
    assert likeness.candidates(renamed) == first


def test_the_order_of_the_book_changes_nothing(entries, known, fragments, index):
    mixed = [list(one) for one in (entries, known, fragments)]
    for one in mixed:
        random.Random(3).shuffle(one)
    assert text_index(*mixed) == index


def test_what_is_kept_is_the_same_index(index, likeness):
    kept = Likeness.unpacked(index.packed())
    assert [kept.candidates(text) for _, text, _ in SAID] == [likeness.candidates(text) for _, text, _ in SAID]


def test_codes_that_report_nothing_wrong_and_words_of_every_program_are_not_indexed(index, known):
    indexed_codes = {code for code, _ in index.codes}
    assert {
        one.code for one in known if one.kind != "error" or one.family in {"graph", "msal", "oauth"}
    } & indexed_codes == set()
    assert len(indexed_codes) > 3000
    assert [one.code for one in known if one.family == "message" and one.code not in indexed_codes] == []


def test_a_guess_needs_the_surroundings_of_its_program():
    said = [Said("A1", 1.0, True, tuple(terms("pear tree orchard failed to bloom")))]
    one = Likeness(
        indexed(
            said + [Said(f"B{n}", 1.0, True, (f"word{n}",)) for n in range(20)],
            {"A1": "dbt", **{f"B{n}": "dbt" for n in range(20)}},
        )
    )
    assert one.candidates("dbt: the pear tree in the orchard failed to bloom") == ("A1",)
    assert one.candidates("the pear tree in the orchard failed to bloom") == ()
    assert one.candidates("dbt: the pear tree in the orchard will bloom") == ()


def test_an_empty_index_guesses_nothing():
    assert Likeness(indexed([], {})).candidates("dbt failed to bloom in the orchard") == ()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=400), st.lists(WORDS, max_size=60).map(" ".join)))
def test_no_text_breaks_the_search(likeness, text):
    found = likeness.candidates(text)
    assert len(found) == len(set(found)) <= 5


@pytest.mark.parametrize(
    "piece", ["error ", "a.b.c.d.", "'x ", "(((", "not found column ", "at a.b(", "Time: ", "\u00ab "]
)
def test_the_cost_is_bounded(likeness, piece):
    """Of a long text the beginning and the end are read; no repetition is dear."""
    likeness.candidates("Power BI failed")  # the first search makes tables
    begin = time.process_time()
    likeness.candidates("Power BI " + piece * (65_536 // len(piece)))
    assert time.process_time() - begin < 1.0


def test_the_cost_follows_the_text(likeness):
    lines = [text for _, text, _ in SAID]
    text = "Power BI, Databricks, Fabric. " + "\n".join(random.Random(1).choices(lines, k=400))

    def seconds(length: int) -> float:
        begin = time.process_time()
        for _ in range(3):
            likeness.candidates(text[:length])
        return time.process_time() - begin

    seconds(1000)
    assert seconds(8000) < 24 * max(seconds(1000), 0.002)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The column wasn't found", ["column", "not", "find"]),
        ("couldnt find the columns", ["not", "find", "column"]),
        ("WorkspaceNotFound", ["workspac", "not", "find"]),
        ("La columna no se encontró", ["column", "not", "find"]),
        ("列が見つかりません", ["column", "find", "not"]),
        ("DUPLICATED_MAP_KEY", ["duplicat", "map", "key"]),
    ],
)
def test_terms(text, found):
    assert terms(text) == found


def test_a_sentence_is_read_without_its_values():
    (one,) = sentences(
        "Could not read 'C:\\data\\sales.xlsx' of kim@contoso.example at https://contoso.example/a?b=c for 'Contoso Sales'."
    )
    assert one.terms == ("not", "read")
    assert one.failure
