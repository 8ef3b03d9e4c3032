"""TLS for the mirror: an authority of its own, a good certificate and an expired one, chosen for each connection.

It needs `cryptography`, which only the development lock has.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files: what a client has to trust, and what the server shows, each with its key."""

    authority: Path
    good: Path
    expired: Path

    def trusting(self) -> ssl.SSLContext:
        """Return a client's context that trusts the authority and nobody else."""
        return ssl.create_default_context(cafile=self.authority)

    def serving(self, is_expired: Callable[[], bool]) -> ssl.SSLContext:
        """Return a server's context that asks at each connection which certificate it shows."""
        contexts = {False: _context(self.good), True: _context(self.expired)}

        def choose(connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
            connection.context = contexts[is_expired()]

        served = _context(self.good)
        served.sni_callback = choose
        return served


def made(folder: Path) -> Certificates:
    """Make the authority and both certificates for 127.0.0.1 in a folder."""
    now = datetime.now(UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "The mirror's authority")])
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    authority = (
        _begun(name, name, key.public_key(), now - 60 * DAY, now + DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    files = Certificates(folder / "authority.pem", folder / "good.pem", folder / "expired.pem")
    files.authority.write_bytes(authority.public_bytes(Encoding.PEM))
    files.good.write_bytes(_leaf(authority, key, now - DAY, now + DAY))
    files.expired.write_bytes(_leaf(authority, key, now - 30 * DAY, now - DAY))
    return files


def _leaf(
    authority: x509.Certificate, key: ec.EllipticCurvePrivateKey, since: datetime, until: datetime
) -> bytes:
    own = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    certificate = (
        _begun(name, authority.subject, own.public_key(), since, until)
        .add_extension(names, critical=False)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )
    private = own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + certificate.public_bytes(Encoding.PEM)


def _begun(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    since: datetime,
    until: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _context(file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
