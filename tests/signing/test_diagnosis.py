"""The readiness doctor: each fault made for real gets exactly its diagnosis, several get all, and each says the cure."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.actor import Actor
from app.signing import demonstration, registration, testca
from app.signing.diagnosis import NOT_CHECKED, Unfit
from app.signing.models import DscChallenge, DscRegistration
from app.signing.rules import Code, reminder
from tests.people import OFFICER, OFFICER2, actor_for
from tests.signing.bench import Made, made


@pytest.fixture
def officer(session: Any) -> Actor:
    """The officer, as a request would find her."""
    return actor_for(session, OFFICER)


@pytest.fixture
def crl_folder(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for lists of revoked certificates, known to the program."""
    monkeypatch.setitem(app.config, "CRL_FOLDER", str(tmp_path))
    return tmp_path


def codes(act: Callable[[], Any]) -> list[str]:
    """The codes with which something is refused; every finding's sentence names its cure after a colon."""
    with pytest.raises(Unfit) as refusal:
        act()
    assert all(": " in finding.sentence for finding in refusal.value.findings)
    return [finding.code.value for finding in refusal.value.findings]


def ago(**time: float) -> datetime:
    """So long before now."""
    return datetime.now(UTC) - timedelta(**time)


PROFILES: dict[str, Callable[[], dict[str, Any]]] = {
    "EXPIRED": lambda: {"not_before": ago(days=800), "days": 730},
    "ENDS_SOON": lambda: {"not_before": ago(days=700), "days": 729},
    "WRONG_CLASS": lambda: {"class3": False},
    "ENCRYPTION": lambda: {"usage": "encrypt"},
    "NOT_YET_VALID": lambda: {"not_before": ago(days=-3)},
    "CLOCK_SKEW": lambda: {"not_before": ago(hours=-5)},
    "KEY_TOO_SMALL": lambda: {"key": "rsa1024"},
}


@pytest.mark.parametrize("code", PROFILES)
def test_each_fault_of_a_certificate_is_found_and_no_other(session: Any, officer: Actor, code: str) -> None:
    """One thing wrong with it, one diagnosis; nothing is kept."""
    bad = made(officer.name, **PROFILES[code]())
    assert codes(lambda: registration.begin(session, officer, certificate=bad.pem)) == [code]
    assert session.scalars(select(DscChallenge)).all() == []


def test_another_persons_certificate(session: Any, officer: Actor) -> None:
    """The name on it must be the name on the account."""
    assert codes(lambda: registration.begin(session, officer, certificate=made("Somebody Else").pem)) == ["WRONG_NAME"]


def test_an_unknown_issuer(session: Any, officer: Actor) -> None:
    """An authority nobody here trusts, whatever chain it sends along."""
    rogue = testca.make_authority("Backyard")
    bad, chain = made(officer.name, rogue), rogue.chain_pem + rogue.roots_pem
    assert codes(lambda: registration.begin(session, officer, certificate=bad.pem, chain=chain)) == ["UNKNOWN_ISSUER"]


def test_a_certificate_its_authority_revoked(session: Any, officer: Actor, crl_folder: Path) -> None:
    """Found on the list in the folder; the same list clears another."""
    bad, good = made(officer.name), made(officer.name)
    (crl_folder / "issuing.crl").write_bytes(demonstration.authority().crl([bad.pem]))
    assert codes(lambda: registration.begin(session, officer, certificate=bad.pem)) == ["REVOKED"]
    assert registration.look(session, officer, good.pem, b"").notes == ()
    assert registration.begin(session, officer, certificate=good.pem).id


def test_without_a_list_it_is_said_that_nobody_looked(session: Any, officer: Actor, crl_folder: Path) -> None:
    """A list of another authority and a damaged file are no lists of this one; the log says which file is damaged."""
    (crl_folder / "other.crl").write_bytes(testca.make_authority("Other").crl())
    (crl_folder / "broken.crl").write_bytes(b"junk")
    seen = registration.look(session, officer, made(officer.name).pem, b"")
    assert (seen.findings, seen.notes) == ((), (NOT_CHECKED,))


def test_a_list_past_its_date_is_no_assurance(session: Any, officer: Actor, crl_folder: Path) -> None:
    """An old list cannot clear a certificate."""
    (crl_folder / "issuing.crl").write_bytes(demonstration.authority().crl(now=ago(days=30)))
    assert codes(lambda: registration.begin(session, officer, certificate=made(officer.name).pem)) == ["REVOCATION_UNKNOWN"]


def test_one_that_is_registered_already(session: Any, officer: Actor) -> None:
    """To the same account, or to another of the same name: two sentences, one code."""
    good = made(officer.name)
    challenge = registration.begin(session, officer, certificate=good.pem)
    registration.answer(session, challenge, officer, answer=good.answer(challenge.nonce))
    with pytest.raises(Unfit, match="to your account already"):
        registration.begin(session, officer, certificate=good.pem)
    session.scalars(
        select(DscRegistration).where(DscRegistration.user_id == actor_for(session, OFFICER2).user_id)
    ).one().status = "REPLACED"
    row = session.scalars(
        select(DscRegistration).where(DscRegistration.status == "ACTIVE", DscRegistration.user_id == officer.user_id)
    ).one()
    row.user_id = actor_for(session, OFFICER2).user_id
    session.flush()
    assert codes(lambda: registration.begin(session, officer, certificate=good.pem)) == ["ALREADY_REGISTERED"]
    with pytest.raises(Unfit, match="to another account"):
        registration.begin(session, officer, certificate=good.pem)


