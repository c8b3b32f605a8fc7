"""The goods lines of the application beside the invoice's words: names, codes, weights and packages."""

import re
from collections.abc import Iterator
from decimal import Decimal

from app.applications import goods_words
from app.applications.checks import Facts, Filing, lines
from app.core.errors import Fault

_HS = r"\b(?:H\.?S\.?N?\b|ITC|TARIFF)"
CODE = re.compile(r"(?<!\d)(?<!\d[.,/-])(\d{4})[. ]?(\d{2})[. ]?(\d{2})(?![\d]|[.,]\d)")
_LABELLED = re.compile(rf"{_HS}[^\d]{{0,30}}(?:{CODE.pattern})")
GROSS = re.compile(r"(?:TOTAL\s+)?GROSS\s*(?:WEIGHT|WT)\.?[^\d\n]{0,25}?([\d][\d,]*(?:\.\d+)?)")
PACKED = re.compile(
    r"TOTAL\s+(?:NO\.?\s+OF\s+|NUMBER\s+OF\s+)?(?:PACKAGES|PKGS|CARTONS|CTNS|BAGS|BALES|BOXES|CASES|CRATES|DRUMS|ROLLS)"
    r"\s*[:=-]?\s*(\d[\d,]*)"
)


def _goods(words: str, filing: Filing, _facts: Facts) -> Iterator[Fault]:
    """The goods are called on the certificate what the invoice calls them: at least one word of each line is there."""
    there = set(goods_words.words(words.casefold()))
    for path, line, item in lines(filing):
        named = [word for word in goods_words.words(item["description"]) if len(word) > 3 and goods_words.places(word)]
        if named and not any(there & set(goods_words.forms(word)) for word in named):
            yield Fault(
                f"{path}.description",
                f"{line}: the invoice you attached does not speak of «{named[0]}». Describe the goods as the invoice does.",
            )


def _codes(words: str, filing: Filing, _facts: Facts) -> Iterator[Fault]:
    """Codes of the same chapter, or with a name such as HSN before them; other numbers have eight digits too."""
    if not re.search(_HS, words):
        return
    on_paper, labelled = ({"".join(found) for found in way.findall(words)} for way in (CODE, _LABELLED))
    for index, item in enumerate(filing["items"]):
        code = item["itc_hs"]
        near = {other for other in on_paper if other[:2] == code[:2]} or (labelled if len(labelled) == 1 else set())
        if near and code not in on_paper:
            yield Fault(
                f"items[{index}].itc_hs",
                f"Goods line {index + 1}: {code} does not stand on the invoice, but {min(near)} does. Use the code of the "
                "invoice, or have the invoice corrected.",
            )


def _weights(words: str, filing: Filing, _facts: Facts) -> Iterator[Fault]:
    """What the invoice calls the gross weight is that of all lines, or of one."""
    said = {_number(found) for found in GROSS.findall(words)} - {Decimal(0)}
    each = [item["gross_weight_kg"] for item in filing["items"]]
    known = {*each, sum(each)}
    if said and not any(abs(number * factor - weight) < 1 for number in said for weight in known for factor in (1, 1000)):
        path = "items[0].gross_weight_kg" if len(each) == 1 else "items"
        yield Fault(
            path,
            f"The gross weight on the invoice is {max(said):,} kg, in the application {sum(each):,} kg. Use that of the packing "
            "list.",
        )


def _packages(words: str, filing: Filing, _facts: Facts) -> Iterator[Fault]:
    said = {_number(found) for found in PACKED.findall(words)}
    count = sum(item["package_count"] for item in filing["items"])
    if said and count and count not in said:
        path = "items[0].package_count" if len(filing["items"]) == 1 else "items"
        yield Fault(
            path,
            f"The invoice counts {max(said):,} packages in all, the application {count:,}. Use the count of the packing list.",
        )


def _number(text: str) -> Decimal:
    return Decimal(text.replace(",", "") or "0")


RULES = (_goods, _codes, _weights, _packages)
