"""Registering as an agency's administrator or officer: anybody may ask, a mailed code proves the address, others decide.

Nothing here tells a stranger who is registered. An address that has an account or a request gets the same page, the same
answers and no code that works; only its owner reads why, in the mail. What is not proven is nobody's act yet: it is not in
the audit trail, and forgotten after a week.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.access import accounts
from app.access.models import Supervisor
from app.agencies import people
from app.agencies.asked import Asked, Wanted, read, why_closed
from app.agencies.models import Agency, AgencyUser, Office
from app.agencies.rules import PERSON_LIFE, PersonStatus
from app.audit.service import record
from app.core import clock
from app.core.actor import Actor, Role
from app.core.errors import BusinessError, Fault, InvalidInput, NotFound
from app.infra import store
from app.infra.db import lock
from app.infra.settings import setting
from app.infra.tenancy import UNSCOPED
from app.notices.models import Mail
from app.notices.service import mail, tell

SUBJECT = "Your registration with Udgam"  # of a code and of the reason why there is none: not even this tells them apart
MAILS_PER_HOUR, SENT_AGAIN, COOLDOWN = 5, 3, timedelta(seconds=60)
FORGOTTEN_AFTER = timedelta(days=7)
NAMES = {Role.ADMINISTRATOR: "administrator", Role.OFFICER: "officer"}

NO_SUCH_PAGE = "There is no registration under this address. Begin again."
DEAD = "This request is closed: the code was not typed in time, or wrongly too often. Begin again; it takes two minutes."
SIX_DIGITS = "The code has six digits. Type it as it stands in the mail."
TOO_MANY_MAILS = "Five mails went to this address within an hour. Look for them, also among unwanted mail, or wait an hour."
JUST_SENT = "A mail went out less than a minute ago. Wait a minute and look among unwanted mail, too."
SENT_ENOUGH = "The code was sent again three times. Check the address; if it is mistyped, begin again."
PROVEN_BEFORE = (
    "Another request with this e-mail address was proven before this one, so this one ends here. Nothing else is needed: "
    "you will get a mail about the other one."
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a request stands, for its page: `state` is code, dead, waiting or decided."""

    state: str
    full_name: str
    designation: str
    role: Role
    email: str
    agency: str
    office: str
    letter_name: str
    expires_at: datetime | None
    tries_left: int


def register(session: Session, asked: Asked, actor: Actor) -> str:
    """Take a request and mail the code; returns the secret of its page. InvalidInput with every fault by its field."""
    wanted = read(session, asked)
    if _mails(session, wanted.email, clock.now() - timedelta(hours=1)) >= MAILS_PER_HOUR:
        raise InvalidInput([Fault("email", TOO_MANY_MAILS)])
    token = secrets.token_urlsafe(32)
    person = _row(wanted)
    person.request_token_sha256 = _sha256(token)
    session.add(person)
    _send(session, person, wanted.agency, token)
    session.flush()
    return token


def send_again(session: Session, token: str, actor: Actor) -> None:
    """A new code with its own 15 minutes, at most three times and not within a minute; the tries are not given back."""
    person = lock(session, _request(session, token))
    if _dead(person):
        raise BusinessError(DEAD)
    if person.status != PersonStatus.EMAIL_UNVERIFIED:
        raise BusinessError("Your address is proven already: no code is needed any more.")
    if _mails(session, person.email, person.created_at) > SENT_AGAIN:
        raise BusinessError(SENT_ENOUGH)
    if _mails(session, person.email, clock.now() - COOLDOWN):
        raise BusinessError(JUST_SENT)
    if _mails(session, person.email, clock.now() - timedelta(hours=1)) >= MAILS_PER_HOUR:
        raise BusinessError(TOO_MANY_MAILS)
    _send(session, person, _agency(session, person), token)


