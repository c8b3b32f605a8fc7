"""What happens by itself: registered certificates are looked after, and texts that nobody signed are forgotten."""

import logging
from collections.abc import Callable, Iterable
from datetime import timedelta

from sqlalchemy.orm import Session

from app.core.errors import BusinessError
from app.infra import queue
from app.infra.db import transaction
from app.infra.queue import Claim
from app.signing import crls, demonstration, esign_orders, orders, trust
from app.signing.aging import active, forget_challenges, look_after

log = logging.getLogger(__name__)

CERTIFICATES, LISTS = "signing.certificates", "signing.lists"
queue.PERIODIC += [(LISTS, timedelta(hours=1)), (CERTIFICATES, timedelta(hours=1))]


@queue.handler(LISTS)
def renew_lists(claim: Claim) -> None:
    """Each address by itself, and the file before the row: after a crash in between the list is fetched once more."""
    session, urls = claim.session, crls.addresses()
    demonstration.publish_lists()
    for url in urls:
        _renew(session, url)
    with transaction(session):
        crls.forget_others(session, urls)
        claim.done()


def _renew(session: Session, url: str) -> None:
    with transaction(session):
        row = crls.source(session, url)
        session.expunge(row)
    fetched, error = None, ""
    try:
        fetched = crls.renew(url, row)
        crls.keep(url, fetched)
    except (crls.Refused, OSError) as refusal:
        error = str(refusal)
        log.warning("the list of revoked certificates at %s was not renewed (%s)", url, error)
    with transaction(session):
        row = crls.source(session, url)
        crls.note(row, fetched, error)
        crls.tell_of_stale(session, row)


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


ORDERS = "signing.orders"
queue.PERIODIC.append((ORDERS, timedelta(minutes=1)))


@queue.handler(ORDERS)
def expire_orders(claim: Claim) -> None:
    """What waited for a token too long goes back."""
    _each_by_itself(claim, orders.due, orders.expire)


ESIGN = "signing.esign"
queue.PERIODIC.append((ESIGN, timedelta(minutes=1)))


@queue.handler(ESIGN)
def expire_esign_orders(claim: Claim) -> None:
    """Whoever was sent to the e-sign provider and did not come back begins anew."""
    _each_by_itself(claim, esign_orders.due, esign_orders.expire)


def _each_by_itself(claim: Claim, due: Callable[[Session], Iterable[int]], expire: Callable[[Session, int], None]) -> None:
    """Each order in a transaction of its own, so that one holds up no other."""
    session = claim.session
    late = list(due(session))
    session.rollback()
    for order_id in late:
        with transaction(session):
            expire(session, order_id)
    with transaction(session):
        claim.done()
