"""One message of the platform: de-duplicate, understand, carry out, answer within the five-second rule.

1. A repeat gets the stored reply; a repeat of something still under way waits for the same result.
2. The search runs before the write transaction opens: SQLite has one writer.
3. One transaction claims the message, carries out the effects, saves the dialogue and stores the reply. What
   came in while the one before was under way is carried out together (docs/decisions/0009-many-together.md).
4. Not ready within the budget: the message is stored as DEFERRED, `success` is said, and the answer goes
   through the outbox once it is ready. Which of the two happens is decided by the inbox row, never twice.
5. One person's messages are handled one after the other, and people take turns: whoever sends a flood waits
   in a line of their own.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from typing import TypeVar

from app import log
from app.clock import Clock, real_now
from app.conversations import inbox
from app.conversations.handling import MessageHandler
from app.conversations.plain import Prepared
from app.conversations.stages import Stage
from app.db import Database
from app.meters import MESSAGES, RECEIVE_SECONDS, Meters
from bot.messages import Incoming, MessageKind

BUDGET_S = 3.8
TOGETHER = 64
SEARCHED_TOGETHER = 32  # by one thread: two take turns at the interpreter and at the processor's cache
WRITERS = 4  # where there can be more than one: PostgreSQL
_IGNORED_EVENTS = frozenset({"view", "location"})

Outcome = TypeVar("Outcome")


@dataclass
class _Task:
    """A message on its way, and whoever waits for its reply."""

    incoming: Incoming
    future: Future[str]
    prepared: Prepared | None = None

    @property
    def ready(self) -> Prepared:
        """What the search made of it."""
        assert self.prepared is not None  # noqa: S101 - nothing is written before it was searched for
        return self.prepared


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
        writers = 1 if db.is_sqlite else WRITERS
        self._pool = ThreadPoolExecutor(1 + writers, thread_name_prefix="message")
        self._searching = Stage(self._pool, self._search, threads=1, most=SEARCHED_TOGETHER)
        self._writing = Stage(self._pool, self._write, threads=writers, most=TOGETHER)
        self._under_way: dict[str, Future[str]] = {}
        self._lines: dict[str, deque[_Task]] = {}
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
            task = _Task(incoming, future)
            line = self._lines.setdefault(incoming.openid, deque())
            line.append(task)
            is_first = len(line) == 1
        if is_first:
            self._searching.put(task)
        return future

    def _search(self, tasks: list[_Task]) -> None:
        handler = self._handler
        found = self._each(
            tasks, lambda some: handler.look_up(handler.prepare([task.incoming for task in some]))
        )
        for task, prepared in found:
            task.prepared = prepared
        self._writing.put(*(task for task, _ in found))

    def _write(self, tasks: list[_Task]) -> None:
        for task, reply in self._each(
            tasks, lambda some: self._handler.carry_out([task.ready for task in some])
        ):
            self._finish(task, reply)

    def _each(
        self, tasks: Sequence[_Task], act: Callable[[Sequence[_Task]], Sequence[Outcome]]
    ) -> list[tuple[_Task, Outcome]]:
        """Do it for all together; if that fails, for each alone: only whose own message it is gets the fault."""
        try:
            return list(zip(tasks, act(tasks), strict=True))
        except BaseException as error:  # whoever waits gets it
            if len(tasks) == 1:
                self._finish(tasks[0], error)
                return []
        return [done for task in tasks for done in self._each([task], act)]

    def _finish(self, task: _Task, outcome: str | BaseException) -> None:
        """Whoever waits gets it; the person's next message goes to the end of everybody's line."""
        if isinstance(outcome, BaseException):
            task.future.set_exception(outcome)
        else:
            task.future.set_result(outcome)
        with self._lock:
            self._under_way.pop(task.incoming.dedupe_key, None)
            line = self._lines[task.incoming.openid]
            line.popleft()
            following = line[0] if line else None
            if following is None:
                del self._lines[task.incoming.openid]
        if following is not None:
            self._searching.put(following)

    def _defer(self, incoming: Incoming) -> str:
        with self._db.transaction() as session:
            if inbox.defer(session, incoming, self._clock.now(), real_now()):
                log.event("message_deferred", level=logging.WARNING)
                self._meters.count(MESSAGES, kind=incoming.kind.value, outcome="deferred")
                return ""
            row = inbox.stored(session, incoming.dedupe_key)
            return row.reply_xml if row is not None else ""
