"""The printed certificate: complete, literal, legible, and the same bytes every time."""

import json
import re
import subprocess
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from app.certificates import formpage, layout
from app.certificates.artwork import draw_signature, draw_stamp
from app.certificates.render import Images, fits, render, sample_text
from app.certificates.text import CertificateText
from app.core.errors import BusinessError

PICTURES = Images(draw_stamp("Federation of Indian Export Chambers", "New Delhi"), draw_signature("R. K. Srinivasan"))
HINDI = "हस्तनिर्मित ऊनी कालीन, श्रेणी एक, क्षत्रिय ज्ञान"
THOUSAND = " ".join(f"word{number:04d}" for number in range(120))[:1000]


def tool(*command: str) -> str:
    """What a command-line tool says."""
    return subprocess.run(command, capture_output=True, check=True).stdout.decode()


def words(pdf: bytes, folder: Path) -> str:
    """The file's text with every stretch of white space as one space."""
    path = folder / "certificate.pdf"
    path.write_bytes(pdf)
    return re.sub(r"\s+", " ", tool("pdftotext", "-enc", "UTF-8", str(path), "-"))


def described(*descriptions: str) -> CertificateText:
    """A specimen with these descriptions."""
    text = sample_text(len(descriptions))
    goods = (replace(line, description=words) for line, words in zip(text.goods, descriptions, strict=True))
    return replace(text, goods=tuple(goods))


def back_to_back() -> CertificateText:
    """A specimen of Australian goods."""
    text = sample_text(2)
    return replace(
        text,
        back_to_back=True,
        endorsements=("BACK-TO-BACK CERTIFICATE OF ORIGIN - COUNTRY OF ORIGIN: AUSTRALIA",),
        evidence=("Foreign certificate of origin AU-COO-2026-118204 of 11-05-2026, Australian Chamber of Commerce",),
        declaration=replace(text.declaration, origin="Australia", destination="United Arab Emirates"),
        goods=tuple(replace(line, origin="FOREIGN - AUSTRALIA", description="Kabuli chickpeas") for line in text.goods),
    )


@pytest.mark.parametrize("count", [1, 5, 50, 120, 500])
def test_every_line_is_printed_and_every_sheet_numbered(count: int, tmp_path: Path) -> None:
    """From one line to five hundred, each line, the closing line and 'Page x of y' are there."""
    text = sample_text(count)
    said = words(render(text, PICTURES), tmp_path)
    pages = int(re.search(r"Pages:\s+(\d+)", tool("pdfinfo", str(tmp_path / "certificate.pdf")))[1])
    for line in text.goods:
        assert re.sub(r"\s+", " ", line.marks) in said
    assert sum(said.count(description) for description in {line.description for line in text.goods}) == count
    assert said.count("END OF LIST") == 1
    assert [int(number) for number in re.findall(rf"Page (\d+) of {pages}", said)] == list(range(1, pages + 1))
    assert said.count(text.number) >= pages
    assert said.count("Marks and numbers") == pages


@pytest.mark.parametrize(
    "description",
    [
        "<script>alert('x')</script> & <b>AT&T</b> &amp; {{ 7 * 7 }}",
        HINDI,
        THOUSAND,
        "Ägypten Đặc biệt Хлопок Ελλάδα ₹ 1,000 (50%) \\ back",
        "ผลิตภัณฑ์",
    ],
)
def test_a_description_is_printed_literally_and_whole(description: str, tmp_path: Path) -> None:
    """Markup, Hindi and a thousand characters come out as they were typed."""
    said = words(render(described(description, "Plain goods")), tmp_path)
    assert description in said


def test_unbreakable_words_are_broken_but_complete(tmp_path: Path) -> None:
    """A thousand letters without a space stay inside their column and lose none."""
    text = described("W" * 1000)
    text = replace(text, goods=(replace(text.goods[0], marks="M" * 500),))
    said = words(render(text), tmp_path).replace(" ", "")
    assert "W" * 1000 in said
    assert "M" * 500 in said
    assert no_overlaps(tmp_path / "certificate.pdf") == []


def test_a_box_that_overflows_continues_under_the_goods(tmp_path: Path) -> None:
    """A consignee too long for box 2 is printed to its end, with a reference to where it goes on."""
    text = sample_text(3)
    address = " ".join(f"Street{number}" for number in range(90))
    said = words(render(replace(text, consignee=replace(text.consignee, address=address))), tmp_path)
    assert "continued under" in said
    assert "Box 2, consignee (continued)" in said
    assert all(f"Street{number} " in said for number in range(90))
    assert no_overlaps(tmp_path / "certificate.pdf") == []


def test_the_title_says_non_preferential(tmp_path: Path) -> None:
    """The words stand on the sheet and in the file's title."""
    said = words(render(sample_text(1)), tmp_path)
    assert "CERTIFICATE OF ORIGIN (NON-PREFERENTIAL)" in said
    info = tool("pdfinfo", str(tmp_path / "certificate.pdf"))
    assert "Certificate of Origin (Non-Preferential) FIEC/2026/001/NP/0000042-K" in info
    assert re.search(r"Author:\s+Federation of Indian Export Chambers", info)


