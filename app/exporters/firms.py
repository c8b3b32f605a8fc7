"""Firms as DGFT knows them: made and kept in step by the feed; nothing is ever deleted, and an IEC and its PAN stay."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor, Role
from app.core.errors import Fault, NotAllowed
from app.exporters.facts import FIRM_NEEDED, FirmFacts
from app.exporters.logins import put
from app.exporters.models import Branch, Exporter
from app.exporters.standing import AFRESH, chunks

OTHER_PAN = "The firm with this IEC has another PAN here. An IEC keeps its PAN; check both."


@dataclass(slots=True)
class Outcome:
    """What a batch of firms did; `new` are the IECs that were not known before."""

    faults: dict[str, Fault] = field(default_factory=dict)  # by IEC
    told: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    new: set[str] = field(default_factory=set)
    unchanged: int = 0


def take_all(session: Session, actor: Actor, facts: Mapping[str, FirmFacts]) -> Outcome:
    """Make and change firms, by IEC. A column that was not sent stays; a branch that was not sent stays too."""
    if actor.role is not Role.SYSTEM:
        raise NotAllowed("Only DGFT's own system brings firms in.")
    done, firms = Outcome(), _known(session, facts)
    for iec, each in sorted(facts.items()):
        firm = firms.get(iec)
        if fault := _why_not(each, firm):
            done.faults[iec] = fault
        else:
            _store(session, each, firm, done)
    session.flush()
    _note_seen(session, [iec for iec in facts if iec not in done.faults])
    return done


def _known(session: Session, facts: Mapping[str, FirmFacts]) -> dict[str, Exporter]:
    """The firms that are there, locked, with their branches read."""
    firms: dict[str, Exporter] = {}
    for part in chunks(facts):
        query = select(Exporter).where(Exporter.iec.in_(part)).order_by(Exporter.id).with_for_update()
        firms |= {row.iec: row for row in session.scalars(query, execution_options=AFRESH)}
    return firms


def _why_not(facts: FirmFacts, firm: Exporter | None) -> Fault | None:
    if firm is None:
        missing = [name for name in FIRM_NEEDED if not facts.values.get(name)]
        return Fault(missing[0].replace("firm_name", "name"), "A firm that is new here needs this.") if missing else None
    return Fault("pan", OTHER_PAN) if facts.values.get("pan", firm.pan) != firm.pan else None


def _store(session: Session, facts: FirmFacts, firm: Exporter | None, done: Outcome) -> None:
    if firm is None:
        place = {name: facts.values[name] for name in ("city", "state_code", "pin")}
        registered = {"kind": "REGISTERED", "address": facts.values["address1"], **place}
        firm = Exporter(iec=facts.iec, dgft_synced_at=clock.now(), gstins=[], **_without(facts.values, "gstins"))
        firm.gstins = facts.values.get("gstins", [])
        firm.branches = [Branch(**each) for each in facts.branches or (registered,)]
        session.add(firm)
        done.new.add(facts.iec)
        done.told.append((facts.iec, "firm created from DGFT", {}))
        return
    changes = put(firm, **facts.values)
    branches = _branches(session, firm, facts.branches or ())
    if not changes and not branches:
        done.unchanged += 1
        return
    shown = {name: changes[name] for name in ("status", "firm_name") if name in changes}
    done.told.append((facts.iec, "firm changed by DGFT", shown | {"fields": sorted(changes) + ["branches"] * bool(branches)}))


def _without(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != name}


def _branches(session: Session, firm: Exporter, sent: tuple[dict[str, str], ...]) -> bool:
    """Branches are known by kind and address; applications stand on them, so none goes. Says whether one came or changed."""
    if not sent:
        return False
    query = select(Branch).where(Branch.exporter_id == firm.id)
    have = {(row.kind, row.address): row for row in session.scalars(query, execution_options={"unscoped": True})}
    changed = False
    for each in sent:
        row = have.get((each["kind"], each["address"]))
        if row is None:
            session.add(Branch(exporter_id=firm.id, **each))
            have[each["kind"], each["address"]] = Branch(**each)
            changed = True
        else:
            changed |= bool(put(row, **each))
    return changed


def _note_seen(session: Session, iecs: list[str]) -> None:
    """As of when these facts are; that alone is no change, so version and date of change stay."""
    for part in chunks(iecs):
        seen = update(Exporter).where(Exporter.iec.in_(part))
        values = {"dgft_synced_at": clock.now(), "updated_at": Exporter.updated_at}
        session.execute(seen.values(values), execution_options={"unscoped": True, "synchronize_session": False})
