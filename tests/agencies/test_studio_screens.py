"""The studio over HTTP: who may open it, what an upload leads to, what each button does, and what is refused in words."""

import io
import re
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select, update

from app.agencies.models import Agency, AgencyUser, Office, OfficialImage
from app.audit.models import AuditEvent
from app.certificates.models import Certificate
from app.infra.db import db, transaction
from tests import factories
from tests.agencies import pictures
from tests.browserlike import parse_strictly
from tests.people import ADMIN, CLERK, EXPORTER, OFFICER, OTHER_ADMIN, OTHER_OFFICER, SUPERVISOR
from tests.test_pages import inline, page, unnamed

USE = {"do": "use", "rotate": "0", "size_percent": "100", "opacity_percent": "100"}


class Rows:
    """Mumbai's office and its officer, read anew at every look; outside any request, so that nobody's log-in is met again."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def _all(self, query: Any) -> list[Any]:
        with self.app.app_context():
            return list(db.session.scalars(query))

    def office(self, agency: str = "FIEC") -> Office:
        (row,) = self._all(select(Office).join(Agency).where(Agency.code == agency, Office.code == "001"))
        return row  # type: ignore[no-any-return]  # what the query asks for

    def officer(self, email: str = OFFICER) -> AgencyUser:
        (row,) = self._all(select(AgencyUser).where(AgencyUser.email == email))
        return row  # type: ignore[no-any-return]  # as above

    def images(self) -> list[OfficialImage]:
        return self._all(select(OfficialImage).order_by(OfficialImage.id))

    def events(self) -> int:
        return len(self._all(select(AuditEvent.id).where(AuditEvent.object_kind.in_(["office", "agency_user"]))))

    def set(self, row: Any, **values: Any) -> None:
        """Change a row behind everybody's back."""
        with self.app.app_context(), transaction(db.session):
            db.session.execute(update(type(row)).where(type(row).id == row.id).values(**values))


@pytest.fixture
def rows(app: Any, rolled_back: None) -> Rows:
    """What is in the database."""
    return Rows(app)


def send(browser: Any, address: str, content: bytes, name: str = "stamp.png", field: str = "picture") -> Any:
    """Choose a file and press the button."""
    return browser.post(address, data={field: (io.BytesIO(content), name)})


def draft(browser: Any, rows: Rows, content: bytes | None = None) -> str:
    """A draft of Mumbai's stamp; its address."""
    answer = send(browser, f"/studio/office/{rows.office().id}", content or pictures.stamp("Pune"))
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"])


# --- the way through --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["picture", "photo"])
def test_from_a_photo_to_the_stamp_in_use(login: Any, rows: Rows, field: str) -> None:
    """Send a photo, look at it, turn it, put it to use: the office prints it, and the page says since when and by whom."""
    browser, office = login(ADMIN), rows.office()
    found = browser.get(f"/studio/office/{office.id}")
    assert "From before this studio" in found.text
    assert 'capture="environment"' in found.text
    answer = send(browser, f"/studio/office/{office.id}", pictures.photo(pictures.stamp()), "IMG_0042.jpg", field)
    address = answer.headers["Location"]
    found = browser.get(address)
    assert "As it was sent, the picture could not be used: The stamp is not a PNG.</p>" in found.text
    shown = browser.post(address, data=USE | {"do": "show", "rotate": "-3", "size_percent": "90"})
    assert shown.headers["Location"] == f"{address}#look"
    assert 'name="rotate" value="-3"' in browser.get(address).text
    assert rows.office().stamp_sha256 != rows.images()[-1].sha256
    done = browser.post(address, data=USE | {"rotate": "-2", "size_percent": "90"})
    assert done.headers["Location"] == f"/studio/office/{office.id}"
    image = rows.images()[0]
    assert (image.state, image.rotate, image.size_percent) == ("CURRENT", -2, 90), "what the sliders said is what is used"
    assert rows.office().stamp_sha256 == image.sha256
    found = browser.get(f"/studio/office/{office.id}").text
    assert "Vikram Malhotra" in found
    assert "Earlier versions" in found


def test_an_officers_signature(login: Any, rows: Rows) -> None:
    """The same way, on the officer's page."""
    browser, officer = login(ADMIN), rows.officer()
    answer = send(browser, f"/studio/officer/{officer.id}", pictures.photo(pictures.signature()))
    assert "R. K. Srinivasan" in browser.get(answer.headers["Location"]).text
    assert browser.post(answer.headers["Location"], data=USE).headers["Location"] == f"/studio/officer/{officer.id}"
    assert rows.officer().signature_sha256 == rows.images()[0].sha256


