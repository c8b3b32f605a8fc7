"""What the filing page needs besides the form: its pick lists, the papers, and what waits unsaved."""

from typing import Any

from werkzeug.datastructures import MultiDict

from app.agencies import service as agencies
from app.applications import kept, unfinished
from app.applications.drafts import branches
from app.applications.forms import NOTHING, FilingForm, picks
from app.applications.kept import Kept
from app.applications.models import Application, Unfinished
from app.infra import current
from app.infra.db import db
from app.infra.tenancy import allows


def again(pk: int) -> Application | None:
    """The application as it is now; None when there is none, or none any more, or it is not the actor's to see."""
    row = db.session.get(Application, pk) if 0 < pk < 2**31 else None
    return row if row is not None and allows(current.actor(), row) else None


def form_for(application: Application | None, words: "MultiDict[str, str] | None" = None) -> FilingForm:
    """The form with its pick lists: what was posted, these words, or empty."""
    form = FilingForm(formdata=words) if words is not None else FilingForm()
    form.office.choices, form.branch_id.choices = picks(offices(application)), picks(_branches())
    return form


def number(said: str | None) -> int:
    """A version that the page carries; a page that does not say is as good as old."""
    return int(said) if said and said.isdecimal() and said.isascii() and len(said) < 10 else 0


def waiting(application: Application | None) -> Unfinished | None:
    """What this person has typed into this form before and not saved."""
    return unfinished.find(db.session, current.actor(), application.id if application is not None else unfinished.NEW)


def gone_on(application: Application | None, row: Unfinished) -> tuple[FilingForm, list[Kept]]:
    """The form as it was left, and the papers chosen on it."""
    form = form_for(application, MultiDict([(name, value) for name, values in row.fields["said"].items() for value in values]))
    form.kept_version.data = str(row.version)
    return form, kept.again(current.actor(), row.fields["papers"])


def papers_of(application: Application | None) -> dict[str, list[Any]]:
    """The papers that count, by their kind."""
    held: dict[str, list[Any]] = {}
    for row in application.attachments if application is not None else []:
        if row.replaced_by_id is None:
            held.setdefault(row.kind, []).append(row)
    return held


def offices(application: Application | None) -> list[tuple[str, str]]:
    """The offices that take filings now, and the one that was chosen before."""
    ready = agencies.ready_offices(db.session)
    listed = {f"{office.agency.code}/{office.code}": f"{office.agency.name}: {office.name}" for office in ready}
    if application is not None:
        before = f"{application.agency.code}/{application.filed_office or application.office.code}"
        listed.setdefault(before, f"{application.agency.name}: {before}")
    return [*NOTHING, *listed.items()]


def _branches() -> list[tuple[str, str]]:
    """The firm's branches, the registered one first: that is the one when nothing is chosen."""
    mine = branches(db.session, current.actor().exporter_id or 0)
    return [(str(branch.id), str(branch)) for branch in mine] or NOTHING
