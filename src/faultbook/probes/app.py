"""What the tenant holds about the failing application: its credentials, presence, settings and consent."""

import re
from collections.abc import Callable
from typing import Final

from faultbook.evidence import Facts, Outcome, Subject, no, unknown, yes
from faultbook.probes import probe
from faultbook.probes.applications import (
    address_asked,
    addresses_beside,
    addresses_of,
    all_expired,
    called,
    credential,
    held,
    principal,
    reaches,
    registration,
    thumbprint,
)
from faultbook.probes.graph import Object, first, objects, one, parts, said, same, texts, whole
from faultbook.probes.message import text_of
from faultbook.probes.subject import app_id, moment, resource
from faultbook.probes.words import listed, many, utc

_APP: Final = "graph.v1:microsoft.graph.application."
_SP: Final = "graph.v1:microsoft.graph.servicePrincipal."
_GRANT: Final = "graph.v1:microsoft.graph.oAuth2PermissionGrant."
_CREDENTIAL: Final = ("keyId", "displayName", "startDateTime", "endDateTime")
_SECRET_FIELDS: Final = (_APP + "appId", *(f"{_APP}passwordCredentials.{name}" for name in _CREDENTIAL))
_CERTIFICATE_FIELDS: Final = (_APP + "appId", *(f"{_APP}keyCredentials.{name}" for name in (*_CREDENTIAL, "usage")))
_REDIRECT_FIELDS: Final = (_APP + "appId", *(f"{_APP}{place}.redirectUris" for place in ("web", "spa", "publicClient")))
_PRINCIPAL_FIELDS: Final = (_SP + "appId", _SP + "servicePrincipalNames", _SP + "displayName")
_CONSENT_FIELDS: Final = (
    *(_GRANT + name for name in ("clientId", "consentType", "principalId", "resourceId")), _SP + "id", *_PRINCIPAL_FIELDS,
)  # fmt: skip

_WELL_KNOWN: Final = {
    "https://graph.microsoft.com": "00000003-0000-0000-c000-000000000000",
    "https://graph.windows.net": "00000002-0000-0000-c000-000000000000",
    "https://analysis.windows.net/powerbi/api": "00000009-0000-0000-c000-000000000000",
    "https://management.azure.com": "797f4846-ba00-4fd7-ba43-dac1f8f63013",
    "https://management.core.windows.net": "797f4846-ba00-4fd7-ba43-dac1f8f63013",
    "https://database.windows.net": "022907d3-0f1b-48f7-badc-1ba6abab6d66",
    "https://storage.azure.com": "e406a681-f3d4-42a8-90b6-c2b029497af1",
    "https://vault.azure.net": "cfa8b339-82a2-471a-a3c9-0fc0be7a4093",
}
_GUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_THUMBPRINT: Final = re.compile(
    r"(?:thumbprint of key used by client|certificate with (?:identifier|thumbprint))[^0-9A-F]{0,12}([0-9A-F]{40}|[0-9A-F]{64})\b", re.IGNORECASE
)  # fmt: skip


@probe("app.secret-expired", needs=("graph.applications",), otherwise="hardly-ever", family="app-credential",
       names=True, fields=_SECRET_FIELDS)  # fmt: skip
def secret_expired(facts: Facts, about: Subject) -> Outcome:
    """Had every client secret of the application expired at the time of the failure?"""
    at, item = moment(about), registration(facts, about)
    said(item, "passwordCredentials")
    return all_expired("client secret", item, parts(item, "passwordCredentials"), at)


@probe("app.certificate-expired", needs=("graph.applications",), otherwise="hardly-ever", family="app-certificate",
       names=True, fields=_CERTIFICATE_FIELDS)  # fmt: skip
def certificate_expired(facts: Facts, about: Subject) -> Outcome:
    """Had every certificate of the application expired at the time of the failure?"""
    at, item = moment(about), registration(facts, about)
    said(item, "keyCredentials")
    proving = [key for key in parts(item, "keyCredentials") if not same(key.get("usage"), "Sign")]
    return all_expired("certificate", item, proving, at)


