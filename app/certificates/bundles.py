"""Many certificates in one file: an archive of the signed files, or one file to print; made by the worker, kept a day."""

import csv
import hashlib
import io
import os
import secrets
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pikepdf
from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.service import record
from app.certificates.models import Bundle, Certificate
from app.certificates.rules import PUBLIC
from app.core import clock
from app.core.actor import Actor
from app.core.errors import BusinessError, NotAllowed
from app.infra import store
from app.infra.queue import NORMAL, promise
from app.infra.screens import safe_cell
from app.infra.tenancy import UNSCOPED, allows, must_see
from app.notices.service import tell

JOB = "certificate.bundle"
MOST = 1000
KEPT = timedelta(hours=24)
PART = 50  # files merged at a time: so many are held in memory, however many are asked for


def ask(session: Session, actor: Actor, kind: str, certificate_ids: Sequence[int]) -> Bundle:
    """Promise one file of these certificates: at most MOST, issued, and the actor's to see. BusinessError when none is."""
    if actor.user_id is None:
        raise NotAllowed("Log in to have certificates put together.")
    if not 0 < len(certificate_ids) <= MOST:
        raise BusinessError(f"Pick between 1 and {MOST:,} certificates.")
    rows = session.scalars(select(Certificate).where(Certificate.id.in_(certificate_ids))).all()
    mine = {row.id for row in rows if allows(actor, row) and row.status in PUBLIC}
    chosen = [pk for pk in dict.fromkeys(certificate_ids) if pk in mine]
    if not chosen:
        raise BusinessError("None of the picked certificates is issued yet. There is nothing to put together.")
    bundle = Bundle(user_id=actor.user_id, kind=kind, certificate_ids=chosen, total=len(chosen))
    session.add(bundle)
    session.flush()
    promise(session, JOB, f"bundle:{bundle.id}", ref=bundle.id, priority=NORMAL)
    record(session, actor, "certificates put together", bundle, kind=kind, total=len(chosen))
    return bundle


def must_still_see(session: Session, actor: Actor, bundle: Bundle) -> None:
    """A right that has ended since the file was asked for ends for the file too; NotFound then."""
    rows = session.scalars(select(Certificate).where(Certificate.id.in_(bundle.certificate_ids)), execution_options=UNSCOPED)
    for row in rows:
        must_see(actor, row)


def place(bundle: Bundle) -> Path:
    """Where the file lies; its name is drawn by lot and comes from nothing that anybody typed."""
    return folder() / bundle.file


def folder() -> Path:
    """Beside the documents, because nothing in here is one: it can be made again."""
    documents: Path = current_app.config["DOCUMENTS"]
    return documents.parent / "bundles"


def finish(session: Session, bundle: Bundle, name: str, size: int) -> None:
    """The file is there: whoever asked is told."""
    bundle.file, bundle.size, bundle.state, bundle.ready_at = name, size, "READY", clock.now()
    tell(session, [bundle.user_id], f"Your file of {bundle.total} certificates is ready", f"/bundles/{bundle.id}")


def fail(session: Session, bundle: Bundle, reason: str) -> None:
    """It could not be made; the page says why."""
    bundle.state, bundle.error = "FAILED", reason[:500]


def forget(session: Session) -> int:
    """Files older than a day are removed, and what a killed worker left behind; returns how many bundles that were."""
    old = select(Bundle).where(Bundle.state == "READY", Bundle.ready_at < clock.now() - KEPT)
    rows = session.scalars(old).all()
    for row in rows:
        place(row).unlink(missing_ok=True)
        row.state = "GONE"
    alive = set(session.scalars(select(Bundle.file).where(Bundle.state == "READY")))
    for file in folder().glob("*"):
        if file.name not in alive and file.stat().st_mtime < (clock.now() - KEPT).timestamp():
            file.unlink(missing_ok=True)
    return len(rows)


# --- making the file: values in, a file out ------------------------------------------------------------------------


