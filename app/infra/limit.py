"""How often one address may ask in a minute, counted in Redis for all processes together, or here when that is away."""

import ipaddress
import logging
import time
from dataclasses import dataclass, field

from flask import current_app
from redis.exceptions import RedisError

from app.infra import queue

log = logging.getLogger(__name__)

MINUTE = 60
REST_SECONDS = 15.0  # how long Redis is left alone after it did not answer
MOST_ADDRESSES = 50_000
COUNT = "udgam_count"  # where the application keeps the count of this process


@dataclass
class OwnCount:
    """The counts of this process for the present minute, and until when Redis is left alone."""

    minute: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    redis_again: float = 0.0

    def raised(self, who: str, minute: int) -> int:
        """One more of this address; yesterday's minute is forgotten, and so is everything when memory would fill."""
        if minute != self.minute or len(self.counts) > MOST_ADDRESSES:
            self.minute, self.counts = minute, {}
        self.counts[who] = self.counts.get(who, 0) + 1
        return self.counts[who]


def allowed(bucket: str, address: str, per_minute: int) -> bool:
    """May this address do what `bucket` names («verify», «register») once more in this minute? The asking is counted."""
    minute = int(time.time() // MINUTE)
    return _raised(f"{bucket}:{network(address)}", minute) <= per_minute


def network(address: str) -> str:
    """The address; of IPv6 its network, because one household has more addresses than could ever be counted."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if found.version == 4:
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))


def _raised(who: str, minute: int) -> int:
    own: OwnCount = current_app.extensions.setdefault(COUNT, OwnCount())
    if current_app.config.get("REDIS_URL") and time.monotonic() >= own.redis_again:
        try:
            return _raised_in_redis(f"udgam:count:{who}:{minute}")
        except RedisError as error:
            own.redis_again = time.monotonic() + REST_SECONDS
            away = type(error).__name__
            log.warning("Redis does not answer (%s): askings are counted in this process alone", away)
    return own.raised(who, minute)


def _raised_in_redis(key: str) -> int:
    pipeline = queue.redis().pipeline(transaction=False)
    pipeline.incr(key)
    pipeline.expire(key, 2 * MINUTE)
    return int(pipeline.execute()[0])
