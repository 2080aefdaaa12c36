"""Which message may go next, and the lease on it.

A message of a person never overtakes an earlier one that is under way, due, or waiting for a repeat. One
scheduled for later, or held back because a channel is parked, does not block the ones behind it.
"""

from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, or_, select, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.db import UtcDateTime
from app.outbox.models import OutboxMessage, OutboxState
from app.outbox.retry import Channel

LEASE = timedelta(seconds=90)

Moment = datetime | BindParameter[datetime]


def next_candidate(session: Session, now: datetime, *, lock: bool) -> OutboxMessage | None:
    """The row to work on: one whose worker died first, then the longest due; None if all is done or blocked.

    `lock` (PostgreSQL) skips rows another worker is looking at; it only saves a wait, `lease` decides.
    """
    for is_rescue in (True, False):
        statement = _candidates(is_rescue=is_rescue, lock=lock)
        row = session.scalars(statement, {"now": now}, execution_options={"populate_existing": True}).first()
        if row is not None:
            return row
    return None


@cache
def _candidates(*, is_rescue: bool, lock: bool) -> Select[OutboxMessage]:
    """Built once: building it takes longer than running it."""
    now = bindparam("now", type_=UtcDateTime())
    statement = (
        select(OutboxMessage)
        .where(_has_died(now) if is_rescue else _is_due(now), ~_earlier_unsent(now))
        .order_by(col(OutboxMessage.due_at), col(OutboxMessage.id))
        .limit(1)
    )
    return statement.with_for_update(skip_locked=True) if lock else statement


def _is_due(now: Moment) -> ColumnElement[bool]:
    return and_(col(OutboxMessage.state) == OutboxState.NEW, col(OutboxMessage.due_at) <= now)


def _has_died(now: Moment) -> ColumnElement[bool]:
    return and_(col(OutboxMessage.state) == OutboxState.RUN, col(OutboxMessage.lease_until) <= now)


def _earlier_unsent(now: Moment) -> ColumnElement[bool]:
    other = aliased(OutboxMessage)
    is_waiting = and_(
        col(other.state) == OutboxState.NEW, or_(col(other.due_at) <= now, col(other.tries) > 0)
    )
    is_running = col(other.state) == OutboxState.RUN
    return (
        select(col(other.id))
        .where(
            col(other.openid) == col(OutboxMessage.openid),
            col(other.id) != col(OutboxMessage.id),
            or_(
                and_(is_running, col(other.lease_until) > now),
                and_(col(other.id) < col(OutboxMessage.id), or_(is_waiting, is_running)),
            ),
        )
        .exists()
    )


def lease(session: Session, row: OutboxMessage, *, channel: Channel, owner: str, now: datetime) -> bool:
    """Take the row for one attempt by this channel; False if another worker was faster.

    From here the message may have reached the platform: `first_tried_at` is set unless it already was.
    """
    statement = (
        update(OutboxMessage)
        .where(col(OutboxMessage.id) == row.id, or_(_is_due(now), _has_died(now)))
        .values(
            state=OutboxState.RUN.value,
            owner=owner,
            channel=channel.value,
            lease_until=now + LEASE,
            tries=col(OutboxMessage.tries) + 1,
            first_tried_at=row.first_tried_at or now,
        )
        .returning(col(OutboxMessage.id))
    )
    return session.connection().execute(statement).scalar_one_or_none() is not None


def owned(session: Session, message_id: int, owner: str) -> OutboxMessage | None:
    """The row, locked, if this owner still holds its lease (fencing: a slow worker must not write)."""
    row = session.get(OutboxMessage, message_id, with_for_update=True, populate_existing=True)
    if row is None or row.state != OutboxState.RUN or row.owner != owner:
        return None
    return row
