"""Federated domains: whether the user's domain is one, and whether Entra and the identity provider still agree."""

import datetime as dt
from typing import Final

from faultbook.analysis import certificate
from faultbook.analysis.certificate import Certificate
from faultbook.evidence import Fact, Facts, Outcome, Subject, Unknown, field_of, no, unknown, yes
from faultbook.probes import probe
from faultbook.probes.addresses import address
from faultbook.probes.graph import Object, first, objects, parts, said, same, texts, time_of
from faultbook.probes.subject import domain, moment
from faultbook.probes.words import listed, utc

_DOMAIN: Final = "graph.v1:microsoft.graph.domain."
_CONFIG: Final = "graph.v1:microsoft.graph.internalDomainFederation."
_DOMAIN_FIELDS: Final = (_DOMAIN + "id", _DOMAIN + "authenticationType")
_CERTIFICATE_FIELDS: Final = (*_DOMAIN_FIELDS, _CONFIG + "signingCertificate", _CONFIG + "nextSigningCertificate")
_ADDRESSES: Final = ("issuerUri", "passiveSignInUri", "activeSignInUri", "metadataExchangeUri")


def kind_of(name: str, domains: list[Object]) -> str | None:
    """How a domain authenticates (``managed``, ``federated``): a subdomain that is not listed follows its parent. None where unlisted."""
    labels = name.casefold().split(".")
    for start in range(len(labels) - 1):
        suffix = ".".join(labels[start:])
        if item := first(domains, lambda held, suffix=suffix: same(held.get("id"), suffix)):  # type: ignore[misc]  # a default binds the loop's value
            return str(said(item, "authenticationType") or "").casefold() or None
    return None


@probe("federation.domain-is-federated", needs=("graph.domains", "federation.realm", "graph.federationConfiguration"), otherwise="sometimes",
       family="domain-kind", fields=_DOMAIN_FIELDS)  # fmt: skip
def domain_is_federated(facts: Facts, about: Subject) -> Outcome:
    """Is the affected user's domain federated?"""
    name = domain(about)
    kind = kind_of(name, objects(*facts.all("graph.domains")))
    for fact in facts.all("federation.realm", name):
        if kind is None and isinstance(fact.value, dict):
            kind = str(fact.value.get("account_type") or fact.value.get("NameSpaceType") or "").casefold() or None
    if kind is None and facts.has("graph.federationConfiguration") and _configuration(facts, about):
        return yes(f"Entra holds a federation configuration of {name}, which only a federated domain has.")
    if kind is None:
        facts.need("graph.domains", "federation.realm")
        return unknown("not-found", f"The domain {name} is not among the domains in the evidence.")
    sentence = f"The domain {name} is {kind}."
    return yes(sentence) if kind == "federated" else no(sentence)


def _configuration(facts: Facts, about: Subject) -> Object | None:
    """What Entra has on file for the user's domain; None where the domain is known to be managed."""
    name = domain(about)
    if kind_of(name, objects(*facts.all("graph.domains"))) == "managed":
        return None
    held = facts.need("graph.federationConfiguration")
    for fact in held:
        if _same_or_parent(fact.target, name) and (found := objects(fact)):
            return found[0]
    unnamed = [fact for fact in held if not fact.target]
    if len(unnamed) == 1 and len(found := objects(*unnamed)) == 1 and _speaks_for(found[0], name):
        return found[0]
    raise Unknown("not-found", f"The evidence holds no federation configuration of {name}.")


def _same_or_parent(target: str, name: str) -> bool:
    return bool(target) and (same(target, name) or name.endswith("." + target.casefold()))


def _speaks_for(config: Object, name: str) -> bool:
    """An answer saved without its address: its issuer or its display name must name the domain."""
    hosts = [address(config.get(key)).host for key in _ADDRESSES]
    return same(config.get("displayName"), name) or any(host == name or host.endswith("." + name) for host in hosts)


