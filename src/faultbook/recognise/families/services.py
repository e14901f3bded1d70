"""Power BI, its gateway, Fabric and pipelines."""

import re

from faultbook.patterns import later
from faultbook.recognise.families.family import Family, Form, Hit, Names, Reader, around, family, form_after

_UMBRELLA = frozenset(
    {
        "DM_GWPipeline_Gateway_MashupDataAccessError",
        "DM_GWPipeline_UnknownError",
        "ModelRefresh_ShortMessage_ProcessingError",
    }
)
"""Codes under which the gateway and the refresh hand on whatever went wrong below them."""


def _power_bi(found: re.Match[str], _: Names) -> Hit | None:
    code = found["code"]
    if code.startswith("DM_ErrorDetail") or code.endswith("_") or "DM_ErrorDetail".startswith(code):  # the last is cut
        return None
    before = around(found, 3, -len(code))
    form: Form = "field" if before[-1:] in {'"', "'"} and ":" in before else form_after(found.string, found.end())
    return Hit(code, "power-bi", found.start(), found.end(), form, 45 if code in _UMBRELLA else 55)


_SERVICE = later(
    r"power ?bi|technicalDetails|pbi\.error|fabric\.microsoft|serviceExceptionJson|analysis\.windows\.net",
    re.IGNORECASE,
)
_TWO_HUMPS = later(r"(?:[A-Z]+[a-z0-9]+){2,}")
_HUMPS = later(r"(?:[A-Z]+[a-z0-9]+){3,}")


def _service_field(found: re.Match[str], names: Names) -> Hit | None:
    """The code of a JSON answer: sure inside Power BI's own envelope, else if it is published or the text speaks of the service."""
    code = found["code"]
    named = code in names.service
    if not found["loose"]:
        sure = True
    elif found["said"]:
        sure = named and _SERVICE.search(around(found, 600, 600)) is not None
    elif found["request"] or '"requestId"' in around(found, 0, 600):
        sure = named or _HUMPS.fullmatch(code) is not None
    else:
        sure = (named and _HUMPS.fullmatch(code) is not None) or (
            _TWO_HUMPS.fullmatch(code) is not None and _SERVICE.search(around(found, 1200, 1200)) is not None
        )
    if not sure:
        return None
    return Hit(code, "power-bi", found.start("code"), found.end("code"), "field", 50)


def _mashup(found: re.Match[str], _: Names) -> Hit:
    return Hit(
        f"Microsoft.Data.Mashup.ErrorCode={found['number']}", "power-bi", found.start(), found.end(), "field", 48
    )


def _report(found: re.Match[str], _: Names) -> Hit:
    """A code of a paginated report; that its processing ended is said above whatever ended it."""
    code = found["code"] or found["alone"]
    at = found.start("code") if found["code"] else found.start("alone")
    return Hit(code, "power-bi", at, at + len(code), "field", 45 if code == "rsProcessingAborted" else 50)


def _sap_hana(found: re.Match[str], _: Names) -> Hit:
    return Hit(f"SapHana:{found['number']}", "power-bi", found.start("number"), found.end(), "field", 40)


def _pipeline_name(found: re.Match[str], names: Names) -> Hit | None:
    code = found["code"]
    if code not in names.pipeline and not found["type"] and not code.startswith("UserError"):
        return None
    return Hit(code, "data-factory", found.start("code"), found.end("code"), "field", 70)


_ACTIVITY = later(r"failureType|ErrorCode=|pipeline|activity|integration runtime", re.IGNORECASE)


def _pipeline_number(found: re.Match[str], _: Names) -> Hit | None:
    number = found["json"] or found["portal"] or found["line"] or found["last"]
    if found["json"] and not _ACTIVITY.search(around(found, 1000, 4000)):
        return None
    return Hit(f"ADF:{number}", "data-factory", found.start(), found.end(), "field", 20)


_NAMED = later(r"fabric|power ?bi", re.IGNORECASE)
_ITEMS = later(r"fabric|power ?bi|notebook|lakehouse|semantic model|dataset|dataflow", re.IGNORECASE)


