"""An office's stamp and an officer's signature: sent in, cleaned, tried on, put to use, and kept with their dates.

A version is a row that is never taken away: a draft is put to use or thrown away, what was in use is retired. Pictures are
stored by their hash, so a certificate keeps the very ones it was issued with.
"""

import io

from PIL import Image
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.agencies import ink, ink_find
from app.agencies.models import AgencyUser, Office, OfficialImage
from app.agencies.rules import PersonStatus
from app.audit.service import record
from app.core import clock
from app.core.actor import Actor, Role
from app.core.errors import BusinessError, Fault, InvalidInput, NotAllowed, WrongState
from app.infra import store
from app.infra.db import lock
from app.infra.tenancy import must_see

Owner = Office | AgencyUser

STAMP, SIGNATURE = "STAMP", "SIGNATURE"
CALLED = {STAMP: "stamp", SIGNATURE: "signature"}
DRAFT, CURRENT, RETIRED = "DRAFT", "CURRENT", "RETIRED"

# What may be asked of a draft: (name, least, most, the sentence); the engine's own limits, without enlarging past the place.
LIMITS = (
    ("rotate", -180, 180, "Turn the picture by whole degrees from -180 to 180."),
    ("size_percent", 50, 100, "The size is a whole number from 50 to 100 per cent of the place on the certificate."),
    ("opacity_percent", 40, 100, "The strength of the ink is a whole number from 40 to 100 per cent."),
)
AS_IT_CAME = {"rotate": 0, "size_percent": 100, "opacity_percent": 100}

# --- what is done with a picture -------------------------------------------------------------------------------------


def upload(session: Session, owner: Owner, actor: Actor, content: bytes) -> OfficialImage:
    """A draft made of a clean PNG as it is (rule 4.2), or of the ink found in a photo or scan; nothing is in use by it.

    InvalidInput with both reasons when it is neither, and then nothing is kept. The same file again is the same draft.
    """
    kind = _may(owner, actor)
    found, printed = _cleaned(content, kind)
    lock(session, owner)
    original = store.put(content)
    query = select(OfficialImage).where(_of(owner), OfficialImage.state == DRAFT, OfficialImage.original_sha256 == original)
    same = session.scalars(query.order_by(OfficialImage.id.desc())).first()
    if same is not None:
        return same
    image = _draft(
        session, owner, actor, original=original, found=store.put(found) if found else None, printed=store.put(printed)
    )
    record(session, actor, f"{CALLED[kind]} uploaded", owner, image=image.id, sha256=original)
    return image


def tune(
    session: Session, image: OfficialImage, actor: Actor, *, rotate: int, size_percent: int, opacity_percent: int
) -> OfficialImage:
    """Turn a draft (degrees clockwise), print it smaller (per cent of its place) or paler; InvalidInput past the limits."""
    _begin(session, image, actor)
    wanted = {"rotate": rotate, "size_percent": size_percent, "opacity_percent": opacity_percent}
    image.sha256 = store.put(tried(image, **wanted))
    for name, value in wanted.items():
        setattr(image, name, value)
    session.flush()
    return image


def put_to_use(session: Session, image: OfficialImage, actor: Actor) -> None:
    """From now on certificates are printed with this draft; the version before it is retired with today's date."""
    owner = _begin(session, image, actor)
    before = _retire(session, owner)
    image.state, image.current_from = CURRENT, clock.now()
    if isinstance(owner, Office):
        owner.stamp_sha256 = image.sha256
    else:
        owner.signature_sha256 = image.sha256
    record(session, actor, f"{CALLED[image.kind]} put to use", owner, image=image.id, sha256=image.sha256, before=before)


def discard(session: Session, image: OfficialImage, actor: Actor) -> None:
    """Throw a draft away: it is shown no more and can never be used. Its row and file stay, as evidence."""
    owner = _begin(session, image, actor)
    image.state, image.current_to = RETIRED, clock.now()
    record(session, actor, f"{CALLED[image.kind]} draft thrown away", owner, image=image.id, sha256=image.original_sha256)


