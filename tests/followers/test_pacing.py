"""How fast one person may write (reliability §4.1: 20 a minute, then one polite reply, still de-duplicated)."""

import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event
from sqlmodel import func, select

from app.clock import Clock, real_now
from app.conversations.handling import MessageHandler
from app.conversations.memo import SearchMemo
from app.conversations.models import Answer, InboxMessage
from app.conversations.plain import Prepared
from app.conversations.service import Conversations
from app.db import Database
from app.districts.loader import load_profile
from app.editing.desk import Desk
from app.followers.models import Follower
from app.limits.bucket import Level, Rate, refilled, take
from app.tickets.values import Rules
from app.workdays.store import load_calendar
from bot.messages import Incoming, MessageKind
from handbook.entry import Decision, Search, SearchResult

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
RATE = Rate(20)
FLOOD_THREADS = 8


@dataclass
class CountingSearch(Search):
    """A handbook that finds nothing and counts how often it is asked."""

    asked: int = 0

    def search(self, question: str, *, staff: bool = False) -> SearchResult:
        """Nothing."""
        self.asked += 1
        return SearchResult(question, Decision.NONE, (), 0.0)

    def entry(self, entry_id: str) -> None:
        """Nothing."""


@pytest.fixture
def db(tmp_path: Path, blank_database: Callable[[Path], Database]) -> Iterator[Database]:
    database = blank_database(tmp_path / "t.db")
    yield database
    database.close()


@pytest.fixture
def search() -> CountingSearch:
    return CountingSearch()


@pytest.fixture
def desk(db: Database, tmp_path: Path, search: CountingSearch) -> Iterator[Callable[..., Conversations]]:
    """Makes front desks with or without a pace."""
    made: list[Conversations] = []
    profile = load_profile("ninghe")
    handbook = Desk(tmp_path / "kb", tmp_path / "local", profile.key, profile.handbook_variables())

    def make(pace: Rate | None = RATE) -> Conversations:
        def rules(session) -> Rules:
            return Rules(profile, load_calendar(session), b"key")

        handler = MessageHandler(db, search, rules, Clock(), "http://127.0.0.1", b"key", handbook, pace=pace)
        made.append(Conversations(db, handler, Clock()))
        return made[-1]

    yield make
    for conversations in made:
        conversations.close()


def message(number: int, openid: str = "oFlood", kind: MessageKind = MessageKind.TEXT) -> Incoming:
    key = f"message:{openid}:{number}"
    return Incoming("gh_1", openid, kind, real_now(), key, text=f"第{number}件事怎么办")


@given(st.lists(st.floats(0, 100), max_size=60), st.integers(1, 30))
def test_no_window_lets_more_through_than_the_rate(gaps: list[float], capacity: int) -> None:
    """In any stretch of time: at most the capacity plus what flowed back meanwhile."""
    rate, level, now, taken = Rate(capacity), None, NOW, 0
    for gap in gaps:
        now += timedelta(seconds=gap)
        level, is_taken = take(level, rate, now)
        taken += is_taken
        assert 0 <= level.tokens <= capacity
    assert taken <= capacity + sum(gaps[1:]) * capacity / 60 + 1e-6


def test_a_clock_that_is_set_back_does_no_harm() -> None:
    assert refilled(Level(3.0, NOW), RATE, NOW - timedelta(days=1)).tokens == 3.0


def test_twenty_are_answered_then_one_polite_reply_then_silence(db, desk, search, monkeypatch) -> None:
    moment = real_now()
    monkeypatch.setattr("app.conversations.handling.real_now", lambda: moment)
    conversations = desk()
    replies = [conversations.receive(message(number)) for number in range(30)]
    assert all(replies[:20]) and not any("太快" in reply for reply in replies[:20])
    assert "发得有点快" in replies[20] and "急事请打" in replies[20]
    assert replies[21:] == [""] * 9
    assert search.asked == 20


def test_limited_messages_are_kept_for_repeats_and_have_no_effect(db, desk) -> None:
    """De-duplicated like any other; no answer row, no dialogue step."""
    conversations = desk()
    replies = [conversations.receive(message(number)) for number in range(25)]
    with db.reading() as session:
        before = session.exec(select(func.count()).select_from(Answer)).one()
        state = session.get_one(Follower, "oFlood").state
        assert session.exec(select(func.count()).select_from(InboxMessage)).one() == 25
    assert [conversations.receive(message(number)) for number in range(25)] == replies
    with db.reading() as session:
        assert session.exec(select(func.count()).select_from(Answer)).one() == before
        assert session.get_one(Follower, "oFlood").state == state


def test_it_flows_back_with_time(db, desk, monkeypatch) -> None:
    """Counted at a moment that stands still: on a busy machine eleven messages take seconds."""
    moment = real_now()
    monkeypatch.setattr("app.conversations.handling.real_now", lambda: moment)
    conversations = desk()
    for number in range(21):
        conversations.receive(message(number))
    with db.transaction() as session:
        follower = session.get_one(Follower, "oFlood")
        follower.bucket_at = moment - timedelta(seconds=31)
    replies = [conversations.receive(message(100 + number)) for number in range(11)]
    assert all(replies[:10]) and replies[10] == ""


