"""Talk to the gateway about one order: outside any transaction, so that nobody waits for a row while we wait for an answer."""

from sqlalchemy.orm import Session

from app.infra.db import transaction
from app.infra.tenancy import UNSCOPED
from app.wallet import topups
from app.wallet.gateway import the_gateway
from app.wallet.models import TopUp
from app.wallet.rules import TopUpStatus, Verdict


def ask(session: Session, topup_id: int) -> Verdict | None:
    """Place an order the gateway does not know yet, or ask what became of it and do what follows.

    Returns None when nothing follows. Called between transactions; each change is committed here. Raises NoAnswer when the
    gateway is silent, Unbelievable when what it said cannot be taken.
    """
    topup = session.get_one(TopUp, topup_id, execution_options=UNSCOPED)
    order, is_new = topups.order_of(session, topup), topup.status == TopUpStatus.CREATED
    session.rollback()
    gateway = the_gateway()
    if is_new:
        gateway.place(order)
        with transaction(session):
            topups.placed(session, session.get_one(TopUp, topup_id, execution_options=UNSCOPED))
        return None
    body, said = gateway.ask(order.order_id)
    if said.status == "OPEN":
        return None
    with transaction(session):
        return topups.follow(session, body, said)
