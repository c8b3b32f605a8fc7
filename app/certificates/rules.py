"""The life of a certificate as a table, what is endorsed on it, and the words of its declaration (5.2, HBP 2.93)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.core import clock
from app.core.actor import Role
from app.core.workflow import Arg, Move, Workflow


class CertificateStatus(StrEnum):
    """PREPARED has a number and nothing else; only the worker makes it VALID."""

    PREPARED = "PREPARED"
    VALID = "VALID"
    SUPERSEDED = "SUPERSEDED"
    REVOKED = "REVOKED"
    VOID = "VOID"


class Leaves(StrEnum):
    """The three leaves of Trade Notice 48/2020-21; only the electronic one carries images and a signature."""

    ELECTRONIC = "ELECTRONIC"
    ORIGINAL = "ORIGINAL"
    DUPLICATE = "DUPLICATE"


_REASON = Arg("reason", "Reason", "paragraph", min_length=10, max_length=1000, help="Kept for ever with the certificate.")

PRINTERS = frozenset({Role.PRIMARY, Role.APPLICANT, Role.OFFICER})  # who may take a paper leaf (TN 48/2020-21)

LIFE = Workflow(
    "certificate",
    CertificateStatus.PREPARED,
    (
        Move("issue", frozenset({"PREPARED"}), "VALID", frozenset({Role.SYSTEM}), "certificate issued", "Issue",
             automatic=True),
        Move("void", frozenset({"PREPARED"}), "VOID", frozenset({Role.SYSTEM}), "number voided", "Void", automatic=True,
             guard="by recall or when given up; the number is never used again"),
        Move("supersede", frozenset({"VALID"}), "SUPERSEDED", frozenset({Role.SYSTEM}), "certificate superseded",
             "Supersede", automatic=True, guard="when the certificate in lieu becomes valid, in the same transaction"),
        Move("print_original", frozenset({"VALID"}), "VALID", PRINTERS, "original leaf printed", "Print the original",
             guard="a paper leaf with its own code, blank for the stamp and the signature in ink"),
        Move("print_duplicate", frozenset({"VALID"}), "VALID", PRINTERS, "duplicate leaf printed", "Print the duplicate"),
        Move("propose_revocation", frozenset({"VALID"}), "VALID", frozenset({Role.ADMINISTRATOR}),
             "revocation proposed", "Propose revocation", (_REASON,), tone="danger"),
        Move("revoke", frozenset({"VALID"}), "REVOKED", frozenset({Role.SUPERVISOR}), "certificate revoked",
             "Revoke", (_REASON,), tone="danger", guard="the agency has proposed it"),
    ),
    final=frozenset({"SUPERSEDED", "REVOKED", "VOID"}),
)  # fmt: skip

LABELS = {"PREPARED": "Being prepared", "VALID": "Valid", "SUPERSEDED": "Superseded", "REVOKED": "Revoked", "VOID": "Void"}
PUBLIC = frozenset({"VALID", "SUPERSEDED", "REVOKED"})  # what a verifier may hear of; PREPARED and VOID were never issued


@dataclass(frozen=True, slots=True)
class Endorsed:
    """What box 4 must say besides the ordinary."""

    in_lieu_of: str = ""
    in_lieu_date: date | None = None
    back_to_back_country: str = ""
    evidence: tuple[str, ...] = ()
    retrospective: bool = False


def endorsements(facts: Endorsed) -> list[str]:
    """The lines of box 4, in the order in which customs look for them (Public Notice 43/2024-25)."""
    lines = []
    if facts.in_lieu_of:
        dated = f" DATED {clock.day(facts.in_lieu_date).upper()}" if facts.in_lieu_date else ""
        lines.append(f"ISSUED IN LIEU OF {facts.in_lieu_of}{dated}")
    if facts.back_to_back_country:
        lines.append(f"BACK-TO-BACK: GOODS OF {facts.back_to_back_country.upper()} ORIGIN")
        lines.extend(facts.evidence)
    if facts.retrospective:
        lines.append("ISSUED RETROSPECTIVELY")
    return lines
