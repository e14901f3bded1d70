"""Windows events from every tool, to one shape."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from faultbook.sources.evidence import Limits, gather

SHARED = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "telemetry"
MESSAGE = "TrackingId: 1, Reason: Synchronization Engine returned an error hr=80070005, message=Access is denied."
XML = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='PasswordResetService'/>"
    "<EventID Qualifiers='0'>33004</EventID><Level>2</Level><TimeCreated SystemTime='2026-03-02T08:00:00.1234567Z'/><EventRecordID>7</EventRecordID>"
    "<Channel>Application</Channel><Computer>sync01.contoso.example</Computer></System><EventData><Data>"
    + MESSAGE
    + "</Data></EventData></Event>"
)
VIEWER = f"""Log Name:      Application
Source:        PasswordResetService
Date:          3/2/2026 9:00:00 AM
Event ID:      33004
Task Category: None
Level:         Error
Keywords:      Classic
User:          N/A
Computer:      sync01.contoso.example
Description:
{MESSAGE}
"""
WEVTUTIL = f"""Event[0]:
  Log Name: Application
  Source: PasswordResetService
  Date: 2026-03-02T08:00:00.1230000Z
  Event ID: 33004
  Task: N/A
  Level: Error
  Opcode: N/A
  Keyword: Classic
  User: N/A
  User Name: N/A
  Computer: sync01.contoso.example
  Description:{" "}
{MESSAGE}

Event[1]:
  Log Name: Application
  Source: PasswordResetService
  Date: 2026-03-02T08:05:00.0000000Z
  Event ID: 31019
  Level: Information
  Computer: sync01.contoso.example
  Description:{" "}
Heart beat.
"""
POWERSHELL = {
    "Message": MESSAGE,
    "Id": 33004,
    "Level": 2,
    "LogName": "Application",
    "ProviderName": "PasswordResetService",
    "MachineName": "sync01.contoso.example",
    "RecordId": 7,
    "TimeCreated": "/Date(1772438400123)/",
    "LevelDisplayName": "Error",
    "Properties": [{"Value": MESSAGE}],
}
WINLOGBEAT = {
    "@timestamp": "2026-03-02T08:00:00.123Z",
    "winlog": {
        "event_id": 33004,
        "provider_name": "PasswordResetService",
        "channel": "Application",
        "computer_name": "sync01.contoso.example",
        "record_id": 7,
        "event_data": {"param1": "x"},
    },
    "message": MESSAGE,
    "log": {"level": "error"},
    "host": {"name": "collector"},
}
ANALYTICS = {
    "TimeGenerated": "2026-03-02T08:00:00.123Z",
    "Source": "PasswordResetService",
    "EventLog": "Application",
    "Computer": "sync01.contoso.example",
    "EventLevelName": "Error",
    "EventID": 33004,
    "RenderedDescription": MESSAGE,
    "Type": "Event",
}
DUMP = {
    "Event": {
        "System": {
            "Provider": {"#attributes": {"Name": "PasswordResetService"}},
            "EventID": {"#attributes": {"Qualifiers": 0}, "#text": 33004},
            "Level": 2,
            "TimeCreated": {"#attributes": {"SystemTime": "2026-03-02T08:00:00.123456Z"}},
            "EventRecordID": 7,
            "Channel": "Application",
            "Computer": "sync01.contoso.example",
        },
        "EventData": {"Data": {"#text": [MESSAGE]}},
    }
}
CSV = (
    '"TimeCreated","ProviderName","Id","LevelDisplayName","LogName","MachineName","RecordId","Message"\r\n'
    f'"2026-03-02T08:00:00Z","PasswordResetService","33004","Error","Application","sync01.contoso.example","7","{MESSAGE}"\r\n'
)
LIST = f"""
TimeCreated  : 2026-03-02T08:00:00Z
ProviderName : PasswordResetService
Id           : 33004
LevelDisplayName : Error
LogName      : Application
MachineName  : sync01.contoso.example
RecordId     : 7
Message      : {MESSAGE[:40]}
               {MESSAGE[40:]}

