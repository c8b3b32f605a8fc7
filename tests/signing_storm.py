"""Many certificates signed by a token while worker, web, queue and agent are killed in turn; in the end every book is asked.

`python -m tests.signing_storm 2000 40` runs it at full size, each of the four killed ten times, and prints what it saw as one
JSON object; it takes most of an hour.
"""

import json
import os
import random
import re
import signal
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPException
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

from app.signing import testca
from tests import factories
from tests.people import OFFICER, PASSWORD
from tests.running import environment, family, free_port, servers, started, until
from tests.signing.at_desk import AgentAtDesk
from tests.signing.bench import FIRM, Made
from tests.signing.softhsm import PIN, Module, fresh
from tests.test_acceptance import House, Person

KINDS = {"worker": "app.worker", "web": "gunicorn", "queue": "valkey-server|redis-server", "agent": ""}
GONE_FOR_A_WHILE = (OSError, HTTPException, AssertionError, ValueError)  # AssertionError: Person's word for a refusal
PATIENCE = 1800  # seconds without any certificate issued before it is given up
OFFICERS_NAME = "R. K. Srinivasan"


class Storm:
    """A house with a token at the officer's desk, and a hand that types the PIN whenever the agent asks."""

    def __init__(self, house: House, module: Module, folder: Path, port: int, seed: int) -> None:
        self.house, self.dice, self.struck, self.handed = house, random.Random(seed), dict.fromkeys(KINDS, 0), 0
        authority = testca.load(house.home / "keys" / "authority")
        holder = Made(*authority.issue(OFFICERS_NAME, FIRM, key="rsa2048"))
        module.put(holder, "officer", "01")
        code = house.officer.get("/api/v1/signing/orders/pairing")["code"]
        self.agent = AgentAtDesk(folder / "agent", "--pair", code, port=port)
        self.agent.origin = house.base
        self.over = threading.Event()
        self.pins = 0
        self.lock = threading.Lock()
        threading.Thread(target=self._hand, daemon=True).start()
        self._register()

    def _register(self) -> None:
        """As the page does it."""
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

        def token(page: str) -> str:
            text = browser.open(self.house.base + page).read().decode()
            found = re.search(r'(?:name="csrf_token"[^>]*value|data-csrf)="([^"]+)"', text)
            assert found, page
            return found[1]

        def send(path: str, said: dict[str, Any]) -> Any:
            headers = {"Content-Type": "application/json", "X-CSRFToken": token("/desk-agent/"), "Referer": self.house.base}
            return json.load(browser.open(urllib.request.Request(self.house.base + path, json.dumps(said).encode(), headers)))

        entry = {"username": OFFICER, "password": PASSWORD, "csrf_token": token("/login/")}
        browser.open(self.house.base + "/login/", urllib.parse.urlencode(entry).encode())
        self.agent.ready()
        listed = self._answers(send("/desk-agent/list", {})["sealed"])
        begun = send("/desk-agent/begin", {"certificate": listed[0]["certificate"]})
        (proof,) = self._answers(begun["sealed"])
        send("/desk-agent/prove", {"challenge": begun["challenge"], "signature": proof["signature"]})

    def _hand(self) -> None:
        """Types the PIN whenever it is asked for."""
        while not self.over.wait(0.1):
            with self.lock:
                if self.agent.asked() > self.pins:
                    self.pins += 1
                    with suppress(OSError):
                        self.agent.type(PIN)

    def _answers(self, sealed: Any) -> list[dict[str, Any]]:
        return list(self.agent.outcome(self.agent.give(sealed))[1]["answers"])

    def fill(self, number: int) -> list[int]:
        """So many applications, approved."""
        return list(ThreadPoolExecutor(2).map(self._approved, range(number)))

    def _approved(self, _number: int) -> int:
        pk = self.house.on_the_desk(factories.filing())
        self.house.officer.send(f"/api/v1/applications/{pk}/approve", {})
        return pk

    def count(self, status: str) -> int:
        asked = f"(filters:!((col:status,opr:eq,value:{status})),page_size:1)"
        return int(self.house.officer.get(f"/api/v1/applications/?q={asked}")["count"])

    def sign(self, pks: list[int], kills: int, already: int) -> None:
        """The script between the API and the agent: goes on after whatever happens, until all are issued."""
        marks = [len(pks) * (number + 1) // (kills + 2) for number in range(kills)]
        moved = time.monotonic()
        issued, waiting = 0, list(pks)
        while issued < len(pks):
            assert time.monotonic() - moved < PATIENCE, (issued, self.agent.screen[-2000:], self.house.log()[-3000:])
            try:
                if waiting:
                    self.house.officer.send(f"/api/v1/applications/{waiting[0]}/sign", {})
                    del waiting[0]
                    if len(waiting) % 50:
                        continue
                self._round()
                now = self.count("ISSUED") - already
            except GONE_FOR_A_WHILE:
                self._pick_up(waiting)
                continue
            if now > issued:
                issued, moved = now, time.monotonic()
            while marks and (self.handed + issued) / 2 >= marks[0]:  # while some are signed and others are issued
                marks.pop(0)
                self.strike()
        assert not marks

    def _pick_up(self, waiting: list[int]) -> None:
        """Somebody was away; perhaps the last press of Sign was heard all the same."""
        time.sleep(0.5)
        with suppress(*GONE_FOR_A_WHILE):
            self.house.officer = Person(self.house.base, OFFICER)
            if waiting and self.house.application(waiting[0])["status"] not in ("APPROVED", "SIGN_FAILED"):
                del waiting[0]

    def _round(self) -> None:
        """What waits is sealed, signed and handed over as it comes; what failed is sent again."""
        asked = "(filters:!((col:status,opr:eq,value:SIGN_FAILED)),page_size:100)"
        for row in self.house.officer.get(f"/api/v1/applications/?q={asked}")["result"]:
            self.house.officer.send(f"/api/v1/applications/{row['id']}/sign", {})
        told = self.house.officer.send("/api/v1/signing/orders/sealed", {})
        if told["sealed"] is None:
            time.sleep(0.5)
            return
        order, since = self.agent.give(told["sealed"]), 0
        while True:
            status, said = self.agent.ask("GET", f"/orders/{order}?since={since}")
            fresh = said.get("answers", [])
            since += len(fresh)
            if fresh:
                self.house.officer.send("/api/v1/signing/orders/answers", {"answers": fresh})
                self.handed += len(fresh)
            if status != 200 or said["state"] == "done":
                return
            if self.dice.random() < 0.02:  # now and then in the middle of an order, too
                self.house.officer.send("/api/v1/signing/orders/sealed", {})
            time.sleep(0.1)

    def strike(self) -> None:
        """kill -9 of one kind of process, by lot; the house mends itself, the officer starts the agent again."""
        least = min(self.struck.values())
        kind = self.dice.choice([name for name, times in self.struck.items() if times == least])  # everybody in turn
        self.struck[kind] += 1
        if kind == "agent":
            with self.lock:
                self.agent.kill()
                self.agent.start()
            return
        for pid, command in family(self.house.surroundings).items():
            if re.search(KINDS[kind], command):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def weather(number: int, kills: int, seed: int = 1) -> dict[str, Any]:
    """The whole story in a folder of its own: how long it took, who was killed, and that every book agrees."""
    port, began = free_port(), time.monotonic()
    with tempfile.TemporaryDirectory() as place, servers() as elsewhere:
        folder = Path(place)
        os.environ["SOFTHSM2_CONF"] = str(fresh(folder))
        more = {"DESK_AGENT_PORT": str(port), "FEE_PAISE": "100", "UDGAM_WORKERS": "2", "LOGIN_FAILURES_ADDRESS": "10000"}
        surroundings = environment(folder / "home") | elsewhere | more
        module = Module(folder)
        module.new_token()
        with started(surroundings):
            storm = Storm(House(surroundings), module, folder, port, seed)
            try:
                already, valid = storm.count("ISSUED"), storm.house.officer.get("/api/v1/certificates/")["count"]
                pks = storm.fill(number)
                filled = time.monotonic()
                storm.sign(pks, kills, already)
                signed = time.monotonic()
                house = storm.house = House(surroundings)
                assert all(house.fees(pk) == [-100] for pk in random.Random(seed).sample(pks, min(number, 100)))
                assert house.officer.get("/api/v1/certificates/")["count"] - valid == number
                assert until(lambda: "whole" in house.command("prove"), 180)
                checked = house.command("check")
            finally:
                storm.over.set()
                storm.agent.kill()
    return {
        "name": "signing_storm", "n": number, "killed": storm.struck, "pins": storm.pins, "fill_s": round(filled - began),
        "sign_s": round(signed - filled), "check": checked.strip().splitlines()[-1],
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(weather(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1)), flush=True)
