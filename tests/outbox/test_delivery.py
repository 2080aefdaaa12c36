"""Lease, order per person, fencing, breaker, parking."""

import threading
from datetime import timedelta

import pytest

from app.followers.models import Follower
from app.outbox import breaker, claims, delivery
from app.outbox.claims import LEASE
from app.outbox.models import OutboxState
from app.outbox.retry import Channel, ErrorKind


def deliver(bench, owner: str = "w1") -> bool:
    return delivery.deliver(bench.db, bench.sender, owner=owner, now=bench.now)


def drain(bench) -> None:
    for _ in range(50):
        if not deliver(bench):
            return
    raise AssertionError("the outbox does not come to rest")


def test_text_inside_the_window_and_the_count_goes_down(bench) -> None:
    bench.follower(window=2)
    bench.tell("a")
    drain(bench)
    assert bench.sender.sent == [("text", "oA", "a")]
    assert bench.left() == 1


def test_sixth_message_of_a_window_is_a_template(bench) -> None:
    """Case 53: the sixth customer-service message is not attempted."""
    bench.follower(window=5)
    for number in range(6):
        bench.tell(f"m{number}")
    drain(bench)
    assert [channel for channel, _, _ in bench.sender.sent] == ["text"] * 5 + ["template"]


def test_no_window_and_no_template_waits_for_the_next_contact(bench) -> None:
    bench.follower(window=0)
    bench.tell("a", kind="deferred_answer")
    drain(bench)
    assert bench.sender.calls == 0
    assert bench.row("a").state == OutboxState.PENDING


@pytest.mark.parametrize("kind", [ErrorKind.WINDOW, ErrorKind.REFUSED])
def test_closed_window_falls_to_the_template(bench, kind: ErrorKind) -> None:
    """Case 48: 45015, 45047 (and 48002) on a push → template at once."""
    bench.follower()
    bench.sender.fail(kind)
    bench.tell("a")
    drain(bench)
    assert bench.sender.sent == [("template", "oA", "a")]
    assert bench.left() == 0


def test_template_to_someone_who_left_waits_and_marks_them(bench) -> None:
    """Case 48: template 43004 → pending."""
    bench.follower(window=0)
    bench.sender.fail(ErrorKind.NOT_FOLLOWING)
    bench.tell("a")
    bench.tell("b")
    drain(bench)
    assert bench.sender.calls == 1
    assert {bench.row("a").state, bench.row("b").state} == {OutboxState.PENDING}
    with bench.db.reading() as session:
        assert not session.get(Follower, "oA").is_subscribed


def test_nobody_who_left_is_tried_at_all(bench) -> None:
    """Case 43: later send attempt not made."""
    bench.follower(is_subscribed=False)
    bench.tell("a")
    drain(bench)
    assert bench.sender.calls == 0


def test_order_of_one_person_is_kept_through_a_retry(bench) -> None:
    """Never a later message of a person before an earlier unsent one; others are not held up."""
    bench.follower("oA")
    bench.follower("oB")
    bench.sender.fail(ErrorKind.BUSY)
    bench.tell("a1", "oA")
    bench.tell("a2", "oA")
    bench.tell("b1", "oB")
    drain(bench)
    assert [text for _, _, text in bench.sender.sent] == ["b1"]
    bench.now += timedelta(minutes=1)
    drain(bench)
    assert [text for _, _, text in bench.sender.sent] == ["b1", "a1", "a2"]


def test_scheduled_message_does_not_block_todays(bench) -> None:
    bench.follower()
    bench.tell("tomorrow", delay=86_400)
    bench.tell("today")
    drain(bench)
    assert [text for _, _, text in bench.sender.sent] == ["today"]


def test_two_workers_send_one_message_once(bench) -> None:
    """Conditional update with a lease: the other worker meets the row taken, and the person busy."""
    bench.follower()
    bench.tell("a")
    bench.tell("b")
    seen = []
    bench.sender.hook = lambda: seen.append(deliver(bench, "w2")) if not seen else None
    deliver(bench, "w1")
    assert seen == [False]
    assert [text for _, _, text in bench.sender.sent] == ["a"]


def test_many_workers_on_one_backlog(bench) -> None:
    for number in range(40):
        bench.follower(f"o{number}")
        bench.tell(f"m{number}", f"o{number}")

    def work(name: str) -> None:
        while deliver(bench, name):
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
    deliver(bench, "w1")
    assert bench.row("a").owner == ""
    assert bench.row("a").state == OutboxState.DEAD
    assert bench.row("a").tries == 2


