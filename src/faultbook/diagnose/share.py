"""A diagnosis and its facts as others may see them: people and secrets out, and every citation still leading to its fact."""

from collections.abc import Mapping
from typing import Any

import msgspec

from faultbook.diagnose.diagnosis import Diagnosis
from faultbook.evidence import Facts
from faultbook.redact import Redactor


def shareable(diagnosis: Diagnosis, facts: Facts, redactor: Redactor) -> tuple[Diagnosis, Facts]:
    """The same diagnosis and facts, redacted. A redacted fact has another hash: the diagnosis cites the new one.

    The book's own words are redacted too, but for its sources: an example name in a command is nobody's, and nobody can tell.
    """
    redactor.learn(msgspec.to_builtins(diagnosis.about))
    shown = [(fact.hash, redactor.fact(fact)) for fact in facts]
    hashes = {old: fact.hash for old, fact in shown}
    raw: dict[str, Any] = msgspec.to_builtins(diagnosis)
    red: dict[str, Any] = _recited(redactor.value(raw), hashes)
    red["error"]["cites"] = raw["error"]["cites"]
    return msgspec.convert(red, Diagnosis), Facts(fact for _, fact in shown)


def _recited(value: Any, hashes: Mapping[str, str]) -> Any:
    """The value with every hash of a fact replaced by that of the redacted fact."""
    if isinstance(value, dict):
        return {name: _recited(inner, hashes) for name, inner in value.items()}
    if isinstance(value, list):
        return [_recited(inner, hashes) for inner in value]
    return hashes.get(value, value) if isinstance(value, str) else value
