"""What a batch of messages needs of people's rows is read for all at once, and each row is written once."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import event

from app.conversations.handling import MessageHandler
from app.db import Database
from app.followers.models import Follower
from app.limits.bucket import Rate
from bot.messages import Incoming, MessageKind

NEEDS = "厂门口修路货车进不来"

Make = Callable[..., Incoming]


def carried_out(handler: MessageHandler, batch: Sequence[Incoming]) -> list[str]:
    return handler.carry_out(handler.look_up(handler.prepare(batch)))


def test_a_ticket_takes_twelve_statements_beside_those_of_its_batch(
    new_database: Callable[[], Database], front: Any, message: Make
) -> None:
    """Who is of the staff, whose row it is and what waits for somebody is asked once for all; rows are written once."""
    taken = []
    for people in (2, 6):
        db = new_database()
        handler = front.handler(db)
        carried_out(handler, [message("oFirst", "厂里着火了")])
        seen: list[str] = []
        event.listen(
            db.write_engine, "before_cursor_execute", lambda *given, seen=seen: seen.append(given[2])
        )
        replies = carried_out(handler, [message(f"o{number}", "厂里着火了") for number in range(people)])
        assert all("单号" in reply for reply in replies)
        taken.append(len(seen))
    assert taken[1] - taken[0] <= 4 * 12 or not db.is_sqlite


def test_who_leaves_is_forgotten_and_who_comes_back_is_met_again(
    new_database: Callable[[], Database], front: Any, message: Make
) -> None:
    """PIPL 47: what a message changed of the row is not written over what the farewell erased."""
    db = new_database()
    handler = front.handler(db, Rate(20))
    carried_out(handler, [message("oA", NEEDS)])
    carried_out(handler, [message("oA", "", 1, kind=MessageKind.UNFOLLOW, event="unsubscribe")])
    with db.reading() as session:
        row = session.get_one(Follower, "oA")
    assert (row.is_subscribed, row.state, row.window_left) == (False, {}, 0)
    carried_out(handler, [message("oA", "", 2, kind=MessageKind.FOLLOW, event="subscribe")])
    with db.reading() as session:
        assert session.get_one(Follower, "oA").is_subscribed
