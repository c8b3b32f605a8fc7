"""What an officer's open questions free for change: the fields, lines and papers they mark, and nothing else (5.1)."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from app.applications.checks import MINIMAL_OPERATIONS
from app.applications.models import Application, Attachment
from app.applications.rules import Status
from app.core import clock
from app.core.errors import Fault, InvalidInput

NOT_ASKED = "The officer did not ask about this"
PAPERS = "attachments"  # the place of a question that asks for a paper which is not there yet
FIXED = frozenset({"agency", "office", "certificate_type"})  # where it was filed and what for: nobody frees these
_PLACE = re.compile(r"(?P<root>\w+)(?:\[(?P<index>\d{1,3})\])?(?:\.(?P<inner>\w+))?", re.ASCII)
_ORIGIN = ("imported_inputs_used", "minimal_operations", "process_note")
# What has to follow when a field is put right, because the rules of filing ask for both together.
ALONG: dict[str, tuple[str, ...]] = {
    "kind": ("in_lieu_of", "in_lieu_reason", "b2b_purpose", "b2b_evidence", "b2b_no_coo_reason", "items"),
    "departure_date": ("retro_reason",),
    "transport_doc_no": ("transport_doc_date",),
    "shipping_bill_no": ("shipping_bill_date",),
    "b2b_evidence": ("b2b_no_coo_reason",),
    "imported_inputs_used": _ORIGIN,
    "minimal_operations": _ORIGIN,
    "items": _ORIGIN,
}
CALLED = {"items": "goods line", "invoices": "invoice", "b2b_evidence": "proof of origin", "container_nos": "container"}
CALLED_WITHIN = {"itc_hs": "ITC(HS) code", "uqc": "unit", "no": "number", "fob_value": "FOB value", "country": "country"}


def split(path: str) -> tuple[str, int | None, str] | None:
    """items[2].itc_hs → («items», 2, «itc_hs»); None for what is no path."""
    found = _PLACE.fullmatch(path)
    if found is None:
        return None
    return found["root"], int(found["index"]) if found["index"] else None, found["inner"] or ""


def is_place(path: str, filing: dict[str, Any]) -> bool:
    """Whether the path leads to something in this filing that a question may free."""
    parts = split(path)
    if parts is None or parts[0] in FIXED:
        return False
    root, index, inner = parts
    if root == PAPERS:
        return path == PAPERS
    here: Any = {code: "" for code in MINIMAL_OPERATIONS} if root == "minimal_operations" else filing.get(root, filing)
    if here is filing:
        return False
    if index is not None:
        if not isinstance(here, list) or index >= len(here):
            return False
        here = here[index]
    return not inner or (isinstance(here, dict) and inner in here)


def called(path: str) -> str:
    """The path in plain words: items[2].itc_hs is «goods line 3, ITC(HS) code»."""
    parts = split(path)
    if parts is None:
        return path
    root, index, inner = parts
    name = CALLED.get(root, root) if index is not None else root
    words = name.replace("_", " ") + (f" {index + 1}" if index is not None else "")
    return f"{words}, {CALLED_WITHIN.get(inner, inner.replace('_', ' '))}" if inner else words


def changed(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """The paths at which two filings differ; a list that has become longer or shorter is one path."""
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys([*old, *new]):
            yield from changed(old.get(name), new.get(name), f"{path}.{name}" if path else name)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, pair in enumerate(zip(old, new, strict=True)):
            yield from changed(*pair, f"{path}[{index}]")
    else:
        yield path


def open_questions(application: Application) -> list[dict[str, Any]]:
    """The questions that wait for an answer."""
    return [item for row in application.queries if row.status == "OPEN" for item in row.items]


def freed(application: Application, filing: dict[str, Any]) -> set[str]:
    """The paths that may be changed now: what the questions mark, and what has to follow from it.

    Time may have passed as well: once the goods have left, the reason for asking so late is free, for the rules demand it.
    """
    marked = {item["field_path"] for item in open_questions(application) if item.get("field_path")}
    for path in list(marked):
        root, _index, inner = split(path) or ("", None, "")
        if root != "items" or inner in ("", "origin_criterion"):
            marked.update(ALONG.get(root, ()))
        if root == "invoices" and inner in ("", "no"):
            marked.update(f"items[{index}].invoice" for index in range(len(filing["items"])))
    left = filing["departure_date"]
    if left and date.fromisoformat(left) < clock.india_today() and not _submitted(application, filing)["retro_reason"]:
        marked.add("retro_reason")
    return marked


def _submitted(application: Application, filing: dict[str, Any]) -> dict[str, Any]:
    """The filing that the officer had before him when he asked; of a query from before this was kept, as it is now."""
    asked_of = next((row.asked_of for row in application.queries if row.status == "OPEN"), None)
    return {**filing, **(asked_of["filing"] if asked_of else {})}


def is_free(path: str, marked: set[str]) -> bool:
    """The path itself, or something it is part of, is marked."""
    return any(path == mark or path.startswith((f"{mark}.", f"{mark}[")) for mark in marked)


def only_marked(application: Application, old: dict[str, Any], new: dict[str, Any]) -> None:
    """Refuse a change that no open question asks for, naming each field; nothing is said of what is free."""
    marked = freed(application, old)
    wrong = [path for path in changed(old, new) if not is_free(path, marked)]
    if not wrong:
        return
    asked = sorted("papers" if mark == PAPERS else called(mark) for mark in marked)
    cure = f"You may change: {'; '.join(asked[:8])}." if asked else "The questions only want an answer."
    raise InvalidInput([Fault(path, f"{NOT_ASKED} ({called(path)}): leave it as submitted. {cure}") for path in wrong])


def free_papers(application: Application) -> set[int]:
    """The papers that a question marks, and what has come in since the officer asked: in their place, or as a further one."""
    free = {item["attachment_id"] for item in open_questions(application) if item.get("attachment_id")}
    if _asks_for_more(application):
        free |= {row.id for row in application.attachments if row.id not in _seen(application)}
    for row in application.attachments:  # in the order of their numbers: a successor comes later
        if row.id in free and row.replaced_by_id:
            free.add(row.replaced_by_id)
    return free


def unasked(application: Application, kinds: set[str]) -> set[str]:
    """Those of these kinds of paper of which none may come in while the query is open."""
    free = free_papers(application)
    return set() if _asks_for_more(application) else kinds - {row.kind for row in application.attachments if row.id in free}


def _seen(application: Application) -> set[int]:
    """The papers that the officer had before him when he asked; of a query from before this was kept, all of them."""
    asked_of = next((row.asked_of for row in application.queries if row.status == "OPEN"), None)
    return {row["id"] for row in (asked_of["papers"] if asked_of else [])} or {row.id for row in application.attachments}


def _asks_for_more(application: Application) -> bool:
    """Does a question ask for a paper that is not there yet?"""
    return any(item.get("field_path") == PAPERS for item in open_questions(application))


def former(application: Application, kind: str, replaces: int | None, in_place: bool) -> list[Attachment]:
    """Which papers a new one takes the place of; refused where no question asks for it."""
    held = [row for row in application.attachments if row.replaced_by_id is None]
    if replaces is not None:
        chosen = [row for row in held if row.id == replaces and row.kind == kind]
        if not chosen:
            raise InvalidInput([Fault("replaces", f"There is no paper {replaces} of this kind that could be replaced.")])
    else:
        chosen = [row for row in held if in_place and row.kind == kind]
    if application.status != Status.QUERY_RAISED:
        return chosen
    free, more = free_papers(application), _asks_for_more(application)
    if replaces is None:
        chosen = [row for row in held if row.kind == kind and row.id in free and (in_place or not more)]
    if more and not chosen:
        return []  # beside what is there
    if not chosen or chosen[0].id not in free:
        raise InvalidInput([Fault("file", "The officer did not ask about this paper: only a paper that a question marks may "
                                  "be replaced, and none may be added.")])  # fmt: skip
    return chosen
