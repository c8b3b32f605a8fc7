"""What the sheet of goods lines asks for while one works in it: a paste or a file read, the lines as a table."""

from typing import Any

from flask import Response, jsonify, render_template, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name

from app.applications.form_rows import sent_file
from app.applications.forms import FilingForm
from app.applications.goods_columns import BY_NAME, COLUMNS, MOST, NAMES
from app.applications.goods_field import GoodsField
from app.applications.goods_table import as_csv, looked_at, pasted
from app.core.errors import BusinessError
from app.infra.db import db
from app.infra.sentences import translated


class GoodsView(BaseView):
    """The doors of the sheet; each answers with what it was given, read, and the page does the rest."""

    route_base = "/filing/goods"
    default_view = "read"

    @expose("/read", methods=["POST"])
    @has_access
    @permission_name("open")
    def read(self) -> Any:
        """Cells that were pasted: where each belongs, what is not understood, what found no place."""
        row, first = _number("row"), request.form.get("column", "")
        db.session.rollback()  # nobody waits for a connection while a table is read
        try:
            taken = pasted(request.form.get("text", ""), first if first in BY_NAME else NAMES[0], max(MOST - row, 0))
        except BusinessError as refusal:
            return jsonify(error=translated(refusal.sentence)), 422
        html = render_template("applications/goods_looked.html", taken=taken, row=row, columns=BY_NAME)
        faults = [[line, NAMES.index(name), translated(sentence)] for line, name, sentence in taken.faults]
        return jsonify(lines=taken.lines, faults=faults, html=html)

    @expose("/look", methods=["POST"])
    @has_access
    @permission_name("open")
    def look(self) -> Any:
        """A file: what it would put into the sheet, or everything that is wrong with it."""
        db.session.rollback()
        try:
            looked = looked_at(sent_file(), request.form.getlist("invoice")[:20])
        except BusinessError as refusal:
            return jsonify(error=translated(refusal.sentence)), 422
        return jsonify(html=render_template("applications/goods_looked.html", looked=looked, columns=COLUMNS))

    @expose("/lines.csv", methods=["POST"])
    @has_access
    @permission_name("open")
    def lines(self) -> Response:
        """The lines as they are on the page, saved or not, as a table that can be sent back."""
        goods: GoodsField = FilingForm()["items"]
        return _table("goods-lines", as_csv(goods.filled()))

    @expose("/template.csv", methods=["GET"])
    @has_access
    @permission_name("open")
    def template(self) -> Response:
        """The empty table."""
        return _table("goods-template", as_csv([]))


def _table(name: str, text: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(text, mimetype="text/csv; charset=utf-8", headers=headers)


def _number(name: str) -> int:
    said = request.form.get(name, "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 5 else 0
