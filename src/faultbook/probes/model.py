"""What a semantic model reads from, and whether each source of it is bound to a connection."""

from typing import Final

from faultbook.evidence import Facts, Outcome, Subject, Unknown, no, unknown, yes
from faultbook.probes import probe
from faultbook.probes.graph import Object, parts, said, same
from faultbook.probes.refreshes import of_dataset
from faultbook.probes.words import listed, many

_SOURCE: Final = "powerbi:Datasource."
_TYPE: Final = (_SOURCE + "datasourceType",)
_BOUND: Final = (*_TYPE, _SOURCE + "gatewayId", _SOURCE + "datasourceId")
_WHERE: Final = tuple(f"{_SOURCE}connectionDetails.{name}" for name in ("server", "url", "path", "database"))


@probe("model.source-unbound", needs=("powerbi.datasources",), otherwise="hardly-ever", family="source-binding", names=True,
       fields=(*_BOUND, *_WHERE))  # fmt: skip
def source_unbound(facts: Facts, about: Subject) -> Outcome:
    """Is a data source of the model bound to no connection?"""
    sources = of_dataset(facts, about, "powerbi.datasources")
    if not sources:
        return unknown("not-found", "The answer lists no data source of the model.")
    loose = [source for source in sources if not source.get("gatewayId") or not source.get("datasourceId")]
    if len(loose) == len(sources) and not any("gatewayId" in source for source in sources):
        return unknown(
            "unexpected-shape", "The answer names no connection of any source; it may not have been asked for."
        )
    if loose:
        return yes(
            f"{len(loose)} of {many(len(sources), 'data source')} bound to no connection: {listed(map(_named, loose))}."
        )
    return no(f"Every one of {many(len(sources), 'data source')} is bound to a connection.")


@probe("model.reads-from", needs=("powerbi.datasources",), otherwise="sometimes", family="source-kind", fields=_TYPE)
def reads_from(facts: Facts, about: Subject, types: list[str]) -> Outcome:
    """Does the model read from a source of one of these types?"""
    told = _types(facts, about)
    found = [one for one in told if any(same(one, wanted) for wanted in types)]
    sentence = f"The model reads from sources of the types {listed(sorted(set(found or told)))}."
    return yes(sentence) if found else no(sentence)


@probe("model.mixes-sources", needs=("powerbi.datasources",), otherwise="sometimes", family="source-number",
       fields=_BOUND)  # fmt: skip
def mixes_sources(facts: Facts, about: Subject) -> Outcome:
    """Does the model read from sources of several types or behind several gateways?"""
    types = set(_types(facts, about))
    behind = {str(source["gatewayId"]).casefold() for source in of_dataset(facts, about, "powerbi.datasources") if source.get("gatewayId")}  # fmt: skip
    sentence = f"The model reads from {many(len(types), 'type')} of source ({listed(sorted(types))}) through {many(len(behind), 'gateway')}."
    return yes(sentence) if len(types) > 1 or len(behind) > 1 else no(sentence)


@probe("model.needs-gateway", needs=("powerbi.dataset",), otherwise="often", family="source-place",
       fields=("powerbi:Dataset.IsOnPremGatewayRequired",))  # fmt: skip
def needs_gateway(facts: Facts, about: Subject) -> Outcome:
    """Does the model need a gateway?"""
    for item in of_dataset(facts, about, "powerbi.dataset"):
        needed = said(item, "isOnPremGatewayRequired")
        if isinstance(needed, bool):
            return (
                yes("The model needs a gateway (isOnPremGatewayRequired is true).")
                if needed
                else no("The model needs no gateway (isOnPremGatewayRequired is false).")
            )
    return unknown("unexpected-shape", "The dataset does not say whether it needs a gateway.")


def _types(facts: Facts, about: Subject) -> list[str]:
    sources = of_dataset(facts, about, "powerbi.datasources")
    told = [source["datasourceType"] for source in sources if isinstance(source.get("datasourceType"), str)]
    if not told:
        raise Unknown("not-found", "The answer lists no data source with its type.")
    return told


def _named(source: Object) -> str:
    """A source in words: its type, and where it lies."""
    kind = str(source.get("datasourceType") or "source")
    place = next(
        (
            str(details[key])
            for details in parts(source, "connectionDetails")
            for key in ("server", "url", "path", "database")
            if details.get(key)
        ),
        "",
    )
    return f"{kind} {place}".strip()
