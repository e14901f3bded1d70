"""Tells a code that is an error from a code that the text merely mentions."""

import re

from faultbook.patterns import later
from faultbook.recognise.families import Hit
from faultbook.recognise.program import is_article, is_program

_CODE_LINE = later(
    r"""\s{0,40}(?:[+-]\s{0,20})?(?:
        assert|expect|it\(|test\(|describe\(|(?:el)?if\s{1,3}(?:[^\n]{0,300})?["']\Z|if\s{0,3}\(|elif\s|while\s|else\ if|const\s|let\s|var\s|def\s|func\s|function\s|return\s|case\s
      | throw\ new|raise\s\w|\}?\s?catch\s|when\(|private\s|public\s|protected\s|static\s|final\s|val\s|@|//|/\*|<!--|import\s|from\s\w{1,60}\simport
      | \#{1,6}\s | \$[\w.]{1,80}\s{0,3}[=|] | [A-Z][A-Z_]{3,60}\s{0,3}[=:]\s{0,3}[\[({"'] | \w{1,60}\s{1,3}=\s{0,3}[\[({"'] | with\s\w{1,60}\( | mock | self\.assert
    )""",
    re.VERBOSE,
)
_CODE_INSIDE = later(
    r"""===|!==|==\s{0,2}["']|\.(?:includes|contains|Contains|startswith|StartsWith|indexOf|IndexOf|match|test|toContain|toEqual|toBe)\(|Should\ -|assertIn\(|toThrow|match=|\ in\ (?:msg|message|text|str\(|error|err|e\.)""",
    re.VERBOSE,
)
_LEAD_IN = later(
    r"""(?:\b(?:such\ as|like|e\.g\.|i\.e\.|for\ example|means?|meaning\ of|instead\ of|when\ you|if\ you|if\ the|whenever|returns?|handles?|handling|ignores?|ignoring
      |missing|mentions?|lists?|lacks?|describes?|covers?|documents?|documentation|docs|see|added?|adding|row|rows|entry|entries|about|called|named|catch|catches|detects?|explain|explains|explaining|versus|vs\.?|fix\ for|fixes)
      [\s:,"'`(*\[]{1,7}(?:the\s|an?\s)?(?:error\s(?:code\s)?)?["'`(*]{0,4})\Z""",
    re.VERBOSE | re.IGNORECASE,
)
_ERROR_BEFORE = later(
    r"""(?:^|[\n;|>)\]}"'\s])(?:error|err|exception|failed|failure|fatal|error\ code|error_?code|code|underlying\ error(?:\ code)?|details?|(?:error_?)?(?:message|description)|(?:(?:failure|result)_?)?reason|cause|status(?:_?code)?)["'*]{0,3}\s{0,3}[:=]{1,2}>?[\s"'*`(\[]{0,6}\Z""",
    re.VERBOSE | re.IGNORECASE,
)
_ERROR_WORD_FIRST = later(r"[\s>*_\"'`-]{0,12}error\s\Z", re.IGNORECASE)
_NAME_AFTER = later(r"\s(?:[A-Z][a-z0-9]+){2,10}+\s{0,4}(?:\n|\Z)")
_END_AFTER = later(r"""["'`*.)\]!]{0,5}[ ]{0,4}(?:\n|\Z)""")
_ALONE = later(r"""["'`*_ \n.]*+(?:\(?[A-Z][A-Za-z0-9]{5,100}+\)?["'`*_ \n.]*+)?""")
"""Nothing but the end, or the symbolic name that belongs to the code."""
_LOG_LINE = later(r"(?:\[?\d{4}[-/]\d\d[-/]\d\d|DM\.EnterpriseGateway|\w{3} [ \d]\d \d\d:|\d\d:\d\d:\d\d|I\d{4} )")
_TABLE = later(r"\s{0,20}\|[^\n|]{0,2000}\|[^\n]{0,2000}\|?\s{0,20}\Z")
_EXPLAINED = later(r"""["'`*)\]]{0,4}\s?[:-]{1,2}\s{1,2}[a-z]{2,}[\s-][a-z(]""")
_TOLD = later(r"""(?:\b[a-z]{2,}\s|\A\s{0,8}[-*]\s|[a-z]{2,}\scodes?:\s)["'`(*]{0,3}\Z""")
_SIGN_IN = {"entra", "entra-b2c", "sspr"}
_IN_BRACKETS = later(r"\(`\Z")
_ERROR_CODE_BEFORE = later(r"(?:error code|details?:?)\s{1,3}\Z", re.IGNORECASE)
_STATUS_BEFORE = later(r"\bstatus\s{0,2}:\s{0,2}(?:0x)?8[0-9a-f]{7}\s{0,2}:\s{0,2}\Z", re.IGNORECASE)
"""A program that prints its own number of the failure in front of the code."""
_LABEL_ABOVE = later(r"(?:error code|code|error|status|reason)\s{0,2}:?\s{0,3}\n\s{0,4}\Z", re.IGNORECASE)
_QUOTES = {'"', "'"}
_QUOTE = "\"'`*_ "


