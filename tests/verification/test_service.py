"""The register answers: by token, by number, by file; and says nothing about what was never issued."""

import io
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject

from app.certificates import issue
from app.certificates.models import Certificate
from app.core.actor import SYSTEM_ACTOR, Actor, Role
from app.core.certificate_number import format_number
from app.infra import store
from app.infra.db import transaction
from app.signing.models import DscRegistration
from app.verification import service, traces
from app.verification.rules import Answer, Verdict

Issued = Callable[..., Certificate]
SUPERVISOR = Actor(Role.SUPERVISOR, None, "Directorate")


def file_of(certificate: Certificate) -> bytes:
    """The file as it was issued."""
    assert certificate.sha256 is not None
    return store.get(certificate.sha256)


def supersede(session: Any, old: Certificate, new: Certificate) -> None:
    """What happens to a certificate when another is issued in its place."""
    with transaction(session):
        issue.move_to(session, old, SYSTEM_ACTOR, "supersede", f"replaced by {new.number}")
        old.superseded_by_id, new.supersedes_id = new.id, old.id


def revoke(session: Any, certificate: Certificate) -> None:
    """What happens to a certificate when the Directorate confirms."""
    with transaction(session):
        issue.move_to(session, certificate, SUPERVISOR, "revoke", "secret reason of the agency")


def number_of(answer: Answer) -> str | None:
    """The number an answer names."""
    return answer.facts.number if answer.facts else None


def test_the_token_shows_the_boxes_and_the_number_does_not(session: Any, issued: Issued) -> None:
    """The QR code opens boxes 2 to 10; the number, which can be guessed, opens the few facts only (scenario 38)."""
    certificate = issued()
    by_token = service.by_token(session, certificate.verify_token)
    by_number = service.by_number(session, certificate.number.lower().replace("/", " "))
    assert (by_token.verdict, by_number.verdict) == (Verdict.VALID, Verdict.VALID)
    assert by_token.facts == by_number.facts
    assert by_token.boxes is not None
    assert by_token.boxes["goods"] == certificate.data_snapshot["goods"]
    assert by_number.boxes is None


def test_a_superseded_certificate_names_its_successor(session: Any, issued: Issued) -> None:
    """By token, number and file alike: superseded, and by which; the successor itself is valid (scenario 34)."""
    old, new = issued(), issued()
    supersede(session, old, new)
    for answer in (
        service.by_token(session, old.verify_token),
        service.by_number(session, old.number),
        service.by_file(session, file_of(old)),
    ):
        assert answer.verdict is Verdict.SUPERSEDED
        assert answer.facts is not None
        assert answer.facts.successor == new.number
    assert service.by_number(session, new.number).verdict is Verdict.VALID


def test_a_revoked_certificate_says_so_and_not_why(session: Any, issued: Issued) -> None:
    """Revoked by token, number and file; the reason stays between agency and Directorate."""
    certificate = issued()
    revoke(session, certificate)
    for answer in (
        service.by_token(session, certificate.verify_token),
        service.by_number(session, certificate.number),
        service.by_file(session, file_of(certificate)),
    ):
        assert answer.verdict is Verdict.REVOKED
        assert "secret reason" not in repr(answer)


@pytest.mark.parametrize("status", ["PREPARED", "VOID"])
def test_what_was_never_issued_is_unknown(session: Any, issued: Issued, status: str) -> None:
    """A reserved and a voided number get, word for word, the answer of a number that was never given."""
    certificate = issued()
    number, token, content = certificate.number, certificate.verify_token, file_of(certificate)
    certificate.status, certificate.sha256 = status, None
    session.flush()
    never = service.by_number(session, format_number("FIEC", 2026, "001", 9_999_999))
    assert service.by_number(session, number) == never
    assert service.by_token(session, token) == service.by_token(session, "a" * 32)
    assert service.by_file(session, content + b" ").facts is None  # though it is signed by an officer of ours
    session.rollback()


@pytest.mark.parametrize("token", ["", "x", "a" * 32, "a" * 5000, "\x00" * 32, "' or 1=1 --", "९" * 32])
def test_a_wrong_token_is_unknown_whatever_is_wrong_with_it(session: Any, token: str) -> None:
    """Short, long, not of our letters or simply not ours: one and the same answer."""
    assert service.by_token(session, token) == service.by_token(session, "b" * 32)
    assert service.by_token(session, token).verdict is Verdict.UNKNOWN


def test_the_issued_file_is_genuine(session: Any, issued: Issued) -> None:
    """The bytes that were issued, and only they, are the certificate."""
    certificate = issued()
    answer = service.by_file(session, file_of(certificate))
    assert (answer.verdict, number_of(answer)) == (Verdict.VALID, certificate.number)
    assert answer.boxes is not None


def appended(content: bytes) -> bytes:
    """A byte at the end, as a mail programme may leave it."""
    return content + b"\n"


def cut(content: bytes) -> bytes:
    """The end is missing."""
    return content[:-300]


def one_byte(content: bytes) -> bytes:
    """One byte in the middle of the page."""
    middle = content.index(b"stream") + 40
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def saved_again(content: bytes) -> bytes:
    """Opened and saved by another programme, which drops the title and the signature."""
    writer, out = PdfWriter(), io.BytesIO()
    writer.append(PdfReader(io.BytesIO(content)))
    writer.write(out)
    return out.getvalue()


