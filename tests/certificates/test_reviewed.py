"""Signed is what was approved: whatever moves between approval and signature is shown, and nothing is signed."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.errors import BusinessError
from app.infra import store
from app.notices.models import Notice
from app.wallet.service import held_for
from tests.certificates.test_by_hand import answers, by_token, waiting
from tests.desk import Desk
from tests.people import OFFICER
from tests.states import brought

Filed = Callable[..., int]
Run = Callable[[], int]
BEFORE, AFTER = "Nordlicht Handel GmbH & Co. KG", "Somebody Else GmbH"


def alter_the_certificate(desk: Desk, pk: int) -> None:
    words = desk.certificate(pk).data_snapshot
    desk.certificate(pk).data_snapshot = words | {"consignee": words["consignee"] | {"name": AFTER}}


def alter_the_application(desk: Desk, pk: int) -> None:
    desk.on_purpose = "not what was signed"
    desk.application(pk).consignee_name = AFTER


def alter_the_goods(desk: Desk, pk: int) -> None:
    desk.on_purpose = "not what was signed"
    desk.application(pk).items[0].itc_hs = "63026010"


def replace_the_stamp(desk: Desk, pk: int) -> None:
    desk.application(pk).office.stamp_sha256 = desk.officer().signature_sha256 or ""


def replace_the_signature(desk: Desk, pk: int) -> None:
    desk.officer().signature_sha256 = desk.application(pk).office.stamp_sha256


def print_it_on_another_form(desk: Desk, pk: int) -> None:
    desk.certificate(pk).template_version = "2025-01.7"


Act = Callable[[Desk, int], None]
MOVED: dict[str, tuple[Act, str]] = {
    "certificate": (alter_the_certificate, f"Box 2, consignee's name: «{BEFORE}» → «{AFTER}»"),
    "application": (alter_the_application, f"Box 2, consignee's name: «{BEFORE}» → «{AFTER}»"),
    "goods": (alter_the_goods, "Goods line 1, ITC(HS) code: «"),
    "stamp": (replace_the_stamp, "The stamp of "),
    "signature": (replace_the_signature, "The signature image of "),
    "form": (print_it_on_another_form, "The form of the certificate was changed from version 2025-01.7 to "),
}


def put_back(desk: Desk, pk: int, words: Any) -> None:
    """The register is examined after each test, and it names words that were altered."""
    desk.certificate(pk).data_snapshot = words
    desk.session.commit()


@pytest.mark.parametrize("name", MOVED)
def test_what_moved_is_shown_and_not_signed(desk: Desk, filed: Filed, run_jobs: Run, name: str) -> None:
    """On its way to be signed: no file, no fee, the change in words, and the approval can be recalled."""
    move, sentence = MOVED[name]
    pk = filed("SIGNING")
    words = desk.certificate(pk).data_snapshot
    move(desk, pk)
    desk.session.commit()
    run_jobs()
    certificate, job = desk.certificate(pk), desk.job(pk)
    assert (desk.application(pk).status, certificate.status, certificate.sha256) == ("SIGN_FAILED", "PREPARED", None)
    assert sentence in job.error
    assert (job.state, job.attempts, desk.fees(pk), held_for(desk.session, pk)) == ("DEAD", 1, 0, 20_000)
    desk.move(pk, OFFICER, "recall")
    assert (desk.application(pk).status, desk.certificate(pk).status) == ("UNDER_REVIEW", "VOID")
    put_back(desk, pk, words)


@pytest.mark.parametrize("name", MOVED)
def test_the_button_says_so_at_once(desk: Desk, app: Flask, name: str) -> None:
    """Before anything is promised to the worker."""
    move, sentence = MOVED[name]
    pk = brought(app, "APPROVED")
    words = desk.certificate(pk).data_snapshot
    move(desk, pk)
    desk.session.commit()
    with pytest.raises(BusinessError) as refusal:
        desk.move(pk, OFFICER, "sign")
    assert sentence in str(refusal.value)
    assert desk.application(pk).status == "APPROVED"
    put_back(desk, pk, words)


def test_what_moves_while_the_token_has_it_is_not_issued(desk: Desk, filed: Filed, run_jobs: Run, api: Any) -> None:
    """The signature was made over the approved words, and yet what the register holds now is something else."""
    holder = by_token(desk.session, key="p256")
    pk, officer = waiting(desk, filed, run_jobs), api(OFFICER)
    officer.post("/signing/orders/answers", {"answers": answers(holder, officer.post("/signing/orders/sealed").json)})
    alter_the_application(desk, pk)
    desk.session.commit()
    run_jobs()
    assert (desk.application(pk).status, desk.certificate(pk).sha256, desk.fees(pk)) == ("SIGN_FAILED", None, 0)
    assert any(AFTER in text for text in desk.session.scalars(select(Notice.text)))


def test_the_page_of_the_application_says_what_moved(desk: Desk, filed: Filed, run_jobs: Run, login: Any) -> None:
    """Before the history, where a tired officer reads it, and with the way out."""
    pk = filed("SIGNING")
    alter_the_application(desk, pk)
    desk.session.commit()
    run_jobs()
    page = login(OFFICER).get(f"/desk/show/{pk}").text
    reason = page.partition('id="history"')[0]
    assert AFTER in reason
    assert "Nothing was signed: recall the approval" in reason
    assert f"/desk/move/{pk}/recall" in reason


def test_another_page_in_the_place_of_the_noted_one_is_not_signed(desk: Desk, filed: Filed, run_jobs: Run) -> None:
    """A page of the store, whole in itself, that the approved words do not make."""
    pk = filed("SIGNING")
    desk.certificate(pk).leaves[0].rendered_sha256 = store.put(b"%PDF-1.7 another page\n%%EOF\n")
    desk.session.commit()
    run_jobs()
    assert (desk.application(pk).status, desk.certificate(pk).sha256) == ("SIGN_FAILED", None)
    assert "The page that was kept is another one" in desk.job(pk).error


def test_what_did_not_move_is_signed_again_and_again(desk: Desk, filed: Filed, run_jobs: Run) -> None:
    """Until it is issued, and the approved form stands in the register."""
    pk = filed("ISSUED")
    certificate: Any = desk.certificate(pk)
    assert certificate.template_version in store.get(certificate.leaves[0].rendered_sha256).decode("latin-1")
