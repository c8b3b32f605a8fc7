"""What the programs people have at hand say of our file once it is altered, or signed with the wrong certificate.

A table of verdicts, each found by running the program. Ours refuses every row. The others call some of them good, and
that is written down too: whoever checks with one of those alone has to hear of it, and a new version that learns better
shows here.
"""

import re
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import parser
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from app.signing import certcheck, lasting
from app.signing.judge import judge
from app.signing.pades import BYTE_RANGE
from app.signing.testca import Authority
from tests.signing.test_judge import (
    FIRM,
    NAME,
    byte_of_the_page,
    bytes_after_the_end,
    digit_of_the_signature,
    revision_with_another_title,
    revision_with_other_words,
    second_signature,
    written,
    written_anew,
)

GOOD, PART, WARNS = "good", "good, but not the whole file", "good, with warnings"
BAD, UNREAD = "bad", "cannot be read"


def whole_as_issued(pdf: bytes, _: Any) -> bytes:
    """Nothing at all: the row that shows that the programs can say yes."""
    return pdf


def revision_with_a_note(pdf: bytes, _: Any) -> bytes:
    """A revision that lays a note with words of its own on the page."""
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer: Any = IncrementalPdfFileWriter(BytesIO(pdf))
    name = generic.NameObject
    note = generic.DictionaryObject({
        name("/Type"): name("/Annot"),
        name("/Subtype"): name("/FreeText"),
        name("/Rect"): generic.ArrayObject(generic.NumberObject(number) for number in (72, 600, 300, 640)),
        name("/DA"): generic.TextStringObject("/Helv 12 Tf"),
        name("/Contents"): generic.TextStringObject("900 boxes"),
    })  # fmt: skip
    page = writer.root["/Pages"]["/Kids"][0]
    page[name("/Annots")] = generic.ArrayObject([*page.get("/Annots", []), writer.add_object(note)])
    writer.update_container(page)
    return written(writer)


def verdicts(pdf: bytes, holder: Any, authority: Authority, folder: Path, lists: tuple[bytes, ...] = ()) -> dict[str, str]:
    """What each program says of this file, trusting this authority; `lists` of revoked certificates (DER) are given to all."""
    (folder / "c.pdf").write_bytes(pdf)
    pems = [x509.load_der_x509_crl(each).public_bytes(Encoding.PEM) for each in lists]
    (folder / "roots.pem").write_bytes(b"".join([authority.roots_pem, *pems]))
    return {
        "ours": ours(pdf, holder, authority, lists),
        "pyhanko": by_pyhanko(pdf, authority, lists),
        "pdfsig": by_pdfsig(folder),
        "openssl": by_openssl(pdf, folder, asked=bool(lists)),
        "qpdf": {0: GOOD, 3: WARNS}.get(run(folder, "qpdf", "--check", "c.pdf")[0], BAD),
    }


def ours(pdf: bytes, holder: Any, authority: Authority, lists: tuple[bytes, ...]) -> str:
    """What is asked here before a key is used, and again of the file that comes out."""
    now = datetime.now(UTC)
    refused = certcheck.check(holder.certificate, authority.chain_pem, authority.roots_pem, lists, now)
    return GOOD if not refused and judge(pdf, authority.roots_pem, holder.sha256, lists=lists).ok else BAD


def by_pyhanko(pdf: bytes, authority: Authority, lists: tuple[bytes, ...]) -> str:
    """The library's own simple check of every signature, as its handbook shows it, with none of our rules laid over it."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    lasting.hush()
    trusting: dict[str, Any] = {"trust_roots": certcheck.certificates(authority.roots_pem), "allow_fetching": False}
    if lists:
        trusting |= {"crls": list(lists), "revocation_mode": "require"}
    try:
        found = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures
        told = [validate_pdf_signature(each, ValidationContext(**trusting)) for each in found]
    except Exception:
        return UNREAD
    if not told or not told[0].bottom_line:
        return BAD
    return GOOD if told[0].coverage.name == "ENTIRE_FILE" else PART


def by_pdfsig(folder: Path) -> str:
    """Poppler, asked for the signature only: without a store of trusted roots it has no verdict on a certificate."""
    _code, said = run(folder, "pdfsig", "-nocert", "c.pdf")
    first = said.split("Signature #2")[0]
    if "Signature is Valid." not in first:
        return BAD
    return GOOD if "Total document signed" in first and "Not total" not in first else PART


def by_openssl(pdf: bytes, folder: Path, *, asked: bool) -> str:
    """OpenSSL over the bytes that the first signature names; it knows nothing of PDF, nor of what was added later."""
    start, before, after, rest = map(int, BYTE_RANGE.findall(pdf)[0])
    (folder / "content").write_bytes(pdf[start : start + before] + pdf[after : after + rest])
    try:
        room = bytes.fromhex(pdf[start + before + 1 : after - 1].decode("ascii"))
        (folder / "cms").write_bytes(room[: parser.peek(room)])  # by its own length: one in 256 ends in a zero, as the room does
    except ValueError:
        return UNREAD
    line = "openssl cms -verify -binary -inform DER -in cms -content content -CAfile roots.pem -purpose any -out out"
    code, said = run(folder, *line.split(), *(["-crl_check_all"] if asked else []))
    if code and re.search(r"asn1|Error reading", said, re.IGNORECASE) and "verif" not in said:
        return UNREAD
    return BAD if code else GOOD


def run(folder: Path, *command: str) -> tuple[int, str]:
    """The program's exit code and its words."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", timeout=180)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the programs find their files."""
    return tmp_path_factory.mktemp("tools")


