"""How to ask a lab: the options and variables with which a fresh ``faultbook`` diagnoses what happened in it."""

import os
import shlex
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from faultbook_lab import founding
from faultbook_lab.places import Place

LDAP: Final = "ldap"
SERVER: Final = "server-file"
PUBLIC: Final = "public"
SOURCES: Final = (LDAP, SERVER, PUBLIC)
"""What the reader has besides grants: the directory, the sync server's own file, public addresses."""


class Access(Struct, frozen=True, kw_only=True):
    """What is needed to ask a lab; what is empty is not there."""

    folder: str
    cloud: str
    tenant: str
    secret: str
    ldap: str = ""
    ldap_user: str = ""
    ldap_password: str = ""
    ldap_ca: str = ""
    repairer: str = ""
    repairer_password: str = ""
    """Who may change rights in the directory, for ``faultbook repair``."""
    server_file: str = ""

    def options(
        self, *, without: Iterable[str] = (), user: str = "", dataset: str = "", acting: bool = False
    ) -> list[str]:
        """Options of ``diagnose`` and ``verify``; with ``acting`` those of ``repair``, as an account of the directory that may change rights."""
        left_out = set(without)
        given = [] if acting else ["--live"]
        given += [
            "--cloud",
            self.cloud,
            "--tenant",
            self.tenant,
            "--auth",
            "client-secret",
            "--client-id",
            founding.READER,
        ]
        if self.ldap and LDAP not in left_out:
            given += [
                "--ldap",
                self.ldap,
                "--ldap-user",
                self.repairer if acting else self.ldap_user,
                "--ldap-ca",
                self.ldap_ca,
            ]
        if self.server_file and SERVER not in left_out:
            given += ["--evidence", self.server_file]
        if PUBLIC in left_out:
            given.append("--no-public")
        if user:
            given += ["--user", user]
        if dataset:
            given += ["--dataset", dataset, "--workspace", founding.WORKSPACE]
        return given

    def variables(self, *, acting: bool = False) -> dict[str, str]:
        """Secrets, which are in no option."""
        password = self.repairer_password if acting else self.ldap_password
        return {"FAULTBOOK_CLIENT_SECRET": self.secret, **({"FAULTBOOK_LDAP_PASSWORD": password} if self.ldap else {})}

    def script(self) -> str:
        """The same for a shell that asks by itself: to be sourced."""
        said = {
            **self.variables(), "FAULTBOOK_CLOUD": self.cloud, "FAULTBOOK_TENANT": self.tenant, "FAULTBOOK_AUTH": "client-secret",
            "FAULTBOOK_CLIENT_ID": founding.READER,
        }  # fmt: skip
        if self.ldap:
            said |= {
                "FAULTBOOK_LDAP": self.ldap,
                "FAULTBOOK_LDAP_USER": self.ldap_user,
                "FAULTBOOK_LDAP_CA": self.ldap_ca,
            }
        return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in said.items())


def command(*arguments: str) -> list[str]:
    """A fresh Faultbook of this very installation."""
    return [sys.executable, "-m", "faultbook", *arguments]


def environment(access: Access, base: Mapping[str, str] | None = None, *, acting: bool = False) -> dict[str, str]:
    """The variables of a fresh process: those of this one, without anybody's real way to sign in, and the lab's."""
    kept = {
        name: value for name, value in (base or os.environ).items() if not name.startswith(("AZURE_", "FAULTBOOK_"))
    }
    return {**_of_this_installation(kept), **access.variables(acting=acting)}


def environment_for_server() -> dict[str, str]:
    """The variables of the lab's own process: those of this one, and where this installation is."""
    return _of_this_installation(os.environ)


def _of_this_installation(given: Mapping[str, str]) -> dict[str, str]:
    source = str(Path(__file__).parent.parent)
    return {**given, "PYTHONPATH": os.pathsep.join([source, *filter(None, [given.get("PYTHONPATH")])])}


def access_of(place: Place, tenant: str, secret: str, **more: str) -> Access:
    """The access that a running lab hands out."""
    return Access(
        folder=str(place.folder), cloud=str(place.cloud), tenant=tenant, secret=secret, **more
    )  # fmt: skip
