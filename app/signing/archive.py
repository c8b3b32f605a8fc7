"""Makes a signed file provable for decades: certificates and lists of revoked ones go into it, and a time stamp over all."""

import asyncio
from io import BytesIO
from typing import Any

from asn1crypto import cms

from app.core import clock
from app.core.errors import BusinessError
from app.infra.queue import NotYet
from app.signing import lasting, timestamp
from app.signing.lasting import Trust

ROOM = 8192  # bytes kept for the time stamp: 4 kB with two certificates
LATER_SECONDS = 3600


class NoLists(NotYet):
    """A list of revoked certificates is missing: without it the file could not prove that the signer's was none of them."""

    def __init__(self, why: str) -> None:
        super().__init__(f"Waiting for a list of revoked certificates: {why}", LATER_SECONDS)


def for_the_archive(pdf: bytes, trust: Trust) -> bytes:
    """The file with one more revision (PAdES B-LTA): proofs for what came last, then a time stamp over everything.

    What came last is the signature, or when the file was archived before, its newest time stamp. Nothing that was there is
    changed. NoTimeStamp or NoLists when something is missing just now.
    """
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.signers import PdfTimeStamper

    lasting.hush()
    proved = asyncio.run(_with_proofs(PdfFileReader(BytesIO(pdf)), trust))
    number = len(PdfFileReader(BytesIO(pdf)).embedded_timestamp_signatures) + 1
    out = BytesIO()
    PdfTimeStamper(_stamper(), field_name=f"Archive{number}").timestamp_pdf(
        IncrementalPdfFileWriter(BytesIO(proved)), "sha256", bytes_reserved=2 * ROOM, output=out
    )
    return out.getvalue()


async def _with_proofs(reader: Any, trust: Trust) -> bytes:
    """The file with the certificates and lists by which its newest stamp, or its signature, can be judged."""
    from pyhanko.sign.validation.dss import async_add_validation_info
    from pyhanko_certvalidator.errors import InsufficientRevinfoError, PathBuildingError, PathValidationError

    stamps = list(reader.embedded_timestamp_signatures)
    newest = stamps[-1] if stamps else reader.embedded_regular_signatures[0]
    try:
        out = await async_add_validation_info(newest, _context(newest, trust), add_vri_entry=not stamps)
    except InsufficientRevinfoError as error:
        raise NoLists("there is none of the signer's authority, or of the one that stamps, that is in its time.") from error
    except (PathBuildingError, PathValidationError) as error:
        raise BusinessError(f"The file cannot be archived, because a certificate in it does not hold: {error}") from error
    return bytes(out.getvalue())


def _context(signature: Any, trust: Trust) -> Any:
    """Proofs are asked for at the moment of the stamp; a later list says more about it, not less."""
    from pyhanko_certvalidator import ValidationContext
    from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, RevocationCheckingPolicy, RevocationCheckingRule

    policy = RevocationCheckingPolicy(RevocationCheckingRule.CRL_REQUIRED, RevocationCheckingRule.CHECK_IF_DECLARED_SOFT)
    moment = lasting.named_by(signature) or clock.now()
    both = {root.sha256: root for stamps in (False, True) for root in trust.anchors(stamps=stamps)}
    return ValidationContext(
        trust_roots=list(both.values()), crls=trust.lists, allow_fetching=False, moment=moment,
        revinfo_policy=CertRevTrustPolicy(policy, retroactive_revinfo=True),
    )  # fmt: skip


def _stamper() -> Any:
    """Our authority and our way of asking it, in the form the library wants."""
    from pyhanko.sign.timestamps import TimeStamper

    class Ours(TimeStamper):
        async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> Any:
            # In a thread of its own: the stamp is looked at with a loop of its own, and loops cannot be nested.
            return cms.ContentInfo.load((await asyncio.to_thread(timestamp.stamp, message_digest)).token)

    return Ours()
