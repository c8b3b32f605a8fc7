"""When an agency, an office or an officer may work, and the sentence that says why not (domain rules 4.1 to 4.3)."""

import re
from dataclasses import dataclass
from enum import StrEnum

from app.core.errors import BusinessError


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
