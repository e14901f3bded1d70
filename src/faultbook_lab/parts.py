"""Starts the parts of a lab and puts them together; what is missing is named, and the rest starts."""

import datetime as dt
import json
import secrets
import socket
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from faultbook import atomic
from faultbook.errors import FaultbookError
from faultbook_lab import asking, federation, founding, life, people, places, refreshing, samba
from faultbook_lab import provider as providers
from faultbook_lab.agent import Agent
from faultbook_lab.certificates import Authority
from faultbook_lab.cloud import Contract, Serving, application
from faultbook_lab.cloud import missing as no_contract
from faultbook_lab.directory import Directory
from faultbook_lab.faults import Parts
from faultbook_lab.places import Place
from faultbook_lab.provider import Provider
from faultbook_lab.provider_care import DOMAIN, FederatedSide, NoFederation, ProviderCare
from faultbook_lab.records import Row
from faultbook_lab.tenant import Tenant
from faultbook_lab.unattended import Unattended
from faultbook_lab.world import World

Part = TypeVar("Part")
_LEFT_OUT: Final = "It was left out when the lab was started."
_HELD: Final = dt.timedelta(days=90)
_POWER_BI: Final = "https://analysis.windows.net/powerbi/api"


def now() -> dt.datetime:
    """The time, in UTC."""
    return dt.datetime.now(dt.UTC)


def write(path: Path, document: Any) -> None:
    """A JSON document, whole or not at all, for its owner only."""
    atomic.write(path, json.dumps(document).encode(), "lab's file")


@dataclass
class Started:
    """What runs. ``absent`` says of each missing part what to do; ``began`` is where the lab's past begins."""

    world: World
    parts: Parts
    cloud: Serving
    contract: Contract | None
    began: dt.datetime
    absent: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def server_file(self, at: dt.datetime, since: dt.datetime) -> dict[str, object]:
        """What the collector would write on the sync server; nothing where there is none."""
        agent = self.parts.its_agent
        return agent.server_file(at, since) if agent else {}

    def violations(self) -> list[str]:
        """Which requests and answers broke the published descriptions, each once, where these are at hand."""
        return list(dict.fromkeys(map(str, self.contract.violations))) if self.contract else []

    def shown(self) -> list[dict[str, str]]:
        """Each running part: its name, where it is, what it is."""
        rows = [{"name": "cloud", "where": self.cloud.url, "what": "sign-in, Graph and Power BI, emulated"}]
        if self.parts.its_directory:
            directory = self.parts.its_directory
            state = "" if directory.running else ", ended"
            rows.append(
                {"name": "directory", "where": directory.url, "what": f"Samba Active Directory, CONTOSO{state}"}
            )
        if self.parts.its_agent:
            state = "running" if self.parts.its_agent.running else "stopped"
            rows.append(
                {"name": "writeback", "where": "in this process", "what": f"agent of Entra Connect, emulated, {state}"}
            )
        if self.parts.its_provider:
            provider = self.parts.its_provider.provider
            state = "" if provider.running else ", stopped"
            rows.append({"name": "provider", "where": provider.url, "what": f"identity provider of {DOMAIN}{state}"})
        return rows

    def stop(self) -> None:
        """End everything that runs."""
        self.cloud.stop()
        if self.parts.its_provider:
            self.parts.its_provider.provider.stop()
        if self.parts.its_directory:
            self.parts.its_directory.stop()


