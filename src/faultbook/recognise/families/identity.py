"""Sign-in, password reset and directory synchronisation."""

import re

from faultbook.recognise.families.family import Family, Form, Hit, Names, around, family, form_after, whole


def _entra(found: re.Match[str], names: Names) -> Hit | None:
    digits = re.sub(r"\D", "", found["digits"])
    if found["split"] and f"AADSTS{digits}" not in names.known:
        first = re.split(r"\D", found["digits"])[0]
        return (
            Hit(f"AADSTS{first}", "entra", found.start(), found.start("split"), "bare", 90) if len(first) >= 5 else None
        )
    if not 5 <= len(digits) <= 7:
        return None
    return Hit(f"AADSTS{digits}", "entra", found.start(), found.end(), form_after(found.string, found.end()), 90)


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


_ENGINE = re.compile(
    r"Synchronization Engine|BAIL:|ERR_:|MMS\(|ErrorType|TrackingId|Tracking Id|PasswordReset|ADSync", re.IGNORECASE
)


_OF_WINDOWS = re.compile(r"0x80070005\Z")
"""What every program on Windows prints of a refusal; it is the engine's only beside the engine's own words."""
_WRITEBACK = re.compile(r"PasswordReset|cloudAnchor|write-?back|SSPR", re.IGNORECASE)
_ANNOUNCED = re.compile(r"(?:code|error|hresult|status)[\"']?[:=(\s]{1,3}[\"']?\Z", re.IGNORECASE)
_SET_OFF = re.compile(r"\s?[.:;,('\"\n]|\s{0,4}\Z")


def _hresult(found: re.Match[str], names: Names) -> Hit | None:
    printed = found["bail"] or found["provider"]
    code = f"0x{(found['engine'] or printed or found['digits']).lower()}"
    engine = found["engine"] or printed
    if _OF_WINDOWS.match(code) and not (engine and _of_engine(found)):
        return None
    if engine:
        start = found.end() - len(printed) if printed else found.start()
        return Hit(code, "hresult", start, found.end(), "field", 62)
    if not code.startswith(("0x8023", "0xc11")) and code not in names.known:
        return None
    form = _form_of_number(found)
    if form == "bare" and _ENGINE.search(around(found, 300, 300)):
        form = "field"
    return Hit(code, "hresult", found.start(), found.end(), form, 62)


def _of_engine(found: re.Match[str]) -> bool:
    """Whether words of writeback or of the sync engine stand around."""
    words = around(found, 300, 300)
    return bool(_ENGINE.search(words) or _WRITEBACK.search(words))


def _form_of_number(found: re.Match[str]) -> Form:
    """How a number in hexadecimal digits stands there: by itself it says less than a name."""
    announced = _ANNOUNCED.search(around(found, 16, -len(found[0])))
    if announced is not None and (":" in announced[0] or "=" in announced[0]):
        return "field"
    ends = announced is not None and _SET_OFF.match(found.string[found.end() : found.end() + 4])
    return "message" if ends else "bare"


def _broker(found: re.Match[str], names: Names) -> Hit | None:
    """Facility CAA in hexadecimal digits, or as the number that they make with a sign or without."""
    printed = found["signed"] or found["unsigned"]
    code = f"0x{int(printed) & 0xFFFFFFFF:08x}" if printed else f"0xcaa{found['digits'].lower()}"
    if code not in names.known and not found["prefix"]:
        return None
    if printed:
        return Hit(code, "broker", found.start(), found.end(), "field", 50)
    form = _form_of_number(found)
    if form == "bare":
        form = form_after(found.string, found.end())
    return Hit(code, "broker", found.start(), found.end(), form, 50)


_PROVIDERS = {
    "passwordreset": ("PasswordReset", "password-writeback", 65),
    "adsync": ("ADSync", "entra-connect", 58),
    "directory synchronization": ("ADSync", "entra-connect", 58),
    "dcagent": ("PasswordProtection", "password-protection", 65),
    "security-auditing": ("WinSec", "windows-security", 65),
    "report server": ("ReportServer", "report-server", 65),
}
_PROSE = re.compile(r"\s[a-z]{2,}\s[a-z]")
_ENGINE_OF_SYNC = re.compile(r"BAIL: MMS\(|Azure AD (?:Sync|Connect)|Entra Connect|password hash")


def _event(found: re.Match[str], names: Names) -> Hit | None:
    groups = found.groupdict()
    number = next(value for key, value in groups.items() if key.startswith("n") and value)
    provider = next((value for key, value in groups.items() if key.startswith("p") and value), "passwordreset").lower()
    if groups["n7"] and (
        f"{groups['n7']} {groups['title']}" not in names.events or _PROSE.match(found.string, found.end())
    ):
        return None
    if groups["n9"]:
        if f"ADSync:{groups['n9']}" not in names.known or not _ENGINE_OF_SYNC.search(around(found, 200, 800)):
            return None
        provider = "adsync"
    if groups["n5"] and not _WRITEBACK.search(around(found, 800, 1500)):
        return None
    prefix, name, weight = next(value for key, value in _PROVIDERS.items() if key in provider)
    code = f"{prefix}:{number}"
    if prefix == "WinSec":
        if number not in {"4723", "4724"} or not re.search(
            r"audit[ _]?failure|0x8010000000000000", around(found, 400, 600), re.IGNORECASE
        ):
            return None
    elif code in names.normal or (code not in names.known and prefix != "PasswordReset"):
        return None
    return Hit(code, name, found.start(), found.end(), "field", weight)


