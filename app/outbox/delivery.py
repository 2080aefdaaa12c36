"""Deliver one message: claim with a lease, send outside any transaction, record as the owner of the lease."""

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app import log
from app.db import Database
from app.followers import service as followers
from app.followers.models import Follower
from app.followers.windows import Window
from app.outbox import breaker, claims, quiet, service
from app.outbox.models import OutboxMessage, OutboxState
from app.outbox.ports import DeliveryError, Sender
from app.outbox.quiet import QuietUntil, never_quiet
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
    choose_channel,
    may_repeat,
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


def deliver_one(
    db: Database, sender: Sender, *, owner: str, now: datetime, quiet_until: QuietUntil = never_quiet
) -> bool:
    """Take one due message one step further; False when nothing can be done now.

    1. Pick the next message whose person has no earlier one waiting; in quiet hours put it off (`quiet`).
    2. Settle it without the network where no channel is usable or a repeat could appear twice.
    3. Otherwise lease it, send, and record the outcome only while the lease is still this owner's.
    """
    with db.transaction() as session:
        row = claims.next_candidate(session, now, lock=not db.is_sqlite)
        if row is None:
            return False
        morning = quiet.held_until(session, row, now, quiet_until)
        if morning is not None:
            row.due_at, row.tries, row.last_error = morning, 0, row.last_error or quiet.HELD
            session.add(row)
            return True
        channel = _channel(session, row, sender, now)
        if not isinstance(channel, Channel):
            _settle_unsent(row, channel)
            session.add(row)
            return True
        attempt = _attempt(row, channel, sender)
        if not breaker.may_try(session, now):
            return False
        if not claims.lease(session, row, channel=channel, owner=owner, now=now):
            return True
    platform_id, failure = _send(sender, attempt)
    with db.transaction() as session:
        current = claims.owned(session, attempt.message_id, owner)
        if current is not None:
            _record(session, current, attempt, platform_id, failure, now)
    return True


def _channel(
    session: Session, row: OutboxMessage, sender: Sender, now: datetime
) -> Channel | Hold | Pending | None:
    """The channel of the next attempt; None where the message may have arrived and must not be repeated."""
    parked = breaker.parked(session, row.kind)
    if row.first_tried_at is not None:
        if not may_repeat(Channel(row.channel), row.first_tried_at, now):
            return None
        until = parked.get(Channel.TEMPLATE, now)
        return Hold(until) if until > now else Channel.TEMPLATE
    follower = session.get(Follower, row.openid, populate_existing=True)
    return choose_channel(
        followers.window_of(follower) if follower else Window(),
        is_subscribed=follower is None or follower.is_subscribed,
        texts_needed=sender.count_texts(Reply.from_json(row.reply)),
        has_template=sender.has_template(row.kind),
        parked=parked,
        now=now,
    )


def _settle_unsent(row: OutboxMessage, decision: Hold | Pending | None) -> None:
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


def _attempt(row: OutboxMessage, channel: Channel, sender: Sender) -> Attempt:
    assert row.id is not None  # noqa: S101 - read from the database
    reply = Reply.from_json(row.reply)
    digest = hashlib.sha256(row.dedupe_key.encode()).hexdigest()[:16]
    return Attempt(
        message_id=row.id,
        openid=row.openid,
        kind=row.kind,
        reply=reply,
        fields=dict(row.fields),
        path=row.path,
        channel=channel,
        client_msg_id=f"{row.id}-{digest}",
        texts=sender.count_texts(reply) if channel is Channel.TEXT else 0,
        unsure_since=row.first_tried_at,
    )


def _send(sender: Sender, attempt: Attempt) -> tuple[str, DeliveryError | None]:
    try:
        if attempt.channel is Channel.TEXT:
            sender.send_text(attempt.openid, attempt.reply)
            return "", None
        platform_id = sender.send_template(
            attempt.openid, attempt.kind, attempt.fields, attempt.path, attempt.client_msg_id
        )
    except DeliveryError as error:
        return "", error
    return platform_id, None


def _record(
    session: Session,
    row: OutboxMessage,
    attempt: Attempt,
    platform_id: str,
    failure: DeliveryError | None,
    now: datetime,
) -> None:
    if failure is None:
        breaker.note_answer(session)
        _rest(row, OutboxState.SENT)
        row.sent_at, row.platform_id, row.last_error = now, platform_id, ""
        followers.use_window(session, row.openid, attempt.texts)
        status = service.early_receipt(row, platform_id)
        if status:
            service.settle(session, row, status, now)
        log.event("push_sent", message=row.id, kind=row.kind, channel=attempt.channel)
    else:
        _record_failure(session, row, attempt, failure, now)
    session.add(row)


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
            _settle_unsent(row, other if isinstance(other, Pending) else None)
