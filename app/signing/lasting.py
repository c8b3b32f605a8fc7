"""Was a signature good when it was made? Asked of the time stamps on it, from the newest back to the oldest.

Each stamp is judged at the moment that the next newer one proves, the newest one now; what it proves is the moment for the
one before it, and in the end for the signature. So neither the end of the signer's certificate nor that of a stamp's own
turns an issued file bad, as long as somebody stamped it again in time.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from asn1crypto import crl

from app.signing import certcheck

CLOCKS = timedelta(minutes=5)  # how far the clocks of two authorities may differ
WRONG_ORDER = "a time stamp names a later moment than the one that was put over it"
SIGNING_USAGES = {"digital_signature", "non_repudiation"}


@dataclass(frozen=True)
class Trust:
    """Whom to believe: roots of signers, roots of those who stamp, and lists of revoked certificates (DER), if any."""

    roots: bytes | Iterable[bytes]
    stamp_roots: bytes | Iterable[bytes] | None = None  # the same, if not given
    lists: Sequence[bytes] = ()

    def anchors(self, *, stamps: bool) -> list[Any]:
        """The roots for signers or for stamps."""
        return certcheck.certificates(self.stamp_roots if stamps and self.stamp_roots is not None else self.roots)

    def current(self, moment: datetime) -> list[Any]:
        """The lists that are not out of date at a moment: one that is says nothing, and the library would take it for a fault."""
        every = (crl.CertificateList.load(der) for der in self.lists)
        return [each for each in every if (ends := each["tbs_cert_list"]["next_update"].native) is None or ends > moment]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a stamp or a signature turned out to be: `fault` in a few words, empty when it holds."""

    fault: str = ""
    certificate: Any = None
    time: datetime | None = None  # when it is proved to have been there
    by: str = ""  # who stamped it


def look_at_token(signed: Any, digest: Callable[[str], bytes], trust: Trust, moment: datetime) -> Seen:
    """A time stamp (SignedData) over what has this digest, judged at a moment."""
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
    from pyhanko.sign.validation.status import TimestampSignatureStatus

    hush()
    try:
        status = TimestampSignatureStatus(**asyncio.run(validate_tst_signed_data(signed, context(trust, moment), digest)))
    except SignatureValidationError as error:
        return Seen(f"it cannot be judged: {error}")
    if not (status.intact and status.valid):
        return Seen("it is about other bytes, or its signature does not verify")
    if not status.trusted:
        return Seen(f"its certificate does not hold: {trust_problem(status)}", status.signing_cert, status.timestamp)
    return Seen("", status.signing_cert, status.timestamp, str(status.signing_cert.subject.native.get("common_name", "")))


def look_at_signature(signature: Any, trust: Trust, moment: datetime, *, proved: bool = False) -> Seen:
    """An embedded signature with its own stamp, judged at a moment; its fault is one of its certificate or of its stamp.

    `proved`: the moment is what a newer stamp says. Whether it covers the file, and verifies, is asked elsewhere.
    """
    stamps = list(_tokens(signature.signer_info))
    if not stamps:
        return Seen(_certificate_fault(signature, trust, moment), signature.signer_cert, None)
    if len(stamps) > 1:
        return Seen("it carries several time stamps where one belongs", signature.signer_cert)
    stamp = _own_stamp(signature, stamps[0], trust, moment)
    if stamp.fault:
        return Seen(f"the time stamp of the signature: {stamp.fault}", signature.signer_cert, stamp.time)
    assert stamp.time is not None  # noqa: S101  a stamp without fault names its time
    if proved and stamp.time > moment + CLOCKS:
        return Seen(WRONG_ORDER, signature.signer_cert, stamp.time)
    fault = _certificate_fault(signature, trust, stamp.time) or _with_time_fault(signature, trust, moment)
    return Seen(fault, signature.signer_cert, stamp.time, stamp.by)


def is_stamped(signature: Any) -> bool:
    """Whether a signature carries a time stamp of its own."""
    return bool(list(_tokens(signature.signer_info)))


def own_stamp_of(signature: Any) -> Seen | None:
    """Who made the stamp of a signature, if it has one; whether it holds is not asked."""
    return next((_said(token) for token in _tokens(signature.signer_info)), None)


def named_by(signature: Any) -> datetime | None:
    """The moment that a time stamp of the archive names, or the stamp of a signature; None without one."""
    own = own_stamp_of(signature) if signature.sig_object_type == "/Sig" else _said(signature.signed_data)
    return own.time if own is not None else None


def _said(token: Any) -> Seen:
    from pyhanko.sign.general import extract_certificate_info

    named = token["encap_content_info"]["content"].parsed["gen_time"].native
    return Seen(certificate=extract_certificate_info(token).signer_cert, time=named)


def _tokens(signer: Any) -> Iterable[Any]:
    from pyhanko.sign.validation.generic_cms import extract_tst_data_iter

    return extract_tst_data_iter(signer, signed=False)


