"""The few simple expressions by which a large text is searched: wherever a code is printed, one of them matches.

They say only *look here, for these families*; what stands there is told by the families. All are linear in any engine.
"""

import re
from collections.abc import Iterable
from string import ascii_uppercase

from msgspec import Struct

from faultbook.recognise.families import Names
from faultbook.recognise.families.data import SQL_CLASSES

AROUND = 128
"""More bytes than any match of an expression with quick ones has."""
_GAP = r"[\x00-/:-@\[-`{-~]"


class Trigger(Struct, frozen=True):
    """One expression over bytes, and the families whose codes it may announce; ``literal`` (lower case) is a word that each match holds.

    ``quick`` are expressions of which one ends in every match, and perhaps elsewhere: for an engine that finds rare words faster.
    """

    families: frozenset[str]
    literal: str
    expression: str
    caseless: bool = False
    quick: tuple[str, ...] = ()


def triggers(names: Names, spelled: Iterable[str] = ()) -> tuple[Trigger, ...]:
    """The expressions for all families; names of conditions collapse to their first and last words, so that their number does not matter."""
    named = {code for code in names.cluster if "_" in code or "." in code}
    firsts = {code.lstrip("_").partition(".")[0].partition("_")[0] for code in named}
    lasts = {code.rpartition("_")[2] for code in named if "." not in code and not code[-1].isdigit()}
    words = {
        "spark": [
            *(f"[{word}_" for word in firsts),
            *(f"[{word}." for word in firsts & names.cluster),
            *(f"[{word}]" for word in names.cluster if word.isalpha() and word.isupper()),
        ],
        "databricks": [f"_{word}: " for word in lasts | _FAILING],
        "snowflake": [
            f"{code}{then}" for code in names.known if code.isdigit() and len(code) == 6 for then in (": ", " (")
        ],
        "windows-event": [
            name for event in names.events if (name := event.partition(" ")[2]).endswith("Error") and len(name) > 11
        ],
        "by-name": list(spelled),
    }
    plain = [
        (family, literal)
        for family, literals in (*_LITERALS.items(), *words.items())
        for literal in sorted(set(literals))
    ]
    rare = _rare({literal for _, literal in plain})
    made = [_literal(family, literal, rare.get(literal)) for family, literal in plain]
    made += [Trigger(_set(family), literal, literal, caseless=True) for family, literal in _CASELESS]
    made.append(_broker(names))
    made += [
        Trigger(_set(family), literal, expression, caseless, _QUICK.get(expression, ()))
        for family, literal, expression, caseless in _EXPRESSIONS
    ]
    return tuple(made)


def _broker(names: Names) -> Trigger:
    """Without 0x only published codes count; so what every identifier of random digits holds now and then is not looked at."""
    begun = sorted({code[2:7] for code in names.known if code.startswith("0xcaa")})
    return Trigger(
        _set("broker"),
        "caa",
        r"(?:^|[^0-9A-Za-z]|0x)caa[1-9a][0-9a-f]{4}(?:$|[^0-9A-Za-z])",
        caseless=True,
        quick=("0xcaa", *begun),
    )


def _set(families: str) -> frozenset[str]:
    return frozenset(families.split())


def _literal(families: str, literal: str, rare: str | None) -> Trigger:
    """A plain word, escaped as every engine understands it; the standard escape also marks blanks, which some refuse."""
    quick = () if rare in {None, literal} else (_escaped(rare),)
    return Trigger(_set(families), literal.lower(), _escaped(literal), quick=quick)


def _escaped(literal: str) -> str:
    return re.sub(r"([\\.^$*+?{}\[\]|()])", r"\\\1", literal)


