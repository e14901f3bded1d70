"""Every probe answers yes, no and unknown on recorded facts, and no distractor makes it fire."""

import copy
import datetime as dt
import json
import random
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from faultbook.evidence import Fact, Facts, Finding, Gap, Subject, Window, instant
from faultbook.evidence.asks import KINDS
from faultbook.probes import MODULES, Probe, all_probes, ask

HERE = Path(__file__).parent
PROBES = all_probes()
FIXTURES = sorted(HERE.glob("*/*.json"))
DECIDED = [path for path in FIXTURES if not path.name.startswith("unknown-")]
OURS = [path for path in DECIDED if not path.parent.name.startswith("directory.")]
RUBBISH: tuple[Any, ...] = (
    [],
    {},
    "text",
    7,
    True,
    [1, "a", None, []],
    {"value": [1, None, {}]},
    [{}],
    {"code": 120021, "failed": 3},
)


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def moment(text: str) -> dt.datetime:
    at = instant(text)
    assert at is not None, text
    return at


def fact(held: dict) -> Fact:
    window = held.get("window")
    return Fact(
        kind=held["kind"],
        target=held.get("target", ""),
        value=held.get("value"),
        why_unknown=held.get("why_unknown"),
        detail=held.get("detail", ""),
        window=Window(moment(window[0]), moment(window[1])) if window else None,
        gaps=tuple(Gap(moment(gap[0]), moment(gap[1]), gap[2]) for gap in held.get("gaps", [])),
        read_at=moment(held["read_at"]) if "read_at" in held else None,
        by=held.get("by", ""),
        grant=held.get("grant", "file"),
    )


def read(path: Path) -> tuple[Probe, list[Fact], Subject, dict]:
    held = json.loads(path.read_text(encoding="utf-8"))
    told = dict(held["about"])
    if "at" in told:
        told["at"] = moment(told["at"])
    return PROBES[path.parent.name], [fact(each) for each in held["facts"]], Subject(**told), held.get("params", {})


def answer(path: Path, change=lambda facts: facts) -> Finding:
    asked, facts, about, params = read(path)
    return ask(asked, Facts(change(facts)), about, params)


@pytest.mark.parametrize("path", FIXTURES, ids=name)
def test_a_fixture_gives_the_answer_it_is_named_after(path):
    finding = answer(path)
    assert finding.answer == path.name.partition("-")[0], finding.sentence
    assert finding.sentence.endswith((".", "…"))
    assert (finding.why_unknown is None) == (finding.answer != "unknown")


@pytest.mark.parametrize("path", DECIDED, ids=name)
def test_an_answer_cites_the_facts_it_was_read_from(path):
    finding = answer(path)
    hashes = {each.hash for each in read(path)[1]}
    assert finding.facts
    assert set(finding.facts) <= hashes


@pytest.mark.parametrize("path", FIXTURES, ids=name)
def test_without_facts_the_answer_is_unknown(path):
    assert answer(path, lambda _: []).answer == "unknown"


@pytest.mark.parametrize("path", FIXTURES, ids=name)
def test_the_order_of_facts_changes_nothing(path):
    def shuffled(facts: list[Fact]) -> list[Fact]:
        return random.Random(path.name).sample(facts, len(facts))

    one, other = answer(path), answer(path, shuffled)
    assert (one.answer, one.sentence, one.facts) == (other.answer, other.sentence, other.facts)


@pytest.mark.parametrize("path", FIXTURES, ids=name)
def test_the_order_of_rows_and_objects_changes_no_answer(path):
    def shuffled(facts: list[Fact]) -> list[Fact]:
        rng = random.Random(path.name)
        return [
            replace(each, value=rng.sample(each.value, len(each.value))) if isinstance(each.value, list) else each
            for each in facts
        ]

    assert answer(path, shuffled).answer == answer(path).answer


@pytest.mark.parametrize("path", DECIDED, ids=name)
def test_where_every_fact_was_refused_the_answer_is_unknown_with_that_reason(path):
    def refused(facts: list[Fact]) -> list[Fact]:
        return [Fact(kind=each.kind, target=each.target, why_unknown="not-permitted", detail="403") for each in facts]

    finding = answer(path, refused)
    assert finding.answer == "unknown"
    assert finding.why_unknown in ("not-permitted", "not-connected")


@pytest.mark.parametrize("id_", sorted(PROBES))
def test_a_probe_is_a_question_with_recorded_answers_of_all_three_kinds(id_):
    asked = PROBES[id_]
    module = id_.partition(".")[0]
    assert module in MODULES
    assert asked.run.__module__ == f"faultbook.probes.{module}"
    assert asked.question.endswith("?")
    assert asked.needs
    assert set(asked.needs) <= set(KINDS)
    answers = {path.name.partition("-")[0] for path in FIXTURES if path.parent.name == id_}
    assert answers == {"yes", "no", "unknown"}


def test_every_fixture_belongs_to_a_probe():
    assert {path.parent.name for path in FIXTURES} <= set(PROBES)


@pytest.mark.parametrize("path", FIXTURES, ids=name)
def test_a_fixture_says_what_it_is_and_names_only_invented_people(path):
    text = path.read_text(encoding="utf-8")
    assert json.loads(text)["note"]
    assert ".onmicrosoft.com" not in text


def spoiled(value: Any, rng: random.Random) -> Any:
    """The value with some of its parts missing, null or of another type."""
    if isinstance(value, dict):
        return {
            key: rng.choice([None, "", "x", 5, -1.5, [], {}, [None]]) if rng.random() < 0.1 else spoiled(inner, rng)
            for key, inner in value.items()
            if rng.random() > 0.05
        }
    if isinstance(value, list):
        return [spoiled(inner, rng) for inner in value]
    return value


@pytest.mark.parametrize("path", OURS, ids=name)
def test_a_fact_of_any_shape_gives_an_answer(path):
    asked, facts, about, params = read(path)
    for rubbish in RUBBISH:
        finding = ask(asked, Facts([replace(each, value=rubbish) for each in facts]), about, params)
        assert finding.answer in ("yes", "no", "unknown")


@pytest.mark.parametrize("path", OURS, ids=name)
def test_a_fact_with_spoiled_parts_gives_an_answer(path):
    asked, facts, about, params = read(path)
    rng = random.Random(path.name)
    for _ in range(3):
        held: list[Fact] = [replace(each, value=spoiled(copy.deepcopy(each.value), rng)) for each in facts]
        finding = ask(asked, Facts(held), about, params)
        assert finding.answer in ("yes", "no", "unknown")
        assert finding.sentence
