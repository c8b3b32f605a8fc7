"""Turn a clean filing into rows, and check it against what the database knows: office, branch, certificate to replace."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.agencies import service as agencies
from app.agencies.models import Office
from app.applications.checks import Facts, check
from app.applications.models import Application, Evidence, GoodsItem, Invoice
from app.applications.payload import _PLAIN
from app.applications.rules import OPEN
from app.audit.service import history
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Fault, InvalidInput, WrongState
from app.exporters.models import Branch
from app.infra import codelists

_UNSCOPED = {"unscoped": True}


class SavedMeanwhile(WrongState):
    """Somebody saved the application after the page was opened; the sentence says who and when."""


# Certificates sit above applications, so they add here how a certificate to be replaced is looked up.
REPLACEABLE: list[Any] = []
# And what an application in lieu would print differently from the certificate it replaces.
CORRECTIONS: list[Any] = []


def check_all(session: Session, exporter_id: int, filing: Mapping[str, Any], application: Application | None = None) -> None:
    """Raise InvalidInput with every fault: those of the rules and those only the database knows."""
    facts = Facts(today=clock.india_today())
    faults = check(filing, facts)
    if not any(fault.field == "certificate_type" for fault in faults):
        faults += _references(session, exporter_id, filing, application)
        faults += unknown_codes(session, filing)
    if faults:
        raise InvalidInput(faults)


def _references(session: Session, exporter_id: int, filing: Mapping[str, Any], application: Application | None) -> list[Fault]:
    office = _office(session, filing, application)
    if office is None:
        return [
            Fault("office", f"There is no office {filing['office']} of an agency {filing['agency']}. Choose one from the list.")
        ]
    faults = []
    filed = application is not None and bool(application.filed_office)  # it lies there already, whatever happens to the office
    if not filed and not agencies.is_ready(session, office):
        faults.append(Fault("office", f"{office.name} does not take filings now. Choose another office."))
    branch = _branch(session, exporter_id, filing)
    if filing["branch_id"] is not None and branch is None:
        faults.append(Fault("branch_id", "This is not a branch of your firm. Choose one from the list."))
    faults += _jurisdiction(office, branch)
    if filing["kind"] == "IN_LIEU" and filing["in_lieu_of"]:
        faults += _replaced(session, exporter_id, filing, office, application)
    return faults


def _office(session: Session, filing: Mapping[str, Any], application: Application | None) -> Office | None:
    """The office that was chosen; once submitted, the one where the application lies now."""
    if application is not None and application.filed_office:
        return application.office
    return agencies.office_by_codes(session, filing["agency"], filing["office"])


def _branch(session: Session, exporter_id: int, filing: Mapping[str, Any]) -> Branch | None:
    query = select(Branch).where(Branch.exporter_id == exporter_id)
    if filing["branch_id"] is not None:
        query = query.where(Branch.id == filing["branch_id"])
    else:
        query = query.order_by(Branch.kind != "REGISTERED", Branch.id).limit(1)
    return session.scalar(query, execution_options=_UNSCOPED)


def _jurisdiction(office: Office, branch: Branch | None) -> list[Fault]:
    """An agency with a list of states serves only branches there (rule 4.1; empty list = all India)."""
    states = office.agency.jurisdiction_states
    if states and branch is not None and branch.state_code not in states:
        return [Fault("agency", f"{office.agency.name} serves certain states only, and this branch is not in one of them.")]
    return []


def _replaced(session: Session, exporter_id: int, filing: Mapping[str, Any], office: Office,
              application: Application | None) -> list[Fault]:  # fmt: skip
    """In lieu: same agency, same IEC, issued here, and not already being replaced (HBP 2.93(d))."""
    for find in REPLACEABLE:
        problem = find(session, exporter_id, filing["in_lieu_of"], office.agency_id)
        if isinstance(problem, str):
            return [Fault("in_lieu_of", problem)]
        other = select(Application.id).where(
            Application.in_lieu_of_certificate_id == problem, Application.status.in_(OPEN),
            Application.id != (application.id if application else 0),
        )  # fmt: skip
        if session.scalar(other.limit(1), execution_options=_UNSCOPED):
            return [Fault("in_lieu_of", "Another application already replaces this certificate. Go on with that one.")]
    return []


def unknown_codes(session: Session, filing: Mapping[str, Any]) -> list[Fault]:
    """Codes that do not exist, where the whole list was brought in; a list in part refuses nothing (4.0)."""
    faults = []
    port = filing.get("port_of_loading", "").upper()
    if port.startswith("IN") and len(port) == 6 and not codelists.may_be(session, "port_in", [port]):
        faults.append(Fault("port_of_loading", f"{port} is no customs location of India. Choose one from the list."))
    lines = [item.get("itc_hs", "") for item in filing.get("items", [])]
    known = codelists.may_be(session, "hs", lines)
    for index, line in enumerate(lines):
        if line and line not in known:
            faults.append(Fault(f"items[{index}].itc_hs", f"Goods line {index + 1}: {line} is no line of the ITC(HS) tariff."))
    return faults


def branches(session: Session, exporter_id: int) -> list[Branch]:
    """The firm's branches, first the one that is filed from when none is chosen."""
    query = select(Branch).where(Branch.exporter_id == exporter_id).order_by(Branch.kind != "REGISTERED", Branch.id)
    return list(session.scalars(query, execution_options=_UNSCOPED))


