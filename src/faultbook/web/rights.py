"""Who somebody is, and the one table of what each role may do."""

from collections.abc import Iterable
from typing import Final, Literal

from msgspec import Struct

Role = Literal["nobody", "visitor", "reader", "actor"]
Right = Literal["read", "recognise", "diagnose", "act", "metrics"]

RIGHTS: Final[dict[Role, frozenset[Right]]] = {
    "nobody": frozenset(),
    "visitor": frozenset({"read", "recognise"}),
    "reader": frozenset({"read", "recognise", "diagnose"}),
    "actor": frozenset({"read", "recognise", "diagnose", "act", "metrics"}),
}
"""``visitor`` is whoever is not signed in where ``auth.public_book`` is set; ``nobody`` where it is not, and who is in no mapped group.

``read``: the book and its search. ``recognise``: paste a text. ``diagnose``: give evidence, and open a diagnosis. ``act``: change what others
see, as deleting a diagnosis of somebody else. ``metrics``: read ``/metrics`` from anywhere.
"""


class User(Struct, frozen=True, kw_only=True):
    """Whoever made a request. ``session`` is the id of the cookie session that says so, empty where none does."""

    name: str = ""
    role: Role = "nobody"
    session: str = ""

    def may(self, right: Right) -> bool:
        """Whether the table says yes."""
        return right in RIGHTS[self.role]

    @property
    def signed_in(self) -> bool:
        """Whether somebody said who this is."""
        return bool(self.name)


def role_of(groups: Iterable[str], *, readers: Iterable[str], actors: Iterable[str]) -> Role:
    """The highest role that one of the groups gives; ``*`` in a mapping stands for everybody who is signed in."""
    mine = {"*", *groups}
    if mine & set(actors):
        return "actor"
    return "reader" if mine & set(readers) else "nobody"
