"""What fails again and again is told when it begins and when it is over (a log that repeats itself is not read)."""

from datetime import timedelta
from typing import Any

import pytest

from app import log
from app.clock import Clock
from app.outbox import failing
from app.outbox.periodic import RETRY_AFTER, Job, every
from app.outbox.ports import DeliveryError
from app.outbox.retry import ErrorKind
from app.worker import Worker


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Names and steps of what is logged."""
    seen: list[tuple[str, str]] = []
    monkeypatch.setattr(log, "event", lambda name, **fields: seen.append((name, str(fields.get("step")))))
    return seen


class Menu:
    """A job that needs the platform."""

    def __init__(self) -> None:
        self.fault: Exception | None = None

    def __call__(self, _moment: Any) -> None:
        if self.fault is not None:
            raise self.fault


def test_an_outage_of_the_platform_is_told_twice_however_long_it_lasts(bench: Any, told: Any) -> None:
    """Two hours: tried every five minutes, one line at the beginning and one at the end."""
    menu = Menu()
    worker = Worker(bench.db, bench.sender, Clock(), jobs=[Job("officer_menu", every(RETRY_AFTER), menu)])
    worker.tick(bench.now)
    menu.fault = DeliveryError(ErrorKind.UNREACHABLE, "tags/get: ConnectionError")
    for _ in range(24):
        bench.now += RETRY_AFTER
        worker.tick(bench.now)
    assert told == [("job_failed", "officer_menu")]
    menu.fault = None
    for _ in range(2):
        bench.now += RETRY_AFTER
        worker.tick(bench.now)
    assert told == [("job_failed", "officer_menu"), ("job_recovered", "officer_menu")]


def test_another_fault_is_told_at_once_and_a_lasting_one_by_the_hour(bench: Any, told: Any) -> None:
    found = failing.Failing()
    found.note("exchange", ValueError("x"), bench.now)
    found.note("exchange", ValueError("x"), bench.now + timedelta(minutes=59))
    assert len(told) == 1
    found.note("exchange", KeyError("x"), bench.now + timedelta(minutes=59))
    assert len(told) == 2
    found.note("exchange", KeyError("x"), bench.now + timedelta(minutes=119))
    assert len(told) == 3
    away = DeliveryError(ErrorKind.UNREACHABLE, "tags/get: ConnectionError")
    for hours in range(6):
        found.note("officer_menu", away, bench.now + timedelta(hours=hours))
    assert len(told) == 4, "the platform being away is an alarm already"
    found.clear("another")
    assert len(told) == 4, "what never failed has not recovered"
