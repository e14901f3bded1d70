"""What an identity provider publishes about itself, and where Entra sends the sign-ins of a domain."""

import re
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError

from faultbook.analysis import certificate
from faultbook.evidence import Fact, iso
from faultbook.sources.items import Read, clean

_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]*\?>")
_REALM_KEYS: Final = ("account_type", "NameSpaceType")
_REALM_BESIDE: Final = (
    "domain_name",
    "DomainName",
    "cloud_instance_name",
    "Login",
    "federation_protocol",
    "UserState",
    "AuthURL",
)
_SAME: Final = {"NameSpaceType": "account_type", "DomainName": "domain_name", "AuthURL": "federation_active_auth_url"}
_STATES: Final = {"3": "Federated", "4": "Managed"}


class NotXml(ValueError):  # noqa: N818 - reads as the sentence it carries
    """The text is no XML that may be read; the message says why."""


def tree(text: str) -> Element:
    """The root of an XML text, with entities, external ones above all, refused. Raises NotXml."""
    try:
        from defusedxml import DefusedXmlException
        from defusedxml.ElementTree import fromstring
    except ImportError as missing:
        raise NotXml("Reading XML needs a part that is not installed. Install faultbook[evidence].") from missing
    try:
        root: Element = fromstring(_DECLARATION.sub("", text, count=1), forbid_dtd=True)
    except ParseError as broken:
        raise NotXml(
            f"The XML breaks at line {broken.position[0]}, column {broken.position[1]} ({clean(str(broken))})."
        ) from broken
    except (DefusedXmlException, ValueError) as refused:
        raise NotXml(
            f"The XML was refused: it declares entities or a DTD, which evidence never needs ({type(refused).__name__})."
        ) from refused
    return root


def local(element: Element) -> str:
    """The element's name without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def metadata(root: Element, by: str) -> Read | None:
    """Federation metadata, AD FS or any other SAML 2.0 provider's."""
    entities = [element for element in root.iter() if local(element) == "EntityDescriptor" and element.get("entityID")]
    if not entities:
        return None
    facts, problems = [], []
    for entity in entities:
        certificates, wrong = _certificates(entity)
        problems += wrong
        value = {"entity_id": entity.get("entityID"), "certificates": certificates, "endpoints": _endpoints(entity)}
        facts.append(Fact(kind="federation.metadata", target=entity.get("entityID", ""), value=value, by=by))
    return Read(kind="federation.metadata", format="SAML metadata", facts=facts, rows=len(facts), problems=problems)


def _certificates(entity: Element) -> tuple[list[dict[str, str]], list[str]]:
    """The published keys, each once for each use; the certificate that signs the metadata itself is not among them."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    problems = []
    for key in (element for element in entity.iter() if local(element) == "KeyDescriptor"):
        for text in (element.text or "" for element in key.iter() if local(element) == "X509Certificate"):
            try:
                read = certificate.read_text(text)
            except ValueError as broken:
                problems.append(f"A certificate in the metadata cannot be read: {broken}.")
                continue
            use = key.get("use", "")
            found[read.thumbprint, use] = {
                "thumbprint": read.thumbprint,
                "not_before": iso(read.not_before),
                "not_after": iso(read.not_after),
                "use": use,
            }
    return list(found.values()), problems


def _endpoints(entity: Element) -> list[str]:
    places = [
        place.strip()
        for element in entity.iter()
        for place in (
            element.get("Location") or "",
            element.get("ResponseLocation") or "",
            (element.text or "") if local(element) == "Address" else "",
        )
    ]
    return list(dict.fromkeys(place for place in places if place))


def realm(document: Any, by: str) -> Read | None:
    """A realm answer in any of its versions; Faultbook's readers look for the names of the oldest, so these are added where they lack."""
    if not isinstance(document, dict):
        return None
    if not any(key in document for key in _REALM_KEYS) or not any(key in document for key in _REALM_BESIDE):
        return None
    value = dict(document)
    for theirs, ours in _SAME.items():
        if theirs in value:
            value.setdefault(ours, value[theirs])
    domain = str(value.get("domain_name") or str(value.get("Login", "")).rpartition("@")[2]).lower()
    return Read(
        kind="federation.realm",
        format="realm answer",
        facts=[Fact(kind="federation.realm", target=domain, value=value, by=by)],
        rows=1,
    )


def realm_xml(root: Element, by: str) -> Read | None:
    """The XML form of GetUserRealm.srf."""
    if local(root) != "RealmInfo":
        return None
    answer: dict[str, Any] = {local(element): (element.text or "").strip() for element in root}
    if "NameSpaceType" not in answer and answer.get("State") in _STATES:
        answer["NameSpaceType"] = _STATES[answer["State"]]
    return realm(answer, by)
