"""Writing days into the calendar: a yearly notice, or one day by the district; a diff first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, or_
from sqlmodel import Session, col, select

from app.db import put
from app.workdays.calendar import WorkCalendar
from app.workdays.models import Workday
from app.workdays.notice import HolidayNotice
from app.workdays.store import Layer, mark_changed

SOURCE_LENGTH = 200


@dataclass(frozen=True)
class CalendarDiff:
    """What a notice would change: day → worked. `removed` are days of an earlier entry it no longer names."""

    year: int
    added: Mapping[date, bool]
    changed: Mapping[date, bool]
    removed: tuple[date, ...]
    unchanged: int

    @property
    def is_empty(self) -> bool:
        """Whether the notice is in already."""
        return not (self.added or self.changed or self.removed)


def plan_notice(session: Session, notice: HolidayNotice) -> CalendarDiff:
    """Compare with what was entered before; nothing is written."""
    known = _known(session, notice)
    added = {day: worked for day, worked in notice.days.items() if day not in known}
    changed = {day: worked for day, worked in notice.days.items() if known.get(day, worked) != worked}
    removed = tuple(day for day in known if day not in notice.days and day.year == notice.year)
    same = len(notice.days) - len(added) - len(changed)
    return CalendarDiff(notice.year, added, changed, removed, same)


def enter_notice(
    session: Session, notice: HolidayNotice, *, source: str, entered_by: str, now: datetime
) -> CalendarDiff:
    """Put the notice in, replacing what an earlier entry said of its year; the same again changes nothing."""
    diff = plan_notice(session, notice)
    if diff.removed:
        session.connection().execute(
            delete(Workday).where(
                col(Workday.layer) == Layer.NOTICE.value, col(Workday.day).in_(diff.removed)
            )
        )
    for day, worked in {**diff.added, **diff.changed}.items():
        _write(session, day, Layer.NOTICE, worked, source, entered_by, now)
    mark_changed(session)
    return diff


def override_day(
    session: Session, day: date, is_workday: bool, *, reason: str, entered_by: str, now: datetime
) -> None:
    """The district's own word on one day (a local day off, snow, a Saturday on duty); it beats the notice."""
    _write(session, day, Layer.OVERRIDE, is_workday, reason, entered_by, now)
    mark_changed(session)


def clear_override(session: Session, day: date) -> bool:
    """Take the district's word back; False if there was none."""
    row = session.get(Workday, (day, Layer.OVERRIDE.value))
    if row is None:
        return False
    session.delete(row)
    mark_changed(session)
    return True


def days_of_year(session: Session, calendar: WorkCalendar, year: int) -> list[tuple[date, bool, str]]:
    """Every day of a year that is not as its weekday would have it: (day, worked, why)."""
    rows = session.exec(select(Workday).where(col(Workday.day) >= date(year, 1, 1)))
    entered = {(row.day, row.layer): row.source for row in rows}
    found = []
    day = date(year, 1, 1)
    while day.year == year:
        worked = calendar.is_workday(day)
        why = entered.get((day, Layer.OVERRIDE)) or entered.get((day, Layer.NOTICE)) or ""
        if worked != (day.weekday() < 5) or (day, Layer.OVERRIDE) in entered:
            found.append((day, worked, why or ("暂定" if calendar.is_provisional(day) else "随程序发布")))
        day = date.fromordinal(day.toordinal() + 1)
    return found


def _known(session: Session, notice: HolidayNotice) -> dict[date, bool]:
    """What the notice layer says of this year and of the days that the notice names."""
    statement = select(Workday).where(
        col(Workday.layer) == Layer.NOTICE.value,
        or_(
            col(Workday.day).between(date(notice.year, 1, 1), date(notice.year, 12, 31)),
            col(Workday.day).in_(list(notice.days)),
        ),
    )
    return {row.day: row.is_workday for row in session.exec(statement)}


def _write(
    session: Session, day: date, layer: Layer, is_workday: bool, source: str, entered_by: str, now: datetime
) -> None:
    put(
        session,
        Workday(
            day=day,
            layer=layer.value,
            is_workday=is_workday,
            source=source[:SOURCE_LENGTH],
            entered_by=entered_by,
            entered_at=now,
        ),
    )