def must_be_latest(session: Session, application: Application, actor: Actor, version: int) -> None:
    """A change made from an older version would undo what was saved since: it is refused (the row is locked by now)."""
    if version == application.version:
        return
    last = next((event for event in reversed(history(session, application)) if not event.event.startswith("paper ")), None)
    if last is None:
        said = "Somebody changed this application"
    elif last.user_id is not None and last.user_id == actor.user_id:
        said = f"You yourself saved this application, {clock.stamp(last.at)}, in another window"
    else:
        said = f"{last.actor_name} saved this application, {clock.stamp(last.at)}"
    raise SavedMeanwhile(f"{said}, after this page was opened. What you typed is not saved yet.")


def fill(session: Session, application: Application, filing: Mapping[str, Any]) -> None:
    """Write a checked filing into the application's rows, replacing what was there."""
    if not application.filed_office:
        office = agencies.office_by_codes(session, filing["agency"], filing["office"])
        assert office is not None, "check_all comes first"  # noqa: S101  a slip in our own order of calls, not input
        application.agency_id, application.office_id = office.agency_id, office.id
        application.agency, application.office = office.agency, office
    for name in _PLAIN:
        if name != "branch_id":
            setattr(application, name, filing[name])
    branch = _branch(session, application.exporter_id, filing)
    application.branch_id = branch.id if branch else None
    consignee = filing["consignee"]
    application.consignee_name, application.consignee_address = consignee["name"], consignee["address"]
    application.consignee_country = consignee["country"]
    application.total_fob = sum(item["fob_value"] for item in filing["items"])
    application.currency = filing["invoices"][0]["currency"]
    application.in_lieu_of_certificate_id = _replaced_id(session, application, filing)
    _fill_parts(session, application, filing)


def _replaced_id(session: Session, application: Application, filing: Mapping[str, Any]) -> int | None:
    if filing["kind"] != "IN_LIEU":
        return None
    for find in REPLACEABLE:
        found = find(session, application.exporter_id, filing["in_lieu_of"], application.agency_id)
        return found if isinstance(found, int) else None
    return None


def _fill_parts(session: Session, application: Application, filing: Mapping[str, Any]) -> None:
    """Goods lines, invoices and evidence; the old rows go first, because line numbers are unique."""
    for rows in (application.invoices, application.items, application.evidence):
        rows.clear()
    if application.id is not None:
        session.flush()
    whose = {
        "exporter_id": application.exporter_id,
        "desk_agency_id": application.desk_agency_id,
        "desk_office_id": application.desk_office_id,
    }
    application.invoices = [Invoice(**row, **whose) for row in filing["invoices"]]
    application.evidence = [Evidence(**row, **whose) for row in filing["b2b_evidence"]]
    application.items = [GoodsItem(line_no=number, **row, **whose) for number, row in enumerate(filing["items"], 1)]
