"""Conditional Access as the emulated sign-in evaluates it: enforced policies by application, for everybody."""

from collections.abc import Iterable

from faultbook_lab import people
from faultbook_lab.records import Row


def demands(policy: Row, app: str) -> set[str]:
    """What an enforced policy demands of a sign-in to an application: its built-in controls, or nothing."""
    conditions, grant = policy["conditions"], policy["grantControls"]
    assert isinstance(conditions, dict)
    wanted = conditions["applications"]["includeApplications"]
    if policy["state"] != "enabled" or not isinstance(grant, dict) or not {"All", app} & set(wanted):
        return set()
    return set(grant["builtInControls"])


def standing_in_the_way(policies: Iterable[Row]) -> list[Row]:
    """The policies that block the reset service's own calls."""
    return [one for one in policies if "block" in demands(one, people.RESET[1])]
