"""Each thing that needs a person has an alarm that says what it means and what to do (reliability 25)."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import Session

from app import keyvalue
from app.alarms import watching
from app.alarms.facts import Facts
from app.alarms.service import HEARTBEAT_LIMIT, LAST_BACKUP, Alarm, current_alarms
from app.alarms.watching import LOOK_EVERY_S, PATIENCE_S, AlarmWatch
from app.clock import Clock
from app.db import Database
from app.outbox import breaker, periodic
from app.outbox.models import OutboxMessage, OutboxState
from app.outbox.ports import DeliveryError
from app.outbox.retry import ErrorKind
from app.wechat.tokens import Tokens
from app.workdays.models import Workday

NOW = datetime(2026, 6, 15, 2, 0, tzinfo=UTC)


@pytest.fixture
def well(db: Database) -> Database:
    """A beating worker, a fresh backup, a published calendar."""
    with db.transaction() as session:
        periodic.beat(session, NOW)
        keyvalue.write(session, LAST_BACKUP, NOW.isoformat())
    return db


def alarms(db: Database, facts: Facts, *, later: timedelta = timedelta()) -> dict[str, Alarm]:
    with db.reading() as session:
        found = current_alarms(session, now=NOW + later, real_now=NOW + later, facts=facts)
    return {alarm.key: alarm for alarm in found}


def message(state: OutboxState, waited: timedelta) -> OutboxMessage:
    return OutboxMessage(
        dedupe_key=f"{state}{waited}",
        openid="o",
        kind="notice",
        state=state,
        created_at=NOW - waited,
        due_at=NOW - waited,
    )


def test_nothing_is_wrong_when_nothing_is_wrong(well, healthy) -> None:
    assert alarms(well, healthy) == {}


@pytest.mark.parametrize(
    ("key", "arrange", "is_critical"),
    [
        ("worker", lambda session: periodic.beat(session, NOW - timedelta(seconds=50)), True),
        ("worker", lambda session: keyvalue.forget(session, periodic.HEARTBEAT), True),
        ("unsent", lambda session: session.add(message(OutboxState.NEW, timedelta(minutes=6))), False),
        ("unsent", lambda session: session.add(message(OutboxState.NEW, timedelta(minutes=31))), True),
        ("dead_letters", lambda session: session.add(message(OutboxState.DEAD, timedelta(minutes=1))), True),
        ("platform", lambda session: breaker.note_failure(session, ErrorKind.CREDENTIAL, NOW), True),
        ("backup", lambda session: keyvalue.forget(session, LAST_BACKUP), False),
        (
            "backup",
            lambda session: keyvalue.write(session, LAST_BACKUP, (NOW - timedelta(days=2)).isoformat()),
            False,
        ),
    ],
)
def test_what_the_database_shows(
    well, healthy, key: str, arrange: Callable[[Session], object], is_critical: bool
) -> None:
    with well.transaction() as session:
        arrange(session)
    found = alarms(well, healthy)
    assert set(found) == {key}
    assert found[key].is_critical is is_critical
    assert found[key].meaning and found[key].to_do


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("index", {"entries": 0}),
        ("calibration", {"search_fault": "语义模型没有校准过"}),
        ("handbook_edits", {"refused_edits": 2}),
        ("disk", {"disk_free": 1_500_000_000}),
    ],
)
def test_what_the_process_knows(well, healthy, key: str, change: dict[str, object]) -> None:
    assert set(alarms(well, replace(healthy, **change))) == {key}


def test_next_years_calendar_is_asked_for_from_late_october(well, healthy) -> None:
    with well.transaction() as session:
        for moment in (NOW, datetime(2026, 11, 20, 2, 0, tzinfo=UTC)):
            periodic.beat(session, moment)
    moment = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
    with well.transaction() as session:
        keyvalue.write(session, LAST_BACKUP, moment.isoformat())
    with well.reading() as session:
        found = current_alarms(session, now=moment, real_now=moment, facts=healthy)
    assert [alarm.key for alarm in found] == ["calendar"]
    assert "2027" in found[0].title


def test_a_refused_secret_is_an_alarm_until_a_token_comes(well, healthy) -> None:
    """Wrong token → alarm; the next good one ends it."""
    answers: list[object] = [
        DeliveryError(ErrorKind.CREDENTIAL, "stable_token: errcode 40125"),
        ("token", 7200),
    ]

    def fetch() -> tuple[str, int]:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    tokens = Tokens(well, "wx", fetch)
    with pytest.raises(DeliveryError):
        tokens.current()
    assert set(alarms(well, healthy)) == {"token"}
    tokens.current()
    assert alarms(well, healthy) == {}


def test_the_worst_comes_first(well, healthy) -> None:
    with well.transaction() as session:
        keyvalue.forget(session, LAST_BACKUP)
        keyvalue.forget(session, periodic.HEARTBEAT)
        session.add(message(OutboxState.DEAD, timedelta(minutes=1)))
    assert list(alarms(well, healthy)) == ["worker", "dead_letters", "backup"]


def test_an_alarm_is_logged_once_again_every_hour_and_when_it_is_over(well, healthy, caplog) -> None:
    caplog.set_level(logging.INFO, "qiying")
    logging.getLogger("qiying").propagate = True
    facts = [replace(healthy, entries=0)]
    watch = AlarmWatch(well, lambda: facts[0], Clock(NOW - datetime.now(UTC)))
    for minutes in (0, 0.3, 0.6, 61):
        with well.transaction() as session:
            periodic.beat(session, NOW + timedelta(minutes=minutes))
        watch.look(NOW + timedelta(minutes=minutes))
    facts[0] = healthy
    watch.look(NOW + timedelta(minutes=61))
    lines = [record.getMessage() for record in caplog.records]
    assert len([line for line in lines if '"alarm"' in line and '"index"' in line]) == 2
    assert len([line for line in lines if '"alarm_over"' in line]) == 1


def test_a_dead_worker_is_told_within_a_minute() -> None:
    """Last beat, then its limit, then the longest wait for a look: ≤ 60 s with the beat's own rhythm of 10 s."""
    assert HEARTBEAT_LIMIT.total_seconds() + LOOK_EVERY_S <= 60
    assert PATIENCE_S < 60


