"""When the worker must look at a ticket again: rows → the pure plan of `escalation`."""

from datetime import datetime

from sqlmodel import Session

from app.clock import local_date
from app.districts.profile import HolderKind
from app.tickets import escalation, repository, telling
from app.tickets.escalation import Planned, Watch
from app.tickets.lifecycle import Status
from app.tickets.models import Ticket
from app.tickets.values import Rules
from app.workdays.calendar import ONE_DAY


def plan_of(session: Session, ticket: Ticket, *, rules: Rules) -> list[Planned]:
    """Every reminder and escalation of the ticket as it stands."""
    hours = rules.profile.office_hours
    calendar = rules.calendar
    is_resolved = ticket.status == Status.RESOLVED
    watch = Watch(
        status=Status(ticket.status),
        holder_kind=HolderKind(ticket.holder_kind),
        held_on=calendar.received_on(ticket.held_since, hours),
        due_on=ticket.due_on,
        contact_due_on=ticket.contact_due_on,
        progress_due_on=ticket.progress_due_on,
        waiting_since=ticket.waiting_since,
        waited_days=ticket.waited_days,
        resolved_on=calendar.received_on(ticket.resolved_at, hours) if ticket.resolved_at else None,
        can_be_told=telling.can_be_told(session, ticket) if is_resolved else True,
        told_on=calendar.received_on(ticket.told_at, hours) if ticket.told_at else None,
    )
    return escalation.plan(watch, profile=rules.profile, calendar=calendar)


def set_next_look(session: Session, ticket: Ticket, *, rules: Rules, now: datetime) -> None:
    """Write down when the next step is due."""
    if ticket.id is None:
        return
    planned = plan_of(session, ticket, rules=rules)
    done = repository.reminded_keys(session, ticket.id)
    ticket.next_step_at = escalation.next_look(planned, done, now) or _tomorrow(ticket, rules, now)
    session.add(ticket)
    session.flush()


def first_look(session: Session, ticket: Ticket, *, rules: Rules, now: datetime) -> datetime | None:
    """The first look at a ticket that is about to be opened: nobody was reminded of anything yet."""
    return escalation.next_look(plan_of(session, ticket, rules=rules), frozenset(), now)


def _tomorrow(ticket: Ticket, rules: Rules, now: datetime) -> datetime | None:
    """A result that never arrived is looked at every working day: the person may yet open the chat."""
    if ticket.status != Status.RESOLVED:
        return None
    return rules.calendar.opening_of(local_date(now) + ONE_DAY, rules.profile.office_hours)
