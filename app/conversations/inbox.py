"""Durable de-duplication: one row per platform message, with the reply that every repeat gets.

The platform sends a message up to four times. The row is claimed inside the transaction that carries the
effects, so a crash leaves either everything or nothing (reliability: commit first, answer second).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert
from sqlmodel import Session, col

from app.conversations.models import InboxMessage, InboxState
from bot.messages import Incoming, MessageKind

LEASE = timedelta(seconds=60)

# Built once: building them takes longer than running them.
_KEY: BindParameter[str] = bindparam("key")
_SEEN = select(col(InboxMessage.state), col(InboxMessage.reply_xml)).where(
    col(InboxMessage.dedupe_key) == _KEY
)
_SEEN_OF_MANY = select(
    col(InboxMessage.dedupe_key), col(InboxMessage.state), col(InboxMessage.reply_xml)
).where(col(InboxMessage.dedupe_key).in_(bindparam("keys", expanding=True)))
_ADD = insert(InboxMessage)
_SAVE = update(InboxMessage).where(col(InboxMessage.dedupe_key) == _KEY).values(reply_xml=bindparam("reply"))


@dataclass(frozen=True)
class Stored:
    """What became of a message: its state, and the reply that every repeat gets."""

    state: str
    reply_xml: str

    @property
    def is_open(self) -> bool:
        """Acknowledged, but not answered yet."""
        return self.state == InboxState.DEFERRED


class Claim(Enum):
    """NEW: never seen before. DEFERRED: `success` was already said for it. NONE: somebody else has or had it."""

    NEW = auto()
    DEFERRED = auto()
    NONE = auto()


def stored(session: Session, dedupe_key: str) -> Stored | None:
    """What became of this message, if it was seen."""
    row = session.connection().execute(_SEEN, {"key": dedupe_key}).first()
    return Stored(*row) if row is not None else None


def stored_of(session: Session, dedupe_keys: Iterable[str]) -> dict[str, Stored]:
    """The same of many messages, by key; those never seen are left out."""
    rows = session.connection().execute(_SEEN_OF_MANY, {"keys": list(dedupe_keys)})
    return {key: Stored(state, reply) for key, state, reply in rows}


def claim(session: Session, incoming: Incoming, now: datetime) -> Claim:
    """Take the message for this transaction.

    A DEFERRED row may be taken too: that is the slow answer becoming ready, or a restart picking it up.
    """
    if _insert(session, incoming, InboxState.ANSWERED, now, body={}):
        return Claim.NEW
    statement = (
        update(InboxMessage)
        .where(
            col(InboxMessage.dedupe_key) == incoming.dedupe_key,
            col(InboxMessage.state) == InboxState.DEFERRED,
        )
        .values(state=InboxState.ANSWERED, body={}, lease_until=None)
    )
    is_taken = bool(session.connection().execute(statement).rowcount)
    return Claim.DEFERRED if is_taken else Claim.NONE


def add_answered(session: Session, answered: Sequence[tuple[Incoming, str]], now: datetime) -> None:
    """Claim messages together with their reply documents. IntegrityError if one of them was claimed meanwhile."""
    if answered:
        rows = [
            _row(incoming, InboxState.ANSWERED, now, body={}, lease_until=None, reply=reply)
            for incoming, reply in answered
        ]
        session.connection().execute(_ADD, rows)


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
    session.connection().execute(_SAVE, {"key": dedupe_key, "reply": reply_xml})


@cache
def _statement(dialect: str) -> ReturningInsert[tuple[str]]:
    """Says by what it returns whether the row is new: a driver's row count of an insert means nothing."""
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    statement = insert(InboxMessage).on_conflict_do_nothing(index_elements=["dedupe_key"])
    return statement.returning(col(InboxMessage.dedupe_key))


def _insert(
    session: Session,
    incoming: Incoming,
    state: InboxState,
    now: datetime,
    *,
    body: dict[str, Any],
    lease_until: datetime | None = None,
) -> bool:
    values = _row(incoming, state, now, body=body, lease_until=lease_until, reply="")
    connection = session.connection()
    inserted = connection.execute(_statement(connection.dialect.name), values)
    return inserted.scalar_one_or_none() is not None


def _row(
    incoming: Incoming,
    state: InboxState,
    now: datetime,
    *,
    body: dict[str, Any],
    lease_until: datetime | None,
    reply: str,
) -> dict[str, Any]:
    return {
        "dedupe_key": incoming.dedupe_key,
        "openid": incoming.openid,
        "msg_id": incoming.msg_id,
        "kind": incoming.kind.value,
        "state": state.value,
        "body": body,
        "reply_xml": reply,
        "received_at": now,
        "lease_until": lease_until,
    }


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
