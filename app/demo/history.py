"""Live the planned applications through the very verbs people use, each at its own moment in the last months."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.agencies import service as agencies
from app.agencies.models import AgencyUser
from app.applications import payload
from app.applications.models import Application
from app.applications.service import VERBS, attach, create
from app.certificates import issue
from app.certificates.jobs import issue_certificate
from app.certificates.models import Certificate
from app.certificates.rules import CertificateStatus
from app.core import clock
from app.core.actor import SYSTEM_ACTOR, Actor, Role
from app.core.errors import BusinessError
from app.demo import filings, words
from app.demo.cast import SUPERVISOR
from app.demo.firms import BY_PAN, TOKEN_OFFICER
from app.demo.papers import papers
from app.demo.plans import MARK, Plan, Step, diary, mark
from app.exporters.models import Exporter
from app.infra import current, queue
from app.infra.db import lock, transaction
from app.infra.queue import Claim, Job, JobState
from app.infra.settings import setting
from app.notices.service import bells_only

log = logging.getLogger("udgam.demo")
SIGNED_IN = timedelta(minutes=10)  # the one that is being signed is signed by the worker after a while


@dataclass(slots=True)
class Scene:
    """One application on its way, and who acts in it."""

    session: Session
    plan: Plan
    exporter: Exporter
    application: Application
    taken_up: int = 0

    @property
    def filer(self) -> Actor:
        """Whoever files for the firm."""
        people = BY_PAN[self.plan.pan].firm.people
        return actor(self.session, self.plan.chance("filer").choice(people).email)

    @property
    def officer(self) -> Actor:
        """The officer who has it: one of the office; the one with a token where approval is to wait for a hand."""
        waits = self.plan.outcome == "APPROVED" or (self.plan.afterwards == "recalled" and self.taken_up == 1)
        if waits:
            return actor(self.session, TOKEN_OFFICER.email)
        able = [
            person for person in agencies.officers_of(self.session, self.application.office_id)
            if person.email != TOKEN_OFFICER.email
        ]  # fmt: skip
        return actor(self.session, self.plan.chance("officer").choice(able).email)

    def say(self, verb: str, who: Actor, **arguments: object) -> None:
        """One of the verbs of the application."""
        VERBS[verb](self.session, self.application, who, **arguments)


def actor(session: Session, email: str) -> Actor:
    """Somebody of the cast as the verbs know them."""
    from flask_appbuilder.security.sqla.models import User

    user_id = session.scalars(select(User.id).where(User.username == email)).one()
    found = (resolve(session, user_id) for resolve in current.RESOLVERS)
    return next(person for person in found if person is not None)


@bells_only()
def play_all(session: Session, plans: Iterable[Plan]) -> int:
    """Make what is missing of these; returns how many were made. One that a rule refuses is left out, and said so."""
    made, there = 0, set(session.scalars(select(Application.po_no).where(Application.po_no.startswith(MARK))))
    for plan in plans:
        if plan.mark in there:
            continue
        try:
            made += play(session, plan, clock.now())
        except BusinessError as refusal:
            log.warning("application %d of the demonstration was left out: %s", plan.number, refusal.sentence)
    return made


def play(session: Session, plan: Plan, now: datetime) -> bool:
    """One application from draft to its end; False when it was there already.

    All until the approval is one transaction, which also claims the signing: no worker signs it with today's date.
    """
    steps = diary(plan, now, setting("LAPSE_DAYS"))
    claim = None
    with transaction(session):
        firm = lock(session, session.scalars(select(Exporter).where(Exporter.iec == plan.pan)).one())
        if _made(session, firm, plan) is not None:
            return False
        scene = _live(session, plan, firm, steps)
        if steps[-1].verb == "issue":
            claim = queue.claim(session, _job(session, scene.application).id)
    if claim is not None:
        with clock.travel(steps[-1].at):
            issue_certificate(Present(claim))
    if plan.afterwards == "revoked":
        _revoke(session, scene.application, steps[-1].at)
    session.expunge_all()
    return True


class Present(Claim):
    """A claim whose lease runs by today's clock while the work is dated back."""

    def __init__(self, claim: Claim) -> None:
        self.session, self.job_id, self.ref = claim.session, claim.job_id, claim.ref
        self.key, self.token = claim.key, claim.token

    def hold(self) -> None:
        """As every claim, in the present."""
        with clock.travel(None):
            super().hold()

    def done(self) -> None:
        """As every claim, in the present."""
        with clock.travel(None):
            super().done()