@probe("app.no-secret", needs=("graph.applications",), otherwise="rarely", family="app-credential",
       fields=_SECRET_FIELDS)  # fmt: skip
def no_secret(facts: Facts, about: Subject) -> Outcome:
    """Does the application hold no client secret at all?"""
    item = registration(facts, about)
    said(item, "passwordCredentials")
    secrets = parts(item, "passwordCredentials")
    if secrets:
        return no(f"{called(item)} holds {many(len(secrets), 'client secret')}: {listed(map(credential, secrets))}.")
    return yes(f"{called(item)} holds no client secret.")


@probe("app.valid-secret-exists", needs=("graph.applications",), otherwise="usually", family="app-credential-valid",
       fields=_SECRET_FIELDS)  # fmt: skip
def valid_secret_exists(facts: Facts, about: Subject) -> Outcome:
    """Does the application hold a secret that was valid at the time of the failure?"""
    at, item = moment(about), registration(facts, about)
    said(item, "passwordCredentials")
    valid, expired, later = held(parts(item, "passwordCredentials"), at)
    if valid:
        return yes(f"{called(item)} holds {listed(map(credential, valid))}, valid at {utc(at)}.")
    others = [f"{len(group)} {word}" for group, word in ((expired, "expired"), (later, "made later")) if group]
    return no(
        f"{called(item)} holds no client secret that was valid at {utc(at)}{': ' + ', '.join(others) if others else ''}."
    )


@probe("app.valid-beside-expired-secret", needs=("graph.applications",), otherwise="rarely", family="app-credential-valid",
       names=True, fields=_SECRET_FIELDS)  # fmt: skip
def valid_beside_expired_secret(facts: Facts, about: Subject) -> Outcome:
    """Does the application hold a secret that was valid at the time of the failure beside one that had expired?"""
    at, item = moment(about), registration(facts, about)
    said(item, "passwordCredentials")
    valid, expired, _ = held(parts(item, "passwordCredentials"), at)
    if valid and expired:
        return yes(
            f"{called(item)} holds {listed(map(credential, valid))}, valid at {utc(at)}, beside {listed(map(credential, expired))}, which had expired."
        )
    return no(
        f"{called(item)} holds {many(len(valid), 'valid client secret')} and {many(len(expired), 'expired one')} at {utc(at)}."
    )


@probe("app.missing-in-tenant", needs=("graph.servicePrincipals", "graph.applications"), otherwise="hardly-ever",
       family="app-presence", names=True, fields=(_APP + "appId", _APP + "displayName", *_PRINCIPAL_FIELDS))  # fmt: skip
def missing_in_tenant(facts: Facts, about: Subject) -> Outcome:
    """Is there no application and no service principal with this application id in the tenant?"""
    wanted = app_id(about)
    for kind in ("graph.servicePrincipals", "graph.applications"):
        if facts.has(kind) and (
            item := first(objects(*facts.need(kind)), lambda held: same(held.get("appId"), wanted))
        ):
            return no(
                f"{called(item)} with the application id {wanted} exists in the tenant ({kind.removeprefix('graph.')})."
            )
    lists = facts.need("graph.servicePrincipals")
    if not whole(*lists):
        return unknown(
            "ambiguous", f"{wanted} is not in the list of service principals, but the list may not be complete."
        )
    return yes(
        f"None of the {len(objects(*lists)):,} service principals of the tenant has the application id {wanted}."
    )


@probe("app.id-is-object-id", needs=("graph.applications", "graph.servicePrincipals"), otherwise="hardly-ever",
       family="app-object-id", names=True, fields=(_APP + "appId", _APP + "id", _SP + "id", _SP + "appId"))  # fmt: skip
