"""One cell of a goods line as people write it in their own tables, read as the filing takes it; nothing is guessed."""

import re
import unicodedata
from functools import cache
from typing import NamedTuple

from marshmallow import ValidationError

from app.applications.filing import ItemSchema
from app.applications.goods_columns import BY_NAME
from app.core import codes
from app.infra.codes import countries, currencies

LONGEST = 200  # characters of a number or a code, with all that people write around it
_SIGNS = "₹$€£¥"
_NUMBER = re.compile(r"(?P<before>[^\d+\-(),.']*)(?P<number>[0-9][0-9,.' ]*)(?P<after>[^\d]*)")
_KILOGRAMS = frozenset({"kg", "kgs", "kilo", "kilos", "kilogram", "kilograms"})
_TRADE = {  # how packages are abbreviated on packing lists
    "ctn": "CT", "ctns": "CT", "bxs": "BX", "pkg": "PK", "pkgs": "PK", "plt": "PX", "plts": "PX", "pkt": "PA", "pkts": "PA",
    "bdl": "BE", "bdls": "BE", "drm": "DR", "drms": "DR", "crt": "CR", "rol": "RO", "rols": "RO", "rls": "RO", "bgs": "BG",
    "bale": "BN", "bls": "BN", "unpacked": "NE", "loose": "NE",
}  # fmt: skip
_MEASURES = {
    "kg": "KGS", "kgs": "KGS", "kilogram": "KGS", "kilo": "KGS", "pc": "PCS", "pcs": "PCS", "piece": "PCS", "no": "NOS",
    "each": "NOS", "ea": "NOS", "mtr": "MTR", "mtrs": "MTR", "meter": "MTR", "meters": "MTR", "metre": "MTR", "mt": "MTS",
    "mts": "MTS", "ltr": "LTR", "ltrs": "LTR", "liters": "LTR", "pair": "PRS", "sq mtr": "SQM", "sq mtrs": "SQM", "sqmtr": "SQM",
    "doz": "DOZ", "gm": "GMS", "gms": "GMS", "grams": "GMS", "unit": "UNT",
}  # fmt: skip
_LANDS = {"indian": "IN", "bharat": "IN", "usa": "US", "u.s.a": "US", "uk": "GB", "uae": "AE", "u.a.e": "AE"}


class Cell(NamedTuple):
    """What a cell says: its value, or what is wrong with it; `beside` is what it says of another column («12 CTN»)."""

    value: str
    fault: str = ""
    beside: tuple[str, str] = ("", "")
    dropped: str = ""  # the currency that stood with it


def read_cell(name: str, text: str) -> Cell:
    """The cell of this column; a value that cannot be taken comes back as it was written, with the reason."""
    written = _unguarded(text).strip()
    if not written:
        return Cell("")
    column = BY_NAME[name]
    if column.holds != "lines" and len(written) > LONGEST:
        return Cell(written, f"This has {len(written):,} characters. It seems to belong to another column.")
    if column.holds in {"number", "whole"}:
        cell = _number(name, written)
    elif column.codes:
        cell = Cell(_code(column.codes, written) or written)
    elif name == "itc_hs":
        cell = Cell(re.sub(r"[.\s-]", "", _plain_spaces(written)))
    else:
        cell = Cell(written)
    if cell.fault or not (fault := refusal(name, cell.value)):
        return cell
    return Cell(written, _hint(name, cell.value) or fault)


def refusal(name: str, value: str) -> str:
    """Why the filing rules do not take this value; empty when they do."""
    field = _schema().fields[name]
    given = int(value) if BY_NAME[name].holds == "whole" and value.isascii() and value.isdecimal() and len(value) < 20 else value
    try:
        field.deserialize(given)
    except ValidationError as error:
        return str(error.messages[0])
    return ""


@cache
def _schema() -> ItemSchema:
    return ItemSchema()


def guarded(text: str) -> str:
    """A cell for a spreadsheet: never a formula; reading it gives the same text again."""
    return "'" + text if re.match(r"'*[=+\-@\t\r]", text) else text


def _unguarded(text: str) -> str:
    return text[1:] if re.match(r"'+[=+\-@\t\r]", text) else text


def _plain_spaces(text: str) -> str:
    """All kinds of spaces alike, and digits of any script as 0 to 9."""
    return "".join(
        " " if character.isspace() else str(unicodedata.decimal(character)) if character.isdecimal() else character
        for character in text
    )


# --- numbers --------------------------------------------------------------------------------------------------------------


