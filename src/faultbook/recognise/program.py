"""Tells program text, tests, rules and articles, in which codes stand as constants or as a subject, from what a program printed."""

import re
from collections.abc import Iterator

from faultbook.patterns import later

_REACH = 4000
_LINES = 40
_AFTER = 500

_COMMENT = later(r"[,;{})\]]\s{1,60}(?://|\#|/\*)\s")
_BUILT = later(r"\bnew\s{1,3}[A-Z][\w.]{0,80}(?:<[\w,\ ]{0,40}>)?\(", re.VERBOSE)
_ARGUMENT = later(
    r"(?P<call>[\w.\])]{1,80})\((?:[\w.&*\[\]\s]{1,60},\s{1,3}){0,4}(?:\w{1,40}\s{0,2}=\s{0,2})?[$@frbu]{0,2}(?:\"{3}|'{3}|[\"'`])(?:[^\"'`\n]{0,60}|\{[^\n]{0,300})\Z"
)
_RAISED = later(r"(?:Error|Exception|Failure|Fault)\Z")
_ASSIGNED_CALL = later(r"\s{0,60}(?:[+-]\s{0,20})?[A-Za-z_][\w.]{0,80}\s(?::?=)\s(?:await\s)?[\w.]{1,80}\(")
_ASSIGNED_TEXT = later(r"\s{0,60}(?:[+-]\s{0,20})?[A-Za-z_]\w{0,60}(?:\.\w{1,60}){1,4}\s{1,3}=\s{0,3}[\[({\"']")
_QUERY = later(r"\s{0,60}(?:and|or|not|\|\s{0,3}(?:where|extend|project|summarize|filter|search))\b[^\"'{}]{0,300}\Z")
_CONDITION = later(r"\b(?:and|or|not|AND|OR|NOT)\s\w{1,40}(?:\.\w{1,40}){1,8}\.\Z")
_KEYWORD = later(
    r"\s*(?:async\s|export\s|public\s|private\s|protected\s|internal\s|static\s|def\s|func\s|fun\s|function\s|class\s|const\s|let\s|var\s|val\s|try\b|raise\s|return\s|throw\s"
    r"|(?:if|for|while|switch|catch|with|elif|except|match)\b[^\n]{0,200}[:{]\s*\Z|it\(|test\(|describe\(|@\w)"
)
_OPENED = later(
    r"\w\s{0,3}:?=\s{0,3}(?:new\b[\s\w.<>\[\]]{0,60}|[\w.*<>\[\]]{0,60})?[\[({]{0,2}\s*\Z|\w:\s{1,3}[\w.*]{1,40}\[\w{1,40}\][\w.]{0,40}\{\s*\Z|[\w\]]\{\s*\Z|\bnew\s[\w.<>]{1,60}(?:\(\))?\s{0,3}\{?\s*\Z"
)
_RULE = later(r"\s*(?:detection|selection\w{0,20}|filter\w{0,20}|keywords)\s?:\s*\Z")
_TEMPLATE = later(r"""\s*["']message["']\s?:\s?\[\s*\Z""")
_DUMP = later(r"user_?info|array\s{0,2}[({]|\bobject\(", re.IGNORECASE)
_ENDS_QUOTED = later(r"""["']\s*\Z""")
_STARTS_QUOTED = later(r"""\s*[$@frbu]{0,2}["']""")
_NEXT_PIECE = later(r"""\s*[$@frbu]{0,2}["'][^\n"']""")
_ARTICLE = later(
    r"\n[-*\s>]{0,8}(?:\*\*|\#{1,6}\s)(?:Likely\s|Common\s|Root\s|Possible\s|Why\b)?\s?(?:Causes?|Fix(?:es)?|Solutions?|Resolutions?|Workarounds?|Mitigations?|Symptoms?)\b",
    re.IGNORECASE,
)
_BEFORE_SPAN = later(r"[a-z]{2,}\s\Z|\(\Z")
_WORD_BEFORE = later(r"[a-z]{2,}\s\Z")
_WORDS_AFTER = later(r"[;,.]?\s(?:[a-z]{2,}|a|I)\s[a-z]{2,}")
_AFTER_SPAN = later(r"\s{0,2}\)|\s(?:is|are|was|means|when|if|because|and|or|in|on|for|after|as|with|then)\s")


