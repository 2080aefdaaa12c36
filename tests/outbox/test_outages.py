"""The platform down, busy, or refusing: breaker, back-off and parking."""

from datetime import timedelta

from app.outbox import breaker
from app.outbox.models import OutboxState
from app.outbox.retry import Channel, ErrorKind


def test_platform_down_means_one_probe_in_thirty_seconds(bench) -> None:
    """Reliability 1.3: at most about 120 probes in an hour, whatever the backlog; then everything arrives."""
    for number in range(30):
        bench.follower(f"o{number}")
        bench.tell(f"m{number}", f"o{number}")
    down_until = bench.now + timedelta(hours=1)
    while bench.now < down_until:
        bench.sender.fail(ErrorKind.UNREACHABLE)
        bench.deliver()
        bench.now += timedelta(seconds=5)
    assert 100 <= bench.sender.calls <= 130
    bench.sender.failures = []
    for _ in range(40):
        bench.now += timedelta(seconds=30)
        while bench.deliver():
            pass
    assert len(bench.sender.sent) == 30


def test_one_poisoned_message_does_not_open_the_breaker(bench) -> None:
    bench.follower("oA")
    bench.follower("oB")
    for number in range(6):
        bench.tell(f"m{number}", "oA" if number % 2 else "oB")
    for _ in range(3):
        bench.sender.fail(ErrorKind.UNREACHABLE)
        bench.deliver()
        bench.now += timedelta(seconds=6)
        bench.deliver()
    with bench.db.reading() as session:
        assert breaker.opened_until(session) is None


def test_refused_credential_stops_everything_for_minutes(bench) -> None:
    """Case 44: message parked, alarm, no storm."""
    bench.follower()
    bench.sender.fail(ErrorKind.CREDENTIAL, is_alarming=True)
    bench.tell("a")
    for _ in range(299):
        bench.deliver()
        bench.now += timedelta(seconds=1)
    assert bench.sender.calls == 1
    bench.now += timedelta(seconds=1)
    bench.drain()
    assert bench.row("a").state == OutboxState.SENT


def test_two_busy_answers_then_success_is_one_delivery(bench) -> None:
    """Case 50: −1 twice then 0 → delivered once, back-off respected."""
    bench.follower()
    bench.sender.fail(ErrorKind.BUSY, ErrorKind.BUSY)
    bench.tell("a")
    attempts = []
    for second in range(60):
        before = bench.sender.calls
        bench.deliver()
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
    bench.drain()
    assert bench.sender.calls == 1
    bench.sender.templates = {"ticket_resolved"}
    bench.tell("by template", "oB")
    bench.drain()
    assert bench.sender.sent == [("template", "oB", "by template")]
    bench.now += timedelta(hours=14)
    bench.drain()
    assert sorted(text for _, _, text in bench.sender.sent) == ["by template", "to oA", "to oB"]


def test_broken_template_is_parked_alone(bench) -> None:
    """40037: alarm, and only this template's messages wait."""
    bench.sender.templates = {"ticket_resolved", "ticket_accepted"}
    bench.follower(window=0)
    bench.sender.fail(ErrorKind.TEMPLATE, is_alarming=True)
    bench.tell("broken")
    bench.tell("broken too")
    bench.tell("fine", kind="ticket_accepted")
    bench.drain()
    assert bench.sender.sent == [("template", "oA", "fine")]
    bench.now += timedelta(hours=1)
    bench.drain()
    assert [text for _, _, text in bench.sender.sent] == ["fine", "broken", "broken too"]


def test_parked_moments_are_kept_per_channel_and_kind(bench) -> None:
    with bench.db.transaction() as session:
        breaker.park(session, Channel.TEMPLATE, "x", bench.now)
        assert breaker.parked(session, "x") == {Channel.TEMPLATE: bench.now}
        assert breaker.parked(session, "y") == {}
