"""What happens by itself: the gateway is asked about orders it said nothing of, and the books are proved every night."""

import logging
import time
from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import BusinessError
from app.infra import queue
from app.infra.db import reading, transaction
from app.infra.queue import Claim, Job
from app.infra.settings import setting
from app.infra.tenancy import UNSCOPED
from app.wallet import asking, low, proof, topups
from app.wallet.gateway import NoAnswer
from app.wallet.models import TopUp, Wallet

log = logging.getLogger(__name__)

RECONCILE, LATE, PROVE = "wallet.reconcile", "wallet.reconcile_late", "wallet.prove"
queue.PERIODIC += [(RECONCILE, timedelta(minutes=3)), (LATE, timedelta(hours=1)), (PROVE, timedelta(days=1))]

PATIENCE = timedelta(minutes=1)  # the gateway's own message usually comes within seconds
ASKED_FOR = timedelta(days=3)  # after an order ended, in case it was paid at the last moment
SECONDS = 25  # for one round of asking; the rest waits for the next


@queue.handler(RECONCILE)
def reconcile(claim: Claim) -> None:
    """Ask about each order under way for more than a minute; after 30 minutes let it expire, whoever answers or not."""
    _round(claim, topups.open_orders(claim.session, PATIENCE))


@queue.handler(LATE)
def reconcile_late(claim: Claim) -> None:
    """Ask about orders that expired in the last three days: a late payment is credited too, once."""
    _round(claim, topups.expired_orders(claim.session, clock.now() - ASKED_FOR))


def _round(claim: Claim, orders: Iterable[int]) -> None:
    """Ask about one order after the other; a gateway that does not answer is not asked again in this round."""
    session, end, answers = claim.session, time.monotonic() + SECONDS, setting("GATEWAY") != "none"
    for topup_id in orders:
        if answers and time.monotonic() < end:
            answers = _asked(session, topup_id)
        with transaction(session):
            topups.expire(session, session.get_one(TopUp, topup_id, execution_options=UNSCOPED))
    with transaction(session):
        claim.done()


def _asked(session: Session, topup_id: int) -> bool:
    try:
        asking.ask(session, topup_id)
    except NoAnswer as silence:
        session.rollback()
        log.warning("the payment gateway gave no answer about top-up %s: %s", topup_id, silence.sentence)
        return False
    except BusinessError as refusal:
        session.rollback()
        log.warning("top-up %s could not be asked about: %s", topup_id, refusal.sentence)
    return True


@queue.handler(PROVE)
def prove(claim: Claim) -> None:
    """Once a night every balance is made again from its lines; a difference stops the presses."""
    session = claim.session
    token = reading.set(True)  # nobody has to wait while we add up
    try:
        faults = list(proof.prove(session))
        session.rollback()
    finally:
        reading.reset(token)
    with transaction(session):
        if faults:
            log.critical("the ledger does not agree with itself: %s", "; ".join(faults[:5]))
            proof.stop(session, faults)
        claim.done()


@queue.handler(low.LOW)
def tell_low(claim: Claim) -> None:
    """The firm hears that little is left, unless money has come in the meantime."""
    session = claim.session
    with transaction(session):
        low.tell_firm(session, session.get_one(Wallet, claim.ref, execution_options=UNSCOPED))
        claim.done()


@queue.when_dead(PROVE)
def not_proved(session: Session, job: Job) -> None:
    """Silence must not mean that all is well."""
    proof.could_not_prove(session, job.error)
