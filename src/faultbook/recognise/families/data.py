"""Spark, Databricks, Snowflake, SQL Server and dbt."""

import re

from faultbook.recognise.families.family import Family, Hit, Names, around, family, whole

_FAILING = re.compile(
    r".*(?:FAILED|FAILURE|ERROR|EXCEPTION|DENIED|EXCEEDED|DEAD|LOST|KILLED|UNAVAILABLE|EXPIRED|CONFLICT|NOT_FOUND|TIMEOUT|EXISTS?|STOCKOUT|UNREACHABLE|EXHAUSTED)\Z|(?:INVALID|UNSUPPORTED|CANNOT|MISSING)_.*"
)
_CLUSTER = re.compile(r"databricks|spark|livy|cluster|delta|unity|notebook|container|warehouse|catalog", re.IGNORECASE)
_FAILS = re.compile(r"error|exception|fail|snowflake|produced", re.IGNORECASE)
_OWN_NAME = re.compile(r"snowflake", re.IGNORECASE)
SQL_CLASSES = (
    "00", "01", "02", "03", "07", "08", "09", "0A", "0B", "0D", "0E", "0F", "0K", "0L", "0M", "0N", "0P", "0S", "0T",
    "0U", "0V", "0W", "0X", "0Y", "0Z", "10", "20", "21", "22", "23", "24", "25", "26", "27", "28", "2B", "2C", "2D",
    "2E", "2F", "2H", "30", "33", "34", "35", "36", "38", "39", "3B", "3C", "3D", "3F", "40", "42", "44", "45", "46",
    "51", "53", "54", "55", "56", "57", "58", "72", "F0", "HV", "HW", "HY", "HZ", "IM", "P0", "S0", "S1", "XX",
)  # fmt: skip
"""With what a SQL state begins: the classes of ISO/IEC 9075, of ODBC 2 and 3, and of PostgreSQL and DB2, whose states Snowflake uses too."""
_STATE = re.compile(r"\][^\[]{0,4000}?SQLSTATE")


def _published(code: str, names: Names) -> bool:
    return code in names.cluster or code.partition(".")[0] in names.cluster


def _condition(found: re.Match[str], names: Names) -> Hit | None:
    """``[CODE] sentence``; a name that is not published needs an exception before it or a SQLSTATE behind it, and a cluster nearby."""
    code, end = found["code"], found.end("code")
    if code in names.normal:
        return None
    tail = found.string[end : end + 4000]
    stated = _STATE.match(tail) is not None
    single = "_" not in code and "." not in code
    thrown = bool(found["thrown"]) and not single and _CLUSTER.search(around(found, 1200, 1200)) is not None
    if (single or not _published(code, names)) and not stated and not thrown:
        return None
    follows = re.match(r"\]:?\s{1,4}(?=[\"'`(</]?\w)", tail[:8])
    return Hit(code, "spark", found.start("code"), end, "message" if follows else "bare", 82)


def _spoken(found: re.Match[str], names: Names) -> Hit | None:
    """``CODE: sentence`` outside brackets; a name that is not published must sound like a failure of a cluster."""
    code = found["code"]
    if code in names.normal:
        return None
    if code not in names.cluster and not (_FAILING.match(code) and _CLUSTER.search(around(found, 600, 600))):
        return None
    return Hit(code, "databricks", found.start("code"), found.end("code"), "message", 80)


def _databricks_field(found: re.Match[str], names: Names) -> Hit | None:
    code = found["code"]
    if code in names.normal or ("_" not in code and code not in names.cluster):
        return None
    return Hit(code, "databricks", found.start("code"), found.end("code"), "field", 80)


def _answered(found: re.Match[str], names: Names) -> Hit | None:
    """``sentence (400 CODE)``, as the command line prints an answer of the service."""
    code = found["code"]
    return (
        Hit(code, "databricks", found.start("code"), found.end("code"), "field", 80) if code in names.cluster else None
    )


