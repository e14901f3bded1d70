"""From the columns of any export to one row of ours, as SQL expressions over the columns as declared.

Only names that fold to one of ours are ever declared, and only spelled with letters and digits; nothing else of a file reaches SQL text.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from faultbook.sources.columns import Records, Table, folded
from faultbook.sources.signins.formats import TIMES

RESULTS: Final = ("resulttype", "signinerrorcode", "errorcode", "statuserrorcode", "status.errorcode")
"""The columns, of which any holds the code of the result."""
_SIGN_IN: Final = "graph.v1:microsoft.graph.signIn."
FIELDS: Final = tuple(
    _SIGN_IN + name
    for name in (
        "createdDateTime", "id", "correlationId", "userPrincipalName", "userId", "appDisplayName", "appId", "resourceDisplayName",
        "resourceId", "clientAppUsed", "ipAddress", "isInteractive", "conditionalAccessStatus", "status.errorCode", "status.failureReason",
        "location.countryOrRegion", "deviceDetail.operatingSystem", "deviceDetail.deviceId", "deviceDetail.isCompliant", "deviceDetail.trustType",
        "appliedConditionalAccessPolicies.id",
        "appliedConditionalAccessPolicies.displayName", "appliedConditionalAccessPolicies.result",
    )
)  # fmt: skip
"""What is read of Microsoft Graph's ``signIn``; the service principal, token issuer and event type are published in beta only."""

_FLAT: Final = (
    "createdDateTime", "time", "category", "id", "originalRequestId", "correlationId", "userPrincipalName", "userId", "appDisplayName",
    "appId", "resourceDisplayName", "resourceId", "clientAppUsed", "ipAddress", "isInteractive", "signInEventTypes",
    "conditionalAccessStatus", "appliedConditionalAccessPolicies", "resultType", "resultDescription", "tokenIssuerType",
    "servicePrincipalId", "servicePrincipalName", "status", "location", "deviceDetail",
)  # fmt: skip
_TABLES: Final = ("timeGenerated", "type", "resourceIdentity", "conditionalAccessPolicies", "locationDetails")
"""What only the tables of Log Analytics have, beside most of the above."""
_ENVELOPE: Final = {
    "time": "time", "category": "category", "resultType": "resulttype", "resultDescription": "resultdescription",
    "correlationId": "correlationid", "callerIpAddress": "ipaddress", "location": "location",
}  # fmt: skip
"""What a line of a diagnostic setting says around ``properties``, and what says it inside and makes it needless.

Its ``resourceId`` is the tenant and not the resource asked for.
"""
_INNER: Final = {
    "status": ("errorCode", "failureReason"),
    "location": ("countryOrRegion",),
    "locationdetails": ("countryOrRegion",),
    "devicedetail": ("operatingSystem", "deviceId", "isCompliant", "trustType"),
}
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")

COLUMNS: Final = """
    happened TIMESTAMP, unread VARCHAR, key UBIGINT, thread UBIGINT, who UBIGINT, code BIGINT, person VARCHAR, app VARCHAR,
    resource VARCHAR, client_app VARCHAR, ip VARCHAR, place VARCHAR, kind VARCHAR, token_issuer_type VARCHAR, device_os VARCHAR,
    device VARCHAR, details VARCHAR[], source INTEGER
"""
"""One row of ours. ``unread`` is a time that is no ISO 8601; ``place`` ends in the country; ``device`` says whether one was shown; ``details`` are kept for failures only."""

DETAILS: Final = (
    "id", "correlation_id", "user_id", "app_id", "resource_id", "reason", "ca_status", "policies", "device_id", "compliant", "trust",
)  # fmt: skip
"""Of the device ``none`` means that the export has the column and nothing in it; null that it lacks the column."""


def detail(name: str) -> str:
    """One of the details, as SQL."""
    return f"details[{DETAILS.index(name) + 1}]"


class Declared(Struct, frozen=True):
    """Columns to declare to the reader, and the expression under which each of our names is found in them."""

    columns: dict[str, str]
    found: dict[str, str]

    def pick(self, *names: str) -> str:
        """The first filled one of these."""
        present = [self.found[name] for name in names if name in self.found]
        return f"coalesce({', '.join(present)})" if len(present) > 1 else present[0] if present else "NULL"