@pytest.fixture(scope="module")
def told(desk: Path, signed: bytes, officer: Any, authority: Authority) -> Callable[..., tuple[str, ...]]:
    """What the programs say of the one issued file after a change, in the order of the table."""

    def say(change: Callable[[bytes, Any], bytes]) -> tuple[str, ...]:
        return tuple(verdicts(change(signed, officer), officer, authority, desk).values())

    return say


#     change                        ours  pyhanko  pdfsig  openssl  qpdf (looks at the form of the file only)
ALTERED: list[tuple[Callable[[bytes, Any], bytes], tuple[str, ...]]] = [
    (whole_as_issued,             (GOOD,  GOOD,    GOOD,   GOOD,    GOOD)),
    (byte_of_the_page,            (BAD,   BAD,     BAD,    BAD,     GOOD)),
    (digit_of_the_signature,      (BAD,   BAD,     BAD,    BAD,     GOOD)),
    (bytes_after_the_end,         (BAD,   PART,    PART,   GOOD,    GOOD)),
    (revision_with_another_title, (BAD,   PART,    PART,   GOOD,    WARNS)),
    (revision_with_other_words,   (BAD,   BAD,     PART,   GOOD,    GOOD)),
    (revision_with_a_note,        (BAD,   BAD,     PART,   GOOD,    GOOD)),
    (second_signature,            (BAD,   BAD,     PART,   GOOD,    GOOD)),
    (written_anew,                (BAD,   BAD,     BAD,    UNREAD,  GOOD)),
]  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), ALTERED)
def test_what_each_program_says_of_an_altered_file(
    change: Callable[[bytes, Any], bytes], expected: tuple[str, ...], told: Callable[..., tuple[str, ...]]
) -> None:
    """Only ours refuses every change: pdfsig and openssl call other words laid over the page good."""
    assert told(change) == expected


def test_a_file_written_anew_by_qpdf_itself(desk: Path, signed: bytes, officer: Any, authority: Authority) -> None:
    """An optimiser that touches no word of the page still destroys the signature."""
    (desk / "in.pdf").write_bytes(signed)
    assert run(desk, "qpdf", "in.pdf", "anew.pdf")[0] == 0
    assert tuple(verdicts((desk / "anew.pdf").read_bytes(), officer, authority, desk).values()) == (BAD, BAD, BAD, UNREAD, GOOD)


LONG_AGO = {"not_before": datetime.now(UTC) - timedelta(days=800)}

#    profile of the certificate  ours  pyhanko  pdfsig  openssl  qpdf (the last three do not ask what it may be used for)
SIGNERS: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    (LONG_AGO,                  (BAD,  BAD,     GOOD,   BAD,     GOOD)),
    ({"usage": "encrypt"},      (BAD,  BAD,     GOOD,   GOOD,    GOOD)),
    ({"class3": False},         (BAD,  GOOD,    GOOD,   GOOD,    GOOD)),
]  # fmt: skip


@pytest.fixture(scope="module")
def signed_by(page: bytes, make_holder: Any, make_order: Any, make_signed: Any) -> Callable[..., tuple[Any, bytes]]:
    """Somebody with a certificate of this profile, and the page signed with it."""

    def make(issuer: Authority, **profile: Any) -> tuple[Any, bytes]:
        holder = make_holder(*issuer.issue(NAME, FIRM, **profile))
        return holder, make_signed(make_order(page, holder, issuer), holder)

    return make


@pytest.mark.parametrize(("profile", "expected"), SIGNERS, ids=["expired", "keyEncipherment only", "class 2 only"])
def test_what_each_program_says_of_a_certificate_that_may_not_sign(
    profile: dict[str, Any], expected: tuple[str, ...], desk: Path, authority: Authority, signed_by: Any
) -> None:
    """The class is nobody's business but ours, and for openssl an encryption certificate may sign."""
    holder, pdf = signed_by(authority, **profile)
    assert tuple(verdicts(pdf, holder, authority, desk).values()) == expected


def test_what_each_program_says_of_an_authority_of_the_same_name(
    desk: Path, authority: Authority, rogue: Authority, signed_by: Any
) -> None:
    """Names count for nothing where trusted roots are asked; pdfsig was not asked, and the same file is good under its own."""
    holder, pdf = signed_by(rogue)
    assert tuple(verdicts(pdf, holder, authority, desk).values()) == (BAD, BAD, GOOD, BAD, GOOD)
    assert tuple(verdicts(pdf, holder, rogue, desk).values()) == (GOOD,) * 5


def test_what_each_program_says_of_a_revoked_certificate(desk: Path, authority: Authority, signed_by: Any) -> None:
    """Without the list everybody calls it good, we included; with it everybody who reads lists refuses."""
    holder, pdf = signed_by(authority)
    clean, revoked = ((authority.crl(each), authority.root_crl()) for each in ([], [holder.certificate]))
    assert tuple(verdicts(pdf, holder, authority, desk).values()) == (GOOD,) * 5
    assert tuple(verdicts(pdf, holder, authority, desk, clean).values()) == (GOOD,) * 5
    assert tuple(verdicts(pdf, holder, authority, desk, revoked).values()) == (BAD, BAD, GOOD, BAD, GOOD)
