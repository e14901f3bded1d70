"""The families of codes: how each is printed, and which label a printed code gets.

A family is a handful of patterns over plain text (see ``unwrap``). Every pattern is linear: quantifiers are bounded or possessive, and nothing
optional stands beside something that could match the same.
"""

import re
from collections.abc import Callable, Iterator
from typing import Literal

from msgspec import Struct

Form = Literal["message", "field", "bare", "link"]
"""message: the code leads a sentence; field: it is the value of an error field; bare: it only stands there; link: it is part of an address."""


class Hit(Struct, frozen=True):
    """A code as it stands in the plain text. ``weight`` is how much it says: the heaviest of a message is its primary."""

    code: str
    family: str
    start: int
    end: int
    form: Form
    weight: int


class Names(Struct, frozen=True):
    """The published names and numbers, by which a word is told from a code."""

    known: frozenset[str]
    pipeline: frozenset[str]
    cluster: frozenset[str]
    service: frozenset[str]
    normal: frozenset[str]


class Family(Struct, frozen=True):
    """One way of printing codes: ``anchors`` are the literals (lower case) of which every hit holds at least one."""

    name: str
    anchors: tuple[str, ...]
    pattern: re.Pattern[str]
    read: Callable[[re.Match[str], Names], Hit | None]


_MESSAGE = re.compile(
    r"""["'`*_)\]\s]{0,4}(?::["'`*_\s]{0,8}|[.,;]?[ ]{1,2}-{1,2}[ ]|[ ]{1,2}(?=[A-Z][a-z]+[ ][a-z]))(?!\.\.|\u2026)(?=[^\W\d_]|['"<\[(]{1,2}\w|[{]\w)"""
)
"""What follows a code that leads a sentence."""


def form_after(text: str, end: int) -> Form:
    """Whether a sentence follows the code that ends at ``end``."""
    return "message" if _MESSAGE.match(text, end) else "bare"


def _entra(found: re.Match[str], names: Names) -> Hit | None:
    digits = found["digits"].replace(" ", "")
    if not 5 <= len(digits) <= 7:
        return None
    if found["split"] and "AADSTS" + digits not in names.known:
        digits = found["digits"].split()[0]
        return (
            None
            if len(digits) < 5
            else Hit("AADSTS" + digits, "entra", found.start(), found.start("split"), "bare", 90)
        )
    return Hit("AADSTS" + digits, "entra", found.start(), found.end(), form_after(found.string, found.end()), 90)


def _b2c(found: re.Match[str], _: Names) -> Hit:
    return Hit(
        f"AADB2C{found['digits']}", "entra-b2c", found.start(), found.end(), form_after(found.string, found.end()), 90
    )


def _sspr(found: re.Match[str], _: Names) -> Hit:
    return Hit(
        f"SSPR_{int(found['digits']):04d}",
        "sspr",
        found.start(),
        found.end(),
        form_after(found.string, found.end()),
        90,
    )


def _whole(family: str, weight: int) -> Callable[[re.Match[str], Names], Hit | None]:
    """A code printed as it is labelled."""

    def read(found: re.Match[str], _: Names) -> Hit | None:
        return Hit(
            found["code"],
            family,
            found.start("code"),
            found.end("code"),
            form_after(found.string, found.end("code")),
            weight,
        )

    return read


_UMBRELLA = frozenset(
    {
        "DM_GWPipeline_Gateway_MashupDataAccessError",
        "DM_GWPipeline_UnknownError",
        "ModelRefresh_ShortMessage_ProcessingError",
    }
)


def _power_bi(found: re.Match[str], _: Names) -> Hit | None:
    code = found["code"]
    if code.startswith("DM_ErrorDetail") or code.endswith("_"):
        return None
    before = found.string[max(found.start() - 3, 0) : found.start()]
    form = "field" if before[-1:] in {'"', "'"} and ":" in before else form_after(found.string, found.end())
    return Hit(code, "power-bi", found.start(), found.end(), form, 45 if code in _UMBRELLA else 55)