def prove(session: Session, token: str, code: str, actor: Actor) -> str:
    """Type the code: the request goes to those who decide. Returns the sentence why not, or an empty text.

    A wrong code is no error but a fact that must be kept, so the sentence is returned and the caller commits.
    """
    person = lock(session, _request(session, token))
    if person.status != PersonStatus.EMAIL_UNVERIFIED:
        return ""
    if _dead(person):
        return DEAD
    digits = re.sub(r"[\s-]", "", code)
    if not re.fullmatch("[0-9]{6}", digits, re.ASCII):
        return SIX_DIGITS
    if not hmac.compare_digest(person.otp_sha256, _hash_of(person, digits)):
        person.otp_tries += 1
        session.flush()
        left = setting("OTP_TRIES") - person.otp_tries
        return f"This is not the code. You may try {left} more time{'s' * (left > 1)}." if left > 0 else DEAD
    agency = _agency(session, person)
    return why_closed(agency, clock.india_today()) or _proven(session, person, agency, actor)


def standing(session: Session, token: str) -> Standing:
    """What the page of a request shows to whoever has its secret; NotFound for anybody else."""
    person = _request(session, token)
    state = "decided"
    if person.status == PersonStatus.PENDING:
        state = "waiting"
    elif person.status == PersonStatus.EMAIL_UNVERIFIED:
        state = "dead" if _dead(person) else "code"
    return Standing(
        state=state, full_name=person.full_name, designation=person.designation, role=Role(person.role), email=person.email,
        agency=_agency(session, person).name, office=_office_name(session, person), letter_name=person.letter_name,
        expires_at=person.otp_expires_at, tries_left=max(0, setting("OTP_TRIES") - person.otp_tries),
    )  # fmt: skip


def forget_unproven(session: Session) -> int:
    """Delete the requests whose address nobody proved within a week; returns how many."""
    old = delete(AgencyUser).where(
        AgencyUser.status == PersonStatus.EMAIL_UNVERIFIED, AgencyUser.created_at < clock.now() - FORGOTTEN_AFTER
    )
    return session.execute(old, execution_options={**UNSCOPED, "synchronize_session": False}).rowcount  # type: ignore[attr-defined, no-any-return]  # a DELETE returns a CursorResult


def _row(wanted: Wanted) -> AgencyUser:
    paper = wanted.letter
    return AgencyUser(
        agency_id=wanted.agency.id, role=wanted.role.value, full_name=wanted.full_name, designation=wanted.designation,
        email=wanted.email, mobile=wanted.mobile, employee_code=wanted.employee_code,
        requested_office_id=wanted.office.id if wanted.office else None, status=PersonStatus.EMAIL_UNVERIFIED,
        letter_sha256=store.put(paper.content) if paper else None, letter_name=paper.filename if paper else "",
        letter_mime=paper.mime if paper else "",
    )  # fmt: skip


def _send(session: Session, person: AgencyUser, agency: Agency, token: str) -> None:
    """The mail with a new code; or, to an address that is known already, the mail that says so. The row looks the same."""
    code = f"{secrets.randbelow(1_000_000):06d}"
    person.otp_expires_at = clock.now() + timedelta(minutes=setting("OTP_MINUTES"))
    known = _known(session, person.email)
    person.otp_sha256 = _hash_of(person, secrets.token_hex() if known else code)
    session.flush()
    mail(session, person.email, SUBJECT, _why_none(known) if known else _code_mail(person, agency, code, token))


def _known(session: Session, email: str) -> str:
    """PENDING, ACTIVE or INACTIVE when somebody of an agency has this address, ACCOUNT for any other account, else empty."""
    counts = (PersonStatus.PENDING, PersonStatus.ACTIVE, PersonStatus.INACTIVE)
    same = select(AgencyUser.status).where(AgencyUser.email == email, AgencyUser.status.in_(counts))
    return session.scalar(same, execution_options=UNSCOPED) or ("ACCOUNT" if accounts.exists(session, email) else "")


def _code_mail(person: AgencyUser, agency: Agency, code: str, token: str) -> str:
    """No word that a stranger typed goes into it: until it is proven, the address may be anybody's."""
    return (
        f"Somebody, we hope you, asked to be registered as {NAMES[Role(person.role)]} of {agency.name}.\n\n"
        f"Your code: {code}\n\n"
        f"Type it within {setting('OTP_MINUTES')} minutes on this page:\n{setting('BASE_URL')}/register/agency/{token}\n\n"
        "If it was not you, do nothing: without the code nothing happens. Nobody from DGFT or Udgam ever asks for it.\n"
    )


