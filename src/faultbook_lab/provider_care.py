"""What can be done to the identity provider, and how Microsoft's side meets it: two views of one part."""

import datetime as dt
from pathlib import Path
from typing import Final

from faultbook_lab import federation
from faultbook_lab.certificates import Authority, Leaf
from faultbook_lab.people import Person
from faultbook_lab.provider import Provider
from faultbook_lab.tenant import Tenant

DOMAIN: Final = "partners.example"
PATIENCE: Final = 1.0
"""Seconds that Microsoft's side waits for the provider. The real one waits longer; nothing in the lab takes a tenth of this unless it is broken."""
_OLD: Final = "old password of the lab"


class ProviderCare:
    """Breaks and mends the provider. Certificates come from the lab's own authority."""

    def __init__(self, provider: Provider, authority: Authority, now: dt.datetime) -> None:
        self.provider = provider
        self._authority = authority
        self._born = now
        self._signings = 0

    @staticmethod
    def leaf(authority: Authority, start: dt.datetime, end: dt.datetime) -> Leaf:
        """A server certificate of the provider, for a span of time."""
        return authority.issue("provider", hosts=["localhost"], addresses=["127.0.0.1"], start=start, end=end)

    def stop(self) -> None:
        """Let it not listen."""
        self.provider.stop()

    def restart(self) -> None:
        """Let it listen again."""
        self.provider.restart()

    def slow(self, seconds: float) -> None:
        """Let every answer take so long."""
        self.provider.slow(seconds)

    def expire_tls(self) -> None:
        """Show a certificate that ran out an hour before the lab began."""
        ended = self._born - dt.timedelta(hours=1)
        self.provider.replace_tls(self.leaf(self._authority, ended - dt.timedelta(days=90), ended))

    def renew_tls(self) -> None:
        """Show one that holds."""
        self.provider.replace_tls(
            self.leaf(self._authority, self._born - dt.timedelta(days=1), self._born + dt.timedelta(days=90))
        )

    def roll_over(self) -> None:
        """Sign with a new certificate; nobody tells Entra."""
        self._signings += 1
        begins = self._born - dt.timedelta(days=1)
        self.provider.rotate_signing(
            self._authority.signing(f"rolled-{self._signings}", begins, begins + dt.timedelta(days=365))
        )

    def publish_signing(self, tenant: Tenant) -> None:
        """Put the certificate that the provider signs with on file at Entra."""
        with tenant.lock:
            for on_file in tenant.federation[DOMAIN]:
                on_file["signingCertificate"] = self.provider.signing.text


class FederatedSide:
    """How Microsoft's side meets the provider: it really asks, and really checks signatures against what it has on file."""

    def __init__(self, provider: Provider, tenant: Tenant, root: Path) -> None:
        self._provider, self._tenant, self._root = provider, tenant, root

    def sign_in(self, person: Person) -> str:
        """Why no acceptable token came, or nothing."""
        with self._tenant.lock:
            held = [
                one.get(name)
                for one in self._tenant.federation[DOMAIN]
                for name in ("signingCertificate", "nextSigningCertificate")
            ]
        on_file = [str(text) for text in held if text]
        got = federation.sign_in(person, self._provider.url, on_file, self._root, PATIENCE)
        return got.kind if isinstance(got, federation.Failed) else ""

    def change_password(self, person: Person) -> str:
        """Why the provider did not set the password, or nothing."""
        failed = federation.change_password(person, _OLD, f"{_OLD}, changed", self._provider.url, self._root, PATIENCE)
        return failed.kind if failed else ""


class NoFederation:
    """Where no provider runs, no domain is federated, and nobody asks."""

    def sign_in(self, _: Person) -> str:
        """Nothing to object."""
        return ""

    change_password = sign_in
