"""An application as the questions about it read it: its registration and enterprise application, its credentials, and the addresses to which it may return."""

import base64
import binascii
import datetime as dt
import re
from typing import Final

from faultbook.evidence import Facts, Outcome, Subject, Unknown, no, unknown, yes
from faultbook.probes.addresses import address
from faultbook.probes.audits import Audit
from faultbook.probes.graph import Object, objects, one, said, same, texts, time_of
from faultbook.probes.message import text_of
from faultbook.probes.subject import app_id
from faultbook.probes.words import listed, utc

_REDIRECT: Final = re.compile(
    r"(?:redirect ur[il]|reply (?:url|address)|redirect_uri)s?[ :=]+(?:specified in the request[ :]*)?[\"'<]?"
    r"([a-z][a-z0-9+.-]*:[^\s\"'<>]+)", re.IGNORECASE
)  # fmt: skip

IDS: Final = tuple(
    f"graph.v1:microsoft.graph.{kind}.{name}"
    for kind in ("application", "servicePrincipal")
    for name in ("appId", "id")
)
"""What ``is_of`` reads of them."""


def registration(facts: Facts, about: Subject) -> Object:
    """The registration of the failing application. Raises Unknown where the evidence does not hold it."""
    wanted = app_id(about)
    missing = f"The evidence holds no registration with the application id {wanted}."
    return one(facts, "graph.applications", lambda item: same(item.get("appId"), wanted), missing)


def principal(facts: Facts, about: Subject) -> Object:
    """The enterprise application of the failing application. Raises Unknown where the evidence does not hold it."""
    wanted = app_id(about)
    missing = f"The evidence holds no service principal with the application id {wanted}."
    return one(facts, "graph.servicePrincipals", lambda item: same(item.get("appId"), wanted), missing)


def called(item: Object) -> str:
    """An application as a sentence names it."""
    return f"'{item.get('displayName') or item.get('appId') or 'without a name'}'"


def credential(item: Object) -> str:
    """A credential as a sentence names it."""
    return f"'{item.get('displayName') or item.get('hint') or item.get('keyId') or 'without a name'}' (until {item.get('endDateTime')})"


def held(credentials: list[Object], at: dt.datetime) -> tuple[list[Object], list[Object], list[Object]]:
    """Credentials as they were at a time: valid, expired, and made only later."""
    valid: list[Object] = []
    expired: list[Object] = []
    later: list[Object] = []
    for item in credentials:
        start, end = time_of(item.get("startDateTime")), time_of(item.get("endDateTime"))
        if end is None:
            raise Unknown("unexpected-shape", "A credential of the application has no endDateTime.")
        (later if start and start > at else valid if at < end else expired).append(item)
    return valid, expired, later


def all_expired(what: str, item: Object, credentials: list[Object], at: dt.datetime) -> Outcome:
    """The answer to whether all credentials of a sort had expired at a time."""
    valid, expired, later = held(credentials, at)
    if valid:
        return no(f"{called(item)} held the {what} {listed(map(credential, valid))}, valid at {utc(at)}.")
    if expired:
        return yes(
            f"Every {what} that {called(item)} held at {utc(at)} had expired: {listed(map(credential, expired))}."
        )
    if later:
        return unknown(
            "ambiguous", f"Every {what} of {called(item)} was made after the failure; those of that time are gone."
        )
    return no(f"{called(item)} holds no {what}.")


def thumbprint(value: object) -> str:
    """A thumbprint in hexadecimal: Graph writes it so, or as the base64 of its bytes."""
    if not isinstance(value, str):
        return ""
    if re.fullmatch(r"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}", value):
        return value.upper()
    try:
        raw = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return ""
    return raw.hex().upper() if len(raw) in (20, 32) else ""


def address_asked(facts: Facts, about: Subject) -> str:
    """The redirect address in the message. Raises Unknown where it names none."""
    if found := _REDIRECT.search(text_of(facts, about)):
        return found[1].rstrip(".,)")
    raise Unknown("not-found", "The message names no redirect address; take it from the address bar (redirect_uri=).")


def addresses_of(item: Object) -> list[str]:
    """Every redirect address of a registration."""
    places = [said(item, place) for place in ("web", "spa", "publicClient")]
    return [known for place in places if isinstance(place, dict) for known in texts(place.get("redirectUris"))]


def addresses_beside(item: Object, asked: str) -> list[str]:
    """The same, to compare with the one asked for. Raises Unknown where a sealed bundle hides their hosts and the message shows its own."""
    found = addresses_of(item)
    if any(address(known).host.endswith(".invalid") for known in found) and not address(asked).host.endswith(
        ".invalid"
    ):
        raise Unknown(
            "ambiguous", "The bundle hides the hosts of the registered addresses; give the registration itself."
        )
    return found


def reaches(registered: str, asked: str) -> bool:
    """Whether a registered address admits the one that was asked for."""
    if registered == asked:
        return True
    if registered.endswith("*"):
        return asked.startswith(registered[:-1])
    there, here = address(registered), address(asked)
    loopback = there.host in ("localhost", "127.0.0.1", "[::1]")  # there Entra ignores the port
    return loopback and (there.scheme, there.host, there.path or "/") == (here.scheme, here.host, here.path or "/")


def is_of(audit: Audit, facts: Facts, wanted: str) -> bool | None:
    """Whether something was done to the application of this id; None where the record names objects that the evidence cannot tell apart."""
    named = (audit.detail("AppId"), *map(audit.new_value, ("TargetId.ServicePrincipalNames", "ServicePrincipal.AppId")))
    numbers = " ".join(str(name) for name in named if name).casefold()
    if numbers:
        return wanted in numbers
    held = [item for kind in ("graph.applications", "graph.servicePrincipals") for item in objects(*facts.all(kind))]
    ids = {str(target["id"]).casefold() for target in audit.targets if target.get("id")}
    known = [item for item in held if str(item.get("id") or "").casefold() in ids]
    if wanted in ids or any(same(item.get("appId"), wanted) for item in known):
        return True
    return False if known else None
