"""The directory of the lab: a real domain controller that holds the invented organisation, and what can be broken in it and healed."""

import json
import os
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Final, Self

from msgspec.structs import replace

from faultbook.analysis.acl import Descriptor
from faultbook.errors import FaultbookError
from faultbook.sources.live.ldap import Place
from faultbook_lab import people, samba
from faultbook_lab.objects import (
    ENABLED,
    NEVER_EXPIRES,
    Objects,
    denying,
    granting,
    granting_unexpire,
    opened,
    without,
)
from faultbook_lab.people import Person
from faultbook_lab.samba import Controller, DirectoryError, Domain, missing

__all__ = ["BOSS", "DOMAIN", "SYNCED", "UNITS", "Directory", "DirectoryError", "Login", "missing"]

DOMAIN: Final = Domain()
SYNCED: Final = tuple(person for person in people.EVERYONE if person.synced)
UNITS: Final = tuple(dict.fromkeys(person.unit for person in SYNCED))
BOSS: Final = Person("boss", "contoso.example", "Staff")
"""A protected administrator (adminCount = 1, inheritance off), whom writeback never serves. Not one of ``people.EVERYONE``."""

_USERS: Final = f"CN=Users,{DOMAIN.base}"
_ADMINS: Final = f"CN=Domain Admins,{_USERS}"
_KEY: Final = "etc/administrator"  # in a kept domain: how to sign in to it, before every password is replaced


@dataclass(frozen=True)
class Login:
    """An account of the directory that somebody signs in with."""

    name: str
    password: str = field(repr=False)

    @property
    def dn(self) -> str:
        """Its distinguished name."""
        return f"CN={self.name},{_USERS}"

    @property
    def qualified(self) -> str:
        """The name to bind with."""
        return f"{DOMAIN.name}\\{self.name}"


