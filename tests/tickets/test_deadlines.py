"""Due dates by the weekday, with pauses, extensions, and the days shown (C8)."""

from datetime import date

import pytest

from app.tickets import deadlines
from app.workdays.store import packaged_calendar

CALENDAR = packaged_calendar()


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("name", "received", "due"),
    [
        ("a plain Monday", "2026-11-02", "2026-11-11"),
        ("Friday", "2026-11-20", "2026-12-01"),
        ("Wednesday before 国庆 with the make-up Saturday after", "2026-09-30", "2026-10-15"),
        ("Friday before the make-up Sunday of 国庆", "2026-09-18", "2026-09-29"),
        ("before 春节 with two make-up Saturdays", "2026-02-12", "2026-02-28"),
        ("before 五一 with the make-up Saturday", "2026-04-29", "2026-05-12"),
    ],
)
def test_seven_working_days(name: str, received: str, due: str) -> None:
    """NH 三: seven working days, the day of receipt not counted."""
    assert deadlines.deadline(CALENDAR, day(received), 7).on == day(due), name


def test_a_deadline_over_an_unpublished_year_is_marked() -> None:
    """December 2026 counts into 2027, which nobody has published."""
    due = deadlines.deadline(CALENDAR, day("2026-12-24"), 7)
    assert due == deadlines.Deadline(day("2027-01-05"), is_provisional=True)
    assert not deadlines.deadline(CALENDAR, day("2026-12-18"), 7).is_provisional


@pytest.mark.parametrize(
    ("today", "left", "words"),
    [
        ("2026-11-20", 7, "剩 7 个工作日"),
        ("2026-11-30", 1, "剩 1 个工作日"),
        ("2026-12-01", 0, "今天到期"),
        ("2026-12-02", -1, "超期 1 个工作日"),
        ("2026-12-05", -3, "超期 3 个工作日"),
    ],
)
def test_counting_down(today: str, left: int, words: str) -> None:
    """What officers see; an off day counts nothing."""
    assert deadlines.days_left(CALENDAR, day(today), day("2026-12-01")) == left
    assert deadlines.left_text(left) == words


def test_an_off_day_right_after_the_deadline_is_late() -> None:
    """Due Friday, today Saturday: late, though no working day has passed."""
    assert deadlines.days_left(CALENDAR, day("2026-11-28"), day("2026-11-27")) == -1


def test_waiting_gives_back_working_days_up_to_the_limit() -> None:
    """The clock stands still while the enterprise owes us something, bounded (design §3)."""
    since = day("2026-11-20")
    assert deadlines.paused_days(CALENDAR, since, since, already=0, at_most=10) == 0
    assert deadlines.paused_days(CALENDAR, since, day("2026-11-24"), already=0, at_most=10) == 2
    assert deadlines.paused_days(CALENDAR, since, day("2026-12-31"), already=0, at_most=10) == 10
    assert deadlines.paused_days(CALENDAR, since, day("2026-12-31"), already=8, at_most=10) == 2
    assert deadlines.paused_days(CALENDAR, since, day("2026-12-31"), already=12, at_most=10) == 0


def test_extension_counts_from_today_once_overdue() -> None:
    """Three days granted on a late ticket are three days from now, not from the missed date."""
    due = day("2026-11-20")
    assert deadlines.extended(CALENDAR, due, day("2026-11-18"), 3).on == day("2026-11-25")
    assert deadlines.extended(CALENDAR, due, day("2026-11-30"), 3).on == day("2026-12-03")


def test_an_explanation_lists_the_counted_days() -> None:
    """Disputes are settled by showing: 国庆 is skipped, the make-up Saturday is counted."""
    received = day("2026-09-30")
    text = deadlines.explanation(received, CALENDAR.explain(received, 3))
    assert text.splitlines() == [
        "2026年9月30日（周三）收到，当天不计",
        "第 1 个工作日 2026年10月8日（周四）",
        "第 2 个工作日 2026年10月9日（周五）",
        "第 3 个工作日 2026年10月10日（周六）",
    ]
