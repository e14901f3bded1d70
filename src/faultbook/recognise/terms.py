"""What a message says, as terms that can be compared: without values, ids, case and endings, and with the technical words of nine languages as one."""

import re
import unicodedata
from collections.abc import Iterator

from msgspec import Struct

from faultbook.recognise.glossary import MEANT, SMALL, UNPARTED

_SIGNS = re.compile("|".join(sorted(UNPARTED, key=lambda sign: (-len(sign), sign))))
_NEGATED = frozenset({"cant", "couldnt", "didnt", "doesnt", "isnt", "wasnt", "wont"})
_AFFIRMED = dict.fromkeys({"can't", "won't", "shan't", *_NEGATED}, "")
_WORD = re.compile(r"[a-z]{1,60}?n't|[a-z]++")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_")
_ENDINGS = (
    (re.compile(r"(?<=[a-z]{3})ies\Z"), "y"),
    (re.compile(r"(?<=[a-z]{4})(?:ations?|ingly|ing|edly|ed|es|s|ly)\Z"), ""),
    (re.compile(r"(?<=[a-z]{4})e\Z"), ""),
    (re.compile(r"(?<=[a-z]{4})([bdfgklmnprt])\1\Z"), r"\1"),
)
_SCAFFOLD = re.compile(
    r"OLE ?DB (?:or|of|oder|ou|und|o|u|或|または) ODBC[- ]?(?:error|fehler|错误|エラー)?|(?:Error de )?\[?(?:Expression|DataSource)\.Error\]?"
    r"|Data source error|Processing error|Failed to save modifications to the server|Error returned"
    r"|The exception was raised by the \w{1,40} interface|please try again(?: later)?|if you contact support|please provide these details"
    r"|(?:Cluster URI|URI du cluster|(?:Activity|Request|Correlation|Trace) ID|Time(?:stamp)?|Version)\s?: ?\S{1,120}"
    r"|Load was cancelled by an error in loading a previous table"
    r"|Operation on target .{1,60}? failed|Failure happened on '\w{1,20}' side|Type=[\w.]{1,120},Message=|,Source=[\w.]{0,120}"
    r"|Encountered an error(?: while)?|An error occurred|Exception type|\bStatus ?Code: \d{3}|\bError ?Code\b"
    r"|\b(?:invalid_(?:grant|client|request|scope|resource)|interaction_required|access_denied|unauthorized_client|server_error)\b|\bMsal\w{0,40}"
    r"|power ?bi|semantic model|\bdbt\b|databricks|snowflake|\bfabric\b|\b(?:py)?spark\b|microsoft|\bentra\b|data factory|\bazure\b|AnalysisException",
    re.IGNORECASE,
)
"""What stands around messages of a product whatever they say: it tells whose message it is, not which."""
_NOISE = re.compile(
    r"https?://\S{1,500}|\\\\\S{1,300}|\b[A-Za-z]:\\\S{1,300}|(?<![\w/])/[\w.-]{1,100}/\S{1,300}|[\w.+-]{1,64}@[\w.-]{1,200}"
    r"|\b[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}\b|<[^<>]{1,60}>|\bFile \"[^\"]{1,200}\", line \d{1,6}"
    r"|\bat [\w.$`<>\[\]]{1,300}\([^)]{0,300}\)(?: \[[^\]]{0,120}\])?"
)
_QUOTED = re.compile(
    r"""(?<!\w)(?:'([^']{0,80})'|"([^"]{0,80})"|`([^`]{0,80})`|«([^»]{0,80})»)(?!\w)|「([^」]{0,80})」"""
)
_PACKAGE = re.compile(r"\b(?:[a-z_][\w$]{0,60}\.){2,12}(?=[A-Za-z_])")
_END = re.compile(r"(?<=[.!?;])\s+|(?<=。)|\n\s*\n|\n(?=\[?\d{1,4}[-/:.]\d\d)")
"""The end of a sentence, of a paragraph, or of a log record."""
_FAILURE = re.compile(
    r"error|fail|exception|cannot|can't|couldn|could not|unable|\bnot\b|n't|invalid|denied|forbidden|missing|expir|exceed|refus|already|unexpected|unsupported|block|disabled|locked"
    r"|\bmust\b|required|\bno\b(?! longer)|\btoo\b|undefined|terminated|lost|offline|limit|duplicate|revoked|out of|nicht|kein|fehler|introuvable|\bpas\b|impossib|não|\bnon\b|niet|geen|错误|失败|无法|没有|找不到|エラー|ません",
    re.IGNORECASE,
)
_NO_FAILURE = re.compile(
    r"\b(?:0|no) (?:errors?|failures?)\b|\bERROR=0|\bsucceeded|\bsuccessfully|(?-i:\b(?:INFO|DEBUG|TRACE|WARN|WARNING)\b)",
    re.IGNORECASE,
)
_PROSE = re.compile(
    r"\?\s*\Z|\bI\b(?!/)|\A[\s>*#!-]*(?:\[!\w+\][\s>]*)?(?:to|if|when|use|set|for|in|you can|before|after|how|wenn|um|si|para)\b"
    r"|\b(?:should|they|you can|for example|let's|make sure you|e\.g\.|however|therefore|sometimes|usually|workaround|recommend)",
    re.IGNORECASE,
)
"""How people ask and explain, and programs seldom print."""
_WORDS_OF_A_VALUE = 3
_LONGEST_SENTENCE = 80
_REACH = 4096


