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
        """What the page carries: the hash and name, signed, and of use to this account only, for this firm."""
        return str(_seal().dumps({"user": actor.user_id, "firm": actor.exporter_id, "paper": asdict(self)}))

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
        if (said["user"], said.get("firm")) == (actor.user_id, actor.exporter_id):
            found.append(Kept(**said["paper"]))
    return found


def again(actor: Actor, papers: Any) -> list[Kept]:
    """Papers that were kept with what somebody typed; one whose bytes are gone is left out."""
    found = [Kept(**paper) for paper in papers[:MOST]]
    return [row for row in found if store.exists(row.sha256)]


def take(kind: str, sent: Any, *, beside: bool = False) -> Kept:
    """Look at a paper that was just chosen and put it into the store; a sentence when it cannot be taken."""
    taken = paper(sent.filename or "", sent.stream.read())
    return Kept(kind, taken.filename, taken.mime, len(taken.content), store.put(taken.content), beside)


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
        beside = bool(form[f"{slot}_beside"].data)
        try:
            row = take(kind, sent, beside=beside)
        except BusinessError as refusal:
            faults.append(Fault(f"{slot}_file", f"{safe_name(sent.filename or '')} was not taken. {refusal.sentence}"))
            continue
        kept = [*(other for other in kept if beside or other.kind != kind), row]
    return kept, faults


def attach(session: Session, application: Application, actor: Actor, papers: Iterable[Kept]) -> None:
    """Put the kept papers in with the application, each in the place of the former of its kind unless it says otherwise."""
    for row in papers:
        service.attach(session, application, actor, kind=row.kind, paper=row.upload(), replace=not row.beside)
