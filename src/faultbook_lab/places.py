"""Where a lab lives: its folder, what is in it, and the addresses that its parts listen on."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from faultbook.errors import UsageError

ADDRESS = "127.0.0.78"
"""The directory's own loopback address: its ports are fixed, so that it needs one to itself."""
OPTIONAL = ("directory", "provider")
"""Parts that a lab can do without."""
_LONGEST_SOCKET = 100
"""A path of a Unix socket may have 107 bytes."""


@dataclass(frozen=True)
class Place:
    """The folder of one lab. It exists from ``up`` to ``down`` and is readable by its owner only."""

    folder: Path

    @property
    def control(self) -> Path:
        """The socket on which the lab takes orders."""
        return self.folder / "control"

    @property
    def lock(self) -> Path:
        """Held by the lab's process for as long as it lives, and holds its number; a folder without it is no lab's."""
        return self.folder / "faultbook-lab.lock"

    @property
    def log(self) -> Path:
        """What the lab's process says."""
        return self.folder / "lab.log"

    @property
    def ready(self) -> Path:
        """Written when everything has started; holds the report that ``status`` shows, too."""
        return self.folder / "ready.json"

    @property
    def failed(self) -> Path:
        """Written instead where something prevented it."""
        return self.folder / "failed.json"

    @property
    def cloud(self) -> Path:
        """The emulated cloud as a file for ``--cloud``."""
        return self.folder / "cloud.toml"

    @property
    def root(self) -> Path:
        """The certificate that everything in the lab is signed by."""
        return self.folder / "root.pem"

    @property
    def server_file(self) -> Path:
        """What the collector script would have written on the sync server just now."""
        return self.folder / "sync-server.json"

    @property
    def environment(self) -> Path:
        """Variables of a shell for asking the lab with ``--live``; holds its invented passwords."""
        return self.folder / "environment.sh"


def place(folder: Path | None = None) -> Place:
    """The place of the lab in the given folder, or of the user's one lab. Raises UsageError where its path is too long for a socket."""
    found = Place((folder or _usual()).absolute())
    if len(os.fsencode(found.control)) > _LONGEST_SOCKET:
        raise UsageError(f"The path {found.folder} is too long for a lab.", do="Give a shorter one with --folder.")
    return found


def _usual() -> Path:
    if given := os.environ.get("FAULTBOOK_LAB"):
        return Path(given)
    if running := os.environ.get("XDG_RUNTIME_DIR"):
        return Path(running) / "faultbook-lab"
    return Path(tempfile.gettempdir()) / f"faultbook-lab-{os.getuid()}"


def cache() -> Path:
    """Where parts that take long to make are kept between labs: the provisioned directory, the provider's packages."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111 - an account without a home has no answer
    return Path(base).absolute() / "faultbook-lab"
