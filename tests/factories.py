"""Make what tests need through the product's own verbs, so that nothing here can be in a state the product forbids."""

import io
from copy import deepcopy
from typing import Any

import pikepdf
from flask import Flask, has_app_context
from flask.testing import FlaskClient

from tests.people import EXPORTER, OFFICER, actor_for

FILING: dict[str, Any] = {
    "kind": "ORIGINAL",
    "certificate_type": "NON_PREFERENTIAL",
    "agency": "FIEC",
    "office": "001",
    "consignee": {"name": "Nordlicht Handel GmbH & Co. KG", "address": "Speicherstraße 9\n20457 Hamburg", "country": "DE"},
    "destination_country": "DE",
    "transport_mode": 1,
    "vessel_flight": "EVER GOLDEN",
    "voyage": "017W",
    "departure_date": None,
    "port_of_loading": "INNSA1",
    "port_of_discharge": "DEHAM",
    "final_destination": "Hamburg",
    "invoices": [{"no": "BTX/26/0042", "date": "2026-08-03", "value": "12500.00", "currency": "EUR"}],
    "imported_inputs_used": False,
    "items": [
        {
            "itc_hs": "63026090",
            "description": "Cotton terry towels, piece-dyed, 500 g/m²",
            "marks": "NH/42\nHAMBURG",
            "package_count": 80,
            "package_kind": "CT",
            "quantity": "4000.000",
            "uqc": "PCS",
            "net_weight_kg": "1600.000",
            "gross_weight_kg": "1744.000",
            "fob_value": "12500.00",
            "invoice": "BTX/26/0042",
            "origin_country": "IN",
            "origin_criterion": "M",
        }
    ],
}
BACK_TO_BACK: dict[str, Any] = {
    "kind": "BACK_TO_BACK",
    "b2b_purpose": "REEXPORT",
    "b2b_evidence": [
        {"kind": "FOREIGN_COO", "number": "LK-2026-5511", "date": "2026-06-02", "issuer": "Ceylon Chamber", "country": "LK"}
    ],
}
# Two questions: one frees the vessel's name, the other the papers.
ASKED = [
    {"text": "Which vessel is it?", "field_path": "vessel_flight"},
    {"text": "Which towels are these?", "field_path": "attachments"},
]
# The moves that lead to each state, as (who, move, arguments).
ROAD: dict[str, list[tuple[str, str, dict[str, Any]]]] = {"DRAFT": []}
ROAD["SUBMITTED"] = [(EXPORTER, "submit", {})]
ROAD["UNDER_REVIEW"] = [*ROAD["SUBMITTED"], (OFFICER, "take_up", {})]
ROAD["QUERY_RAISED"] = [*ROAD["UNDER_REVIEW"], (OFFICER, "query", {"items": ASKED})]
ROAD["RESUBMITTED"] = [*ROAD["QUERY_RAISED"], (EXPORTER, "reply", {"reply": "Bath towels, as on the invoice."})]
ROAD["REJECTED"] = [*ROAD["UNDER_REVIEW"], (OFFICER, "reject", {"reason": "The goods are not made by the exporter."})]
ROAD["WITHDRAWN"] = [*ROAD["SUBMITTED"], (EXPORTER, "withdraw", {})]
ROAD["SIGNING"] = [*ROAD["UNDER_REVIEW"], (OFFICER, "approve", {})]
ROAD["ISSUED"] = ROAD["SIGNING"]


class Api:
    """The REST API in a person's hands."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client, self.headers = client, {"Authorization": f"Bearer {token}"}

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(f"/api/v1{path}", headers=self.headers | more.pop("headers", {}), **more)

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        headers = self.headers | more.pop("headers", {})
        given = {"json": body} if body is not None else {}
        return self.client.post(f"/api/v1{path}", headers=headers, **given, **more)

    def put(self, path: str, body: Any) -> Any:
        return self.client.put(f"/api/v1{path}", json=body, headers=self.headers)

    def delete(self, path: str, headers: dict[str, str] | None = None) -> Any:
        return self.client.delete(f"/api/v1{path}", headers=self.headers | (headers or {}))

    def attach(self, pk: int, kind: str, content: bytes | None = None, name: str = "paper.pdf") -> Any:
        data = {"kind": kind, "file": (io.BytesIO(content or pdf()), name)}
        return self.client.post(f"/api/v1/applications/{pk}/attachments", headers=self.headers, data=data)


def filing(**changes: Any) -> dict[str, Any]:
    """A filing that is right; `changes` replace parts of it, `item` parts of its one goods line."""
    made = deepcopy(FILING)
    item = changes.pop("item", {})
    if changes.get("kind") == "BACK_TO_BACK":
        made |= deepcopy(BACK_TO_BACK)
        item = {"origin_country": "LK", "origin_criterion": "F"} | item
    made |= deepcopy(changes)
    made["items"][0] |= item
    return made


def pdf(words: str = "") -> bytes:
    """A small real PDF."""
    document = pikepdf.new()
    document.add_blank_page(page_size=(200, 200))
    if words:
        document.docinfo["/Title"] = words
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def filed(app: Flask, state: str = "DRAFT", **changes: Any) -> int:
    """An application brought to `state` by the cast, each step a transaction of its own; returns its id."""
    from app.applications import service
    from app.infra.db import db, transaction
    from app.infra.uploads import Upload

    settle()
    exporter = changes.pop("exporter", EXPORTER)
    officer = changes.pop("officer", OFFICER)
    with app.app_context(), transaction(db.session):
        session = db.session
        application = service.create(session, actor_for(session, exporter), filing(**changes))
        for kind in ("INVOICE", "PACKING_LIST"):
            service.attach(
                session,
                application,
                actor_for(session, exporter),
                kind=kind,
                paper=Upload(f"{kind}.pdf", "application/pdf", pdf(kind)),
                attest=kind == "INVOICE",
            )
        pk = application.id
    for who, name, args in ROAD[state]:
        move(app, pk, {EXPORTER: exporter, OFFICER: officer}[who], name, **args)
    if state == "ISSUED":
        run_jobs(app)
    return pk


def move(app: Flask, pk: int, email: str, name: str, **args: Any) -> None:
    """One move by one person, committed."""
    from app.applications.models import Application
    from app.applications.service import VERBS
    from app.infra.db import db, transaction

    settle()
    with app.app_context(), transaction(db.session):
        VERBS[name](db.session, db.session.get_one(Application, pk), actor_for(db.session, email), **args)


def run_jobs(app: Flask) -> int:
    """Do every job that is due, most urgent first."""
    from sqlalchemy import select

    from app.core import clock
    from app.infra import queue
    from app.infra.db import db

    settle()
    done = 0
    with app.app_context():
        while True:
            due = select(queue.Job.id).where(queue.Job.state == "PENDING", queue.Job.run_after <= clock.now())
            job_id = db.session.scalar(due.order_by(queue.Job.priority, queue.Job.id).limit(1))
            db.session.rollback()
            if job_id is None:
                return done
            queue.run_job(job_id)
            done += 1


def settle() -> None:
    """End what the test's own session has begun: its roll-back later would take with it what is done from here on."""
    from app.infra.db import db

    if has_app_context():
        db.session.commit()
