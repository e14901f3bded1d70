"""A real identity provider on Node: what it serves, what can be broken about it, and that the product's own checks see that."""

import base64
import datetime as dt
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest

pytest.importorskip("signxml", reason="the extra lab is not installed")

import anyio
import httpx2
from joserfc import jwk, jwt
from lxml import etree, html
from signxml import XMLVerifier

from faultbook.analysis import certificate as reader
from faultbook.errors import FaultbookError
from faultbook.evidence import Fact, Facts, Subject, iso
from faultbook.probes import all_probes, ask
from faultbook.sources.evidence import gather
from faultbook.sources.live.endpoints import Probe, provider_urls
from faultbook_lab import federation, people
from faultbook_lab import provider as part
from faultbook_lab.certificates import Authority

pytestmark = pytest.mark.slow
REQUIRED = os.environ.get("FAULTBOOK_LAB_TESTS") == "required"
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
DAY = dt.timedelta(days=1)
WHO, OTHER = people.PARTNERS[:2]
DOMAIN = "partners.example"
HERE = {"hosts": ["localhost"], "addresses": ["127.0.0.1"]}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def packages(request):
    """The cache of the provider's packages; skipped with the reason where they cannot be had, failed where they were promised."""
    cache = request.config.cache.mkdir("faultbook-lab")
    try:
        part.install(cache)
        reason = part.missing(cache)
    except FaultbookError as error:
        reason = str(error)
    if reason:
        (pytest.fail if REQUIRED else pytest.skip)(reason)
    return cache


class Estate:
    """One provider with the certificates that a fault needs."""

    def __init__(self, cache, folder):
        self.authority = Authority(folder / "certificates")
        self.leaf = self.authority.issue("sts", **HERE, start=NOW - DAY, end=NOW + 30 * DAY)
        self.expired = self.authority.issue("sts-expired", **HERE, start=NOW - 90 * DAY, end=NOW - DAY)
        self.signing = self.authority.signing("signing", NOW - DAY, NOW + 365 * DAY)
        self.rotated = self.authority.signing("rotated", NOW - DAY, NOW + 365 * DAY)
        self.folder = folder / "sts"
        self.provider = part.Provider(cache, self.folder, free_port(), self.leaf, self.signing, people.PARTNERS)

    def mend(self):
        """As it was on the first day."""
        self.provider.start()
        self.provider.slow(0)
        self.provider.refuse(0)
        self.provider.replace_tls(self.leaf)
        self.provider.rotate_signing(self.signing)

    def sign_in(self, who=WHO, *on_file, timeout=20.0):
        found = federation.sign_in(who, self.provider.url, on_file or [self.signing.text], self.authority.root, timeout)
        return found.kind if isinstance(found, federation.Failed) else found

    def change(self, who=WHO, timeout=20.0):
        found = federation.change_password(who, "Old-1", "New-1", self.provider.url, self.authority.root, timeout)
        return found and found.kind

    def asked(self, path, method="GET", **more):
        trust = ssl.create_default_context(cafile=self.authority.root)
        with httpx2.Client(verify=trust, trust_env=False, timeout=20) as client:
            return client.request(method, self.provider.url + path, **more)

    def check(self, seconds=20.0):
        """What the product says of the sign-in address."""

        async def main():
            probe = Probe(ca=str(self.authority.root), seconds=seconds)
            try:
                return await probe.check(self.provider.passive_url, NOW)
            finally:
                await probe.close()

        return anyio.run(main)

    def metadata(self, folder):
        """What the product reads out of the metadata that it finds by itself."""
        url = provider_urls(None, {"value": [self.on_file()]})["published"]

        async def main():
            probe = Probe(ca=str(self.authority.root))
            try:
                return await probe.fetch(url)
            finally:
                await probe.close()

        folder.mkdir(exist_ok=True)
        (folder / "metadata.xml").write_bytes(anyio.run(main))
        with gather([folder]) as gathered:
            return [fact for fact in gathered.facts_for("50008") if fact.kind == "federation.metadata"]

    def on_file(self):
        return federation.configuration(DOMAIN, self.provider, self.signing)

    def mismatch(self, folder):
        """The product's verdict on whether Entra and the provider still agree."""
        held = [
            Fact(kind="graph.domains", value=people.domains(), by="t"),
            Fact(kind="graph.federationConfiguration", target=DOMAIN, value=[self.on_file()], by="t"),
        ]
        about = Subject(code="AADSTS50008", at=NOW, user=WHO.upn, domain=DOMAIN)
        return ask(all_probes()["federation.certificate-mismatch"], Facts([*held, *self.metadata(folder)]), about)


