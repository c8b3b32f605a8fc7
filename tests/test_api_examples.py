"""The examples of docs/api.md are run in their order against the program as `make run` starts it, and answer what stands there."""

import io
import json
import re
import shlex
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests import factories
from tests.notices.receiver import receiving
from tests.running import environment, started

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "api.md").read_text()
BLOCKS = re.findall(r"^```(sh|json|python)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
SECONDS = 60  # for what a worker or the gateway does meanwhile


@dataclass
class Answer:
    """What came back."""

    status: int
    content: bytes

    @property
    def said(self) -> Any:
        """Its JSON; None when it is none."""
        try:
            return json.loads(self.content)
        except ValueError:
            return None


@dataclass
class Shell:
    """As much of a shell as the examples need: variables, one function, and curl with its answer read by jq."""

    at: str
    values: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    functions: dict[str, str] = field(default_factory=dict)
    last: str = ""
    answers: list[tuple[str, Answer]] = field(default_factory=list)

    def run(self, line: str) -> Answer | None:
        """One line; the answer when it asked for something."""
        if function := re.fullmatch(r"(\w+)\(\) \{ (.+); \}", line):
            self.functions[function[1]] = function[2]
        elif asked := re.fullmatch(r"(\w+)=\$\((.+)\)", line):
            self.values[asked[1]] = self.value(asked[2])
        elif given := re.fullmatch(r"(\w+)=(\S+)", line):
            self.values.setdefault(given[1], given[2].replace("http://127.0.0.1:8080", self.at))
        else:
            self.last = line
            return self.curl(line)
        return None

    def value(self, command: str) -> str:
        """What `curl … | jq -r .a.b` prints."""
        name, _, argument = command.partition(" ")
        command = self.functions[name].replace("$1", argument) if name in self.functions else command
        curl, _, path = command.partition(" | jq -r .")
        found = self.curl(curl).said
        for step in path.split("."):
            found = found[step]
        return str(found)

    def curl(self, command: str) -> Answer:
        """The request that curl would send."""
        words = shlex.split(re.sub(r"\$(\w+)", lambda match: self.values[match[1]], command))
        assert words[:2] == ["curl", "-s"], command
        options: dict[str, list[str]] = {}
        address, rest = "", iter(words[2:])
        for word in rest:
            if word in {"-H", "-d", "-F", "-X", "-o"}:
                options.setdefault(word, []).append(next(rest))
            else:
                address = word
        headers = dict(header.split(": ", 1) for header in options.get("-H", []))
        body = self.body(options, headers)
        answer = ask(address, options.get("-X", ["GET" if body is None else "POST"])[0], headers, body)
        for name in options.get("-o", []):
            self.files[name] = answer.content
        self.answers.append((command, answer))
        return answer

    def body(self, options: dict[str, list[str]], headers: dict[str, str]) -> bytes | None:
        """What follows -d or -F; a paper of the examples is any PDF, and a file that was kept is that file."""
        if "-d" in options:
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
            text = options["-d"][0]
            return (ROOT / text[1:]).read_bytes() if text.startswith("@") else text.encode()
        if "-F" not in options:
            return None
        line, out = uuid.uuid4().hex, io.BytesIO()
        for part in options["-F"]:
            name, _, text = part.partition("=")
            kept = self.files.get(text[1:]) or factories.pdf(text)
            said, content = (f'; filename="{text[1:]}"', kept) if text.startswith("@") else ("", text.encode())
            out.write(f'--{line}\r\nContent-Disposition: form-data; name="{name}"{said}\r\n\r\n'.encode() + content + b"\r\n")
        headers["Content-Type"] = f"multipart/form-data; boundary={line}"
        return out.getvalue() + f"--{line}--\r\n".encode()


def ask(address: str, method: str, headers: dict[str, str], body: bytes | None) -> Answer:
    """One request over a connection of its own."""
    parts = urlsplit(address)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=90)
    connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body, headers)
    got: HTTPResponse = connection.getresponse()
    answer = Answer(got.status, got.read())
    connection.close()
    return answer


def misfit(shown: Any, said: Any, path: str = "") -> str:
    """Where an answer is not what the page shows: every name is there, of the same kind; words in capitals and numbers of a
    status are the very same."""
    if isinstance(shown, dict):
        if not isinstance(said, dict):
            return f"{path}: {said!r} is no object"
        return next((wrong for name in shown if (wrong := misfit(shown[name], said.get(name), f"{path}.{name}"))), "")
    if isinstance(shown, list):
        if not isinstance(said, list) or len(said) < len(shown):
            return f"{path}: {said!r} is no list of {len(shown)}"
        return next((wrong for place, each in enumerate(shown) if (wrong := misfit(each, said[place], f"{path}[{place}]"))), "")
    exact = isinstance(shown, bool | None) or path.endswith(("status", "tries")) or (isinstance(shown, str) and shown.isupper())
    fits = said == shown if exact else type(said) is type(shown)
    return "" if fits else f"{path}: the page shows {shown!r}, the answer is {said!r}"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The real thing; few verifications in a minute, so that the refusal of too many can be seen."""
    surroundings = environment(tmp_path_factory.mktemp("api") / "home") | {"UDGAM_WORKERS": "1", "VERIFY_PER_MINUTE": "20"}
    with started(surroundings):
        yield f"http://127.0.0.1:{surroundings['PORT']}"


@pytest.mark.slow
@pytest.mark.servers
def test_the_page_is_true(program: str) -> None:
    """Every command is answered, by a refusal only where the page shows one, and every answer fits what is shown."""
    with receiving() as erp:
        shell = Shell(program, {"HOOK": erp.address})
        for place, (kind, text) in enumerate(BLOCKS):
            if kind == "sh":
                shown = (
                    json.loads(BLOCKS[place + 1][1]) if BLOCKS[place + 1 : place + 2] and BLOCKS[place + 1][0] == "json" else None
                )
                run_block(shell, text, shown)
            elif kind == "python":
                believe: dict[str, Any] = {}
                exec(text, believe)  # noqa: S102  the page's own snippet is what is tried
                headers, body = erp.calls[0]
                secret, header = shell.values["SECRET"], headers["Udgam-Signature"]
                assert believe["is_genuine"](header, body, secret)
                assert not believe["is_genuine"](header, body + b" ", secret)
                assert not believe["is_genuine"](header, body, "whsec_another")
    assert shell.files["certificate.pdf"].startswith(b"%PDF-")
    assert len(shell.answers) > 35


def run_block(shell: Shell, text: str, shown: Any) -> None:
    """The lines of one example; what is shown is the answer to the last, which may take a while."""
    lines = [line for line in text.splitlines() if line]
    for number, line in enumerate(lines):
        answer = shell.run(line)
        if answer is None:
            continue
        if number < len(lines) - 1 or shown is None:
            assert answer.status < 400, f"{line}: {answer.status} {answer.content[:300]!r}"
            continue
        end = time.monotonic() + SECONDS
        while (wrong := misfit(shown, answer.said)) and " -X " not in line and time.monotonic() < end:
            time.sleep(0.05)
            answer = shell.curl(line)
        assert not wrong, f"{line}: {wrong}\n{answer.content[:1500]!r}"
        assert answer.status == shown.get("status", answer.status if "msg" in shown else min(answer.status, 299))
