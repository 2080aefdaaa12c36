"""Durable de-duplication: one row per platform message, with the reply that every repeat gets.

The platform sends a message up to four times. The row is claimed inside the transaction that carries the
effects, so a crash leaves either everything or nothing (reliability: commit first, answer second).
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from app.conversations.models import InboxMessage, InboxState
from bot.messages import Incoming, MessageKind

LEASE = timedelta(seconds=60)


def stored(session: Session, dedupe_key: str) -> InboxMessage | None:
    """What became of this message, if it was seen."""
    return session.get(InboxMessage, dedupe_key, populate_existing=True)


def claim(session: Session, incoming: Incoming, now: datetime) -> bool:
    """Take the message for this transaction; False if somebody else has it or had it.

    A DEFERRED row may be taken too: that is the slow answer becoming ready, or a restart picking it up.
    """
    if _insert(session, incoming, InboxState.ANSWERED, now, body={}):
        return True
    statement = (
        update(InboxMessage)
        .where(
            col(InboxMessage.dedupe_key) == incoming.dedupe_key,
            col(InboxMessage.state) == InboxState.DEFERRED,
        )
        .values(state=InboxState.ANSWERED, body={}, lease_until=None)
    )
    return bool(session.connection().execute(statement).rowcount)


def is_open(row: InboxMessage) -> bool:
    """Acknowledged, but not answered yet."""
    return row.state == InboxState.DEFERRED


def is_deferred(session: Session, dedupe_key: str) -> bool:
    """Whether `success` was already said for this message."""
    row = session.get(InboxMessage, dedupe_key)
    return row is not None and is_open(row)


def defer(session: Session, incoming: Incoming, now: datetime, real_now: datetime) -> bool:
    """Keep the message durably so that `success` may be said; False if it is known already."""
    body = incoming_to_json(incoming)
    return _insert(session, incoming, InboxState.DEFERRED, now, body=body, lease_until=real_now + LEASE)


def abandoned(session: Session, real_now: datetime, limit: int = 20) -> list[Incoming]:
    """Deferred messages whose handler died: their lease is moved on and they are returned for another try."""
    statement = (
        select(InboxMessage)
        .where(col(InboxMessage.state) == InboxState.DEFERRED, col(InboxMessage.lease_until) < real_now)
        .limit(limit)
    )
    rows = list(session.scalars(statement))
    for row in rows:
        row.lease_until = real_now + LEASE
        session.add(row)
    return [incoming_from_json(row.body) for row in rows]


def save_reply(session: Session, dedupe_key: str, reply_xml: str) -> None:
    """Store the rendered reply with the claim."""
    session.connection().execute(
        update(InboxMessage).where(col(InboxMessage.dedupe_key) == dedupe_key).values(reply_xml=reply_xml)
    )


def _insert(
    session: Session,
    incoming: Incoming,
    state: InboxState,
    now: datetime,
    *,
    body: dict[str, Any],
    lease_until: datetime | None = None,
) -> bool:
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(InboxMessage).values(
        dedupe_key=incoming.dedupe_key,
        openid=incoming.openid,
        msg_id=incoming.msg_id,
        kind=incoming.kind.value,
        state=state.value,
        body=body,
        reply_xml="",
        received_at=now,
        lease_until=lease_until,
    )
    done = session.connection().execute(statement.on_conflict_do_nothing(index_elements=["dedupe_key"]))
    return bool(done.rowcount)


def incoming_to_json(incoming: Incoming) -> dict[str, Any]:
    """JSON-able form of a message."""
    data = {name: getattr(incoming, name) for name in Incoming.__dataclass_fields__}
    return {
        **data,
        "kind": incoming.kind.value,
        "sent_at": incoming.sent_at.isoformat(),
        "data": dict(incoming.data),
    }


def incoming_from_json(data: dict[str, Any]) -> Incoming:
    """Back from `incoming_to_json`."""
    return Incoming(
        **{**data, "kind": MessageKind(data["kind"]), "sent_at": datetime.fromisoformat(data["sent_at"])}
    )
