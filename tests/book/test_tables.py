"""What the lint compares with: numbers that many entries state, menus as they are today, codes that are gone, and near-duplicates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faultbook.book.constants import contradictions, quantities, read_constants
from faultbook.book.lint.similar import pairs, shingles
from faultbook.book.menus import read_menus
from faultbook.book.retired import read_retired
from faultbook.errors import BookError


@pytest.fixture(scope="module")
def constants(book_folder):
    return read_constants(book_folder / "constants.toml")


@pytest.fixture(scope="module")
def menus(book_folder):
    return read_menus(book_folder / "menus.toml")


@pytest.mark.parametrize(
    ("sentence", "constant"),
    [
        ("Password hashes synchronise every 30 minutes.", "hash-sync-interval"),
        ("Password hash synchronisation takes thirty minutes; force a cycle.", "hash-sync-interval"),
        ("Objects are synchronised every 2 minutes.", "sync-interval"),
        ("The reset page blocks a user for 12 hours after five attempts.", "reset-throttle"),
        ("After three attempts within an hour the reset portal blocks the user.", "reset-throttle"),
        ("Sign-in logs are kept for 90 days.", "sign-in-log-retention"),
        ("A refresh token expires after 60 days without use.", "refresh-token-life"),
        ("An access token lives for eight hours.", "access-token-life"),
        ("A scheduled refresh may run at most 16 times a day.", "refreshes-a-day"),
        ("The refresh on shared capacity is timed out after three hours.", "refresh-time-out"),
        ("Power BI keeps the last 100 refreshes.", "refresh-history"),
        ("A schedule is switched off after three failures.", "schedule-off"),
        ("The gateway needs outbound TCP on 443, 5671 and 8080.", "gateway-ports"),
        ("Smart lockout locks after five attempts by default.", "smart-lockout"),
        ("A Lookup activity returns at most 10,000 rows.", "lookup-limits"),
        ("Event 31019 follows every ten minutes.", "writeback-heartbeat"),
        ("SDProp restores the list every 30 minutes.", "sdprop-interval"),
        ("Client secrets last 36 months at most.", "secret-life"),
        ("Deleted applications can be restored within 60 days.", "deleted-objects"),
        ("A schedule that nobody has looked at for three months is paused.", "schedule-unseen"),
    ],
)
def test_another_number_for_the_same_thing_is_a_contradiction(sentence, constant, constants):
    """Every constant of the table is contradicted once, in words and in figures."""
    assert constant in {one.id for _, one in contradictions(sentence, constants)}


def test_every_constant_can_be_contradicted(constants):
    """A constant whose patterns never match guards nothing: the examples above name each."""
    marks = test_another_number_for_the_same_thing_is_a_contradiction.pytestmark
    assert {constant for _, constant in marks[0].args[1]} == {one.id for one in constants}


@pytest.mark.parametrize(
    "sentence",
    [
        "Password hashes follow every two minutes, objects with the synchronisation cycle of 30 minutes.",
        "After five attempts within an hour the reset page blocks the user for a day.",
        "Sign-in logs are kept for seven days without a licence and for 30 with P1.",
        "Wait ten minutes, then look for event 31019.",
        "Give it a quarter of an hour and the next synchronisation cycle besides.",
        "Reset fails for every synchronised user since a day.",
        "A refresh token of a single-page application ends after 24 hours.",
        "The history keeps 20 to 60 refreshes, at most three days beyond the twentieth.",
        "Two attempts are enough to know; the fifth in an hour blocks the user.",
        "The data source listens on port 1433, the gateway's outbound relay on 443.",
    ],
)
def test_the_right_number_and_another_thing_are_none(sentence, constants):
    """Numbers of other things in the same sentence are left alone."""
    assert not list(contradictions(sentence, constants))


def test_quantities_are_read_in_figures_words_and_ranges():
    """Units are brought to one size."""
    found = [
        quantity for _, quantity in quantities("20 to 60 refreshes, an hour, 1,500 rows, ninety days, on 443 and 5671")
    ]
    assert found == [
        ("refreshes", 20),
        ("refreshes", 60),
        ("time", 3600),
        ("rows", 1500),
        ("time", 7_776_000),
        ("port", 443),
        ("port", 5671),
    ]


@pytest.mark.parametrize(
    "wrong", ['values = ["soon"]\nabout = ["x"]', 'values = ["2 hours"]\nabout = ["("]', 'values = []\nabout = ["x"]']
)
def test_a_constant_that_cannot_work_is_refused(wrong, tmp_path):
    """A value without a quantity, a pattern that is none."""
    path = tmp_path / "constants.toml"
    path.write_text(f'[[constant]]\nid = "x"\nname = "X"\nurl = "https://x.example"\nchecked = 2026-01-01\n{wrong}\n')
    with pytest.raises(BookError, match="constants"):
        read_constants(path)


@pytest.mark.parametrize(
    "sentence",
    [
        "Open Azure Active Directory > Security > Conditional Access.",
        "Open Entra ID > Password reset > Integration on premises.",
        "Open App registrations > the app > Secrets and keys.",
        "Open Entra ID > Conditional Access > Policies > the policy > Rules.",
        "Read Health > Service health, then open Settings > Reply addresses.",
    ],
)
def test_a_way_that_no_table_knows_is_named(sentence, menus):
    """From its beginning, from the middle, and behind a known one."""
    assert list(menus.unknown(sentence))


@pytest.mark.parametrize(
    "sentence",
    [
        "Open Entra ID > Conditional Access > Policies > the policy > Grant.",
        "Open Enterprise applications > Power BI Service > Users and groups and add her.",
        "Go to Users > the user > Reset password and, under Health > Service health, look.",
        "Export the settings first (wizard > View or export current configuration).",
        'Run dsacls "CN=Kim" > before.txt and compare; more > less.',
        "Set *Authentication > Allow public client flows* to Yes.",
    ],
)
def test_known_ways_and_other_signs_are_not(sentence, menus):
    """A stretch of a path is enough, what is chosen may be called anything, and a shell's sign is no menu."""
    assert not list(menus.unknown(sentence))


