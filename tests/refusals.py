"""What a refusal of the API must look like, and how to send it a body that no JSON library would write."""

from typing import Any

JSON = {"Content-Type": "application/json"}


def refused(answer: Any, *statuses: int) -> dict[str, str]:
    """The faults of a refusal by field, each with a sentence; an assertion error when it is none."""
    assert answer.status_code in (statuses or (422,)), f"{answer.status_code} {answer.text[:300]}"
    assert answer.mimetype == "application/problem+json"
    body = answer.json
    assert body["status"] == answer.status_code
    assert body["detail"].strip().endswith((".", "»")), body["detail"]
    faults = {fault["field"]: fault["message"] for fault in body.get("errors", [])}
    assert all(message.strip().endswith(".") for message in faults.values()), faults
    return faults


def send(api: Any, body: bytes | str, path: str = "/applications/", **headers: str) -> Any:
    """A body as it is, without any JSON library of ours between."""
    sent = body if isinstance(body, bytes) else body.encode()
    return api.client.post(f"/api/v1{path}", data=sent, headers=api.headers | JSON | headers)
