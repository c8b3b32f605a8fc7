"""What the attached invoice says and the application does not: its words are read and compared; a scan says nothing."""

import re
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from app.applications import paper_dates, paper_lines, read_invoice
from app.applications.advice import ALSO, squashed
from app.applications.checks import Facts, Filing, Rule, told
from app.core import clock
from app.core.errors import Fault
from app.infra.codes import countries, country_name, currencies

SECONDS = 6.0
LEAST = 60  # letters and digits; what has fewer is a scan with a stamp or a page number
_places = threading.BoundedSemaphore(2)
# How invoices name the money beside its code.
SIGNS = {
    "USD": ("US$", "US DOLLAR", "DOLLAR", "$"), "EUR": ("€", "EURO"), "GBP": ("£", "POUND", "STERLING"), "JPY": ("¥", "YEN"),
    "INR": ("₹", "RUPEE", "RS.", "RS "), "AED": ("DIRHAM", "DHS"), "SAR": ("RIYAL", "SR "), "CHF": ("FRANC", "SFR"),
    "CAD": ("DOLLAR", "C$", "CA$", "$"), "AUD": ("DOLLAR", "A$", "$"), "SGD": ("DOLLAR", "S$", "$"), "CNY": ("YUAN", "RMB", "¥"),
    "NZD": ("DOLLAR", "$"), "HKD": ("DOLLAR", "HK$", "$"), "KES": ("SHILLING", "KSH"), "ZAR": ("RAND",), "MYR": ("RINGGIT",),
}  # fmt: skip
# Words of a firm's name that are written in many ways or left out.
LEGAL = frozenset(
    re.findall(
        r"\w+",
        "AND THE LTD LIMITED PVT PRIVATE CO COMPANY CORP CORPORATION INC LLC LLP GMBH KG AG SA SAS SARL SRL SPA BV NV PTE PTY "
        "PLC FZE FZCO FZC WLL EST AS AB OY KK BHD SDN MS CIE UND ET Y DE LTDA EIRL OHG EK DMCC",
    )
)
_HEADING = re.compile(r"PRO[\s-]?FORMA[\s-]*INVOICE")
ORIGIN = re.compile(r"COUNTRY\s+OF\s+ORIGIN(?:\s+OF\s+(?:THE\s+)?GOODS)?\s*[:;-]?\s*([A-Z .']{3,40})")
GOAL = re.compile(r"COUNTRY\s+OF\s+(?:FINAL\s+)?DESTINATION\s*[:;-]?\s*([A-Z .']{3,40})")
_SIGNED = re.compile(
    r"^ *FOR +(?:M/?S\.?\s*)?([A-Z][^\n]{3,70}?)\s*\n(?:[^\n]*\n){0,3}?[^\n]*AUTHORI[SZ]ED\s+SIGNATORY", re.MULTILINE
)


class Busy(Exception):
    """Too many papers are being read at once; the same one may be asked for again."""


