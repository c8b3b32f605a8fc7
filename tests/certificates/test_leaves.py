"""Paper leaves: blank for ink, each with a code of its own and the number of its print; verifiable, never signed."""

import io
from typing import Any

import pytest
from pypdf import PdfReader

from app.certificates import jobs_leaf, leaves
from app.certificates.models import Certificate, LeafPrint
from app.core.errors import NotAllowed, NotFound, WrongState
from app.infra import store
from tests import states
from tests.own_database import at_once
from tests.people import ADMIN, CLERK, EXPORTER, OFFICER, OTHER_EXPORTER, OTHER_OFFICER, SUPERVISOR, actor_for


def printed(
    session: Any, run_jobs: Any, certificate: Certificate, email: str = EXPORTER, name: str = "print_original"
) -> LeafPrint:
    """A print with its page made by the worker."""
    copy = leaves.CERTIFICATE_VERBS[name](session, certificate, actor_for(session, email))
    session.commit()
    run_jobs()
    session.expire_all()
    found: LeafPrint = session.get_one(LeafPrint, copy.id)
    return found


def words_of(content: bytes) -> str:
    """All words of a PDF, with single spaces."""
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(content)).pages)


def test_each_print_says_which_it_is_and_carries_neither_image_nor_signature(session: Any, issued: Any, run_jobs: Any) -> None:
    """Original and duplicate have codes of their own; the second print of one is number 2 and otherwise the same (scenario 35)."""
    certificate = issued()
    first = printed(session, run_jobs, certificate)
    second = printed(session, run_jobs, certificate, OFFICER)
    other = printed(session, run_jobs, certificate, CLERK, "print_duplicate")
    codes = {first.leaf.code, other.leaf.code}
    assert (first.number, second.number, other.number) == (1, 2, 1)
    assert first.leaf.code == second.leaf.code
    assert len(codes) == 2
    for copy, kind in ((first, "ORIGINAL"), (second, "ORIGINAL"), (other, "DUPLICATE")):
        content = store.get(copy.sha256 or "")
        words = words_of(content)
        assert kind in words
        assert "ELECTRONIC" not in words
        assert f"{copy.leaf.code} \u00b7 print {copy.number}" in words
        assert "NON-PREFERENTIAL" in words.upper()
        assert certificate.number in words
        assert "Stamp of the agency" in words
        assert b"/ByteRange" not in content
        assert all(not page.images for page in PdfReader(io.BytesIO(content)).pages)


def test_a_job_that_runs_again_makes_the_same_page(session: Any, issued: Any, run_jobs: Any, app: Any) -> None:
    """Killed after storing, before its row: the same bytes, the same hash, one print."""
    from app.infra.queue import Job, claim

    copy = printed(session, run_jobs, issued())
    before = copy.sha256
    copy.sha256 = None
    job = session.query(Job).filter_by(key=f"leaf:{copy.id}").one()
    job.state = "PENDING"
    session.commit()
    mine = claim(session, job.id)
    assert mine is not None
    jobs_leaf.make_leaf(mine)
    session.expire_all()
    assert session.get_one(LeafPrint, copy.id).sha256 == before


def test_a_paper_leaf_is_recognised_by_its_code_and_by_its_file(session: Any, issued: Any, run_jobs: Any, client: Any) -> None:
    """The QR code of the leaf and the file of a print both say which leaf it is; a wrong code says nothing of a leaf."""
    certificate = issued()
    copy = printed(session, run_jobs, certificate)
    asked = {"headers": {"Accept": "application/json"}}
    known = {"kind": "ORIGINAL", "code": copy.leaf.code, "prints": 1}
    by_code = client.get(f"/verify/{certificate.verify_token}?leaf={(copy.leaf.code or '').lower()}", **asked).json
    assert (by_code["verdict"], by_code["leaf"]) == ("VALID", known)
    assert client.get(f"/verify/{certificate.verify_token}?leaf=2222-2222", **asked).json["leaf"] is None
    content = store.get(copy.sha256 or "")
    by_file = client.post("/verify", data={"file": (io.BytesIO(content), "leaf.pdf")}, **asked).json
    assert (by_file["verdict"], by_file["leaf"]) == ("VALID", known)
    altered = client.post("/verify", data={"file": (io.BytesIO(content + b"\n"), "leaf.pdf")}, **asked).json
    assert altered["verdict"] == "ALTERED"
    page = client.get(f"/verify/{certificate.verify_token}?leaf={copy.leaf.code}").text
    assert "original paper leaf" in page


