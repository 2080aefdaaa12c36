"""One message of the platform: de-duplicate, understand, carry out, answer within the five-second rule.

1. A repeat gets the stored reply; a repeat of something still under way waits for the same result.
2. The search runs before the write transaction opens: SQLite has one writer.
3. One transaction claims the message, carries out the effects, saves the dialogue and stores the reply.
4. Not ready within the budget: the message is stored as DEFERRED, `success` is said, and the answer goes
   through the outbox once it is ready. Which of the two happens is decided by the inbox row, never twice.
5. One person's messages are handled one after the other, and people take turns: whoever sends a flood waits
   in a line of their own.
"""

import logging
import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout

from app import log
from app.clock import Clock, real_now
from app.conversations import inbox
from app.conversations.handling import MessageHandler
from app.db import Database
from app.meters import MESSAGES, RECEIVE_SECONDS, Meters
from bot.messages import Incoming, MessageKind

BUDGET_S = 3.8
THREADS = 16
_IGNORED_EVENTS = frozenset({"view", "location"})


class Conversations:
    """The chat's front desk. `receive` may be called from any number of threads."""

    def __init__(
        self,
        db: Database,
        handler: MessageHandler,
        clock: Clock,
        *,
        budget_s: float = BUDGET_S,
        meters: Meters | None = None,
    ) -> None:
        self._db = db
        self._handler = handler
        self._clock = clock
        self._budget_s = budget_s
        self._meters = meters or Meters()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="message")
        self._under_way: dict[str, Future[str]] = {}
        self._lines: dict[str, deque[tuple[Incoming, Future[str]]]] = {}
        self._lock = threading.Lock()

    def receive(self, incoming: Incoming) -> str:
        """The plain reply document, or "" for a bare `success`.

        Raises whatever broke: then nothing was kept and the platform's repeat is the second chance.
        """
        if incoming.kind is MessageKind.SILENT and incoming.event.lower() in _IGNORED_EVENTS:
            return ""
        with self._meters.timed(RECEIVE_SECONDS):
            return self._received(incoming)

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

    def _received(self, incoming: Incoming) -> str:
        future = self._start(incoming)
        try:
            return future.result(timeout=self._budget_s)
        except FutureTimeout:
            return self._defer(incoming)
        except Exception:
            self._meters.count(MESSAGES, kind=incoming.kind.value, outcome="failed")
            raise

    def _start(self, incoming: Incoming) -> Future[str]:
        with self._lock:
            future = self._under_way.get(incoming.dedupe_key)
            if future is not None:
                return future
            future = self._under_way[incoming.dedupe_key] = Future()
            line = self._lines.setdefault(incoming.openid, deque())
            line.append((incoming, future))
            is_first = len(line) == 1
        if is_first:
            self._serve_later(incoming.openid)
        return future

    def _serve_later(self, openid: str) -> None:
        try:
            self._pool.submit(self._serve, openid)
        except RuntimeError:  # closing: what was taken is still finished
            self._serve(openid)

    def _serve(self, openid: str) -> None:
        """The first message of this person's line; the next one goes to the end of everybody's."""
        with self._lock:
            incoming, future = self._lines[openid][0]
        try:
            future.set_result(self._handler.handle(incoming))
        except BaseException as error:  # whoever waits gets it
            future.set_exception(error)
        with self._lock:
            self._under_way.pop(incoming.dedupe_key, None)
            line = self._lines[openid]
            line.popleft()
            has_more = bool(line)
            if not has_more:
                del self._lines[openid]
        if has_more:
            self._serve_later(openid)

    def _defer(self, incoming: Incoming) -> str:
        with self._db.transaction() as session:
            if inbox.defer(session, incoming, self._clock.now(), real_now()):
                log.event("message_deferred", level=logging.WARNING)
                self._meters.count(MESSAGES, kind=incoming.kind.value, outcome="deferred")
                return ""
            row = inbox.stored(session, incoming.dedupe_key)
            return row.reply_xml if row is not None else ""
