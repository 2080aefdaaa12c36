"""One round tells several people: commits are shared, and nothing is told twice or out of order for it."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from app.outbox import claims, delivery
from app.outbox.claims import LEASE
from app.outbox.models import OutboxState
from app.outbox.retry import Channel, ErrorKind


def commits(bench) -> list[int]:
    """Counts from now on."""
    seen: list[int] = []
    event.listen(bench.db.write_engine, "commit", lambda _connection: seen.append(1))
    return seen


def test_messages_to_many_people_share_two_commits(bench) -> None:
    """One takes the leases, one keeps the outcomes: waiting for the disk is shared."""
    for number in range(delivery.TOGETHER):
        bench.follower(f"o{number}")
        bench.tell(f"m{number}", f"o{number}")
    seen = commits(bench)
    assert bench.deliver()
    assert len(bench.sender.sent) == delivery.TOGETHER and len(seen) == 2
    assert not bench.deliver()


def test_one_round_tells_each_person_one_thing(bench) -> None:
    """Whoever has several waiting gets them one a round: none can overtake the one before it."""
    for openid in ("oA", "oB"):
        bench.follower(openid)
        for number in range(3):
            bench.tell(f"{openid}{number}", openid)
    for number in range(3):
        assert bench.deliver()
        assert sorted(text for _, _, text in bench.sender.sent[-2:]) == [f"oA{number}", f"oB{number}"]


def test_the_first_failure_ends_the_round_and_the_rest_goes_back_as_it_was(bench) -> None:
    """What was leased and not sent must look untried: a text that counts as tried is never sent again."""
    for number in range(4):
        bench.follower(f"o{number}")
        bench.tell(f"m{number}", f"o{number}")
    bench.sender.failures = [None]
    bench.sender.fail(ErrorKind.UNREACHABLE)
    assert bench.deliver()
    assert bench.sender.calls == 2
    assert [bench.row(f"m{number}").state for number in range(4)] == ["sent", "new", "new", "new"]
    for number in (2, 3):
        row = bench.row(f"m{number}")
        assert (row.tries, row.first_tried_at, row.owner, row.lease_until) == (0, None, "", None)
    bench.now += timedelta(minutes=1)
    bench.drain()
    assert sorted(text for _, _, text in bench.sender.sent) == ["m0", "m1", "m2", "m3"]


def test_while_the_platform_is_in_doubt_one_message_goes_at_a_time(bench) -> None:
    """A failure that nothing has disproved yet: the next attempt is a single one."""
    for number in range(4):
        bench.follower(f"o{number}")
        bench.tell(f"m{number}", f"o{number}")
    bench.sender.fail(ErrorKind.UNREACHABLE)
    bench.deliver()
    assert bench.sender.calls == 1
    bench.deliver()
    assert len(bench.sender.sent) == 1
    bench.deliver()
    assert len(bench.sender.sent) == 3


def test_a_worker_that_dies_in_a_round_tells_nobody_twice(bench) -> None:
    """What it had leased may have gone out: texts are settled by the person's next contact, never repeated."""

    class Killed(BaseException):
        pass

    def die_at_the_third() -> None:
        if bench.sender.calls == 3:
            raise Killed

    for number in range(5):
        bench.follower(f"o{number}", window=5 if number < 4 else 0)
        bench.tell(f"m{number}", f"o{number}")
    bench.sender.hook = die_at_the_third
    with pytest.raises(Killed):
        bench.deliver()
    assert not bench.deliver()
    bench.now += LEASE + timedelta(seconds=1)
    bench.drain()
    texts = [text for channel, _, text in bench.sender.sent if channel == "text"]
    assert texts == ["m0", "m1"]
    assert {bench.row(f"m{number}").state for number in range(4)} == {OutboxState.UNKNOWN}
    assert bench.row("m4").state == OutboxState.SENT  # a template carries its id


def test_a_slow_round_ends_before_its_leases(bench, monkeypatch) -> None:
    monkeypatch.setattr(delivery, "LONGEST_ROUND", timedelta())
    assert delivery.LONGEST_ROUND < LEASE
    for number in range(3):
        bench.follower(f"o{number}")
        bench.tell(f"m{number}", f"o{number}")
    assert bench.deliver()
    assert len(bench.sender.sent) == 1
    bench.drain()
    assert len(bench.sender.sent) == 3


def test_a_round_ends_when_the_worker_is_told_to_stop(bench) -> None:
    """SIGTERM does not wait for the whole round; what was sent is recorded, the rest goes back."""
    for number in range(3):
        bench.follower(f"o{number}")
        bench.tell(f"m{number}", f"o{number}")
    delivery.deliver(bench.db, bench.sender, owner="w1", now=bench.now, may_go_on=lambda: False)
    assert len(bench.sender.sent) == 1
    assert [bench.row(f"m{number}").state for number in range(3)] == ["sent", "new", "new"]


def test_a_lease_that_another_worker_holds_is_not_ours_to_write(bench) -> None:
    """Fencing: also while the one who took over is still sending."""
    bench.follower()
    bench.tell("a")
    later = bench.now + LEASE + timedelta(seconds=1)
    with bench.db.transaction() as session:
        for owner, moment in (("w1", bench.now), ("w2", later)):
            row = claims.candidates(session, moment, most=1, lock=False)[0]
            assert claims.lease(session, [row.id], channel=Channel.TEXT, owner=owner, now=moment)
        assert claims.owned(session, [row.id], "w1") == {}
        assert list(claims.owned(session, [row.id], "w2")) == [row.id]
