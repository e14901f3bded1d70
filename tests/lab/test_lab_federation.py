"""How Microsoft's side judges a token, whoever made it; and the objects by which Entra knows a provider."""

import datetime as dt
from pathlib import Path

import pytest

pytest.importorskip("signxml", reason="the extra lab is not installed")

from lxml import etree
from signxml import XMLSigner

from faultbook_lab import federation, people
from faultbook_lab.certificates import Authority
from faultbook_lab.provider import Provider

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
WHO, OTHER = people.PARTNERS[:2]

ASSERTION = """<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:1.0:assertion" AssertionID="_1" MajorVersion="1" MinorVersion="1"
 Issuer="http://sts.partners.example/adfs/services/trust"><saml:Conditions NotBefore="{start}" NotOnOrAfter="{until}">
 <saml:AudienceRestrictionCondition><saml:Audience>{audience}</saml:Audience></saml:AudienceRestrictionCondition></saml:Conditions>
 <saml:AttributeStatement>
 <saml:Attribute AttributeNamespace="http://schemas.xmlsoap.org/claims" AttributeName="UPN"><saml:AttributeValue>{upn}</saml:AttributeValue></saml:Attribute>
 <saml:Attribute AttributeNamespace="http://schemas.microsoft.com/LiveID/Federation/2008/05" AttributeName="ImmutableID"><saml:AttributeValue>{id}</saml:AttributeValue></saml:Attribute>
 </saml:AttributeStatement></saml:Assertion>"""


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def signing(authority):
    return authority.signing("sign", NOW - DAY, NOW + DAY)


def signed(by, *, start=NOW - HOUR, until=NOW + HOUR, audience=federation.REALM, who=WHO, text=ASSERTION):
    """An assertion as a provider would make it."""
    unsigned = text.format(
        start=start.isoformat(), until=until.isoformat(), audience=audience, upn=who.upn, id=who.immutable_id
    )
    return XMLSigner(c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#").sign(
        etree.fromstring(unsigned), key=by.key.read_bytes(), cert=by.certificate.read_text(), reference_uri="#_1",
        id_attribute="AssertionID",
    )  # fmt: skip


def kind(assertion, *on_file, now=NOW):
    found = federation.judged(assertion, WHO, on_file, now)
    return found.kind if isinstance(found, federation.Failed) else found


def test_a_token_that_holds(signing):
    assert kind(signed(signing), signing.text) == federation.Signed(
        WHO.upn, WHO.immutable_id, "http://sts.partners.example/adfs/services/trust", NOW + HOUR, signing.text
    )


def test_the_signature_is_really_verified(authority, signing):
    """By what is on file, not by what the token brings along; and over what is read of it."""
    stranger = authority.signing("stranger", NOW - DAY, NOW + DAY)
    assert kind(signed(stranger), signing.text) == "signature"
    assert kind(signed(stranger)) == "signature"
    assert kind(signed(stranger), signing.text, stranger.text).certificate == stranger.text
    changed = signed(signing, who=OTHER)
    for value in changed.iter("{*}AttributeValue"):
        value.text = value.text.replace(OTHER.upn, WHO.upn).replace(OTHER.immutable_id, WHO.immutable_id)
    assert kind(changed, signing.text) == "signature"
    unsigned = signed(signing)
    unsigned.remove(unsigned.find("{*}Signature"))
    assert kind(unsigned, signing.text) == "signature"


def test_what_is_out_of_its_dates(authority, signing):
    """The assertion, with what clocks may differ; or the certificate on file that signed it."""
    minute = dt.timedelta(minutes=1)
    assert kind(signed(signing, until=NOW - 4 * minute), signing.text).upn == WHO.upn
    assert kind(signed(signing, until=NOW - 6 * minute), signing.text) == "expired"
    assert kind(signed(signing, start=NOW + 6 * minute), signing.text) == "expired"
    assert kind(signed(signing, until=(NOW + HOUR).replace(tzinfo=None)), signing.text).until == NOW + HOUR
    early = authority.signing("early", NOW + DAY, NOW + 9 * DAY)
    assert kind(signed(early), early.text) == "expired"
    ended = authority.signing("ended", NOW - 9 * DAY, NOW - DAY)
    assert kind(signed(ended), ended.text) == "expired"
    assert kind(signed(ended), signing.text) == "signature"


def test_a_token_for_or_about_somebody_else_and_one_that_lacks_what_it_needs(signing):
    assert kind(signed(signing, audience="urn:federation:elsewhere"), signing.text) == "malformed"
    assert kind(signed(signing, who=OTHER), signing.text) == "malformed"
    for part, instead in (("NotOnOrAfter", "After"), ("ImmutableID", "Id"), ("saml:Audience>", "saml:Other>")):
        assert kind(signed(signing, text=ASSERTION.replace(part, instead)), signing.text) == "malformed"


def test_the_certificate_on_file_is_the_only_thing_that_a_rotation_changes(authority, signing):
    """As Graph shows it."""
    leaf = authority.issue("sts", hosts=["localhost"], addresses=[], start=NOW - DAY, end=NOW + DAY)
    provider = Provider(Path("cache"), Path("sts"), 9443, leaf, signing, people.PARTNERS)
    after = authority.signing("after", NOW - DAY, NOW + DAY)
    then, now = (federation.configuration("partners.example", provider, one) for one in (signing, after))
    assert {key for key in then if then[key] != now[key]} == {"signingCertificate"}
    assert (then["signingCertificate"], now["signingCertificate"]) == (signing.text, after.text)
