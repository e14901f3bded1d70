"""A stream and a paste agree: whatever is found in a text is found in it as a stream, and nothing else."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from faultbook.recognise import Recogniser
from faultbook.recognise.families.data import SQL_CLASSES

ROOT = Path(__file__).parents[2]
CORPUS = ROOT.parent / "shared" / "corpus" / "errors.dev.jsonl"
TEXT = {".txt", ".log", ".json", ".jsonl", ".csv", ".md", ".xml", ".toml"}
LARGEST = 300_000


def both(recogniser: Recogniser, text: str) -> tuple[set[str], set[str]]:
    streamed = recogniser.scan_stream(io.BytesIO(text.encode("utf-8", "surrogatepass")))
    return set(recogniser.scan(text).codes), {one.code for one in streamed}


def differing(
    recogniser: Recogniser, texts: Iterator[tuple[str, str]]
) -> tuple[int, dict[str, tuple[set[str], set[str]]]]:
    count, wrong = 0, {}
    for name, text in texts:
        count += 1
        pasted, streamed = both(recogniser, text)
        if pasted != streamed:
            wrong[name] = (pasted, streamed)
    return count, wrong


def test_over_every_sample_in_the_book(whole, entries):
    texts = (
        (f"{entry.code} {number}", sample.text)
        for entry in entries
        for number, sample in enumerate([*entry.samples, *entry.not_samples])
    )
    count, wrong = differing(whole, texts)
    assert wrong == {}
    assert count > len(entries)


@pytest.mark.parametrize("folder", ["tests", "examples", "book/quiet", "book/cases"])
def test_over_every_fixture_text(whole, folder):
    paths = sorted(
        path
        for path in (ROOT / folder).rglob("*")
        if path.suffix in TEXT
        and path.is_file()
        and "node_modules" not in path.parts  # which the tests of pages install
    )
    texts = ((str(path), path.read_text("utf-8", "replace")) for path in paths if path.stat().st_size < LARGEST)
    count, wrong = differing(whole, texts)
    assert wrong == {}
    assert count > 1


@pytest.mark.skipif(not CORPUS.exists(), reason="the shared corpus is not beside this checkout")
def test_over_the_shared_corpus(whole):
    rows = map(json.loads, CORPUS.read_text("utf-8").splitlines())
    count, wrong = differing(whole, ((row["id"], row["text"]) for row in rows))
    assert wrong == {}
    assert count > 100


@pytest.mark.parametrize("state", [*(f"{one}7Z9" for one in SQL_CLASSES), "None", "42S97"])
def test_over_every_class_of_sql_states(recogniser, state):
    """Whatever the state below its class is, and whether the number is published or not."""
    for code in ("001003", "987654"):
        text = f"ProgrammingError: {code} ({state}): 01b2c3d4-0000-aaaa-0000-000000000001: It did not work."
        assert both(recogniser, text) == ({code}, {code})


@pytest.mark.parametrize("text", ["counted 123456 (ITEMS): all", "part 987654 (99ABC): sold", "987654 (4Z000): x"])
def test_a_number_before_a_word_in_brackets_is_none(recogniser, text):
    """A state begins with one of the classes; a published number needs none."""
    assert both(recogniser, text) == (set(), set())
    published = text.replace("123456", "001003").replace("987654", "001003")
    assert both(recogniser, published) == ({"001003"}, {"001003"})
