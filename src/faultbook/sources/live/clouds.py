"""Hosts of Microsoft's clouds, and of any other that a file describes.

National clouds: Microsoft's pages on national cloud deployments of Graph and of Power BI for government and China.
"""

import tomllib
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from faultbook.errors import UsageError


class Cloud(Struct, frozen=True, kw_only=True):
    """Where to sign in and whom to ask. ``powerbi_resource`` is the audience of Power BI's tokens; ``ca`` a file of trusted roots, if not the system's.

    ``discovery`` false means that the authority is none that Microsoft publishes, so that it must not be looked up there. ``limits`` false means
    that it does not limit requests as Microsoft does, so that none of them has to wait for its turn.
    """

    name: str
    authority: str
    graph: str
    powerbi: str
    powerbi_resource: str
    graph_resource: str = ""
    ca: str = ""
    discovery: bool = True
    limits: bool = True

    @property
    def graph_scope(self) -> str:
        """The scope to ask a token for."""
        return f"{(self.graph_resource or self.graph).rstrip('/')}/.default"

    @property
    def powerbi_scope(self) -> str:
        """The scope to ask a token for."""
        return f"{self.powerbi_resource.rstrip('/')}/.default"


CLOUDS: Final = {
    cloud.name: cloud
    for cloud in (
        Cloud(
            name="public",
            authority="https://login.microsoftonline.com",
            graph="https://graph.microsoft.com",
            powerbi="https://api.powerbi.com",
            powerbi_resource="https://analysis.windows.net/powerbi/api",
        ),
        Cloud(
            name="gcc",
            authority="https://login.microsoftonline.com",
            graph="https://graph.microsoft.com",
            powerbi="https://api.powerbigov.us",
            powerbi_resource="https://analysis.usgovcloudapi.net/powerbi/api",
        ),
        Cloud(
            name="gcc-high",
            authority="https://login.microsoftonline.us",
            graph="https://graph.microsoft.us",
            powerbi="https://api.high.powerbigov.us",
            powerbi_resource="https://high.analysis.usgovcloudapi.net/powerbi/api",
        ),
        Cloud(
            name="dod",
            authority="https://login.microsoftonline.us",
            graph="https://dod-graph.microsoft.us",
            powerbi="https://api.mil.powerbigov.us",
            powerbi_resource="https://mil.analysis.usgovcloudapi.net/powerbi/api",
        ),
        Cloud(
            name="china",
            authority="https://login.chinacloudapi.cn",
            graph="https://microsoftgraph.chinacloudapi.cn",
            powerbi="https://api.powerbi.cn",
            powerbi_resource="https://analysis.chinacloudapi.cn/powerbi/api",
        ),
    )
}
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def cloud_of(name: str) -> Cloud:
    """The cloud of that name, or the one that a TOML file of that path describes. Raises UsageError where there is neither."""
    if name in CLOUDS:
        return CLOUDS[name]
    path = Path(name)
    if not path.is_file():
        raise UsageError(
            f"There is no cloud {name}.", do=f"Known are {', '.join(CLOUDS)}; any other is described by a TOML file."
        )
    try:
        cloud = msgspec.convert({"name": path.stem, **tomllib.loads(path.read_text(encoding="utf-8"))}, Cloud)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as wrong:
        raise UsageError(
            f"{path.name} describes no cloud.",
            why=f"{wrong}.",
            do="It needs authority, graph, powerbi and powerbi_resource.",
        ) from wrong
    for address in (cloud.authority, cloud.graph, cloud.powerbi):
        _refuse_plain(address)
    microsofts = cloud.authority in {one.authority for one in CLOUDS.values()}
    return msgspec.structs.replace(cloud, discovery=microsofts, limits=cloud.limits or microsofts)


def _refuse_plain(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return
    raise UsageError(f"{address} is not an https address.", why="A token must not cross a network in the clear.")
