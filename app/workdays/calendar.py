"""Working days (工作日) as arithmetic over layers of days; pure, no clock, no database.

Layers, strongest first: the district's override, the official yearly notice, the packaged data, and for a
year that nobody has published yet a provisional rule (Monday to Friday minus the fixed statutory days; lunar
holidays and make-up days cannot be known, so every date that rests on the rule is flagged 暂定).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from app.clock import SHANGHAI

ONE_DAY = timedelta(days=1)
SATURDAY = 5
# (month, day) of the statutory days with a fixed date: 全国年节及纪念日放假办法, as in force since 2025.
FIXED_STATUTORY_DAYS = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})


@dataclass(frozen=True)
class OfficeHours:
    """When an office is open on a working day, China time; `closes` is the first closed minute."""

    opens: time = time(9)
    closes: time = time(17)


@dataclass(frozen=True)
class WorkCalendar:
    """Which days are worked, and counting over them.

    Every mapping is day → worked. `packaged` holds only days that differ from Monday–Friday within
    `packaged_years`. A notice publishes a year once it says something about its 1 January, as every
    State Council notice does (late December of a year may be set by the next year's notice).
    """

    overrides: Mapping[date, bool] = field(default_factory=dict)
    notices: Mapping[date, bool] = field(default_factory=dict)
    packaged: Mapping[date, bool] = field(default_factory=dict)
    packaged_years: frozenset[int] = frozenset()

    def is_workday(self, day: date) -> bool:
        """Whether offices work on this day, by the strongest layer that says so."""
        for layer in (self.overrides, self.notices, self.packaged):
            if day in layer:
                return layer[day]
        if day.weekday() >= SATURDAY:
            return False
        return self.is_published(day.year) or (day.month, day.day) not in FIXED_STATUTORY_DAYS

    def is_published(self, year: int) -> bool:
        """Whether the year's holidays are known rather than guessed."""
        return year in self.packaged_years or date(year, 1, 1) in self.notices

    def is_provisional(self, day: date) -> bool:
        """Whether this day is only a guess (暂定): no layer speaks of it and its year is unpublished."""
        return not self.is_published(day.year) and day not in self.overrides and day not in self.notices

    def crosses_provisional(self, start: date, end: date) -> bool:
        """Whether any day after `start` up to and including `end` is a guess."""
        return any(self.is_provisional(day) for day in days_after(start, end))

    def add(self, day: date, n: int) -> date:
        """The n-th working day after `day` (before it for a negative n); 0 gives `day` back."""
        step = ONE_DAY if n > 0 else -ONE_DAY
        left = abs(n)
        while left:
            day += step
            left -= self.is_workday(day)
        return day

    def between(self, start: date, end: date) -> int:
        """Working days after `start` up to and including `end`; negative when `end` is earlier."""
        if end < start:
            return -self.between(end, start)
        return sum(self.is_workday(day) for day in days_after(start, end))

    def explain(self, start: date, n: int) -> list[date]:
        """The n working days counted from `start` (day zero is not among them), oldest first."""
        return [day for day in days_after(start, self.add(start, n)) if self.is_workday(day)]

    def next_workday(self, day: date) -> date:
        """`day` itself if worked, else the next worked day."""
        return day if self.is_workday(day) else self.add(day, 1)

    def received_on(self, moment: datetime, hours: OfficeHours) -> date:
        """Day zero of a request: its China day, or the next working day after closing or on an off day."""
        local = moment.astimezone(SHANGHAI)
        day = local.date()
        if self.is_workday(day) and local.time() < hours.closes:
            return day
        return self.add(day, 1)

    def is_open(self, moment: datetime, hours: OfficeHours) -> bool:
        """Whether an office is open at this moment."""
        local = moment.astimezone(SHANGHAI)
        return self.is_workday(local.date()) and hours.opens <= local.time() < hours.closes

    def opening_of(self, day: date, hours: OfficeHours) -> datetime:
        """When the office opens on this day, or on the next working day if this one is off."""
        return datetime.combine(self.next_workday(day), hours.opens, SHANGHAI)

    def next_open(self, moment: datetime, hours: OfficeHours) -> datetime:
        """`moment` itself within office hours, else the next opening."""
        if self.is_open(moment, hours):
            return moment
        local = moment.astimezone(SHANGHAI)
        day = local.date() if local.time() < hours.opens else local.date() + ONE_DAY
        return self.opening_of(day, hours)


def days_after(start: date, end: date) -> list[date]:
    """Every day after `start` up to and including `end`."""
    return [start + timedelta(days=n) for n in range(1, (end - start).days + 1)]
