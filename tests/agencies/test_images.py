"""Stamps and signatures: what is taken, what is refused, which version is in use, and what certificates keep."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select

from app.agencies import images, sample
from app.agencies.models import Agency, AgencyUser, Office, OfficialImage
from app.audit.models import AuditEvent
from app.certificates import layout
from app.core.errors import BusinessError, InvalidInput, NotAllowed, NotFound, WrongState
from app.infra import store
from tests import factories
from tests.agencies import pictures
from tests.people import ADMIN, EXPORTER, OFFICER, OTHER_ADMIN, SUPERVISOR, actor_for


class Studio:
    """Mumbai's stamp and R. K. Srinivasan's signature in the hands of FIEC's administrator."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self.office = session.scalars(select(Office).join(Agency).where(Agency.code == "FIEC", Office.code == "001")).one()
        self.officer = self.person(OFFICER)
        self.admin = actor_for(session, ADMIN)

    def person(self, email: str) -> AgencyUser:
        found: AgencyUser = self.session.scalars(select(AgencyUser).where(AgencyUser.email == email)).one()
        return found

    def upload(self, content: bytes, owner: Any = None) -> OfficialImage:
        return images.upload(self.session, owner or self.office, self.admin, content)

    def used(self, content: bytes, owner: Any = None) -> OfficialImage:
        image = self.upload(content, owner)
        images.put_to_use(self.session, image, self.admin)
        return image

    def rows(self) -> int:
        return int(self.session.scalar(select(func.count(OfficialImage.id))))

    def events(self, event: str) -> int:
        return int(self.session.scalar(select(func.count(AuditEvent.id)).where(AuditEvent.event == event)))


@pytest.fixture
def studio(session: Any) -> Studio:
    """The studio, open."""
    return Studio(session)


def opened(digest: str | None) -> Image.Image:
    with Image.open(io.BytesIO(store.get(digest or ""))) as picture:
        return picture.convert("RGBA")


def clear(picture: Image.Image) -> float:
    """The share of a picture that shows the paper through."""
    return sum(picture.getchannel("A").histogram()[:16]) / (picture.width * picture.height)


# --- scenarios 13 and 14: what is taken clean --------------------------------------------------------------------------


def test_scenario_13_a_stamp_with_a_white_background_or_a_jpeg_is_refused_and_a_transparent_one_accepted(studio: Studio) -> None:
    """Refused with the reason, and nothing changes; the transparent one is printed from now on."""
    before = studio.office.stamp_sha256
    for content, reason in ((pictures.on_white(pictures.stamp()), "background"), (pictures.photo(pictures.stamp()), "not a PNG")):
        with pytest.raises(BusinessError, match=reason):
            images.set_clean(studio.session, studio.office, studio.admin, content)
    assert (studio.office.stamp_sha256, studio.rows()) == (before, 0)
    taken = images.set_clean(studio.session, studio.office, studio.admin, pictures.stamp("Bengaluru"))
    assert studio.office.stamp_sha256 == taken.sha256 != before
    assert clear(opened(taken.sha256)) > 0.5


def test_scenario_14_a_signature_that_is_blank_or_keeps_a_white_box_is_refused(studio: Studio) -> None:
    """With the reason; a clean one is taken."""
    before = studio.officer.signature_sha256
    for content, reason in ((pictures.blank(), "no ink"), (pictures.white_box(pictures.signature()), "white box")):
        with pytest.raises(BusinessError, match=reason):
            images.set_clean(studio.session, studio.officer, studio.admin, content)
    assert (studio.officer.signature_sha256, studio.rows()) == (before, 0)
    taken = images.set_clean(studio.session, studio.officer, studio.admin, pictures.signature("Ramesh Kumar"))
    assert studio.officer.signature_sha256 == taken.sha256 != before


def test_the_same_clean_picture_again_is_no_new_version(studio: Studio) -> None:
    """A script may run twice."""
    first = images.set_clean(studio.session, studio.office, studio.admin, pictures.stamp("Pune"))
    assert images.set_clean(studio.session, studio.office, studio.admin, pictures.stamp("Pune")).id == first.id
    assert studio.events("stamp put to use") == 1


# --- uploads ------------------------------------------------------------------------------------------------------------


