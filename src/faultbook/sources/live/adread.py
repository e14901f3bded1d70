"""What Active Directory says about one user: written as LDIF, as ``ldapsearch`` would write it, and read by the reader of LDIF."""

import base64
import datetime as dt
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from faultbook.sources.live.failure import Failure
from faultbook.sources.live.ldap import SD_FLAGS, Place, failure_of
from faultbook.sources.live.secrets import Secrets

if TYPE_CHECKING:
    from ldap3 import Connection

ALL_BUT_AUDIT: Final = b"\x30\x03\x02\x01\x07"
"""The value of the SD_FLAGS control for owner, group and access list: the audit list needs a privilege."""

USER: Final = (
    "objectClass", "userPrincipalName", "sAMAccountName", "objectSid", "primaryGroupID", "memberOf", "adminCount",
    "userAccountControl", "msDS-ResultantPSO", "nTSecurityDescriptor",
)  # fmt: skip
CONNECTOR: Final = (
    "objectClass",
    "sAMAccountName",
    "objectSid",
    "primaryGroupID",
    "memberOf",
    "description",
    "userAccountControl",
)
DOMAIN: Final = (
    "objectClass", "minPwdAge", "maxPwdAge", "minPwdLength", "pwdHistoryLength", "pwdProperties", "lockoutThreshold",
    "lockoutDuration", "lockOutObservationWindow", "nTSecurityDescriptor",
)  # fmt: skip
NAMES: Final = ("MSOL_*", "AAD_*", "ADSyncMSA*", "ADSync_*", "provAgentgMSA*", "pGMSA_*")
_ESCAPED: Final = str.maketrans({char: f"\\{ord(char):02x}" for char in "\\*()\x00"})
Row = Mapping[str, list[bytes]]


class Directory:
    """Questions over one bound connection."""

    def __init__(self, connection: "Connection", place: Place, secrets: Secrets) -> None:
        self._connection = connection
        self._place = place
        self._secrets = secrets
        root = self.one("", ("defaultNamingContext", "currentTime"))
        self.base = root["defaultNamingContext"][0].decode()
        self.time = root.get("currentTime", [b""])[0].decode()

    def search(
        self, base: str, filter_: str, attributes: Iterable[str], *, most: int = 20, descriptor: bool = False
    ) -> list[tuple[str, Row]]:
        """Objects below a base, with raw values. Raises Failure."""
        return self._search(base, filter_, attributes, scope="SUBTREE", most=most, descriptor=descriptor)

    def one(self, dn: str, attributes: Iterable[str], *, descriptor: bool = False) -> Row:
        """One object by its name. Raises Failure (not-found) where there is none that may be seen."""
        found = self._search(dn, "(objectClass=*)", attributes, scope="BASE", most=1, descriptor=descriptor)
        if not found:
            raise Failure("not-found", f"{self._place.shown} shows no {dn or 'root'} to this account.")
        return found[0][1]

    def user(self, name: str, dn: str = "") -> tuple[str, Row]:
        """The object of a user principal name, or of a distinguished name that Entra has on file. Raises Failure."""
        if dn:
            return dn, self.one(dn, USER, descriptor=True)
        found = self.search(
            self.base,
            f"(&(objectCategory=person)(userPrincipalName={name.translate(_ESCAPED)}))",
            USER,
            descriptor=True,
        )
        if len(found) != 1:
            many = f"{len(found)} users" if found else "no user"
            raise Failure(
                "ambiguous" if found else "not-found",
                f"{self._place.shown} shows {many} with the user principal name {name}.",
            )
        return found[0]

    def connectors(self) -> list[tuple[str, Row]]:
        """Accounts that Entra Connect made for itself, or the one that was named."""
        if self._place.connector:
            name = self._place.connector.rpartition("\\")[2].translate(_ESCAPED)
            return self.search(self.base, f"(sAMAccountName={name})", CONNECTOR)
        either = "".join(f"(sAMAccountName={name})" for name in NAMES)
        return self.search(self.base, f"(&(objectClass=user)(|{either}(description=Account created by*)))", CONNECTOR)

    def token_groups(self, dn: str) -> list[bytes]:
        """The SIDs of every group in the token of an account, nested ones included."""
        return self.one(dn, ("tokenGroups",)).get("tokenGroups", [])

    def _search(
        self, base: str, filter_: str, attributes: Iterable[str], *, scope: str, most: int, descriptor: bool
    ) -> list[tuple[str, Row]]:
        from ldap3.core.exceptions import LDAPException, LDAPNoSuchObjectResult, LDAPSizeLimitExceededResult

        controls = [(SD_FLAGS, True, ALL_BUT_AUDIT)] if descriptor else None
        try:
            self._connection.search(
                base, filter_, scope, attributes=list(attributes), controls=controls, size_limit=most
            )
        except LDAPSizeLimitExceededResult:
            pass
        except LDAPNoSuchObjectResult:
            return []
        except (LDAPException, OSError) as error:
            raise failure_of(error, self._place, self._secrets) from None
        return [
            (row["dn"], {name: list(values) for name, values in row["raw_attributes"].items() if values})
            for row in self._connection.response or []
            if row["type"] == "searchResEntry"
        ]


def read(directory: Directory, user: str, dn: str, now: dt.datetime) -> tuple[str, dict[str, Failure]]:
    """Everything about a user as LDIF: the user, the connector account with its groups, the domain with its policy and clock.

    What did not come stands beside, by the kind of fact that lacks it.
    """
    entries: list[tuple[str, dict[str, list[bytes]]]] = []
    lacking: dict[str, Failure] = {}
    try:
        found, row = directory.user(user, dn)
        entries.append((found, dict(row)))
        if "nTSecurityDescriptor" not in row:
            lacking["ad.descriptor"] = Failure(
                "not-permitted", f"The descriptor of {found} may not be read by this account."
            )
    except Failure as failure:
        lacking |= dict.fromkeys(("ad.object", "ad.descriptor"), failure)
    try:
        connectors = directory.connectors()
        if not connectors:
            lacking["ad.principal"] = Failure(
                "not-found", "No connector account of Entra Connect was found; name it with --connector."
            )
        for name, row in connectors:
            entries.append(
                (name, {**row, "tokenGroups": directory.token_groups(name), "faultbookConnector": [b"TRUE"]})
            )
    except Failure as failure:
        lacking["ad.principal"] = failure
    try:
        entries.append((directory.base, _domain(directory, now)))
    except Failure as failure:
        lacking["ad.domain"] = failure
    return ldif(entries), lacking


def _domain(directory: Directory, now: dt.datetime) -> dict[str, list[bytes]]:
    row = dict(directory.one(directory.base, DOMAIN, descriptor=True))
    if directory.time:
        row["currentTime"] = [directory.time.encode()]
        row["readAt"] = [now.strftime("%Y%m%d%H%M%S.0Z").encode()]
    return row


def ldif(entries: Iterable[tuple[str, Mapping[str, list[bytes]]]]) -> str:
    """Entries as LDIF, everything in base64 that is not plain text."""
    lines: list[str] = []
    for dn, row in entries:
        lines.append(_line("dn", dn.encode()))
        lines += [_line(name, value) for name, values in sorted(row.items()) for value in values]
        lines.append("")
    return "\n".join(lines) + "\n"


def _line(name: str, value: bytes) -> str:
    text: Any = value.decode("ascii", "replace")
    plain = text.isprintable() and "\ufffd" not in text and text[:1] not in (" ", ":", "<") and not text.endswith(" ")
    return f"{name}: {text}" if plain and text else f"{name}:: {base64.b64encode(value).decode()}"
