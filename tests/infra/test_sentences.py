"""What the rules say in English is read in Hindi: every sentence of the code has its wording, and is found again when it is shown."""

import json
import re
import string
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale

import config
from app.applications.goods_columns import NAMES
from app.infra import sentences
from app.infra.sentences import HOLE, fitting, taken_apart, translated
from tests.people import EXPORTER, OFFICER, token_for
from translations.sentences import NOT_SHOWN, PART, SAID
from translations.sentences import sentences as in_source

HINDI = config.ROOT / "translations" / "hi" / "LC_MESSAGES" / "messages.po"


def of_the_code() -> Iterator[str]:
    """Every sentence that people may be told, once."""
    found: dict[str, None] = {}
    for path in sorted((config.ROOT / "app").rglob("*.py")):
        if not any(part in path.as_posix() for part in NOT_SHOWN):
            found |= dict.fromkeys(text for _line, text in in_source(path.read_text()))
    yield from found


SENTENCES = list(of_the_code())


def agree(text: str, wording: str) -> bool:
    """The same is put into both, as often; the ending of an English plural may be left out."""
    without = re.sub(r"(?<=[a-z])\{\w*\}", "", text)
    return Counter(HOLE.findall(wording)) in (Counter(HOLE.findall(text)), Counter(HOLE.findall(without)))


@pytest.fixture(scope="module")
def hindi() -> dict[str, str]:
    """The wordings of the catalogue."""
    with Path(HINDI).open("rb") as file:
        return {str(each.id): str(each.string) for each in read_po(file) if SAID in each.auto_comments}


def test_every_sentence_has_its_wording_with_the_same_holes(hindi: dict[str, str]) -> None:
    assert len(SENTENCES) > 700
    without = [text for text in SENTENCES if not hindi.get(text)]
    assert without == [], "run «make translations» and fill these in"
    other = [text for text in SENTENCES if not agree(text, hindi[text])]
    assert other == [], "what is put in must come in the translation too, as often"
    english = [text for text in SENTENCES if text == hindi[text]]
    assert english == [], "these are English in the catalogue"


def test_both_sides_mean_the_same_by_a_sentence() -> None:
    assert (sentences.SAID, sentences.PART) == (SAID, PART)


def test_every_sentence_is_found_again_when_something_is_put_in(app: Flask, hindi: dict[str, str]) -> None:
    """However alike two sentences are, each comes out in its own wording, with the values in their places."""
    wrong = {}
    with app.test_request_context("/"), force_locale("hi"):
        for text in SENTENCES:
            values = dict(
                zip(dict.fromkeys(HOLE.findall(text)), (f"Q{letter}7" for letter in string.ascii_uppercase), strict=False)
            )
            shown = translated(HOLE.sub(lambda hole, values=values: values[hole[1]], text))
            expected = HOLE.sub(lambda hole, values=values: values[hole[1]], hindi[text])
            if shown != expected:
                wrong[text] = shown
    assert wrong == {}


@pytest.mark.parametrize(
    ("template", "text", "values"),
    [
        ("{0} is not in the list.", "Mundra is not in the list.", ["Mundra"]),
        ("{0}: {1} is no line.", "Goods line 1: 63: 02 is no line.", ["Goods line 1", "63: 02"]),
        ("{0}{1} more.", "3s more.", ["", "3s"]),
        ("At least {0}.", "At least .", [""]),
        ("At least {0}.", "At most 3.", None),
        ("a{0}aa", "aa", None),
        ("No holes", "No holes", None),
    ],
)
def test_what_fills_the_holes(template: str, text: str, values: list[str] | None) -> None:
    between, _names = taken_apart(template)
    assert len(between) > 1 or values is None
    if len(between) > 1:
        assert fitting(between, text) == values


def test_long_words_of_people_take_no_longer(app: Flask) -> None:
    """A thousand characters that nearly fit, over and over: each sentence reads them once and never goes back."""
    reads: Counter[str] = Counter()

    class Counted(str):
        """A text that counts how often somebody looks through it."""

        def find(self, *args: Any) -> int:
            reads["find"] += 1
            return super().find(*args)

    with app.test_request_context("/"), force_locale("hi"):
        known = sentences._known("hi", SAID).with_holes
        text = Counted(": , is " * 2_000)
        for between, _names, _translation in known:
            reads.clear()
            fitting(between, text)
            assert reads["find"] <= len(between)


def test_programs_are_answered_in_english_and_people_in_their_language(app: Flask, login: Any, filed: Any) -> None:
    pk = filed("UNDER_REVIEW")
    browser: FlaskClient = login(OFFICER)
    browser.get("/lang/hi")
    program = {"Authorization": f"Bearer {token_for(app, OFFICER)}"}  # in the same browser, which has chosen Hindi
    told = browser.post(f"/api/v1/applications/{pk}/reject", headers=program, json={}).get_json()
    assert told["errors"][0]["message"].isascii()
    assert told["detail"].isascii()
    page = browser.post(f"/applications/move/{pk}/reject", data={"reason": ""}).get_data(as_text=True)
    assert "Say why in a few words" not in page
    assert "कारण" in page
    nothing = browser.get("/applications/show/987654")
    assert nothing.status_code == 404
    assert "<h1>यहाँ कुछ नहीं</h1>" in nothing.get_data(as_text=True)
    assert "इस पते पर कुछ नहीं है" in nothing.get_data(as_text=True)


