"""Public threads in which the cause was finally established: the entry of the code names it, and what was seen there ranks it first to third.

The messages are made up after the threads; answers are what the people in them saw, and only that. Everything else stays unknown.
"""

import json
import re
from pathlib import Path

import pytest

from faultbook.app import Faultbook
from faultbook.app.scoring import score_threads
from faultbook.book.files import parse_entry
from faultbook.book.threads import COLUMNS, Thread, read_threads
from faultbook.diagnose.alone import place_of
from faultbook.errors import BookError
from faultbook.probes import all_probes

BOOK = Path(__file__).parents[2] / "book"
CASES = Path(__file__).parents[3] / "shared/corpus/cases.dev.jsonl"
WITHOUT_CODE = {
    "dc-91185ee4": "A page for trying out SCIM prints no code.",
    "dc-10b92716": "A reset in the Microsoft 365 admin center prints nothing at all.",
}
HEADER = "\t".join(COLUMNS) + "\n"


def test_what_was_established_is_among_the_first_three():
    places = score_threads(Faultbook().book, BOOK / "threads")
    assert places.behind == ()
    assert places.count >= 51
    assert places.top1 > 0.5


def test_a_thread_is_named_so_that_it_can_be_read():
    for thread in read_threads(BOOK / "threads"):
        assert re.match(r"https://|[\w.-]+/[\w.-]+[#:]", thread.thread), thread.where


def test_every_case_of_the_corpus_is_accounted_for():
    if not CASES.exists():
        pytest.skip("the cases are not part of the repository and are not here")
    cases = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]
    threads = {thread.thread for thread in read_threads(BOOK / "threads")}
    assert {case["id"] for case in cases if case["source"] not in threads} == set(WITHOUT_CODE)


def test_what_was_seen_moves_a_cause(lint_examples, words):
    entry = parse_entry((lint_examples / "B209/good/entries/entra/500xx/AADSTS50011.toml").read_text(), "X.toml")
    for seen, text, place in [((), "", 2), (("app.redirect-missing",), "", 2), ((), "the reply-proxy.example", 1)]:
        thread = Thread(code=entry.code, cause="behind-proxy", thread="contoso/app#1", seen=seen, text=text)
        assert place_of(entry, thread, all_probes(), words.chances) == place
    unknown = Thread(code=entry.code, cause="moonlight", thread="contoso/app#1")
    assert place_of(entry, unknown, all_probes(), words.chances) == 0


@pytest.mark.parametrize("line", ["AADSTS50011\tcause\tcontoso/app#1", "AADSTS50011\t\tcontoso/app#1\t\t"])
def test_a_line_that_is_no_thread_is_named(line, tmp_path):
    (tmp_path / "a.tsv").write_text(f"{HEADER}{line}\n")
    with pytest.raises(BookError, match=r"Line 2 of a\.tsv"):
        read_threads(tmp_path)
    assert read_threads(tmp_path / "nowhere") == []