def _pass_through(found: re.Match[str], _: Names) -> Hit:
    return Hit(f"PTA:{found['digits']}", "pass-through", found.start(), found.end(), "field", 60)


_PROVIDER = r"PasswordResetService|ADSync|Directory\ Synchronization|DCAgent|Microsoft-Windows-Security-Auditing|Report\ Server\ Windows\ Service"
_EVENT_ID = r"(?:(?i:EventID|Event\ ID|InstanceId|<EventID[^>]{0,40}>)|\bId(?=\s{0,14}:))"

FAMILIES: tuple[Family, ...] = (
    family(
        "entra",
        ("aadsts",),
        r"(?i:AADSTS)[\s_:-]?(?P<digits>[0-9]{2,9}(?P<split>[\s,][0-9]{1,5}(?=:))?)(?![0-9])",
        _entra,
    ),
    family("entra-b2c", ("aadb2c",), r"(?i:AADB2C)[\s_:-]?(?P<digits>[0-9]{5,7})(?![0-9])", _b2c),
    family(
        "sspr",
        ("sspr",),
        r"(?<![A-Za-z])(?i:SSPR)(?:[\ _-](?=[0-9]{3,5}(?![0-9]))|(?=[0-9]{4}(?![0-9])))(?P<digits>[0-9]{3,5})",
        _sspr,
    ),
    family(
        "sspr",
        ("onpremisessuccesscloudfailure",),
        r"(?<![A-Za-z])(?P<code>OnPremisesSuccessCloudFailure)\b",
        whole("sspr", 60),
    ),
    family(
        "hresult",
        ("hr=", "0x8", "0xc1", "0x0", "bail:", "err_:", "ole db"),
        r"""(?<![A-Za-z0-9])(?:(?i:hr)=(?:0[xX])?(?P<engine>[89][0-9A-Fa-f]{7})
           |(?:BAIL|ERR_):\ [^\n]{1,300}?:\ 0x(?P<bail>[89][0-9A-Fa-f]{7})
           |OLE\ DB\ or\ ODBC\ error:\ Exception\ from\ HRESULT:\ 0x(?P<provider>8[0-9A-Fa-f]{7})
           |0[xX](?![cC][aA]{2})(?P<digits>[0-9A-Fa-f]{8}))(?![0-9A-Za-z])""",
        _hresult,
    ),
    family(
        "broker",
        ("caa", "wam_", "-89", "code"),
        r"""(?<![A-Za-z0-9])(?:
            (?P<prefix>0[xX])?[cC][aA]{2}(?P<digits>[1-9Aa][0-9A-Fa-f]{4})
           |(?i:code|error)[\ :=(]{1,4}(?P<signed>-89[45][0-9]{6})
           |(?:WAM_[a-z_]{1,40}_|(?i:code)[\ :=(]{1,4})(?P<unsigned>3(?:399|400)[0-9]{6})
           )(?![0-9A-Za-z]|-[0-9A-Fa-f]{4}-)""",
        _broker,
    ),
    family(
        "windows-event",
        (
            "passwordresetservice",
            "error",
            "adsync",
            "directory synchronization",
            "dcagent",
            "security-auditing",
            "report server",
            "event id",
            "eventid",
        ),
        rf"""(?P<p1>{_PROVIDER})(?:["'/>,;\s]{{0,4}}<)?(?:[^\n<]{{0,60}}\n){{0,3}}?[^\n]{{0,80}}?{_EVENT_ID}["'\s:=>]{{0,16}}(?P<n1>[0-9]{{1,5}})(?![0-9])
           |{_EVENT_ID}["'\s:=>]{{0,16}}(?P<n2>[0-9]{{1,5}})(?![0-9])(?:[^\n]{{0,120}}\n){{0,4}}?[^\n]{{0,120}}?(?P<p2>{_PROVIDER})
           |(?<![0-9])(?P<n8>3[1-4][0-9]{{3}})[\s,;]{{1,4}}(?P<p8>PasswordResetService)
           |(?<![0-9])(?P<n7>3[1-4][0-9]{{3}})[\s:(-]{{1,3}}(?P<title>[A-Z][A-Za-z]{{6,60}})
           |\bEvent\ (?P<n6>[0-9]{{3,5}}),\ (?P<p6>{_PROVIDER})
           |(?P<p3>PasswordResetService|ADSync|Directory\ Synchronization)[\s,;:|]{{1,4}}(?P<n3>[0-9]{{3,5}})(?![0-9])
           |(?P<p4>{_PROVIDER})\s{{1,8}}(?:[^\n]{{0,200}}\n){{1,4}}?[^\n]{{6,30}}\ (?P<n4>[0-9]{{3,5}})\ (?=Error|Warning)
           |{_EVENT_ID}["'\s:=>]{{0,8}}(?P<n5>3[1-4][0-9]{{3}})(?![0-9])
           |{_EVENT_ID}["'\s:=>]{{0,8}}(?P<n9>6[0-9]{{2,3}})(?![0-9])""",
        _event,
    ),
    family(
        "pass-through",
        ("reason: '",),
        r"request\ failed\.[^\n]{0,120}?Reason:\s{0,2}'(?P<digits>[0-9]{1,5})'",
        _pass_through,
    ),
)
