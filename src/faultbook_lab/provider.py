"""The federated identity provider of the lab: a Node process in the shape of AD FS, a child of the caller that ends with it."""

import contextlib
import hashlib
import importlib.util
import json
import os
import queue
import secrets
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Final

from faultbook.errors import FaultbookError
from faultbook_lab import people
from faultbook_lab.certificates import Leaf, Signing

METADATA: Final = "/FederationMetadata/2007-06/FederationMetadata.xml"
NODE: Final = 18
SHIPPED: Final = Path(__file__).with_suffix("")
"""The folder beside this file: the program, and the packages that it needs."""
_LISTS: Final = ("package.json", "package-lock.json")
_LIBRARIES: Final = ("cryptography", "httpx2", "lxml", "signxml")
_SECONDS: Final = 30.0
"""More than starting takes on a busy machine: 0.5 s where nothing else runs."""


def missing(folder: Path) -> str:
    """What the provider needs and does not find, with the command that installs it; nothing if all is there."""
    if absent := [name for name in _LIBRARIES if not importlib.util.find_spec(name)]:
        return f"Python does not find {', '.join(absent)}: pip install 'faultbook[lab]'"
    if not shutil.which("node"):
        return "Node is not installed: apt-get install nodejs npm"
    if (found := _node()) < NODE:
        return f"Node {found} is too old, {NODE} is needed: apt-get install nodejs"
    if not installed(folder):
        if not shutil.which("npm"):
            return "npm is not installed: apt-get install npm"
        return "The provider's packages are not installed: faultbook lab install"
    return ""


def installable() -> bool:
    """Whether Node and npm are here, so that only the packages can be missing."""
    return bool(shutil.which("npm") and shutil.which("node")) and _node() >= NODE


def installed(folder: Path) -> bool:
    """Whether the packages are in this cache folder, whole: npm writes its own list last."""
    return os.path.exists(_home(folder) / "node_modules/.package-lock.json")  # noqa: PTH110 - False for what may not be read


def install(folder: Path) -> None:
    """Fetch the locked packages into this cache folder, unless they are there. Raises FaultbookError, with what npm said."""
    if installed(folder):
        return
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".provider-", dir=folder))
    except OSError as error:
        raise FaultbookError(
            f"The provider's packages cannot be kept in {folder}.",
            why=f"{error.strerror}.",
            do="Let XDG_CACHE_HOME name a folder that you may write to.",
        ) from None
    try:
        for name in _LISTS:
            shutil.copy(SHIPPED / name, part)
        _npm(part)
        shutil.rmtree(_home(folder), ignore_errors=True)  # what an interrupted npm may have left
        part.replace(_home(folder))
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _npm(folder: Path) -> None:
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)  # noqa: S603 - a fixed command
    except (OSError, subprocess.CalledProcessError) as error:
        said = error.stderr.strip() if isinstance(error, subprocess.CalledProcessError) else str(error)
        raise FaultbookError("The provider's packages could not be installed.", why=said[-2000:]) from error


def _home(folder: Path) -> Path:
    """Where these packages are: another lock, another place."""
    return folder / f"provider-{hashlib.sha256((SHIPPED / 'package-lock.json').read_bytes()).hexdigest()[:16]}"


def _node() -> int:
    """Its main version; 0 where it says none."""
    said = subprocess.run(["node", "--version"], check=False, capture_output=True, text=True).stdout  # noqa: S607 - whichever comes first
    number = said.strip().lstrip("v").partition(".")[0]
    return int(number) if number.isdecimal() else 0


