"""From rows to attempts."""

import json

import pytest

from faultbook.sources import signins


def counts(exports, tmp_path, rows, shape="diagnostic-jsonl", code=120021):
    value, _ = exports.read(tmp_path, exports.SHAPES[shape](rows), code)
    return value["attempts"], value["failed"], value["succeeded"], value["other_failed"]


def test_a_request_id_counts_once(exports, tmp_path):
    """The same row twice in a file, and again in another export, is one attempt; the richer row is kept."""
    one = exports.sign_in(1, "2026-03-04T05:00:00Z", 120021, policies=exports.POLICIES)
    files = [
        exports.written(tmp_path, exports.portal_csv([one, one]), "a"),
        exports.written(tmp_path, exports.SHAPES["graph-json"]([one]), "b"),
    ]
    fact, reports = signins.history(files, 120021)
    assert (fact.value["rows"], fact.value["attempts"], fact.value["failed"]) == (3, 1, 1)
    assert fact.value["failures"][0]["ca_policies"]
    assert [report.rows for report in reports] == [2, 1]


def test_partial_rows_of_one_request_end_in_its_result(exports, tmp_path):
    """Azure Monitor writes a sign-in before its factors are done, under one request id: the ending counts, whenever it was written."""
    ending = exports.sign_in(1, "2026-03-04T05:00:00Z", 500121)
    assert counts(exports, tmp_path, [{**ending, "code": 50074}, ending, {**ending, "code": 50074}]) == (1, 0, 0, 1)


def rows_of_one_sign_in(exports, *results, minutes=1, **more):
    return [
        exports.sign_in(n, f"2026-03-04T05:{n * minutes:02}:00Z", code, correlation=exports.guid(7), **more)
        for n, code in enumerate(results)
    ]


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ((50074, 50076, 0), (1, 0, 1, 0)),
        ((50074, 120021), (1, 1, 0, 0)),
        ((50140, 50074), (1, 0, 0, 1)),
        ((120021, 120021, 120021), (1, 1, 0, 0)),
        ((120021, 0), (2, 1, 1, 0)),
        ((120021, 50074, 0), (2, 1, 1, 0)),
        ((50126, 120021), (2, 1, 0, 1)),
        ((0, 0), (1, 0, 1, 0)),
    ],
)
def test_rows_of_one_sign_in(exports, tmp_path, results, expected):
    """Interrupts belong to the result that follows; a different result after a failure is a retry and never hides it."""
    assert counts(exports, tmp_path, rows_of_one_sign_in(exports, *results)) == expected


def test_minutes_users_and_applications_part_attempts(exports, tmp_path):
    """A correlation id comes from the client and may be reused: only rows close in time, of one user and application, belong together."""
    assert counts(exports, tmp_path, rows_of_one_sign_in(exports, 50074, 0, minutes=6)) == (2, 0, 1, 1)
    others = [
        *rows_of_one_sign_in(exports, 50074, 0),
        exports.sign_in(9, "2026-03-04T05:00:30Z", 0, "lee@contoso.example", correlation=exports.guid(7)),
    ]
    assert counts(exports, tmp_path, others) == (2, 0, 2, 0)
    others[-1] = exports.sign_in(
        9, "2026-03-04T05:00:30Z", 0, correlation=exports.guid(7), app_id=exports.guid(5), app="Other App"
    )
    assert counts(exports, tmp_path, others) == (2, 0, 2, 0)


def test_rows_without_any_id(exports, tmp_path):
    """The oldest table has no ids: one file twice is one file, and two equal rows in one file are two sign-ins."""
    text = exports.legacy_csv(
        [
            exports.sign_in(1, "2026-03-04T05:00:00Z"),
            exports.sign_in(1, "2026-03-04T05:00:00Z"),
            exports.sign_in(2, "2026-03-04T05:01:00Z"),
        ]
    )
    files = [exports.written(tmp_path, text, name) for name in ("a", "b")]
    assert signins.history(files, None)[0].value["attempts"] == 3


