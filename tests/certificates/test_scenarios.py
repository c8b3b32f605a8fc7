"""The acceptance scenarios of signing that stand between an agency coming aboard and its first certificate (20 and 21)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.certificates.models import Certificate
from app.core import clock
from app.infra import keystore, store
from app.signing.judge import judge
from app.signing.models import DscRegistration
from tests import states
from tests.desk import Desk
from tests.people import OFFICER


@pytest.mark.parametrize("fault", ["none", "expired"])
def test_scenario_20_without_a_valid_certificate_nothing_is_signed(app: Flask, session: Any, api: Any, fault: str) -> None:
    """Pressing Sign is refused with what to do, and the application stays approved under its number (S15)."""
    pk = states.brought(app, "APPROVED")
    desk = Desk(session, app)
    number = desk.certificate(pk).number
    key = session.get_one(DscRegistration, desk.key().id)
    if fault == "none":
        key.status = "REVOKED"
    else:
        key.not_after = clock.now() - timedelta(days=1)
    session.commit()
    answer = api(OFFICER).post(f"/applications/{pk}/sign", {})
    assert (answer.status_code, "digital signature certificate" in answer.json["detail"]) == (409, True)
    assert (desk.application(pk).status, desk.certificate(pk).number, desk.certificate(pk).status) == (
        "APPROVED",
        number,
        "PREPARED",
    )


def test_scenario_21_the_signature_holds_and_names_the_officer(app: Flask, issued: Callable[..., Certificate]) -> None:
    """One byte changed anywhere in what is signed, and it holds no more (S15)."""
    with app.app_context():
        certificate = issued()
        content, signer = store.get(certificate.sha256 or ""), certificate.dsc_sha256
        roots = (keystore.folder() / "roots.pem").read_bytes()
    good = judge(content, roots, signer)
    assert (good.ok, good.signer_cn, good.coverage) == (True, "R. K. Srinivasan", "ENTIRE_FILE")
    place = content.index(b"/MediaBox")
    changed = content[:place] + b"/MediaBux" + content[place + 9 :]
    assert not judge(changed, roots, signer).ok
