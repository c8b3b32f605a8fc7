"""What a person says when making a move, read strictly: the same arguments for the button's form and the API's JSON."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from app.core import text
from app.core.errors import BusinessError, Fault, InvalidInput
from app.core.workflow import Arg, Move
from app.infra import charset

QUESTION_FIELDS = {"field_path", "attachment_id", "reason", "text"}


def read_args(move: Move, given: Any) -> dict[str, Any]:
    """The verb's keyword arguments out of a JSON object; InvalidInput lists every fault by its path."""
    given = {} if given is None else given
    if not isinstance(given, Mapping):
        raise InvalidInput([Fault("", "The body must be a JSON object.")])
    faults = [Fault(str(name)[:80], "This field is not known here. Check its spelling.")
              for name in given if name not in {arg.name for arg in move.args}]  # fmt: skip
    values: dict[str, Any] = {}
    for arg in move.args:
        if given.get(arg.name) is None:
            if arg.required:
                faults.append(Fault(arg.name, f"{arg.label}: this is missing. Fill it in."))
            continue
        try:
            values[arg.name] = _READERS[arg.kind](arg, given[arg.name])
        except InvalidInput as refusal:
            faults.extend(refusal.faults)
        except BusinessError as refusal:
            faults.append(Fault(arg.name, refusal.sentence))
    if faults:
        raise InvalidInput(faults)
    return values


def _words(arg: Arg, value: Any) -> str:
    if not isinstance(value, str):
        raise BusinessError(f"{arg.label}: this must be text.")
    cleaned = text.clean(value, arg.max_length, multiline=arg.kind == "paragraph")
    if arg.required and len(cleaned) < max(1, arg.min_length):
        raise BusinessError(
            f"{arg.label}: write at least {max(1, arg.min_length)} characters, so that the other side can act on it."
        )
    if problem := charset.unprintable(cleaned, lines=True):
        raise BusinessError(f"{arg.label}: this contains {problem}. Write it in words.")
    return cleaned


def _tick(arg: Arg, value: Any) -> bool:
    """A tick is a statement: it may be left unsaid in the API (the call says it), but not denied."""
    if not isinstance(value, bool):
        raise BusinessError(f"{arg.label}: this must be true.")
    if not value:
        raise BusinessError(f"{arg.label}: without this it cannot be done.")
    return True


def _chosen(arg: Arg, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**31:
        raise BusinessError(f"{arg.label}: choose one from the list.")
    return value


def _date(arg: Arg, value: Any) -> date:
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError as error:
        raise BusinessError(f"{arg.label}: write the date as year-month-day, such as 2026-11-23.") from error


def _questions(arg: Arg, value: Any) -> list[dict[str, Any]]:
    """Questions to the exporter: each {text, and field_path or attachment_id where it points at something}."""
    if not isinstance(value, list) or not value:
        raise BusinessError(f"{arg.label}: write at least one question.")
    if len(value) > arg.max_length:
        raise BusinessError(f"{arg.label}: at most {arg.max_length} questions at a time.")
    return [_question(arg, f"{arg.name}[{index}]", item) for index, item in enumerate(value)]


def _question(arg: Arg, path: str, item: Any) -> dict[str, Any]:
    """One question; a reason of the list may stand for its text."""
    if not isinstance(item, Mapping) or set(item) - QUESTION_FIELDS:
        raise InvalidInput(
            [Fault(path, "A question is an object with text or reason, and field_path or attachment_id if it points at one.")]
        )
    reason, field, paper = item.get("reason") or "", item.get("field_path") or "", item.get("attachment_id")
    if reason and reason not in arg.options:
        raise InvalidInput([Fault(f"{path}.reason", f"The reason must be one of {', '.join(arg.options)}, or left out.")])
    try:
        asked = Arg(f"{path}.text", "Question", "paragraph", required=not reason, min_length=5)
        words = _words(asked, item.get("text") or "")
    except BusinessError as refusal:
        raise InvalidInput([Fault(f"{path}.text", refusal.sentence)]) from refusal
    if not isinstance(field, str) or len(field) > 80:
        raise InvalidInput([Fault(f"{path}.field_path", "The field's path is text of at most 80 characters.")])
    if paper is not None and (isinstance(paper, bool) or not isinstance(paper, int)):
        raise InvalidInput([Fault(f"{path}.attachment_id", "This must be the number of a paper.")])
    return {"field_path": field, "attachment_id": paper, "reason": reason, "text": words}


def _answers(arg: Arg, value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > 20:
        raise BusinessError(f"{arg.label}: this must be a list with one answer for each question.")
    single = Arg(arg.name, arg.label, "paragraph", max_length=2000)
    return [_words(single, answer) for answer in value]


def _as_given(_arg: Arg, value: Any) -> Any:
    return value


_READERS: dict[str, Callable[[Arg, Any], Any]] = {
    "text": _words,
    "paragraph": _words,
    "tick": _tick,
    "officer": _chosen,
    "office": _chosen,
    "date": _date,
    "query_items": _questions,
    "answers": _answers,
    "filing": _as_given,
}


def json_schema(arg: Arg) -> dict[str, Any]:
    """The argument in the words of OpenAPI."""
    text_schema = {"type": "string", "minLength": arg.min_length, "maxLength": arg.max_length}
    question = {"type": "object", "properties": {
        "text": {"type": "string", "maxLength": 1000}, "reason": {"type": "string", "enum": ["", *arg.options]},
        "field_path": {"type": "string", "maxLength": 80}, "attachment_id": {"type": "integer", "nullable": True}}}  # fmt: skip
    shapes: dict[str, dict[str, Any]] = {
        "text": text_schema, "paragraph": text_schema, "tick": {"type": "boolean"}, "officer": {"type": "integer"},
        "office": {"type": "integer"}, "date": {"type": "string", "format": "date"},
        "query_items": {"type": "array", "items": question}, "answers": {"type": "array", "items": {"type": "string"}},
        "filing": {"type": "object"},
    }  # fmt: skip
    return shapes[arg.kind] | {"description": arg.label}
