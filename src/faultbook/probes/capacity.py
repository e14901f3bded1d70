"""Capacities of Power BI and Fabric: whether they run, and how much they hold."""

import re
from typing import Final

from faultbook.evidence import Facts, Outcome, Subject, no, unknown, yes
from faultbook.probes import probe
from faultbook.probes.graph import Object, objects, same
from faultbook.probes.words import listed, many

_CAPACITY: Final = "powerbi:Capacity."
_SMALL: Final = re.compile(r"(?:F[248]|EM1|A1)", re.IGNORECASE)
"""Sizes that give a model three gigabytes of memory, as a full refresh of it needs twice over."""


@probe("capacity.not-active", needs=("powerbi.capacities",), otherwise="hardly-ever", family="capacity-state", names=True,
       fields=tuple(_CAPACITY + name for name in ("displayName", "state")))  # fmt: skip
def not_active(facts: Facts, about: Subject) -> Outcome:  # noqa: ARG001 - every probe takes the subject
    """Is the capacity paused, or otherwise not active?"""
    told = [one for one in _capacities(facts) if isinstance(one.get("state"), str)]
    if not told:
        return unknown("unexpected-shape", "The list of capacities says of none in which state it is.")
    idle = [one for one in told if not same(one["state"], "Active")]
    names = listed(f"{one.get('displayName') or 'a capacity'} is {one['state']}" for one in idle)
    if not idle:
        return no(f"{len(told)} of {many(len(told), 'capacity', 'capacities')} active.")
    if len(idle) < len(told):
        return unknown("ambiguous", f"{names}, others are active; it is not known on which one the model lies.")
    return yes(f"{names}.")


@probe("capacity.small", needs=("powerbi.capacities",), otherwise="sometimes", family="capacity-size",
       fields=tuple(_CAPACITY + name for name in ("displayName", "sku")))  # fmt: skip
def small(facts: Facts, about: Subject) -> Outcome:  # noqa: ARG001 - every probe takes the subject
    """Is the capacity of a size that gives a model no more than three gigabytes?"""
    told = [one for one in _capacities(facts) if isinstance(one.get("sku"), str)]
    if not told:
        return unknown("unexpected-shape", "The list of capacities says of none which size it has.")
    sizes = {str(one["sku"]) for one in told}
    little = {size for size in sizes if _SMALL.fullmatch(size)}
    if little and little != sizes:
        return unknown(
            "ambiguous", f"There are capacities of {listed(sorted(sizes))}; it is not known which one holds the model."
        )
    sentence = f"The capacity's size is {listed(sorted(sizes))}."
    return yes(sentence) if little else no(sentence)


def _capacities(facts: Facts) -> list[Object]:
    return objects(*facts.need("powerbi.capacities"))