def _why_none(known: str) -> str:
    """To the owner of a known address: what is there already, and how to go on."""
    there: dict[str, str] = {
        PersonStatus.PENDING: "A request with this address waits for its decision already. You will get a mail about it.",
        PersonStatus.INACTIVE: "There is an account with this address, but it was deactivated. Your administrator, or DGFT "
        "for an administrator, can activate it again.",
    }
    log_in = (
        "There is an account with this address already. Log in with it, or set a new password if you have forgotten it:\n"
        f"{setting('BASE_URL')}/login/\n\nAn account has one role. For another role use another official address."
    )
    return (
        f"Somebody, we hope you, asked to be registered with this address.\n\n{there.get(known, log_in)}\n\n"
        "So there is no code, and nothing was changed. If it was not you, there is nothing to do.\n"
    )  # fmt: skip


def _proven(session: Session, person: AgencyUser, agency: Agency, actor: Actor) -> str:
    """The address is the applicant's: the request waits for its decision. Of two at once the database lets one through."""
    move = PERSON_LIFE.check("verify_email", person.status, Role.SYSTEM)
    if _known(session, person.email):
        return PROVEN_BEFORE
    try:
        with session.begin_nested():
            person.status, person.email_verified_at, person.otp_sha256 = str(move.to), clock.now(), ""
            session.flush()
    except IntegrityError:
        return PROVEN_BEFORE
    record(session, actor, move.event, person, who=person.full_name, role=person.role, email=person.email)
    _tell_deciders(session, person, agency)
    return ""


def _tell_deciders(session: Session, person: AgencyUser, agency: Agency) -> None:
    """Bell and mail: DGFT about an administrator, the agency's active administrators about an officer."""
    if person.role == Role.ADMINISTRATOR:
        query = select(Supervisor.user_id, User.email).join(User, User.id == Supervisor.user_id).where(User.active.is_(True))
        deciders = [(row[0], row[1]) for row in session.execute(query, execution_options=UNSCOPED)]
    else:
        deciders = [(each.user_id, each.email) for each in people.administrators(session, agency.id)]
    page = f"/officers/show/{person.id}"
    words = f"{person.full_name} asks to be registered as {NAMES[Role(person.role)]} of {agency.name} ({agency.code})."
    tell(session, [user_id for user_id, _ in deciders], words, page, mailed=True)
    for _, address in deciders:
        body = f"{words}\n\nThe e-mail address {person.email} is proven. Look at the request and decide:\n"
        mail(session, address, "A registration waits for your decision", f"{body}{setting('BASE_URL')}{page}\n")


def _mails(session: Session, address: str, since: datetime) -> int:
    """How many mails of a registration went to this address since then."""
    sent = select(func.count()).select_from(Mail).where(Mail.recipient == address, Mail.subject == SUBJECT)
    return session.scalar(sent.where(Mail.created_at >= since), execution_options=UNSCOPED) or 0


def _request(session: Session, token: str) -> AgencyUser:
    query = select(AgencyUser).where(AgencyUser.request_token_sha256 == _sha256(token))
    person = session.scalars(query, execution_options=UNSCOPED).one_or_none()
    if person is None:
        raise NotFound(NO_SUCH_PAGE)
    return person


def _agency(session: Session, person: AgencyUser) -> Agency:
    return session.get_one(Agency, person.agency_id, execution_options=UNSCOPED)


def _office_name(session: Session, person: AgencyUser) -> str:
    if person.requested_office_id is None:
        return ""
    return str(session.get_one(Office, person.requested_office_id, execution_options=UNSCOPED))


def _dead(person: AgencyUser) -> bool:
    """Too late, or too often wrong; only while the address is not proven."""
    late = person.otp_expires_at is None or clock.now() >= person.otp_expires_at
    return person.status == PersonStatus.EMAIL_UNVERIFIED and (late or person.otp_tries >= setting("OTP_TRIES"))


def _hash_of(person: AgencyUser, code: str) -> str:
    """A code's HMAC: six digits could be found out from a bare hash, and a hash of one request is no use in another."""
    message = f"{person.request_token_sha256}:{code}".encode()
    return hmac.new(setting("SECRET_KEY").encode(), message, hashlib.sha256).hexdigest()


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
