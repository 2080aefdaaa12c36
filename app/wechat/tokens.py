"""The access token: one row for all processes, fetched by one thread at a time, in real time.

A stable token is the same for everyone who asks while it is valid, so two processes that fetch at the same
moment do no harm; within a process a lock keeps fifty senders from asking fifty times.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from app import clock, keyvalue, log
from app.db import Database, put
from app.outbox.ports import DeliveryError
from app.wechat.models import AccessToken

MARGIN = timedelta(seconds=60)
FAULT = "wechat.token_fault"
FAULT_NOTED_EVERY = timedelta(seconds=30)
Fetch = Callable[[], tuple[str, int]]


class Tokens:
    """The token of one account. `fetch` asks the platform: the token and its lifetime in seconds."""

    def __init__(
        self, db: Database, app_id: str, fetch: Fetch, now: Callable[[], datetime] = clock.real_now
    ) -> None:
        self._db = db
        self._app_id = app_id
        self._fetch = fetch
        self._now = now
        self._lock = threading.Lock()
        self._fault_noted_at = datetime.min.replace(tzinfo=UTC)

    def current(self) -> str:
        """A token that should be valid; asks the platform only when the stored one is about to end."""
        stored = self._stored()
        if stored is not None:
            return stored
        with self._lock:
            return self._stored() or self._renew()

    def replacement(self, rejected: str) -> str:
        """What to use after the platform refused `rejected`: a newer one another holder stored, else a fetched one.

        May be `rejected` itself if the platform insists on it; then there is no point in trying again.
        """
        with self._lock:
            stored = self._stored()
            return stored if stored is not None and stored != rejected else self._renew()

    def _stored(self) -> str | None:
        with self._db.reading() as session:
            row = session.get(AccessToken, self._app_id)
        return row.token if row is not None and row.expires_at - self._now() > MARGIN else None

    def _renew(self) -> str:
        try:
            token, lifetime = self._fetch()
        except DeliveryError:
            self._note_fault()
            raise
        with self._db.transaction() as session:
            _save(session, self._app_id, token, self._now() + timedelta(seconds=lifetime))
            keyvalue.forget(session, FAULT)
        log.event("token_refreshed", lifetime=lifetime)
        return token

    def _note_fault(self) -> None:
        """For the alarm; a storm of senders writes it twice a minute at most."""
        if self._now() - self._fault_noted_at < FAULT_NOTED_EVERY:
            return
        self._fault_noted_at = self._now()
        with self._db.transaction() as session:
            keyvalue.write(session, FAULT, self._fault_noted_at.isoformat())


def _save(session: Session, app_id: str, token: str, expires_at: datetime) -> None:
    put(session, AccessToken(app_id=app_id, token=token, expires_at=expires_at))
