"""Fragments of messages found in a text by the pairs of neighbouring words they are made of, however many fragments there are."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
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
ENOUGH = ((0.99, 0.75), (0.74, 2.3), (0.5, 5.0))
"""How much of a fragment must be found, and what the words found must weigh (0.6 a rare word): a short fragment counts only whole, a long one also
where the message was cut, wrapped or reworded."""
CUT = (0.45, 2.0, 7)
"""A piece of a whole sentence is enough, as where the rest was cut off, if no word is missing in it: how much of the sentence it must be, what it must weigh,
and how many words it must have."""
SURER = 0.35
"""So much less is enough where the surroundings are those of the program."""


class Match(Struct, frozen=True):
    """A fragment found, the weight of the words found, less where some are missing, by which matches are ranked, and where in the text they stand."""

    fragment: Fragment
    weight: float
    first: int
    last: int


class Phrase(Struct, frozen=True):
    """A fragment made ready: what all its pairs weigh, and how many words may lie between its first and its last."""

    fragment: Fragment
    total: float
    reach: int


class Phrases:
    """An index from pairs of words to the fragments that hold them; the cost of a search grows with the text only."""

    def __init__(self, fragments: Iterable[Fragment]) -> None:
        split = [(one, [words(part) for part in HOLE.split(one.text)]) for one in fragments]
        rarity = rarity_of(parts for _, parts in split)
        paired = [(one, parts, dict.fromkeys(pair for part in parts for pair in _pairs(part))) for one, parts in split]
        often = Counter(pair for _, _, pairs in paired for pair in pairs)
        self._weight = {
            pair: (rarity[pair[0]] + rarity.get(pair[1], 0.0)) / 2 for pair in often if often[pair] <= COMMON
        }
        self._alone = frozenset(word for word, after in self._weight if not after)
        self._phrases: list[Phrase] = []
        self._with: dict[Pair, list[int]] = defaultdict(list)
        for one, parts, pairs in paired:
            telling = [pair for pair in pairs if pair in self._weight]
            for pair in telling:
                self._with[pair].append(len(self._phrases))
            reach = sum(map(len, parts)) + SLACK * len(parts)
            self._phrases.append(Phrase(one, sum(self._weight[pair] for pair in telling), reach))

    def find(self, text: str) -> list[Match]:
        """Every fragment that stands in the text, as far as it does; one that stands inside a weightier one is part of it."""
        places: dict[int, list[tuple[int, Pair]]] = defaultdict(list)
        for place, (word, after) in enumerate(pairwise([*words(text), ""])):
            for pair in ((word, after), (word, "")) if after and word in self._alone else ((word, after),):
                for at in self._with.get(pair, ()):
                    places[at].append((place, pair))
        found = [match for at, hits in places.items() if (match := self._match(self._phrases[at], hits)) is not None]
        return list(_outermost(found))

    def _match(self, phrase: Phrase, hits: list[tuple[int, Pair]]) -> Match | None:
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
        share = best / phrase.total if phrase.total else 0.0
        sure = best + (SURER if phrase.fragment.needs else 0.0)
        enough = any(share >= part and sure >= least for part, least in ENOUGH) or (
            phrase.fragment.sentence and self._in_one_piece(phrase, hits)
        )
        return Match(phrase.fragment, best * share * share, *span) if enough else None

    def _in_one_piece(self, phrase: Phrase, hits: list[tuple[int, Pair]]) -> bool:
        """Whether a piece of a sentence, no word of it missing, tells enough by itself."""
        part, least, shortest = CUT
        begin = before = -1
        run: dict[Pair, None] = {}
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
