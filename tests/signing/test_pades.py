"""Files are prepared, signed elsewhere and completed; other programs accept them, and wrong answers are refused."""

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from asn1crypto import cms, keys
from asn1crypto.crl import CertificateList
from cryptography.hazmat.primitives.asymmetric import utils
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.core.errors import BusinessError
from app.signing import certcheck, judge, pades, payload, testca
from app.signing.rules import SignerKind
from app.signing.soft import SoftSigner
from app.signing.testca import Authority


@pytest.fixture(params=["officer", "officer_p256"])
def holder(request: pytest.FixtureRequest) -> Any:
    """A holder of each kind of key."""
    return request.getfixturevalue(request.param)


def prepared_for(pdf: bytes, holder: Any, authority: Authority, **words: Any) -> pades.Prepared:
    """The file prepared for this holder."""
    said: dict[str, Any] = {"name": "Asha Rao", "location": "New Delhi", "reason": "Issued"}
    said = said | {"signing_time": datetime.now(UTC)} | words
    return pades.prepare(pdf, holder.certificate, [authority.chain_pem], **said)


def signature_by(holder: Any, data: bytes) -> bytes:
    """What the holder's key makes of the data."""
    return payload.sign_bytes(payload.open_p12(holder.p12, testca.PASSPHRASE).key, data)


def verdict_on(pdf: bytes, holder: Any, authority: Authority) -> judge.Verdict:
    """pyHanko's opinion."""
    return judge.judge(pdf, authority.roots_pem, holder.sha256)


def parts(pdf: bytes) -> tuple[bytes, Any]:
    """The signed bytes and the signature of a signed file."""
    start, before, after, _ = map(int, pades.BYTE_RANGE.findall(pdf)[-1])
    return pdf[start:before] + pdf[after:], cms.ContentInfo.load(bytes.fromhex(pdf[before + 1 : after - 1].decode()))


def test_a_file_signed_elsewhere_is_good(page: bytes, holder: Any, authority: Authority) -> None:
    """Prepared, kept as bytes, taken up again, answered and completed: pyHanko finds nothing wrong, RSA and P-256."""
    kept = prepared_for(page, holder, authority).to_bytes()
    prepared = pades.Prepared.from_bytes(kept)
    done = pades.embed_raw(prepared, signature_by(holder, prepared.signed_attributes), stamp=None)
    verdict = verdict_on(done, holder, authority)
    assert verdict.ok, verdict.sentence
    assert done.startswith(page)
    assert len(done) == len(prepared.pdf)


def test_the_signature_says_what_it_is(page: bytes, holder: Any, authority: Authority, make_order: Any, make_signed: Any) -> None:
    """PAdES form, no signing time among the attributes, SHA-256, the right algorithm for the key, the whole chain."""
    done = make_signed(make_order(page, holder, authority), holder)
    _, frame = parts(done)
    signer = frame["content"]["signer_infos"][0]
    kind = certcheck.read(holder.certificate).key_algorithm
    assert b"/ETSI.CAdES.detached" in done
    assert {attribute["type"].native for attribute in signer["signed_attrs"]} == {
        *("content_type", "message_digest", "signing_certificate_v2"),
    }
    assert signer["signature_algorithm"]["algorithm"].native == {"rsa": "sha256_rsa", "ec": "sha256_ecdsa"}[kind]
    assert signer["digest_algorithm"]["algorithm"].native == "sha256"
    assert len(frame["content"]["certificates"]) == 2
    assert pades.ROOM * 2 >= 16384


@pytest.mark.parametrize("words", ["Asha Rao (F.I.E.C.)", "आशा राव", "zażółć \\ ) ("])
def test_any_words_survive(page: bytes, officer: Any, authority: Authority, words: str) -> None:
    """Names in any script, brackets and backslashes included, read back from the signed file as they were given."""
    prepared = prepared_for(page, officer, authority, name=words, reason=words, location=words)
    done = pades.embed_raw(prepared, signature_by(officer, prepared.signed_attributes), stamp=None)
    assert verdict_on(done, officer, authority).ok
    with pikepdf.open(BytesIO(done)) as file:
        value = file.Root.AcroForm.Fields[0].V
        assert [str(value[key]) for key in ("/Name", "/Reason", "/Location")] == [words] * 3


def test_nothing_is_seen_on_the_page(signed: bytes) -> None:
    """The field takes no space: signature image and stamp are printed already."""
    with pikepdf.open(BytesIO(signed)) as file:
        field = file.Root.AcroForm.Fields[0]
        assert [float(side) for side in field.Rect] == [0, 0, 0, 0]
        assert isinstance(field.AP.N, pikepdf.Stream)
        assert file.Root.AcroForm.SigFlags == 3
        assert file.Root.Perms.DocMDP.Reference[0].TransformParams.P == 1


def test_the_same_order_prepares_the_same_bytes(page: bytes, officer: Any, authority: Authority) -> None:
    """A job that runs twice asks for the same signature twice."""
    at = datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert prepared_for(page, officer, authority, signing_time=at) == prepared_for(page, officer, authority, signing_time=at)


