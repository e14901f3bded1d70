"""Active Directory asked live: the real Samba, over LDAPS with a certificate of our own."""

import datetime as dt
from pathlib import Path

import pytest

from tests_root import module_at

ROOT = Path(__file__).parents[2]


estate = module_at("samba_estate", Path(__file__).with_name("estate.py"))

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def domain(tmp_path_factory):
    with estate.running(tmp_path_factory.mktemp("dc")) as made:
        yield made


def place(domain, **more):
    from faultbook.sources.live.ldap import place_of

    given = {"user": "LAB\\reader", "ca": str(domain.root), **more}
    return place_of(f"ldaps://{estate.lab.ADDRESS}", **given)


def secrets(password=None):
    from faultbook.sources.live.secrets import Secrets

    return Secrets({"FAULTBOOK_LDAP_PASSWORD": password or estate.PASSWORD})


def read(domain, user="kim@lab.example.test", **more):
    """The facts about one user, by way of the files that a collection writes."""
    from faultbook.sources import ldif
    from faultbook.sources.live import adread, ldap

    where = place(domain, **more)
    connection = ldap.connect(where, secrets())
    text, lacking = adread.read(adread.Directory(connection, where, secrets()), user, "", dt.datetime.now(dt.UTC))
    connection.unbind()
    return {
        fact.kind + (":root" if fact.target == estate.lab.BASE else ""): fact for fact in ldif.read(text, "live").facts
    }, lacking


def test_everything_about_a_user_in_one_reading(domain):
    """The user, the connector with every group of its token, the domain's policy and clock."""
    facts, lacking = read(domain)
    assert lacking == {}
    assert facts["ad.object"].value["userPrincipalName"] == "kim@lab.example.test"
    assert facts["ad.principal"].value["name"] == estate.CONNECTOR
    assert facts["ad.principal"].value["complete"] is True
    assert domain.sids["outer"] in facts["ad.principal"].value["groups"]
    assert facts["ad.descriptor"].target == facts["ad.object"].target
    assert facts["ad.descriptor:root"].target == estate.lab.BASE
    policy = facts["ad.domain:root"].value
    assert policy["minPwdLength"] == 7
    assert policy["minPwdAgeSeconds"] == 86400
    assert abs(policy["clockAheadSeconds"]) < 30


def test_the_rights_are_judged_on_the_affected_user(domain):
    """Granted on the OU: he has them. Inheritance switched off on her: she has not, though the OU grants them."""
    assert domain.verdict(read(domain)[0]) == "no"
    domain.protect("kim", True)
    facts, _ = read(domain)
    assert facts["ad.descriptor"].value["protected"] is True
    assert domain.verdict(facts) == "yes"
    assert domain.reset("kim") is False
    domain.protect("kim", False)
    assert domain.verdict(read(domain)[0]) == "no"
    assert domain.reset("kim") is True


def test_a_connector_with_an_ordinary_name_is_found_where_it_is_named(domain):
    """Not by its own name, but because an administrator says so."""
    facts, _ = read(domain, connector="LAB\\stranger")
    assert facts["ad.principal"].value["name"] == "stranger"
    assert facts["ad.principal"].value["complete"] is True


def test_a_user_who_is_not_there(domain):
    """The domain and the connector still come."""
    facts, lacking = read(domain, user="nobody@lab.example.test")
    assert {kind: failure.why for kind, failure in lacking.items()} == {
        "ad.object": "not-found",
        "ad.descriptor": "not-found",
    }
    assert "ad.principal" in facts


def test_a_name_with_characters_of_a_filter_is_a_name(domain):
    """Whoever is called * is nobody."""
    _, lacking = read(domain, user="*")
    assert lacking["ad.object"].why == "not-found"


@pytest.mark.parametrize(
    ("more", "password", "why", "said"),
    [
        ({"ca": ""}, None, "source-failed", "certificate"),
        ({}, "wrong-canary", "not-permitted", "wrong"),
        ({"user": "LAB\\disabled"}, None, "not-permitted", "disabled"),
        ({"user": ""}, None, "not-permitted", "--ldap-user"),
    ],
)
def test_every_refusal_says_what_is_wrong(domain, more, password, why, said):
    """An untrusted certificate, a wrong password, a disabled account, no account."""
    from faultbook.sources.live import ldap
    from faultbook.sources.live.failure import Failure

    with pytest.raises(Failure) as caught:
        ldap.connect(place(domain, **more), secrets(password))
    assert caught.value.why == why
    assert said in caught.value.sentence
    assert "canary" not in caught.value.sentence


def test_plain_ldap_only_where_it_is_asked_for(domain):
    """ldap:// starts TLS and verifies; without TLS only with the flag, and Samba then refuses the bind itself."""
    from faultbook.sources.live import ldap
    from faultbook.sources.live.failure import Failure
    from faultbook.sources.live.ldap import place_of

    started = place_of(f"ldap://{estate.lab.ADDRESS}", user="LAB\\reader", ca=str(domain.root))
    assert started.tls == "starttls"
    ldap.connect(started, secrets()).unbind()
    with pytest.raises(Failure, match="certificate"):
        ldap.connect(place_of(f"ldap://{estate.lab.ADDRESS}", user="LAB\\reader"), secrets())
    plain = place_of(f"ldap://{estate.lab.ADDRESS}", user="LAB\\reader", plain=True)
    with pytest.raises(Failure, match="encrypted"):
        ldap.connect(plain, secrets())


def test_the_certificate_must_be_for_the_host(domain):
    """The same machine under a number that its certificate does not hold: refused."""
    from faultbook.sources.live import ldap
    from faultbook.sources.live.failure import Failure
    from faultbook.sources.live.ldap import place_of

    with pytest.raises(Failure, match="certificate"):
        ldap.connect(place_of("ldaps://2130706509", user="LAB\\reader", ca=str(domain.root)), secrets())
