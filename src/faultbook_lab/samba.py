"""Samba as an Active Directory domain controller: what it needs here, how a domain is made, started and stopped."""

import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from faultbook.errors import FaultbookError

SYSTEM_PYTHON: Final = "/usr/bin/python3"  # python3-samba is part of the distribution, not of PyPI
INSTALL: Final = (
    "sudo apt-get install -y --no-install-recommends samba samba-ad-provision samba-dsdb-modules samba-vfs-modules "
    "winbind python3-samba ldb-tools"
)
PORTS: Final = (389, 636, 3268, 3269)  # Samba knows no others
STARTING: Final = 60  # seconds; half a second is usual
LONGEST: Final = 90
"""Characters of a folder's path: a socket's has at most 107, and Samba adds ``/msg.sock/`` and the number of a process."""
_PROVISIONING: Final = 300
_PARTS: Final = ("private", "state", "etc")  # where a domain is; the rest belongs to one run

# The password comes by standard input: arguments of a process are for everybody to read.
_PROVISION: Final = """
import logging, sys
import samba.dsdb, samba.provision as provision
from samba.auth import system_session
folder, address, realm, name, host = sys.argv[1:]
provision.provision(
    logging.getLogger(), system_session(), targetdir=folder, smbconf=folder + "/etc/smb.conf",
    realm=realm, domain=name, hostname=host, hostip=address, adminpass=sys.stdin.readline().strip(),
    serverrole="dc", dns_backend="NONE", skip_sysvolacl=True, dom_for_fun_level=samba.dsdb.DS_DOMAIN_FUNCTION_2008_R2,
)
"""

_CONFIG: Final = """[global]
netbios name = {host}
workgroup = {name}
realm = {realm}
server role = active directory domain controller
server services = ldap
interfaces = {address}/8
bind interfaces only = yes
old password allowed period = 0
ldb:nosync = yes
private dir = {folder}/private
state directory = {folder}/state
cache directory = {folder}/cache
lock directory = {folder}
binddns dir = {folder}/bind-dns
pid directory = {folder}/run
ncalrpc dir = {folder}/run/ncalrpc
ntp signd socket directory = {folder}/run/ntp
winbindd socket directory = {folder}/run/winbindd
log file = {folder}/samba.log
tls enabled = yes
"""


class DirectoryError(FaultbookError):
    """The directory cannot be made, started, or changed as the lab needs it."""


@dataclass(frozen=True)
class Domain:
    """What a domain is called: its DNS name in capitals, its short name, and the name of its controller."""

    realm: str = "CONTOSO.EXAMPLE"
    name: str = "CONTOSO"
    host: str = "DC1"

    @property
    def base(self) -> str:
        """The distinguished name of its root."""
        return ",".join(f"DC={part.lower()}" for part in self.realm.split("."))

    @property
    def dns(self) -> str:
        """Its DNS name as it is written in names of users."""
        return self.realm.lower()


def missing(address: str) -> str:
    """Why no domain controller can be started on this address, with what to do about it; nothing where one can."""
    if not _samba():
        return f"Samba's domain controller is not installed. On Debian and Ubuntu: {INSTALL}"
    if not _can_provision():
        return f"The system's Python lacks python3-samba, or the files of samba-ad-provision are missing. On Debian and Ubuntu: {INSTALL}"
    if find_spec("ldap3") is None:
        return "The Python package ldap3 is not installed. Install it: pip install 'faultbook[live]'"
    for port in PORTS:
        try:
            with socket.create_server((address, port)), socket.create_connection((address, port), 2):
                pass
        except PermissionError:
            return (
                f"Port {port} of {address} may not be used by this account, and Samba knows no other. Be root, allow it to everybody "
                "(sudo sysctl net.ipv4.ip_unprivileged_port_start=389), or run the lab in a network of its own "
                "(unshare -rn sh -c 'ip link set lo up && exec …')."
            )
        except OSError as reason:
            said = os.strerror(reason.errno) if reason.errno else str(reason)
            return f"Port {port} of {address} cannot be used ({said}), and Samba knows no other. Give the lab another loopback address."
    return ""


def _samba() -> str:
    return shutil.which("samba") or shutil.which("samba", path="/usr/sbin:/usr/local/sbin:/usr/local/samba/sbin") or ""


def _can_provision() -> bool:
    asked = [SYSTEM_PYTHON, "-c", "import samba, samba.provision as p; p.setup_path('provision.ldif')"]
    try:
        return subprocess.run(asked, capture_output=True, check=False, timeout=30).returncode == 0  # noqa: S603 - a fixed command
    except OSError:
        return False


