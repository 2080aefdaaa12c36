"""The days a report is about, both ends included, counted in China."""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.clock import SHANGHAI, local_date


@dataclass(frozen=True)
class Period:
    """From one day to another. Figures are as they stood when it ended, or stand now while it runs."""

    since: date
    until: date

    @property
    def starts_at(self) -> datetime:
        """Its first moment."""
        return midnight(self.since)

    @property
    def ends_at(self) -> datetime:
        """The first moment after it."""
        return midnight(self.until + timedelta(days=1))

    @property
    def days(self) -> int:
        """How many days."""
        return (self.until - self.since).days + 1

    def cutoff(self, now: datetime) -> datetime:
        """The first moment that does not count: its end, or just after now while it runs."""
        return min(self.ends_at, now + timedelta(microseconds=1))

    def last_day(self, now: datetime) -> date:
        """The day as of which something is late."""
        return min(self.until, local_date(now))

    def has(self, moment: datetime) -> bool:
        """Whether it happened then."""
        return self.starts_at <= moment < self.ends_at

    def before(self, steps: int) -> "Period":
        """The period of the same length so many steps earlier; whole months stay whole months."""
        if self.is_month:
            first = self.since
            for _ in range(steps):
                first = (first - timedelta(days=1)).replace(day=1)
            return month_of(first)
        shift = timedelta(days=self.days * steps)
        return Period(self.since - shift, self.until - shift)

    @property
    def is_month(self) -> bool:
        """Whether it is one calendar month."""
        return self == month_of(self.since)

    @property
    def label(self) -> str:
        """`2026年11月`, or both days."""
        if self.is_month:
            return f"{self.since.year}年{self.since.month}月"
        return f"{self.since:%Y-%m-%d} 至 {self.until:%Y-%m-%d}"


def midnight(day: date) -> datetime:
    """The first moment of a day in China."""
    return datetime.combine(day, datetime.min.time(), SHANGHAI)


def month_of(day: date) -> Period:
    """The calendar month of a day."""
    last = calendar.monthrange(day.year, day.month)[1]
    return Period(day.replace(day=1), day.replace(day=last))


def quarter_of(day: date) -> Period:
    """The calendar quarter of a day."""
    first = day.replace(month=3 * ((day.month - 1) // 3) + 1, day=1)
    last = first.replace(month=first.month + 2)
    return Period(first, month_of(last).until)


def year_of(day: date) -> Period:
    """The calendar year of a day."""
    return Period(day.replace(month=1, day=1), day.replace(month=12, day=31))


def week_of(day: date) -> Period:
    """Monday to Sunday."""
    monday = day - timedelta(days=day.weekday())
    return Period(monday, monday + timedelta(days=6))