def line_around(text: str, start: int, end: int, reach: int = 2000) -> tuple[str, str]:
    """What stands before and after a place, on its own line and within reach."""
    begin = max(text.rfind("\n", max(start - reach, 0), start) + 1, start - reach, 0)
    stop = text.find("\n", end, end + reach)
    return text[begin:start], text[end : stop if stop >= 0 else end + reach]


def is_error(hit: Hit, text: str, *, footed: bool) -> bool:
    """Whether the code at this place is an error that happened. ``footed``: ids or a time of its own stand near it."""
    if hit.form == "link":
        return False
    before, after = line_around(text, hit.start, hit.end)
    if hit.form != "bare" and _LOG_LINE.match(before):  # no program, table or article begins a line with the time
        return hit.form == "field" or footed or _LEAD_IN.search(before[-60:]) is None
    if _TABLE.match(before + text[hit.start : hit.end] + after) and before.count("|") + after.count("|") >= 3:
        return False
    if (
        _CODE_LINE.match(before)
        or (hit.form != "field" and _CODE_INSIDE.search(before[-200:]))
        or _CODE_INSIDE.match(after[:40])
    ):
        return False
    if not footed and (is_program(text, hit.start, hit.end) or is_article(text, hit.start, hit.end)):
        return False
    if hit.form == "field":
        return True
    if hit.form == "message":
        return footed or not (
            _LEAD_IN.search(before[-60:]) or _IN_BRACKETS.search(before) or _is_explained(hit, before, after)
        )
    return _bare_error(hit, text, before, after, footed=footed)


def _is_explained(hit: Hit, before: str, after: str) -> bool:
    """Whether somebody says behind a sign-in code what it stands for: its own messages begin with a capital."""
    return (
        hit.family in _SIGN_IN
        and _TOLD.search(before if len(before) < 90 else f"x{before[-90:]}") is not None
        and _EXPLAINED.match(after) is not None
    )


def _bare_error(hit: Hit, text: str, before: str, after: str, *, footed: bool) -> bool:
    """A code without a sentence counts where it stands alone, or where an error is announced and the line ends with it."""
    if not before.strip(_QUOTE) and text[: hit.start].strip(_QUOTE + "\n") == "" and _ALONE.fullmatch(text, hit.end):
        return True
    ends = _END_AFTER.match(after + "\n") is not None
    if ends and not before.strip(_QUOTE) and _LABEL_ABOVE.search(text, max(hit.start - 60, 0), hit.start):
        return True
    if _ERROR_BEFORE.search("\n" + before) and (
        ends or footed or hit.family in {"power-bi", "sspr"} or (before[-1:] in _QUOTES and after[:1] == before[-1:])
    ):
        return True
    if (hit.family == "power-bi" and _ERROR_CODE_BEFORE.search(before)) or _STATUS_BEFORE.search(before[-60:]):
        return True
    if _ERROR_WORD_FIRST.fullmatch(before) and (ends or _NAME_AFTER.match(after + "\n")):
        return True
    if footed and (ends or not before.strip(_QUOTE)):
        return True
    if hit.family in {"power-bi", "broker"} and ends and not before.strip(_QUOTE):
        return True
    return hit.family == "power-bi" and _LOG_LINE.match(before) is not None
