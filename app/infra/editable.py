"""The generated forms for adding and changing rows: nothing typed is lost, nobody overwrites a colleague unseen.

Flask-AppBuilder's own save flashes whatever the database says, goes to the list, and lets the last of two writers win.
"""

from typing import Any

from flask import abort, flash, g, redirect, request
from flask_babel import lazy_gettext as _
from sqlalchemy.exc import IntegrityError

from app.core.errors import BusinessError, WrongState
from app.infra.db import db, transaction
from app.infra.screens import READ, Screen, flash_refusal, is_id

CLASH = _("Another row has the same code or name, or a value is out of range. Choose another.")
MEANWHILE = "Somebody else changed this in the meantime. What you typed is still here: compare it with the row, then save again."


class EditableScreen(Screen):
    """A screen whose rows are also added and changed in generated forms; columns are named one by one."""

    base_permissions = [*READ, "can_add", "can_edit"]
    exclude_route_methods = {"delete", "download", "action", "action_post"}

    def prefill_new(self, form: Any) -> None:
        """What an empty form for a new row begins with; a capability says."""

    def written(self, item: Any, *, new: bool) -> None:
        """What else happens with an added or changed row, in the same transaction; a capability writes its event here."""

    def _add(self) -> Any:
        form = self.add_form.refresh()
        if request.method == "POST" and form.validate() and self._saved(form, self.datamodel.obj(), new=True):
            flash(self.add_row_message, "success")
            return None
        if request.method == "GET":
            self.prefill_new(form)
        return self._get_add_widget(form=form)

    def _edit(self, pk: Any) -> Any:
        item = self.datamodel.get(pk, self._base_filters) if is_id(str(pk)) else None
        if item is None:
            abort(404)
        g.seen_version = item.version
        if request.method == "POST":
            form = self.edit_form.refresh(request.form)
            form._id = item.id  # what FAB's unique validator leaves out
            if form.validate() and self._saved(form, item, new=False):
                flash(self.edit_row_message, "success")
                return None
        else:
            form = self.edit_form.refresh(obj=item)
        return self._get_edit_widget(form=form)

    def _saved(self, form: Any, item: Any, *, new: bool) -> bool:
        """Whether the row was kept; if not, the reason is told and nothing of it stays."""
        try:
            with transaction(db.session):
                if not new and request.form.get("seen_version", str(item.version)) != str(item.version):
                    raise WrongState(MEANWHILE)
                self.process_form(form, new)
                form.populate_obj(item)
                (self.pre_add if new else self.pre_update)(item)
                db.session.add(item)
                db.session.flush()
                self.written(item, new=new)
        except BusinessError as refusal:
            flash_refusal(refusal)
        except IntegrityError:
            flash(str(CLASH), "danger")
        else:
            return True
        return False

    def post_add_redirect(self) -> Any:
        return redirect(self.get_redirect())

    def post_edit_redirect(self) -> Any:
        return redirect(self.get_redirect())
