"""Certificates that live for seconds really end here: what has no time stamp turns bad, and what has one stays good."""

import asyncio
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import parser
from flask import Flask

from app.core import clock
from app.signing import archive, testca
from app.signing.archive import for_the_archive
from app.signing.judge import Verdict, judge
from app.signing.lasting import Trust
from app.signing.testca import Authority
from tests.running import until
from tests.signing.stamps import settings, short_lived, stamped, stamper, stamping

NAME, FIRM = "Asha Rao", "Federation of Exporters"
LIFE = 15.0  # seconds, enough for a busy machine to sign and stamp
Level = dict[str, bytes]


def lists_of(*authorities: Authority, days: float = 7) -> list[bytes]:
    """What the authorities publish."""
    return [made for each in authorities for made in (each.crl(days=days), each.root_crl(days=days))]


def trust_in(signers: Authority, stamps: Authority, **lists: Any) -> Trust:
    """These two, with their lists."""
    return Trust(signers.roots_pem, stamps.roots_pem, lists.get("lists", lists_of(signers, stamps)))


def asked(pdf: bytes, holder: Any, trust: Trust) -> Verdict:
    """What the judge says now."""
    return judge(pdf, trust.roots, holder.sha256, stamp_roots=trust.stamp_roots, lists=trust.lists)


def over(certificate: Any) -> Callable[[], bool]:
    """Whether a certificate has really ended; the library forgives a second, and times of stamps are whole seconds."""
    return lambda: datetime.now(UTC) > certificate + timedelta(seconds=3)


@pytest.fixture(scope="module")
def stamps_ca() -> Authority:
    """Another authority, of those who stamp."""
    return testca.make_authority("Stamps")


@pytest.fixture(scope="module")
def warm(app: Flask, authority: Authority, page: bytes, officer: Any, make_order: Any, make_signed: Any,
         tmp_path_factory: pytest.TempPathFactory) -> None:  # fmt: skip
    """Everything is loaded once, so that the seconds of the others are spent on signing."""
    with stamping(app, authority, tmp_path_factory.mktemp("warm")):
        trust = Trust(authority.roots_pem, lists=lists_of(authority))
        timed = for_the_archive(make_signed(stamped(make_order(page, officer, authority)), officer), trust)
        assert asked(timed, officer, trust).ok
        assert asked(make_signed(make_order(page, officer, authority), officer), officer, trust).ok


@pytest.mark.slow
@pytest.mark.usefixtures("warm")
@pytest.mark.parametrize("key", ["rsa2048", "p256"])
def test_when_the_signers_certificate_has_ended(
    app: Flask, authority: Authority, stamps_ca: Authority, page: bytes, make_holder: Any, make_order: Any, make_signed: Any,
    tmp_path: Path, key: str,
) -> None:  # fmt: skip
    """B-B is good and then bad; B-T and B-LTA are good and stay good; what is signed afterwards is bad with any stamp."""
    (tmp_path / "stamps.pem").write_bytes(stamps_ca.roots_pem)
    holder = make_holder(*authority.issue(NAME, FIRM, key=key, **short_lived(LIFE)))
    trust, order = trust_in(authority, stamps_ca), make_order(page, holder, authority)
    with stamping(app, authority, tmp_path, stamper(stamps_ca)), settings(app, TSA_ROOTS=str(tmp_path / "stamps.pem")):
        files = {"B-B": make_signed(order, holder), "B-T": make_signed(stamped(order), holder)}
        files["B-LTA"] = for_the_archive(files["B-T"], trust)
        before = {level: asked(pdf, holder, trust) for level, pdf in files.items()}
        assert {level: (verdict.ok, verdict.level) for level, verdict in before.items()} == {
            level: (True, level) for level in files
        }
        ends = testca.x509.load_pem_x509_certificate(holder.certificate).not_valid_after_utc
        assert until(over(ends), LIFE + 5)

        after = {level: asked(pdf, holder, trust) for level, pdf in files.items()}
        assert {level: verdict.ok for level, verdict in after.items()} == {"B-B": False, "B-T": True, "B-LTA": True}
        assert "it has expired" in after["B-B"].sentence
        assert after["B-T"].stamped_at == before["B-T"].stamped_at
        assert after["B-LTA"].newest_at is not None
        assert asked(for_the_archive(files["B-T"], trust), holder, trust).ok  # archived a day late, it is good all the same
        late = asked(make_signed(stamped(order), holder), holder, trust)
        assert (late.ok, "it has expired" in late.sentence) == (False, True)
        assert files["B-LTA"].startswith(files["B-T"])


