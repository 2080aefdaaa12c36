"""Who did what to what, from where: one append-only row per write, export and reveal, chained by hashes.

Each row's hash covers its content and the hash before it, so a row that was changed, taken out, put in or moved
breaks the chain from there on (`app.trail` verifies). Rows are sealed as the last thing before the commit: the
lock on the head of the chain is then always the last lock a transaction takes, so it cannot deadlock.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, event, inspect, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col

from app.db import UtcDateTime

HEAD = 1
GENESIS = "0" * 64
ENTERPRISE = "enterprise"
_PENDING = "audit.pending"
_MOBILE = re.compile(r"(?<![0-9A-Za-z])(1[3-9]\d)\d{4}(\d{4})(?![0-9A-Za-z])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class AuditRow(SQLModel, table=True):
    """One act. Values are masked before they come here. `position` counts from 1 without gaps."""

    __tablename__ = "audit"
    __table_args__ = (Index("one_audit_row_per_position", "position", unique=True),)

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    actor_kind: str = Field(max_length=20)
    actor: str = Field(max_length=100)
    action: str = Field(max_length=60)
    object: str = Field(max_length=200, index=True)
    detail: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    address: str = Field(default="", max_length=64)
    succeeded: bool = True
    position: int | None = None
    previous_hash: str = Field(default="", max_length=64, sa_column_kwargs={"server_default": ""})
    hash: str = Field(default="", max_length=64, sa_column_kwargs={"server_default": ""})


class AuditHead(SQLModel, table=True):
    """The newest row of the chain: one row, locked while the next one is written."""

    __tablename__ = "audit_head"

    id: int = Field(default=HEAD, primary_key=True)
    position: int = 0
    hash: str = Field(default=GENESIS, max_length=64)


def record(
    session: Session,
    *,
    at: datetime,
    actor_kind: str,
    actor: str,
    action: str,
    target: str,
    detail: dict[str, Any] | None = None,
    address: str = "",
    succeeded: bool = True,
) -> None:
    """Append one row inside the caller's transaction; it is chained when that commits.

    A contact of an enterprise is written as `person(openid)`, mobile numbers are masked: the row stays after
    the person's data has been erased (PIPL 47).
    """
    row = AuditRow(
        at=at,
        actor_kind=_clean(actor_kind, 20),
        actor=_clean(person(actor) if actor_kind == ENTERPRISE and actor else actor, 100),
        action=_clean(action, 60),
        object=_clean(target, 200),
        detail=cleaned(detail or {}),
        address=_clean(address, 64),
        succeeded=succeeded,
    )
    session.add(row)
    if _PENDING not in session.info:
        session.info[_PENDING] = []
        event.listen(session, "before_commit", seal)
    session.info[_PENDING].append(row)


def person(openid: str) -> str:
    """How a follower is named in the trail: the same person always the same, nobody can read who."""
    return f"person:{hashlib.sha256(openid.encode('utf-8', 'replace')).hexdigest()[:16]}"


def cleaned(value: Any) -> Any:
    """A JSON value with mobile numbers masked and control characters taken out."""
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, Mapping):
        return {_clean(str(key)): cleaned(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [cleaned(item) for item in value]
    return value


def digest(row: AuditRow, position: int, previous: str) -> str:
    """SHA-256 over the row's canonical content (JSON, sorted keys, UTC) and the hash before it."""
    content = {
        "position": position,
        "previous": previous,
        "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor_kind": row.actor_kind,
        "actor": row.actor,
        "action": row.action,
        "object": row.object,
        "detail": row.detail,
        "address": row.address,
        "succeeded": bool(row.succeeded),
    }
    text = json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def locked_head(session: Session) -> tuple[int, str]:
    """Position and hash of the newest row, locked until the transaction ends."""
    statement = select(col(AuditHead.position), col(AuditHead.hash)).where(col(AuditHead.id) == HEAD)
    connection = session.connection()
    found = connection.execute(statement.with_for_update()).one_or_none()
    if found is None:
        insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        first = insert(AuditHead).values(id=HEAD, position=0, hash=GENESIS)
        connection.execute(first.on_conflict_do_nothing(index_elements=["id"]))
        found = connection.execute(statement.with_for_update()).one()
    return found[0], found[1]


def extend(session: Session, rows: list[AuditRow]) -> None:
    """Put rows at the end of the chain, in the given order."""
    position, previous = locked_head(session)
    for row in rows:
        position += 1
        row.position, row.previous_hash = position, previous
        row.hash = previous = digest(row, position, previous)
    session.flush()
    session.connection().execute(
        update(AuditHead).where(col(AuditHead.id) == HEAD).values(position=position, hash=previous)
    )


def seal(session: Session) -> None:
    """Chain what was recorded so far: before a commit by itself, earlier where the session's objects are let go."""
    if session.in_nested_transaction() or not session.info.get(_PENDING):
        return
    session.flush()  # a row of a savepoint that was rolled back is in the list, but no longer in the session
    rows = [
        row for row in session.info[_PENDING] if row in session and inspect(row).persistent and not row.hash
    ]
    session.info[_PENDING].clear()
    if rows:
        extend(session, rows)


def _clean(text: str, limit: int | None = None) -> str:
    masked = _MOBILE.sub(r"\1****\2", _CONTROL.sub(" ", text))
    return masked[:limit]
