"""Whose hand signs for an office: asked once for all that one transaction approves or signs there."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.agencies import service as agencies
from app.agencies.models import AgencyUser, Office
from app.core import clock
from app.core.actor import Actor
from app.core.errors import BusinessError
from app.infra.queue import URGENT
from app.signing.models import DscRegistration

NEEDS_NO_HAND = frozenset({"SOFT", "PKCS11"})


@dataclass(frozen=True, slots=True)
class Hand:
    """An officer who can sign for this office now, by which certificate, and how soon the worker does its part."""

    office_id: int
    officer: AgencyUser
    registration: DscRegistration | None
    priority: int = URGENT
    sitting_id: int | None = None  # of a bulk sitting, which tells the firms in sum and is named in the trail

    @property
    def by_itself(self) -> bool:
        """The key is within the worker's reach: nobody has to do anything more."""
        return self.registration is not None and self.registration.backend in NEEDS_NO_HAND

    @property
    def detail(self) -> dict[str, Any]:
        """What the trail says besides."""
        return {"sitting": self.sitting_id} if self.sitting_id else {}


def hand_for(session: Session, office: Office, actor: Actor, known: Hand | None = None, *, priority: int = URGENT,
             sitting_id: int | None = None) -> Hand:  # fmt: skip
    """The actor's hand for this office, or `known` if that is it. BusinessError with every reason when it cannot sign now."""
    if known is not None and (known.office_id, known.officer.id) == (office.id, actor.agency_user_id):
        return known
    officer = agencies.officer(session, actor.agency_user_id or 0)
    reasons = agencies.why_cannot_sign(session, officer, office, clock.now())
    if reasons:
        raise BusinessError(" ".join(["You cannot sign for this office now.", *reasons]))
    return Hand(office.id, officer, agencies.registration_of(session, officer), priority, sitting_id)