def test_a_slow_platform_does_not_take_the_server_out(well, healthy) -> None:
    """A worker that waits for the platform beats late: an alarm first, unready only after a minute and a half."""
    for seconds, is_blocking in ((41, False), (91, True)):
        with well.transaction() as session:
            periodic.beat(session, NOW - timedelta(seconds=seconds))
        assert alarms(well, healthy)["worker"].is_blocking is is_blocking


def test_the_watch_runs_beside_the_server_and_survives_a_fault(well, healthy, monkeypatch) -> None:
    monkeypatch.setattr(watching, "PATIENCE_S", 0.01)
    monkeypatch.setattr(watching, "LOOK_EVERY_S", 0.01)
    looked: list[int] = []

    def facts() -> Facts:
        looked.append(1)
        raise OSError("disk")

    watch = AlarmWatch(well, facts, Clock())
    thread = threading.Thread(target=watch.run)
    thread.start()
    deadline = time.monotonic() + 30
    while len(looked) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    watch.stop()
    thread.join(timeout=30)
    assert len(looked) >= 3 and not thread.is_alive()


def test_a_published_year_needs_nothing(well, healthy) -> None:
    moment = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
    with well.transaction() as session:
        session.add(
            Workday(day=date(2027, 1, 1), layer="notice", is_workday=False, source="测试", entered_at=moment)
        )
        periodic.beat(session, moment)
        keyvalue.write(session, LAST_BACKUP, moment.isoformat())
    with well.reading() as session:
        assert current_alarms(session, now=moment, real_now=moment, facts=healthy) == []
