"""Logins as rows: the cookie holds 256 random bits, the table only their SHA-256. All times are real time."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, select

from app.errors import NotFound
from app.panel.models import User, UserSession

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=10)
SKEW = timedelta(minutes=5)
TOUCH_AFTER = timedelta(seconds=60)


def open_session(session: Session, user: User, *, address: str, now: datetime) -> str:
    """A fresh login; returns the cookie value, which nobody can read back later."""
    assert user.id is not None  # noqa: S101 - a stored user has an id
    session.execute(delete(UserSession).where(col(UserSession.created_at) < now - ABSOLUTE))
    cookie = secrets.token_urlsafe(32)
    session.add(
        UserSession(
            id_hash=hash_cookie(cookie),
            user_id=user.id,
            csrf_token=secrets.token_urlsafe(32),
            created_at=now,
            last_seen_at=now,
            address=address,
        )
    )
    return cookie


def find_session(session: Session, cookie: str, now: datetime) -> tuple[UserSession, User] | None:
    """The living login of a cookie and its active user; None if idle, too old, ended or unknown."""
    login = session.get(UserSession, hash_cookie(cookie)) if cookie else None
    if login is None or not is_alive(login, now):
        return None
    user = session.get(User, login.user_id)
    return (login, user) if user is not None and user.is_active else None


def is_alive(login: UserSession, now: datetime) -> bool:
    """Within 30 idle minutes and 10 hours in all; a login of a clock that ran ahead would have no end."""
    return (
        now - login.created_at >= -SKEW
        and now - login.last_seen_at <= IDLE
        and now - login.created_at <= ABSOLUTE
    )


def touch(session: Session, id_hash: str, now: datetime) -> None:
    """The person is still there."""
    login = session.get(UserSession, id_hash)
    if login is not None:
        login.last_seen_at = now
        session.add(login)


def end_session(session: Session, cookie: str) -> None:
    """Log out: the row goes, so the cookie is worthless."""
    session.execute(delete(UserSession).where(col(UserSession.id_hash) == hash_cookie(cookie)))


def end_all_sessions(session: Session, user_id: int, *, besides: str = "") -> int:
    """After a new password or a changed role nothing older may go on; `besides`: the hash of one that may."""
    ended = session.connection().execute(
        delete(UserSession).where(col(UserSession.user_id) == user_id, col(UserSession.id_hash) != besides)
    )
    return int(ended.rowcount)


def end_one(session: Session, name: str, *, user_id: int | None = None) -> UserSession:
    """End the login of this public name (of one account, or of anybody); NotFound."""
    for row, _user in living(session, user_id=user_id):
        if public_name(row) == name:
            session.delete(row)
            return row
    raise NotFound("这个登录已经结束了")


def living(
    session: Session, *, user_id: int | None = None, now: datetime | None = None
) -> list[tuple[UserSession, User]]:
    """Logins with their accounts, the latest first; `now`: only those that are not too old."""
    statement = select(UserSession, User).join(User, col(User.id) == col(UserSession.user_id))
    if user_id is not None:
        statement = statement.where(UserSession.user_id == user_id)
    rows = session.exec(statement.order_by(col(UserSession.last_seen_at).desc())).all()
    return [(row, user) for row, user in rows if now is None or is_alive(row, now)]


def public_name(login: UserSession) -> str:
    """What a page calls a login: enough to end it, nothing that opens one."""
    return hashlib.sha256(f"name:{login.id_hash}".encode()).hexdigest()[:24]


def hash_cookie(cookie: str) -> str:
    """What is stored of a cookie."""
    return hashlib.sha256(cookie.encode()).hexdigest()
