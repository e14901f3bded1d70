"""JSON as it is found: cut off, doubled, too deep, several documents in one."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faultbook.sources.lenient import parse, too_deep

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def test_a_cut_off_collection_keeps_its_complete_elements() -> None:
    """The place is said, whole elements are used, the half one is not."""
    text = '{"@odata.context": "x", "value": [{"id": 1, "in": {"a": [1, 2]}}, {"id": 2}, {"id": 3, "na'
    parsed = parse(text)
    assert parsed.values == [{"@odata.context": "x", "value": [{"id": 1, "in": {"a": [1, 2]}}, {"id": 2}]}]
    assert parsed.partial
    assert "cut off" in parsed.problems[0]
    assert "2 complete elements" in parsed.problems[0]


@given(
    st.lists(st.dictionaries(st.text(max_size=4), VALUES, min_size=1, max_size=3), min_size=1, max_size=5), st.data()
)
def test_any_cut_gives_a_beginning_of_the_list(rows: list[dict[str, object]], data: st.DataObject) -> None:
    """Wherever a file is cut, what comes out is the first elements of the list, unchanged."""
    text = json.dumps({"value": rows})
    at = data.draw(st.integers(1, len(text) - 1))
    parsed = parse(text[:at])
    assert parsed.partial
    if parsed.values:
        kept = parsed.values[0]["value"]
        assert kept == rows[: len(kept)]


def test_a_broken_line_costs_one_line() -> None:
    """JSON lines go on after a bad one."""
    parsed = parse('{"a": 1}\n{"a": 2\n{"a": 3}\n')
    assert parsed.values == [{"a": 1}, {"a": 3}]
    assert "line was left out" in parsed.problems[0]


def test_what_json_forbids_is_read_as_null_and_said() -> None:
    """NaN, Infinity and numbers beyond all bounds."""
    parsed = parse('{"a": NaN, "b": -Infinity, "c": 1e999, "d": 1.5}')
    assert parsed.values == [{"a": None, "b": None, "c": None, "d": 1.5}]
    assert "NaN" in parsed.problems[0]


def test_a_doubled_key_takes_the_last_value_and_is_said() -> None:
    """A contradiction in a file is shown, not swallowed."""
    parsed = parse('{"state": "enabled", "state": "disabled"}')
    assert parsed.values == [{"state": "disabled"}]
    assert "twice (state)" in parsed.problems[0]


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 5_000, "[" * 200 + "]" * 200])
def test_deep_nesting_is_a_problem_and_no_crash(text: str) -> None:
    """Neither the decoder's recursion nor ours runs out."""
    parsed = parse(text)
    assert parsed.values == []
    assert "nested deeper than 100" in parsed.problems[0]


def test_depth_is_counted_exactly() -> None:
    """A list in a list is two deep."""
    assert not too_deep([[1]], 2)
    assert too_deep([[1]], 1)


def test_a_half_character_can_be_written_again() -> None:
    """Half of a surrogate pair becomes a replacement character; else no fact could be hashed."""
    parsed = parse('{"a": "\\ud800x", "\\udc00": 1}')
    assert msgspec.json.encode(parsed.values)
    assert parsed.values[0]["a"].endswith("x")


def test_a_prompt_after_the_document_is_left_out() -> None:
    """A console's last line does not spoil the answer before it."""
    parsed = parse('{"value": []}\nPS C:\\> ')
    assert parsed.values == [{"value": []}]
    assert "not JSON" in parsed.problems[0]


@given(VALUES)
def test_sound_json_is_read_as_it_stands(value: object) -> None:
    """Nothing is invented and nothing reported."""
    parsed = parse(json.dumps(value))
    assert json.dumps(parsed.values) == json.dumps([value])
    assert not parsed.partial


@given(st.text(alphabet='{}[]":,\\ntrue019.-eE \n', max_size=60))
def test_any_text_is_answered(text: str) -> None:
    """No text raises."""
    parse(text)
