"""The life of an application as a table: every move, from where to where, by whom; nothing else is possible (5.1)."""

from enum import StrEnum

from app.core.actor import Role
from app.core.workflow import Arg, Move, Workflow


class Status(StrEnum):
    """Where an application stands."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    UNDER_REVIEW = "UNDER_REVIEW"
    QUERY_RAISED = "QUERY_RAISED"
    RESUBMITTED = "RESUBMITTED"
    APPROVED = "APPROVED"
    SIGNING = "SIGNING"
    SIGN_FAILED = "SIGN_FAILED"
    ISSUED = "ISSUED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    DEEMED_WITHDRAWN = "DEEMED_WITHDRAWN"


class Kind(StrEnum):
    """What is applied for (Public Notice 43/2024-25 for the last two)."""

    ORIGINAL = "ORIGINAL"
    IN_LIEU = "IN_LIEU"
    BACK_TO_BACK = "BACK_TO_BACK"


FINAL = frozenset({Status.ISSUED, Status.REJECTED, Status.WITHDRAWN, Status.DEEMED_WITHDRAWN})
OPEN = frozenset(Status) - FINAL
FILERS = frozenset({Role.PRIMARY, Role.APPLICANT, Role.BROKER_FILER})
DRAFTERS = FILERS | {Role.BROKER_DRAFTER}  # who prepares, but sends and spends nothing
OFFICER = frozenset({Role.OFFICER})
ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})
SYSTEM = frozenset({Role.SYSTEM})
HOLDER = "only the officer who has taken it up"

# What an officer asks about, by code: the wording opens the question, whatever is added in free text (5.1).
QUERY_REASONS = {
    "GOODS_UNCLEAR": "The description does not say clearly what the goods are.",
    "HS_CODE": "The ITC(HS) code does not fit the description.",
    "ORIGIN": "The origin criterion is not borne out by what was filed.",
    "PROCESSING": "Say how the goods were made or processed in India.",
    "PARTY": "The name or address does not agree with the papers.",
    "FIGURES": "Quantity, weight, packages or value do not agree with the papers.",
    "TRANSPORT": "The particulars of transport do not agree with the papers.",
    "DATE": "The date does not agree with the papers.",
    "WRONG_PAPER": "This is not the paper that it is said to be.",
    "UNREADABLE": "The paper cannot be read, or a page of it is missing.",
    "EVIDENCE": "The proof of foreign origin is missing or does not fit the goods.",
    "LATE": "Say why the certificate is asked for so late.",
    "IN_LIEU": "Say what was wrong with the certificate to be replaced.",
}

_REASON = Arg("reason", "Reason", "paragraph", min_length=5, max_length=1000, help="Shown to the other side as it stands.")

_WHY_OVER = Arg("reason", "Why", "paragraph", min_length=5, max_length=500,
                help="Told to the officer who had it. It stands in the history, which the exporter reads as well.")  # fmt: skip


def _from(*states: Status) -> frozenset[str]:
    return frozenset(states)


LIFE = Workflow(
    "application",
    Status.DRAFT,
    (
        Move("edit", _from(Status.DRAFT), Status.DRAFT, DRAFTERS, "draft changed", "Edit",
             (Arg("filing", "Application", "filing"),)),
        Move("edit", _from(Status.QUERY_RAISED), Status.QUERY_RAISED, FILERS, "application changed after a query", "Edit",
             (Arg("filing", "Application", "filing"),)),
        Move("delete", _from(Status.DRAFT), None, DRAFTERS, "draft deleted", "Delete draft", tone="danger"),
        Move("submit", _from(Status.DRAFT), Status.SUBMITTED, FILERS, "application submitted", "Submit and pay",
             tone="primary", guard="complete, e-signed, and the fee is in the wallet"),
        Move("take_up", _from(Status.SUBMITTED, Status.RESUBMITTED), Status.UNDER_REVIEW, OFFICER,
             "application taken up", "Take up", tone="primary", guard="mapped to the office; the first one wins"),
        Move("release", _from(Status.UNDER_REVIEW), Status.SUBMITTED, OFFICER, "application released",
             "Back to the queue", holder=True, guard=HOLDER),
        Move("take_over", _from(Status.UNDER_REVIEW), Status.UNDER_REVIEW, OFFICER, "application taken over", "Take over",
             (_WHY_OVER,), guard="mapped to the office, and the time of whoever has it has run out"),
        Move("return_to_queue", _from(Status.UNDER_REVIEW), Status.SUBMITTED, SYSTEM, "application returned to the queue",
             "Return to the queue", automatic=True, guard="its officer was deactivated"),
        Move("pass_on", _from(Status.SUBMITTED), Status.SUBMITTED, SYSTEM, "application moved to another office",
             "Move to another office", automatic=True, guard="the administrator moved the office's open applications"),
        Move("pass_on", _from(Status.UNDER_REVIEW), Status.SUBMITTED, SYSTEM, "application moved to another office",
             "Move to another office", automatic=True),
        Move("pass_on", _from(Status.RESUBMITTED), Status.RESUBMITTED, SYSTEM, "application moved to another office",
             "Move to another office", automatic=True),
        Move("pass_on", _from(Status.QUERY_RAISED), Status.QUERY_RAISED, SYSTEM, "application moved to another office",
             "Move to another office", automatic=True),
        Move("reassign", _from(Status.UNDER_REVIEW, Status.RESUBMITTED), Status.UNDER_REVIEW, ADMINISTRATOR,
             "application reassigned", "Give to another officer", (Arg("officer", "Officer", "officer"),)),
        Move("query", _from(Status.UNDER_REVIEW), Status.QUERY_RAISED, OFFICER, "query raised", "Raise a query",
             (Arg("items", "Questions", "query_items", max_length=20, options=tuple(QUERY_REASONS)),), holder=True, guard=HOLDER),
        Move("reply", _from(Status.QUERY_RAISED), Status.RESUBMITTED, FILERS, "query answered", "Send the reply",
             (Arg("reply", "Reply", "paragraph", required=False, max_length=2000),
              Arg("answers", "Answer to each question", "answers", required=False)), tone="primary",
             guard="every question is answered; only what a question marks was changed"),
        Move("lapse", _from(Status.QUERY_RAISED), Status.DEEMED_WITHDRAWN, SYSTEM, "application lapsed unanswered",
             "Lapse", automatic=True, guard="90 days without a reply (HBP para 2.05)"),
        Move("approve", _from(Status.UNDER_REVIEW), Status.APPROVED, OFFICER, "application approved", "Approve",
             (Arg("origin_criteria_checked", "I have checked the origin criteria (HBP 2023 para 2.93)", "tick",
                  required=False),), tone="primary", holder=True, guard=HOLDER + ", and who can sign"),
        Move("reject", _from(Status.UNDER_REVIEW), Status.REJECTED, OFFICER, "application rejected", "Reject",
             (_REASON,), tone="danger", holder=True, guard=HOLDER),
        Move("sign", _from(Status.APPROVED, Status.SIGN_FAILED), Status.SIGNING, OFFICER, "certificate sent for signing",
             "Sign", tone="primary", holder=True, guard="only the officer who approved, and who can sign"),
        Move("issue", _from(Status.SIGNING), Status.ISSUED, SYSTEM, "certificate issued", "Issue", automatic=True),
        Move("fail", _from(Status.SIGNING), Status.SIGN_FAILED, SYSTEM, "signing failed", "Fail", automatic=True),
        Move("recall", _from(Status.APPROVED, Status.SIGN_FAILED), Status.UNDER_REVIEW, OFFICER, "approval recalled",
             "Recall the approval", holder=True, guard="only the officer who approved; the number is voided"),
        Move("take_back", _from(Status.APPROVED, Status.SIGN_FAILED), Status.SUBMITTED, SYSTEM,
             "approval taken back", "Take the approval back", automatic=True,
             guard="its officer was deactivated before signing; the number is voided"),
        Move("give_up", _from(Status.SIGN_FAILED), Status.REJECTED, ADMINISTRATOR, "given up by the agency",
             "Give up and return the fee", (_REASON,), tone="danger", guard="the number is voided, the fee given back"),
        Move("attest", _from(Status.ISSUED), Status.ISSUED, OFFICER, "papers attested", "Attest the papers",
             guard="the exporter asked for copies, and the officer can sign for the office"),
        Move("withdraw", _from(Status.SUBMITTED, Status.RESUBMITTED, Status.QUERY_RAISED, Status.UNDER_REVIEW),
             Status.WITHDRAWN, FILERS, "application withdrawn", "Withdraw", tone="danger",
             guard="no refund unless the setting says so"),
    ),
    final=FINAL,
)  # fmt: skip

LABELS = {
    Status.DRAFT: "Draft",
    Status.SUBMITTED: "Submitted",
    Status.UNDER_REVIEW: "Under review",
    Status.QUERY_RAISED: "Query raised",
    Status.RESUBMITTED: "Resubmitted",
    Status.APPROVED: "Approved, pending issuance",
    Status.SIGNING: "Being signed",
    Status.SIGN_FAILED: "Signing failed",
    Status.ISSUED: "Issued",
    Status.REJECTED: "Rejected",
    Status.WITHDRAWN: "Withdrawn",
    Status.DEEMED_WITHDRAWN: "Deemed withdrawn",
}
