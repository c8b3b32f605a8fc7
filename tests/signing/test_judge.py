"""The last look before a file leaves the house: our own files pass, and every way of altering one is noticed."""

import logging
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pikepdf
import pytest
from asn1crypto import cms

from app.signing import certcheck, pades, testca
from app.signing.judge import Verdict, judge
from app.signing.payload import open_p12
from app.signing.testca import Authority

NAME, FIRM = "Asha Rao", "Federation of Exporters"


def test_our_own_file_is_good(signed: bytes, officer: Any, authority: Authority) -> None:
    """One signature, by the officer, over the entire file, unchanged: good, and what was seen is reported."""
    assert judge(signed, authority.roots_pem, officer.sha256) == Verdict(
        True,
        "Signed by Asha Rao; whole, trusted and unchanged.",
        NAME,
        officer.sha256,
        "ENTIRE_FILE",
        "NONE",
        "sha256",
        1,
        "B-B",
    )


def byte_of_the_page(pdf: bytes, _: Any) -> bytes:
    """One byte of what is printed."""
    return pdf.replace(b"100 boxes", b"900 boxes")


def digit_of_the_signature(pdf: bytes, _: Any) -> bytes:
    """One digit of the signature's value."""
    before, after = pades.Prepared(pdf, b"").room
    frame = cms.ContentInfo.load(bytes.fromhex(pdf[before + 1 : after - 1].decode()))
    text = frame["content"]["signer_infos"][0]["signature"].native.hex().encode()
    text = text if text in pdf else text.upper()  # as the archive's time stamps are written
    return pdf.replace(text, text[:40] + (b"0" if text[40:41] != b"0" else b"1") + text[41:])


def revision_with_other_words(pdf: bytes, _: Any) -> bytes:
    """A revision that prints something over the page."""
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer: Any = IncrementalPdfFileWriter(BytesIO(pdf))
    words = writer.add_object(generic.StreamObject(stream_data=b"BT 72 600 Td (900 boxes) Tj ET"))
    writer.add_stream_to_page(0, words)
    return written(writer)


def revision_with_another_title(pdf: bytes, _: Any) -> bytes:
    """A revision that changes only the document's title."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer: Any = IncrementalPdfFileWriter(BytesIO(pdf))
    writer.document_meta.title = "Another"
    writer.update_root()
    return written(writer)


def written(writer: Any) -> bytes:
    """The file with the writer's revision appended."""
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def bytes_after_the_end(pdf: bytes, _: Any) -> bytes:
    """Something after the end of the file."""
    return pdf + b"\n% paid in full\n"


def second_signature(pdf: bytes, holder: Any) -> bytes:
    """Another signature, made without asking the certification."""
    from endesive.pdf import cms as endesive_cms

    key = open_p12(holder.p12, testca.PASSPHRASE)
    words = {"sigfield": "Second", "signingdate": "D:20261123000000+00'00'", "aligned": 8192}
    revision: bytes = endesive_cms.sign(pdf, words, key.key, key.certificate, [], "sha256")
    return pdf + revision


def written_anew(pdf: bytes, _: Any) -> bytes:
    """The file as an optimiser would leave it."""
    out = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as opened:
        opened.save(out)
    return out.getvalue()


