"""Every shape of one and the same log gives the same history."""

import itertools
import json

import pytest

from faultbook.evidence import iso
from faultbook.sources import signins

SHAPES = (
    "portal-csv", "portal-json", "graph-json", "log-analytics-json", "log-analytics-json dynamic", "log-analytics-json tables",
    "log-analytics-csv", "log-analytics-csv tabs", "diagnostic-jsonl", "diagnostic-jsonl array", "diagnostic-jsonl records", "graph-json lines",
    "graph-json spread", "diagnostic-jsonl spread",
)  # fmt: skip


def log(exports):
    """Two users fail with the code, one recovers; a sibling; many successes of others."""
    made = [
        exports.sign_in(n, f"2026-03-04T05:{n:02}:07Z", user=f"user{n % 5}@contoso.example", ip=f"203.0.113.{n % 3}")
        for n in range(30)
    ]
    made.append(
        exports.sign_in(
            100, "2026-03-04T05:31:00Z", 120021, "kim@fabrikam.example", policies=exports.POLICIES, ca="failure"
        )
    )
    made.append(exports.sign_in(101, "2026-03-04T05:33:00Z", 120021, "lee@fabrikam.example"))
    made.append(exports.sign_in(102, "2026-03-04T05:34:00Z", 0, "kim@fabrikam.example"))
    made.append(exports.sign_in(103, "2026-03-04T05:35:00Z", 50126, "lee@fabrikam.example"))
    return made


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_is_recognised_by_content(exports, shape):
    """The first bytes tell the format; ``log-analytics-csv tabs`` is the same format with other separators."""
    head = exports.SHAPES[shape](log(exports)).encode()[:65536]
    assert signins.detect(head) == shape.partition(" ")[0]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_counts_the_same(exports, shape, tmp_path):
    """Counts, people, times and what failing sign-ins share do not depend on how the log was written down."""
    value, report = exports.read(tmp_path, exports.SHAPES[shape](log(exports)))
    assert (value["rows"], value["attempts"], value["failed"], value["succeeded"], value["other_failed"]) == (
        34,
        34,
        2,
        31,
        1,
    )
    assert report.problems == ()
    assert (iso(report.window.start), iso(report.window.end)) == ("2026-03-04T05:00:07Z", "2026-03-04T05:35:00Z")
    assert value["recoveries"] == [
        {
            "user": "kim@fabrikam.example",
            "first_failure": "2026-03-04T05:31:00Z",
            "first_success": "2026-03-04T05:34:00Z",
            "tries": 1,
        },
        {"user": "lee@fabrikam.example", "first_failure": "2026-03-04T05:33:00Z", "first_success": None, "tries": 1},
    ]
    assert [(row["user"], row["code"]) for row in value["siblings"]] == [("lee@fabrikam.example", 50126)]
    domains = [row for row in value["contrast"] if row["attribute"] == "domain"]
    assert domains == [
        {
            "attribute": "domain",
            "value": "fabrikam.example",
            "failed": 2,
            "succeeded": 1,
            "failed_users": 2,
            "succeeded_users": 1,
        },
        {
            "attribute": "domain",
            "value": "contoso.example",
            "failed": 0,
            "succeeded": 30,
            "failed_users": 0,
            "succeeded_users": 5,
        },
    ]
    assert {row["value"] for row in value["contrast"] if row["attribute"] == "country"} == {"DE"}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_failing_attempt_carries_its_ids(exports, shape, tmp_path):
    """An attempt has the ids, names and places of its row in our words; what a shape lacks is absent."""
    attempt = exports.read(tmp_path, exports.SHAPES[shape](log(exports)))[0]["failures"][0]
    one = exports.sign_in(100, "2026-03-04T05:31:00Z", user="kim@fabrikam.example")
    wanted = {
        "at": "2026-03-04T05:31:00Z", "id": one["id"], "correlation_id": one["correlation"], "user": "kim@fabrikam.example", "user_id": one["user_id"],
        "domain": "fabrikam.example", "app": "Demo App", "app_id": exports.APP, "resource": "Demo API", "resource_id": exports.RESOURCE,
        "client_app": "Browser", "ip": "203.0.113.7", "country": "DE", "code": 120021, "ca_status": "failure", "device_os": "Windows10",
    }  # fmt: skip
    assert {name: attempt.get(name) for name in wanted} == wanted
    assert all(value not in {"", None} for name, value in attempt.items() if name != "ca_policies")
    policies = (
        None
        if shape == "portal-csv"
        else [{"id": exports.POLICIES[0]["id"], "displayName": "Block elsewhere", "result": "failure"}]
    )
    assert attempt["ca_policies"] == policies


