"""Whose an export is that names no object itself, as far as the name of its file says."""

import re
from typing import Final

from faultbook.evidence import Facts, Subject
from faultbook.probes.graph import Object, objects, same

_OF_CONTAINERS: Final = frozenset(
    {"ou", "organizationalunit", "container", "domain", "root", "parent", "adminsdholder"}
)


def file_may_be(facts: Facts, about: Subject, by: str) -> bool:
    """Whether a file may hold the affected user's object: not where its name speaks of a container or of somebody else."""
    if calls(by, about.user or ""):
        return True
    words = set(_words(by.rpartition(".")[0]))
    if words & _OF_CONTAINERS and "user" not in words:
        return False
    people: list[Object] = objects(*facts.all("graph.users"), *facts.all("ad.object"))
    others = (str(item.get("userPrincipalName") or "") for item in people)
    return not about.user or not any(calls(by, name) for name in others if not same(name, about.user))


def calls(by: str, user: str) -> bool:
    """Whether a file is called after a person: its name holds every word of the user's before the @."""
    wanted = [word for word in _words(user.partition("@")[0]) if len(word) > 1]
    return bool(wanted) and set(wanted) <= set(_words(by))


def _words(text: str) -> list[str]:
    return re.split(r"[^a-z0-9]+", text.casefold())