def version() -> str:
    """What Samba calls its version, by which a made domain is kept."""
    said = subprocess.run([_samba(), "--version"], capture_output=True, text=True, check=True, timeout=30).stdout  # noqa: S603 - a fixed command
    return said.strip().removeprefix("Version ")


def provision(folder: Path, address: str, domain: Domain, password: str) -> None:
    """Make a new domain in an empty folder, its administrator having this password. Needs no privileges."""
    (folder / "etc").mkdir(parents=True)
    made = subprocess.run(  # noqa: S603 - a fixed command
        [SYSTEM_PYTHON, "-c", _PROVISION, str(folder), address, domain.realm, domain.name, domain.host.lower()],
        input=f"{password}\n", capture_output=True, text=True, check=False, timeout=_PROVISIONING,
    )  # fmt: skip
    if made.returncode:
        raise DirectoryError("Samba could not make the domain.", why=made.stderr.strip()[-600:])


def keep(folder: Path, kept: Path) -> None:
    """Keep a stopped domain where only its owner reads it, whole or not at all."""
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent, prefix="unfinished-") as unfinished:  # mode 0700
        Path(unfinished, "domain").mkdir(mode=0o700)
        for part in _PARTS:
            shutil.copytree(folder / part, Path(unfinished, "domain", part), ignore=_sockets)
        try:
            Path(unfinished, "domain").rename(kept)
        except OSError:
            if not kept.is_dir():  # else another lab has kept the same meanwhile
                raise


def restore(kept: Path, folder: Path) -> None:
    """The domain as it was kept."""
    shutil.copytree(kept, folder)


def _sockets(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if Path(folder, name).is_socket()}


@dataclass
class Controller:
    """A domain controller in a folder that holds a domain: one process, which ends when this one ends."""

    folder: Path
    address: str
    domain: Domain
    tls: tuple[Path, ...] = ()
    """Files of a key (mode 0600), its certificate, and the root; without them the server makes its own."""
    process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    def start(self) -> None:
        """Start it and wait until it answers on port 636."""
        if any(char in '%"\\\n' for char in str(self.folder)):
            raise DirectoryError(
                f"The domain controller cannot run in {self.folder}.",
                why="Its settings cannot hold such a name.",
                do='Give the lab a folder whose path has no %, " or backslash.',
            )
        if len(str(self.folder)) > LONGEST:
            raise DirectoryError(
                f"The domain controller cannot run in {self.folder}.",
                why=f"Names of its sockets would be too long: a folder has at most {LONGEST} characters.",
                do="Give the lab a folder with a shorter name.",
            )
        for part in ("etc", "cache", "bind-dns"):
            (self.folder / part).mkdir(exist_ok=True)
        (self.folder / "run").mkdir(mode=0o755, exist_ok=True)
        named = zip(("keyfile", "certfile", "cafile"), self.tls, strict=False)
        text = _CONFIG.format(folder=self.folder, address=self.address, realm=self.domain.realm, name=self.domain.name, host=self.domain.host)  # fmt: skip
        config = self.folder / "etc/run.conf"
        config.write_text(text + "".join(f"tls {name} = {path}\n" for name, path in named))
        with (self.folder / "out.log").open("wb") as log:
            # Samba that runs interactively ends when its standard input does, and so with us, however we end.
            self.process = subprocess.Popen(  # noqa: S603 - a fixed command
                [_samba(), "-i", "-M", "single", "-s", str(config)], stdin=subprocess.PIPE, stdout=log, stderr=log
            )
        with ExitStack() as undone:
            undone.callback(self.stop)
            self._await_tls(self.process)
            undone.pop_all()

    def _await_tls(self, process: "subprocess.Popen[bytes]") -> None:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        deadline = time.monotonic() + STARTING
        while time.monotonic() < deadline:
            if process.poll() is not None:
                said = (self.folder / "out.log").read_text(errors="replace").strip()
                raise DirectoryError("The domain controller ended while it started.", why=said[-600:])
            try:
                with socket.create_connection((self.address, 636), 2) as plain, context.wrap_socket(plain):
                    return
            except OSError:
                time.sleep(0.05)
        raise DirectoryError(f"The domain controller did not answer on port 636 within {STARTING} s.")

    def stop(self) -> None:
        """End it, and wait until it has ended."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process = None