def _on_file(config: Object) -> list[Certificate]:
    said(config, "signingCertificate")
    found = []
    for key in ("signingCertificate", "nextSigningCertificate"):
        if isinstance(text := config.get(key), str) and text:
            try:
                found.append(certificate.read_text(text))
            except ValueError as broken:
                raise Unknown("unexpected-shape", f"{key} cannot be read: {broken}.") from broken
    if not found:
        raise Unknown("unexpected-shape", "Entra shows no signing certificate of the domain.")
    return found


def _named(certificates: list[Certificate]) -> str:
    return listed(f"{item.thumbprint} (until {utc(item.not_after)})" for item in certificates)


@probe("federation.certificate-expired", needs=("graph.federationConfiguration", "federation.metadata"), otherwise="hardly-ever",
       family="idp-certificate", names=True, fields=_CERTIFICATE_FIELDS)  # fmt: skip
def certificate_expired(facts: Facts, about: Subject) -> Outcome:
    """Had the signing certificate that Entra has on file, or that the identity provider publishes, expired at the time of the failure?"""
    at = moment(about)
    if not facts.has("graph.federationConfiguration") and facts.has("federation.metadata"):
        return _published_expired(facts, about, at)
    if (config := _configuration(facts, about)) is None:
        return no(f"The domain {domain(about)} is managed: no identity provider signs for it.")
    held = _on_file(config)
    valid = [item for item in held if item.not_before <= at < item.not_after]
    if valid:
        return no(f"Entra has a certificate for {domain(about)} on file that was valid at {utc(at)}: {_named(valid)}.")
    if all(at < item.not_before for item in held):
        return no(
            f"The certificates on file for {domain(about)} were not yet valid at {utc(at)}; none had expired: {_named(held)}."
        )
    return yes(
        f"No certificate that Entra has on file for {domain(about)} was still valid at {utc(at)}: {_named(held)}."
    )


def _published_expired(facts: Facts, about: Subject, at: dt.datetime) -> Outcome:
    """What the identity provider publishes, where nothing says what Entra has: only of the provider that the realm answer points to."""
    name = domain(about)
    hosts = {
        address(value).host
        for fact in facts.all("federation.realm", name)
        if isinstance(fact.value, dict)
        for value in fact.value.values()
        if isinstance(value, str)
    } - {""}
    for fact in facts.all("federation.metadata"):
        places = [_entity(fact), *texts(fact.value.get("endpoints") if isinstance(fact.value, dict) else None)]
        published = {address(place).host for place in places} - {""}
        if not published & hosts and not any(_same_or_parent(name, host) for host in published):
            continue
        signing = [item for item in parts(fact.value, "certificates") if not same(item.get("use"), "encryption")]
        ends = [end for item in signing if (end := time_of(item.get("not_after")))]
        if ends and max(ends) <= at:
            return yes(
                f"Every signing certificate that the identity provider of {name} publishes had expired at {utc(at)}, the last at {utc(max(ends))}."
            )
        if ends:
            raise Unknown(
                "not-connected",
                f"The identity provider of {name} publishes a valid certificate; which one Entra has on file is not in the evidence.",
            )
    raise Unknown(
        "not-found", f"The metadata in the evidence is not known to be that of the identity provider of {name}."
    )


def _metadata(facts: Facts, config: Object) -> Object:
    """The metadata of the identity provider that this configuration points to."""
    hosts = {address(config.get(key)).host for key in _ADDRESSES} - {""}
    held = facts.need("federation.metadata")
    for fact in held:
        if _entity(fact) and same(_entity(fact), config.get("issuerUri")):
            return dict(fact.value)
    for fact in held:
        addresses = [_entity(fact), *texts(fact.value.get("endpoints") if isinstance(fact.value, dict) else None)]
        if hosts & {address(place).host for place in addresses}:
            return dict(fact.value)
    raise Unknown(
        "not-found", "The metadata in the evidence is of another identity provider than the one that Entra expects."
    )


def _entity(fact: Fact) -> str:
    return str(fact.value.get("entity_id") or "") if isinstance(fact.value, dict) else ""


