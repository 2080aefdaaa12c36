"""Lists as their users like to see them: a name, a query, one click."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from sqlmodel import Session, col, select

from app.errors import Conflict, NotFound
from app.panel.models import SavedFilter, User
from app.tickets.values import Incomplete

MOST = 20
NAME_LENGTH = 32


def saved_of(session: Session, user: User) -> list[SavedFilter]:
    """The user's filters in the order they were made."""
    statement = select(SavedFilter).where(SavedFilter.user_id == user.id).order_by(col(SavedFilter.id))
    return list(session.exec(statement))


def save(session: Session, user: User, name: str, query: Mapping[str, str], now: datetime) -> SavedFilter:
    """Keep a query under a name; the same name again replaces it. At most twenty a user."""
    name = name.strip()[:NAME_LENGTH]
    if not name:
        raise Incomplete("请给这组条件起个名字", field="filter_name")
    own = saved_of(session, user)
    row = next((row for row in own if row.name == name), None)
    if row is None and len(own) >= MOST:
        raise Conflict(f"最多存 {MOST} 组条件，请先删掉不用的", field="filter_name")
    row = row or SavedFilter(user_id=user.id or 0, name=name, created_at=now)
    row.query = {key: value for key, value in query.items() if value}
    session.add(row)
    session.flush()
    return row


def forget(session: Session, user: User, number: int | None) -> str:
    """Drop one of the user's own; its name. NotFound for anybody else's."""
    row = session.get(SavedFilter, number or 0)
    if row is None or row.user_id != user.id:
        raise NotFound("没有这组条件")
    session.delete(row)
    session.flush()
    return row.name


def link(row: SavedFilter, path: str) -> str:
    """The address of the list with this query."""
    return f"{path}?{urlencode(row.query)}"
