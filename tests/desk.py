"""The rows behind an application, read anew at every look: what the tests of issuing compare."""

import subprocess
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from app.agencies.models import AgencyUser
from app.applications.models import Application
from app.audit.models import AuditEvent
from app.certificates.models import Certificate
from app.exporters.models import Exporter
from app.infra import store
from app.infra.queue import Job
from app.signing import service
from app.signing.models import DscRegistration
from app.wallet.models import LedgerEntry, Wallet
from tests import factories
from tests.people import OFFICER


class Desk:
    """The rows behind an application, always read anew."""

    on_purpose = ""  # what the proof of the register has to find at the end, because the test altered it; else nothing

    def __init__(self, session: Any, app: Flask) -> None:
        self.session, self.app = session, app

    def application(self, pk: int) -> Application:
        self.session.expire_all()
        row: Application = self.session.get_one(Application, pk)
        return row

    def certificates(self, pk: int) -> list[Certificate]:
        self.session.expire_all()
        return list(self.session.scalars(select(Certificate).where(Certificate.application_id == pk).order_by(Certificate.id)))

    def certificate(self, pk: int) -> Certificate:
        return self.certificates(pk)[-1]

    def fees(self, pk: int) -> int:
        of = select(func.count()).where(LedgerEntry.application_id == pk, LedgerEntry.account == "AGENCY")
        return int(self.session.scalar(of))

    def job(self, pk: int) -> Job:
        row: Job = self.session.scalars(select(Job).where(Job.key == f"issue:certificate:{self.certificate(pk).id}")).one()
        return row

    def events(self, event: str) -> int:
        return int(self.session.scalar(select(func.count()).where(AuditEvent.event == event)))

    def officer(self) -> AgencyUser:
        row: AgencyUser = self.session.scalars(select(AgencyUser).where(AgencyUser.email == OFFICER)).one()
        return row

    def key(self) -> DscRegistration:
        found = service.active_registration(self.session, self.officer().user_id)
        assert found is not None
        return found

    def wallet(self) -> Wallet:
        """Balaji's wallet."""
        self.session.expire_all()
        firms = select(Exporter.id).where(Exporter.firm_name.like("Shree Balaji%"))
        row: Wallet = self.session.scalars(select(Wallet).where(Wallet.exporter_id.in_(firms))).one()
        return row

    def move(self, pk: int, who: str, name: str, **args: Any) -> None:
        factories.move(self.app, pk, who, name, **args)

    def words(self, pk: int) -> str:
        """What is printed on the issued certificate, in one line."""
        path = Path(self.app.config["UDGAM_HOME"]) / "look.pdf"
        path.write_bytes(store.get(self.certificate(pk).sha256 or ""))
        told = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True).stdout
        return " ".join(told.split())
