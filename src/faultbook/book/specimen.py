"""How the errors of each family are printed: a first sample for a new entry, which the recogniser finds."""

import json
import re
from collections.abc import Callable
from typing import Final

from faultbook.book.known import Known

_IDS: Final = (
    "Trace ID: 11111111-2222-4333-8444-555555555555",
    "Correlation ID: 66666666-7777-4888-9999-000000000000",
    "Timestamp: 2026-03-02 08:14:09Z",
)
WORDS: Final = "FILL: the message as it is printed"
"""Stands where only the program knows the words."""

Printed = tuple[str, str]
"""The format of a sample, and its text."""


def specimens(known: Known) -> list[Printed]:
    """The forms in which an error is met, the plainest first; FILL: stands where the tables do not help."""
    writer = _WRITERS.get(known.family, _plain)
    state = re.search(r"SQLSTATE (\w{5})", known.note)
    told = {
        "SQLSTATE: FILL:": f"SQLSTATE: {state[1]}" if state else "SQLSTATE: FILL:",
        '"error": "FILL:"': f'"error": "{known.oauth_error or "FILL:"}"',
    }
    return [(form, _told(text, told)) for form, text in writer(known.code, known.name or WORDS)]


def _told(text: str, told: dict[str, str]) -> str:
    for blank, value in told.items():
        text = text.replace(blank, value)
    return text


def _plain(code: str, name: str) -> list[Printed]:
    return [("text", f"{code}: {name}")]


def _entra(code: str, name: str) -> list[Printed]:
    number = code.removeprefix("AADSTS")
    answer = {"error": "FILL:", "error_description": "\r\n".join((f"{code}: {name}", *_IDS))}
    row = {
        "createdDateTime": "2026-03-02T08:14:09Z",
        "status": {"errorCode": int(number) if number.isdigit() else 0, "failureReason": name},
    }
    return [
        ("text", "\n".join((f"{code}: {name}", *_IDS))),
        ("token-endpoint-json", json.dumps(answer)),
        ("signin-log-json", json.dumps(row)),
    ]


def _oauth(code: str, name: str) -> list[Printed]:
    return [("token-endpoint-json", json.dumps({"error": code, "error_description": name}))]


def _event(provider: str, level: str = "Level: Error") -> Callable[[str, str], list[Printed]]:
    def write(code: str, name: str) -> list[Printed]:
        number = code.rpartition(":")[2]
        return [("event-log", f"Source: {provider}\nEvent ID: {number}\n{level}\nDescription: {name}")]

    return write


def _sync(code: str, name: str) -> list[Printed]:
    return _event("ADSync")(code, name) if ":" in code else _plain(code, name)


def _hresult(code: str, name: str) -> list[Printed]:
    digits = code.removeprefix("0x").upper()
    return [("event-log", f"Reason: Synchronization Engine returned an error hr={digits}, message={name}")]


def _broker(code: str, name: str) -> list[Printed]:
    digits = code.removeprefix("0x").upper()
    return [("event-log", f"Source: Microsoft-Windows-AAD\nEvent ID: 1098\nError: 0x{digits} {name}")]


def _pass_through(code: str, name: str) -> list[Printed]:
    number = code.rpartition(":")[2]
    return [("agent-log", f"Passthrough Authentication request failed. RequestId: '0'. Reason: '{number}'. {name}")]


def _power_bi(code: str, name: str) -> list[Printed]:
    if code.startswith("0x"):
        return [("refresh-history", f"Error code: {code.upper().replace('0X', '0x')}. {name}")]
    if code.startswith("SapHana:"):
        return [("gateway-log", f"ERROR [08S01] [SAP AG][LIBODBCHDB DLL][HDBODBC] General error;{code[8:]} {name}")]
    if re.match(r"r[rs][A-Z]", code):
        return [("report-server", f"{name} ({code})")]
    return [("power-bi-json", json.dumps({"error": {"code": code, "pbi.error": {"code": code, "details": []}}}))]


def _data_factory(code: str, name: str) -> list[Printed]:
    if code.startswith("SqlErrorNumber="):
        return [("pipeline-activity", f"{code},Class=16,State=1,ErrorCode=-2146232060,{name}")]
    if code.startswith(("DF-", "DFExecutor")):
        return [("data-flow", f"{code}: {name}")]
    if number := code.removeprefix("ADF:") if code.startswith("ADF:") else "":
        activity = {"errorCode": number, "message": name, "failureType": "UserError", "target": "Copy orders"}
        return [("activity-json", json.dumps(activity))]
    thrown = "'Type=Microsoft.DataTransfer.Common.Shared.HybridDeliveryException,Message="
    return [("pipeline-activity", f"ErrorCode={code},{thrown}{name},Source=Microsoft.DataTransfer.Common,'")]


def _spark(code: str, name: str) -> list[Printed]:
    if code.endswith("Exception"):
        return [("spark", f"{code}: {name}")]
    return [("spark", f"[{code}] {name} SQLSTATE: FILL:")]


def _databricks(code: str, name: str) -> list[Printed]:
    return [("rest-json", json.dumps({"error_code": code, "message": name}))]


def _snowflake(code: str, name: str) -> list[Printed]:
    return [("snowflake", f"{code} (57014): {name}")]


def _sql(code: str, name: str) -> list[Printed]:
    number = code.removeprefix("SqlErrorNumber=")
    if number.startswith("-"):
        return [("pipeline-activity", f"{code},Class=11,State=0,ErrorCode=-2146232060,{name}")]
    return [("sql-server", f"Msg {number}, Level 16, State 1, Line 1\n{name}")]


def _driver(code: str, name: str) -> list[Printed]:
    return [("node", f"ConnectionError: {name}\n    code: '{code}'")]


def _dbt(code: str, name: str) -> list[Printed]:
    what = code.removeprefix("dbt:")
    if what.endswith(" Error"):
        return [("dbt-run", f"{what} in model orders (models/orders.sql)\n  {name}")]
    return [("dbt-log-json", json.dumps({"info": {"code": what, "level": "error", "msg": name}}))]


def _fabric(code: str, name: str) -> list[Printed]:
    answer = {"requestId": "11111111-2222-4333-8444-555555555555", "errorCode": code, "message": name}
    return [("rest-json", json.dumps(answer))]


def _graph(code: str, name: str) -> list[Printed]:
    return [("graph-json", json.dumps({"error": {"code": code, "message": name, "innerError": {}}}))]


_WRITERS: Final[dict[str, Callable[[str, str], list[Printed]]]] = {
    "entra": _entra,
    "oauth": _oauth,
    "password-writeback": _event("PasswordResetService"),
    "password-protection": _event("DCAgent"),
    "report-server": _event("Report Server Windows Service (MSSQLSERVER)"),
    "windows-security": _event("Microsoft-Windows-Security-Auditing", "Keywords: Audit Failure"),
    "entra-connect": _sync,
    "hresult": _hresult,
    "broker": _broker,
    "pass-through": _pass_through,
    "power-bi": _power_bi,
    "data-factory": _data_factory,
    "spark": _spark,
    "databricks": _databricks,
    "snowflake": _snowflake,
    "sql-server": _sql,
    "sql-server-driver": _driver,
    "dbt": _dbt,
    "dbt-fusion": _plain,
    "fabric": _fabric,
    "graph": _graph,
}
