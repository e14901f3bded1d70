"""A root of our own, what it signs for servers, and token-signing certificates as AD FS makes them: with any dates."""

import base64
import datetime as dt
import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

_ROOT_FROM: Final = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
_ROOT_UNTIL: Final = dt.datetime(2049, 1, 1, tzinfo=dt.UTC)
"""Wide, so that of an expired certificate only the certificate has expired."""
_USAGES: Final = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@dataclass(frozen=True)
class Leaf:
    """The files of a server's certificate: its key, itself, both in one, and the root that vouches for it."""

    key: Path
    certificate: Path
    both: Path
    root: Path


@dataclass(frozen=True)
class Signing:
    """The files of a token-signing certificate, and the certificate as Entra holds it (``signingCertificate``): DER in base64."""

    key: Path
    certificate: Path
    text: str


class Authority:
    """A root of our own, made the first time and kept in its folder; it writes what it issues there too."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.root = folder / "root.pem"
        kept = folder / "root.key"
        folder.mkdir(parents=True, exist_ok=True)
        if not (kept.exists() and self.root.exists()):
            key = ec.generate_private_key(ec.SECP256R1())
            name = _named("Faultbook lab root")
            made = _root(key, name)
            _private(kept, _pem(key))
            self.root.write_bytes(made.public_bytes(Encoding.PEM))
        loaded = serialization.load_pem_private_key(kept.read_bytes(), None)
        if not isinstance(loaded, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{kept} holds another kind of key than this root was made with.")
        self._key = loaded
        self._certificate = x509.load_pem_x509_certificate(self.root.read_bytes())

    def issue(
        self, name: str, *, hosts: Sequence[str], addresses: Sequence[str], start: dt.datetime, end: dt.datetime,
        rsa: bool = False,
    ) -> Leaf:  # fmt: skip
        """A server's certificate for these names and addresses. The same name again replaces the files."""
        key = _rsa() if rsa else ec.generate_private_key(ec.SECP256R1())
        alternative = [
            *(x509.DNSName(host) for host in hosts),
            *(x509.IPAddress(ipaddress.ip_address(address)) for address in addresses),
        ]
        made = (
            _begun(_named(name), self._certificate.subject, key, start, end)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage("digital_signature", "key_encipherment"), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
                critical=False,
            )
            .add_extension(x509.SubjectAlternativeName(alternative), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
            .sign(self._key, hashes.SHA256())
        )
        both = self._folder / f"{name}.pem"
        _private(both, _pem(key) + made.public_bytes(Encoding.PEM))
        return Leaf(*self._written(name, key, made), both, self.root)

    def signing(self, name: str, start: dt.datetime, end: dt.datetime) -> Signing:
        """A token-signing certificate, signed by itself as AD FS does it: nobody looks for a root of it."""
        key = _rsa()
        subject = _named(f"ADFS Signing - {name}")
        made = _begun(subject, subject, key, start, end).sign(key, hashes.SHA256())
        text = base64.b64encode(made.public_bytes(Encoding.DER)).decode()
        return Signing(*self._written(name, key, made), text)

    def _written(self, name: str, key: Key, made: x509.Certificate) -> tuple[Path, Path]:
        kept, shown = self._folder / f"{name}.key", self._folder / f"{name}.crt"
        _private(kept, _pem(key))
        shown.write_bytes(made.public_bytes(Encoding.PEM))
        return kept, shown


def _root(key: ec.EllipticCurvePrivateKey, name: x509.Name) -> x509.Certificate:
    return (
        _begun(name, name, key, _ROOT_FROM, _ROOT_UNTIL)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
        .sign(key, hashes.SHA256())
    )


def _begun(
    subject: x509.Name, issuer: x509.Name, key: Key, start: dt.datetime, end: dt.datetime
) -> x509.CertificateBuilder:
    """What every certificate has. Python 3.13 accepts none without a key identifier."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*named: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{usage: usage in named for usage in _USAGES})


def _named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _rsa() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def _pem(key: Key) -> bytes:
    return key.private_bytes(Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _private(path: Path, content: bytes) -> None:
    """Written so that nobody else can read it at any moment; Samba refuses a key that others may read."""
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:  # noqa: PTH123 - of a descriptor
        stream.write(content)