def start(place: Place, *, address: str, seed: int, hours: float, without: Collection[str] = ()) -> Started:
    """Start what can be started and is wanted, found the organisation, and live its past."""
    at = now()
    authority = Authority(place.folder / "certificates")
    place.root.write_bytes(authority.root.read_bytes())
    lacking = {
        "directory": _LEFT_OUT if "directory" in without else samba.missing(address),
        "provider": _LEFT_OUT if "provider" in without else providers.missing(places.cache()),
    }
    absent = {name: said for name, said in lacking.items() if said}
    with ThreadPoolExecutor(2) as pool:
        directory_made = pool.submit(_directory, place, address, authority, at) if "directory" not in absent else None
        provider_made = pool.submit(_provider, place, authority, at) if "provider" not in absent else None
        provider = _made("provider", provider_made, absent)
        directory = _made("directory", directory_made, absent)
    tenant = _founded(provider, at)
    agent = Agent(directory) if directory else None
    began = at.replace(second=0, microsecond=0) - dt.timedelta(hours=hours)
    world = World(
        tenant, agent or Unattended(), FederatedSide(provider.provider, tenant, place.root) if provider else NoFederation(), seed, began, founding.ROBOT
    )  # fmt: skip
    if agent:
        agent.start(began)
    contract = Contract.found()
    leaf = authority.issue(
        "cloud", hosts=["localhost"], addresses=["127.0.0.1"], start=at - dt.timedelta(days=1), end=at + _HELD
    )
    app = application(tenant, now=now, key=secrets.token_bytes(32), contract=contract, on_refresh=_ends(world))
    serving = Serving(app, 0, leaf.certificate, leaf.key)
    serving.start()
    life.live(world, now())
    started = Started(
        world,
        Parts(world, directory, agent, provider),
        serving,
        contract,
        began,
        absent,
        [*(f"{name}: {said}" for name, said in absent.items()), *filter(None, [no_contract()])],
    )
    _hand_out(place, started, directory)
    return started


def _made(name: str, starting: "Future[Part] | None", absent: dict[str, str]) -> Part | None:
    """The part that was started; where it did not start, what it said stands among what is absent, and the lab goes on without it."""
    try:
        return starting.result() if starting else None
    except (FaultbookError, OSError) as error:
        absent[name] = f"It did not start. {error}"
        return None


def _directory(place: Place, address: str, authority: Authority, at: dt.datetime) -> Directory:
    leaf = authority.issue(
        "directory", hosts=["dc1.contoso.example"], addresses=[address], start=at - dt.timedelta(days=1), end=at + _HELD, rsa=True
    )  # fmt: skip
    return Directory.start(place.folder / "directory", address, (leaf.key, leaf.certificate, leaf.root), places.cache())


def _provider(place: Place, authority: Authority, at: dt.datetime) -> ProviderCare:
    leaf = ProviderCare.leaf(authority, at - dt.timedelta(days=1), at + _HELD)
    signing = authority.signing("signing", at - dt.timedelta(days=200), at + dt.timedelta(days=165))
    made = Provider(places.cache(), place.folder / "provider", _free_port(), leaf, signing, people.PARTNERS)
    made.start()
    return ProviderCare(made, authority, at)


def _free_port() -> int:
    """A port that nobody had just now; the provider keeps it while it is stopped and started."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port: int = held.getsockname()[1]
        return port


def _founded(provider: ProviderCare | None, at: dt.datetime) -> Tenant:
    if provider is None:
        return founding.tenant(at, federation=[], realm=None)
    on_file = federation.configuration(DOMAIN, provider.provider, provider.provider.signing, updated=at)
    return founding.tenant(at, federation=[on_file], realm=federation.realm(DOMAIN, provider.provider))


def _ends(world: World) -> Callable[[object, Row], None]:
    def ended(_: object, row: Row) -> None:
        refreshing.end(world, row, now())

    return ended


def _hand_out(place: Place, started: Started, directory: Directory | None) -> None:
    """Write down how to ask this lab."""
    url = started.cloud.url
    place.cloud.write_text(
        f'authority = "{url}"\ngraph = "{url}"\ngraph_resource = "https://graph.microsoft.com"\npowerbi = "{url}"\n'
        f'powerbi_resource = "{_POWER_BI}"\nca = {json.dumps(str(place.root), ensure_ascii=False)}\nlimits = false\n'
    )
    (secret,) = started.world.tenant.clients[founding.READER].secrets
    more = {}
    if directory:
        more = {
            "ldap": directory.url, "ldap_user": directory.reader.qualified, "ldap_password": directory.reader.password, "ldap_ca": str(place.root),
            "repairer": directory.repairer.qualified, "repairer_password": directory.repairer.password, "server_file": str(place.server_file),
        }  # fmt: skip
    access = asking.access_of(place, people.TENANT, secret, **more)
    write(place.folder / "access.json", msgspec.to_builtins(access))
    atomic.write(place.environment, access.script().encode(), "lab's file")
