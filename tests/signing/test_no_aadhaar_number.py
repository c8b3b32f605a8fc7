"""Nowhere in Udgam is there a place for an Aadhaar number: no column, no setting, no field of a page or of the API, no log."""

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

import config
from app.signing import sandbox_esign_pages
from app.signing.esign_signature import holds_aadhaar_number

ROOT = Path(config.__file__).parent
NAMED = re.compile(r"(?<![a-z])(aadh?aar|uidai|uid|vid|ekyc|virtual_?id)[-_]?(no|num|number|id)?(?![a-z])", re.IGNORECASE)


def test_no_column_is_for_such_a_number(app: Flask) -> None:
    from app.infra.db import db

    names = [f"{table.name}.{column.name}" for table in db.Model.metadata.sorted_tables for column in table.columns]
    assert len(names) > 300
    assert [name for name in names if NAMED.search(name)] == []


def test_no_setting_is_for_such_a_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UDGAM_HOME", str(tmp_path))
    assert [name for name in config.settings() if NAMED.search(name)] == []


def test_no_page_asks_for_such_a_number() -> None:
    """Every field that a template or a form class names; the one button says only that it is Aadhaar by which one signs."""
    fields = []
    for file in (ROOT / "app" / "templates").rglob("*.html"):
        fields += re.findall(r"<(?:input|textarea|select)[^>]*?\bname=\"([^\"]+)\"", file.read_text())
    for file in (ROOT / "app").rglob("*.py"):
        if file.name != "sandbox_esign_pages.py":  # the provider's own page, in a process of its own, does ask
            fields += re.findall(r"^    (\w+) = \w*Field\(", file.read_text(), re.MULTILINE)
    assert len(fields) > 60
    assert [name for name in fields if NAMED.search(name)] == []
    assert 'name="number"' in sandbox_esign_pages.sign("", "", [{"number": "9" * 12, "name": "x"}], "", "", "").decode()


def test_no_call_takes_such_a_number(app: Flask, api: Any) -> None:
    """Nor does the description of the API name one."""
    from tests.people import EXPORTER

    told = api(EXPORTER).get("/_openapi").get_data(as_text=True)
    names = re.findall(r'"(\w+)":\s*\{', told)
    assert len(names) > 300
    assert [name for name in names if NAMED.search(name)] == []


def test_no_formatter_of_the_log_has_a_place_for_one() -> None:
    formats = [text for file in [ROOT / "config.py", *(ROOT / "app").rglob("*.py")]
               for text in re.findall(r"%\((\w+)\)s", file.read_text())]  # fmt: skip
    assert [name for name in formats if NAMED.search(name)] == []


@pytest.mark.parametrize(("text", "is_one"), [
    ("2341 2341 2346", True), ("234123412346", True), ("2341-2341-2346", True), ("see 234123412346.", True),
    ("234123412347", False), ("123412341234", False), ("a234123412346", False), ("1234123412346", False), ("", False),
    ("9999 0000 0010", False), ("62373602-6101-474d-b910-c6597712a5ad", False), ("62373602-6101-474D-B910-C6597712A5AD.", False),
    ("62373602-6101", True), ("UID-234123412346", True), ("2341-2341-2346-x", True),
    ("62373602-6101-474d-b910-c6597712a5ad 2341 2341 2346", True), ("62373602-6101-474d-b910-234123412346", False),
])  # fmt: skip
def test_what_could_be_one_is_told_by_its_check_digit(text: str, is_one: bool) -> None:
    """Twelve digits that stand alone, the last of them right by Verhoeff."""
    assert holds_aadhaar_number(text) is is_one
