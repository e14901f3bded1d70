"""The few simple expressions by which a large text is searched: wherever a code is printed, one of them matches.

They say only *look here, for these families*; what stands there is told by the families. All are linear in any engine.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct

from faultbook.recognise.families import Names
from faultbook.recognise.families.data import SQL_CLASSES

_LONGEST = 64
"""More bytes than any match of an expression with quick ones has."""
_GAP = r"[\x00-/:-@\[-`{-~]"


class Trigger(Struct, frozen=True):
    """One expression over bytes, and the families whose codes it may announce; ``literal`` (lower case) is a word that each match holds.

    ``quick`` are expressions that together match wherever it does, with the same ends, and perhaps elsewhere: for an engine that finds long words faster.
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
    made = [
        _literal(family, literal)
        for family, literals in (*_LITERALS.items(), *words.items())
        for literal in sorted(set(literals))
    ]
    made += [Trigger(_set(family), literal, literal, caseless=True) for family, literal in _CASELESS]
    made += [
        Trigger(_set(family), literal, expression, caseless, _QUICK.get(expression, ()))
        for family, literal, expression, caseless in _EXPRESSIONS
    ]
    return tuple(made)


def _set(families: str) -> frozenset[str]:
    return frozenset(families.split())


def _literal(families: str, literal: str) -> Trigger:
    """A plain word, escaped as every engine understands it; the standard escape also marks blanks, which some refuse."""
    return Trigger(_set(families), literal.lower(), re.sub(r"([\\.^$*+?{}\[\]|()])", r"\\\1", literal))


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
    "snowflake": ("aborted due to error ", '<<"code">>', "Snowpark", "sqlState", "): SQL "),
    "fabric": ("Livy", "LIVY_JOB_"),
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
_QUICK = {
    _SQL_STATE: (*(rf" \({one}[0-9A-Z]{{3}}\)" for one in SQL_CLASSES), r" \(None\)"),
    _STATUS: (r" \(4[0-9]{2} [A-Z]{4}", r" \(5[0-9]{2} [A-Z]{4}"),
}
"""A word of three characters slows the search for all others; so these are longer, and what stands before is checked at the place."""
_EXPRESSIONS = (
    ("sspr", "sspr", r"sspr[ _\\-]{0,2}[0-9]", True),
    ("power-bi", "dm_", r"DM_[A-Z]", False),
    ("power-bi", "(r", r"\(r[rs][A-Z][A-Za-z]{3,60}\)", False),
    ("data-factory power-bi", "errorcode=", "ErrorCode=[A-Z]", False),
    ("power-bi data-factory fabric", "code", rf"[cC]ode{_GAP}{{1,12}}[A-Z][a-z]{{1,15}}[A-Z]", False),
    ("power-bi", "errorcode", rf"errorCode{_GAP}{{1,12}}[A-Z][a-z]{{3}}", False),
    (
        "snowflake dbt",
        "code",
        rf"code{_GAP}{{1,12}}(?:0[0-9]{{5}}|25[0-9]{{4}}|39[0-9]{{4}}|[A-Z][0-9]{{3}})[\x22'\\&%]",
        False,
    ),
    ("snowflake", "code", r"vend[eo]r ?code[ :=]{1,3}[0-9]{6}", True),
    ("data-factory", "df-", r"DF-[A-Za-z0-9]{2,18}[-_][A-Za-z0-9]", False),
    ("fabric", ": [", r": \[[A-Z][a-z]{1,15}[A-Z]", False),
    ("fabric", "x-ms-public-api-error-code", "x-ms-public-api-error-code", True),
    ("fabric", "x-powerbi-error-info", "x-powerbi-error-info", True),
    ("fabric", "error code: ", "error code:  ?[A-Z][A-Za-z]{3}", True),
    ("fabric", "code", r"Code ?= ?[A-Z][A-Za-z0-9]{5}", False),
    ("spark", ": [", r": \[_?[A-Z][A-Z0-9]{1,15}_", False),
    ("databricks", "invalid_", r"INVALID_[A-Z_]{2,30}: ", False),
    ("databricks", "unsupported_", r"UNSUPPORTED_[A-Z_]{2,30}: ", False),
    ("databricks", "cannot_", r"CANNOT_[A-Z_]{2,30}: ", False),
    ("databricks", "missing_", r"MISSING_[A-Z_]{2,30}: ", False),
    ("databricks", " (", _STATUS, False),
    ("databricks", "error_code", rf"error_code{_GAP}{{1,12}}[A-Z][A-Z0-9_]{{3}}", False),
    ("databricks", "class", rf"error_?class{_GAP}{{1,12}}[A-Z][A-Z0-9_]{{3}}", True),
    ("sql-server", ", level", r"Msg [0-9]{1,6}, Level", False),
    ("sql-server", ", severity", r"Error: [0-9]{1,6}, Severity", False),
    ("dbt-fusion", "dbt", r"dbt[0-9]{4}[:\]]", False),
    ("hresult", "hr=", r"hr=(?:0x)?[89][0-9A-F]{7}", True),
    ("windows-event", "id", r"event ?id[^0-9\n]{1,16}6[0-9]{2,3}", True),
    ("windows-event", "id", r"event ?id[^0-9\n]{1,16}(?:472[34]|3[1-4][0-9]{3})", True),
    ("pass-through", "request failed.", r"request failed\. {1,2}Request", False),
    ("numbers snowflake", "errorcode", rf"errorcode{_GAP}{{1,12}}[1-9][0-9]{{4}}", True),
    ("snowflake data-factory", "errorcode", rf"errorcode{_GAP}{{1,12}}[1-9][0-9]{{2,3}}[^0-9]", True),
    ("numbers", "error_code", rf"error_code{_GAP}{{1,12}}[1-9][0-9]{{4}}", True),
    ("numbers", "resulttype", rf"resulttype{_GAP}{{1,12}}[1-9][0-9]{{4}}", True),
    ("numbers", "errorno", rf"errorno{_GAP}{{1,12}}[1-9][0-9]{{4}}", True),
    ("numbers", "error.code", rf"error\.code{_GAP}{{1,12}}[1-9][0-9]{{4}}", True),
    ("numbers data-factory snowflake", "error code", r"error code[^0-9A-Za-z]{1,12}[0-9]{3}", True),
    ("numbers", "codes", r"error_?codes[^0-9\n]{1,12}[0-9]{5}", True),
    ("numbers", "invalid_", r"invalid_[a-z]{4,8}: [0-9]{5}", False),
    ("numbers", "_required", r"interaction_required: [0-9]{5}", False),
    ("numbers", "unauthorized_client", r"unauthorized_client: [0-9]{5}", False),
    # Last: anywhere else its many parts make the search engine's compilation take three times as long.
    ("snowflake", " (", _SQL_STATE, False),
)
"""Families, a word (lower case) that each match holds, the expression, and whether case does not matter."""


