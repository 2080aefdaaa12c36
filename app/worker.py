"""The worker: takes up what was left, escalates what is due, delivers what is due, runs what is periodic.

A thread of the web process on SQLite (one writer), any number of processes on PostgreSQL; same code.
"""

import os
import secrets
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from app import log
from app.clock import Clock, real_now
from app.db import Database
from app.outbox import periodic, rewinding
from app.outbox.delivery import deliver
from app.outbox.failing import Failing
from app.outbox.periodic import Job
from app.outbox.ports import Sender
from app.outbox.quiet import QuietUntil, never_quiet

IDLE_S = 0.3
AFTER_FAULT_S = 2.0
BEAT_EVERY = timedelta(seconds=10)
DELIVERY_ROUNDS_PER_TICK = 4


def _nothing() -> bool:
    return False


def _nothing_due(_session: Session, _now: datetime) -> int:
    return 0


@dataclass(frozen=True)
class Hooks:
    """What the worker does for the floors above the outbox; each returns how much it did.

    `escalate` works in the transaction it is given; the others open their own. `quiet_until`: the end of the
    quiet hours around a moment, None outside them.
    """

    escalate: Callable[[Session, datetime], int] = _nothing_due
    resume: Callable[[], int | bool] = _nothing
    quiet_until: QuietUntil = never_quiet


class Worker:
    """One loop. `tick` is one round of it and what tests drive."""

    def __init__(
        self,
        db: Database,
        sender: Sender,
        clock: Clock,
        *,
        hooks: Hooks | None = None,
        jobs: Sequence[Job] = (),
        owner: str = "",
    ) -> None:
        self._db = db
        self._sender = sender
        self._clock = clock
        self._hooks = hooks or Hooks()
        self._jobs = jobs
        self.owner = owner or f"{socket.gethostname()[:32]}:{os.getpid()}:{secrets.token_hex(4)}"
        self._stop = threading.Event()
        self._beaten_at: datetime | None = None
        self._last_round: datetime | None = None
        self._had_fault = False
        self._failing = Failing()

    def run(self) -> None:
        """Tick until `stop`; never ends by an exception."""
        log.event("started", part="worker", owner=self.owner)
        while not self._stop.is_set():
            self._had_fault = False
            is_busy = self.tick(self._clock.now())
            if self._had_fault:
                self._stop.wait(AFTER_FAULT_S)
            elif not is_busy:
                self._stop.wait(IDLE_S)
        log.event("stopped", part="worker", owner=self.owner)

    def stop(self) -> None:
        """End after the step under way; an attempt that was sent is still recorded."""
        self._stop.set()

    def tick(self, now: datetime) -> bool:
        """One round of everything that is due at `now`; whether anything was done.

        A step that fails is logged and tried again next round; the others still run.
        """
        self._beat()
        self._guarded("clock", lambda: self._look_at_clock(now))
        done = [
            self._guarded("resume", lambda: bool(self._hooks.resume())),
            self._guarded("escalate", lambda: self._escalate(now)),
            self._guarded("deliver", lambda: self._deliver(now)),
        ]
        done.append(self._guarded("jobs", lambda: self._run_jobs(now)))
        return any(done)

    def _guarded(self, step: str, act: Callable[[], bool]) -> bool:
        try:
            done = act()
        except Exception as error:  # the loop outlives a full disk and a broken hook
            self._failing.note(step, error, real_now())
            self._had_fault = True
            return False
        self._failing.clear(step)
        return done

    def _beat(self) -> None:
        moment = real_now()
        if self._beaten_at is not None and abs(moment - self._beaten_at) < BEAT_EVERY:
            return

        def write() -> bool:
            with self._db.transaction() as session:
                periodic.beat(session, moment)
            self._beaten_at = moment
            return False

        self._guarded("heartbeat", write)

    def _look_at_clock(self, now: datetime) -> bool:
        before, self._last_round = self._last_round, now
        if rewinding.has_stepped_back(before, now):
            with self._db.transaction() as session:
                count = rewinding.put_right(session, self._jobs, now, real_now())
            if count:
                log.event("clock_set_back", count=count)
        return False

    def _escalate(self, now: datetime) -> bool:
        with self._db.transaction() as session:
            count = self._hooks.escalate(session, now)
        if count:
            log.event("escalated", count=count)
        return bool(count)

    def _deliver(self, now: datetime) -> bool:
        for count in range(DELIVERY_ROUNDS_PER_TICK):
            if self._stop.is_set() or not self._deliver_some(now):
                return count > 0
            self._beat()
        return True

    def _deliver_some(self, now: datetime) -> bool:
        return deliver(
            self._db,
            self._sender,
            owner=self.owner,
            now=now,
            quiet_until=self._hooks.quiet_until,
            may_go_on=lambda: not self._stop.is_set(),
        )

    def _run_jobs(self, now: datetime) -> bool:
        if not self._jobs:
            return False
        with self._db.reading() as session:
            due = periodic.due(session, self._jobs, now)
        ran = [self._run_job(job, now) for job in due]
        return any(ran)

    def _run_job(self, job: Job, now: datetime) -> bool:
        is_ours = self._guarded("claim", lambda: self._claim(job, now))
        return is_ours and self._guarded(job.name, lambda: self._run_claimed(job, now))

    def _claim(self, job: Job, now: datetime) -> bool:
        with self._db.transaction() as session:
            return periodic.claim(session, job, self.owner, now)

    def _run_claimed(self, job: Job, now: datetime) -> bool:
        succeeded = False
        try:
            job.run(now)
            succeeded = True
        finally:
            with self._db.transaction() as session:
                periodic.finish(session, job, self.owner, now, succeeded=succeeded)
        return True


def in_transaction(db: Database, act: Callable[[Session, datetime], None]) -> Callable[[datetime], None]:
    """A periodic duty that only reads and writes the database: the worker opens its one transaction."""

    def run(now: datetime) -> None:
        with db.transaction() as session:
            act(session, now)

    return run


def is_alive(session: Session, moment: datetime, patience: timedelta = timedelta(seconds=60)) -> bool:
    """For /readyz: whether a worker's heartbeat is fresh at a real moment."""
    beat = periodic.last_beat(session)
    return beat is not None and abs(moment - beat) <= patience
