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
    BROKER = "BROKER"  # of a customs broker, and acting for nobody at the moment
    BROKER_READER = "BROKER_READER"  # acting for a firm, as far as the firm's delegation goes
    BROKER_DRAFTER = "BROKER_DRAFTER"
    BROKER_FILER = "BROKER_FILER"
    PUBLIC = "PUBLIC"
    SYSTEM = "SYSTEM"


EXPORTER_ROLES = frozenset({Role.PRIMARY, Role.APPLICANT, Role.VIEWER})
# Roles of their own, so that whatever is opened to a firm's own people stays shut to its broker until somebody says otherwise.
ACTING_ROLES = frozenset({Role.BROKER_READER, Role.BROKER_DRAFTER, Role.BROKER_FILER})


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
    broker_id: int | None = None
    broker_user_id: int | None = None
    delegation_id: int | None = None  # by which a customs broker's person acts for the firm; exporter_id is then the firm's
    acting_for: str = ""  # the firm and its IEC, as the page's head names them
    person: str = ""  # the own name, where `name` says more than that
    closed: str = ""  # the sentence why most of the program is shut to this person now, if it is not the role alone

    @property
    def own_name(self) -> str:
        """The person's name alone, as a digital signature certificate has it."""
        return self.person or self.name


PUBLIC_ACTOR = Actor(Role.PUBLIC, None, "the public")
SYSTEM_ACTOR = Actor(Role.SYSTEM, None, "Udgam")
