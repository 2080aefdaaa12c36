"""A change of the calendar with everything that follows from it, in the caller's one transaction.

What the command line and the panel call: the notice or one day goes in, open deadlines are counted again.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlmodel import Session

from app import audit
from app.tickets.recounting import Recount, plan_recount, recount
from app.tickets.values import Actor, Rules
from app.workdays import entering
from app.workdays.calendar import WorkCalendar
from app.workdays.entering import CalendarDiff
from app.workdays.notice import HolidayNotice
from app.workdays.store import load_calendar


@dataclass(frozen=True)
class Consequences:
    """What an import does: to the calendar, and to open tickets."""

    diff: CalendarDiff
    recounts: list[Recount]


def preview_notice(session: Session, notice: HolidayNotice, *, rules: Rules) -> Consequences:
    """The dry run: nothing is written."""
    old = load_calendar(session)
    diff = entering.plan_notice(session, notice)
    kept = {day: worked for day, worked in old.notices.items() if day not in diff.removed}
    new = replace(old, notices=kept | dict(notice.days))
    return Consequences(diff, plan_recount(session, old=old, rules=replace(rules, calendar=new)))


def import_notice(
    session: Session, notice: HolidayNotice, *, source: str, by: Actor, rules: Rules, now: datetime
) -> Consequences:
    """Enter the notice and count again; audited. The same notice twice changes nothing the second time."""

    def enter() -> CalendarDiff:
        return entering.enter_notice(session, notice, source=source, entered_by=by.name or by.id, now=now)

    diff, recounts = _with_recount(session, enter, source=source, by=by, rules=rules, now=now)
    return Consequences(diff, recounts)


def override_day(
    session: Session,
    day: date,
    is_workday: bool | None,
    *,
    reason: str,
    by: Actor,
    rules: Rules,
    now: datetime,
) -> list[Recount]:
    """The district's own word on one day (None: take it back), and what that moves."""

    def enter() -> CalendarDiff:
        if is_workday is None:
            was_there = entering.clear_override(session, day)
            return CalendarDiff(day.year, {}, {}, (day,) if was_there else (), 0)
        name = by.name or by.id
        entering.override_day(session, day, is_workday, reason=reason, entered_by=name, now=now)
        return CalendarDiff(day.year, {}, {day: is_workday}, (), 0)

    source = f"{day} {reason}".strip()
    return _with_recount(session, enter, source=source, by=by, rules=rules, now=now)[1]


def _with_recount(
    session: Session,
    enter: Callable[[], CalendarDiff],
    *,
    source: str,
    by: Actor,
    rules: Rules,
    now: datetime,
) -> tuple[CalendarDiff, list[Recount]]:
    old: WorkCalendar = load_calendar(session)
    diff = enter()
    detail = {"year": diff.year, "added": len(diff.added), "changed": len(diff.changed)}
    audit.record(
        session,
        at=now,
        actor_kind=by.kind.value,
        actor=by.id or by.name,
        action="calendar.enter",
        target=source[:200] or "-",
        detail=detail | {"removed": len(diff.removed)},
    )
    fresh = replace(rules, calendar=load_calendar(session))
    return diff, recount(session, old=old, rules=fresh, by=by, source=source, now=now)
