"""The REST examples of the README are run as they stand there, against the program instead of an address."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests import factories

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = [file for file in sorted((ROOT / "samples").glob("*.json")) if "items" in json.loads(file.read_text())]
SHELL = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)[1].replace("\\\n", "")


class Shell:
    """As much of a shell as the examples need: variables, one function, and curl with its answer read by jq."""

    def __init__(self, client: FlaskClient) -> None:
        self.client, self.values, self.login = client, dict[str, str](), ""
        self.answers: list[Any] = []

    def run(self, line: str) -> None:
        """One line of the example."""
        if function := re.fullmatch(r"login\(\) \{ (.+); \}", line):
            self.login = function[1]
        elif kept := re.fullmatch(r"(\w+)=\$\((.+)\)", line):
            self.values[kept[1]] = self.evaluate(kept[2])
        elif given := re.fullmatch(r"(\w+)=(\S+)", line):
            self.values[given[1]] = given[2]
        else:
            self.evaluate(line)

    def evaluate(self, command: str) -> str:
        """What a command prints."""
        if who := re.fullmatch(r"login (\S+)", command):
            command = self.login.replace("$1", who[1])
        curl, _, jq = command.partition(" | ")
        answer = self.curl(shlex.split(re.sub(r"\$(\w+)", lambda match: self.values[match[1]], curl)))
        value = answer.json if jq else ""
        for step in jq.removeprefix("jq -r .").split(".") if jq else ():
            value = value[step]
        return str(value)

    def curl(self, words: list[str]) -> Any:
        """The request that curl would send."""
        assert words[0] == "curl"
        options: dict[str, list[str]] = {}
        address, rest = "", iter(words[1:])
        for word in rest:
            if word in {"-H", "-d", "-F", "-X", "-o"}:
                options.setdefault(word, []).append(next(rest))
            elif word != "-s":
                address = word
        headers = dict(header.split(": ", 1) for header in options.get("-H", []))
        path = address.removeprefix("http://127.0.0.1:8080")
        method = options.get("-X", ["POST" if {"-d", "-F"} & set(options) else "GET"])[0]
        answer = self.client.open(path, method=method, headers=headers, **body(options))
        self.answers.append(answer)
        assert answer.status_code < 300, f"{method} {path}: {answer.get_data(as_text=True)[:500]}"
        return answer


def body(options: dict[str, list[str]]) -> dict[str, Any]:
    """What follows -d or -F; a paper of the example is any PDF."""
    if "-d" in options:
        text = options["-d"][0]
        return {"data": (ROOT / text[1:]).read_bytes() if text.startswith("@") else text}
    form: dict[str, Any] = dict(part.split("=", 1) for part in options.get("-F", []))
    if "file" in form:
        form["file"] = (factories.io.BytesIO(factories.pdf()), form["file"].removeprefix("@"))
    return {"data": form} if form else {}


def test_the_examples_lead_to_a_certificate(client: Any, run_jobs: Any) -> None:
    """Line by line, as a reader would type them: a draft, its papers, the moves, and in the end the signed file."""
    shell = Shell(client)
    for line in filter(None, SHELL.splitlines()):
        if line.startswith("CERTIFICATE="):
            run_jobs()
        shell.run(line)
    moves = [
        answer.json["result"].get("status") for answer in shell.answers if "result" in (answer.json if answer.is_json else {})
    ]
    assert moves[-1] == "ISSUED"
    assert {"DRAFT", "SUBMITTED", "UNDER_REVIEW", "SIGNING"} <= set(moves)
    assert shell.answers[-1].data.startswith(b"%PDF-")


def test_the_last_call_says_so_when_it_is_too_early(client: Any) -> None:
    """As the README says: 409 with a sentence until the certificate is there."""
    shell = Shell(client)
    lines = list(filter(None, SHELL.splitlines()))
    for line in lines[:-1]:
        shell.run(line)
    with pytest.raises(AssertionError, match="not issued yet"):
        shell.run(lines[-1])
    assert shell.answers[-1].status_code == 409


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
def test_every_sample_can_be_filed_and_submitted(sample: Path, api: Any) -> None:
    """Each file in samples/ is a filing that the program takes."""
    exporter = api("exporter@balaji.example")
    filed = exporter.post("/applications/", json.loads(sample.read_text()))
    assert filed.status_code == 201, filed.json
    for kind in ("INVOICE", "PACKING_LIST"):
        assert exporter.attach(filed.json["id"], kind).status_code == 201
    assert exporter.post(f"/applications/{filed.json['id']}/submit").json["result"]["status"] == "SUBMITTED"
