"""The working-day calendar against an independent library, a naive walker and known notices (C8)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.workdays.calendar import OfficeHours, WorkCalendar, days_after
from app.workdays.store import packaged_calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST, LAST = date(2007, 1, 1), date(2026, 12, 31)
HOURS = OfficeHours(time(9), time(17))


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI).astimezone(UTC)


def every_day() -> Iterator[date]:
    return (FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1))


def test_packaged_data_equals_the_library_on_every_day() -> None:
    """The packaged file against chinesecalendar, all 7,305 days of 2007–2026."""
    calendar = packaged_calendar()
    differing = [day for day in every_day() if calendar.is_workday(day) != chinese_calendar.is_workday(day)]
    assert differing == []
    assert sum(1 for _ in every_day()) == 7305


def test_packaged_data_holds_exceptions_only() -> None:
    """A day in the file that is no exception would hide a mistake of the generator."""
    calendar = packaged_calendar()
    assert [day for day, worked in calendar.packaged.items() if worked == (day.weekday() < 5)] == []
    assert calendar.packaged_years == frozenset(range(2007, 2027))


@settings(max_examples=150, deadline=None)
@given(start=st.dates(FIRST, date(2026, 9, 1)), n=st.integers(0, 40))
def test_adding_equals_walking_with_the_library(start: date, n: int) -> None:
    """Property: `add` is what a person does with a wall calendar."""
    day, left = start, n
    while left:
        day += timedelta(days=1)
        left -= chinese_calendar.is_workday(day)
    assert packaged_calendar().add(start, n) == day


days = st.dates(date(2025, 1, 1), date(2029, 12, 31))
layers = st.dictionaries(days, st.booleans(), max_size=40)


@settings(max_examples=150, deadline=None)
@given(overrides=layers, notices=layers, start=days, n=st.integers(-30, 30))
def test_counting_agrees_with_itself_under_any_layers(
    overrides: dict[date, bool], notices: dict[date, bool], start: date, n: int
) -> None:
    """Properties: add and between are inverse, explain lists exactly the counted days, all of them worked."""
    packaged = packaged_calendar()
    calendar = WorkCalendar(overrides, notices, packaged.packaged, packaged.packaged_years)
    end = calendar.add(start, n)
    if n > 0:
        assert calendar.between(start, end) == n
        counted = calendar.explain(start, n)
        assert len(counted) == n
        assert counted == [day for day in days_after(start, end) if calendar.is_workday(day)]
        assert counted[-1] == end
    elif n < 0:
        assert calendar.is_workday(end)
        assert sum(calendar.is_workday(day) for day in days_after(end - timedelta(days=1), start)) >= -n
        assert calendar.between(end, start) == -n - 1 + calendar.is_workday(start)
    else:
        assert end == start


def test_stronger_layers_win() -> None:
    """Override beats notice beats packaged beats the weekday."""
    day = date(2026, 10, 9)  # a Friday after 国庆, worked
    packaged = packaged_calendar()
    noticed = WorkCalendar({}, {day: False}, packaged.packaged, packaged.packaged_years)
    overridden = WorkCalendar({day: True}, {day: False}, packaged.packaged, packaged.packaged_years)
    assert packaged.is_workday(day)
    assert not noticed.is_workday(day)
    assert overridden.is_workday(day)


@pytest.mark.parametrize(
    ("received", "n", "due"),
    [
        ("2026-11-20", 7, "2026-12-01"),  # Friday; the conversation of the first ticket
        ("2026-09-30", 1, "2026-10-08"),  # Wednesday before 国庆: the next working day is Thursday after
        ("2026-09-30", 3, "2026-10-10"),  # the make-up Saturday counts
        ("2026-09-18", 1, "2026-09-20"),  # Friday → make-up Sunday
        ("2026-02-13", 3, "2026-02-25"),  # across 春节 with its make-up Saturday before
        ("2025-12-29", 3, "2026-01-04"),  # across the turn of the year to a make-up Sunday
        ("2024-02-28", 2, "2024-03-01"),  # leap day counts
    ],
)
def test_deadlines_across_holidays(received: str, n: int, due: str) -> None:
    """C8: working days with make-up days, by the notices for these years."""
    assert packaged_calendar().add(date.fromisoformat(received), n) == date.fromisoformat(due)


def test_unpublished_year_is_a_flagged_guess_and_never_an_error() -> None:
    """2027 is not published: Monday–Friday minus fixed statutory days, every day flagged 暂定."""
    calendar = packaged_calendar()
    assert not calendar.is_workday(date(2027, 1, 1))
    assert not calendar.is_workday(date(2027, 10, 1))
    assert calendar.is_workday(date(2027, 2, 8))  # lunar days cannot be known
    assert calendar.is_provisional(date(2027, 1, 4))
    assert not calendar.is_provisional(date(2026, 12, 31))
    due = calendar.add(date(2026, 12, 28), 5)
    assert due == date(2027, 1, 5)
    assert calendar.crosses_provisional(date(2026, 12, 28), due)
    assert not calendar.crosses_provisional(date(2026, 12, 21), date(2026, 12, 28))
    assert calendar.add(date(2040, 1, 1), 5)


def test_a_notice_publishes_its_year_but_not_the_one_before() -> None:
    """A notice that only sets late December of this year does not publish the next."""
    early = WorkCalendar(notices={date(2027, 12, 31): False})
    assert not early.is_published(2027)
    assert not early.is_provisional(date(2027, 12, 31))
    whole = WorkCalendar(notices={date(2027, 1, 1): False, date(2027, 2, 8): False})
    assert whole.is_published(2027)
    assert not whole.is_provisional(date(2027, 5, 4))
    assert whole.is_workday(date(2027, 5, 3))  # a published year is taken at its word


def test_an_override_alone_is_no_guess() -> None:
    """The district's word on one day is final, the year stays unpublished."""
    calendar = WorkCalendar(overrides={date(2027, 3, 1): False})
    assert not calendar.is_provisional(date(2027, 3, 1))
    assert calendar.is_provisional(date(2027, 3, 2))


@pytest.mark.parametrize(
    ("at", "day_zero"),
    [
        ("2026-11-20 16:59", "2026-11-20"),
        ("2026-11-20 17:00", "2026-11-23"),  # closing time: the next working day, a Monday
        ("2026-11-20 00:01", "2026-11-20"),  # before opening is still that day
        ("2026-11-21 10:00", "2026-11-23"),  # Saturday
        ("2026-10-10 10:00", "2026-10-10"),  # make-up Saturday is a working day
        ("2026-10-01 10:00", "2026-10-08"),  # 国庆
        ("2026-09-30 23:30", "2026-10-08"),
    ],
)
def test_day_zero_of_a_request(at: str, day_zero: str) -> None:
    """Design §3 Counting: after closing or on an off day it counts as received next working day."""
    assert packaged_calendar().received_on(moment(at), HOURS) == date.fromisoformat(day_zero)


@pytest.mark.parametrize(
    ("at", "opening"),
    [
        ("2026-11-20 10:00", "2026-11-20 10:00"),
        ("2026-11-20 08:00", "2026-11-20 09:00"),
        ("2026-11-20 17:00", "2026-11-23 09:00"),
        ("2026-11-22 12:00", "2026-11-23 09:00"),
    ],
)
def test_next_moment_within_office_hours(at: str, opening: str) -> None:
    """Reminders fall inside office hours."""
    calendar = packaged_calendar()
    assert calendar.next_open(moment(at), HOURS) == moment(opening)
    assert calendar.is_open(moment(opening), HOURS)
