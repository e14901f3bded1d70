"""Microsoft's password reset service: a new password on its way to where the account lives, and the code that a failure gets.

Microsoft publishes only the names of these codes. Which failure has which is the lab's reading of those names: a refusal that was named on premises has
the code of that name (120012, 120013, 120015); one that nobody could name, or that came too late to be asked for, is 120021.
"""

import datetime as dt
import random

from faultbook_lab import policies
from faultbook_lab.people import Person
from faultbook_lab.records import audit
from faultbook_lab.world import World

CODE_UNNAMED = 120021
CODE_ON_PREMISES_ONLY = 120012
CODE_UNREACHABLE = 120013
CODE_RULES = 120004
CODE_ADMIN_ACTION = 120015
_STALE = dt.timedelta(minutes=12)
"""How long a front end goes on believing what it has last heard of the tenant's setting and of the agent's connection."""
_HICCUP = 1 / 25
"""The share of changes that the service loses by itself; a second try gets through."""
_NAMED = {"rights": CODE_ADMIN_ACTION, "policy": CODE_RULES}
"""What the agent can say so that the service understands it."""
_REASONS = {
    CODE_UNNAMED: "The service met an internal error.",
    CODE_ON_PREMISES_ONLY: "WritebackNotEnabled: the account is synchronised and password writeback is not enabled.",
    CODE_UNREACHABLE: "OnPremisesConnectivityError: the on-premises writeback client did not answer.",
    CODE_RULES: "OnPremisesPolicyViolation: the password does not meet the rules of the on-premises directory.",
    CODE_ADMIN_ACTION: "OnPremisesAdminActionRequired: the on-premises account may not set this password.",
}


def change(world: World, person: Person, at: dt.datetime, dice: random.Random) -> int:
    """Set a new password for somebody whose old one has run out; answers 0 or the code of the failure."""
    code = _tried(world, person, at, dice)
    done = code == 0
    agent = "None" if not person.synced or federated(world, person) else "AADConnect"
    reason = "None" if done else _REASONS[code]
    if not done:
        agent = "None" if code in (CODE_UNNAMED, CODE_UNREACHABLE, CODE_ON_PREMISES_ONLY) else agent
    world.log_audit(
        audit(
            at, "Change password (self-service)", "Self-service Password Management", "UserManagement", target_id=person.id,
            person=person.upn, result="success" if done else "failure", reason=reason, details=(("OnPremisesAgent", agent),), by=person,
        )
    )  # fmt: skip
    return code


def federated(world: World, person: Person) -> bool:
    """Whether another provider signs this person in."""
    return any(one["id"] == person.domain and one["authenticationType"] == "Federated" for one in world.tenant.domains)


def _tried(world: World, person: Person, at: dt.datetime, dice: random.Random) -> int:
    if world.reset.down_since is not None:
        world.writeback.cloud_failed(at)
        return CODE_UNNAMED
    if dice.random() < _HICCUP or policies.standing_in_the_way(world.tenant.policies):
        return CODE_UNNAMED
    if federated(world, person):
        return CODE_UNNAMED if world.federation.change_password(person) else 0
    if not person.synced:
        return 0
    if world.writeback_off_since is not None:
        return CODE_UNNAMED if at - world.writeback_off_since < _STALE else CODE_ON_PREMISES_ONLY
    return _written_back(world, person, at, dice)


def _written_back(world: World, person: Person, at: dt.datetime, dice: random.Random) -> int:
    new = f"Lab-{dice.getrandbits(48):012x}-Aa1!"
    answer = world.writeback.change(person, new, at)
    if answer.kind == "unreachable":
        world.agent_silent_since = world.agent_silent_since or at
        return CODE_UNNAMED if at - world.agent_silent_since < _STALE else CODE_UNREACHABLE
    world.agent_silent_since = None
    return 0 if answer.kind == "done" else _NAMED.get(answer.reason, CODE_UNNAMED)
