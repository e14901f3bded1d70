"""Codes that are published and have no entry: what is known of each, said at once for all of them."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from faultbook.book.known import MESSAGE, Known, number
from faultbook.book.oauth import CLASSES
from faultbook.book.page import PASSES, WAIT, capital
from faultbook.recognise import Unknown
from faultbook.site.page import Page
from faultbook.site.paths import entry_path
from faultbook.site.render import rendered

FAMILIES: Final = {
    "entra": "Microsoft Entra sign-in",
    "oauth": "OAuth error classes",
    "sspr": "Password reset page",
    "password-writeback": "Password writeback events",
    "entra-connect": "Entra Connect synchronisation",
    "password-protection": "Entra password protection events",
    "pass-through": "Pass-through authentication",
    "windows-security": "Windows security events",
    "broker": "Account broker of Windows",
    "hresult": "Numbers of the synchronisation engine",
    "power-bi": "Power BI and its gateway",
    "report-server": "Power BI Report Server events",
    "fabric": "Microsoft Fabric",
    "data-factory": "Data Factory and Synapse pipelines",
    "spark": "Apache Spark and Delta Lake",
    "databricks": "Azure Databricks",
    "snowflake": "Snowflake",
    "sql-server": "SQL Server and Azure SQL",
    "sql-server-driver": "SQL Server drivers",
    "dbt": "dbt",
    "dbt-fusion": "dbt Fusion",
    "graph": "Microsoft Graph",
    "msal": "Sign-in libraries",
    MESSAGE: "Messages without a code",
}
"""The tables of published codes, as a reader calls them."""
_LEAST_ALIKE: Final = 4


class Neighbour(Struct, frozen=True):
    """A code that stands beside another in its list."""

    code: str
    name: str
    path: str


class Published:
    """All published codes, ready to say of any of them what stands beside it."""

    def __init__(self, known: Sequence[Known], paths: Mapping[str, str], beside: Mapping[str, list[str]]) -> None:
        self._by_code = {one.code: one for one in known}
        self._paths = paths
        self._beside = beside
        self._alike = sorted((one.family, one.code.casefold(), one.code) for one in known)
        self._hundreds: dict[tuple[str, int], list[Known]] = defaultdict(list)
        for one in known:
            if split := number(one.code):
                self._hundreds[split[0], split[1] // 100].append(one)

    def page(self, one: Known) -> Page:
        """What is published about one code, and that this is all."""
        family = FAMILIES.get(one.family, one.family)
        values = {
            "code": one.code,
            "name": one.name,
            "status": "known code, no entry yet",
            "family": family,
            "family_path": f"/published/{one.family}",
            "sentences": [*_what(one), *self._around(one)],
            "passes": (WAIT[one.transient], capital(PASSES[one.transient])) if one.kind == "error" else ("", ""),
            "oauth": one.oauth_error,
            "oauth_says": CLASSES.get(one.oauth_error, ""),
            "near": self.near(one),
            "source": one.source,
        }
        values |= {
            "title": f"{one.code}{f' {one.name}' if one.name else ''}",
            "description": f"{one.code} is a published code of {family}. The book has no entry for it yet; this is what is known.",
        }
        return rendered("published.html", entry_path(one.code), values)

    def near(self, one: Known, count: int = 3) -> list[Neighbour]:
        """The codes beside it: by number, or those of its family that are spelt most alike."""
        codes = self._beside.get(one.code) or self._spelt_alike(one, count)
        return [Neighbour(code, self._by_code[code].name, self._paths[code]) for code in codes]

    def _spelt_alike(self, one: Known, count: int) -> list[str]:
        folded = one.code.casefold()
        at = bisect_left(self._alike, (one.family, folded, one.code))
        around = [*self._alike[max(0, at - count) : at], *self._alike[at + 1 : at + 1 + count]]
        alike = sorted((-_common(folded, other), code) for family, other, code in around if family == one.family)
        return [code for shared, code in alike[:count] if -shared >= _LEAST_ALIKE]

    def _around(self, one: Known) -> Iterable[str]:
        split = number(one.code)
        inside = self._hundreds[split[0], split[1] // 100] if split else []
        about = Counter(other.note.partition(";")[0] for other in inside if other.note)
        if split and len(inside) > 1 and about:
            low = split[1] - split[1] % 100
            most = min(about, key=lambda text: (-about[text], text))
            yield f"{len(inside)} of the numbers {low} to {low + 99} are published, most of them about: {most}. Near in number does not mean alike."


def _what(one: Known) -> Iterable[str]:
    if one.family == MESSAGE:
        yield f"No code, but our name for a message that prints none: {one.note}."
        return
    yield f"Its published name is {one.name}." if one.name else "No name is published for it."
    if one.note:
        yield f"Noted with it: {one.note}."
    if one.kind != "error":
        yield "It reports something normal, or a warning, and is no error in itself."


def _common(one: str, other: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def unlisted_values(unknown: Unknown, paths: Mapping[str, str]) -> dict[str, Any]:
    """What ``published.html`` needs for a code that no list names."""
    family = FAMILIES.get(unknown.family, unknown.family)
    return {
        "title": f"{unknown.code}: {unknown.status}",
        "description": "",
        "code": unknown.code,
        "name": unknown.name,
        "status": unknown.status,
        "family": family,
        "family_path": f"/published/{unknown.family}" if unknown.family in FAMILIES else "",
        "sentences": unknown.said[:1] if unknown.status == "not a published code" else (),
        "passes": ("", ""),
        "oauth": unknown.oauth_error,
        "oauth_says": unknown.oauth_says,
        "near": [Neighbour(one.code, one.name, paths.get(one.code, entry_path(one.code))) for one in unknown.nearest],
        "source": unknown.source,
    }