def again(session: Session, image: OfficialImage, actor: Actor) -> OfficialImage:
    """A new draft made from a version that is or was in use, to go back to it or to change its size."""
    must_see(actor, image)
    owner = owner_of(image)
    kind = _may(owner, actor)
    lock(session, owner)
    if image.current_from is None or image.sha256 is None:
        raise WrongState("Only a version that is or was in use can be taken up again.")
    draft = _draft(session, owner, actor, original=image.original_sha256, found=image.ink_sha256, printed=image.sha256)
    for name, _least, _most, _told in LIMITS:
        setattr(draft, name, getattr(image, name))
    record(session, actor, f"{CALLED[kind]} taken up again", owner, image=draft.id, version=image.id)
    return draft


def set_clean(session: Session, owner: Owner, actor: Actor, png: bytes) -> OfficialImage:
    """A clean PNG straight to use (rule 4.2), for scripts; BusinessError with the reason. The same one again changes nothing."""
    kind = _may(owner, actor)
    clean = ink.accept_clean(png, kind)
    lock(session, owner)
    now = current(session, owner)
    if now is not None and now.sha256 == store.put(clean):
        return now
    image = _draft(session, owner, actor, original=store.put(png), found=None, printed=store.put(clean))
    put_to_use(session, image, actor)
    return image


# --- what is known of pictures ---------------------------------------------------------------------------------------


def history(session: Session, owner: Owner) -> list[OfficialImage]:
    """Every version that is or was in use, the newest first."""
    query = select(OfficialImage).where(_of(owner), OfficialImage.current_from.is_not(None))
    return list(session.scalars(query.order_by(OfficialImage.current_from.desc(), OfficialImage.id.desc())))


def drafts(session: Session, owner: Owner) -> list[OfficialImage]:
    """What was sent in and neither put to use nor thrown away, the newest first."""
    query = select(OfficialImage).where(_of(owner), OfficialImage.state == DRAFT)
    return list(session.scalars(query.order_by(OfficialImage.id.desc())))


def current(session: Session, owner: Owner) -> OfficialImage | None:
    """The version in use; None when there is none, or when the picture is older than the studio."""
    return session.scalar(select(OfficialImage).where(_of(owner), OfficialImage.state == CURRENT))


def owner_of(image: OfficialImage) -> Owner:
    """Whose stamp or signature it is."""
    owner = image.office or image.person
    assert owner is not None  # noqa: S101  for the type checker; the database holds one of the two
    return owner


def kind_of(owner: Owner) -> str:
    """An office has a stamp, an officer a signature; nobody else has a picture."""
    if isinstance(owner, Office):
        return STAMP
    if owner.role != Role.OFFICER:
        raise BusinessError("Only an officer has a signature image: an administrator signs nothing.")
    return SIGNATURE


def in_use(owner: Owner) -> str | None:
    """The hash of the picture that certificates are printed with now."""
    return owner.stamp_sha256 if isinstance(owner, Office) else owner.signature_sha256


def tried(image: OfficialImage, *, rotate: int, size_percent: int, opacity_percent: int) -> bytes:
    """What a draft would be printed as, PNG, with nothing kept; InvalidInput past the limits."""
    wanted = {"rotate": rotate, "size_percent": size_percent, "opacity_percent": opacity_percent}
    if faults := [Fault(name, told) for name, least, most, told in LIMITS if not least <= wanted[name] <= most]:
        raise InvalidInput(faults)
    clean = store.get(image.ink_sha256) if image.ink_sha256 else ink.accept_clean(store.get(image.original_sha256), image.kind)
    if wanted == AS_IT_CAME and image.ink_sha256 is None:
        return clean  # what was sent in clean is printed as it was accepted
    with Image.open(io.BytesIO(clean), formats=["PNG"]) as opened:
        picture = opened.convert("RGBA")
    return ink.adjust(picture, rotate_degrees=rotate, size_percent=size_percent, opacity_percent=opacity_percent)