def test_order_of_files_and_threads_change_nothing(exports, tmp_path):
    """The fact is the same to the byte, whichever way the same evidence is handed over."""
    parts = [
        log(exports)[:20],
        log(exports)[15:],
        [exports.sign_in(300 + n, "2026-03-04T05:10:00Z", 50126) for n in range(9)],
    ]
    texts = [
        exports.portal_csv(parts[0]),
        exports.SHAPES["diagnostic-jsonl"](parts[1]),
        exports.SHAPES["graph-json"](parts[2]),
    ]
    files = [exports.written(tmp_path, text, f"part{number}") for number, text in enumerate(texts)]
    facts = {
        signins.history(list(order), 120021, limits=signins.Limits(threads=threads))[0].hash
        for order in itertools.permutations(files)
        for threads in (1, 3)
    }
    assert len(facts) == 1


def test_principals_have_no_user(exports, tmp_path):
    """A table of application sign-ins is told by its columns; the failing attempt names the application and nobody."""
    text = exports.portal_csv([exports.sign_in(1, "2026-03-04T05:00:00Z", 7000222)], exports.PRINCIPAL)
    assert signins.detect(text.encode()) == "portal-csv"
    attempt = exports.read(tmp_path, text, 7000222)[0]["failures"][0]
    assert attempt["kind"] == "servicePrincipal"
    assert attempt["app_id"] == exports.APP
    assert "user" not in attempt


@pytest.mark.parametrize(
    ("category", "kind"),
    [
        ("SignInLogs", "interactiveUser"),
        ("NonInteractiveUserSignInLogs", "nonInteractiveUser"),
        ("ServicePrincipalSignInLogs", "servicePrincipal"),
        ("ManagedIdentitySignInLogs", "managedIdentity"),
        ("ADFSSignInLogs", "interactiveUser"),
    ],
)
def test_the_category_tells_the_kind(exports, tmp_path, category, kind):
    """Every category of a diagnostic setting is read, under Graph's name for the kind of sign-in."""
    text = json.dumps(exports.diagnostic(exports.sign_in(1, "2026-03-04T05:00:00Z", 120021, category=category)))
    assert signins.detect(text.encode()) == "diagnostic-jsonl"
    assert exports.read(tmp_path, text)[0]["failures"][0]["kind"] == kind


def test_other_categories_in_one_stream_are_left_alone(exports, tmp_path):
    """An event hub mixes logs: audits among the sign-ins are neither counted nor complained about."""
    audit = {
        "time": "2026-03-04T05:00:00Z",
        "category": "AuditLogs",
        "operationName": "Update policy",
        "properties": {"result": "success"},
    }
    text = "\n".join(map(json.dumps, [exports.diagnostic(exports.sign_in(1, "2026-03-04T05:00:00Z", 120021)), audit]))
    value, report = exports.read(tmp_path, text)
    assert (value["attempts"], report.problems) == (1, ())


def test_the_name_tells_only_what_the_content_cannot(exports, tmp_path):
    """Tables of interactive and non-interactive sign-ins have the same columns; the name of the download is the only hint."""
    content = exports.portal_csv([exports.sign_in(1, "2026-03-04T05:00:00Z", 120021)])
    for name, kind in (
        ("NonInteractiveSignIns_2026.csv", "nonInteractiveUser"),
        ("InteractiveSignIns_2026.csv", "interactiveUser"),
        ("a.csv", None),
    ):
        fact, _ = signins.history([exports.written(tmp_path, content, name)], 120021)
        assert fact.value["failures"][0].get("kind") == kind


def test_the_legacy_table_without_codes(exports, tmp_path):
    """The oldest portal table says only Success or Failure: failures without a number are other failures, of no code."""
    ones = [exports.sign_in(1, "3/25/2026 7:22:01 AM"), exports.sign_in(2, "3/25/2026 7:25:01 PM", 1)]
    text = exports.legacy_csv(ones)
    assert signins.detect(text.encode()) == "portal-csv"
    value, report = exports.read(tmp_path, text)
    assert (value["attempts"], value["succeeded"], value["other_failed"], value["codes"]) == (2, 1, 1, [])
    assert report.window.end.isoformat() == "2026-03-25T19:25:01+00:00"


@pytest.mark.parametrize(
    "head",
    [
        b"", b"\x00\x00", b"[]", b"{}", b"name,age,town\nkim,1,x\n", b'{"value":[{"id":"1","displayName":"a"}]}', b"just some text, with commas, and more",
        b'{"category":"AuditLogs","time":"2026-03-04T05:06:07Z","properties":{}}', b"Date (UTC),CorrelationId,Service,Category,Activity,Result,ActorType\n",
        b"<Events><Event/></Events>", b"\xff\xfe\x00", b"[[[[[[",
    ],
)  # fmt: skip
def test_other_files_are_no_sign_ins(head):
    """Rubbish, other exports and audits are refused by content."""
    assert signins.detect(head) is None