def write(kind: str, certificates: Sequence[Certificate]) -> tuple[str, int]:
    """The file's name and size; it appears under its name only when it is whole. Memory does not grow with the number."""
    folder().mkdir(parents=True, exist_ok=True)
    name = f"{secrets.token_hex(16)}.{'zip' if kind == 'ZIP' else 'pdf'}"
    descriptor, temporary = tempfile.mkstemp(dir=folder())
    os.close(descriptor)
    try:
        {"ZIP": _archive, "PRINT": _merge}[kind](Path(temporary), certificates)
        os.replace(temporary, folder() / name)
    finally:
        Path(temporary).unlink(missing_ok=True)
    return name, (folder() / name).stat().st_size


def filename(certificate: Certificate) -> str:
    """A certificate's name as a file's."""
    return certificate.number.replace("/", "-") + ".pdf"


def _archive(target: Path, certificates: Iterable[Certificate]) -> None:
    """The signed files as they were issued, byte for byte, and a list of them."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["number", "status", "issued", "exporter", "consignee", "destination", "sha256", "verify"])
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:  # PDF streams are compressed already
        for row in certificates:
            archive.writestr(filename(row), store.get(row.sha256 or ""))
            facts = (row.number, row.status, row.issue_date.isoformat(), row.exporter_name, row.consignee_name,
                     row.destination_country, row.sha256, row.verify_url)  # fmt: skip
            writer.writerow([safe_cell(fact) for fact in facts])
        archive.writestr("certificates.csv", table.getvalue())


def _merge(target: Path, certificates: Sequence[Certificate]) -> None:
    """All pages in one file for the printer. Its signatures are taken out: only the single files are the certificates."""
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        parts = []
        for number, few in enumerate(_in_parts(certificates, PART)):
            part = Path(scratch) / f"{number}.pdf"
            _join(part, [_opener(row) for row in few])
            parts.append(part)
        _join(target, [lambda part=part: pikepdf.open(part) for part in parts])  # type: ignore[misc]  # bound at once


def _opener(row: Certificate) -> Callable[[], pikepdf.Pdf]:
    digest = row.sha256 or ""
    return lambda: pikepdf.open(io.BytesIO(store.get(digest)))


def _join(target: Path, openers: Iterable[Callable[[], pikepdf.Pdf]]) -> None:
    with pikepdf.new() as whole:
        sources = []
        for opener in openers:
            source = opener()
            sources.append(source)
            for page in source.pages:
                if "/Annots" in page:
                    del page.Annots
                whole.pages.append(page)
        _share(whole)
        whole.docinfo["/Title"] = "Certificates of origin, for printing only"
        whole.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        for source in sources:
            source.close()


def _share(pdf: pikepdf.Pdf) -> None:
    """Fonts, engraving and images are the same in each certificate: kept once, or a thousand would not fit in memory."""
    first: dict[bytes, pikepdf.Object] = {}
    again: dict[tuple[int, int], pikepdf.Object] = {}
    for each in pdf.objects:
        if isinstance(each, pikepdf.Stream) and not any(_is_reference(value) for value in each.stream_dict.values()):
            print_of = hashlib.sha256(each.read_raw_bytes() + each.stream_dict.unparse()).digest()
            if (kept := first.setdefault(print_of, each)).objgen != each.objgen:
                again[each.objgen] = kept
    for each in pdf.objects:
        if isinstance(each, pikepdf.Dictionary | pikepdf.Stream):
            _point(each if isinstance(each, pikepdf.Dictionary) else each.stream_dict, again)


def _is_reference(value: Any) -> bool:
    return isinstance(value, pikepdf.Object) and value.is_indirect


def _point(holder: pikepdf.Object, again: dict[tuple[int, int], pikepdf.Object]) -> None:
    """Let a dictionary, and those written within it, refer to the copy that is kept."""
    for key, value in holder.items():
        if _is_reference(value):
            if value.objgen in again:
                holder[key] = again[value.objgen]
        elif isinstance(value, pikepdf.Dictionary):
            _point(value, again)


def _in_parts(rows: Sequence[Certificate], size: int) -> Iterator[Sequence[Certificate]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
