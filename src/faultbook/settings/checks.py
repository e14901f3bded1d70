"""Settings that make no sense together, told before anything starts."""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from faultbook.errors import UsageError
from faultbook.settings.types import Settings

_LOCAL_NAMES: Final = frozenset({"localhost", "ip6-localhost"})
_EVERYWHERE: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - it is refused where it stands alone
_SHORTEST_KEY: Final = 32


def check(settings: Settings) -> None:
    """Raise UsageError for the first thing that cannot work, or would be open to people who were not meant."""
    for name, networks in (
        ("serve.trusted_proxies", settings.serve.trusted_proxies),
        ("serve.metrics_from", settings.serve.metrics_from),
    ):
        for network in networks:
            _network(name, network)
    _base_url(settings.serve.base_url)
    _who_may_enter(settings)
    if settings.auth.session_key and len(settings.auth.session_key) < _SHORTEST_KEY:
        raise UsageError(
            f"auth.session_key is shorter than {_SHORTEST_KEY} characters.", do="Draw one: openssl rand -base64 48"
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.casefold() in _LOCAL_NAMES


def _network(name: str, network: str) -> None:
    try:
        ipaddress.ip_network(network, strict=False)
    except ValueError:
        raise UsageError(
            f"{name} holds {network!r}, which is no address or network.", do="Write 10.0.0.7 or 10.0.0.0/24."
        ) from None


def _base_url(address: str) -> None:
    if not address:
        return
    parts = urlsplit(address)
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.path.strip("/")
        or parts.query
        or parts.fragment
        or parts.username
    ):
        raise UsageError(
            f"serve.base_url is {address!r}.",
            why="It has to be a scheme and a name, without path.",
            do="Write https://faultbook.contoso.example",
        )


def _who_may_enter(settings: Settings) -> None:
    serve, auth = settings.serve, settings.auth
    if auth.mode == "none" and not is_loopback(serve.host):
        raise UsageError(
            f"The service would listen on {serve.host}, where others can reach it, and let everybody act.",
            why='auth.mode is "none".',
            do='Set auth.mode to "proxy" or "oidc" (docs/deployment.md), or listen on 127.0.0.1.',
        )
    if serve.host in _EVERYWHERE and not serve.hosts and not serve.base_url:
        raise UsageError(
            f"The service listens on {serve.host}, which is no name by which it can be asked.",
            why="A request has to give a Host that is one of the service's.",
            do="Set serve.base_url to its public address, or name its hosts in serve.hosts.",
        )
    if auth.mode == "proxy" and not serve.trusted_proxies:
        raise UsageError(
            'auth.mode is "proxy", and no proxy is trusted.',
            why="Anybody could write the header.",
            do="Name the addresses of the proxy in serve.trusted_proxies.",
        )
    if auth.mode == "oidc":
        _provider(settings)


def _provider(settings: Settings) -> None:
    auth, base = settings.auth, urlsplit(settings.serve.base_url)
    missing = [name for name in ("issuer", "client_id") if not getattr(auth, name)]
    if missing or not settings.serve.base_url:
        names = [f"auth.{name}" for name in missing] + ([] if settings.serve.base_url else ["serve.base_url"])
        raise UsageError(f'auth.mode is "oidc", which needs {" and ".join(names)}.')
    for name, parts in (("serve.base_url", base), ("auth.issuer", urlsplit(auth.issuer))):
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
            raise UsageError(
                f"{name} has to begin with https://.",
                why="Codes and cookies of a sign-in would travel in the clear.",
                do="Only on loopback is http accepted.",
            )
    if "openid" not in auth.scopes:
        raise UsageError("auth.scopes lacks openid.", why="Without it the provider does not say who signed in.")
