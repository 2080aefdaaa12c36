"""One row per person who ever wrote or followed: created, touched and marked here."""

from collections.abc import Callable
from datetime import datetime
from functools import cache

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert
from sqlmodel import Session, col

from app.followers.holding import Held
from app.followers.models import Follower
from app.followers.windows import Window, open_window
from bot.messages import Incoming, MessageKind

_LOCKED = select(Follower).where(col(Follower.openid) == bindparam("openid")).with_for_update()


def touch(
    session: Session,
    incoming: Incoming,
    now: datetime,
    *,
    mark: Callable[[Follower], object] = lambda _follower: None,
) -> Follower:
    """The follower behind a message, locked for this transaction, with the window this contact opens.

    The row lock puts two messages of one person in order on PostgreSQL; on SQLite the one writer does.
    An unfollow (`unfollow` does the rest) and a silent event, such as the receipt of a template, say nothing
    about following and open nothing. `mark` may change the locked row before it is saved: one update, not two.
    """
    follower = (
        _locked(session, incoming.openid)
        or _inserted(session, incoming, now)
        or _locked(session, incoming.openid)
    )
    assert follower is not None  # noqa: S101 - just inserted, by us or by whom we waited for
    note_contact(follower, incoming, now)
    mark(follower)
    session.add(follower)
    return follower


def note_contact(follower: Follower | Held, incoming: Incoming, now: datetime) -> None:
    """What a message says of the person's following, and the window it opens; the caller saves the row."""
    if incoming.kind in (MessageKind.UNFOLLOW, MessageKind.SILENT):
        return
    follower.is_subscribed, follower.last_seen_at = True, now
    window = open_window(
        window_of(follower), incoming.kind, event=incoming.event, option_id=incoming.option_id, now=now
    )
    follower.window_until, follower.window_left = window.until, window.left
    follower.scene = incoming.scene or follower.scene


def _locked(session: Session, openid: str) -> Follower | None:
    found = session.scalars(_LOCKED, {"openid": openid}, execution_options={"populate_existing": True})
    return found.one_or_none()


def _inserted(session: Session, incoming: Incoming, now: datetime) -> Follower | None:
    """The row of somebody who was never seen before; None where another process was faster."""
    values = {
        "openid": incoming.openid,
        # Whoever was never seen is taken for a follower, with a row as without: a receipt must not say otherwise.
        "is_subscribed": incoming.kind is not MessageKind.UNFOLLOW,
        "first_seen_at": now,
        "last_seen_at": now,
        "state": {},
        "scene": "",
        "window_left": 0,
        "refuses_surveys": False,
    }
    return session.scalars(_insert(session.connection().dialect.name), values).one_or_none()


@cache
def _insert(dialect: str) -> ReturningInsert[Follower]:
    """Built once: building it takes longer than running it."""
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return insert(Follower).on_conflict_do_nothing(index_elements=["openid"]).returning(Follower)


def window_of(follower: Follower | Held) -> Window:
    """The customer-service window as a value."""
    return Window(follower.window_until, follower.window_left)


def unfollow(session: Session, openid: str, now: datetime) -> None:
    """The person left: nothing may be sent, and what we remembered of the talk is forgotten (PIPL 47).

    Contacts and pending pushes are the caller's next two calls (directory, outbox): they live above us.
    An officer's openid stays where it is; `is_subscribed` flags that officer as unreachable.
    """
    session.connection().execute(
        update(Follower)
        .where(col(Follower.openid) == openid)
        .values(is_subscribed=False, window_until=None, window_left=0, state={}, scene="", last_seen_at=now)
    )
    session.expire_all()


def use_window(session: Session, openid: str, count: int) -> None:
    """`count` customer-service messages went out to this person."""
    session.connection().execute(
        update(Follower)
        .where(col(Follower.openid) == openid, col(Follower.window_left) > 0)
        .values(window_left=col(Follower.window_left) - count)
    )


def close_window(session: Session, openid: str) -> None:
    """The platform said there is no window (45015, 45047) or the person takes no messages (48002)."""
    session.connection().execute(
        update(Follower).where(col(Follower.openid) == openid).values(window_left=0, window_until=None)
    )


def mark_left(session: Session, openid: str) -> None:
    """The platform said that the person does not follow (43004, 50005)."""
    session.connection().execute(
        update(Follower)
        .where(col(Follower.openid) == openid)
        .values(is_subscribed=False, window_left=0, window_until=None)
    )