@pytest.fixture(scope="module")
def only(packages, tmp_path_factory):
    made = Estate(packages, tmp_path_factory.mktemp("estate"))
    yield made
    made.provider.stop()


@pytest.fixture
def estate(only):
    only.mend()
    return only


def test_it_is_there_in_two_seconds_and_gone_at_once(estate):
    """Stopped, nobody listens; started again, it serves what it served."""
    estate.provider.stop()
    assert estate.sign_in() == estate.change() == "unreachable"
    assert estate.check()["stage"] == "connect"
    estate.provider.start()
    assert _worked(estate.provider._process.pid) < 2
    assert estate.sign_in().upn == WHO.upn
    assert estate.check()["ok"]


def _worked(process):
    """Seconds of a processor that it has used: what passes on the wall is also what else the machine does."""
    user, system = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def test_a_port_that_is_taken_is_said(estate):
    again = part.Provider(
        estate.provider._packages.parents[1], estate.folder.with_name("again"), estate.provider.port, estate.leaf,
        estate.signing, people.PARTNERS,
    )  # fmt: skip
    with pytest.raises(FaultbookError, match="EADDRINUSE"):
        again.start()
    assert not again.running


def test_everybody_of_the_domain_signs_in_and_nobody_else(estate):
    """Each with what ties the account to Entra."""
    for person in people.PARTNERS:
        token = estate.sign_in(person)
        assert (token.upn, token.immutable_id) == (person.upn, person.immutable_id)
        assert token.issuer == estate.provider.issuer
    assert len({person.immutable_id for person in people.EVERYONE}) == len(people.EVERYONE)
    assert estate.sign_in(people.KIM) == "malformed"
    asked = html.document_fromstring(estate.asked("/adfs/ls/", params={"username": people.KIM.upn}).text).forms[0]
    asked.fields["username"] = OTHER.upn
    answered = estate.asked("/adfs/ls/", params=dict(asked.form_values())).text
    assert "wresult" in html.document_fromstring(answered).forms[0].fields


def test_a_rotation_is_seen_by_those_who_sign_in_and_by_the_product(estate, tmp_path):
    """Until Entra is told of the new certificate, or the old one comes back."""
    assert estate.mismatch(tmp_path / "before").answer == "no"
    estate.provider.rotate_signing(estate.rotated)
    assert estate.sign_in() == "signature"
    assert estate.sign_in(WHO, estate.signing.text, estate.rotated.text).certificate == estate.rotated.text
    finding = estate.mismatch(tmp_path / "after")
    assert finding.answer == "yes"
    assert reader.read_text(estate.rotated.text).thumbprint in finding.sentence
    estate.provider.restart()
    assert estate.sign_in() == "signature"
    estate.provider.rotate_signing(estate.signing)
    assert estate.sign_in().upn == WHO.upn
    assert estate.mismatch(tmp_path / "mended").answer == "no"


def test_the_product_reads_its_metadata(estate, tmp_path):
    """Entity id, the one certificate, and where people are sent."""
    (fact,) = estate.metadata(tmp_path / "collected")
    assert fact.target == fact.value["entity_id"] == estate.on_file()["issuerUri"]
    read = reader.read_text(estate.signing.text)
    assert [(one["thumbprint"], one["not_after"], one["use"]) for one in fact.value["certificates"]] == [
        (read.thumbprint, iso(read.not_after), "signing")
    ]
    assert estate.provider.passive_url in fact.value["endpoints"]


def test_an_expired_server_certificate(estate):
    """Shown without a restart; over one as well; and to nobody who was connected before."""
    with socket.create_connection(("127.0.0.1", estate.provider.port)) as plain:
        kept = ssl.create_default_context(cafile=estate.authority.root).wrap_socket(plain, server_hostname="localhost")
        kept.sendall(b"GET /adfs/services/trust/mex HTTP/1.1\r\nhost: localhost\r\n\r\n")
        assert kept.recv(15) == b"HTTP/1.1 200 OK"
        estate.provider.replace_tls(estate.expired)
        kept.settimeout(20)
        while kept.recv(65536):
            pass
    for _ in range(2):
        assert estate.sign_in() == estate.change() == "tls"
        seen = estate.check()
        assert (seen["stage"], seen["ok"], seen["certificate"]["not_after"]) == ("tls", False, iso(NOW - DAY))
        assert "expired" in seen["detail"]
        estate.provider.restart()
    estate.provider.replace_tls(estate.leaf)
    assert estate.sign_in().upn == WHO.upn


