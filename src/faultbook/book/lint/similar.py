"""Which of many texts are nearly the same, without comparing each with each."""

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence
from typing import TypeVar

Feature = TypeVar("Feature", bound=Hashable)


def shingles(words: Sequence[str], size: int) -> frozenset[tuple[str, ...]]:
    """Every run of ``size`` words; of a shorter text the whole."""
    return frozenset(tuple(words[at : at + size]) for at in range(max(1, len(words) - size + 1)))


def pairs(sets: Sequence[frozenset[Feature]], threshold: float) -> Iterator[tuple[int, int, float]]:
    """Every pair of sets that share at least ``threshold`` of what both hold together (Jaccard), as indexes with the share.

    Exact. Two sets so alike share one of the rarest few of their features, so only those are indexed (prefix filtering, Chaudhuri, Ganti and
    Kaushik 2006), and sets of too different sizes are passed over: the cost grows with the number of real neighbours, not with its square.
    """
    counts = Counter(feature for one in sets for feature in one)
    order = {feature: rank for rank, (feature, _) in enumerate(sorted(counts.items(), key=lambda item: item[1]))}
    by_size = sorted((at for at, one in enumerate(sets) if one), key=lambda at: len(sets[at]))
    index: dict[Feature, list[int]] = defaultdict(list)
    for at in by_size:
        mine = sets[at]
        rarest = sorted(mine, key=order.__getitem__)[: len(mine) - math.ceil(threshold * len(mine)) + 1]
        near = {other for feature in rarest for other in index[feature] if len(sets[other]) >= threshold * len(mine)}
        for other in sorted(near):
            shared = len(mine & sets[other])
            share = shared / (len(mine) + len(sets[other]) - shared)
            if share >= threshold:
                yield min(at, other), max(at, other), share
        for feature in rarest:
            index[feature].append(at)
