"""Where the calendar's layers come from: the packaged file and the `workday` table."""

import json
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType

from sqlmodel import Session, col, select

from app.keyvalue import Counter, next_value
from app.workdays.calendar import WorkCalendar
from app.workdays.models import Workday

CHANGES = "calendar"
_VERSION = select(col(Counter.value)).where(col(Counter.name) == CHANGES)


class Layer(StrEnum):
    """Layers a district can fill; OVERRIDE beats NOTICE."""

    OVERRIDE = "override"
    NOTICE = "notice"


@cache
def packaged_calendar() -> WorkCalendar:
    """The calendar that ships with the program, with no district days on it."""
    text = resources.files("app.workdays").joinpath("data/workdays.json").read_text(encoding="utf-8")
    years: dict[str, dict[str, list[str]]] = json.loads(text)["years"]
    days: dict[date, bool] = {}
    for year, kinds in years.items():
        days |= {date.fromisoformat(f"{year}-{day}"): False for day in kinds["off"]}
        days |= {date.fromisoformat(f"{year}-{day}"): True for day in kinds["worked"]}
    return WorkCalendar(
        packaged=MappingProxyType(days), packaged_years=frozenset(int(year) for year in years)
    )


def load_calendar(session: Session) -> WorkCalendar:
    """The packaged calendar with the district's notices and overrides laid over it."""
    layers: dict[str, dict[date, bool]] = {Layer.OVERRIDE: {}, Layer.NOTICE: {}}
    for row in session.exec(select(Workday)):
        layers[row.layer][row.day] = row.is_workday
    packaged = packaged_calendar()
    return WorkCalendar(
        overrides=layers[Layer.OVERRIDE],
        notices=layers[Layer.NOTICE],
        packaged=packaged.packaged,
        packaged_years=packaged.packaged_years,
    )


def version(session: Session) -> int:
    """Counts the changes of the district's days: a calendar read at this version is still the whole truth."""
    return int(session.connection().execute(_VERSION).scalar() or 0)


def mark_changed(session: Session) -> None:
    """Every process that keeps the calendar in memory reads it again with its next transaction."""
    session.flush()
    next_value(session, CHANGES)