def test_recovery_needs_the_same_application_and_kind(exports, tmp_path):
    """A background token for something else is no recovery; a success where it failed is."""
    failing = exports.sign_in(1, "2026-03-04T05:00:00Z", 120021)
    elsewhere = exports.sign_in(2, "2026-03-04T05:01:00Z", app="Other App")
    unattended = exports.sign_in(3, "2026-03-04T05:02:00Z", category="NonInteractiveUserSignInLogs")
    again = [exports.sign_in(4, "2026-03-04T05:20:00Z", 120021), exports.sign_in(5, "2026-03-04T05:30:00Z")]
    text = exports.SHAPES["diagnostic-jsonl"]
    assert exports.read(tmp_path, text([failing, elsewhere, unattended]))[0]["recoveries"][0]["first_success"] is None
    found = exports.read(tmp_path, text([failing, elsewhere, unattended, *again]))[0]["recoveries"]
    assert [(row["first_success"], row["tries"]) for row in found] == [("2026-03-04T05:30:00Z", 2)]


def test_turns_are_of_one_user_and_application(exports, tmp_path):
    """Successes before, between and after the failures count where they failed, and not those of others or elsewhere."""
    rows = [
        *(exports.sign_in(n, f"2026-03-04T0{n}:00:00Z") for n in (1, 2, 3)),
        exports.sign_in(4, "2026-03-04T04:00:00Z", 120021),
        exports.sign_in(5, "2026-03-04T05:00:00Z"),
        exports.sign_in(6, "2026-03-04T06:00:00Z", 120021),
        exports.sign_in(7, "2026-03-04T07:00:00Z"),
        exports.sign_in(8, "2026-03-04T02:30:00Z", app="Other App"),
        exports.sign_in(9, "2026-03-04T02:40:00Z", user="lee@contoso.example"),
    ]
    found = exports.read(tmp_path, exports.SHAPES["graph-json"](rows))[0]["turns"]
    assert found == [
        {
            "user": "kim@contoso.example",
            "app": "Demo App",
            "failed": 2,
            "first_failure": "2026-03-04T04:00:00Z",
            "last_failure": "2026-03-04T06:00:00Z",
            "succeeded_before": 3,
            "succeeded_between": 1,
            "succeeded_after": 1,
            "last_success": "2026-03-04T03:00:00Z",
        }
    ]


def test_an_application_by_itself_has_a_turn_without_a_user(exports, tmp_path):
    """Rows of service principals name nobody; their application is who signs in."""
    rows = [
        {
            "TimeGenerated": f"2026-03-04T0{hour}:00:00Z", "Category": "ServicePrincipalSignInLogs", "Type": "AADServicePrincipalSignInLogs", "Id": exports.guid(hour),
            "CorrelationId": exports.guid(50 + hour), "ResultType": str(code), "ServicePrincipalId": exports.guid(99), "ServicePrincipalName": name, "AppId": exports.guid(98),
        }
        for name, hour, code in (("Nightly load", 1, 0), ("Nightly load", 2, 0), ("Staff portal", 3, 0), ("Nightly load", 4, 120021))
    ]  # fmt: skip
    found = exports.read(tmp_path, json.dumps(rows))[0]["turns"]
    assert [(row["user"], row["app"], row["failed"], row["succeeded_before"]) for row in found] == [
        (None, "Nightly load", 1, 2)
    ]


def test_whether_a_device_is_shown_is_contrasted(exports, tmp_path):
    """The portal's table has the column, and an empty cell is no device."""
    header = ["Date (UTC)", "Request ID", "Username", "Application", "Status", "Sign-in error code", "Device ID"]
    rows = [
        ["2026-03-04T05:00:00Z", exports.guid(1), "kim@contoso.example", "Demo App", "Failure", "120021", ""],
        ["2026-03-04T05:01:00Z", exports.guid(2), "lee@contoso.example", "Demo App", "Success", "", exports.guid(7)],
        ["2026-03-04T05:02:00Z", exports.guid(3), "mia@contoso.example", "Demo App", "Success", "", ""],
    ]
    text = "\n".join(",".join(row) for row in [header, *rows])
    found = [row for row in exports.read(tmp_path, text)[0]["contrast"] if row["attribute"] == "device"]
    assert [(row["value"], row["failed"], row["succeeded"]) for row in found] == [("none", 1, 1), ("shown", 0, 1)]


def test_siblings_are_near_and_of_the_same_people(exports, tmp_path):
    """Other failures count as siblings within an hour of a failure in the same domain, before or after it."""
    rows = [exports.sign_in(1, "2026-03-04T12:00:00Z", 120021)]
    rows += [
        exports.sign_in(10 + n, f"2026-03-04T{hour}:00Z", 50126, "lee@contoso.example")
        for n, hour in enumerate(("10:59", "11:00", "12:30", "13:01"))
    ]
    rows.append(exports.sign_in(30, "2026-03-04T12:00:00Z", 50126, "lee@fabrikam.example"))
    found = exports.read(tmp_path, exports.SHAPES["graph-json"](rows))[0]["siblings"]
    assert [row["at"] for row in found] == ["2026-03-04T11:00:00Z", "2026-03-04T12:30:00Z"]
    assert {row["domain"] for row in found} == {"contoso.example"}