def written_over(content: bytes) -> bytes:
    """Something printed over the goods in a later revision."""
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer: Any = IncrementalPdfFileWriter(io.BytesIO(content))
    writer.add_stream_to_page(0, writer.add_object(generic.StreamObject(stream_data=b"BT 72 600 Td (900 boxes) Tj ET")))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def unsigned(content: bytes) -> bytes:
    """The page as it was before the signature came."""
    return content[: content.index(b"%%EOF") + 6]


@pytest.mark.parametrize("forge", [appended, cut, one_byte, saved_again, written_over, unsigned])
def test_an_altered_file_is_never_genuine(session: Any, issued: Issued, forge: Callable[[bytes], bytes]) -> None:
    """Every way of altering a file is altered, with the number it claims and without the boxes."""
    certificate = issued()
    answer = service.by_file(session, forge(file_of(certificate)))
    assert (answer.verdict, number_of(answer)) == (Verdict.ALTERED, certificate.number)
    assert answer.boxes is None


def home_made(title: str, words: bytes = b"") -> bytes:
    """A PDF that anybody can make, with a title and a few words."""
    writer, out = PdfWriter(), io.BytesIO()
    page = writer.add_blank_page(200, 200)
    if words:
        from pypdf.generic import DecodedStreamObject, DictionaryObject

        stream = DecodedStreamObject()
        stream.set_data(b"BT /F 9 Tf 9 9 Td (" + words + b") Tj ET")
        page[NameObject("/Contents")] = writer._add_object(stream)
        font = DictionaryObject({NameObject(k): NameObject(v) for k, v in FONT.items()})
        fonts = DictionaryObject({NameObject("/F"): font})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    writer.add_metadata({"/Title": title})
    writer.write(out)
    return out.getvalue()


FONT = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}


def test_a_home_made_file_gets_no_boxes_out_of_the_register(session: Any, issued: Issued) -> None:
    """Whoever writes a guessed number into a file learns what the number tells, and no more."""
    certificate = issued()
    for forged in (home_made(certificate.number), home_made("", certificate.number.encode())):
        answer = service.by_file(session, forged)
        assert (answer.verdict, answer.boxes) == (Verdict.ALTERED, None)
        assert number_of(answer) == certificate.number


def test_a_file_that_knows_the_token_may_be_compared_box_by_box(session: Any, issued: Issued) -> None:
    """The token in a link or in the words is as good as the QR code; the file is altered all the same."""
    certificate = issued()
    answer = service.by_file(session, home_made(f"http://127.0.0.1/verify/{certificate.verify_token}"))
    assert answer.verdict is Verdict.ALTERED
    assert answer.boxes is not None


@pytest.mark.parametrize("content", [b"%PDF-1.7\n", b"hello", b"\x89PNG\r\n\x1a\n", b"%PDF-1.4\n" + b"[" * 100_000])
def test_a_file_that_is_nothing_of_ours_is_unknown(session: Any, content: bytes) -> None:
    """No certificate, no PDF, nothing readable: unknown, and no error."""
    assert service.by_file(session, content).verdict is Verdict.UNKNOWN


def test_a_file_that_is_meant_to_harm_is_given_up(session: Any, issued: Issued) -> None:
    """A page that unpacks to a hundred megabytes is stopped within seconds; what was found before still counts."""
    certificate = issued()
    stream = zlib.compress(b"BT /F 9 Tf (hello) Tj ET " * 4_000_000)
    pages = b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj "
    page = b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>endobj "
    head = b"4 0 obj<</Length %d/Filter/FlateDecode>>stream\n" % len(stream)
    title = b"5 0 obj<</Title(%s)>>endobj\n" % certificate.number.encode()
    tail = b"\nendstream endobj\n" + title + b"trailer<</Root 1 0 R/Info 5 0 R>>\nstartxref\n0\n%%EOF"
    answer = service.by_file(session, b"%PDF-1.4\n" + pages + page + head + stream + tail)
    assert (answer.verdict, number_of(answer)) == (Verdict.ALTERED, certificate.number)


def test_an_officers_signature_on_another_file_is_noticed(session: Any, issued: Issued) -> None:
    """A file signed by an officer of ours that is no certificate of ours is not to be relied on."""
    certificate = issued()
    found = traces.of(file_of(certificate))
    assert certificate.dsc_sha256 in found.certificates
    answer = service.of_traces(session, traces.Traces([], found.certificates))
    assert (answer.verdict, answer.facts) == (Verdict.ALTERED, None)
    session.query(DscRegistration).delete()
    assert service.of_traces(session, traces.Traces([], found.certificates)).verdict is Verdict.UNKNOWN
    session.rollback()


def test_counting_leaves_the_certificate_as_it_was(session: Any, issued: Issued) -> None:
    """A verification is counted; the version and the date of the row stay."""
    certificate = issued()
    before = (certificate.verify_count, certificate.version, certificate.updated_at)
    with transaction(session):
        service.count(session, certificate.id)
    session.refresh(certificate)
    assert (certificate.verify_count, certificate.version, certificate.updated_at) == (before[0] + 1, *before[1:])
