"""What to look at next: which fact would tell most about the open causes, for how much trouble, and which grant or file brings it.

The gain of a check is the expected drop in entropy over every answer that its questions can give. Of the questions of one family only
the most telling is counted, and of a check at most five: more would cost much and change little.
"""

import math
from collections.abc import Iterable, Mapping
from operator import mul
from typing import Final

from msgspec import Struct

from faultbook.diagnose.weigh import Key, Ranked, Standing, Weighing, entropy, family_of, key_of, questions, weigh
from faultbook.evidence import Facts, Finding
from faultbook.evidence.asks import KINDS, Kind
from faultbook.model import Entry, Test
from faultbook.probes import Probe

QUESTIONS_COUNTED: Final = 5
CHECKS_SHOWN: Final = 8
LEAST_BITS: Final = 0.01
COMPARED: Final = frozenset({"signins.history", "federation.metadata"})
"""Kinds that a question compares with its other kinds, so that it needs them all; elsewhere any one kind will do."""


class Way(Struct, frozen=True, kw_only=True):
    """One way to a fact: the file to export, or the grant to give; ``needs_nothing`` where neither right nor role is asked for."""

    kind: str
    title: str
    file: str
    grant: str = ""
    delegated_only: bool = False
    licence: str = ""
    role: str = ""
    endpoint: str = ""
    command: str = ""
    cost: int
    needs_nothing: bool


class NextCheck(Struct, frozen=True, kw_only=True):
    """A fact that would tell something: by how many bits of the open ones, about which causes, and how to get it.

    ``again`` is true where such a fact is there and did not answer; ``why`` then says why not.
    """

    kind: str
    title: str
    bits: float
    of_bits: float
    cost: int
    again: bool = False
    why: str = ""
    causes: tuple[str, ...]
    probes: tuple[str, ...]
    way: Way
    instead: tuple[Way, ...] = ()


class Settles(Struct, frozen=True, kw_only=True):
    """What one grant or file can do for one cause: the word that yes to all its questions brings, and the word that no brings."""

    cause: str
    title: str
    at_best: Standing
    at_worst: Standing
    probes: tuple[str, ...]


class Opening(Struct, frozen=True, kw_only=True):
    """One grant (or, where there is none, one file) with all the facts it opens and the causes that these settle."""

    grant: str
    ways: tuple[Way, ...]
    bits: float
    settles: tuple[Settles, ...]


def next_checks(
    entry: Entry,
    weighing: Weighing,
    findings: Mapping[Key, Finding],
    *,
    facts: Facts,
    probes: Mapping[str, Probe],
    words: Mapping[str, float],
) -> tuple[NextCheck, ...]:
    """The checks worth making, the most telling for its cost first; each counts only what the ones before it leave open."""
    chances = _Chances(entry, weighing, probes, words)
    open_ = {key: test for key, test in questions(entry).items() if test.probe in probes and _is_open(findings, key)}
    candidates = _candidates(open_, probes, facts)
    everything = {kind: set(keys) for (kind, _), keys in candidates.items()}
    checks: list[NextCheck] = []
    while candidates and len(checks) < CHECKS_SHOWN:
        gains = {one: chances.gain(keys) for one, keys in candidates.items()}
        best = min(gains, key=lambda one: (-gains[one] / _cost(*one), _privilege(KINDS[one[0]]), one))
        keys = candidates.pop(best)
        if gains[best] < LEAST_BITS:
            break
        checks.append(_check(best, keys, gains[best], chances, findings=findings, everything=everything))
        candidates = {
            one: left for one, mine in candidates.items() if (left := [k for k in mine if k not in set(keys)])
        }
    return tuple(checks)


