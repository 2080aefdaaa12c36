"""Deadlines counted again after the calendar changed: open tickets only, in the caller's one transaction.

Reliability test 16: every affected deadline once, with audit and one notice to each side; twice changes nothing.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from app import audit
from app.clock import local_date
from app.tickets import cohandling, describing, notices, staff_notices, telling, watching
from app.tickets.changes import Case, apply
from app.tickets.events import write_event
from app.tickets.lifecycle import LIVE, Action, Status
from app.tickets.models import Ticket
from app.tickets.values import SYSTEM, Actor, Rules
from app.workdays.calendar import WorkCalendar

NEAR_THE_UNKNOWN = 20


@dataclass(frozen=True)
class Recount:
    """One open ticket under the new calendar; `is_moved`: the promised day is another one."""

    ticket_id: int
    number: str
    was: date
    due_on: date
    is_provisional: bool
    contact_due_on: date | None
    progress_due_on: date | None

    @property
    def is_moved(self) -> bool:
        """Whether people must be told another day."""
        return self.was != self.due_on


def plan_recount(session: Session, *, old: WorkCalendar, rules: Rules) -> list[Recount]:
    """Every open ticket whose dates, or their certainty, differ under the rules' calendar; nothing is written."""
    statement = select(Ticket).where(col(Ticket.status).in_(LIVE)).order_by(col(Ticket.id))
    return [
        found for ticket in session.exec(statement) if (found := _recounted(ticket, old, rules)) is not None
    ]


def recount(
    session: Session, *, old: WorkCalendar, rules: Rules, by: Actor, source: str, now: datetime
) -> list[Recount]:
    """Move the dates, write one event a ticket and one audit row, and tell enterprise and holder once each."""
    done = [
        item for item in plan_recount(session, old=old, rules=rules) if _carry_out(session, item, rules, now)
    ]
    moved = [item for item in done if item.is_moved]
    audit.record(
        session,
        at=now,
        actor_kind=by.kind.value,
        actor=by.id or by.name,
        action="calendar.recount",
        target=source[:200] or "-",
        detail={"tickets": len(done), "moved": [f"{item.number} {item.was}→{item.due_on}" for item in moved]},
    )
    return done


def near_unpublished(session: Session, calendar: WorkCalendar) -> list[str]:
    """Numbers of the open tickets whose deadline is within twenty working days of a year nobody has published yet,
    the nearest first. Every page of the hub asks: days are looked at, not tickets."""
    is_live = col(Ticket.status).in_(LIVE)
    days = session.scalars(select(col(Ticket.due_on)).where(is_live).distinct()).all()
    near = [day for day in days if calendar.is_provisional(calendar.add(day, NEAR_THE_UNKNOWN))]
    if not near:
        return []
    numbers = select(col(Ticket.number)).where(is_live, col(Ticket.due_on).in_(near))
    return list(session.scalars(numbers.order_by(col(Ticket.due_on), col(Ticket.id))))


def _recounted(ticket: Ticket, old: WorkCalendar, rules: Rules) -> Recount | None:
    calendar = rules.calendar
    due_on = calendar.add(ticket.due_from, ticket.due_days)
    day_zero = calendar.received_on(ticket.held_since, rules.profile.office_hours)
    found = Recount(
        ticket_id=ticket.id or 0,
        number=ticket.number,
        was=ticket.due_on,
        due_on=due_on,
        is_provisional=calendar.crosses_provisional(min(ticket.received_on, ticket.due_from), due_on),
        contact_due_on=_shifted(ticket.contact_due_on, day_zero, old, calendar),
        progress_due_on=_shifted(ticket.progress_due_on, day_zero, old, calendar),
    )
    before = (ticket.due_on, ticket.due_is_provisional, ticket.contact_due_on, ticket.progress_due_on)
    after = (due_on, found.is_provisional, found.contact_due_on, found.progress_due_on)
    return None if before == after else found


def _shifted(due_on: date | None, since: date, old: WorkCalendar, new: WorkCalendar) -> date | None:
    """The same number of working days after `since` under the other calendar."""
    return None if due_on is None else new.add(since, old.between(since, due_on))


def _carry_out(session: Session, item: Recount, rules: Rules, now: datetime) -> bool:
    ticket = session.get(Ticket, item.ticket_id)
    if ticket is None:
        return False
    case = Case(session, ticket, Action.EXTEND, SYSTEM, rules, now)
    values: dict[str, Any] = {
        "due_on": item.due_on,
        "due_is_provisional": item.is_provisional,
        "contact_due_on": item.contact_due_on,
        "progress_due_on": item.progress_due_on,
        "last_activity_at": ticket.last_activity_at,
    }
    if not apply(case, Status(ticket.status), values):
        return False
    data = {"was": item.was.isoformat(), "due_on": item.due_on.isoformat()}
    write_event(session, ticket, "recounted", SYSTEM, now, data=data)
    if item.is_moved:
        _tell(session, ticket, rules, now)
    watching.set_next_look(session, ticket, rules=rules, now=now)
    return True


def _tell(session: Session, ticket: Ticket, rules: Rules, now: datetime) -> None:
    facts = describing.describe(session, ticket, rules=rules, now=now)
    telling.push_to_enterprise(session, ticket, notices.recounted(facts), rules=rules, now=now)
    openids = telling.holder_openids(session, ticket, local_date(now)) | cohandling.openids(session, ticket)
    telling.push_to_staff(session, ticket, openids, staff_notices.recounted(facts), rules=rules, now=now)