"""
FORMS = {
    "xml": XML,
    "xml, rooted": f'<?xml version="1.0" encoding="utf-8"?><Events>{XML}</Events>',
    "xml, declared": f'<?xml version="1.0"?>\n{XML}\n',
    "wevtutil": WEVTUTIL.partition("Event[1]")[0],
    "viewer with xml": VIEWER + "Event Xml:\n" + XML + "\n",
    "powershell": json.dumps(POWERSHELL),
    "powershell list": json.dumps([POWERSHELL]),
    "winlogbeat": json.dumps(WINLOGBEAT) + "\n",
    "elastic": json.dumps({"hits": {"hits": [{"_source": WINLOGBEAT}]}}),
    "analytics": json.dumps([ANALYTICS]),
    "dump": json.dumps(DUMP),
    "csv": CSV,
    "format-list": LIST,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_every_form_gives_the_same_event(read: Callable[..., Any], form: str, encoding: str) -> None:
    """Time in UTC, provider, id, level in words, channel, computer, message."""
    facts, report = read(FORMS[form].encode(encoding))
    assert len(facts) == 1
    assert (facts[0].kind, facts[0].target, report.rows) == ("windows.events", "sync01.contoso.example", 1)
    event = facts[0].value[0]
    assert event["time"] == "2026-03-02T08:00:00Z"
    assert (event["provider"], event["event_id"], event["level"], event["channel"]) == (
        "PasswordResetService",
        33004,
        "error",
        "Application",
    )
    assert event["message"].replace("\n", "") == MESSAGE
    assert event["record_id"] in (7, None)
    assert facts[0].window is not None
    assert facts[0].gaps == ()


def test_several_events_of_wevtutil_are_told_apart(read: Callable[..., Any]) -> None:
    """The next event's heading is no part of a message."""
    facts, _ = read(WEVTUTIL)
    assert [event["event_id"] for event in facts[0].value] == [33004, 31019]
    assert facts[0].value[0]["message"] == MESSAGE


@pytest.mark.parametrize(
    "content",
    [
        VIEWER,
        f'Level,Date and Time,Source,Event ID,Task Category\nError,3/2/2026 9:00:00 AM,PasswordResetService,33004,None,"{MESSAGE}"\n',
        f'Ebene;Datum und Uhrzeit;Quelle;Ereignis-ID;Aufgabenkategorie\nFehler;02.03.2026 09:00:00;PasswordResetService;33004;Keine;"{MESSAGE}"\n',
        json.dumps(
            {
                "EventTime": "2026-03-02 09:00:00",
                "Hostname": "sync01",
                "EventID": 33004,
                "SourceName": "PasswordResetService",
                "Channel": "Application",
                "Message": MESSAGE,
            }
        ),
    ],
)
def test_a_time_without_zone_proves_no_absence(read: Callable[..., Any], content: str) -> None:
    """The event counts, but the log has no window and a hole over all of it, and the report says what to export instead."""
    facts, report = read(content)
    assert facts[0].value[0]["event_id"] == 33004
    assert facts[0].value[0]["time"] == "2026-03-02T09:00:00Z"
    assert facts[0].window is None
    assert [gap.start.isoformat() for gap in facts[0].gaps] == ["2026-03-02T09:00:00+00:00"]
    assert any("no zone" in problem for problem in report.problems)


def test_a_cut_off_export_keeps_the_events_before(read: Callable[..., Any]) -> None:
    """And says that it ends inside one."""
    facts, report = read((XML * 3)[:-50])
    assert len(facts[0].value) == 2
    assert "ends inside an event" in report.problems[0]


def test_a_broken_event_costs_one_event(read: Callable[..., Any]) -> None:
    """Neither the one before nor the one after."""
    facts, report = read(XML + XML.replace("<Level>2</Level>", "<Level>2") + XML.replace("33004", "33005"))
    assert [event["event_id"] for event in facts[0].value] == [33004, 33005]
    assert "1 events could not be read" in report.problems[0]


def test_events_across_the_reading_blocks_are_whole(read: Callable[..., Any]) -> None:
    """An export of several megabytes is read as a stream."""
    facts, report = read("\n".join(XML.replace(">7<", f">{number}<") for number in range(4000)))
    assert report.rows == 4000
    assert len({event["record_id"] for event in facts[0].value}) == 4000


