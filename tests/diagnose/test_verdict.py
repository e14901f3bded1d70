"""From facts to a diagnosis, with the model entry and the real probes."""

import json

import jsonschema
import msgspec
import pytest
from inline_snapshot import snapshot

from faultbook.app import Faultbook
from faultbook.book.page import asked
from faultbook.diagnose.diagnosis import Diagnosis, json_schema
from faultbook.diagnose.verdict import diagnose
from faultbook.diagnose.weigh import SOMETHING_ELSE
from faultbook.evidence import Fact, Facts, Occurrence, Subject, Window
from faultbook.probes import all_probes

from . import scene
from .conftest import ROOT, make_entry


@pytest.fixture(scope="module")
def probes():
    return all_probes()


@pytest.fixture
def judged(model_entry, book_words, probes):
    def judge(facts, occurrence=scene.OCCURRENCE, subject=scene.SUBJECT, entry=model_entry):
        return diagnose(occurrence, entry, facts, probes, words=book_words, subject=subject, book="test")

    return judge


def test_a_local_event_that_names_the_error_establishes_the_cause(judged):
    found = judged(scene.facts())
    assert (found.verdict, found.ranked[0].cause) == ("established", "writeback-rights-missing")
    assert found.sentence.startswith("Established: The connector account")
    assert [fix.id for fix in found.fixes] == ["grant-writeback-rights"]
    assert found.whose[0].who == "directory-admin"


def test_without_evidence_it_is_undecided_and_the_next_check_is_named(judged):
    found = judged(Facts())
    assert found.verdict == "no-evidence"
    assert [one.share for one in found.ranked] == pytest.approx([one.share_before for one in found.ranked])
    assert found.next_checks[0].way.file
    assert all(fix.risk == "none" for fix in found.fixes)
    assert found.statistics is found.window is None


def test_every_unanswered_question_is_listed_with_its_reason_and_what_would_help(judged):
    found = judged(scene.facts())
    asked = {
        (one.probe, str(one.params)) for cause in found.ranked for one in cause.findings if one.answer == "unknown"
    }
    assert {(one.probe, str(one.params)) for one in found.unchecked} == asked
    setting = next(one for one in found.unchecked if one.probe == "hybrid.writeback-off")
    assert setting.why_unknown == "delegated-only"
    assert "sign in as Hybrid Identity Administrator" in setting.hint
    assert all(one.sentence for one in found.unchecked)


def test_each_finding_leads_to_a_fact_and_its_source(judged):
    found = judged(scene.facts())
    known = {fact.hash: fact for fact in found.evidence}
    cited = [name for cause in found.ranked for one in cause.findings for name in one.facts]
    assert cited
    assert set(cited) <= set(known)
    event = next(one for one in found.ranked[0].findings if one.probe == "hybrid.permission-error-logged")
    assert known[event.facts[0]].source == "application.evtx"
    assert "hybrid.permission-error-logged" in known[event.facts[0]].used_by
    assert found.statistics.fact in known
    assert {mark.fact for mark in found.timeline.marks} <= set(known)


def test_the_same_facts_in_another_order_give_the_same_bytes(judged):
    facts = list(scene.facts())
    first = msgspec.json.encode(judged(Facts(facts)))
    assert msgspec.json.encode(judged(Facts(reversed(facts)))) == first


def test_a_sibling_that_already_changed_the_password_forbids_another_try(judged):
    history = scene.history(siblings=((2.0, scene.KIM, 120005),))
    found = judged(Facts([Fact(kind="signins.history", target="AADSTS120021", value=history, window=scene.WINDOW)]))
    assert found.retry.advice == "do-not-retry"
    assert found.retry.changed
    assert "120005" in found.retry.because


def test_another_persons_sibling_does_not_forbid_a_retry(judged):
    history = scene.history(siblings=((2.0, "bo@contoso.example", 120005),))
    found = judged(Facts([Fact(kind="signins.history", target="AADSTS120021", value=history, window=scene.WINDOW)]))
    assert found.retry.advice == "wait-then-retry"
    assert not found.retry.changed


def test_the_chain_of_the_message_itself_forbids_it_too(judged):
    occurrence = msgspec.structs.replace(scene.OCCURRENCE, chain=("AADSTS53003", "AADSTS120021"))
    assert judged(Facts(), occurrence).retry.advice == "do-not-retry"


def test_a_cause_that_does_not_pass_alone_is_to_be_fixed_first(judged):
    assert judged(scene.facts()).retry.advice == "fix-first"
    assert judged(Facts()).retry.advice == "wait-then-retry"


def test_the_covered_window_says_whether_it_holds_the_failure(judged):
    inside = judged(scene.facts()).window
    assert inside.covers_failure is True
    assert inside.kinds == ("signins.history",)
    assert inside.gaps[0].why.startswith("no rows")
    late = msgspec.structs.replace(scene.SUBJECT, at=scene.WINDOW.end + scene.HOUR)
    assert judged(scene.facts(), subject=late).window.covers_failure is False
    in_gap = msgspec.structs.replace(scene.SUBJECT, at=scene.AT - 8.5 * scene.HOUR)
    assert judged(scene.facts(), subject=in_gap).window.covers_failure is False


