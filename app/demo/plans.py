"""What is to become of each application of the demonstration, and when: two hundred lives over the last ninety days."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from app.core import clock
from app.demo.firms import BY_LETTERS, FIEC_NORTH, TRADES
from app.demo.goods import FOREIGN

MARK = "PO/DEMO/"
OPENS, CLOSES = 10, 18  # office hours in India
SUNDAY = 6


def mark(number: int) -> str:
    """The purchase order's number, which is not printed, marks an application of the demonstration."""
    return f"{MARK}{number:03d}"


@dataclass(frozen=True, slots=True)
class Plan:
    """One application: whose, what becomes of it, and how many days ago that was so."""

    number: int
    pan: str
    outcome: str
    age: float
    desk: tuple[str, str]
    query: bool = False
    retrospective: bool = False
    foreign: bool = False
    instead_of: int | None = None  # the plan whose certificate this one replaces
    afterwards: str = ""  # "revoked": what befell the certificate later; "recalled": approved once before

    @property
    def mark(self) -> str:
        """By which the application is found again."""
        return mark(self.number)

    def chance(self, about: str = "") -> Random:
        """Dice that always fall the same way for this application."""
        return Random(f"{self.number} {about}")


class Step(NamedTuple):
    """A verb and the moment at which it is said."""

    verb: str
    at: datetime


# Hours from the step before, the shortest and the longest; a signature takes seconds.
GAPS = {
    "create": (0, 0), "submit": (0.5, 20), "take_up": (2, 40), "query": (0.4, 5), "edit": (8, 80), "reply": (0.2, 3),
    "approve": (0.3, 7), "recall": (0.5, 3), "release": (0.1, 0.4), "reject": (0.4, 6), "withdraw": (3, 30),
    "issue": (0.005, 0.02), "fail": (0.01, 0.03), "lapse": (1, 3),
}  # fmt: skip
LOOK = ("create", "submit", "take_up")
ASK = ("query", "edit", "reply")
ROADS = {
    "DRAFT": ("create",),
    "SUBMITTED": ("create", "submit"),
    "UNDER_REVIEW": LOOK,
    "QUERY_RAISED": (*LOOK, "query"),
    "RESUBMITTED": (*LOOK, *ASK),
    "APPROVED": (*LOOK, "approve"),
    "SIGNING": (*LOOK, "approve"),
    "SIGN_FAILED": (*LOOK, "approve", "fail"),
    "ISSUED": (*LOOK, "approve", "issue"),
    "REJECTED": (*LOOK, "reject"),
    "WITHDRAWN": ("create", "submit", "withdraw"),
    "DEEMED_WITHDRAWN": (*LOOK, "query", "lapse"),
}


def road(plan: Plan) -> tuple[str, ...]:
    """The verbs that lead to where the plan ends, in their order."""
    verbs = ROADS[plan.outcome]
    if plan.query:
        verbs = (*LOOK, *ASK, *verbs[2:])
    if plan.afterwards == "recalled":
        verbs = (*LOOK, "approve", "recall", "release", *verbs[2:])
    return verbs


def diary(plan: Plan, now: datetime, lapse_days: int) -> list[Step]:
    """Each verb with its moment, reckoned back from the last one; people work in office hours, the system always."""
    chance, at = plan.chance("diary"), now - timedelta(days=plan.age, seconds=90)
    at = _in_office_hours(at, chance) if plan.age else at
    steps: list[Step] = []
    for verb in reversed(road(plan)):
        steps.append(Step(verb, at))
        at -= timedelta(days=lapse_days if verb == "lapse" else 0, hours=chance.uniform(*GAPS[verb]))
        if verb not in ("issue", "fail"):
            at = _in_office_hours(at, chance)
    return steps[::-1]


def _in_office_hours(moment: datetime, chance: Random) -> datetime:
    """The moment itself, or one in the last working day before it."""
    local = clock.india(moment)
    if OPENS <= local.hour < CLOSES and local.weekday() != SUNDAY:
        return moment
    local = local.replace(hour=chance.randrange(OPENS, CLOSES), minute=chance.randrange(60), second=chance.randrange(60))
    while local.weekday() == SUNDAY or local > moment:
        local -= timedelta(days=1)
    return clock.to_utc(local)


# --- the first forty: every state, and all of the firms one can log in for ------------------------------------------

