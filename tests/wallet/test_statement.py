"""The statement: every paisa with its certificate, sums that close, and nobody else's money."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader

from app.core import clock
from app.core.actor import SYSTEM_ACTOR
from app.core.errors import BusinessError, InvalidInput, NotAllowed
from app.core.money import parse_rupees
from app.infra.db import transaction
from app.wallet import service, statement
from app.wallet.models import LedgerEntry, LegacyWalletNote
from app.wallet.rules import Account, Fee, InsufficientFunds, Kind, refund_parts
from app.wallet.statement import LONGEST_STATEMENT, Period
from tests import factories
from tests.people import ADMIN, CLERK, EXPORTER, OFFICER, OTHER_ADMIN, OTHER_EXPORTER, SUPERVISOR, actor_for

RS_200, OPENING = 20_000, 5_000_000


def this_month() -> Period:
    return statement.period("", "", LONGEST_STATEMENT)


def told(session: Any, who: str = EXPORTER, asked: Period | None = None) -> statement.Statement:
    session.expire_all()
    return statement.statement(session, actor_for(session, who), None, asked or this_month())


def rows(answer: Any) -> list[list[str]]:
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.text)))


def test_every_paisa_names_its_certificate(session: Any, issued: Any) -> None:
    """The fee line has the application's and the certificate's number, and the sums close."""
    certificate = issued()
    paper = told(session)
    fee = next(line for line in paper.lines if line.kind == "FEE")
    assert (fee.application, fee.certificate) == (certificate.application.number, certificate.number)
    assert (fee.amount_paise, fee.aside_paise) == (-RS_200, -RS_200)
    held = next(line for line in paper.lines if line.kind == "HOLD")
    assert (held.amount_paise, held.aside_paise, held.application) == (0, RS_200, certificate.application.number)
    wallet = service.open_wallet(session, paper.firm.id)
    assert (paper.closing_paise, paper.closing_aside_paise) == (wallet.balance_paise, wallet.held_paise)
    assert paper.lines[-1].balance_paise == paper.closing_paise


def test_the_opening_balance_is_the_closing_one_of_the_day_before(session: Any, filed: Any) -> None:
    """Cut anywhere: nothing falls between two statements."""
    filed("SUBMITTED")
    today = clock.india_today()
    later = told(session, asked=Period(today + timedelta(days=1), today + timedelta(days=2)))
    until_today = told(session, asked=Period(today - timedelta(days=400), today))
    assert (later.opening_paise, later.opening_aside_paise) == (until_today.closing_paise, until_today.closing_aside_paise)
    assert (until_today.opening_paise, later.lines) == (0, [])
    assert until_today.closing_aside_paise == RS_200


def test_screen_csv_and_pdf_say_the_same(session: Any, issued: Any, login: Any) -> None:
    """The numbers of the certificate are in all three, and the CSV adds up to its last line."""
    number = issued().number
    browser = login(CLERK)
    assert number in browser.get("/wallet/statement").text
    table = rows(browser.get("/wallet/statement/statement.csv"))
    assert any(number in row for row in table)
    paise = [[parse_rupees(cell) for cell in row[5:7]] for row in table[2:-1]]
    opening, closing = parse_rupees(table[1][8]), parse_rupees(table[-1][8])
    assert closing == opening + sum(into - out for into, out in paise) == OPENING - RS_200
    paper = PdfReader(io.BytesIO(browser.get("/wallet/statement/statement.pdf").data))
    words = "".join(page.extract_text() for page in paper.pages)
    assert number in words
    assert "Closing balance ₹49,800.00" in words


def test_a_long_statement_goes_on_over_the_page(session: Any, login: Any) -> None:
    """Forty top-ups fill two pages, and none is lost."""
    firm = actor_for(session, EXPORTER).exporter_id or 0
    with transaction(session):
        for number in range(40):
            service.credit(session, firm, 10_000 + number, SYSTEM_ACTOR, kind=Kind.ADJUSTMENT, reference=f"adjusted:{number}")
    paper = PdfReader(io.BytesIO(login(EXPORTER).get("/wallet/statement/statement.pdf").data))
    words = "".join(page.extract_text() for page in paper.pages)
    assert len(paper.pages) == 2
    assert all(f"adjusted:{number}" in words for number in range(40))


def test_the_neighbour_and_the_officer_see_nothing(session: Any, login: Any, issued: Any) -> None:
    """Another firm's statement is not there; DGFT sees any."""
    number, firm = issued().number, actor_for(session, EXPORTER).exporter_id
    assert login(OTHER_EXPORTER).get(f"/wallet/statement?firm={firm}").status_code == 404
    assert number not in login(OTHER_EXPORTER).get("/wallet/statement").text
    assert login(OFFICER).get(f"/wallet/statement?firm={firm}").status_code == 403
    assert number in login(SUPERVISOR).get(f"/wallet/statement?firm={firm}").text
    assert login(SUPERVISOR).get("/wallet/statement").status_code == 404


