"""Leased periodic jobs: one worker runs each, a late run is caught up once and never skipped; and the heartbeat.

Deadlines of jobs follow the business clock, the heartbeat real time.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from app import keyvalue
from app.clock import SHANGHAI
from app.outbox.models import PeriodicJob

HEARTBEAT = "worker.heartbeat"
JOB_LEASE = timedelta(minutes=10)
RETRY_AFTER = timedelta(minutes=5)

_PLANNED = select(col(PeriodicJob.name), col(PeriodicJob.next_run_at)).where(
    col(PeriodicJob.name).in_(bindparam("names", expanding=True))
)

NextRun = Callable[[datetime], datetime]


@dataclass(frozen=True)
class Job:
    """A job and its rhythm: `next_run` gives the first moment of the rhythm after a given one.

    `run` gets the moment of the tick and opens its own transactions.
    """

    name: str
    next_run: NextRun
    run: Callable[[datetime], None]


def every(step: timedelta) -> NextRun:
    """Again one step after the last run."""
    return lambda moment: moment + step


def daily(hour: int, minute: int = 0) -> NextRun:
    """Every day at this time in China."""

    def after(moment: datetime) -> datetime:
        local = moment.astimezone(SHANGHAI)
        today = datetime.combine(local.date(), time(hour, minute), SHANGHAI)
        return (today if today > local else today + timedelta(days=1)).astimezone(UTC)

    return after


def due(session: Session, jobs: Iterable[Job], now: datetime) -> list[Job]:
    """Those that may be claimed now or were never seen: one look, so that a round without any costs one statement."""
    wanted = list(jobs)
    rows = session.connection().execute(_PLANNED, {"names": [job.name for job in wanted]})
    planned = {row.name: row.next_run_at for row in rows}
    return [job for job in wanted if planned.get(job.name, now) <= now]


def claim(session: Session, job: Job, owner: str, now: datetime) -> bool:
    """Lease the job if it is due; a job never seen before is planned for its first moment after `now`."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    first = insert(PeriodicJob).values(name=job.name, next_run_at=job.next_run(now), owner="")
    session.connection().execute(first.on_conflict_do_nothing(index_elements=["name"]))
    taken = session.connection().execute(
        update(PeriodicJob)
        .where(
            col(PeriodicJob.name) == job.name,
            col(PeriodicJob.next_run_at) <= now,
            or_(col(PeriodicJob.lease_until).is_(None), col(PeriodicJob.lease_until) <= now),
        )
        .values(owner=owner, lease_until=now + JOB_LEASE)
    )
    return bool(taken.rowcount == 1)


def finish(session: Session, job: Job, owner: str, now: datetime, *, succeeded: bool) -> None:
    """Plan the next run, if the lease is still this owner's; after a failure soon, however late that is."""
    values = {"owner": "", "lease_until": None}
    if succeeded:
        planned = {"next_run_at": job.next_run(now), "last_ok_at": now}
    else:
        planned = {"next_run_at": now + RETRY_AFTER}
    session.connection().execute(
        update(PeriodicJob)
        .where(col(PeriodicJob.name) == job.name, col(PeriodicJob.owner) == owner)
        .values(**values, **planned)
    )


def beat(session: Session, real_now: datetime) -> None:
    """The worker is alive."""
    keyvalue.write(session, HEARTBEAT, real_now.isoformat())


def last_beat(session: Session) -> datetime | None:
    """When a worker last said so, in real time; None if none ever did."""
    text = keyvalue.read(session, HEARTBEAT)
    return datetime.fromisoformat(text) if text else None