def of_table(table: Table) -> Declared:
    """Every column of a delimited text by its position: names may be doubled, and then the first filled one counts."""
    found: dict[str, str] = {}
    for number, name in enumerate(table.folded):
        column = f"c{number}"
        found[name] = f"coalesce({found[name]}, {column})" if name in found else column
    for outer in ("status", "devicedetail", "locationdetails", "location"):
        if outer in found:
            for inner in _INNER[outer]:
                found.setdefault(f"{outer}.{folded(inner)}", _inside(found[outer], inner))
    return Declared({f"c{number}": "VARCHAR" for number in range(len(table.names))}, found)


def of_records(records: Records) -> Declared:
    """The wanted keys of JSON records, inside ``properties`` first where there is such an object."""
    nested = [inner for record in records.sample if isinstance(inner := _property(record, "properties"), dict)]
    if not nested:
        return Declared(*_level(records.sample, "", _FLAT))
    within = {folded(key) for record in nested for key in record}
    columns, outside = _level(records.sample, "", [name for name, inside in _ENVELOPE.items() if inside not in within])
    spelled = records.keys["properties"]
    inner, inside = _level(nested, f'"{spelled}".', _FLAT)
    columns[spelled] = "STRUCT(" + ", ".join(f'"{name}" {kind}' for name, kind in inner.items()) + ")"
    both = {name: f"coalesce({inside[name]}, {outside[name]})" for name in inside if name in outside and name != "time"}
    if "category" in both:  # that of an audit's properties is its own
        both["category"] = f"coalesce({outside['category']}, {inside['category']})"
    return Declared(columns, {**inside, **outside, **both})


