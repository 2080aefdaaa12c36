"""Which message may go next, and the lease on it.

A message of a person never overtakes an earlier one that is under way, due, or waiting for a repeat. One
scheduled for later, or held back because a channel is parked, does not block the ones behind it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.db import UtcDateTime
from app.outbox.models import OutboxMessage, OutboxState
from app.outbox.retry import Channel

LEASE = timedelta(seconds=90)

Moment = datetime | BindParameter[datetime]


def candidates(session: Session, now: datetime, *, most: int, lock: bool) -> list[OutboxMessage]:
    """The rows to work on, each of another person: those whose worker died first, then the longest due.

    None if all is done or blocked. `lock` (PostgreSQL) skips rows another worker is looking at; it only saves a
    wait, `lease` decides.
    """
    for is_rescue in (True, False):
        statement = _candidates(is_rescue=is_rescue, lock=lock)
        values = {"now": now, "most": most}
        rows = session.scalars(statement, values, execution_options={"populate_existing": True}).all()
        if rows:
            return list(rows)
    return []


@cache
def _candidates(*, is_rescue: bool, lock: bool) -> Select[OutboxMessage]:
    """Built once: building it takes longer than running it."""
    now = bindparam("now", type_=UtcDateTime())
    statement = (
        select(OutboxMessage)
        .where(_has_died(now) if is_rescue else _is_due(now), ~_earlier_unsent(now))
        .order_by(col(OutboxMessage.due_at), col(OutboxMessage.id))
        .limit(bindparam("most", type_=Integer()))
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


def lease(
    session: Session, ids: Iterable[int], *, channel: Channel, owner: str, now: datetime
) -> frozenset[int]:
    """Take these rows for one attempt by this channel; the ids of those that no other worker took first.

    From here a message may have reached the platform: `first_tried_at` is set unless it already was.
    """
    statement = (
        update(OutboxMessage)
        .where(col(OutboxMessage.id).in_(list(ids)), or_(_is_due(now), _has_died(now)))
        .values(
            state=OutboxState.RUN.value,
            owner=owner,
            channel=channel.value,
            lease_until=now + LEASE,
            tries=col(OutboxMessage.tries) + 1,
            first_tried_at=func.coalesce(col(OutboxMessage.first_tried_at), now),
        )
        .returning(col(OutboxMessage.id))
    )
    rows = session.connection().execute(statement)
    return frozenset(row.id for row in rows if row.id is not None)


def owned(session: Session, ids: Iterable[int], owner: str) -> dict[int, OutboxMessage]:
    """Those rows, locked, whose lease this owner still holds, by id (fencing: a slow worker must not write)."""
    statement = (
        select(OutboxMessage)
        .where(col(OutboxMessage.id).in_(list(ids)))
        .order_by(col(OutboxMessage.id))
        .with_for_update()
    )
    rows = session.scalars(statement, execution_options={"populate_existing": True})
    return {
        row.id: row
        for row in rows
        if row.id is not None and row.state == OutboxState.RUN and row.owner == owner
    }
