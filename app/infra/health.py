"""Is the program alive, is it ready for work, and what is it doing? Three addresses for the operator's own tools."""

import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, jsonify, request
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from redis.exceptions import RedisError
from sqlalchemy import Table, func, select
from sqlalchemy.exc import SQLAlchemyError

from app.core import clock
from app.core.errors import BusinessError
from app.infra import keystore, queue
from app.infra.db import Record, db
from app.infra.settings import setting

log = logging.getLogger(__name__)
health = Blueprint("health", __name__)

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
KEPT_SECONDS = 5.0  # how long figures from the database are kept, so that asking often costs little
# Infra knows no capability; these two tables are counted by name. (table, metric, what it is)
COUNTED = (
    ("application", "udgam_applications", "Applications by status."),
    ("certificate", "udgam_certificates", "Certificates by status, reserved and voided numbers included."),
)
ISSUED = frozenset({"VALID", "SUPERSEDED", "REVOKED"})


class NotReady(Exception):
    """Why a part cannot do its work, in a few words that give nothing away."""


@health.get("/healthz")
def alive() -> Response:
    """The process answers; no database, no queue is asked."""
    return jsonify({"status": "alive"})


@health.get("/readyz")
def ready() -> tuple[Response, int]:
    """Each part by itself; 503 when one of them cannot do its work."""
    parts = {name: _asked(ask) for name, ask in PARTS.items()}
    fine = all(part["ok"] for part in parts.values())
    return jsonify({"status": "ready" if fine else "not ready", "parts": parts}), 200 if fine else 503


@health.get("/metrics")
def metrics() -> Response:
    """For Prometheus. Requests are those of this process; the figures of the register are everybody's."""
    encoder, content_type = choose_encoder(request.headers.get("Accept", ""))
    return Response(encoder(_registry()), content_type=content_type)


def _asked(ask: Callable[[], str]) -> dict[str, Any]:
    try:
        return {"ok": True, "detail": ask()}
    except NotReady as reason:
        return {"ok": False, "detail": str(reason)}
    except (SQLAlchemyError, RedisError, OSError, BusinessError) as error:
        db.session.rollback()
        log.warning("not ready: %s", error)
        return {"ok": False, "detail": f"no answer ({type(error).__name__})"}


def _database() -> str:
    """The database answers and has our tables."""
    db.session.execute(select(queue.Job.id).limit(1))
    db.session.rollback()
    return "answers"


def _queue() -> str:
    queue.redis().ping()
    return "answers"


def _workers() -> str:
    """The dispatcher says every half second how many workers it has; what it said is forgotten after a while."""
    said: Any = queue.redis().get(queue.ALIVE)
    if said is None:
        raise NotReady("no worker has been heard of for a while")
    return f"{int(said)} at work"


def _key() -> str:
    """What signatures are judged by: the named roots, and on a demo machine its own."""
    if keystore.roots():
        return "roots are in place"
    if setting("SOFT_SIGNER"):
        raise NotReady("the demo has no keys yet")
    if setting("TRUST_ROOTS"):
        raise NotReady("the file of accepted roots is missing")
    return "not needed: no root is named, so nothing is signed here"


PARTS: dict[str, Callable[[], str]] = {"database": _database, "queue": _queue, "workers": _workers, "key": _key}


class Figures:
    """The figures of the register, read from the database when Prometheus asks."""

    def __init__(self) -> None:
        self.read_at, self.kept = 0.0, list[Metric]()

    def collect(self) -> Iterator[Metric]:
        """The figures; when the database is away, that it is."""
        if time.monotonic() - self.read_at > KEPT_SECONDS:
            self.read_at, self.kept = time.monotonic(), list(_figures())
        yield from self.kept


def _figures() -> Iterator[Metric]:
    up = GaugeMetricFamily("udgam_database_up", "1 when the database answered.")
    try:
        jobs = queue.health(db.session)
        lists = _lists()
        due = _archive_due()
        counts = {table: _by_status(Record.metadata.tables[table]) for table, _, _ in COUNTED}
        db.session.rollback()
    except SQLAlchemyError as error:
        db.session.rollback()
        log.warning("no figures: %s", error)
        up.add_metric([], 0)
        yield up
        return
    up.add_metric([], 1)
    yield up
    yield _gauge("udgam_jobs", "Jobs by state.", "state", jobs["jobs"])
    oldest = GaugeMetricFamily("udgam_oldest_due_job_seconds", "How long the oldest job that is due has been waiting.")
    oldest.add_metric([], jobs["oldest_due_seconds"])
    yield oldest
    for table, name, help_text in COUNTED:
        yield _gauge(name, help_text, "status", counts[table])
    yield from (lists, due)
    issued = CounterMetricFamily("udgam_certificates_issued", "Certificates issued since the beginning.")
    issued.add_metric([], sum(number for status, number in counts["certificate"].items() if status in ISSUED))
    yield issued


def _by_status(table: Table) -> dict[str, int]:
    """A count for each status; asked of the bare table, so that the tenancy rule does not narrow it."""
    return dict(db.session.execute(select(table.c.status, func.count()).group_by(table.c.status)).all())


def _lists() -> GaugeMetricFamily:
    """How long each list of revoked certificates is still good, in seconds; below zero, nobody of its authority can sign."""
    left = GaugeMetricFamily(
        "udgam_revocation_list_seconds_left", "Seconds until the kept list of revoked certificates ends.", labels=["url"]
    )
    table = Record.metadata.tables["revocation_source"]
    for url, ends in db.session.execute(select(table.c.url, table.c.next_update)):
        left.add_metric([url], (ends - clock.now()).total_seconds() if ends else float("-inf"))
    return left


def _archive_due() -> GaugeMetricFamily:
    """Files whose form for the archive should be there by now, and when the oldest of them was due."""
    table = Record.metadata.tables["certificate"]
    late = select(func.count()).where(table.c.archive_due < clock.now())
    due = GaugeMetricFamily("udgam_archive_due", "Issued files whose next form for the archive is due.")
    due.add_metric([], db.session.scalar(late) or 0)
    return due


def _gauge(name: str, help_text: str, label: str, counts: dict[str, int]) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(name, help_text, labels=[label])
    for value, number in sorted(counts.items()):
        gauge.add_metric([str(value)], number)
    return gauge


class Watch:
    """The clock at the door: how many requests, how they ended, how long they took."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Counter("udgam_http_requests", "Requests answered.", ["endpoint", "method", "status"], registry=registry)
        self.seconds = Histogram(
            "udgam_http_request_seconds", "Time to the answer.", ["endpoint", "method"], registry=registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0),
        )  # fmt: skip

    def start(self) -> None:
        """A request comes in."""
        g.came_in = time.perf_counter()

    def stop(self, response: Response) -> Response:
        """It is answered. Endpoint and method come from short lists of ours: strangers must not invent names here."""
        endpoint = request.endpoint or "none"
        method = request.method if request.method in METHODS else "OTHER"
        self.requests.labels(endpoint, method, response.status_code).inc()
        if "came_in" in g:
            self.seconds.labels(endpoint, method).observe(time.perf_counter() - g.came_in)
        return response


def _registry() -> CollectorRegistry:
    return current_app.extensions["udgam_metrics"]  # type: ignore[no-any-return]  # app.extensions holds anything


def init_app(app: Flask) -> None:
    """Open the three addresses and start counting; each application counts for itself."""
    registry = CollectorRegistry()
    registry.register(Figures())
    watch = Watch(registry)
    app.extensions["udgam_metrics"] = registry
    app.before_request(watch.start)
    app.after_request(watch.stop)
    app.register_blueprint(health)