def _level(
    sample: Sequence[dict[str, Any]], prefix: str, all_wanted: Sequence[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Declared columns and expressions for one level of objects; a key not met in the sample is declared as the vendor spells it."""
    seen: dict[str, str] = {}
    values: dict[str, list[Any]] = {}
    for record in sample:
        for key, value in record.items():
            if _PLAIN.fullmatch(key):
                seen.setdefault(folded(key), key)
                values.setdefault(folded(key), []).append(value)
    pascal = any(key[:1].isupper() for name, key in seen.items() if name in TIMES)
    columns: dict[str, str] = {}
    found: dict[str, str] = {}
    for wanted in (*all_wanted, *(name for name in _TABLES if pascal or folded(name) in seen)):
        name = folded(wanted)
        spelled = seen.get(name, wanted[:1].upper() + wanted[1:] if pascal else wanted)
        here = f'{prefix}"{spelled}"'
        objects = [value for value in values.get(name, ()) if isinstance(value, dict)]
        if name in _INNER and objects:
            inner = {folded(key): key for value in objects for key in value if _PLAIN.fullmatch(key)}
            fields = {folded(leaf): inner.get(folded(leaf), leaf) for leaf in _INNER[name]}
            columns[spelled] = "STRUCT(" + ", ".join(f'"{field}" VARCHAR' for field in fields.values()) + ")"
            found.update({f"{name}.{leaf}": f"nullif({here}.\"{field}\", '')" for leaf, field in fields.items()})
        else:
            columns[spelled] = "VARCHAR"
            found[name] = f"nullif({here}, '')"
            for leaf in _INNER.get(name, ()) if name in seen else ():
                found[f"{name}.{folded(leaf)}"] = _inside(here, leaf)
    return columns, found


def _inside(column: str, leaf: str) -> str:
    """A value inside a JSON text, or inside PowerShell's rendering of an object (``@{ErrorCode=0; …}``)."""
    stop = '"{}' if leaf == "failureReason" else '"{};,'
    found = f"regexp_extract({column}, '(?i)\\b{leaf}\"?\\s*[:=]\\s*\"?([^{stop}]*)', 1)"
    return f"CASE WHEN contains({column}, '{{') THEN nullif(trim({found}), '') END"


def _property(record: Mapping[str, Any], name: str) -> Any:
    return next((value for key, value in record.items() if folded(key) == name), None)


def row(declared: Declared, kind: str) -> str:
    """The select list that makes a row of ours; ``kind`` is what the file as a whole tells about the kind of its sign-ins, or empty."""
    pick = declared.pick
    when = pick(*TIMES)
    request = pick("requestid", "id", "originalrequestid")
    person = f"lower({pick('username', 'userprincipalname', 'signinidentifier')})"
    resource_id = pick("resourceidentity", "resourceid")
    application, principal = pick("applicationid", "appid"), pick("serviceprincipalid")
    correlation, user_id, resource = pick("correlationid"), pick("userid"), pick("resourcedisplayname", "resource")
    return f"""
    make_timestamp(epoch_us(try_cast({when} AS TIMESTAMPTZ))) AS happened,
    CASE WHEN happened IS NULL THEN {when} END AS unread,
    CASE WHEN {request} IS NOT NULL THEN hash({request}) END AS key,
    CASE WHEN {correlation} IS NOT NULL THEN hash({correlation}, coalesce({user_id}, {person}, {principal}), {application}, {resource}) END AS thread,
    CASE WHEN {person} IS NOT NULL THEN hash({person}) END AS who,
    {_code(declared)} AS code,
    {person} AS person,
    {pick("application", "appdisplayname", "serviceprincipalname")} AS app,
    {resource} AS resource,
    {pick("clientapp", "clientappused")} AS client_app,
    {pick("ipaddress", "calleripaddress")} AS ip,
    {_place(declared)} AS place,
    {_kind(declared, kind)} AS kind,
    replace({pick("tokenissuertype")}, ' ', '') AS token_issuer_type,
    {pick("operatingsystem", "devicedetail.operatingsystem", "os")} AS device_os,
    CASE WHEN {_shown(declared, "deviceid", "devicedetail.deviceid")} = 'none' THEN 'none'
        WHEN {_shown(declared, "deviceid", "devicedetail.deviceid")} IS NOT NULL THEN 'shown' END AS device,
    CASE WHEN code <> 0 THEN [{request}, {correlation}, {user_id}, {application},
        CASE WHEN {resource_id} NOT LIKE '/tenants/%' THEN {resource_id} END,
        {pick("failurereason", "status.failurereason", "resultdescription")},
        {pick("conditionalaccess", "conditionalaccessstatus")},
        {pick("appliedconditionalaccesspolicies", "conditionalaccesspolicies")},
        {_shown(declared, "deviceid", "devicedetail.deviceid")},
        {_shown(declared, "compliant", "devicedetail.iscompliant")},
        {_shown(declared, "jointype", "devicedetail.trusttype")}]::VARCHAR[] END AS details"""


def _shown(declared: Declared, *names: str) -> str:
    """A value of the device, ``none`` where the export shows it empty."""
    picked = declared.pick(*names)
    return picked if picked == "NULL" else f"coalesce({picked}, 'none')"


def _code(declared: Declared) -> str:
    """The result as a number; 0 where only the word for success stands there, -1 for a failure without a number."""
    number = declared.pick(*RESULTS)
    word = f"lower(trim({declared.pick('status')}))"
    return f"""coalesce(try_cast({number} AS BIGINT),
        CASE WHEN {number} IS NOT NULL THEN try_cast(regexp_extract({number}, '([0-9]{{3,9}})', 1) AS BIGINT) END,
        CASE WHEN {word} IN ('success', 'succeeded', '0') THEN 0 ELSE -1 END)"""


def _place(declared: Declared) -> str:
    """Where the sign-in came from: the country's code, or "City, State, Country" whole, which is cut when there are fewer of them."""
    plain = declared.pick("location.countryorregion", "locationdetails.countryorregion", "countryorregion", "country")
    if "location" not in declared.found:
        return plain
    shown = f"CASE WHEN {declared.found['location']} NOT LIKE '{{%' THEN {declared.found['location']} END"
    return shown if plain == "NULL" else f"coalesce({plain}, {shown})"


def _kind(declared: Declared, known: str) -> str:
    """Graph's name for the kind of sign-in: by log category or table, by event types, by the interactive flag, or by the file."""
    table = f"lower(coalesce({declared.pick('category')}, {declared.pick('type')}))"
    events, interactive = declared.pick("signineventtypes"), f"lower({declared.pick('isinteractive')})"
    person, principal = declared.pick("userprincipalname", "username", "userid"), declared.pick("serviceprincipalid")
    fallback = f"'{known}'" if known else "NULL"
    return f"""CASE
        WHEN {table} = 'signinlogs' THEN 'interactiveUser'
        WHEN {table} LIKE '%noninteractive%' THEN 'nonInteractiveUser'
        WHEN {table} LIKE '%serviceprincipal%' THEN 'servicePrincipal'
        WHEN {table} LIKE '%managedidentity%' THEN 'managedIdentity'
        WHEN {table} LIKE '%signinlogs' THEN 'interactiveUser'
        WHEN {events} LIKE '%nonInteractive%' THEN 'nonInteractiveUser'
        WHEN {events} LIKE '%managedIdentity%' THEN 'managedIdentity'
        WHEN {events} LIKE '%servicePrincipal%' OR ({person} IS NULL AND {principal} IS NOT NULL) THEN 'servicePrincipal'
        WHEN {interactive} = 'true' THEN 'interactiveUser'
        WHEN {interactive} = 'false' THEN 'nonInteractiveUser'
        ELSE {fallback} END"""
