"""Users in tables: the portal's download, the Microsoft 365 admin centre's, and PowerShell's."""

from collections.abc import Mapping
from typing import Any, Final

from faultbook.evidence import Fact
from faultbook.sources.consoles import truth
from faultbook.sources.items import Read
from faultbook.sources.tables import Table

FIELDS: Final = (
    "graph.v1:microsoft.graph.user.accountEnabled",
    "graph.v1:microsoft.graph.user.createdDateTime",
    "graph.v1:microsoft.graph.user.displayName",
    "graph.v1:microsoft.graph.user.id",
    "graph.v1:microsoft.graph.user.mail",
    "graph.v1:microsoft.graph.user.onPremisesDistinguishedName",
    "graph.v1:microsoft.graph.user.onPremisesImmutableId",
    "graph.v1:microsoft.graph.user.onPremisesSyncEnabled",
    "graph.v1:microsoft.graph.user.userPrincipalName",
    "graph.v1:microsoft.graph.user.userType",
)
_NAMES: Final = {
    "userprincipalname": "userPrincipalName",
    "id": "id",
    "objectid": "id",
    "displayname": "displayName",
    "mail": "mail",
    "usertype": "userType",
    "accountenabled": "accountEnabled",
    "directorysynced": "onPremisesSyncEnabled",
    "dirsyncenabled": "onPremisesSyncEnabled",
    "onpremisessyncenabled": "onPremisesSyncEnabled",
    "onpremisesdistinguishedname": "onPremisesDistinguishedName",
    "onpremisesimmutableid": "onPremisesImmutableId",
    "immutableid": "onPremisesImmutableId",
    "createddatetime": "createdDateTime",
    "blockcredential": "blocked",
}
_ENOUGH: Final = {"id", "onPremisesSyncEnabled", "accountEnabled", "userType", "displayName", "blocked"}
_SUFFIXES: Final = ("_s", "_b", "_g", "_t", "[utc]")


def is_header(header: list[str]) -> bool:
    """Whether a table's columns are those of directory users, and not of sign-ins or of Active Directory."""
    found = {_NAMES[name] for column in header if (name := _plain(column)) in _NAMES}
    plain = {_plain(column) for column in header}
    return (
        "userPrincipalName" in found
        and bool(found & _ENOUGH)
        and not plain & {"distinguishedname", "correlationid", "activity", "operationname", "resulttype"}
    )


def of_table(found: Table, by: str) -> Read:
    """The users with Graph's property names; a column that the table lacks is absent, an empty cell under synchronisation is null, as Graph has it."""
    synced = any(_NAMES.get(_plain(column)) == "onPremisesSyncEnabled" for column in found.header)
    users = [user for row in found.dicts() if (user := _user(row, synced=synced)).get("userPrincipalName")]
    problems = list(found.problems)
    if len(users) < len(found.rows):
        problems.append(f"{len(found.rows) - len(users)} rows have no user principal name and were left out.")
    detail = (
        "incomplete: the table could not be read to its end"
        if any("beyond line" in problem for problem in found.problems)
        else ""
    )
    fact = Fact(kind="graph.users", value=users, detail=detail, by=by)
    return Read(kind="graph.users", format="user CSV", facts=[fact], rows=len(users), problems=problems)


def _user(row: Mapping[str, str], *, synced: bool) -> dict[str, Any]:
    user: dict[str, Any] = {}
    for column, cell in row.items():
        name = _NAMES.get(_plain(column))
        if name is None or name in user:
            continue
        state = truth(cell) if name in ("accountEnabled", "onPremisesSyncEnabled", "blocked") else None
        user[name] = state if state is not None else cell.strip()
    if isinstance(blocked := user.pop("blocked", None), bool):
        user.setdefault("accountEnabled", not blocked)
    for name in ("accountEnabled", "onPremisesSyncEnabled"):
        if not isinstance(user.get(name), bool):
            user.pop(name, None)
    if synced:
        user.setdefault("onPremisesSyncEnabled", None)
    return user


def _plain(column: str) -> str:
    name = column.strip().lower().replace(" ", "")
    for suffix in _SUFFIXES:
        name = name.removesuffix(suffix)
    return name