def _sdk(found: re.Match[str], names: Names) -> Hit | None:
    """The client names its class after the code that the service answered."""
    code = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", found["name"]).upper()
    return (
        Hit(code, "databricks", found.start("name"), found.end("name"), "field", 79) if code in names.cluster else None
    )


def _ended(found: re.Match[str], names: Names) -> Hit | None:
    """A code with which a line of an error ends."""
    code = found["code"]
    if code in names.normal or code not in names.cluster or not _FAILS.search(around(found, 200, 0)):
        return None
    return Hit(code, "databricks", found.start("code"), found.end("code"), "field", 78)


def _cloud_field(found: re.Match[str], _: Names) -> Hit:
    return Hit(found["code"], "databricks", found.start("code"), found.end("code"), "field", 40)


def _conflict(found: re.Match[str], _: Names) -> Hit:
    return Hit(
        found["code"], "spark", found.start("code"), found.end("code"), "message" if found["message"] else "bare", 78
    )


def _snowflake(found: re.Match[str], names: Names) -> Hit | None:
    if found["digits"]:
        if found["digits"] in names.normal or (
            found["state"] != "None"
            and not found["state"].startswith(SQL_CLASSES)
            and found["digits"] not in names.known
        ):
            return None
        return Hit(found["digits"], "snowflake", found.start(), found.end(), "field", 80)
    if short := found["jdbc"] or found["short"] or found["client"] or found["pool"]:
        return Hit(short.zfill(6), "snowflake", found.start(), found.end(), "field", 78)
    if low := found["go"] or found["python"]:  # messages that begin with a small letter
        return Hit(low, "snowflake", found.start(), found.end(), "field", 76) if low in names.known else None
    code = found["colon"] or found["field"] or found["json"] or found["node"] or found["vendor"]
    if code in names.normal:
        return None
    spoken = _OWN_NAME if found["colon"] and code.startswith("4") else _FAILS  # such numbers are other programs' too
    if not found["vendor"] and code not in names.known and not spoken.search(around(found, 200, 60)):
        return None
    return Hit(code, "snowflake", found.start(), found.end(), "field", 76)


def _snowflake_term(found: re.Match[str], _: Names) -> Hit:
    return Hit(found["digits"], "snowflake", found.start(), found.end(), "field", 76)


def _snowpark(found: re.Match[str], _: Names) -> Hit:
    return Hit(found["digits"].zfill(6), "snowflake", found.start(), found.end(), "field", 60)


def _sql_number(found: re.Match[str], _: Names) -> Hit:
    number = next(group for group in found.groups() if group)
    return Hit(f"SqlErrorNumber={number}", "sql-server", found.start(), found.end(), "field", 60)


def _driver(found: re.Match[str], names: Names) -> Hit | None:
    code = found["code"]
    return (
        Hit(code, "sql-server-driver", found.start("code"), found.end("code"), "field", 35)
        if code in names.known
        else None
    )


def _dbt(found: re.Match[str], _: Names) -> Hit:
    return Hit(f"dbt:{found['announced'] or found['kind']} Error", "dbt", found.start(), found.end(), "field", 30)


def _dbt_event(found: re.Match[str], names: Names) -> Hit | None:
    code = f"dbt:{found['code']}"
    if code in names.normal or code not in names.known:
        return None
    # A run that failed has printed its warnings first, and they are not why it failed.
    return Hit(code, "dbt", found.start(), found.end(), "field", 5 if code in names.warnings else 10)


_NODE = r"model|test|macro|seed|snapshot|source|operation|sql\ operation|analysis|exposure|hook|rpc|query|unit_test|function|metric|semantic_model"
_KIND = r"(?:Database|Compilation|Runtime|Validation|Parsing|Dependency|Internal)"
_UPPER = r"[A-Z][A-Z0-9]{1,40}+"

