"""What an officer would ask about the goods lines: do words, code, origin, packages, weights and value go together?"""

import re
from collections.abc import Iterator
from decimal import Decimal

from app.applications import goods_words
from app.applications.checks import BULK_KINDS, Facts, Filing, Rule, is_back_to_back, lines
from app.core import codes
from app.core.errors import Fault

KILOGRAMS = {"KGS": Decimal(1), "MTS": Decimal(1000), "TON": Decimal(1000), "QTL": Decimal(100), "GMS": Decimal("0.001")}
PIECES = frozenset({"PCS", "NOS", "PRS", "SET", "UNT", "DOZ"})
ONES = {"DOZ": 12, "PRS": 1}
# Chapters of goods that are made, not grown, mined or born.
MADE = frozenset(
    f"{chapter:02d}" for chapter in (*range(28, 41), 42, 48, 49, *range(54, 68), 69, 70, *range(72, 97)) if chapter != 77
)
# Words that are true of almost anything.
_VAGUE = re.compile(
    r"(?:(?:machine(?:ry)?|spare|auto(?:mobile)?|engineering|industrial|electrical|mechanical|chemical|textile|leather|"
    r"household|food|export|indian|handicraft|hardware|general|gift|sundry|assorted|various|mixed|misc\w*|other|different|"
    r"trade|commercial|personal|sample|raw|finished|consumer)[ ,&/-]*|and )*(?:items?|goods|parts?|articles?|products?|"
    r"materials?|spares?|samples?|accessories|stuff|things|effects|equipment|components?|chemicals?|textiles?|garments?|"
    r"machinery|provisions|groceries)[ .!]*",
    re.IGNORECASE,
)
_FREE = re.compile(r"no commercial value|free of c|sample|n\.?c\.?v\b|replacement|gift|warranty", re.IGNORECASE)
_FOREIGN = re.compile(
    r"\b(?:made in|product of|origin:?) (?:china|vietnam|bangladesh|thailand|sri lanka|turkey|indonesia)\b|\bchinese origin\b|"
    r"\bimported\b(?! (?:ring|input|part|component|yarn|fabric|raw))",
    re.IGNORECASE,
)
_NO_MARKS = frozenset({"N/M", "NM", "NIL", "NO MARKS", "N.M."})


def _described(filing: Filing, _facts: Facts) -> Iterator[Fault]:
    for path, line, item in lines(filing):
        text = item["description"]
        said = f"{line}: «{text.splitlines()[0][:60]}»"
        if _VAGUE.fullmatch(text):
            yield Fault(
                f"{path}.description",
                f"{said} could be anything. Say what the goods are, what of, and for what: customs abroad reads only this.",
            )
        elif not goods_words.names_goods(text):
            yield Fault(
                f"{path}.description",
                f"{said} reads like a brand or model name alone. Say also what the goods are, such as "
                "«toilet soap» or «ball bearings».",
            )
        else:
            yield from _spelt(path, line, text)


def _spelt(path: str, line: str, text: str) -> Iterator[Fault]:
    for word in goods_words.words(text):
        if right := goods_words.meant(word):
            yield Fault(
                f"{path}.description", f"{line}: is «{word}» a slip of the pen for «{right}»? It is printed as it stands."
            )
            return


def _codes(filing: Filing, _facts: Facts) -> Iterator[Fault]:
    for path, line, item in lines(filing):
        code, text = item["itc_hs"], item["description"]
        chapters = goods_words.chapters()
        if code[:2] in chapters and (other := goods_words.elsewhere(code, text)):
            yield Fault(
                f"{path}.itc_hs",
                f"{line}: {code} is a code of chapter {code[:2]}, {chapters[code[:2]][0]}; the description "
                f"reads like {other}. Correct one of them.",
            )
        elif code[:2] in ("61", "62"):
            yield from _knitted(path, line, code[:2], text.casefold())


def _knitted(path: str, line: str, chapter: str, text: str) -> Iterator[Fault]:
    """The two chapters of clothing differ in nothing else."""
    knitted, woven = bool(re.search(r"\bknit", text)), "woven" in text
    if (chapter == "61" and woven and not knitted) or (chapter == "62" and knitted and not woven):
        said, right = ("woven", "62") if woven else ("knitted", "61")
        yield Fault(
            f"{path}.itc_hs", f"{line}: {said} clothing is of chapter {right}, not {chapter}. Correct the code or the words."
        )


