"""When a firm may file and which of its people may sign for it (domain rules 4.5 and 4.6)."""

REASONS = {
    "DEACTIVATED": "The IEC is deactivated because it was not confirmed this year. Confirm it with DGFT, then submit.",
    "SUSPENDED": "The IEC is suspended. Ask DGFT about it; drafts are kept.",
    "CANCELLED": "The IEC is cancelled. Ask DGFT about it.",
    "DENIED": "The firm is on DGFT's denied-entity list. Ask DGFT about it.",
}


def why_not_file(iec_status: str) -> str | None:
    """The sentence that keeps the firm from submitting, or None (only an ACTIVE IEC submits)."""
    return REASONS.get(iec_status)


def why_not_esign(sign_mode: str) -> str | None:
    """The sentence that keeps a person from e-signing, or None."""
    if sign_mode == "NONE":
        return "You have no e-signature yet: register a digital signature certificate or Aadhaar e-sign, then submit."
    return None
