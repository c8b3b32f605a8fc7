"""Lists of codes that an operator brings in: customs locations, UN/LOCODE, tariff lines, packages and units.

What comes with the program is the base; what is brought in stands in a table and is laid over it. Short lists are laid into
the memory of each process, so that whoever reads `codes.PORTS` need not know; long ones are asked for in the database.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator, MutableMapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import Boolean, Integer, String, UniqueConstraint, or_, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core import clock, codes
from app.infra.codes import countries
from app.infra.db import UtcDateTime, db, reading

log = logging.getLogger(__name__)

KEEP_SECONDS = 30.0  # for so long a process believes what it has read
MOST_SHOWN = 20
_SEEN = "udgam_code_lists"


class CodeList(db.Model):
    """A list that was brought in: how many, whether it is the whole of it, and when."""

    __tablename__ = "code_list"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(12), unique=True)
    complete: Mapped[bool] = mapped_column(Boolean, default=False)
    entries: Mapped[int] = mapped_column(Integer, default=0)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    brought_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class CodeEntry(db.Model):
    """A code of a list that was brought in, and what it means."""

    __tablename__ = "code_entry"
    __table_args__ = (UniqueConstraint("list_name", "code", name="uq_code_entry"),)
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    list_name: Mapped[str] = mapped_column(String(12))
    code: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(255))
    detail: Mapped[str] = mapped_column(String(120), default="")  # the kind of a port, the plural of a package
    found_by: Mapped[str] = mapped_column(String(400))  # code and name in small letters, which is what is searched


@dataclass(frozen=True, slots=True)
class Found:
    """A code to choose, and what is shown beside it."""

    code: str
    name: str


Base = Callable[[], Iterable[tuple[str, str]]]
BASES: dict[str, Base] = {
    "country": lambda: countries().items(),
    "port_in": lambda: codes.PORTS.items(),
    "locode": lambda: codes.PORTS_ABROAD.items(),
    "hs": lambda: (),
    "package": lambda: ((code, names[1]) for code, names in codes.PACKAGES.items()),
    "unit": lambda: codes.UNITS.items(),
}  # fmt: skip


def search(session: Session, name: str, words: str, limit: int = MOST_SHOWN) -> list[Found]:
    """Codes of a list that the words may mean, the likeliest first: the code, how it begins, then the name."""
    asked = " ".join(words.casefold().split())[:60]
    found = {code: Found(code, label) for code, label in BASES[name]() if not asked or _fits(asked, code, label)}
    found |= {row.code: Found(row.code, row.name) for row in _stored(session, name, asked, limit)}
    return sorted(found.values(), key=lambda each: _rank(asked, each))[:limit]


def _fits(asked: str, code: str, label: str) -> bool:
    known = f"{code} {label}".casefold()
    return all(word in known for word in asked.split())


def _rank(asked: str, found: Found) -> tuple[int, str, str]:
    code, label = found.code.casefold(), found.name.casefold()
    for place, near in enumerate((code == asked, label == asked, code.startswith(asked), label.startswith(asked))):
        if near:
            return place, label, code
    return (4 if f" {asked}" in label else 5), label, code


def _stored(session: Session, name: str, asked: str, limit: int) -> list[CodeEntry]:
    """What the table has: codes and names that begin with the words first, so that the limit cuts the least likely."""
    if name not in LOADED:
        return []
    each = [CodeEntry.found_by.contains(word, autoescape=True) for word in asked.split()]
    begins = or_(
        CodeEntry.code.startswith(asked.upper(), autoescape=True), CodeEntry.found_by.contains(f" {asked}", autoescape=True)
    )
    query = select(CodeEntry).where(CodeEntry.list_name == name, *each).order_by(begins.desc(), CodeEntry.code).limit(limit * 3)
    return list(session.scalars(query))


def is_complete(session: Session, name: str) -> bool:
    """Was the whole of this list brought in, so that a code that is not in it does not exist?"""
    return bool(session.scalar(select(CodeList.complete).where(CodeList.name == name)))


def may_be(session: Session, name: str, asked: Collection[str]) -> Collection[str]:
    """Of these codes those that may exist: all of them, unless the whole list was brought in."""
    if not asked or not is_complete(session, name):
        return asked
    query = select(CodeEntry.code).where(CodeEntry.list_name == name, CodeEntry.code.in_(set(asked)))
    return set(session.scalars(query))


def knows(session: Session, name: str, code: str) -> bool:
    """Is the code in the table or in the base?"""
    query = select(CodeEntry.id).where(CodeEntry.list_name == name, CodeEntry.code == code)
    return any(code == each for each, _ in BASES[name]()) or session.scalar(query) is not None


# --- short lists, in the memory of each process ---------------------------------------------------------------------------


def _ports(rows: Iterable[CodeEntry]) -> None:
    _lay(codes.PORTS, {row.code: row.name for row in rows})
    _lay(codes.PORT_KINDS, {row.code: row.detail for row in rows if row.detail})


def _packages(rows: Iterable[CodeEntry]) -> None:
    _lay(codes.PACKAGES, {row.code: (row.name, row.detail or row.name) for row in rows})


def _units(rows: Iterable[CodeEntry]) -> None:
    _lay(codes.UNITS, {row.code: row.name for row in rows})


# Every list that may be brought in, and how it is laid into memory; None: it is asked for in the database.
LOADED: dict[str, Callable[[Iterable[CodeEntry]], None] | None] = {
    "port_in": _ports, "locode": None, "hs": None, "package": _packages, "unit": _units,
}  # fmt: skip
_FIRST: dict[int, dict[str, Any]] = {}


def _lay(known: MutableMapping[str, Any], over: dict[str, Any]) -> None:
    """The base as it came, with this over it; nothing of the base is lost, since a filed code must stay readable."""
    first = _FIRST.setdefault(id(known), dict(known))
    for code in set(known) - set(first) - set(over):
        del known[code]
    known.update(first | over)


def keep_up(session: Session) -> None:
    """Lay over what was brought in since the last look; asked before each request and job, looks twice a minute."""
    state: dict[str, Any] = current_app.extensions.setdefault(_SEEN, {"again": 0.0, "lists": {}})
    if time.monotonic() < state["again"]:
        return
    state["again"] = time.monotonic() + KEEP_SECONDS
    token = reading.set(True)  # a look, for which nobody has to wait
    try:
        refresh(session, state["lists"])
        session.rollback()
    except DBAPIError as error:  # the lists stay as they are; whoever needs the database says so in its own words
        session.rollback()
        log.warning("code lists were not looked at: the database does not answer (%s)", type(error).__name__)
    finally:
        reading.reset(token)


def refresh(session: Session, seen: dict[str, str] | None = None) -> None:
    """Lay over every short list whose content is not the one that was seen."""
    there = {row.name: row.sha256 for row in session.scalars(select(CodeList))}
    seen = {} if seen is None else seen
    for name, load in LOADED.items():
        if load is not None and there.get(name, "") != seen.get(name, ""):
            load(list(_entries(session, name)))
            seen[name] = there.get(name, "")


def _entries(session: Session, name: str) -> Iterator[CodeEntry]:
    yield from session.scalars(select(CodeEntry).where(CodeEntry.list_name == name))
