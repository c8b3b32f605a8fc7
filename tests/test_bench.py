"""The benchmark runs, on a register of its own, and prints what those who compare figures expect."""

import tempfile
from pathlib import Path
from typing import Any

import pytest

from app.bench import measure

EXPECTED = {
    "render_1": "render_1",
    "render_50": "render_1",
    "render_200": "render_1",
    "sign_and_judge": "render_1",
    "sign": "sign",
    "sign_with_time_stamp": "sign",
    "archive": "sign",
    "one_event": "one_event",
    "submit": "one_event",
    "healthz": "healthz",
    "list_page": "healthz",
    "verify_token": "healthz",
    "accept_clean": "accept_clean",
    "find_ink": "accept_clean",
    "adjust_ink": "accept_clean",
    "ink_worst": "ink_worst",
}


@pytest.mark.slow
def test_each_thing_is_measured_once_and_against_its_baseline(session: Any, tmp_path: Path, monkeypatch: Any) -> None:
    """Every line has the same six keys; the register in use stays as it was, and nothing of the scratch one remains."""
    from app.applications.models import Application

    before = session.query(Application).count()
    session.rollback()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    lines = list(measure(quick=True))
    assert {line["name"]: line["ratio_to"] for line in lines} == EXPECTED
    assert len(lines) == len(EXPECTED)
    for line in lines:
        assert list(line)[:6] == ["name", "n", "median_ms", "p95_ms", "ratio_to", "ratio"]
        if line["name"] == "ink_worst":
            assert line["worst_background_share"] <= 0.02
            assert line["worst_ink_kept"] >= 0.95
        assert 0 < line["median_ms"] <= line["p95_ms"]
        assert line["ratio"] == 1.0 or line["name"] != line["ratio_to"]
    assert session.query(Application).count() == before
    assert not list(tmp_path.glob("udgam-bench-*"))