_PARTS = re.compile(r"[A-Za-z_]{3,}[:.]\w")
_ANY_PROGRAM = "Connection Data Error Exception Failed File Found Key Name Not Number Operation Request Server Set String Supported Time Type"
_COMMON = "|".join(word[:3] for word in _ANY_PROGRAM.split())
_WORD = re.compile(rf"(?<=[A-Za-z0-9_. ]{{4}})(?!{_COMMON})[A-Z][a-z]{{2}}")
_BEGUN = re.compile(r".+[A-Za-z0-9 ][A-Z_.][a-z]{2}")


def _rare(literals: set[str]) -> dict[str, str]:
    """What is searched for instead of a longer name: what many begin with and one character more, or seven bytes around the beginning of one of its words.

    hyperscan sorts what it looks for into eight heaps by length and looks at pairs of bytes near the end. *ound* and *tion* stand in every text, a
    capital before the last two letters does not; so names of several words share a heap in which it stands in one place, and as few as will do for all
    are taken. Words of any program's names and reports are left alone.
    """
    chosen: dict[str, str] = {}
    holders: dict[str, set[str]] = {}
    for literal in literals:
        if len(literal.encode()) >= AROUND:
            continue
        parts = {literal[word.start() - 4 : word.end()] for word in _WORD.finditer(literal)}
        if begun := _PARTS.match(literal) or (not parts and _BEGUN.match(literal)):
            chosen[literal] = begun[0]
            continue
        for part in parts:
            holders.setdefault(part, set()).add(literal)
    while holders:
        part = min(holders, key=lambda part: (-len(holders[part]), part))
        told = holders.pop(part)
        chosen |= dict.fromkeys(told, part)
        holders = {other: left for other, held in holders.items() if (left := held - told)}
    return chosen


