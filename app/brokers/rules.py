"""What an exporter may let its customs broker do, for how long, and how an act for another firm is signed."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.core import clock
from app.core.actor import Role
from app.core.workflow import Arg, Move, Workflow


class Scope(StrEnum):
    """How far a broker may go for a firm."""

    READ = "READ"
    DRAFT = "DRAFT"
    SUBMIT = "SUBMIT"


# What the person is while acting; who may make which move is in the state tables, what is open is in access/roles.py.
ROLE_OF = {Scope.READ: Role.BROKER_READER, Scope.DRAFT: Role.BROKER_DRAFTER, Scope.SUBMIT: Role.BROKER_FILER}

LONGEST = timedelta(days=366)
_BROKER, _FIRM, _DGFT, _SYSTEM = (frozenset({role}) for role in (Role.BROKER, Role.PRIMARY, Role.SUPERVISOR, Role.SYSTEM))
_EITHER = _BROKER | _FIRM
_REASON = Arg("reason", "Reason", "paragraph", min_length=5, max_length=500, help="Shown to the other side as it stands.")
_REMARK = Arg("reason", "Reason", "paragraph", required=False, max_length=500, help="Shown to the other side as it stands.")

DELEGATION_LIFE = Workflow(
    "delegation",
    "OFFERED",
    (
        Move("accept", frozenset({"OFFERED"}), "ACTIVE", _BROKER, "right to act accepted", "Accept", tone="primary",
             guard="its last day has not passed"),
        Move("decline", frozenset({"OFFERED"}), "DECLINED", _BROKER, "right to act declined", "Decline", (_REMARK,)),
        Move("end", frozenset({"OFFERED", "ACTIVE"}), "ENDED", _EITHER, "right to act ended", "End it now", (_REMARK,),
             tone="danger", guard="the next request of the broker for this firm is refused"),
        Move("expire", frozenset({"OFFERED", "ACTIVE"}), "EXPIRED", _SYSTEM, "right to act ran out", "Let it run out",
             automatic=True, guard="its last day has passed"),
    ),
    final=frozenset({"DECLINED", "ENDED", "EXPIRED"}),
)  # fmt: skip

BROKER_LIFE = Workflow(
    "customs broker",
    "ACTIVE",
    (
        Move("suspend", frozenset({"ACTIVE"}), "SUSPENDED", _DGFT, "customs broker suspended", "Suspend", (_REASON,),
             tone="danger"),
        Move("resume", frozenset({"SUSPENDED"}), "ACTIVE", _DGFT, "customs broker admitted again", "Admit again", tone="primary"),
    ),
    final=frozenset(),
)  # fmt: skip

BROKER_PERSON_LIFE = Workflow(
    "person of a customs broker",
    "ACTIVE",
    (
        Move("switch_off", frozenset({"ACTIVE"}), "DISABLED", _DGFT, "broker's person switched off", "Switch off", (_REASON,),
             tone="danger"),
        Move("switch_on", frozenset({"DISABLED"}), "ACTIVE", _DGFT, "broker's person switched on", "Switch on", tone="primary"),
    ),
    final=frozenset(),
)  # fmt: skip

NOT_YOURS = "You do not act for the firm with the IEC {iec}. Choose one of your firms."
CHOOSE = "Choose the firm you act for on the page «My firms» first; a program names the firm's IEC in the header X-Acting-For."
SUSPENDED = "DGFT has suspended {broker}: nobody of it acts for a firm until DGFT admits it again."
NOT_ACCEPTED = "{broker} has not accepted to act for {firm} yet. Accept it on the page «My firms»."
DECLINED = "{broker} has declined to act for {firm}. Ask the firm to grant it again."
ENDED = (
    "{who} ended the right of {broker} to act for {firm} on {when}. Nothing was changed; what was drafted stays with the firm."
)
RAN_OUT = "The right of {broker} to act for {firm} ran out on {day}. Nothing was changed; the firm may grant it again."
NOT_BEGUN = "The right of {broker} to act for {firm} begins on {day}."


@dataclass(frozen=True, slots=True)
class Term:
    """What a delegation says of itself, and by which a request is judged."""

    status: str
    from_date: date
    until: date
    broker: str
    firm: str
    ended_by: str = ""
    ended_when: str = ""


def why_not_act(term: Term, today: date) -> str:
    """The sentence why nobody may act by this delegation today; empty when they may."""
    names = {"broker": term.broker, "firm": term.firm}
    if term.status == "ENDED":
        return ENDED.format(who=term.ended_by, when=term.ended_when, **names)
    if term.status == "EXPIRED" or (term.status in ("ACTIVE", "OFFERED") and today > term.until):
        return RAN_OUT.format(day=clock.day(term.until), **names)
    if term.status != "ACTIVE":
        return (DECLINED if term.status == "DECLINED" else NOT_ACCEPTED).format(**names)
    return NOT_BEGUN.format(day=clock.day(term.from_date), **names) if today < term.from_date else ""


def why_not_dates(from_date: date, until: date, today: date) -> tuple[str, str]:
    """(field, sentence) of what is wrong with the first and last day; two empty texts when they are right."""
    if from_date < today:
        return "from_date", "The first day lies in the past. Choose today or a later day."
    if until < from_date:
        return "until", "The last day lies before the first. Choose a later one."
    if until - from_date > LONGEST:
        return "until", "A right to act is given for a year at most. Choose an earlier last day; it can be granted again."
    return "", ""


MOST_LETTERS = 120  # the columns that hold who did something


def called(person: str, broker: str, firm: str = "") -> str:
    """How an act is signed: «Ravi Kumar (Seaways Logistics) for Balaji Textiles»; very long names are cut where they must be."""
    room = MOST_LETTERS - len(" () for ")
    whole = (person, broker, firm)
    if sum(map(len, whole)) > room:
        person, broker, firm = (_cut(name, most) for name, most in zip(whole, (36, 36, 40), strict=True))
    return f"{person} ({broker}) for {firm}" if firm else f"{person} ({broker})"


def _cut(name: str, most: int) -> str:
    return name if len(name) <= most else name[: most - 1].rstrip() + "…"
