"""One message of the platform: de-duplicate, understand, carry out, answer within the five-second rule.

1. A repeat gets the stored reply; a repeat of something still under way waits for the same result.
2. The search runs before the write transaction opens: SQLite has one writer.
3. One transaction claims the message, carries out the effects, saves the dialogue and stores the reply.
4. Not ready within the budget: the message is stored as DEFERRED, `success` is said, and the answer goes
   through the outbox once it is ready. Which of the two happens is decided by the inbox row, never twice.
"""

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout

from app import log
from app.clock import Clock, real_now
from app.conversations import inbox
from app.conversations.handling import MessageHandler
from app.db import Database
from bot.messages import Incoming, MessageKind

BUDGET_S = 3.8
THREADS = 16
_IGNORED_EVENTS = frozenset({"view", "location"})


class Conversations:
    """The chat's front desk. `receive` may be called from any number of threads."""

    def __init__(
        self, db: Database, handler: MessageHandler, clock: Clock, *, budget_s: float = BUDGET_S
    ) -> None:
        self._db = db
        self._handler = handler
        self._clock = clock
        self._budget_s = budget_s
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="message")
        self._under_way: dict[str, Future[str]] = {}
        self._lock = threading.Lock()

    def receive(self, incoming: Incoming) -> str:
        """The plain reply document, or "" for a bare `success`.

        Raises whatever broke: then nothing was kept and the platform's repeat is the second chance.
        """
        if incoming.kind is MessageKind.SILENT and incoming.event.lower() in _IGNORED_EVENTS:
            return ""
        future = self._start(incoming)
        try:
            return future.result(timeout=self._budget_s)
        except FutureTimeout:
            return self._defer(incoming)

    def resume_abandoned(self) -> int:
        """Answer messages whose handler died after `success` was said; how many were taken up."""
        with self._db.transaction() as session:
            found = inbox.abandoned(session, real_now())
        for incoming in found:
            self._start(incoming).result()
        return len(found)

    def close(self) -> None:
        """Finish what is under way."""
        self._pool.shutdown(wait=True)

    def _start(self, incoming: Incoming) -> Future[str]:
        with self._lock:
            future = self._under_way.get(incoming.dedupe_key)
            if future is not None:
                return future
            future = self._pool.submit(self._handler.handle, incoming)
            self._under_way[incoming.dedupe_key] = future
        future.add_done_callback(lambda _done: self._forget(incoming.dedupe_key))
        return future

    def _forget(self, dedupe_key: str) -> None:
        with self._lock:
            self._under_way.pop(dedupe_key, None)

    def _defer(self, incoming: Incoming) -> str:
        with self._db.transaction() as session:
            if inbox.defer(session, incoming, self._clock.now(), real_now()):
                log.event("message_deferred", level=logging.WARNING)
                return ""
            row = inbox.stored(session, incoming.dedupe_key)
            return row.reply_xml if row is not None else ""
