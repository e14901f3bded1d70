"""Fragments of messages found in a text by the pairs of neighbouring words they are made of, however many fragments there are."""

import math
import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise

from msgspec import Struct

from faultbook.book.wording import Fragment

Pair = tuple[str, str]

_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]|[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]++(?:'[^\W_]++)?"
)
REPR = re.compile(r"\A[bu]'")
"""How Python writes a text: not the beginning of a contraction."""
HOLE = re.compile(r"\{[^{}]{0,40}\}")
NOT = {"can't": ("cannot",), "won't": ("will", "not"), "shan't": ("shall", "not")}
MISTYPED = {
    f"{word}nt": (word, "not")
    for word in ["was", "is", "does", "did", "has", "have", "are", "could", "would", "should", "do", "were", "had"]
}
_OF_EVERY_PROSE = (
    "a about above after again all also always an and another any are as at be because been before being below between both but by can could did do does"
    " done during each either else even ever every few first following for from further had has have having he help her here his how however i if in"
    " instead into is it its just kind know last least let like made make many may me might more most much must my need needs never new next no none nor"
    " not now of off often on once one only onto or other our out over own per please possible rather same see seen set several shall she should since so"
    " some something still such sure take than that that's the their them then there there's these they this those though through thus to too try two"
    " typically under until up upon us use used uses using usually very was way we were what when where whether which while who whole whose why will with"
    " within without would yes yet you your it's let's der die das den dem des ein eine einer und oder nicht mit von zu im in ist le la les un"
    " une des du de et ou est pas pour dans el los las una y o no por para en es o os as um uma e n\u00e3o het een en niet van te"
)
FILLING = frozenset(_OF_EVERY_PROSE.split())
"""Words of every prose; they tell next to nothing, however rare they are among the fragments."""
FILLED = 0.1
COMMON = 100
"""A pair that stands in more fragments than this (*does not*) tells nothing and is not looked up, so that the cost does not grow with the tables."""
SLACK = 6
"""So many words may stand between the parts of a fragment for each hole, and once more for what a terminal puts into a line."""
ENOUGH = ((0.99, 0.6), (0.74, 2.3), (0.5, 5.0))
"""How much of a fragment must be found, and what the words found must weigh (0.6 a rare word): a short fragment counts only whole, a long one also
where the message was cut, wrapped or reworded."""
CUT = (0.3, 1.6, 6)
"""A piece of a whole sentence is enough, as where the rest was cut off, if no word is missing in it: how much of the sentence it must be, what it must weigh,
and how many words it must have."""
_ROUNDING = 1e-9
SURER = 0.35
"""So much less is enough where the surroundings are those of the program."""


class Match(Struct, frozen=True):
    """A fragment found, the weight of the words found, less where some are missing, by which matches are ranked, and where in the text they stand."""

    fragment: Fragment
    weight: float
    first: int
    last: int


class Phrase(Struct, frozen=True):
    """A fragment made ready: its pairs in their order and what they all weigh.

    ``common`` is how much of that is in pairs that are not looked up, ``reach`` how many words may lie between the first and the last.
    """

    fragment: Fragment
    pairs: tuple[Pair, ...]
    total: float
    common: float
    reach: int


