"""Federation metadata and realm answers."""

import base64
import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest


def tlv(tag: int, body: bytes) -> bytes:
    """One DER element."""
    size = len(body)
    length = bytes([size]) if size < 128 else bytes([0x82]) + size.to_bytes(2, "big")
    return bytes([tag]) + length + body


def certificate(serial: int = 1) -> str:
    """A certificate valid for the year 2026; key and signature are filler."""
    name = tlv(0x30, tlv(0x31, tlv(0x30, tlv(0x06, b"\x55\x04\x03") + tlv(0x0C, b"ADFS Signing"))))
    algorithm = tlv(0x30, tlv(0x06, bytes.fromhex("2a864886f70d01010b")))
    dates = tlv(0x30, tlv(0x17, b"260101000000Z") + tlv(0x17, b"270101000000Z"))
    body = tlv(0x30, tlv(0x02, bytes([serial])) + algorithm + name + dates + name + tlv(0x30, b""))
    return base64.b64encode(tlv(0x30, body + algorithm + tlv(0x03, b"\0"))).decode()


def metadata(*keys: tuple[str, str], head: str = '<?xml version="1.0" encoding="utf-8"?>') -> str:
    """Metadata as AD FS publishes it, with these keys (use, base64)."""
    described = "".join(
        f'<KeyDescriptor use="{use}"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>{text}</X509Certificate>'
        "</X509Data></KeyInfo></KeyDescriptor>"
        for use, text in keys
    )
    return (
        f'{head}<EntityDescriptor ID="_1" entityID="http://sts.contoso.example/adfs/services/trust" xmlns="urn:oasis:names:tc:SAML:2.0:metadata">'
        f'<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><KeyInfo><X509Data><X509Certificate>{certificate(9)}</X509Certificate></X509Data></KeyInfo></Signature>'
        f'<IDPSSODescriptor protocolSupportEnumeration="x">{described}'
        '<SingleSignOnService Binding="b" Location="https://sts.contoso.example/adfs/ls/"/></IDPSSODescriptor></EntityDescriptor>'
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_metadata_gives_keys_and_endpoints(read: Callable[..., Any], encoding: str) -> None:
    """Each key once for each use; that which signs the document itself is none of the provider's signing keys."""
    signing, encryption = certificate(1), certificate(2)
    facts, report = read(
        metadata(("signing", signing), ("signing", signing), ("encryption", encryption)).encode(encoding)
    )
    value = facts[0].value
    assert (facts[0].kind, facts[0].target) == ("federation.metadata", "http://sts.contoso.example/adfs/services/trust")
    assert [key["use"] for key in value["certificates"]] == ["signing", "encryption"]
    assert value["certificates"][0]["not_after"] == "2027-01-01T00:00:00Z"
    assert len(value["certificates"][0]["thumbprint"]) == 40
    assert value["endpoints"] == ["https://sts.contoso.example/adfs/ls/"]
    assert report.problems == ()


def test_a_broken_certificate_costs_only_itself(read: Callable[..., Any]) -> None:
    """The other keys are read."""
    facts, report = read(metadata(("signing", "AAAA"), ("signing", certificate())))
    assert len(facts[0].value["certificates"]) == 1
    assert "certificate" in report.problems[0]


@pytest.mark.parametrize(
    "head",
    [
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        '<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "http://example.invalid/">]>',
    ],
)
def test_entities_are_refused(read: Callable[..., Any], head: str) -> None:
    """Nothing is expanded and nothing fetched."""
    text = metadata(("signing", certificate()), head=head).replace("adfs/ls", "&a;")
    facts, report = read(text)
    assert facts == ()
    assert "refused" in report.problems[0] or "breaks" in report.problems[0]


def test_cut_off_metadata_says_where(read: Callable[..., Any]) -> None:
    """Half a document names no keys for certain."""
    facts, report = read(metadata(("signing", certificate()))[:300])
    assert facts == ()
    assert "breaks at line 1" in report.problems[0]


V1 = {
    "ver": "1.0",
    "account_type": "Federated",
    "domain_name": "contoso.example",
    "federation_metadata_url": "https://sts.contoso.example/mex",
    "cloud_instance_name": "x",
}
V2 = {
    "NameSpaceType": "Federated",
    "Login": "x@contoso.example",
    "DomainName": "CONTOSO.EXAMPLE",
    "AuthURL": "https://sts.contoso.example/adfs/ls/",
    "cloud_instance_name": "x",
}
SRF = {
    "State": 3,
    "UserState": 2,
    "Login": "x@contoso.example",
    "NameSpaceType": "Federated",
    "DomainName": "contoso.example",
    "AuthURL": "https://sts.contoso.example/adfs/ls/",
}
XML = (
    '<RealmInfo Success="true"><State>3</State><UserState>2</UserState><Login>x@contoso.example</Login><DomainName>contoso.example</DomainName>'
    "<AuthURL>https://sts.contoso.example/adfs/ls/</AuthURL></RealmInfo>"
)


@pytest.mark.parametrize("content", [json.dumps(V1), json.dumps(V2), json.dumps(SRF), XML])
def test_every_realm_answer_says_how_a_domain_signs_in(read: Callable[..., Any], content: str) -> None:
    """Four forms, one name for the answer."""
    facts, _ = read(content)
    assert (facts[0].kind, facts[0].target, facts[0].value["account_type"]) == (
        "federation.realm",
        "contoso.example",
        "Federated",
    )


def test_a_web_page_and_clixml_say_what_to_do(read: Callable[..., Any]) -> None:
    """Common in place of the data."""
    _, page = read("<!DOCTYPE html><html><body>Sign in</body></html>")
    assert "web page" in page.problems[0]


def test_clixml_says_what_to_do(read: Callable[..., Any]) -> None:
    """PowerShell's own serialisation is not read."""
    _, report = read('<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04"><Obj/></Objs>')
    assert "ConvertTo-Json" in report.problems[0]


def test_a_configuration_finds_its_domain(folder: Callable[..., Any]) -> None:
    """By the context, by the file's name, or by the issuer beside the tenant's domains."""
    value = {
        "id": "1",
        "issuerUri": "http://sts.fabrikam.example/adfs/services/trust",
        "passiveSignInUri": "x",
        "signingCertificate": "x",
    }
    other = {**value, "issuerUri": "urn:somebody"}
    domains = [
        {"id": name, "authenticationType": "Federated", "isVerified": True}
        for name in ("contoso.example", "fabrikam.example")
    ]
    gathered = folder(
        {
            "domains.json": json.dumps({"value": domains}),
            "by-issuer.json": json.dumps(value),
            "federation-tailspin.example.json": json.dumps({**other, "id": "2"}),
            "c.json": json.dumps(
                {
                    "@odata.context": "https://x/$metadata#domains('Contoso.example')/federationConfiguration",
                    "value": [{**other, "id": "3"}],
                }
            ),
            "d.json": json.dumps({**other, "id": "4"}),
        }
    )
    found = {
        fact.value[0]["id"]: fact.target for fact in gathered.facts if fact.kind == "graph.federationConfiguration"
    }
    assert found == {"1": "fabrikam.example", "2": "tailspin.example", "3": "contoso.example", "4": ""}
    assert any(
        "Name the file after the domain" in problem for report in gathered.reports for problem in report.problems
    )


def test_the_certificate_of_the_tests_is_one() -> None:
    """The filler does not hide a broken fixture."""
    from faultbook.analysis import certificate as reader

    assert reader.read_text(certificate()).not_before == dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
