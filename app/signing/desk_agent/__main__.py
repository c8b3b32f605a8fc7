"""Start the desk agent: `python -m app.signing.desk_agent`, or `python udgam-desk-agent.pyz` where it is installed alone."""

import argparse
import importlib.util
import signal
import sys
import threading
from pathlib import Path

from app.signing.desk_agent.desk import Terminal
from app.signing.desk_agent.door import LOOPBACK, Door
from app.signing.desk_agent.pairing import Folder, NotPaired, Pairing
from app.signing.desk_agent.sitting import Bounds, Sitting
from app.signing.desk_agent.token import Token, usual_module
from app.signing.desk_agent.work import Work

PORT = 17817
MISSING = "The agent needs python-pkcs11: install it with «{python} -m pip install python-pkcs11», then start again."
NO_MODULE = "Which PKCS#11 library came with your token? Start with --module and its path (a file ending in .dll, .so or .dylib)."


def options() -> argparse.ArgumentParser:
    """What may be said on the command line."""
    usual, bounds = Path.home() / ".udgam-desk-agent", Bounds()
    parser = argparse.ArgumentParser(
        "udgam-desk-agent", description="Signs certificates of origin and applications with the token in this computer."
    )
    parser.add_argument("--module", default="", help="the PKCS#11 library that came with the token")
    parser.add_argument("--token", default="", help="the name of the token, if there are several")
    parser.add_argument("--pair", default="", metavar="CODE", help="believe another server from now on")
    parser.add_argument("--port", type=int, default=PORT, help=f"where pages find the agent (usually {PORT})")
    parser.add_argument("--home", type=Path, default=usual, help=f"where the pairing is kept (usually {usual})")
    parser.add_argument("--minutes", type=int, default=bounds.minutes, help="how long a sitting lasts")
    parser.add_argument("--idle", type=int, default=bounds.idle_minutes, help="after how many idle minutes it ends")
    parser.add_argument("--most", type=int, default=bounds.signatures, help="how many signatures one PIN is good for")
    return parser


def paired(folder: Folder, code: str, desk: Terminal) -> Pairing:
    """The server that is believed; at the first start its code is asked for."""
    while True:
        try:
            if not code:
                return folder.pairing()
            found = Pairing.read(code)
        except NotPaired as reason:
            desk.say(str(reason))
            code = input("Paste the pairing code from the page «Desk agent», then press Enter: ") or " "
            continue
        folder.pair(found)
        return found


def run(work: Work, door: Door) -> None:
    """Until Ctrl-C is pressed while no sitting is open; during one it ends the sitting."""
    signal.signal(signal.SIGINT, lambda *_: work.press())
    threading.Thread(target=door.serve_forever, daemon=True).start()
    while True:
        try:
            work.step()
        except KeyboardInterrupt:
            if not work.sitting.is_open:
                return
            work.end("Ended by hand. Press Ctrl-C once more to stop the agent.")


def main() -> int:
    """Pair if need be, then wait for orders."""
    said, desk = options().parse_args(), Terminal()
    module = said.module or usual_module()
    if importlib.util.find_spec("pkcs11") is None:
        desk.say(MISSING.format(python=sys.executable))
        return 1
    if not module:
        desk.say(NO_MODULE)
        return 1
    try:
        folder = Folder(said.home)
        pairing = paired(folder, said.pair, desk)
    except (EOFError, KeyboardInterrupt):
        return 1
    work = Work(Token(module, said.token), Sitting(Bounds(said.minutes, said.idle, said.most)), desk)
    try:
        door = Door(said.port, pairing, folder, work)
    except OSError as error:
        desk.say(f"Port {said.port} cannot be opened ({error.strerror}): another agent may be running.")
        return 1
    desk.say(f"Paired with {pairing.origin}, key {pairing.fingerprint}. Token library: {module}.")
    desk.say(f"Waiting for orders at http://{LOOPBACK}:{door.server_port}. Leave this window open; Ctrl-C ends.")
    run(work, door)
    desk.say("The agent has ended.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