def _criterion(filing: Filing, _facts: Facts) -> Iterator[Fault]:
    if is_back_to_back(filing):
        return
    for path, line, item in lines(filing):
        if item["origin_criterion"] == "W" and item["itc_hs"][:2] in MADE:
            yield Fault(
                f"{path}.origin_criterion",
                f"{line}: W is for what was grown, mined or born in India. Goods that were made of "
                "Indian inputs have criterion M, with imported inputs P.",
            )
        if _FOREIGN.search(item["description"]):
            yield Fault(
                f"{path}.origin_country",
                f"{line}: the description speaks of foreign goods, the country of origin is India. "
                "Correct one of them, or file a back-to-back certificate.",
            )


def _weights(filing: Filing, _facts: Facts) -> Iterator[Fault]:
    for path, line, item in lines(filing):
        net, gross = item["net_weight_kg"], item["gross_weight_kg"]
        if gross > net * 4 and gross - net > 100:
            yield Fault(
                f"{path}.gross_weight_kg",
                f"{line}: the packing would weigh three times the goods (net {net:,} kg, gross "
                f"{gross:,} kg). Check both weights; they are in kilograms.",
            )
        if net == gross > 5 and item["package_kind"] not in BULK_KINDS and item["package_count"]:
            packed = codes.packages(item["package_count"], item["package_kind"])
            yield Fault(
                f"{path}.gross_weight_kg",
                f"{line}: gross and net weight are the same, but {packed} weigh something. Give the "
                "gross weight of the packing list.",
            )
        if factor := KILOGRAMS.get(item["uqc"]):
            weight = item["quantity"] * factor
            if not net * Decimal("0.9") <= weight <= gross * Decimal("1.02"):
                yield Fault(
                    f"{path}.quantity",
                    f"{line}: {item['quantity'].normalize():,f} {item['uqc']} are {weight:,f} kg, but the net "
                    f"weight is {net:,} kg. Correct the quantity, its unit or the weight.",
                )


def _packages(filing: Filing, _facts: Facts) -> Iterator[Fault]:
    for path, line, item in lines(filing):
        count, kind = item["package_count"], item["package_kind"]
        pieces = item["quantity"] * ONES.get(item["uqc"], 1)
        if item["uqc"] in PIECES and count > pieces >= 20:
            yield Fault(
                f"{path}.package_count",
                f"{line}: {count:,} packages hold {pieces.normalize():,f} pieces. Are the two numbers in each other's place?",
            )
        if item["uqc"] in PIECES and item["quantity"] != item["quantity"].to_integral_value():
            yield Fault(
                f"{path}.quantity",
                f"{line}: pieces come whole, {item['quantity'].normalize():f} do not. Correct the quantity or its unit.",
            )
        if kind == "NE" and count > 1 and item["uqc"] not in PIECES:
            yield Fault(f"{path}.package_kind", f"{line}: {count:,} packages, but their kind is «unpacked». Say what they are.")


def _marks(filing: Filing, _facts: Facts) -> Iterator[Fault]:
    rows = list(lines(filing))
    packed = [(path, line, item["marks"].upper() in _NO_MARKS) for path, line, item in rows if item["package_count"]]
    bare = [(path, line) for path, line, none in packed if none]
    if len(bare) < len(packed):
        for path, line in bare:
            yield Fault(
                f"{path}.marks",
                f"{line} has no marks, the other lines have some. Copy them from the packages or the packing list.",
            )
    for path, line, item in rows:
        if re.fullmatch(
            r"[\W_]+|tb[ac]|(?:as )?per (?:the )?(?:invoice|packing list|p/?l|b/?l|list).*", item["marks"], re.IGNORECASE
        ):
            yield Fault(f"{path}.marks", f"{line}: write the marks as they stand on the packages, or N/M when there are none.")


def _values(filing: Filing, _facts: Facts) -> Iterator[Fault]:
    seen: dict[tuple[object, ...], str] = {}
    for path, line, item in lines(filing):
        if item["fob_value"] == 0 and not _FREE.search(item["description"]):
            yield Fault(
                f"{path}.fob_value",
                f"{line} has no value. Give the FOB value of the invoice; goods sent free of charge have one for customs too.",
            )
        whole = tuple(str(value) for value in item.values())
        if whole in seen:
            yield Fault(f"{path}.description", f"{line} says the same as {seen[whole].lower()}. Remove one, or say what differs.")
        seen.setdefault(whole, line)


RULES: tuple[Rule, ...] = (_described, _codes, _criterion, _weights, _packages, _marks, _values)