def test_one_log_in_two_exports_counts_once(folder: Callable[..., Any]) -> None:
    """The same record from XML and CSV; two spans that do not meet leave a gap."""
    later = XML.replace("T08:00:00", "T18:00:00").replace(">7<", ">9<")
    gathered = folder({"a.xml": XML, "b.csv": CSV, "c.xml": later})
    assert len(gathered.facts) == 1
    fact = gathered.facts[0]
    assert [event["record_id"] for event in fact.value] == [7, 9]
    assert [(gap.start.hour, gap.end.hour) for gap in fact.gaps] == [(8, 18)]
    assert fact.window is not None
    assert (fact.window.start.hour, fact.window.end.hour) == (8, 18)


def test_each_channel_and_computer_is_a_log_of_its_own(read: Callable[..., Any]) -> None:
    """What one log covers says nothing about another."""
    facts, _ = read(XML + XML.replace("Application", "Security") + XML.replace("sync01", "dc01"))
    assert sorted((fact.target, fact.value[0]["channel"]) for fact in facts) == [
        ("dc01.contoso.example", "Application"),
        ("sync01.contoso.example", "Application"),
        ("sync01.contoso.example", "Security"),
    ]


def test_beyond_the_bound_only_identity_services_are_kept(read: Callable[..., Any]) -> None:
    """And the report says so."""
    noise = XML.replace("PasswordResetService", "ESENT")
    facts, report = read(noise * 8 + XML + noise * 8, limits=Limits(events=10))
    assert [event["provider"] for event in facts[0].value] == ["PasswordResetService"]
    assert report.rows == 17
    assert "only those of identity services" in report.problems[0]


def test_a_large_file_of_lines_is_streamed(read: Callable[..., Any]) -> None:
    """Beyond what is read whole, line by line; a bad line costs itself."""
    lines = [json.dumps({**WINLOGBEAT, "@timestamp": f"2026-03-02T08:{number:02d}:00Z"}) for number in range(50)]
    lines[20] = lines[20][:40]
    facts, report = read("\n".join(lines), limits=Limits(document=2000))
    assert len(facts[0].value) == 49
    assert "1 lines are not JSON" in " ".join(report.problems)


def test_high_bits_of_an_old_event_id_are_qualifiers(read: Callable[..., Any]) -> None:
    """Get-EventLog's InstanceId carries them; the id is the lower half."""
    row = {
        "InstanceId": 3221258476,
        "Source": "PasswordResetService",
        "TimeGenerated": "/Date(1772438400000)/",
        "MachineName": "s",
        "EntryType": 1,
        "Message": "m",
    }
    facts, _ = read(json.dumps(row))
    assert facts[0].value[0]["event_id"] == 3221258476 & 0xFFFF


@pytest.mark.skipif(not SHARED.exists(), reason="the shared corpus is not beside this checkout")
def test_every_public_sample_loads_or_is_named_foreign() -> None:
    """Real files of strangers: event logs are read whole, ordinary logs are not mistaken for evidence."""
    with gather([SHARED]) as gathered:
        reports = {report.path.rpartition("/")[2]: report for report in gathered.reports}
    logs = [report for name, report in reports.items() if name.endswith(".evtx")]
    assert len(logs) == 12
    assert sum(report.rows for report in logs) == 119
    assert all(not report.problems for report in logs)
    assert reports["WindowsEvents.json"].rows == 38
    assert reports["host_logons.csv"].kind == "windows.events"
    for foreign in (
        "auditd_log.txt",
        "az_net_flows.csv",
        "linux_events.csv",
        "syslog_data.csv",
        "time_series.csv",
        "OfficeActivityEvents.json",
    ):
        assert reports[foreign].kind == ""
        assert reports[foreign].problems


@pytest.mark.skipif(not SHARED.exists(), reason="the shared corpus is not beside this checkout")
def test_a_damaged_log_is_passed_over_with_a_gap(tmp_path: Path) -> None:
    """A chunk lost between two others of the same log is a hole in what the log can say."""
    source = (SHARED / "evtx-to-mitre" / "ID4768-4771-Kerberos_brutforce_with_non_existing_users.evtx").read_bytes()
    whole = tmp_path / "whole.evtx"
    damaged = bytearray(source)
    at = damaged.find(b"\x2a\x2a\x00\x00", 4096 + 6000)
    damaged[at + 40 : at + 60] = b"\xff" * 20
    whole.write_bytes(bytes(damaged))
    with gather([whole]) as gathered:
        report = gathered.reports[0]
    assert report.kind == "windows.events"
    assert report.problems
