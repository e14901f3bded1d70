"""Guesses for a message that prints no code: by fragments of messages and by published names."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from faultbook.book.known import Known
from faultbook.book.wording import Fragment, Needs
from faultbook.model import Entry
from faultbook.recognise.phrases import HOLE, Phrases, words

_WORD = re.compile(r"[^\W_]++")
_NAME = re.compile(r"(?<![A-Za-z0-9_])[A-Z][A-Za-z0-9]{7,100}+")
_RAISED_BY = re.compile(r"DeltaErrors\w{0,20}\$?\.(\w{4,120})\(")
_SENTENCE = re.compile(r"[.;\n]{1,4}\s|\n\n")
_CLUSTER = re.compile(r"spark|delta|databricks", re.IGNORECASE)
_SHORTEST_NAME, _WORDS_OF_NAME = 12, 4
"""Shorter names (*NotFound*, *ValidationError*) are words of every program."""
_REACH = 65_536
"""Only the beginning of a text is searched for wording: a message without a code is short."""
_MOST = 5
_NAME_WORDS = 5
_MOST_OWNERS = 3
"""A sentence that stands in samples of more codes than that tells nothing."""
_MOSTLY = 0.7
"""A fragment that is so much of a text says the same."""
_ONLY_WARNS = frozenset(f"dbt:D{number:03}" for number in range(1, 50)) | {
    f"dbt:{event}"
    for event in ("I056", "I059", "I065", "I066", "I067", "I068", "I072", "I075", "M029", "M035", "Q043", "Z064")
}
"""Warnings of dbt, after which the run goes on: where it ends in an error, the error is what was asked about."""
_WRAPS = {
    "ADF:2402",
    "ADF:InnerActivityFailed",
    "DF-Executor-UserError",
    "DWCopyCommandOperationFailed",
    "Fabric:NotebookRunFailed",
    "PBI:ConnectError",
    "PBI:InternalServiceError",
    "PBI:OtherQueryFailed",
    "PBI:RefreshRetries",
    "SqlOperationFailed",
    "UserErrorSqlDWCopyCommandError",
}
HANDS_ON = _ONLY_WARNS | _WRAPS
"""What these print hands on the message of another error, or stands before it; that one comes first where it is known."""
SEAM = 2
"""So many pairs of words at their ends two fragments may have in common, and both count."""
_VALUE = re.compile(
    r"<[^<>]{1,40}>|'(?![a-z]{2,20}(?:_[a-z]{2,20}| or [a-z]{2,20}){0,6}')[^']{0,200}'|\{[^{}]{0,60}\}|\w{3,10}://[^\s'\",;)]{1,300}|\b[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}\b|[\w.+-]{1,64}@[\w.-]{1,200}"
)
_SAID = re.compile(r":\s(?P<said>[^\n\\\"]{12,400})")
_SAID_BY_ACTIVITY = (
    re.compile(r"(?<=ErrorCode=)(?P<code>[^,\n]{1,120}),[^\n]{0,160}?Message=(?P<said>[^\n]{12,400}?),Source="),
    re.compile(
        r"(?<=\"errorCode\": \")(?P<code>[^\"\n]{1,120})\", \"message\": \"(?P<said>[^\n]{12,400}?)\", \"failureType\""
    ),
)
"""How the activities of a pipeline print a code and, some way behind it, their message."""
_NUMBER = re.compile(r"(?<![\w-])-?\d[\d.,:/-]*(?!\w)")
_WORDS_OF_ITS_OWN = 8
"""Hardly another program prints so many words in a row; what varies counts as none."""
_OF_EVERY_PROGRAM = {"The file path should not be null or empty."}
_SAID_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z{])")
_NAMES_APART = {"dbt", "dbt-fusion", "graph", "msal"}
"""Their names are words of every program."""
_NAMED = 9.0
"""A symbolic name that stands for one code weighs as much as a long sentence."""
_DBT_NODE = r"(?:Compilation|Database|Parsing|Runtime) Error in (?:analysis|macro|model|operation|seed|snapshot|source|test|unit_test)\b"
"""How dbt begins to say which node failed, whether or not its own name stands near."""
_PIPELINE = (
    r"power ?(?:bi|query)|\bpbi|gateway|mashup|refresh|data ?(?:set|flow)|semantic model|data ?factory|\badf|pipeline|linked ?service"
    r"|integration ?runtime|copy (?:activity|data)|ErrorCode=|Microsoft\.DataTransfer|Operation on target|Failure happened on|failureType"
    r"|Job failed due to reason|lakehouse|onelake|synapse|fabric|databricks|(?<![a-z])dbt(?![a-z])|(?:Expression|DataSource|DataFormat)\.Error|OLE ?DB"
    rf"|{_DBT_NODE}"
)
_SQL_SERVER = (
    r"ODBC Driver|\bpyodbc\b|\bpymssql\b|\bmssql\b|(?<![a-z])(?-i:SqlClient|SqlException)|SQLServerException|jdbc:sqlserver|azure ?sql|database\.windows\.net|\bDB-Lib\b"
    r"|\[SQL Server\]|general SQL Server error|Msg \d+, Level"
)
"""Marks of the drivers of SQL Server; its bare name stands in every prose."""
NEEDS = {
    "microsoft": re.compile(r"microsoft|azure|entra|office ?365|\bm365\b|power ?bi|teams|outlook", re.IGNORECASE),
    "sign-in": re.compile(
        r"microsoft|azure|entra|\baad|office ?365|\bm365\b|msal|\badal\b|tenant|\b(?:Browser|Client|Server)?AuthError\b|sign(?:ing)?(?:-| |-you )?in\b|signing you in|Trace ID|Correlation ID|error_description"
        r"|failure ?reason|\b(?:invalid_(?:grant|client|request|scope|resource)|interaction_required|unauthorized_client|access_denied)\b",
        re.IGNORECASE,
    ),
    "pipeline": re.compile(_PIPELINE, re.IGNORECASE),
    "sql-server": re.compile(rf"{_PIPELINE}|{_SQL_SERVER}", re.IGNORECASE),
    "power-query": re.compile(
        r"power ?(?:bi|query)|\bpbi|gateway|mashup|refresh|dataset|semantic model|(?:Expression|DataSource|DataFormat|Formula)\.|dataflow|OLE ?DB|cluster uri"
        r"|DirectQuery|MdxScript|ID(?:bCommand|ataReader) interface",
        re.IGNORECASE,
    ),
    "spark": re.compile(
        r"spark|databricks|delta|AnalysisException|ParseException|\bsql\b|notebook|lakehouse|hive", re.IGNORECASE
    ),
    "snowflake": re.compile(
        r"snowflake|snowpark|snowsql|(?<![a-z])dbt(?![a-z])|warehouse|SQL compilation error|SQL access control|VendorCode"
        rf"|ON_ERROR option|info loading_data|column \"[^\"\n]{{1,100}}\"\[|{_DBT_NODE}",
        re.IGNORECASE,
    ),
    "dbt": re.compile(
        rf"(?<![a-z])dbt(?![a-z])|profiles?\.yml|\bmodel\b|{_DBT_NODE}|-->\s+\S{{1,300}}\.(?:sql|ya?ml|csv|py):\d",
        re.IGNORECASE,
    ),
}
"""Surroundings in which a fragment counts whose words every other program could print: SQL Server, for one, is everybody's database."""
_FILLING = frozenset({"delta", "in", "the", "of", "for", "to", "not"})


