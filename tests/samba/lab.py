"""A real Active Directory domain controller (Samba) on a loopback address of its own, for as long as a test needs it."""

import os
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
from running import certificate

from faultbook.sources.live.ldap import Place
from faultbook_lab import samba
from faultbook_lab.objects import connect

ADDRESS = "127.0.0.77"
DOMAIN = samba.Domain("LAB.EXAMPLE.TEST", "LAB")
BASE = DOMAIN.base
PASSWORD = "Adm1n-Passw0rd!"


def required():
    """Whether this run promised a domain controller, so that skipping would hide that nothing was tested."""
    return os.environ.get("CI") == "true" and os.environ.get("FAULTBOOK_SAMBA") == "required"


@contextmanager
def domain_controller(folder: Path):
    """Provision below the folder, start, and stop in the end; answers the root that its certificate comes from.

    Skipped with its reason where no domain controller can run, failed where one was promised.
    """
    if reason := samba.missing(ADDRESS) or ("" if find_spec("cryptography") else "cryptography is not installed"):
        if required():
            pytest.fail(f"A domain controller was promised: {reason}")
        pytest.skip(reason)
    tls = certificate(folder, ADDRESS)
    controller = samba.Controller(folder / "dc", ADDRESS, DOMAIN, tls)
    samba.provision(controller.folder, ADDRESS, DOMAIN, PASSWORD)
    controller.start()
    try:
        yield tls[-1]
    finally:
        controller.stop()


def bind(root, name, password):
    """A connection as an account of the domain."""
    return connect(Place(host=ADDRESS, user=f"{DOMAIN.name}\\{name}", ca=str(root)), password)