def test_text_of_a_worker_that_died_is_unknown_not_repeated(bench) -> None:
    """A customer-service text has no idempotency key: at most once."""
    bench.follower()
    bench.tell("a")

    class Killed(BaseException):
        pass

    def die() -> None:
        raise Killed

    bench.sender.hook = die
    with pytest.raises(Killed):
        deliver(bench)
    bench.sender.hook = lambda: None
    assert not deliver(bench)
    bench.now += LEASE + timedelta(seconds=1)
    drain(bench)
    assert bench.row("a").state == OutboxState.UNKNOWN
    assert bench.sender.sent == []


def test_template_of_a_worker_that_died_is_repeated_with_the_same_id(bench) -> None:
    """Case 52, crash instead of timeout."""
    bench.follower(window=0)
    bench.tell("a")

    class Killed(BaseException):
        pass

    def die() -> None:
        raise Killed

    bench.sender.hook = die
    with pytest.raises(Killed):
        deliver(bench)
    bench.sender.hook = lambda: None
    bench.now += LEASE + timedelta(seconds=1)
    drain(bench)
    assert bench.row("a").state == OutboxState.SENT
    assert len(bench.sender.ids) == 2 and len(set(bench.sender.ids)) == 1


def test_ambiguous_template_stays_a_template_even_if_a_window_opens(bench) -> None:
    """Another channel has no idempotency key: switching would show it twice."""
    bench.follower(window=0)
    bench.sender.fail(ErrorKind.AMBIGUOUS)
    bench.tell("a")
    deliver(bench)
    with bench.db.transaction() as session:
        follower = session.get(Follower, "oA")
        follower.window_until, follower.window_left = bench.now + timedelta(hours=48), 5
        session.add(follower)
    bench.now += timedelta(seconds=3)
    drain(bench)
    assert bench.sender.sent == [("template", "oA", "a")]
    assert len(set(bench.sender.ids)) == 1


def test_ambiguous_template_is_not_repeated_after_nine_minutes(bench) -> None:
    """An outage longer than the platform remembers the id: unknown, never a second appearance."""
    bench.follower(window=0)
    bench.sender.fail(ErrorKind.AMBIGUOUS)
    bench.tell("a")
    deliver(bench)
    bench.now += timedelta(minutes=9)
    drain(bench)
    assert bench.row("a").state == OutboxState.UNKNOWN
    assert bench.sender.calls == 1


def test_certain_refusal_lets_the_nine_minutes_start_anew(bench) -> None:
    bench.follower(window=0)
    bench.sender.fail(ErrorKind.BUSY)
    bench.tell("a")
    deliver(bench)
    bench.now += timedelta(minutes=30)
    drain(bench)
    assert bench.row("a").state == OutboxState.SENT


def test_partial_answer_is_unknown_not_repeated(bench) -> None:
    """The first bubble arrived, the second did not: sending all again would show the first twice."""
    bench.follower(window=5)
    bench.sender.texts = 2
    bench.sender.fail(ErrorKind.WINDOW, sent=1)
    bench.tell("a")
    drain(bench)
    assert bench.row("a").state == OutboxState.UNKNOWN
    assert bench.left() == 4


def test_platform_down_means_one_probe_in_thirty_seconds(bench) -> None:
    """Reliability 1.3: at most about 120 probes in an hour, whatever the backlog; then everything arrives."""
    for number in range(30):
        bench.follower(f"o{number}")
        bench.tell(f"m{number}", f"o{number}")
    down_until = bench.now + timedelta(hours=1)
    while bench.now < down_until:
        bench.sender.fail(ErrorKind.UNREACHABLE)
        deliver(bench)
        bench.now += timedelta(seconds=5)
    assert 100 <= bench.sender.calls <= 130
    bench.sender.failures = []
    for _ in range(40):
        bench.now += timedelta(seconds=30)
        while deliver(bench):
            pass
    assert len(bench.sender.sent) == 30


def test_one_poisoned_message_does_not_open_the_breaker(bench) -> None:
    bench.follower("oA")
    bench.follower("oB")
    for number in range(6):
        bench.tell(f"m{number}", "oA" if number % 2 else "oB")
    for _ in range(3):
        bench.sender.fail(ErrorKind.UNREACHABLE)
        deliver(bench)
        bench.now += timedelta(seconds=6)
        deliver(bench)
    with bench.db.reading() as session:
        assert breaker.opened_until(session) is None