def _announced(found: re.Match[str], names: Names) -> Hit | None:
    """``Error Code: Name`` above ``Message: sentence`` or ``Request ID: …``, where the text speaks of items of a workspace."""
    said = around(found, 600, 600)
    if not _ITEMS.search(said):
        return None
    known = found["code"] in names.service and ("_" in found["code"] or _NAMED.search(said))
    if _TWO_HUMPS.fullmatch(found["code"]) is None and not known:
        return None  # *Forbidden* and the like are words of every service
    return Hit(found["code"], "fabric", found.start("code"), found.end("code"), "field", 50)


def _data_flow(found: re.Match[str], _: Names) -> Hit:
    code = found["code"].rstrip("-")
    before = around(found, 4, -len(found["code"]))
    form: Form = "field" if before[-1:] in {'"', "=", "'"} else form_after(found.string, found.end())
    if form == "bare" and re.match(r" at \w| '", found.string[found.end() : found.end() + 6]):
        form = "message"
    return Hit(code, "data-factory", found.start(), found.start() + len(code), form, 80)


def _whole_field(name: str, weight: int) -> Reader:
    """A reader for a code that stands where only codes stand."""

    def read(found: re.Match[str], _: Names) -> Hit:
        return Hit(found["code"], name, found.start("code"), found.end("code"), "field", weight)

    return read


_CAMEL = r"[A-Z][a-z]+(?:[A-Z]{1,6}[a-z0-9]+){2,12}+"

