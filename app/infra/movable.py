"""The buttons of a state table on a generated screen: a page that asks what must be said, then runs the verb."""

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Optional

from app.core.errors import BusinessError, NotAllowed
from app.core.workflow import Arg, Move
from app.infra import current
from app.infra.screens import READ, Screen, flash_refusal, run_move


class Movable(Screen):
    """A screen with a state table: `/<pk>/<move>` asks and acts."""

    base_permissions = [*READ, "can_move"]
    move_templates: dict[str, str] = {}  # moves with a page of their own

    @expose("/move/<int:pk>/<string:name>", methods=["GET", "POST"])
    @has_access
    def move(self, pk: int, name: str) -> Any:
        """Ask what the move needs, or make it. A refusal shows its sentence and keeps what was typed."""
        item = self.datamodel.get(pk, self._base_filters) if pk < 2**31 else None
        if item is None or self.workflow is None:
            abort(404)
        move = self._move(item, name)
        form, refused = self.ask(move, item), None
        if form.validate_on_submit() and not self.wants_more(move):
            try:
                waits = self.act(move, pk, form, item)
            except BusinessError as refusal:
                refused = refusal
                flash_refusal(refusal)
                item = self.datamodel.get(pk, self._base_filters)
            else:
                if waits:
                    return redirect(waits)
                flash(self.done(move), "success")
                return redirect(self.after(move, pk))
        if request.method == "POST" and not move.args:
            return redirect(url_for(f"{self.endpoint}.show", pk=pk))
        template = self.move_templates.get(move.name, "udgam/move.html")
        more = self.asked(move, item, refused)
        return self.render_template(template, title=move.label, item=item, move=move, form=form, view=self, pk=pk, **more)

    def _move(self, item: Any, name: str) -> Move:
        """The row of the table that applies; a refusal becomes its page (403, 404 or 409)."""
        assert self.workflow is not None  # noqa: S101  for the type checker; move() has asked
        move = self.workflow.check(name, item.status, current.actor().role)
        if move.automatic or self.verbs is None or name not in self.verbs or name == "edit":
            raise NotAllowed("Only the system does this.")
        return move

    def ask(self, move: Move, item: Any) -> FlaskForm:
        """The form with one field for each argument of the move."""
        return form_for(move, self.choices(move, item))()

    def wants_more(self, move: Move) -> bool:
        """A button on the page that only asks for more room."""
        return False

    def act(self, move: Move, pk: int, form: FlaskForm, item: Any) -> str | None:
        """Make the move with what was said; the address where it waits when it cannot be made yet."""
        run_move(self, pk, move.name, said(move, form, item))
        return None

    def asked(self, move: Move, item: Any, refusal: BusinessError | None) -> dict[str, Any]:
        """What a page of its own shows besides."""
        return {}

    def choices(self, move: Move, item: Any) -> dict[str, list[tuple[int, str]]]:
        """Pick lists for arguments of kind officer."""
        return {}

    def done(self, move: Move) -> str:
        """What is said after a move: its event."""
        event = move.event[:1].upper() + move.event[1:]
        return str(gettext("Done: %(what)s.", what=gettext(event)))

    def after(self, move: Move, pk: int) -> str:
        """Where one goes after a move: back to the row, or to the list when it is gone."""
        return url_for(f"{self.endpoint}.list") if move.to is None else url_for(f"{self.endpoint}.show", pk=pk)


def form_for(move: Move, choices: dict[str, list[tuple[int, str]]]) -> type[FlaskForm]:
    """A form with one field for each argument of the move."""
    fields = {arg.name: _field(arg, choices.get(arg.name, [])) for arg in move.args}
    return type(f"{move.name.title()}Form", (FlaskForm,), fields)


def _field(arg: Arg, choices: list[tuple[int, str]]) -> Any:
    need = DataRequired(message="Fill this in.") if arg.required else Optional()
    if arg.kind == "tick":
        return BooleanField(arg.label, validators=[DataRequired(message="Tick this to go on.")])
    if arg.kind == "date":
        return DateField(arg.label, validators=[need], description=arg.help)
    if arg.kind in ("officer", "office"):
        listed = [SelectChoice(str(value), label) for value, label in choices]
        return SelectField(arg.label, coerce=int, choices=listed, validators=[need], description=arg.help)
    limits = Length(min=arg.min_length if arg.required else 0, max=max(arg.max_length, 1000))
    help_text = arg.help or ("One question in each line." if arg.kind == "query_items" else "")
    if arg.kind == "answers":
        help_text = "One answer in each line, in the order of the questions; or one reply for all above."
    return TextAreaField(arg.label, validators=[need, limits], description=help_text)


def said(move: Move, form: FlaskForm, item: Any) -> dict[str, Any]:
    """The form's words in the shape the API takes."""
    given: dict[str, Any] = {}
    for arg in move.args:
        value = form[arg.name].data
        lines = [line.strip() for line in str(value or "").splitlines() if line.strip()]
        if arg.kind == "query_items":
            given[arg.name] = [{"text": line} for line in lines]
        elif arg.kind == "answers":  # a box for each question, or one box with a line for each
            boxes = [text.strip() for text in request.form.getlist(arg.name)]
            given[arg.name] = (boxes if len(boxes) > 1 else lines) or None
        else:
            given[arg.name] = value or None
    return given