FAMILIES: tuple[Family, ...] = (
    family(
        "spark",
        ("[",),
        rf"""(?P<thrown>(?:Exception|Error|error|failed|failure)["']?:\s{{1,4}}["']?)?
            \[(?P<code>_?{_UPPER}(?:(?:_[A-Z0-9]{{1,40}}+){{1,20}}+(?:\.[A-Z0-9_]{{2,100}}+)?+|\.[A-Z0-9_]{{2,100}}+|(?=\]\ [A-Z])))(?=\])""",
        _condition,
    ),
    family(
        "databricks",
        ("_",),
        rf"""(?:(?<![A-Za-z0-9_.\[$+/-])|(?<=\]:))(?P<code>{_UPPER}(?:_[A-Z0-9]{{1,40}}+){{1,20}}+)
            (?::\s{{1,2}}(?!\w{{1,60}},\s{{0,4}}(?:\n|\Z))(?=[A-Z'"`\[<][\w'<\[(]|[a-z]+\ [a-z])|(?=\ ?\((?:CLIENT_ERROR|SERVICE_FAULT|CLOUD_FAILURE)\)))""",
        _spoken,
    ),
    family(
        "databricks",
        ("error_code", "errorcode", "termination", "error_class", "errorclass", "result_state_code"),
        r"""(?:error_code["']?|(?i:error_?class)["']?|termination(?:_reason)?["']?[\s:{]{1,24}["']?code["']?|Termination\ info:\ code|result_state_code)
            \s{0,4}[:=]\s{0,4}["']?(?P<code>[A-Z][A-Z0-9_]{3,80}+(?:\.[A-Z0-9_]{2,80}+)?+)(?![a-z])""",
        _databricks_field,
    ),
    family(
        "databricks",
        (" (4", " (5"),
        r"(?<=\ )\([45][0-9]{2}\ (?P<code>[A-Z][A-Z0-9_]{3,80}+)\)",
        _answered,
    ),
    family(
        "databricks",
        ("client_error", "service_fault", "cloud_failure"),
        r"""["']?code["']?:\s{0,4}["']?(?P<code>[A-Z][A-Z0-9_]{5,80}+)["']?,\s{0,8}["']?type["']?:\s{0,4}["']?(?:CLIENT_ERROR|SERVICE_FAULT|CLOUD_FAILURE)""",
        _databricks_field,
    ),
    family(
        "databricks",
        ("databricks.sdk.errors",),
        r"databricks\.sdk\.errors\.(?:\w{1,40}\.){0,3}(?P<name>[A-Z][A-Za-z]{4,40}+)(?=:)",
        _sdk,
    ),
    family(
        "databricks",
        ("error", "exception", "fail"),
        rf"(?<=:\ )(?P<code>{_UPPER}(?:_[A-Z0-9]{{1,40}}+){{1,20}}+)(?=\.?\s{{0,4}}(?:\n|\Z)|\.\ (?:Error\ )?Message:\ )",
        _ended,
    ),
    family(
        "databricks",
        ("_error_code",),
        r"(?:azure|aws|gcp)_error_code:\s{0,2}(?P<code>[A-Za-z][A-Za-z0-9]{3,80}+)",
        _cloud_field,
    ),
    family(
        "spark",
        ("concurrent", "metadatachangedexception", "protocolchangedexception"),
        r"(?<![A-Za-z])(?P<code>(?:Delta)?Concurrent[A-Z][A-Za-z]{3,30}Exception|MetadataChangedException|ProtocolChangedException)(?P<message>:\s)?",
        _conflict,
    ),
    family(
        "snowflake",
        ("(", "code", ": "),
        r"""(?<![0-9A-Za-z_.-])(?:(?P<digits>[0-9]{6})\ \((?P<state>[0-9A-Z]{5}|None)\)(?=\s{0,2}:)
           |(?P<short>[0-9]{3,4})\ \([0-9A-Z]{5}\):\ SQL\ (?=compilation|access|execution)
           |SQL\ Error\ \[(?P<client>[0-9]{3,6})\]\ \[[0-9A-Z]{5}\]:\ (?=SQL\ (?:compilation|access|execution)|JDBC\ driver)
           |(?i:SQL\ ?STATE)(?:\(\w{5}\),\ ErrorCode\(|\ {1,3}:\ \w{5}\s{1,2}Error\ Code\ {1,3}:\ )(?P<pool>[0-9]{3,6})(?=[^\n]?(?:[^\n]{0,160}\n)?[^\n]{0,200}(?i:snowflake))
           |(?i:errorCode)[\s=:]{1,3}(?P<jdbc>[0-9]{3,6}),\s{1,2}(?i:sqlState)
           |(?P<colon>0[0-9]{5}|(?:25|26|39|40|41)[0-9]{4}):\s(?=[A-Z])
           |(?<=Error:\ )(?P<python>25[0-9]{4}):\s(?:(?P=python):\s)?(?=[a-z])
           |(?P<go>26[0-9]{4}):\s(?=[a-z]{2,20}\s[a-z])
           |(?<![A-Za-z_])["']?code["']?\s{0,4}:\s{0,4}["'](?P<field>0[0-9]{5}|39[0-9]{4}|25[0-9]{4})["'](?=\s{0,4}[,}\n])
           |"code":\s?(?P<json>4[0-5][0-9]{4})(?=,\s{0,4}"message":\s?"[^"\n]{0,80}[Ss]nowflake)
           |(?<![A-Za-z_])code:\ (?P<node>4[0-5][0-9]{4})(?=,\s{1,8}(?:sqlState|response(?:Body)?|cause|isFatal):|\s{1,8}\})
           |(?i:vend[eo]r\ ?code|snowflake\ error(?:\ code)?)[\ :=]{1,3}(?P<vendor>0[0-9]{5}|(?:10|20|25|26|27|39)[0-9]{4})(?![0-9]))""",
        _snowflake,
    ),
    family(
        "snowflake",
        ("aborted due to error",),
        r"aborted\ due\ to\ error\ (?P<digits>[0-9]{6})(?=:[0-9])",
        _snowflake_term,
    ),
    family("snowflake", ('<<"code">>',), r"""<<"code">>\s{0,4}=>\s{0,4}<<"(?P<digits>[0-9]{6})">>""", _snowflake_term),
    family("snowflake", ("snowpark",), r"Snowpark[A-Za-z]{1,40}+:\s{1,2}\((?P<digits>[0-9]{4})\)", _snowpark),
    family(
        "sql-server",
        ("sqlerrornumber", "severity", "level", "error number", "sql server"),
        r"""SqlErrorNumber\s{0,2}[=:]\s{0,2}(-?[0-9]{1,10})
           |\bMsg\ ([0-9]{1,6}),\ Level\ [0-9]{1,2}
           |\bError:\ ([0-9]{1,6}),\ Severity:\ [0-9]{1,2}
           |Error\ Number:\s{0,2}(-?[0-9]{1,10}),\s{0,2}State:
           |Microsoft\ SQL\ Server,\ Error:\ (-?[1-9][0-9]{0,9})\)
           |\[SQL\ Server\][^\n]{1,300}?\s\(([0-9]{2,6})\)""",
        _sql_number,
    ),
    family("sql-server-driver", ("code: '",), r"""code:\s'(?P<code>E[A-Z]{3,20})'""", _driver),
    family(
        "dbt",
        (" error",),
        rf"""(?<=Encountered\ an\ error:\n)(?P<announced>{_KIND})\ Error(?=\s|\Z)
            |(?<![A-Za-z])(?P<kind>{_KIND})\ Error
            (?:(?=\ in\ (?:{_NODE})\b(?!\ ['"])|\s{{1,4}}[0-9]{{6}}\ \(|[\ ]{{0,4}}\n{{1,2}}(?:\d\d:\d\d:\d\d)?\ {{2,8}}\S))""",
        _dbt,
    ),
    family("dbt", ('"code"', "'code'"), r"""["']code["']:\s{0,2}["'](?P<code>[A-Z][0-9]{3})["']""", _dbt_event),
    family("dbt-fusion", ("dbt",), r"(?<![A-Za-z0-9_/.-])(?P<code>dbt[0-9]{4})(?=:\s|\)?\])", whole("dbt-fusion", 70)),
)