class Told(Struct, frozen=True, array_like=True):
    """What tells a code without its being printed, as it is kept beside the compiled book: fragments, names of one code each, and conditions."""

    fragments: tuple[Fragment, ...]
    names: dict[str, str]
    conditions: tuple[str, ...]


def told(entries: Iterable[Entry], known: Iterable[Known], fragments: Iterable[Fragment]) -> Told:
    """All that the entries, the published codes and the tables tell."""
    entries, known = tuple(entries), tuple(known)
    conditions = (one.code for one in known if one.family == "spark" and "." not in one.code)
    bare = (
        replace(one, language="en", source="") for one in fragments_of(entries, fragments)
    )  # for a reader of tables only
    return Told(tuple(bare), unique_names(entries, known), tuple(conditions))


class Wording:
    """Fragments and names, made ready once."""

    def __init__(self, what: Told) -> None:
        self._phrases = Phrases(what.fragments)
        self._names = what.names
        self._conditions = _Conditions(what.conditions)

    def candidates(self, text: str) -> tuple[str, ...]:
        """The codes that a plain text without a code may stand for, the likeliest first; none where nothing fits."""
        text = text[:_REACH]
        scored: dict[str, float] = defaultdict(float)
        counted: dict[str, list[Evidence]] = defaultdict(list)
        for one in sorted(self._evidence(text), key=lambda one: -one.weight):
            if not any(one.repeats(other) for other in counted[one.code]):
                scored[one.code] += one.weight / 2 if counted[one.code] else one.weight
                counted[one.code].append(one)
        return tuple(sorted(scored, key=lambda code: (code in HANDS_ON, -scored[code], code)))[:_MOST]

    def _evidence(self, text: str) -> Iterator["Evidence"]:
        yield from self._by_name(text)
        yield from self._by_phrase(text)
        yield from self._by_condition(text)

    def _by_name(self, text: str) -> Iterator["Evidence"]:
        for found in _NAME.finditer(text):
            if found[0] in self._names:
                yield Evidence(self._names[found[0]], _NAMED)
        for found in _RAISED_BY.finditer(text):
            name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", re.sub(r"(?:Exception|Error)\Z", "", found[1])).upper()
            if f"DELTA_{name}" in self._conditions.codes:
                yield Evidence(f"DELTA_{name}", _NAMED)

    def _by_phrase(self, text: str) -> Iterator["Evidence"]:
        here = cache(lambda needs: not needs or NEEDS[needs].search(text) is not None)
        for match in self._phrases.find(text, lambda fragment: here(fragment.needs)):
            for rank, code in enumerate(match.fragment.codes):
                yield Evidence(code, match.weight - rank / 100, match.first, match.last)

    def _by_condition(self, text: str) -> Iterator["Evidence"]:
        """Conditions of Spark and Delta all of whose name's words stand in one sentence."""
        if _CLUSTER.search(text) is None:
            return
        for sentence in _SENTENCE.split(text):
            here = frozenset(_stems(_WORD.findall(sentence)))
            for code, stems in self._conditions.within(here):
                yield Evidence(code, 2.0 + len(stems) / 10)