class Phrases:
    """An index from pairs of words to the fragments that hold them; the cost of a search grows with the text only."""

    def __init__(self, fragments: Iterable[Fragment]) -> None:
        split = [(one, [words(part) for part in HOLE.split(one.text)]) for one in fragments]
        rarity = rarity_of(parts for _, parts in split)
        paired = [(one, parts, dict.fromkeys(pair for part in parts for pair in _pairs(part))) for one, parts in split]
        often = Counter(pair for _, _, pairs in paired for pair in pairs)
        self._weight = {pair: (rarity[pair[0]] + rarity.get(pair[1], 0.0)) / 2 for pair in often}
        self._alone = frozenset(word for word, after in often if not after)
        self._phrases: list[Phrase] = []
        self._with: dict[Pair, list[int]] = defaultdict(list)
        for one, parts, pairs in paired:
            telling = [pair for pair in pairs if often[pair] <= COMMON]
            for pair in telling:
                self._with[pair].append(len(self._phrases))
            total, told = (sum(self._weight[pair] for pair in some) for some in (pairs, telling))
            reach = sum(map(len, parts)) + SLACK * len(parts)
            self._phrases.append(Phrase(one, tuple(pairs), total, total - told, reach))

    def find(self, text: str, fits: Callable[[Fragment], bool] = lambda _: True) -> list[Match]:
        """Every fragment that stands in the text, as far as it does; one that stands inside a weightier one is part of it.

        Only those that fit are looked at: what does not hides nothing.
        """
        said = _places(words(text), self._alone)
        hits: dict[int, list[tuple[int, Pair]]] = defaultdict(list)
        for pair, places in said.items():
            for at in self._with.get(pair, ()):
                hits[at] += ((place, pair) for place in places)
        found = [
            match
            for at, places in hits.items()
            if fits((phrase := self._phrases[at]).fragment)
            and (match := self._match(phrase, sorted(places), said)) is not None
        ]
        return list(_outermost(found))

    def _match(self, phrase: Phrase, hits: list[tuple[int, Pair]], said: Mapping[Pair, list[int]]) -> Match | None:
        """The stretch of the text that holds most of a fragment, if that is enough."""
        best = now = 0.0
        inside: Counter[Pair] = Counter()
        first, span = 0, (0, 0)
        for place, pair in hits:
            if not inside[pair]:
                now += self._weight[pair]
            inside[pair] += 1
            while place - hits[first][0] > phrase.reach:
                gone = hits[first][1]
                inside[gone] -= 1
                if not inside[gone]:
                    now -= self._weight[gone]
                first += 1
            if now > best:
                best, span = now, (hits[first][0], place)
        if not _enough(phrase, best + phrase.common) and not phrase.fragment.sentence:
            return None
        low, high = span[1] - phrase.reach, span[0] + phrase.reach
        weight = self._in_order(phrase, said, low, high)
        if not _enough(phrase, weight) and not (
            phrase.fragment.sentence and self._in_one_piece(phrase, said, low, high)
        ):
            return None
        share = weight / phrase.total
        return Match(phrase.fragment, weight * share * share, *span)

    def _in_order(self, phrase: Phrase, said: Mapping[Pair, list[int]], low: int, high: int) -> float:
        """What those pairs of a fragment weigh that stand between two places of the text in the order of the fragment."""
        chains: list[tuple[int, float]] = []
        for pair in phrase.pairs:
            chains += [
                (place, self._weight[pair] + max((weight for at, weight in chains if at < place), default=0.0))
                for place in _between(said.get(pair, []), low, high)
            ]
        return max((weight for _, weight in chains), default=0.0)

    def _in_one_piece(self, phrase: Phrase, said: Mapping[Pair, list[int]], low: int, high: int) -> bool:
        """Whether a piece of a sentence, no word of it missing, tells enough by itself."""
        part, least, shortest = CUT
        begin = before = -1
        run: dict[Pair, None] = {}
        hits = sorted((place, one) for one in phrase.pairs for place in _between(said.get(one, []), low, high))
        for place, pair in hits:
            if place > before + 1:
                begin, run = place, {}
            before = place
            run[pair] = None
            if place - begin + 2 >= shortest:
                weight = sum(self._weight[pair] for pair in run)
                if weight >= least and weight >= part * phrase.total:
                    return True
        return False


def _enough(phrase: Phrase, weight: float) -> bool:
    """Whether so much of a fragment tells enough."""
    share = weight / phrase.total if phrase.total else 0.0
    sure = weight + (SURER if phrase.fragment.needs else 0.0)
    return any(share >= part - _ROUNDING and sure >= least for part, least in ENOUGH)


def _places(said: list[str], alone: frozenset[str]) -> dict[Pair, list[int]]:
    """Where in a text each pair of neighbours stands, and each word that may stand alone."""
    found: dict[Pair, list[int]] = defaultdict(list)
    for place, (word, after) in enumerate(pairwise([*said, ""])):
        for pair in ((word, after), (word, "")) if after and word in alone else ((word, after),):
            found[pair].append(place)
    return found


def _between(places: list[int], low: int, high: int) -> list[int]:
    return places[bisect_left(places, low) : bisect_right(places, high)]


def _outermost(found: list[Match]) -> Iterator[Match]:
    """Matches that do not lie within a weightier one."""
    kept: list[Match] = []
    for match in sorted(found, key=lambda match: -match.weight):
        if not any(
            other.first <= match.first and match.last <= other.last and other.weight > match.weight for other in kept
        ):
            kept.append(match)
            yield match


def _pairs(part: list[str]) -> Iterator[Pair]:
    """Neighbours; a word alone between two holes is a pair with nothing."""
    return pairwise(part) if len(part) > 1 else ((word, "") for word in part)


def words(text: str) -> list[str]:
    """The words of a text as they are compared: without case, contractions written out, one spelling of *-ize*; a Japanese sign is a word."""
    found: list[str] = []
    for written in _WORD.findall(text.casefold()):
        word = REPR.sub("", written)
        if "'" not in word:
            found += MISTYPED.get(word) or (word.replace("isation", "ization"),)
        elif word.endswith("n't"):
            found += NOT.get(word, (word[:-3], "not"))
        else:
            found += {"re": (word[:-3], "are"), "ve": (word[:-3], "have")}.get(word.rpartition("'")[2], (word,))
    return found


def rarity_of(texts: Iterable[list[list[str]]]) -> dict[str, float]:
    """How much a word tells, from hardly anything (it is everywhere) to 1 (it stands in one fragment)."""
    texts = list(texts)
    often = Counter(word for parts in texts for word in {word for part in parts for word in part})
    scale = math.log(len(texts) + 1)
    return {
        word: FILLED if word in FILLING else math.log((len(texts) + 1) / count) / scale for word, count in often.items()
    }
