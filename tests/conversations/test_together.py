"""Messages that are carried out together come to the same as one by one, and a fault stays with its message."""

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import func, select

from app.audit import AuditRow
from app.clock import real_now
from app.conversations import inbox, plain
from app.conversations.handling import MessageHandler
from app.conversations.models import Answer, InboxMessage
from app.db import Database
from app.directory.models import Officer
from app.followers.models import Follower
from app.limits.bucket import Rate
from app.outbox import service as outbox
from app.outbox.models import OutboxMessage
from app.tickets.models import Ticket
from bot.messages import Incoming, MessageKind, Reply

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
ASKS = "执照丢了怎么补"
NEEDS = "厂门口修路货车进不来"
# Ids and signed links come from counters and real time: the same in kind, not in value.
_COUNTED = re.compile(r"\?a=\d+\.[0-9a-f]+|/t/[\w.~-]+")

Make = Callable[..., Incoming]


def carried_out(handler: MessageHandler, batch: Sequence[Incoming]) -> list[str]:
    return handler.carry_out(handler.look_up(handler.prepare(batch)))


def commits(db: Database) -> list[int]:
    """Counts from now on those that wrote something down."""
    seen: list[int] = []
    event.listen(db.write_engine, "commit", lambda _connection: seen.append(1))
    return seen


def count(db: Database, table: type) -> int:
    with db.reading() as session:
        return int(session.exec(select(func.count()).select_from(table)).one())


def everybody(message: Make) -> list[Incoming]:
    """One of every sort, each of another person."""
    return [
        message("oNew", ASKS),
        message("oNeeds", NEEDS),
        message("oOfficer", "待办"),
        message("oTicket", "好的", 1),
        message("oNews", ASKS),
        message("oFollows", "", kind=MessageKind.FOLLOW, event="subscribe"),
        message("oHelp", "帮助"),
        message("oRepeats", ASKS),
        message("oDeferred", ASKS),
        message("oLeaves", "", kind=MessageKind.UNFOLLOW, event="unsubscribe"),
        message("oFlood", ASKS),
        message("oHello", "你好"),
        message("oNoise", "。。。"),
        message("oFire", "厂里着火了"),
        message("oNosy", "办结 0001 我说好了"),
        message("oMenu", "", kind=MessageKind.CLICK, key="进度"),
        message("oPicture", "", kind=MessageKind.IMAGE, media_id="m1"),
    ]


def begin(db: Database, handler: MessageHandler, message: Make) -> None:
    """What was there before."""
    with db.transaction() as session:
        session.add(Officer(staff_no="T1", name="测试一", openid="oOfficer"))
        session.add(
            Follower(openid="oFlood", first_seen_at=NOW, last_seen_at=NOW, bucket_tokens=0.0, bucket_at=NOW)
        )
        outbox.enqueue(
            session, dedupe_key="n", openid="oNews", kind="notice", reply=Reply.of("有进展"), now=NOW
        )
        inbox.defer(session, message("oDeferred", ASKS), NOW, real_now())
    with db.transaction() as session:
        session.exec(select(OutboxMessage)).one().state = "pending"
    carried_out(handler, [message("oTicket", NEEDS)])
    carried_out(handler, [message("oRepeats", ASKS)])
    with db.transaction() as session:  # the enterprise's name is no longer waited for
        session.get_one(Follower, "oTicket").state = {}


def state_of(db: Database) -> dict[str, list[Any]]:
    """Every row that a message may have written, without what is counted."""
    with db.reading() as session:
        inboxes = [
            (row.dedupe_key, row.state, row.body, row.kind, _COUNTED.sub("", row.reply_xml))
            for row in session.exec(select(InboxMessage))
        ]
        followers = [
            (row.openid, row.is_subscribed, row.last_seen_at, {**row.state, "answer_id": 0}, row.noticed_at,
             row.window_until, row.window_left, round(row.bucket_tokens or 0))
            for row in session.exec(select(Follower))
        ]  # fmt: skip
        answers = [
            (row.openid, row.question, row.decision, row.entry_id) for row in session.exec(select(Answer))
        ]
        tickets = [(row.openid, row.number, row.status) for row in session.exec(select(Ticket))]
        told = [
            (row.dedupe_key, row.state, _COUNTED.sub("", str(row.reply)))
            for row in session.exec(select(OutboxMessage))
        ]
        audited = [(row.action, row.position, bool(row.hash)) for row in session.exec(select(AuditRow))]
    found = {
        "audit": audited,
        "inbox": inboxes,
        "follower": followers,
        "answer": answers,
        "ticket": tickets,
        "outbox": told,
    }
    return {name: sorted(rows, key=str) for name, rows in found.items()}