def _pbi_field(found: re.Match[str], names: Names) -> Hit | None:
    code = found["code"]
    if found["loose"] and code not in names.service:
        return None
    return Hit(code, "power-bi", found.start("code"), found.end("code"), "field", 50)


def _mashup(found: re.Match[str], _: Names) -> Hit:
    return Hit(
        f"Microsoft.Data.Mashup.ErrorCode={found['number']}", "power-bi", found.start(), found.end(), "field", 48
    )


def _pipeline_name(found: re.Match[str], names: Names) -> Hit | None:
    code = found["code"]
    if code not in names.pipeline and not found["type"] and not code.startswith("UserError"):
        return None
    return Hit(code, "data-factory", found.start(), found.end("code"), "field", 70)


def _pipeline_number(found: re.Match[str], _: Names) -> Hit:
    number = found["json"] or found["portal"] or found["line"] or found["first"]
    return Hit(f"ADF:{number}", "data-factory", found.start(), found.end(), "field", 20)


def _sql_number(found: re.Match[str], _: Names) -> Hit:
    number = next(group for group in found.groups() if group)
    return Hit(f"SqlErrorNumber={number}", "sql-server", found.start(), found.end(), "field", 60)


def _data_flow(found: re.Match[str], _: Names) -> Hit:
    code = found["code"].rstrip("-")
    before = found.string[max(found.start() - 4, 0) : found.start()]
    form: Form = "field" if before[-1:] in {'"', "=", "'"} else form_after(found.string, found.end())
    if form == "bare" and re.match(r" at \w| '", found.string[found.end() : found.end() + 6]):
        form = "message"
    return Hit(code, "data-factory", found.start(), found.start() + len(code), form, 80)


def _condition(found: re.Match[str], names: Names) -> Hit | None:
    code = found["code"]
    sure = code in names.cluster or code.partition(".")[0] in names.cluster
    if not sure and not (
        found["thrown"]
        or re.match(r"\][^\n\[]{0,4000}?SQLSTATE", found.string[found.end("code") : found.end("code") + 4000])
    ):
        return None
    if code in names.normal or not (
        "_" in code
        or "." in code
        or (found["thrown"] is None and "SQLSTATE" in found.string[found.end() : found.end() + 4000])
    ):
        return None
    follows = re.match(r"\]:?\s{1,4}(?=[\"'`(<]?\w)", found.string[found.end("code") : found.end("code") + 8])
    return Hit(code, "spark", found.start("code"), found.end("code"), "message" if follows else "bare", 82)


_FAILING = re.compile(
    r".*(?:FAILED|FAILURE|ERROR|EXCEPTION|DENIED|EXCEEDED|NOT_FOUND|TIMEOUT|EXISTS?|STOCKOUT|UNREACHABLE|EXHAUSTED)\Z|(?:INVALID|UNSUPPORTED|CANNOT|MISSING)_.*"
)
_SPARK_CONTEXT = re.compile(r"databricks|spark|cluster|delta|unity|notebook|container|warehouse|catalog", re.IGNORECASE)


def _spoken(found: re.Match[str], names: Names) -> Hit | None:
    """``CODE: sentence``, outside brackets."""
    code = found["code"]
    if code in names.normal:
        return None
    if code not in names.cluster:
        around = found.string[max(found.start() - 600, 0) : found.end() + 600]
        if not _FAILING.match(code) or not _SPARK_CONTEXT.search(around):
            return None
    return Hit(code, "databricks", found.start("code"), found.end("code"), "message", 80)


def _databricks_field(found: re.Match[str], names: Names) -> Hit | None:
    code = found["code"]
    if code in names.normal or ("_" not in code and code not in names.cluster):
        return None
    return Hit(code, "databricks", found.start("code"), found.end("code"), "field", 80)


def _cloud_field(found: re.Match[str], _: Names) -> Hit:
    return Hit(found["code"], "databricks", found.start("code"), found.end("code"), "field", 40)


