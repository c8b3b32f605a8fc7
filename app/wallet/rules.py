"""The laws of the wallet: what a movement is, what a fee costs, and when money may not move (domain rule 4.11)."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from app.core.actor import Role
from app.core.errors import BusinessError
from app.core.money import rupees
from app.core.workflow import Arg, Move, Workflow

LEAST_PAISE, MOST_PAISE = 10_000, 50_000_000  # of one top-up: Rs 100 to Rs 5 lakh
PAY_WITHIN = timedelta(minutes=30)  # then the order expires; paid later, it is still credited once


class Kind(StrEnum):
    """What a movement is for."""

    OPENING = "OPENING"  # the demo's opening money; a real wallet opens at zero
    TOPUP = "TOPUP"
    HOLD = "HOLD"
    FEE = "FEE"
    GST = "GST"
    RELEASE = "RELEASE"
    REFUND = "REFUND"
    ADJUSTMENT = "ADJUSTMENT"
    SUSPENSE = "SUSPENSE"  # paid in, and nobody can say yet for what


class Account(StrEnum):
    """Where money stands; every movement takes from one account and gives to another, so all of them sum to zero."""

    WALLET = "WALLET"  # the firm may spend it
    HELD = "HELD"  # the firm's, set aside for an application under way
    AGENCY = "AGENCY"  # earned by the agency
    TAX = "TAX"  # GST to be paid on
    GATEWAY = "GATEWAY"  # came in from outside
    SUSPENSE = "SUSPENSE"  # came in and fits no order: waits for DGFT
    DGFT = "DGFT"  # what DGFT gives or takes by an adjustment


@dataclass(frozen=True, slots=True)
class Fee:
    """What one certificate costs, in paise."""

    fee_paise: int
    gst_paise: int

    @property
    def total_paise(self) -> int:
        return self.fee_paise + self.gst_paise


def fee(fee_paise: int, gst_bps: int) -> Fee:
    """The fee with its GST in basis points, rounded half up to the paisa; Rs 200 by Public Notice 5/2015-20."""
    return Fee(fee_paise, (fee_paise * gst_bps + 5_000) // 10_000)


class InsufficientFunds(BusinessError):
    """The wallet cannot pay; nothing was taken and nothing was numbered."""


def refuse_shortfall(available_paise: int, needed_paise: int) -> InsufficientFunds:
    """The refusal when a wallet cannot pay, with what is there, what is needed and what to do."""
    return InsufficientFunds(
        f"The wallet has {rupees(available_paise)} available and the fee is {rupees(needed_paise)}. "
        "Top up the wallet, then submit again; the draft is kept."
    )


class WalletStatus(StrEnum):
    """Whether a firm may spend (rule 4.11)."""

    ACTIVE = "ACTIVE"
    FROZEN = "FROZEN"


_WHY = (Arg("reason", "Reason", "paragraph", min_length=10, max_length=200, help="The firm reads it."),)
WALLET_LIFE = Workflow(
    "wallet",
    WalletStatus.ACTIVE,
    (
        Move("freeze", frozenset({"ACTIVE"}), "FROZEN", frozenset({Role.SUPERVISOR}), "wallet frozen", "Freeze the wallet", _WHY,
             tone="danger"),
        Move("thaw", frozenset({"FROZEN"}), "ACTIVE", frozenset({Role.SUPERVISOR}), "wallet unfrozen",
             "Lift the freeze", _WHY, tone="primary"),
    ),
    final=frozenset(),
)  # fmt: skip


class TopUpStatus(StrEnum):
    """Where money on its way in stands."""

    CREATED = "CREATED"  # written down here; the gateway does not know of it yet
    PENDING = "PENDING"  # the gateway waits for the payment
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"


_ON_ITS_WAY = frozenset({TopUpStatus.CREATED.value, TopUpStatus.PENDING.value})
_SYSTEM = frozenset({Role.SYSTEM})

# Only SUCCESS is booked, once. A message of the gateway may overtake our own note that it knows the order, so CREATED may
# be paid too; and what was cancelled is EXPIRED and not FAILED, because somebody may be paying at that very moment.
TOPUP_LIFE = Workflow(
    "top-up",
    TopUpStatus.CREATED,
    (
        Move("place", frozenset({"CREATED"}), "PENDING", _SYSTEM, "order placed with the gateway", "Place the order",
             automatic=True),
        Move("pay", _ON_ITS_WAY, "SUCCESS", _SYSTEM, "top-up credited", "Credit the top-up", automatic=True,
             guard="signed by the gateway, with our amount and currency"),
        Move("pay", frozenset({"EXPIRED"}), "SUCCESS", _SYSTEM, "top-up credited late", "Credit the top-up", automatic=True,
             guard="signed by the gateway, with our amount and currency"),
        Move("fail", _ON_ITS_WAY, "FAILED", _SYSTEM, "top-up failed", "Note the failed payment", automatic=True),
        Move("expire", _ON_ITS_WAY, "EXPIRED", _SYSTEM, "top-up expired", "Let the order expire", automatic=True,
             guard="30 minutes have passed and the gateway has not said that it was paid"),
        Move("cancel", _ON_ITS_WAY, "EXPIRED", frozenset({Role.PRIMARY, Role.APPLICANT}), "top-up cancelled",
             "Cancel the top-up", tone="danger"),
    ),
    final=frozenset({TopUpStatus.SUCCESS, TopUpStatus.FAILED}),
)  # fmt: skip


def why_not_top_up(paise: int) -> str:
    """The sentence why this amount cannot be topped up; empty when it can (rule 4.11: Rs 100 to Rs 5 lakh)."""
    if LEAST_PAISE <= paise <= MOST_PAISE:
        return ""
    return f"A top-up is from {rupees(LEAST_PAISE)} to {rupees(MOST_PAISE)}. Enter an amount between them."


@dataclass(frozen=True, slots=True)
class Payment:
    """What the gateway says of an order; `status` is SUCCESS, FAILED or OPEN, the amount in paise."""

    order_id: str
    status: str
    payment_id: str = ""
    amount_paise: int = 0
    currency: str = ""


class Outcome(StrEnum):
    """What was done with a message of the gateway."""

    CREDITED = "credited"
    REPEATED = "repeated"  # known already
    NOTED = "noted"  # believed, and no money follows from it
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a message leads to, why, and which move is made (none when nothing changes)."""

    outcome: Outcome
    reason: str = ""
    move: str = ""


