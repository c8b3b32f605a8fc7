"""The law of a bulk sitting: its life as a table, which rows go and which do not, and the sentence for each that does not."""

from dataclasses import dataclass
from enum import StrEnum

from app.core.actor import Role
from app.core.workflow import Arg, Move, Workflow

MOST = 5_000  # rows of one sitting
PART = 25  # rows of one transaction
PATIENCE = 2.0  # seconds after which a part ends early, since others wait for the trail meanwhile


class SittingKind(StrEnum):
    """What is done to every row."""

    APPROVE = "APPROVE"
    TAKE_UP = "TAKE_UP"  # take up, then approve
    SIGN = "SIGN"  # send for signing again, after a failure


class SittingStatus(StrEnum):
    """Where a sitting stands; PREVIEW has started nothing."""

    PREVIEW = "PREVIEW"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    CANCELLED = "CANCELLED"
    DONE = "DONE"


class RowState(StrEnum):
    """What became of one application: REFUSED by a rule, FAILED for a fault of ours, SKIPPED when it never had its turn."""

    WAITING = "WAITING"
    DONE = "DONE"
    REFUSED = "REFUSED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"


_OFFICER, _SYSTEM = frozenset({Role.OFFICER}), frozenset({Role.SYSTEM})
_WHOSE = "only the officer whose sitting it is"
ORIGIN = Arg("origin_criteria_checked", "I have checked the origin criteria (HBP 2023 para 2.93)", "tick", required=False)

SITTING_LIFE = Workflow(
    "sitting",
    SittingStatus.PREVIEW,
    (
        Move("start", frozenset({"PREVIEW"}), "RUNNING", _OFFICER, "sitting started", "Start", (ORIGIN,), tone="primary",
             holder=True, guard=_WHOSE + "; a second press starts nothing"),
        Move("pause", frozenset({"RUNNING"}), "PAUSED", _OFFICER, "sitting paused", "Pause", holder=True, guard=_WHOSE),
        Move("halt", frozenset({"RUNNING"}), "PAUSED", _SYSTEM, "sitting halted", "Halt", automatic=True,
             guard="the officer may not go on, or the worker could not"),
        Move("resume", frozenset({"PAUSED"}), "RUNNING", _OFFICER, "sitting resumed", "Resume", tone="primary",
             holder=True, guard=_WHOSE),
        Move("cancel", frozenset({"PREVIEW", "RUNNING", "PAUSED"}), "CANCELLED", _OFFICER, "sitting cancelled", "Cancel",
             tone="danger", holder=True, guard=_WHOSE + "; what is done stays done"),
        Move("finish", frozenset({"RUNNING"}), "DONE", _SYSTEM, "sitting finished", "Finish", automatic=True,
             guard="no row waits any more"),
        Move("retry", frozenset({"DONE"}), "RUNNING", _OFFICER, "sitting tried again", "Try the refused ones again",
             holder=True, guard=_WHOSE + ", and some row was refused or failed"),
    ),
    final=frozenset({"CANCELLED"}),
)  # fmt: skip

CHANGED = "It changed since you looked. Look at it on the desk again."
GONE = "It is not there any more, or not yours to see."
UNMAPPED = "You do not work for its office any more."
CANCELLED_BEFORE = "The sitting was cancelled before its turn."
FAULT = "Something went wrong on our side; it has been noted. Nothing was changed. Try it again, or tell the help desk."
NO_ACCOUNT = "The officer's account is not active any more."
GAVE_UP = "The worker could not go on: {reason} Nothing is lost or done twice. Resume, or tell the help desk."

_NOT_NOW = {
    "DRAFT": "It is not submitted.",
    "QUERY_RAISED": "A query is open: it waits for the exporter's reply.",
    "RESUBMITTED": "A query was answered: take it up and read the reply first.",
    "APPROVED": "It is approved already and waits to be signed.",
    "SIGNING": "It is approved already and being signed.",
    "SIGN_FAILED": "It is approved already, and signing failed: choose «Sign again».",
    "ISSUED": "It is issued already.",
    "REJECTED": "It was rejected.",
    "WITHDRAWN": "It was withdrawn.",
    "DEEMED_WITHDRAWN": "It has lapsed.",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What the preview sees of an application."""

    status: str
    mine: bool  # the officer has it in hand
    holder: str = ""  # who has it, when it is somebody else
    cannot_sign: str = ""  # why the officer cannot sign for its office now


def why_not(kind: SittingKind, seen: Seen) -> str:
    """The sentence why this application does not go in a sitting of this kind; empty when it goes."""
    return _state(kind, seen) or seen.cannot_sign


def _state(kind: SittingKind, seen: Seen) -> str:
    if kind is SittingKind.SIGN:
        if seen.status not in ("APPROVED", "SIGN_FAILED"):
            return "It does not wait to be signed."
        return "" if seen.mine else f"{seen.holder or 'Another officer'} approved it and signs it."
    if seen.status == "SUBMITTED":
        return "" if kind is SittingKind.TAKE_UP else "Nobody has taken it up: choose «Take up and approve»."
    if seen.status == "UNDER_REVIEW":
        return "" if seen.mine else f"{seen.holder or 'Another officer'} has it in hand."
    return _NOT_NOW[seen.status]


def ended(done: int, left: int, by_hand: bool) -> str:
    """What the officer is told when a sitting is finished: how many were done, how many not, and whether a hand is needed."""
    words = f"Your sitting is finished: {done:,} done"
    if left:
        words += f", {left:,} not; the page says why"
    return words + (". Sign them on the page «To sign»." if by_hand and done else ".")