def _fabric_bracket(found: re.Match[str], _: Names) -> Hit:
    return Hit(found["code"], "fabric", found.start("code"), found.end("code"), "field", 58)


def _conflict(found: re.Match[str], _: Names) -> Hit:
    return Hit(
        found["code"], "spark", found.start("code"), found.end("code"), "message" if found["message"] else "bare", 78
    )


def _snowflake(found: re.Match[str], names: Names) -> Hit | None:
    if found["state"]:
        return Hit(found["digits"], "snowflake", found.start(), found.end(), "field", 80)
    code = found["colon"] or found["field"] or found["vendor"]
    if not found["vendor"] and code not in names.known:
        line = found.string[max(found.start() - 200, 0) : found.end() + 60]
        if not re.search(r"error|exception|fail|snowflake|produced", line, re.IGNORECASE):
            return None
    return Hit(code, "snowflake", found.start(), found.end(), "field", 76)


def _snowpark(found: re.Match[str], _: Names) -> Hit:
    return Hit(found["digits"].zfill(6), "snowflake", found.start(), found.end(), "field", 60)


def _dbt(found: re.Match[str], _: Names) -> Hit:
    return Hit(f"dbt:{found['kind']} Error", "dbt", found.start("kind"), found.end(), "field", 30)


def _dbt_event(found: re.Match[str], names: Names) -> Hit | None:
    code = f"dbt:{found['code']}"
    return (
        None
        if code in names.normal or code not in names.known
        else Hit(code, "dbt", found.start(), found.end(), "field", 10)
    )


def _hresult(found: re.Match[str], names: Names) -> Hit | None:
    code = f"0x{(found['engine'] or found['digits']).lower()}"
    if not found["engine"] and not code.startswith(("0x8023", "0xc10", "0xc11")) and code not in names.known:
        return None
    return Hit(code, "hresult", found.start(), found.end(), "field" if found["engine"] else "message", 62)


_PROVIDERS = {
    "passwordresetservice": ("PasswordReset", "password-writeback", 65),
    "adsync": ("ADSync", "entra-connect", 58),
    "directory synchronization": ("ADSync", "entra-connect", 58),
    "dcagent": ("PasswordProtection", "password-protection", 65),
    "security-auditing": ("WinSec", "windows-security", 65),
    "report server": ("ReportServer", "report-server", 65),
}


def _event(found: re.Match[str], names: Names) -> Hit | None:
    groups = found.groupdict()
    provider = next(value for key, value in groups.items() if key.startswith("p") and value).lower()
    number = next(value for key, value in groups.items() if key.startswith("n") and value)
    prefix, family, weight = next(value for key, value in _PROVIDERS.items() if key in provider)
    code = f"{prefix}:{number}"
    if code in names.normal:
        return None
    if prefix == "WinSec":
        around = found.string[max(found.start() - 400, 0) : found.end() + 600]
        if number not in {"4723", "4724"} or not re.search(
            r"audit[ _]?failure|0x8010000000000000", around, re.IGNORECASE
        ):
            return None
    elif code not in names.known and prefix != "PasswordReset":
        return None
    return Hit(code, family, found.start(), found.end(), "field", weight)


def _sap_hana(found: re.Match[str], _: Names) -> Hit:
    return Hit(f"SapHana:{found['number']}", "power-bi", found.start("number"), found.end(), "field", 40)


def _pass_through(found: re.Match[str], _: Names) -> Hit:
    return Hit(f"PTA:{found['digits']}", "pass-through", found.start(), found.end(), "field", 60)


def _driver(found: re.Match[str], names: Names) -> Hit | None:
    code = found["code"]
    return (
        Hit(code, "sql-server-driver", found.start("code"), found.end("code"), "field", 35)
        if code in names.known
        else None
    )


def _patterns(
    *rows: tuple[str, tuple[str, ...], str, Callable[[re.Match[str], Names], Hit | None]],
) -> Iterator[Family]:
    for name, anchors, pattern, read in rows:
        yield Family(name, anchors, re.compile(pattern, re.VERBOSE), read)


