"""Whether the identity provider's own addresses answer, as somebody saw it near the time of the failure."""

import datetime as dt
from typing import Any, Final

from faultbook.evidence import Facts, Outcome, Subject, Unknown, no, unknown, yes
from faultbook.probes import probe
from faultbook.probes.graph import same, time_of
from faultbook.probes.subject import domain, moment
from faultbook.probes.words import listed, utc

_NEAR: Final = dt.timedelta(hours=24)
_OF_ENTRA: Final = "/.well-known/openid-configuration"
_STAGES: Final = {
    "name": "its name is not found",
    "connect": "nothing accepts the connection",
    "tls": "its TLS certificate or handshake fails",
    "timeout": "it does not answer in time",
}


@probe("endpoint.provider-unreachable", needs=("endpoint.check",), otherwise="hardly-ever", family="idp-reach")
def provider_unreachable(facts: Facts, about: Subject) -> Outcome:
    """Did the identity provider's addresses fail to answer, near the time of the failure?"""
    name, at = domain(about), moment(about)
    seen = [
        fact.value
        for fact in facts.need("endpoint.check")
        if isinstance(fact.value, dict) and same(fact.value.get("domain"), name)
    ]
    mine = [one for one in seen if _OF_ENTRA not in str(one.get("url")) and one.get("stage") != "refused"]
    if not mine:
        raise Unknown("not-found", f"No address of an identity provider of {name} was looked at.")
    near = [one for one in mine if (when := time_of(one.get("at"))) and abs(when - at) <= _NEAR]
    if not near:
        raise Unknown(
            "too-old", f"The addresses of the identity provider of {name} were not looked at within a day of {utc(at)}."
        )
    dead = [one for one in near if _fails(one)]
    if len(dead) == len(near):
        return yes(f"Of the identity provider of {name}, {listed(map(_said, dead))}.")
    if dead:
        return unknown(
            "ambiguous",
            f"Some addresses of the identity provider of {name} answer, and some do not: {listed(map(_said, dead))}.",
        )
    return no(f"The identity provider of {name} answered at {listed(str(one.get('host')) for one in near)}.")


def _fails(seen: dict[str, Any]) -> bool:
    """A refusal (401, 403, 405) is a sign of life; an error of the server itself is not."""
    return str(seen.get("stage")) in _STAGES or (isinstance(status := seen.get("status"), int) and status >= 500)


def _said(seen: dict[str, Any]) -> str:
    why = _STAGES.get(str(seen.get("stage"))) or f"it answers {seen.get('status')}"
    until = (
        seen["certificate"].get("not_after")
        if isinstance(seen.get("certificate"), dict) and seen.get("stage") == "tls"
        else None
    )
    return f"{seen.get('host')} fails ({why}{f', certificate until {until}' if until else ''})"
