"""Deliver what is due: claim with a lease, send outside any transaction, record as the owner of the lease.

A few messages at a time, each to another person, so that waiting for the disk is shared: one commit takes the
leases, one keeps the outcomes. docs/decisions/0009-many-together.md says what that costs.
"""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest

from sqlmodel import Session

from app.db import Database
from app.followers import holding
from app.followers import service as followers
from app.followers.holding import Held
from app.followers.windows import Window
from app.outbox import breaker, claims, quiet, recording
from app.outbox.models import OutboxMessage
from app.outbox.ports import DeliveryError, Sender
from app.outbox.quiet import QuietUntil, never_quiet
from app.outbox.recording import Attempt, Outcome
from app.outbox.retry import Channel, Hold, Pending, choose_channel, may_repeat
from bot.messages import Reply

TOGETHER = 16
# A round that takes longer stops there, well before its leases run out.
LONGEST_ROUND = timedelta(seconds=30)


def deliver(
    db: Database,
    sender: Sender,
    *,
    owner: str,
    now: datetime,
    quiet_until: QuietUntil = never_quiet,
    may_go_on: Callable[[], bool] = lambda: True,
) -> bool:
    """Take due messages one step further, at most one a person; False when nothing can be done now.

    1. Pick messages whose persons have no earlier one waiting; in quiet hours put them off (`quiet`).
    2. Settle without the network where no channel is usable or a repeat could appear twice.
    3. Lease the others, send one after the other, and record the outcomes only while the leases are still this
       owner's. The first failure, or `may_go_on` saying no, ends the round: what was not sent goes back as it was.
    """
    with db.transaction() as session:
        most = TOGETHER if breaker.is_calm(session) else 1
        rows = claims.candidates(session, now, most=most, lock=not db.is_sqlite)
        if not rows:
            return False
        ready = _ready(session, rows, sender, now, quiet_until)
        if ready and not breaker.may_try(session, now):
            return len(ready) < len(rows)
        attempts = _leased(session, ready, owner, now)
    outcomes = _sent(sender, attempts, may_go_on)
    if attempts:
        with db.transaction() as session:
            _keep(session, attempts, outcomes, owner, now)
    return True


def _leased(session: Session, ready: Sequence[Attempt], owner: str, now: datetime) -> list[Attempt]:
    taken: set[int] = set()
    for channel in Channel:
        ids = [attempt.message_id for attempt in ready if attempt.channel is channel]
        if ids:
            taken |= claims.lease(session, ids, channel=channel, owner=owner, now=now)
    return [attempt for attempt in ready if attempt.message_id in taken]


def _ready(
    session: Session, rows: Sequence[OutboxMessage], sender: Sender, now: datetime, quiet_until: QuietUntil
) -> list[Attempt]:
    """Those that are to be tried now; the others are put off or settled."""
    people = holding.look(session, {row.openid for row in rows})
    parked = {kind: breaker.parked(session, kind) for kind in {row.kind for row in rows}}
    ready = []
    for row in rows:
        session.add(row)
        follower = people.get(row.openid)
        morning = quiet.held_until(row, follower, now, quiet_until)
        if morning is not None:
            row.due_at, row.tries, row.last_error = morning, 0, row.last_error or quiet.HELD
            continue
        channel = _channel(row, follower, parked[row.kind], sender, now)
        if isinstance(channel, Channel):
            ready.append(_attempt(row, channel, sender))
        else:
            recording.settle_unsent(row, channel)
    session.flush()
    return ready


def _channel(
    row: OutboxMessage,
    follower: Held | None,
    parked: Mapping[Channel, datetime],
    sender: Sender,
    now: datetime,
) -> Channel | Hold | Pending | None:
    """The channel of the next attempt; None where the message may have arrived and must not be repeated."""
    if row.first_tried_at is not None:
        if not may_repeat(Channel(row.channel), row.first_tried_at, now):
            return None
        until = parked.get(Channel.TEMPLATE, now)
        return Hold(until) if until > now else Channel.TEMPLATE
    return choose_channel(
        followers.window_of(follower) if follower else Window(),
        is_subscribed=follower is None or follower.is_subscribed,
        texts_needed=sender.count_texts(Reply.from_json(row.reply)),
        has_template=sender.has_template(row.kind),
        parked=parked,
        now=now,
    )


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


def _sent(sender: Sender, attempts: Sequence[Attempt], may_go_on: Callable[[], bool]) -> list[Outcome]:
    """Send one after the other until one fails; an outcome for each that was tried."""
    ends = time.monotonic() + LONGEST_ROUND.total_seconds()
    outcomes: list[Outcome] = []
    for attempt in attempts:
        if outcomes and (outcomes[-1].failure or not may_go_on() or time.monotonic() > ends):
            break
        outcomes.append(_send(sender, attempt))
    return outcomes


def _send(sender: Sender, attempt: Attempt) -> Outcome:
    try:
        if attempt.channel is Channel.TEXT:
            sender.send_text(attempt.openid, attempt.reply)
            return Outcome()
        platform_id = sender.send_template(
            attempt.openid, attempt.kind, attempt.fields, attempt.path, attempt.client_msg_id
        )
    except DeliveryError as error:
        return Outcome(failure=error)
    return Outcome(platform_id)


def _keep(
    session: Session, attempts: Sequence[Attempt], outcomes: Sequence[Outcome], owner: str, now: datetime
) -> None:
    """Write down what became of each; people's rows are changed in the order in which everybody locks them."""
    rows = claims.owned(session, [attempt.message_id for attempt in attempts], owner)
    if any(outcome.failure is None for outcome in outcomes):
        breaker.note_answer(session)
    for attempt, outcome in sorted(zip_longest(attempts, outcomes), key=lambda pair: pair[0].openid):
        row = rows.get(attempt.message_id)
        if row is None:
            continue
        if outcome is None:
            recording.give_back(row, attempt)
        else:
            recording.record(session, row, attempt, outcome, now)
        session.add(row)
