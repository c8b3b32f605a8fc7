"""Two firms side by side: Balaji's applications in several states, full of words that nobody else may read, and a neighbour's."""

from typing import Any

from flask import Flask

from tests import factories, states
from tests.people import EXPORTER, OFFICER, OTHER_EXPORTER

CANARY, DRAFT, NORTH = "Qanarium7", "Draftarium7", "Northarium7"  # office 001, drafts, office 002
PART = "arium"  # searched for, so that a page which repeats the question gives nothing away
PEOPLE_OF_BALAJI = {"Balaji", "AABCS4821K", "balaji.example", "Meera Patel", "Kiran Desai"}


def words(canary: str) -> dict[str, Any]:
    """A filing with the canary in every text."""
    item = {"description": f"Towels {canary}", "marks": canary, "invoice": canary}
    return {
        "consignee": {"name": canary, "address": f"{canary}\n20457 Hamburg", "country": "DE"},
        "invoices": [factories.FILING["invoices"][0] | {"no": canary}], "item": item,
        **dict.fromkeys(("notify_party", "buyer", "manufacturer", "vessel_flight", "voyage", "port_of_discharge", "final_destination",
                         "transport_doc_no", "lc_no", "contract_no", "po_no", "process_note", "retro_reason"), canary),
    }  # fmt: skip


class Scene:
    """Balaji's applications in several states, each full of canaries, and one application of the neighbour."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        with app.app_context():
            self.evidence = factories.BACK_TO_BACK["b2b_evidence"][0] | {"number": NORTH, "issuer": NORTH}
        self.draft = self.made("DRAFT", DRAFT)
        self.reviewed = self.made("UNDER_REVIEW", CANARY)
        self.asked = self.made("UNDER_REVIEW", CANARY)
        factories.move(app, self.asked, OFFICER, "query", items=[{"text": f"What is {CANARY}?", "field_path": "items[0]"}])
        self.answered = self.made("QUERY_RAISED", CANARY)
        factories.move(app, self.answered, EXPORTER, "reply", reply=f"It is {CANARY}.")
        self.rejected = self.made("UNDER_REVIEW", CANARY)
        factories.move(app, self.rejected, OFFICER, "reject", reason=f"Because of {CANARY}.")
        self.north = self.made("SUBMITTED", NORTH, office="002", kind="BACK_TO_BACK", b2b_evidence=[self.evidence])
        self.issued = self.made("ISSUED", CANARY)
        self.neighbours = factories.filed(app, "SUBMITTED", exporter=OTHER_EXPORTER, agency="SWCC", office="001")

    def made(self, state: str, canary: str, **more: Any) -> int:
        """An application with a paper that carries the canary in its name and its content."""
        from app.applications import service
        from app.infra.uploads import paper
        from tests.people import actor_for

        pk = factories.filed(self.app, "DRAFT", **(words(canary) | more))
        with states.as_the_system(self.app, pk) as (session, application):
            taken = paper(f"{canary}.pdf", factories.pdf(f"{canary} is in the file"))
            service.attach(session, application, actor_for(session, EXPORTER), kind="OTHER", paper=taken)
        for who, name, args in factories.ROAD[state]:
            factories.move(self.app, pk, who, name, **args)
        if state == "ISSUED":
            factories.run_jobs(self.app)
        return pk

    def numbers(self) -> set[str]:
        """What identifies Balaji's rows: numbers, tokens and hashes."""
        from app.applications.models import Application, Attachment
        from app.certificates.models import Certificate

        with states.as_the_system(self.app, self.draft) as (session, draft):
            mine = {"exporter_id": draft.exporter_id}
            found = {row.number for row in session.query(Application).filter_by(**mine) if row.number}
            found |= {row.sha256 for row in session.query(Attachment).filter_by(**mine)}
            for row in session.query(Certificate).filter_by(**mine):
                found |= {row.number, row.verify_token, row.sha256}
        return found - {row for row in found if row is None}
