"""From approval to issue: one certificate, one number and one fee, whatever is repeated, missing or taken back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.certificates import register
from app.certificates.jobs import sweep_stuck
from app.certificates.models import Certificate
from app.core import clock
from app.infra import keystore, store
from app.notices.models import Notice
from app.signing import certcheck, service, testca
from app.signing.judge import judge
from app.wallet.service import held_for
from tests import factories
from tests.desk import Desk
from tests.people import ADMIN, EXPORTER, OFFICER, SUPERVISOR
from tests.states import brought, certificate_move

Filed = Callable[..., int]
Run = Callable[[], int]


def test_an_issued_certificate_is_whole(desk: Desk, filed: Filed) -> None:
    """One certificate, one number, one fee, nothing held, and a file that the second program accepts."""
    pk = filed("ISSUED")
    certificate = desk.certificate(pk)
    assert (desk.application(pk).status, certificate.status, certificate.sequence) == ("ISSUED", "VALID", 1)
    assert (len(desk.certificates(pk)), desk.fees(pk), held_for(desk.session, pk)) == (1, 1, 0)
    assert judge(store.get(certificate.sha256 or ""), keystore.roots(), certificate.dsc_sha256).ok


def test_the_same_job_again_changes_nothing(desk: Desk, filed: Filed, run_jobs: Run) -> None:
    """Not when it is sent again, and not when its row is set back by hand."""
    pk = filed("ISSUED")
    before, events = desk.certificate(pk).sha256, desk.events("certificate issued")
    desk.job(pk).state = "PENDING"
    desk.session.commit()
    assert run_jobs() == 1
    assert (desk.job(pk).state, desk.certificate(pk).sha256) == ("DONE", before)
    assert (desk.fees(pk), desk.events("certificate issued")) == (1, events)


def test_a_page_that_was_rendered_before_is_not_rendered_again(desk: Desk, filed: Filed, run_jobs: Run) -> None:
    """The second attempt signs what the first has noted."""
    pk = filed("SIGNING")
    leaf = desk.certificate(pk).leaves[0]
    leaf.rendered_sha256 = noted = store.put(_rendered(desk.certificate(pk)))
    desk.session.commit()
    run_jobs()
    assert desk.application(pk).status == "ISSUED"
    assert desk.certificate(pk).leaves[0].rendered_sha256 == noted


def _rendered(certificate: Certificate) -> bytes:
    from app.certificates.render import Images, render
    from app.certificates.text import CertificateText

    images = Images(store.get(certificate.stamp_sha256), store.get(certificate.signature_image_sha256))
    return render(CertificateText.from_dict(certificate.data_snapshot), images)


# --- when it cannot be signed ----------------------------------------------------------------------------------------


def deactivate(desk: Desk) -> None:
    desk.officer().status = "INACTIVE"


def reactivate(desk: Desk) -> None:
    desk.officer().status = "ACTIVE"


def expire(desk: Desk) -> None:
    desk.key().not_after = clock.now() - timedelta(seconds=1)


def renew(desk: Desk) -> None:
    desk.key().not_after = clock.now() + timedelta(days=300)


def register_an_expired_one(desk: Desk) -> None:
    """The register says it is good, but the certificate itself has run out."""
    _register(desk, not_before=clock.now() - timedelta(days=20), days=10)
    renew(desk)


def register_anew(desk: Desk) -> None:
    _register(desk)


def _register(desk: Desk, **validity: Any) -> None:
    authority, officer = testca.load(keystore.folder() / "authority"), desk.officer()
    p12, pem = authority.issue(officer.full_name, officer.agency.name, passphrase=keystore.passphrase(), **validity)
    key_ref = f"pipeline-{certcheck.read(pem).serial_hex}"
    keystore.save(key_ref, p12)
    service.register(
        desk.session, certcheck.read(pem), user_id=officer.user_id, kind="OFFICER", backend="SOFT",
        certificate_pem=pem.decode(), chain_pem=authority.chain_pem.decode(), key_ref=key_ref,
        agency_id=officer.agency_id,
    )  # fmt: skip


def lose_the_key(desk: Desk) -> None:
    (keystore.folder() / f"{desk.key().key_ref}.p12").rename(keystore.folder() / "lost.p12")


def find_the_key(desk: Desk) -> None:
    (keystore.folder() / "lost.p12").rename(keystore.folder() / f"{desk.key().key_ref}.p12")


def take_the_key_elsewhere(desk: Desk) -> None:
    desk.key().backend = "ESIGN"


def take_the_key_back(desk: Desk) -> None:
    desk.key().backend = "SOFT"


Act = Callable[[Desk], None]
TROUBLE: dict[str, tuple[Act, str, Act]] = {
    "officer deactivated": (deactivate, "The officer's account is not active.", reactivate),
    "registration ran out": (expire, "no valid digital signature certificate", renew),
    "certificate ran out": (register_an_expired_one, "digital signature certificate cannot be used", register_anew),
    "key lost": (lose_the_key, "signing key is missing", find_the_key),
    "key elsewhere": (take_the_key_elsewhere, "This certificate is not kept here", take_the_key_back),
}


@pytest.mark.parametrize("name", TROUBLE)
def test_what_cannot_be_signed_says_why_and_keeps_its_number(desk: Desk, filed: Filed, run_jobs: Run, name: str) -> None:
    """Between approval and signing something goes wrong: no file, a sentence, and after the repair the same number."""
    trouble, sentence, repair = TROUBLE[name]
    pk = filed("SIGNING")
    number = desk.certificate(pk).number
    trouble(desk)
    desk.session.commit()
    run_jobs()
    certificate, job = desk.certificate(pk), desk.job(pk)
    assert (desk.application(pk).status, certificate.status, certificate.sha256) == ("SIGN_FAILED", "PREPARED", None)
    assert (job.state, job.attempts) == ("DEAD", 1)
    assert sentence in job.error
    told = desk.session.scalars(select(Notice.text).where(Notice.user_id == desk.officer().user_id)).all()
    assert any(sentence in text for text in told)
    assert (desk.fees(pk), held_for(desk.session, pk)) == (0, 20_000)

    repair(desk)
    desk.session.commit()
    desk.move(pk, OFFICER, "sign")
    run_jobs()
    assert (desk.application(pk).status, desk.certificate(pk).number, desk.fees(pk)) == ("ISSUED", number, 1)


def test_a_machine_that_fails_is_tried_again_and_then_a_person_is_asked(
    desk: Desk, filed: Filed, run_jobs: Run, app: Flask
) -> None:
    """A stamp image that is gone is no rule's refusal: six attempts, then SIGN_FAILED; found again, it is issued."""
    pk = filed("SIGNING")
    number, stamp = desk.certificate(pk).number, desk.certificate(pk).stamp_sha256
    with missing(app, stamp):
        moment = clock.now()
        for _ in range(app.config["JOB_MAX_ATTEMPTS"]):
            with clock.travel(moment):
                run_jobs()
            moment += timedelta(minutes=6)
        assert (desk.application(pk).status, desk.job(pk).state) == ("SIGN_FAILED", "DEAD")
        assert desk.job(pk).attempts == app.config["JOB_MAX_ATTEMPTS"]
        assert stamp in desk.job(pk).error
    desk.move(pk, OFFICER, "sign")
    run_jobs()
    assert (desk.application(pk).status, desk.certificate(pk).number) == ("ISSUED", number)


