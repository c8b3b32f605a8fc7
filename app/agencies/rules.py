"""When an agency, an office or an officer may work, and the sentence that says why not (domain rules 4.1 to 4.3)."""

import re
from dataclasses import dataclass
from enum import StrEnum

from app.core.actor import Role
from app.core.errors import BusinessError
from app.core.workflow import Arg, Move, Workflow


class AgencyStatus(StrEnum):
    """From being named in Appendix 2E to leaving it."""

    NOTIFIED = "NOTIFIED"
    ONBOARDING = "ONBOARDING"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    DELISTED = "DELISTED"


class OfficeStatus(StrEnum):
    """An office works or it does not."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"


class PersonStatus(StrEnum):
    """The registration of an administrator or officer (state table 5.3)."""

    EMAIL_UNVERIFIED = "EMAIL_UNVERIFIED"
    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    REJECTED = "REJECTED"
    INACTIVE = "INACTIVE"


SUPERVISOR = frozenset({Role.SUPERVISOR})
ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})
DECIDERS = SUPERVISOR | ADMINISTRATOR
READ_ONLY = frozenset({AgencyStatus.SUSPENDED, AgencyStatus.DELISTED})
WHO_DECIDES = "administrators by DGFT, officers by an administrator of their own agency; never one's own request"

_REASON = Arg("reason", "Reason", "paragraph", min_length=5, max_length=1000, help="The person reads it as it stands.")


def _from(*states: str) -> frozenset[str]:
    return frozenset(states)


# The registration and the work of an administrator or officer (state table 5.3).
PERSON_LIFE = Workflow(
    "registration",
    PersonStatus.EMAIL_UNVERIFIED,
    (
        Move("verify_email", _from(PersonStatus.EMAIL_UNVERIFIED), PersonStatus.PENDING, frozenset({Role.SYSTEM}),
             "e-mail address proven", "Prove the e-mail address", automatic=True, guard="the code in time"),
        Move("activate", _from(PersonStatus.PENDING, PersonStatus.INACTIVE), PersonStatus.ACTIVE, DECIDERS,
             "person activated", "Activate", tone="primary", guard=WHO_DECIDES),
        Move("reject", _from(PersonStatus.PENDING), PersonStatus.REJECTED, DECIDERS, "registration rejected", "Reject",
             (_REASON,), tone="danger", guard=WHO_DECIDES),
        Move("deactivate", _from(PersonStatus.ACTIVE), PersonStatus.INACTIVE, DECIDERS, "person deactivated", "Deactivate",
             (_REASON,), tone="danger", guard=WHO_DECIDES + "; cases under review return to the queue"),
        Move("map_office", _from(PersonStatus.ACTIVE), PersonStatus.ACTIVE, ADMINISTRATOR, "officer mapped to an office",
             "Map to an office", (Arg("office", "Office", "office"),
                                  Arg("from_date", "From", "date", required=False, help="Empty: from today."),
                                  Arg("to_date", "Until", "date", required=False, help="Empty: without end.")),
             guard="officers only"),
        Move("unmap_office", _from(PersonStatus.ACTIVE), PersonStatus.ACTIVE, ADMINISTRATOR, "officer taken off an office",
             "Take off an office", (Arg("office", "Office", "office"),), guard="officers only; ends today"),
    ),
    final=frozenset({PersonStatus.REJECTED}),
)  # fmt: skip

# A regional office: it works, or it does not.
OFFICE_LIFE = Workflow(
    "office",
    OfficeStatus.ACTIVE,
    (
        Move("deactivate", _from(OfficeStatus.ACTIVE), OfficeStatus.INACTIVE, ADMINISTRATOR, "office deactivated", "Deactivate",
             (_REASON,), tone="danger", guard="no open applications; move them to another office first"),
        Move("activate", _from(OfficeStatus.INACTIVE), OfficeStatus.ACTIVE, ADMINISTRATOR, "office activated", "Activate",
             tone="primary"),
        Move("move_cases", _from(OfficeStatus.ACTIVE), OfficeStatus.ACTIVE, ADMINISTRATOR, "open applications moved",
             "Move open applications", (Arg("office", "To office", "office"),),
             guard="to another active office of the same agency; approved ones are signed or recalled first"),
    ),
    final=frozenset(),
)  # fmt: skip

# An agency of Appendix 2E.
AGENCY_LIFE = Workflow(
    "agency",
    AgencyStatus.NOTIFIED,
    (
        Move("begin_onboarding", _from(AgencyStatus.NOTIFIED), AgencyStatus.ONBOARDING, frozenset({Role.SYSTEM}),
             "agency came aboard", "Come aboard", automatic=True, guard="its first administrator is activated"),
        Move("go_live", _from(AgencyStatus.ONBOARDING), AgencyStatus.ACTIVE, ADMINISTRATOR, "agency went live", "Go live",
             tone="primary", guard="at least one office with a stamp and an officer who can sign"),
        Move("suspend", _from(AgencyStatus.ACTIVE), AgencyStatus.SUSPENDED, SUPERVISOR, "agency suspended", "Suspend",
             (_REASON,), tone="danger", guard="filing and signing stop at once; reading stays"),
        Move("resume", _from(AgencyStatus.SUSPENDED), AgencyStatus.ACTIVE, SUPERVISOR, "agency resumed", "End the suspension",
             tone="primary"),
        Move("delist", _from(AgencyStatus.NOTIFIED, AgencyStatus.ONBOARDING, AgencyStatus.ACTIVE, AgencyStatus.SUSPENDED),
             AgencyStatus.DELISTED, SUPERVISOR, "agency de-listed", "De-list", (_REASON,), tone="danger",
             guard="filing and signing stop at once, for good; reading stays"),
    ),
    final=frozenset({AgencyStatus.DELISTED}),
)  # fmt: skip


def why_read_only(agency_status: str) -> str:
    """Why this agency's people may only read now; empty when they may work."""
    words = {AgencyStatus.SUSPENDED: "suspended", AgencyStatus.DELISTED: "de-listed"}
    if agency_status not in READ_ONLY:
        return ""
    return f"Your agency is {words[AgencyStatus(agency_status)]} by DGFT: you may read, but not change, approve or sign."


