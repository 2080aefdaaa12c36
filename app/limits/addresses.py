"""How often an address may knock without being let in: buckets in the database, shared by all processes.

Only refused requests are counted, so the platform's own addresses are never held up. Once a bucket is empty the
process remembers it until the next token, so that a flood costs no further writes.
"""

import hashlib
import ipaddress
import threading
import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from app import log
from app.clock import real_now
from app.db import Database
from app.limits.bucket import Level, Rate, seconds_until_next, take
from app.limits.models import AddressBucket

UNVERIFIED = Rate(capacity=60)
REMEMBERED = 10_000
REST_S = 5.0


class AddressLimiter:
    """Counts refused requests by address. Safe to share between threads; opens its own transactions."""

    def __init__(
        self,
        db: Database,
        purpose: str,
        rate: Rate = UNVERIFIED,
        *,
        now: Callable[[], datetime] = real_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._db = db
        self._purpose = purpose
        self._rate = rate
        self._now = now
        self._monotonic = monotonic
        self._resting: dict[str, float] = {}
        self._lock = threading.Lock()

    def refuse(self, address: str) -> bool:
        """Count one refused request; whether this address has had too many and need not be answered in full."""
        key = address_key(self._purpose, address)
        with self._lock:
            if self._resting.get(key, 0.0) > self._monotonic():
                return True
        try:
            with self._db.transaction() as session:
                wait_s = _count(session, key, self._rate, self._now())
        except SQLAlchemyError as error:  # a full disk must not turn a refusal into a fault
            log.error("job_failed", error, step="address_limit")
            return False
        if wait_s is None:
            return False
        self._rest(key, max(wait_s, REST_S))
        log.event("request_limited", purpose=self._purpose, address_hash=key[:12])
        return True

    def _rest(self, key: str, seconds: float) -> None:
        with self._lock:
            moment = self._monotonic()
            if len(self._resting) >= REMEMBERED:
                self._resting = {name: until for name, until in self._resting.items() if until > moment}
                if len(self._resting) >= REMEMBERED:
                    self._resting.clear()
            self._resting[key] = moment + seconds


def address_key(purpose: str, address: str) -> str:
    """A fixed-length key. An IPv6 customer owns a /64: counting single addresses would count nothing."""
    try:
        parsed = ipaddress.ip_address(address)
        network = str(ipaddress.ip_network(f"{address}/64", strict=False)) if parsed.version == 6 else address
    except ValueError:
        network = address
    return hashlib.sha256(f"{purpose}\x00{network}".encode("utf-8", "replace")).hexdigest()


def _count(session: Session, key: str, rate: Rate, now: datetime) -> float | None:
    """Take one; None if there was one, else the seconds until the next."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    first = insert(AddressBucket).values(key=key, tokens=float(rate.capacity), at=now)
    session.connection().execute(first.on_conflict_do_nothing(index_elements=["key"]))
    row = session.get_one(AddressBucket, key, with_for_update=True, populate_existing=True)
    level, is_taken = take(Level(row.tokens, row.at), rate, now)
    row.tokens, row.at = level.tokens, level.at
    session.add(row)
    return None if is_taken else seconds_until_next(level, rate)
