"""Certificates of every sort are read, and what is wrong with each is said in the right words."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from app.core.errors import BusinessError
from app.signing import certcheck
from app.signing.testca import Authority

NAME, FIRM = "Asha Rao", "Federation of Exporters"
NOW = datetime.now(UTC) + timedelta(hours=2)  # collected long before it runs, and the keys are made in between


def found(pem: bytes, authority: Authority, crls: tuple[bytes, ...] = (), now: datetime = NOW) -> list[str]:
    """What is wrong with this certificate, trusting only the authority's root."""
    return certcheck.check(pem, authority.chain_pem, authority.roots_pem, crls, now, NAME)


@pytest.mark.parametrize("key", ["rsa2048", "p256"])
def test_facts_are_those_in_the_certificate(authority: Authority, key: str) -> None:
    """Names, number, fingerprint, dates, usages, policies and key come out as they went in, from PEM and from DER."""
    _, pem = authority.issue(NAME, FIRM, "ab" * 32, key=key)
    made = x509.load_pem_x509_certificate(pem)
    facts = certcheck.read(pem)
    assert facts == certcheck.read(made.public_bytes(Encoding.DER))
    assert (facts.subject_cn, facts.subject_o, facts.subject_serial) == (NAME, FIRM, "ab" * 32)
    assert facts.issuer_dn == "C=IN, OU=TEST - no legal effect, CN=TEST Udgam issuing CA"
    assert int(facts.serial_hex, 16) == made.serial_number
    assert (facts.not_before, facts.not_after) == (made.not_valid_before_utc, made.not_valid_after_utc)
    assert facts.key_usage == {"digital_signature", "non_repudiation"}
    assert facts.policies == {"2.16.356.100.2.2", "2.16.356.100.2.3"}
    expected = {"rsa2048": ("rsa", 2048, ""), "p256": ("ec", 256, "secp256r1")}[key]
    assert (facts.key_algorithm, facts.key_size, facts.curve) == expected


@pytest.mark.parametrize("text", [b"", b"junk", b"0\x82\x01", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"])
def test_what_is_no_certificate_is_a_sentence(text: bytes) -> None:
    """An empty, foreign or damaged file is told how to send a right one."""
    with pytest.raises(BusinessError, match="cannot be read"):
        certcheck.read(text)


def test_a_bundle_is_not_one_certificate(authority: Authority) -> None:
    """Which of several is the signer's is not for us to guess."""
    with pytest.raises(BusinessError, match="several certificates"):
        certcheck.read(authority.chain_pem + authority.roots_pem)


@pytest.mark.parametrize("holder", ["officer", "officer_p256"])
def test_a_good_certificate_passes(request: pytest.FixtureRequest, holder: str, authority: Authority) -> None:
    """Without and with a list of revoked certificates that does not name it."""
    pem = request.getfixturevalue(holder).certificate
    assert found(pem, authority) == []
    assert found(pem, authority, (authority.crl(),)) == []
    assert found(pem, authority, (authority.crl(), authority.root_crl())) == []


def issued(authority: Authority, **profile: Any) -> bytes:
    """A certificate with this profile."""
    return authority.issue(profile.pop("name", NAME), FIRM, **profile)[1]


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        ({"not_before": NOW - timedelta(days=800), "days": 730}, "expired on"),
        ({"not_before": NOW + timedelta(days=2)}, "valid only from"),
        ({"usage": "encrypt"}, "encryption only"),
        ({"class3": False}, "not a class 3"),
        ({"key": "rsa1024"}, "1024 bits"),
        ({"name": "Ravi Menon"}, "made out to Ravi Menon"),
    ],
)
def test_each_unfit_certificate_gets_its_one_sentence(authority: Authority, profile: dict[str, Any], words: str) -> None:
    """One thing wrong with the certificate is one sentence, and its good chain adds no second."""
    sentences = found(issued(authority, **profile), authority, (authority.crl(),))
    assert len(sentences) == 1
    assert words in sentences[0]


def test_a_revoked_certificate_is_found_when_the_list_is_given(officer: Any, authority: Authority) -> None:
    """The list names it: revoked, with the day. Another certificate on the list does not matter."""
    sentences = found(officer.certificate, authority, (authority.crl([officer.certificate]),))
    assert len(sentences) == 1
    assert "This certificate was revoked on" in sentences[0]
    assert found(officer.certificate, authority, (authority.crl([issued(authority)]),)) == []


def test_a_revoked_authority_is_found_when_the_roots_list_is_given(officer: Any, authority: Authority) -> None:
    """Revoking the issuing authority takes every certificate under it along."""
    crls = (authority.crl(), authority.root_crl([authority.chain_pem]))
    assert "The authority that issued this certificate was revoked" in found(officer.certificate, authority, crls)[0]


def test_an_old_or_foreign_list_is_no_assurance(officer: Any, authority: Authority, rogue: Authority) -> None:
    """A list past its date, and one by an authority of the same name, do not count as a check."""
    old = authority.crl(now=NOW - timedelta(days=30))
    for crl in (old, rogue.crl()):
        assert "cannot be told whether" in found(officer.certificate, authority, (crl,))[0]


def test_a_forged_list_cannot_revoke(officer: Any, authority: Authority, rogue: Authority) -> None:
    """A list naming the certificate but signed by somebody else does not revoke it, nor does it clear it."""
    sentences = found(officer.certificate, authority, (rogue.crl([officer.certificate]),))
    assert len(sentences) == 1
    assert "cannot be told whether" in sentences[0]
    assert found(officer.certificate, authority, (rogue.crl([officer.certificate]), authority.crl())) == []


def test_an_authority_of_the_same_name_is_not_trusted(authority: Authority, rogue: Authority) -> None:
    """Names prove nothing: the chain has to hold by its signatures, whatever chain is sent along."""
    pem = issued(rogue)
    for chain in (authority.chain_pem, rogue.chain_pem, rogue.chain_pem + rogue.roots_pem):
        sentences = certcheck.check(pem, chain, authority.roots_pem, (), NOW, NAME)
        assert len(sentences) == 1
        assert "trusted here" in sentences[0] or "does not hold" in sentences[0]


def test_without_roots_nothing_is_trusted(officer: Any, authority: Authority) -> None:
    """An empty list of roots means nobody, not the roots of the operating system."""
    assert "trusted here" in certcheck.check(officer.certificate, authority.chain_pem, (), (), NOW, NAME)[0]


def test_a_missing_link_is_told(officer: Any, authority: Authority) -> None:
    """Without the issuing authority's certificate there is no chain, and none is fetched."""
    assert "trusted here" in certcheck.check(officer.certificate, (), authority.roots_pem, (), NOW, NAME)[0]
