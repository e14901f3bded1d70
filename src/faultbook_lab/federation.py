"""What Microsoft's side does with a federated identity provider: send people there, and judge the token that they bring back."""

import base64
import datetime as dt
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import httpx2
from cryptography import x509
from lxml import etree, html
from signxml import SignatureConfiguration, XMLVerifier
from signxml.exceptions import SignXMLException

from faultbook_lab import people
from faultbook_lab.certificates import Signing
from faultbook_lab.provider import Provider
from faultbook_lab.records import Row, stamp

Kind = Literal["unreachable", "tls", "timeout", "status", "signature", "expired", "malformed"]

REALM: Final = "urn:federation:MicrosoftOnline"
SKEW: Final = dt.timedelta(minutes=5)
"""How far the provider's clock may be off, as Kerberos allows it."""
_SAML: Final = "{urn:oasis:names:tc:SAML:1.0:assertion}"
_UPN: Final = ("http://schemas.xmlsoap.org/claims", "UPN")
_IMMUTABLE_ID: Final = ("http://schemas.microsoft.com/LiveID/Federation/2008/05", "ImmutableID")


@dataclass(frozen=True)
class Signed:
    """A token that was accepted: whom it speaks of, who says so, until when, and the base64 of the certificate that proves it."""

    upn: str
    immutable_id: str
    issuer: str
    until: dt.datetime
    certificate: str


@dataclass(frozen=True)
class Failed:
    """What went wrong: its kind, and what there was to see."""

    kind: Kind
    sentence: str


def sign_in(
    person: people.Person, provider_url: str, on_file: Sequence[str], ca: Path, timeout: float
) -> Signed | Failed:
    """Send somebody to the provider as a browser goes there, and judge what comes back by the certificates that Entra has on file."""
    asked = {"wa": "wsignin1.0", "wtrealm": REALM, "wctx": "LoginOptions=3", "username": person.upn}
    answer = _asked("GET", f"{provider_url}/adfs/ls/", ca, timeout, params=asked)
    if isinstance(answer, Failed):
        return answer
    assertion = _assertion(answer.text)
    if assertion is None:
        return Failed("malformed", "The answer holds no form with a SAML assertion in wresult.")
    return judged(assertion, person, on_file, dt.datetime.now(dt.UTC))


def change_password(
    person: people.Person, old: str, new: str, provider_url: str, ca: Path, timeout: float
) -> Failed | None:
    """Have somebody's password changed where it is kept; nothing if the provider did it."""
    wanted = {"user": person.upn, "old": old, "new": new}
    answer = _asked("POST", f"{provider_url}/adfs/portal/updatepassword", ca, timeout, json=wanted)
    return answer if isinstance(answer, Failed) else None


def judged(assertion: Any, person: people.Person, on_file: Sequence[str], now: dt.datetime) -> Signed | Failed:
    """Judge an assertion as Entra does: who signed it, when it holds, for whom it is meant, and of whom it speaks."""
    held = {text: x509.load_der_x509_certificate(base64.b64decode(text)) for text in on_file}
    verified = ((text, element) for text, one in held.items() if (element := _verified(assertion, one)) is not None)
    if (first := next(verified, None)) is None:
        return Failed("signature", "The assertion was signed with none of the certificates on file.")
    by, element = first
    since, ends = held[by].not_valid_before_utc, held[by].not_valid_after_utc
    if not since <= now < ends:
        return Failed(
            "expired", f"The certificate that signed the assertion holds from {stamp(since)} until {stamp(ends)}."
        )
    try:
        conditions = _only(element, "Conditions")
        start, until = (_time(conditions, name) for name in ("NotBefore", "NotOnOrAfter"))
        audience = _only(conditions, "Audience").text
        token = Signed(_claim(element, _UPN), _claim(element, _IMMUTABLE_ID), element.get("Issuer", ""), until, by)
    except ValueError as broken:
        return Failed("malformed", f"{broken}.")
    if not start - SKEW <= now < until + SKEW:
        return Failed("expired", f"The assertion holds from {stamp(start)} until {stamp(until)}.")
    if audience != REALM:
        return Failed("malformed", f"The assertion is meant for {audience}.")
    if (token.upn, token.immutable_id) != (person.upn, person.immutable_id):
        return Failed("malformed", f"The assertion speaks of {token.upn}, not of {person.upn}.")
    return token