def judge(status: str, amount_paise: int, currency: str, paid_by: str | None, said: Payment) -> Verdict:
    """What a believed message does to a top-up of this state, amount and payment id (rule 4.11)."""
    if said.status == "SUCCESS" and (said.amount_paise, said.currency) != (amount_paise, currency):
        there = f"{said.amount_paise} paise {said.currency}"
        return Verdict(Outcome.REFUSED, f"the order is for {amount_paise} paise {currency}, the payment is {there}")
    if status == TopUpStatus.SUCCESS:
        return _after_success(paid_by, said)
    if said.status == "SUCCESS" and not said.payment_id:
        return Verdict(Outcome.REFUSED, "a payment without its number")
    if said.status == "SUCCESS" and status == TopUpStatus.FAILED:
        return Verdict(Outcome.REFUSED, "the gateway had said that the payment failed; a person must look at this")
    if said.status == "SUCCESS":
        return Verdict(Outcome.CREDITED, "late" if status == TopUpStatus.EXPIRED else "", "pay")
    if said.status == "FAILED" and status in _ON_ITS_WAY:
        return Verdict(Outcome.NOTED, "the payment failed", "fail")
    return Verdict(Outcome.NOTED, "nothing follows from it")


def _after_success(paid_by: str | None, said: Payment) -> Verdict:
    if said.status != "SUCCESS":
        return Verdict(Outcome.NOTED, "the order is paid already")
    if said.payment_id == paid_by:
        return Verdict(Outcome.REPEATED, "credited before")
    return Verdict(Outcome.REFUSED, "the order was paid before by another payment; a person must look at this")


def refund_parts(paid: Fee, refund_paise: int) -> Fee:
    """A refund split into fee and GST in the proportion they were paid in; BusinessError when it is more than was paid."""
    if not 0 < refund_paise <= paid.total_paise:
        raise BusinessError(f"The refund must be more than zero and at most what was taken: {rupees(paid.total_paise)}.")
    gst = (refund_paise * paid.gst_paise + paid.total_paise // 2) // paid.total_paise
    return Fee(refund_paise - gst, gst)


PRESSES_STAND = (
    "Nothing can be submitted just now: the nightly proof found that the ledger does not agree with itself, and money must "
    "not move until that is cleared up. The draft is kept; DGFT has been told."
)
