"""The laws of the wallet: what a movement is, what a fee costs, and when money may not move (domain rule 4.11)."""

from dataclasses import dataclass
from enum import StrEnum

from app.core.errors import BusinessError
from app.core.money import rupees


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


class Account(StrEnum):
    """Where money stands; every movement takes from one account and gives to another, so all of them sum to zero."""

    WALLET = "WALLET"  # the firm may spend it
    HELD = "HELD"  # the firm's, set aside for an application under way
    AGENCY = "AGENCY"  # earned by the agency
    TAX = "TAX"  # GST to be paid on
    GATEWAY = "GATEWAY"  # came in from outside


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
