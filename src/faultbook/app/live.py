"""Live sources for a diagnosis or a bundle: what must be asked for an error, asked, and handed on as facts."""

import datetime as dt
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from faultbook.errors import UsageError
from faultbook.evidence import Facts, Subject
from faultbook.evidence.asks import KINDS
from faultbook.model import Entry
from faultbook.probes import Probe

if TYPE_CHECKING:
    from faultbook.sources.live.ask import Record
    from faultbook.sources.live.capture import Capture

SECONDS: Final = 90.0
_NEEDED: Final = {"httpx2": "httpx2", "anyio": "anyio", "azure.identity": "azure-identity", "ldap3": "ldap3"}
_BESIDE: Final = {
    "ad.descriptor": ("ad.object", "ad.principal", "ad.domain", "graph.users"),
    "ad.object": ("graph.users",),
    "federation.metadata": ("federation.realm", "graph.federationConfiguration", "endpoint.check"),
    "graph.federationConfiguration": ("graph.domains", "federation.realm", "endpoint.check"),
    "signins.history": ("graph.users", "graph.domains"),
    "graph.oauth2PermissionGrants": ("graph.servicePrincipals",),
}
"""Kinds that a question reads beside those it names."""


class Live(Struct, frozen=True, kw_only=True):
    """What to connect to and how, as a person says it; secrets are not among it, they come from the environment or from files.

    ``how`` is the way to sign in; ``cloud`` a name or the path of a TOML file; ``directory`` an address as ``ldaps://dc1.contoso.example``;
    ``seconds`` the deadline for everything together. ``apis`` false leaves Graph and Power BI out, ``public`` false the public addresses.
    """

    tenant: str = ""
    client: str = ""
    cloud: str = "public"
    how: str = "default"
    apis: bool = True
    public: bool = True
    directory: str = ""
    directory_user: str = ""
    directory_ca: str = ""
    kerberos: bool = False
    plain: bool = False
    connector: str = ""
    app_id: str = ""
    dataset: str = ""
    workspace: str = ""
    seconds: float = SECONDS
    allowed: tuple[str, ...] | None = None

    @property
    def key(self) -> str:
        """What distinguishes one collection from another."""
        return json.dumps([self.tenant, self.client, self.cloud, self.how, self.apis, self.public, self.directory, self.directory_user, self.connector, self.app_id, self.dataset, self.workspace])  # fmt: skip


def needed(entry: Entry | None, probes: Mapping[str, Probe]) -> set[str]:
    """The kinds of facts that an entry's questions read, with those beside them; all kinds where no entry is meant."""
    if entry is None:
        return set(KINDS)
    kinds = {
        kind
        for cause in entry.causes
        for test in cause.tests
        if test.probe in probes
        for kind in probes[test.probe].needs
    }
    return kinds | {beside for kind in kinds for beside in _BESIDE.get(kind, ())}


def require() -> None:
    """Raise UsageError where the libraries of the extra are not installed."""
    lacking = [name for module, name in _NEEDED.items() if not _is_there(module)]
    if lacking:
        raise UsageError(
            f"Live sources need {' and '.join(lacking)}.", do="Install them: pip install 'faultbook[live]'"
        )


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


@contextmanager
def folder(kept: Path | None) -> Iterator[Path]:
    """Where a collection grows: the given folder, which stays if the process dies, or a private one that does not."""
    if kept is not None:
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="faultbook-live-") as made:
        yield Path(made) / "collection"


def collect(
    live: Live, kinds: Iterable[str], where: Path, known: Subject, resolve: Callable[["Capture"], tuple[Facts, Subject]], *,
    request_id: str = "", told: Callable[["Record"], None] = lambda _: None, prompt: Any = None, now: dt.datetime | None = None,
) -> "Capture":  # fmt: skip
    """Ask everything that the kinds need, and return the folder with the answers. ``resolve`` reads what came so far for its subject."""
    from faultbook.sources.live import collecting
    from faultbook.sources.live.capture import Capture
    from faultbook.sources.live.secrets import Secrets

    sources = _sources(live)
    key = json.dumps([live.key, sorted(kinds), known.code, known.user, str(known.at), known.correlation_id])
    capture = Capture(where, key, now or dt.datetime.now(dt.UTC).replace(microsecond=0))
    asked = Asked(live, known, request_id)
    collecting.run(
        sources, set(kinds), capture, asked.whom(None, known), lambda: asked.whom(*resolve(capture)),
        secrets=Secrets(), seconds=live.seconds, told=told, prompt=prompt,
    )  # fmt: skip
    return capture


class Asked(Struct, frozen=True):
    """Turns what is known of a failure into whom the questions concern."""

    live: Live
    known: Subject
    request_id: str = ""

    def whom(self, facts: Facts | None, about: Subject) -> Any:
        """Whom to ask about, by a subject and by who else met the same error."""
        from faultbook.sources.live.ask import Whom
        from faultbook.sources.trails import sign_in_code

        history: dict[str, Any] = (
            next((fact.value for fact in facts.all("signins.history")), {}) if facts is not None else {}
        )
        people = list(
            dict.fromkeys(
                str(row.get("user") or "") for row in history.get("failures", []) if "@" in str(row.get("user"))
            )
        )
        number = sign_in_code(about.code)
        return Whom(
            code=str(number) if number is not None else "", at=about.at, user=about.user or "", domain=about.domain or "",
            app_id=self.live.app_id or about.app_id or "", resource_id=about.resource_id or "",
            correlation_id=about.correlation_id or "", request_id=self.request_id, dn=about.dn or "",
            dataset=self.live.dataset, workspace=self.live.workspace, people=tuple(people),
        )  # fmt: skip


def _sources(live: Live) -> Any:
    from faultbook.sources.live.clouds import cloud_of
    from faultbook.sources.live.collecting import Sources
    from faultbook.sources.live.guard import Guard
    from faultbook.sources.live.ldap import place_of
    from faultbook.sources.live.tokens import HOWS, SignIn

    if live.how not in HOWS:
        raise UsageError(f"There is no way to sign in called {live.how}.", do=f"Known are {', '.join(HOWS)}.")
    cloud = cloud_of(live.cloud)
    place = place_of(
        live.directory, user=live.directory_user, kerberos=live.kerberos, plain=live.plain, ca=live.directory_ca, connector=live.connector
    ) if live.directory else None  # fmt: skip
    how: Any = live.how
    return Sources(
        sign_in=SignIn(cloud=cloud, how=how, tenant=live.tenant, client=live.client) if live.apis else None,
        directory=place, public=live.public, authority=cloud.authority, ca=cloud.ca,
        guard=None if live.allowed is None else Guard(allowed=live.allowed),
    )  # fmt: skip