def test_numbers_come_with_intervals_and_never_name_a_cause(judged):
    numbers = judged(scene.facts()).statistics
    assert 0 < numbers.rate.low < numbers.rate.share < numbers.rate.high < 1
    assert numbers.onset.start < "2026-03-02T07:20:00Z" <= numbers.onset.end or numbers.onset.start <= numbers.onset.end
    assert numbers.people_failed == 6
    assert numbers.recovery.recovered == 0
    assert any("consistent with" in sentence for sentence in numbers.sentences)
    assert not any("caused" in sentence for sentence in numbers.sentences)


def test_the_timeline_joins_the_logs_and_says_how(judged):
    timeline = judged(scene.facts()).timeline
    lanes = {mark.lane: mark for mark in timeline.marks}
    assert set(lanes) == {"service", "policy", "agent"}
    assert "PB234567" in lanes["service"].label
    assert "33004" in lanes["agent"].label
    assert all(mark.joined for mark in timeline.marks)
    assert not any("calendars" in mark.label for mark in timeline.marks)
    assert sum(point.failed for point in timeline.points) == 14
    assert all(
        point.low <= point.failed / (point.failed + point.succeeded) <= point.high
        for point in timeline.points
        if point.low is not None
    )
    assert len(timeline.points) <= 48


def test_a_silence_of_the_agent_is_a_mark(judged):
    events = [scene.event(minutes, 31019) for minutes in (-120, -115, -110, 30, 35)]
    facts = Facts(
        [
            Fact(
                kind="windows.events",
                target="SYNC01",
                value=events,
                window=Window(scene.AT - 3 * scene.HOUR, scene.AT + scene.HOUR),
            )
        ]
    )
    labels = [mark.label for mark in judged(facts).timeline.marks]
    assert "no heartbeat (31019)" in labels
    assert "no heartbeat (31019) until the log ends" in labels


def test_facts_of_a_strange_shape_harm_nothing(judged):
    strange = [
        Fact(kind="graph.serviceHealthIssues", value=[{"startDateTime": 3, "title": None}, "x"]),
        Fact(kind="graph.directoryAudits", value=[{"activityDateTime": "yesterday", "targetResources": [None]}]),
        Fact(kind="windows.events", value=[{"event_id": "x", "time": None}]),
        Fact(kind="signins.history", value={"code": 120021, "buckets": [{"start": "?"}], "failures": [None]}),
    ]
    assert judged(Facts(strange)).verdict in {"no-evidence", "undecided"}


def test_an_entry_without_causes_is_answered_honestly(judged):
    entry = make_entry(depth="brief")
    found = judged(Facts(), Occurrence(id="x", code=entry.code), Subject(code=entry.code), entry)
    assert found.ranked == ()
    assert found.verdict == "no-evidence"
    assert "no causes" in found.sentence


def test_the_json_has_the_published_shape(judged):
    schema = json.loads((ROOT / "schema/diagnosis-1.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    for facts in (scene.facts(), Facts()):
        raw = json.loads(msgspec.json.encode(judged(facts)))
        jsonschema.validate(raw, schema)
        assert msgspec.convert(raw, Diagnosis) == judged(facts)
    assert set(raw) >= {
        "schema",
        "occurrence",
        "verdict",
        "ranked",
        "unchecked",
        "next_checks",
        "retry",
        "window",
        "book",
    }
    assert set(raw["ranked"][0]) >= {"cause", "title", "basis", "share_before", "share", "word", "findings"}
    assert set(raw["ranked"][0]["findings"][0]) >= {"probe", "answer", "why_unknown", "weight", "sentence", "facts"}
    assert raw["ranked"][-1]["cause"] != SOMETHING_ELSE or len(raw["ranked"]) == 7


def test_the_schema_file_is_current():
    """Regenerate it with: python -c "from faultbook.diagnose.diagnosis import json_schema; print(json_schema(), end='')"."""
    assert (ROOT / "schema/diagnosis-1.json").read_text() == json_schema()


def test_the_ranking_of_the_scene(judged):
    told = [(one.cause, one.word, round(one.score, 1)) for one in judged(scene.facts()).ranked]
    assert told[0] == snapshot(("writeback-rights-missing", "established", 24.3))


def test_two_uses_of_one_probe_are_told_apart_where_they_stay_unanswered() -> None:
    """A question names what its parameters bind, in the diagnosis as on the page."""
    assert asked("Did one of these events come?", {"ids": [1, 2], "provider": "P"}) == (
        "Did one of these events come? (1 or 2; P)"
    )
    assert asked("Is it so?", {}) == "Is it so?"
    found = Faultbook().diagnose("AADSTS120021: PartnerServiceSsprInternalServiceError").diagnosis
    said = [row.question for row in found.unchecked]
    assert len(said) > 10
    assert len(set(said)) == len(said)