@pytest.mark.parametrize(
    ("first", "last"),
    [("yesterday", ""), ("2026-02-30", "2026-03-01"), ("2026-03-02", "2026-03-01"), ("2024-01-01", "2026-01-01"),
     ("0001-01-01", "9999-12-31")],
)  # fmt: skip
def test_a_period_that_is_none_is_told_at_its_field(login: Any, first: str, last: str) -> None:
    """The page shows the present month and what is wrong; the files are refused."""
    asked = f"?first={first}&last={last}"
    page = login(EXPORTER).get(f"/wallet/statement{asked}")
    assert (page.status_code, 'role="alert"' in page.text) == (422, True)
    assert login(EXPORTER).get(f"/wallet/statement/statement.csv{asked}").status_code == 422


def test_a_day_is_a_day_in_india() -> None:
    """From midnight to midnight there."""
    start, end = Period(date(2026, 11, 1), date(2026, 11, 1)).moments
    assert (clock.stamp(start), clock.stamp(end)) == ("1 Nov 2026, 00:00 IST", "2 Nov 2026, 00:00 IST")


# --- settlement --------------------------------------------------------------------------------------------------------


def test_the_settlement_adds_up_to_the_agencys_account(app: Flask, session: Any, issued: Any, login: Any) -> None:
    """By day and office, on the screen and as a table; the other agency sees only its own."""
    for _ in range(2):
        issued()
    service.refund(session, first_fee(session), actor_for(session, SUPERVISOR), reason="The fee was taken twice.", paise=5_000)
    session.commit()
    asked = this_month()
    (row,) = statement.settlement(session, actor_for(session, ADMIN), asked)
    assert (row.agency, row.office[:3], row.fees, row.fee_paise, row.refund_paise) == ("FIEC", "001", 2, 2 * RS_200, 5_000)
    earned = session.query(LedgerEntry).filter_by(account=str(Account.AGENCY)).all()
    assert row.net_paise == sum(entry.amount_paise for entry in earned)
    table = rows(login(ADMIN).get("/wallet/settlement/settlement.csv"))
    assert table[1][1:] == ["FIEC", row.office, "2", "400.00", "50.00", "350.00", "0.00"]
    assert "₹350.00" in login(SUPERVISOR).get("/wallet/settlement").text
    assert statement.settlement(session, actor_for(session, OTHER_ADMIN), asked) == []
    with pytest.raises(NotAllowed):
        statement.settlement(session, actor_for(session, EXPORTER), asked)


def first_fee(session: Any) -> int:
    return int(session.query(LedgerEntry).filter_by(kind="FEE").order_by(LedgerEntry.id).first().application_id)


# --- refunds -----------------------------------------------------------------------------------------------------------


def test_dgft_gives_a_fee_back_once(session: Any, issued: Any, login: Any) -> None:
    """From the ledger's page, with a reason the firm reads; a second time is refused, and the books agree."""
    issued()
    entry = session.query(LedgerEntry).filter_by(kind="FEE", account="AGENCY").one()
    dgft = login(SUPERVISOR)
    assert f"/wallet/refund/{entry.id}" in dgft.get(f"/ledgerview/show/{entry.id}").text
    short = dgft.post(f"/wallet/refund/{entry.id}", data={"reason": "oops"})
    assert (short.status_code, "at least 10 characters" in short.text) == (422, True)
    too_much = dgft.post(f"/wallet/refund/{entry.id}", data={"reason": "The fee was taken twice.", "amount": "200.01"})
    assert (too_much.status_code, "at most what was taken: ₹200.00" in too_much.text) == (422, True)
    assert dgft.post(f"/wallet/refund/{entry.id}", data={"reason": "The fee was taken twice."}).status_code == 302
    again = dgft.post(f"/wallet/refund/{entry.id}", data={"reason": "The fee was taken twice."})
    assert (again.status_code, "given back before" in again.text) == (422, True)
    assert service.open_wallet(session, actor_for(session, EXPORTER).exporter_id or 0).available_paise == OPENING
    assert "₹200.00 were given back" in login(EXPORTER).get("/notices/").text
    assert [line.kind for line in told(session).lines][-2:] == ["FEE", "REFUND"]
    assert list(service.prove(session)) == []


@pytest.mark.parametrize("who", [EXPORTER, OFFICER, ADMIN])
def test_nobody_but_dgft_gives_back(session: Any, issued: Any, who: str) -> None:
    """Least of all the firm itself."""
    issued()
    with pytest.raises(NotAllowed):
        service.refund(session, first_fee(session), actor_for(session, who), reason="I would like it back.")


