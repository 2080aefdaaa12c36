"""A change of the calendar with everything that follows from it, in the caller's one transaction.

What the command line and the panel call. The yearly notice is entered by one person and counts once a second one
has confirmed it (reliability §5.4); one day is the district's own word. Either way open deadlines are counted again.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlmodel import Session

from app import audit
from app.errors import Conflict
from app.tickets.recounting import Recount, plan_recount, recount
from app.tickets.values import Actor, Rules
from app.workdays import entering, pending
from app.workdays.calendar import WorkCalendar
from app.workdays.entering import CalendarDiff
from app.workdays.models import PendingNotice
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


def propose_notice(
    session: Session, notice: HolidayNotice, *, source: str, by: Actor, now: datetime
) -> PendingNotice:
    """Keep a notice until a second person confirms it; Conflict if it changes nothing or waits already. Audited."""
    if entering.plan_notice(session, notice).is_empty:
        raise Conflict(f"{notice.year} 年的放假安排已经录入，没有变化", field="text")
    row = pending.keep(session, notice, source=source, entered_by=by.name or by.id, now=now)
    _audit(session, "calendar.propose", row, by, now)
    return row


def confirm_notice(
    session: Session, pending_id: int, *, by: Actor, rules: Rules, now: datetime
) -> Consequences:
    """The second person's word: the notice counts, deadlines move, each ticket that moved is told once.

    NotFound or Conflict (the same person, or settled already) before anything is written.
    """
    row = pending.settle(session, pending_id, by=by.name or by.id, is_confirmed=True, now=now)
    _audit(session, "calendar.confirm", row, by, now)
    notice = pending.notice_of(row)
    return import_notice(session, notice, source=row.source, by=by, rules=rules, now=now)


def discard_notice(session: Session, pending_id: int, *, by: Actor, now: datetime) -> PendingNotice:
    """It was wrong: nothing changes. Anybody may throw it away, also who entered it."""
    row = pending.settle(session, pending_id, by=by.name or by.id, is_confirmed=False, now=now)
    _audit(session, "calendar.discard", row, by, now)
    return row


def _audit(session: Session, action: str, row: PendingNotice, by: Actor, now: datetime) -> None:
    audit.record(
        session,
        at=now,
        actor_kind=by.kind.value,
        actor=by.id or by.name,
        action=action,
        target=f"calendar:{row.year}",
        detail={"pending": row.id, "days": len(row.days)},
    )


def import_notice(
    session: Session, notice: HolidayNotice, *, source: str, by: Actor, rules: Rules, now: datetime
) -> Consequences:
    """Enter the notice at once and count again; audited. The same notice twice changes nothing the second time.

    For a notice that was confirmed already; people go through `propose_notice` and `confirm_notice`.
    """

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