FAMILIES: tuple[Family, ...] = (
    family(
        "power-bi",
        ("dm_", "dmts_", "modelrefresh"),
        r"(?<![A-Za-z0-9_])(?P<code>(?:DM_|DMTS_|ModelRefresh(?:Disabled|Failed)?_)[A-Za-z0-9_]{3,120}+)",
        _power_bi,
    ),
    family(
        "power-bi",
        ("pbi.error", "serviceexceptionjson", '"code"', "'code'", 'errorcode"', "errorcode'", '"message"'),
        r"""(?:(?:pbi\.error"\s{0,4}:\s{0,4}\{\s{0,8}"code|serviceExceptionJson"\s{0,4}:\s{0,4}"\{\s{0,8}"errorCode)"\s{0,4}:\s{0,4}"
            |(?P<loose>(?P<request>["']requestId["']\s{0,4}:\s{0,4}["'][^"'\n]{1,60}["'],\s{0,8})?["'](?:errorCode|code|(?P<said>message))["']\s{0,4}:\s{0,4}["']))
            (?P<code>[A-Za-z][A-Za-z0-9_]{3,100}+)(?=["'])(?!["']\s{0,4},\s{0,4}["']detail["'])""",
        _service_field,
    ),
    family(
        "power-bi",
        ("mashup.errorcode",),
        r"""Microsoft\.Data\.Mashup\.ErrorCode
            (?:\s{0,4}=\s{0,4}|"\s{0,4},\s{0,4}"detail"\s{0,4}:\s{0,4}\{\s{0,8}"type"\s{0,4}:\s{0,4}[0-9]{1,2}\s{0,4},\s{0,8}"value"\s{0,4}:\s{0,4}"?)
            (?P<number>-?[0-9]{3,10})(?![0-9])""",
        _mashup,
    ),
    family(
        "power-bi",
        ("(rs", "(rr", "more details"),
        r"\((?P<code>r[rs][A-Z][A-Za-z]{4,60})\)|(?:\A|(?<=\n))(?P<alone>rs[A-Z][A-Za-z]{4,60})(?=\nMore\ details)",
        _report,
    ),
    family("power-bi", ("hdbodbc",), r"HDBODBC\][^\n]{0,200}?;(?P<number>-?[0-9]{2,6})(?=\s)", _sap_hana),
    family(
        "data-factory",
        ("errorcode=", 'errorcode":', "errorcode' :", 'errorcode" :'),
        r"""(?i:ErrorCode)(?:=|"\s{0,4}:\s{0,4}")(?P<code>[A-Z][A-Za-z0-9]{3,120}+)(?P<type>,'Type=|'?,\s?(?:Error)?Message=)?""",
        _pipeline_name,
    ),
    family(
        "data-factory",
        ('errorcode"', "errorcode'", "error code", "configuration issue", "failuretype", "user error", "system error"),
        r"""["']errorCode["']\s{0,4}:\s{0,4}["']?(?P<json>[0-9]{3,4})["']?(?=\s{0,8},?\s{0,40}["'](?:message|failureType|target|details)["'])
           |(?i:error\ code):?\s{1,8}(?P<portal>[0-9]{3,4})(?=[\s,]{1,8}(?i:(?:troubleshooting\ guide[\s,]{1,8})?failure\ type|user\ configuration\ issue|details))
           |(?<![0-9.])(?P<line>[0-9]{4})\ (?=(?:User|System)\ (?:configuration\ issue|error)\b)
           |["']failureType["'][^\n]{0,2000}?["']errorCode["']\s{0,4}:\s{0,4}["'](?P<last>[0-9]{3,4})["']""",
        _pipeline_number,
    ),
    family(
        "data-factory", ("df-",), r"(?<![A-Za-z0-9-])(?P<code>DF-[A-Za-z0-9]{2,40}+[-_][A-Za-z0-9-]{2,60}+)", _data_flow
    ),
    family("data-factory", ("dfexecutor",), r"(?<![A-Za-z])(?P<code>DFExecutor[A-Z][A-Za-z]{3,40}+)", _data_flow),
    family("fabric", (": [",), rf":\s\[(?P<code>{_CAMEL})\](?=\s[A-Z][a-z]+\s)", _whole_field("fabric", 58)),
    family(
        "fabric",
        (": [",),
        rf"(?<![\w.])(?P<code>{_CAMEL})(?=:\ \[[A-Z][A-Za-z]{{3,60}}\]\s)",
        _whole_field("fabric", 52),
    ),
    family(
        "fabric",
        ("livy",),
        r"(?<![\w.])(?P<code>Livy[A-Z][A-Za-z]{3,60}(?:Failure|Error|Exception))(?=:\ [A-Z]|,\ Error\ value)",
        _whole_field("fabric", 52),
    ),
    family(
        "fabric",
        ("x-ms-public-api-error-code", "x-powerbi-error-info"),
        r"""(?i:x-ms-public-api-error-code|x-powerbi-error-info)["']{0,2}\s{0,3}[:=]\s{0,3}["']{0,2}(?P<code>[A-Z][A-Za-z0-9_]{3,100}+)""",
        _whole_field("fabric", 52),
    ),
    family(
        "fabric",
        ("error code:",),
        r"(?i:error\ code):\ {1,2}(?P<code>(?:[A-Z]+[a-z0-9]+_?){1,12}+)(?=(?:\s{0,4}\n[\s│]{0,8}|\.\ )(?:(?:Error\ )?Message|Request\ ID):)",
        _announced,
    ),
    family(
        "fabric",
        ("errorcode: ",),
        r"requestId:\ [^,\n]{1,60},\ errorCode:\ (?P<code>[A-Z][A-Za-z0-9]{5,100}+)(?=,\ message:)",
        _whole_field("fabric", 52),
    ),
    family(
        "fabric",
        ("error code: ",),
        rf"""(?i:error\ code):\ [A-Z][A-Za-z]{{2,60}}+\ /\ (?P<code>{_CAMEL})(?=\s{{0,4}}(?:\n|\Z))""",
        _whole_field("fabric", 52),
    ),
    family(
        "fabric",
        ("api error code:",),
        r"API\ error\ code:\ '(?P<code>[A-Z][A-Za-z0-9_]{5,100}+)(?=')",
        _whole_field("fabric", 52),
    ),
    family(
        "fabric",
        ("livy_job",),
        r"(?:\A|\n|(?:Error|Code|Reason):\s{0,2})(?P<code>LIVY_JOB_[A-Z_]{3,40}+)(?=\s{0,4}(?:\n|\Z)|:\s|,)",
        _whole_field("fabric", 52),
    ),
    family(
        "fabric",
        ("code = ", "code="),
        r"\bCode\ ?=\ ?(?P<code>[A-Z][A-Za-z0-9]{5,100}+)(?=,\ ?Message\b)",
        _whole_field("fabric", 58),
    ),
)