def test_one_that_was_revoked_here_does_not_come_back(session: Any, officer: Actor) -> None:
    """Whoever stole the token cannot register it again with the password."""
    good = made(officer.name)
    challenge = registration.begin(session, officer, certificate=good.pem)
    registration.answer(session, challenge, officer, answer=good.answer(challenge.nonce))
    registration.revoke(session, officer, reason="token stolen")
    assert codes(lambda: registration.begin(session, officer, certificate=good.pem)) == ["REVOKED"]


def test_a_certificate_whose_key_does_not_answer(session: Any, officer: Actor) -> None:
    """A text signed with another key, or another text signed with the right one."""
    good, other = made(officer.name), made(officer.name)
    challenge = registration.begin(session, officer, certificate=good.pem)
    for wrong in (other.answer(challenge.nonce), good.answer("0" * 64), good.sign(challenge.nonce.encode()), b"", b"junk"):
        assert codes(lambda wrong=wrong: registration.answer(session, challenge, officer, answer=wrong)) == ["NO_PRIVATE_KEY"]  # type: ignore[misc]  # a lambda with a default
    assert registration.answer(session, challenge, officer, answer=good.answer(challenge.nonce)).status == "ACTIVE"


@pytest.mark.parametrize("kind", ["p12", "key", "der key", "bundle"])
@pytest.mark.parametrize("field", ["certificate", "chain"])
def test_a_private_key_sent_by_mistake_is_never_kept(session: Any, officer: Actor, kind: str, field: str) -> None:
    """As .p12, .key or beside its certificate, in either place: said so, and no row holds it."""
    from asn1crypto import pem

    good = made(officer.name)
    sent = {"p12": good.p12, "key": good.key_pem, "der key": pem.unarmor(good.key_pem)[2], "bundle": good.pem + good.key_pem}[
        kind
    ]
    given = {"certificate": good.pem} | {field: sent}
    assert codes(lambda: registration.begin(session, officer, **given)) == ["PRIVATE_KEY_SENT"]
    assert session.scalars(select(DscChallenge)).all() == []


def test_a_private_key_pasted_as_the_answer(session: Any, officer: Actor) -> None:
    """The same mistake one step later."""
    good = made(officer.name)
    challenge = registration.begin(session, officer, certificate=good.pem)
    for sent in (good.key_pem, good.p12):
        assert codes(lambda sent=sent: registration.answer(session, challenge, officer, answer=sent)) == ["PRIVATE_KEY_SENT"]  # type: ignore[misc]  # a lambda with a default


def test_a_challenge_that_expired(session: Any, officer: Actor) -> None:
    """Fifteen minutes, and not a second more."""
    good = made(officer.name)
    challenge = registration.begin(session, officer, certificate=good.pem)
    answer = good.answer(challenge.nonce)
    with clock.travel(challenge.expires_at + timedelta(seconds=1)):
        assert codes(lambda: registration.answer(session, challenge, officer, answer=answer)) == ["CHALLENGE_EXPIRED"]
    with clock.travel(challenge.expires_at):
        assert registration.answer(session, challenge, officer, answer=answer).proof_of_possession_at == challenge.expires_at


def test_several_faults_are_all_told(session: Any, officer: Actor) -> None:
    """Whoever has to get a new certificate should hear everything at once."""
    rogue = testca.make_authority("Backyard")
    bad = made("Somebody Else", rogue, not_before=ago(days=800), days=730, usage="encrypt", class3=False, key="rsa1024")
    found = codes(lambda: registration.begin(session, officer, certificate=bad.pem))
    assert found == ["EXPIRED", "ENCRYPTION", "WRONG_CLASS", "KEY_TOO_SMALL", "WRONG_NAME", "UNKNOWN_ISSUER"]


@pytest.mark.parametrize(
    "junk", [b"", b"junk", b"0\x82\x01", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", b"x" * 65537]
)
def test_what_is_no_certificate(session: Any, officer: Actor, junk: bytes) -> None:
    """Empty, foreign, damaged or far too large."""
    assert codes(lambda: registration.begin(session, officer, certificate=junk)) == ["UNREADABLE"]


def test_a_file_with_the_whole_chain_in_it(session: Any, officer: Actor) -> None:
    """The person's certificate is found among those of the authorities; two persons' are not told apart."""
    ca, good = demonstration.authority(), made(officer.name)
    challenge = registration.begin(session, officer, certificate=ca.roots_pem + ca.chain_pem + good.pem)
    assert (challenge.certificate_pem.encode(), challenge.chain_pem.encode()) == (good.pem, ca.chain_pem)
    both = good.pem + made(officer.name).pem
    assert codes(lambda: registration.begin(session, officer, certificate=both)) == ["UNREADABLE"]
    assert codes(lambda: registration.begin(session, officer, certificate=ca.chain_pem))[0] == Code.AUTHORITY


def test_der_and_pem_are_the_same_certificate(session: Any, officer: Actor) -> None:
    """And the chain known here need not be sent."""
    good: Made = made(officer.name)
    one, other = (registration.look(session, officer, form, b"") for form in (good.der, good.pem))
    assert one == other
    assert one.chain_pem.encode() == demonstration.authority().chain_pem


@pytest.mark.parametrize(
    ("left", "reminded", "due"),
    [
        (31, None, None),
        (30, None, 30),
        (30, 30, None),
        (16, 30, None),
        (15, 30, 15),
        (7, 15, 7),
        (6, 7, None),
        (3, None, 7),
        (0, 15, 7),
        (-1, 15, None),
    ],
)
def test_which_reminder_is_due(left: int, reminded: int | None, due: int | None) -> None:
    """Each once; whoever missed some gets the last one only."""
    assert reminder(left, reminded) == due
