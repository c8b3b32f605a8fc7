"""What happens by itself: every hour firms and people are brought in from DGFT's feed."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from app.core.actor import SYSTEM_ACTOR
from app.core.errors import BusinessError
from app.exporters import feed
from app.exporters.models import SyncRun
from app.infra import queue
from app.infra.db import transaction
from app.infra.queue import Claim
from app.infra.settings import setting

SYNC = "exporters.sync"
queue.PERIODIC.append((SYNC, timedelta(hours=1)))


@queue.handler(SYNC)
def sync(claim: Claim) -> None:
    """Once an hour, when SYNC_FEED names a feed; one that cannot be taken is noted, and the next hour asks again."""
    if not setting("SYNC_FEED"):
        with transaction(claim.session):
            claim.done()
        return
    bring_in(claim.session, str(setting("SYNC_FEED")), then=claim.done)


def bring_in(session: Session, where: str, *, complete: bool = False, then: Callable[[], None] = lambda: None) -> SyncRun:
    """Fetch a feed from an address or a file and take it over; whatever is wrong with it as a whole is kept as the run's error.

    `then` is called in the transaction that ends the work. While the feed is fetched no transaction is open.
    """
    try:
        content = _content(where)
        with transaction(session):
            sent = feed.understand(content, complete=complete)
            run = feed.take_over(session, SYSTEM_ACTOR, sent, name_of(where), setting("SYNC_MOST_DISABLED"))
            then()
    except queue.Superseded:
        raise
    except BusinessError as refusal:
        with transaction(session):
            run = feed.note_failure(session, name_of(where), refusal.sentence)
            then()
    return run


def name_of(where: str) -> str:
    """How a run names its source: never with a password or a secret in the address."""
    parts = urlsplit(where)
    return f"{parts.scheme}://{parts.hostname}{parts.path}" if parts.hostname else os.path.basename(where)


def _content(where: str) -> bytes:
    if "://" in where:
        return feed.fetch(where, setting("SYNC_FEED_SECRET"))
    try:
        with Path(where).open("rb") as file:
            return file.read(feed.MAX_BYTES + 1)
    except OSError as error:
        raise BusinessError(feed.NOT_THERE.format(why=error.strerror)) from error
