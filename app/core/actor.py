"""Who acts: a person in a role, with the agency, offices or firm that the role is tied to."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The roles of domain rule 1.3, the public, and the system itself."""

    SUPERVISOR = "SUPERVISOR"
    ADMINISTRATOR = "ADMINISTRATOR"
    OFFICER = "OFFICER"
    PRIMARY = "PRIMARY"
    APPLICANT = "APPLICANT"
    VIEWER = "VIEWER"
    PUBLIC = "PUBLIC"
    SYSTEM = "SYSTEM"


EXPORTER_ROLES = frozenset({Role.PRIMARY, Role.APPLICANT, Role.VIEWER})


@dataclass(frozen=True, slots=True)
class Actor:
    """Everything a rule may want to know about who asks."""

    role: Role
    user_id: int | None
    name: str
    agency_id: int | None = None
    agency_user_id: int | None = None
    office_ids: tuple[int, ...] = ()
    exporter_id: int | None = None
    exporter_user_id: int | None = None
    ip: str = ""
    read_only: str = ""  # the sentence why this person may only read now; empty when they may work


PUBLIC_ACTOR = Actor(Role.PUBLIC, None, "the public")
SYSTEM_ACTOR = Actor(Role.SYSTEM, None, "Udgam")