def may_decide(decider: Role, decider_agency_id: int | None, role: str, agency_id: int) -> bool:
    """Administrators are decided on by DGFT, officers by an administrator of their own agency (rule 5.3)."""
    if role == Role.ADMINISTRATOR:
        return decider is Role.SUPERVISOR
    return decider is Role.ADMINISTRATOR and decider_agency_id == agency_id


@dataclass(frozen=True, slots=True)
class SigningFacts:
    """What decides whether an officer can sign for an office."""

    officer_status: str
    is_officer: bool
    mapped: bool
    has_signature_image: bool
    has_dsc: bool
    office_status: str
    has_stamp: bool
    agency_status: str


def why_not_sign(facts: SigningFacts) -> list[str]:
    """The reasons why this officer cannot sign for this office, each a sentence; empty = can sign (rule 4.3)."""
    reasons = (
        (facts.agency_status == AgencyStatus.ACTIVE, "The agency is not active."),
        (facts.office_status == OfficeStatus.ACTIVE, "The office is not active."),
        (facts.has_stamp, "The office has no stamp image: the administrator uploads one in Office Management."),
        (facts.is_officer, "Only an officer signs certificates."),
        (facts.officer_status == PersonStatus.ACTIVE, "The officer's account is not active."),
        (facts.mapped, "The officer is not mapped to this office."),
        (facts.has_signature_image, "The officer has no signature image: the administrator uploads one in User Management."),
        (facts.has_dsc, "The officer has no valid digital signature certificate: register one first."),
    )
    return [sentence for holds, sentence in reasons if not holds]


def parse_agency_code(text: str) -> str:
    """An agency code: a capital letter, then 1 to 9 capitals or digits."""
    code = text.strip().upper()
    if not re.fullmatch(r"[A-Z][A-Z0-9]{1,9}", code):
        raise BusinessError("The agency code is 2 to 10 capital letters and digits and begins with a letter, such as FIEC.")
    return code


def parse_office_code(text: str) -> str:
    """An office code: three digits, not 000."""
    code = text.strip()
    if not re.fullmatch(r"(?!000)[0-9]{3}", code):
        raise BusinessError("The office code is three digits from 001 to 999, such as 001.")
    return code