def test_refused_credential_stops_everything_for_minutes(bench) -> None:
    """Case 44: message parked, alarm, no storm."""
    bench.follower()
    bench.sender.fail(ErrorKind.CREDENTIAL, is_alarming=True)
    bench.tell("a")
    for _ in range(299):
        deliver(bench)
        bench.now += timedelta(seconds=1)
    assert bench.sender.calls == 1
    bench.now += timedelta(seconds=1)
    drain(bench)
    assert bench.row("a").state == OutboxState.SENT


def test_two_busy_answers_then_success_is_one_delivery(bench) -> None:
    """Case 50: −1 twice then 0 → delivered once, back-off respected."""
    bench.follower()
    bench.sender.fail(ErrorKind.BUSY, ErrorKind.BUSY)
    bench.tell("a")
    attempts = []
    for second in range(60):
        before = bench.sender.calls
        deliver(bench)
        if bench.sender.calls > before:
            attempts.append(second)
        bench.now += timedelta(seconds=1)
    assert attempts == [0, 1, 6]
    assert len(bench.sender.sent) == 1


def test_quota_parks_the_endpoint_for_everybody_until_tomorrow(bench) -> None:
    """Case 50: 45009 → no further calls to that endpoint until the next day; the other channel goes on."""
    bench.sender.templates = set()
    for openid in ("oA", "oB"):
        bench.follower(openid)
        bench.tell(f"to {openid}", openid, kind="deferred_answer")
    bench.sender.fail(ErrorKind.QUOTA)
    drain(bench)
    assert bench.sender.calls == 1
    bench.sender.templates = {"ticket_resolved"}
    bench.tell("by template", "oB")
    drain(bench)
    assert bench.sender.sent == [("template", "oB", "by template")]
    bench.now += timedelta(hours=14)
    drain(bench)
    assert sorted(text for _, _, text in bench.sender.sent) == ["by template", "to oA", "to oB"]


def test_broken_template_is_parked_alone(bench) -> None:
    """40037: alarm, and only this template's messages wait."""
    bench.sender.templates = {"ticket_resolved", "ticket_accepted"}
    bench.follower(window=0)
    bench.sender.fail(ErrorKind.TEMPLATE, is_alarming=True)
    bench.tell("broken")
    bench.tell("broken too")
    bench.tell("fine", kind="ticket_accepted")
    drain(bench)
    assert bench.sender.sent == [("template", "oA", "fine")]
    bench.now += timedelta(hours=1)
    drain(bench)
    assert [text for _, _, text in bench.sender.sent] == ["fine", "broken", "broken too"]


def test_bad_fields_are_dead_at_once(bench) -> None:
    """Case 49: 47003 → no retry, alarm."""
    bench.follower(window=0)
    bench.sender.fail(ErrorKind.CONTENT, is_alarming=True)
    bench.tell("a")
    drain(bench)
    bench.now += timedelta(days=1)
    drain(bench)
    assert bench.sender.calls == 1
    assert bench.row("a").state == OutboxState.DEAD
    assert bench.row("a").last_error == "fake: content"


def test_parked_moments_are_kept_per_channel_and_kind(bench) -> None:
    with bench.db.transaction() as session:
        breaker.park(session, Channel.TEMPLATE, "x", bench.now)
        assert breaker.parked(session, "x") == {Channel.TEMPLATE: bench.now}
        assert breaker.parked(session, "y") == {}


def test_no_transaction_is_open_during_a_send(bench) -> None:
    """On SQLite one connection writes: a send inside a transaction would stop the whole program."""
    bench.follower()
    bench.tell("a")

    def write() -> None:
        bench.tell("from inside", "oA", delay=5)

    bench.sender.hook = write
    deliver(bench)
    assert bench.row("from inside").state == OutboxState.NEW


def test_lease_is_taken_by_one_even_if_both_saw_the_row_free(bench) -> None:
    """The conditional UPDATE decides, not the look before it (SKIP LOCKED means nothing on SQLite)."""
    bench.follower()
    bench.tell("a")
    with bench.db.transaction() as session:
        row = claims.candidates(session, bench.now, most=1, lock=False)[0]
        assert claims.lease(session, [row.id], channel=Channel.TEXT, owner="w1", now=bench.now)
        assert not claims.lease(session, [row.id], channel=Channel.TEXT, owner="w2", now=bench.now)
