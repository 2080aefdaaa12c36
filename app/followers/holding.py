"""Followers' rows as plain values, many at once: read with their locks, changed, written back together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert
from sqlmodel import Session, col

from app.followers.models import Follower


@dataclass
class Held:
    """What a message reads and changes of a follower's row; the fields are named as the columns."""

    openid: str
    is_subscribed: bool
    last_seen_at: datetime
    state: dict[str, Any]
    noticed_at: datetime | None
    scene: str
    window_until: datetime | None
    window_left: int
    bucket_tokens: float | None
    bucket_at: datetime | None
    limited_at: datetime | None


_NAMES = tuple(field.name for field in fields(Held))
_COLUMNS = [Follower.__table__.c[name] for name in _NAMES]  # type: ignore[attr-defined]  # SQLModel hides it
_ROWS = select(*_COLUMNS).where(col(Follower.openid).in_(bindparam("openids", expanding=True)))
# Two processes that hold overlapping people take their locks in the same order: neither waits for the other's.
_LOCKED = _ROWS.order_by(col(Follower.openid)).with_for_update()
_ADD = insert(Follower)
_SAVE = (
    update(Follower)
    .where(col(Follower.openid) == bindparam("new_openid"))
    .values({name: bindparam(f"new_{name}") for name in _NAMES if name != "openid"})
)


def look(session: Session, openids: Iterable[str]) -> dict[str, Held]:
    """The rows of these people as they are, by openid; without a row, without an entry."""
    return _read(session, _ROWS, openids)


def hold(session: Session, openids: Iterable[str]) -> dict[str, Held]:
    """The same, locked until the end of the transaction."""
    return _read(session, _LOCKED, openids)


def fresh(openid: str, now: datetime) -> Held:
    """The row of somebody who was never seen before; `add` writes it."""
    return Held(
        openid=openid,
        is_subscribed=True,
        last_seen_at=now,
        state={},
        noticed_at=None,
        scene="",
        window_until=None,
        window_left=0,
        bucket_tokens=None,
        bucket_at=None,
        limited_at=None,
    )


def add(session: Session, rows: Sequence[Held]) -> None:
    """Write rows of people never seen before. IntegrityError if one of them wrote elsewhere meanwhile."""
    if rows:
        session.connection().execute(_ADD, [_first(row) for row in rows])


def begin(session: Session, row: Held) -> bool:
    """Write the row of a person never seen before; False where another process was faster: after its commit."""
    connection = session.connection()
    inserted = connection.execute(_begin(connection.dialect.name), _first(row))
    return inserted.scalar_one_or_none() is not None


def save(session: Session, rows: Sequence[Held]) -> None:
    """Write them back."""
    if rows:
        values = [{f"new_{name}": value for name, value in _values(row).items()} for row in rows]
        session.connection().execute(_SAVE, values)


@cache
def _begin(dialect: str) -> ReturningInsert[tuple[str]]:
    """Says by what it returns whether the row is new: a driver's row count of an insert means nothing."""
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    statement = insert(Follower).on_conflict_do_nothing(index_elements=["openid"])
    return statement.returning(col(Follower.openid))


def _first(row: Held) -> dict[str, Any]:
    return {"first_seen_at": row.last_seen_at, "refuses_surveys": False, **_values(row)}


def _values(row: Held) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _NAMES}


def _read(session: Session, statement: Any, openids: Iterable[str]) -> dict[str, Held]:
    rows = session.connection().execute(statement, {"openids": list(openids)})
    return {row[0]: Held(*row) for row in rows}
