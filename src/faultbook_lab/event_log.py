"""The event log of the sync server, and how what is written there reads."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from threading import RLock
from typing import Final, Literal

from faultbook_lab import people
from faultbook_lab.people import Person
from faultbook_lab.records import Row, stamp

Level = Literal["Error", "Warning", "Information"]

AGENT: Final = "PasswordResetService"
ENGINE: Final = "ADSync"
WINDOWS: Final = "Service Control Manager"
COMPUTER: Final = "sync01.contoso.example"
RELAY: Final = "ssprdedicatedsbprodeus2-1.servicebus.windows.net"

HEART_BEAT: Final = f"Heart beat. Namespace: {RELAY}, Endpoint: {people.TENANT}"
STARTED: Final = "Password writeback service has started and is ready to accept requests."
STOPPED: Final = "Password writeback service has stopped."
RELAY_ERROR: Final = "An error occurred while connecting to Service Bus. Details: System.ServiceModel.EndpointNotFoundException: no such host"
_SUCCESS: Final = {"reset": (31002, "PasswordResetSuccess"), "change": (31007, "PasswordChangeSuccess")}
CLOUD_ERROR: Final = "An error in the cloud password reset service. Details: The remote server returned an error: (500) Internal Server Error."
DENIED: Final = "The password could not be updated because the management agent credentials were denied access."
RESTRICTED: Final = "A restriction prevents the password from being changed to the current one specified."
UNREACHED: Final = "The domain controller could not be contacted."


def refusal(tracking: str, person: Person, hr: str, text: str) -> str:
    """33001 to 33009: what the sync engine answered when it was to set a password."""
    reason = f"Synchronization Engine returned an error hr={hr}, message={text}"
    return (
        f"TrackingId: {tracking}, Reason: {reason}, Context: cloudAnchor: User_{person.id}, SourceAnchorValue: AbCdEf0123456789AbCdEg==, "
        f"UserPrincipalName: {person.upn}, Details: Microsoft.CredentialManagement.OnPremisesPasswordReset.Shared.PasswordResetException: {reason}"
    )


def engine_error(hr: str, text: str, version: str) -> str:
    """6329: the same from the sync engine itself."""
    return (
        "An unexpected error has occurred during a password set operation.\n"
        f'"BAIL: MMS(4924): ..\\server.cpp(11139): 0x{hr} ({text})\nAzure AD Sync {version}"'
    )


def about(tracking: str, what: str, person: Person) -> str:
    """An event that says no more than its name and whom it is about."""
    return f"TrackingId: {tracking}, {what}, UserPrincipalName: {person.upn}"


def success(tracking: str, person: Person, kind: str) -> tuple[int, str]:
    """31002 or 31007: a password was written."""
    number, what = _SUCCESS[kind]
    return number, about(tracking, what, person)


@dataclass(frozen=True)
class Record:
    """One event."""

    at: dt.datetime
    id: int
    message: str
    provider: str
    level: Level
    number: int

    def row(self) -> Row:
        """As the collector writes it."""
        return {
            "TimeCreated": stamp(self.at),
            "Id": self.id,
            "ProviderName": self.provider,
            "LogName": "System" if self.provider == WINDOWS else "Application",
            "LevelDisplayName": self.level,
            "MachineName": COMPUTER,
            "RecordId": self.number,
            "Message": self.message,
        }


class EventLog:
    """The records in order of time. A life that is lived again forgets its last hours first."""

    def __init__(self) -> None:
        self._records: list[Record] = []
        self._number = 40_000
        self._lock = RLock()

    def write(
        self, at: dt.datetime, id: int, message: str, *, provider: str = AGENT, level: Level = "Information"
    ) -> None:
        """Add one record."""
        with self._lock:
            self._number += 1
            self._records.append(Record(at, id, message, provider, level, self._number))
            if len(self._records) > 1 and self._records[-2].at > at:
                self._records.sort(key=lambda record: (record.at, record.number))

    def records(self, since: dt.datetime | None = None, until: dt.datetime | None = None) -> list[Record]:
        """What was logged in this time, both ends included, oldest first."""
        with self._lock:
            return [
                record
                for record in self._records
                if (since is None or since <= record.at) and (until is None or record.at <= until)
            ]

    def last(self, ids: Collection[int]) -> dt.datetime | None:
        """When one of these was logged last."""
        with self._lock:
            return next((record.at for record in reversed(self._records) if record.id in ids), None)

    def forget(self, before: dt.datetime) -> None:
        """Drop what is older."""
        with self._lock:
            self._records = [record for record in self._records if record.at >= before]

    def forget_after(self, at: dt.datetime) -> None:
        """Drop what was logged at this time or later."""
        with self._lock:
            self._records = [record for record in self._records if record.at < at]
