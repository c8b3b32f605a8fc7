"""What changed from one round of a query to the next: field by field, old and new, for the officer who asked."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any

from app.applications.marks import changed
from app.applications.models import Application
from app.applications.payload import filing
from app.core.canonical import canonical_json

LONGEST = 400  # signs of a value as it is kept here; the filing itself has the whole
ROWS = ("items", "invoices", "b2b_evidence")
Change = dict[str, str]


def state(application: Application) -> dict[str, Any]:
    """What the officer has before him when he asks: the filing, and the papers that count."""
    papers = [
        {"id": row.id, "kind": row.kind, "filename": row.filename, "sha256": row.sha256}
        for row in application.attachments
        if row.replaced_by_id is None
    ]
    return {"filing": filing(application), "papers": papers}


def differences(before: dict[str, Any] | None, after: dict[str, Any]) -> list[Change]:
    """Every change as {path, old, new}; nothing is known of a query that was raised before this was kept."""
    if before is None:
        return []
    old, new = before["filing"], after["filing"]
    found = [_told(path, old, new) for path in changed(_without_rows(old), _without_rows(new))]
    for name in ROWS:
        found += _rows(name, old[name], new[name])
    return [*found, *_papers(before["papers"], after["papers"])]


def _without_rows(whole: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in whole.items() if name not in ROWS}


def _told(path: str, old: Any, new: Any) -> Change:
    return {"path": path, "old": words(_at(old, path)), "new": words(_at(new, path))}


def _at(whole: Any, path: str) -> Any:
    """The value at a path; None where there is none."""
    for step in path.replace("]", "").replace("[", ".").split("."):
        try:
            whole = whole[int(step)] if isinstance(whole, list) else whole.get(step)
        except (IndexError, AttributeError, ValueError):
            return None
    return whole


def words(value: Any) -> str:
    """A value as one text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(words(part) for part in value)[:LONGEST]
    if isinstance(value, dict):
        return ", ".join(f"{name} {words(part)}" for name, part in value.items())[:LONGEST]
    return str(value)[:LONGEST]


def _rows(name: str, old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Iterator[Change]:
    """Rows are compared with their like: one that was taken out does not make all that follow look changed."""
    mine, theirs = ([canonical_json(row) for row in rows] for rows in (old, new))
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        pairs = min(i2 - i1, j2 - j1)
        for offset in range(pairs):
            before, after = old[i1 + offset], new[j1 + offset]
            for path in changed(before, after):
                yield {"path": f"{name}[{j1 + offset}].{path}", "old": words(before.get(path)), "new": words(after.get(path))}
        yield from ({"path": f"{name}[{i}]", "old": _row(old[i]), "new": ""} for i in range(i1 + pairs, i2))
        yield from ({"path": f"{name}[{j}]", "old": "", "new": _row(new[j])} for j in range(j1 + pairs, j2))


def _row(row: dict[str, Any]) -> str:
    return ", ".join(words(value) for value in row.values() if value)[:LONGEST]


def _papers(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Iterator[Change]:
    """Papers by their kind: what went and what came."""
    gone = [row for row in old if row["id"] not in {paper["id"] for paper in new}]
    come = [row for row in new if row["id"] not in {paper["id"] for paper in old}]
    for kind in dict.fromkeys(row["kind"] for row in [*gone, *come]):
        sides = [", ".join(row["filename"] for row in rows if row["kind"] == kind) for rows in (gone, come)]
        yield {"path": f"attachments.{kind}", "old": sides[0], "new": sides[1]}
