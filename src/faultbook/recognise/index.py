"""A text index over what is written of each code: guesses for a message whose wording nobody wrote down."""

import heapq
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import accumulate, pairwise
from string import ascii_lowercase
from typing import Self

import msgspec
from msgspec import Struct

from faultbook.recognise.surroundings import around
from faultbook.recognise.terms import Sentence, sentences

_UNHEARD = 0.85
"""What a term weighs that stands nowhere in the index: as much as a rare one, since it says that a message is about something else."""
_MISTYPED = 5
"""Shorter words are too near to too many others."""
_FEWEST, _TELLING = 2, 16
"""So many terms a text must have, and so many of a window, the rarest, lead to codes; then all count."""
_WINDOW, _STEP = 40, 20
_CLOSER = 24
"""So many codes are looked at closely, whatever the length of the text."""
_MOST = 5
_BESIDE = 0.6
"""A further guess is this near to the first."""
_NEIGHBOURS = 0.5
_SHORTEST = 1.3
"""A passage of two common words is not wholly found where these are."""
_COVERED, _MATCHED, _AHEAD, _SAID, _TEXT, _ENOUGH = 2.7, 0.4, 1.7, 1.85, 0.8, -1.4
"""How what was found weighs: how much of the nearest passage, how many terms, how far before the next code, how much of the sentence and of the text.
Fitted on fragments that were left out of the index one at a time, on messages, and on four thousand texts of other programs."""


class Passage(Struct, frozen=True, array_like=True):
    """The terms (by number) of something that is written of a code; ``weight`` is how far it is the program's own wording."""

    code: int
    weight: float
    printed: bool
    terms: tuple[int, ...]


class TextIndex(Struct, frozen=True, array_like=True):
    """Passages of all codes, kept beside the compiled book. ``codes`` are pairs of a code and the surroundings that it needs."""

    terms: tuple[str, ...] = ()
    codes: tuple[tuple[str, str], ...] = ()
    passages: tuple[Passage, ...] = ()

    def packed(self) -> bytes:
        """The index as it is kept."""
        return msgspec.msgpack.encode(self)


class Said(Struct, frozen=True):
    """Something that is written of a code, before it is numbered."""

    code: str
    weight: float
    printed: bool
    terms: tuple[str, ...]


class Found(Struct, frozen=True):
    """How near a text comes to a code: by which codes are ranked, and whether that is enough to be offered."""

    code: str
    near: float
    covered: float
    matched: int
    said: float
    text: float

    def sure(self, ahead: float) -> bool:
        """Whether a guess is worth more than silence."""
        return (
            _COVERED * math.log(self.covered)
            + _MATCHED * math.log(self.matched)
            + _SAID * math.log(self.said)
            + _TEXT * math.log(self.text)
            + _AHEAD * ahead
        ) > _ENOUGH


def indexed(passages: Iterable[Said], surroundings: Mapping[str, str]) -> TextIndex:
    """The index of these passages; their order does not matter."""
    kept = sorted({(one.code, one.weight, one.printed, one.terms) for one in passages if one.terms})
    terms = {term: number for number, term in enumerate(sorted({term for *_, said in kept for term in said}))}
    codes = {code: number for number, code in enumerate(sorted({code for code, *_ in kept}))}
    return TextIndex(
        tuple(terms),
        tuple((code, surroundings[code]) for code in codes),
        tuple(
            Passage(codes[code], weight, printed, tuple(terms[term] for term in said))
            for code, weight, printed, said in kept
        ),
    )


class Profile(Struct, frozen=True):
    """All that is written of one code: what each of its terms and pairs of neighbours weighs, and its passages by number."""

    terms: dict[int, float]
    pairs: dict[tuple[int, int], float]
    passages: tuple[int, ...]


