"""Directory audits in every shape give the same records under Graph's names."""

import csv
import io
import json

import pytest

from faultbook.sources import audits, signins
from faultbook.sources.signins import SigninFile

POLICY = "5a5a0000-0000-4000-8000-0000000000aa"
ONE = {
    "id": "Directory_1", "category": "Policy", "correlationId": "5a5a0000-0000-4000-8000-000000000001", "result": "success", "resultReason": "Done",
    "activityDisplayName": "Update conditional access policy", "activityDateTime": "2026-03-04T05:06:07.1234567Z", "loggedByService": "Conditional Access",
    "operationType": "Update",
    "initiatedBy": {"user": {"id": "5a5a0000-0000-4000-8000-000000000002", "displayName": "Ada Admin", "userPrincipalName": "ada@contoso.example", "ipAddress": "203.0.113.9"}},
    "targetResources": [
        {"id": POLICY, "displayName": "Block elsewhere", "type": "Policy", "userPrincipalName": None, "groupType": None,
         "modifiedProperties": [{"displayName": "ConditionalAccessPolicy", "oldValue": '{"state":"disabled"}', "newValue": '{"state":"enabled"}'}]},
    ],
    "additionalDetails": [{"key": "Category", "value": "Conditional Access"}],
}  # fmt: skip
TWO = {
    "id": "SSPR_2", "category": "UserManagement", "correlationId": "5a5a0000-0000-4000-8000-000000000003", "result": "failure",
    "resultReason": "OnPremisesConnectivityFailure", "activityDisplayName": "Reset password (self-service)", "activityDateTime": "2026-03-04T05:00:00Z",
    "loggedByService": "Self-service Password Management", "operationType": "Update",
    "initiatedBy": {"app": {"displayName": "Sync", "appId": None, "servicePrincipalId": "5a5a0000-0000-4000-8000-000000000004"}},
    "targetResources": [
        {"id": "5a5a0000-0000-4000-8000-000000000005", "displayName": "Kim Demo", "type": "User", "userPrincipalName": "kim@contoso.example", "modifiedProperties": []},
        {"id": "5a5a0000-0000-4000-8000-000000000006", "displayName": "Other", "type": "Other", "modifiedProperties": [{"displayName": "A", "newValue": "1"}, {"displayName": "B", "newValue": "2"}]},
    ],
    "additionalDetails": [{"key": "OnPremisesAgent", "value": "AADConnect"}, {"key": "MethodsUsed", "value": "Email"}],
}  # fmt: skip


def diagnostic(audit):
    return {
        "time": audit["activityDateTime"], "resourceId": "/tenants/x/providers/Microsoft.aadiam", "category": "AuditLogs", "operationName": audit["activityDisplayName"],
        "correlationId": audit["correlationId"], "identity": "somebody", "properties": audit,
    }  # fmt: skip


def log_analytics(audit):
    dynamic = {
        name[0].upper() + name[1:]: json.dumps(audit[name])
        for name in ("initiatedBy", "targetResources", "additionalDetails")
    }
    return {
        "TimeGenerated": audit["activityDateTime"], "OperationName": audit["activityDisplayName"], "Category": audit["category"], "Result": audit["result"],
        "ResultReason": audit["resultReason"], "ResultDescription": "", "CorrelationId": audit["correlationId"], "Id": audit["id"],
        "LoggedByService": audit["loggedByService"], "ActivityDisplayName": audit["activityDisplayName"], "ActivityDateTime": audit["activityDateTime"],
        "AADOperationType": audit["operationType"], "Identity": "somebody", "Type": "AuditLogs", **dynamic,
    }  # fmt: skip


def portal_csv(records, separator=","):
    """The portal's columns: actor, three numbered targets with five numbered changes, numbered details; neither id nor operation."""
    header = ["Date (UTC)", "CorrelationId", "Service", "Category", "Activity", "Result", "ResultReason", "User Agent", "ActorType", "ActorDisplayName", "ActorObjectId",
              "ActorUserPrincipalName", "IPAddress", "ActorServicePrincipalId", "ActorServicePrincipalName"]  # fmt: skip
    for target in range(1, 4):
        header += [f"Target{target}{name}" for name in ("Type", "DisplayName", "ObjectId", "UserPrincipalName")]
        header += [
            f"Target{target}ModifiedProperty{change}{name}"
            for change in range(1, 6)
            for name in ("Name", "OldValue", "NewValue")
        ]
    header += [f"AdditionalDetail{detail}{name}" for detail in range(1, 6) for name in ("Key", "Value")]
    text = io.StringIO()
    writer = csv.DictWriter(text, header, delimiter=separator, restval="")
    writer.writeheader()
    for audit in records:
        user, app = audit["initiatedBy"].get("user", {}), audit["initiatedBy"].get("app", {})
        row = {
            "Date (UTC)": audit["activityDateTime"], "CorrelationId": audit["correlationId"], "Service": audit["loggedByService"], "Category": audit["category"],
            "Activity": audit["activityDisplayName"], "Result": audit["result"], "ResultReason": audit["resultReason"], "ActorType": "User" if user else "Application",
            "ActorDisplayName": user.get("displayName") or app.get("displayName"), "ActorObjectId": user.get("id", ""), "IPAddress": user.get("ipAddress", ""),
            "ActorUserPrincipalName": user.get("userPrincipalName", ""), "ActorServicePrincipalId": app.get("servicePrincipalId", ""),
        }  # fmt: skip
        for number, target in enumerate(audit["targetResources"], 1):
            names = {
                "Type": "type",
                "DisplayName": "displayName",
                "ObjectId": "id",
                "UserPrincipalName": "userPrincipalName",
            }
            row |= {f"Target{number}{column}": target.get(name) or "" for column, name in names.items()}
            for change, changed in enumerate(target["modifiedProperties"], 1):
                names = {"Name": "displayName", "OldValue": "oldValue", "NewValue": "newValue"}
                row |= {
                    f"Target{number}ModifiedProperty{change}{column}": changed.get(name) or ""
                    for column, name in names.items()
                }
        for number, detail in enumerate(audit["additionalDetails"], 1):
            row |= {f"AdditionalDetail{number}Key": detail["key"], f"AdditionalDetail{number}Value": detail["value"]}
        writer.writerow(row)
    return text.getvalue()


