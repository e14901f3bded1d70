"""``show``, ``search`` and ``scan``."""

import json

import pytest

from faultbook.app import Faultbook

ERROR = b"AADSTS50126: Error validating credentials.\r\nCorrelation ID: 66666666-7777-4888-9999-000000050126\r\nTimestamp: 2026-03-02 08:14:09Z"


@pytest.mark.parametrize("spelling", ["AADSTS120021", "120021", "aadsts120021"])
def test_a_code_alone_shows_its_page(faultbook, spelling):
    """However it is spelt; the first lines say whose problem it is and whether to wait."""
    done = faultbook(spelling)
    assert done.returncode == 0
    head = done.stdout.splitlines()[:5]
    assert head[0].startswith("AADSTS120021")
    assert [line.split()[0] for line in head[2:5]] == ["Whose", "Wait?", "First"]
    assert "\x1b" not in done.stdout


def test_colour_is_given_when_asked_for_only(faultbook):
    """NO_COLOR or a pipe means none; a flag overrides."""
    assert "\x1b[" in faultbook("show", "AADSTS120021", "--color").stdout
    assert "\x1b[" not in faultbook("show", "AADSTS120021").stdout


def test_a_page_as_json_is_the_entry(faultbook):
    """With the shape's version."""
    answer = json.loads(faultbook("show", "AADSTS120021", "--json").stdout)
    assert answer["schema"] == "faultbook/answer-1"
    assert answer["entry"]["name"] == "PartnerServiceSsprInternalServiceError"


@pytest.mark.parametrize(
    "code", ["AADSTS50126", "FeatureNotAvailable", "PBI:FormulaFirewall", "DELTA_FAILED_TO_MERGE_FIELDS"]
)
def test_a_code_stands_where_a_command_could_whatever_follows(faultbook, code):
    """Not all codes have digits; no command has a capital."""
    assert json.loads(faultbook(code, "--json").stdout)["entry"]["code"] == code
    assert "No such command" in faultbook("shwo", "--json").stderr


def test_a_published_code_without_entry_is_answered_honestly(faultbook):
    """Known, no entry yet; the nearest numbers are named."""
    book = Faultbook().book
    known = next(one.code for one in book.known() if book.entry(one.code) is None)
    done = faultbook("show", known, "--json")
    assert done.returncode == 0
    answer = json.loads(done.stdout)
    assert answer["entry"] is None
    assert answer["unlisted"]["status"] == "known code, no entry yet"
    assert answer["unlisted"]["nearest"]


def test_a_code_that_does_not_exist_says_so(faultbook):
    """Exit 1, and neighbours to try."""
    done = faultbook("show", "AADSTS120022", "--json")
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    assert answer["unlisted"]["status"] == "not a published code"
    assert "AADSTS120021" in [one["code"] for one in answer["unlisted"]["nearest"]]
    assert "not" in faultbook("show", "AADSTS120022").stdout


def test_search_finds_by_words(faultbook):
    """The model page among the first for what it is about."""
    done = faultbook("search", "password", "reset", "service", "internal", "error", "--json")
    assert "AADSTS120021" in [hit["code"] for hit in json.loads(done.stdout)["hits"]][:3]


def test_search_that_finds_nothing_says_what_to_do(faultbook):
    """Exit 1, talk on stderr."""
    done = faultbook("search", "zzzzqqqq")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Try" in done.stderr


def test_scan_reads_stdin(faultbook):
    """One line a finding, with the time and the correlation id."""
    done = faultbook("scan", "-", stdin=ERROR)
    assert done.returncode == 0
    assert "AADSTS50126" in done.stdout
    assert "66666666-7777-4888-9999-000000050126" in done.stdout


def test_scan_of_nothing_known_is_exit_one(faultbook):
    """And says that mentions do not count."""
    done = faultbook("scan", "-", stdin=b"All is well. See also AADSTS50126 in the reference.")
    assert (done.returncode, done.stdout) == (1, "")


def test_scan_annotates_json_lines_in_order(faultbook):
    """A bad line yields an object with an error, and nothing is lost."""
    lines = [
        json.dumps({"id": "a", "text": ERROR.decode()}).encode(),
        b"{broken",
        json.dumps({"id": "b", "text": "all is well"}).encode(),
    ]
    done = faultbook("scan", "--jsonl", "text", "-", stdin=b"\n".join(lines))
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["id"] for row in rows] == ["a", None, "b"]
    assert rows[0]["primary"] == "AADSTS50126"
    assert "error" in rows[1]
    assert rows[2]["codes"] == []


def test_no_escape_of_a_log_reaches_the_terminal(faultbook):
    """A hostile line is printed without its escapes."""
    done = faultbook("scan", "-", stdin=b"\x1b]0;owned\x07\x1b[2J" + ERROR + b"\x1b[31m")
    assert "AADSTS50126" in done.stdout
    assert "\x1b" not in done.stdout


def test_a_missing_file_is_a_usage_error(faultbook, tmp_path):
    """It says which and why, without a traceback."""
    done = faultbook("scan", tmp_path / "nothing.log")
    assert done.returncode == 2
    assert "nothing.log" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_command_is_a_usage_error(faultbook):
    """No catch-all."""
    done = faultbook("explode")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_json_line_longer_than_memory_is_passed_over(faultbook):
    """It is answered with an error in its place; the next line counts."""
    long = b'{"text": "' + b"x" * (17 << 20) + b' AADSTS50126: wrong"}'
    done = faultbook("scan", "--jsonl", "text", "-", stdin=long + b'\n{"id": 2, "text": "AADSTS50126: wrong"}\n')
    first, second = map(json.loads, done.stdout.splitlines())
    assert (first["line"], "16 MB" in first["error"]) == (1, True)
    assert (second["id"], second["codes"]) == (2, ["AADSTS50126"])
