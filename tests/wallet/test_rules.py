"""What a fee is: whole paise, with its GST rounded half up to the paisa."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.wallet.rules import Fee, fee, refuse_shortfall


@pytest.mark.parametrize(
    ("paise", "bps", "gst"),
    [
        (20_000, 0, 0),  # the fee of today, no GST on it
        (20_000, 1_800, 3_600),
        (12_345, 1_800, 2_222),  # 2,222.10
        (12_347, 1_800, 2_222),  # 2,222.46
        (12_348, 1_800, 2_223),  # 2,222.64
        (25, 1_800, 5),  # 4.50 goes up
        (1, 5_000, 1),  # half a paisa goes up
        (1, 4_999, 0),
        (0, 1_800, 0),
    ],
)
def test_gst_is_rounded_half_up_to_the_paisa(paise: int, bps: int, gst: int) -> None:
    """The cases an auditor would compute by hand."""
    assert fee(paise, bps) == Fee(paise, gst)
    assert fee(paise, bps).total_paise == paise + gst


@given(st.integers(0, 10**12), st.integers(0, 10_000))
def test_gst_is_never_off_by_more_than_half_a_paisa(paise: int, bps: int) -> None:
    """Also for sums no fee will ever reach: there is no float on the way."""
    assert -5_000 < fee(paise, bps).gst_paise * 10_000 - paise * bps <= 5_000


def test_the_refusal_says_what_is_there_what_is_needed_and_what_to_do() -> None:
    """A sentence in rupees that a clerk can act on."""
    assert refuse_shortfall(19_900, 20_000).sentence == (
        "The wallet has ₹199.00 available and the fee is ₹200.00. Top up the wallet, then submit again; the draft is kept."
    )
