"""What the tests of accounts from DGFT say again and again: a person, a firm, a feed, and the SCIM client."""

import json
from typing import Any

from app.exporters import feed
from app.exporters.facts import PersonFacts

SECRET = "scim-secret-of-the-tests-0123456789-abcdef"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
FIRM = "urn:ietf:params:scim:schemas:extension:udgam:1.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BALAJI, NILGIRI, KONKAN = "AABCS4821K", "AAGCN7316P", "AAHCK4410M"


class Scim:
    """Requests with the secret; answers are checked for their media type."""

    def __init__(self, client: Any, secret: str = SECRET) -> None:
        self.client, self.headers = client, {"Authorization": f"Bearer {secret}"}

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        given = {"data": json.dumps(body), "content_type": "application/scim+json"} if body is not None else {}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.client.open(f"/scim/v2{path}", method=method, headers=self.headers | named, **given)
        assert answer.content_type == "application/scim+json" or answer.status_code == 304
        assert "Set-Cookie" not in answer.headers
        return answer

    def make(self, email: str = "barbara@balaji.example", **more: Any) -> Any:
        return self.ask("POST", "/Users", resource(email, **more))

    def change(self, pk: str, *operations: dict[str, Any], **headers: str) -> Any:
        return self.ask("PATCH", f"/Users/{pk}", {"schemas": [PATCH], "Operations": list(operations)}, **headers)


def resource(email: str = "barbara@balaji.example", iec: str = BALAJI, role: str = "APPLICANT", **more: Any) -> dict[str, Any]:
    """RFC 7644, 3.3, with an e-mail address as userName and our extension."""
    made = {
        "schemas": [USER, FIRM],
        "userName": email,
        "externalId": email.partition("@")[0],
        "name": {"formatted": "Barbara J Jensen", "familyName": "J Jensen", "givenName": "Barbara"},
        FIRM: {"iec": iec, "firmRole": role, "mobile": "9876543210"},
    }
    return made | more


def row(ref: str, email: str = "", **more: Any) -> dict[str, Any]:
    """A row of the feed."""
    made = {"user_ref": ref, "email": email or f"{ref.lower()}@balaji.example", "name": f"Person {ref}", "iec": BALAJI,
            "role": "APPLICANT", "active": True}  # fmt: skip
    return made | more


def firm(iec: str = KONKAN, **more: Any) -> dict[str, Any]:
    """A firm of the feed."""
    made = {"iec": iec, "name": "Konkan Cashew Exports", "gstins": ["27AAHCK4410M1ZE"], "address1": "Plot 9", "city": "Ratnagiri",
            "state_code": "27", "pin": "415639"}  # fmt: skip
    return made | more


def said(*users: Any, firms: Any = (), complete: bool = True) -> bytes:
    """A feed as DGFT sends it."""
    return json.dumps({"complete": complete, "firms": list(firms), "users": list(users)}).encode()


def sync(session: Any, content: bytes, most_percent: int = 33, complete: bool = False) -> Any:
    """Take a feed over and commit."""
    from app.core.actor import SYSTEM_ACTOR
    from app.infra.db import transaction

    with transaction(session):
        run = feed.take_over(session, SYSTEM_ACTOR, feed.understand(content, complete=complete), "test", most_percent)
        session.flush()
        session.expunge(run)
    return run


def counts(run: Any) -> tuple[int, int, int, int]:
    return run.created, run.changed, run.disabled, run.unchanged


def facts(ref: str, **more: Any) -> PersonFacts:
    """A person, as the verb takes them."""
    from app.exporters.facts import person

    return person(row(ref, **more))
