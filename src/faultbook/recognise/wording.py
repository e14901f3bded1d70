"""Guesses for a message that prints no code: by fragments of messages and by published names."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from faultbook.book.known import Known
from faultbook.book.wording import Fragment
from faultbook.model import Entry
from faultbook.recognise.phrases import Phrases

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
_NAMES_APART = {"dbt", "dbt-fusion", "graph", "msal"}
"""Their names are words of every program."""
_NAMED = 9.0
"""A symbolic name that stands for one code weighs as much as a long sentence."""
NEEDS = {
    "microsoft": re.compile(r"microsoft|azure|entra|office ?365|\bm365\b|power ?bi|teams|outlook", re.IGNORECASE),
    "pipeline": re.compile(
        r"power ?(?:bi|query)|\bpbi|gateway|mashup|refresh|data ?(?:set|flow)|semantic model|data ?factory|\badf|pipeline|linked ?service"
        r"|integration ?runtime|copy activity|ErrorCode=|synapse|fabric|databricks|\bdbt\b|(?:Expression|DataSource|DataFormat)\.Error|OLE ?DB",
        re.IGNORECASE,
    ),
    "power-query": re.compile(
        r"power ?(?:bi|query)|\bpbi|gateway|mashup|refresh|dataset|semantic model|(?:Expression|DataSource|DataFormat|Formula)\.|dataflow|OLE ?DB|cluster uri"
        r"|DirectQuery|MdxScript|ID(?:bCommand|ataReader) interface",
        re.IGNORECASE,
    ),
    "spark": re.compile(
        r"spark|databricks|delta|AnalysisException|ParseException|\bsql\b|notebook|lakehouse|hive", re.IGNORECASE
    ),
    "snowflake": re.compile(
        r"snowflake|snowpark|snowsql|\bdbt\b|warehouse|SQL compilation error|SQL access control|VendorCode",
        re.IGNORECASE,
    ),
    "dbt": re.compile(r"\bdbt\b|profiles?\.yml|\bmodel\b", re.IGNORECASE),
}
"""Surroundings in which a fragment counts whose words every other program could print: SQL Server, for one, is everybody's database."""
_FILLING = frozenset({"delta", "in", "the", "of", "for", "to", "not"})


class Wording:
    """Fragments and names, built once."""

    def __init__(self, entries: Iterable[Entry], known: Iterable[Known], fragments: Iterable[Fragment] = ()) -> None:
        entries, known = tuple(entries), tuple(known)
        own = [Fragment((entry.code,), text) for entry in entries for text in phrases_of(entry)]
        self._phrases = Phrases([*own, *fragments])
        self._names = unique_names(entries, known)
        self._conditions = _conditions(known)

    def candidates(self, text: str) -> tuple[str, ...]:
        """The codes that a plain text without a code may stand for, the likeliest first; none where nothing fits."""
        text = text[:_REACH]
        found: dict[str, list[float]] = defaultdict(list)
        for code, score in (*self._by_name(text), *self._by_phrase(text), *self._by_condition(text)):
            found[code].append(score)
        scored = {code: max(scores) + (sum(scores) - max(scores)) / 2 for code, scores in found.items()}
        return tuple(sorted(scored, key=lambda code: (-scored[code], code)))[:_MOST]

    def _by_name(self, text: str) -> Iterator[tuple[str, float]]:
        for found in _NAME.finditer(text):
            if found[0] in self._names:
                yield self._names[found[0]], _NAMED
        for found in _RAISED_BY.finditer(text):
            name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", re.sub(r"(?:Exception|Error)\Z", "", found[1])).upper()
            if f"DELTA_{name}" in self._conditions.codes:
                yield f"DELTA_{name}", _NAMED

    def _by_phrase(self, text: str) -> Iterator[tuple[str, float]]:
        for match in self._phrases.find(text):
            needs = match.fragment.needs
            if not needs or NEEDS[needs].search(text):
                for rank, code in enumerate(match.fragment.codes):
                    yield code, match.weight - rank / 100

    def _by_condition(self, text: str) -> Iterator[tuple[str, float]]:
        """Conditions of Spark and Delta all of whose name's words stand in one sentence."""
        if _CLUSTER.search(text) is None:
            return
        for sentence in _SENTENCE.split(text):
            here = frozenset(_stems(_WORD.findall(sentence)))
            for code, stems in self._conditions.within(here):
                yield code, 2.0 + len(stems) / 10


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


def _conditions(known: Iterable[Known]) -> _Conditions:
    return _Conditions(one.code for one in known if one.family == "spark" and "." not in one.code)


def phrases_of(entry: Entry) -> Iterator[str]:
    """The wording of an entry, and the sentence behind the code in its samples."""
    yield from entry.wording
    for sample in entry.samples:
        found = re.search(rf"{re.escape(entry.code)}:\s(?P<said>[^\n\\\"]{{12,400}})", sample.text)
        if found is not None:
            said = re.split(r"\s(?:Trace ID|Correlation ID|Timestamp):", found["said"])[0]
            if said.count(" ") >= _NAME_WORDS:
                yield re.sub(r"<[^<>]{1,40}>|'[^']{0,200}'", "{}", said)


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
