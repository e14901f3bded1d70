"""Microsoft's sign-in: who somebody is, whether they may use the application, what the policies say, and the row that the log gets."""

import datetime as dt
import random
from typing import Final

from faultbook_lab import founding, people, policies, resetting
from faultbook_lab.people import Person, guid
from faultbook_lab.records import Row, applied, signin
from faultbook_lab.world import World

WRONG_PASSWORD: Final = 50126
NO_CONSENT: Final = 65001
NOT_ASSIGNED: Final = 50105
BLOCKED: Final = 53003
SECRET_EXPIRED: Final = 7000222
_OF_PROVIDER: Final = {"signature": 50008, "expired": 50008, "malformed": 20012}
_PROVIDER_SILENT: Final = 40010
_MISTYPED: Final = 0.04
_ENFORCED: Final = {"block": "Block", "mfa": "Mfa", "compliantDevice": "RequireCompliantDevice"}
"""How a sign-in calls what a policy demands."""
APPS: Final = (*people.APPS, founding.REPORTS, founding.LEDGER)


def attempt(world: World, person: Person, app: tuple[str, str], at: dt.datetime, dice: random.Random, *, provider: str | None = None) -> int:  # fmt: skip
    """One person signs in; answers 0 or the code, which is in the log then. ``provider`` is how the federated provider took it, if that is known already."""
    code = _proven(world, person, at, dice, provider) or _allowed(world, person, app)
    results = _results(world, app, code)
    if code == 0 and any(one["result"] == "failure" for one in results):
        code = BLOCKED
    row = signin(person, at, code, app=app, policies=results, key=dice.getrandbits(32))
    row["signInEventTypes"] = ["interactiveUser"]
    row["isInteractive"] = True
    if app == founding.REPORTS:
        row["resourceDisplayName"], row["resourceId"] = people.POWER_BI
    world.log_signin(row)
    return code


def robot(world: World, at: dt.datetime) -> int:
    """The application that starts refreshes fetches its token."""
    client = world.tenant.clients[world.robot]
    code = 0 if any(end > at for end in client.secrets.values()) else SECRET_EXPIRED
    row = signin(people.KIM, at, code, key="robot")
    row |= {
        "signInEventTypes": ["servicePrincipal"], "isInteractive": False, "appId": client.id, "appDisplayName": client.name,
        "servicePrincipalId": founding.principal_id(client.id), "servicePrincipalName": client.name, "userId": "", "userPrincipalName": None,
        "userDisplayName": None, "ipAddress": "198.51.100.5", "deviceDetail": None, "clientAppUsed": None,
        "resourceDisplayName": people.POWER_BI[0], "resourceId": people.POWER_BI[1],
        "id": guid("robot", at), "correlationId": guid("robot-correlation", at),
    }  # fmt: skip
    world.log_signin(row)
    return code


def _proven(world: World, person: Person, at: dt.datetime, dice: random.Random, provider: str | None) -> int:
    """Whether somebody is who they say: by a password, by the federated provider, and with a new password where the old has run out."""
    if dice.random() < _MISTYPED:
        return WRONG_PASSWORD
    if resetting.federated(world, person):
        failed = world.federation.sign_in(person) if provider is None else provider
        expiry = world.expired(person)
        if failed and not expiry:
            return _OF_PROVIDER.get(failed, _PROVIDER_SILENT)
    if expiry := world.expired(person):
        code = resetting.change(world, person, at, dice)
        if code:
            return code
        expiry.until = at
    return 0


def _allowed(world: World, person: Person, app: tuple[str, str]) -> int:
    principal = next((one for one in world.tenant.principals if one["appId"] == app[1]), None)
    if (
        principal
        and principal["appRoleAssignmentRequired"]
        and not any(
            (one["principalId"], one["resourceId"]) == (person.id, principal["id"]) for one in world.tenant.assignments
        )
    ):
        return NOT_ASSIGNED
    if app == founding.REPORTS and not any(one["clientId"] == founding.principal_id(app[1]) for one in world.tenant.permission_grants):  # fmt: skip
        return NO_CONSENT
    return 0


def _results(world: World, app: tuple[str, str], code: int) -> list[Row]:
    """What each policy said. They are asked once somebody has proven who they are, and by the reset service for its own calls."""
    if code == resetting.CODE_UNNAMED:
        return [
            applied(str(one["displayName"]), "failure") for one in policies.standing_in_the_way(world.tenant.policies)
        ]
    if code:
        return []
    with world.tenant.lock:
        asked = [(str(one["displayName"]), policies.demands(one, app[1])) for one in world.tenant.policies]
    return [
        applied(
            name,
            "notApplied" if not wanted else "failure" if "block" in wanted else "success",
            [_ENFORCED[control] for control in sorted(wanted)],
        )
        for name, wanted in asked
    ]