def test_answers_that_come_too_late(estate):
    estate.provider.slow(3)
    assert estate.sign_in(timeout=0.5) == estate.change(timeout=0.5) == "timeout"
    seen = estate.check(seconds=2)
    assert (seen["stage"], seen["at_stage"]) == ("timeout", "answer")
    assert estate.sign_in(timeout=20).upn == WHO.upn
    estate.provider.restart()
    assert estate.sign_in(timeout=0.5) == "timeout"
    estate.provider.slow(0)
    assert estate.sign_in(timeout=20).upn == WHO.upn


def test_answers_that_are_errors(estate):
    estate.provider.refuse(503)
    assert estate.sign_in() == estate.change() == "status"
    seen = estate.check()
    assert (seen["stage"], seen["ok"], seen["status"]) == ("answer", False, 503)
    estate.provider.refuse(0)
    assert estate.sign_in().upn == WHO.upn


def test_a_password_is_changed_for_those_whom_it_knows(estate):
    assert estate.change() is None
    assert estate.change(people.KIM) == "status"
    path = "/adfs/portal/updatepassword"
    body = {"user": WHO.upn.upper(), "old": "a", "new": "b"}
    assert estate.asked(path, "POST", json=body).status_code == 204
    assert estate.asked(path, "POST", json={**body, "user": "nobody@partners.example"}).status_code == 404
    assert estate.asked(path, "POST", json={**body, "new": ""}).status_code == 400
    assert estate.asked(path, "POST", content=b"{").status_code == 400


def test_a_certificate_that_cannot_be_used_changes_nothing(estate, tmp_path):
    """It says so, and goes on with the one it has."""
    rubbish = type(estate.leaf)(*[tmp_path / "none"] * 4)
    with pytest.raises(FaultbookError, match="could not do it"):
        estate.provider.replace_tls(rubbish)
    assert estate.provider.leaf == estate.leaf
    assert estate.sign_in().upn == WHO.upn


def test_saml_sign_on_is_signed_too(estate):
    """For a request as a service provider sends it; the assertion is SAML 2.0's."""
    about = estate.asked("/saml/metadata").text
    assert estate.signing.text in about
    assert f'entityID="{estate.provider.issuer}"' in about
    request = (
        b'<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_request" Version="2.0"'
        b' IssueInstant="2026-03-02T08:00:00Z"/>'
    )
    packed = zlib.compressobj(wbits=-15)
    sent = base64.b64encode(packed.compress(request) + packed.flush()).decode()
    page = estate.asked("/saml/sign-on", params={"username": WHO.upn, "SAMLRequest": sent}).text
    answer = etree.fromstring(base64.b64decode(html.document_fromstring(page).forms[0].fields["SAMLResponse"]))
    assert answer.get("InResponseTo") == "_request"
    assertion = answer.find("{urn:oasis:names:tc:SAML:2.0:assertion}Assertion")
    verified = XMLVerifier().verify(assertion, x509_cert=estate.signing.certificate.read_text()).signed_xml
    assert WHO.upn in [value.text for value in verified.iter("{*}AttributeValue")]
    assert verified.findtext(".//{*}Audience") == federation.REALM
    assert "SAMLResponse" not in estate.asked("/saml/sign-on").text


def test_it_gives_real_openid_tokens(estate):
    """Found by discovery, signed with the token-signing certificate, and with the new one after a rotation."""

    def token():
        found = estate.asked("/adfs/.well-known/openid-configuration").json()
        assert found["issuer"] == f"{estate.provider.url}/adfs"
        here = {name: found[name].removeprefix(estate.provider.url) for name in ("token_endpoint", "jwks_uri")}
        answer = estate.asked(
            here["token_endpoint"], "POST", auth=estate.provider.client, data={"grant_type": "client_credentials"}
        )
        keys = estate.asked(here["jwks_uri"]).json()["keys"]
        assert [key["x5c"] for key in keys] == [[estate.provider.signing.text]]
        read = jwt.decode(answer.json()["access_token"], jwk.KeySet.import_key_set({"keys": keys}))
        assert (read.claims["iss"], read.claims["sub"]) == (found["issuer"], estate.provider.client[0])
        return read.header["kid"]

    first = token()
    estate.provider.rotate_signing(estate.rotated)
    assert token() != first
    wrong = (estate.provider.client[0], "guessed")
    refused = estate.asked("/adfs/oauth2/token", "POST", auth=wrong, data={"grant_type": "client_credentials"})
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