def cut_short(pdf: bytes, _: Any) -> bytes:
    """The first half of the file."""
    return pdf[: len(pdf) // 2]


TAMPERED: list[tuple[Callable[[bytes, Any], bytes], str]] = [
    (byte_of_the_page, "content was changed after signing"),
    (digit_of_the_signature, "does not verify"),
    (revision_with_other_words, "added to the file after signing"),
    (revision_with_another_title, "added to the file after signing"),
    (bytes_after_the_end, "added to the file after signing"),
    (second_signature, "2 signatures where one belongs"),
    (written_anew, "damaged|changed after signing|added to the file"),
    (cut_short, "damaged or no PDF"),
    (lambda _pdf, _: b"", "damaged or no PDF"),
    (lambda _pdf, _: b"hello", "damaged or no PDF"),
]


@pytest.mark.parametrize(("change", "words"), TAMPERED)
def test_an_altered_file_is_noticed(
    change: Callable[[bytes, Any], bytes],
    words: str,
    signed: bytes,
    officer: Any,
    authority: Authority,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whatever is changed, however lawful for PDF in general, the file is not what we issued; the log stays quiet."""
    altered = change(signed, officer)
    assert altered != signed
    with caplog.at_level(logging.INFO):
        verdict = judge(altered, authority.roots_pem, officer.sha256)
    assert not verdict.ok
    assert any(word in verdict.sentence for word in words.split("|")), verdict.sentence
    assert caplog.records == []


def test_a_signature_moved_to_another_document_is_noticed(
    page: bytes, signed: bytes, officer: Any, authority: Authority, make_order: Any
) -> None:
    """The officer's genuine signature, put by force into the room of a document never shown to the officer."""
    order = make_order(page.replace(b"100 boxes", b"900 boxes"), officer, authority)
    said = {"name": order.name, "location": order.location, "reason": order.reason, "signing_time": order.signing_time}
    other = pades.prepare(order.pdf, order.certificate, order.chain, **said)
    before, after = pades.Prepared(signed, b"").room
    forged = pades.place(other, bytes.fromhex(signed[before + 1 : after - 1].decode()))
    assert "content was changed" in judge(forged, authority.roots_pem, officer.sha256).sentence


def test_an_unsigned_file_is_told_apart(page: bytes, officer: Any, authority: Authority) -> None:
    """No signature is another thing than a bad one."""
    assert judge(page, authority.roots_pem, officer.sha256).sentence == "The file is not signed: sign it first."


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        ({"not_before": datetime.now(UTC) - timedelta(days=800)}, "has expired"),
        ({"usage": "encrypt"}, "may not be used for signing"),
    ],
)
def test_a_certificate_that_does_not_hold_spoils_the_file(
    profile: dict[str, Any],
    words: str,
    page: bytes,
    authority: Authority,
    make_holder: Any,
    make_order: Any,
    make_signed: Any,
) -> None:
    """Signing with an expired or an encryption certificate works technically, and is caught here."""
    holder = make_holder(*authority.issue(NAME, FIRM, **profile))
    verdict = judge(make_signed(make_order(page, holder, authority), holder), authority.roots_pem, holder.sha256)
    assert not verdict.ok
    assert words in verdict.sentence


def test_rules_and_judge_agree_on_what_may_sign(
    page: bytes, authority: Authority, make_holder: Any, make_order: Any, make_signed: Any
) -> None:
    """A certificate accepted at registration, here one without non-repudiation, must not fail at the last look."""
    holder = make_holder(*authority.issue(NAME, FIRM, usage="sign without non-repudiation"))
    assert certcheck.check(holder.certificate, authority.chain_pem, authority.roots_pem, (), datetime.now(UTC)) == []
    assert judge(make_signed(make_order(page, holder, authority), holder), authority.roots_pem, holder.sha256).ok


def test_an_authority_of_the_same_name_is_not_trusted(
    page: bytes, authority: Authority, rogue: Authority, make_holder: Any, make_order: Any, make_signed: Any
) -> None:
    """Only the roots given count, not the names and not what the file brings along."""
    holder = make_holder(*rogue.issue(NAME, FIRM))
    done = make_signed(make_order(page, holder, rogue), holder)
    verdict = judge(done, authority.roots_pem, holder.sha256)
    assert not verdict.ok
    assert "does not hold" in verdict.sentence
    assert judge(done, rogue.roots_pem, holder.sha256).ok


def test_another_officers_signature_is_not_the_expected_one(signed: bytes, officer_p256: Any, authority: Authority) -> None:
    """Good in itself, but by another certificate than the register says."""
    assert "by another certificate" in judge(signed, authority.roots_pem, officer_p256.sha256).sentence


def test_a_file_stays_good_for_the_day_it_was_signed(
    page: bytes, authority: Authority, make_holder: Any, make_order: Any, make_signed: Any
) -> None:
    """Judged for a moment in the certificate's life, a file by a certificate that has ended since is good."""
    start = datetime.now(UTC) - timedelta(days=800)
    holder = make_holder(*authority.issue(NAME, FIRM, not_before=start, days=730))
    done = make_signed(make_order(page, holder, authority), holder)
    assert judge(done, authority.roots_pem, holder.sha256, moment=start + timedelta(days=10)).ok


def test_an_outdated_hash_is_noticed(page: bytes, officer: Any, authority: Authority) -> None:
    """SHA-1 can be forged, so a file signed over it does not leave the house."""
    from endesive.pdf import cms as endesive_cms

    key = open_p12(officer.p12, testca.PASSPHRASE)
    words = {"signingdate": "D:20261123000000+00'00'", "aligned": 8192}
    done = page + endesive_cms.sign(page, words, key.key, key.certificate, list(key.chain), "sha1")
    assert "outdated hash SHA1" in judge(done, authority.roots_pem, officer.sha256).sentence


def test_nothing_is_fetched(signed: bytes, officer: Any, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """Certificates name addresses of lists; following them would let a stranger's file steer our server."""

    def refuse(*_: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert judge(signed, authority.roots_pem, officer.sha256).ok
