"""May something be signed with this registered certificate now? Asked at every order, and again before a signature is used."""

from datetime import datetime

from app.core.errors import BusinessError
from app.signing import certcheck, trust
from app.signing.judge import Verdict, judge
from app.signing.lasting import Trust
from app.signing.models import DscRegistration


def unfit(registration: DscRegistration, holder_name: str, moment: datetime) -> list[str]:
    """Every reason against it: expired, revoked by its authority, of the wrong use or class, of another name, not bound."""
    certificate = registration.certificate_pem.encode()
    unbound = [] if registration.status == "ACTIVE" else ["It is not registered any more: register a certificate first."]
    chain = [registration.chain_pem.encode(), *trust.between()]
    lists = trust.lists_for(certificate, trust.lists())
    return unbound + certcheck.check(certificate, chain, trust.roots(), lists, moment, holder_name)


def must_be_fit(registration: DscRegistration, holder_name: str, moment: datetime) -> None:
    """Refused, with every reason, when something speaks against it."""
    if faults := unfit(registration, holder_name, moment):
        raise BusinessError(" ".join(["The digital signature certificate cannot be used.", *faults]))


def judged(pdf: bytes, certificate_sha256: str, *, moment: datetime | None = None) -> Verdict:
    """What the second program says of a file of ours, by the roots and lists that are kept here."""
    ours = trust_of()
    return judge(pdf, ours.roots, certificate_sha256, moment=moment, stamp_roots=ours.stamp_roots, lists=ours.lists)


def trust_of() -> Trust:
    """The roots and lists that are kept here."""
    return Trust(trust.roots(), trust.stamp_roots(), [each.der for each in trust.lists()])
