"""Which channel, in which order, and what is not tried at all."""

from datetime import timedelta

import pytest

from app.followers.models import Follower
from app.outbox.models import OutboxState
from app.outbox.retry import ErrorKind


def test_text_inside_the_window_and_the_count_goes_down(bench) -> None:
    bench.follower(window=2)
    bench.tell("a")
    bench.drain()
    assert bench.sender.sent == [("text", "oA", "a")]
    assert bench.left() == 1


def test_sixth_message_of_a_window_is_a_template(bench) -> None:
    """Case 53: the sixth customer-service message is not attempted."""
    bench.follower(window=5)
    for number in range(6):
        bench.tell(f"m{number}")
    bench.drain()
    assert [channel for channel, _, _ in bench.sender.sent] == ["text"] * 5 + ["template"]


def test_no_window_and_no_template_waits_for_the_next_contact(bench) -> None:
    bench.follower(window=0)
    bench.tell("a", kind="deferred_answer")
    bench.drain()
    assert bench.sender.calls == 0
    assert bench.row("a").state == OutboxState.PENDING


@pytest.mark.parametrize("kind", [ErrorKind.WINDOW, ErrorKind.REFUSED])
def test_closed_window_falls_to_the_template(bench, kind: ErrorKind) -> None:
    """Case 48: 45015, 45047 (and 48002) on a push → template at once."""
    bench.follower()
    bench.sender.fail(kind)
    bench.tell("a")
    bench.drain()
    assert bench.sender.sent == [("template", "oA", "a")]
    assert bench.left() == 0


def test_template_to_someone_who_left_waits_and_marks_them(bench) -> None:
    """Case 48: template 43004 → pending."""
    bench.follower(window=0)
    bench.sender.fail(ErrorKind.NOT_FOLLOWING)
    bench.tell("a")
    bench.tell("b")
    bench.drain()
    assert bench.sender.calls == 1
    assert {bench.row("a").state, bench.row("b").state} == {OutboxState.PENDING}
    with bench.db.reading() as session:
        assert not session.get(Follower, "oA").is_subscribed


def test_nobody_who_left_is_tried_at_all(bench) -> None:
    """Case 43: later send attempt not made."""
    bench.follower(is_subscribed=False)
    bench.tell("a")
    bench.drain()
    assert bench.sender.calls == 0


def test_order_of_one_person_is_kept_through_a_retry(bench) -> None:
    """Never a later message of a person before an earlier unsent one; others are not held up."""
    bench.follower("oA")
    bench.follower("oB")
    bench.sender.fail(ErrorKind.BUSY)
    bench.tell("a1", "oA")
    bench.tell("a2", "oA")
    bench.tell("b1", "oB")
    bench.drain()
    assert [text for _, _, text in bench.sender.sent] == ["b1"]
    bench.now += timedelta(minutes=1)
    bench.drain()
    assert [text for _, _, text in bench.sender.sent] == ["b1", "a1", "a2"]


def test_scheduled_message_does_not_block_todays(bench) -> None:
    bench.follower()
    bench.tell("tomorrow", delay=86_400)
    bench.tell("today")
    bench.drain()
    assert [text for _, _, text in bench.sender.sent] == ["today"]


def test_partial_answer_is_unknown_not_repeated(bench) -> None:
    """The first bubble arrived, the second did not: sending all again would show the first twice."""
    bench.follower(window=5)
    bench.sender.texts = 2
    bench.sender.fail(ErrorKind.WINDOW, sent=1)
    bench.tell("a")
    bench.drain()
    assert bench.row("a").state == OutboxState.UNKNOWN
    assert bench.left() == 4


def test_bad_fields_are_dead_at_once(bench) -> None:
    """Case 49: 47003 → no retry, alarm."""
    bench.follower(window=0)
    bench.sender.fail(ErrorKind.CONTENT, is_alarming=True)
    bench.tell("a")
    bench.drain()
    bench.now += timedelta(days=1)
    bench.drain()
    assert bench.sender.calls == 1
    assert bench.row("a").state == OutboxState.DEAD
    assert bench.row("a").last_error == "fake: content"
