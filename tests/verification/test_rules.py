"""What the public is told: the five verdicts, the numbers and tokens found in a text, and what is kept back."""

from datetime import UTC, date, datetime

import pytest

from app.core.certificate_number import format_number
from app.core.errors import BusinessError
from app.verification import rules
from app.verification.rules import Facts, Verdict

NUMBER = format_number("FIEC", 2026, "001", 7)
LATER = format_number("FIEC", 2026, "001", 8)
TOKEN = "mfrggzdfmztwq2lknnwg23tpobyxe43u"  # the form of a token: 32 letters and digits of base32


def facts(status: str, successor: str | None = None) -> Facts:
    """What is known of a certificate in this state."""
    since = datetime(2026, 9, 2, 20, 0, tzinfo=UTC)  # already the 3rd in India
    return Facts(NUMBER, status, date(2026, 8, 18), since, "Balaji", "Federation", "Mumbai", "Nariman Point", successor)


@pytest.mark.parametrize("status", ["VALID", "SUPERSEDED", "REVOKED"])
def test_the_verdict_is_the_status_of_what_was_issued(status: str) -> None:
    """An issued certificate is told by its status, and its number by its facts."""
    answer = rules.genuine(facts(status, LATER), None, 1)
    assert (answer.verdict, answer.facts) == (Verdict(status), facts(status, LATER))


@pytest.mark.parametrize("status", ["PREPARED", "VOID"])
def test_what_was_never_issued_cannot_be_told(status: str) -> None:
    """A reserved or voided number can not even by mistake become an answer."""
    with pytest.raises(ValueError, match="nobody's business"):
        rules.genuine(facts(status), None, 1)


def test_only_a_valid_certificate_is_said_to_be_valid() -> None:
    """The sentence of every other verdict names the day in India, the successor, and never says that it is valid."""
    assert "is valid" in rules.genuine(facts("VALID"), None, 1).sentence
    superseded = rules.genuine(facts("SUPERSEDED", LATER), None, 1).sentence
    revoked = rules.genuine(facts("REVOKED"), None, 1).sentence
    assert "replaced on 3 Sep 2026" in superseded
    assert LATER in superseded
    assert "revoked on 3 Sep 2026" in revoked
    others = [superseded, revoked, rules.altered(facts("VALID"), None, 1).sentence, rules.NO_SUCH_NUMBER]
    assert not [sentence for sentence in [*others, rules.NO_SUCH_CODE, rules.NO_SUCH_FILE] if "valid" in sentence]


def test_an_altered_file_is_altered_whatever_it_claims_to_be() -> None:
    """A file that only names a certificate never gets that certificate's verdict."""
    assert {rules.altered(facts(status), None, 1).verdict for status in ("VALID", "REVOKED")} == {Verdict.ALTERED}


def test_boxes_leave_out_the_exporters_codes() -> None:
    """Boxes 2 to 10 and nothing else of what was frozen: no IEC, no GSTIN, no address of the firm, no QR address."""
    frozen = {
        "number": NUMBER, "exporter": {"iec": "AAPFU0939F"}, "verify_url": "x", "officer": {"name": "Asha"},
        "consignee": {"name": "Hansa"}, "transport": {}, "goods": [], "endorsements": [], "evidence": [],
        "packages_total": "1 carton", "gross_total": "1 kg",
    }  # fmt: skip
    assert set(rules.boxes_of(frozen)) == {
        "consignee", "transport", "goods", "endorsements", "evidence", "packages_total", "gross_total",
    }  # fmt: skip


@pytest.mark.parametrize("typed", [NUMBER, NUMBER.lower(), NUMBER.replace("/", " "), f"  {NUMBER.replace('-', '')} "])
def test_a_number_is_read_however_it_was_typed(typed: str) -> None:
    """Case, blanks, slashes and hyphens make no difference."""
    assert rules.read_number(typed) == NUMBER.replace("/", "").replace("-", "")


def test_a_mistyped_number_is_told_from_no_number() -> None:
    """One wrong character: the check character is wrong; anything else, however long, is not a number."""
    wrong = NUMBER.replace("0000007", "0000001")
    with pytest.raises(BusinessError, match="check character wrong"):
        rules.read_number(wrong)
    for nonsense in ("", "hello", "\x00", "९" * 20, NUMBER + "0", NUMBER * 1000):
        with pytest.raises(BusinessError, match="not a certificate number"):
            rules.read_number(nonsense)


def test_numbers_are_found_in_running_text() -> None:
    """Numbers broken by a print driver are found, each once; a mistyped one is none."""
    broken = NUMBER.replace("/", " /\n")
    texts = [f"Certificate of Origin {NUMBER}", f"see {broken} and {LATER}.", NUMBER.replace("0000007", "0000001")]
    compact = [number.replace("/", "").replace("-", "") for number in (NUMBER, LATER)]
    assert rules.numbers_in(texts) == compact


def test_a_flood_of_numbers_is_cut_off() -> None:
    """A file full of numbers costs no more look-ups than any other."""
    many = " ".join(format_number("FIEC", 2026, "001", number) for number in range(1, 200))
    assert len(rules.numbers_in([many])) == rules.MOST_CLAIMS


def test_tokens_are_found_in_addresses() -> None:
    """The address of a QR code gives its token; a longer word does not."""
    assert rules.tokens_in([f"https://coo.example/verify/{TOKEN}?x", f"/verify/{TOKEN}"]) == [TOKEN]
    assert rules.tokens_in([f"/verify/{TOKEN}aa", "/verify/short", TOKEN]) == []