def test_the_filing_page_says_in_hindi_what_is_wrong(login: Any) -> None:
    """At the field, in the list and while it is typed; several faults of one field one after the other."""
    browser: FlaskClient = login(EXPORTER)
    browser.get("/lang/hi")
    typed = browser.post("/filing/typed/0", data={"look_only": "1", "invoices-0-value": "about 12"}).get_json()
    assert typed["wrong"]
    for each in (*typed["wrong"], *typed["missing"]):
        assert any("\u0900" <= letter <= "\u097f" for letter in each["message"]), each
        assert each["message"] in each["sentence"]


@pytest.mark.parametrize(
    ("english", "shown"),
    [
        ("Certificate A/1 is issued: NPA-1", "प्रमाणपत्र A/1 जारी हुआ: NPA-1"),
        ("Balaji Ltd.: Rejected: NPA-1", "Balaji Ltd.: अस्वीकृत: NPA-1"),
        ("Fill this in. Nobody has ever said this.", "इसे भरें। Nobody has ever said this."),
        (
            "This cannot be done now: the application is query raised. «Reject» is possible while it is under review.",
            "?",
        ),
        ("a.pdf was not taken. The file is not a PDF, JPEG or PNG. Save it as one of these and try again.", "?"),
        ("This must be an object. This must be an object. This must be an object.", "?"),
        (
            "The lines on invoice B/1 come to EUR 1.00, and the invoice is of 2.00: more than it says. Correct a line or the value.",
            "?",
        ),
        ("Field must be between 5 and 1000 characters long.", "?"),
        # What people write, though parts of sentences begin like it.
        ("Page 3 of the invoice is missing.", ""),
        ("This cannot be certified until the consignee answers.", ""),
        ("Invoice 17 is for other goods.", ""),
        ("Goods lines 2 and 3 are the same goods.", ""),
        ("Your sitting stands still: Invoice 17 is for other goods.", "आपकी बैठक रुकी हुई है: Invoice 17 is for other goods."),
        ("Nobody here has ever said this.", ""),
        ("100 % of {0} {} %s", ""),
        ("a: " * 5_000, ""),
        ("x until " * 5_000, ""),
        ("Rejected: " * 1_000, "अस्वीकृत: " * 3 + "Rejected: " * 997),
        ("Fill this in. " * 1_000, "इसे भरें। " * 12 + "Fill this in. " * 988),
    ],
)
def test_what_is_put_together_and_what_nobody_knows(app: Flask, english: str, shown: str) -> None:
    """Sentences one after the other and within each other, and what is none of ours: that stays as it was written."""
    with app.test_request_context("/"), force_locale("hi"):
        if shown == "?":  # any wording, but no English left
            assert not re.search("[a-z]{3,}", translated(english).replace("a.pdf", ""))
        else:
            assert translated(english) == (shown or english)
        assert translated(None) == ""
    with app.test_request_context("/api/v1/x"), force_locale("hi"):
        assert translated(english) == english
    assert translated(english) == english


def test_faults_of_goods_lines_are_read_in_hindi_at_their_cells(login: Any) -> None:
    """What names its line is told at the cell without it, in the list with it, and both in the reader's language."""
    browser: FlaskClient = login(EXPORTER)
    browser.get("/lang/hi")
    lines = [["Cotton towels", "", "63026090", "3", "??", "80", "PCS", "9", "8", "12", "no such", "F", "FR"]]
    columns = ["description", "marks", "itc_hs", "package_count", "package_kind", "quantity", "uqc", "net_weight_kg",
               "gross_weight_kg", "fob_value", "invoice", "origin_criterion", "origin_country"]  # fmt: skip
    rows = [[dict(zip(columns, line, strict=True)).get(name, "") for name in NAMES] for line in lines]
    typed = browser.post("/filing/typed/0", data={"look_only": "1", "items": json.dumps(rows)}).get_json()
    told = [each for each in typed["wrong"] if each["target"].startswith("items-0")]
    assert len(told) >= 3
    for each in told:
        assert any("\u0900" <= letter <= "\u097f" for letter in each["message"]), each
        assert "Goods line" not in each["sentence"]
        assert not each["message"].startswith("माल की पंक्ति 1:")
        assert each["sentence"].endswith(each["message"])


def test_a_reason_in_a_notice_is_left_as_it_was_written(app: Flask) -> None:
    """Its frame is translated; a reason that sounds like a sentence of ours is not."""
    reason = "It ended on 3 May 2026. Fill this in."
    with app.test_request_context("/"), force_locale("hi"):
        shown = translated(f"FIEC is suspended by DGFT: {reason}", verbatim=True)
        assert shown.endswith(f": {reason}")
        assert shown.startswith("FIEC को DGFT ने")
        assert translated(f"Meera ended it: {reason}", verbatim=True) == f"Meera ended it: {reason}"


def test_a_reason_is_shown_as_it_was_written(login: Any, filed: Any) -> None:
    pk, reason = filed("UNDER_REVIEW"), "Page 3 of the invoice is missing. Rejected: twice. Fill this in."
    officer: FlaskClient = login(OFFICER)
    officer.get("/lang/hi")
    officer.post(f"/applications/move/{pk}/reject", data={"reason": reason})
    exporter: FlaskClient = login(EXPORTER)
    exporter.get("/lang/hi")
    page = exporter.get(f"/applications/show/{pk}").get_data(as_text=True)
    assert page.count(reason) == 2, "under «Reason» and in the history"