class Provider:
    """One provider, listening on loopback. What is broken about it stays so over ``restart``, until it is mended."""

    def __init__(
        self, cache: Path, folder: Path, port: int, leaf: Leaf, signing: Signing, known: Sequence[people.Person],
        *, host: str = "localhost",
    ) -> None:  # fmt: skip
        self._packages = _home(cache) / "node_modules"
        self._folder = folder
        self.host, self.port = host, port
        self.leaf, self.signing = leaf, signing
        self._people = known
        self._slow, self._refuse = 0.0, 0
        self.client = ("faultbook-lab", secrets.token_urlsafe(24))
        """Id and secret of the application that may ask for tokens."""
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.Queue[str] = queue.Queue()
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"https://{self.host}:{self.port}"

    @property
    def issuer(self) -> str:
        """Its entity id: without port, as AD FS has it."""
        return f"http://{self.host}/adfs/services/trust"

    @property
    def metadata_url(self) -> str:
        """Where it publishes its certificates."""
        return self.url + METADATA

    @property
    def passive_url(self) -> str:
        """Where it sends a browser's user back from, signed in."""
        return f"{self.url}/adfs/ls/"

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, and return when it listens. Raises FaultbookError, with what it said."""
        if self.running:
            return
        self.stop()
        with self._lock:
            self._process = self._started()
            self._answers = queue.Queue()
            threading.Thread(target=_read, args=(self._process.stdout, self._answers), daemon=True).start()
        try:
            self._told(self._described())
        except FaultbookError:
            self.stop()
            raise

    def stop(self) -> None:
        """End it: its port is closed, connections are refused."""
        with self._lock:
            process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it was dead already
            process.stdin.close()
        try:
            process.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def restart(self) -> None:
        """Stop it, and start it with the certificates and faults that it has now."""
        self.stop()
        self.start()

    def rotate_signing(self, signing: Signing) -> None:
        """Sign tokens with another certificate from now on, and publish that one instead."""
        self._ordered("sign", **_files(signing))
        self.signing = signing

    def replace_tls(self, leaf: Leaf) -> None:
        """Show another server certificate from now on."""
        self._ordered("tls", **_files(leaf))
        self.leaf = leaf

    def slow(self, seconds: float) -> None:
        """Let every answer wait; nought mends it."""
        self._ordered("slow", seconds=seconds)
        self._slow = seconds

    def refuse(self, status: int) -> None:
        """Answer everything with this status; nought mends it."""
        self._ordered("refuse", status=status)
        self._refuse = status

    def _described(self) -> dict[str, Any]:
        client, secret = self.client
        return {
            "host": self.host,
            "port": self.port,
            "people": [{"upn": person.upn, "immutableId": person.immutable_id} for person in self._people],
            "client": {"id": client, "secret": secret},
            "tls": _files(self.leaf),
            "signing": _files(self.signing),
            "slow": self._slow,
            "refuse": self._refuse,
        }

    def _started(self) -> subprocess.Popen[str]:
        """The program finds its packages beside itself, so both are put into the folder of this provider."""
        self._folder.mkdir(parents=True, exist_ok=True)
        program, packages = self._folder / "provider.mjs", self._folder / "node_modules"
        shutil.copy(SHIPPED / program.name, program)
        packages.unlink(missing_ok=True)
        packages.symlink_to(self._packages.resolve(), target_is_directory=True)
        with (self._folder / "provider.log").open("a") as log:
            return subprocess.Popen(  # noqa: S603 - a program of ours
                ["node", program.name],  # noqa: S607 - whichever comes first
                cwd=self._folder,
                env={**os.environ, "NODE_ENV": "production"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def _ordered(self, order: str, **given: object) -> None:
        """Tell it, if it runs; one that is down learns it when it starts."""
        if self.running:
            self._told({"order": order, **given})

    def _told(self, message: dict[str, Any]) -> None:
        with self._lock:
            assert self._process is not None
            assert self._process.stdin is not None
            try:
                self._process.stdin.write(json.dumps(message) + "\n")
                self._process.stdin.flush()
                answer = json.loads(self._answers.get(timeout=_SECONDS))
            except (BrokenPipeError, queue.Empty, ValueError) as error:
                raise FaultbookError(
                    "The identity provider does not answer.", do=f"See {self._folder / 'provider.log'}."
                ) from error
        if "failed" in answer:
            raise FaultbookError("The identity provider could not do it.", why=f"{answer['failed']}.")


def _files(of: Leaf | Signing) -> dict[str, str]:
    return {"key": str(of.key.resolve()), "certificate": str(of.certificate.resolve())}


def _read(stream: IO[str] | None, into: "queue.Queue[str]") -> None:
    """Lines as they come; an empty one at the end."""
    assert stream is not None
    with stream:
        for line in stream:
            into.put(line)
    into.put("")
