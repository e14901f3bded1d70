"""What an application may do at Power BI and Fabric, as its registration says."""

from typing import Final

from faultbook.evidence import Facts, Outcome, Subject, Unknown, no, unknown, yes
from faultbook.probes import probe
from faultbook.probes.graph import Object, objects, parts, said, same
from faultbook.probes.words import many

_APP: Final = "graph.v1:microsoft.graph.application."
_POWER_BI: Final = "00000009-0000-0000-c000-000000000000"


@probe("permission.power-bi-asked", needs=("graph.applications",), otherwise="sometimes", family="power-bi-permission",
       fields=(_APP + "appId", _APP + "displayName", _APP + "requiredResourceAccess.resourceAppId",
               _APP + "requiredResourceAccess.resourceAccess.type"))  # fmt: skip
def power_bi_asked(facts: Facts, about: Subject) -> Outcome:
    """Does the registration ask for application permissions of Power BI, which always need an administrator's consent?"""
    item = _application(facts, about)
    said(item, "requiredResourceAccess")
    name = f"'{item.get('displayName') or item.get('appId') or 'without a name'}'"
    asked = [one for one in parts(item, "requiredResourceAccess") if same(one.get("resourceAppId"), _POWER_BI)]
    kinds = [one.get("type") for access in asked for one in parts(access, "resourceAccess")]
    if roles := kinds.count("Role"):
        return yes(f"{name} asks for {many(roles, 'application permission')} of Power BI.")
    if kinds:
        return unknown(
            "ambiguous",
            f"{name} asks for {many(len(kinds), 'delegated permission')} of Power BI; whether one of them needs an administrator's consent is not in the registration.",
        )
    return no(f"{name} asks for no permission of Power BI.")


def _application(facts: Facts, about: Subject) -> Object:
    """The registration that the message names, or the only one that the evidence holds: errors of Fabric name none."""
    held = objects(*facts.need("graph.applications"))
    named = [item for item in held if same(item.get("appId"), about.app_id)] if about.app_id else held
    if not named:
        raise Unknown("not-found", "The evidence does not hold the registration of the application that called.")
    if len(named) > 1:
        raise Unknown(
            "ambiguous", f"There are {len(named)} registrations, and the message does not say which of them called."
        )
    return named[0]
