"""The writeback agent of Entra Connect, emulated: it really sets passwords in the directory, as the connector account, and logs what became of it."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final, Literal

from faultbook.analysis.descriptor import to_sddl
from faultbook_lab import event_log, people
from faultbook_lab.directory import DOMAIN, Directory
from faultbook_lab.event_log import ENGINE, WINDOWS, EventLog, Record, about, refusal, success
from faultbook_lab.objects import Objects, opened
from faultbook_lab.people import Person
from faultbook_lab.records import Row, stamp

BEAT: Final = dt.timedelta(minutes=5)
SECONDS: Final = 5  # for the directory to answer
VERSION: Final = "2.5.190.0"
SERVICE: Final = "Microsoft Azure AD Sync"

Reason = Literal["rights", "policy", "credentials", "no-such-user", "directory-down", "other"]

_START: Final = {
    "reset": (31001, "PasswordResetStart"),
    "change": (31006, "ChangePasswordStart"),
}
_FAIL: Final = {
    "reset": (31003, "PasswordResetFail"),
    "change": (31008, "ChangePasswordFail"),
}
_PULSE: Final = frozenset({31019, 32002})
_POLICY: Final = re.compile(r"\b0000052D\b", re.IGNORECASE)

# the number of the event, the engine's own code, and its text
_LOGGED: Final[dict[Reason, tuple[int, str, str]]] = {
    "rights": (33004, "80230626", event_log.DENIED),
    "policy": (33008, "80230619", event_log.RESTRICTED),
    # the engine says the same when its own credentials are refused, but the agent takes it for no missing right
    "credentials": (33001, "80230626", event_log.DENIED),
    "no-such-user": (33002, "", "ADUserNotFoundError"),  # the agent looks for the user before the engine is asked
    "directory-down": (33001, "80230818", event_log.UNREACHED),
    "other": (33001, "80004005", "Unspecified error."),
}


@dataclass(frozen=True)
class Answer:
    """What the agent answered the cloud; ``unreachable`` is that nobody did."""

    kind: Literal["done", "unreachable", "refused"]
    reason: Reason | Literal[""] = ""
    said: str = ""
    """In the directory's own words, or why nobody answered."""


