"""What to look at next, and which grant or file settles what."""

import pytest

from faultbook.diagnose.plan import next_checks, permissions
from faultbook.diagnose.verdict import findings_of
from faultbook.diagnose.weigh import entropy, weigh
from faultbook.evidence import Fact, Facts, no, unknown, yes
from faultbook.model import Test
from faultbook.probes import Probe, all_probes

from . import scene
from .conftest import make_cause, make_entry


def probe(name, needs, answer=None, otherwise="hardly-ever", **more):
    def run(facts, about):
        facts.need(*needs)
        return answer or unknown("ambiguous", "It says neither.")

    return Probe(
        id=name,
        question=f"Is it {name}?",
        run=run,
        needs=needs,
        otherwise=otherwise,
        family=more.pop("family", name),
        **more,
    )


def plan(entry, probes, facts, words):
    findings = findings_of(entry, facts, probes, scene.SUBJECT)
    return next_checks(entry, weigh(entry, findings, probes, words), findings, facts=facts, probes=probes, words=words)


def test_the_most_telling_check_for_its_cost_comes_first(words):
    probes = {
        "a.strong": probe("a.strong", ("graph.domains",), names=True),
        "b.weak": probe("b.weak", ("graph.users",), otherwise="often"),
        "c.dear": probe("c.dear", ("windows.events",), names=True),
    }
    entry = make_entry(
        make_cause("a", 40, Test(probe="a.strong", yes="always")),
        make_cause("b", 20, Test(probe="b.weak", yes="usually")),
        make_cause("c", 30, Test(probe="c.dear", yes="always")),
    )
    checks = plan(entry, probes, Facts(), words)
    assert [check.kind for check in checks] == ["graph.domains", "windows.events", "graph.users"]
    assert checks[0].causes == ("a",)
    assert 0 < checks[0].bits < checks[0].of_bits == pytest.approx(entropy([0.4, 0.3, 0.2, 0.1]), abs=1e-3)


def test_gain_is_the_expected_drop_in_entropy(words):
    """One question about one of two explanations: the number can be worked out by hand."""
    probes = {"a.one": probe("a.one", ("graph.domains",))}
    entry = make_entry(make_cause("a", 50, Test(probe="a.one", yes="always")))
    yes_chance = 0.5 * 0.95 + 0.5 * 0.02
    after_yes, after_no = 0.5 * 0.95 / yes_chance, 0.5 * 0.05 / (1 - yes_chance)
    expected = (
        1 - yes_chance * entropy([after_yes, 1 - after_yes]) - (1 - yes_chance) * entropy([after_no, 1 - after_no])
    )
    (check,) = plan(entry, probes, Facts(), words)
    assert check.bits == pytest.approx(expected, abs=1e-3)


def test_what_is_answered_is_not_asked_again(words):
    probes = {"a.one": probe("a.one", ("graph.domains",), answer=yes("It is."))}
    entry = make_entry(make_cause("a", 50, Test(probe="a.one", yes="always")))
    assert plan(entry, probes, Facts([Fact(kind="graph.domains", value=[])]), words) == ()


def test_a_fact_that_is_there_and_does_not_answer_is_named_as_such(words):
    probes = {"a.one": probe("a.one", ("graph.domains",))}
    entry = make_entry(make_cause("a", 50, Test(probe="a.one", yes="always")))
    (check,) = plan(entry, probes, Facts([Fact(kind="graph.domains", value=[])]), words)
    assert check.again
    assert check.why == "It says neither."


def test_another_kind_that_answers_the_same_is_offered_instead(words):
    probes = {"a.one": probe("a.one", ("graph.onPremisesSynchronization", "connect.settings"))}
    entry = make_entry(make_cause("a", 50, Test(probe="a.one", yes="always")))
    (check,) = plan(entry, probes, Facts(), words)
    assert check.kind == "graph.onPremisesSynchronization"
    assert check.way.delegated_only
    assert [way.kind for way in check.instead] == ["connect.settings"]


def test_a_question_that_compares_the_history_waits_for_the_history(words):
    probes = {"history.one": probe("history.one", ("signins.history", "graph.users"))}
    entry = make_entry(make_cause("a", 50, Test(probe="history.one", yes="always")))
    (check,) = plan(entry, probes, Facts(), words)
    assert check.kind == "signins.history"
    (check,) = plan(entry, probes, Facts([Fact(kind="signins.history", value={})]), words)
    assert check.kind == "graph.users"


def test_a_family_that_has_spoken_promises_nothing_more(words):
    probes = {
        "a.one": probe("a.one", ("graph.domains",), answer=no("It is not."), family="f"),
        "a.two": probe("a.two", ("graph.users",), family="f"),
    }
    entry = make_entry(make_cause("a", 50, Test(probe="a.one", yes="always"), Test(probe="a.two", yes="always")))
    assert plan(entry, probes, Facts([Fact(kind="graph.domains", value=[])]), words) == ()


def test_the_next_check_of_the_model_entry_is_one_that_decides(model_entry, words):
    checks = plan(model_entry, all_probes(), Facts(), words)
    assert checks[0].bits / checks[0].of_bits > 0.1
    assert len({check.kind for check in checks}) == len(checks)
    assert "windows.events" in {check.kind for check in checks}


def test_permissions_name_each_grant_once_the_least_privilege_first(model_entry, words):
    rows = permissions(model_entry, all_probes(), words)
    grants = [row.grant for row in rows if row.grant]
    assert len(grants) == len(set(grants))
    audit = next(row for row in rows if row.grant == "AuditLog.Read.All")
    assert {way.kind for way in audit.ways} == {"signins.history", "graph.directoryAudits"}
    assert audit.ways[1].licence == "Microsoft Entra ID P1"
    first, last = rows[0].ways[0], rows[-1].ways[0]
    assert first.needs_nothing
    assert last.role == "administrator of the sync server"
    events = next(row for row in rows if row.ways[0].kind == "windows.events")
    agent = next(one for one in events.settles if one.cause == "writeback-agent-down")
    assert agent.at_best in {"established", "likely"}


def test_a_grant_that_alone_answers_nothing_is_not_offered(words):
    probes = {"history.one": probe("history.one", ("signins.history", "graph.users"))}
    entry = make_entry(make_cause("a", 50, Test(probe="history.one", yes="always")))
    assert permissions(entry, probes, words) == ()
