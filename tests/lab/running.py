"""What the tests of the lab share: a directory that runs, or the reason why none can."""

import datetime as dt
import importlib.util
import os
from contextlib import contextmanager
from pathlib import Path

import pytest

ADDRESS = "127.0.0.87"
DAY = dt.timedelta(days=1)


def need(reason):
    """Skip with the reason, where there is one; fail where the part was promised."""
    if reason:
        if os.environ.get("CI") == "true" and os.environ.get("FAULTBOOK_LAB_TESTS") == "required":
            pytest.fail(f"The lab was promised: {reason}")
        pytest.skip(reason)


@contextmanager
def running_directory(folder: Path, cache=None, address=ADDRESS):
    """A directory in the folder, with a certificate of our own."""
    from faultbook_lab.directory import Directory, missing

    need(missing(address) or ("" if importlib.util.find_spec("cryptography") else "cryptography is not installed"))
    with Directory.start(folder / "directory", address, certificate(folder, address), cache) as directory:
        yield directory


def certificate(folder, address=ADDRESS):
    """Files of a key, its certificate for the address, and the root."""
    from faultbook_lab.certificates import Authority

    now = dt.datetime.now(dt.UTC)
    leaf = Authority(folder).issue(
        "dc1", hosts=["dc1.contoso.example"], addresses=[address], start=now - DAY, end=now + 30 * DAY
    )
    return leaf.key, leaf.certificate, leaf.root