def id_is_object_id(facts: Facts, about: Subject) -> Outcome:
    """Is the id in the message the object id of a registration rather than its application id?"""
    wanted = app_id(about)
    lists = [*facts.all("graph.applications"), *facts.all("graph.servicePrincipals")] or facts.need(
        "graph.applications"
    )
    items = objects(*lists)
    if item := first(items, lambda held: same(held.get("appId"), wanted)):
        return no(f"{wanted} is the application id of {called(item)}.")
    if item := first(items, lambda held: same(held.get("id"), wanted)):
        return yes(f"{wanted} is the object id of {called(item)}; its application id is {item.get('appId')}.")
    if not whole(*lists):
        return unknown("ambiguous", f"{wanted} is no id in the list, but the list may not be complete.")
    return no(f"{wanted} is neither the object id nor the application id of any of the {len(items):,} objects listed.")


def _principal_of(wanted: str) -> Callable[[Object], bool]:
    bare = wanted.rstrip("/")

    def matches(item: Object) -> bool:
        names = {name.casefold().rstrip("/") for name in texts(item.get("servicePrincipalNames"))}
        return same(item.get("appId"), wanted) or bare in names

    return matches


@probe("app.resource-missing", needs=("graph.servicePrincipals",), otherwise="hardly-ever", family="resource-presence",
       names=True, fields=_PRINCIPAL_FIELDS)  # fmt: skip
def resource_missing(facts: Facts, about: Subject) -> Outcome:
    """Is there no service principal for the resource in the tenant?"""
    wanted = resource(about)
    lists = facts.need("graph.servicePrincipals")
    if item := first(objects(*lists), _principal_of(wanted)):
        return no(f"The resource {wanted} is {called(item)} ({item.get('appId')}) in the tenant.")
    if not whole(*lists):
        return unknown(
            "ambiguous", f"{wanted} is not in the list of service principals, but the list may not be complete."
        )
    return yes(f"None of the {len(objects(*lists)):,} service principals of the tenant is the resource {wanted}.")


@probe("app.assignment-required", needs=("graph.servicePrincipals",), otherwise="rarely", family="assignment",
       names=True, fields=(_SP + "appId", _SP + "appRoleAssignmentRequired"))  # fmt: skip
def assignment_required(facts: Facts, about: Subject) -> Outcome:
    """Does the application require assignment?"""
    item = principal(facts, about)
    required = said(item, "appRoleAssignmentRequired")
    if required is None:
        return unknown("unexpected-shape", f"appRoleAssignmentRequired of {called(item)} is empty.")
    sentence = f"{called(item)} lets in {'assigned users only' if required else 'unassigned users too'} (appRoleAssignmentRequired)."
    return yes(sentence) if required else no(sentence)


@probe("app.redirect-missing", needs=("graph.applications",), otherwise="hardly-ever", family="redirect", names=True,
       fields=_REDIRECT_FIELDS)  # fmt: skip
def redirect_missing(facts: Facts, about: Subject) -> Outcome:
    """Is the redirect address of the message absent from the registration?"""
    item = registration(facts, about)
    asked = address_asked(facts, about)
    registered = addresses_beside(item, asked)
    if any(reaches(known, asked) for known in registered):
        return no(f"{asked} is registered for {called(item)}.")
    near = [known for known in registered if known.rstrip("/").casefold() == asked.rstrip("/").casefold()]
    hint = (
        f"; nearest is {near[0]}, and the comparison is exact"
        if near
        else f"; registered: {listed(registered) or 'none'}"
    )
    return yes(f"{asked} is not registered for {called(item)}{hint}.")


@probe("app.redirect-other-scheme", needs=("graph.applications",), otherwise="hardly-ever", family="redirect-scheme", names=True,
       fields=_REDIRECT_FIELDS)  # fmt: skip
def redirect_other_scheme(facts: Facts, about: Subject) -> Outcome:
    """Is the redirect address of the message registered with https where the message says http?"""
    item = registration(facts, about)
    asked = address_asked(facts, about)
    registered = addresses_beside(item, asked)
    scheme, _, rest = asked.partition("://")
    if same(scheme, "http") and (twin := f"https://{rest}") in registered:
        return yes(f"{twin} is registered for {called(item)}, and the message asks for {asked}.")
    return no(f"{called(item)} has no address that differs from {asked} only by https in place of http.")


@probe("app.no-redirect", needs=("graph.applications",), otherwise="hardly-ever", family="redirect", names=True,
       fields=_REDIRECT_FIELDS)  # fmt: skip
