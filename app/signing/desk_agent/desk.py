"""What the holder of the token sees and types: the titles of what is to be signed, and the PIN, which is never shown nor kept."""

import getpass
import signal
from typing import Protocol

from app.signing.desk_agent.sealed import WORDS, DeskOrder, printable
from app.signing.desk_agent.sitting import Bounds

ASKS = {
    "list": "asks which certificates are on your token, to register one of them.",
    "prove": "asks for a proof that the key of your certificate is on your token, to register it.",
}


class Desk(Protocol):
    """A place where a person reads and types."""

    def say(self, text: str) -> None:
        """Show a line."""

    def ask_pin(self, order: DeskOrder, warning: str, bounds: Bounds) -> str:
        """Show what is asked for and take the PIN; empty when the person refuses."""


class Terminal:
    """The window in which the agent was started."""

    def say(self, text: str) -> None:
        """Show a line."""
        print(printable(text), flush=True)

    def ask_pin(self, order: DeskOrder, warning: str, bounds: Bounds) -> str:
        """Show what is asked for and take the PIN; empty when the person refuses."""
        for line in heading(order):
            self.say(line)
        if warning:
            self.say(f"! {warning}")
        self.say(
            f"One PIN is good for a sitting of {bounds.minutes} minutes and {bounds.signatures} signatures; "
            f"it also ends after {bounds.idle_minutes} idle minutes, when the token is pulled out, or by Ctrl-C."
        )
        heeded = signal.signal(signal.SIGINT, signal.default_int_handler)  # while somebody types, Ctrl-C ends the typing
        try:
            return getpass.getpass("\aPIN of the token (not shown; Enter alone refuses): ")
        except (EOFError, KeyboardInterrupt):
            self.say("")
            return ""
        finally:
            signal.signal(signal.SIGINT, heeded)


def heading(order: DeskOrder) -> list[str]:
    """What is asked for, by whom and of whom, line by line."""
    whose = f"{order.origin} (for {order.holder})"
    if order.kind != "sign":
        return ["", f"{whose} {ASKS[order.kind]}"]
    many = len(order.items)
    lines = ["", f"{whose} asks you to sign {many} {WORDS[order.what][many > 1]}:"]
    return lines + [
        f"{number:4}  {item.number}  {item.exporter} -> {item.consignee}" for number, item in enumerate(order.items, 1)
    ]
