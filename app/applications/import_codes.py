"""Bring in a list of codes from a CSV file: every fault told by its row, nothing taken until there is none, and once only."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from app.audit.service import record
from app.core import clock
from app.core.actor import Actor
from app.core.canonical import sha256_hex
from app.core.errors import BusinessError, Fault, InvalidInput
from app.core.identifiers import parse_indian_port, parse_itc_hs, parse_locode
from app.infra.charset import unprintable
from app.infra.codelists import CodeEntry, CodeList

MOST_FAULTS = 50
MOST_ROWS = 200_000  # UN/LOCODE has some 116,000
PORT_KINDS = ("sea", "rail", "air", "post", "icd", "land")
AT_ONCE = 2_000


def _locode(text: str) -> str:
    return parse_locode(text.replace(" ", ""))


def _tariff_line(text: str) -> str:
    return parse_itc_hs(text.replace(".", "").replace(" ", ""))


def _package(text: str) -> str:
    return _matches(text, "[A-Z0-9]{2}", "A package code of UN Rec 21 has two letters or digits, such as CT.")


def _unit(text: str) -> str:
    return _matches(text, "[A-Z]{3}", "A unit code has three letters, such as KGS.")


def _matches(text: str, pattern: str, sentence: str) -> str:
    value = text.strip().upper()
    if not re.fullmatch(pattern, value, re.ASCII):
        raise BusinessError(sentence)
    return value


@dataclass(frozen=True, slots=True)
class Kind:
    """A list that may be brought in: how its code is read, and what the third column is called, if there is one."""

    parse: Callable[[str], str]
    title: str
    third: str = ""
    among: tuple[str, ...] = ()


KINDS: Mapping[str, Kind] = {
    "port_in": Kind(parse_indian_port, "Indian customs locations", "kind", PORT_KINDS),
    "locode": Kind(_locode, "UN/LOCODE"),
    "hs": Kind(_tariff_line, "ITC(HS) tariff lines"),
    "package": Kind(_package, "packages of UN Rec 21", "plural"),
    "unit": Kind(_unit, "units of quantity"),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What bringing in a list did, or would do."""

    new: int
    changed: int
    gone: int
    same: int


Rows = dict[str, tuple[str, str]]  # code -> (name, third column)


def read(name: str, content: bytes) -> Rows:
    """The rows of a file with the headings code and name (and `kind` for ports, `plural` for packages); InvalidInput else."""
    kind = KINDS.get(name)
    if kind is None:
        raise BusinessError(f"There is no list {name}. Choose one of {', '.join(KINDS)}.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BusinessError("The file is not in UTF-8. Save it as «CSV UTF-8».") from error
    table = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    missing = [each for each in ("code", "name") if each not in (table.fieldnames or [])]
    if missing:
        raise BusinessError(f"The first row must name the columns; {' and '.join(missing)} is missing.")
    return _rows(kind, table)


def _rows(kind: Kind, table: "csv.DictReader[str]") -> Rows:
    rows: Rows = {}
    faults: list[Fault] = []
    lines = _lines(table, faults)
    while len(faults) < MOST_FAULTS and (line := next(lines, None)) is not None:
        try:
            code, entry = _row(kind, line)
            if code in rows:
                raise BusinessError(f"{code} stands in the file twice. Leave one out.")
            rows[code] = entry
        except BusinessError as refusal:
            faults.append(Fault(f"row {table.line_num}", refusal.sentence))
    if faults:
        raise InvalidInput(faults)
    if not rows:
        raise BusinessError("The file has headings and no rows below them.")
    return rows


def _lines(table: "csv.DictReader[str]", faults: list[Fault]) -> Iterator[Mapping[str, str | None]]:
    """The file line by line, up to the longest any list is; what is not CSV is a fault like the others."""
    try:
        for number, line in enumerate(table):
            if number >= MOST_ROWS:
                raise BusinessError(f"The file has more than {MOST_ROWS:,} rows; no list is that long.")
            yield line
    except csv.Error as error:
        faults.append(Fault(f"row {table.line_num}", f"This is not CSV: {error}."))


def _row(kind: Kind, line: Mapping[str, str | None]) -> tuple[str, tuple[str, str]]:
    code = kind.parse(line.get("code") or "")
    name = " ".join((line.get("name") or "").split())
    third = " ".join((line.get(kind.third) or "").split()) if kind.third else ""
    if not name or len(name) > 255 or len(third) > 120:
        raise BusinessError(f"{code}: give a name of at most 255 characters.")
    if kind.among and third and third not in kind.among:
        raise BusinessError(f"{code}: the kind is one of {', '.join(kind.among)}.")
    if problem := unprintable(name + third, lines=False):
        raise BusinessError(f"{code}: the name contains {problem}.")
    return code, (name, third)


def take(session: Session, actor: Actor, name: str, content: bytes, *, complete: bool = False) -> Outcome:
    """Bring the list in. With `complete` it is the whole list: what is not in the file goes, and unknown codes are refused.

    The same file again changes nothing and leaves no event.
    """
    rows = read(name, content)
    head = _head(session, name)
    held = {row.code: row for row in session.scalars(select(CodeEntry).where(CodeEntry.list_name == name))}
    new = [code for code in rows if code not in held]
    changed = [code for code in rows if code in held and (held[code].name, held[code].detail) != rows[code]]
    gone = [code for code in held if code not in rows] if complete else []
    outcome = Outcome(len(new), len(changed), len(gone), len(rows) - len(new) - len(changed))
    if not (new or changed or gone or complete != head.complete):
        return outcome
    _write(session, name, rows, held, (new, changed, gone))
    head.complete, head.entries, head.brought_at = complete, len(held) + len(new) - len(gone), clock.now()
    head.sha256 = sha256_hex(repr((sorted(rows.items()), complete, head.brought_at)).encode())
    session.flush()
    record(session, actor, "code list brought in", head, list=name, complete=complete, sha256=sha256_hex(content),
           new=len(new), changed=len(changed), gone=len(gone))  # fmt: skip
    return outcome


def _head(session: Session, name: str) -> CodeList:
    head = session.scalar(select(CodeList).where(CodeList.name == name).with_for_update())
    if head is None:
        head = CodeList(name=name, complete=False, entries=0, sha256="")
        session.add(head)
        session.flush()
    return head


def _write(session: Session, name: str, rows: Rows, held: Mapping[str, CodeEntry],
           what: tuple[list[str], list[str], list[str]]) -> None:  # fmt: skip
    new, changed, gone = what
    entries = [_entry(name, code, *rows[code]) for code in new]
    for start in range(0, len(entries), AT_ONCE):
        session.execute(insert(CodeEntry), entries[start : start + AT_ONCE])
    for code in changed:
        session.execute(update(CodeEntry).where(CodeEntry.id == held[code].id).values(**_entry(name, code, *rows[code])))
    for start in range(0, len(gone), AT_ONCE):
        here = [held[code].id for code in gone[start : start + AT_ONCE]]
        session.execute(delete(CodeEntry).where(CodeEntry.id.in_(here)), execution_options={"synchronize_session": False})


def _entry(list_name: str, code: str, name: str, detail: str) -> dict[str, str]:
    found_by = f"{code} {name}".casefold()[:400]
    return {"list_name": list_name, "code": code, "name": name, "detail": detail, "found_by": found_by}