def configuration(domain: str, provider: Provider, signing: Signing, *, updated: dt.datetime | None = None) -> Row:
    """The ``internalDomainFederation`` that Entra has on file; ``updated`` is when it last took the certificate from the metadata."""
    status = {"certificateUpdateResult": "Success", "lastRunDateTime": stamp(updated)} if updated else None
    return {
        "@odata.type": "#microsoft.graph.internalDomainFederation",
        "id": people.guid("federation", domain),
        "displayName": f"{domain} AD FS",
        "issuerUri": provider.issuer,
        "metadataExchangeUri": f"{provider.url}/adfs/services/trust/mex",
        "signingCertificate": signing.text,
        "nextSigningCertificate": None,
        "signingCertificateUpdateStatus": status,
        "passiveSignInUri": provider.passive_url,
        "activeSignInUri": f"{provider.url}/adfs/services/trust/2005/usernamemixed",
        "signOutUri": provider.passive_url,
        "passwordResetUri": f"{provider.url}/adfs/portal/updatepassword",
        "preferredAuthenticationProtocol": "wsFed",
        "promptLoginBehavior": "nativeSupport",
        "isSignedAuthenticationRequestRequired": False,
        "federatedIdpMfaBehavior": "acceptIfMfaDoneByFederatedIdp",
    }


def realm(domain: str, provider: Provider) -> Row:
    """What realm discovery (``/common/userrealm``) answers for somebody of the domain."""
    return {
        "ver": "1.0",
        "account_type": "Federated",
        "domain_name": domain,
        "federation_protocol": "WSTrust",
        "federation_metadata_url": f"{provider.url}/adfs/services/trust/mex",
        "federation_active_auth_url": f"{provider.url}/adfs/services/trust/2005/usernamemixed",
        "cloud_instance_name": "microsoftonline.com",
        "cloud_audience_urn": REALM,
    }


def _asked(method: str, url: str, ca: Path, timeout: float, **more: Any) -> httpx2.Response | Failed:
    """One answer that is a success, or the stage at which it failed."""
    try:
        with httpx2.Client(verify=ssl.create_default_context(cafile=ca), timeout=timeout, trust_env=False) as client:
            response = client.request(method, url, **more)
    except httpx2.TimeoutException:
        return Failed("timeout", f"{url} did not answer within {timeout:g} s.")
    except httpx2.TransportError as error:
        kind: Kind = "tls" if _is_tls(error) else "unreachable"
        return Failed(kind, f"{url} cannot be reached: {error}.")
    if not response.is_success:
        return Failed("status", f"{url} answered {response.status_code}.")
    return response


def _is_tls(error: BaseException | None) -> bool:
    """Whether TLS is at the bottom of it; the client wraps what happened more than once."""
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error is not None


def _assertion(page: str) -> Any:
    """The SAML assertion in the form that a browser would post; None where there is none."""
    try:
        form = next(iter(html.document_fromstring(page).forms), None)
        told = form.fields.get("wresult") if form is not None else None
        root = etree.fromstring((told or "").encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.LxmlError:
        return None
    return root.find(f".//{_SAML}Assertion")


def _verified(assertion: Any, by: x509.Certificate) -> Any:
    """What of the assertion this certificate has really signed, and nothing else of it; None where it has not. Its dates are judged apart."""
    expected = SignatureConfiguration(location="./", verification_time=by.not_valid_before_utc)
    try:
        return (
            XMLVerifier().verify(assertion, x509_cert=by, id_attribute="AssertionID", expect_config=expected).signed_xml
        )
    except (SignXMLException, etree.LxmlError):
        return None


def _only(element: Any, name: str) -> Any:
    found = element.findall(f".//{_SAML}{name}")
    if len(found) != 1:
        raise ValueError(f"The assertion holds {len(found)} of {name}")
    return found[0]


def _time(conditions: Any, name: str) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(conditions.get(name, ""))
    except ValueError:
        raise ValueError(f"The assertion's {name} is no time") from None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)  # SAML knows no other zone


def _claim(element: Any, claim: tuple[str, str]) -> str:
    for attribute in element.iter(f"{_SAML}Attribute"):
        if (attribute.get("AttributeNamespace"), attribute.get("AttributeName")) == claim:
            return "".join(attribute.itertext()).strip()
    raise ValueError(f"The assertion holds no {claim[1]}")
