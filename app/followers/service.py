"""One row per person who ever wrote or followed: created, touched and marked here."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col

from app.followers import holding
from app.followers.holding import Held
from app.followers.models import Follower
from app.followers.windows import Window, open_window
from bot.messages import Incoming, MessageKind


def touch(session: Session, incoming: Incoming, now: datetime) -> None:
    """Note on the person's row, made where there is none, that a message came."""
    known = holding.hold(session, [incoming.openid]).get(incoming.openid)
    holding.save(session, [met(session, known, incoming, now)])


def met(session: Session, known: Held | None, incoming: Incoming, now: datetime) -> Held:
    """The row of whoever wrote, locked for this transaction, with the window this contact opens; the caller saves it.

    `known` is the row as `holding.hold` gave it. Its lock puts two messages of one person in order on PostgreSQL;
    on SQLite the one writer does. An unfollow (`unfollow` does the rest) and a silent event, such as the receipt
    of a template, say nothing about following and open nothing.
    """
    row = known or _begun(session, incoming, now)
    note_contact(row, incoming, now)
    return row


def note_contact(follower: Held, incoming: Incoming, now: datetime) -> None:
    """What a message says of the person's following, and the window it opens; the caller saves the row."""
    if incoming.kind in (MessageKind.UNFOLLOW, MessageKind.SILENT):
        return
    follower.is_subscribed, follower.last_seen_at = True, now
    window = open_window(
        window_of(follower), incoming.kind, event=incoming.event, option_id=incoming.option_id, now=now
    )
    follower.window_until, follower.window_left = window.until, window.left
    follower.scene = incoming.scene or follower.scene


def _begun(session: Session, incoming: Incoming, now: datetime) -> Held:
    """The row of somebody who was never seen before, or the one that another process made meanwhile."""
    row = holding.fresh(incoming.openid, now)
    # Whoever was never seen is taken for a follower, with a row as without: a receipt must not say otherwise.
    row.is_subscribed = incoming.kind is not MessageKind.UNFOLLOW
    if holding.begin(session, row):
        return row
    return holding.hold(session, [incoming.openid])[incoming.openid]  # made by whom we waited for


def window_of(follower: Held) -> Window:
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