def is_program(text: str, start: int, end: int) -> bool:
    """Whether the place stands in source code, a test, a rule or a query."""
    before, after = _line(text, start, end)
    if _COMMENT.search(before[-300:]) or _BUILT.search(before[-300:]) or _is_argument(before[-400:]):
        return True
    if (
        _ASSIGNED_CALL.match(before)
        or _ASSIGNED_TEXT.match(before)
        or _QUERY.match(before)
        or _CONDITION.search(before[-400:])
    ):
        return True
    return (
        _in_pieces(text, start, before, after)
        or _in_triple_quotes(text, start)
        or any(map(_opens, _enclosing(text, start)))
    )


def is_article(text: str, start: int, end: int) -> bool:
    """Whether the place stands in a sentence or a heading of somebody who writes about errors."""
    before, after = _line(text, start, end)
    return _ARTICLE.search(text, end, end + _AFTER) is not None or _in_span(before, after)


def _line(text: str, start: int, end: int) -> tuple[str, str]:
    begin = max(text.rfind("\n", max(start - _REACH, 0), start) + 1, start - _REACH, 0)
    stop = text.find("\n", end, end + _REACH)
    return text[begin:start], text[end : stop if stop >= 0 else end + _REACH]


def _is_argument(before: str) -> bool:
    """A string that is handed to a call; an exception that is printed as it was built looks the same and is none."""
    found = _ARGUMENT.search(before)
    if found is None:
        return False
    call = found["call"]
    name = call.rpartition(".")[2]
    if call.startswith("."):
        return True
    return not (name[:1].isupper() and _RAISED.search(name)) and ("." in call or not call[:1].isupper())


def _in_pieces(text: str, start: int, before: str, after: str) -> bool:
    """A literal that is written in pieces on several lines: no data format allows that."""
    if not _STARTS_QUOTED.match(before):
        return False
    begin = start - len(before)
    above = text[max(begin - 400, 0) : max(begin - 1, 0)].rpartition("\n")[2]
    if _STARTS_QUOTED.match(above) and _ENDS_QUOTED.search(above[-8:]):
        return True
    stop = text.find("\n", start, start + _REACH)
    below = text[stop + 1 : stop + 40] if stop >= 0 else ""
    return _ENDS_QUOTED.search(after[-8:]) is not None and _NEXT_PIECE.match(below) is not None


def _in_triple_quotes(text: str, start: int) -> bool:
    low = max(start - _REACH, 0)
    return any(text.count(quotes, low, start) % 2 == 1 for quotes in ('"""', "'''"))


def _enclosing(text: str, start: int) -> Iterator[str]:
    """The lines above that the place is indented under, the nearest first."""
    begin = text.rfind("\n", max(start - _REACH, 0), start) + 1
    depth = _depth(text[begin:start] + "x")
    lines = text[max(begin - _REACH, 0) : begin].split("\n")[:-1]
    for line in reversed(lines[-_LINES:]):
        if depth == 0:
            return
        if line.strip() and _depth(line) < depth:
            depth = _depth(line)
            yield line


def _depth(line: str) -> int:
    """How far a line is indented; the sign of a changed line counts as a blank."""
    line = f" {line[1:]}" if line[:1] in {"+", "-"} else line
    line = line.replace("\t", "    ")
    return len(line) - len(line.lstrip(" "))


def _opens(line: str) -> bool:
    """Whether a line opens a block or a value of a program, of a rule, or of a table of messages."""
    line = line[-400:]
    if _DUMP.search(line):
        return False
    if _RULE.match(line) or _TEMPLATE.match(line) or _KEYWORD.match(line) or _OPENED.search(line):
        return True
    closed = 0
    for at in range(len(line) - 1, 0, -1):
        if line[at] == ")":
            closed += 1
        elif line[at] == "(":
            if closed == 0:
                return line[at - 1].isalnum() or line[at - 1] in "_]>)"
            closed -= 1
    return False


def _in_span(before: str, after: str) -> bool:
    """A message between backticks or quotation marks with a sentence around it."""
    if before.count("`") % 2 == 1 and "`" in after:
        outside = before.rpartition("`")[0][-40:]
        return _BEFORE_SPAN.search(outside) is not None or _AFTER_SPAN.match(after.partition("`")[2]) is not None
    if before.count('"') % 2 == 1 and '"' in after:
        outside = before.rpartition('"')[0][-40:]
        return _WORD_BEFORE.search(outside) is not None and _WORDS_AFTER.match(after.partition('"')[2]) is not None
    return False
