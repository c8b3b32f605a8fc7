"""What happened to a firm's money between two days, and what the agencies earned on each: lines that add up to the paisa.

A day is a day in India, both ends included. Every line names its application and, once there is one, its certificate.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, case, column, func, select, table
from sqlalchemy.orm import Session

from app.agencies.models import Agency, Office
from app.core import clock
from app.core.actor import EXPORTER_ROLES, Actor, Role
from app.core.errors import Fault, InvalidInput, NotAllowed, NotFound
from app.exporters.models import Exporter
from app.infra.tenancy import UNSCOPED, visible_to
from app.wallet.models import LedgerEntry, LedgerMovement
from app.wallet.rules import Account

LONGEST_STATEMENT, LONGEST_SETTLEMENT = 366, 92  # days
# The wallet stands below applications and certificates and knows of them only what a statement prints.
_APPLICATION = table("application", column("id"), column("number"), column("office_id"))
_CERTIFICATE = table("certificate", column("live_application_id"), column("number"), column("status"))
_ISSUED = ("VALID", "SUPERSEDED", "REVOKED")


@dataclass(frozen=True, slots=True)
class Period:
    """Two days in India, both included."""

    first: date
    last: date

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """From this moment on, and before that one."""
        return clock.india_midnight(self.first), clock.india_midnight(self.last + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Line:
    """One movement as the firm sees it, in paise: in or out of its money, and set aside (+) or no longer (-)."""

    at: datetime
    kind: str
    application: str
    certificate: str
    note: str
    reference: str
    amount_paise: int
    aside_paise: int
    balance_paise: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A firm's statement; balances are all its money, `aside` the part that is set aside for applications under way."""

    firm: Exporter
    period: Period
    opening_paise: int
    opening_aside_paise: int
    lines: list[Line]

    @property
    def in_paise(self) -> int:
        return sum(line.amount_paise for line in self.lines if line.amount_paise > 0)

    @property
    def out_paise(self) -> int:
        return -sum(line.amount_paise for line in self.lines if line.amount_paise < 0)

    @property
    def closing_paise(self) -> int:
        return self.opening_paise + self.in_paise - self.out_paise

    @property
    def closing_aside_paise(self) -> int:
        return self.opening_aside_paise + sum(line.aside_paise for line in self.lines)


@dataclass(slots=True)
class Earned:
    """What one office earned on one day, in paise: fees, what was given back of them, and the GST that is due."""

    day: date
    agency: str
    office: str
    fees: int = 0
    fee_paise: int = 0
    refund_paise: int = 0
    gst_paise: int = 0

    @property
    def net_paise(self) -> int:
        return self.fee_paise - self.refund_paise


def period(first: str, last: str, most_days: int) -> Period:
    """Two dates as a form sends them; left out, the present month. InvalidInput with each fault by its field."""
    faults, today = list[Fault](), clock.india_today()
    days = [today.replace(day=1), today]
    for place, (name, text) in enumerate((("first", first), ("last", last))):
        try:
            days[place] = date.fromisoformat(text) if text else days[place]
        except ValueError:
            faults.append(Fault(name, "Write the date as year-month-day, such as 2026-11-23."))
    if not first and last and not faults:
        days[0] = days[1].replace(day=1)
    if not faults and not date(2000, 1, 1) <= days[0] <= days[1] < date(2100, 1, 1):
        faults.append(Fault("last", "The first day must not be after the last."))
    elif not faults and clock.days_between(*days) >= most_days:
        faults.append(Fault("last", f"At most {most_days} days at a time. Choose a shorter period."))
    if faults:
        raise InvalidInput(faults)
    return Period(*days)


