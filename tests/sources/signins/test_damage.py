"""Exports as they are found: wrong encodings, cut off, ragged, hostile. What is whole is used, the rest is said."""

import gzip
import json
import os
import sys
import tempfile
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faultbook.errors import EvidenceError
from faultbook.sources import signins


def some(exports, count=20, code=120021):
    return [
        exports.sign_in(n, f"2026-03-04T05:{n:02}:07Z", code if n % 4 == 0 else 0, f"user{n % 5}@contoso.example")
        for n in range(count)
    ]


@pytest.mark.parametrize("shape", ["portal-csv", "portal-json", "graph-json", "diagnostic-jsonl", "log-analytics-csv"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings(exports, tmp_path, shape, encoding):
    """A byte order mark or UTF-16, with or without its mark, is read like any other."""
    content = exports.SHAPES[shape](some(exports)).encode(encoding)
    assert signins.detect(content[:65536]) == shape
    value, report = exports.read(tmp_path, content)
    assert (value["attempts"], value["failed"], report.problems) == (20, 5, ())


@pytest.mark.parametrize("separator", [";", "\t"])
def test_separators_quoted_newlines_and_doubled_headers(exports, tmp_path, separator):
    """Semicolons, tabs, and a quoted line break inside a name are ordinary; of a doubled column the filled one counts."""
    rows = [
        exports.sign_in(1, "2026-03-04T05:00:00Z", 120021, app="Demo\r\nApp"),
        exports.sign_in(2, "2026-03-04T05:01:00Z"),
    ]
    header = ["Username", *exports.INTERACTIVE]
    value, report = exports.read(
        tmp_path,
        "sep=" + separator + "\r\n" + exports.portal_csv(rows, header, separator).replace("kim@contoso.example", "", 1),
    )
    assert (value["attempts"], value["failed"], report.problems) == (2, 1, ())
    assert (value["failures"][0]["app"], value["failures"][0]["user"]) == ("Demo\r\nApp", "kim@contoso.example")


def test_missing_columns_are_lived_with(exports, tmp_path):
    """A table with only a time, a user, a result and an application is enough; without a result it is refused in words."""
    text = "Date (UTC),Username,Application,Sign-in error code\n2026-03-04T05:00:00Z,kim@contoso.example,Demo,120021\n2026-03-04T05:01:00Z,kim@contoso.example,Demo,0\n"
    value, _ = exports.read(tmp_path, text)
    assert (value["attempts"], value["failed"], value["recoveries"][0]["tries"]) == (2, 1, 1)
    bad = signins.SigninFile(path=exports.written(tmp_path, text.replace("Sign-in error code", "Colour")).path)
    fact, (report,) = signins.history([bad], 120021)
    assert (fact.value, fact.why_unknown) == (None, "unexpected-shape")
    assert "needed" in report.problems[0]


def test_ragged_rows_are_left_out_and_said(exports, tmp_path):
    """A row with too few or too many columns is named by its line."""
    lines = exports.portal_csv(some(exports)).splitlines()
    lines[3] = "2026-03-04T05:00:00Z,short"
    lines[5] += ",too,long"
    value, report = exports.read(tmp_path, "\n".join(lines))
    assert value["attempts"] == 18
    assert report.problems == (
        "2 row(s) were left out, the first at line 4: it has fewer columns than the header. All others were used.",
    )


def test_a_quote_that_never_closes_costs_one_row(exports, tmp_path):
    """What follows a lone quote is read all the same, even where no other quote ends it."""
    lines = exports.legacy_csv(some(exports)).splitlines()
    lines[4] = '"' + lines[4]
    lines[9] = '"' + lines[9].replace(",", ";")
    value, report = exports.read(tmp_path, "\n".join(lines) + "\n")
    assert value["attempts"] >= 18
    assert any("line 5: a quote is opened and not closed" in problem for problem in report.problems)


def test_bytes_that_are_no_text(exports, tmp_path):
    """Zero bytes and broken UTF-8 in one row cost at most that row."""
    content = bytearray(exports.portal_csv(some(exports)).encode())
    at = content.index(b"Hannover", 70_00)
    content[at : at + 2] = b"\xff\x00"
    value, report = exports.read(tmp_path, bytes(content))
    assert value["attempts"] >= 19
    assert value["attempts"] == 20 or report.problems


@pytest.mark.parametrize(
    "shape",
    [
        "portal-json",
        "graph-json",
        "diagnostic-jsonl",
        "diagnostic-jsonl array",
        "diagnostic-jsonl records",
        "log-analytics-json tables",
    ],
)
@pytest.mark.parametrize("share", [0.55, 0.81, 0.99])
def test_truncated_json(exports, tmp_path, shape, share):
    """Of a download that was cut off all whole rows are used, and the place of the break is said."""
    whole = exports.SHAPES[shape](some(exports, 40))
    value, report = exports.read(tmp_path, whole[: int(len(whole) * share)])
    assert 40 * share - 4 <= value["attempts"] <= 40
    assert len(report.problems) == 1
    assert "breaks" in report.problems[0] or "no JSON" in report.problems[0]


def test_rubbish_between_lines(exports, tmp_path):
    """Lines that are no JSON, or JSON of another kind, are counted and named; the rest is used."""
    lines = exports.SHAPES["diagnostic-jsonl"](some(exports)).splitlines()
    lines[2:2] = ["### rotated", '{"category": "SignInLogs", "properties": "gone"}', "[1, 2, 3]", ""]
    value, report = exports.read(tmp_path, "\n".join(lines))
    assert value["attempts"] == 20
    assert report.problems == ("3 row(s) without a readable time were left out (lines 3, 5 are no JSON).",)


def test_rubbish_inside_a_document(exports, tmp_path):
    """A broken record in the middle of a document costs that record."""
    text = exports.SHAPES["graph-json"](some(exports))
    at = text.index('"userDisplayName"', len(text) // 2)
    value, report = exports.read(tmp_path, text[:at] + "!!" + text[at:])
    assert value["attempts"] == 19
    assert "breaks after record" in report.problems[0]


def test_empty_and_foreign_files_beside_a_good_one(exports, tmp_path):
    """Each bad file has its report, and the good one its fact."""
    contents = {
        "empty.csv": b"",
        "zeros": b"\x00" * 4096,
        "text": b"nothing here",
        "zip.gz": gzip.compress(b"x" * 100),
        "good": exports.portal_csv(some(exports)).encode(),
    }
    files = [exports.written(tmp_path, content, name) for name, content in contents.items()]
    fact, reports = signins.history(files, 120021)
    assert fact.value["attempts"] == 20
    assert [report.path for report in reports if report.problems] == ["empty.csv", "zeros", "text", "zip.gz"]


@pytest.mark.parametrize(
    "name",
    ["a*.csv", "[ab].csv", "x'; DROP TABLE signin; --.csv", "s3:__bucket.csv", "a.parquet", "b.csv.gz", "ü\u202e.csv"],
)
def test_names_are_only_names(exports, tmp_path, name):
    """No name is taken for a pattern, an address, a format or SQL."""
    (tmp_path / "ab.csv").write_text(exports.portal_csv(some(exports, 8)))
    (tmp_path / "a.csv").write_text(exports.portal_csv(some(exports, 4)))
    fact, (report,) = signins.history([exports.written(tmp_path, exports.portal_csv(some(exports)), name)], 120021)
    assert (fact.value["attempts"], report.path) == (20, name)


@pytest.mark.skipif(os.name == "nt", reason="names on Windows are always text")
def test_a_name_that_is_no_text(exports, tmp_path):
    """A file name of arbitrary bytes is opened all the same."""
    path = tmp_path / os.fsdecode(b"export\xff.csv")
    path.write_text(exports.portal_csv(some(exports)))
    fact, _ = signins.history([signins.SigninFile(path=path, name="export")], 120021)
    assert fact.value["attempts"] == 20


def test_hostile_values_stay_values(exports, tmp_path):
    """SQL, markup, control characters and wild numbers in cells are text like any other."""
    nasty = [
        "'); DROP TABLE signin; --",
        "<script>alert(1)</script>",
        "\x1b[31mred",
        "${jndi:x}",
        "=cmd|'/c calc'!A1",
        "%s%s%n",
        "\u202eabc",
        "\ufffd",
    ]
    rows = [exports.sign_in(n, "2026-03-04T05:00:00Z", 120021, app=text, user=text) for n, text in enumerate(nasty)]
    for shape in ("portal-csv", "graph-json", "diagnostic-jsonl"):
        value, _ = exports.read(tmp_path, exports.SHAPES[shape](rows))
        assert value["failed"] == len(nasty)
        assert {row["app"] for row in value["failures"]} == set(nasty)


def test_values_of_the_wrong_type(exports, tmp_path):
    """Numbers as text, text as objects, lists as nothing: each costs its own cell."""
    good = exports.graph(exports.sign_in(1, "2026-03-04T05:00:00Z", 120021))
    odd = {
        **exports.graph(exports.sign_in(2, "2026-03-04T05:01:00Z", 120021)),
        "status": "broken",
        "location": [1],
        "deviceDetail": 7,
        "appliedConditionalAccessPolicies": "x",
    }
    text_code = {**exports.graph(exports.sign_in(3, "2026-03-04T05:02:00Z")), "status": {"errorCode": "120021"}}
    value, _ = exports.read(tmp_path, "\n".join(map(json.dumps, [good, odd, text_code])))
    assert (value["attempts"], value["failed"], value["other_failed"]) == (3, 2, 1)


@pytest.mark.parametrize(
    ("times", "last", "problem"),
    [
        (["2026-03-04T05:06:07Z", "2026-03-04T06:06:07.1234567Z"], "2026-03-04T06:06:07", ""),
        (["2026-03-04 05:06:07", "2026-03-04 07:06:07"], "2026-03-04T07:06:07", ""),
        (["2026-03-04T05:06:07+02:00", "2026-03-04T07:06:07+02:00"], "2026-03-04T05:06:07", ""),
        (["3/4/2026 5:06:07 AM", "3/14/2026 5:06:07 PM"], "2026-03-14T17:06:07", ""),
        (["3/4/2026, 12:06:07 AM", "3/14/2026, 12:06:07 PM"], "2026-03-14T12:06:07", ""),
        (["4/3/2026 5:06:07", "14/3/2026 5:06:07"], "2026-03-14T05:06:07", ""),
        (["04.03.2026 05:06:07", "05.03.2026 05:06:07"], "2026-03-05T05:06:07", ""),
        (["3/4/2026 5:06:07\u202fAM", "3/5/2026 5:06:07\u202fAM"], "2026-03-05T05:06:07", "cannot be told apart"),
        (["4/3/2026 5:06:07 AM", "5/3/2026 5:06:07 AM"], "2026-03-05T05:06:07", "cannot be told apart"),
        (["1/9/2026 10:41:00 AM +01:00", "1/19/2026 10:41:00 AM +01:00"], "2026-01-19T09:41:00", ""),
    ],
)
def test_times(exports, tmp_path, times, last, problem):
    """Day and month are told apart by the column as a whole, zones are kept, and what stays doubtful is said."""
    value, report = exports.read(
        tmp_path, exports.portal_csv([exports.sign_in(n, at, 120021) for n, at in enumerate(times)])
    )
    assert value["failed"] == 2
    assert report.window.end.isoformat()[:19] == last
    assert (problem in "".join(report.problems)) if problem else not report.problems


def test_times_without_a_zone_are_utc_and_said(exports, tmp_path):
    """Only the column of the portal says UTC in its name; elsewhere the assumption is stated."""
    text = exports.SHAPES["graph-json"]([exports.sign_in(1, "2026-03-04T05:06:07", 120021)])
    value, report = exports.read(tmp_path, text)
    assert value["failures"][0]["at"] == "2026-03-04T05:06:07Z"
    assert "taken as UTC" in report.problems[0]


def test_times_that_are_none(exports, tmp_path):
    """Infinity, year 9999 and words are no times; the rows are counted out."""
    rows = [
        exports.sign_in(n, at, 120021)
        for n, at in enumerate(
            ["infinity", "epoch", "9999-01-01T00:00:00Z", "yesterday", "2026-02-30T00:00:00Z", "2026-03-04T05:06:07Z"]
        )
    ]
    value, report = exports.read(tmp_path, exports.portal_csv(rows))
    assert value["attempts"] == 1
    assert report.problems == ("5 row(s) without a readable time were left out.",)


def test_expiry_is_thirty_days_after_the_last_row(exports, tmp_path):
    """By then the vendor has dropped all of it."""
    report = exports.read(tmp_path, exports.portal_csv(some(exports)))[1]
    assert report.expires.isoformat() == "2026-04-03T05:19:07+00:00"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_damage_breaks_the_reader(exports, tmp_path, data):
    """Bytes changed, dropped or doubled anywhere: the reader answers, never raises, and never counts more rows than there are."""
    shape = data.draw(st.sampled_from(sorted(exports.SHAPES)))
    content = bytearray(exports.SHAPES[shape](some(exports, 6)).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        kind = data.draw(st.sampled_from(["set", "cut", "double", "insert"]))
        if kind == "set":
            content[at] = data.draw(st.integers(0, 255))
        elif kind == "cut":
            del content[at : at + data.draw(st.integers(1, 400))]
        elif kind == "double":
            content[at:at] = content[at : at + data.draw(st.integers(1, 400))]
        else:
            content[at:at] = data.draw(st.binary(min_size=1, max_size=20))
        if not content:
            return
    fact, (report,) = signins.history([exports.written(tmp_path, bytes(content))], 120021)
    assert report.rows <= 14
    assert (fact.value is None) == (report.rows == 0)
    signins.detect(bytes(content))


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=300)
    | st.text(max_size=200).map(str.encode)
    | st.text(alphabet='{}[]",:\\ \n0aé', max_size=120).map(str.encode)
)
def test_detect_never_fails(head):
    """Whatever the first bytes are, there is an answer."""
    assert signins.detect(head) is None or isinstance(signins.detect(head), str)


def test_a_number_of_thousands_of_digits_stops_nothing(tmp_path, exports):
    """Python refuses to read one; the records around it count."""
    rows = [exports.graph(exports.sign_in(n, f"2026-03-04T05:0{n}:00Z", 120021)) for n in range(3)]
    good, _, bad = (json.dumps(row) for row in rows[:3])
    broken = bad.replace('"errorCode": 120021', f'"errorCode": {"9" * 6000}')
    text = f"[{good},\n{broken},\n{json.dumps(rows[1])}]"
    value, report = exports.read(tmp_path, text)
    assert (value["failed"], report.rows) == (2, 3)


def test_a_table_without_result_codes_says_so(tmp_path, exports):
    """It can still say that sign-ins failed, not with which code."""
    text = "Date (UTC),Request ID,Username,Status\n2026-03-02T08:00:00Z,1,kim@contoso.example,Failure\n"
    _, report = exports.read(tmp_path, text)
    assert report.rows == 1
    assert "No column holds the result code" in report.problems[0]


def test_latin_1_is_read_and_said(tmp_path, exports):
    """As every other reader says it."""
    text = exports.portal_csv(some(exports)).replace("Kim Demo", "Kim Müller")
    value, report = exports.read(tmp_path, text.encode("latin-1"))
    assert value["attempts"] == 20
    assert "Latin-1" in report.problems[0]


def test_an_export_of_nothing_says_so(tmp_path, exports):
    """A header alone, as the portal gives for a filter that nothing passes."""
    _, report = exports.read(tmp_path, exports.portal_csv([]))
    assert "holds no sign-ins" in report.problems[0]


def test_nothing_is_left_behind(exports, tmp_path, monkeypatch):
    """The database and its folder go as soon as nobody asks it any more, also where there is no database to be had."""
    own = tmp_path / "own"
    own.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(own))

    def left():
        for thread in [one for one in threading.enumerate() if one.name == "faultbook-closing"]:
            thread.join(10)
        return list(own.iterdir())

    content = exports.SHAPES["diagnostic-jsonl"](some(exports))
    value, _ = exports.read(tmp_path, content)
    assert value["attempts"] == 20
    assert left() == []
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(EvidenceError, match="DuckDB"):
        exports.read(tmp_path, content)
    assert left() == []