class Sentence(Struct, frozen=True):
    """The terms of a sentence in their order, and whether it speaks of something that failed."""

    terms: tuple[str, ...]
    failure: bool


def sentences(text: str) -> Iterator[Sentence]:
    """What a text says, sentence by sentence, without what stands around messages and without questions and explanations; of a long one, beginning and end."""
    if len(text) > 2 * _REACH:
        text = f"{text[:_REACH]}\n\n{text[-_REACH:]}"
    for sentence in _END.split(text):
        plain = without_values(" ".join(sentence.split()))
        if _PROSE.search(plain) is None:
            found = terms(plain)
            for begin in range(0, len(found), _LONGEST_SENTENCE):
                part = tuple(found[begin : begin + _LONGEST_SENTENCE])
                yield Sentence(part, _FAILURE.search(plain) is not None and _NO_FAILURE.search(plain) is None)


def without_values(text: str) -> str:
    """A text without quoted values, addresses, paths, ids, stack frames and packages of classes."""
    return _QUOTED.sub(_unquoted, _SCAFFOLD.sub(" ", _PACKAGE.sub("", _NOISE.sub(" ", text))))


def _unquoted(found: re.Match[str]) -> str:
    """Nothing for a value; what is longer is itself a message."""
    inside: str = found[found.lastindex or 0]
    return f" {inside} " if inside.count(" ") >= _WORDS_OF_A_VALUE else " "


def terms(text: str) -> list[str]:
    """The terms of a text; names such as *WorkspaceNotFound* are the words they are made of."""
    text = _SIGNS.sub(lambda found: UNPARTED[found[0]], text)
    plain = unicodedata.normalize("NFKD", _HUMP.sub(" ", text).replace("\u2019", "'")).lower()
    found: list[str] = []
    for word in _WORD.findall("".join(sign for sign in plain if not unicodedata.combining(sign))):
        negated = word.endswith("n't") or word in _NEGATED
        if negated:
            found.append("not")
        affirmed = _AFFIRMED.get(word, word[:-3]) if negated else word
        if len(affirmed) > 1 and affirmed not in SMALL:
            found.append(MEANT.get(affirmed) or _stem(affirmed))
    return found


def _stem(word: str) -> str:
    """A word without its ending, so that *register*, *registered* and *registering* are one."""
    for ending, instead in _ENDINGS:
        word = ending.sub(instead, word)
    return MEANT.get(word, word)