class Agent:
    """The agent on the sync server. It has no clock: every call says when it happens."""

    def __init__(self, directory: Directory, log: EventLog | None = None) -> None:
        self.directory = directory
        self.log = log or EventLog()
        self.running = False
        """Whether the sync service, which hosts the agent, runs."""
        self.connected = True
        """Whether it reaches the relay."""
        self.enabled = True
        """Whether password writeback is switched on."""
        self.version = VERSION

    @property
    def events(self) -> list[Record]:
        """The event log, oldest first."""
        return self.log.records()

    def forget(self, before: dt.datetime) -> None:
        """Drop older events."""
        self.log.forget(before)

    def forget_after(self, at: dt.datetime) -> None:
        """Drop what was logged at this time or later, because it will be lived again."""
        self.log.forget_after(at)

    def start(self, at: dt.datetime) -> None:
        """Start the service."""
        if self.running:
            return
        self.running = True
        self.log.write(at, 7036, f"The {SERVICE} service entered the running state.", provider=WINDOWS)
        if self.enabled:
            self.log.write(at, 31015, event_log.STARTED)
            self._pulse(at)

    def stop(self, at: dt.datetime) -> None:
        """Stop it."""
        if not self.running:
            return
        self.running = False
        if self.enabled:
            self.log.write(at, 31016, event_log.STOPPED)
        self.log.write(at, 7036, f"The {SERVICE} service entered the stopped state.", provider=WINDOWS)

    def disconnect(self, at: dt.datetime) -> None:
        """Cut it off from the relay."""
        if self.connected:
            self.connected = False
            if self.running and self.enabled:
                self.log.write(at, 31034, _tracked("ServiceBusListenerError", at), level="Error")
                self._pulse(at)

    def reconnect(self, at: dt.datetime) -> None:
        """Let it reach the relay again."""
        if not self.connected:
            self.connected = True
            if self.running and self.enabled:
                self._pulse(at)

    def onboard(self, at: dt.datetime) -> None:
        """Switch password writeback on."""
        if self.enabled:
            return
        self.enabled = True
        if self.running:
            self.log.write(at, 31004, _tracked("OnboardingEventStart", at))
            self.log.write(at, 31005, _tracked("OnboardingEventSuccess", at))
            self._pulse(at)

    def offboard(self, at: dt.datetime) -> None:
        """Switch it off."""
        if not self.enabled:
            return
        self.enabled = False
        if self.running:
            self.log.write(at, 31012, _tracked("OffboardingEventStart", at))
            self.log.write(at, 31013, _tracked("OffboardingEventSuccess", at))

    def beat(self, at: dt.datetime) -> None:
        """Log what was due since the last sign of the relay: a heartbeat every five minutes, or that there is no connection."""
        if not (self.running and self.enabled):
            return
        last = self.log.last(_PULSE)
        due = last + BEAT if last else at
        while due <= at:
            self._pulse(due)
            due += BEAT

    def _pulse(self, at: dt.datetime) -> None:
        if self.connected:
            self.log.write(at, 31019, event_log.HEART_BEAT)
        else:
            self.log.write(at, 32002, event_log.RELAY_ERROR, level="Error")

    def cloud_failed(self, at: dt.datetime) -> None:
        """Log that the cloud's password service, which the agent serves, has failed it."""
        if self.running and self.connected and self.enabled:
            self.log.write(at, 32001, event_log.CLOUD_ERROR, level="Error")

    def change(self, person: Person, password: str, at: dt.datetime, kind: str = "change") -> Answer:
        """Set a person's password now, as if asked for at that time; ``kind`` is ``change`` or ``reset``."""
        if not self.running:
            return Answer("unreachable", said="the service is stopped")
        if not self.connected:
            return Answer("unreachable", said="the agent does not reach the relay")
        if not self.enabled:
            return Answer("unreachable", said="password writeback is switched off")
        tracking = people.guid("tracking", person.upn, at, kind)
        number, name = _START[kind]
        self.log.write(at, number, about(tracking, name, person))
        answer = self._set(person, password)
        if not answer.reason:
            self.log.write(at, *success(tracking, person, kind))
            return answer
        number, hr, text = _LOGGED[answer.reason]
        if hr:
            self.log.write(at, 6329, event_log.engine_error(hr, text, self.version), provider=ENGINE, level="Error")
            self.log.write(at, number, refusal(tracking, person, hr, text), level="Error")
        else:
            self.log.write(at, number, about(tracking, text, person), level="Error")
        number, name = _FAIL[kind]
        self.log.write(at, number, about(tracking, name, person), level="Error")
        return answer

    def _set(self, person: Person, password: str) -> Answer:
        from ldap3.core import exceptions as ldap

        login = self.directory.connector
        try:
            with opened(self.directory.place(login), login.password, SECONDS) as objects:
                return self._write(objects, person, password)
        except ldap.LDAPInvalidCredentialsResult as error:
            return Answer("refused", "credentials", error.message)
        except ldap.LDAPInsufficientAccessRightsResult as error:
            return Answer("refused", "rights", error.message)
        except ldap.LDAPOperationResult as error:
            return Answer("refused", "policy" if _POLICY.search(error.message) else "other", error.message)
        except (ldap.LDAPException, OSError) as error:
            return Answer("refused", "directory-down", str(error))

    def _write(self, objects: Objects, person: Person, password: str) -> Answer:
        dn = objects.named(DOMAIN.base, person.upn)
        if dn is None:
            return Answer("refused", "no-such-user", f"nobody is called {person.upn}")
        objects.set_password(dn, password)
        objects.change(dn, lockoutTime=0, pwdLastSet=-1)
        return Answer("done")

    def server_file(self, at: dt.datetime, since: dt.datetime, person: Person | None = None) -> dict[str, object]:
        """What collector/Collect-FaultbookEvidence.ps1 would write on this server at that time; with a person, their object and rights too."""
        directory, errors = self._directory_parts(person)
        return {
            "faultbook": "collector-1",
            "computer": event_log.COMPUTER.partition(".")[0].upper(),
            "collectedAt": stamp(at),
            "since": stamp(since),
            "services": [
                {
                    "name": "ADSync", "displayName": SERVICE, "status": "Running" if self.running else "Stopped",
                    "startType": "Auto", "account": "NT SERVICE\\ADSync",
                }
            ],
            "versions": [{"DisplayName": "Microsoft Entra Connect Sync", "DisplayVersion": self.version}],
            "tls": [dict(_TLS)],
            "settings": [
                {
                    "StagingModeEnabled": False, "SyncCycleEnabled": True, "SchedulerSuspended": False,
                    "NextSyncCyclePolicyType": "Delta", "CurrentlyEffectiveSyncCycleInterval": "00:30:00",
                },
                {"Connector": f"{DOMAIN.dns} - AAD", "Enabled": self.enabled},
            ],
            "connectors": [
                {
                    "ADConnectorName": DOMAIN.dns, "ADConnectorForest": DOMAIN.dns,
                    "ADConnectorAccountName": people.CONNECTOR, "ADConnectorAccountDomain": DOMAIN.realm,
                }
            ],
            **directory,
            "reach": [
                _reach("passwordreset.microsoftonline.com", 200),
                _reach(event_log.RELAY, 401 if self.connected else None),
            ],
            "events": [record.row() for record in reversed(self.log.records(since, at))],
            "errors": errors,
        }  # fmt: skip

    def _directory_parts(self, person: Person | None) -> tuple[dict[str, list[Row]], list[Row]]:
        """The parts that are read from the directory; where it cannot be read, why, as the collector notes it."""
        from ldap3.core.exceptions import LDAPException

        parts: dict[str, list[Row]] = {"accounts": [], "users": [], "rights": []}
        try:
            with self.directory.administering() as objects:
                parts["accounts"] = [_account(objects, self.directory.connector.dn)]
                if person:
                    parts["users"] = [_user(objects, person)]
                parts["rights"] = [_rights(objects, dn) for dn in ([person.dn] if person else []) + [DOMAIN.base]]
        except (LDAPException, OSError) as error:
            unread = [part for part, rows in parts.items() if not rows and (person or part != "users")]
            return parts, [{"part": part, "message": str(error)} for part in unread]
        return parts, []