def test_a_fee_that_is_only_held_is_not_given_back(session: Any, filed: Any) -> None:
    """It was not taken yet."""
    with pytest.raises(BusinessError, match="No fee was taken"):
        service.refund(session, filed("SUBMITTED"), actor_for(session, SUPERVISOR), reason="The fee was taken twice.")


@pytest.mark.parametrize(("refund", "parts"), [(23_600, (20_000, 3_600)), (11_800, (10_000, 1_800)), (1, (1, 0)), (5, (4, 1))])
def test_a_part_takes_its_part_of_the_gst(refund: int, parts: tuple[int, int]) -> None:
    """In the proportion both were paid in, and not a paisa more or less."""
    found = refund_parts(Fee(20_000, 3_600), refund)
    assert (found.fee_paise, found.gst_paise) == parts


@pytest.mark.parametrize("refund", [0, -1, 23_601])
def test_a_refund_is_at_most_what_was_paid(refund: int) -> None:
    """And more than nothing."""
    with pytest.raises(BusinessError, match=r"at most what was taken: ₹236.00"):
        refund_parts(Fee(20_000, 3_600), refund)


# --- scenarios 26 and 29 -------------------------------------------------------------------------------------------------


def test_scenario_26_rs_199_files_nothing_and_rs_200_files_one(app: Flask, session: Any, filed: Any) -> None:
    """Given Rs 199: refused, no number, no entry; with Rs 200 the balance becomes 0 and one FEE entry exists (S23)."""
    from app.applications.models import Application

    firm, pk, other = actor_for(session, EXPORTER).exporter_id or 0, filed(), filed()
    with transaction(session):
        service.hold(session, firm, other, Fee(OPENING - 19_900, 0), SYSTEM_ACTOR)
    entries = session.query(LedgerEntry).count()
    with pytest.raises(InsufficientFunds, match=r"has ₹199.00 available and the fee is ₹200.00"):
        factories.move(app, pk, EXPORTER, "submit")
    session.expire_all()
    assert (session.get_one(Application, pk).number, session.query(LedgerEntry).count()) == (None, entries)
    with transaction(session):
        service.credit(session, firm, 100, SYSTEM_ACTOR, kind=Kind.ADJUSTMENT, reference="one rupee")
    for who, name in ((EXPORTER, "submit"), (OFFICER, "take_up"), (OFFICER, "approve")):
        factories.move(app, pk, who, name)
    factories.run_jobs(app)
    session.expire_all()
    assert service.open_wallet(session, firm).available_paise == 0
    assert session.query(LedgerEntry).filter_by(kind="FEE", account="HELD", application_id=pk).count() == 1


def test_scenario_29_the_old_wallet_is_shown_and_cannot_pay(session: Any, login: Any, filed: Any, app: Flask) -> None:
    """Given Rs 5,000 in the legacy wallet: the wallet here shows what is here, and the note can't pay (S24)."""
    firm = actor_for(session, OTHER_EXPORTER).exporter_id or 0
    wallet = service.open_wallet(session, firm)
    pk = factories.filed(app, exporter=OTHER_EXPORTER, agency="SWCC", office="001")
    other = factories.filed(app, exporter=OTHER_EXPORTER, agency="SWCC", office="001")
    with transaction(session):
        service.note_legacy(session, firm, 500_000, clock.india_today(), SYSTEM_ACTOR)
        service.hold(session, firm, other, Fee(wallet.available_paise, 0), SYSTEM_ACTOR)
    page = login(OTHER_EXPORTER).get("/walletview/list/", follow_redirects=True).text
    assert "₹5,000.00" in page
    assert "This money cannot pay here." in page
    assert '<p class="money">₹0.00</p>' in page
    with pytest.raises(InsufficientFunds, match=r"has ₹0.00 available"):
        factories.move(app, pk, OTHER_EXPORTER, "submit")
    assert session.query(LegacyWalletNote).one().legacy_balance_paise == 500_000


def test_the_old_balance_is_noted_by_dgft_alone(session: Any) -> None:
    """And not in the future."""
    with pytest.raises(NotAllowed):
        service.note_legacy(session, 1, 1, clock.india_today(), actor_for(session, EXPORTER))
    with pytest.raises(BusinessError, match="nor its date in the future"):
        service.note_legacy(session, 1, 1, clock.india_today() + timedelta(days=1), SYSTEM_ACTOR)


def test_a_period_begins_with_the_month(session: Any) -> None:
    """Left out, the present month up to today; an end without a beginning has its own month."""
    today = clock.india_today()
    assert this_month() == Period(today.replace(day=1), today)
    assert statement.period("", "2026-02-14", 366) == Period(date(2026, 2, 1), date(2026, 2, 14))
    with pytest.raises(InvalidInput):
        statement.period("2026-02-15", "2026-02-14", 366)