def _made(session: Session, firm: Exporter, plan: Plan) -> Application | None:
    query = select(Application).where(Application.exporter_id == firm.id, Application.po_no == plan.mark)
    return session.scalars(query.order_by(Application.id)).first()


def _live(session: Session, plan: Plan, firm: Exporter, steps: list[Step]) -> Scene:
    with clock.travel(steps[0].at):
        filer = BY_PAN[plan.pan].firm.people[0].email
        form = _form(session, plan, firm)
        scene = Scene(session, plan, firm, create(session, actor(session, filer), form))
        for kind, paper in papers(BY_PAN[plan.pan].firm, form):
            attach(session, scene.application, scene.filer, kind=kind, paper=paper)
    for step in steps[1:]:
        if step.verb != "issue":
            with clock.travel(step.at):
                ACTS[step.verb](scene)
    if plan.outcome == "SIGNING":
        _job(session, scene.application).run_after = clock.now() + SIGNED_IN
    return scene


def _form(session: Session, plan: Plan, firm: Exporter) -> dict[str, object]:
    """The filled-in form; one that replaces a certificate is filled in like the one before."""
    day = clock.india_today()
    if plan.instead_of is None:
        return filings.filing(plan, day)
    query = select(Application).where(Application.exporter_id == firm.id, Application.po_no == mark(plan.instead_of))
    old = session.scalars(query).first()
    number = session.scalar(select(Certificate.number).where(Certificate.id == old.certificate_id)) if old else None
    if old is None or number is None:
        raise BusinessError("the certificate it was to replace is not there")
    return filings.corrected(payload.filing(old), plan, number, day)


def _job(session: Session, application: Application) -> Job:
    key = f"issue:certificate:{application.certificate_id}"
    return session.scalars(select(Job).where(Job.key == key)).one()


# --- what each step is --------------------------------------------------------------------------------------------


def _submit(scene: Scene) -> None:
    scene.say("submit", scene.filer)


def _take_up(scene: Scene) -> None:
    scene.taken_up += 1
    scene.say("take_up", scene.officer)


def _query(scene: Scene) -> None:
    scene.say("query", scene.officer, items=words.questions(scene.plan))


def _edit(scene: Scene) -> None:
    """The exporter puts the asked detail into the form, which is then signed afresh."""
    form = payload.filing(scene.application)
    form["items"][0]["description"] += words.addition(scene.plan)
    scene.say("edit", scene.filer, filing=form)


def _reply(scene: Scene) -> None:
    scene.say("reply", scene.filer, answers=[words.ANSWER] * len(words.questions(scene.plan)))


def _approve(scene: Scene) -> None:
    scene.say("approve", scene.officer)


def _recall(scene: Scene) -> None:
    scene.say("recall", scene.officer)


def _release(scene: Scene) -> None:
    scene.say("release", scene.officer)


def _reject(scene: Scene) -> None:
    scene.say("reject", scene.officer, reason=words.refusal(scene.plan))


def _withdraw(scene: Scene) -> None:
    scene.say("withdraw", scene.filer)


def _lapse(scene: Scene) -> None:
    scene.say("lapse", SYSTEM_ACTOR)


def _fail(scene: Scene) -> None:
    """The signing is given up as the queue gives up a job, so that pressing Sign starts it again."""
    job = _job(scene.session, scene.application)
    job.state, job.error, job.finished_at = JobState.DEAD, words.TROUBLE, clock.now()
    issue.fail(scene.session, issue.of_application(scene.session, scene.application), words.TROUBLE)


ACTS: dict[str, Callable[[Scene], None]] = {
    "submit": _submit, "take_up": _take_up, "query": _query, "edit": _edit, "reply": _reply, "approve": _approve,
    "recall": _recall, "release": _release, "reject": _reject, "withdraw": _withdraw, "lapse": _lapse, "fail": _fail,
}  # fmt: skip


def _revoke(session: Session, application: Application, issued: datetime) -> None:
    """Days after the issue the agency proposes it and the Directorate confirms."""
    with transaction(session):
        certificate = session.get_one(Certificate, application.certificate_id)
        if certificate.status != CertificateStatus.VALID:
            return
        agency = select(AgencyUser.email).where(
            AgencyUser.agency_id == certificate.agency_id, AgencyUser.role == Role.ADMINISTRATOR
        )
        with clock.travel(issued + timedelta(days=3)):
            admin = actor(session, session.scalars(agency).first() or "")
            issue.propose_revocation(session, certificate, admin, reason=words.REVOKED)
        with clock.travel(issued + timedelta(days=4)):
            issue.revoke(session, certificate, actor(session, SUPERVISOR.email), reason=words.REVOKED)