_TLS: Final = {
    "systemDefaultTlsVersions": 1, "schUseStrongCrypto": 1, "systemDefaultTlsVersions32": 1, "schUseStrongCrypto32": 1,
    "clientEnabled": 1, "clientDisabledByDefault": 0, "serverEnabled": 1, "serverDisabledByDefault": 0,
}  # fmt: skip


def _tracked(name: str, at: dt.datetime) -> str:
    return f"TrackingId: {people.guid('tracking', name, at)}, {name}"


def _reach(host: str, status: int | None) -> Row:
    """How an address answered; without a status its name was not found, as the relay's error in the event log says."""
    found = status is not None
    detail = "" if found else "No such host is known"
    return {"host": host, "port": 443, "name": found, "connected": found, "status": status, "detail": detail}


def _account(objects: Objects, dn: str) -> Row:
    return {
        "DistinguishedName": dn, "SamAccountName": people.CONNECTOR, "SID": objects.sid(dn), "ObjectClass": "user",
        "tokenGroups": list(objects.groups(dn)),
    }  # fmt: skip


def _user(objects: Objects, person: Person) -> Row:
    names = ["objectClass", "sAMAccountName", "userPrincipalName", "adminCount", "memberOf", "userAccountControl"]
    held = {name: [value.decode() for value in values] for name, values in objects.attributes(person.dn, names).items()}
    count = held.get("adminCount")
    return {
        "DistinguishedName": person.dn, "UserPrincipalName": held["userPrincipalName"][0],
        "SamAccountName": held["sAMAccountName"][0], "ObjectClass": held["objectClass"], "SID": objects.sid(person.dn),
        "adminCount": int(count[0]) if count else None, "memberOf": held.get("memberOf", []),
        "userAccountControl": int(held["userAccountControl"][0]),
    }  # fmt: skip


def _rights(objects: Objects, dn: str) -> Row:
    return {"DistinguishedName": dn, "Sddl": to_sddl(objects.descriptor(dn))}
