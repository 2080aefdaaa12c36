"""What the rest of the program says to the outbox: tell, cancel, show at next contact, settle by receipt.

Every function works inside the caller's transaction and never commits; sending is `delivery`'s.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import ColumnElement, Insert, Select, and_, bindparam, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from app import log
from app.db import UtcDateTime
from app.errors import Conflict, NotFound
from app.followers import service as followers
from app.outbox.models import OutboxMessage, OutboxState
from bot.messages import Reply

SHOWN_AT_ONCE = 3
RECEIPT_WAIT = timedelta(minutes=10)
PASSIVE = "passive"
MAYBE_SEEN = "（这条之前可能已经发给过您）\n"
UNSENT = (OutboxState.NEW, OutboxState.PENDING, OutboxState.UNKNOWN)


def enqueue(
    session: Session,
    *,
    dedupe_key: str,
    openid: str,
    kind: str,
    reply: Reply,
    fields: Mapping[str, str] | None = None,
    path: str = "",
    ticket_id: int | None = None,
    now: datetime,
    due_at: datetime | None = None,
) -> None:
    """Tell one person one thing, once: a second call with the same `dedupe_key` changes nothing.

    `kind` selects the template (QIYING_WECHAT_TEMPLATES), `fields` are its values by our own names, `path`
    is the page behind it. `due_at` (default `now`) delays the first attempt.
    """
    values = {
        "dedupe_key": dedupe_key,
        "openid": openid,
        "kind": kind,
        "reply": reply.to_json(),
        "fields": dict(fields or {}),
        "path": path,
        "ticket_id": ticket_id,
        "state": OutboxState.NEW.value,
        "created_at": now,
        "due_at": due_at or now,
        "owner": "",
        "tries": 0,
        "last_error": "",
        "channel": "",
        "platform_id": "",
        "receipt": "",
    }
    connection = session.connection()
    connection.execute(_enqueue_statement(connection.dialect.name), values)


@cache
def _enqueue_statement(dialect: str) -> Insert:
    """Built once: building it takes longer than running it."""
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return insert(OutboxMessage).on_conflict_do_nothing(index_elements=["dedupe_key"])


def cancel_for(session: Session, openid: str) -> int:
    """Give up everything not yet told to a person who unfollowed; how many. A send in flight is not recalled."""
    statement = (
        update(OutboxMessage)
        .where(col(OutboxMessage.openid) == openid, col(OutboxMessage.state).in_(UNSENT))
        .values(state=OutboxState.CANCELLED.value)
    )
    return int(session.connection().execute(statement).rowcount)


def take_pending(session: Session, openid: str, now: datetime, *, limit: int = SHOWN_AT_ONCE) -> list[Reply]:
    """What waited for this contact, oldest first, to be shown in the passive reply under way.

    1. PENDING rows, rows held back after a certain refusal, and UNKNOWN ones that no receipt settled within
       ten minutes (marked as perhaps seen: telling twice, hours apart, is better than never).
    2. At most `limit`; they count as SENT by the passive channel.
    3. The rest goes back to the queue: the contact has opened a customer-service window.
    """
    rows = _waiting(session, openid, now)
    replies = []
    for row in rows[:limit]:
        reply = Reply.from_json(row.reply)
        replies.append(Reply.of(MAYBE_SEEN, *reply.parts) if row.state == OutboxState.UNKNOWN else reply)
        row.state, row.channel, row.sent_at = OutboxState.SENT, PASSIVE, now
        session.add(row)
    for row in rows[limit:]:
        if row.state != OutboxState.UNKNOWN:
            row.state, row.due_at, row.tries = OutboxState.NEW, now, 0
            session.add(row)
    session.flush()
    return replies


def _waiting(session: Session, openid: str, now: datetime) -> list[OutboxMessage]:
    values = {"openid": openid, "now": now, "settled_by": now - RECEIPT_WAIT}
    return list(session.scalars(_waiting_statement(), values).all())


@cache
def _waiting_statement() -> Select[OutboxMessage]:
    """Built once: building it takes longer than running it, and every message asks."""
    return (
        select(OutboxMessage)
        .where(col(OutboxMessage.openid) == bindparam("openid"), _waits_for_contact())
        .order_by(col(OutboxMessage.id))
        .with_for_update()
    )


def have_pending(session: Session, openids: Iterable[str], now: datetime) -> frozenset[str]:
    """Those of these people for whom `take_pending` would find something."""
    values = {"openids": list(openids), "now": now, "settled_by": now - RECEIPT_WAIT}
    return frozenset(session.connection().execute(_have_pending_statement(), values).scalars())


@cache
def _have_pending_statement() -> Select[str]:
    return (
        select(col(OutboxMessage.openid))
        .where(col(OutboxMessage.openid).in_(bindparam("openids", expanding=True)), _waits_for_contact())
        .distinct()
    )


def _waits_for_contact() -> ColumnElement[bool]:
    is_held = and_(
        col(OutboxMessage.state) == OutboxState.NEW,
        col(OutboxMessage.due_at) > bindparam("now", type_=UtcDateTime()),
        col(OutboxMessage.last_error) != "",
        col(OutboxMessage.first_tried_at).is_(None),
    )
    is_unsettled = and_(
        col(OutboxMessage.state) == OutboxState.UNKNOWN,
        col(OutboxMessage.first_tried_at) <= bindparam("settled_by", type_=UtcDateTime()),
    )
    return or_(col(OutboxMessage.state) == OutboxState.PENDING, is_held, is_unsettled)


def counts(session: Session, among: Collection[OutboxState] = tuple(OutboxState)) -> dict[str, int]:
    """How many messages are in each of these states, which are all present; without the sent ones it is quick."""
    state = col(OutboxMessage.state)
    rows = session.execute(select(state, func.count()).where(state.in_(among)).group_by(state))
    found: dict[str, int] = {row[0]: row[1] for row in rows}
    return {name.value: found.get(name.value, 0) for name in among}


def oldest_unsent_at(session: Session, now: datetime) -> datetime | None:
    """When the longest-waiting message that should be on its way became due; None if there is none."""
    statement = select(func.min(col(OutboxMessage.due_at))).where(
        col(OutboxMessage.state).in_([OutboxState.NEW, OutboxState.RUN]), col(OutboxMessage.due_at) <= now
    )
    return session.scalar(statement)


def retry_dead(session: Session, message_id: int, now: datetime) -> None:
    """A person decided to try a DEAD, UNKNOWN or PENDING message again; raises NotFound or Conflict."""
    row = session.get(OutboxMessage, message_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("没有这条消息")
    if row.state not in (OutboxState.DEAD, OutboxState.UNKNOWN, OutboxState.PENDING):
        raise Conflict("这条消息正在发送或已经发出，不用重发")
    row.state, row.due_at, row.tries, row.first_tried_at = OutboxState.NEW, now, 0, None
    session.add(row)
    session.flush()


def on_receipt(session: Session, platform_id: str, status: str, now: datetime, *, openid: str = "") -> None:
    """A TEMPLATESENDJOBFINISH arrived: `success`, `failed:user block`, `failed: system failed` …

    1. Success settles UNKNOWN; a failure takes SENT back to PENDING, a block also marks the person.
    2. After a read timeout we never learnt the id: `openid` then finds the one template still unsettled.
    3. A receipt that overtakes the worker's own record is left on the row for it (`early_receipt`).
    """
    row = _of_receipt(session, platform_id, openid)
    if row is None:
        log.event("receipt", known=False, status=status)
        return
    if row.state == OutboxState.RUN:
        row.receipt = f"{platform_id}|{status}"[:64]
    else:
        row.platform_id = platform_id
        settle(session, row, status, now)
    session.add(row)
    session.flush()
    log.event("receipt", known=True, message=row.id, status=status)


def early_receipt(row: OutboxMessage, platform_id: str) -> str:
    """The status of a receipt that came before the send was recorded; empty if none did."""
    known, _, status = row.receipt.partition("|")
    return status if platform_id and known == platform_id else ""


def settle(session: Session, row: OutboxMessage, status: str, now: datetime) -> None:
    """Apply a receipt's status to a row that is no longer in flight."""
    row.receipt = status[:64]
    outcome = status.replace(" ", "").lower()
    if row.state not in (OutboxState.SENT, OutboxState.UNKNOWN):
        return
    if outcome == "success":
        row.state, row.sent_at = OutboxState.SENT, row.sent_at or now
        return
    row.state, row.sent_at = OutboxState.PENDING, None
    if outcome == "failed:userblock":
        followers.close_window(session, row.openid)


def _of_receipt(session: Session, platform_id: str, openid: str) -> OutboxMessage | None:
    statement = select(OutboxMessage).with_for_update()
    if platform_id:
        row = session.scalars(statement.where(col(OutboxMessage.platform_id) == platform_id)).first()
        if row is not None:
            return row
    unsettled = statement.where(
        col(OutboxMessage.openid) == openid,
        col(OutboxMessage.channel) == "template",
        col(OutboxMessage.platform_id) == "",
        col(OutboxMessage.state).in_([OutboxState.UNKNOWN, OutboxState.RUN]),
    )
    rows = session.scalars(unsettled.limit(2)).all() if openid else []
    return rows[0] if len(rows) == 1 else None
