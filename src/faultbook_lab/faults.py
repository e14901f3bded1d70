"""What can be broken in a lab. Each fault does one thing to one part; every log entry and every error that follows is a consequence.

A fault begins at a time that may lie back and ends now. What each is expected to be called is in ``matrix.py``, not here.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from faultbook_lab import administration, founding, life, people
from faultbook_lab.people import KIM
from faultbook_lab.records import issue, policy
from faultbook_lab.world import World

if TYPE_CHECKING:  # only what is broken loads these
    from faultbook_lab.agent import Agent
    from faultbook_lab.directory import Directory
    from faultbook_lab.provider_care import ProviderCare

USUAL: Final = dt.timedelta(minutes=40)
_SELDOM: Final = dt.timedelta(minutes=90)
"""For one application or one domain among several: of forty minutes, one stretch in twenty-four passes without anybody opening it, and one in seventy
without a password of that domain running out."""
_LONG: Final = dt.timedelta(hours=3)
_RARE: Final = dt.timedelta(hours=9)
"""For what concerns one person, who changes a password once in an hour or two."""
_RAREST: Final = dt.timedelta(hours=11)
"""For what concerns one person and one application."""
BLOCKING: Final = "Block everything from outside"
_ELSEWHERE: Final = "Warehouse terminals"


@dataclass
class Parts:
    """What a fault may lay hands on. A part that this lab runs without is None; faults that need it are refused before they begin."""

    world: World
    its_directory: "Directory | None" = None
    its_agent: "Agent | None" = None
    its_provider: "ProviderCare | None" = None

    @property
    def directory(self) -> "Directory":
        """The directory, where there is one."""
        assert self.its_directory is not None
        return self.its_directory

    @property
    def agent(self) -> "Agent":
        """The writeback agent, where there is one."""
        assert self.its_agent is not None
        return self.its_agent

    @property
    def provider(self) -> "ProviderCare":
        """The identity provider, where there is one."""
        assert self.its_provider is not None
        return self.its_provider


Act = Callable[[Parts, dt.datetime], None]


@dataclass(frozen=True)
class Fault:
    """One thing to break: its name, what it does, which part has to be there, and how to begin and end it."""

    name: str
    does: str
    begin: Act
    end: Act
    needs: str = ""
    since: dt.timedelta = USUAL


FAULTS: dict[str, Fault] = {}


def _fault(name: str, does: str, begin: Act, end: Act, *, needs: str = "", since: dt.timedelta = USUAL) -> None:
    FAULTS[name] = Fault(name, does, begin, end, needs, since)


def _service_down(parts: Parts, at: dt.datetime) -> None:
    parts.world.reset.down_since = at


def _service_up(parts: Parts, _: dt.datetime) -> None:
    parts.world.reset.down_since = None


def _incident(parts: Parts, at: dt.datetime) -> None:
    new = issue(
        "EX920417", "Exchange Online", "Some users may see delays when sending email", at, None, feature="Mail flow"
    )
    with parts.world.tenant.lock:
        parts.world.tenant.issues.append(new)


def _incident_over(parts: Parts, at: dt.datetime) -> None:
    life.close_issue(parts.world, "EX920417", at)


def _change_elsewhere(parts: Parts, at: dt.datetime) -> None:
    administration.change_policy(parts.world, _ELSEWHERE, {"grantControls": _controls("block")}, at)


def _change_back(parts: Parts, at: dt.datetime) -> None:
    administration.change_policy(parts.world, _ELSEWHERE, {"grantControls": _controls("compliantDevice")}, at)


def _controls(name: str) -> dict[str, object]:
    return {"operator": "OR", "builtInControls": [name], "customAuthenticationFactors": [], "termsOfUse": []}


def _expire_secret(parts: Parts, at: dt.datetime) -> None:
    administration.set_secret_end(parts.world, founding.ROBOT, at)


def _renew_secret(parts: Parts, at: dt.datetime) -> None:
    administration.set_secret_end(parts.world, founding.ROBOT, at + dt.timedelta(days=365))


def _credential_lost(parts: Parts, _: dt.datetime) -> None:
    parts.world.tenant.gateways[founding.GATEWAY].credentials.discard(founding.SOURCE)


def _credential_back(parts: Parts, _: dt.datetime) -> None:
    parts.world.tenant.gateways[founding.GATEWAY].credentials.add(founding.SOURCE)
    for dataset in parts.world.tenant.datasets.values():
        dataset.schedule["enabled"] = True


def _set_gateway(parts: Parts, *, online: bool) -> None:
    parts.world.tenant.gateways[founding.GATEWAY].online = online
    if online:
        for dataset in parts.world.tenant.datasets.values():
            dataset.schedule["enabled"] = True


def _condition(name: str, bad: object, good: object) -> tuple[Act, Act]:
    def begin(parts: Parts, _: dt.datetime) -> None:
        setattr(parts.world.tenant.conditions, name, bad)

    def end(parts: Parts, _: dt.datetime) -> None:
        setattr(parts.world.tenant.conditions, name, good)

    return begin, end


_UNIT: Final = "Finance"
_fault("sspr-service-fault", "Microsoft's password reset service fails for everybody", _service_down, _service_up)
_fault("service-incident-elsewhere", "Exchange Online has an incident; nothing else has", _incident, _incident_over)
_fault(
    "writeback-agent-down",
    "the writeback service on the sync server stops",
    lambda parts, at: parts.agent.stop(at),
    lambda parts, at: parts.agent.start(at),
    needs="directory",
)
_fault(
    "relay-blocked",
    "a firewall cuts the writeback agent off from its relay",
    lambda parts, at: parts.agent.disconnect(at),
    lambda parts, at: parts.agent.reconnect(at),
    needs="directory",
)
_fault("connector-password-expired", "the password of the connector account runs out in the directory",
       lambda parts, _: parts.directory.expire_connector_password(), lambda parts, _: parts.directory.renew_connector_password(), needs="directory")  # fmt: skip
_fault("writeback-off", "password writeback is switched off", lambda parts, at: administration.switch_writeback(parts.world, at, on=False),
       lambda parts, at: administration.switch_writeback(parts.world, at, on=True), needs="directory")  # fmt: skip
_fault("rights-missing", f"the connector account's rights on the OU {_UNIT} are taken away",
       lambda parts, _: parts.directory.revoke_rights(_UNIT), lambda parts, _: parts.directory.grant_rights(_UNIT), needs="directory")  # fmt: skip
_fault("inheritance-blocked", f"inheritance is switched off on one user, {KIM.name}",
       lambda parts, _: parts.directory.block_inheritance(KIM), lambda parts, _: parts.directory.restore_inheritance(KIM), needs="directory", since=_RARE)  # fmt: skip
_fault("deny-entry", f"an entry on {KIM.name} refuses the connector account", lambda parts, _: parts.directory.deny(KIM),
       lambda parts, _: parts.directory.undeny(KIM), needs="directory", since=_RARE)  # fmt: skip
_fault(
    "idp-down",
    "the identity provider does not listen",
    lambda parts, _: parts.provider.stop(),
    lambda parts, _: parts.provider.restart(),
    needs="provider",
    since=_SELDOM,
)
_fault(
    "idp-slow",
    "the identity provider answers after a very long time",
    lambda parts, _: parts.provider.slow(60),
    lambda parts, _: parts.provider.slow(0),
    needs="provider",
    since=_SELDOM,
)
_fault(
    "idp-certificate-expired",
    "the provider's TLS certificate has run out",
    lambda parts, _: parts.provider.expire_tls(),
    lambda parts, _: parts.provider.renew_tls(),
    needs="provider",
    since=_SELDOM,
)
_fault("idp-certificate-rolled-over", "the provider signs with a new certificate that Entra does not have", lambda parts, _: parts.provider.roll_over(),
       lambda parts, _: parts.provider.publish_signing(parts.world.tenant), needs="provider")  # fmt: skip
_fault("policy-blocks", "a new policy blocks every application", lambda parts, at: administration.add_policy(parts.world, policy(BLOCKING), at),
       lambda parts, at: administration.remove_policy(parts.world, BLOCKING, at))  # fmt: skip
_fault("policy-changed-elsewhere", "a policy for another application is changed", _change_elsewhere, _change_back)
_fault(
    "app-secret-expired",
    "the secret of the application that starts refreshes runs out",
    _expire_secret,
    _renew_secret,
    since=_LONG,
)
_fault("consent-revoked", f"the consent for {founding.REPORTS[0]} is taken back", lambda parts, at: administration.revoke_consent(parts.world, founding.REPORTS[1], at),
       lambda parts, at: administration.give_consent(parts.world, founding.REPORTS[1], people.POWER_BI[1], "Dataset.Read.All Report.Read.All", at), since=_SELDOM)  # fmt: skip
_fault("user-not-assigned", f"{KIM.name} is no longer assigned to {founding.LEDGER[0]}", lambda parts, at: administration.assign(parts.world, founding.LEDGER[1], KIM, at, on=False),
       lambda parts, at: administration.assign(parts.world, founding.LEDGER[1], KIM, at, on=True), since=_RAREST)  # fmt: skip
_fault(
    "gateway-offline",
    "the data gateway is off the network",
    lambda parts, _: _set_gateway(parts, online=False),
    lambda parts, _: _set_gateway(parts, online=True),
    since=_LONG,
)
_fault(
    "refresh-schedule-disabled",
    "a data source has lost its credential, until the service gives up and switches the schedule off",
    _credential_lost,
    _credential_back,
    since=_LONG,
)
_fault("throttled", "Graph answers most requests with 429", *_condition("throttled", True, False))
_fault(
    "log-delayed",
    "sign-ins and audits appear three hours late",
    *_condition("log_delay", dt.timedelta(hours=3), dt.timedelta(minutes=2)),
)
