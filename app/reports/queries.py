"""What a supervisor asks of the register: how many, for how much, how fast and how long waiting; the database counts.

A period is whole days of India, today included. A certificate counts on the date it prints, and as issued for ever,
even when it was superseded or revoked later. Every statement is narrowed to what the actor may see.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, case, extract, func, select
from sqlalchemy.orm import Session

from app.agencies.models import Agency
from app.applications.models import Application
from app.applications.rules import OPEN, Status
from app.certificates.models import Certificate
from app.certificates.rules import PUBLIC
from app.core import clock
from app.core.actor import Actor
from app.infra.tenancy import visible_to
from app.wallet.models import LedgerEntry
from app.wallet.rules import Account

PENDING = OPEN - {Status.DRAFT}
# The last whole day of each age, oldest bucket apart; in words, because a spreadsheet reads 2-3 as a date.
AGES = ((1, _("0 to 1")), (3, _("2 to 3")), (7, _("4 to 7")), (30, _("8 to 30")))
OLDEST = _("over 30")


@dataclass(frozen=True, slots=True)
class Series:
    """Named numbers in their order, ready to be drawn, listed or saved."""

    title: str
    label_x: str
    label_y: str
    rows: list[tuple[str, int]]

    @property
    def total(self) -> int:
        return sum(number for _label, number in self.rows)


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers above the charts; hours are None when nothing was issued in the period."""

    issued_today: int
    issued_7_days: int
    issued_30_days: int
    fee_paise: int
    median_hours: float | None
    ninetieth_hours: float | None


def per_day(session: Session, actor: Actor, days: int = 30) -> Series:
    """Certificates issued on each day of the period; a day without any is 0."""
    count, first = func.count(Certificate.id), _first(days)
    query = select(Certificate.issue_date, count).where(*_issued(actor, first)).group_by(Certificate.issue_date)
    found = dict(session.execute(query).all())
    rows = [(clock.day(day), found.get(day, 0)) for day in (first + timedelta(days=n) for n in range(days))]
    return Series(str(_("Certificates issued per day")), str(_("Day")), str(_("Certificates")), rows)


def per_agency(session: Session, actor: Actor, days: int = 90) -> Series:
    """Certificates issued by each agency in the period, the busiest first."""
    count = func.count(Certificate.id)
    query = select(Agency.code, count).join(Certificate, Certificate.agency_id == Agency.id)
    query = query.where(*_issued(actor, _first(days))).group_by(Agency.code).order_by(count.desc(), Agency.code)
    rows = [(code, number) for code, number in session.execute(query)]
    return Series(str(_("Certificates issued per agency")), str(_("Agency")), str(_("Certificates")), rows)


def pending_by_age(session: Session, actor: Actor) -> Series:
    """Applications that wait for somebody now, by the days in India since they were first submitted."""
    since = [clock.india_midnight(clock.india_today() - timedelta(days=last)) for last, _words in AGES]
    buckets = [(Application.submitted_at >= moment, n) for n, moment in enumerate(since)]
    query = select(case(*buckets, else_=len(AGES)).label("age"), func.count(Application.id))
    query = query.where(visible_to(actor, Application), Application.status.in_(sorted(PENDING))).group_by("age")
    found: dict[int, int] = dict(session.execute(query).all())
    names = [*(words for _last, words in AGES), OLDEST]
    rows = [(str(words), found.get(n, 0)) for n, words in enumerate(names)]
    return Series(str(_("Pending applications by age")), str(_("Days since submission")), str(_("Applications")), rows)


def figures(session: Session, actor: Actor, days: int = 30) -> Figures:
    """Issued today and in the last 7 and 30 days; fees and turnaround of the period."""
    since = [func.count(case((Certificate.issue_date >= _first(length), 1))) for length in (1, 7, 30)]
    issued = session.execute(select(*since).where(*_issued(actor, _first(30)))).one()
    median, ninetieth = (turnaround_hours(session, actor, share, days) for share in (0.5, 0.9))
    return Figures(issued[0], issued[1], issued[2], fee_earned(session, actor, days), median, ninetieth)


def fee_earned(session: Session, actor: Actor, days: int = 30) -> int:
    """What the agencies earned in the period, in paise: the sum of their entries in the ledger."""
    query = select(func.coalesce(func.sum(LedgerEntry.amount_paise), 0)).where(
        visible_to(actor, LedgerEntry), LedgerEntry.account == Account.AGENCY.value,
        LedgerEntry.at >= clock.india_midnight(_first(days)),
    )  # fmt: skip
    return int(session.scalar(query) or 0)


def turnaround_hours(session: Session, actor: Actor, share: float, days: int = 30) -> float | None:
    """The hours by the clock, from submission to issue, within which this share of the period's certificates came.

    Between two ranks the value is interpolated, as spreadsheets and PERCENTILE_CONT do. The database sorts, and only
    the one or two rows beside the wanted rank come out of it.
    """
    seconds = extract("epoch", Certificate.issued_at) - extract("epoch", Application.submitted_at)
    place, number = func.row_number().over(order_by=seconds) - 1, func.count().over()
    query = select(place.label("place"), number.label("number"), seconds.label("seconds"))
    query = query.join(Application, Application.id == Certificate.application_id)
    ranked = query.where(*_issued(actor, _first(days)), visible_to(actor, Application)).subquery()
    beside = func.abs(ranked.c.place - share * (ranked.c.number - 1)) < 1
    rows = session.execute(select(ranked).where(beside).order_by(ranked.c.place)).all()
    if not rows:
        return None
    low, high = float(rows[0].seconds), float(rows[-1].seconds)
    beyond = share * (int(rows[0].number) - 1) - int(rows[0].place)
    return (low + (high - low) * beyond) / 3600


def _first(days: int) -> date:
    """The first day of a period of so many days that ends today."""
    return clock.india_today() - timedelta(days=days - 1)


def _issued(actor: Actor, first: date) -> tuple[ColumnElement[bool], ...]:
    """Certificates that left the house on or after a day; one that is being prepared or was voided never did."""
    return (visible_to(actor, Certificate), Certificate.status.in_(sorted(PUBLIC)), Certificate.issue_date >= first)