@pytest.mark.slow
@pytest.mark.usefixtures("warm")
def test_when_the_certificates_of_stamps_have_ended(
    app: Flask, authority: Authority, stamps_ca: Authority, page: bytes, make_holder: Any, make_order: Any, make_signed: Any,
    tmp_path: Path,
) -> None:  # fmt: skip
    """Signer and first stamp both end: B-T is lost, and what was stamped again in time passes; a gap in the chain does not."""
    (tmp_path / "stamps.pem").write_bytes(stamps_ca.roots_pem)
    trust = trust_in(authority, stamps_ca)
    holder = make_holder(*authority.issue(NAME, FIRM, **short_lived(LIFE)))
    first = stamper(stamps_ca, **short_lived(LIFE))
    with settings(app, TSA_ROOTS=str(tmp_path / "stamps.pem")):
        with stamping(app, authority, tmp_path, first), settings(app, TSA_ROOTS=str(tmp_path / "stamps.pem")):
            plain = make_signed(stamped(make_order(page, holder, authority)), holder)
            once = for_the_archive(plain, trust)
        second = stamper(stamps_ca, **short_lived(LIFE + 8))
        with stamping(app, authority, tmp_path, second), settings(app, TSA_ROOTS=str(tmp_path / "stamps.pem")):
            twice = for_the_archive(once, trust)
        assert [asked(pdf, holder, trust).ok for pdf in (plain, once, twice)] == [True] * 3
        assert until(over(ends_of(asked(once, holder, trust))), LIFE + 5)
        assert [asked(pdf, holder, trust).ok for pdf in (plain, once, twice)] == [False, False, True]
        with stamping(app, authority, tmp_path, stamper(stamps_ca)), settings(app, TSA_ROOTS=str(tmp_path / "stamps.pem")):
            thrice, too_late = for_the_archive(twice, trust), None
            assert until(over(ends_of(asked(twice, holder, trust))), LIFE + 14)
            too_late = for_the_archive(once, trust)
        assert [asked(pdf, holder, trust).ok for pdf in (once, twice, too_late, thrice)] == [False, False, False, True]
        seen = asked(thrice, holder, trust)
        assert (seen.level, seen.stamped_at) == ("B-LTA", asked_time(plain))
        assert thrice.startswith(twice) and twice.startswith(once) and once.startswith(plain)  # noqa: PT018  one chain


def ends_of(verdict: Verdict) -> datetime:
    """When the newest stamp's certificate ends."""
    assert verdict.stamp_ends is not None
    return verdict.stamp_ends


def asked_time(pdf: bytes) -> datetime | None:
    """What the stamp of the signature names."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    from app.signing import lasting

    return lasting.named_by(PdfFileReader(BytesIO(pdf)).embedded_regular_signatures[0])


def test_an_archive_without_lists_waits(
    app: Flask, authority: Authority, page: bytes, officer: Any, make_order: Any, make_signed: Any, tmp_path: Path
) -> None:
    """No list, only the other authority's, one out of its time: nothing is made; with the right one it is."""
    with stamping(app, authority, tmp_path):
        pdf = make_signed(stamped(make_order(page, officer, authority)), officer)
        old = authority.crl(now=datetime.now(UTC) - timedelta(days=9), days=7)
        for lists in ([], [authority.root_crl()], [old]):
            with pytest.raises(archive.NoLists, match="Waiting for a list of revoked certificates"):
                for_the_archive(pdf, Trust(authority.roots_pem, lists=lists))
        good = Trust(authority.roots_pem, lists=[authority.crl()])
        assert asked(for_the_archive(pdf, good), officer, good).level == "B-LTA"