def test_a_clean_upload_is_a_draft_at_once_and_not_in_use(studio: Studio) -> None:
    """Original and printed picture are kept; there was nothing to look for."""
    before = studio.office.stamp_sha256
    draft = studio.upload(pictures.stamp("Pune"))
    assert (draft.state, draft.kind, draft.made_by, draft.ink_sha256) == ("DRAFT", "STAMP", studio.admin.name, None)
    assert store.get(draft.original_sha256) == pictures.stamp("Pune")
    assert studio.office.stamp_sha256 == before
    assert images.why_cleaned(draft) == ""


def test_of_a_photo_the_ink_is_found_and_the_reason_is_kept(studio: Studio) -> None:
    """Original, ink and printed picture are three files; the paper is gone."""
    content = pictures.photo(pictures.stamp())
    draft = studio.upload(content)
    assert store.get(draft.original_sha256) == content
    assert clear(opened(draft.ink_sha256)) > 0.4
    assert clear(opened(draft.sha256)) > 0.4
    assert "not a PNG" in images.why_cleaned(draft)


def test_a_careless_cut_out_is_cleaned_like_a_photo(studio: Studio) -> None:
    """A white box round the signature is taken away, and why is said."""
    draft = studio.upload(pictures.on_white(pictures.signature()), studio.officer)
    assert (draft.kind, draft.agency_user_id, draft.office_id) == ("SIGNATURE", studio.officer.id, None)
    assert "background" in images.why_cleaned(draft)


@pytest.mark.parametrize("name", pictures.UNUSABLE)
def test_what_is_no_picture_of_ink_is_refused_with_every_reason_and_not_kept(studio: Studio, name: str) -> None:
    """Sentences for the field «picture»; no row, no event, no file."""
    content = pictures.UNUSABLE[name]
    before = studio.events("stamp uploaded")
    with pytest.raises(InvalidInput) as refused:
        studio.upload(content)
    told = [fault.message for fault in refused.value.faults]
    assert told == list(dict.fromkeys(told))
    assert all(sentence.endswith(".") for sentence in told)
    assert {fault.field for fault in refused.value.faults} == {"picture"}
    assert (studio.rows(), studio.events("stamp uploaded")) == (0, before)


def test_the_same_file_again_is_the_same_draft(studio: Studio) -> None:
    """A button pressed twice makes one row."""
    first = studio.upload(pictures.stamp("Pune"))
    assert studio.upload(pictures.stamp("Pune")).id == first.id
    assert (studio.rows(), studio.events("stamp uploaded")) == (1, 1)


# --- turn, size, strength ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [pictures.stamp(), pictures.photo(pictures.stamp())], ids=["clean", "photo"])
def test_tuning_always_starts_from_the_ink(studio: Studio, content: bytes) -> None:
    """Turned and turned back it is the very same picture: nothing is lost on the way."""
    draft = studio.upload(content)
    first = draft.sha256
    images.tune(studio.session, draft, studio.admin, rotate=90, size_percent=60, opacity_percent=50)
    assert (draft.rotate, draft.size_percent, draft.opacity_percent) == (90, 60, 50)
    assert draft.sha256 != first
    images.tune(studio.session, draft, studio.admin, rotate=0, size_percent=100, opacity_percent=100)
    assert draft.sha256 == first


@pytest.mark.parametrize(
    ("name", "value"),
    [("rotate", 181), ("rotate", -181), ("size_percent", 49), ("size_percent", 101), ("opacity_percent", 39),
     ("opacity_percent", 101)],
)  # fmt: skip
def test_past_the_limits_the_field_is_named(studio: Studio, name: str, value: int) -> None:
    """And the draft stays as it was."""
    draft = studio.upload(pictures.stamp())
    before = draft.sha256
    with pytest.raises(InvalidInput) as refused:
        images.tune(studio.session, draft, studio.admin, **(images.AS_IT_CAME | {name: value}))
    assert [fault.field for fault in refused.value.faults] == [name]
    assert draft.sha256 == before


def test_at_the_limits_it_can_still_be_printed(studio: Studio) -> None:
    """Smallest, palest, most turned, for both kinds."""
    for content, owner in ((pictures.stamp(), studio.office), (pictures.photo(pictures.signature()), studio.officer)):
        draft = studio.upload(content, owner)
        for rotate in (-180, 180):
            images.tune(studio.session, draft, studio.admin, rotate=rotate, size_percent=50, opacity_percent=40)
            assert clear(opened(draft.sha256)) > 0.2


# --- versions ----------------------------------------------------------------------------------------------------------


