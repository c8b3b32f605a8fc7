"""The rules for signing certificates: each fault alone, and none for a good certificate."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.signing.rules import CLASS_3, CertificateFacts, SignerKind, faults, is_same_name

NOW = datetime(2026, 11, 23, tzinfo=UTC)
GOOD = CertificateFacts(
    subject_cn="ASHA RAO",
    subject_o="Federation of Exporters",
    subject_serial="ab" * 32,
    issuer_dn="CN=Some CA, C=IN",
    serial_hex="1f",
    sha256="00" * 32,
    not_before=NOW - timedelta(days=100),
    not_after=NOW + timedelta(days=400),
    key_usage=frozenset({"digital_signature", "non_repudiation"}),
    policies=frozenset({"2.16.356.100.2.2", CLASS_3}),
    key_algorithm="rsa",
    key_size=2048,
)
BAD = [
    ({"not_after": NOW - timedelta(days=1)}, "expired on 22 November 2026"),
    ({"not_before": NOW + timedelta(days=1)}, "valid only from 24 November 2026"),
    ({"not_after": NOW + timedelta(days=29)}, "ends on 22 December 2026, in less than 30 days"),
    ({"key_usage": frozenset({"key_encipherment"})}, "for encryption only"),
    ({"key_usage": frozenset()}, "does not say that it may sign"),
    ({"is_authority": True}, "certifying authority, not of a person"),
    ({"policies": frozenset({"2.16.356.100.2.2"})}, "not a class 3"),
    ({"policies": frozenset()}, "not a class 3"),
    ({"key_size": 1024}, "has 1024 bits"),
    ({"key_algorithm": "ec", "curve": "secp224r1", "key_size": 224}, "kind secp224r1"),
    ({"key_algorithm": "dsa"}, "kind dsa"),
    ({"hash_algorithm": "sha1"}, "outdated hash SHA1"),
    ({"subject_cn": "Ravi Rao"}, "made out to Ravi Rao, but the account to Asha Rao"),
    ({"subject_cn": ""}, "made out to nobody"),
]
FINE = [
    {},
    {"key_usage": frozenset({"digital_signature"})},
    {"key_usage": frozenset({"non_repudiation", "key_encipherment"})},
    {"key_algorithm": "ec", "curve": "secp256r1", "key_size": 256},
    {"key_algorithm": "ec", "curve": "secp384r1", "key_size": 384},
    {"subject_cn": " asha  rao "},
]


@pytest.mark.parametrize(("change", "words"), BAD)
def test_each_fault_is_one_sentence_with_its_cure(change: dict[str, Any], words: str) -> None:
    """A certificate with one thing wrong gets exactly one sentence, which names it and goes on to the cure."""
    found = faults(replace(GOOD, **change), NOW, "Asha Rao", min_days_left=30)
    assert len(found) == 1
    assert words in found[0]
    assert ": " in found[0]
    assert found[0].endswith(".")


@pytest.mark.parametrize("change", FINE)
def test_a_good_certificate_has_no_fault(change: dict[str, Any]) -> None:
    """The usual certificates, and the permitted variants, pass."""
    assert faults(replace(GOOD, **change), NOW, "Asha Rao", min_days_left=30) == []


def test_every_fault_is_told_at_once() -> None:
    """Somebody with a bad certificate need not come back for each fault."""
    bad = replace(GOOD, not_after=NOW - timedelta(days=1), policies=frozenset(), key_size=1024, subject_cn="X")
    assert len(faults(bad, NOW, "Asha Rao")) == 4


def test_class_and_name_are_asked_only_where_they_matter() -> None:
    """Without a holder the name is not compared, and class 3 can be waived."""
    assert faults(replace(GOOD, policies=frozenset()), NOW, require_class3=False) == []


def test_the_last_second_still_counts() -> None:
    """A certificate is good from its first to its last second, both included."""
    assert faults(GOOD, GOOD.not_before) == []
    assert faults(GOOD, GOOD.not_after) == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("ASHA RAO", "Asha  Rao", True),
        ("Asha\u00a0Rao", "asha rao", True),
        ("आशा राव", "आशाराव", True),
        ("A", "B", False),
    ],
)
def test_names_are_compared_without_capitals_and_spaces(one: str, other: str, same: bool) -> None:
    """Capitals, spaces and hard spaces do not make two names of one; letters do."""
    assert is_same_name(one, other) is same


def test_kinds_are_stored_in_lower_case() -> None:
    """The database keeps these words."""
    assert [kind.value for kind in SignerKind] == ["soft", "pkcs11", "desk_agent", "esign"]
