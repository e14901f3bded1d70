"""Sign-in codes printed as a bare number: in log rows, JSON fields, portal details and error lists."""

import csv
import re
from collections.abc import Iterator

from msgspec import Struct

from faultbook.patterns import later
from faultbook.recognise.families import Form, Hit
from faultbook.recognise.records import record

_LIST = later(
    r"""(?:error_?codes["']?|error\ code\(s\)[a-z\ ]{0,14})\s{0,4}(?::|=>?)\s{0,4}(?:\[|array:[0-9]{1,2}\ \[\S?\s{0,16}(?:0\ =>\ )?)\s{0,16}(?P<all>["']?[0-9]{5,7}[0-9"',\s]{0,80})""",
    re.VERBOSE | re.IGNORECASE,
)
_FIELD = later(
    r"""(?<![A-Za-z])(?:errorCode|error_code|resultType|errorNo|error\.code|status_errorCode|Sign-in\ error\ code)["'*]{0,3}\s{0,4}(?::|=>?)\s{0,4}["']{0,2}(?P<number>[1-9][0-9]{4,6})(?![0-9?])""",
    re.VERBOSE | re.IGNORECASE,
)
_PORTAL = later(
    r"(?:(?:sign-in )?error code|fehlercode|code d'erreur|c[oó]digo de err[or]{2}|エラー ?コード|错误代码|錯誤碼|(?P<short>(?:sign-in|login) error))[*]{0,2}(?::[*]{0,2}[ \t\n]{1,4}|[ \t]{1,4}(?:[-\u2013][ \t]{1,3})?[*]{0,2}|\n{1,2})(?P<number>[1-9][0-9]{4,6})(?![0-9?]|\.md)",
    re.IGNORECASE,
)
_CLIENT = later(
    r"Error\(s\): (?P<all>[0-9]{5,7}(?:, ?[0-9]{5,7}){0,8})(?= - )|(?:(?:invalid_[a-z]{4,10}|interaction_required|unauthorized_client): |AADSTSError \{ code: )(?P<one>[0-9]{5,7})(?= - \[|, description:)"
)
_EXPLAINED_BELOW = later(r"\s{1,6}(?:Message|Remediation):")
_RUNNING_ON = later(r"[`'\"]?\s{0,2}(?:\(|[a-z]+[ \n][a-z])")
_LINK = later(r"/error\?code=(?P<number>[0-9]{5,7})(?![0-9])")
_SIGN_IN = later(
    r"failure ?reason|login error|request id|correlation id|sign-?in|conditional ?access|additionalDetails|resultDescription|userPrincipalName|microsoftonline|AADSTS|tenant|anforderungs-?id|korrelations-?id|anmeld|相関|要求 ?id|相关|请求",
    re.IGNORECASE,
)
_SURELY_SIGN_IN = later(
    r"sign-?in|conditional ?access|failure ?reason|microsoftonline|AADSTS|userPrincipalName", re.IGNORECASE
)
_SNOWFLAKE = later(r"snowflake|sqlState", re.IGNORECASE)
_HEADER = later(
    r"(?:^|\n)(?=[^\n]{0,4000}?(?:Sign-in error code|ResultType|resultType|status_errorCode))(?P<row>[^\n{}]{1,8000})(?=\n)"
)
_NUMBER = later(r"[1-9][0-9]{4,6}")
_HEADING = later(r"Sign-in error code|[Rr]esultType|status_errorCode")
# Each pattern with the words (lower case) of which one must be there: most texts need none of them.
LABELS = (
    (("codes", "code(s)"), _LIST),
    (("error(s)", "invalid_", "_required", "unauthorized_client", "aadstserror {"), _CLIENT),
    (("errorcode", "error_code", "resulttype", "errorno", "error.code", "sign-in error code"), _FIELD),
    (
        (
            "error code",
            "sign-in error",
            "login error",
            "fehlercode",
            "code d'erreur",
            "digo de err",
            "エラー",
            "错误代码",
            "錯誤碼",
        ),
        _PORTAL,
    ),
    (("/error?code=",), _LINK),
)
ANCHORS = tuple(word for words, _ in LABELS for word in words)
COLUMNS = ("sign-in error code", "resulttype", "status_errorcode", "status.errorcode")


class Row(Struct, frozen=True):
    """One line of a sign-in table: where it stands, and its ids and time."""

    start: int
    end: int
    cells: dict[str, str]