def test_putting_to_use_retires_the_version_before(studio: Studio) -> None:
    """One is in use, the others have their dates; what was there before the studio is a version too."""
    oldest = studio.office.stamp_sha256
    first, second = studio.used(pictures.stamp("Pune")), studio.used(pictures.photo(pictures.stamp("Surat")))
    assert (first.state, second.state) == ("RETIRED", "CURRENT")
    assert first.current_from
    assert first.current_to
    assert second.current_from
    assert first.current_from <= first.current_to <= second.current_from
    assert second.current_to is None
    assert studio.office.stamp_sha256 == second.sha256
    assert [row.sha256 for row in images.history(studio.session, studio.office)] == [second.sha256, first.sha256, oldest]
    assert images.current(studio.session, studio.office) is second


def test_a_signature_goes_the_same_way(studio: Studio) -> None:
    """To the officer's row."""
    image = studio.used(pictures.photo(pictures.signature()), studio.officer)
    assert studio.officer.signature_sha256 == image.sha256
    assert studio.events("signature put to use") == 1
    assert len(images.history(studio.session, studio.officer)) == 2


def test_only_a_draft_is_changed(studio: Studio) -> None:
    """In use, retired or thrown away: each refusal says what it is."""
    retired, current, gone = (studio.upload(pictures.stamp(city)) for city in ("Pune", "Surat", "Goa"))
    images.put_to_use(studio.session, retired, studio.admin)
    images.put_to_use(studio.session, current, studio.admin)
    images.discard(studio.session, gone, studio.admin)
    for image, word in ((retired, "retired"), (current, "in use already"), (gone, "thrown away")):
        for verb in (images.put_to_use, images.discard, lambda s, i, a: images.tune(s, i, a, **images.AS_IT_CAME)):
            with pytest.raises(WrongState, match=word):
                verb(studio.session, image, studio.admin)
    assert studio.office.stamp_sha256 == current.sha256
    assert gone not in images.history(studio.session, studio.office)
    assert images.drafts(studio.session, studio.office) == []


def test_a_retired_version_is_taken_up_again_as_a_draft_of_its_own(studio: Studio) -> None:
    """With its figures; the old row keeps its dates. What was thrown away does not come back."""
    first = studio.upload(pictures.photo(pictures.stamp("Pune")))
    images.tune(studio.session, first, studio.admin, rotate=5, size_percent=80, opacity_percent=90)
    images.put_to_use(studio.session, first, studio.admin)
    studio.used(pictures.stamp("Surat"))
    draft = images.again(studio.session, first, studio.admin)
    assert (draft.sha256, draft.rotate, draft.size_percent, draft.opacity_percent) == (first.sha256, 5, 80, 90)
    images.put_to_use(studio.session, draft, studio.admin)
    assert studio.office.stamp_sha256 == first.sha256
    assert len(images.history(studio.session, studio.office)) == 4
    gone = studio.upload(pictures.stamp("Goa"))
    images.discard(studio.session, gone, studio.admin)
    with pytest.raises(WrongState):
        images.again(studio.session, gone, studio.admin)


def test_a_picture_from_before_the_studio_is_taken_up_again(studio: Studio) -> None:
    """Its row was made when it was retired."""
    oldest = studio.office.stamp_sha256
    studio.used(pictures.stamp("Pune"))
    draft = images.again(studio.session, images.history(studio.session, studio.office)[-1], studio.admin)
    assert draft.sha256 == oldest
    images.tune(studio.session, draft, studio.admin, rotate=10, size_percent=100, opacity_percent=100)
    assert draft.sha256 != oldest


# --- who ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "error"),
    [(OFFICER, NotAllowed), (SUPERVISOR, NotAllowed), (EXPORTER, NotAllowed), (OTHER_ADMIN, NotFound)],
)
def test_only_the_own_administrator(studio: Studio, who: str, error: type[BusinessError]) -> None:
    """Neither officers themselves (S10) nor DGFT; another agency's administrator finds nothing."""
    draft, actor = studio.upload(pictures.stamp()), actor_for(studio.session, who)
    with pytest.raises((error, NotFound)):
        images.put_to_use(studio.session, draft, actor)
    for verb in (images.upload, images.set_clean):
        with pytest.raises(error):
            verb(studio.session, studio.office, actor, pictures.stamp())
    assert draft.state == "DRAFT"


