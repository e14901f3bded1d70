"""What the keys of a JSON value tell about what stands under them."""

from collections.abc import Iterable

from faultbook.evidence import Fact
from faultbook.redact.kept import KEYS, Sort


def organisations(facts: Iterable[Fact]) -> list[str]:
    """Names and domains of the tenant, where a fact tells them."""
    names: list[str] = []
    for fact in facts:
        rows = fact.value if isinstance(fact.value, list) else []
        keys = {"graph.organization": ("displayName",), "graph.domains": ("id",)}.get(fact.kind, ())
        names += [row[key] for row in rows if isinstance(row, dict) for key in keys if isinstance(row.get(key), str)]
    return sorted({name for name in names if len(name) >= 4})


def plain_key(key: str) -> str:
    """A key without case and separators."""
    return key.replace("_", "").replace("-", "").replace(" ", "").casefold()


def sort_of(key: str, parent: str) -> Sort | None:
    """What a key says about its value; a display name belongs to a person only under a user."""
    plain = plain_key(key)
    if plain == "hint" and plain_key(parent) == "passwordcredentials":
        return "secret"  # the first characters of one
    if plain in {"displayname", "id"}:
        if plain_key(parent) in {"user", "users"}:
            return "person" if plain == "displayname" else "user-id"
        return "host" if plain_key(parent) == "devicedetail" and plain == "displayname" else None
    return KEYS.get(plain)