def test_revoked_before_and_after_the_stamp(
    app: Flask, authority: Authority, page: bytes, make_holder: Any, make_order: Any, make_signed: Any, tmp_path: Path
) -> None:
    """What was signed before the certificate was revoked stays good; what was signed afterwards never was."""
    holder = make_holder(*authority.issue(NAME, FIRM))
    with stamping(app, authority, tmp_path):
        pdf = make_signed(stamped(make_order(page, holder, authority)), holder)
        before = authority.crl([holder.certificate], revoked_at=datetime.now(UTC) - timedelta(minutes=3))
        later = authority.crl([holder.certificate], revoked_at=datetime.now(UTC) + timedelta(minutes=3))
        for revoked, good in ((before, False), (later, True)):
            verdict = asked(pdf, holder, Trust(authority.roots_pem, lists=[revoked]))
            assert (verdict.ok, "it was revoked" in verdict.sentence) == (good, not good)


def test_lists_made_after_the_signature_count_and_old_ones_do_not_harm(
    app: Flask, authority: Authority, page: bytes, make_holder: Any, make_order: Any, make_signed: Any, tmp_path: Path
) -> None:
    """Signed ten days ago, judged and archived by today's list; one that ran out meanwhile says nothing."""
    now = datetime.now(UTC)
    holder = make_holder(*authority.issue(NAME, FIRM, not_before=now - timedelta(days=30)))
    with stamping(app, authority, tmp_path, stamper(authority, not_before=now - timedelta(days=30))):
        with clock.travel(now - timedelta(days=10)):
            pdf = make_signed(stamped(make_order(page, holder, authority)), holder)
        for days, good in ((20, False), (5, True)):
            lists = [authority.crl([holder.certificate], revoked_at=now - timedelta(days=days))]
            assert asked(pdf, holder, Trust(authority.roots_pem, lists=lists)).ok is good
        stale = [authority.crl(now=now - timedelta(days=9), days=7)]
        assert asked(pdf, holder, Trust(authority.roots_pem, lists=stale)).ok
        trust = Trust(authority.roots_pem, lists=[authority.crl(), authority.root_crl()])
        verdict = asked(for_the_archive(pdf, trust), holder, trust)
        assert (verdict.ok, verdict.level) == (True, "B-LTA")
        assert asked(for_the_archive(pdf, trust), holder, Trust(authority.roots_pem, lists=stale)).ok


def test_what_the_archive_adds_can_be_told_from_what_others_add(
    app: Flask, authority: Authority, page: bytes, officer: Any, make_order: Any, make_signed: Any, tmp_path: Path
) -> None:
    """After the archive's stamp nothing may follow; and proofs alone, without a stamp over them, are an addition too."""
    from tests.signing import test_judge

    trust = Trust(authority.roots_pem, lists=lists_of(authority))
    with stamping(app, authority, tmp_path):
        pdf = for_the_archive(make_signed(stamped(make_order(page, officer, authority)), officer), trust)
        assert asked(pdf, officer, trust).ok
        for change, words in test_judge.TAMPERED:
            altered = change(pdf, officer)
            verdict = asked(altered, officer, trust)
            assert altered != pdf
            assert not verdict.ok, change
            said = [*words.split("|"), "a time stamp of the archive"]
            assert any(word in verdict.sentence for word in said), (change, verdict.sentence)
        from pyhanko.pdf_utils.reader import PdfFileReader

        proofs_only = asyncio.run(archive._with_proofs(PdfFileReader(BytesIO(make_signed(stamped(make_order(
            page, officer, authority)), officer))), trust))  # fmt: skip
        assert "added to the file" in asked(proofs_only, officer, trust).sentence