def test_long_lists_are_cut_but_keep_whom_it_is_about(exports, tmp_path):
    """At most 2,000 failures are listed, oldest first; the attempt that was pasted stays, and the counts are of all."""
    rows = [
        exports.sign_in(
            n, f"2026-03-04T{5 + n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}Z", 120021, f"u{n}@contoso.example"
        )
        for n in range(2100)
    ]
    file = exports.written(tmp_path, exports.portal_csv(rows))
    plain = signins.history([file], 120021)[0].value
    about = signins.history([file], 120021, correlation_id=rows[2099]["correlation"].upper())[0]
    assert (plain["failed"], len(plain["failures"]), plain["failures_cut"]) == (2100, 2000, True)
    assert plain["failures"][-1]["user"] == "u1999@contoso.example"
    assert about.value["failures"][-1]["user"] == "u2099@contoso.example"
    whom = signins.subject(about, ids=[rows[2099]["correlation"]])
    assert (whom.user, whom.app_id, whom.resource_id, whom.at.isoformat()) == (
        "u2099@contoso.example",
        exports.APP,
        exports.RESOURCE,
        "2026-03-04T05:34:59+00:00",
    )
    assert signins.subject(about, ids=["nothing"]) is None
    assert signins.subject(about, user="U7@contoso.example").user == "u7@contoso.example"


def test_buckets_are_contiguous_and_few(exports, tmp_path):
    """Buckets run without holes from the first attempt to the last, add up, and grow with the span."""
    rows = [
        exports.sign_in(n, at, code)
        for n, (at, code) in enumerate(
            (("2026-03-01T00:00:01Z", 0), ("2026-03-01T01:00:01Z", 120021), ("2026-03-29T00:00:01Z", 50126))
        )
    ]
    value, _ = exports.read(tmp_path, exports.SHAPES["graph-json"](rows))
    starts = [bucket["start"] for bucket in value["buckets"]]
    assert (value["bucket_seconds"], starts[0], starts[1], len(starts)) == (
        1800,
        "2026-03-01T00:00:00Z",
        "2026-03-01T00:30:00Z",
        1345,
    )
    assert [sum(bucket[name] for bucket in value["buckets"]) for name in ("failed", "succeeded", "other")] == [1, 1, 1]


def test_without_a_code_nothing_fails(exports, tmp_path):
    """Times and codes are still counted."""
    rows = [
        exports.sign_in(1, "2026-03-04T05:00:00Z"),
        exports.sign_in(2, "2026-03-04T05:01:00Z", 120021),
        exports.sign_in(3, "2026-03-04T05:02:00Z", 120021),
    ]
    fact, _ = signins.history([exports.written(tmp_path, exports.SHAPES["graph-json"](rows))], None)
    assert fact.target == ""
    assert (fact.value["failed"], fact.value["failures"], fact.value["contrast"], fact.value["other_failed"]) == (
        0,
        [],
        [],
        2,
    )
    assert fact.value["codes"] == [
        {"code": 120021, "count": 2, "users": 1, "first": "2026-03-04T05:01:00Z", "last": "2026-03-04T05:02:00Z"}
    ]
    assert sum(bucket["other"] for bucket in fact.value["buckets"]) == 2


def test_exports_that_do_not_meet_leave_a_gap(exports, tmp_path):
    """Between two exports with hours between them nothing is known, and the window says so."""
    days = [[exports.sign_in(10 * day + n, f"2026-03-0{day}T0{n}:00:00Z", 120021) for n in range(3)] for day in (4, 6)]
    files = [exports.written(tmp_path, exports.portal_csv(rows), str(n)) for n, rows in enumerate(days)]
    fact, _ = signins.history(files, 120021)
    assert [(gap.start.isoformat(), gap.end.isoformat()) for gap in fact.gaps] == [
        ("2026-03-04T02:00:00+00:00", "2026-03-06T00:00:00+00:00")
    ]
    assert (fact.window.start.isoformat(), fact.window.end.isoformat()) == (
        "2026-03-04T00:00:00+00:00",
        "2026-03-06T02:00:00+00:00",
    )
