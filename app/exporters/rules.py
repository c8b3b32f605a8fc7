"""When a firm may file, and who its people are (domain rules 4.5 and 4.6)."""

REASONS = {
    "DEACTIVATED": "The IEC is deactivated because it was not confirmed this year. Confirm it with DGFT, then submit.",
    "SUSPENDED": "The IEC is suspended. Ask DGFT about it; drafts are kept.",
    "CANCELLED": "The IEC is cancelled. Ask DGFT about it.",
    "DENIED": "The firm is on DGFT's denied-entity list. Ask DGFT about it.",
}


def why_not_file(iec_status: str) -> str | None:
    """The sentence that keeps the firm from submitting, or None (only an ACTIVE IEC submits)."""
    return REASONS.get(iec_status)


ROLES = ("PRIMARY", "APPLICANT", "VIEWER")
STATUSES = ("ACTIVE", *REASONS)
BRANCH_KINDS = ("REGISTERED", "HEAD", "BRANCH", "FACTORY")
LAST_PRIMARY = (
    "This is the only active primary user of the IEC {iec}, and an IEC keeps at least one. "
    "Send another primary user of this IEC at the same time or before."
)
NOT_LINKED = (
    "Your e-mail address is not linked to an IEC. Link it in your profile at DGFT (Link your IEC); "
    "Udgam hears of it within the hour, and then you can file here."
)
FIRM_UNKNOWN = (
    "Your e-mail address is linked to the IEC {iec}, but Udgam has no facts of this firm from DGFT yet. "
    "Check the IEC in your profile at DGFT; if it is right, wait an hour and tell the help desk after that."
)


def how_to_link(iec: str) -> str:
    """What somebody who belongs to no firm here must do, by the IEC that DGFT names for the person ("" for none)."""
    return FIRM_UNKNOWN.format(iec=iec) if iec else NOT_LINKED


def too_many_leave(leaving: int, active: int, most_percent: int) -> bool:
    """Would a feed switch off more people than it may? One person may always leave, however few there are."""
    return leaving > max(1, active * most_percent // 100)
