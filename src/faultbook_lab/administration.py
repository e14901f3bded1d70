"""What administrators do, with the trace that it leaves in the audit log."""

import datetime as dt

from faultbook_lab import founding
from faultbook_lab.people import Person
from faultbook_lab.records import Row, audit, stamp
from faultbook_lab.world import World

_POLICIES = ("Conditional Access", "Policy")
_RESET = ("Self-service Password Management", "DirectoryManagement")


def add_policy(world: World, new: Row, at: dt.datetime) -> None:
    """Make a Conditional Access policy."""
    new["createdDateTime"] = new["modifiedDateTime"] = stamp(at)
    with world.tenant.lock:
        world.tenant.policies.append(new)
    world.log_audit(_policy_audit(at, "Add conditional access policy", new, None))


def change_policy(world: World, name: str, change: Row, at: dt.datetime) -> None:
    """Change a policy that is there."""
    with world.tenant.lock:
        old = next(one for one in world.tenant.policies if one["displayName"] == name)
        new = {**old, **change, "modifiedDateTime": stamp(at)}
        world.tenant.policies[world.tenant.policies.index(old)] = new
    world.log_audit(_policy_audit(at, "Update conditional access policy", new, old))


def remove_policy(world: World, name: str, at: dt.datetime) -> None:
    """Delete a policy."""
    with world.tenant.lock:
        old = next((one for one in world.tenant.policies if one["displayName"] == name), None)
        if old is None:
            return
        world.tenant.policies.remove(old)
    world.log_audit(_policy_audit(at, "Delete conditional access policy", old, old))


def _policy_audit(at: dt.datetime, activity: str, policy: Row, old: Row | None) -> Row:
    deleted = activity.startswith("Delete")
    name, target = str(policy["displayName"]), str(policy["id"])
    return audit(at, activity, *_POLICIES, target=name, target_id=target, old=old, new=None if deleted else policy)


def switch_writeback(world: World, at: dt.datetime, *, on: bool) -> None:
    """Switch password writeback, in Entra and on the sync server."""
    with world.tenant.lock:
        features = world.tenant.synchronization["features"]
        assert isinstance(features, dict)
        features["passwordWritebackEnabled"] = on
    word = "Enable" if on else "Disable"
    world.log_audit(audit(at, f"{word} password writeback for directory", *_RESET, target="Contoso"))
    world.writeback_off_since = None if on else at
    if on:
        world.writeback.onboard(at)
    else:
        world.writeback.offboard(at)


def set_secret_end(world: World, app: str, end: dt.datetime) -> None:
    """Let an application's secret have its last moment then. Secrets run out without a trace in any log."""
    with world.tenant.lock:
        client = world.tenant.clients[app]
        client.secrets = dict.fromkeys(client.secrets, end)
        registered = next(one for one in world.tenant.applications if one["appId"] == app)
        held = registered["passwordCredentials"]
        assert isinstance(held, list)
        for credential in held:
            credential["endDateTime"] = stamp(end)


def revoke_consent(world: World, app: str, at: dt.datetime) -> None:
    """Take away what everybody has consented to."""
    with world.tenant.lock:
        world.tenant.permission_grants[:] = [
            grant for grant in world.tenant.permission_grants if grant["clientId"] != founding.principal_id(app)
        ]
    name = _name(world, app)
    world.log_audit(audit(at, "Remove delegated permission grant", "Core Directory", "ApplicationManagement", target=name, target_id=founding.principal_id(app)))  # fmt: skip


def give_consent(world: World, app: str, resource: str, scope: str, at: dt.datetime) -> None:
    """Consent for everybody."""
    with world.tenant.lock:
        world.tenant.permission_grants.append(founding.consent(app, resource, scope))
    name = _name(world, app)
    world.log_audit(audit(at, "Consent to application", "Core Directory", "ApplicationManagement", target=name, target_id=founding.principal_id(app)))  # fmt: skip


def assign(world: World, app: str, person: Person, at: dt.datetime, *, on: bool) -> None:
    """Assign a person to an application, or take the assignment away."""
    with world.tenant.lock:
        held = world.tenant.assignments
        held[:] = [
            one for one in held if (one["principalId"], one["resourceId"]) != (person.id, founding.principal_id(app))
        ]
        if on:
            held.append(founding.assignment(app, _name(world, app), person))
    activity = "Add app role assignment grant to user" if on else "Remove app role assignment from user"
    world.log_audit(audit(at, activity, "Core Directory", "ApplicationManagement", target=_name(world, app), target_id=founding.principal_id(app), person=person.upn))  # fmt: skip


def _name(world: World, app: str) -> str:
    return next(str(one["displayName"]) for one in world.tenant.principals if one["appId"] == app)