def permissions(entry: Entry, probes: Mapping[str, Probe], words: Mapping[str, float]) -> tuple[Opening, ...]:
    """Which single grant or file settles which causes of the entry, the least privilege first."""
    weighing = weigh(entry, {}, probes, words)
    chances = _Chances(entry, weighing, probes, words)
    grants: dict[str, dict[Key, Test]] = {}
    kinds: dict[str, set[str]] = {}
    for key, test in questions(entry).items():
        for kind in _alone(probes[test.probe].needs) if test.probe in probes else ():
            name = _grant(KINDS[kind]) or kind
            grants.setdefault(name, {})[key] = test
            kinds.setdefault(name, set()).add(kind)
    openings = [
        Opening(
            grant=name if name not in KINDS else "",
            ways=tuple(way_of(kind) for kind in sorted(kinds[name])),
            bits=chances.gain(list(keys)),
            settles=_settles(entry, keys, weighing, probes, words),
        )
        for name, keys in grants.items()
    ]
    return tuple(sorted(openings, key=lambda one: (_privilege(KINDS[one.ways[0].kind]), -one.bits, one.ways[0].kind)))


def _alone(needs: tuple[str, ...]) -> tuple[str, ...]:
    """The kinds each of which answers a question by itself, once everybody's facts are there (metadata of a provider is public)."""
    if not COMPARED & set(needs):
        return needs
    asked = [kind for kind in needs if _privilege(KINDS[kind]) > 0]
    return tuple(asked) if len({_grant(KINDS[kind]) for kind in asked}) == 1 else ()


class _Chances:
    """How likely each answer is under each cause, given what is already known."""

    def __init__(
        self, entry: Entry, weighing: Weighing, probes: Mapping[str, Probe], words: Mapping[str, float]
    ) -> None:
        self.shares = {one.cause: one.share for one in weighing.ranked}
        self.entropy = entropy(self.shares.values())
        self.titles = {cause.id: cause.title for cause in entry.causes}
        known = {one.cause: _known(one) for one in weighing.ranked}
        self._yes: dict[Key, dict[str, float]] = {}
        self._family: dict[Key, str] = {}
        self.owners: dict[Key, list[str]] = {}
        for cause in entry.causes:
            for test in cause.tests:
                if (probe := probes.get(test.probe)) is None:
                    continue
                key = key_of(test.probe, test.params)
                family = family_of(probe, test.params)
                otherwise = words[probe.otherwise]
                chances = self._yes.setdefault(key, dict.fromkeys(self.shares, otherwise))
                # A question whose family already gave a finding can add little; it is counted as adding nothing.
                if family not in known[cause.id]:
                    chances[cause.id] = max(words[test.yes], otherwise)
                self._family[key] = family
                self.owners.setdefault(key, []).append(cause.id)

    def gain(self, keys: Iterable[Key]) -> float:
        """The expected drop in entropy, in bits, when all these questions are answered."""
        best: dict[str, tuple[float, Key]] = {}
        for key in keys:
            single = self._gain([key])
            family = self._family[key]
            if family not in best or (single, key) > best[family]:
                best[family] = (single, key)
        chosen = sorted(best.values(), reverse=True)[:QUESTIONS_COUNTED]
        return round(max(self._gain([key for _, key in chosen]), 0.0), 4)

    def _gain(self, keys: list[Key]) -> float:
        shares = self.shares.values()
        answered = [[1.0] * len(shares)]  # how likely each series of answers is under each cause
        for key in keys:
            yes = [self._yes[key][cause] for cause in self.shares]
            no = [1 - chance for chance in yes]
            answered = [list(map(mul, before, answer)) for before in answered for answer in (yes, no)]
        expected = 0.0
        for chances in answered:
            joint = list(map(mul, shares, chances))
            whole = math.fsum(joint)
            expected += whole * entropy(part / whole for part in joint)
        return self.entropy - expected


def _known(ranked: Ranked) -> set[str]:
    return {one.family for one in ranked.findings if one.counted}


def _is_open(findings: Mapping[Key, Finding], key: Key) -> bool:
    finding = findings.get(key)
    return finding is None or finding.answer == "unknown"