def test_a_suspended_agency_changes_no_picture(studio: Studio) -> None:
    """Reading stays."""
    draft, used = studio.upload(pictures.stamp("Pune")), studio.used(pictures.stamp("Surat"))
    studio.office.agency.status = "SUSPENDED"
    studio.session.flush()
    actor = actor_for(studio.session, ADMIN)
    for verb in (
        lambda: images.upload(studio.session, studio.office, actor, pictures.stamp()),
        lambda: images.set_clean(studio.session, studio.office, actor, pictures.stamp()),
        lambda: images.tune(studio.session, draft, actor, **images.AS_IT_CAME),
        lambda: images.put_to_use(studio.session, draft, actor),
        lambda: images.discard(studio.session, draft, actor),
        lambda: images.again(studio.session, used, actor),
    ):
        with pytest.raises(NotAllowed, match="suspended"):
            verb()
    assert len(images.history(studio.session, studio.office)) == 2


def test_an_administrator_has_no_signature(studio: Studio) -> None:
    """Administrators sign nothing."""
    with pytest.raises(BusinessError, match="Only an officer"):
        studio.upload(pictures.signature(), studio.person(ADMIN))


@pytest.mark.parametrize(("status", "taken"), [("PENDING", True), ("INACTIVE", True), ("REJECTED", False)])
def test_whoever_was_rejected_gets_no_signature(studio: Studio, status: str, taken: bool) -> None:
    """Whoever waits, or is away, may have one ready."""
    studio.officer.status = status
    if taken:
        assert studio.upload(pictures.signature("Ramesh"), studio.officer).state == "DRAFT"
    else:
        with pytest.raises(WrongState):
            studio.upload(pictures.signature("Ramesh"), studio.officer)


def test_everything_that_happens_is_in_the_trail(studio: Studio) -> None:
    """On the office's own history, with hashes."""
    draft = studio.upload(pictures.stamp("Goa"))
    images.discard(studio.session, draft, studio.admin)
    used = studio.used(pictures.stamp("Pune"))
    images.again(studio.session, used, studio.admin)
    query = select(AuditEvent).where(AuditEvent.object_kind == "office", AuditEvent.object_id == studio.office.id)
    events = list(studio.session.scalars(query.order_by(AuditEvent.id)))[-5:]
    assert [event.event for event in events] == [
        "stamp uploaded", "stamp draft thrown away", "stamp uploaded", "stamp put to use", "stamp taken up again",
    ]  # fmt: skip
    assert events[3].detail["sha256"] == used.sha256
    assert events[3].desk_agency_id == studio.office.agency_id


# --- on certificates ---------------------------------------------------------------------------------------------------


def test_a_certificate_keeps_the_stamp_and_signature_it_was_issued_with(
    studio: Studio, issued: Callable[..., Any], app: Any
) -> None:
    """What is put to use later is printed on the next one, and changes nothing on the one before."""
    first = issued()
    old = (first.stamp_sha256, first.signature_image_sha256, first.sha256)
    factories.settle()
    studio = Studio(studio.session)
    new = (studio.used(pictures.stamp("Pune")).sha256, studio.used(pictures.photo(pictures.signature()), studio.officer).sha256)
    factories.settle()
    second = issued()
    studio.session.refresh(first)
    assert (first.stamp_sha256, first.signature_image_sha256, first.sha256) == old
    assert (second.stamp_sha256, second.signature_image_sha256) == new
    assert old[:2] != new
    assert store.get(old[2]) != store.get(second.sha256)


def test_the_sample_stands_as_the_certificate_does() -> None:
    """Box 11 of the sample has the places of the template."""
    for name, place in sample.PLACES.items():
        real = layout.millimetres()[name]
        assert place == (real["left"], real["top"], real["width"], real["height"]), name


def test_the_sample_shows_the_picture_in_its_place() -> None:
    """With a stamp there is violet ink where the stamp belongs; without one its place is empty."""
    words = sample.Words(
        "R. K. Srinivasan", "Joint Director", "Western Region Office with a name far too long for its line", "Mumbai"
    )
    pictures_of = [sample.draw(stamp, None, words) for stamp in (pictures.stamp(), None)]
    place = tuple(round(value) for value in sample._pixels("stamp"))
    inks = []
    for content in pictures_of:
        with Image.open(io.BytesIO(content)) as drawn:
            assert drawn.size == (round(sample.WIDTH * sample.SCALE), round(sample.HEIGHT * sample.SCALE))
            dark = drawn.crop(place).convert("L").histogram()
        inks.append(sum(dark[:140]))
    assert inks[0] > 50 * inks[1]
