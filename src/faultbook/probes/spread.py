"""Whom failures hit among the synchronised people, and whether a part of the organisation holds them all."""

from collections.abc import Mapping
from itertools import takewhile
from typing import Final

from faultbook.analysis.intervals import compare_shares
from faultbook.evidence import Facts
from faultbook.probes.federation import kind_of
from faultbook.probes.graph import Object, objects
from faultbook.probes.signins import Tally, units
from faultbook.probes.words import many

CHANCE: Final = 0.05
"""What is less likely by luck than this is none."""


def without_federated(synced: dict[str, Tally], hit: list[str], facts: Facts) -> dict[str, Tally]:
    """Those of federated domains left out where none of them fails: an expired password of theirs is changed at their provider, and goes no common way."""
    listed_domains = objects(*facts.all("graph.domains"))
    federated = {name for name in synced if kind_of(name.rpartition("@")[2], listed_domains) == "federated"}
    return synced if federated & set(hit) else {name: tally for name, tally in synced.items() if name not in federated}


def narrower_than(hit: list[str], synced: Mapping[str, Tally], known: Mapping[str, Object]) -> str:
    """The narrowest domain or OU that holds all who fail, where the synchronised users outside it succeed too often for chance."""
    trees = [units(known[name]) for name in hit]
    shared = tuple(step[0] for step in takewhile(lambda step: len(set(step)) == 1, zip(*trees, strict=False)))
    domains = {name.rpartition("@")[2] for name in hit}
    outside = {
        f"the OU {shared[-1]}": [name for name in synced if units(known[name])[: len(shared)] != shared],
    } if shared else {}  # fmt: skip
    if len(domains) == 1:
        outside[f"the domain {min(domains)}"] = [name for name in synced if name.rpartition("@")[2] not in domains]
    for where, others in sorted(outside.items(), key=lambda pair: -len(pair[1])):
        if others and compare_shares(len(hit), len(synced) - len(others), 0, len(others)).p < CHANCE:
            return f"all in {where}, while {many(len(others), 'synchronised user')} elsewhere succeed"
    return ""
