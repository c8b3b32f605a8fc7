"""The test authority can be kept in a folder, keeps its keys to its owner, and cannot be taken for a real one."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from app.core.errors import BusinessError
from app.signing import certcheck, testca
from app.signing.testca import Authority


def test_an_authority_survives_its_folder(authority: Authority, tmp_path: Path) -> None:
    """Saved, twice even, and loaded, it issues certificates that the same root vouches for."""
    folder = tmp_path / "ca"
    authority.save(folder)
    authority.save(folder)
    again = testca.load(folder)
    assert (again.roots_pem, again.chain_pem) == (authority.roots_pem, authority.chain_pem)
    pem = again.issue("Asha Rao", "FIEC", key="p256")[1]
    assert certcheck.check(pem, authority.chain_pem, authority.roots_pem, (), datetime.now(UTC)) == []


def test_key_files_are_their_owners_alone(authority: Authority, tmp_path: Path) -> None:
    """Mode 0600, also where an older file was open to everybody."""
    (tmp_path / "root.key.pem").touch(mode=0o666)
    authority.save(tmp_path)
    for name in ("root.key.pem", "issuing.key.pem"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_an_empty_folder_is_a_sentence(tmp_path: Path) -> None:
    """Whoever forgot to make an authority is told so."""
    with pytest.raises(BusinessError, match="no test authority"):
        testca.load(tmp_path)


def test_every_certificate_says_test(authority: Authority) -> None:
    """Subject and issuer of what it issues, and its own names, say so."""
    leaf = x509.load_pem_x509_certificate(authority.issue("Asha Rao", "FIEC", key="p256")[1])
    for certificate in (leaf, authority.issuing, authority.root):
        assert "TEST" in certificate.subject.rfc4514_string()
        assert "TEST" in certificate.issuer.rfc4514_string()


def test_an_unknown_kind_of_key_is_a_sentence() -> None:
    """A slip in a script is told what to write."""
    with pytest.raises(BusinessError, match="use rsa2048 or p256"):
        testca.new_key("rot13")


def test_an_unknown_use_is_a_sentence(authority: Authority) -> None:
    """A slip in a script must not make a certificate that signs."""
    with pytest.raises(BusinessError, match="encrypt, timestamp"):
        authority.issue("Asha Rao", "FIEC", key="p256", usage="encrypting")
