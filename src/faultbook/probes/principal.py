"""The enterprise application: what one tenant holds of an application, wherever that is registered."""

import re
from typing import Final

from faultbook.evidence import Facts, Outcome, Subject, no, unknown, yes
from faultbook.probes import probe
from faultbook.probes.applications import called, principal
from faultbook.probes.graph import first, objects, parts, said, same, time_of, whole
from faultbook.probes.subject import app_id, moment
from faultbook.probes.words import many, utc

_APP: Final = "graph.v1:microsoft.graph.application."
_SP: Final = "graph.v1:microsoft.graph.servicePrincipal."
_BY_MICROSOFT: Final = re.compile(r"DisabledDueTo", re.IGNORECASE)


@probe("principal.disabled", needs=("graph.servicePrincipals",), otherwise="hardly-ever", family="principal-state",
       names=True, fields=(_SP + "appId", _SP + "displayName", _SP + "accountEnabled"))  # fmt: skip
def disabled(facts: Facts, about: Subject) -> Outcome:
    """Is the enterprise application switched off in this tenant?"""
    item = principal(facts, about)
    enabled = said(item, "accountEnabled")
    if enabled is None:
        return unknown("unexpected-shape", f"accountEnabled of {called(item)} is empty.")
    if enabled:
        return no(f"Sign-in to {called(item)} is enabled (accountEnabled is true).")
    return yes(f"Sign-in to {called(item)} is switched off (accountEnabled is false).")


@probe("principal.disabled-by-microsoft", needs=("graph.applications", "graph.servicePrincipals"), otherwise="hardly-ever",
       family="principal-state", names=True,
       fields=(_APP + "appId", _APP + "disabledByMicrosoftStatus", _SP + "disabledByMicrosoftStatus"))  # fmt: skip
def disabled_by_microsoft(facts: Facts, about: Subject) -> Outcome:
    """Has Microsoft itself disabled the application?"""
    wanted = app_id(about)
    lists = [*facts.all("graph.applications"), *facts.all("graph.servicePrincipals")] or facts.need(
        "graph.applications"
    )
    items = [item for item in objects(*lists) if same(item.get("appId"), wanted)]
    if not items:
        return unknown("not-found", f"The evidence holds no application with the application id {wanted}.")
    told = [item for item in items if "disabledByMicrosoftStatus" in item]
    for item in told:
        if _BY_MICROSOFT.search(status := str(item["disabledByMicrosoftStatus"] or "")):
            return yes(f"Microsoft has disabled {called(item)} (disabledByMicrosoftStatus is {status}).")
    if not told:
        return unknown("unexpected-shape", "The answer holds no disabledByMicrosoftStatus; export the whole object.")
    return no(f"Microsoft has not disabled {called(told[0])} (disabledByMicrosoftStatus is empty).")


@probe("principal.missing", needs=("graph.servicePrincipals",), otherwise="hardly-ever", family="principal-presence",
       names=True, fields=(_SP + "appId", _SP + "displayName"))  # fmt: skip
def missing(facts: Facts, about: Subject) -> Outcome:
    """Does the tenant hold no enterprise application for the client?"""
    wanted = app_id(about)
    lists = facts.need("graph.servicePrincipals")
    if item := first(objects(*lists), lambda held: same(held.get("appId"), wanted)):
        return no(f"The tenant holds the enterprise application {called(item)} for {wanted}.")
    if not whole(*lists):
        return unknown(
            "ambiguous", f"{wanted} is not in the list of service principals, but the list may not be complete."
        )
    return yes(
        f"None of the {len(objects(*lists)):,} service principals of the tenant belongs to the application {wanted}."
    )


@probe("principal.no-saml-certificate", needs=("graph.servicePrincipals",), otherwise="hardly-ever", family="saml-certificate",
       names=True,
       fields=(_SP + "appId", _SP + "preferredTokenSigningKeyThumbprint",
               *(f"{_SP}keyCredentials.{name}" for name in ("usage", "startDateTime", "endDateTime"))))  # fmt: skip
def no_saml_certificate(facts: Facts, about: Subject) -> Outcome:
    """Did the enterprise application hold no valid certificate to sign SAML tokens with?"""
    at, item = moment(about), principal(facts, about)
    said(item, "keyCredentials")
    signing = [key for key in parts(item, "keyCredentials") if same(key.get("usage"), "Sign")]
    if not signing:
        return yes(f"{called(item)} holds no certificate that signs.")
    for key in signing:
        start, end = time_of(key.get("startDateTime")), time_of(key.get("endDateTime"))
        if end is None:
            return unknown("unexpected-shape", f"A signing certificate of {called(item)} has no endDateTime.")
        if at < end and (start is None or start <= at):
            return no(f"{called(item)} held a signing certificate that was valid at {utc(at)} (until {utc(end)}).")
    return yes(f"None of {many(len(signing), 'signing certificate')} of {called(item)} was valid at {utc(at)}.")
