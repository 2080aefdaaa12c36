"""A year of the working calendar as twelve drawn months, each day with the layer that decides it."""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from app.workdays.calendar import SATURDAY, WorkCalendar
from app.workdays.models import Workday
from app.workdays.store import Layer

LAYER_NAMES = {
    "override": "本区规定",
    "notice": "放假通知",
    "packaged": "随程序发布",
    "guess": "暂定",
    "": "",
}


@dataclass(frozen=True)
class Cell:
    """One day. `tone`: work, off, extra (a worked weekend), or rest (an ordinary weekend); `layer` names who says so,
    "" for an ordinary day of a published year."""

    day: date
    tone: str
    layer: str
    reason: str
    is_today: bool

    @property
    def words(self) -> str:
        """What is read out and shown on hovering."""
        kind = {"work": "上班", "off": "放假", "extra": "调休上班", "rest": "周末"}[self.tone]
        more = "，".join(part for part in (LAYER_NAMES[self.layer], self.reason) if part)
        return f"{self.day.month}月{self.day.day}日 {kind}{'（' + more + '）' if more else ''}"


@dataclass(frozen=True)
class Month:
    """Weeks from Monday; None outside the month."""

    number: int
    weeks: tuple[tuple[Cell | None, ...], ...]
    worked: int


def months(session: Session, work: WorkCalendar, year: int, today: date) -> list[Month]:
    """The twelve months of a year."""
    reasons = _reasons(session, year)
    found = []
    for number in range(1, 13):
        weeks = tuple(
            tuple(_cell(work, day, reasons, today) if day.month == number else None for day in week)
            for week in calendar.Calendar().monthdatescalendar(year, number)
        )
        cells = [cell for week in weeks for cell in week if cell is not None]
        found.append(Month(number, weeks, sum(cell.tone in ("work", "extra") for cell in cells)))
    return found


def overrides_of(session: Session, year: int) -> list[Workday]:
    """The district's own days of a year, in order."""
    statement = select(Workday).where(
        Workday.layer == Layer.OVERRIDE.value,
        col(Workday.day).between(date(year, 1, 1), date(year, 12, 31)),
    )
    return list(session.exec(statement.order_by(col(Workday.day))))


def _cell(work: WorkCalendar, day: date, reasons: Mapping[tuple[date, str], str], today: date) -> Cell:
    is_worked, is_weekend = work.is_workday(day), day.weekday() >= SATURDAY
    if is_worked:
        tone = "extra" if is_weekend else "work"
    else:
        tone = "rest" if is_weekend and not _is_said(work, day) else "off"
    layer = _layer(work, day, tone)
    return Cell(day, tone, layer, reasons.get((day, layer), ""), day == today)


def _is_said(work: WorkCalendar, day: date) -> bool:
    return day in work.overrides or day in work.notices or day in work.packaged


def _layer(work: WorkCalendar, day: date, tone: str) -> str:
    if day in work.overrides:
        return "override"
    if day in work.notices:
        return "notice"
    if day in work.packaged:
        return "packaged"
    return "guess" if work.is_provisional(day) and tone == "off" else ""


def _reasons(session: Session, year: int) -> dict[tuple[date, str], str]:
    statement = select(Workday).where(col(Workday.day).between(date(year, 1, 1), date(year, 12, 31)))
    return {(row.day, row.layer): row.source for row in session.exec(statement)}
