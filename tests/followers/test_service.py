"""One row per person: made on first contact, touched, marked."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.db import Database
from app.followers import holding, service
from app.followers.models import Follower
from bot.messages import Incoming, MessageKind

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def incoming(kind: MessageKind = MessageKind.TEXT, openid: str = "oA", **extra: str) -> Incoming:
    return Incoming("gh_1", openid, kind, NOW, "k", **extra)


@pytest.fixture
def db(tmp_path: Path, blank_database: Callable[[Path], Database]) -> Iterator[Database]:
    database = blank_database(tmp_path / "t.db")
    yield database
    database.close()


def read(db: Database, openid: str = "oA") -> Follower:
    with db.reading() as session:
        row = session.get(Follower, openid)
    assert row is not None
    return row


def touch(db: Database, message: Incoming, now: datetime = NOW) -> None:
    with db.transaction() as session:
        service.touch(session, message, now)


def test_first_contact_makes_a_follower_with_its_window(db: Database) -> None:
    touch(db, incoming())
    row = read(db)
    assert (row.is_subscribed, row.first_seen_at, row.window_left) == (True, NOW, 5)
    assert row.window_until == NOW + timedelta(hours=48)


def test_scene_of_the_poster_is_remembered(db: Database) -> None:
    """A7: the QR code carries the area; a later message without a scene does not erase it."""
    touch(db, incoming(MessageKind.FOLLOW, scene="area:luta"))
    touch(db, incoming())
    assert read(db).scene == "area:luta"


def test_return_after_leaving_counts_as_following_again(db: Database) -> None:
    touch(db, incoming())
    with db.transaction() as session:
        service.mark_left(session, "oA")
    touch(db, incoming(MessageKind.FOLLOW), NOW + timedelta(days=1))
    row = read(db)
    assert row.is_subscribed and row.first_seen_at == NOW


def test_receipt_proves_nothing(db: Database) -> None:
    """TEMPLATESENDJOBFINISH also comes for people who left."""
    touch(db, incoming())
    with db.transaction() as session:
        service.mark_left(session, "oA")
    touch(db, incoming(MessageKind.SILENT), NOW + timedelta(days=1))
    row = read(db)
    assert not row.is_subscribed and row.last_seen_at == NOW and row.window_left == 0


def test_receipt_of_somebody_never_seen_does_not_stop_what_follows(db: Database) -> None:
    """D1: an officer who never wrote gets a template; its receipt must not mark the phone as unreachable."""
    touch(db, incoming(MessageKind.SILENT))
    row = read(db)
    assert row.is_subscribed and row.window_left == 0


def test_unfollow_forgets_the_talk_and_closes_the_window(db: Database) -> None:
    """Case 43 and PIPL 47."""
    with db.transaction() as session:
        row = service.met(session, None, incoming(), NOW)
        row.state = {"mode": "asked"}
        holding.save(session, [row])
    with db.transaction() as session:
        service.touch(session, incoming(MessageKind.UNFOLLOW), NOW)
        service.unfollow(session, "oA", NOW)
    row = read(db)
    assert (row.is_subscribed, row.state, row.window_left, row.scene) == (False, {}, 0, "")


def test_window_is_used_up_and_never_below_nothing(db: Database) -> None:
    touch(db, incoming())
    for _ in range(7):
        with db.transaction() as session:
            service.use_window(session, "oA", 1)
    assert read(db).window_left == 0


def test_two_first_messages_at_once_make_one_row(db: Database) -> None:
    """Whoever loses the race takes the winner's row; nobody's message ends in an error."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: touch(db, incoming()), range(8)))  # raises what a thread raised
    assert read(db).window_left == 5
