"""What happens by itself: registered certificates are looked after, and texts that nobody signed are forgotten."""

import logging
from datetime import timedelta

from app.core.errors import BusinessError
from app.infra import queue
from app.infra.db import transaction
from app.infra.queue import Claim
from app.signing import trust
from app.signing.aging import active, forget_challenges, look_after

log = logging.getLogger(__name__)

CERTIFICATES = "signing.certificates"
queue.PERIODIC.append((CERTIFICATES, timedelta(hours=1)))


@queue.handler(CERTIFICATES)
def look_after_certificates(claim: Claim) -> None:
    """Each certificate is a transaction of its own, so that one that cannot be read does not hold up the others."""
    session = claim.session
    lists, due = trust.lists(), active(session)
    session.rollback()
    for registration_id in due:
        try:
            with transaction(session):
                look_after(session, registration_id, lists)
        except BusinessError as refusal:
            log.warning("registered certificate %d was not looked after (%s)", registration_id, refusal.sentence)
    with transaction(session):
        forget_challenges(session)
        claim.done()