class Directory:
    """A running directory. Its faults are changes that an administrator could have made; each has its inverse, and may be repeated."""

    def __init__(self, folder: Path, address: str, tls: tuple[Path, Path, Path]) -> None:
        self.folder, self.address, self.root = folder, address, tls[2]
        self.url = f"ldaps://{address}"
        self.administrator = Login("Administrator", _password())
        self.connector = Login(people.CONNECTOR, _password())
        self.reader = Login("reader", _password())
        self.repairer = Login("repairer", _password())
        self.passwords = {person.upn: _password() for person in (*SYNCED, BOSS)}
        """What each person signs in with, by user principal name."""
        self._controller = Controller(folder / "dc", address, DOMAIN, tls)
        self._lock = RLock()

    @classmethod
    def start(cls, folder: Path, address: str, tls: tuple[Path, Path, Path], cache: Path | None = None) -> Self:
        """Make the domain in the folder, or take a kept one from the cache, and serve it on ports 389 and 636 of the address.

        ``tls`` are files of a key, its certificate for the address, and the root. Every password is new each time.
        """
        made = cls(folder, address, tls)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if made._controller.folder.exists():  # left behind by a lab that was killed
            shutil.rmtree(made._controller.folder)
        kept = cache / f"domain-{_recipe()}" if cache else None
        with ExitStack() as undone:
            undone.callback(made.stop)  # whatever prevents it, nothing keeps running
            if not (kept and made._restored(kept)):
                made._build(kept)
            undone.pop_all()
        return made

    def stop(self) -> None:
        """End the server; the folder stays as it is."""
        self._controller.stop()

    @property
    def pid(self) -> int | None:
        """The server's process, a child of this one; none while it is stopped."""
        return self._controller.process.pid if self._controller.process else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def place(self, login: Login) -> Place:
        """Where and as whom to connect."""
        return Place(host=self.address, user=login.qualified, ca=str(self.root))

    @contextmanager
    def administering(self) -> Iterator[Objects]:
        """The objects of the directory as its administrator sees them."""
        with opened(self.place(self.administrator), self.administrator.password) as objects:
            yield objects

    def _build(self, kept: Path | None) -> None:
        samba.provision(self._controller.folder, self.address, DOMAIN, self.administrator.password)
        self._controller.start()
        with self.administering() as objects:
            self._populate(objects)
        if kept is None:
            return
        self._controller.stop()
        key = self._controller.folder / _KEY
        key.touch(mode=0o600)
        key.write_text(self.administrator.password)
        with suppress(OSError):  # where there is no room or no right to keep it, it is made again the next time
            samba.keep(self._controller.folder, kept)
        self._controller.start()
        # what was kept must not open this one
        self._renew(key)

    def _restored(self, kept: Path) -> bool:
        """Whether a kept domain serves again. One that cannot be used is no longer kept: it is made anew."""
        from ldap3.core.exceptions import LDAPException

        if not os.path.isdir(kept):  # noqa: PTH112 - False for what may not be read
            return False
        try:
            samba.restore(kept, self._controller.folder)
            self._controller.start()
            self._renew(self._controller.folder / _KEY)
        except (FaultbookError, LDAPException, OSError) as error:
            sys.stderr.write(
                f"The domain kept in {kept} cannot be used, and is made anew: {error}\n"
            )  # into the lab's log
            self.stop()
            shutil.rmtree(self._controller.folder, ignore_errors=True)
            shutil.rmtree(kept, ignore_errors=True)
            return False
        return True

    def _renew(self, key: Path) -> None:
        """Give every account a password of this run alone."""
        old, self.administrator = Login("Administrator", key.read_text()), Login("Administrator", _password())
        with opened(self.place(old), old.password) as objects:
            for login in (self.administrator, self.connector, self.reader, self.repairer):
                objects.set_password(login.dn, login.password)
            for person in (*SYNCED, BOSS):
                objects.set_password(person.dn, self.passwords[person.upn])
        key.unlink()

    def _populate(self, objects: Objects) -> None:
        for login in (self.connector, self.reader, self.repairer):
            control = ENABLED | (NEVER_EXPIRES if login is self.connector else 0)
            objects.add_account(
                login.dn, login.name, login.password, userAccountControl=control,
                userPrincipalName=f"{login.name}@{DOMAIN.dns}",
            )  # fmt: skip
        # what is kept must open after any time
        objects.change(self.administrator.dn, userAccountControl=ENABLED | NEVER_EXPIRES)
        objects.join(_ADMINS, self.repairer.dn)
        connector = objects.sid(self.connector.dn)
        objects.write(DOMAIN.base, granting_unexpire(objects.own(DOMAIN.base), connector))
        for unit in UNITS:
            objects.add(_unit(unit), "organizationalUnit")
            objects.write(_unit(unit), granting(objects.own(_unit(unit)), connector))
        for person in (*SYNCED, BOSS):
            name = f"{person.name.title()} Demo"
            objects.add_account(
                person.dn, person.name, self.passwords[person.upn], userPrincipalName=person.upn, displayName=name
            )
        objects.join(_ADMINS, BOSS.dn)
        objects.change(BOSS.dn, adminCount=1)
        objects.write(BOSS.dn, replace(objects.own(BOSS.dn), protected=True))

    def revoke_rights(self, unit: str) -> None:
        """Take from an organisational unit whatever it gives to the connector account."""
        self._rewrite(_unit(unit), without)

    def grant_rights(self, unit: str) -> None:
        """Give the connector account there what writeback needs."""
        self._rewrite(_unit(unit), granting)

    def block_inheritance(self, person: Person) -> None:
        """Switch inheritance off on one person: what was inherited is gone."""
        self._rewrite(person.dn, lambda held, _: replace(held, protected=True))

    def restore_inheritance(self, person: Person) -> None:
        """Switch it on again."""
        self._rewrite(person.dn, lambda held, _: replace(held, protected=False))

    def deny(self, person: Person) -> None:
        """Refuse Reset Password on one person to the connector account, explicitly."""
        self._rewrite(person.dn, denying)

    def undeny(self, person: Person) -> None:
        """Take that refusal away."""
        self._rewrite(person.dn, without)

    @property
    def running(self) -> bool:
        """Whether the server's process is there."""
        return self._controller.process is not None and self._controller.process.poll() is None

    @contextmanager
    def _changing(self) -> Iterator[Objects]:
        """The same for one change at a time. Raises DirectoryError where the directory does not do it."""
        from ldap3.core.exceptions import LDAPException

        try:
            with self._lock, self.administering() as objects:
                yield objects
        except (LDAPException, OSError) as error:
            raise DirectoryError(
                "The directory could not be changed." if self.running else "The directory's process has ended.",
                why=f"{error}.",
                do="" if self.running else "Start the lab afresh: faultbook lab down, then faultbook lab up.",
            ) from error

    def _rewrite(self, dn: str, how: Callable[[Descriptor, str], Descriptor]) -> None:
        with self._changing() as objects:
            objects.write(dn, how(objects.own(dn), objects.sid(self.connector.dn)))

    def expire_connector_password(self) -> None:
        """Let the connector account's password count as expired, so that a sign-in with it is refused (data 773)."""
        # its age cannot be written, and Samba takes no greatest age under a day: what can be written is that it has none
        with self._changing() as objects:
            objects.change(self.connector.dn, userAccountControl=ENABLED)
            objects.change(self.connector.dn, pwdLastSet=0)

    def renew_connector_password(self) -> None:
        """Give it a new password, which the agent learns, and let that never expire."""
        with self._changing() as objects:
            self.connector = Login(self.connector.name, _password())
            objects.set_password(self.connector.dn, self.connector.password)
            objects.change(self.connector.dn, userAccountControl=ENABLED | NEVER_EXPIRES)

    def set_password(self, person: Person, password: str) -> None:
        """Reset a person's password as an administrator does."""
        with self._changing() as objects:
            objects.set_password(person.dn, password)
            self.passwords[person.upn] = password

    def must_change(self, person: Person) -> None:
        """Let a person choose a new password at the next sign-in; any reset takes this away."""
        with self._changing() as objects:
            objects.change(person.dn, pwdLastSet=0)


def _unit(name: str) -> str:
    return f"OU={name},{DOMAIN.base}"


def _password() -> str:
    return f"Lab-{secrets.token_hex(12)}"


def _recipe() -> str:
    """What a kept domain depends on: another Samba, or another organisation, is another domain."""
    made_of = [samba.version(), DOMAIN.realm, [[person.upn, person.dn] for person in (*SYNCED, BOSS)], people.CONNECTOR]
    return sha256(json.dumps(made_of).encode()).hexdigest()[:16]