def log_analytics_csv(records):
    text = io.StringIO()
    rows = [log_analytics(audit) for audit in records]
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


SHAPES = {
    "portal-csv": portal_csv,
    "portal-csv semicolons": lambda records: portal_csv(records, ";"),
    "portal-json": lambda records: json.dumps(records, indent=2),
    "graph-json": lambda records: json.dumps({"@odata.context": "x", "value": records}),
    "graph-json lines": lambda records: "\n".join(map(json.dumps, records)),
    "log-analytics-json": lambda records: "\n".join(json.dumps(log_analytics(audit)) for audit in records),
    "log-analytics-csv": log_analytics_csv,
    "diagnostic-jsonl": lambda records: "\n".join(json.dumps(diagnostic(audit)) for audit in records),
    "diagnostic-jsonl records": lambda records: json.dumps({"records": [diagnostic(audit) for audit in records]}),
}


def read(folder, content, name="export"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return audits.read(SigninFile(path=path, name=name, format=audits.detect(path.read_bytes()[:65536]) or ""))


def filled(value):
    """The value without what is null, which no shape but Graph's writes down."""
    if isinstance(value, dict):
        return {name: filled(inner) for name, inner in value.items() if inner is not None}
    return [filled(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_shape_gives_the_same_records(tmp_path, shape, encoding):
    """Actor, targets, changes and details come back under Graph's names, oldest first."""
    content = SHAPES[shape]([ONE, TWO]).encode(encoding)
    assert audits.detect(content) == shape.partition(" ")[0]
    assert signins.detect(content) is None
    found, report = read(tmp_path, content)
    wanted = filled([TWO, ONE])
    for audit in wanted:
        if "csv" in shape and "portal" in shape:
            del audit["id"], audit["operationType"]
    assert found == wanted
    assert (report.kind, report.rows, report.problems) == ("graph.directoryAudits", 2, ())
    assert report.window.start.isoformat() == "2026-03-04T05:00:00+00:00"
    assert report.expires.isoformat() == "2026-04-03T05:06:07.123456+00:00"


def test_an_activity_counts_once(tmp_path):
    """The same id twice is one audit; rows of the portal have no id and are all kept."""
    assert len(read(tmp_path, SHAPES["graph-json"]([ONE, ONE]))[0]) == 1
    assert len(read(tmp_path, SHAPES["portal-csv"]([ONE, ONE]))[0]) == 2


@pytest.mark.parametrize("shape", ["portal-json", "graph-json", "diagnostic-jsonl", "diagnostic-jsonl records"])
def test_truncated_json(tmp_path, shape):
    """Whole audits before the break are used, and the break is said."""
    records = [{**ONE, "id": f"Directory_{number}"} for number in range(20)]
    text = SHAPES[shape](records)
    found, report = read(tmp_path, text[: int(len(text) * 0.73)])
    assert 12 <= len(found) <= 14
    assert len(report.problems) == 1


def test_damage_in_tables(tmp_path):
    """Zero bytes, ragged rows and times that are none cost no more than themselves."""
    lines = portal_csv([ONE, TWO, ONE]).splitlines()
    lines[1] = lines[1].replace("Ada Admin", "Ada\x00Admin")
    lines[2] = "yesterday," + lines[2].partition(",")[2]
    lines.append("2026-03-04T07:00:00Z,short")
    found, report = read(tmp_path, "\n".join(lines))
    assert [audit["initiatedBy"].get("user", {}).get("displayName") for audit in found] == [
        "Ada Admin",
        "AdaAdmin",
        None,
    ] or len(found) == 3
    assert len(report.problems) == 2


def test_american_times(tmp_path):
    """Month and day are told apart by the column; a time without a zone is UTC, as the column's name says."""
    records = [{**ONE, "activityDateTime": "3/4/2026 5:06:07 AM"}, {**TWO, "activityDateTime": "3/14/2026 5:06:07 PM"}]
    found, report = read(tmp_path, portal_csv(records))
    assert [audit["activityDateTime"] for audit in found] == ["2026-03-04T05:06:07Z", "2026-03-14T17:06:07Z"]
    assert report.problems == ()


def test_sign_ins_in_the_same_stream_are_left_alone(tmp_path):
    """An event hub mixes categories; only audits are read here."""
    other = {
        "time": "2026-03-04T05:06:07Z",
        "category": "SignInLogs",
        "properties": {"id": "1", "status": {"errorCode": 0}},
    }
    found, report = read(tmp_path, "\n".join(map(json.dumps, [other, diagnostic(ONE), other])))
    assert (len(found), report.problems) == (1, ())


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"[]",
        b"{}",
        b'{"value":[]}',
        b"a,b,c\n1,2,3\n",
        b'{"category":"SignInLogs","time":"x","properties":{}}',
        b"\xff\xfe",
        b"Date (UTC),Username,Status\n",
    ],
)
def test_other_files_are_no_audits(head):
    """Rubbish and other exports are refused by content."""
    assert audits.detect(head) is None


def test_a_file_that_is_nothing(tmp_path):
    """It gives no records and one sentence."""
    for content in (b"", b"\x00" * 100, b"nothing"):
        found, report = read(tmp_path, content)
        assert found == []
        assert len(report.problems) == 1
