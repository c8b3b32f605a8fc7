"""Many certificates in one file: whole, in order, only one's own, within bounds, and gone after a day."""

import csv
import hashlib
import io
import os
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from app.certificates import bundles
from app.certificates.models import Bundle, Certificate
from app.core import clock
from app.core.errors import BusinessError
from app.infra import store
from tests import factories
from tests.people import ADMIN, EXPORTER, OTHER_EXPORTER, OTHER_OFFICER, actor_for

ROOT = Path(__file__).resolve().parents[2]


def made(session: Any, run_jobs: Any, kind: str, ids: list[int], email: str = EXPORTER) -> Bundle:
    """A bundle made by the worker."""
    pk = bundles.ask(session, actor_for(session, email), kind, ids).id
    session.commit()
    run_jobs()
    session.expire_all()
    found: Bundle = session.get_one(Bundle, pk)
    return found


def test_the_archive_holds_each_file_as_it_was_issued(session: Any, issued: Any, run_jobs: Any) -> None:
    """Byte for byte, in the order asked for, with a list whose cells no spreadsheet takes for a formula."""
    rows = [issued(), issued(consignee=factories.FILING["consignee"] | {"name": "=HYPERLINK Handels GmbH"})]
    bundle = made(session, run_jobs, "ZIP", [row.id for row in reversed(rows)])
    assert (bundle.state, bundle.total, bundle.error) == ("READY", 2, "")
    with zipfile.ZipFile(bundles.place(bundle)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [*(bundles.filename(row) for row in reversed(rows)), "certificates.csv"]
        for row in rows:
            assert hashlib.sha256(archive.read(bundles.filename(row))).hexdigest() == row.sha256
        table = list(csv.DictReader(io.StringIO(archive.read("certificates.csv").decode())))
    assert [line["number"] for line in table] == [row.number for row in reversed(rows)]
    assert table[0]["consignee"] == "'=HYPERLINK Handels GmbH"


def test_the_file_for_the_printer_has_every_page_and_no_broken_signature(session: Any, issued: Any, run_jobs: Any) -> None:
    """All pages in order; nothing in it claims to be signed, and qpdf finds nothing wrong."""
    many = [dict(factories.FILING["items"][0]) for _ in range(40)]
    rows = [issued(), issued(items=many), issued()]
    bundle = made(session, run_jobs, "PRINT", [row.id for row in rows])
    pages = []
    for row in rows:
        with pikepdf.open(io.BytesIO(store.get(row.sha256 or ""))) as single:
            pages.append(len(single.pages))
    content = bundles.place(bundle).read_bytes()
    with pikepdf.open(io.BytesIO(content)) as whole:
        assert len(whole.pages) == sum(pages)
        assert pages[1] > 1
        assert "/AcroForm" not in whole.Root
    assert b"/ByteRange" not in content
    told = subprocess.run(["qpdf", "--check", str(bundles.place(bundle))], capture_output=True, text=True, timeout=180)
    assert told.returncode == 0, told.stdout + told.stderr


def test_nobody_gets_what_is_not_theirs(app: Any, session: Any, issued: Any, run_jobs: Any, login: Any) -> None:
    """Another firm's certificate is left out; asked for alone it is nothing; the file is the asker's only."""
    mine = issued()
    theirs_id = factories.filed(app, "ISSUED", exporter=OTHER_EXPORTER, officer=OTHER_OFFICER, agency="SWCC", office="001")
    theirs = session.query(Certificate).filter_by(live_application_id=theirs_id).one()
    bundle = made(session, run_jobs, "ZIP", [mine.id, theirs.id])
    assert bundle.certificate_ids == [mine.id]
    with pytest.raises(BusinessError, match="nothing to put together"):
        bundles.ask(session, actor_for(session, EXPORTER), "ZIP", [theirs.id])
    with login(EXPORTER).get(f"/bundles/file/{bundle.id}") as answer:
        assert answer.status_code == 200
    for stranger in (OTHER_EXPORTER, OTHER_OFFICER, ADMIN):
        assert login(stranger).get(f"/bundles/file/{bundle.id}").status_code == 404
        assert login(stranger).get(f"/bundles/show/{bundle.id}").status_code == 404


def test_picked_on_the_list_and_fetched(session: Any, issued: Any, run_jobs: Any, login: Any) -> None:
    """Ticked rows, all that match a search, none at all, rubbish, and twice."""
    first, second = issued(), issued(consignee=factories.FILING["consignee"] | {"name": "Seestern Import GmbH"})
    firm = login(EXPORTER)
    assert 'name="pick"' in firm.get("/certificates/list/").text
    went = firm.post("/certificates/archive", data={"pick": [first.id, second.id]})
    assert went.status_code == 302
    assert "/bundles/show/" in went.location
    went = firm.post("/certificates/print-run?_flt_2_consignee_name=Seestern", data={"all": "1", "pick": [first.id]})
    assert session.query(Bundle).order_by(Bundle.id.desc()).first().certificate_ids == [second.id]
    assert "being put together" in firm.get(went.location).text
    for nothing in ({}, {"pick": ["x", "-1", "9" * 30, "987654"]}):
        went = firm.post("/certificates/archive", data=nothing)
        assert went.location.startswith("/certificates/list/")
        assert "Nothing was picked" in firm.get(went.location).text
    run_jobs()
    ready = session.query(Bundle).order_by(Bundle.id.desc()).first()
    with firm.get(f"/bundles/file/{ready.id}") as answer:
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.mimetype == "application/pdf"
    assert "Your file of 1 certificates is ready" in firm.get("/").text


def test_too_many_are_refused_before_anything_is_made(session: Any, issued: Any, login: Any, monkeypatch: Any) -> None:
    """The bound is said with its cure."""
    rows = [issued(), issued()]
    monkeypatch.setattr(bundles, "MOST", 1)
    with pytest.raises(BusinessError, match="between 1 and 1"):
        bundles.ask(session, actor_for(session, EXPORTER), "ZIP", [row.id for row in rows])
    firm = login(EXPORTER)
    for data in ({"all": "1"}, {"pick": [row.id for row in rows]}):
        assert "More than 1 rows" in firm.get(firm.post("/certificates/archive", data=data).location).text


def test_a_damaged_file_fails_the_bundle_with_a_sentence(session: Any, issued: Any, run_jobs: Any, app: Any) -> None:
    """Nothing half-made is handed out; the page says why."""
    from app.infra.queue import Job

    row = issued()
    store._path(row.sha256 or "").write_bytes(b"not what was stored")
    pk = bundles.ask(session, actor_for(session, EXPORTER), "ZIP", [row.id]).id
    session.commit()
    for _ in range(app.config["JOB_MAX_ATTEMPTS"]):
        session.query(Job).filter_by(key=f"bundle:{pk}").update({"run_after": clock.now()})
        session.commit()
        run_jobs()
    session.expire_all()
    bundle = session.get_one(Bundle, pk)
    assert bundle.state == "FAILED"
    assert "missing or damaged" in bundle.error


def test_after_a_day_the_file_is_gone_and_said_to_be(session: Any, issued: Any, run_jobs: Any, login: Any) -> None:
    """certificate.bundles removes the file and what a killed worker left behind; the address says what to do."""
    bundle = made(session, run_jobs, "ZIP", [issued().id])
    bundle.ready_at = clock.now() - bundles.KEPT - timedelta(minutes=1)
    left = bundles.folder() / "left-behind"
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    file = bundles.place(bundle)
    assert bundles.forget(session) == 1
    session.commit()
    assert not file.exists()
    assert not left.exists()
    answer = login(EXPORTER).get(f"/bundles/file/{bundle.id}")
    assert answer.status_code == 409
    assert "a day has passed" in answer.text


@pytest.mark.slow
def test_a_thousand_fit_into_half_a_gibibyte(app: Any, session: Any, issued: Any, tmp_path: Path) -> None:
    """Both kinds, a thousand files each, in a process that is not given more."""
    row = issued()
    script = f"""
from pathlib import Path
from app import create_app
from app.certificates import bundles
from app.certificates.models import Certificate
app = create_app()
with app.app_context():
    rows = [Certificate(number=f"FIEC/2026/001/NP/{{n:07d}}-X", sha256="{row.sha256}", status="VALID", exporter_name="A", consignee_name="B",
            destination_country="DE", verify_token="t", issue_date=__import__("datetime").date(2026, 11, 27)) for n in range(1000)]
    print(bundles.write("ZIP", rows)[1], bundles.write("PRINT", rows)[1])
    held = Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]  # ru_maxrss would count our parent
    print(int(held) // 1024)
"""
    surroundings = {**os.environ, "UDGAM_HOME": str(Path(app.config["DOCUMENTS"]).parent)}
    told = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=surroundings, capture_output=True, text=True, timeout=300)
    assert told.returncode == 0, told.stderr[-2000:]
    assert int(told.stdout.split()[-1]) < 512, told.stdout