def _number(name: str, written: str) -> Cell:
    found = _NUMBER.fullmatch(_plain_spaces(written))
    figure = _figure(found["number"].strip()) if found else ""
    if not (found and figure):
        return Cell(written, "This is not read as a number. Write it plainly, such as 80 or 18432.00.")
    before, after = found["before"].strip(), found["after"].strip().rstrip(".")
    if BY_NAME[name].holds == "whole":
        figure = re.sub(r"\.0+$", "", figure)
    if not before and not after:
        return Cell(figure)
    return _with_words(name, written, figure, before, after)


def _with_words(name: str, written: str, figure: str, before: str, after: str) -> Cell:
    """A number with something before or behind it: what it is counted in, or the currency."""
    if name == "package_count" and not before and (kind := _code("packages", after)):
        return Cell(figure, beside=("package_kind", kind))
    if name == "quantity" and not before and (unit := _code("units", after)):
        return Cell(figure, beside=("uqc", unit))
    if name.endswith("_kg") and not before and after.casefold() in _KILOGRAMS:
        return Cell(figure)
    if name == "fob_value" and not (before and after.strip("/-")) and (money := _currency(before or after)):
        return Cell(figure, dropped=money)
    aside = f"«{before or after}»"[:30]
    cure = {
        "package_count": "is no kind of package known here: write the number alone, and the kind in its own column",
        "quantity": "is no unit known here: write the number alone, and the unit in its own column",
        "fob_value": "is not understood: write the value alone, such as 18432.00",
    }.get(name, "is not understood: write the weight in kilograms as a number alone")
    return Cell(written, f"{aside} {cure}.")


def _figure(text: str) -> str:
    """1,23,456.50 or 123 456.50 or 1.234,50 as 123456.50 or 1234.50; empty when it could mean two things."""
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return text
    if re.fullmatch(r"\d{1,3}(,\d{2,3})*,\d{3}(\.\d+)?", text):
        return text.replace(",", "")
    if re.fullmatch(r"\d{1,3}([ ']\d{3})+(\.\d+)?", text):
        return re.sub("[ ']", "", text)
    if re.fullmatch(r"\d{1,3}(\.\d{3})+,\d+", text):
        return text.replace(".", "").replace(",", ".")
    return ""


def _currency(text: str) -> str:
    """The currency a value is written with; empty when it is something else."""
    word = text.strip(" ./-").upper()
    if word in {"", "RS", "INR"}:
        return "INR" if word or "/" in text else ""
    code = re.sub(rf"[{_SIGNS}\s]", "", word)
    return word if code in currencies() or (code in {"", "US"} and word != code) else ""


# --- codes ----------------------------------------------------------------------------------------------------------------


def _code(codes_of: str, text: str) -> str:
    """The code of a list, by itself or by its name; empty when there is none."""
    word = re.sub(r"\s+", " ", _plain_spaces(text)).strip(" .")
    if codes_of == "criteria":
        found = re.match(r"([WMPFwmpf])(?:$|\s*[-–:.])", word)
        return found[1].upper() if found else {"wholly obtained": "W"}.get(word.casefold(), "")
    return _named(codes_of).get(word.casefold(), "")


@cache
def _named(codes_of: str) -> dict[str, str]:
    """Every way to name a code of this list, in small letters."""
    if codes_of == "packages":
        names = {name.casefold(): code for code, pair in codes.PACKAGES.items() for name in pair}
        return _TRADE | names | {code.casefold(): code for code in codes.PACKAGES}
    if codes_of == "units":
        names = {name.casefold(): code for code, name in codes.UNITS.items()}
        return (
            {name.removesuffix("s"): code for name, code in names.items()}
            | names
            | _MEASURES
            | {code.casefold(): code for code in codes.UNITS}
        )
    names = {name.casefold(): code for code, name in countries().items()}
    return names | _LANDS | {code.casefold(): code for code in countries()}


def _hint(name: str, value: str) -> str:
    """What a spreadsheet has probably done to the value."""
    if name == "itc_hs" and re.fullmatch("[0-9]{7}", value):
        return f"The ITC(HS) code has eight digits, this has seven. If the spreadsheet dropped a zero in front, write 0{value}."
    if name == "itc_hs" and re.fullmatch(r"[0-9]+E\+?[0-9]+", value, re.IGNORECASE):
        return "The spreadsheet has shortened the ITC(HS) code. Make its column wider, or format it as text, and copy it again."
    return ""
