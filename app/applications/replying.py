"""The exporter's page: each question with the marked fields or paper and a box for the answer, sent in one go."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage, MultiDict
from wtforms import Field, Form

from app.applications import form_filing, marks, payload, service
from app.applications.form_filing import _shown
from app.applications.forms import FilingForm
from app.applications.models import Application, Attachment
from app.applications.moves import open_query
from app.applications.places import PARTS, fields_of, question_about
from app.core.actor import Actor
from app.core.errors import BusinessError, Fault, InvalidInput
from app.infra.uploads import Upload, paper, safe_name

# What is easier to put right on the whole form, because other parts of it have to follow.
ON_THE_FORM = frozenset({"kind", "branch_id", "minimal_operations", "imported_inputs_used"})
FURTHER_KINDS = ("FOREIGN_COO", "BILL_OF_ENTRY", "BL_AWB", "TRANSLATION", "AUTH_LETTER", "OTHER", "INVOICE", "PACKING_LIST")
Files = MultiDict[str, FileStorage]


@dataclass
class Asked:
    """One question, and what is on the page for it."""

    number: int
    text: str
    about: str
    path: str
    answer: str = ""
    fields: dict[str, Field] = field(default_factory=dict)  # by their paths in the filing
    paper: Attachment | None = None
    kinds: bool = False  # a further paper, whose kind must be said
    on_the_form: bool = False
    error: str = ""

    @property
    def file(self) -> str:
        """The name of the field for its paper."""
        return f"q{self.number}-file"


def asked(application: Application, said: MultiDict[str, str] | None, before: Sequence[str] = ()) -> list[Asked]:
    """The open questions with their fields, filled with what was typed, else with what is stored; `before`: earlier answers."""
    filing, seen, made = payload.filing(application), set[str](), []
    answers = said.getlist("answers") if said else before
    for number, item in enumerate(open_query(application).items):
        path = item.get("field_path") or ""
        one = Asked(number, item["text"], question_about(item, application), path)
        one.answer = answers[number] if number < len(answers) else ""
        one.kinds = path == marks.PAPERS
        if item.get("attachment_id"):
            one.paper = _now(application, item["attachment_id"])
        elif path and not one.kinds:
            fields = _fields(path, filing, number, said)
            one.on_the_form = not fields
            one.fields = {place: each for place, each in fields.items() if place not in seen}
            seen |= set(fields)
        made.append(one)
    return made


def _now(application: Application, pk: int) -> Attachment | None:
    """The paper that counts now: the marked one, or what has taken its place already."""
    by_id = {row.id: row for row in application.attachments}
    row = by_id.get(pk)
    while row is not None and row.replaced_by_id:
        row = by_id.get(row.replaced_by_id)
    return row


def _fields(path: str, filing: dict[str, Any], number: int, said: MultiDict[str, str] | None) -> dict[str, Field]:
    """The fields a mark frees, by their paths; none where they belong on the whole form."""
    root, index, inner = marks.split(path) or ("", None, "")
    if root in ON_THE_FORM or (root in PARTS and root != "consignee" and index is None):
        return {}
    if root in PARTS:
        part, at = PARTS[root], root if index is None else f"{root}[{index}]"
        values = filing[root] if index is None else filing[root][index]
        names = [inner] if inner else fields_of(part)
    else:
        names = [root, *(name for name in marks.ALONG.get(root, ()) if name not in PARTS)]
        part, at, values = type("Marked", (Form,), {name: getattr(FilingForm, name) for name in names}), "", filing
    form = part(said, prefix=f"q{number}-", data=_shown({name: values[name] for name in names}))
    return {f"{at}.{name}" if at else name: form[name] for name in names}


def filled(application: Application, questions: Iterable[Asked]) -> dict[str, Any]:
    """The stored filing with the marked fields as they were typed."""
    filing = payload.filing(application)
    for one in questions:
        for path, typed in one.fields.items():
            root, index, inner = marks.split(path) or ("", None, "")
            within = filing if not inner else filing[root] if index is None else filing[root][index]
            value = form_filing.typed(typed)
            if value is None:
                within.pop(inner or root, None)
            else:
                within[inner or root] = value.replace("\r\n", "\n") if isinstance(value, str) else value
    return filing


def looked_at(questions: list[Asked], files: Files) -> dict[int, Upload]:
    """Each paper that was chosen, by its question; looking takes some seconds, so it is done before the transaction."""
    taken, wrong = {}, []
    for one in questions:
        sent = files.get(one.file)
        if sent is None or not sent.filename:
            continue
        try:
            taken[one.number] = paper(sent.filename, sent.stream.read())
        except BusinessError as refusal:
            wrong.append(Fault(one.file, f"{safe_name(sent.filename)} was not taken. {refusal.sentence}"))
    if wrong:
        raise InvalidInput(wrong)
    return taken


def put_right(session: Session, application: Application, actor: Actor, said: MultiDict[str, str],
              papers: dict[int, Upload], version: int | None) -> None:  # fmt: skip
    """Save what was changed through the same verbs as the form: fields first, then papers."""
    questions = asked(application, said)
    filing = filled(application, questions)
    if filing != payload.filing(application):
        service.edit(session, application, actor, filing=filing, version=version)
    for one in questions:
        if one.number not in papers:
            continue
        replaces = one.paper.id if one.paper is not None else None
        kind = one.paper.kind if one.paper is not None else said.get(f"q{one.number}-kind", "OTHER")
        if kind not in FURTHER_KINDS:
            raise InvalidInput([Fault(one.file, "Say what kind of paper this is. Choose one from the list.")])
        service.attach(session, application, actor, kind=kind, paper=papers[one.number], replaces=replaces)


def place(questions: list[Asked], refusal: BusinessError | None) -> None:
    """Put each fault of a refusal beside its field or into its question."""
    for fault in refusal.faults if isinstance(refusal, InvalidInput) else ():
        for one in questions:
            if fault.field in one.fields:
                one.fields[fault.field].errors = [*one.fields[fault.field].errors, fault.message]
            elif fault.field == one.file:
                one.error = fault.message
