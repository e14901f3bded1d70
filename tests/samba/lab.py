"""A real Active Directory domain controller (Samba) on a loopback address of its own, for as long as a test needs it."""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

ADDRESS = "127.0.0.77"
BASE = "DC=lab,DC=example,DC=test"
PASSWORD = "Adm1n-Passw0rd!"
SYSTEM_PYTHON = "/usr/bin/python3"  # python3-samba is part of the distribution, not of PyPI

PROVISION = """
import logging, sys
import samba.dsdb, samba.provision as provision
from samba.auth import system_session
folder = sys.argv[1]
provision.provision(
    logging.getLogger(), system_session(), targetdir=folder, smbconf=folder + "/etc/smb.conf",
    realm="LAB.EXAMPLE.TEST", domain="LAB", hostname="dc1", hostip=sys.argv[2], adminpass=sys.argv[3],
    serverrole="dc", dns_backend="NONE", skip_sysvolacl=True, dom_for_fun_level=samba.dsdb.DS_DOMAIN_FUNCTION_2008_R2,
)
"""

CONFIG = """
server services = ldap
interfaces = {address}/8
bind interfaces only = yes
pid directory = {folder}/run
ncalrpc dir = {folder}/run/ncalrpc
ntp signd socket directory = {folder}/run/ntp
winbindd socket directory = {folder}/run/winbindd
log file = {folder}/samba.log
tls enabled = yes
"""


def missing():
    """Why no domain controller can be started here, or nothing."""
    samba = shutil.which("samba") or shutil.which("samba", path="/usr/sbin")
    if samba is None:
        return "Samba's domain controller is not installed (Debian: samba-ad-dc, samba-ad-provision, samba-dsdb-modules, python3-samba)"
    if subprocess.run([SYSTEM_PYTHON, "-c", "import samba.provision"], capture_output=True, check=False).returncode:
        return "python3-samba or samba-ad-provision is not installed for the system's Python"
    try:
        with socket.create_server((ADDRESS, 636)):
            pass
    except OSError as reason:
        return f"port 636 of {ADDRESS} cannot be used ({reason}); be root, or lower net.ipv4.ip_unprivileged_port_start"
    return ""


@contextmanager
def domain_controller(folder: Path, tls=None):
    """Provision in the folder, start, wait until it answers on 636, and stop it in the end.

    ``tls`` are files of a key, a certificate and its root; without them the server makes its own.
    """
    (folder / "etc").mkdir(parents=True)
    (folder / "run").mkdir(mode=0o755)
    made = subprocess.run(
        [SYSTEM_PYTHON, "-c", PROVISION, str(folder), ADDRESS, PASSWORD],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert made.returncode == 0, made.stderr[-2000:]
    shared = (folder / "etc/smb.conf").read_text().split("[global]")[1].split("\n[")[0]
    kept = ["[global]", *(line for line in shared.splitlines() if not line.strip().startswith("server services"))]
    named = zip(("keyfile", "certfile", "cafile"), tls or (), strict=False)
    trust = "".join(f"tls {name} = {path}\n" for name, path in named)
    (folder / "etc/run.conf").write_text("\n".join(kept) + CONFIG.format(address=ADDRESS, folder=folder) + trust)
    samba = shutil.which("samba") or "/usr/sbin/samba"
    with (folder / "out.log").open("wb") as log:
        server = subprocess.Popen(
            [samba, "-i", "-M", "single", "-s", str(folder / "etc/run.conf")], stdout=log, stderr=log
        )
    try:
        _await_tls(server, folder)
        yield
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()


def _await_tls(server, folder):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    for _ in range(240):
        assert server.poll() is None, (folder / "out.log").read_text(errors="replace")[-2000:]
        try:
            with socket.create_connection((ADDRESS, 636), 2) as plain, context.wrap_socket(plain):
                return
        except OSError:
            time.sleep(0.25)
    raise AssertionError("the domain controller did not answer on 636 within a minute")


def required():
    """Whether this run promised a domain controller, so that skipping would hide that nothing was tested."""
    return os.environ.get("CI") == "true" and os.environ.get("FAULTBOOK_SAMBA") == "required"


if __name__ == "__main__":
    sys.exit(missing())