class Finder:
    """Runs all triggers over a block of bytes: with hyperscan where it is installed, else one after the other."""

    def __init__(self, expressions: tuple[Trigger, ...], *, fast: bool = True, packed: bytes = b"") -> None:
        self.expressions = expressions
        self._database = (_unpacked(packed) or _database(expressions)) if fast else None
        self._checks = {
            number: re.compile(rb"(?:%b)\Z" % one.expression.encode(), re.IGNORECASE if one.caseless else 0)
            for number, one in enumerate(expressions)
            if one.quick
        }
        self._slow: list[tuple[bytes, re.Pattern[bytes]]] | None = None

    @property
    def fast(self) -> bool:
        """Whether hyperscan does the work."""
        return self._database is not None

    def packed(self) -> bytes:
        """The compiled expressions for another process with the same hyperscan on such a machine; nothing without hyperscan."""
        if self._database is None:
            return b""
        import hyperscan

        return hyperscan.dumpb(self._database)

    def matches(self, block: bytes | bytearray | memoryview) -> list[tuple[int, int]]:
        """Where each match ends, in ascending order, and the number of its trigger."""
        return self.searcher()(block)

    def searcher(self) -> Callable[[bytes | bytearray | memoryview], list[tuple[int, int]]]:
        """What ``matches`` does, for use in one thread."""
        if self._database is None:
            return lambda block: self._one_by_one(bytes(block))
        import hyperscan

        database, scratch, checks = self._database, hyperscan.Scratch(self._database), self._checks

        def search(block: bytes | bytearray | memoryview) -> list[tuple[int, int]]:
            found: list[tuple[int, int]] = []
            append = found.append

            def matched(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
                append((end, number))

            database.scan(block, match_event_handler=matched, scratch=scratch)
            return [
                (end, number)
                for end, number in found
                if number not in checks or checks[number].search(block, max(end - _LONGEST, 0), end)
            ]

        return search

    def _one_by_one(self, block: bytes) -> list[tuple[int, int]]:
        if self._slow is None:
            self._slow = [
                (one.literal.encode(), re.compile(one.expression.encode(), re.IGNORECASE if one.caseless else 0))
                for one in self.expressions
            ]
        lower = block.lower()
        return sorted(
            (found.end(), number)
            for number, (literal, pattern) in enumerate(self._slow)
            if literal in lower
            for found in pattern.finditer(block)
        )


def _unpacked(packed: bytes) -> Any | None:
    """A hyperscan database that was compiled before, or None where there is none, or none for this version and machine."""
    if not packed:
        return None
    try:
        import hyperscan
    except ImportError:
        return None
    try:
        return hyperscan.loadb(packed, hyperscan.HS_MODE_BLOCK)
    except hyperscan.error:
        return None


def _database(expressions: tuple[Trigger, ...]) -> Any | None:
    """A hyperscan database, or None where the library is not installed."""
    try:
        import hyperscan
    except ImportError:
        return None
    rows = [
        (number, text.encode(), hyperscan.HS_FLAG_CASELESS if one.caseless else 0)
        for number, one in enumerate(expressions)
        for text in one.quick or (one.expression,)
    ]
    numbers, texts, flags = zip(*rows, strict=True)
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(expressions=list(texts), ids=list(numbers), elements=len(rows), flags=list(flags))
    return database