def test_realm_discovery_points_to_what_is_there(estate):
    """The product finds every address of the provider in the two answers of Entra, and all but the active one answer."""
    urls = provider_urls(federation.realm(DOMAIN, estate.provider), {"value": [estate.on_file()]})
    assert set(urls) == {"metadata", "published", "sign-in", "mex"}
    assert urls["published"] == estate.provider.metadata_url
    assert urls["sign-in"] == estate.provider.passive_url
    exchange = estate.asked(urls["mex"].removeprefix(estate.provider.url)).text
    assert estate.on_file()["activeSignInUri"] in exchange


def test_it_ends_with_its_caller(packages, estate, tmp_path):
    """Even where the caller is killed and can clean nothing up."""
    port = free_port()
    text = f"""
import time
from pathlib import Path
from faultbook_lab import people, provider
from faultbook_lab.certificates import Leaf, Signing
leaf = Leaf(*map(Path, {list(map(str, (estate.leaf.key, estate.leaf.certificate, estate.leaf.both, estate.leaf.root)))!r}))
signing = Signing(Path({str(estate.signing.key)!r}), Path({str(estate.signing.certificate)!r}), "")
one = provider.Provider(Path({str(packages)!r}), Path({str(tmp_path)!r}), {port}, leaf, signing, people.PARTNERS)
one.start()
print(one._process.pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True) as caller:
        child = int(caller.stdout.readline())
        socket.create_connection(("127.0.0.1", port)).close()
        os.kill(caller.pid, signal.SIGKILL)
    until = time.monotonic() + 20
    while _alive(child) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _alive(child)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def _alive(process):
    """A dead child of a dead parent may still wait, as a zombie, for somebody to take note."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_secrets_stay_out_of_the_log(estate):
    """Passwords and the client's secret are neither in the log nor in what the system shows of the process."""
    estate.change()
    estate.asked("/adfs/oauth2/token", "POST", auth=estate.provider.client, data={"grant_type": "client_credentials"})
    written = (estate.folder / "provider.log").read_text()
    assert "/adfs/portal/updatepassword" in written
    shown = Path(f"/proc/{estate.provider._process.pid}/cmdline").read_text()
    for secret in ("Old-1", "New-1", estate.provider.client[1]):
        assert secret not in written + shown


def test_what_is_missing_is_said_with_the_command_that_brings_it(packages, tmp_path, monkeypatch):
    """And that command does."""
    assert part.missing(packages) == ""
    sentence = part.missing(tmp_path)
    assert not part.installed(tmp_path)
    command = sentence.partition(": ")[2].split()
    assert command[0] == "faultbook"
    around = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-m", *command], env=around, check=False, capture_output=True)
    assert part.missing(tmp_path / "faultbook-lab") == ""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert part.missing(packages) == "Node is not installed: apt-get install nodejs npm"


def test_the_configuration_is_shaped_as_graph_publishes_it(estate):
    """Judged by the description that lies beside a checkout, where it does."""
    folder = Path(os.environ.get("FAULTBOOK_OPENAPI", Path(__file__).parents[3] / "shared/openapi"))
    if not folder.is_dir():
        pytest.skip("the published API descriptions are not beside this checkout (FAULTBOOK_OPENAPI)")
    import jsonschema

    document = json.loads((folder / "graph.v1.json").read_text())
    schema = {"$ref": "#/components/schemas/microsoft.graph.internalDomainFederation"}
    row = federation.configuration(DOMAIN, estate.provider, estate.signing, updated=NOW)
    judge = jsonschema.Draft202012Validator({**schema, "components": document["components"]})
    judge.validate(row)
    assert list(judge.iter_errors({**row, "federatedIdpMfaBehavior": "sometimes"}))
    assert set(row) <= _fields(document, "microsoft.graph.internalDomainFederation")


def _fields(document, name):
    """Every property of a type and of those that it derives from."""
    found = set()
    for one in document["components"]["schemas"][name.rpartition("/")[2]]["allOf"]:
        found |= set(one.get("properties", ()))
        if "$ref" in one:
            other = one["$ref"].rpartition("/")[2]
            inner = document["components"]["schemas"][other]
            found |= _fields(document, other) if "allOf" in inner else set(inner.get("properties", ()))
    return found