def test_tables_that_are_not_there_hold_nothing(tmp_path):
    """A site's book need not have them."""
    assert (read_constants(tmp_path / "x"), bool(read_menus(tmp_path / "x")), read_retired(tmp_path / "x")) == (
        [],
        False,
        [],
    )


def test_a_retired_code_stands_there_once(tmp_path):
    """Twice, or in its own place, is a mistake that is told."""
    line = '[[retired]]\ncode = "X1"\nreason = "It is gone."\ndate = 2026-01-01\nnow = "{}"\n'
    path = tmp_path / "retired.toml"
    path.write_text(line.format("X2"))
    assert read_retired(path)[0].now == "X2"
    for wrong in (line.format("X2") * 2, line.format("x1")):
        path.write_text(wrong)
        with pytest.raises(BookError, match="contradicts itself"):
            read_retired(path)


@given(st.lists(st.frozensets(st.integers(0, 12), max_size=8), max_size=12), st.sampled_from([0.3, 0.6, 0.75, 1.0]))
def test_nearly_same_sets_are_found_as_by_comparing_each_with_each(sets, threshold):
    """The index leaves no pair out and adds none."""
    slow = {
        (one, other)
        for other in range(len(sets))
        for one in range(other)
        if sets[one] and sets[other] and len(sets[one] & sets[other]) / len(sets[one] | sets[other]) >= threshold
    }
    assert {(one, other) for one, other, _ in pairs(sets, threshold)} == slow


def test_shingles_of_a_short_text_are_the_text():
    """Nothing is lost where a text is shorter than a run."""
    assert shingles(["a", "b"], 3) == {("a", "b")}
    assert shingles(["a", "b", "c", "d"], 3) == {("a", "b", "c"), ("b", "c", "d")}