def test_leaving_is_never_limited(db, desk) -> None:
    conversations = desk()
    for number in range(25):
        conversations.receive(message(number))
    conversations.receive(message(99, kind=MessageKind.UNFOLLOW))
    with db.reading() as session:
        assert not session.get_one(Follower, "oFlood").is_subscribed


def test_the_normal_path_pays_no_further_write(db, desk) -> None:
    """The bucket travels in the update of the follower's row that happens anyway."""

    def writes(pace: Rate | None, openid: str) -> int:
        conversations = desk(pace)
        conversations.receive(message(1, openid))
        statements: list[str] = []

        def note(_conn, _cursor, statement: str, *_rest) -> None:
            if statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
                statements.append(statement)

        event.listen(db.write_engine, "before_cursor_execute", note)
        conversations.receive(message(2, openid))
        event.remove(db.write_engine, "before_cursor_execute", note)
        return len(statements)

    assert writes(RATE, "oA") == writes(None, "oB")


def test_a_flood_of_one_person_does_not_slow_the_others(db, desk) -> None:
    """Eight connections of one person without a pause, beside one message at a time of others: at most 4×."""
    conversations = desk()

    def others(prefix: str) -> float:
        times = []
        for number in range(40):
            start = time.perf_counter()
            assert conversations.receive(message(1, f"{prefix}{number}"))
            times.append(time.perf_counter() - start)
        return statistics.median(times)

    others("oWarm")
    quiet = others("oQuiet")
    stop = threading.Event()

    def flood(worker: int) -> int:
        count = 0
        while not stop.is_set():
            conversations.receive(message(worker * 1_000_000 + count))
            count += 1
        return count

    with ThreadPoolExecutor(FLOOD_THREADS) as pool:
        running = [pool.submit(flood, worker) for worker in range(FLOOD_THREADS)]
        time.sleep(0.2)
        beside = others("oBeside")
        stop.set()
        sent = sum(item.result() for item in running)
    assert sent > 40
    assert beside <= 4 * quiet, f"{beside * 1000:.1f} ms beside a flood, {quiet * 1000:.1f} ms without"


class SlowHandler:
    """Searches for 20 ms and notes the order in which it carries out; the answer is the question."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.together: list[int] = []
        self.may_begin = threading.Event()
        self.may_begin.set()

    def prepare(self, batch: Sequence[Incoming]) -> list[Prepared]:
        return [Prepared(incoming, SearchMemo(CountingSearch()), words=incoming.text) for incoming in batch]

    def look_up(self, batch: Sequence[Prepared]) -> Sequence[Prepared]:
        self.may_begin.wait(30)
        time.sleep(0.02 * len(batch))
        return batch

    def carry_out(self, batch: Sequence[Prepared]) -> list[str]:
        self.together.append(len(batch))
        self.seen += [item.incoming.dedupe_key for item in batch]
        return [item.incoming.text for item in batch]


def test_people_take_turns_and_keep_their_order(db) -> None:
    """100 waiting messages of one person hold up another one by a few of them, not by 100."""
    handler = SlowHandler()
    handler.may_begin.clear()
    conversations = Conversations(db, handler, Clock(), budget_s=30)
    flood = [message(number) for number in range(100)]
    futures = [conversations._start(item) for item in flood]
    other = message(1, "oOther")
    futures.append(conversations._start(other))
    handler.may_begin.set()
    wait(futures)
    assert handler.seen.index(other.dedupe_key) < len(flood) / 10
    assert [key for key in handler.seen if "oFlood" in key] == [item.dedupe_key for item in flood]
    conversations.close()


def test_closing_finishes_what_was_taken(db) -> None:
    handler = SlowHandler()
    conversations = Conversations(db, handler, Clock())
    futures = [conversations._start(message(number)) for number in range(5)]
    conversations.close()
    assert [future.result(timeout=0) for future in futures] == [message(number).text for number in range(5)]


def test_a_fault_reaches_the_waiting_one_and_the_next_is_served(db) -> None:
    class Broken(SlowHandler):
        def carry_out(self, batch: Sequence[Prepared]) -> list[str]:
            if any(item.incoming.dedupe_key.endswith(":1") for item in batch):
                raise RuntimeError("broken")
            return super().carry_out(batch)

    conversations = Conversations(db, Broken(), Clock())
    with pytest.raises(RuntimeError):
        conversations.receive(message(1))
    assert conversations.receive(message(2)) == message(2).text
    conversations.close()


def test_who_followed_before_us_is_told_what_we_keep_once(db, desk) -> None:
    """PIPL 17: with the first reply, whatever that is about; the greeting of a new follower says it itself."""
    conversations = desk()
    first, second = (conversations.receive(message(number)) for number in (1, 2))
    assert first.count("隐私说明") == 1 and "隐私说明" not in second
    greeted = conversations.receive(message(1, "oNew", MessageKind.FOLLOW))
    assert greeted.count("隐私说明") == 1
    assert "隐私说明" not in conversations.receive(message(2, "oNew"))