def no_redirect(facts: Facts, about: Subject) -> Outcome:
    """Does the registration hold no redirect address at all?"""
    item = registration(facts, about)
    registered = addresses_of(item)
    if registered:
        return no(
            f"{called(item)} has {many(len(registered), 'redirect address', 'redirect addresses')}: {listed(registered)}."
        )
    return yes(f"{called(item)} has no redirect address, neither for the web nor for a single-page or public client.")


@probe("app.permission-missing", needs=("graph.applications",), otherwise="rarely", family="permission",
       fields=(_APP + "appId", _APP + "requiredResourceAccess.resourceAppId", *_PRINCIPAL_FIELDS))  # fmt: skip
def permission_missing(facts: Facts, about: Subject) -> Outcome:
    """Does the registration not list the resource among its required permissions?"""
    item, wanted = registration(facts, about), resource(about)
    said(item, "requiredResourceAccess")
    known = first(objects(*facts.all("graph.servicePrincipals")), _principal_of(wanted))
    by_address = _WELL_KNOWN.get(wanted.rstrip("/").removesuffix("/.default").rstrip("/"))
    number = wanted if _GUID.fullmatch(wanted) else by_address or (known or {}).get("appId")
    if number is None:
        return unknown(
            "ambiguous",
            f"The application id of the resource {wanted} is not known; add the list of service principals.",
        )
    listed_ids = [access.get("resourceAppId") for access in parts(item, "requiredResourceAccess")]
    if any(same(listed_id, number) for listed_id in listed_ids):
        return no(f"{called(item)} lists the resource {wanted} among its required permissions.")
    return yes(
        f"{called(item)} lists {many(len(listed_ids), 'resource')} among its required permissions, {wanted} is not among them."
    )


@probe("app.consent-missing", needs=("graph.oauth2PermissionGrants",), otherwise="rarely", family="consent", names=True,
       fields=_CONSENT_FIELDS)  # fmt: skip
def consent_missing(facts: Facts, about: Subject) -> Outcome:
    """Is there no delegated grant for the client, neither for everyone nor for the affected user?"""
    goal, grants = _grants(facts, about)
    for grant in grants:
        if same(grant.get("consentType"), "AllPrincipals") or same(grant.get("principalId"), about.user_id):
            return no(
                f"{goal} holds a grant ({grant.get('consentType')}: {str(grant.get('scope') or '').strip() or 'no scope'})."
            )
    if grants and not about.user_id:
        return unknown(
            "ambiguous",
            f"{goal} holds grants of {many(len(grants), 'single user')}; whether of the affected one is not known.",
        )
    lists = facts.need("graph.oauth2PermissionGrants")
    if not whole(*lists):
        return unknown("ambiguous", f"No grant for {goal} is in the list, but the list may not be complete.")
    return yes(f"None of the {len(objects(*lists)):,} delegated grants of the tenant is for {goal} and this user.")


@probe("app.consented-by-some", needs=("graph.oauth2PermissionGrants",), otherwise="rarely", family="consent-of-some", names=True,
       fields=_CONSENT_FIELDS)  # fmt: skip
def consented_by_some(facts: Facts, about: Subject) -> Outcome:
    """Do single other users hold a grant for the client, while neither everyone nor the affected user does?"""
    goal, grants = _grants(facts, about)
    if any(same(grant.get("consentType"), "AllPrincipals") for grant in grants):
        return no(f"{goal} holds a grant for everyone.")
    if not about.user_id:
        return unknown("ambiguous", "The object id of the affected user is not known, by which grants name people.")
    if any(same(grant.get("principalId"), about.user_id) for grant in grants):
        return no(f"{goal} holds a grant of the affected user.")
    others = {grant["principalId"] for grant in grants if isinstance(grant.get("principalId"), str)}
    if others:
        return yes(f"{goal} holds grants of {many(len(others), 'other user')}, none for everyone or the affected one.")
    return no(f"{goal} holds no grant of anybody.")