def test_without_a_picture_the_page_says_what_is_kept_from_happening(login: Any, rows: Rows) -> None:
    """An office without a stamp, an officer without a signature."""
    browser = login(ADMIN)
    rows.set(rows.office(), stamp_sha256=None)
    rows.set(rows.officer(), signature_sha256=None)
    office = f"/studio/office/{rows.office().id}"
    assert "not offered to exporters" in browser.get(office).text
    assert "cannot sign certificates" in browser.get(f"/studio/officer/{rows.officer().id}").text
    assert browser.get(f"{office}/final.png").status_code == 404
    assert browser.get(draft(browser, rows)).status_code == 200


def test_throwing_away_and_taking_up_again(login: Any, rows: Rows) -> None:
    """A draft thrown away leads back to the office; a retired version makes a new draft."""
    browser = login(ADMIN)
    gone = draft(browser, rows, pictures.stamp("Goa"))
    back = f"/studio/office/{rows.office().id}"
    assert browser.post(gone, data={"do": "discard"}).headers["Location"] == back
    assert "thrown away" in browser.get(back).text
    assert browser.get(gone).headers["Location"] == back
    first = draft(browser, rows)
    browser.post(first, data=USE)
    browser.post(draft(browser, rows, pictures.stamp("Surat")), data=USE)
    found = browser.get(first)
    assert "Retired" in found.text
    assert "Use from now on" not in found.text
    again = browser.post(first, data={"do": "again"}).headers["Location"]
    assert again != first
    browser.post(again, data=USE)
    pune = next(row for row in rows.images() if f"/studio/{row.id}" == first)
    assert rows.office().stamp_sha256 == pune.sha256


def test_the_pages_keep_what_every_page_promises(login: Any, rows: Rows) -> None:
    """One heading, named fields, no id twice, nothing inline: with drafts, versions, faults and without."""
    browser = login(ADMIN)
    office, officer = f"/studio/office/{rows.office().id}", f"/studio/officer/{rows.officer().id}"
    page(browser, officer)
    browser.post(draft(browser, rows, pictures.stamp("Surat")), data=USE)
    kept = draft(browser, rows)
    for address in (office, kept, f"/studio/{rows.images()[0].id}", f"/studio/{rows.images()[1].id}"):
        page(browser, address)
    for answer in (browser.post(kept, data=USE | {"rotate": "x"}), send(browser, office, pictures.SVG)):
        tree = parse_strictly(answer.data, "refused")
        assert unnamed(tree) + inline(tree) == []


# --- twice, late and beside the mark ------------------------------------------------------------------------------------


def test_pressed_twice(login: Any, rows: Rows) -> None:
    """One draft, one version; the second press says what is the matter."""
    browser = login(ADMIN)
    first = draft(browser, rows)
    assert draft(browser, rows) == first
    assert browser.post(first, data=USE).status_code == 302
    events = rows.events()
    assert browser.post(first, data=USE).status_code == 302
    assert "in use already" in browser.get(first).text
    assert rows.events() == events
    assert [row.state for row in rows.images()] == ["CURRENT", "RETIRED"]


def test_a_retired_version_is_not_put_to_use_as_it_is(login: Any, rows: Rows) -> None:
    """Nor tuned, nor thrown away: its dates are past."""
    browser = login(ADMIN)
    old = draft(browser, rows)
    browser.post(old, data=USE)
    browser.post(draft(browser, rows, pictures.stamp("Surat")), data=USE)
    stamp, count = rows.office().stamp_sha256, len(rows.images())
    for button in ("use", "show", "discard"):
        browser.post(old, data=USE | {"do": button})
        assert "retired" in browser.get(old).text, button
    assert (rows.office().stamp_sha256, len(rows.images())) == (stamp, count)


@pytest.mark.parametrize(
    ("name", "value"), [("rotate", "200"), ("rotate", "ten"), ("size_percent", ""), ("opacity_percent", "1e2"), ("rotate", "٣")]
)
def test_a_figure_that_cannot_be_is_told_at_its_field(login: Any, rows: Rows, name: str, value: str) -> None:
    """What was typed stays; nothing is used."""
    browser, before = login(ADMIN), rows.office().stamp_sha256
    answer = browser.post(draft(browser, rows), data=USE | {name: value})
    assert answer.status_code == 422
    tree = parse_strictly(answer.data, "the draft")
    field = next(field for field in tree.iter("input") if field.get("name") == name and field.get("type") == "number")
    assert (field.get("value"), field.get("aria-invalid")) == (value, "true")
    assert f"{name}-error" in field.get("aria-describedby")
    assert rows.office().stamp_sha256 == before
    assert rows.images()[0].state == "DRAFT"


