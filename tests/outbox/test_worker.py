"""The worker's rounds: every step, periodic jobs exactly once, heartbeat, graceful stop."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from app.clock import Clock, real_now
from app.outbox import periodic
from app.outbox.models import PeriodicJob
from app.outbox.periodic import Job, daily, every
from app.worker import Hooks, Worker, is_alive


class Diary:
    """A periodic job that notes when it ran, and fails on order."""

    def __init__(self) -> None:
        self.runs: list[datetime] = []
        self.is_broken = False

    def __call__(self, moment: datetime) -> None:
        if self.is_broken:
            raise RuntimeError("broken")
        self.runs.append(moment)


def worker(bench, *jobs: Job, hooks: Hooks | None = None, owner: str = "w1") -> Worker:
    return Worker(bench.db, bench.sender, Clock(), hooks=hooks, jobs=jobs, owner=owner)


def test_round_does_everything_and_then_rests(bench) -> None:
    done: list[str] = []

    def once(name: str):
        def act(*_args) -> int:
            if name in done:
                return 0
            done.append(name)
            return 1

        return act

    bench.follower()
    bench.tell("a")
    hooks = Hooks(escalate=once("escalate"), resume=once("resume"))
    one = worker(bench, hooks=hooks)
    assert one.tick(bench.now)
    assert done == ["resume", "escalate"]
    assert bench.sender.sent == [("text", "oA", "a")]
    assert not one.tick(bench.now)


def test_what_the_escalation_enqueues_goes_out_in_the_same_round(bench) -> None:
    """Steps run in this order so that a reminder does not wait for the next round."""
    bench.follower()
    told: list[bool] = []

    def escalate(session, now: datetime) -> int:
        from app.outbox import service
        from bot.messages import Reply

        if told:
            return 0
        told.append(True)
        service.enqueue(
            session, dedupe_key="r", openid="oA", kind="notice", reply=Reply.of("到期提醒"), now=now
        )
        return 1

    worker(bench, hooks=Hooks(escalate=escalate)).tick(bench.now)
    assert bench.sender.sent == [("text", "oA", "到期提醒")]


def test_broken_step_does_not_stop_the_others(bench) -> None:
    def broken(*_args) -> int:
        raise RuntimeError("13900001111 不能进日志")

    bench.follower()
    bench.tell("a")
    assert worker(bench, hooks=Hooks(broken, broken)).tick(bench.now)
    assert len(bench.sender.sent) == 1


def test_broken_escalation_keeps_nothing_of_its_transaction(bench) -> None:
    from app.outbox import service
    from bot.messages import Reply

    def half_done(session, now: datetime) -> int:
        service.enqueue(session, dedupe_key="x", openid="oA", kind="notice", reply=Reply.of("x"), now=now)
        raise RuntimeError

    worker(bench, hooks=Hooks(escalate=half_done)).tick(bench.now)
    with bench.db.reading() as session:
        assert service.counts(session)["new"] == 0


def test_late_job_is_caught_up_exactly_once(bench) -> None:
    """Reliability 2.5: a reminder is never skipped because it is late, nor run once per missed period."""
    diary = Diary()
    one = worker(bench, Job("hourly", every(timedelta(hours=1)), diary))
    one.tick(bench.now)
    assert diary.runs == []
    late = bench.now + timedelta(hours=5, minutes=20)
    one.tick(late)
    one.tick(late + timedelta(minutes=1))
    assert diary.runs == [late]
    one.tick(late + timedelta(hours=1))
    assert len(diary.runs) == 2


def test_two_workers_run_a_job_once(bench) -> None:
    diary = Diary()
    job = Job("daily", every(timedelta(days=1)), diary)
    first, second = worker(bench, job), worker(bench, job, owner="w2")
    first.tick(bench.now)
    due = bench.now + timedelta(days=1)
    first.tick(due)
    second.tick(due)
    assert diary.runs == [due]


def test_job_under_way_is_not_started_by_another_worker(bench) -> None:
    starts: list[str] = []
    job_of_second: list[Job] = []

    def run(moment: datetime) -> None:
        starts.append("run")
        if len(starts) == 1:
            worker(bench, *job_of_second, owner="w2").tick(moment)

    job = Job("j", every(timedelta(hours=1)), run)
    job_of_second.append(job)
    one = worker(bench, job)
    one.tick(bench.now)
    one.tick(bench.now + timedelta(hours=1))
    assert starts == ["run"]


def test_job_of_a_dead_worker_is_taken_over_after_its_lease(bench) -> None:
    diary = Diary()
    job = Job("j", every(timedelta(hours=1)), diary)
    due = bench.now + timedelta(hours=1)
    with bench.db.transaction() as session:
        periodic.claim(session, job, "dead", bench.now)
    with bench.db.transaction() as session:
        assert periodic.claim(session, job, "dead", due)
    worker(bench, job).tick(due + periodic.JOB_LEASE - timedelta(seconds=1))
    assert diary.runs == []
    worker(bench, job).tick(due + periodic.JOB_LEASE)
    assert len(diary.runs) == 1


def test_failed_job_is_tried_again_soon(bench) -> None:
    diary = Diary()
    one = worker(bench, Job("j", every(timedelta(days=1)), diary))
    one.tick(bench.now)
    due = bench.now + timedelta(days=1)
    diary.is_broken = True
    one.tick(due)
    diary.is_broken = False
    one.tick(due + timedelta(minutes=4))
    one.tick(due + timedelta(minutes=5))
    one.tick(due + timedelta(minutes=6))
    assert diary.runs == [due + timedelta(minutes=5)]
    with bench.db.reading() as session:
        row = session.get(PeriodicJob, "j")
    assert row.last_ok_at == due + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2026, 11, 20, 0, 29, tzinfo=UTC), datetime(2026, 11, 20, 0, 30, tzinfo=UTC)),
        (datetime(2026, 11, 20, 0, 30, tzinfo=UTC), datetime(2026, 11, 21, 0, 30, tzinfo=UTC)),
        (datetime(2026, 12, 31, 15, 59, tzinfo=UTC), datetime(2027, 1, 1, 0, 30, tzinfo=UTC)),
    ],
)
def test_daily_is_by_the_clock_in_china(moment: datetime, expected: datetime) -> None:
    assert daily(8, 30)(moment) == expected


def test_heartbeat_is_real_time_whatever_the_business_clock_says(bench) -> None:
    worker(bench).tick(bench.now + timedelta(days=400))
    with bench.db.reading() as session:
        assert is_alive(session, real_now())
        assert not is_alive(session, real_now() + timedelta(minutes=2))


def test_no_worker_ever_is_not_alive(bench) -> None:
    with bench.db.reading() as session:
        assert not is_alive(session, real_now())


def test_loop_delivers_and_stops_gracefully(bench) -> None:
    """SIGTERM under load: the attempt under way is still recorded."""
    bench.follower()
    one = worker(bench)
    bench.sender.hook = lambda: (one.stop(), time.sleep(0.2))
    for number in range(5):
        bench.tell(f"m{number}")
    thread = threading.Thread(target=one.run)
    thread.start()
    thread.join(timeout=30)
    assert not thread.is_alive()
    assert len(bench.sender.sent) == 1
    assert bench.row("m0").state == "sent" and bench.row("m1").state == "new"


def test_loop_survives_a_broken_database_table(bench) -> None:
    one = worker(bench)
    with bench.db.write_engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE outbox RENAME TO elsewhere")
    thread = threading.Thread(target=one.run)
    thread.start()
    time.sleep(0.3)
    assert thread.is_alive()
    with bench.db.write_engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO outbox")
    bench.follower()
    bench.now = real_now()
    bench.tell("a")
    for _ in range(300):
        if bench.sender.sent:
            break
        time.sleep(0.1)
    one.stop()
    thread.join(timeout=30)
    assert bench.sender.sent == [("text", "oA", "a")]
