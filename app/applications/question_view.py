"""The two pages of a query: where an officer asks about fields and papers, and where the exporter answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import g, request, url_for
from flask_babel import gettext
from flask_wtf import FlaskForm

from app.applications import asking, by_token, esigning, holding, replying
from app.applications.esigning import What
from app.applications.models import Application
from app.applications.places import name_of, pick_list, question_about
from app.applications.rules import QUERY_REASONS, Status
from app.core.actor import Role
from app.core.errors import BusinessError, Fault, InvalidInput, WrongState
from app.core.workflow import Move
from app.infra import current, movable
from app.infra.db import db, reading, transaction
from app.infra.movable import Movable
from app.infra.moves import read_args
from app.infra.screens import run_move


class QuestionScreens(Movable):
    """Asking and answering have pages of their own; every other move asks as its line in the table says."""

    move_templates = {"query": "applications/query.html", "reply": "applications/reply.html"}

    def goes_on(self, pk: int) -> None:
        """Whoever has the application in hand is at work on it."""
        actor = current.actor()
        if actor.role != Role.OFFICER or not holding.is_due(db.session, pk, actor):
            return
        db.session.rollback()
        token = reading.set(False)  # a write of its own: the page itself is only read
        try:
            with transaction(db.session):
                holding.goes_on(db.session, pk, actor)
        finally:
            reading.reset(token)

    def _move(self, item: Any, name: str) -> Move:
        """A colleague who comes too late reads who has it; for the one who has it, opening a page is going on."""
        officer, pk = current.actor().role == Role.OFFICER, item.id
        try:
            move = super()._move(item, name)
        except WrongState as refusal:
            raise (holding.told_who(item, refusal) if officer else refusal) from None
        self.goes_on(pk)
        return move

    def ask(self, move: Move, item: Any) -> FlaskForm:
        """Rows and boxes are read from the request itself; the form only guards it."""
        if move.name in self.move_templates and not {"items", "reply"} & set(request.form):
            return FlaskForm()
        return super().ask(move, item)

    def wants_more(self, move: Move) -> bool:
        """The button for one more question works without script."""
        return move.name == "query" and "more" in request.form

    def act(self, move: Move, pk: int, form: FlaskForm, item: Any) -> str | None:
        """Read what was said in the way of the page, then make the move, or let it wait for the person's token."""
        if move.name == "query" and "items" not in request.form:
            run_move(self, pk, "query", {"items": asking.questions(asking.rows(request.form))})
            return None
        if move.name == "reply" and "reply" not in request.form:
            return self._reply(move, pk, item)
        if move.name in by_token.SUBJECTS and by_token.signs(db.session, current.actor()):
            with transaction(db.session):
                again = self.datamodel.get(pk, self._base_filters)
                return self._make(move, again, read_args(move, movable.said(move, form, item)))
        return super().act(move, pk, form, item)

    def _make(self, move: Move, item: Application, args: dict[str, Any]) -> str | None:
        """Call the verb; whoever signs with a token finds the order to sign at the address given back."""
        actor = current.actor()
        if by_token.signs(db.session, actor) and by_token.ask(db.session, item, actor, move.name, **args) is not None:
            return url_for("TokenView.open")
        assert self.verbs is not None  # noqa: S101  for the type checker; move() has asked
        self.verbs[move.name](db.session, item, actor, **args)
        return None

    def _reply(self, move: Move, pk: int, item: Application) -> str | None:
        """Changes, papers and answers in one transaction: either all of it is sent, or nothing.

        Where the reply waits for a token, the changes are saved as if they had been made before it.
        """
        questions = replying.asked(item, request.form)
        said = request.form.get("version", "")
        version = int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None
        db.session.rollback()  # nobody waits for a lock while we look at papers
        papers = replying.looked_at(questions, request.files)
        answers = [text.strip() for text in request.form.getlist("answers")]
        with told_where(questions), transaction(db.session):
            again = self.datamodel.get(pk, self._base_filters)
            args = read_args(move, {"answers": answers})
            replying.put_right(db.session, again, current.actor(), request.form, papers, version)
            if "aadhaar" in request.form:
                self._sign(again, args)
                return None
            return self._make(move, again, args)

    def _sign(self, item: Application, args: dict[str, Any]) -> None:
        """The changes are saved, the answers wait with the order; a reply that needs no new signature is sent at once."""
        agreed = request.form.get("consent") == "yes"
        try:
            order = esigning.begin(db.session, item, current.actor(), what=What.REPLY, agreed=agreed, said=args)
            g.esign_order = order.id
        except esigning.NothingToSign:
            assert self.verbs is not None  # noqa: S101  for the type checker; move() has asked
            self.verbs["reply"](db.session, item, current.actor(), **args)

    def done(self, move: Move) -> str:
        """After a reply that is still to be signed: that it is not sent yet."""
        unsent = gettext("Your changes are saved. The reply is sent when you have signed.")
        return unsent if "esign_order" in g else super().done(move)

    def after(self, move: Move, pk: int) -> str:
        """To the e-sign provider, where something is to be signed there."""
        return url_for("EsignView.send", pk=g.esign_order) if "esign_order" in g else super().after(move, pk)

    def asked(self, move: Move, item: Any, refusal: BusinessError | None) -> dict[str, Any]:
        """What the two pages show beside the move itself."""
        if move.name == "query":
            typed = asking.rows(request.form, request.args.getlist("about"))
            asking.place(typed, refusal)
            if self.wants_more(move) and len(typed) < asking.MOST:
                typed.append(asking.Row())
            return {"rows": typed, "places": pick_list(item), "reasons": QUERY_REASONS}
        if move.name == "reply" and item.status == Status.QUERY_RAISED:
            before = esigning.answers_before(db.session, item, current.actor()) or by_token.answers_kept(db.session, item)
            questions = replying.asked(item, request.form or None, before)
            replying.place(questions, refusal)
            return {
                "asked": questions,
                "kinds": replying.FURTHER_KINDS,
                "query": next(q for q in item.queries if q.status == "OPEN"),
                "esign": esigning.offered(db.session, current.actor()),
            }
        return {}

    def show_extra(self, item: Any) -> dict[str, Any]:
        """How places are called, for the questions and changes on the application's page."""
        return {"name_of": name_of, "about": lambda question: question_about(question, item)}


@contextmanager
def told_where(questions: list[replying.Asked]) -> Iterator[None]:
    """A refusal of several fields says of each which it is."""
    try:
        yield
    except InvalidInput as refusal:
        known = {path for one in questions for path in one.fields}
        faults = [Fault(each.field, f"{name_of(each.field)}: {each.message}" if each.field in known else each.message)
                  for each in refusal.faults]  # fmt: skip
        raise InvalidInput(faults) from refusal