def test_a_button_that_is_not_there(login: Any, rows: Rows) -> None:
    """400, and nothing happens."""
    browser = login(ADMIN)
    address = draft(browser, rows)
    assert browser.post(address, data={"do": "publish"}).status_code == 400
    assert browser.post(address, data={}).status_code == 400
    assert rows.images()[0].state == "DRAFT"


@pytest.mark.parametrize("name", pictures.UNUSABLE)
def test_a_bad_upload_is_a_sentence_and_loses_nothing(login: Any, rows: Rows, name: str) -> None:
    """Shown at the field; the stamp in use and the draft that was there stay."""
    browser = login(ADMIN)
    draft(browser, rows)
    before = (rows.office().stamp_sha256, len(rows.images()), rows.events())
    for field in ("picture", "photo"):
        answer = send(browser, f"/studio/office/{rows.office().id}", pictures.UNUSABLE[name], "../../stamp.png", field)
        assert answer.status_code == 422
        told = re.search(r'id="picture-error".*?</div>', answer.text, re.DOTALL)
        assert told
        assert re.search(r"<li>[A-Z][^<]+\.</li>", told[0])
        assert "Drafts, not in use" in answer.text
    assert (rows.office().stamp_sha256, len(rows.images()), rows.events()) == before


def test_no_file_and_too_large_a_file(login: Any, rows: Rows) -> None:
    """Each says so."""
    browser = login(ADMIN)
    address = f"/studio/office/{rows.office().id}"
    for data in ({}, {"picture": (io.BytesIO(b""), "")}):
        answer = browser.post(address, data=data)
        assert (answer.status_code, "Choose a picture first." in answer.text) == (422, True)
    large = browser.post(address, data=b"\0" * 9 * 1024 * 1024, content_type="multipart/form-data; boundary=b")
    assert large.status_code == 413
    assert rows.images() == []


def test_words_in_a_png_do_not_reach_the_page_or_the_stamp(login: Any, rows: Rows) -> None:
    """Text and tail of a file are left behind: what is served is drawn anew."""
    browser = login(ADMIN)
    evil = pictures.stamp("Pune") + b"<script>alert(1)</script>"
    address = draft(browser, rows, evil)
    for name in ("original", "final", "onpaper"):
        assert b"<script" not in browser.get(f"{address}/{name}.png").data


# --- pictures ----------------------------------------------------------------------------------------------------------


def test_pictures_are_handed_out_as_pictures_and_to_nobody_else(login: Any, rows: Rows) -> None:
    """PNG, private, never guessed; the draft also with figures that are only tried."""
    browser = login(ADMIN)
    address = draft(browser, rows, pictures.photo(pictures.stamp()))
    office = f"/studio/office/{rows.office().id}"
    tuned = "?rotate=45&size_percent=60&opacity_percent=80"
    seen = {}
    for path in (f"{address}/original.png", f"{address}/final.png", f"{address}/final.png{tuned}", f"{address}/onpaper.png",
                 f"{address}/onpaper.png{tuned}", f"{office}/final.png", f"{office}/onpaper.png"):  # fmt: skip
        answer = browser.get(path)
        assert (answer.status_code, answer.mimetype) == (200, "image/png"), path
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "private, no-store"
        with Image.open(io.BytesIO(answer.data)) as picture:
            picture.load()
        seen[path] = answer.data
    assert len(set(seen.values())) == len(seen), "each shows something of its own"
    assert rows.images()[0].rotate == 0, "looking changes nothing"
    for path in (f"{address}/passwords.png", f"{office}/original.png", "/studio/999999/final.png", "/studio/office/99999999999"):
        assert browser.get(path).status_code == 404, path
    assert browser.get(f"{address}/final.png?rotate=999&size_percent=100&opacity_percent=100").status_code == 422


