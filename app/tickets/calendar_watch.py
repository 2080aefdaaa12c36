"""Whether the calendar is about to run out: next year's holidays are missing (reliability §5.5)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from app.clock import local_date
from app.tickets.recounting import NEAR_THE_UNKNOWN, near_unpublished, plan_recount, recount
from app.tickets.values import SYSTEM, Rules
from app.workdays.calendar import WorkCalendar

NOTICE_SEASON = (10, 25)
SHOWN = 3


@dataclass(frozen=True)
class CalendarWarning:
    """`is_alarm`: promises already reach the unknown; otherwise it is time to enter the notice.

    `tickets` are the numbers of open requests whose deadline is near the unpublished year.
    """

    year: int
    is_alarm: bool
    text: str
    tickets: tuple[str, ...]


def missing_year(calendar: WorkCalendar, today: date) -> int | None:
    """The year that should have been entered by now and was not; next year counts from 25 October. Pure."""
    if not calendar.is_published(today.year):
        return today.year
    if (today.month, today.day) >= NOTICE_SEASON and not calendar.is_published(today.year + 1):
        return today.year + 1
    return None


def calendar_warning(session: Session, calendar: WorkCalendar, now: datetime) -> CalendarWarning | None:
    """What the panel shows in red and `doctor` reports; None while all is well.

    1. From 25 October, until next year's notice is in.
    2. At any time, as an alarm: an open deadline is less than twenty working days from an unpublished year.
    """
    today = local_date(now)
    near = near_unpublished(session, calendar)
    missing = missing_year(calendar, today)
    if not near and missing is None:
        return None
    year = missing or _first_unpublished(calendar, today.year)
    what_to_do = f"{year} 年放假安排还没有录入，跨年的时限都是暂定的；国务院通知发布后请录入并由另一人复核"
    numbers = tuple(near)
    if not numbers:
        return CalendarWarning(year, False, f"{what_to_do}。", ())
    named = "、".join(numbers[:SHOWN])
    more = f"等 {len(numbers)} 件" if len(numbers) > SHOWN else f" {len(numbers)} 件"
    text = f"{what_to_do}。在办的 {named}{more}时限距未公布的年份不足 {NEAR_THE_UNKNOWN} 个工作日。"
    return CalendarWarning(year, True, text, numbers)


def catch_up(session: Session, *, rules: Rules, now: datetime) -> int:
    """Deadlines that were promised by an older calendar while a notice was being entered; how many moved.

    A recount sees what is committed; a request that was opened in the same moment is found here.
    """
    if not plan_recount(session, old=rules.calendar, rules=rules):
        return 0
    return len(recount(session, old=rules.calendar, rules=rules, by=SYSTEM, source="按现行日历核对", now=now))


def _first_unpublished(calendar: WorkCalendar, year: int) -> int:
    while calendar.is_published(year):
        year += 1
    return year
