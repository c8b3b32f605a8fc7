"""The paper leaves of a certificate: original and duplicate, blank for ink, each with a code and a count of its prints.

Only the electronic leaf is signed and carries the images (Trade Notice 48/2020-21); a paper one counts with the agency's
stamp and the officer's signature in ink. Each print is kept as it was made, so that a file of it can be recognised.
"""

import secrets
from dataclasses import replace

from sqlalchemy.orm import Session

from app.audit.service import record
from app.certificates.issue import CERTIFICATE_VERBS
from app.certificates.models import Certificate, Leaf, LeafPrint
from app.certificates.rules import LIFE, Leaves
from app.certificates.text import CertificateText
from app.core.actor import Actor
from app.core.errors import NotAllowed
from app.infra.db import lock
from app.infra.queue import URGENT, promise
from app.infra.tenancy import must_see

JOB = "certificate.leaf"
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that can be taken for something else on paper
MOVES = {"print_original": Leaves.ORIGINAL, "print_duplicate": Leaves.DUPLICATE}


def print_original(session: Session, certificate: Certificate, actor: Actor) -> LeafPrint:
    """One more print of the original leaf; the worker makes its page."""
    return _print(session, certificate, actor, "print_original")


def print_duplicate(session: Session, certificate: Certificate, actor: Actor) -> LeafPrint:
    """One more print of the duplicate leaf; the worker makes its page."""
    return _print(session, certificate, actor, "print_duplicate")


def _print(session: Session, certificate: Certificate, actor: Actor, name: str) -> LeafPrint:
    must_see(actor, certificate)
    if actor.read_only:
        raise NotAllowed(actor.read_only)
    lock(session, certificate)  # of two prints at once the second has the next number
    move, kind = LIFE.check(name, certificate.status, actor.role), MOVES[name]
    leaf = next((row for row in certificate.leaves if row.kind == kind), None) or _new(session, certificate, kind)
    leaf.prints += 1
    whose = {"exporter_id": leaf.exporter_id, "desk_agency_id": leaf.desk_agency_id, "desk_office_id": leaf.desk_office_id}
    copy = LeafPrint(leaf_id=leaf.id, number=leaf.prints, printed_by=actor.name, **whose)
    session.add(copy)
    session.flush()
    promise(session, JOB, f"leaf:{copy.id}", ref=copy.id, agency_id=certificate.agency_id, priority=URGENT)
    record(session, actor, move.event, certificate, number=certificate.number, code=leaf.code, copy=leaf.prints)
    return copy


def _new(session: Session, certificate: Certificate, kind: Leaves) -> Leaf:
    whose = {
        "exporter_id": certificate.exporter_id,
        "desk_agency_id": certificate.desk_agency_id,
        "desk_office_id": certificate.desk_office_id,
    }
    leaf = Leaf(certificate_id=certificate.id, kind=kind.value, code=new_code(), prints=0, **whose)
    certificate.leaves.append(leaf)
    session.flush()
    return leaf


def new_code() -> str:
    """A code for a leaf, such as K7QM-42XP: drawn by lot, so that none can be guessed from another."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def text_of_copy(copy: LeafPrint, certificate: Certificate) -> CertificateText:
    """The words of the certificate as this print of the leaf carries them; its QR code knows the leaf."""
    text = CertificateText.from_dict(certificate.data_snapshot)
    code = copy.leaf.code or ""
    return replace(text, leaf=copy.leaf.kind, leaf_code=code, leaf_print=copy.number, verify_url=f"{text.verify_url}?leaf={code}")


CERTIFICATE_VERBS.update(print_original=print_original, print_duplicate=print_duplicate)
