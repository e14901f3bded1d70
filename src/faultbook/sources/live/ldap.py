"""Active Directory over LDAPS: a connection whose certificate is verified, and the refusals of a directory in words.

Names, controls and result codes: [MS-ADTS] 3.1.1.3; the data codes of a refused bind: [MS-ERREF] and the directory's own diagnostic message.
"""

import re
import ssl
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlsplit

from msgspec import Struct

from faultbook.errors import UsageError
from faultbook.sources.items import clean
from faultbook.sources.live.failure import Failure
from faultbook.sources.live.secrets import Secrets

if TYPE_CHECKING:
    from ldap3 import Connection

SD_FLAGS: Final = "1.2.840.113556.1.4.801"
SECONDS: Final = 10
_DATA: Final = re.compile(r"\bdata ([0-9a-f]{1,8})\b", re.IGNORECASE)
_REFUSED_BIND: Final = {
    "52e": "the name or the password is wrong",
    "525": "there is no such account",
    "530": "the account may not sign in at this hour",
    "532": "the password has expired",
    "533": "the account is disabled",
    "701": "the account has expired",
    "773": "the password must be changed first",
    "775": "the account is locked out",
}


class Place(Struct, frozen=True, kw_only=True):
    """Which directory, and as whom. ``plain`` allows a connection without TLS; ``connector`` names the connector account, where it is known."""

    host: str
    port: int = 636
    tls: Literal["ldaps", "starttls", "none"] = "ldaps"
    user: str = ""
    kerberos: bool = False
    ca: str = ""
    connector: str = ""

    @property
    def shown(self) -> str:
        """How to call it in a sentence."""
        return f"Active Directory at {self.host}"


def place_of(
    address: str, *, user: str = "", kerberos: bool = False, plain: bool = False, ca: str = "", connector: str = ""
) -> Place:
    """The directory that an address means: ``ldaps://host``, ``ldap://host`` (then TLS is started, unless ``plain``), or a host alone."""
    parts = urlsplit(address if "://" in address else f"ldaps://{address}")
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in ("ldaps", "ldap") or not parts.hostname or port == -1:
        raise UsageError(f"{clean(address)} is not the address of a directory.", do="Give ldaps://dc1.contoso.example.")
    if parts.password:
        raise UsageError(
            "A password does not belong into an address.",
            do="Set FAULTBOOK_LDAP_PASSWORD, or FAULTBOOK_LDAP_PASSWORD_FILE.",
        )
    if plain and parts.scheme == "ldaps":
        raise UsageError("--ldap-plain contradicts an ldaps address.")
    tls: Literal["ldaps", "starttls", "none"] = "ldaps" if parts.scheme == "ldaps" else "none" if plain else "starttls"
    return Place(
        host=parts.hostname, port=port or (636 if tls == "ldaps" else 389), tls=tls, user=user or parts.username or "",
        kerberos=kerberos, ca=ca, connector=connector,
    )  # fmt: skip


def connect(place: Place, secrets: Secrets, seconds: float = SECONDS) -> "Connection":
    """A bound connection. Raises Failure where the directory cannot be reached, trusted or signed in to."""
    import ldap3
    from ldap3.core.exceptions import LDAPException

    timeout = max(int(min(seconds, SECONDS)), 1)
    server = ldap3.Server(
        place.host,
        port=place.port,
        use_ssl=place.tls == "ldaps",
        tls=verified(place),
        get_info=ldap3.NONE,
        connect_timeout=timeout,
    )
    given: dict[str, Any] = {"receive_timeout": timeout, "auto_referrals": False, "raise_exceptions": True}
    if place.kerberos:
        given |= {"authentication": ldap3.SASL, "sasl_mechanism": ldap3.KERBEROS}
    elif not place.user:
        raise Failure(
            "not-permitted", f"{place.shown} was not asked: no account to read it with was named (--ldap-user)."
        )
    else:
        password = secrets.read("FAULTBOOK_LDAP_PASSWORD")
        if not password:
            raise Failure("not-permitted", f"{place.shown} was not asked: FAULTBOOK_LDAP_PASSWORD holds no password.")
        given |= {"user": place.user, "password": password, "authentication": ldap3.SIMPLE}
    try:
        connection = ldap3.Connection(server, **given)
        connection.open()
        if place.tls == "starttls":
            connection.start_tls()
        connection.bind()
    except (LDAPException, OSError, ImportError) as error:
        raise failure_of(error, place, secrets) from None
    return connection


def verified(place: Place) -> Any:
    """Verification by the standard library, which knows names and addresses in certificates; ldap3's own check does not."""
    import ldap3

    context = ssl.create_default_context(cafile=place.ca or None)

    class Verified(ldap3.Tls):  # type: ignore[misc]
        def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:
            connection.socket = context.wrap_socket(
                connection.socket, server_hostname=place.host, do_handshake_on_connect=do_handshake
            )

    return Verified(validate=ssl.CERT_REQUIRED)


def failure_of(error: Exception, place: Place, secrets: Secrets) -> Failure:
    """The reason for a refusal, from the closed list, and a sentence."""
    from ldap3.core import exceptions as kinds

    text = secrets.told(clean(str(error), 300))
    if isinstance(error, ImportError):
        return Failure(
            "source-failed", "Signing in by Kerberos needs the Python package gssapi, which is not installed."
        )
    if isinstance(error, kinds.LDAPInvalidCredentialsResult):
        data = _DATA.search(str(error))
        reason = _REFUSED_BIND.get(data[1].lower() if data else "", "the sign-in was refused")
        return Failure("not-permitted", f"{place.shown} refused {place.user or 'the sign-in'}: {reason}.")
    if isinstance(error, kinds.LDAPInsufficientAccessRightsResult):
        return Failure("not-permitted", f"{place.shown} does not let {place.user or 'this account'} do that ({text}).")
    if isinstance(error, kinds.LDAPStrongerAuthRequiredResult):
        return Failure("not-permitted", f"{place.shown} wants an encrypted connection; give an ldaps address.")
    if isinstance(error, kinds.LDAPNoSuchObjectResult):
        return Failure("not-found", f"{place.shown} has no such object ({text}).")
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        reason = (
            str(error).partition("CERTIFICATE_VERIFY_FAILED]")[2].partition("(_ssl")[0].strip(" :")
            or "it is not trusted"
        )
        return Failure(
            "source-failed",
            f"The certificate of {place.host} was not accepted ({clean(reason)}); name its root with --ldap-ca.",
        )
    if isinstance(error, kinds.LDAPResponseTimeoutError) or "timed out" in str(error):
        return Failure("timed-out", f"{place.shown} did not answer in time.")
    return Failure("source-failed", f"{place.shown} failed ({text}).")
