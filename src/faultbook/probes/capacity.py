"""Capacities of Power BI and Fabric: whether the one that holds the model runs, and how much it holds."""

import re
from typing import Final

from faultbook.evidence import Facts, Outcome, Subject, Unknown, no, unknown, yes
from faultbook.probes import probe
from faultbook.probes.graph import Object, first, objects, same
from faultbook.probes.words import listed, many

_CAPACITY: Final = "powerbi:Capacity."
_WORKSPACE: Final = "powerbi:Group."
_WHERE: Final = (
    *(_WORKSPACE + name for name in ("id", "isOnDedicatedCapacity", "capacityId")),
    "powerbi:Dataset.id",
    "powerbi:Dataset.webUrl",
)
_NEEDS: Final = ("powerbi.capacities", "powerbi.workspace")
_SMALL: Final = re.compile(r"(?:F[248]|EM1|A1)", re.IGNORECASE)
"""Sizes that give a model three gigabytes of memory, as a full refresh of it needs twice over."""


@probe("capacity.not-active", needs=_NEEDS, otherwise="hardly-ever", family="capacity-state", names=True,
       fields=(*(_CAPACITY + name for name in ("id", "displayName", "state")), *_WHERE))  # fmt: skip
def not_active(facts: Facts, about: Subject) -> Outcome:
    """Is the capacity paused, or otherwise not active?"""
    capacities = _capacities(facts, about)
    if not capacities:
        return no("The workspace lies on no capacity of its own, which could be paused.")
    told = [one for one in capacities if isinstance(one.get("state"), str)]
    if not told:
        return unknown("unexpected-shape", "The list of capacities says of none in which state it is.")
    idle = [one for one in told if not same(one["state"], "Active")]
    names = listed(f"{one.get('displayName') or 'a capacity'} is {one['state']}" for one in idle)
    if not idle:
        return no(f"{len(told)} of {many(len(told), 'capacity', 'capacities')} active.")
    if len(idle) < len(told):
        return unknown("ambiguous", f"{names}, others are active; it is not known on which one the model lies.")
    return yes(f"{names}.")


@probe("capacity.small", needs=_NEEDS, otherwise="sometimes", family="capacity-size",
       fields=(*(_CAPACITY + name for name in ("id", "displayName", "sku")), *_WHERE))  # fmt: skip
def small(facts: Facts, about: Subject) -> Outcome:
    """Is the capacity of a size that gives a model no more than three gigabytes?"""
    capacities = _capacities(facts, about)
    if not capacities:
        return yes("The workspace lies on no capacity of its own; a model of shared capacity is held to one gigabyte.")
    told = [one for one in capacities if isinstance(one.get("sku"), str)]
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


def _capacities(facts: Facts, about: Subject) -> list[Object]:
    """The capacity that holds the model, or all where that is not known; none where its workspace has none of its own."""
    workspace = _workspace(facts, about)
    if workspace and workspace.get("isOnDedicatedCapacity") is False:
        return []
    capacities = objects(*facts.need("powerbi.capacities"))
    if workspace is None or not isinstance(wanted := workspace.get("capacityId"), str):
        return capacities
    if held := first(capacities, lambda one: same(one.get("id"), wanted)):
        return [held]
    raise Unknown(
        "not-found", f"The workspace lies on the capacity {wanted}, which is not among those that the caller sees."
    )


def _workspace(facts: Facts, about: Subject) -> Object | None:
    """The workspace of the failing model: the one that the address of its page names, else the only one there is."""
    workspaces = objects(*facts.all("powerbi.workspace"))
    for dataset in objects(*facts.all("powerbi.dataset")):
        if same(dataset.get("id"), about.artefact) and (page := str(dataset.get("webUrl") or "").casefold()):
            return first(workspaces, lambda one: f"/groups/{one.get('id')}/".casefold() in page)
    return workspaces[0] if len(workspaces) == 1 else None