def _candidates(
    open_: Mapping[Key, Test], probes: Mapping[str, Probe], facts: Facts
) -> dict[tuple[str, bool], list[Key]]:
    """Each kind of fact (and whether it is there already) with the open questions it could answer."""
    candidates: dict[tuple[str, bool], list[Key]] = {}
    for key, test in open_.items():
        needs = probes[test.probe].needs
        missing = [kind for kind in needs if not facts.has(kind)]
        for kind in missing[: 1 if COMPARED & set(needs) else None] or needs[:1]:
            candidates.setdefault((kind, not missing), []).append(key)
    return candidates


def _check(
    one: tuple[str, bool],
    keys: list[Key],
    bits: float,
    chances: _Chances,
    *,
    findings: Mapping[Key, Finding],
    everything: Mapping[str, set[Key]],
) -> NextCheck:
    kind, again = one
    mine = set(keys)
    others = [KINDS[name] for name, theirs in everything.items() if name != kind and theirs >= mine]
    reasons = dict.fromkeys(findings[key].sentence for key in keys if key in findings)
    return NextCheck(
        kind=kind,
        title=KINDS[kind].title,
        bits=bits,
        of_bits=round(chances.entropy, 4),
        cost=_cost(kind, again),
        again=again,
        why=next(iter(reasons), "") if again else "",
        causes=tuple(
            sorted({cause for key in keys for cause in chances.owners[key]}, key=lambda c: (-chances.shares[c], c))
        ),
        probes=tuple(dict.fromkeys(key[0] for key in keys)),
        way=way_of(kind),
        instead=tuple(
            way_of(other.kind) for other in sorted(others, key=lambda other: (_privilege(other), other.kind))
        ),
    )


def _settles(
    entry: Entry,
    keys: Mapping[Key, Test],
    before: Weighing,
    probes: Mapping[str, Probe],
    words: Mapping[str, float],
) -> tuple[Settles, ...]:
    settles = []
    for cause in entry.causes:
        own = {key_of(test.probe, test.params): test for test in cause.tests}
        mine = {key: test for key, test in own.items() if key in keys}
        if not mine:
            continue
        told = {}
        for answer in ("yes", "no"):
            findings = {
                key: Finding(probe=test.probe, answer=answer, sentence="", params=dict(test.params))
                for key, test in mine.items()
            }
            after = weigh(entry, findings, probes, words)
            told[answer] = next(one.word for one in after.ranked if one.cause == cause.id)
        settles.append(
            Settles(
                cause=cause.id,
                title=cause.title,
                at_best=told["yes"],
                at_worst=told["no"],
                probes=tuple(dict.fromkeys(key[0] for key in mine)),
            )
        )
    order = {"established": 0, "likely": 1, "possible": 2, "unlikely": 3, "ruled-out": 4}
    place = {one.cause: number for number, one in enumerate(before.ranked)}
    return tuple(sorted(settles, key=lambda one: (order[one.at_best], place[one.cause])))


def _grant(kind: Kind) -> str:
    return "" if kind.permission == "none" else kind.permission


def _privilege(kind: Kind) -> int:
    """How much trust a way asks for: nothing, any domain user, one read permission, a role besides, a server's administrator."""
    if not _grant(kind):
        return 0 if not kind.role else 1 if kind.role.startswith("any ") else 4
    if "Write" in kind.permission:
        return 5
    return 3 if kind.role or kind.delegated_only else 2


def _cost(kind: str, again: bool) -> int:
    return KINDS[kind].cost + again


def way_of(name: str) -> Way:
    """The way to a kind of fact."""
    kind = KINDS[name]
    return Way(
        kind=kind.kind,
        title=kind.title,
        file=kind.file,
        grant=_grant(kind),
        delegated_only=kind.delegated_only,
        licence=kind.licence,
        role=kind.role,
        endpoint=kind.endpoint,
        command=kind.command,
        cost=kind.cost,
        needs_nothing=_privilege(kind) == 0,
    )