def _own_stamp(signature: Any, token: Any, trust: Trust, moment: datetime) -> Seen:
    from pyhanko.sign.validation.generic_cms import message_imprint_checker

    return look_at_token(token, message_imprint_checker(signature.signer_info), trust, moment)


def _certificate_fault(signature: Any, trust: Trust, moment: datetime) -> str:
    """The signer's certificate at the moment of signing: in its time, under our roots, for signing, not revoked by then.

    pyHanko's own check with time asks only whether the certificate had begun when it was stamped, not whether it had ended.
    """
    from pyhanko.sign.validation.generic_cms import async_validate_cms_signature
    from pyhanko.sign.validation.settings import KeyUsageConstraints

    usages = KeyUsageConstraints(key_usage=SIGNING_USAGES, match_all_key_usages=False)
    status = asyncio.run(
        async_validate_cms_signature(
            signature.signed_data, raw_digest=signature.compute_digest(), key_usage_settings=usages,
            validation_context=context(trust, moment, stamps=False),
        )
    )  # fmt: skip
    return "" if status.trusted else trust_problem(status)


def _with_time_fault(signature: Any, trust: Trust, moment: datetime) -> str:
    """The second opinion, by the rules of ETSI EN 319 102-1: good when it was stamped, with the lists known today."""
    from pyhanko.sign.validation.ades import ades_with_time_validation
    from pyhanko.sign.validation.policy_decl import (
        CertificateFetchingRule,
        LocalKnowledge,
        RevinfoOnlineFetchingRule,
        SignatureValidationSpec,
    )
    from pyhanko.sign.validation.policy_decl import RevocationInfoGatheringSpec as Gathering
    from pyhanko.sign.validation.settings import KeyUsageConstraints
    from pyhanko_certvalidator.context import CertValidationPolicySpec
    from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
    from pyhanko_certvalidator.registry import SimpleTrustManager
    from pyhanko_certvalidator.revinfo.archival import CRLContainer

    def believing(*, stamps: bool) -> Any:
        return CertValidationPolicySpec(SimpleTrustManager.build(trust.anchors(stamps=stamps)), _revocation_policy())

    spec = SignatureValidationSpec(
        cert_validation_policy=believing(stamps=False),
        ts_cert_validation_policy=believing(stamps=True),
        revinfo_gathering_policy=Gathering(
            RevinfoOnlineFetchingRule.LOCAL_ONLY, certificate_fetching_rule=CertificateFetchingRule.NEVER_FETCH
        ),
        local_knowledge=LocalKnowledge(known_crls=[CRLContainer(each) for each in trust.current(moment)]),
        key_usage_settings=KeyUsageConstraints(key_usage=SIGNING_USAGES, match_all_key_usages=False),
    )
    found = asyncio.run(
        ades_with_time_validation(
            signature.signed_data, spec, timing_info=ValidationTimingInfo(moment, moment, point_in_time_validation=True),
            raw_digest=signature.compute_digest(),
        )
    )  # fmt: skip
    indication = str(getattr(found.ades_subindic, "name", ""))
    return "" if indication == "OK" else words_of(indication)


def _revocation_policy() -> Any:
    """A list that names the certificate counts; that there is none does not."""
    from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, RevocationCheckingPolicy, RevocationCheckingRule

    soft = RevocationCheckingRule.CHECK_IF_DECLARED_SOFT
    # A list made after the moment in question tells more about it than one made before.
    return CertRevTrustPolicy(RevocationCheckingPolicy(soft, soft), retroactive_revinfo=True)


def context(trust: Trust, moment: datetime, *, stamps: bool = True) -> Any:
    """What certificates are judged by: our roots, our lists, this moment, and nobody is asked."""
    from pyhanko_certvalidator import ValidationContext

    return ValidationContext(
        trust_roots=trust.anchors(stamps=stamps), crls=trust.current(moment), allow_fetching=False, moment=moment.astimezone(UTC),
        revinfo_policy=_revocation_policy(),
    )  # fmt: skip


def trust_problem(status: Any) -> str:
    """Why a certificate is not trusted, in a few words."""
    return words_of(getattr(status.trust_problem_indic, "name", "") or "")


def words_of(indication: str) -> str:
    """An indication of ETSI EN 319 102-1 in a few words."""
    words = {
        "NO_CERTIFICATE_CHAIN_FOUND": "it was not issued under a trusted authority",
        "OUT_OF_BOUNDS_NO_POE": "it has expired or is not yet valid",
        "OUT_OF_BOUNDS_NOT_REVOKED": "it has expired or is not yet valid",
        "NOT_YET_VALID": "it has expired or is not yet valid",
        "CHAIN_CONSTRAINTS_FAILURE": "it may not be used for signing",
        "REVOKED_NO_POE": "it was revoked",
        "REVOKED_CA_NO_POE": "its authority was revoked",
        "REVOKED": "it was revoked",
    }
    return words.get(indication, indication.replace("_", " ").lower() or "it is not trusted")


def hush() -> None:
    """A file that fails is an answer to the caller, not an event of its own with a stack trace in the log."""
    for name in ("pyhanko", "pyhanko_certvalidator"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
