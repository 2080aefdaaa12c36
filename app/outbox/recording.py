"""What became of an attempt, written onto its row by whoever still holds the lease."""

import logging
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app import log
from app.followers import service as followers
from app.outbox import breaker, service
from app.outbox.models import OutboxMessage, OutboxState
from app.outbox.ports import DeliveryError
from app.outbox.retry import (
    Channel,
    Dead,
    ErrorKind,
    Hold,
    NextChannel,
    Parked,
    Pending,
    Retry,
    Step,
    after_failure,
)
from bot.messages import Reply

NOT_SENT = (ErrorKind.NOT_FOLLOWING, ErrorKind.RECIPIENT)


@dataclass(frozen=True)
class Attempt:
    """One leased message, out of the database's reach while it is on its way.

    `unsure_since` is when an earlier attempt may first have arrived; None if all were certainly refused.
    """

    message_id: int
    openid: str
    kind: str
    reply: Reply
    fields: dict[str, str]
    path: str
    channel: Channel
    client_msg_id: str
    texts: int
    unsure_since: datetime | None


@dataclass(frozen=True)
class Outcome:
    """What the platform said to an attempt: its message id, or why not."""

    platform_id: str = ""
    failure: DeliveryError | None = None


def settle_unsent(row: OutboxMessage, decision: Hold | Pending | None) -> None:
    """No attempt now. A held message starts its count of tries afresh: the fault was not its own."""
    if isinstance(decision, Hold):
        _rest(row, OutboxState.NEW)
        row.due_at, row.tries, row.last_error = decision.until, 0, row.last_error or "channel parked"
    elif isinstance(decision, Pending):
        _rest(row, OutboxState.PENDING)
        log.event("push_pending", message=row.id, kind=row.kind)
    else:
        _rest(row, OutboxState.UNKNOWN)
        log.event("push_unknown", message=row.id, kind=row.kind)


def _rest(row: OutboxMessage, state: OutboxState) -> None:
    row.state, row.owner, row.lease_until = state, "", None


def give_back(row: OutboxMessage, attempt: Attempt) -> None:
    """It was leased and not sent: as if it had not been looked at."""
    _rest(row, OutboxState.NEW)
    row.tries, row.first_tried_at = row.tries - 1, attempt.unsure_since


def record(session: Session, row: OutboxMessage, attempt: Attempt, outcome: Outcome, now: datetime) -> None:
    """Write the outcome of an attempt onto its row, and what it says of the person and the platform."""
    if outcome.failure is not None:
        _record_failure(session, row, attempt, outcome.failure, now)
        return
    _rest(row, OutboxState.SENT)
    row.sent_at, row.platform_id, row.last_error = now, outcome.platform_id, ""
    followers.use_window(session, row.openid, attempt.texts)
    status = service.early_receipt(row, outcome.platform_id)
    if status:
        service.settle(session, row, status, now)
    log.event("push_sent", message=row.id, kind=row.kind, channel=attempt.channel)


def _record_failure(
    session: Session, row: OutboxMessage, attempt: Attempt, failure: DeliveryError, now: datetime
) -> None:
    kind = ErrorKind.AMBIGUOUS if failure.sent else failure.kind
    if kind in breaker.PLATFORM_FAILURES:
        breaker.note_failure(session, kind, now)
    else:
        breaker.note_answer(session)
    if failure.is_alarming:
        log.event("alarm", level=logging.ERROR, message=row.id, reason=failure.message, kind=row.kind)
    if failure.sent:
        followers.use_window(session, row.openid, failure.sent)
    if kind is not ErrorKind.AMBIGUOUS:
        row.first_tried_at = attempt.unsure_since
    row.last_error = failure.message[:500]
    step = after_failure(
        kind,
        attempt.channel,
        tries=row.tries,
        first_tried_at=row.first_tried_at,
        waiting_since=row.created_at,
        now=now,
    )
    _mark_person(session, row.openid, kind, step)
    _apply(session, row, attempt.channel, kind, step, now)


def _mark_person(session: Session, openid: str, kind: ErrorKind, step: Step) -> None:
    if kind in NOT_SENT:
        followers.mark_left(session, openid)
    elif isinstance(step, NextChannel):
        followers.close_window(session, openid)


def _apply(
    session: Session, row: OutboxMessage, channel: Channel, kind: ErrorKind, step: Step, now: datetime
) -> None:
    match step:
        case Retry(at=at):
            _rest(row, OutboxState.NEW)
            row.due_at = at
        case NextChannel():
            _rest(row, OutboxState.NEW)
            row.due_at = now
        case Parked(until=until):
            _rest(row, OutboxState.NEW)
            row.due_at = now
            breaker.park(session, channel, row.kind if kind is ErrorKind.TEMPLATE else "", until)
            log.event("push_parked", message=row.id, kind=row.kind, channel=channel, until=until)
        case Dead():
            _rest(row, OutboxState.DEAD)
            log.event("push_dead", level=logging.ERROR, message=row.id, kind=row.kind, reason=row.last_error)
        case other:
            settle_unsent(row, other if isinstance(other, Pending) else None)