# Letters of the firm, outcome, days ago, and what is special about it. Balaji's leave no money set aside.
_FIRST = """
SBT ISSUED 84 | SBT ISSUED 61 | SBT ISSUED 55 instead | SBT ISSUED 33 late | SBT ISSUED 12 query | SBT ISSUED 2.2
SBT REJECTED 47 query | SBT WITHDRAWN 26 | SBT DEEMED_WITHDRAWN 4 | SBT DRAFT 3 | SBT DRAFT 0.4
NST ISSUED 70 | NST ISSUED 20 foreign | NST ISSUED 5 | NST DRAFT 1 | NST SUBMITTED 0.8 | NST QUERY_RAISED 9
NST RESUBMITTED 1.2 | NST REJECTED 40
GPC SUBMITTED 0.3 | GPC UNDER_REVIEW 1.5 | GPC ISSUED 15 revoked | DSE SUBMITTED 1.1 | DSE APPROVED 0.6 north
HBM UNDER_REVIEW 2 | HBM ISSUED 44 recalled | CLK QUERY_RAISED 6 | CLK WITHDRAWN 18 | NLW SUBMITTED 0.2
NLW SIGNING 0 | PLC UNDER_REVIEW 0.7 | PLC DEEMED_WITHDRAWN 2 | PLC SUBMITTED 2.3 | MLS RESUBMITTED 0.5
MLS ISSUED 8 | MLS SIGN_FAILED 0.4 | KCC QUERY_RAISED 12 | KCC REJECTED 5 | KCC APPROVED 1.4 north | VCC ISSUED 51
"""


def first() -> list[Plan]:
    """The applications made at once, oldest end first, so that numbers follow the dates."""
    rows = [row.split() for row in _FIRST.replace("\n", "|").split("|") if row.strip()]
    return sorted(_first_plans(rows), key=lambda plan: -plan.age)


def _first_plans(rows: list[list[str]]) -> Iterator[Plan]:
    for number, (letters, outcome, age, *special) in enumerate(rows, 1):
        plan = _plan(number, BY_LETTERS[letters], outcome, float(age))
        yield replace(
            plan, query="query" in special, retrospective="late" in special, foreign="foreign" in special,
            instead_of=number - 1 if "instead" in special else None,
            afterwards=next((word for word in special if word in ("revoked", "recalled")), ""),
            desk=FIEC_NORTH if {"north", "recalled"} & set(special) else plan.desk,
        )  # fmt: skip


def _plan(number: int, pan: str, outcome: str, age: float) -> Plan:
    trade = next(trade for trade in TRADES if trade.firm.pan == pan)
    return Plan(number, pan, outcome, age, Random(f"{number} desk").choice(trade.desks))


# --- the others: made in the background, of firms nobody logs in for ------------------------------------------------

_LATER = Counter(
    ISSUED=98, REJECTED=14, WITHDRAWN=12, DEEMED_WITHDRAWN=6,
    SUBMITTED=8, UNDER_REVIEW=7, QUERY_RAISED=6, RESUBMITTED=3, DRAFT=6,
)  # fmt: skip
# How long ago the last step may lie, in days: what is open is fresh, and a lapse lies ninety days after its query.
_AGES = {
    "ISSUED": (0.2, 86), "REJECTED": (0.5, 80), "WITHDRAWN": (1, 84), "DEEMED_WITHDRAWN": (0.5, 11),
    "SUBMITTED": (0.1, 4), "UNDER_REVIEW": (0.1, 6), "QUERY_RAISED": (1, 40), "RESUBMITTED": (0.2, 3),
    "DRAFT": (0.2, 25),
}  # fmt: skip


def later() -> list[Plan]:
    """The applications made after the first start, oldest end first."""
    dice = Random("later")
    outcomes = [(outcome, dice.uniform(*_AGES[outcome])) for outcome in _LATER.elements()]
    outcomes.sort(key=lambda pair: -pair[1])
    quiet = [trade.firm.pan for trade in TRADES[2:]]
    start = len(first()) + 1
    plans = [_plan(start + n, dice.choice(quiet), *pair) for n, pair in enumerate(outcomes)]
    return _one_replaced([_special(plan, n) for n, plan in enumerate(plans)])


def _special(plan: Plan, place: int) -> Plan:
    """Some of the issued ones had a query, came late, or are for foreign goods; one was revoked."""
    trade = next(trade for trade in TRADES if trade.firm.pan == plan.pan)
    if plan.outcome == "REJECTED":
        return replace(plan, query=place % 2 == 0)
    if plan.outcome != "ISSUED":
        return plan
    foreign = trade.goods in FOREIGN and place % 7 == 3
    late = not foreign and place % 11 == 5
    return replace(
        plan, query=place % 6 == 1, foreign=foreign, retrospective=late, afterwards="revoked" if place == 81 else ""
    )  # fmt: skip


def _one_replaced(plans: list[Plan]) -> list[Plan]:
    """The last ordinary certificate of some firm replaces its first."""
    plain = [plan for plan in plans if plan.outcome == "ISSUED" and not (plan.foreign or plan.retrospective)]
    old = next(plan for plan in plain if not plan.afterwards)
    new = [plan for plan in plain if plan.pan == old.pan and plan is not old][-1]
    return [replace(plan, instead_of=old.number, desk=old.desk, query=False) if plan is new else plan for plan in plans]