@pytest.mark.parametrize("key", ["rsa2048", "p256"])
def test_other_programs_accept_every_level(
    app: Flask, authority: Authority, page: bytes, make_holder: Any, make_order: Any, make_signed: Any, tmp_path: Path, key: str
) -> None:
    """pdfsig, openssl, qpdf and pyHanko's own check of the archive find B-B, B-T and B-LTA sound."""
    holder = make_holder(*authority.issue(NAME, FIRM, key=key))
    trust = Trust(authority.roots_pem, lists=lists_of(authority))
    with stamping(app, authority, tmp_path):
        plain = make_signed(make_order(page, holder, authority), holder)
        timed = make_signed(stamped(make_order(page, holder, authority)), holder)
        files = {"B-B": plain, "B-T": timed, "B-LTA": for_the_archive(timed, trust)}
    for level, pdf in files.items():
        (tmp_path / "c.pdf").write_bytes(pdf)
        signature = signature_in(pdf)
        (tmp_path / "cms").write_bytes(signature.pkcs7_content[: parser.peek(signature.pkcs7_content)])
        (tmp_path / "content").write_bytes(covered(pdf, signature))
        for command, words in {
            "pdfsig -nocert c.pdf": ["Signature Validation: Signature is Valid.", "ETSI.CAdES.detached"],
            "qpdf --check c.pdf": ["No syntax or stream encoding errors"],
            "openssl cms -verify -binary -inform DER -in cms -content content -CAfile roots.pem -purpose any -out out": [
                "successful"
            ],
        }.items():
            done = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True)
            said = done.stdout + done.stderr
            assert done.returncode == 0, (level, command, said)
            assert all(word in said for word in words), (level, command, said)
    assert lta_of(files["B-LTA"], trust) == "OK"
    assert lta_of(files["B-T"], trust) != "OK"


def signature_in(pdf: bytes) -> Any:
    """The officer's signature."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    return PdfFileReader(BytesIO(pdf)).embedded_regular_signatures[0]


def covered(pdf: bytes, signature: Any) -> bytes:
    """The bytes it was made over."""
    start, length, rest, more = signature.byte_range
    return pdf[start : start + length] + pdf[rest : rest + more]


def lta_of(pdf: bytes, trust: Trust) -> str:
    """What pyHanko says by ETSI EN 319 102-1, 5.6, with nothing but what is in the file: OK, or what is missing."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation.ades import ades_lta_validation
    from pyhanko.sign.validation.policy_decl import (
        PdfSignatureValidationSpec,
        RevinfoOnlineFetchingRule,
        RevocationInfoGatheringSpec,
        SignatureValidationSpec,
    )
    from pyhanko_certvalidator.context import CertValidationPolicySpec
    from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
    from pyhanko_certvalidator.registry import SimpleTrustManager

    roots = trust.anchors(stamps=False) + trust.anchors(stamps=True)
    spec = SignatureValidationSpec(
        CertValidationPolicySpec(SimpleTrustManager.build(roots), CertRevTrustPolicy(REQUIRE_REVINFO)),
        RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY),
    )
    signature = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures[0]
    result = asyncio.run(ades_lta_validation(signature, PdfSignatureValidationSpec(spec)))
    return str(getattr(result.ades_subindic, "name", ""))


def test_what_a_level_costs(
    app: Flask, authority: Authority, page: bytes, officer: Any, make_order: Any, make_signed: Any, tmp_path: Path
) -> None:
    """The stamp fits into the room that is there anyway; the form for the archive adds less than 60 kB."""
    trust = Trust(authority.roots_pem, lists=lists_of(authority))
    with stamping(app, authority, tmp_path):
        plain = make_signed(make_order(page, officer, authority), officer)
        timed = make_signed(stamped(make_order(page, officer, authority)), officer)
        began = time.process_time()
        lasting = for_the_archive(timed, trust)
        assert time.process_time() - began < 20
    assert len(timed) == len(plain)
    assert len(lasting) - len(timed) < 60_000
