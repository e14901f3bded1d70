"""The honest answer for a code without an entry: what is published of it, what stands near it, and what its OAuth class says."""

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from faultbook.book.known import MESSAGE, Known, Range, neighbours, number_range
from faultbook.model import Transient

CLASSES = {
    "invalid_grant": "The password, code, refresh token or assertion that was presented was not accepted. The same request will fail again; somebody signs in anew, or the grant is renewed.",
    "invalid_client": "The application itself was not accepted: its secret, its certificate or its assertion. No user can mend that.",
    "invalid_request": "The request is malformed or lacks something. It fails for everybody until the application or its configuration is changed.",
    "invalid_scope": "What the application asked for does not exist or may not be asked for in this way.",
    "invalid_resource": "The service for which a token was wanted is not known in this tenant.",
    "invalid_target": "The service for which a token was wanted is not known in this tenant.",
    "unauthorized_client": "The application may not use this way of signing in, or is not known in this tenant.",
    "unsupported_grant_type": "The way of asking for a token is not supported; the application has to use another.",
    "unsupported_response_type": "The form of answer that the application wants is not switched on for it.",
    "access_denied": "Somebody, or a policy, said no: consent was refused or access is not granted.",
    "interaction_required": "A person has to do something: sign in, confirm, prove a second factor. An unattended job cannot.",
    "login_required": "Nobody is signed in, and the application asked not to show a sign-in page.",
    "consent_required": "A user or an administrator has not yet agreed to what the application wants.",
    "temporarily_unavailable": "The service is busy or down for a moment. Wait, then try again.",
    "server_error": "The service failed inside. Wait, then try again.",
    "authorization_pending": "The person has not yet finished signing in on the other device. Go on polling.",
    "expired_token": "The time for signing in on the other device is over. Start again.",
}
"""What each OAuth class says, in our own words."""

_FAMILY_NAMES = {
    "entra": "Microsoft Entra sign-in",
    "password-writeback": "password writeback",
    "spark": "Apache Spark and Databricks",
    "data-factory": "Data Factory and Fabric pipelines",
}


class Unknown(Struct, frozen=True, kw_only=True):
    """What can be said of a code that has no entry; ``said`` are the sentences for a reader, the rest is data."""

    code: str
    status: Literal["known code, no entry yet", "not a published code"]
    name: str = ""
    family: str = ""
    transient: Transient = "unknown"
    source: str = ""
    range: Range | None = None
    nearest: tuple[Known, ...] = ()
    oauth_error: str = ""
    oauth_says: str = ""
    said: tuple[str, ...] = ()


def describe_unknown(code: str, known: Iterable[Known], oauth_error: str | None = None) -> Unknown:
    """All that is known of ``code`` without an entry; ``oauth_error`` is the class printed with it, if there was one."""
    known = tuple(known)
    folded = code.casefold()
    one = next((one for one in known if one.code.casefold() == folded), None)
    nearest = tuple(neighbours(one.code if one else code, known))
    stretch = number_range(one.code if one else code, known)
    oauth = oauth_error or (one.oauth_error if one else "")
    return Unknown(
        code=one.code if one else code,
        status="known code, no entry yet" if one else "not a published code",
        name=one.name if one else "",
        family=one.family if one else (stretch.family if stretch else ""),
        transient=one.transient if one else "unknown",
        source=one.source if one else "",
        range=stretch,
        nearest=nearest,
        oauth_error=oauth,
        oauth_says=CLASSES.get(oauth, ""),
        said=tuple(_sentences(code, one, stretch, nearest, oauth)),
    )


def _sentences(
    code: str, one: Known | None, stretch: Range | None, nearest: tuple[Known, ...], oauth: str
) -> Iterable[str]:
    if one is not None and one.family == MESSAGE:
        yield f"{one.code} is our name for a message that prints no code: {one.note}. The book has no entry for it yet."
    elif one is not None:
        named = f" Its published name is {one.name}." if one.name else " No name is published for it."
        yield f"{one.code} is a published code; the book has no entry for it yet.{named}"
        if one.kind != "error":
            yield "It reports something normal, or a warning, and is no error in itself."
        if one.transient in {"yes", "may"}:
            yield "The publisher calls it passing: waiting may help."
        elif one.transient == "no":
            yield "The publisher says that trying again does not help."
    else:
        yield f"{code} is in none of the published lists that the book knows. That proves nothing: the lists are not complete."
    if stretch is not None and stretch.about:
        family = _FAMILY_NAMES.get(stretch.family, stretch.family)
        yield f"Of the numbers {stretch.low} to {stretch.high} {stretch.published} are published ({family}), most of them about: {stretch.about}."
    if nearest:
        yield (
            "Nearest published: "
            + ", ".join(f"{near.code} {near.name}".strip() for near in nearest)
            + ". Near in number does not mean alike."
        )
    if oauth in CLASSES:
        yield f"It came as {oauth}: {CLASSES[oauth]}"
