"""Which sign-in export a file is, told from its first bytes and never from its name."""

from collections.abc import Collection
from typing import Any, Final

from faultbook.sources.columns import Records, Table, folded, format_of, records_of, table_of, text_of

TIMES: Final = ("createddatetime", "createddatetimeutc", "dateutc", "date", "timegenerated", "timegeneratedutc", "time")
_WHO: Final = {"username", "userprincipalname", "userid", "user", "serviceprincipalid", "serviceprincipalname"}
_RESULTS: Final = {"signinerrorcode", "errorcode", "resulttype", "status", "statuserrorcode"}
_OF_SIGN_INS: Final = {
    "application", "applicationid", "appdisplayname", "appid", "clientapp", "clientappused", "conditionalaccess",
    "conditionalaccessstatus", "signinerrorcode", "requestid", "tokenissuertype", "isinteractive", "serviceprincipalid",
}  # fmt: skip
_OF_AUDITS: Final = {
    "activity",
    "activitydisplayname",
    "activitydatetime",
    "activitydatetimeutc",
    "targetresources",
    "initiatedby",
    "actortype",
}


def detect(head: bytes) -> str | None:
    """The format of a sign-in export by the first bytes of its content, or None where it is no such export."""
    return format_of(head, _json_format, is_sign_in, "resulttype")


def is_sign_in(names: Collection[str]) -> bool:
    """Whether these folded names are those of a sign-in: when, who or what, with which result, and something only sign-ins have."""
    present = set(names)
    return (
        bool(present.intersection(TIMES))
        and bool(present & _WHO)
        and bool(present & _RESULTS)
        and bool(present & _OF_SIGN_INS)
        and not present & _OF_AUDITS
    )


def is_envelope(record: dict[str, Any]) -> bool:
    """Whether this is a line of a diagnostic setting for one of the sign-in categories."""
    category = next((value for key, value in record.items() if folded(key) == "category"), None)
    return (
        isinstance(category, str)
        and folded(category).endswith("signinlogs")
        and "properties" in {folded(key) for key in record}
    )


def _json_format(records: Records) -> str | None:
    for record in records.sample:
        if is_envelope(record) or (records.wrapping in ("lines", "spread") and _is_bare_envelope(record)):
            return "diagnostic-jsonl"
        names = [folded(key) for key in record]
        if not is_sign_in(names):
            continue
        if "resulttype" in names or "timegenerated" in names:
            return "log-analytics-json"
        return "portal-json" if records.wrapping == "array" else "graph-json"
    return None


def _is_bare_envelope(record: dict[str, Any]) -> bool:
    names = {folded(key): value for key, value in record.items()}
    category = names.get("category")
    return isinstance(category, str) and folded(category).endswith("signinlogs") and "time" in names


def table_in(head: bytes, encoding: str = "") -> Table | None:
    """The header of a CSV export."""
    return table_of(text_of(head, encoding))


def records_in(head: bytes, encoding: str = "") -> Records | None:
    """The first records of a JSON export."""
    return records_of(text_of(head, encoding))