@contextmanager
def missing(app: Flask, digest: str, instead: bytes | None = None) -> Iterator[None]:
    """A stored document is gone, or other bytes are in its place."""
    path = app.config["DOCUMENTS"] / digest[:2] / digest
    kept = path.read_bytes()
    path.unlink()
    if instead is not None:
        path.write_bytes(instead)
    try:
        yield
    finally:
        path.write_bytes(kept)


# --- when it is taken back -------------------------------------------------------------------------------------------


def test_a_recalled_number_is_void_and_the_next_approval_takes_the_next(desk: Desk, app: Flask, run_jobs: Run) -> None:
    """Void numbers are in the register like all others, so the series has no gap."""
    pk = brought(app, "APPROVED")
    desk.move(pk, OFFICER, "recall")
    assert (desk.application(pk).status, desk.application(pk).certificate_id) == ("UNDER_REVIEW", None)
    desk.move(pk, OFFICER, "approve")
    run_jobs()
    other = factories.filed(app, "ISSUED")
    first, second = desk.certificates(pk)
    assert [(row.sequence, row.status, row.live_application_id) for row in (first, second)] == [
        (1, "VOID", None),
        (2, "VALID", pk),
    ]
    assert (desk.certificate(other).sequence, desk.fees(pk)) == (3, 1)