class Evidence(Struct, frozen=True):
    """What speaks for a code: how much, and from which pair of words of the text to which it stands; a name stands at none."""

    code: str
    weight: float
    first: int = -1
    last: int = -1

    def repeats(self, other: "Evidence") -> bool:
        """Whether both stand in the same words, but for a seam."""
        shared = min(self.last, other.last) - max(self.first, other.first) + 1
        return shared > min(SEAM, (self.last - self.first + 1) / 2)


class _Conditions:
    """Names of conditions, found by the word of each that is rarest among them."""

    def __init__(self, names: Iterable[str]) -> None:
        stems = {code: frozenset(_stems(code.split("_"))) - _FILLING for code in names}
        often = Counter(stem for one in stems.values() for stem in one)
        self.codes = frozenset(stems)
        self._by_rarest: dict[str, list[tuple[str, frozenset[str]]]] = defaultdict(list)
        for code, one in stems.items():
            if len(one) >= _NAME_WORDS:
                self._by_rarest[min(one, key=lambda stem: (often[stem], stem))].append((code, one))

    def within(self, here: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
        """The conditions all of whose words are among these."""
        if len(here) >= _NAME_WORDS:
            for stem in here:
                for code, stems in self._by_rarest.get(stem, ()):
                    if stems <= here:
                        yield code, stems


def fragments_of(entries: Iterable[Entry], fragments: Iterable[Fragment]) -> list[Fragment]:
    """Those of the entries and those of the tables; what a table says of several codes, or of another one, is left to the table."""
    entries, fragments = tuple(entries), tuple(fragments)
    tables: dict[tuple[str, ...], list[tuple[Fragment, list[str]]]] = defaultdict(list)
    for one in fragments:
        parts = [words(part) for part in HOLE.split(one.text)]
        tables[tuple(parts[0][:2])].append((one, [" ".join(part) for part in parts]))
    printed: tuple[tuple[Callable[[Entry], Iterator[str]], Needs], ...] = (
        (sentences_of, ""),
        (sentences_of_activity, "pipeline"),
    )
    owners: dict[tuple[str, Needs], list[str]] = defaultdict(list)
    for sentences, needs in printed:
        for entry in entries:
            for text in sentences(entry):
                owners[text, needs].append(entry.code)
    own = [Fragment((entry.code,), text) for entry in entries for text in entry.wording] + [
        Fragment(tuple(sorted(set(codes), key=lambda code: (len(code), code))), text, needs, sentence=True)
        for (text, needs), codes in owners.items()
        if len(set(codes)) <= _MOST_OWNERS
    ]
    told = [
        one
        for one in own
        if not any(
            _mostly(one.text, parts)
            for pair in pairwise(words(one.text))
            for other, parts in tables.get(pair, ())
            if other.codes != one.codes
        )
    ]
    return [*told, *fragments]


def _mostly(text: str, parts: list[str]) -> bool:
    """Whether a text is mostly a fragment: all parts of it and little more, or a piece of one."""
    said = " ".join(words(text))
    whole = sum(map(len, parts)) >= _MOSTLY * len(said) and all(part in said for part in parts)
    return whole or any(said in part for part in parts)


def sentences_of(entry: Entry) -> Iterator[str]:
    """The sentences behind the code in the samples of an entry, without what varies."""
    for sample in entry.samples:
        ends = (at + len(entry.code) for at in _all(entry.code, sample.text))
        if found := next(filter(None, (_SAID.match(sample.text, end) for end in ends)), None):
            said = re.split(r"\s(?:Trace ID|Correlation ID|Timestamp):", found["said"])[0]
            yield from _together(_VALUE.sub("{}", said), lambda begun: begun.count(" ") >= _NAME_WORDS)


def sentences_of_activity(entry: Entry) -> Iterator[str]:
    """The sentences of the message that an activity of a pipeline prints behind the code, in the samples of an entry, without what varies."""
    code = entry.code.removeprefix("ADF:")
    for sample in entry.samples:
        for shape in _SAID_BY_ACTIVITY:
            for found in (
                one for at in _all(code, sample.text) if (one := shape.match(sample.text, at)) and one["code"] == code
            ):
                said = _NUMBER.sub("{}", _VALUE.sub("{}", found["said"]))
                telling = _together(said, lambda begun: len(words(HOLE.sub(" ", begun))) >= _WORDS_OF_ITS_OWN)
                yield from (one for one in telling if one not in _OF_EVERY_PROGRAM)


def _all(part: str, text: str) -> Iterator[int]:
    """Every place of a part in a text."""
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)