def why_cleaned(image: OfficialImage) -> str:
    """Why what was sent in could not be taken as it is, so that the ink was looked for; empty when it could."""
    if image.ink_sha256 is None:
        return ""
    try:
        ink.accept_clean(store.get(image.original_sha256), image.kind)
    except BusinessError as refusal:
        return refusal.sentence
    return ""


# --- who, and in which state -----------------------------------------------------------------------------------------


def _may(owner: Owner, actor: Actor) -> str:
    """Stamps and signatures are the administrator's (S9, S10): of the own agency, while it is not suspended."""
    must_see(actor, owner)
    if actor.role is not Role.ADMINISTRATOR or actor.agency_id != owner.agency_id:
        raise NotAllowed("Only an administrator of the agency sets its stamps and signatures.")
    if actor.read_only:
        raise NotAllowed(actor.read_only)
    kind = kind_of(owner)
    if isinstance(owner, AgencyUser) and owner.status in {PersonStatus.EMAIL_UNVERIFIED, PersonStatus.REJECTED}:
        raise WrongState(f"{owner.full_name} is not an officer of the agency, so there is no signature to set.")
    return kind


def _begin(session: Session, image: OfficialImage, actor: Actor) -> Owner:
    """May this actor, is it a draft; then hold its owner and itself, in this order everywhere."""
    must_see(actor, image)
    owner = owner_of(image)
    _may(owner, actor)
    lock(session, owner)
    lock(session, image)
    if image.state == DRAFT:
        return owner
    if image.current_from is None:
        raise WrongState("This draft was thrown away. Upload the picture again.")
    if image.state == CURRENT:
        raise WrongState("This version is in use already. To change it, make a new version from it.")
    raise WrongState("This version is retired. To use it again, make a new version from it.")


def _cleaned(content: bytes, kind: str) -> tuple[bytes | None, bytes]:
    """The ink found (None when it came clean) and what is printed, as PNG; InvalidInput with every reason when neither goes."""
    try:
        return None, ink.accept_clean(content, kind)
    except BusinessError as unclean:
        try:
            found = ink_find.find_ink(ink.open_photo(content), kind).image
            printed = ink.adjust(found, rotate_degrees=0, size_percent=100, opacity_percent=100)
        except BusinessError as refusal:
            told = dict.fromkeys((unclean.sentence, refusal.sentence))
            raise InvalidInput([Fault("picture", sentence) for sentence in told]) from refusal
    out = io.BytesIO()
    found.save(out, "PNG")
    return out.getvalue(), printed


def _draft(session: Session, owner: Owner, actor: Actor, *, original: str, found: str | None, printed: str) -> OfficialImage:
    whose = {"office_id": owner.id} if isinstance(owner, Office) else {"agency_user_id": owner.id}
    image = OfficialImage(
        agency_id=owner.agency_id, kind=kind_of(owner), state=DRAFT, made_by=actor.name,
        original_sha256=original, ink_sha256=found, sha256=printed, **AS_IT_CAME, **whose,
    )  # fmt: skip
    session.add(image)
    session.flush()
    return image


def _retire(session: Session, owner: Owner) -> str | None:
    """End the version in use; one that is older than the studio gets its row now. Returns its hash."""
    before, row = in_use(owner), current(session, owner)
    if row is None and before is not None:
        whose = {"office_id": owner.id} if isinstance(owner, Office) else {"agency_user_id": owner.id}
        row = OfficialImage(
            agency_id=owner.agency_id, kind=kind_of(owner), original_sha256=before, sha256=before,
            current_from=owner.created_at, **whose,
        )  # fmt: skip
        session.add(row)
    if row is not None:
        row.state, row.current_to = RETIRED, clock.now()
        session.flush()
    return before


def _of(owner: Owner) -> ColumnElement[bool]:
    """The versions of this owner, as a condition."""
    if isinstance(owner, Office):
        return OfficialImage.office_id == owner.id
    return OfficialImage.agency_user_id == owner.id
