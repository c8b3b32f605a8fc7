"""The proof of the register: silent when all is well, and a sentence that names the certificate for every tampering."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from app.applications.models import Application, NumberSeries
from app.certificates import register
from app.certificates.models import Certificate, Leaf
from app.infra.db import db, transaction
from app.wallet.models import LedgerEntry
from tests import factories
from tests.own_database import own_database
from tests.tampering import tamper

Issued = Callable[..., Certificate]


def found(session: Any, *, quick: bool = True) -> str:
    """All sentences of the proof."""
    return "\n".join(register.check(session, quick=quick))


def set_on(session: Any, row: Any, **values: Any) -> None:
    """Change a row as somebody with the database's password could."""
    session.execute(update(type(row)).where(type(row).id == row.id).values(**values))
    session.expire_all()


def test_a_whole_register_is_silent(session: Any, issued: Issued, filed: Callable[..., int]) -> None:
    """Issued, refused, open and withdrawn side by side: nothing to say, signatures included."""
    issued()
    issued(kind="BACK_TO_BACK")
    for state in ("DRAFT", "SUBMITTED", "SIGNING", "REJECTED", "WITHDRAWN"):
        filed(state)
    assert found(session, quick=False) == ""


TAMPERINGS: dict[str, tuple[dict[str, Any], str]] = {
    "another number": ({"number": "FIEC/2026/001/NP/9999999-0"}, "check character wrong"),
    "another year": ({"year": 2020}, "its parts"),
    "not to be found": ({"number_norm": "FIEC"}, "cannot be found by its number"),
    "another token": ({"verify_token": "a" * 32}, "QR code leads elsewhere"),
    "another hash of the words": ({"data_sha256": "0" * 64}, "words kept with it were changed"),
    "words that are none": ({"data_snapshot": [1.5]}, "words kept with it were changed"),
    "something else approved": ({"payload_sha256": "0" * 64}, "is not what was signed for its application"),
    "another file": ({"sha256": "0" * 64}, "do not name the same file"),
    "never issued": ({"status": "PREPARED"}, "one of them is wrong"),
    "void and delivered": ({"status": "VOID"}, "yet has a signed file"),
    "void and alive": ({"status": "VOID"}, "counted as the living certificate"),
    "not alive": ({"live_application_id": None}, "not counted as the living certificate"),
    "replaced by nothing": ({"status": "SUPERSEDED"}, "what replaced it (nothing)"),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_changed_row_is_named(session: Any, issued: Issued, name: str) -> None:
    """Whatever is changed in the certificate's row is found, and the sentence says what it is."""
    values, sentence = TAMPERINGS[name]
    set_on(session, issued(), **values)
    assert sentence in found(session)


def test_changed_words_are_named(session: Any, issued: Issued) -> None:
    """One digit changed in the frozen words of a certificate is enough."""
    certificate = issued()
    words = json.loads(json.dumps(certificate.data_snapshot).replace("80 cartons", "90 cartons"))
    assert words != certificate.data_snapshot
    set_on(session, certificate, data_snapshot=words)
    assert f"{certificate.number}: the words kept with it were changed" in found(session)


def test_a_gap_in_the_numbers_is_named(session: Any, issued: Issued) -> None:
    """A certificate removed from the middle of its series leaves its number in the proof; so does the last one."""
    certificate, last = issued(), issued()
    missing = certificate.sequence
    set_on(session, certificate, year=2000)
    assert f"these numbers are missing: {missing}" in found(session)
    set_on(session, certificate, year=last.year)
    set_on(session, last, year=2000)
    assert f"the counter stands at {last.sequence}" in found(session)


def test_a_counter_turned_back_is_named(session: Any, issued: Issued) -> None:
    """A series whose counter would give a number a second time is found before it does."""
    certificate = issued()
    name = f"certificate:{certificate.agency_id}:{certificate.office_id}:{certificate.year}"
    session.execute(update(NumberSeries).where(NumberSeries.name == name).values(last=0))
    assert f"series {name}: the counter stands at 0" in found(session)


def test_a_changed_file_is_named(app: Flask, session: Any, issued: Issued) -> None:
    """A file altered or missing in the store is found by its certificate's number."""
    certificate = issued()
    digest = certificate.sha256 or ""
    path = Path(app.config["DOCUMENTS"]) / digest[:2] / digest
    content = path.read_bytes()
    path.write_bytes(content + b" ")
    assert f"{certificate.number}: document {digest} has been altered" in found(session)
    path.unlink()
    assert f"{certificate.number}: document {digest} is missing" in found(session)


def test_a_signature_by_another_key_is_named(session: Any, issued: Issued) -> None:
    """A file whose signature is not by the certificate in the register is found, unless signatures are left out."""
    certificate = issued()
    set_on(session, certificate, dsc_sha256="0" * 64)
    assert f"{certificate.number}: The file was signed by another certificate" in found(session, quick=False)
    assert found(session, quick=True) == ""


def test_an_issued_application_without_certificate_is_named(session: Any, filed: Callable[..., int]) -> None:
    """An application that only says it is issued is found."""
    application = session.get_one(Application, filed("SUBMITTED"))
    set_on(session, application, status="ISSUED")
    said = found(session)
    assert f"application {application} is ISSUED and has no certificate" in said
    assert "0 fee entries" in said
    assert "are still held for it" in said


RAISE_FEE = "UPDATE ledger_entry SET amount_paise = 20001 WHERE application_id = :id AND account = 'AGENCY'"
DELETE_FEE = "DELETE FROM ledger_entry WHERE application_id = :id AND account = 'AGENCY'"


def test_a_missing_or_double_fee_is_named(session: Any, issued: Issued) -> None:
    """Exactly one fee of the agreed amount: none, two, and another amount are found alike."""
    certificate = issued()
    its = {"id": certificate.application_id}
    tamper(session, RAISE_FEE, **its)
    assert "1 fee entries of 20001 paise" in found(session)
    tamper(session, DELETE_FEE, **its)
    assert "0 fee entries of 0 paise" in found(session)
    assert session.query(LedgerEntry).filter_by(application_id=certificate.application_id).count() > 0


def test_a_leaf_without_file_is_named(session: Any, issued: Issued) -> None:
    """The leaf and its certificate name one file of one size."""
    certificate = issued()
    leaf = session.query(Leaf).filter_by(certificate_id=certificate.id).one()
    set_on(session, leaf, size=1)
    assert "the register says 1" in found(session)
    set_on(session, leaf, kind="DUPLICATE")
    assert "do not name the same file" in found(session)


def test_the_command_says_what_is_wrong_and_fails(app: Flask, tmp_path: Path) -> None:
    """`udgam check` ends with 0, or with 1 and a line for each fault; `udgam sweep` says how many it found."""
    run = app.test_cli_runner()
    with own_database(app, tmp_path):  # the proof wants a transaction of its own, over one moment of the register
        factories.filed(app, "ISSUED")
        fine = run.invoke(args=["udgam", "check", "--quick"])
        assert (fine.exit_code, fine.output[:21]) == (0, "The register is whole")
        with app.app_context(), transaction(db.session):
            db.session.execute(update(Certificate).values(data_sha256="0" * 64))
        told = run.invoke(args=["udgam", "check", "--quick"])
        assert (told.exit_code, "were changed after approval" in told.output) == (1, True)
        assert "Promised again: 0." in run.invoke(args=["udgam", "sweep"]).output
