"""The clock is set back an hour, or a year that it was ahead: nothing twice, nothing never (test 15).

What is alive at that moment: jobs, their leases, the lease of a message, messages and webhooks to be sent, logins,
lockouts, the heartbeat, limits.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from app.clock import Clock, real_now
from app.db import Database
from app.limits.addresses import AddressLimiter
from app.limits.bucket import Rate
from app.outbox import periodic
from app.outbox import service as outbox
from app.outbox.models import OutboxMessage, OutboxState, PeriodicJob
from app.outbox.periodic import Job, daily, every
from app.panel import lockout
from app.panel.models import User, UserSession
from app.panel.roles import Role
from app.panel.sessions import find_session, open_session
from app.worker import Worker, is_alive
from bot.messages import Reply

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
HOUR, YEAR = timedelta(hours=1), timedelta(days=365)


class Silent:
    """A sender that only counts."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def count_texts(self, reply: Reply) -> int:
        return 1

    def has_template(self, kind: str) -> bool:
        return True

    def send_text(self, openid: str, reply: Reply) -> None:
        self.sent.append(openid)

    def send_template(self, openid: str, *_: Any, **__: Any) -> str:
        self.sent.append(openid)
        return str(len(self.sent))


class Works:
    """A worker with a job of each rhythm, over one database; `at` is a round at a moment."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.runs: list[str] = []
        self.sender = Silent()
        self.worker = self.hired()

    def hired(self) -> Worker:
        jobs = [
            Job("often", every(timedelta(seconds=10)), lambda _now: self.runs.append("often")),
            Job("nightly", daily(3, 30), lambda _now: self.runs.append("nightly")),
        ]
        return Worker(self.db, self.sender, Clock(), jobs=jobs)  # type: ignore[arg-type]  # a sender by its form

    def at(self, now: datetime) -> list[str]:
        """What ran in this round."""
        self.runs.clear()
        for _ in range(3):
            self.worker.tick(now)
        return list(self.runs)

    def rows(self, kind: type) -> list[Any]:
        with self.db.reading() as session:
            return list(session.exec(select(kind)))


@pytest.fixture
def works(blank_database: Callable[[Path], Database], tmp_path: Path) -> Iterator[Works]:
    db = blank_database(tmp_path / "t.db")
    yield Works(db)
    db.close()


def write(session: Session, key: str, now: datetime) -> None:
    outbox.enqueue(
        session, dedupe_key=key, openid=f"o-{key}", kind="ticket_resolved", reply=Reply.of("已办结"),
        fields={"title": "测试"}, path="", ticket_id=None, now=now,
    )  # fmt: skip


def test_a_job_runs_once_however_the_clock_jumps(works: Works) -> None:
    night = datetime(2026, 11, 20, 19, 30, tzinfo=UTC)  # 03:30 in China
    assert works.at(night - HOUR) == []
    assert sorted(works.at(night)) == ["nightly", "often"]
    assert works.at(night - HOUR) == [], "set back: planned anew, but not run at once"
    assert works.at(night - HOUR + timedelta(seconds=11)) == ["often"], "an hour without it"
    assert works.at(night) == ["often"], "the night's job was done before the clock was set back"
    assert sorted(works.at(night + timedelta(days=1))) == ["nightly", "often"]
    assert sorted(works.at(night + YEAR)) == ["nightly", "often"], "once, not once for each day left out"
    assert works.at(night + timedelta(days=1, hours=1)) == []
    assert sorted(works.at(night + timedelta(days=2))) == ["nightly", "often"], "or a year without it"


def test_no_lease_outlives_the_clock_that_wrote_it(works: Works) -> None:
    """A worker died while the clock was a year ahead. A step of an hour frees nothing: its owner may be alive."""
    works.at(NOW)
    with works.db.transaction() as session:
        assert periodic.claim(session, Job("often", every(HOUR), print), "dead", NOW + YEAR)
        write(session, "leased", NOW)
        session.flush()
        row = session.exec(select(OutboxMessage)).one()
        row.state, row.owner, row.lease_until = OutboxState.RUN, "dead", NOW + HOUR
        row.channel, row.tries, row.first_tried_at = "template", 1, NOW
    works.worker = works.hired()
    works.at(NOW + timedelta(minutes=1))
    assert works.sender.sent == [], "the lease of an hour holds"
    with works.db.transaction() as session:
        row = session.exec(select(OutboxMessage)).one()
        row.lease_until = real_now() + YEAR
    works.worker = works.hired()
    assert "often" in works.at(NOW + timedelta(minutes=2))
    assert works.sender.sent == ["o-leased"]
    assert all(row.lease_until is None for row in works.rows(PeriodicJob))


def test_a_message_of_a_year_ahead_goes_out_now_and_once(works: Works) -> None:
    ahead = real_now() + YEAR
    with works.db.transaction() as session:
        write(session, "early", ahead)
    works.at(real_now())
    assert works.sender.sent == ["o-early"]
    works.at(ahead)
    works.at(real_now())
    assert works.sender.sent == ["o-early"]


@pytest.mark.parametrize("step", [HOUR, YEAR])
def test_the_heartbeat_tells_the_truth_after_a_step(
    works: Works, step: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A beat of the future would have called a dead worker alive until then, and kept a living one from beating."""
    true = real_now()
    monkeypatch.setattr("app.worker.real_now", lambda: true + step)
    works.at(NOW)
    with works.db.reading() as session:
        assert not is_alive(session, true)
    monkeypatch.setattr("app.worker.real_now", lambda: true)
    works.at(NOW)
    with works.db.reading() as session:
        assert is_alive(session, true)


def test_no_login_and_no_lock_outlives_the_clock_that_wrote_it(works: Works) -> None:
    now = real_now()
    with works.db.transaction() as session:
        user = User(username="t", name="测试员", role=Role.HUB, password_hash="-", created_at=now)
        session.add(user)
        session.flush()
        today = open_session(session, user, address="", now=now)
        ahead = open_session(session, user, address="", now=now + timedelta(hours=9))
        for _ in range(lockout.MAX_PER_PAIR + 1):
            lock = lockout.count_attempt(session, username="t", address="a", now=now + YEAR)
    with works.db.transaction() as session:
        assert find_session(session, today, now) is not None
        assert find_session(session, ahead, now) is None
        assert find_session(session, today, now - HOUR) is None, "the safe side: log in again"
        assert lock is not None and lockout.locked_until(session, "t", now) is None
        assert lockout.count_attempt(session, username="t", address="a", now=now) is None
    assert len(works.rows(UserSession)) == 2


def test_limits_go_on_after_a_step(works: Works) -> None:
    """Neither a flood let through nor somebody shut out."""
    moment = [real_now()]
    limiter = AddressLimiter(works.db, "test", Rate(5), now=lambda: moment[0], monotonic=lambda: 0.0)
    for step in (timedelta(), -HOUR, YEAR, -2 * YEAR):
        moment[0] += step
        limiter = AddressLimiter(works.db, "test", Rate(5), now=lambda: moment[0], monotonic=lambda: 0.0)
        assert sum(not limiter.refuse("192.0.2.1") for _ in range(20)) <= 5
        moment[0] += timedelta(minutes=2)
        limiter = AddressLimiter(works.db, "test", Rate(5), now=lambda: moment[0], monotonic=lambda: 0.0)
        assert not limiter.refuse("192.0.2.1")