_PROVIDER = r"PasswordResetService|ADSync|Directory\ Synchronization|DCAgent|Microsoft-Windows-Security-Auditing|Report\ Server\ Windows\ Service"

FAMILIES: tuple[Family, ...] = tuple(
    _patterns(
        (
            "entra",
            ("aadsts",),
            r"(?i:AADSTS)[ _:-]?(?P<digits>[0-9]{2,9}(?P<split>[ \n,][0-9]{1,5}(?=:))?)(?![0-9])",
            _entra,
        ),
        ("entra-b2c", ("aadb2c",), r"(?i:AADB2C)[ _:-]?(?P<digits>[0-9]{5,7})(?![0-9])", _b2c),
        ("sspr", ("sspr",), r"(?<![A-Za-z])(?i:SSPR)[_ -](?P<digits>[0-9]{3,5})(?![0-9])", _sspr),
        (
            "sspr",
            ("onpremisessuccesscloudfailure",),
            r"(?<![A-Za-z])(?P<code>OnPremisesSuccessCloudFailure)\b",
            _whole("sspr", 60),
        ),
        (
            "power-bi",
            ("dm_gw", "dmts_", "modelrefresh", "dm_"),
            r"(?<![A-Za-z0-9_])(?P<code>(?:DM_|DMTS_|ModelRefresh(?:Disabled|Failed)?_)[A-Za-z0-9_]{3,120}+)",
            _power_bi,
        ),
        (
            "power-bi",
            ("pbi.error", "serviceexceptionjson", "exceptionculprit", "powerbi", "errorcode"),
            r"""(?:(?:pbi\.error"{1,2}:\s{0,8}\{{1,2}\s{0,8}"code|serviceExceptionJson"\s{0,4}:\s{0,4}"\{\s{0,8}"errorCode)"\s{0,4}:\s{0,4}"
                |(?P<loose>["'](?:errorCode|code)["']\s{0,4}:\s{0,4}["']|\((?=rs)))
                (?P<code>[A-Za-z][A-Za-z0-9_]{3,100}+)(?=["')])""",
            _pbi_field,
        ),
        (
            "power-bi",
            ("mashup.errorcode",),
            r"""Microsoft\.Data\.Mashup\.ErrorCode(?:\s{0,4}=\s{0,4}|"\s{0,4},\s{0,4}"detail"\s{0,4}:\s{0,4}\{\s{0,8}"type"\s{0,4}:\s{0,4}[0-9]{1,2}\s{0,4},\s{0,8}"value"\s{0,4}:\s{0,4}"?)
                (?P<number>-?[0-9]{3,10})(?![0-9])""",
            _mashup,
        ),
        (
            "data-factory",
            ("errorcode=", 'errorcode":', 'errorcode" :'),
            r"""(?i:ErrorCode)(?:=|"\s{0,4}:\s{0,4}")(?P<code>[A-Z][A-Za-z0-9]{3,120}+)(?P<type>,'Type=|'?,\s?Message=)?""",
            _pipeline_name,
        ),
        (
            "data-factory",
            ("errorcode", "error code", "user configuration issue", "failuretype"),
            r"""["']errorCode["']\s{0,4}:\s{0,4}["']?(?P<json>[0-9]{3,5})["']?(?=\s{0,8},?\s{0,40}["'](?:message|failureType|target|details)["'])
               |(?i:error\ code):?\s{1,8}(?P<portal>[0-9]{3,5})(?=[\s,]{1,8}(?i:failure\ type|user\ configuration\ issue|details))
               |(?<![0-9.])(?P<line>[0-9]{4})\ (?=(?:User|System)\ (?:configuration\ issue|error)\b)
               |["']message["'](?=[^\n]{0,2000}["']failureType)[^\n]{0,4000}?["']errorCode["']\s{0,4}:\s{0,4}["'](?P<first>[0-9]{3,5})["']""",
            _pipeline_number,
        ),
        (
            "sql-server",
            ("sqlerrornumber", "severity", "level", "error number", "sql server"),
            r"""SqlErrorNumber\s{0,2}[=:]\s{0,2}(-?[0-9]{1,6})
               |\bMsg\ ([0-9]{1,6}),\ Level\ [0-9]{1,2}
               |\bError:\ ([0-9]{1,6}),\ Severity:\ [0-9]{1,2}
               |Error\ Number:\s{0,2}([0-9]{1,6}),\s{0,2}State:
               |Microsoft\ SQL\ Server,\ Error:\ ([0-9]{1,6})\)
               |\[SQL\ Server\][^\n]{1,300}?\s\(([0-9]{2,6})\)""",
            _sql_number,
        ),
        (
            "data-factory",
            ("df-",),
            r"(?<![A-Za-z0-9-])(?P<code>DF-[A-Za-z0-9]{2,40}+-[A-Za-z0-9-]{2,60}+)",
            _data_flow,
        ),
        (
            "spark",
            ("_", "sqlstate"),
            r"""(?P<thrown>(?:Exception|Error|error|failed|failure)["']?:\s{1,4}["']?)?\[(?P<code>_?[A-Z][A-Z0-9]{1,40}+(?:(?:_[A-Z0-9]{1,40}+){1,20}+(?:\.[A-Z0-9_]{2,100}+)?+|\.[A-Z0-9_]{2,100}+|(?=\]\ [A-Z])))(?=\])""",
            _condition,
        ),
        (
            "databricks",
            ("_",),
            r"""(?:(?<![A-Za-z0-9_.\[$+])|(?<=\]:)|(?<=\)))(?P<code>[A-Z][A-Z0-9]{1,40}+(?:_[A-Z0-9]{1,40}+){1,20}+)(?::\s{1,2}(?=[A-Z'"`\[<][\w'<\[(]|[a-z]+\ [a-z])|(?=\((?:CLIENT_ERROR|SERVICE_FAULT|CLOUD_FAILURE)\)))""",
            _spoken,
        ),
        (
            "databricks",
            ("error_code", "errorcode", "code: ", "termination", "error_class", "errorclass", '"code"'),
            r"""(?:error_code["']?|error_?[cC]lass["']?|termination(?:_reason|\ info)[\w\ ":{]{0,40}code["']?|Termination\ info:\ code|result_state_code)\s{0,4}[:=]\s{0,4}["']?(?P<code>[A-Z][A-Z0-9_]{3,80}+(?:\.[A-Z0-9_]{2,80}+)?+)(?![a-z])""",
            _databricks_field,
        ),
        (
            "databricks",
            ("_error_code",),
            r"(?:azure|aws|gcp)_error_code:\s{0,2}(?P<code>[A-Za-z][A-Za-z0-9._]{3,80}+)",
            _cloud_field,
        ),
        (
            "fabric",
            ("[", "code = "),
            r"""(?::\s\[(?P<code>[A-Z][a-z]+(?:[A-Z][a-z0-9]+){2,12}+)\](?=\s[A-Z][a-z]+\s))""",
            _fabric_bracket,
        ),
        ("fabric", ("code = ",), r"\bCode\ ?=\ ?(?P<code>[A-Z][A-Za-z0-9]{5,100}+)(?=,\ ?Message\b)", _fabric_bracket),
        (
            "spark",
            ("concurrent", "metadatachangedexception", "protocolchangedexception"),
            r"""(?<![A-Za-z])(?P<code>(?:Delta)?Concurrent[A-Z][A-Za-z]{3,30}Exception|MetadataChangedException|ProtocolChangedException)(?P<message>:\s)?""",
            _conflict,
        ),
        (
            "snowflake",
            ("(", "code", ": "),
            r"""(?<![0-9A-Za-z.-])(?:(?P<digits>[0-9]{6})\ \((?P<state>[0-9A-Z]{5}|None)\)
               |(?P<colon>0[0-9]{5}|(?:25|26|39|40|41)[0-9]{4}):\s(?=[A-Z])
               |["']code["']\s{0,4}:\s{0,4}["']?(?P<field>0[0-9]{5}|39[0-9]{4}|25[0-9]{4})["']?(?=\s{0,4}[,}])
               |(?i:vend[eo]r\ code|snowflake\ error(?:\ code)?|ErrorCode)[:=]?\s{1,2}(?P<vendor>0[0-9]{5}|(?:10|25|26|39)[0-9]{4})(?![0-9]))""",
            _snowflake,
        ),
        (
            "snowflake",
            ('<<"code">>',),
            r"""<<"code">>\s{0,4}=>\s{0,4}<<"(?P<state>)(?P<colon>)(?P<vendor>[0-9]{6})(?P<field>)">>""",
            _snowflake,
        ),
        ("snowflake", ("snowpark",), r"Snowpark[A-Za-z]{1,40}+:\s{1,2}\((?P<digits>[0-9]{4})\)", _snowpark),
        (
            "dbt",
            (" error",),
            r"""(?<![A-Za-z])(?P<kind>Database|Compilation|Runtime|Validation|Parsing|Dependency|Config)\ Error(?=
                \ in\ (?:model|test|macro|seed|snapshot|source|operation|sql\ operation|analysis|exposure|hook|rpc|query|unit_test|function)\b
               |\s{1,4}[0-9]{6}\ \(|\n\ {2,8}\S)""",
            _dbt,
        ),
        (
            "dbt-fusion",
            ("dbt",),
            r"(?:(?<=error:\ )|(?<=\[)|(?<=\ )|(?<=^))(?P<code>dbt[0-9]{4})(?=:\s|\])",
            _whole("dbt-fusion", 70),
        ),
        ("dbt", ('"code"',), r"""["']code["']:\s{0,2}["'](?P<code>[A-Z][0-9]{3})["']""", _dbt_event),
        (
            "hresult",
            ("hr=", "0x8", "0xc1", "0x0"),
            r"(?<![A-Za-z0-9])(?:(?i:hr)=(?:0[xX])?(?P<engine>[89][0-9A-Fa-f]{7})|0[xX](?P<digits>[0-9A-Fa-f]{8}))(?![0-9A-Za-z])",
            _hresult,
        ),
        (
            "windows-event",
            (
                "passwordresetservice",
                "adsync",
                "directory synchronization",
                "dcagent",
                "security-auditing",
                "report server",
            ),
            rf"""(?P<p1>{_PROVIDER})(?:["'/>,;\s]{{0,4}}<)?(?:[^\n<]{{0,60}}\n){{0,3}}?[^\n]{{0,80}}?(?i:EventID|Event\ ID|<EventID[^>]{{0,40}}>)["'\s:=>]{{0,8}}(?P<n1>[0-9]{{1,5}})(?![0-9])
               |(?i:EventID|Event\ ID)["'\s:=>]{{0,8}}(?P<n2>[0-9]{{1,5}})(?![0-9])(?:[^\n]{{0,120}}\n){{0,4}}?[^\n]{{0,120}}?(?P<p2>{_PROVIDER})
               |(?P<p3>PasswordResetService|ADSync)[\s,;:|]{{1,4}}(?P<n3>[0-9]{{3,5}})(?![0-9])""",
            _event,
        ),
        ("power-bi", ("hdbodbc",), r"HDBODBC\][^\n]{0,200}?;(?P<number>-?[0-9]{2,6})(?=\s)", _sap_hana),
        (
            "pass-through",
            ("reason: '",),
            r"request\ failed\.[^\n]{0,120}?Reason:\s{0,2}'(?P<digits>[0-9]{1,5})'",
            _pass_through,
        ),
        ("sql-server-driver", ("code: '",), r"""code:\s'(?P<code>E[A-Z]{3,20})'""", _driver),
    )
)
"""Every family that is told by the way it is printed."""
