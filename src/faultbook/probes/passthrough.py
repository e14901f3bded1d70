"""Pass-through authentication: its agents, and what Windows says where they check a password."""

import datetime as dt
import re
from typing import Final

from faultbook.evidence import Facts, Outcome, Subject, no, unknown, yes
from faultbook.probes import events, probe
from faultbook.probes.events import Event, Log, logged, read_log
from faultbook.probes.graph import Object, objects, same, texts
from faultbook.probes.words import listed, many

_AGENT: Final = "graph.beta:microsoft.graph.onPremisesAgent."
_PROCESS: Final = re.compile(r"AzureADConnectAuthenticationAgentService", re.IGNORECASE)
_SERVICE: Final = re.compile(
    r"\bAzureADConnectAuthenticationAgent\b|\bMicrosoft (?:Azure AD|Entra) Connect Authentication Agent\b(?! Updater)",
    re.IGNORECASE,
)
_SUB_STATUS: Final = re.compile(r"\bSub ?Status\W{0,6}(0x[0-9a-f]{1,8})\b", re.IGNORECASE)
_STATUS: Final = re.compile(r"\bStatus\W{0,6}(0x[0-9a-f]{8})\b", re.IGNORECASE)
_LOGON_REFUSED: Final = 4625
_LOGONS: Final = frozenset({4624, _LOGON_REFUSED, 4648})
_QUARTER: Final = dt.timedelta(minutes=15)


@probe("passthrough.no-agent-active", needs=("graph.authenticationAgents",), otherwise="hardly-ever", family="agent-status",
       names=True, fields=(_AGENT + "machineName", _AGENT + "status", _AGENT + "supportedPublishingTypes"))  # fmt: skip
def no_agent_active(facts: Facts, about: Subject) -> Outcome:  # noqa: ARG001 - every probe takes the subject
    """Is none of the tenant's authentication agents active?"""
    agents = [agent for agent in objects(*facts.need("graph.authenticationAgents")) if _checks_passwords(agent)]
    told = [agent for agent in agents if isinstance(agent.get("status"), str)]
    active = [agent for agent in told if same(agent["status"], "active")]
    if active:
        names = listed(sorted(str(agent.get("machineName") or "without a name") for agent in active))
        return no(f"{len(active)} of {many(len(agents), 'authentication agent')} active: {names}.")
    if len(told) < len(agents):
        return unknown("unexpected-shape", "The list of authentication agents does not say their status.")
    if not agents:
        return yes("The tenant has no authentication agent.")
    names = listed(sorted(str(agent.get("machineName") or "without a name") for agent in agents))
    return yes(f"None of {many(len(agents), 'authentication agent')} is active ({names}).")


def _checks_passwords(agent: Object) -> bool:
    """Whether it is an agent of pass-through authentication; those of provisioning and of the application proxy look the same."""
    purposes = texts(agent.get("supportedPublishingTypes"))
    return not purposes or any(same(purpose, "authentication") for purpose in purposes)


@probe(
    "passthrough.agent-stopped", needs=("windows.events",), otherwise="hardly-ever", family="agent-service", names=True
)
def agent_stopped(facts: Facts, about: Subject) -> Outcome:
    """Had the authentication agent's service stopped, and not started again, when the failure happened?"""
    return events.service_stopped(facts, about, _SERVICE, "the authentication agent", "server")


@probe("passthrough.refused-with", needs=("windows.events",), otherwise="hardly-ever", family="agent-logon", names=True)
def refused_with(facts: Facts, about: Subject, statuses: list[str]) -> Outcome:
    """Did Windows refuse the authentication agent's logon of the user for one of these reasons?

    ``statuses`` are NTSTATUS numbers such as ``0xC000006F``, as event 4625 prints them under Sub Status, or Status where that is zero.
    The Security log of the agent's server holds it where the auditing of logons is on.
    """
    log = read_log(facts)
    logons = tuple(event for event in log.events if event.id in _LOGONS and _PROCESS.search(event.text))
    if not logons:
        return unknown(
            "not-found",
            "No logon by the authentication agent is in the log; export the Security log of its server, with the auditing of logons on.",
        )
    wanted = {int(status, 16) for status in statuses}

    def chosen(event: Event) -> bool:
        return event.id == _LOGON_REFUSED and _reason(event) in wanted and _of(event, about)

    what = f"a refused logon with {listed(statuses)}"
    return logged(
        facts, about, what, chosen, before=_QUARTER, after=_QUARTER, log=Log(logons, log.spans, log.holes, log.zoneless)
    )


def _reason(event: Event) -> int:
    found = [int(found[1], 16) for pattern in (_SUB_STATUS, _STATUS) if (found := pattern.search(event.text))]
    return next((status for status in found if status), 0)


def _of(event: Event, about: Subject) -> bool:
    """Whether the logon may be the affected user's: it names the account, by its principal name or the part before the at sign."""
    if not about.user:
        return True
    names = {about.user.casefold(), about.user.partition("@")[0].casefold()}
    data = event.row.get("data")
    target = data.get("TargetUserName") if isinstance(data, dict) else None
    if isinstance(target, str) and target:
        return target.casefold() in names
    text = event.text.casefold()
    return any(re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", text) for name in names)
