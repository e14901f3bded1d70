"""Everything that a lab consists of, and what is remembered of its people, so that a stretch of time can be lived again.

The parts that do something real stand behind two small protocols; tests of life put invented ones there.
"""

import bisect
import datetime as dt
from dataclasses import dataclass, field
from threading import Event
from typing import Final, Protocol

from faultbook_lab import people
from faultbook_lab.records import Row
from faultbook_lab.tenant import Tenant

RESET_SERVICE: Final = "Microsoft Entra"
"""The service of issues that the vendor publishes about its password reset."""


class Answer(Protocol):
    """What became of a password that was sent to Active Directory."""

    @property
    def kind(self) -> str:
        """``done``, ``unreachable`` or ``refused``."""

    @property
    def reason(self) -> str:
        """Why it was refused, in one word."""


class Writeback(Protocol):
    """The agent on premises."""

    def change(self, person: people.Person, password: str, at: dt.datetime) -> Answer:
        """Set a password in the directory."""

    def beat(self, at: dt.datetime) -> None:
        """Let time go by: a heartbeat is written when one is due."""

    def forget_after(self, at: dt.datetime) -> None:
        """Drop what was logged since."""

    def forget(self, before: dt.datetime) -> None:
        """Drop what is older."""

    def cloud_failed(self, at: dt.datetime) -> None:
        """The cloud service that the agent serves has failed it."""

    def onboard(self, at: dt.datetime) -> None:
        """Writeback was switched on."""

    def offboard(self, at: dt.datetime) -> None:
        """Writeback was switched off."""


class Federation(Protocol):
    """The identity provider of a federated domain, as Microsoft's side meets it. Each answers why it failed, or nothing."""

    def sign_in(self, person: people.Person) -> str:
        """Fetch a token and check it."""

    def change_password(self, person: people.Person) -> str:
        """Set a new password there."""


@dataclass
class Expiry:
    """A password that ran out, until it was changed."""

    person: people.Person
    at: dt.datetime
    until: dt.datetime | None = None


@dataclass
class Again:
    """Somebody who failed and will try again."""

    person: people.Person
    app: tuple[str, str]
    since: dt.datetime
    due: dt.datetime
    tries: int
    done: dt.datetime | None = None


@dataclass
class ResetService:
    """Microsoft's password reset service: whether it is well, and since when not; the issue that it published about that."""

    down_since: dt.datetime | None = None
    issue: str = ""


@dataclass
class World:
    """The lab's whole state besides the real parts. ``lived`` is how far its time has come."""

    tenant: Tenant
    writeback: Writeback
    federation: Federation
    seed: int
    lived: dt.datetime
    robot: str
    """The application that starts refreshes."""
    writeback_off_since: dt.datetime | None = None
    agent_silent_since: dt.datetime | None = None
    reset: ResetService = field(default_factory=ResetService)
    expiries: list[Expiry] = field(default_factory=list)
    again: list[Again] = field(default_factory=list)
    over: Event = field(default_factory=Event)
    """Set when the lab is to end: nothing is lived any more."""

    def expired(self, person: people.Person) -> Expiry | None:
        """The expiry that this person has not dealt with yet."""
        return next((one for one in self.expiries if one.person == person and one.until is None), None)

    def log_signin(self, row: Row) -> None:
        """Keep a sign-in in its place of time."""
        _insert(self.tenant, self.tenant.signins, row, "createdDateTime")

    def log_audit(self, row: Row) -> None:
        """Keep an audit record in its place of time."""
        _insert(self.tenant, self.tenant.audits, row, "activityDateTime")

    def rewind(self, at: dt.datetime) -> None:
        """Forget what happened since a time, so that it can be lived again. Settings stay as they are now."""
        from faultbook_lab.records import stamp

        limit = stamp(at)
        with self.tenant.lock:
            for log, field_ in ((self.tenant.signins, "createdDateTime"), (self.tenant.audits, "activityDateTime")):
                log[:] = [row for row in log if str(row[field_]) < limit]
            for dataset in self.tenant.datasets.values():
                dataset.refreshes[:] = [row for row in dataset.refreshes if str(row["startTime"]) < limit]
                if dataset.given_up and dataset.given_up >= at:
                    dataset.schedule["enabled"], dataset.given_up = True, None
            self.tenant.issues[:] = [row for row in self.tenant.issues if str(row["startDateTime"]) < limit]
            for row in self.tenant.issues:
                if str(row["endDateTime"] or "") >= limit:
                    row |= {"status": "serviceDegradation", "isResolved": False, "endDateTime": None}
                    if row["service"] == RESET_SERVICE:
                        self.reset.issue = str(row["id"])
        self.expiries = [one for one in self.expiries if one.at < at]
        for expiry in self.expiries:
            if expiry.until and expiry.until >= at:
                expiry.until = None
        self.again = [one for one in self.again if one.since < at]
        for retry in self.again:
            if retry.done and retry.done >= at:
                retry.done = None
        if self.agent_silent_since and self.agent_silent_since >= at:
            self.agent_silent_since = None
        if self.reset.issue and not any(one["id"] == self.reset.issue for one in self.tenant.issues):
            self.reset.issue = ""
        self.writeback.forget_after(at)
        self.lived = min(self.lived, at)


def _insert(tenant: Tenant, log: list[Row], row: Row, key: str) -> None:
    with tenant.lock:
        bisect.insort(log, row, key=lambda held: (str(held[key]), str(held["id"])))
