"""How the fields and papers of an application are called on the screens, and the list from which an officer picks one."""

from typing import Any

from flask_babel import gettext
from wtforms import Form

from app.applications.filing import FilingSchema
from app.applications.forms import ConsigneePart, EvidencePart, FilingForm, InvoicePart
from app.applications.line_form import ItemPart
from app.applications.marks import FIXED, PAPERS, split
from app.applications.models import Application
from app.applications.payload import filing
from app.infra.search import word

PARTS: dict[str, type[Form]] = {
    "consignee": ConsigneePart,
    "invoices": InvoicePart,
    "items": ItemPart,
    "b2b_evidence": EvidencePart,
}
ROWS = ("invoices", "items", "b2b_evidence")
LINE = "[#]"  # stands for the number of a line, which is given beside the list
PAPER = "paper:"
Choice = tuple[str, str]


def fields_of(part: type[Form]) -> list[str]:
    """The names of a part's fields, in their order on the page."""
    return [name for name, _field in sorted(_unbound(part), key=lambda pair: pair[1].creation_counter)]


def _unbound(part: type[Form]) -> list[tuple[str, Any]]:
    return [(name, getattr(part, name)) for name in dir(part) if hasattr(getattr(part, name), "creation_counter")]


def _label(part: type[Form], name: str) -> str:
    """The label of a field, which stands first among its arguments, or second after the part it repeats."""
    field = getattr(part, name, None)
    if field is None:
        return name.replace("_", " ")
    words = [each for each in field.args if not isinstance(each, type) and not hasattr(each, "creation_counter")]
    return str(words[0] if words else field.kwargs.get("label", name))


def name_of(path: str) -> str:
    """items[2].itc_hs → «Goods line 3: ITC(HS), 8 digits»; nothing for no path."""
    if path.startswith(f"{PAPERS}."):
        return f"{gettext('Papers')}: {word(path.partition('.')[2])}"
    parts = split(path)
    if parts is None:
        return path
    root, index, inner = parts
    words = gettext("A further paper") if root == PAPERS else _label(FilingForm, "office" if root == "agency" else root)
    if index is not None:
        lines = {"items": gettext("Goods line"), "invoices": gettext("Invoice"), "b2b_evidence": gettext("Proof of origin")}
        words = f"{lines.get(root, words)} {index + 1}"
    if inner and root == "minimal_operations":
        return _label(FilingForm, inner)
    return f"{words}: {_label(PARTS[root], inner)}" if inner and root in PARTS else words


def pick_list(application: Application) -> list[tuple[str, list[Choice]]]:
    """Everything a question may be about, in groups: (group, [(value, label)])."""
    whole = filing(application)
    plain = [name for name in FilingSchema().fields if name in whole and name not in FIXED and name not in PARTS]
    foreign = bool(whole["b2b_purpose"] or whole["b2b_evidence"])
    hidden = set() if foreign else {"b2b_purpose", "b2b_no_coo_reason"}
    groups = [(gettext("Papers"), _papers(application)), (_label(FilingForm, "items"), _rows("items"))]
    groups.append((_label(FilingForm, "consignee"), _within("consignee", "consignee")))
    groups.append((_label(FilingForm, "invoices"), _rows("invoices")))
    if foreign:
        groups.append((_label(FilingForm, "b2b_evidence"), _rows("b2b_evidence")))
    return [*groups, (gettext("Everything else"), [(name, name_of(name)) for name in plain if name not in hidden])]


def _rows(root: str) -> list[Choice]:
    one = name_of(f"{root}[0]").rsplit(" ", 1)[0]
    inner = [(value, f"{one}: {label}") for value, label in _within(f"{root}{LINE}", root)[1:]]
    return [(root + LINE, gettext("%(line)s, the whole of it", line=one)), *inner, (root, gettext("All of them"))]


def _within(at: str, root: str) -> list[Choice]:
    inner = [(f"{at}.{name}", _label(PARTS[root], name)) for name in fields_of(PARTS[root])]
    return [(at, gettext("All of it")), *inner]


def _papers(application: Application) -> list[Choice]:
    held = [row for row in application.attachments if row.replaced_by_id is None]
    return [(f"{PAPER}{row.id}", f"{word(row.kind)}: {row.filename}") for row in held] + [(PAPERS, name_of(PAPERS))]


def question_about(item: dict[str, Any], application: Application) -> str:
    """What a question points at, in words; nothing when it points at nothing."""
    if item.get("attachment_id"):
        held = [row for row in application.attachments if row.id == item["attachment_id"]]
        return f"{word(held[0].kind)}: {held[0].filename}" if held else gettext("A paper")
    return name_of(item["field_path"]) if item.get("field_path") else ""
