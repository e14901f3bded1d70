"""Tokens as Entra gives them: signed claims for one resource, with what the caller was granted of it.

Signed with the lab's own key, which nobody but the lab has to check.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from faultbook_lab.cloud import grants
from faultbook_lab.cloud.refusal import Refusal
from faultbook_lab.tenant import Client

LIFE: Final = dt.timedelta(hours=1)
GRAPH_ID: Final = "00000003-0000-0000-c000-000000000000"
POWER_BI_ID: Final = "00000009-0000-0000-c000-000000000000"
GRAPH: Final = frozenset({"https://graph.microsoft.com", GRAPH_ID})
"""Names of Graph as a resource; the lab's own address is one more."""
POWER_BI: Final = frozenset({"https://analysis.windows.net/powerbi/api", POWER_BI_ID})
_ALGORITHM: Final = "HS256"


@dataclass(frozen=True)
class Caller:
    """Who asks: for itself (``delegated`` false) or for a person, and what was granted."""

    client: str
    permissions: frozenset[str]
    delegated: bool


class Tokens:
    """Makes and reads tokens of one tenant. ``clock`` is the cloud's own."""

    def __init__(self, key: bytes, clock: Callable[[], dt.datetime]) -> None:
        self._key = OctKey.import_key(key)
        self._clock = clock

    def access(self, tenant: str, issuer: str, resource: str, client: Client, person: dict[str, str] | None) -> str:
        """An access token for a resource: with ``roles`` for the application itself, with ``scp`` for a person."""
        held = client.scopes if person else client.roles
        mine = sorted(name for name in held if grants.of_power_bi(name) == (resource in POWER_BI))
        claims: dict[str, Any] = {"aud": resource, "iss": issuer, "appid": client.id, "tid": tenant, "ver": "1.0"}
        if person:
            claims |= {
                "oid": person["oid"],
                "sub": person["oid"],
                "upn": person["upn"],
                "scp": " ".join(mine),
                "idtyp": "user",
            }
        else:
            claims |= {"oid": client.id, "sub": client.id, "roles": mine, "idtyp": "app"}
        return self.signed(claims)

    def signed(self, claims: dict[str, Any], life: dt.timedelta = LIFE) -> str:
        """Claims with their times, signed."""
        now = int(self._clock().timestamp())
        times = {"iat": now, "nbf": now, "exp": now + int(life.total_seconds())}
        return jwt.encode({"alg": _ALGORITHM, "kid": "lab"}, {**claims, **times}, self._key)

    def claims(self, token: str) -> dict[str, Any]:
        """The claims of a token that this lab has signed. Raises ValueError for any other."""
        try:
            return dict(jwt.decode(token, self._key, algorithms=[_ALGORITHM]).claims)
        except JoseError as wrong:
            raise ValueError(str(wrong)) from wrong

    def caller(self, authorization: str, audiences: frozenset[str]) -> Caller:
        """Who sent an ``Authorization`` header. Raises Refusal (401) with what is wrong with its token."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Refusal(401, "InvalidAuthenticationToken", "Access token is empty.")
        try:
            claims = self.claims(token.strip())
        except ValueError:
            raise Refusal(
                401, "InvalidAuthenticationToken", "Access token validation failure. Invalid signature."
            ) from None
        if claims.get("aud") not in audiences:
            raise Refusal(401, "InvalidAuthenticationToken", "Access token validation failure. Invalid audience.")
        expires = claims.get("exp")
        if not isinstance(expires, int) or expires <= self._clock().timestamp():
            raise Refusal(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
        delegated = "scp" in claims
        held = str(claims["scp"]).split() if delegated else claims.get("roles", [])
        return Caller(str(claims.get("appid", "")), frozenset(held), delegated)