def statement(session: Session, actor: Actor, exporter_id: int | None, asked: Period) -> Statement:
    """The statement of a firm: its people see their own, DGFT any; NotFound for everybody else."""
    mine = actor.exporter_id if actor.role in EXPORTER_ROLES else None
    if actor.role is not Role.SUPERVISOR and (mine is None or exporter_id not in (None, mine)):
        raise NotFound("There is no statement under that number, or it is not yours to see.")
    firm = session.get(Exporter, mine or exporter_id or 0, execution_options=UNSCOPED)
    if firm is None:
        raise NotFound("There is no firm under that number.")
    start, _end = asked.moments
    before = select(_on(Account.WALLET), _on(Account.HELD)).where(LedgerEntry.exporter_id == firm.id, LedgerEntry.at < start)
    free, aside = (int(figure) for figure in session.execute(before, execution_options=UNSCOPED).one())
    return Statement(firm, asked, free + aside, aside, list(_lines(session, firm.id, asked, free + aside)))


def _lines(session: Session, exporter_id: int, asked: Period, balance: int) -> Iterable[Line]:
    """The movements of the period, the oldest first, with the balance after each."""
    start, end = asked.moments
    free, aside = _on(Account.WALLET), _on(Account.HELD)
    named = (LedgerMovement.kind, LedgerMovement.note, LedgerMovement.reference)
    query = select(LedgerMovement.at, *named, _APPLICATION.c.number, func.max(_CERTIFICATE.c.number), free, aside)
    query = query.join(LedgerMovement, LedgerMovement.id == LedgerEntry.movement_id)
    query = query.outerjoin(_APPLICATION, _APPLICATION.c.id == LedgerEntry.application_id)
    issued = (_CERTIFICATE.c.live_application_id == LedgerEntry.application_id) & _CERTIFICATE.c.status.in_(_ISSUED)
    query = query.outerjoin(_CERTIFICATE, issued)
    query = query.where(LedgerEntry.exporter_id == exporter_id, LedgerEntry.at >= start, LedgerEntry.at < end)
    query = query.group_by(LedgerMovement.id, LedgerMovement.at, *named, _APPLICATION.c.number).order_by(
        LedgerMovement.at, LedgerMovement.id
    )
    for when, kind, note, reference, application, certificate, into, held in session.execute(query, execution_options=UNSCOPED):
        amount = int(into) + int(held)
        balance += amount
        yield Line(when, kind, application or "", certificate or "", note, reference, amount, int(held), balance)


def _on(account: Account) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((LedgerEntry.account == account, LedgerEntry.amount_paise), else_=0)), 0)


def settlement(session: Session, actor: Actor, asked: Period) -> list[Earned]:
    """What each office earned on each day: an administrator sees the own agency, DGFT all; the newest day first."""
    if actor.role not in {Role.ADMINISTRATOR, Role.SUPERVISOR}:
        raise NotAllowed("Settlements are for the agency's administrators and DGFT.")
    start, end = asked.moments
    query = select(
        LedgerEntry.at, LedgerEntry.account, LedgerEntry.kind, LedgerEntry.amount_paise, Agency.code, Office.code, Office.name
    )
    query = query.join(Agency, Agency.id == LedgerEntry.agency_id)
    query = query.outerjoin(_APPLICATION, _APPLICATION.c.id == LedgerEntry.application_id)
    query = query.outerjoin(Office, Office.id == _APPLICATION.c.office_id)
    query = query.where(visible_to(actor, LedgerEntry), LedgerEntry.at >= start, LedgerEntry.at < end)
    query = query.where(LedgerEntry.account.in_((Account.AGENCY.value, Account.TAX.value)))
    found: dict[tuple[date, str, str], Earned] = {}
    for at, account, kind, paise, agency, code, name in session.execute(query, execution_options={"yield_per": 2000} | UNSCOPED):
        key = (clock.india_today(at), agency, f"{code} {name}" if code else "")
        _count(found.setdefault(key, Earned(*key)), account, kind, int(paise))
    return sorted(found.values(), key=lambda row: (-row.day.toordinal(), row.agency, row.office))


def _count(row: Earned, account: str, kind: str, paise: int) -> None:
    if account == Account.TAX:
        row.gst_paise += paise
    elif kind == "REFUND":
        row.refund_paise -= paise
    else:
        row.fee_paise += paise
        row.fees += 1
