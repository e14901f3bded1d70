"""Orders to a lab, and how a diagnosis of it is judged."""

import pytest

from faultbook.errors import UsageError
from faultbook_lab import control, matrix
from faultbook_lab.faults import FAULTS


def test_an_order_is_answered_and_a_refusal_is_told(tmp_path):
    def answer(order):
        if order["do"] == "no":
            raise UsageError("That cannot be.", do="Do this.")
        return {"echo": order}

    path = tmp_path / "control"
    listener = control.Listener(path, answer)
    try:
        assert path.stat().st_mode & 0o777 == 0o600
        assert control.order(path, {"do": "x"}) == {"echo": {"do": "x"}}
        with pytest.raises(UsageError, match="That cannot be") as refused:
            control.order(path, {"do": "no"})
        assert refused.value.do == "Do this."
    finally:
        listener.close()
    with pytest.raises(control.Gone, match="No lab answers"):
        control.order(path, {"do": "x"})


def diagnosis(*ranked, checks=("a",)):
    return {
        "ranked": [{"cause": cause, "word": word, "share": 1} for cause, word in ranked],
        "unchecked": [], "next_checks": list(checks), "verdict": "undecided",
    }  # fmt: skip


ROW = matrix.Row(("writeback-off",), "AADSTS120012", "writeback-not-on")


@pytest.mark.parametrize(
    ("ranked", "outcome"),
    [
        ([("writeback-not-on", "likely"), ("other", "possible")], "right"),
        ([("other", "likely"), ("writeback-not-on", "possible")], "wrong"),
        ([("writeback-not-on", "established"), ("other", "likely")], "wrong"),
        ([("other", "possible"), ("writeback-not-on", "possible")], "open"),
    ],
)
def test_another_likely_cause_is_wrong_and_nothing_likely_is_open(ranked, outcome):
    cell = matrix._judged(ROW, "", diagnosis(*ranked), 0.1)
    assert cell.outcome == outcome
    assert bool(matrix.failures(ROW, [cell])) == (outcome != "right")


def test_every_fault_is_in_the_matrix_and_every_row_breaks_what_exists():
    single = {row.faults[0] for row in matrix.ROWS if len(row.faults) == 1}
    assert single == set(FAULTS)
    assert len([row for row in matrix.ROWS if len(row.faults) == 2]) >= 12
    assert all(set(row.faults) <= set(FAULTS) for row in matrix.ROWS)


def test_every_row_names_a_cause_that_its_entry_holds():
    from faultbook.book.reader import open_book

    with open_book() as book:
        for row in matrix.ROWS:
            assert row.cause in {cause.id for cause in book.entry(row.code).causes}, row.name


def test_what_is_taken_away_are_grants_and_sources_that_the_error_needs():
    found = matrix.removable("AADSTS120015")
    assert {"ldap", "server-file"} <= set(found)
    assert "Dataset.Read.All" not in found
    assert "Dataset.Read.All" in matrix.removable("DM_GWPipeline_Client_GatewayUnreachable")