_FAILING = {
    *("FAILED", "FAILURE", "ERROR", "EXCEPTION", "DENIED", "EXCEEDED", "FOUND", "TIMEOUT", "EXISTS", "STOCKOUT"),
    *("UNREACHABLE", "EXHAUSTED"),
}
_LITERALS: dict[str, tuple[str, ...]] = {
    "sspr": ("OnPremisesSuccessCloudFailure",),
    "power-bi": (
        *("DM_GW", "DM\\_GW", "DMTS_", "DMTS\\_", "ModelRefresh_", "ModelRefreshFailed", "ModelRefreshDisabled"),
        *("pbi.error", "serviceExceptionJson", "Mashup.ErrorCode", "HDBODBC]"),
    ),
    "data-factory": (
        "failureType",
        "User configuration issue",
        "System configuration issue",
        "User error",
        "System error",
        "DFExecutor",
    ),
    "sql-server": ("SqlErrorNumber", "[SQL Server]", "SQL Server, Error: ", "Error Number:"),
    "spark": (
        *("SQLSTATE", "ConcurrentAppendEx", "ConcurrentDelete", "ConcurrentTransactionEx", "ConcurrentWriteEx"),
        *("ConcurrentModificationEx", "MetadataChangedEx", "ProtocolChangedEx"),
    ),
    "databricks": (
        *(
            "CLIENT_ERROR",
            "SERVICE_FAULT",
            "CLOUD_FAILURE",
            "databricks.sdk.errors",
            "termination_reason",
            "Termination info",
        ),
        *("result_state_code", "azure_error_code", "aws_error_code", "gcp_error_code"),
    ),
    "sql-server-driver": ("code: 'E",),
    "snowflake": ("aborted due to error ", '<<"code">>', "Snowpark", "snowflake-sdk", "sqlState", "): SQL "),
    "fabric": ("Livy", "LIVY_JOB_", "API error code: '"),
    "dbt": tuple(
        f"{kind} Error"
        for kind in ("Database", "Compilation", "Runtime", "Validation", "Parsing", "Dependency", "Internal")
    ),
    "hresult": ("BAIL: ", "ERR_: ", "OLE DB or ODBC error: E"),
    "windows-event": (
        "PasswordResetService",
        "ADSync",
        "Directory Synchronization",
        "DCAgent",
        "Report Server Windows Service",
    ),
    "numbers": ("Error(s): ",),
}
_CASELESS = (
    ("entra", "aadsts"),
    ("entra-b2c", "aadb2c"),
    ("hresult", "0x8023"),
    ("hresult", "0xc11"),
    ("hresult", "0x0000dead"),
    ("hresult", "0x800700ce"),
    ("snowflake", "snowflake error"),
)
_SQL_STATE = rf"[0-9]{{6}} \((?:{'|'.join(f'{one}[0-9A-Z]{{3}}' for one in SQL_CLASSES)}|None)\)"
_STATUS = r" \([45][0-9]{2} [A-Z]{4}"
_CONDITION = r": \[_?[A-Z][A-Z0-9]{1,15}_"
_IN_BRACKETS = r": \[[A-Z][a-z]{1,15}[A-Z]"
_DATA_FLOW = r"DF-[A-Z][A-Za-z0-9]{1,17}[-_][A-Za-z0-9]"
_REFUSED = r"request failed\. {1,2}Request"
_BROKER_SIGNED = "(?:code|error)[ :=(]{1,4}-89[45][0-9]{6}"
_QUICK = {
    _BROKER_SIGNED: tuple(f"{before}-89{digit}" for before in (" ", ":", "=", r"\(") for digit in "45"),
    _SQL_STATE: (*(rf" \({one}[0-9A-Z]{{3}}\)" for one in SQL_CLASSES), r" \(None\)"),
    _STATUS: (r" \(4[0-9]{2} [A-Z]{4}", r" \(5[0-9]{2} [A-Z]{4}"),
    _REFUSED: (r"request failed\. Req", r"request failed\.  Req"),
    **{one: tuple(one.replace("[A-Z]", letter, 1) for letter in ascii_uppercase) for one in (_IN_BRACKETS, _DATA_FLOW)},
    _CONDITION: tuple(rf": \[{begin}{letter}[A-Z0-9]{{1,15}}_" for begin in ("", "_") for letter in ascii_uppercase),
}
"""A word of three characters slows the search for all others; so these are longer, and what stands around is checked at the place."""
_EXPRESSIONS = (
    ("sspr", "sspr", r"sspr[ _\\-]{0,2}[0-9]", True),
    ("power-bi", "dm_", r"DM_[A-Z]", False),
    ("power-bi", "(r", r"\(r[rs][A-Z][A-Za-z]{3,60}\)", False),
    ("power-bi", "more details", r"rs[A-Z][A-Za-z]{4,60}\nMore details", False),
    ("data-factory power-bi", "errorcode=", "ErrorCode=[A-Z]", False),
    ("power-bi data-factory fabric", "code", rf"[cC]ode{_GAP}{{1,12}}[A-Z][a-z]{{1,15}}[A-Z_]", False),
    ("power-bi fabric", "errorcode", rf"errorCode{_GAP}{{1,12}}[A-Z][A-Za-z]{{3}}", False),
    (
        "snowflake dbt",
        "code",
        rf"code{_GAP}{{1,12}}(?:0[0-9]{{5}}|25[0-9]{{4}}|39[0-9]{{4}}|[A-Z][0-9]{{3}})[\x22'\\&%]",
        False,
    ),
    ("snowflake", "code", r"vend[eo]r ?code[ :=]{1,3}[0-9]{6}", True),
    ("snowflake", "errorcode(", r"ErrorCode\([0-9]{3,6}\)", False),
    ("snowflake", "sql error [", r"SQL Error \[[0-9]{3,6}\] \[[0-9A-Z]{5}\]: [SJ]", False),
    ("snowflake", "code", r'"code": ?4[0-5][0-9]{4},', False),
    ("data-factory", "df-", _DATA_FLOW, False),
    ("fabric", ": [", _IN_BRACKETS, False),
    ("fabric", "x-ms-public-api-error-code", "x-ms-public-api-error-code", True),
    ("fabric", "x-powerbi-error-info", "x-powerbi-error-info", True),
    ("fabric", "error code: ", "error code:  ?[A-Z][A-Za-z_]{3}", True),
    ("fabric", "code", r"Code ?= ?[A-Z][A-Za-z0-9]{5}", False),
    ("spark", ": [", _CONDITION, False),
    ("databricks", "invalid_", r"INVALID_[A-Z_]{2,30}: ", False),
    ("databricks", "unsupported_", r"UNSUPPORTED_[A-Z_]{2,30}: ", False),
    ("databricks", "cannot_", r"CANNOT_[A-Z_]{2,30}: ", False),
    ("databricks", "missing_", r"MISSING_[A-Z_]{2,30}: ", False),
    ("databricks", " (", _STATUS, False),
    ("databricks", "error code: ", "Error Code: [A-Z]{3,20}_", False),
    ("databricks", "error_code", rf"error_code{_GAP}{{1,12}}[A-Z][A-Z0-9_]{{3}}", False),
    ("databricks", "class", rf"error_?class{_GAP}{{1,12}}[A-Z][A-Z0-9_]{{3}}", True),
    ("sql-server", ", level", r"Msg [0-9]{1,6}, Level", False),
    ("sql-server", ", severity", r"Error: [0-9]{1,6}, Severity", False),
    ("dbt-fusion", "dbt", r"dbt[0-9]{4}(?::|\)?\])", False),
    ("hresult", "hr=", r"hr=(?:0x)?[89][0-9A-F]{7}", True),
    ("broker", "wam_", "WAM_[a-z_]{1,40}_3(?:399|400)[0-9]{6}", False),
    ("broker", "-89", _BROKER_SIGNED, True),
    ("broker", "code", r"code[ :=(]{1,4}3(?:399|400)[0-9]{6}", True),
    ("windows-event", "id", r"event ?id[^0-9\n]{1,16}6[0-9]{2,3}", True),
    ("windows-event", "id", r"event ?id[^0-9\n]{1,16}(?:472[34]|3[1-4][0-9]{3})", True),
    ("pass-through", "request failed.", _REFUSED, False),
    ("numbers snowflake", "errorcode", rf"errorcode{_GAP}{{1,12}}[1-9][0-9]{{4}}", True),
    ("snowflake data-factory", "errorcode", rf"errorcode{_GAP}{{1,12}}[1-9][0-9]{{2,3}}[^0-9]", True),
    ("numbers", "error_code", rf"error_code{_GAP}{{1,12}}[1-9][0-9]{{4}}", True),
    ("numbers", "resulttype", rf"resulttype{_GAP}{{1,12}}[1-9][0-9]{{4}}", True),
    ("numbers", "errorno", rf"errorno{_GAP}{{1,12}}[1-9][0-9]{{4}}", True),
    ("numbers", "error.code", rf"error\.code{_GAP}{{1,12}}[1-9][0-9]{{4}}", True),
    ("numbers data-factory snowflake", "error code", r"error code[^0-9A-Za-z]{1,12}[0-9]{3}", True),
    ("numbers", "code(s)", r"code\(s\)[^0-9\n]{1,20}[0-9]{5}", True),
    ("numbers", "login error", r"login error[ *:]{1,4}[0-9]{5}", True),
    ("numbers", "sign-in error", r"sign-in error[ *:-]{1,4}[0-9]{5}", True),
    ("numbers", "codes", r"error_?codes[^0-9\n]{1,12}[0-9]{5}", True),
    ("numbers", "invalid_", r"invalid_[a-z]{4,8}: [0-9]{5}", False),
    ("numbers", "_required", r"interaction_required: [0-9]{5}", False),
    ("numbers", "aadstserror", r"AADSTSError \{ code: [0-9]{5}", False),
    ("numbers", "unauthorized_client", r"unauthorized_client: [0-9]{5}", False),
    # Last: anywhere else its many parts make the search engine's compilation take three times as long.
    ("snowflake", " (", _SQL_STATE, False),
)
"""Families, a word (lower case) that each match holds, the expression, and whether case does not matter."""