def test_together_is_the_same_as_one_by_one(
    new_database: Callable[[], Database], front: Any, message: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Replies and every row are those of the long way, whatever sort of message stands beside a plain one."""
    monkeypatch.setattr("app.conversations.handling.real_now", lambda: NOW)
    states, replies = [], []
    for way in ("together", "one by one", "the long way"):
        if way == "the long way":
            monkeypatch.setattr(plain, "may_be_plain", lambda *_: frozenset())
        db = new_database()
        handler = front.handler(db, Rate(20))
        begin(db, handler, message)
        batch = everybody(message)
        if way == "together":
            found = carried_out(handler, batch)
        else:
            found = [reply for item in batch for reply in carried_out(handler, [item])]
        again = [message(item.openid, "执照要多久", 9) for item in batch if item.kind is MessageKind.TEXT]
        found += carried_out(handler, again)
        replies.append([_COUNTED.sub("", reply) for reply in found])
        states.append(state_of(db))
    assert replies[0] == replies[1] == replies[2]
    assert "没送到的进展：\n有进展" in "".join(replies[0]) and states[0]["audit"][0][1:] == (1, True)
    for name in states[0]:
        assert states[0][name] == states[1][name] == states[2][name], name


def test_many_plain_questions_share_one_commit(
    new_database: Callable[[], Database], front: Any, message: Make
) -> None:
    db = new_database()
    handler = front.handler(db)
    seen = commits(db)
    replies = carried_out(handler, [message(f"o{number}", ASKS) for number in range(20)])
    assert len(seen) == 1 or not db.is_sqlite
    assert all("执照补领" in reply for reply in replies)
    assert count(db, Answer) == count(db, InboxMessage) == 20
    links = {re.search(r"\?a=(\d+)\.", reply)[1] for reply in replies}
    assert len(links) == 20
    with db.reading() as session:
        for openid, state in session.exec(select(Follower.openid, Follower.state)):
            assert session.get_one(Answer, state["answer_id"]).openid == openid


def test_a_repeat_gets_the_stored_reply_and_is_done_once(
    new_database: Callable[[], Database], front: Any, message: Make
) -> None:
    db = new_database()
    handler = front.handler(db)
    batch = [message(f"o{number}", ASKS) for number in range(5)]
    assert carried_out(handler, batch) == carried_out(handler, batch)
    assert count(db, Answer) == 5


def test_a_message_that_arrived_meanwhile_is_not_answered_again(
    new_database: Callable[[], Database], front: Any, message: Make
) -> None:
    """Both processes looked before either wrote: who comes second finds the inbox row."""
    db = new_database()
    first, second = front.handler(db), front.handler(db)
    batch = [message(f"o{number}", ASKS) for number in range(5)]
    ready = [handler.look_up(handler.prepare(batch)) for handler in (first, second)]
    replies = [handler.carry_out(item) for handler, item in zip((first, second), ready, strict=True)]
    assert replies[0] == replies[1]
    assert count(db, Answer) == 5


@pytest.mark.parametrize("words", ["坏", NEEDS])
def test_a_fault_stays_with_its_message(
    new_database: Callable[[], Database], front: Any, message: Make, words: str, monkeypatch: Any
) -> None:
    """In the search or inside the transaction: the others are answered, nothing is kept of this one."""
    db = new_database()
    desk = front.conversations(db)
    whole = desk._handler._in_transaction

    def breaks(session: Any, item: Any, terms: Any) -> str:
        reply = whole(session, item, terms)
        if item.incoming.openid == "oBad":
            raise RuntimeError("broken")
        return reply

    monkeypatch.setattr(desk._handler, "_in_transaction", breaks)
    batch = [message(f"o{number}", (ASKS, NEEDS)[number % 2]) for number in range(10)]
    batch.insert(5, message("oBad", words))
    futures = [desk._start(item) for item in batch]
    outcomes = [future.exception(timeout=60) for future in futures]
    assert [error is not None for error in outcomes] == [item.openid == "oBad" for item in batch]
    with db.reading() as session:
        assert session.get(Follower, "oBad") is None
        assert inbox.stored(session, "message:oBad:0") is None
    assert count(db, InboxMessage) == 10 and count(db, Answer) == 10 and count(db, Ticket) == 5
    monkeypatch.undo()
    assert desk.receive(message("oBad", "再来一次", 1))
    desk.close()


def test_nothing_is_said_before_the_commit(
    new_database: Callable[[], Database], front: Any, message: Make
) -> None:
    """A disk that is full at the commit: everybody gets the fault, nobody a reply, and nothing is kept."""
    db = new_database()
    desk = front.conversations(db)
    is_full = [True]

    def fail(_connection: Any) -> None:
        if is_full[0]:
            raise OSError("no space left")

    event.listen(db.write_engine, "commit", fail)
    batch = [message(f"o{number}", (ASKS, NEEDS)[number % 2]) for number in range(6)]
    futures = [desk._start(item) for item in batch]
    assert all(isinstance(future.exception(timeout=60), OSError) for future in futures)
    is_full[0] = False
    assert [count(db, table) for table in (InboxMessage, Follower, Answer, Ticket)] == [0, 0, 0, 0]
    assert all(desk.receive(item) for item in batch)
    desk.close()


def test_two_front_desks_that_get_the_same_messages_do_each_once(
    new_database: Callable[[], Database], front: Any, message: Make
) -> None:
    """Two processes on one database, every message at both at the same time (as after a lost answer)."""
    db = new_database()
    desks = [front.conversations(db), front.conversations(db)]
    batch = [message(f"o{number}", (ASKS, NEEDS, "你好")[number % 3]) for number in range(24)]
    with ThreadPoolExecutor(48) as pool:
        found = [list(pool.map(desk.receive, batch)) for desk in desks[:1]]
        both = [
            pool.submit(desk.receive, message(item.openid, item.text, 1)) for item in batch for desk in desks
        ]
        replies = [future.result(timeout=60) for future in both]
    assert found[0] and all(replies)
    assert replies[0::2] == replies[1::2]
    assert count(db, InboxMessage) == 48
    assert count(db, Ticket) == 8
    for desk in desks:
        desk.close()


def test_one_persons_messages_keep_their_order_in_a_crowd(
    new_database: Callable[[], Database], front: Any, message: Make
) -> None:
    """Never two of one person in one transaction; each sees what the one before left."""
    db = new_database()
    desk = front.conversations(db)
    futures = [
        desk._start(message(f"o{person}", f"执照第{number:02d}问", number))
        for number in range(6)
        for person in range(5)
    ]
    for future in futures:
        assert future.result(timeout=30)
    with db.reading() as session:
        for person in range(5):
            asked = session.exec(
                select(Answer.question).where(Answer.openid == f"o{person}").order_by(Answer.id)
            ).all()
            assert asked == [f"执照第{number:02d}问" for number in range(6)]
            assert session.get_one(Follower, f"o{person}").state["question"] == "执照第05问"
    desk.close()


def test_limits_count_in_the_messages_own_transaction(
    new_database: Callable[[], Database], front: Any, message: Make
) -> None:
    """The short way counts on the same bucket: the third of two is told to slow down."""
    db = new_database()
    desk = front.conversations(db, Rate(2, timedelta(days=1).total_seconds()))
    replies = [desk.receive(message("oA", ASKS, number)) for number in range(4)]
    assert ["有点快" in reply for reply in replies[:3]] == [False, False, True] and replies[3] == ""
    assert count(db, Answer) == 2
    desk.close()
