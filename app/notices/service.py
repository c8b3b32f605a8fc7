"""Put a line on people's bells and write to them as each wants it, take note that they read it, and send them mail."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import BusinessError, Fault, InvalidInput
from app.infra import queue
from app.infra.settings import setting
from app.infra.tenancy import UNSCOPED
from app.notices.models import Mail, Notice, Preference, User
from app.notices.rules import MANNERS, Kind, offered

MAIL_JOB = "notices.mail"
# One address and nothing beside it: no name, no list, nothing a mail server could read as a command or a second header.
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*")
_mails: ContextVar[bool] = ContextVar("mails", default=True)


@contextmanager
def bells_only() -> Iterator[None]:
    """While this lasts nobody is written to: a history that is made up should not fill letter boxes."""
    token = _mails.set(False)
    try:
        yield
    finally:
        _mails.reset(token)


def tell(session: Session, user_ids: Iterable[int | None], text: str, url: str = "", *, kind: Kind = Kind.WORK,
         mailed: bool = False, exporter_id: int | None = None) -> None:  # fmt: skip
    """One notice for each account, by bell and mail as its owner wants, in the same transaction as what it tells of.

    Who has no account yet has no bell. `mailed` says that whoever calls writes a mail of its own about it. A customs broker's
    person works for several firms: `exporter_id` is the one it is about, and it rings there alone.
    """
    ids = {user_id for user_id in user_ids if user_id is not None}
    if not ids:
        return
    said = and_(Preference.user_id == User.id, Preference.kind == kind.value)
    query = select(User.id, User.first_name, User.last_name, User.email, User.active, Preference.bell, Preference.mail)
    query = query.outerjoin(Preference, said).where(User.id.in_(ids)).order_by(User.id)
    for user_id, first, last, address, active, bell, by_mail in session.execute(query, execution_options=UNSCOPED).all():
        rings, is_written = MANNERS[kind].ways(bell, by_mail)
        if rings:
            session.add(Notice(user_id=user_id, kind=kind.value, text=shortened(text), url=url, exporter_id=exporter_id))
        if is_written and active and not mailed and _mails.get() and ADDRESS.fullmatch(address.strip()):
            mail(session, address, text, _letter(f"{first} {last}".strip(), text, url, kind), queue.LATER)


def shortened(text: str) -> str:
    """What the bell has room for; its link leads to the rest."""
    return text if len(text) <= 300 else f"{text[:299].rstrip()}…"


def _letter(name: str, text: str, url: str, kind: Kind) -> str:
    """What a notice says in a mail: the sentence, where to look, and where to stop such mails."""
    base = setting("BASE_URL")
    look = f"\n\nLook at it here: {base}{url}" if url else ""
    stop = "" if MANNERS[kind].mail_stays else f"\n\n-- \nWhich mails you get is up to you: {base}/notices/preferences"
    return f"Dear {name},\n\n{text}{look}{stop}\n"


def unread(session: Session, actor: Actor) -> int:
    """How many notices this person has not read."""
    mine = select(func.count()).select_from(Notice).where(Notice.user_id == actor.user_id, Notice.read_at.is_(None))
    return session.scalar(mine) or 0


def latest(session: Session, actor: Actor, number: int = 20) -> list[Notice]:
    """The newest notices of this person."""
    mine = select(Notice).where(Notice.user_id == actor.user_id).order_by(Notice.id.desc()).limit(number)
    return list(session.scalars(mine))


def mark_read(session: Session, actor: Actor, ids: Iterable[int] | None = None) -> int:
    """These notices of this person (all, when none are named) have been read; returns how many were new."""
    new = select(Notice).where(Notice.user_id == actor.user_id, Notice.read_at.is_(None))
    rows = session.scalars(new if ids is None else new.where(Notice.id.in_(list(ids)))).all()
    for notice in rows:
        notice.read_at = clock.now()
    return len(rows)


def preferences(session: Session, actor: Actor) -> dict[Kind, tuple[bool, bool]]:
    """(bell, mail) for each kind that this person may be told of."""
    mine = select(Preference.kind, Preference.bell, Preference.mail).where(Preference.user_id == actor.user_id)
    said = {kind: (bell, by_mail) for kind, bell, by_mail in session.execute(mine)}
    return {kind: MANNERS[kind].ways(*said.get(kind.value, (None, None))) for kind in offered(actor.role)}


def prefer(session: Session, actor: Actor, wishes: Mapping[Kind, tuple[bool, bool]]) -> None:
    """Keep how this person wants to hear of these kinds; InvalidInput for a way that may not be switched off."""
    faults = []
    for kind, (bell, by_mail) in wishes.items():
        if kind not in offered(actor.role):
            faults.append(Fault(kind.value, "You are not told of this, so there is nothing to choose."))
        elif MANNERS[kind].ways(bell, by_mail) != (bell, by_mail):
            faults.append(Fault(kind.value, "This may not be switched off: it is about money or your own rights."))
    if faults:
        raise InvalidInput(faults)
    for kind, (bell, by_mail) in wishes.items():
        row = session.scalar(select(Preference).where(Preference.user_id == actor.user_id, Preference.kind == kind.value))
        if row is None:
            row = Preference(user_id=actor.user_id, kind=kind.value)
            session.add(row)
        row.bell, row.mail = bell, by_mail
    session.flush()


def mail(session: Session, recipient: str, subject: str, body: str, priority: int = queue.URGENT) -> Mail:
    """Write one mail and promise to send it after the commit; the text is forgotten once it is sent.

    Somebody waits for most mails (a code, a new password); one that goes with a notice comes after all work that others wait
    for. Refuses (BusinessError) what is no single address. A subject is one line of at most 200 letters, whatever a name in it
    contained.
    """
    address = recipient.strip()
    if not ADDRESS.fullmatch(address) or len(address) > 254:
        raise BusinessError("A mail cannot be sent to this address. Correct the e-mail address and try again.")
    row = Mail(recipient=address, subject=" ".join(subject.split())[:200], body=body)
    session.add(row)
    session.flush()
    queue.promise(session, MAIL_JOB, f"mail:{row.id}", ref=row.id, priority=priority)
    return row
