"""An exporter's electronic signature over the text of an application, kept beside it and checked at any later time."""

from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from app.core.errors import BusinessError

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class OpenKey:
    """A key file that has been opened: the key, its certificate and the certificates above it (DER)."""

    key: Key
    certificate: bytes
    chain: tuple[bytes, ...]


def open_p12(p12: bytes, passphrase: str) -> OpenKey:
    """The contents of a PKCS#12 file; refuses a wrong passphrase, a file without certificate and unusual keys."""
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(p12, passphrase.encode())
    except ValueError as error:
        raise BusinessError(
            "The key file could not be opened: check the passphrase, or choose the .p12 or .pfx file again."
        ) from error
    if certificate is None or not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise BusinessError("The key file holds no RSA or EC key with its certificate: export it again with both.")
    return OpenKey(key, certificate.public_bytes(Encoding.DER), tuple(other.public_bytes(Encoding.DER) for other in others))


def sign_bytes(key: Key, data: bytes) -> bytes:
    """RSA PKCS#1 v1.5 or ECDSA (DER), SHA-256."""
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    return key.sign(data, ec.ECDSA(hashes.SHA256()))


def is_signed(certificate: bytes, data: bytes, signature: bytes) -> bool:
    """Whether the key of this certificate (DER or PEM) made this signature over these bytes."""
    key = public_key(certificate)
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def embeddable(certificate: bytes, data: bytes, raw: bytes) -> bytes:
    """What a token made of the data, in the form documents hold it, once it is seen to verify; empty when it does not."""
    forms = (raw, _ecdsa_pair(public_key(certificate), raw))
    return next((form for form in forms if form and is_signed(certificate, data, form)), b"")


def _ecdsa_pair(key: object, raw: bytes) -> bytes:
    """Tokens give an ECDSA value as two numbers of equal length side by side; DER is made of them. Else empty."""
    if not isinstance(key, ec.EllipticCurvePublicKey) or len(raw) != 2 * ((key.key_size + 7) // 8):
        return b""
    half = len(raw) // 2
    return utils.encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))


def public_key(certificate: bytes) -> object:
    """The public key in a certificate (DER or PEM); refuses what is no certificate."""
    try:
        if certificate.lstrip().startswith(b"-----"):
            return x509.load_pem_x509_certificate(certificate).public_key()
        return x509.load_der_x509_certificate(certificate).public_key()
    except ValueError as error:
        raise BusinessError(
            "The certificate cannot be read: send it as a .cer, .crt or .pem file, in DER or PEM form."
        ) from error


def sign_payload(p12: bytes, passphrase: str, data: bytes) -> bytes:
    """A detached signature over `data` with the key in the file."""
    return sign_bytes(open_p12(p12, passphrase).key, data)


def verify_payload(certificate_pem: bytes, data: bytes, signature: bytes) -> bool:
    """Whether `signature` was made over exactly `data` by the holder of this certificate."""
    return is_signed(certificate_pem, data, signature)
