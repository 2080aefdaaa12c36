"""The account's original id (`gh_…`): configured, or the first one that an authenticated message names."""

import threading

from sqlalchemy.exc import IntegrityError

from app import keyvalue, log
from app.db import Database

KEY = "wechat.original_id"


class KnownAccount:
    """Answers which account this installation belongs to; safe to share between threads and processes."""

    def __init__(self, database: Database, configured: str = "") -> None:
        self._database = database
        self._known = configured
        self._lock = threading.Lock()

    def __call__(self, seen: str) -> str:
        """The expected original id; on the very first message `seen` is kept. Opens its own transaction."""
        if not self._known:
            with self._lock:
                self._known = self._known or self._kept(seen)
        return self._known

    def _kept(self, seen: str) -> str:
        try:
            with self._database.transaction() as session:
                stored = keyvalue.read(session, KEY)
                if stored is None:
                    keyvalue.write_first(session, KEY, seen)
        except IntegrityError:  # another process was faster
            with self._database.reading() as session:
                stored = keyvalue.read(session, KEY)
        if stored is None:
            log.event("original_id_learned", account=seen)
        return stored or seen
