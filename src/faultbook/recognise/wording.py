"""Guesses for a message that prints no code: by phrases of the entries and by published names."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise

from msgspec import Struct

from faultbook.book.known import Known
from faultbook.model import Entry

Pair = tuple[str, str]

_WORD = re.compile(r"[^\W_]++(?:'[^\W_]++)?")
_NAME = re.compile(r"(?<![A-Za-z0-9_])[A-Z][A-Za-z0-9]{7,100}+")
_RAISED_BY = re.compile(r"DeltaErrors\w{0,20}\$?\.(\w{4,120})\(")
_SENTENCE = re.compile(r"[.;\n]{1,4}\s|\n\n")
_CLUSTER = re.compile(r"spark|delta|databricks", re.IGNORECASE)
_SHORTEST_NAME = 12
"""Shorter names (*NotFound*) are words of every program."""
_REACH = 65_536
"""Only the beginning of a text is searched for wording: a message without a code is short."""
_ENOUGH = 0.6
_WORDS = 3
_MOST = 5
_NAME_WORDS = 5


class Phrase(Struct, frozen=True):
    """A phrase of one entry as its neighbouring pairs of words; a hole parts it."""

    code: str
    pairs: frozenset[Pair]
    words: int


class Wording:
    """Phrases and names, looked up by pairs of words; built once."""

    def __init__(self, entries: Iterable[Entry], known: Iterable[Known]) -> None:
        entries, known = tuple(entries), tuple(known)
        self._phrases = [
            phrase
            for entry in entries
            for text in phrases_of(entry)
            if (phrase := _phrase(entry.code, text)) is not None
        ]
        often = Counter(pair for phrase in self._phrases for pair in phrase.pairs)
        self._weight = {pair: 1.0 / count for pair, count in often.items()}
        self._with: dict[Pair, list[int]] = defaultdict(list)
        for at, phrase in enumerate(self._phrases):
            for pair in phrase.pairs:
                self._with[pair].append(at)
        self._names = unique_names(entries, known)
        self._conditions = {
            one.code: frozenset(_stems(one.code.split("."), "_"))
            for one in known
            if one.family == "spark" and "." not in one.code
        }

    def candidates(self, text: str) -> tuple[str, ...]:
        """The codes that a plain text without a code may stand for, the likeliest first; none where nothing fits."""
        text = text[:_REACH]
        scored: dict[str, float] = {}
        for code, score in (*self._by_name(text), *self._by_phrase(text), *self._by_condition(text)):
            scored[code] = max(score, scored.get(code, 0.0))
        return tuple(sorted(scored, key=lambda code: (-scored[code], code)))[:_MOST]

    def _by_name(self, text: str) -> Iterator[tuple[str, float]]:
        for found in _NAME.finditer(text):
            if found[0] in self._names:
                yield self._names[found[0]], 3.0
        for found in _RAISED_BY.finditer(text):
            name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", re.sub(r"(?:Exception|Error)\Z", "", found[1])).upper()
            if f"DELTA_{name}" in self._conditions:
                yield f"DELTA_{name}", 3.0

    def _by_phrase(self, text: str) -> Iterator[tuple[str, float]]:
        matched: dict[int, float] = defaultdict(float)
        for pair in set(_pairs(text)):
            for at in self._with.get(pair, ()):
                matched[at] += self._weight[pair]
        for at, weight in matched.items():
            phrase = self._phrases[at]
            share = weight / sum(self._weight[pair] for pair in phrase.pairs)
            if share >= _ENOUGH:
                yield phrase.code, share + min(phrase.words, 40) / 100

    def _by_condition(self, text: str) -> Iterator[tuple[str, float]]:
        """Conditions of Spark and Delta all of whose name's words stand in one sentence."""
        if _CLUSTER.search(text) is None:
            return
        for sentence in _SENTENCE.split(text):
            here = frozenset(_stems([sentence.replace("\n", " ")], None))
            if len(here) < _NAME_WORDS:
                continue
            for code, stems in self._conditions.items():
                words = stems - {"delta", "in", "the", "of", "for", "to", "not"}
                if len(words) >= _NAME_WORDS and words <= here:
                    yield code, 0.7 + len(words) / 50


def phrases_of(entry: Entry) -> Iterator[str]:
    """The wording of an entry, and the sentence behind the code in its samples."""
    yield from entry.wording
    for sample in entry.samples:
        found = re.search(rf"{re.escape(entry.code)}:\s(?P<said>[^\n\\\"]{{12,400}})", sample.text)
        if found is not None:
            yield re.split(r"\s(?:Trace ID|Correlation ID|Timestamp):", found["said"])[0]


def _phrase(code: str, text: str) -> Phrase | None:
    parts = parts_of(text)
    pairs = frozenset(pair for part in parts for pair in _pairs(part))
    words = sum(len(_words(part)) for part in parts)
    return Phrase(code, pairs, words) if words >= _WORDS and pairs else None


def parts_of(text: str) -> list[str]:
    """What stands between the holes of a phrase."""
    return re.split(r"\{[^{}]{0,40}\}|<[^<>]{1,40}>|'[^']{0,200}'", text)


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _pairs(text: str) -> Iterator[Pair]:
    words = _words(text)
    return pairwise(words)


def _stems(texts: Iterable[str], separator: str | None) -> Iterator[str]:
    """Words cut so that *matching*, *matched* and *match* are one."""
    for text in texts:
        for word in text.split(separator) if separator else _WORD.findall(text):
            yield re.sub(r"(?<=\w{4})(?:ing|ed|es|s)\Z", "", word.casefold())


def unique_names(entries: Iterable[Entry], known: Iterable[Known]) -> dict[str, str]:
    """Symbolic names that stand for one code only."""
    owners: dict[str, set[str]] = defaultdict(set)
    named = [(one.name, one.code) for one in known if one.kind == "error" and not one.family.startswith("dbt")] + [
        (entry.name, entry.code) for entry in entries
    ]
    for name, code in named:
        if len(name) >= _SHORTEST_NAME and name != "PasswordResetService":  # that is the source of the events too
            owners[name].add(code)
    return {name: min(codes) for name, codes in owners.items() if len(codes) == 1}