def test_a_picture_whose_file_is_damaged(login: Any, rows: Rows, app: Any) -> None:
    """A sentence instead of a wrong stamp."""
    browser = login(ADMIN)
    address = draft(browser, rows, pictures.stamp("Kochi"))
    digest = rows.images()[0].sha256 or ""
    path = app.config["DOCUMENTS"] / digest[:2] / digest
    kept = path.read_bytes()
    path.write_bytes(kept + b"x")
    try:
        assert browser.get(f"{address}/final.png").status_code == 503
    finally:
        path.write_bytes(kept)


# --- who ---------------------------------------------------------------------------------------------------------------


def knocked(browser: Any, rows: Rows, image: str) -> dict[str, int]:
    """What every door of FIEC's studio answers."""
    office, officer = f"/studio/office/{rows.office().id}", f"/studio/officer/{rows.officer().id}"
    got = {path: browser.get(path).status_code for path in (
        office, officer, image, f"{office}/final.png", f"{officer}/onpaper.png", f"{image}/original.png", f"{image}/final.png",
    )}  # fmt: skip
    got |= {f"POST {path}": send(browser, path, pictures.stamp("Goa")).status_code for path in (office, officer)}
    return got | {f"POST {button}": browser.post(image, data=USE | {"do": button}).status_code
                  for button in ("use", "show", "discard", "again")}  # fmt: skip


@pytest.mark.parametrize(
    ("who", "status"),
    [(OFFICER, 403), (OTHER_OFFICER, 403), (SUPERVISOR, 403), (EXPORTER, 403), (CLERK, 403), (OTHER_ADMIN, 404)],
)
def test_nobody_but_the_own_administrator(login: Any, rows: Rows, who: str, status: int) -> None:
    """Other roles are refused; another agency's administrator finds nothing under any number."""
    image = draft(login(ADMIN), rows)
    before = (rows.office().stamp_sha256, rows.officer().signature_sha256, len(rows.images()), rows.events())
    assert set(knocked(login(who), rows, image).values()) == {status}
    assert (rows.office().stamp_sha256, rows.officer().signature_sha256, len(rows.images()), rows.events()) == before
    assert rows.images()[0].state == "DRAFT"


def test_strangers_are_sent_to_the_log_in(client: Any, login: Any, rows: Rows) -> None:
    """Pictures too."""
    image = draft(login(ADMIN), rows)
    assert set(knocked(client, rows, image).values()) == {302}
    assert "/login/" in client.get(f"{image}/final.png").headers["Location"]
    assert rows.images()[0].state == "DRAFT"


def test_an_administrators_own_signature_is_not_asked_for(login: Any, rows: Rows) -> None:
    """A sentence: administrators sign nothing."""
    answer = login(ADMIN).get(f"/studio/officer/{rows.officer(ADMIN).id}")
    assert answer.status_code == 409
    assert "Only an officer has a signature image" in answer.text


def test_a_suspended_agency_reads_and_changes_nothing(login: Any, rows: Rows) -> None:
    """The pages say why and offer no button; whoever presses one all the same is refused."""
    browser = login(ADMIN)
    image = draft(browser, rows)
    rows.set(Agency(id=rows.office().agency_id), status="SUSPENDED")
    office = f"/studio/office/{rows.office().id}"
    for path in (office, image):
        found = browser.get(path)
        assert found.status_code == 200
        assert "suspended" in found.text
        assert f'action="{path}"' not in found.text
        assert 'type="file"' not in found.text
    before = (rows.office().stamp_sha256, len(rows.images()), rows.events())
    assert send(browser, office, pictures.stamp("Goa")).status_code == 403
    for button in ("use", "show", "discard", "again"):
        browser.post(image, data=USE | {"do": button})
        assert "suspended" in browser.get(image).text
    assert (rows.office().stamp_sha256, len(rows.images()), rows.events()) == before
    assert rows.images()[0].state == "DRAFT"


def test_a_certificate_issued_before_keeps_its_stamp(login: Any, app: Any, rows: Rows) -> None:
    """Through the browser too: the certificate's hash and file stay."""
    factories.filed(app, "ISSUED")
    look = select(Certificate.stamp_sha256, Certificate.signature_image_sha256, Certificate.sha256)
    with app.app_context():
        before = db.session.execute(look).all()
    assert before[-1][2]
    assert before[-1][0] == rows.office().stamp_sha256
    browser = login(ADMIN)
    browser.post(draft(browser, rows), data=USE)
    with app.app_context():
        assert db.session.execute(look).all() == before
    assert rows.office().stamp_sha256 != before[-1][0]