@probe("federation.certificate-mismatch", needs=("graph.federationConfiguration", "federation.metadata"),
       otherwise="hardly-ever", family="idp-certificate", names=True,
       fields=(*_CERTIFICATE_FIELDS, *(_CONFIG + name for name in _ADDRESSES)))  # fmt: skip
def certificate_mismatch(facts: Facts, about: Subject) -> Outcome:
    """Does the identity provider sign with a certificate that Entra does not have on file?"""
    if (config := _configuration(facts, about)) is None:
        return no(f"The domain {domain(about)} is managed: no identity provider signs for it.")
    held, published = _on_file(config), parts(_metadata(facts, config), "certificates")
    signing = [item for item in published if same(item.get("use"), "signing") or not item.get("use")]
    prints = {str(item.get("thumbprint") or "").upper() for item in signing} - {""}
    if not prints:
        return unknown("unexpected-shape", "The metadata shows no signing certificate.")
    known = {item.thumbprint for item in held}
    if not prints & known:
        return yes(
            f"The identity provider publishes {listed(sorted(prints))}, Entra has {_named(held)} on file: none in common."
        )
    new = sorted(prints - known)
    warning = f" It publishes {listed(new)} too, which Entra does not know yet." if new else ""
    return no(
        f"Entra has a certificate on file that the identity provider publishes: {listed(sorted(prints & known))}.{warning}"
    )


@probe("federation.certificate-update-failed", needs=("graph.federationConfiguration",), otherwise="rarely",
       family="idp-certificate",
       fields=(*_DOMAIN_FIELDS, _CONFIG + "signingCertificateUpdateStatus.certificateUpdateResult",
               _CONFIG + "signingCertificateUpdateStatus.lastRunDateTime"))  # fmt: skip
def certificate_update_failed(facts: Facts, about: Subject) -> Outcome:
    """Did Entra's last automatic certificate update fail?"""
    if (config := _configuration(facts, about)) is None:
        return no(f"The domain {domain(about)} is managed: there is no certificate to update.")
    result = str(field_of(config, "signingCertificateUpdateStatus.certificateUpdateResult"))
    run = time_of(config["signingCertificateUpdateStatus"].get("lastRunDateTime"))
    sentence = (
        f"Entra's certificate update for {domain(about)} ended with '{result}'{' at ' + utc(run) if run else ''}."
    )
    if any(word in result.casefold() for word in ("fail", "error", "invalid")):
        return yes(sentence)
    if "succe" in result.casefold():
        return no(sentence)
    return unknown("unexpected-shape", f"{sentence} Whether that is a failure is not known.")


@probe("federation.issuer-mismatch", needs=("graph.federationConfiguration", "federation.metadata"),
       otherwise="hardly-ever", family="idp-issuer", names=True,
       fields=(*_DOMAIN_FIELDS, *(_CONFIG + name for name in _ADDRESSES)))  # fmt: skip
def issuer_mismatch(facts: Facts, about: Subject) -> Outcome:
    """Does the issuer in the metadata differ from the issuer that Entra expects?"""
    name = domain(about)
    if (config := _configuration(facts, about)) is None:
        return no(f"The domain {name} is managed: Entra expects no issuer for it.")
    expected = str(field_of(config, "issuerUri"))
    published = str(_metadata(facts, config).get("entity_id") or "")
    if not published:
        return unknown("unexpected-shape", "The metadata names no entity id.")
    if expected == published:
        return no(f"Entra expects the issuer {expected}, which is what the metadata says.")
    host = address(expected).host
    per_domain = (
        host
        and _same_or_parent(host, name)
        and address(expected).path.rstrip("/") == address(published).path.rstrip("/")
    )
    if per_domain and host != address(published).host:
        return unknown(
            "ambiguous",
            f"Entra expects {expected}, the metadata says {published}: AD FS writes an issuer of its own for each of several domains.",
        )
    return yes(
        f"Entra expects the issuer {expected}, the metadata says {published}; the comparison is exact, a final slash included."
    )