def test_what_cannot_be_delivered_is_given_up_and_paid_back(desk: Desk, app: Flask, run_jobs: Run) -> None:
    """The agency gives up: the number is void, the firm has its money, and a late job does nothing."""
    available = desk.wallet().available_paise
    pk = brought(app, "SIGN_FAILED")
    desk.move(pk, ADMIN, "give_up", reason="The officer's key was lost and the exporter no longer needs it.")
    assert (desk.application(pk).status, desk.certificate(pk).status) == ("REJECTED", "VOID")
    assert (desk.wallet().available_paise, desk.wallet().held_paise, desk.fees(pk)) == (available, 0, 0)
    desk.job(pk).state = "PENDING"
    desk.session.commit()
    run_jobs()
    assert (desk.application(pk).status, desk.certificate(pk).sha256) == ("REJECTED", None)


def test_what_got_stuck_is_promised_again(desk: Desk, filed: Filed, run_jobs: Run) -> None:
    """A job that is missing, or dead without anybody knowing: the sweep finds both and leaves living ones alone."""
    missing_one, dead, alive = filed("SIGNING"), filed("SIGNING"), filed("SIGNING")
    desk.session.delete(desk.job(missing_one))
    desk.session.commit()
    desk.job(dead).state = "DEAD"
    desk.session.commit()
    assert sweep_stuck(desk.session) == 2
    desk.session.commit()
    assert sweep_stuck(desk.session) == 0
    run_jobs()
    assert [desk.application(pk).status for pk in (missing_one, dead, alive)] == ["ISSUED"] * 3


# --- the file --------------------------------------------------------------------------------------------------------


def test_an_altered_file_is_not_handed_out(desk: Desk, app: Flask, filed: Filed, api: Any, client: Any) -> None:
    """Altered, emptied or gone: 503 and a sentence, while everything else goes on; the right bytes are good again."""
    pk = filed("ISSUED")
    certificate = desk.certificate(pk)
    digest, address, token = certificate.sha256 or "", f"/certificates/{certificate.id}/pdf", certificate.verify_token
    right = store.get(digest)
    for wrong in (right[:9_000] + bytes([right[9_000] ^ 1]) + right[9_001:], b"", None):
        with missing(app, digest, wrong):
            refused = api(EXPORTER).get(address)
            assert (refused.status_code, refused.mimetype) == (503, "application/problem+json")
            assert "cannot be handed out" in refused.json["detail"]
            assert api(EXPORTER).get(f"/certificates/{certificate.id}").status_code == 200
            seen = client.get(f"/verify/{token}", headers={"Accept": "application/json"})
            assert (seen.status_code, seen.json["verdict"]) == (200, "VALID")
            assert any(digest in sentence for sentence in register.check(desk.session, quick=True))
    assert api(EXPORTER).get(address).data == right


def test_a_revoked_certificate_keeps_its_file(desk: Desk, app: Flask, filed: Filed) -> None:
    """Revoking changes what verifiers are told, not what was issued."""
    pk = filed("ISSUED")
    before = desk.certificate(pk).sha256
    for who, name in ((ADMIN, "propose_revocation"), (SUPERVISOR, "revoke")):
        certificate_move(app, desk.certificate(pk).id, who, name)
    assert (desk.certificate(pk).status, desk.certificate(pk).sha256) == ("REVOKED", before)