def _together(said: str, enough: Callable[[str], bool]) -> Iterator[str]:
    """The sentences of a message, each with as many of the next as it takes to tell enough; what remains at the end tells too little."""
    begun = ""
    for sentence in _SAID_END.split(said):
        begun = f"{begun} {sentence}".strip()
        if enough(begun):
            yield begun
            begun = ""


def _stems(texts: Iterable[str]) -> Iterator[str]:
    """Words cut so that *matching*, *matched* and *match* are one."""
    for word in texts:
        yield re.sub(r"(?<=\w{4})(?:ing|ed|es|s)\Z", "", word.casefold())


def unique_names(entries: Iterable[Entry], known: Iterable[Known]) -> dict[str, str]:
    """Symbolic names that stand for one code only."""
    owners: dict[str, set[str]] = defaultdict(set)
    named = [(one.name, one.code) for one in known if one.kind == "error" and one.family not in _NAMES_APART] + [
        (entry.name, entry.code) for entry in entries
    ]
    for name, code in named:
        if name == "PasswordResetService":  # that is the source of the events too
            continue
        if len(name) >= _SHORTEST_NAME and len(re.findall("[A-Z][a-z]", name)) >= _WORDS_OF_NAME:
            owners[name].add(code)
    return {name: min(codes) for name, codes in owners.items() if len(codes) == 1}
