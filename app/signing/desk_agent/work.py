"""Does the orders one after the other: asks for the PIN when none is open, signs what was shown, and ends the sitting."""

import base64
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.signing.desk_agent import bound
from app.signing.desk_agent.desk import Desk
from app.signing.desk_agent.sealed import DeskOrder, Refused
from app.signing.desk_agent.sitting import Sitting
from app.signing.desk_agent.token import TRIES, Token

REMEMBERED = 20  # finished orders whose answers may still be asked for


@dataclass(slots=True)
class Task:
    """An order that was taken, and how far it is."""

    order: DeskOrder
    state: str = "waiting"  # waiting, pin, signing, done, refused
    answers: list[dict[str, Any]] = field(default_factory=list)
    refusal: Refused | None = None

    def told(self, since: int) -> dict[str, Any]:
        """What the page is told: state, numbers, and the answers from the one asked for on."""
        answers = self.answers[since:]
        return {"state": self.state, "signed": len(self.answers), "of": max(1, len(self.order.items)), "answers": answers}


class Work:
    """The desk's one pair of hands. The door puts orders in; only the thread that calls `step` touches the token."""

    def __init__(self, token: Token, sitting: Sitting, desk: Desk, now: Callable[[], float] = time.time) -> None:
        self.token, self.sitting, self.desk, self.now = token, sitting, desk, now
        self._inbox: queue.Queue[Task] = queue.Queue()
        self._tasks: dict[str, Task] = {}
        self._lock = threading.Lock()
        self._end = threading.Event()
        self._pressed = threading.Event()
        self.wrong = 0  # wrong PINs in a row, since the agent was started

    def take(self, order: DeskOrder) -> Task:
        """Put an order in the queue, unless it asks for something that is never signed."""
        reason = self._why_never(order)
        if reason:
            raise Refused(400, "not_to_be_signed", reason)
        task = Task(order)
        with self._lock:
            for old in [name for name, each in self._tasks.items() if each.state in ("done", "refused")][:-REMEMBERED]:
                del self._tasks[old]
            self._tasks[order.id] = task
        self._inbox.put(task)
        return task

    def task(self, name: str) -> Task:
        """The order with this number; Refused when it is not known (any more)."""
        with self._lock:
            found = self._tasks.get(name)
        if found is None:
            raise Refused(404, "unknown_order", "This agent knows no such order. It may have been started again meanwhile.")
        return found

    def end_soon(self) -> None:
        """Somebody asks on the page that the sitting end."""
        self._end.set()

    def press(self) -> None:
        """Ctrl-C was pressed: noted, and heeded between two signatures or two looks, where nothing is half done."""
        self._pressed.set()

    def told(self) -> dict[str, Any]:
        """What the page may know: whether a sitting is open and how much of it is left."""
        sitting = self.sitting
        return {
            "sitting": sitting.is_open, "used": sitting.used, "seconds_left": sitting.seconds_left(),
            "most": sitting.bounds.signatures,
        }  # fmt: skip

    def step(self, patience: float = 1.0) -> None:
        """Do the next order, or wait a moment for one; look whether the sitting is over."""
        try:
            task = self._inbox.get(timeout=patience)
        except queue.Empty:
            self.look()
            self._heed()
            return
        try:
            self._do(task)
        except KeyboardInterrupt:
            self._refuse(task, Refused(403, "by_hand", "The sitting was ended at the desk."))
            self.end("Ended by hand.")

    def _heed(self) -> None:
        if self._pressed.is_set():
            self._pressed.clear()
            raise KeyboardInterrupt

    def look(self) -> None:
        """End the sitting when its time is over, the token is gone, or somebody asked for it."""
        if not self.sitting.is_open:
            self._end.clear()
        elif reason := self._why_over():
            self.end(reason)

    def end(self, reason: str) -> None:
        """Log out of the token."""
        if self.sitting.is_open:
            self.sitting.end()
            self.token.close()
            self.desk.say(f"The sitting is over after {self.sitting.used} signatures. {reason}")
        self._end.clear()

    def _why_over(self) -> str:
        if self._end.is_set():
            return "Ended on the page."
        return self.sitting.why_over() or ("" if self.token.is_there() else "The token is not in the computer any more.")

    def _why_never(self, order: DeskOrder) -> str:
        """What is wrong with the things to be signed, seen before anybody is asked for a PIN."""
        if order.kind == "prove":
            return bound.why_not_proof(order.text)
        if len(order.items) > self.sitting.bounds.signatures:
            return "The order is longer than a sitting may be. Sign fewer at a time."
        reasons = (bound.why_not_attributes(item.attributes, order.certificate) for item in order.items)
        return next(filter(None, reasons), "")

    def _do(self, task: Task) -> None:
        try:
            self._must_be_fresh(task.order)
            self._open_for(task)
            {"list": self._list, "prove": self._prove, "sign": self._sign}[task.order.kind](task)
            task.state = "done"
        except Refused as refusal:
            self._refuse(task, refusal)
            if refusal.code == "token":
                self.end("The token does not answer.")

    def _refuse(self, task: Task, refusal: Refused) -> None:
        task.refusal, task.state = refusal, "refused"
        self.desk.say(refusal.sentence)

    def _must_be_fresh(self, order: DeskOrder) -> None:
        if self.now() >= order.expires:
            raise Refused(401, "expired", "This order has become too old meanwhile. Press Sign on the page again.")

    def _open_for(self, task: Task) -> None:
        """An open sitting with room for all of it, or a new one; a PIN that comes too late is not used."""
        self.look()
        if self.sitting.has_room_for(len(task.order.items)):
            return
        self.end("A new one is needed for what comes next.")
        tries = self.token.tries()
        if tries == "locked":
            raise Refused(403, "wrong_pin", TRIES[tries], tries=tries, wrong=self.wrong)
        task.state = "pin"
        pin = self.desk.ask_pin(task.order, TRIES.get(tries, ""), self.sitting.bounds)
        if not pin:
            raise Refused(403, "by_hand", "Nothing was signed: it was refused at the desk.")
        self._must_be_fresh(task.order)
        try:
            self.token.open(pin)
        except Refused as refusal:
            if refusal.code == "wrong_pin":
                self.wrong += 1
                refusal.more["wrong"] = self.wrong
            raise
        self.wrong = 0
        self.sitting.begin()

    def _list(self, task: Task) -> None:
        task.answers += [{"certificate": _text(each)} for each in self.token.certificates()]

    def _prove(self, task: Task) -> None:
        self.token.certificate(task.order.certificate)
        task.answers.append({"signature": self._signature(task, task.order.text.encode())})
        self.desk.say("The proof that the key is here was given.")

    def _sign(self, task: Task) -> None:
        """Only what the order showed, and only by the one certificate it names."""
        self.token.certificate(task.order.certificate)
        task.state = "signing"
        for number, item in enumerate(task.order.items, 1):
            task.answers.append({"id": item.id, "signature": self._signature(task, item.attributes)})
            self.desk.say(f"signed {number} of {len(task.order.items)}  {item.number}  {item.exporter} -> {item.consignee}")

    def _signature(self, task: Task, data: bytes) -> str:
        self._heed()
        if reason := ("Ended on the page." if self._end.is_set() else self.sitting.why_over()):
            self.end(reason)
            raise Refused(403, "sitting_over", f"{reason} What is left waits; press Sign on the page again.")
        made = self.token.sign(task.order.certificate, data)
        self.sitting.count()
        return _text(made)


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
