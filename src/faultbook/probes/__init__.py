"""Closed questions about facts: yes speaks for the cause that lists the probe, no against it, unknown for nothing."""

import importlib
import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct

from faultbook.evidence import Facts, Finding, Outcome, Subject, Unknown
from faultbook.model import Word

Ask = Callable[..., Outcome]

MODULES: Final = (
    "account",
    "app",
    "capacity",
    "control",
    "device",
    "directory",
    "endpoint",
    "federation",
    "gateway",
    "history",
    "hybrid",
    "message",
    "model",
    "passthrough",
    "permission",
    "policy",
    "powerbi",
    "principal",
    "refresh",
    "service",
    "tenant",
)


class Probe(Struct, frozen=True, kw_only=True):
    """One question with its metadata.

    ``needs`` are kinds of fact (see ``evidence.asks``), any one of which can answer it. ``otherwise`` is how often it answers yes when
    the cause that lists it is *not* the cause. Of the probes of one ``family`` only the strongest counts. ``names`` is true where a yes
    names the error itself (a local event, a missing right, a setting) and so may *establish* a cause; a statistic never does.
    ``fields`` are the paths it reads in the vendor's published shapes, as ``schema.path``. ``cost`` orders the next checks.
    """

    id: str
    question: str
    run: Ask
    needs: tuple[str, ...]
    otherwise: Word
    family: str
    names: bool = False
    fields: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    cost: int = 1
    version: int = 1


_REGISTRY: dict[str, Probe] = {}


def probe(
    id: str,  # noqa: A002 - the field's plain word
    *,
    needs: tuple[str, ...],
    otherwise: Word,
    family: str = "",
    names: bool = False,
    fields: tuple[str, ...] = (),
    cost: int = 1,
    version: int = 1,
) -> Callable[[Ask], Ask]:
    """Register a function ``(facts, about, **params) -> Outcome`` as a probe; the first line of its docstring is the question."""

    def register(run: Ask) -> Ask:
        question = (inspect.getdoc(run) or "").partition("\n")[0]
        params = tuple(inspect.signature(run).parameters)[2:]
        _REGISTRY[id] = Probe(
            id=id,
            question=question,
            run=run,
            needs=needs,
            otherwise=otherwise,
            family=family or id,
            names=names,
            fields=fields,
            params=params,
            cost=cost,
            version=version,
        )
        return run

    return register


def all_probes() -> Mapping[str, Probe]:
    """Every probe by id, sorted."""
    for module in MODULES:
        importlib.import_module(f"faultbook.probes.{module}")
    return dict(sorted(_REGISTRY.items()))


def ask(probe_: Probe, facts: Facts, about: Subject, params: Mapping[str, Any] | None = None) -> Finding:
    """Put one probe's question to the facts; a missing fact is the answer unknown, with its reason."""
    view = facts.fresh()
    bound = dict(params or {})
    try:
        outcome = probe_.run(view, about, **bound)
    except Unknown as reason:
        outcome = Outcome("unknown", reason.sentence, reason.why)
    return Finding(
        probe=probe_.id,
        answer=outcome.answer,
        sentence=outcome.sentence,
        why_unknown=outcome.why,
        facts=view.used,
        version=probe_.version,
        params=bound,
    )
