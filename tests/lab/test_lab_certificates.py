"""A root of our own and what it signs, judged by the TLS of the standard library and by the product's reader."""

import datetime as dt
import socket
import ssl
import stat
import threading

import pytest

pytest.importorskip("cryptography", reason="the extra lab is not installed")

from faultbook.analysis import certificate as reader
from faultbook_lab.certificates import Authority

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
DAY = dt.timedelta(days=1)
HERE = {"hosts": ["sts.partners.example"], "addresses": ["127.0.0.1"]}


def shaken(leaf, root, host="sts.partners.example"):
    """What a strict client, as Python is from 3.13 on, says to a server with this certificate: nothing, or why not."""
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(leaf.certificate, leaf.key)
    ours = ssl.create_default_context(cafile=root)
    ours.verify_flags |= ssl.VERIFY_X509_STRICT
    near, far = socket.socketpair()

    def serve():
        try:
            theirs.wrap_socket(far, server_side=True).close()
        except (ssl.SSLError, OSError):
            far.close()

    serving = threading.Thread(target=serve)
    serving.start()
    try:
        ours.wrap_socket(near, server_hostname=host).close()
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    finally:
        near.close()
        serving.join()
    return ""


def test_what_it_issues_is_trusted_by_its_root_alone_and_for_its_names_alone(tmp_path):
    authority, stranger = Authority(tmp_path / "ours"), Authority(tmp_path / "theirs")
    for rsa in (False, True):
        leaf = authority.issue("sts", **HERE, start=NOW - DAY, end=NOW + DAY, rsa=rsa)
        assert shaken(leaf, authority.root) == ""
        assert shaken(leaf, authority.root, "127.0.0.1") == ""
        assert "mismatch" in shaken(leaf, authority.root, "other.example")
        assert "unable to get local issuer" in shaken(leaf, stranger.root)


def test_any_dates_can_be_given(tmp_path):
    """And it is the certificate that has ended, not its root."""
    authority = Authority(tmp_path)
    ended = authority.issue("ended", **HERE, start=NOW - 9 * DAY, end=NOW - DAY)
    early = authority.issue("early", **HERE, start=NOW + DAY, end=NOW + 9 * DAY)
    assert shaken(ended, authority.root) == "certificate has expired"
    assert shaken(early, authority.root) == "certificate is not yet valid"
    read = reader.read_text(ended.certificate.read_text())
    assert (read.not_before, read.not_after) == (NOW - 9 * DAY, NOW - DAY)


def test_the_root_is_made_once(tmp_path):
    """Who trusted it yesterday trusts what is issued today."""
    first = Authority(tmp_path).root.read_bytes()
    again = Authority(tmp_path)
    assert again.root.read_bytes() == first
    assert shaken(again.issue("sts", **HERE, start=NOW - DAY, end=NOW + DAY), tmp_path / "root.pem") == ""


def test_nobody_else_can_read_a_key(tmp_path):
    """Neither one that was there before with other rights."""
    (tmp_path / "sts.key").write_text("old")
    authority = Authority(tmp_path)
    leaf = authority.issue("sts", **HERE, start=NOW - DAY, end=NOW + DAY)
    signing = authority.signing("sign", NOW - DAY, NOW + DAY)
    for path in (tmp_path / "root.key", leaf.key, leaf.both, signing.key):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert b"PRIVATE KEY" in path.read_bytes()
    assert b"PRIVATE" not in leaf.certificate.read_bytes() + authority.root.read_bytes()


def test_a_signing_certificate_as_entra_holds_it(tmp_path):
    """The text is the certificate that is in the file, and that the product's reader reads."""
    authority = Authority(tmp_path)
    signing, next_one = (authority.signing(name, NOW - DAY, NOW + 365 * DAY) for name in ("now", "next"))
    read = reader.read_text(signing.text)
    assert read == reader.read_text(signing.certificate.read_text())
    assert (read.subject, read.not_after) == ("ADFS Signing - now", NOW + 365 * DAY)
    assert read.thumbprint != reader.read_text(next_one.text).thumbprint
