"""The worker's part in a paper leaf: its page from the frozen words, without images and without a signature."""

from app.certificates import leaves
from app.certificates.models import Certificate, LeafPrint
from app.certificates.render import render
from app.infra import queue, store
from app.infra.db import transaction
from app.infra.queue import Claim


@queue.handler(leaves.JOB)
def make_leaf(claim: Claim) -> None:
    """Print once; a job that runs again finds the page made, or makes the same bytes."""
    session = claim.session
    copy = session.get_one(LeafPrint, claim.ref)
    digest = copy.sha256
    if digest is None:
        text = leaves.text_of_copy(copy, session.get_one(Certificate, copy.leaf.certificate_id))
        session.rollback()
        digest = store.put(render(text))
    with transaction(session):
        claim.hold()
        session.get_one(LeafPrint, claim.ref).sha256 = digest
        claim.done()
