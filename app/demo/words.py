"""What officers ask and refuse in the demonstration, and what exporters answer."""

from app.demo.plans import Plan, road

QUESTIONS = (
    ("items[0].description", "Please state the exact quality or grade of the goods, as on the invoice."),
    ("items[0].itc_hs", "Please confirm the eight-digit code: the description also fits the neighbouring heading."),
    (
        "items[0].gross_weight_kg",
        "The gross weight differs from the packing list by a few kilograms. Which one is right?",
    ),
    ("manufacturer", "Are the goods of your own make? If not, name the maker in the description."),
    ("consignee.address", "The consignee's address lacks a street on the invoice. Please confirm the one given here."),
)
ADDITIONS = (" (export quality)", " (own make)", " (first quality)", " (as per buyer's sample)")
ANSWER = "Confirmed; the particulars agree with the invoice and the packing list, and the description is now more exact."
REFUSALS = (
    "The invoice names goods of another description than the application; file again with the right invoice.",
    "The packing shows a foreign maker's marks, and no processing in India is stated.",
    "The consignee on the invoice is another firm than in box 2.",
    "The quantity applied for is more than the quantity invoiced.",
)
TROUBLE = "The signing device did not answer in time; nothing was signed."
REVOKED = "The consignment was called back after issue and sold within India; the exporter returned the certificate."


def questions(plan: Plan) -> list[dict[str, str]]:
    """One or two questions about an application; where the exporter will put something right, one marks the description."""
    dice = plan.chance("query")
    asked = dice.sample(QUESTIONS, dice.choice((1, 1, 2)))
    if "edit" in road(plan) and QUESTIONS[0] not in asked:
        asked[0] = QUESTIONS[0]
    return [{"field_path": path, "text": text} for path, text in asked]


def addition(plan: Plan) -> str:
    """What the exporter adds to the first line's description after the query."""
    return plan.chance("addition").choice(ADDITIONS)


def refusal(plan: Plan) -> str:
    """Why the officer rejects."""
    return plan.chance("refusal").choice(REFUSALS)
