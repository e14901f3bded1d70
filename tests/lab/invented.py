"""A world whose real parts are invented, for tests of how its people live."""

import datetime as dt
from dataclasses import dataclass, field

from faultbook_lab import founding
from faultbook_lab.world import World

NOW = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)


@dataclass
class Answer:
    kind: str
    reason: str = ""


@dataclass
class Agent:
    """Answers what it is told to; keeps what it was asked."""

    says: str = "done"
    asked: list = field(default_factory=list)
    events: list = field(default_factory=list)

    def change(self, person, password, at):
        self.asked.append((at, person))
        return Answer(self.says)

    def beat(self, at):
        if not self.events or at - self.events[-1][0] >= dt.timedelta(minutes=5):
            self.events.append((at, "beat"))

    def forget_after(self, at):
        self.events = [one for one in self.events if one[0] < at]

    def forget(self, before):
        self.events = [one for one in self.events if one[0] >= before]

    def cloud_failed(self, at):
        self.events.append((at, "cloud"))

    def onboard(self, at):
        self.events.append((at, "on"))

    def offboard(self, at):
        self.events.append((at, "off"))

    def start(self, at):
        self.says = "done"

    def stop(self, at):
        self.says = "unreachable"

    disconnect, reconnect = stop, start


@dataclass
class Provider:
    says: str = ""

    def sign_in(self, person):
        return self.says

    change_password = sign_in


def world(hours=6, seed=7, now=NOW):
    """Contoso, and how far its time has come: nothing has been lived yet."""
    realm = {"account_type": "Federated", "domain_name": "partners.example"}
    tenant = founding.tenant(now, federation=[], realm=realm)
    start = now - dt.timedelta(hours=hours)
    return World(tenant, Agent(), Provider(), seed, start, founding.ROBOT)
