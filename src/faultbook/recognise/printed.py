"""How a published code looks when a program prints it: the proof that each one is recognised."""

from collections.abc import Callable

from faultbook.book.known import MESSAGE, Known

_EVENT_SOURCES = {
    "PasswordReset": "PasswordResetService",
    "ADSync": "ADSync",
    "PasswordProtection": "Microsoft-AzureADPasswordProtection-DCAgent",
    "WinSec": "Microsoft-Windows-Security-Auditing",
    "ReportServer": "Report Server Windows Service (PBIRS)",
}


def printed(one: Known) -> str | None:
    """A text in which this code is an error that happened; None for what is not told in a text by itself."""
    return _PRINTED.get(one.family, _sentence)(one.code)


def _sentence(code: str) -> str:
    return f"{code}: The operation could not be completed."


def _event(code: str) -> str:
    prefix, _, number = code.partition(":")
    if not number:
        return f"Error: {code}"
    return f"Source: {_EVENT_SOURCES[prefix]}\nEvent ID: {number}\nLevel: Error\nKeywords: Audit Failure"


def _power_bi(code: str) -> str:
    if code.startswith("SapHana:"):
        return f"[SAP AG][LIBODBCHDB DLL][HDBODBC] Connection failed;{code.removeprefix('SapHana:')} Connection failed"
    if code.startswith("0x"):
        return f"Container exited unexpectedly with code {code}."
    return f'{{"error":{{"code":"{code}","pbi.error":{{"code":"{code}","parameters":{{}}}}}}}}'


def _pipeline(code: str) -> str:
    if code.startswith("ADF:"):
        return f'{{"errorCode": "{code.removeprefix("ADF:")}", "message": "Failed", "failureType": "UserError"}}'
    if code.startswith("DF-"):
        return f'{{"StatusCode":"{code}","Message":"Job failed"}}'
    return f"{code},Class=16" if "=" in code else f"ErrorCode={code},'Type=Demo.Exception,Message=Failed,Source=Demo,'"


def _spark(code: str) -> str:
    if code.endswith("Exception"):
        return f"io.delta.exceptions.{code}: Files were added by a concurrent update."
    return f"[{code}] The statement could not be run. SQLSTATE: 42000"


def _dbt(code: str) -> str:
    name = code.removeprefix("dbt:")
    return (
        f"{name} in model orders (models/orders.sql)"
        if name.endswith(" Error")
        else f'{{"info": {{"code": "{name}", "level": "error"}}}}'
    )


_PRINTED: dict[str, Callable[[str], str | None]] = {
    "password-writeback": _event,
    "entra-connect": _event,
    "password-protection": _event,
    "windows-security": _event,
    "report-server": _event,
    "power-bi": _power_bi,
    "hresult": lambda code: f"Synchronization Engine returned an error hr={code.removeprefix('0x')}, message=Refused",
    "broker": lambda code: f"Error: 0x{code.removeprefix('0x').upper()} The token broker failed.",
    "fabric": lambda code: f'{{"requestId": "a", "errorCode": "{code}", "message": "Failed"}}',
    "data-factory": _pipeline,
    "spark": _spark,
    "databricks": lambda code: f'{{"error_code": "{code}", "message": "Failed"}}',
    "snowflake": lambda code: f"{code} (42000): SQL compilation error",
    "sql-server": lambda code: f"{code},Class=16",
    "sql-server-driver": lambda code: f"ConnectionError: Failed {{ code: '{code}' }}",
    "dbt": _dbt,
    "dbt-fusion": lambda code: f"error: {code}: failed",
    "pass-through": lambda code: (
        f"Passthrough Authentication request failed. RequestId: 'a'. Reason: '{code.removeprefix('PTA:')}'."
    ),
    "oauth": lambda _: None,
    "graph": lambda _: None,
    "msal": lambda _: None,
    MESSAGE: lambda _: None,
}