def _grants(facts: Facts, about: Subject) -> tuple[str, list[Object]]:
    """The delegated grants of the client, to what was asked for where that is known, and how a sentence names the two."""
    wanted = app_id(about)
    lists = facts.need("graph.oauth2PermissionGrants")
    missing = f"Grants name the service principal; the list of service principals with {wanted} is needed to read them."
    client = one(facts, "graph.servicePrincipals", lambda held: same(held.get("appId"), wanted), missing)
    to = (
        first(objects(*facts.all("graph.servicePrincipals")), _principal_of(resource(about)))
        if about.resource_id
        else None
    )
    grants = [grant for grant in objects(*lists) if same(grant.get("clientId"), client.get("id"))]
    if to:
        grants = [grant for grant in grants if same(grant.get("resourceId"), to.get("id"))]
    return f"{called(client)}{' to ' + called(to) if to else ''}", grants


@probe("app.public-client-off", needs=("graph.applications",), otherwise="often", family="client-type",
       fields=(_APP + "appId", _APP + "isFallbackPublicClient"))  # fmt: skip
def public_client_off(facts: Facts, about: Subject) -> Outcome:
    """Is the application a confidential client only, that is, are public client flows not allowed?"""
    item = registration(facts, about)
    if said(item, "isFallbackPublicClient") is True:
        return no(f"{called(item)} allows public client flows (isFallbackPublicClient is true).")
    return yes(f"{called(item)} does not allow public client flows (isFallbackPublicClient is not true).")


@probe("app.single-tenant", needs=("graph.applications",), otherwise="often", family="audience",
       fields=(_APP + "appId", _APP + "signInAudience"))  # fmt: skip
def single_tenant(facts: Facts, about: Subject) -> Outcome:
    """Does the registration accept accounts of its own tenant only?"""
    item = registration(facts, about)
    audience = said(item, "signInAudience")
    if not audience:
        return unknown("unexpected-shape", f"signInAudience of {called(item)} is empty.")
    sentence = f"{called(item)} has the audience {audience}."
    return yes(sentence) if same(audience, "AzureADMyOrg") else no(sentence)


@probe("app.id-token-off", needs=("graph.applications",), otherwise="often", family="implicit-grant", names=True,
       fields=(_APP + "appId", _APP + "web.implicitGrantSettings.enableIdTokenIssuance"))  # fmt: skip
def id_token_off(facts: Facts, about: Subject) -> Outcome:
    """Does the registration forbid ID tokens from the authorization endpoint?"""
    item = registration(facts, about)
    said(item, "web")
    settings = next(iter(parts(item, "web", "implicitGrantSettings")), {})
    if settings.get("enableIdTokenIssuance") is True:
        return no(f"{called(item)} may get ID tokens from the authorization endpoint (enableIdTokenIssuance is true).")
    return yes(
        f"{called(item)} may not get ID tokens from the authorization endpoint (enableIdTokenIssuance is not true)."
    )


@probe("app.certificate-missing", needs=("graph.applications",), otherwise="hardly-ever", family="app-certificate", names=True,
       fields=(_APP + "appId", _APP + "keyCredentials.customKeyIdentifier", _APP + "keyCredentials.endDateTime"))  # fmt: skip
def certificate_missing(facts: Facts, about: Subject) -> Outcome:
    """Is the certificate whose thumbprint the message prints absent from the registration?"""
    item = registration(facts, about)
    said(item, "keyCredentials")
    if (found := _THUMBPRINT.search(text_of(facts, about))) is None:
        return unknown(
            "not-found", "The message prints no thumbprint; take it from the certificate that the program uses."
        )
    asked = found[1].upper()
    keys = parts(item, "keyCredentials")
    held = {name for key in keys if (name := thumbprint(key.get("customKeyIdentifier")))}
    if asked in held:
        return no(f"{called(item)} holds the certificate {asked}.")
    if len(held) < len(keys) or (held and not any(len(name) == len(asked) for name in held)):
        return unknown("unexpected-shape", f"Not every certificate of {called(item)} comes with its thumbprint.")
    return yes(f"{called(item)} holds {listed(sorted(held)) or 'no certificate'}, and not {asked}.")