def hits(text: str, known: frozenset[str]) -> Iterator[Hit]:
    """Every bare number that stands where a sign-in code is printed; a number of another product becomes that product's code."""
    lower = text.lower()
    for words, pattern in LABELS:
        if not any(word in lower for word in words):
            continue
        for found in pattern.finditer(text):
            if pattern is _LIST or pattern is _CLIENT:
                yield from _each(found, "all" if found["all"] else "one")
            elif pattern is _LINK:
                yield _hit(found["number"], found.start(), found.end(), "link")
            elif (hit := _placed(found, known)) is not None:
                yield hit


def _placed(found: re.Match[str], known: frozenset[str]) -> Hit | None:
    """A number under a label that several products use: whose it is, is told by what is published and by the text around it."""
    number, text = found["number"], found.string
    if _in_a_sentence(found):
        return None
    around = record(text, found.start(), found.end(), 600)
    if (
        f"AADSTS{number}" not in known
        and re.fullmatch(r"(?:10|25|26|39)\d{4}", number)
        and _SNOWFLAKE.search(around + found[0])
    ):
        return Hit(number, "snowflake", found.start(), found.end(), "field", 76)
    if f"AADSTS{number}" in known:
        mine = (
            _SIGN_IN.search(around) is not None
            or _alone(text, found)
            or found[0].lower().startswith("resulttype")
            or _EXPLAINED_BELOW.match(text, found.end()) is not None
        )
    else:
        mine = _SURELY_SIGN_IN.search(around) is not None
    return _hit(number, found.start(), found.end(), "field") if mine else None


def _in_a_sentence(found: re.Match[str]) -> bool:
    """Whether words run on before and behind: *fails with error code 50126 (a wrong password) where*; of *a sign-in error 50126* one word before is enough."""
    short = found.groupdict().get("short") is not None
    blank = ":" not in found[0] and "=" not in found[0] and "\n" not in found[0]
    before = found.string[max(found.start() - 2, 0) : found.start()]
    return (
        blank
        and before[:1].islower()
        and before[1:] in {" ", "\n"}
        and (short or _RUNNING_ON.match(found.string, found.end()) is not None)
    )


def _alone(text: str, found: re.Match[str]) -> bool:
    return not text[: found.start()].strip() and not text[found.end() :].strip(" \n.")


def _each(found: re.Match[str], group: str) -> Iterator[Hit]:
    for digits in re.finditer(r"[0-9]{5,7}", found[group]):
        start = found.start(group) + digits.start()
        yield _hit(digits[0], start, start + len(digits[0]), "field")


def _hit(number: str, start: int, end: int, form: Form) -> Hit:
    return Hit(f"AADSTS{number}", "entra", start, end, form, 88)


class Heading(Struct, frozen=True):
    """The header of a sign-in table (comma, semicolon, tab or bar): its names in lower case, which of them holds the code, and where it ends."""

    names: tuple[str, ...]
    delimiter: str
    column: int
    end: int

    def row(self, line: str, start: int) -> tuple[Hit, Row] | None:
        """The failure in a line that stands at ``start``; a doubled column counts once, where it first has a value."""
        cells = _cells(line, self.delimiter) if self.delimiter in line else []
        value = cells[self.column].strip() if self.column < len(cells) else ""
        if not _NUMBER.fullmatch(value):
            return None
        kept: dict[str, str] = {}
        for name, cell in zip(self.names, cells, strict=False):
            if cell.strip():
                kept.setdefault(name, cell.strip())
        at = start + line.find(value)
        return _hit(value, at, at + len(value), "field"), Row(start, start + len(line), kept)


def heading(text: str) -> Heading | None:
    """The header of the first sign-in table in the text."""
    found = _HEADER.search(text) if _HEADING.search(text) else None
    if found is None:
        return None
    header = found["row"]
    delimiter = max(",;\t|", key=header.count)
    names = tuple(cell.strip().lower() for cell in _cells(header, delimiter))
    column = next((names.index(name) for name in COLUMNS if name in names), None)
    return Heading(names, delimiter, column, found.end() + 1) if column is not None and len(names) > 1 else None


def _cells(line: str, delimiter: str) -> list[str]:
    """None where it is no row: a cell without end, a line break of another system inside it."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def rows(text: str) -> Iterator[tuple[Hit, Row]]:
    """Failures in an exported sign-in table."""
    table = heading(text)
    if table is None:
        return
    start = table.end
    for line in text[start:].split("\n"):
        if made := table.row(line, start):
            yield made
        start += len(line) + 1