class Likeness:
    """The index ready to be searched; the cost follows the text, of which no more than some thousand signs are read."""

    def __init__(self, index: TextIndex) -> None:
        self._index = index
        self._number = {term: number for number, term in enumerate(index.terms)}
        of_code: dict[int, list[int]] = defaultdict(list)
        self._with: dict[int, list[int]] = defaultdict(list)
        for at, passage in enumerate(index.passages):
            of_code[passage.code].append(at)
            for term in set(passage.terms):
                self._with[term].append(at)
        self._of_code = of_code
        self._profiles: dict[int, Profile] = {}

    @classmethod
    def unpacked(cls, packed: bytes) -> Self:
        """Over an index as it is kept."""
        return cls(msgspec.msgpack.decode(packed, type=TextIndex))

    @cached_property
    def _rarity(self) -> list[float]:
        """How much each term tells, from little (many codes share it) to nearly 1."""
        passages, most = self._index.passages, len(self._index.codes) + 1
        often = [len({passages[at].code for at in self._with[number]}) for number in range(len(self._number))]
        return [math.log(most / (count + 0.5)) / math.log(most) for count in often]

    @cached_property
    def _weights(self) -> list[float]:
        """What all terms of each passage tell together."""
        return [sum(self._rarity[term] for term in set(passage.terms)) for passage in self._index.passages]

    def candidates(self, text: str) -> tuple[str, ...]:
        """The codes that a text comes nearest to, the nearest first; none where that is not near enough to be worth saying."""
        here = around(text)
        message = self._message(list(sentences(text)) if here else [])
        if len(message.terms) < _FEWEST:
            return ()
        found: dict[str, Found] = {}
        for code, begin, end in self._near(message.terms, here):
            one = self._closer(code, message, begin, end)
            if one is not None and (one.code not in found or one.near > found[one.code].near):
                found[one.code] = one
        ranked = sorted(found.values(), key=lambda one: (-one.near, one.code))[:_MOST]
        if not ranked or not ranked[0].sure(1 - ranked[1].near / ranked[0].near if len(ranked) > 1 else 1.0):
            return ()
        return tuple(one.code for one in ranked if one.near >= _BESIDE * ranked[0].near)

    def _message(self, said: list[Sentence]) -> "_Message":
        """The numbers of a text's terms (-1 for one that is unheard of), of which sentence each is, and which sentences speak of a failure."""
        numbers = [(self._known(term), at) for at, sentence in enumerate(said) for term in sentence.terms]
        return _Message(
            tuple(number for number, _ in numbers),
            tuple(at for _, at in numbers),
            tuple(sentence.failure for sentence in said),
        )

    def _known(self, term: str) -> int:
        """The number of a term, or of the one that it was meant to be."""
        number = self._number.get(term)
        if number is None and len(term) >= _MISTYPED:
            meant = sorted({self._number[other] for other in _mistaken_for(term) if other in self._number})
            number = meant[0] if len(meant) == 1 else None
        return -1 if number is None else number

    def _near(self, terms: tuple[int, ...], here: frozenset[str]) -> list[tuple[int, int, int]]:
        """The codes one of whose passages shares most with a window of a text, and where that begins and ends."""
        best: dict[tuple[int, int, int], float] = {}
        for begin in range(0, max(1, len(terms) - _WINDOW), _STEP):
            end = min(begin + _WINDOW + _STEP, len(terms))
            shared: dict[int, float] = defaultdict(float)
            telling = sorted(set(terms[begin:end]) - {-1}, key=lambda term: (len(self._with[term]), term))
            for term in telling[:_TELLING]:
                for at in self._with[term]:
                    shared[at] += self._rarity[term]
            for at, weight in shared.items():
                code = self._index.passages[at].code
                if self._index.codes[code][1] in here:
                    key = code, begin, end
                    best[key] = max(best.get(key, 0.0), weight * math.sqrt(weight / self._weights[at]))
        return heapq.nlargest(_CLOSER, best, key=lambda key: (best[key], -key[0], -key[1]))

    def _profile(self, code: int) -> Profile:
        made = self._profiles.get(code)
        if made is None:
            terms: dict[int, float] = {}
            pairs: dict[tuple[int, int], float] = {}
            for at in self._of_code[code]:
                passage = self._index.passages[at]
                for term in passage.terms:
                    terms[term] = max(terms.get(term, 0.0), passage.weight)
                for pair in pairwise(passage.terms) if passage.printed else ():
                    pairs[pair] = max(pairs.get(pair, 0.0), passage.weight)
            made = self._profiles[code] = Profile(terms, pairs, tuple(self._of_code[code]))
        return made

    def _closer(self, code: int, message: "_Message", low: int, high: int) -> Found | None:
        """The stretch of a window that comes nearest to a code, in a sentence that speaks of a failure."""
        profile = self._profile(code)
        places = [at for at in range(low, high) if message.terms[at] in profile.terms]
        heard = [self._rarity[term] if term >= 0 else _UNHEARD for term in message.terms[low:high]]
        upto = [0.0, *accumulate(heard)]
        near, span, matched = 0.0, (0, 0), frozenset[int]()
        for begin, first in enumerate(places):
            weight = inside = 0.0
            seen: set[int] = set()
            pairs: set[tuple[int, int]] = set()
            for order in range(begin, len(places)):
                at = places[order]
                term = message.terms[at]
                inside += self._rarity[term]
                if term not in seen:
                    seen.add(term)
                    weight += self._rarity[term] * profile.terms[term]
                pair = (message.terms[at - 1], term)
                if order > begin and pair in profile.pairs and pair not in pairs and places[order - 1] == at - 1:
                    pairs.add(pair)
                    weight += _NEIGHBOURS * profile.pairs[pair] * (self._rarity[pair[0]] + self._rarity[term]) / 2
                score = weight * math.sqrt(inside / (upto[at + 1 - low] - upto[first - low]))
                if score > near:
                    near, span, matched = score, (first, at), frozenset(seen)
        if not places or not message.failed(*span):
            return None
        covered = max(
            sum(self._rarity[term] for term in matched.intersection(self._index.passages[at].terms))
            / max(self._weights[at], _SHORTEST)
            for at in profile.passages
        )
        begin, end = message.sentences(*span)
        return Found(
            code=self._index.codes[code][0],
            near=near * math.sqrt(covered),
            covered=covered,
            matched=len(matched),
            said=self._share(message.terms[begin:end], profile),
            text=self._share(message.terms, profile),
        )

    def _share(self, terms: tuple[int, ...], profile: Profile) -> float:
        """How much of what is said here is written of a code."""
        known = sum(self._rarity[term] for term in terms if term in profile.terms)
        return known / sum(self._rarity[term] if term >= 0 else _UNHEARD for term in terms)


class _Message(Struct, frozen=True):
    """A text as numbers of terms, with the sentence that each stands in."""

    terms: tuple[int, ...]
    of: tuple[int, ...]
    failures: tuple[bool, ...]

    def failed(self, first: int, last: int) -> bool:
        """Whether one of the sentences of a stretch speaks of a failure."""
        return any(self.failures[self.of[first] : self.of[last] + 1])

    def sentences(self, first: int, last: int) -> tuple[int, int]:
        """Where the sentences of a stretch begin and end."""
        low, high = first, last + 1
        while low > 0 and self.of[low - 1] == self.of[first]:
            low -= 1
        while high < len(self.of) and self.of[high] == self.of[last]:
            high += 1
        return low, high


def _mistaken_for(word: str) -> Iterable[str]:
    """Every word from which one slip of the keyboard leads to this one."""
    for at in range(len(word) + 1):
        head, tail = word[:at], word[at:]
        if tail:
            yield head + tail[1:]
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        for sign in ascii_lowercase:
            yield head + sign + tail
            if tail:
                yield head + sign + tail[1:]
