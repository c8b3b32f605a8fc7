"""Papers chosen on the page: looked at once, kept by their hash while the rest is put right, and tied to who chose them."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from flask import current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy.orm import Session

from app.applications import service
from app.applications.forms import FilingForm
from app.applications.models import Application
from app.core.actor import Actor
from app.core.errors import BusinessError, Fault
from app.infra import store
from app.infra.uploads import Upload, paper, safe_name

SLOTS = (("invoice", "INVOICE"), ("packing_list", "PACKING_LIST"))
MOST = 10  # papers waiting on one page


@dataclass(frozen=True, slots=True)
class Kept:
    """A paper that has been looked at and lies in the store, but belongs to no application yet."""

    kind: str
    filename: str
    mime: str
    size: int
    sha256: str
    beside: bool  # to be added beside the former of its kind, not in its place

    def token(self, actor: Actor) -> str:
        """What the page carries: the hash and name, signed, and of use to this account only."""
        return str(_seal().dumps({"user": actor.user_id, "paper": asdict(self)}))

    def upload(self) -> Upload:
        """The paper as it came."""
        return Upload(self.filename, self.mime, store.get(self.sha256))


def _seal() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="paper kept on the filing page")


def carried(actor: Actor, tokens: Iterable[str]) -> list[Kept]:
    """The papers the page has carried; one that was made up, is another's or from another day is left out."""
    life = current_app.config["PERMANENT_SESSION_LIFETIME"].total_seconds()
    found = []
    for token in list(tokens)[:MOST]:
        try:
            said = _seal().loads(token, max_age=int(life))
        except BadData:
            continue
        if said["user"] == actor.user_id:
            found.append(Kept(**said["paper"]))
    return found


def chosen(form: FilingForm, actor: Actor) -> tuple[list[Kept], list[Fault]]:
    """Every paper of this post, new ones looked at and put into the store; and a fault for each that cannot be taken.

    A new paper takes the place of one of its kind that the page has carried, unless it is to be added beside it. Looking
    takes up to some seconds: called before the transaction, never in it.
    """
    kept, faults = carried(actor, request.form.getlist("kept_paper")), []
    for slot, kind in SLOTS:
        sent: Any = form[f"{slot}_file"].data
        if not sent:
            continue
        try:
            taken = paper(sent.filename or "", sent.stream.read())
        except BusinessError as refusal:
            faults.append(Fault(f"{slot}_file", f"{safe_name(sent.filename or '')} was not taken. {refusal.sentence}"))
            continue
        beside = bool(form[f"{slot}_beside"].data)
        kept = [row for row in kept if beside or row.kind != kind]
        content = taken.content
        kept.append(Kept(kind, taken.filename, taken.mime, len(content), store.put(content), beside))
    return kept, faults


def attach(session: Session, application: Application, actor: Actor, papers: Iterable[Kept]) -> None:
    """Put the kept papers in with the application, each in the place of the former of its kind unless it says otherwise."""
    for row in papers:
        service.attach(session, application, actor, kind=row.kind, paper=row.upload(), replace=not row.beside)