@pytest.mark.parametrize(("leaf", "count"), [("ELECTRONIC", 4), ("ORIGINAL", 0), ("DUPLICATE", 0)])
def test_only_the_electronic_leaf_carries_stamp_and_signature(leaf: str, count: int, tmp_path: Path) -> None:
    """Paper leaves are left blank for stamp and ink."""
    path = tmp_path / "leaf.pdf"
    path.write_bytes(render(replace(sample_text(1), leaf=leaf), PICTURES))
    assert len(tool("pdfimages", "-list", str(path)).splitlines()) - 2 == count


def test_same_values_same_bytes() -> None:
    """Drawing a certificate again, with others in between, gives the same file."""
    text = described(HINDI, "Goods")
    once = render(text, PICTURES)
    render(described("ज्ञान", "अन्य माल"), PICTURES)
    assert render(CertificateText.from_dict(json.loads(json.dumps(text.to_dict()))), PICTURES) == once


@pytest.mark.parametrize("count", [1, 120])
def test_the_file_is_sound_and_plain_enough_to_sign(count: int, tmp_path: Path) -> None:
    """The file passes qpdf, embeds every font and has no object or reference streams."""
    path = tmp_path / "sound.pdf"
    path.write_bytes(pdf := render(sample_text(count), PICTURES))
    assert "No syntax or stream encoding errors" in tool("qpdf", "--check", str(path))
    rows = [row.split() for row in tool("pdffonts", str(path)).splitlines()[2:]]
    assert rows
    assert {(row[-5], row[-4], row[-3]) for row in rows} == {("yes", "yes", "yes")}
    assert b"/ObjStm" not in pdf
    assert b"/XRef" not in pdf


def test_back_to_back_never_says_the_goods_are_indian(tmp_path: Path) -> None:
    """The foreign country stands in boxes 4, 8 and 12, and India is not named as the origin anywhere."""
    said = words(render(back_to_back(), PICTURES), tmp_path)
    assert "all the goods originate in AUSTRALIA" in said
    assert said.count("FOREIGN") == 2
    assert said.count("AUSTRALIA") == 4
    assert "AU-COO-2026-118204" in said
    assert "produced in" not in said
    assert "INDIAN" not in said


@pytest.mark.parametrize(
    "text",
    [
        sample_text(40),
        back_to_back(),
        described(THOUSAND, "W" * 900, HINDI * 4),
        replace(sample_text(1), leaf="ORIGINAL", endorsements=("IN LIEU OF FIEC/2026/001/NP/0000041-M " * 3,) * 3),
    ],
    ids=["forty", "back-to-back", "nasty", "paper"],
)
def test_no_words_overlap_or_leave_the_sheet(text: CertificateText, tmp_path: Path) -> None:
    """No two words stand on each other, and none reaches into the border."""
    path = tmp_path / "boxes.pdf"
    path.write_bytes(render(text, PICTURES))
    assert no_overlaps(path) == []


def test_what_cannot_fit_is_told_beforehand() -> None:
    """An officer's designation that no size can fit is reported at filing and refused at printing."""
    text = sample_text(1)
    text = replace(text, officer=replace(text.officer, designation="Deputy " * 80))
    assert fits(sample_text(5)) == []
    assert "officer" in fits(text)[0]
    with pytest.raises(BusinessError, match="officer"):
        render(text)


def test_a_character_no_font_has_is_never_printed_as_a_blank() -> None:
    """A character that cannot be shown stops the certificate, with the character named."""
    text = described("Toy \U0001f6a2")
    assert "U+1F6A2 (SHIP)" in fits(text)[0]
    with pytest.raises(BusinessError, match="SHIP"):
        render(text)


def test_a_fault_in_the_template_stops_the_printing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What xhtml2pdf merely warns about, such as a missing typeface, is a refusal here."""
    layout.millimetres()
    monkeypatch.setattr(layout, "style", lambda: "@font-face { font-family: Lost; src: url(lost.ttf); }")
    with pytest.raises(BusinessError, match="template"):
        formpage._printed("certificate.html", "heads", "goods")


def test_positions_come_from_the_template() -> None:
    """The program knows no box that the style sheet does not have, and the columns fill the goods box."""
    lefts_and_widths = layout.columns()
    goods = layout.box("goods")
    assert lefts_and_widths[0][0] == pytest.approx(goods.left)
    assert sum(width for _, width in lefts_and_widths) == pytest.approx(goods.width)
    for (left, width), (following, _) in pairwise(lefts_and_widths):
        assert left + width == pytest.approx(following)


def no_overlaps(path: Path) -> list[str]:
    """Pairs of words whose boxes cover each other noticeably, and words outside the border."""
    faults = []
    border = layout.box("inner")
    for page in tool("pdftotext", "-bbox", str(path), "-").split("<page ")[1:]:
        found = re.findall(r'xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)</word>', page)
        seen = sorted((float(y0), float(y1), float(x0), float(x1), word) for x0, y0, x1, y1, word in found)
        for index, (top, bottom, left, right, word) in enumerate(seen):
            if left < border.left or right > border.right:
                faults.append(f"{word} outside")
            for top2, bottom2, left2, right2, other in seen[index + 1 :]:
                if top2 >= bottom:
                    break
                # a word's box is taller than its letters, so a quarter of the height may be shared
                high = min(bottom, bottom2) - max(top, top2)
                wide = min(right, right2) - max(left, left2)
                if wide > 1 and high > 0.4 * min(bottom - top, bottom2 - top2):
                    faults.append(f"{word} / {other}")
    return faults