def test_files_with_compressed_structure_can_be_signed(page: bytes, holder: Any, authority: Authority) -> None:
    """PDF 1.5 object streams, as many printing programs write them, make no difference."""
    file = BytesIO()
    with pikepdf.open(BytesIO(page)) as opened:
        opened.save(file, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    prepared = prepared_for(file.getvalue(), holder, authority)
    done = pades.embed_raw(prepared, signature_by(holder, prepared.signed_attributes), stamp=None)
    assert verdict_on(done, holder, authority).ok


def test_a_token_may_give_the_two_numbers_of_ecdsa(page: bytes, officer_p256: Any, authority: Authority) -> None:
    """PKCS#11 gives r and s side by side; the file gets them in DER."""
    prepared = prepared_for(page, officer_p256, authority)
    pair = utils.decode_dss_signature(signature_by(officer_p256, prepared.signed_attributes))
    raw = b"".join(number.to_bytes(32, "big") for number in pair)
    assert verdict_on(pades.embed_raw(prepared, raw, stamp=None), officer_p256, authority).ok


def test_a_signature_for_another_document_is_refused(page: bytes, holder: Any, authority: Authority) -> None:
    """An answer meant for one document cannot end in another."""
    other = prepared_for(page.replace(b"100 boxes", b"900 boxes"), holder, authority)
    prepared = prepared_for(page, holder, authority)
    assert prepared.document_digest != other.document_digest
    with pytest.raises(pades.SigningRefused, match="does not belong to this document"):
        pades.embed_raw(prepared, signature_by(holder, other.signed_attributes), stamp=None)


def test_a_signature_by_another_key_is_refused(page: bytes, holder: Any, authority: Authority, make_holder: Any) -> None:
    """Same name, same document, another key: refused."""
    prepared = prepared_for(page, holder, authority)
    kind = {"rsa": "rsa2048", "ec": "p256"}[certcheck.read(holder.certificate).key_algorithm]
    other = make_holder(*authority.issue("Asha Rao", "Federation of Exporters", key=kind))
    with pytest.raises(pades.SigningRefused, match="does not belong"):
        pades.embed_raw(prepared, signature_by(other, prepared.signed_attributes), stamp=None)


@pytest.mark.parametrize("answer", [b"", b"\0", b"\xff" * 64, b"x" * 256, b"x" * 5000])
def test_an_answer_that_is_no_signature_is_refused(page: bytes, holder: Any, authority: Authority, answer: bytes) -> None:
    """Whatever comes back from a desk, only a signature gets into the file."""
    with pytest.raises(pades.SigningRefused):
        pades.embed_raw(prepared_for(page, holder, authority), answer, stamp=None)


def test_a_prepared_file_changed_while_waiting_is_refused(page: bytes, officer: Any, authority: Authority) -> None:
    """Neither a changed page nor an exchanged certificate gets a signature, though the answer is genuine."""
    prepared = prepared_for(page, officer, authority)
    answer = signature_by(officer, prepared.signed_attributes)
    other = certcheck.certificates(authority.chain_pem)[0].dump()
    for changed in (
        pades.Prepared(prepared.pdf.replace(b"100 boxes", b"900 boxes"), prepared.certificate),
        pades.Prepared(prepared.pdf, other),
    ):
        with pytest.raises(pades.SigningRefused, match="changed after it was prepared"):
            pades.embed_raw(changed, answer, stamp=None)
    start = prepared.room[0] + 1
    filled = prepared.pdf[:start] + b"zz" + prepared.pdf[start + 2 :]
    for broken in (prepared.pdf + b"\n", prepared.pdf[:-5], filled, page, b""):
        with pytest.raises(pades.SigningRefused, match="no readable room"):
            pades.embed_raw(pades.Prepared(broken, prepared.certificate), answer, stamp=None)


@pytest.mark.parametrize("kept", [b"", b"junk", pades.MAGIC, pades.MAGIC + b"\xff\xff\xff\xffabc"])
def test_what_was_not_kept_by_us_is_refused(kept: bytes) -> None:
    """Foreign bytes are not taken for a prepared document."""
    with pytest.raises(pades.SigningRefused, match="cannot be read"):
        pades.Prepared.from_bytes(kept)


def test_a_signature_too_long_for_its_room_is_refused(page: bytes, officer: Any, authority: Authority) -> None:
    """Rather a refusal than a file whose parts overlap."""
    with pytest.raises(pades.SigningRefused, match="longer than the room"):
        pades.place(prepared_for(page, officer, authority), bytes(pades.ROOM + 1))


def test_unfit_files_are_refused(page: bytes, signed: bytes, officer: Any, authority: Authority) -> None:
    """No PDF, a damaged or empty one, one with a password, one signed already: each gets its sentence."""
    locked = BytesIO()
    with pikepdf.open(BytesIO(page)) as opened:
        opened.save(locked, encryption=pikepdf.Encryption(owner="o", user="u"))
    empty = BytesIO()
    pikepdf.new().save(empty)
    for pdf, words in (
        (empty.getvalue(), "no pages"),
        (b"", "cannot be read"),
        (b"hello", "cannot be read"),
        (page[: len(page) // 2], "cannot be read"),
        (locked.getvalue(), "password"),
        (signed, "signed already"),
    ):
        with pytest.raises(pades.SigningRefused, match=words):
            prepared_for(pdf, officer, authority)


def test_a_soft_key_is_refused_in_production(officer: Any) -> None:
    """Keys in files are for demonstrations."""
    with pytest.raises(BusinessError, match="in production configure"):
        SoftSigner(officer.p12, testca.PASSPHRASE, "production")


def test_a_soft_key_waits_for_nothing(officer: Any, page: bytes, authority: Authority, make_order: Any) -> None:
    """It signs at once; an answer to it is a mistake."""
    signer = SoftSigner(officer.p12, testca.PASSPHRASE, "demo")
    assert (signer.kind, signer.needs_hand) == (SignerKind.SOFT, False)
    assert certcheck.read(signer.certificate) == certcheck.read(officer.certificate)
    assert signer.chain == tuple(issuer.dump() for issuer in certcheck.certificates(authority.chain_pem))
    with pytest.raises(BusinessError, match="waits for no answer"):
        signer.finish(make_order(page, officer, authority), b"")


def test_a_soft_key_signs_only_for_its_own_certificate(
    officer: Any, officer_p256: Any, page: bytes, authority: Authority, make_order: Any
) -> None:
    """An order for another certificate is refused before a file comes out."""
    with pytest.raises(pades.SigningRefused):
        SoftSigner(officer.p12, testca.PASSPHRASE, "demo").start(make_order(page, officer_p256, authority))


def test_other_programs_accept_the_file(
    page: bytes, holder: Any, authority: Authority, make_order: Any, make_signed: Any, tmp_path: Path
) -> None:
    """pdfsig, qpdf and openssl, as far as they are installed here, find the file sound and the signature valid."""
    done = make_signed(make_order(page, holder, authority), holder)
    content, frame = parts(done)
    for name, data in (("c.pdf", done), ("content", content), ("cms", frame.dump()), ("root.pem", authority.roots_pem)):
        (tmp_path / name).write_bytes(data)
    verify = "openssl cms -verify -binary -inform DER -in cms -content content -CAfile root.pem -purpose any -out out"
    for command, words in (
        ("pdfsig -nocert c.pdf", "Signature is Valid"),
        ("pdfsig -nocert c.pdf", "Total document signed"),
        ("qpdf --check c.pdf", "No syntax or stream encoding errors"),
        (verify, "successful"),
    ):
        if shutil.which(command.split()[0]):
            run = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True)
            assert run.returncode == 0, run.stderr
            assert words in run.stdout + run.stderr


def test_proofs_and_a_timestamp_can_be_added_later(signed: bytes, officer: Any, authority: Authority) -> None:
    """Certified against changes, the file still takes revocation lists and a document timestamp for the archive."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign import signers
    from pyhanko.sign.timestamps import DummyTimeStamper
    from pyhanko.sign.validation import dss, validate_pdf_signature, validate_pdf_timestamp
    from pyhanko_certvalidator import ValidationContext
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    roots, chain = (certcheck.certificates(pem) for pem in (authority.roots_pem, authority.chain_pem))
    file = BytesIO(signed)
    first = PdfFileReader(file).embedded_signatures[0]
    crl = CertificateList.load(authority.crl())
    dss.DocumentSecurityStore.add_dss(file, first.pkcs7_content, certs=roots + chain, crls=[crl])
    p12, pem = authority.issue("Stamp", "Test", usage="timestamp")
    key = payload.open_p12(p12, testca.PASSPHRASE).key
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    store = SimpleCertificateStore.from_certs(chain)
    stamper = DummyTimeStamper(certcheck.certificates(pem)[0], keys.PrivateKeyInfo.load(der), store)
    out = BytesIO()
    signers.PdfTimeStamper(stamper).timestamp_pdf(IncrementalPdfFileWriter(file), "sha256", output=out)

    context = ValidationContext(trust_roots=roots, other_certs=chain, allow_fetching=False)
    reader = PdfFileReader(out)
    status = validate_pdf_signature(reader.embedded_regular_signatures[0], context)
    assert status.bottom_line
    assert status.modification_level is not None
    assert status.modification_level.name == "LTA_UPDATES"
    stamp = validate_pdf_timestamp(reader.embedded_timestamp_signatures[0], context)
    assert (stamp.intact, stamp.valid, stamp.trusted) == (True, True, True)


def test_the_room_takes_a_timestamp(page: bytes, officer: Any, authority: Authority) -> None:
    """With two certificates embedded, at least 6 kB of the room stay free for a signature timestamp."""
    prepared = prepared_for(page, officer, authority, signing_time=datetime.now(UTC) + timedelta(seconds=1))
    assert pades.ROOM - len(prepared.frame().dump()) > 6 * 1024
