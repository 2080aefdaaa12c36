"""Due dates in working days: set, moved by a pause or an extension, counted down, explained. Pure.

Day zero is the day of receipt (not counted); the clock stands still while the enterprise owes us something.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.workdays.calendar import WorkCalendar

WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True)
class Deadline:
    """A promised day. `is_provisional`: it rests on a year whose holidays are not published yet (暂定)."""

    on: date
    is_provisional: bool


def deadline(calendar: WorkCalendar, start: date, working_days: int) -> Deadline:
    """The day `working_days` after `start`."""
    on = calendar.add(start, working_days)
    return Deadline(on, calendar.crosses_provisional(start, on))


def days_left(calendar: WorkCalendar, today: date, due_on: date) -> int:
    """Working days that remain after today, 0 on the last day, negative when overdue.

    On an off day after the deadline it is −1 at least: an overdue ticket never reads as on time.
    """
    left = calendar.between(today, due_on)
    return min(left, -1) if today > due_on else left


def paused_days(calendar: WorkCalendar, since: date, today: date, *, already: int, at_most: int) -> int:
    """Working days to give back after waiting from `since` to today, bounded over the ticket's life."""
    return max(0, min(calendar.between(since, today), at_most - already))


def extended(calendar: WorkCalendar, due_on: date, today: date, working_days: int) -> Deadline:
    """The deadline moved by so many working days, from today if it has already passed."""
    return deadline(calendar, max(due_on, today), working_days)


def day_text(day: date) -> str:
    """`12月1日`."""
    return f"{day.month}月{day.day}日"


def left_text(left: int) -> str:
    """`剩 3 个工作日`, `今天到期`, `超期 2 个工作日`."""
    if left > 0:
        return f"剩 {left} 个工作日"
    return "今天到期" if left == 0 else f"超期 {-left} 个工作日"


def explanation(received_on: date, counted: Sequence[date]) -> str:
    """How a deadline was counted, day by day, to settle a dispute by showing."""
    lines = [f"{_with_weekday(received_on)}收到，当天不计"]
    lines += [f"第 {n} 个工作日 {_with_weekday(day)}" for n, day in enumerate(counted, 1)]
    return "\n".join(lines)


def _with_weekday(day: date) -> str:
    return f"{day.year}年{day_text(day)}（周{WEEKDAYS[day.weekday()]}）"