def read_text(content: bytes) -> str:
    """The words of a PDF's first five pages, read by a child of ours within its limits; empty for anything without words.

    Busy when others are being read for so long that nobody should wait for this one.
    """
    if not content.startswith(b"%PDF-"):
        return ""
    if not _places.acquire(timeout=SECONDS):
        raise Busy
    try:
        done = subprocess.run(  # noqa: S603  our own script; the file is on its standard input, the environment is empty
            [sys.executable, "-I", read_invoice.__file__], input=content, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            timeout=SECONDS, env={}, cwd="/", check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return ""
    finally:
        _places.release()
    return done.stdout.decode("utf-8", "replace")


def compare(text: str, filing: Filing, exporter: str = "") -> list[Fault]:
    """A warning for each value of the filing that the invoice's words do not bear out; none when there are hardly any words.

    `exporter` is the name of the firm that should have signed the invoice; empty: it is not looked for.
    """
    if not says_enough(text):
        return []
    words = _plain(text)
    rules: list[Rule] = [lambda filing, facts, rule=rule: rule(words, filing, facts) for rule in _RULES]  # type: ignore[misc]  # a default binds
    return told(rules, filing, Facts(today=date.max, exporter=exporter))


def says_enough(text: str) -> bool:
    """Are there words to compare, or only those of a stamp on a scan?"""
    return sum(sign.isalnum() for sign in text) >= LEAST


def _plain(text: str) -> str:
    """In capitals, one form of each sign, all kinds of spaces and dashes alike."""
    text = unicodedata.normalize("NFKC", text).upper()
    text = re.sub(r"[^\S\n]", " ", text)
    return re.sub(r"[\u2010-\u2015\u2212]", "-", text)


def _heading(words: str, _filing: Filing, _facts: Facts) -> Iterator[Fault]:
    """A pro-forma invoice names itself; a commercial one may name the pro-forma it follows."""
    if _HEADING.search(words) and "INVOICE" not in _HEADING.sub("", words):
        yield Fault("attachments", "The paper you attached is a pro-forma invoice. Attach the commercial invoice instead.")


def _numbers(words: str, filing: Filing, _facts: Facts) -> Iterator[Fault]:
    for index, invoice in enumerate(filing["invoices"]):
        if not _mentions(words, invoice["no"]):
            yield Fault(
                f"invoices[{index}].no",
                f"The invoice you attached does not mention {invoice['no']}. Is it the right paper, and the right number?",
            )


def _mentions(words: str, number: str) -> bool:
    """The number, whatever stands between its parts; not as a part of a longer one."""
    signs = [re.escape(sign) for sign in _plain(number) if sign.isalnum()]
    if not signs:
        return True
    inner = r"[\W_]{0,3}".join(signs)
    return bool(re.search(rf"(?<![0-9A-Z])(?<![0-9A-Z][/-]){inner}(?![0-9])(?!(?!DAT|DT)[A-Z])(?![/-][0-9A-Z])", words))


def _days(words: str, filing: Filing, _facts: Facts) -> Iterator[Fault]:
    found = paper_dates.days(words)
    for index, invoice in enumerate(filing["invoices"]):
        if found and invoice["date"] not in found:
            yield Fault(
                f"invoices[{index}].date",
                f"The invoice you attached does not bear the date {clock.day(invoice['date'])}. Use the date on the invoice.",
            )


def _totals(words: str, filing: Filing, _facts: Facts) -> Iterator[Fault]:
    if not re.search(r"\d[.,]\d\d(?!\d)|\d{3}", words):
        return
    for index, invoice in enumerate(filing["invoices"]):
        if not _bears(words, invoice["value"]):
            yield Fault(
                f"invoices[{index}].value",
                f"The value {invoice['value']:,.2f} does not stand on the invoice you attached. Copy the total from the invoice.",
            )


def _bears(words: str, value: Decimal) -> bool:
    """The amount in any usual notation: 1,234.50, 1.234,50, 1 234.50, 1'234.50, and lakhs as 12,34,567.00."""
    whole, _point, part = f"{value:.2f}".partition(".")
    grouped = [whole, *(f"{int(whole):,}".replace(",", sign) for sign in ",. '’"), *(_lakhs(whole, sign) for sign in ", ")]
    cents = r"(?:[.,](?:00?|-)|/-)?" if part == "00" else rf"[.,](?:{part}|{part.rstrip('0')})"
    body = "|".join(re.escape(way) for way in dict.fromkeys(grouped))
    return bool(re.search(rf"(?<!\d)(?<!\d[.,]){'(?:' + body + ')'}{cents}(?!\d)(?![.,]\d)", words))


def _lakhs(whole: str, sign: str) -> str:
    """India's way: the last three digits, then pairs."""
    head, tail = whole[:-3], whole[-3:]
    pairs = [head[max(0, place - 2) : place] for place in range(len(head), 0, -2)][::-1]
    return sign.join([*pairs, tail])


def _money(words: str, filing: Filing, _facts: Facts) -> Iterator[Fault]:
    for index, invoice in enumerate(filing["invoices"]):
        code = invoice["currency"]
        if _speaks_of(words, code):
            continue
        others = [other for other in SIGNS if other not in (code, "INR") and re.search(rf"(?<![A-Z]){other}(?![A-Z])", words)]
        others += [other for other in ("USD", "EUR", "GBP", "INR") if _speaks_of(words, other)]
        if others:
            yield Fault(
                f"invoices[{index}].currency",
                f"The invoice you attached speaks of {others[0]}, the application of {code}. Choose the currency of the invoice.",
            )


def _speaks_of(words: str, code: str) -> bool:
    named = (*SIGNS.get(code, ()), currencies().get(code, code).upper())
    return bool(re.search(rf"(?<![A-Z]){code}(?![A-Z])", words)) or any(sign in words for sign in named)


def _consignee(words: str, filing: Filing, _facts: Facts) -> Iterator[Fault]:
    """Box 2 is spelt as the invoice spells it; to another party than the invoice's, the officer will ask."""
    name = filing["consignee"]["name"]
    parts = [part for part in _significant(name) if part.isascii()]
    there = {squashed(word) for word in re.findall(r"[^\W_]+", words)}
    if not name.isascii():
        there |= {_folded(word) for word in there}
    missing = [part for part in parts if part not in there and _folded(part) not in there]
    if not missing or "".join(parts) in squashed(words) or re.match(r"(?:UN)?TO (?:THE )?ORDER", name.upper()):
        return
    if len(missing) < len(parts):
        yield Fault(
            "consignee.name",
            f"The invoice you attached does not know «{missing[0].title()}» in the consignee's name. Copy the name from it.",
        )
    else:
        yield Fault(
            "consignee.name",
            f"The invoice you attached does not name {name}. If it is made out to somebody else who pays, give that firm as "
            "buyer; else name the consignee as the invoice does.",
        )


def _significant(name: str) -> list[str]:
    """The words of a firm's name that are written the same everywhere."""
    parts = [squashed(part) for part in re.split(r"[^\w]+|_", name)]
    return [part for part in parts if len(part) > 1 and part not in LEGAL]


def _folded(word: str) -> str:
    """Müller is also written Mueller."""
    return word.replace("UE", "U").replace("OE", "O").replace("AE", "A")


def _places_named(words: str, filing: Filing, _facts: Facts) -> Iterator[Fault]:
    """The countries of origin and destination, where the invoice has a box for them."""
    goal = country_in(GOAL.search(words))
    if goal and goal != filing["destination_country"]:
        yield Fault(
            "destination_country",
            f"The invoice names {country_name(goal)} as the destination, the application "
            f"{country_name(filing['destination_country'])}. Correct one of them.",
        )
    origin = country_in(ORIGIN.search(words))
    for index, item in enumerate(filing["items"]):
        if origin and origin != item["origin_country"] and len(ORIGIN.findall(words)) == 1:
            yield Fault(
                f"items[{index}].origin_country",
                f"The invoice says the goods come from {country_name(origin)}, the application "
                f"{country_name(item['origin_country'])}. "
                "A certificate for foreign goods is a back-to-back certificate.",
            )


def country_in(found: re.Match[str] | None) -> str:
    """The country that begins what was found; the longest name first, so that Guinea-Bissau is not Guinea."""
    if found is None:
        return ""
    said = found[1].strip()
    names = {name.upper(): code for code, name in countries().items()} | ALSO
    return next(
        (names[name] for name in sorted(names, key=len, reverse=True) if re.match(rf"{re.escape(name)}(?![A-Z])", said)), ""
    )


def _signatory(words: str, _filing: Filing, facts: Facts) -> Iterator[Fault]:
    """The invoice is signed for the firm that exports."""
    found = _SIGNED.search(words)
    mine = _significant(facts.exporter)
    if found and mine and not any(part in squashed(found[1]) for part in mine):
        yield Fault(
            "attachments",
            f"The invoice is signed for {found[1].strip().title()}, not for {facts.exporter}. Attach your own firm's invoice.",
        )


_RULES = (_heading, _numbers, _days, _totals, _money, _consignee, _places_named, _signatory, *paper_lines.RULES)
