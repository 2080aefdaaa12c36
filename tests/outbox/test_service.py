"""Enqueue once, cancel, show at the next contact, settle by receipt."""

from datetime import timedelta

import pytest

from app.errors import Conflict, NotFound
from app.outbox import service
from app.outbox.models import OutboxState
from app.outbox.retry import ErrorKind


def test_same_key_is_told_once(bench) -> None:
    """Re-planning a notice cannot double a push."""
    bench.follower()
    bench.tell("k1")
    bench.tell("k1")
    while bench.deliver():
        pass
    assert bench.sender.sent == [("text", "oA", "k1")]


def test_enqueue_rolls_back_with_the_change_it_tells(bench) -> None:
    class Broken(Exception):
        pass

    with pytest.raises(Broken), bench.db.transaction() as session:
        service.enqueue(
            session, dedupe_key="k", openid="oA", kind="notice", reply=service.Reply.of("x"), now=bench.now
        )
        raise Broken
    with bench.db.reading() as session:
        assert service.counts(session)["new"] == 0


def test_unfollowing_cancels_what_was_not_told(bench) -> None:
    """Case 43: pending pushes cancelled, no later attempt."""
    bench.follower(window=0)
    bench.tell("now", kind="none")
    bench.tell("later", delay=60)
    bench.deliver()
    assert bench.row("now").state == OutboxState.PENDING
    with bench.db.transaction() as session:
        assert service.cancel_for(session, "oA") == 2
    bench.now += timedelta(hours=1)
    assert not bench.deliver()
    assert bench.sender.calls == 0


def test_pending_is_shown_once_at_the_next_contact(bench) -> None:
    """Case 48: the next inbound message shows the pending notice, and only the next."""
    bench.follower(window=0)
    bench.tell("a", kind="none")
    bench.tell("b", kind="none")
    while bench.deliver():
        pass
    with bench.db.transaction() as session:
        assert [reply.plain() for reply in service.take_pending(session, "oA", bench.now)] == ["a", "b"]
    with bench.db.transaction() as session:
        assert service.take_pending(session, "oA", bench.now) == []
    assert (bench.row("a").state, bench.row("a").channel) == (OutboxState.SENT, "passive")


def test_more_than_fits_goes_by_the_window_the_contact_opened(bench) -> None:
    bench.follower(window=5)
    bench.sender.texts = 9  # no room: pending
    for key in "abcde":
        bench.tell(key, kind="none")
    while bench.deliver():
        pass
    with bench.db.transaction() as session:
        shown = service.take_pending(session, "oA", bench.now, limit=2)
    bench.sender.texts = 1
    while bench.deliver():
        pass
    assert [reply.plain() for reply in shown] == ["a", "b"]
    assert [text for _, _, text in bench.sender.sent] == ["c", "d", "e"]


def test_unknown_is_shown_after_ten_minutes_as_perhaps_seen(bench) -> None:
    """A text whose fate is unknown is never sent again by itself, but not lost either."""
    bench.follower()
    bench.sender.fail(ErrorKind.AMBIGUOUS)
    bench.tell("a", kind="deferred_answer")
    bench.deliver()
    assert bench.row("a").state == OutboxState.UNKNOWN
    with bench.db.transaction() as session:
        assert service.take_pending(session, "oA", bench.now + timedelta(minutes=9)) == []
    with bench.db.transaction() as session:
        shown = service.take_pending(session, "oA", bench.now + timedelta(minutes=11))
    assert [reply.plain() for reply in shown] == [service.MAYBE_SEEN + "a"]


def test_receipt_of_success_is_kept(bench) -> None:
    bench.follower(window=0)
    bench.tell("a")
    bench.deliver()
    with bench.db.transaction() as session:
        service.on_receipt(session, bench.row("a").platform_id, "success", bench.now)
    assert (bench.row("a").state, bench.row("a").receipt) == (OutboxState.SENT, "success")


@pytest.mark.parametrize("status", ["failed:user block", "failed: system failed", "failed:freq limit"])
def test_failed_receipt_brings_the_notice_back_for_the_next_contact(bench, status: str) -> None:
    bench.follower(window=0)
    bench.tell("a")
    bench.deliver()
    with bench.db.transaction() as session:
        service.on_receipt(session, bench.row("a").platform_id, status, bench.now)
    assert bench.row("a").state == OutboxState.PENDING


def test_receipt_settles_unknown_though_the_id_was_never_learnt(bench) -> None:
    """After a read timeout there is no msgid: the one unsettled template of this person is meant."""
    bench.follower(window=0)
    bench.tell("a")
    for _ in range(6):
        bench.sender.fail(ErrorKind.AMBIGUOUS)
    for _ in range(12):
        bench.deliver()
        bench.now += timedelta(minutes=1)
    assert bench.row("a").state == OutboxState.UNKNOWN
    with bench.db.transaction() as session:
        service.on_receipt(session, "777", "success", bench.now, openid="oA")
    assert (bench.row("a").state, bench.row("a").platform_id) == (OutboxState.SENT, "777")


def test_receipt_that_overtakes_the_record_is_not_lost(bench) -> None:
    bench.follower(window=0)
    bench.tell("a")

    def receipt() -> None:
        with bench.db.transaction() as session:
            service.on_receipt(session, "90001", "failed:user block", bench.now, openid="oA")

    bench.sender.hook = receipt
    bench.deliver()
    assert bench.row("a").state == OutboxState.PENDING


def test_foreign_receipt_changes_nothing(bench) -> None:
    with bench.db.transaction() as session:
        service.on_receipt(session, "1", "success", bench.now)
        service.on_receipt(session, "", "success", bench.now, openid="oX")


def test_a_person_can_retry_what_is_dead_but_not_what_went_out(bench) -> None:
    bench.follower(window=0)
    bench.tell("a")
    bench.sender.fail(ErrorKind.CONTENT)
    bench.deliver()
    dead = bench.row("a")
    assert dead.state == OutboxState.DEAD
    with bench.db.transaction() as session:
        service.retry_dead(session, dead.id, bench.now)
    bench.deliver()
    assert bench.row("a").state == OutboxState.SENT
    with bench.db.transaction() as session, pytest.raises(Conflict):
        service.retry_dead(session, dead.id, bench.now)
    with bench.db.transaction() as session, pytest.raises(NotFound):
        service.retry_dead(session, 999, bench.now)


def test_counts_name_every_state_and_the_oldest_waiting(bench) -> None:
    bench.follower()
    bench.tell("a")
    bench.now += timedelta(minutes=5)
    bench.tell("later", delay=600)
    with bench.db.reading() as session:
        counts = service.counts(session)
        assert counts == {state.value: 2 if state == OutboxState.NEW else 0 for state in OutboxState}
        assert service.oldest_unsent_at(session, bench.now) == bench.now - timedelta(minutes=5)