@pytest.mark.parametrize(("email", "refusal"), [
    (ADMIN, NotAllowed), (SUPERVISOR, NotAllowed), (OTHER_EXPORTER, NotFound), (OTHER_OFFICER, NotFound),
])  # fmt: skip
def test_who_may_not_print(session: Any, issued: Any, email: str, refusal: type[Exception]) -> None:
    """Administrators and DGFT read; strangers know of nothing."""
    certificate = issued()
    with pytest.raises(refusal):
        leaves.print_original(session, certificate, actor_for(session, email))
    assert session.query(LeafPrint).count() == 0


@pytest.mark.parametrize("status", ["PREPARED", "SUPERSEDED", "REVOKED", "VOID"])
def test_only_a_valid_certificate_is_printed(app: Any, session: Any, status: str) -> None:
    """What counts no more, or not yet, gets no fresh paper."""
    certificate = session.get_one(Certificate, states.certified(app, status))
    with pytest.raises(WrongState):
        leaves.print_duplicate(session, certificate, actor_for(session, EXPORTER))


def test_the_page_offers_the_print_and_hands_it_out_to_its_firm_only(
    session: Any, issued: Any, run_jobs: Any, login: Any
) -> None:
    """Pressed, made, listed, downloaded; the neighbour finds nothing under the same address."""
    certificate = issued()
    firm, stranger = login(EXPORTER), login(OTHER_EXPORTER)
    assert "Print the original" in firm.get(f"/certificates/show/{certificate.id}").text
    assert firm.post(f"/certificates/move/{certificate.id}/print_original").status_code == 302
    copy = session.query(LeafPrint).one()
    assert firm.get(f"/certificates/leaf/{copy.id}").status_code == 409  # the worker has not made it yet
    run_jobs()
    answer = firm.get(f"/certificates/leaf/{copy.id}")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert stranger.get(f"/certificates/leaf/{copy.id}").status_code == 404
    session.expire_all()
    assert (session.get_one(LeafPrint, copy.id).leaf.code or "?") in firm.get(f"/certificates/show/{certificate.id}").text


def test_the_api_prints_lists_and_hands_out(issued: Any, api: Any, run_jobs: Any) -> None:
    """The move, the list with codes and hashes, the file; 404 for the neighbour and for another certificate's print."""
    pk, firm, stranger = issued().id, api(EXPORTER), api(OTHER_EXPORTER)
    made = firm.post(f"/certificates/{pk}/print_duplicate", {}).json["result"]["paper_leaves"]
    assert [(row["leaf"], row["print"], row["sha256"]) for row in made] == [("DUPLICATE", 1, None)]
    assert firm.get(f"/certificates/{pk}/leaves/{made[0]['id']}/pdf").status_code == 409
    run_jobs()
    listed = firm.get(f"/certificates/{pk}/leaves").json["result"]["paper_leaves"]
    assert firm.get(f"/certificates/{pk}/leaves/{listed[0]['id']}/pdf").headers["X-Content-SHA256"] == listed[0]["sha256"]
    assert stranger.get(f"/certificates/{pk}/leaves").status_code == 404
    assert stranger.get(f"/certificates/{pk}/leaves/{listed[0]['id']}/pdf").status_code == 404
    assert firm.get(f"/certificates/{pk}/leaves/987654/pdf").status_code == 404


def test_two_prints_at_once_have_two_numbers(app: Any, own: Any) -> None:
    """Pressed by two people in the same moment: prints 1 and 2 of one leaf."""
    from app.infra.db import db

    pk = states.certified(app, "VALID")

    def press(email: str) -> int:
        certificate = db.session.get_one(Certificate, pk)
        return leaves.print_original(db.session, certificate, actor_for(db.session, email)).number

    numbers = at_once(app, lambda: press(EXPORTER), lambda: press(OFFICER))
    assert sorted(numbers) == [1, 2], numbers
