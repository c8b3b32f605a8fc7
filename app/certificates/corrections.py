"""What a certificate in lieu corrects: the words that are printed, compared with those of the one it replaces."""

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any

from app.core.canonical import canonical_json

Words = Mapping[str, Any]  # the snapshot of a certificate, or the same words before there is one
Change = dict[str, str]
MOST_PRINTED, LONGEST_PRINTED = 24, 160

PLACES: tuple[tuple[str, str, str], ...] = (
    ("exporter", "name", "Box 1, exporter's name"),
    ("exporter", "address", "Box 1, address"),
    ("exporter", "iec", "Box 1, IEC"),
    ("exporter", "gstin", "Box 1, GSTIN"),
    ("consignee", "name", "Box 2, consignee's name"),
    ("consignee", "address", "Box 2, address"),
    ("consignee", "country", "Box 2, country"),
    ("transport", "mode", "Box 3, means of transport"),
    ("transport", "vessel", "Box 3, vessel or flight"),
    ("transport", "voyage", "Box 3, voyage"),
    ("transport", "departure", "Box 3, departure"),
    ("transport", "port_of_loading", "Box 3, port of loading"),
    ("transport", "port_of_discharge", "Box 3, port of discharge"),
    ("transport", "final_destination", "Box 3, final destination"),
    ("transport", "document", "Box 3, transport document"),
    ("declaration", "destination", "Box 12, country of destination"),
)
IN_LINE = {
    "marks": "marks", "packages": "packages", "description": "description", "hs_code": "ITC(HS) code", "origin": "origin",
    "gross_weight": "gross weight", "quantity": "quantity", "invoice": "invoice",
}  # fmt: skip


def corrections(old: Words, new: Words) -> list[Change]:
    """Every printed difference as {field, old, new}; who signs, when and under which number is no correction."""
    found = [
        {"field": called, "old": str(old[part][name]), "new": str(new[part][name])}
        for part, name, called in PLACES
        if old[part][name] != new[part][name]
    ]
    proofs = ["\n".join(words.get("evidence", ())) for words in (old, new)]
    if proofs[0] != proofs[1]:
        found.append({"field": "Box 4, proof of origin", "old": proofs[0], "new": proofs[1]})
    return [*found, *_goods(old["goods"], new["goods"])]


def _goods(old: list[Words], new: list[Words]) -> Iterator[Change]:
    """Lines are compared with their like, so that one left out does not make all that follow look corrected."""
    was, now = ([canonical_json({name: line[name] for name in IN_LINE}) for line in lines] for lines in (old, new))
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        pairs = min(i2 - i1, j2 - j1)
        for before, after in zip(old[i1 : i1 + pairs], new[j1 : j1 + pairs], strict=True):
            for name, called in IN_LINE.items():
                if before[name] != after[name]:
                    where = f"Goods line {after['line_no']}, {called}"
                    yield {"field": where, "old": str(before[name]), "new": str(after[name])}
        for line in old[i1 + pairs : i2]:
            yield {"field": f"Former goods line {line['line_no']}", "old": _line(line), "new": ""}
        for line in new[j1 + pairs : j2]:
            yield {"field": f"Goods line {line['line_no']}", "old": "", "new": _line(line)}


def _line(line: Words) -> str:
    return f"{line['description']}, {line['packages']}, {line['quantity']}"


def printed(changes: list[Change], back_to_back: bool) -> tuple[str, ...]:
    """The corrections as box 4 names them: what each was; what it is now stands in its own box.

    A back-to-back certificate nowhere names India as the origin, not even as what was wrong.
    """
    lines = [_printed(change, back_to_back) for change in changes[:MOST_PRINTED]]
    if more := len(changes) - MOST_PRINTED:
        lines += [f"and {more} further corrections, kept with the certificate"] if more > 0 else []
    return tuple(lines)


def _printed(change: Change, back_to_back: bool) -> str:
    was = " ".join(change["old"].split())
    was = was if len(was) <= LONGEST_PRINTED else was[: LONGEST_PRINTED - 1] + "…"
    if change["field"].startswith("Former"):
        return f"{change['field']} left out: {was}" if not back_to_back else f"{change['field']} left out"
    if not was:
        return f"{change['field']} added"
    if back_to_back and change["field"].endswith(", origin"):
        return f"{change['field']} corrected"
    return f"{change['field']} was: {was}"
