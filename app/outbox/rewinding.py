"""What a clock that ran ahead left behind, put right once it has been set back: otherwise it would wait till then.

A worker looks on its first round, and whenever business time is earlier than the round before. A lease is an hour
old at most; one that lasts for more than a day from now was written by another clock.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Table, update
from sqlmodel import Session, SQLModel, col

from app.outbox.models import PeriodicJob
from app.outbox.periodic import RETRY_AFTER, Job

STEP_BACK = timedelta(seconds=30)
TOO_FAR = timedelta(days=1)
LEASE, WRITTEN, DUE = "lease_until", "created_at", "due_at"
# Their rows wait to be sent; `due_at` of other tables is somebody's deadline.
SENT_LATER = ("outbox", "webhook_delivery")


def has_stepped_back(before: datetime | None, now: datetime) -> bool:
    """Whether the clock was set back since the last round; True for the first."""
    return before is None or now < before - STEP_BACK


def put_right(session: Session, jobs: Sequence[Job], now: datetime, real_now: datetime) -> int:
    """Plan jobs anew, end leases and make messages due that only a later moment would; how many rows.

    Leases are in business or in real time, which differ in a demo only: both are allowed for.
    """
    latest, at_once = max(now, real_now) + TOO_FAR, min(now, real_now)
    count = sum(_plan_anew(session, job, now) for job in jobs)
    for table in SQLModel.metadata.sorted_tables:
        if LEASE in table.columns:
            count += _set(session, table, LEASE, table.c[LEASE] > latest, at_once)
        if table.name in SENT_LATER:
            is_from_later = (table.c[WRITTEN] > latest) & (table.c[DUE] > now)
            count += _set(session, table, DUE, is_from_later, at_once)
    return count


def _plan_anew(session: Session, job: Job, now: datetime) -> int:
    """A run that was done before the step back is not done again: one moment of the rhythm may be left out."""
    planned = job.next_run(now)
    latest = max(job.next_run(planned), now + RETRY_AFTER)
    statement = (
        update(PeriodicJob)
        .where(col(PeriodicJob.name) == job.name, col(PeriodicJob.next_run_at) > latest)
        .values(next_run_at=planned)
    )
    return int(session.connection().execute(statement).rowcount)


def _set(session: Session, table: Table, name: str, condition: ColumnElement[bool], value: datetime) -> int:
    statement = update(table).where(condition).values({name: value})
    return int(session.connection().execute(statement).rowcount)
