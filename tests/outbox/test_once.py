"""Never twice: leases, workers that die or are slow, answers that leave it open whether it arrived."""

import threading
from datetime import timedelta

import pytest

from app.followers.models import Follower
from app.outbox import claims, delivery
from app.outbox.claims import LEASE
from app.outbox.models import OutboxState
from app.outbox.retry import Channel, ErrorKind


def test_two_workers_send_one_message_once(bench) -> None:
    """Conditional update with a lease: the other worker meets the row taken, and the person busy."""
    bench.follower()
    bench.tell("a")
    bench.tell("b")
    seen = []
    bench.sender.hook = lambda: seen.append(bench.deliver("w2")) if not seen else None
    bench.deliver("w1")
    assert seen == [False]
    assert [text for _, _, text in bench.sender.sent] == ["a"]


def test_many_workers_on_one_backlog(bench) -> None:
    for number in range(40):
        bench.follower(f"o{number}")
        bench.tell(f"m{number}", f"o{number}")

    def work(name: str) -> None:
        while bench.deliver(name):
            pass

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    texts = [text for _, _, text in bench.sender.sent]
    assert sorted(texts) == sorted(f"m{number}" for number in range(40))


def test_slow_worker_may_not_write_after_its_lease(bench) -> None:
    """Fencing: the row now belongs to whoever took it over."""
    bench.follower(window=0)
    bench.tell("a")

    def taken_over() -> None:
        bench.sender.hook = lambda: None
        later = bench.now + LEASE + timedelta(seconds=1)
        delivery.deliver(bench.db, bench.sender, owner="w2", now=later)

    bench.sender.hook = taken_over
    bench.sender.failures = [None]
    bench.sender.fail(ErrorKind.CONTENT)  # what the slow one meets
    bench.sender.failures.reverse()
    bench.deliver("w1")
    assert bench.row("a").owner == ""
    assert bench.row("a").state == OutboxState.DEAD
    assert bench.row("a").tries == 2


class Killed(BaseException):
    """What a killed process leaves behind, as far as one process can show it."""


def die_while_sending(bench) -> None:
    def die() -> None:
        raise Killed

    bench.sender.hook = die
    with pytest.raises(Killed):
        bench.deliver()
    bench.sender.hook = lambda: None


def test_text_of_a_worker_that_died_is_unknown_not_repeated(bench) -> None:
    """A customer-service text has no idempotency key: at most once."""
    bench.follower()
    bench.tell("a")

    die_while_sending(bench)
    assert not bench.deliver()
    bench.now += LEASE + timedelta(seconds=1)
    bench.drain()
    assert bench.row("a").state == OutboxState.UNKNOWN
    assert bench.sender.sent == []


def test_template_of_a_worker_that_died_is_repeated_with_the_same_id(bench) -> None:
    """Case 52, crash instead of timeout."""
    bench.follower(window=0)
    bench.tell("a")

    die_while_sending(bench)
    bench.now += LEASE + timedelta(seconds=1)
    bench.drain()
    assert bench.row("a").state == OutboxState.SENT
    assert len(bench.sender.ids) == 2 and len(set(bench.sender.ids)) == 1


def test_ambiguous_template_stays_a_template_even_if_a_window_opens(bench) -> None:
    """Another channel has no idempotency key: switching would show it twice."""
    bench.follower(window=0)
    bench.sender.fail(ErrorKind.AMBIGUOUS)
    bench.tell("a")
    bench.deliver()
    with bench.db.transaction() as session:
        follower = session.get(Follower, "oA")
        follower.window_until, follower.window_left = bench.now + timedelta(hours=48), 5
        session.add(follower)
    bench.now += timedelta(seconds=3)
    bench.drain()
    assert bench.sender.sent == [("template", "oA", "a")]
    assert len(set(bench.sender.ids)) == 1


def test_ambiguous_template_is_not_repeated_after_nine_minutes(bench) -> None:
    """An outage longer than the platform remembers the id: unknown, never a second appearance."""
    bench.follower(window=0)
    bench.sender.fail(ErrorKind.AMBIGUOUS)
    bench.tell("a")
    bench.deliver()
    bench.now += timedelta(minutes=9)
    bench.drain()
    assert bench.row("a").state == OutboxState.UNKNOWN
    assert bench.sender.calls == 1


def test_certain_refusal_lets_the_nine_minutes_start_anew(bench) -> None:
    bench.follower(window=0)
    bench.sender.fail(ErrorKind.BUSY)
    bench.tell("a")
    bench.deliver()
    bench.now += timedelta(minutes=30)
    bench.drain()
    assert bench.row("a").state == OutboxState.SENT


def test_no_transaction_is_open_during_a_send(bench) -> None:
    """On SQLite one connection writes: a send inside a transaction would stop the whole program."""
    bench.follower()
    bench.tell("a")

    def write() -> None:
        bench.tell("from inside", "oA", delay=5)

    bench.sender.hook = write
    bench.deliver()
    assert bench.row("from inside").state == OutboxState.NEW


def test_lease_is_taken_by_one_even_if_both_saw_the_row_free(bench) -> None:
    """The conditional UPDATE decides, not the look before it (SKIP LOCKED means nothing on SQLite)."""
    bench.follower()
    bench.tell("a")
    with bench.db.transaction() as session:
        row = claims.candidates(session, bench.now, most=1, lock=False)[0]
        assert claims.lease(session, [row.id], channel=Channel.TEXT, owner="w1", now=bench.now)
        assert not claims.lease(session, [row.id], channel=Channel.TEXT, owner="w2", now=bench.now)
