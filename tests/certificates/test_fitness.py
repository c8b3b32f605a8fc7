"""Before every order to sign, and again before a signature is used, the officer's certificate is looked at from all sides."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.certificates import stages
from app.core import clock
from app.infra import keystore
from app.signing import certcheck, fitness, service, testca
from app.signing.models import DscRegistration
from tests.desk import Desk
from tests.people import OFFICER
from tests.signing.stamps import settings

Filed = Callable[..., int]
Run = Callable[[], int]


@pytest.fixture
def lists(app: Flask, tmp_path: Path) -> Iterator[Path]:
    """An empty folder for lists of revoked certificates."""
    with settings(app, CRL_FOLDER=str(tmp_path)):
        yield tmp_path


def registered(desk: Desk, authority: testca.Authority | None = None, name: str = "", **profile: Any) -> DscRegistration:
    """A certificate of this profile on the officer's account, whoever let it in there."""
    issuer, officer = authority or testca.load(keystore.folder() / "authority"), desk.officer()
    p12, pem = issuer.issue(name or officer.full_name, officer.agency.name, passphrase=keystore.passphrase(), **profile)
    facts = certcheck.read(pem)
    keystore.save(f"fitness-{facts.serial_hex}", p12)
    row = service.register(
        desk.session, facts, user_id=officer.user_id, kind="OFFICER", backend="SOFT", certificate_pem=pem.decode(),
        chain_pem=issuer.chain_pem.decode(), key_ref=f"fitness-{facts.serial_hex}", agency_id=officer.agency_id,
    )  # fmt: skip
    row.not_before, row.not_after = (
        clock.now() - timedelta(days=1),
        clock.now() + timedelta(days=300),
    )  # the register may be wrong; the certificate itself is asked
    desk.session.commit()
    return row


def publish(desk: Desk, lists: Path, row: DscRegistration, **dated: Any) -> None:
    """The authority's list with this certificate on it."""
    issuer = testca.load(keystore.folder() / "authority")
    (lists / "issuing.crl").write_bytes(issuer.crl([row.certificate_pem.encode()], **dated))


UNFIT: dict[str, tuple[dict[str, Any], str]] = {
    "expired": ({"not_before": clock.now() - timedelta(days=20), "days": 10}, "expired on"),
    "not yet valid": ({"not_before": clock.now() + timedelta(days=3)}, "valid only from"),
    "for encryption": ({"usage": "encrypt"}, "for encryption only"),
    "class 2": ({"class3": False}, "not a class 3 certificate"),
    "small key": ({"key": "rsa1024"}, "1024 bits"),
    "of another name": ({"name": "Somebody Else"}, "made out to Somebody Else"),
}


@pytest.mark.parametrize("name", UNFIT)
def test_nothing_is_ordered_with_a_certificate_that_will_not_do(desk: Desk, filed: Filed, run_jobs: Run, name: str) -> None:
    """Whatever the register says: no file, the reason, and with a good certificate the same number."""
    profile, words = UNFIT[name]
    pk = filed("SIGNING")
    registered(desk, **profile)
    run_jobs()
    certificate = desk.certificate(pk)
    assert (desk.application(pk).status, certificate.sha256) == ("SIGN_FAILED", None)
    assert words in desk.job(pk).error
    registered(desk)
    desk.move(pk, OFFICER, "sign")
    run_jobs()
    assert (desk.application(pk).status, desk.certificate(pk).number) == ("ISSUED", certificate.number)


def test_nor_under_an_authority_nobody_trusts(desk: Desk, filed: Filed, run_jobs: Run) -> None:
    """One of the same name, made by somebody else."""
    pk = filed("SIGNING")
    registered(desk, authority=testca.make_authority("Udgam Demonstration"))
    run_jobs()
    assert (desk.application(pk).status, "not issued under a certifying authority" in desk.job(pk).error) == ("SIGN_FAILED", True)
    registered(desk)


def test_nor_when_its_authority_has_revoked_it(desk: Desk, filed: Filed, run_jobs: Run, lists: Path) -> None:
    """The list is asked at the order; and a list out of its time says nothing, so that nothing is signed either."""
    for dated, words in (({}, "was revoked on"), ({"now": clock.now() - timedelta(days=30)}, "cannot be told whether")):
        pk = filed("SIGNING")
        publish(desk, lists, desk.key(), **dated)
        run_jobs()
        assert (desk.application(pk).status, words in desk.job(pk).error) == ("SIGN_FAILED", True)


@pytest.mark.parametrize("what", ["revoked by its authority", "revoked here"])
def test_nor_when_that_comes_out_while_it_signs(
    desk: Desk, filed: Filed, run_jobs: Run, lists: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Between the order and the use of the signature: the signature is thrown away."""
    pk, ordered = filed("SIGNING"), stages.order_for

    def meanwhile(work: Any, *given: Any) -> Any:
        order = ordered(work, *given)
        if what == "revoked by its authority":
            publish(desk, lists, work.registration)
        else:
            desk.session.get_one(DscRegistration, work.registration.id).status = "REVOKED"
            desk.session.commit()
        return order

    monkeypatch.setattr(stages, "order_for", meanwhile)
    run_jobs()
    assert (desk.application(pk).status, desk.certificate(pk).sha256) == ("SIGN_FAILED", None)


def test_a_registration_that_has_ended_is_bound_to_nobody(desk: Desk) -> None:
    """Replaced, expired or revoked here: never again, however good the certificate."""
    row = desk.key()
    assert fitness.unfit(row, row.subject_cn, clock.now()) == []
    for status in ("REPLACED", "EXPIRED", "REVOKED"):
        row.status = status
        assert "not registered any more" in fitness.unfit(row, row.subject_cn, clock.now())[0]
    desk.session.rollback()
